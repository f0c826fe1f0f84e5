import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-secret-files-are-not-tracked',
  about: 'compose.secret',
  asks: () => [{ kind: 'compose.secret' }],
  ifNone: 'not-applicable',
  title: 'The files behind Compose secrets are not in the repository.',
  why: 'A secret mounted from a tracked file is known to everyone with a clone, and stays in the history after it is deleted.',
  fix: '`git rm --cached` the file, ignore it, rotate what it holds, and write it at deployment from the secret store.',
  samples: {
    bad: 'secrets:\n  db: { file: ./secrets/db.txt }   # and git add secrets/db.txt\n',
    good: 'secrets:\n  db: { environment: POSTGRES_PASSWORD }\n',
  },
  source: 'compose-spec, secrets; OWASP Secrets Management Cheat Sheet',
  blind: 'Whether the secret’s file on the host is readable by others is not in the repository.',
  confidence: 'high',
  judge: ({ data }) => {
    const { name, from, uri, tracked, present } = data
    switch (from) {
      case 'external':
        return { verdict: 'conforms', observed: `secret "${name}" is kept by the platform` }
      case 'environment':
        return { verdict: 'conforms', observed: `secret "${name}" comes from the environment of the deployment` }
      case 'unknown':
        return {
          verdict: 'unsure',
          reason: `secret "${name}" names no source here: it depends on the files it is combined with`,
        }
      case 'file':
        if (uri === undefined)
          return { verdict: 'conforms', observed: `secret "${name}" comes from a file outside of the repository` }
        if (!present)
          return { verdict: 'conforms', observed: `secret "${name}" comes from ${uri}, which is not in the repository` }
        if (tracked === undefined) {
          return {
            verdict: 'unsure',
            reason: `secret "${name}" comes from ${uri}; outside git nothing tells whether that file is shared`,
          }
        }
        return tracked
          ? {
              verdict: 'violates',
              observed: `secret "${name}" comes from ${uri}, which is tracked`,
              message: `secret "${name}" comes from ${uri}, which is tracked: everyone with a clone holds it`,
            }
          : { verdict: 'conforms', observed: `secret "${name}" comes from ${uri}, which is not tracked` }
    }
  },
})
