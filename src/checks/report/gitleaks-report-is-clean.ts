import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'gitleaks-report-is-clean',
  about: 'report.gitleaks',
  asks: () => [{ kind: 'report.gitleaks' }],
  ifNone: 'not-applicable',
  title: 'The gitleaks report handed in shows no leak',
  why: 'A secret that gitleaks found and nobody revoked is the way in. An empty report of unknown origin shows nothing: gitleaks writes the same over no files.',
  fix: 'Revoke the secret, take it out, and scan again; accept a false alarm with its fingerprint in .gitleaksignore.',
  samples: {
    bad: '[{"RuleID": "aws-access-token", "File": "app/conf.py", "StartLine": 1}]',
    good: '[]',
  },
  source: 'gitleaks 8.30.1, report formats json and sarif; exit code 1 when leaks are found',
  blind:
    'A report of gitleaks carries no date, no scanned commit, no count of what was scanned, and nothing of its ignore file and baseline; its SARIF calls every version v8.0.0.',
  confidence: 'high',
  params: {
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'leak', failOn: 'low', maxAgeDays, undated, ages: false }, asOf),
})
