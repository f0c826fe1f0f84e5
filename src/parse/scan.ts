import type { JsonNode } from './json.ts'
import type { JsonPath, JsonVisitor } from './json-stream.ts'
import type { Range } from './lines.ts'

/**
 * What one run of a scanner reported, in whatever format: counts, the worst ten, and what the report says of the run.
 * `undefined` always means: the report does not say.
 */
export interface Scan {
  /** As the report names the tool, in lower case; what only the shape of the file gives away is the tool's usual name. */
  readonly tool: string
  readonly version: string | undefined
  /** As the tool names it: `json`, `sarif`, `text`. */
  readonly format: string
  /** RFC 3339 UTC. */
  readonly generatedAt: string | undefined
  readonly commit: string | undefined
  /** What was scanned, in the report's words: an image, a folder. */
  readonly target: string | undefined
  readonly scanned: { readonly count: number | undefined; readonly unit: ScanUnit }
  readonly listed: Readonly<Record<ScanSeverity, number>>
  /** What the tool counted before a threshold of its own cut the list, where it says so. */
  readonly counted: Readonly<Record<ScanSeverity, number>> | undefined
  /** Up to ten, worst first. */
  readonly worst: readonly ScanFinding[]
  /** Findings that somebody told the tool to pass over, and how; undefined where the format has no place for them. */
  readonly ignored: { readonly count: number | undefined; readonly how: string }
  readonly skipped: { readonly count: number; readonly shown: readonly ScanSkipped[] }
  /** It rewrites files instead of reporting on them, or was told to look at nothing. */
  readonly idle: string | undefined
  /** Where the result stands. */
  readonly result: Range
  /** Stretches that quote scanned code or a secret. */
  readonly quotes: readonly Range[]
}

export type ScanUnit = 'lines of code' | 'dependencies' | 'files' | 'checks' | 'targets'
export const scanSeverities = ['critical', 'high', 'medium', 'low', 'unknown'] as const
export type ScanSeverity = (typeof scanSeverities)[number]

export interface ScanFinding {
  readonly id: string
  readonly severity: ScanSeverity
  readonly where: string
  readonly range: Range
}
export interface ScanSkipped {
  readonly name: string
  readonly reason: string
  readonly range: Range
}

export type ScanRead =
  | { readonly ok: true; readonly scan: Scan }
  | { readonly ok: false; readonly range: Range; readonly reason: string }

/** Reads one format as it arrives. `done` after the end of the text. */
export interface ScanReader extends JsonVisitor {
  done(): ScanRead
}

const shownMost = 10
const quotesMost = 100_000

/** Counts, and keeps the worst ten: a report of a million findings costs no more than one of ten. */
export const tally = () => {
  const listed: Record<ScanSeverity, number> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }
  const kept: Record<ScanSeverity, ScanFinding[]> = { critical: [], high: [], medium: [], low: [], unknown: [] }
  const skipped: ScanSkipped[] = []
  const quotes: Range[] = []
  let skips = 0
  return {
    add: (finding: ScanFinding, times = 1): void => {
      listed[finding.severity] += times
      if (kept[finding.severity].length < shownMost) kept[finding.severity].push(finding)
    },
    skip: (one: ScanSkipped): void => {
      skips += 1
      if (skipped.length < shownMost) skipped.push(one)
    },
    quote: (range: Range): void => {
      if (quotes.length < quotesMost) quotes.push(range)
    },
    get: (): Pick<Scan, 'listed' | 'worst' | 'skipped' | 'quotes'> => ({
      listed,
      worst: scanSeverities.flatMap(s => kept[s]).slice(0, shownMost),
      skipped: { count: skips, shown: skipped },
      quotes,
    }),
  }
}

export const textOf = (node: JsonNode | undefined): string | undefined =>
  node?.is === 'string' ? node.value : undefined

/** A name out of a report, short enough for a message. */
export const short = (text: string | undefined, fallback = '?'): string => {
  const plain = text?.replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ').trim()
  return plain === undefined || plain === '' ? fallback : plain.length > 200 ? `${plain.slice(0, 199)}…` : plain
}

/** RFC 3339 with any offset and precision, to UTC and the second. */
export const instantOf = (written: string | undefined): string | undefined => {
  if (written === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,12})?(?:Z|[+-]\d\d:?\d\d)?$/.test(written))
    return undefined
  const [, plain = '', offset = 'Z'] = written.match(/^(.{19})(?:[.,]\d+)?(.*)$/) ?? []
  const instant = Date.parse(`${plain}${offset === '' ? 'Z' : offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(instant) ? undefined : new Date(instant).toISOString().replace('.000Z', 'Z')
}

/** Several formats a file may be in, read side by side; their paths must not meet. Which one it is shows at the end. */
export const together = <R extends JsonVisitor>(readers: readonly R[]): JsonVisitor => {
  const wishes = (path: JsonPath) => readers.map(r => r.wish(path))
  return {
    wish: path => {
      const all = wishes(path)
      return all.includes('enter') ? 'enter' : all.includes('take') ? 'take' : 'skip'
    },
    take: (path, node) => {
      for (const reader of readers) if (reader.wish(path) === 'take') reader.take(path, node)
    },
    leave: (path, range, is) => {
      for (const reader of readers) if (reader.wish(path) === 'enter') reader.leave?.(path, range, is)
    },
  }
}
