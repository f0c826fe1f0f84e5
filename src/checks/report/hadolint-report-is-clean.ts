import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'hadolint-report-is-clean',
  about: 'report.hadolint',
  asks: () => [{ kind: 'report.hadolint' }],
  ifNone: 'not-applicable',
  title: 'The hadolint report handed in shows no finding at or above the threshold',
  why: 'hadolint finds what makes an image larger, less repeatable or run as root. A finding that stands in the report is one that was merged.',
  fix: 'Fix the Dockerfile, or accept the finding where it stands with `# hadolint ignore=DL3008` and a reason; run hadolint again.',
  samples: {
    bad: '[{"code": "DL3007", "file": "Dockerfile", "level": "warning", "line": 1}]',
    good: '[]',
  },
  source: 'hadolint 2.15.1, formats json and sarif; error counts as high, warning as medium, info and style as low',
  blind: 'No form carries a date or a commit, names the files without findings, or counts ignore comments.',
  confidence: 'high',
  params: {
    failOn: oneOf('severity from which a finding counts', ['low', 'medium', 'high'], 'medium'),
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { failOn, maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'finding', failOn, maxAgeDays, undated, ages: false }, asOf),
})
