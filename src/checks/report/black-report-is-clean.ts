import { defineCheck, oneOf, whole } from '../../check.ts'
import { judgeScan } from '../../facts/report-judgement.ts'

export const check = defineCheck({
  id: 'black-report-is-clean',
  about: 'report.black',
  asks: () => [{ kind: 'report.black' }],
  ifNone: 'not-applicable',
  title: 'The output of `black --check` handed in, or printed in a CI log, shows no file that would change',
  why: 'A format gate that runs is shown by what black says. A file it would reformat, or could not parse, was merged past it; without `--check` black writes the files on the runner and judges nothing.',
  fix: 'Run `black .` and commit the result; run `black --check .` in CI and hand in its log.',
  samples: {
    bad: '1 file would be reformatted, 2 files would be left unchanged.',
    good: '3 files would be left unchanged.',
  },
  source: 'black 26.10.1; exit code 1 when files would change, 123 when one cannot be parsed',
  blind: 'What `extend-exclude` or `# fmt: off` keep from black is not in its output.',
  confidence: 'high',
  params: {
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that says neither when nor of which commit', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { maxAgeDays, undated }, _facts, { asOf }) =>
    judgeScan(data, place, { noun: 'unformatted file', failOn: 'low', maxAgeDays, undated, ages: false }, asOf),
})
