import { defineCheck, oneOf, whole } from '../../check.ts'
import { daysUntil, type ReportedSeverity } from '../../facts/report.ts'

const order = ['critical', 'high', 'medium', 'low'] as const
const lines = (n: number | undefined): string =>
  n === undefined ? 'an unknown number of lines of code' : `${n} ${n === 1 ? 'line' : 'lines'} of code`
const passedOver = (n: number | undefined): string =>
  n === undefined ? 'what nosec passed over is not shown' : `${n} passed over by nosec`

export const check = defineCheck({
  id: 'bandit-report-is-clean',
  about: 'report.bandit',
  asks: () => [{ kind: 'report.bandit' }],
  ifNone: 'not-applicable',
  title: 'The bandit report handed in shows no finding at or above the threshold, of this commit and recent',
  why: 'A report is evidence that the scanner ran and what it said. With findings in it the scan shows a weakness nobody closed; of another commit, weeks old, over no files or over files bandit could not parse, it shows nothing about the code that is deployed.',
  fix: 'Fix what is listed, or accept it where it stands with `# nosec BXXX` and a reason; then run bandit again on this commit and hand in the new report.',
  samples: {
    bad: '"_totals": { "SEVERITY.HIGH": 2, "SEVERITY.MEDIUM": 0, "SEVERITY.LOW": 2, "loc": 8, "nosec": 0 }',
    good: '"_totals": { "SEVERITY.HIGH": 0, "SEVERITY.MEDIUM": 0, "SEVERITY.LOW": 0, "loc": 412, "nosec": 0 }',
  },
  source: 'bandit 1.9.4, formatters json, sarif, csv and text; exit code 1 when issues are listed',
  blind:
    'The reports of bandit name no commit, no target and no excluded path; what `exclude_dirs` or `skips` left out is not in them; CSV has no counts at all. A report can be written by hand.',
  confidence: 'high',
  params: {
    failOn: oneOf('severity from which a finding counts', ['low', 'medium', 'high'], 'medium'),
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
  },
  judge: ({ data, place }, { failOn, maxAgeDays }, _facts, { asOf }) => {
    const { commit, generatedAt, scanned, skipped, worst, listed, counted, ignored } = data
    if (commit?.is === 'other')
      return {
        verdict: 'unsure',
        reason: `report of commit ${commit.oid.slice(0, 10)}, which is not the one checked out`,
      }
    if (generatedAt !== undefined) {
      const age = daysUntil(asOf, generatedAt)
      const day = generatedAt.slice(0, 10)
      if (age < 0) return { verdict: 'unsure', reason: `the report is dated ${day}, after the day of this audit` }
      if (age > maxAgeDays)
        return { verdict: 'unsure', reason: `the report is of ${day}, older than ${maxAgeDays} days` }
    }

    const from = order.slice(0, order.indexOf(failOn) + 1)
    // A severity nobody knows is not below any threshold.
    const counting: readonly ReportedSeverity[] = [...from, 'unknown']
    const sum = (of: Readonly<Record<ReportedSeverity, number>>) => counting.reduce((n, s) => n + of[s], 0)
    const totals = `${listed.high} high, ${listed.medium} medium, ${listed.low} low${listed.unknown > 0 ? `, ${listed.unknown} of unknown severity` : ''}`
    const observed = `${totals} in ${lines(scanned.count)}; ${passedOver(ignored.count)}`

    if (sum(listed) > 0) {
      const [first] = worst
      const ids = [...new Set(worst.filter(w => counting.includes(w.severity)).map(w => w.id))].slice(0, 3).join(', ')
      return {
        verdict: 'violates',
        observed,
        message: `bandit reports ${sum(listed)} ${sum(listed) === 1 ? 'finding' : 'findings'} at or above ${failOn} (${ids}); the first is in ${first?.where ?? '?'}`,
        place: first?.place ?? place,
      }
    }
    if (scanned.count === 0) {
      const [gone] = skipped.shown
      const because = gone ? `: ${gone.name}: ${gone.reason}` : ''
      return { verdict: 'violates', observed, message: `bandit scanned no line of code${because}` }
    }
    const hidden = counted ? sum(counted) : 0
    if (hidden > 0)
      return {
        verdict: 'unsure',
        reason: `bandit counted ${hidden} at or above ${failOn} and lists none of them: a baseline or a threshold of its own hides them`,
      }
    if (skipped.count > 0) {
      const [first] = skipped.shown
      return {
        verdict: 'unsure',
        reason: `bandit could not scan ${skipped.count} ${skipped.count === 1 ? 'file' : 'files'}: ${first?.name ?? '?'}: ${first?.reason ?? '?'}`,
        ...(data.skippedAt ? { place: data.skippedAt } : {}),
      }
    }
    if (generatedAt === undefined && commit?.is !== 'head')
      return { verdict: 'unsure', reason: 'the report says neither when nor of which commit it is' }
    const version = data.version === undefined ? '' : ` ${data.version}`
    const when = generatedAt === undefined ? '' : `, ${generatedAt}`
    return { verdict: 'conforms', observed: `bandit${version}${when}: ${observed}` }
  },
})
