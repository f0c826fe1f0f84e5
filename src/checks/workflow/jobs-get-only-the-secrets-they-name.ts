import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'jobs-get-only-the-secrets-they-name',
  about: 'pipeline.secret',
  asks: () => [{ kind: 'pipeline.secret' }],
  ifNone: 'not-applicable',
  title: 'No job is handed all secrets of the repository where it needs one.',
  why: 'GitHub sends a runner the secrets a workflow names. `toJSON(secrets)`, or a name that is computed, sends every one of them, and whatever runs in the job can read them all.',
  fix: 'Pass each secret by its name, as in `TOKEN: ${{ secrets.DEPLOY_TOKEN }}`. Where the environment decides which, give each environment its own secret of the same name.',
  samples: {
    bad: '      - run: ./deploy.sh\n        env:\n          ALL: ${{ toJSON(secrets) }}',
    good: '      - run: ./deploy.sh\n        env:\n          TOKEN: ${{ secrets.DEPLOY_TOKEN }}',
  },
  source: 'zizmor, overprovisioned-secrets; poutine, job_all_secrets; OWASP CICD-SEC-6',
  blind:
    'Which secrets the repository has, and what a called workflow of another repository does with those it is handed.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === '' ? 'the workflow' : `job "${data.job}"`
    switch (data.takes) {
      case 'one':
        return { verdict: 'conforms', observed: `${where} names secret ${data.name ?? ''}` }
      case 'every':
        return {
          verdict: 'violates',
          observed: 'takes the whole secrets context',
          message: `${where} takes every secret of the repository at once`,
        }
      case 'computed':
        return {
          verdict: 'violates',
          severity: 'medium',
          observed: 'computes the name of a secret',
          message: `${where} computes the name of a secret, so the runner is sent every one of them`,
        }
    }
  },
})
