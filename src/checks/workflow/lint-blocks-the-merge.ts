import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'lint-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'lint' }],
  ifNone: 'not-applicable',
  title: 'A linter runs on every change, and what it finds stops the merge.',
  why: 'A claim that code is linted is cheap to verify. A linter that runs only on a laptop, or whose result is thrown away, shows nothing.',
  fix: 'Run the linter (`ruff check .`, `eslint .`, `golangci-lint run`) in a job on pull requests, directly or through pre-commit, without `--exit-zero` or `|| true`.',
  samples: {
    bad: '      - run: ruff check . --exit-zero',
    good: '      - run: ruff check .',
  },
  source: 'Ruff, Flake8 and ESLint manuals (exit codes); SOC 2 CC8.1',
  blind: 'Whether the forge requires the check before a merge; which rules are on and which folders are excluded.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, { called: 'a linter', runs: 'a linter runs', never: 'no linter runs', its: 'its' }),
})
