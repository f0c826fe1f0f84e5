import { defineCheck } from '../../check.ts'
import type { Fact } from '../../model.ts'

export const check = defineCheck({
  id: 'compose-credentials-have-no-default',
  about: 'compose.variable',
  asks: () => [{ kind: 'compose.variable' }],
  ifNone: 'not-applicable',
  title: 'No credential stands in a Compose file, neither as a value nor as the default of a variable.',
  why: 'A value in the file is known to everyone with a clone and runs wherever nobody sets another one. A default does so in silence: the deployment starts, with a password the whole world can read.',
  fix: 'Use `${POSTGRES_PASSWORD:?set it in the secret store}`, so that a missing value stops the start, or a Compose secret and the image’s `…_FILE` variable. Rotate what stood there.',
  samples: {
    bad: 'services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ${POSTGRES_PASSWORD:-postgres}\n',
    good: 'services:\n  db:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/db\n    secrets: [db]\nsecrets:\n  db: { environment: POSTGRES_PASSWORD }\n',
  },
  source: 'OWASP Docker Security Cheat Sheet, rule 12; compose-spec, secrets and interpolation; CWE-798, CWE-1392',
  blind:
    'Credentials are recognised by the names of variables and flags, and in URLs. What runs in production may set every default; the file cannot show it.',
  confidence: 'high',
  judge: ({ data }) => {
    const { name, value, credential } = data
    const who = servicesOf(data)
    switch (value.is) {
      case 'literal':
        return {
          verdict: 'violates',
          observed: `${who} ${get(data)} ${name}: ${a(credential)} written in the file`,
          message: `${who} ${get(data)} ${name} from ${a(credential)} written in the file`,
        }
      case 'default':
        return {
          verdict: 'violates',
          observed: `${who} ${get(data)} ${name}: ${a(credential)} that is the default of ${value.variable}`,
          message: `${who} ${get(data)} ${name} from the default of \${${value.variable}} wherever nobody sets it`,
        }
      case 'switched off':
        return {
          verdict: 'violates',
          observed: `${who}: ${value.setting}`,
          message: `${who} ${data.services.length > 1 ? 'ask' : 'asks'} for no password: ${value.setting}`,
        }
      case 'empty': {
        const when = value.variable === undefined ? 'is empty' : `is empty unless ${value.variable} is set`
        return value.guards
          ? {
              verdict: 'violates',
              severity: 'medium',
              observed: `${who}: ${name} ${when}`,
              message: `${name} of ${who} ${when}: then nothing is asked for, or what it protects can be forged`,
            }
          : { verdict: 'exempt', reason: `${name} ${when}: no credential in the file` }
      }
      case 'environment file':
        if (value.tracked === true) {
          return {
            verdict: 'violates',
            observed: `${who} ${get(data)} ${name} from ${value.uri}, which is tracked`,
            message: `${who} ${get(data)} ${name} from ${value.uri}, which is tracked`,
          }
        }
        return value.tracked === false
          ? { verdict: 'conforms', observed: `${who} ${get(data)} ${name} from ${value.uri}, which is not tracked` }
          : {
              verdict: 'unsure',
              reason: `${who} ${get(data)} ${name} from ${value.uri}; outside git nothing tells whether that file is shared`,
            }
      case 'reference':
        return {
          verdict: 'conforms',
          observed:
            value.variable === undefined
              ? `${who} ${get(data)} ${name} from the environment of the deployment`
              : `${who} ${get(data)} ${name} from \${${value.variable}}, which has no default`,
        }
      case 'file':
        return { verdict: 'conforms', observed: `${who} ${get(data)} ${name} from a file or a secret store` }
    }
  },
})

type Variable = Fact<'compose.variable'>['data']

const get = ({ services }: Variable): string => (services.length > 1 ? 'take' : 'takes')

const servicesOf = ({ services }: Variable): string => {
  const [first, second, ...more] = services
  if (second === undefined) return `service "${first}"`
  return more.length === 0
    ? `services "${first}" and "${second}"`
    : `services "${first}", "${second}" and ${more.length} more`
}

/** `a password`, `an API key`, `credentials`. */
const a = (kind: string): string => (kind === 'credentials' ? kind : `${/^[aeiou]/i.test(kind) ? 'an' : 'a'} ${kind}`)
