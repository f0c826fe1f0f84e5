import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'zizmor-report-is-clean',
  about: 'report.zizmor',
  asks: () => [{ kind: 'report.zizmor' }],
  ifNone: 'not-applicable',
  title: 'The zizmor report handed in shows no finding at or above the threshold',
  why: 'zizmor finds the ways in which a workflow can be turned against its repository. A finding that stands in the report is one that was merged.',
  fix: 'Fix the workflow, or accept the finding where it stands with `# zizmor: ignore[rule]` and a reason; run zizmor again.',
  samples: {
    bad: '[{"ident": "template-injection", "determinations": {"severity": "High"}}]',
    good: '[]',
  },
  source: 'zizmor 1.32.0, formats json and sarif; exit codes 11 to 14 by the highest severity, 0 with --format sarif',
  blind: 'No form carries a date or a commit; what zizmor suppresses by its persona is not in it.',
  confidence: 'high',
  params: {
    failOn: oneOf('severity from which a finding counts', ['low', 'medium', 'high'], 'medium'),
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { failOn, maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'finding', failOn, maxAgeDays, undated, ages: false }, asOf),
})
