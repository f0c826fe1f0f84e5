import { countIn, type JsonNode, parseJson, stringIn, type Trailing, under } from './json.ts'
import type { Range } from './lines.ts'
import type { OutputLine } from './output.ts'

/**
 * What bandit writes: `-f json`, and `-f txt` (the default where stdout is no terminal) or `-f screen`. Read from the
 * sources and the output of bandit 1.7.5 and 1.9.4; other formats are named and refused.
 */
export interface BanditReport {
  readonly format: 'json' | 'txt'
  /** From the documentation links of issues; a report without issues does not say. */
  readonly version: string | undefined
  /** RFC 3339 UTC. Versions before 1.8 write no offset in text, and mean UTC. */
  readonly generatedAt: string | undefined
  readonly linesOfCode: number
  /** Lines with a bare `# nosec`, and tests switched off by a `# nosec` that names them. */
  readonly nosec: number
  readonly skippedTests: number
  /** Issues by severity before `-l`, `-i` and a baseline cut the list. */
  readonly counted: Readonly<Record<BanditSeverity, number>>
  /** Where the counts stand. */
  readonly totals: Range
  readonly issues: readonly BanditIssue[]
  readonly skipped: readonly { readonly name: string; readonly reason: string; readonly range: Range }[]
  /** Where the report quotes a literal that bandit took for a password (B105, B106, B107), and the code around it. */
  readonly quotes: readonly Range[]
}

export const banditSeverities = ['high', 'medium', 'low', 'undefined'] as const
export type BanditSeverity = (typeof banditSeverities)[number]

export interface BanditIssue {
  readonly id: string
  readonly severity: BanditSeverity
  readonly confidence: BanditSeverity
  /** `app/runner.py:6`. */
  readonly where: string
  /** Where the severity is written. */
  readonly range: Range
}

export type BanditRead =
  | { readonly ok: true; readonly report: BanditReport }
  | { readonly ok: false; readonly range: Range; readonly reason: string }

const severity = (word: string | undefined): BanditSeverity =>
  banditSeverities.find(s => s === word?.toLowerCase()) ?? 'undefined'

const linked = (url: string | undefined): string | undefined =>
  url?.match(/bandit\.readthedocs\.io\/en\/(\d[\w.]{0,20})\//)?.[1]

const quotesLiteral = (id: string): boolean => id === 'B105' || id === 'B106' || id === 'B107'

/** `2026-11-25 00:17:00.069427+00:00` and `2026-11-25T00:15:55Z`, to the second. */
export const banditTime = (written: string | undefined): string | undefined => {
  const [, day, time] = written?.match(/^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d{1,9})?(?:Z|\+00:00)?$/) ?? []
  const instant = `${day}T${time}Z`
  return Number.isNaN(Date.parse(instant)) ? undefined : instant
}

const fromJson = (root: JsonNode, text: string): BanditRead => {
  const no = (reason: string, node: JsonNode | undefined = root): BanditRead => ({
    ok: false,
    range: (node ?? root).range,
    reason,
  })
  if (under(root, 'runs') || under(root, '$schema')) return no('a SARIF file: bandit reports are read as json or txt')
  const totals = under(root, 'metrics', '_totals')
  const results = under(root, 'results')
  const errors = under(root, 'errors')
  if (totals?.is !== 'object' || results?.is !== 'array' || errors?.is !== 'array')
    return no('not a bandit report: it lacks metrics._totals, results or errors')
  const counts = banditSeverities.map(s => countIn(totals, `SEVERITY.${s.toUpperCase()}`))
  const linesOfCode = countIn(totals, 'loc')
  const nosec = countIn(totals, 'nosec')
  const [high, medium, low, undefinedOnes] = counts
  if (high === undefined || medium === undefined || low === undefined || undefinedOnes === undefined)
    return no('metrics._totals does not count issues by severity', totals)
  if (linesOfCode === undefined || nosec === undefined)
    return no('metrics._totals does not count lines of code and nosec lines', totals)

  const issues: BanditIssue[] = []
  const quotes: Range[] = []
  let version: string | undefined
  for (const item of results.items) {
    const id = stringIn(item, 'test_id')
    const word = under(item, 'issue_severity')
    if (id === undefined || word?.is !== 'string') return no('an entry of results is not a bandit issue', item)
    version ??= linked(stringIn(item, 'more_info'))
    issues.push({
      id,
      severity: severity(word.value),
      confidence: severity(stringIn(item, 'issue_confidence')),
      where: `${stringIn(item, 'filename') ?? '?'}:${countIn(item, 'line_number') ?? '?'}`,
      range: word.range,
    })
    if (quotesLiteral(id))
      for (const key of ['issue_text', 'code']) {
        const quote = under(item, key)
        if (quote) quotes.push(quote.range)
      }
  }
  const skipped = errors.items.map(item => ({
    name: stringIn(item, 'filename') ?? '?',
    reason: stringIn(item, 'reason') ?? 'no reason given',
    range: item.range,
  }))
  return {
    ok: true,
    report: {
      format: 'json',
      version,
      generatedAt: banditTime(stringIn(root, 'generated_at')),
      linesOfCode,
      nosec,
      skippedTests: countIn(totals, 'skipped_tests') ?? 0,
      counted: { high, medium, low, undefined: undefinedOnes },
      // Of a long object the first line is enough to be found by.
      totals: { start: totals.range.start, end: lineEnd(text, totals.range) },
      issues,
      skipped,
      quotes,
    },
  }
}

