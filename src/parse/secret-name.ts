import { type Credential, credentialNamed } from './credential.ts'

/** The kind of credential a name promises, abbreviations of settings included. */
export const nameSaysSecret = (name: string): Credential | undefined =>
  /^no_?pass/i.test(name)
    ? undefined
    : (credentialNamed(name) ?? (/(?:^|_)pw$|^_auth$/i.test(name) ? 'password' : undefined))

/** Passwords every installation manual has: no word of a text that merely speaks of passwords. */
export const famous =
  /^(?:change[-_]?(?:me|it)(?:[-_]?\w{0,12})|admin(?:123)?|administrator|root|toor|postgres|mysql|mongo|redis|rabbitmq|guest|letmein|qwerty\w*|hunter2|welcome\d*|secret\d*|supersecret\w*|super[-_]secret\w*|s3cr3t\w*|passw[o0]rd\d*!?|p[a4@]ssw[o0]rd\w*|1234\w*|test(?:123)?|minioadmin|elastic|grafana|default|insecure\w*|topsecret|iloveyou|monkey|dragon)$/i

/** What people give to a service that is started for a test, and forget with it. */
const forTests =
  /^(?:tests?|testing|tester|dev|devel|develop(?:ment)?|local(?:host|dev)?|ci|e2e|integration|unit[-_]?tests?|sandbox|foo|bar|baz|foobar|abc(?:123)?)(?:[-_]?(?:user|pass(?:word|wd)?|pw|secret|key|token|db|tests?|testing|only|app|me|admin)){0,4}[-_]?\d{0,4}$/i

/** A word somebody tries first: no secret in a test, and none that could be revoked. */
export const isThrowAway = (value: string): boolean =>
  value.length <= 60 && (forTests.test(value) || famous.test(value))

export const isForTests = (value: string): boolean => value.length <= 60 && forTests.test(value)
