import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'checkov-report-is-clean',
  about: 'report.checkov',
  asks: () => [{ kind: 'report.checkov' }],
  ifNone: 'not-applicable',
  title: 'The checkov report handed in shows no failed check, and something was checked',
  why: 'A failed check is a setting that was seen to be wrong and deployed. checkov also ends with exit code 0 when it found nothing to look at, and when a file cannot be parsed.',
  fix: 'Fix the setting, or accept it where it stands with `checkov:skip=ID:reason`; run checkov again.',
  samples: {
    bad: '"summary": {"passed": 41, "failed": 4, "skipped": 0, "parsing_errors": 0}',
    good: '"summary": {"passed": 45, "failed": 0, "skipped": 0, "parsing_errors": 0}',
  },
  source:
    'checkov 3.3.30, outputs json and sarif; without an account it gives no severity, and every failed check counts',
  blind: 'No form carries a date or a commit.',
  confidence: 'high',
  params: {
    failOn: oneOf('severity from which a finding counts', ['low', 'medium', 'high', 'critical'], 'low'),
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { failOn, maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'failed check', failOn, maxAgeDays, undated, ages: false }, asOf),
})
