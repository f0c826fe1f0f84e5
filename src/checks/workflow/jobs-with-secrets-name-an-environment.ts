import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'jobs-with-secrets-name-an-environment',
  about: 'pipeline.job',
  asks: () => [{ kind: 'pipeline.job' }],
  ifNone: 'not-applicable',
  title: 'Every job that is given secrets runs in a deployment environment.',
  why: 'A secret of the repository is in reach of every workflow on every branch: whoever may push a branch may read it. A secret of an environment is given only to jobs that pass its rules.',
  fix: 'Move the secret into an environment with branch rules, and name that environment in the job.',
  samples: {
    bad: 'jobs:\n  deploy:\n    steps:\n      - run: ./deploy.sh\n        env: { TOKEN: "${{ secrets.DEPLOY_TOKEN }}" }',
    good: 'jobs:\n  deploy:\n    environment: production\n    steps:\n      - run: ./deploy.sh\n        env: { TOKEN: "${{ secrets.DEPLOY_TOKEN }}" }',
  },
  source: 'GitHub Docs, Managing environments for deployment; zizmor, secrets-outside-env',
  blind: 'Whether the secret is really one of the environment, and what rules it has: both are set in the forge.',
  confidence: 'medium',
  judge: ({ data }) => {
    if (data.secrets.length === 0) return { verdict: 'exempt', reason: `job "${data.job}" is given no secret` }
    const named = `${data.secrets.slice(0, 3).join(', ')}${data.secrets.length > 3 ? ` and ${data.secrets.length - 3} more` : ''}`
    // An environment of a called workflow cannot be given its secrets by name: the caller's job is the one to judge.
    if (data.events.includes('workflow_call'))
      return { verdict: 'exempt', reason: `job "${data.job}" is called by other workflows, which hand it ${named}` }
    if (data.calls)
      return {
        verdict: 'exempt',
        reason: `job "${data.job}" hands ${named} to a called workflow, which alone can name an environment`,
      }
    return data.environment
      ? { verdict: 'conforms', observed: `job "${data.job}" is given ${named} in an environment` }
      : {
          verdict: 'violates',
          observed: `${named} outside an environment`,
          message: `job "${data.job}" is given ${named} without an environment, so any branch can ask for the same`,
        }
  },
})
