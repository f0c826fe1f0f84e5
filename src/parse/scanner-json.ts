import { countIn, type JsonNode, stringIn, under } from './json.ts'
import type { JsonKey } from './json-stream.ts'
import type { Range } from './lines.ts'
import { type Scan, type ScanRead, type ScanReader, type ScanSeverity, short, tally, textOf } from './scan.ts'

/**
 * The own JSON of scanners, as it arrives. Read from the output of ruff 0.17.6, hadolint 2.15.1, zizmor 1.32.0,
 * gitleaks 8.30.1 and checkov 3.3.30. Only checkov's says which version wrote it; none says when, or of which commit.
 * An empty list is what all but checkov write over nothing at all, too.
 */
type Item = ReadonlyMap<string, JsonNode>
type Findings = ReturnType<typeof tally>

const nothing: Range = { start: 0, end: 0 }

const scanOf = (tool: string, result: Range, findings: Findings): Scan => ({
  tool,
  version: undefined,
  format: 'json',
  generatedAt: undefined,
  commit: undefined,
  target: undefined,
  scanned: { count: undefined, unit: 'files' },
  counted: undefined,
  ...findings.get(),
  ignored: { count: undefined, how: 'its own ignores' },
  idle: undefined,
  result,
})

/** A list of findings: each an object, of which some keys are looked at. `each` says what is missing, if anything is. */
const listReader = (
  tool: string,
  keys: readonly string[],
  how: string,
  each: (item: Item, range: Range, findings: Findings) => 'ignored' | { readonly missing: string } | undefined,
): ScanReader => {
  const wanted = new Set(keys)
  const findings = tally()
  let item = new Map<string, JsonNode>()
  let root: { is: 'object' | 'array'; range: Range } | undefined
  let begun = 0
  let ended = 0
  let ignored = 0
  let wrong: { range: Range; reason: string } | undefined
  return {
    wish: path => {
      const [index, key] = path
      if (path.length === 0) return 'enter'
      if (typeof index !== 'number') return 'skip'
      if (path.length === 1) {
        begun = Math.max(begun, index + 1)
        return 'enter'
      }
      return path.length === 2 && wanted.has(String(key)) ? 'take' : 'skip'
    },
    take: (path, node) => {
      item.set(String(path[1]), node)
    },
    leave: (path, range, is) => {
      if (path.length === 0) root = { is, range }
      if (path.length !== 1 || is !== 'object') return
      ended += 1
      const said = each(item, range, findings)
      if (said === 'ignored') ignored += 1
      else if (said) wrong ??= { range: { start: range.start, end: range.start + 1 }, reason: said.missing }
      item = new Map()
    },
    done: (): ScanRead => {
      if (root?.is !== 'array') return { ok: false, range: nothing, reason: `not a ${tool} report: not a list` }
      if (wrong) return { ok: false, range: wrong.range, reason: `not a ${tool} report: ${wrong.reason}` }
      if (begun !== ended)
        return { ok: false, range: nothing, reason: `not a ${tool} report: an entry that is no object` }
      const result = { start: root.range.start, end: root.range.start + 1 }
      return {
        ok: true,
        scan: { ...scanOf(tool, result, findings), ignored: { count: ignored > 0 ? ignored : undefined, how } },
      }
    },
  }
}

const missing = (what: string) => ({ missing: `an entry without ${what}` })

export const ruffReader = (): ScanReader =>
  listReader('ruff', ['code', 'filename', 'location'], 'noqa', (item, range, findings) => {
    const code = item.get('code')
    const file = textOf(item.get('filename'))
    if (!code || file === undefined) return missing('code or filename')
    const row = countIn(item.get('location'), 'row')
    findings.add({
      id: short(textOf(code), 'syntax error'),
      severity: 'unknown',
      where: short(row === undefined ? file : `${file}:${row}`),
      range: code.is === 'string' ? code.range : range,
    })
    return undefined
  })

