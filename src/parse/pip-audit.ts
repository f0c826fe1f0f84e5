import { type JsonNode, parseJson, stringIn, type Trailing, under } from './json.ts'
import type { Range } from './lines.ts'
import type { OutputLine } from './output.ts'

/**
 * What pip-audit writes: `-f json`, and the summary line with the table of `-f columns` (the default). Read from the
 * sources and the output of pip-audit 2.4.14 and 2.10.1; other formats are named and refused. No form of it says when
 * it was made, of which commit, or what `--ignore-vuln` left out; only the summary on stderr counts the latter.
 */
export interface PipAuditReport {
  readonly format: 'json' | 'columns'
  /** Dependencies that were looked up; text says it of none but the vulnerable. */
  readonly audited: number | undefined
  /** At least this many: the summary counts, the table lists. */
  readonly found: number
  readonly vulnerabilities: readonly PipAuditVulnerability[]
  readonly skipped: readonly { readonly name: string; readonly reason: string; readonly range: Range }[]
  /** Left out by `--ignore-vuln`; only text with its summary line says so. */
  readonly ignored: number | undefined
  /** `--dry-run`: dependencies were collected, none was looked up. */
  readonly dryRun: boolean
  /** Where the result stands. */
  readonly result: Range
}

export interface PipAuditVulnerability {
  readonly package: string
  readonly version: string
  readonly id: string
  readonly fixedIn: readonly string[]
  readonly range: Range
}

export type PipAuditRead =
  | { readonly ok: true; readonly report: PipAuditReport }
  | { readonly ok: false; readonly range: Range; readonly reason: string }

const fromJson = (root: JsonNode): PipAuditRead => {
  const no = (reason: string, node: JsonNode): PipAuditRead => ({ ok: false, range: node.range, reason })
  if (under(root, 'bomFormat')) return no('a CycloneDX file: pip-audit reports are read as json or columns', root)
  const dependencies = under(root, 'dependencies')
  if (dependencies?.is !== 'array') return no('not a pip-audit report: it has no list of dependencies', root)
  const vulnerabilities: PipAuditVulnerability[] = []
  const skipped: { name: string; reason: string; range: Range }[] = []
  let audited = 0
  for (const item of dependencies.items) {
    const name = stringIn(item, 'name')
    if (name === undefined) return no('an entry of dependencies has no name', item)
    const reason = under(item, 'skip_reason')
    if (reason) {
      skipped.push({ name, reason: reason.is === 'string' ? reason.value : 'no reason given', range: reason.range })
      continue
    }
    const version = stringIn(item, 'version')
    const vulns = under(item, 'vulns')
    if (version === undefined || vulns?.is !== 'array') return no(`${name} has no version or no list of vulns`, item)
    audited += 1
    for (const vuln of vulns.items) {
      const id = under(vuln, 'id')
      if (id?.is !== 'string') return no(`a vulnerability of ${name} has no id`, vuln)
      const fixes = under(vuln, 'fix_versions')
      vulnerabilities.push({
        package: name,
        version,
        id: id.value,
        fixedIn: fixes?.is === 'array' ? fixes.items.flatMap(f => (f.is === 'string' ? [f.value] : [])) : [],
        range: id.range,
      })
    }
  }
  const found = vulnerabilities.length
  // The list may be the whole file on one line; its opening bracket is enough to be found by.
  const result = { start: dependencies.range.start, end: dependencies.range.start + 1 }
  return {
    ok: true,
    report: { format: 'json', audited, found, vulnerabilities, skipped, ignored: undefined, dryRun: false, result },
  }
}

export const pipAuditJson = (text: string, trailing: Trailing = 'refuse', from = 0): PipAuditRead => {
  const json = parseJson(text, trailing, from)
  if (json.ok) return fromJson(json.root)
  return { ok: false, range: { start: json.at, end: json.at }, reason: `not whole JSON: ${json.reason}` }
}

