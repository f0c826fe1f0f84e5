import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'git-tracks-no-keys-or-environment',
  about: 'git.tracked-file',
  asks: () => [{ kind: 'git.tracked-file' }],
  ifNone: { unsure: 'no tracked file to judge' },
  title: 'No private key, key store, environment file or Terraform state is tracked.',
  why: 'Whoever can read the repository, or any old clone of it, holds what these files hold. Deleting them later does not take them out of the history.',
  fix: 'Rotate what the file holds, `git rm --cached` it, ignore it, and keep a `.env.example` without values instead.',
  samples: { bad: 'git add .env', good: 'echo .env >> .gitignore; git add .env.example' },
  source: 'OWASP Secrets Management Cheat Sheet; 45 CFR 164.312(a)(2)(iv)',
  blind: 'Looks at names and first bytes of what is tracked now, not at earlier commits.',
  confidence: 'high',
  judge: ({ data }) => {
    if (data.is === 'rest')
      return { verdict: 'conforms', observed: `${data.files} tracked files are no key, key store or environment file` }
    switch (data.holds) {
      case 'private key':
      case 'key store':
      case 'Terraform state':
        return {
          verdict: 'violates',
          observed: `${data.holds}, tracked, ${data.bytes} bytes`,
          message: `${data.uri} is a ${data.holds} and is tracked: everyone with a clone holds it`,
        }
      case 'environment file': {
        const found = data.credentials === 1 ? '1 credential' : `${data.credentials} credentials`
        return data.credentials > 0
          ? {
              verdict: 'violates',
              observed: `environment file with ${found}, tracked`,
              message: `${data.uri} is tracked and gives values to ${found}`,
            }
          : {
              verdict: 'violates',
              severity: 'low',
              observed: 'environment file without credentials, tracked',
              message: `${data.uri} is tracked; it names no credential now, and the next one added to it will be published`,
            }
      }
      case 'database':
      case 'database dump':
      case 'backup copy':
      case 'log':
      case undefined:
        return { verdict: 'exempt', reason: 'no key or environment file' }
    }
  },
})
