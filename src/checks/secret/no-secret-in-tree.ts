import { defineCheck } from '../../check.ts'

/**
 * What Compose files, Dockerfiles and tracked key and environment files hold is judged by checks that know more of it:
 * `compose-credentials-have-no-default`, `dockerfile-holds-no-secret`, `git-tracks-no-keys-or-environment`. A secret on
 * a line that one of their facts points at is exempt here: one deed is one finding.
 */
export const check = defineCheck({
  id: 'no-secret-in-tree',
  about: 'secret.value',
  asks: () => [{ kind: 'secret.value' }],
  ifNone: { unsure: 'no text file to read' },
  title: 'No secret stands in a file of the repository.',
  why: 'A repository is copied to every laptop, runner and mirror. Whoever reads one copy holds the secret, no log says so, and it cannot be changed without changing the file.',
  fix: 'Revoke it first. Then read it from the environment, a mounted file or a secret store, and take it out of the history too.',
  samples: {
    bad: 'map $http_x_api_key $client {\n  "q7Zr2mVt9KcX4wLp" reports;\n}\n',
    good: 'include /run/secrets/api-keys.map;\n',
  },
  source: 'OWASP Secrets Management Cheat Sheet; CWE-798; 45 CFR 164.312(a)(2)(i)',
  blind:
    'Tokens are recognised by their own form, other secrets by the name they are given to, in URLs and in the commands, headers and statements that carry them. A value that nothing calls a secret, an encrypted file and what is inside an archive or image are not seen. Lock files and minified code are passed over by name.',
  confidence: 'medium',
  judge: ({ data }) => {
    if (data.is === 'rest')
      return { verdict: 'conforms', observed: `${counted(data.files, 'text file')} without a secret${aside(data)}` }
    const what = `${data.secret}${data.name === undefined ? '' : ` given to ${data.name}`}, ${data.length} characters`
    switch (data.toldBy) {
      case 'compose.variable':
        return { verdict: 'exempt', reason: 'judged as a credential of a Compose file' }
      case 'dockerfile.variable':
        return { verdict: 'exempt', reason: 'judged as a credential of a Dockerfile' }
      case 'git.tracked-file':
        return { verdict: 'exempt', reason: 'judged as a tracked key or environment file' }
      case undefined:
        if (data.confidence === 'low' && data.testsOnly !== undefined)
          return {
            verdict: 'exempt',
            reason: `a word everybody tries first, in ${data.testsOnly === 'tests' ? 'tests' : 'a CI job'}: no secret`,
          }
        if (data.confidence === 'low')
          return {
            verdict: 'violates',
            severity: 'low',
            observed: `${what}: a word everybody tries first`,
            message: `${data.name ?? `the ${data.secret}`} is a word everybody tries first; it protects nothing wherever it is used`,
          }
        return {
          verdict: 'violates',
          ...(data.confidence === 'high' ? {} : { severity: 'medium' as const }),
          observed: what,
          message:
            data.name === undefined
              ? `${an(data.secret)} of ${data.length} characters stands in the file`
              : `${data.name} is given ${an(data.secret)} of ${data.length} characters that stands in the file`,
        }
    }
  },
})

const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

const aside = ({ binaries, byName }: { readonly binaries: number; readonly byName: number }): string => {
  const said = [
    ...(binaries > 0 ? [`${counted(binaries, 'binary file')}`] : []),
    ...(byName > 0 ? [`${counted(byName, 'lock or generated file')}`] : []),
  ]
  return said.length > 0 ? `; ${said.join(' and ')} not read` : ''
}

/** `a password`, `an API key`; a sentence begins with it in lower case. */
const an = (kind: string): string => `${/^(?:[aeiou]|npm)/i.test(kind) ? 'an' : 'a'} ${kind}`
