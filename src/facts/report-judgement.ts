import type { Judgement } from '../model.ts'
import type { Place } from '../place.ts'
import { daysUntil, type ReportedSeverity, type ScannedUnit, type ToolReport } from './report.ts'

const order = ['critical', 'high', 'medium', 'low'] as const

/** How a report of one scanner is weighed. */
export interface ScanWords {
  /** `violation`, `leak`; with an s for more than one. */
  readonly noun: string
  /** Least severity that counts. A severity nobody knows is not below any. */
  readonly failOn: 'critical' | 'high' | 'medium' | 'low'
  readonly maxAgeDays: number
  /** What a report is worth that says neither when nor of which commit. */
  readonly undated: 'unsure' | 'accept'
  /** Whether the answer for one commit changes by itself: lists of known vulnerabilities grow. */
  readonly ages: boolean
}

const many = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

const units: Readonly<Record<ScannedUnit, string>> = {
  'lines of code': 'line of code',
  dependencies: 'dependency',
  files: 'file',
  checks: 'check',
  targets: 'target',
}
const counted = (n: number, unit: ScannedUnit): string => `${n} ${n === 1 ? units[unit] : unit}`

/**
 * Whether a report can speak for what is checked out: why not, or nothing. Of another commit, of the future, stale, or
 * of no time and place at all.
 */
export const unfit = (
  { commit, generatedAt }: Pick<ToolReport, 'commit' | 'generatedAt'>,
  { maxAgeDays, undated, ages }: Pick<ScanWords, 'maxAgeDays' | 'undated' | 'ages'>,
  asOf: string,
): { readonly now: string | undefined; readonly later: string | undefined } => {
  if (commit?.is === 'other')
    return { now: `report of commit ${commit.oid.slice(0, 10)}, which is not the one checked out`, later: undefined }
  if (generatedAt !== undefined) {
    const age = daysUntil(asOf, generatedAt)
    const day = generatedAt.slice(0, 10)
    if (age < 0) return { now: `the report is dated ${day}, after the day of this audit`, later: undefined }
    if (age > maxAgeDays) return { now: `the report is of ${day}, older than ${maxAgeDays} days`, later: undefined }
    return { now: undefined, later: undefined }
  }
  if (undated === 'accept' || (commit?.is === 'head' && !ages)) return { now: undefined, later: undefined }
  return {
    now: undefined,
    later: ages
      ? 'the report does not say when it was made; a CI log of the run does'
      : 'the report says neither when nor of which commit it was made; a CI log of the run does',
  }
}

/** A report of a scanner as a judgement: the same for every scanner, in its own words. What is listed counts in any case. */
export const judgeScan = (data: ToolReport, place: Place, words: ScanWords, asOf: string): Judgement => {
  const { noun, failOn } = words
  const { tool, scanned, skipped, worst, listed, ignored, idle } = data
  const fit = unfit(data, words, asOf)
  if (fit.now !== undefined) return { verdict: 'unsure', reason: fit.now }

  const counting: readonly ReportedSeverity[] = [...order.slice(0, order.indexOf(failOn) + 1), 'unknown']
  const found = counting.reduce((n, s) => n + listed[s], 0)
  const below = order.slice(order.indexOf(failOn) + 1).reduce((n, s) => n + listed[s], 0)
  const plain = listed.critical + listed.high + listed.medium + listed.low === 0
  const over = scanned.count === undefined ? '' : `, ${counted(scanned.count, scanned.unit)}`
  const passed = ignored.count === undefined ? '' : `, ${ignored.count} passed over by ${ignored.how}`
  if (found > 0) {
    const shown = worst.filter(w => counting.includes(w.severity))
    const [first] = shown
    const ids = [...new Set(shown.map(w => w.id).filter(id => id !== ''))].slice(0, 3).join(', ')
    const named = first ? `${ids === '' ? '' : ` (${ids})`}; the first is in ${first.where}` : ''
    const counts = plain
      ? many(found, noun)
      : [...order, 'unknown' as const]
          .filter(s => listed[s] > 0)
          .map(s => `${listed[s]} ${s === 'unknown' ? 'of unknown severity' : s}`)
          .join(', ')
    return {
      verdict: 'violates',
      observed: `${counts}${over}${passed}`,
      message: `${tool} reports ${many(found, noun)}${plain || failOn === 'low' ? '' : ` at or above ${failOn}`}${named}`,
      place: first?.place ?? place,
    }
  }
  if (idle !== undefined) return { verdict: 'unsure', reason: `${tool} judged nothing: ${idle}` }
  if (scanned.count === 0) return { verdict: 'unsure', reason: `${tool} looked at nothing: 0 ${scanned.unit}` }
  if (skipped.count > 0) {
    const [first] = skipped.shown
    return {
      verdict: 'unsure',
      reason: `${tool} left out ${skipped.count}: ${first?.name ?? '?'}: ${first?.reason ?? 'no reason given'}`,
      ...(data.skippedAt ? { place: data.skippedAt } : {}),
    }
  }
  if (fit.later !== undefined) return { verdict: 'unsure', reason: fit.later }
  const version = data.version === undefined ? '' : ` ${data.version}`
  const when = data.generatedAt === undefined ? '' : `, ${data.generatedAt}`
  const lower = below > 0 ? `, ${below} below ${failOn}` : ''
  return { verdict: 'conforms', observed: `${tool}${version}${when}: no ${noun}${lower}${over}${passed}` }
}