const hadolintLevels: Readonly<Record<string, ScanSeverity>> = {
  error: 'high',
  warning: 'medium',
  info: 'low',
  style: 'low',
}

export const hadolintReader = (): ScanReader =>
  listReader('hadolint', ['code', 'file', 'level', 'line'], 'hadolint ignore', (item, _, findings) => {
    const code = item.get('code')
    const level = textOf(item.get('level'))
    const file = textOf(item.get('file'))
    if (code?.is !== 'string' || level === undefined || file === undefined) return missing('code, level or file')
    const line = item.get('line')
    findings.add({
      id: short(code.value),
      severity: hadolintLevels[level] ?? 'unknown',
      where: short(line?.is === 'number' ? `${file}:${line.value}` : file),
      range: code.range,
    })
    return undefined
  })

const zizmorSeverities: Readonly<Record<string, ScanSeverity>> = {
  High: 'high',
  Medium: 'medium',
  Low: 'low',
  Informational: 'low',
}

export const zizmorReader = (): ScanReader =>
  listReader('zizmor', ['ident', 'determinations', 'locations', 'ignored'], 'zizmor: ignore', (item, _, findings) => {
    const ident = item.get('ident')
    const severity = stringIn(item.get('determinations'), 'severity')
    if (ident?.is !== 'string' || severity === undefined) return missing('ident or severity')
    const ignored = item.get('ignored')
    if (ignored?.is === 'literal' && ignored.value === true) return 'ignored'
    const locations = item.get('locations')
    const all = locations?.is === 'array' ? locations.items : []
    const main = all.find(l => stringIn(under(l, 'symbolic'), 'kind') === 'Primary') ?? all[0]
    const file = stringIn(under(main, 'symbolic', 'key', 'Local'), 'verbatim_path')
    const row = countIn(under(main, 'concrete', 'location', 'start_point'), 'row')
    findings.add({
      id: short(ident.value),
      severity: zizmorSeverities[severity] ?? 'unknown',
      where: short(file === undefined ? undefined : row === undefined ? file : `${file}:${row + 1}`),
      range: ident.range,
    })
    for (const location of all) {
      const feature = under(location, 'concrete', 'feature')
      if (feature) findings.quote(feature.range)
    }
    return undefined
  })

export const gitleaksReader = (): ScanReader =>
  listReader(
    'gitleaks',
    ['RuleID', 'File', 'StartLine', 'Secret', 'Match', 'Message', 'Line'],
    'gitleaks:allow',
    (item, _, findings) => {
      const rule = item.get('RuleID')
      const file = textOf(item.get('File'))
      if (rule?.is !== 'string' || file === undefined) return missing('RuleID or File')
      const line = item.get('StartLine')
      findings.add({
        id: short(rule.value),
        severity: 'unknown',
        where: short(line?.is === 'number' ? `${file}:${line.value}` : file),
        range: rule.range,
      })
      for (const key of ['Secret', 'Match', 'Message', 'Line']) {
        const quote = item.get(key)
        if (quote) findings.quote(quote.range)
      }
      return undefined
    },
  )

