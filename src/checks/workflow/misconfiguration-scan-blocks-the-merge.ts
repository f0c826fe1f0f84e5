import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'misconfiguration-scan-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'misconfiguration-scan' }],
  ifNone: 'not-applicable',
  title: 'A configuration scanner runs on every change, and what it finds stops the merge.',
  why: 'Most incidents in containers and clouds begin with a setting. A scanner that only uploads what it finds leaves the decision to whoever happens to look.',
  fix: 'Run a scanner of what the tree holds (hadolint, checkov, `trivy config --exit-code 1`, zizmor, actionlint) in a job on pull requests, without soft-fail.',
  samples: {
    bad: '      - run: trivy config .',
    good: '      - run: trivy config --exit-code 1 .',
  },
  source: 'Trivy, Checkov, hadolint and zizmor manuals (exit codes); SOC 2 CC6.6, CC7.1; 45 CFR 164.308(a)(1)(ii)(B)',
  blind:
    'Whether the forge requires the check before a merge; whether the scanners together cover every kind of configuration in the tree; what they are told to ignore.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, {
      called: 'a configuration scan',
      runs: 'a configuration scan runs',
      never: 'no configuration scan runs',
      its: 'its',
    }),
})
