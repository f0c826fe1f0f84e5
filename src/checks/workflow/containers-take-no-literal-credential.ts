import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'containers-take-no-literal-credential',
  about: 'pipeline.container-credential',
  asks: () => [{ kind: 'pipeline.container-credential' }],
  ifNone: 'not-applicable',
  title: 'No container of a job has the password of its registry written into the workflow.',
  why: 'Whoever can read the repository, or any copy of it, has the password, and it stays in the history after it is removed.',
  fix: 'Change the password, store the new one as a secret and write `password: ${{ secrets.REGISTRY_PASSWORD }}`.',
  samples: {
    bad: '    container:\n      image: registry.example.com/app@sha256:…\n      credentials: { username: ci, password: <password> }',
    good: '    container:\n      image: registry.example.com/app@sha256:…\n      credentials: { username: ci, password: "${{ secrets.REGISTRY_PASSWORD }}" }',
  },
  source: 'zizmor, hardcoded-container-credentials; OWASP CICD-SEC-6',
  blind: 'Where a value that is neither written out nor a secret comes from is only asked, not answered.',
  confidence: 'high',
  judge: ({ data }) => {
    const what =
      data.container === 'container'
        ? `the container of job "${data.job}"`
        : `service "${data.container}" of job "${data.job}"`
    switch (data.password) {
      case 'secret':
        return { verdict: 'conforms', observed: `${what} takes its registry password from a secret` }
      case 'literal':
        return {
          verdict: 'violates',
          observed: 'registry password written out',
          message: `${what} has its registry password written out in the workflow`,
        }
      case 'other':
        return {
          verdict: 'unsure',
          reason: `where the registry password of ${what} comes from is known only to the run`,
        }
    }
  },
})