/** One object for each framework that was scanned: alone, or in a list; over nothing at all only the counts. */
export const checkovReader = (): ScanReader => {
  const findings = tally()
  let item = new Map<string, JsonNode>()
  let summaries: { passed: number; failed: number; skipped: number; errors: number; range: Range }[] = []
  let version: string | undefined
  let parts = 0
  let failed = 0
  let root: Range | undefined
  const empty = new Map<string, JsonNode>()
  /** Without the index of a list. */
  const inner = (path: readonly JsonKey[]) => (typeof path[0] === 'number' ? path.slice(1) : path)
  const counts = new Set(['passed', 'failed', 'skipped', 'parsing_errors', 'resource_count', 'checkov_version'])
  const entryKeys = new Set(['check_id', 'file_path', 'file_line_range', 'severity', 'code_block'])
  return {
    wish: path => {
      const [a, b, , d] = inner(path)
      switch (inner(path).length) {
        case 0:
          return 'enter'
        case 1:
          return a === 'results' ? 'enter' : a === 'summary' || counts.has(String(a)) ? 'take' : 'skip'
        case 2:
          return a === 'results' && ['failed_checks', 'skipped_checks', 'parsing_errors'].includes(String(b))
            ? 'enter'
            : 'skip'
        case 3:
          return b === 'parsing_errors' ? 'take' : a === 'results' ? 'enter' : 'skip'
        case 4:
          return b === 'failed_checks' && entryKeys.has(String(d)) ? 'take' : 'skip'
        default:
          return 'skip'
      }
    },
    take: (path, node) => {
      const [a, b, , d] = inner(path)
      if (a === 'summary') {
        const of = (key: string) => countIn(node, key)
        const [passed, fails, skipped, errors] = [of('passed'), of('failed'), of('skipped'), of('parsing_errors')]
        version ??= stringIn(node, 'checkov_version')
        if (passed !== undefined && fails !== undefined && skipped !== undefined && errors !== undefined)
          summaries.push({ passed, failed: fails, skipped, errors, range: node.range })
      } else if (b === 'parsing_errors')
        findings.skip({ name: short(textOf(node)), reason: 'not parsed', range: node.range })
      else if (b === 'failed_checks') item.set(String(d), node)
      else empty.set(String(a), node)
    },
    leave: (path, range, is) => {
      if (path.length === 0) root = { start: range.start, end: range.start + 1 }
      const rest = inner(path)
      if (rest[0] === 'results' && rest.length === 1) parts += 1
      if (rest[1] !== 'failed_checks' || rest.length !== 3 || is !== 'object') return
      failed += 1
      const id = item.get('check_id')
      const lines = item.get('file_line_range')
      const [line] = lines?.is === 'array' ? lines.items : []
      const file = textOf(item.get('file_path'))?.replace(/^\//, '')
      const severity = textOf(item.get('severity'))?.toLowerCase()
      findings.add({
        id: short(textOf(id)),
        severity: (['critical', 'high', 'medium', 'low'] as const).find(s => s === severity) ?? 'unknown',
        where: short(file !== undefined && line?.is === 'number' ? `${file}:${line.value}` : file),
        range: id?.range ?? { start: range.start, end: range.start + 1 },
      })
      const code = item.get('code_block')
      if (code) findings.quote(code.range)
      item = new Map()
    },
    done: () => {
      const no = (reason: string): ScanRead => ({ ok: false, range: root ?? nothing, reason })
      if (!root) return no('not a checkov report')
      const zero = (key: string) => {
        const node = empty.get(key)
        return node?.is === 'number' && node.value === 0
      }
      if (parts === 0 && zero('passed') && zero('failed') && zero('resource_count')) {
        version = textOf(empty.get('checkov_version'))
        summaries = [{ passed: 0, failed: 0, skipped: 0, errors: 0, range: root }]
      } else if (parts === 0) return no('not a checkov report: it has no results')
      else if (summaries.length !== parts) return no('a checkov report without the summary of each part')
      const sum = (of: (s: (typeof summaries)[number]) => number) => summaries.reduce((n, s) => n + of(s), 0)
      if (sum(s => s.failed) !== failed)
        return no(`a checkov report that counts ${sum(s => s.failed)} failed checks and lists ${failed}`)
      const found = findings.get()
      const errors = sum(s => s.errors)
      const [first] = summaries
      return {
        ok: true,
        scan: {
          ...scanOf('checkov', first ? { start: first.range.start, end: first.range.start + 1 } : root, findings),
          version: version === undefined ? undefined : short(version),
          scanned: { count: sum(s => s.passed + s.failed + s.skipped), unit: 'checks' },
          ignored: { count: sum(s => s.skipped), how: 'checkov:skip' },
          skipped: { count: Math.max(errors, found.skipped.count), shown: found.skipped.shown },
        },
      }
    },
  }
}
