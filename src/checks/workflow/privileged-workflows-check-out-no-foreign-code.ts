import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'privileged-workflows-check-out-no-foreign-code',
  about: 'workflow.checkout',
  asks: () => [{ kind: 'workflow.checkout' }],
  ifNone: 'not-applicable',
  title: 'No workflow that has secrets checks out the code of a pull request.',
  why: 'Under pull_request_target, workflow_run and issue_comment a run has the secrets and the writing token of the repository. Building, testing or even installing what a stranger sent hands both over.',
  fix: 'Build pull requests under `pull_request`, and do what needs secrets in a second workflow that runs none of their code.',
  samples: {
    bad: 'on: pull_request_target\njobs:\n  test:\n    steps:\n      - uses: actions/checkout@<commit sha>\n        with: { ref: "${{ github.event.pull_request.head.sha }}" }',
    good: 'on: pull_request\njobs:\n  test:\n    steps:\n      - uses: actions/checkout@<commit sha>',
  },
  source: 'GitHub Security Lab, Preventing pwn requests; zizmor, dangerous-triggers; OWASP CICD-SEC-4',
  blind: 'Whether anything of the code is run after it was fetched; code that comes as an artifact.',
  confidence: 'high',
  judge: ({ data }) => {
    const on = data.privileged.join(', ')
    const step = `job "${data.job}"`
    if (on === '') return { verdict: 'exempt', reason: `${step} does not run with secrets on what a stranger sent` }
    if (!data.foreign)
      return { verdict: 'conforms', observed: `${step} checks out this repository's own code on ${on}` }
    const place = data.foreignAt ? { place: data.foreignAt } : {}
    if (data.guarded)
      return {
        verdict: 'unsure',
        reason: `${step} fetches the code of a pull request on ${on}, under a condition on where it comes from or who asks`,
        ...place,
      }
    return {
      verdict: 'violates',
      observed: `fetches the code of a pull request on ${on}`,
      message: `${step} fetches the code of a pull request on ${on}, with the secrets and the token of this repository`,
      ...place,
    }
  },
})
