import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'bandit-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'bandit' }],
  ifNone: 'not-applicable',
  title: 'bandit runs on every change to Python code, and what it finds stops the merge.',
  why: 'A scanner that is installed but never run, or whose result is thrown away, finds nothing. An auditor asks for the step that ran it and for what happened when it failed.',
  fix: 'Run `bandit -r <source>` in a job on pull requests, without `--exit-zero`, `|| true` or `continue-on-error`. PyCQA/bandit-action does not fail the job: call bandit itself.',
  samples: {
    bad: '      - run: bandit -r app || true',
    good: '      - run: bandit -r app',
  },
  source:
    'Bandit documentation (exit codes, --exit-zero); GitHub Docs, workflow syntax (jobs.<id>.steps[*].shell); SOC 2 CC7.1, CC8.1',
  blind: 'Whether the forge requires the check before a merge; which folders it scans and what it is told to skip.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, { called: 'bandit', runs: 'bandit runs', never: 'bandit never runs', its: 'its' }),
})
