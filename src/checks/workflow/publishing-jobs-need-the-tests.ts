import { defineCheck } from '../../check.ts'
import { judgeRelease } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'publishing-jobs-need-the-tests',
  about: 'ci.release',
  asks: () => [{ kind: 'ci.release', gate: 'tests' }],
  ifNone: 'not-applicable',
  title: 'No job publishes or deploys what the tests rejected.',
  why: 'A release job that does not wait for the tests ships what they rejected, and a tag may stand on any commit: that the default branch is tested says nothing about it.',
  fix: 'Give the publishing job `needs: [test]` without `always()`, or let it start from a `workflow_run` under the condition that its conclusion is success.',
  samples: {
    bad: 'on: { push: { tags: ["v*"] } }\njobs:\n  publish:\n    steps:\n      - run: twine upload dist/*',
    good: 'on: { push: { tags: ["v*"] } }\njobs:\n  test:\n    steps:\n      - run: pytest\n  publish:\n    needs: test\n    steps:\n      - run: twine upload dist/*',
  },
  source:
    'GitHub Docs, workflow syntax (jobs.<job_id>.needs, if), Events that trigger workflows (workflow_run); SOC 2 CC8.1, PI1.3',
  blind:
    'Deployments by means this does not know (a registry that is watched, a webhook); whether the forge lets anybody push to the default branch past its checks; jobs that publish on pull requests only.',
  confidence: 'high',
  judge: ({ data }) => judgeRelease(data, 'a test run'),
})
