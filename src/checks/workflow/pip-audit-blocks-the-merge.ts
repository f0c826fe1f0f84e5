import { defineCheck } from '../../check.ts'
import { judgeGate } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'pip-audit-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'pip-audit' }],
  ifNone: 'not-applicable',
  title: 'pip-audit runs on every change, and a known vulnerability in a dependency stops the merge.',
  why: 'Known holes in dependencies are what attackers try first. An audit that nobody runs, or that cannot fail, lets them in with a green check mark.',
  fix: 'Run `pip-audit -r requirements.txt` in a job on pull requests and on a schedule, without `--dry-run`, `|| true` or `continue-on-error`.',
  samples: {
    bad: '      - run: pip-audit -r requirements.txt || true',
    good: '      - run: pip-audit -r requirements.txt',
  },
  source:
    'pip-audit documentation (exit codes, --dry-run); GitHub Docs, workflow syntax (jobs.<id>.steps[*].shell); SOC 2 CC7.1, CC8.1',
  blind:
    'Whether the forge requires the check before a merge; which requirements it audits and which vulnerabilities it is told to ignore. Other auditors (safety, osv-scanner, Trivy) do not count as pip-audit.',
  confidence: 'high',
  judge: ({ data }) =>
    judgeGate(data, { called: 'pip-audit', runs: 'pip-audit runs', never: 'pip-audit never runs', its: 'its' }),
})