/** `Found 2 known vulnerabilities, ignored 1 in 2 packages`, `No known vulnerabilities found, 3 ignored`. */
export const pipAuditSummary = (text: string): { readonly found: number; readonly ignored: number } | undefined => {
  if (!text.startsWith('Found ') && !text.startsWith('No known')) return undefined
  const some = text.match(
    /^Found (\d{1,9}) known vulnerabilit(?:y|ies)(?:, ignored (\d{1,9}))? in \d{1,9} packages?(?: and fixed \d{1,9} vulnerabilit(?:y|ies) in \d{1,9} packages?)?$/,
  )
  if (some) return { found: Number(some[1]), ignored: Number(some[2] ?? 0) }
  const none = text.match(/^No known vulnerabilities found(?:, (\d{1,9}) ignored)?$/)
  return none ? { found: 0, ignored: Number(none[1] ?? 0) } : undefined
}

const isTable = (text: string): boolean =>
  text.startsWith('Name ') && /^Name +Version +ID +Fix Versions(?: |$)/.test(text)
const isSkipTable = (text: string): boolean => text.startsWith('Name ') && /^Name +Skip Reason$/.test(text)

/** Whether a line is one that only pip-audit's text form has. */
export const belongsToPipAudit = (text: string): boolean =>
  isTable(text) || isSkipTable(text) || pipAuditSummary(text) !== undefined

/** Rows below a heading and its line of dashes; the dashes are as wide as the columns. */
const rowsBelow = (lines: readonly OutputLine[], heading: number): { cells: string[]; range: Range }[] => {
  const dashes = lines[heading + 1]?.text ?? ''
  if (!/^-+(?: -+)+$/.test(dashes)) return []
  const columns = [...dashes.matchAll(/-+/g)].map(m => m.index)
  const rows: { cells: string[]; range: Range }[] = []
  // By index: a slice per heading would make many headings quadratic.
  for (let i = heading + 2; i < lines.length; i += 1) {
    const { text, range } = lines[i] ?? { text: '', range: { start: 0, end: 0 } }
    const cells = columns.map((start, i) => text.slice(start, columns[i + 1]).trim())
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(cells[0] ?? '')) break
    if (isTable(text) || isSkipTable(text)) break
    rows.push({ cells, range })
  }
  return rows
}

/** One run of pip-audit in text form: the summary line and the tables, in any order (stderr and stdout are mixed). */
export const pipAuditText = (lines: readonly OutputLine[]): PipAuditRead => {
  const vulnerabilities: PipAuditVulnerability[] = []
  const skipped: { name: string; reason: string; range: Range }[] = []
  let summary: { found: number; ignored: number; range: Range } | undefined
  let dryRun = false
  let seen: Range | undefined
  for (const [index, { text, range }] of lines.entries()) {
    const said = pipAuditSummary(text)
    if (said) {
      if (summary) return { ok: false, range, reason: 'two results of pip-audit in one file' }
      summary = { ...said, range }
    }
    if (text.includes('Dry run: would have audited ')) dryRun = true
    if (isTable(text)) {
      seen ??= range
      for (const row of rowsBelow(lines, index)) {
        const [name = '', version = '', id = '', fixes = ''] = row.cells
        if (!/^[A-Z][A-Za-z]*-[A-Za-z0-9-]+$/.test(id)) break
        const fixedIn = fixes === '' ? [] : fixes.split(',')
        vulnerabilities.push({ package: name, version, id, fixedIn, range: row.range })
      }
    }
    if (isSkipTable(text)) {
      seen ??= range
      for (const { cells, range: at } of rowsBelow(lines, index)) {
        const [name = '', reason = ''] = cells
        if (reason === '') break
        skipped.push({ name, reason, range: at })
      }
    }
  }
  const result = summary?.range ?? seen
  if (!result || (!summary && vulnerabilities.length === 0 && skipped.length === 0)) {
    const [first] = lines
    const markdown = lines.some(l => /^Name \| Version \| ID \| Fix Versions/.test(l.text))
    return {
      ok: false,
      range: first?.range ?? { start: 0, end: 0 },
      reason: markdown
        ? 'a Markdown table: pip-audit reports are read as json or columns'
        : 'not a pip-audit report: neither a summary nor a table of vulnerabilities',
    }
  }
  return {
    ok: true,
    report: {
      format: 'columns',
      audited: dryRun ? 0 : undefined,
      found: Math.max(summary?.found ?? 0, vulnerabilities.length),
      vulnerabilities,
      skipped,
      ignored: summary?.ignored,
      dryRun,
      result,
    },
  }
}
