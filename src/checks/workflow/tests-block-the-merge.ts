import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'tests-block-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'tests' }],
  ifNone: { violates: 'no workflow runs the tests' },
  title: 'A failing test run stops the merge and every job that publishes.',
  why: 'An auditor tests whether the gate could have said no. A step that always succeeds never could, and what the tests rejected is merged and shipped all the same.',
  fix: 'Run the tests on pull requests and remove what discards their status. A report that is needed even on failure belongs into a step of its own with `if: always()`.',
  samples: {
    bad: '      - run: pytest -q || echo "failed"',
    good: '      - run: pytest -q --junitxml=report.xml\n      - if: always()\n        uses: actions/upload-artifact@<commit sha>',
  },
  source:
    'GitHub Docs, workflow syntax (jobs.<id>.steps[*].shell: the default bash runs `-e` without pipefail); SOC 2 CC8.1',
  blind:
    'Whether the forge requires the check before a merge; whether a test run looks at anything worth testing. Arguments that only the run knows are taken to select tests, not to switch them off.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, { called: 'the tests', runs: 'the tests run', never: 'the tests never run', its: 'their' }),
})
