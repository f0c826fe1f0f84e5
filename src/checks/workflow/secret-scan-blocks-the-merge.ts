import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'secret-scan-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'secret-scan' }],
  ifNone: {
    unsure: 'no workflow scans for secrets; whether the forge blocks pushes that hold one is not visible in the tree',
  },
  title: 'A secret scanner runs on every change, and a secret it finds stops the merge.',
  why: 'A secret that is merged is copied to every clone and stays in the history. A scanner that reports and lets pass only says so afterwards.',
  fix: 'Run gitleaks or `trufflehog … --fail` in a job on pull requests, or turn on push protection and show it with the settings of the forge.',
  samples: {
    bad: '      - run: trufflehog git file://. --only-verified',
    good: '      - run: trufflehog git file://. --only-verified --fail',
  },
  source: 'gitleaks and TruffleHog manuals (exit codes); SOC 2 CC6.1; 45 CFR 164.312(a)(1)',
  blind:
    'Whether the forge requires the check before a merge; which rules, paths and commits the scanner is told to skip; push protection of the forge.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, { called: 'a secret scan', runs: 'a secret scan runs', never: 'no secret scan runs', its: 'its' }),
})
