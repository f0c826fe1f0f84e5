import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'ruff-report-is-clean',
  about: 'report.ruff',
  asks: () => [{ kind: 'report.ruff' }],
  ifNone: 'not-applicable',
  title: 'The ruff report handed in, or printed in a CI log, shows no violation and is recent or of this commit',
  why: 'A lint gate that runs is shown by its report. One with violations shows that they were merged; one of another commit, or of no known day, shows nothing about this code.',
  fix: 'Fix what is listed or accept it where it stands with `# noqa: S101` and a reason; run `ruff check` again on this commit and hand in the log of the run.',
  samples: {
    bad: 'app/shop.py:1:8: F401 [*] `os` imported but unused\nFound 1 error.',
    good: 'All checks passed!',
  },
  source:
    'ruff 0.17.6, output formats full, concise, grouped, github, json and sarif; exit code 1 when violations are found',
  blind:
    'No form of ruff’s output counts `noqa` comments, excluded files or rules that are off; the JSON names no version, and is an empty list over no files as well.',
  confidence: 'high',
  params: {
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'violation', failOn: 'low', maxAgeDays, undated, ages: false }, asOf),
})
