import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'publishing-jobs-name-an-environment',
  about: 'workflow.job',
  asks: () => [{ kind: 'workflow.job' }],
  ifNone: 'not-applicable',
  title: 'Every job that publishes or deploys names the environment whose protection it must pass.',
  why: 'Required reviewers, branch rules and secrets of a deployment hang on an environment. A job without one publishes as soon as its trigger fires, and nobody is asked.',
  fix: 'Give the job `environment: production` and set required reviewers, without self-review, for that environment.',
  samples: {
    bad: 'jobs:\n  deploy:\n    steps:\n      - run: kubectl apply -f k8s/',
    good: 'jobs:\n  deploy:\n    environment: production\n    steps:\n      - run: kubectl apply -f k8s/',
  },
  source: 'GitHub Docs, Managing environments for deployment; SOC 2 CC8.1, CC5.1; 45 CFR 164.308(a)(4)(i)',
  blind:
    'Whether the environment has reviewers: that is set in the forge. Deployments by means this does not know (a webhook, a registry that is watched).',
  confidence: 'high',
  judge: ({ data }) => {
    if (data.publishes.length === 0) return { verdict: 'exempt', reason: `job "${data.job}" publishes nothing` }
    const does = `job "${data.job}" publishes ${data.publishes.join(', ')}`
    switch (data.environment?.is) {
      case 'named':
        return { verdict: 'conforms', observed: `${does} under environment ${data.environment.name}` }
      case 'computed':
        return { verdict: 'unsure', reason: `${does}; which environment it is under is known only to the run` }
      case undefined:
        return {
          verdict: 'violates',
          observed: 'no environment',
          message: `${does} without an environment, so nobody has to approve it`,
        }
    }
  },
})
