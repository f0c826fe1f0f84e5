import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'sarif-report-is-clean',
  about: 'report.sarif',
  asks: () => [{ kind: 'report.sarif' }],
  ifNone: 'not-applicable',
  title: 'Each SARIF file handed in shows no result at or above the threshold, of a run that succeeded',
  why: 'SARIF is what most scanners write. A result that stands in the file is one that was merged; a run that says it did not succeed, or of another commit, shows nothing.',
  fix: 'Fix what is listed, or suppress it in the source with a reason; run the scanner again on this commit.',
  samples: {
    bad: '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [{"level": "error"}]}]}',
    good: '{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": []}]}',
  },
  source:
    'SARIF 2.1.0 (OASIS); severity by `security-severity` as GitHub reads it, else error is high, warning medium, note low',
  blind: 'Many scanners write no invocation time and no revision. Rules that were switched off leave no trace.',
  confidence: 'high',
  params: {
    failOn: oneOf('severity from which a finding counts', ['low', 'medium', 'high', 'critical'], 'medium'),
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { failOn, maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'result', failOn, maxAgeDays, undated, ages: false }, asOf),
})