const lineEnd = (text: string, range: Range): number => {
  const feed = text.indexOf('\n', range.start)
  return feed === -1 ? range.end : Math.min(feed, range.end)
}

export const banditJson = (text: string, trailing: Trailing = 'refuse', from = 0): BanditRead => {
  const json = parseJson(text, trailing, from)
  if (json.ok) return fromJson(json.root, text)
  return { ok: false, range: { start: json.at, end: json.at }, reason: `not whole JSON: ${json.reason}` }
}

/** Whether a line begins a report in text form. */
export const beginsBanditText = (line: string): boolean =>
  line.startsWith('Run started:') && /^Run started:\d{4}-\d\d-\d\d \d\d:\d\d/.test(line)

/**
 * A report in text form from its line `Run started:` on. Every heading must stand there exactly once: an issue's text
 * may quote a literal with line breaks out of the scanned code, and must not be able to write headings of its own.
 */
export const banditText = (lines: readonly OutputLine[]): BanditRead => {
  const [first] = lines
  if (!first || !beginsBanditText(first.text))
    return { ok: false, range: first?.range ?? { start: 0, end: 0 }, reason: 'not a bandit report in text form' }
  const no = (reason: string): BanditRead => ({ ok: false, range: first.range, reason })
  const headings = {
    code: /^\tTotal lines of code: (\d{1,12})$/,
    nosec: /^\tTotal lines skipped \(#nosec\): (\d{1,12})$/,
    bySeverity: /^\tTotal issues \(by severity\):()$/,
    byConfidence: /^\tTotal issues \(by confidence\):()$/,
    skipped: /^Files skipped \((\d{1,9})\):$/,
  } as const
  const found: Partial<Record<keyof typeof headings, { readonly index: number; readonly count: number }>> = {}
  for (const [index, { text }] of lines.entries())
    for (const name of Object.keys(headings) as (keyof typeof headings)[]) {
      const count = text.match(headings[name])?.[1]
      if (count === undefined) continue
      if (found[name]) return no(`the line "${text.trim()}" stands twice in one report`)
      found[name] = { index, count: Number(count) }
    }
  const { code, nosec, bySeverity, byConfidence, skipped: skippedAt } = found
  if (!code || !nosec || !bySeverity || !byConfidence || !skippedAt)
    return no('the report ends before its totals: it is cut off')

  const totals = lines[bySeverity.index]?.range ?? first.range
  const counted: Partial<Record<BanditSeverity, number>> = {}
  for (let i = bySeverity.index + 1; i < byConfidence.index; i += 1) {
    const [, word, count] = lines[i]?.text.match(/^\t\t(Undefined|Low|Medium|High): (\d{1,9})$/) ?? []
    if (word !== undefined) counted[severity(word)] = Number(count)
  }
  const { high, medium, low, undefined: undefinedOnes } = counted
  if (high === undefined || medium === undefined || low === undefined || undefinedOnes === undefined)
    return no('the report does not count issues by severity')

  const issues: BanditIssue[] = []
  const quotes: Range[] = []
  let version: string | undefined
  let open: { id: string; words: RegExpMatchArray | undefined; range: Range } | undefined
  let quoting = false
  for (const line of lines.slice(0, code.index)) {
    const { text, range } = line
    const id = text.match(/^\s{0,10}>> Issue: \[(B\d{3})[:\]]/)?.[1]
    if (id !== undefined) {
      open = { id, words: undefined, range }
      quoting = quotesLiteral(id)
    } else if (open) {
      open.words ??= text.match(/^\s{3,13}Severity: (\w+) {3}Confidence: (\w+)$/) ?? undefined
      if (open.words && text.includes('Severity:')) open.range = range
      version ??= linked(text.match(/^\s{3,13}More Info: (\S{1,300})/)?.[1])
      const where = text.match(/^\s{3,13}Location: (.{1,1000}?:\d{0,9})(?::\d{0,9})?$/)?.[1]
      if (where !== undefined) {
        const [, sev, confidence] = open.words ?? []
        issues.push({
          id: open.id,
          severity: severity(sev),
          confidence: severity(confidence),
          where,
          range: open.range,
        })
        open = undefined
      }
    }
    if (/^-{50}$/.test(text)) quoting = false
    if (quoting) quotes.push(range)
  }
  // An issue whose lines could not be followed still counts.
  if (open) issues.push({ id: open.id, severity: 'undefined', confidence: 'undefined', where: '?', range: open.range })

  const skipped = lines
    .slice(skippedAt.index + 1, skippedAt.index + 1 + skippedAt.count)
    .filter(l => l.text.startsWith('\t'))
    .map(({ text, range }) => {
      const [, name = text.trim(), reason = 'no reason given'] = text.match(/^\t(.{1,1000}) \(([^()]{1,200})\)$/) ?? []
      return { name, reason, range }
    })
  if (skipped.length !== skippedAt.count) return no('the report ends before its list of skipped files: it is cut off')
  const disabled = lines.find(l => l.text.startsWith('\tTotal potential issues skipped due to'))?.text
  return {
    ok: true,
    report: {
      format: 'txt',
      version,
      generatedAt: banditTime(first.text.slice('Run started:'.length).trim()),
      linesOfCode: code.count,
      nosec: nosec.count,
      skippedTests: Number(disabled?.match(/: (\d{1,12})$/)?.[1] ?? 0),
      counted: { high, medium, low, undefined: undefinedOnes },
      totals,
      issues,
      skipped,
      quotes,
    },
  }
}
