import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'format-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'format' }],
  ifNone: 'not-applicable',
  title: 'A formatter in checking mode runs on every change, and a file that is not formatted stops the merge.',
  why: 'Formatting keeps a diff to what was meant, so that a reviewer sees the change. A formatter that rewrites files on the runner and succeeds checks nothing.',
  fix: 'Run the formatter in checking mode (`black --check .`, `ruff format --check`, `prettier --check .`) in a job on pull requests.',
  samples: {
    bad: '      - run: black .',
    good: '      - run: black --check .',
  },
  source: 'Black, Ruff and Prettier manuals (exit codes); SOC 2 CC8.1',
  blind:
    'Whether the forge requires the check before a merge; which files the formatter is told to leave alone. A formatter that writes is no gate and is not counted.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, {
      called: 'a formatter',
      runs: 'a formatter runs',
      never: 'no formatter checks the code',
      its: 'its',
    }),
})
