import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'checkout-leaves-no-token-in-artifacts',
  about: 'workflow.checkout',
  asks: () => [{ kind: 'workflow.checkout' }],
  ifNone: 'not-applicable',
  title: 'No job that uploads artifacts leaves the token of its checkout in the folder.',
  why: 'actions/checkout writes its token into .git/config unless told otherwise. An artifact that takes the folder along publishes it, and everybody who can read the repository can use it while the job still runs.',
  fix: 'Set `persist-credentials: false` on the checkout; give a step that must push its own token.',
  samples: {
    bad: '      - uses: actions/checkout@<commit sha>\n      - uses: actions/upload-artifact@<commit sha>\n        with: { path: . }',
    good: '      - uses: actions/checkout@<commit sha>\n        with: { persist-credentials: false }\n      - uses: actions/upload-artifact@<commit sha>\n        with: { path: dist }',
  },
  source: 'actions/checkout README (persist-credentials); zizmor, artipacked',
  blind:
    'Links and copies that put the folder under another path; newer versions of the two actions keep the token, or hidden files, out by themselves.',
  confidence: 'medium',
  judge: ({ data }) => {
    const step = `the checkout of job "${data.job}"`
    if (data.token === 'none') return { verdict: 'exempt', reason: `job "${data.job}" fetches by a command of its own` }
    if (data.token === 'removed') return { verdict: 'conforms', observed: `${step} leaves no token behind` }
    if (data.uploads === 'nothing') return { verdict: 'conforms', observed: `job "${data.job}" uploads nothing` }
    if (data.token === 'unknown')
      return { verdict: 'unsure', reason: `whether ${step} leaves its token behind is known only to the run` }
    return data.uploads === 'other files'
      ? {
          verdict: 'violates',
          severity: 'low',
          observed: 'the token stays in a job that uploads artifacts of other paths',
          message: `${step} leaves its token in .git/config, in a job that uploads artifacts of other paths`,
        }
      : {
          verdict: 'violates',
          severity: 'medium',
          observed: 'the token stays in a job whose artifact may hold it',
          message: `${step} leaves its token in .git/config, and an artifact of the job may hold it`,
        }
  },
})
