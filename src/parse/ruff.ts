import type { Range } from './lines.ts'
import type { OutputLine } from './output.ts'
import { type Scan, type ScanRead, short, tally } from './scan.ts'

/**
 * What `ruff check` prints: `full` (the default), `concise`, `grouped` and `github`. Read from the output of ruff
 * 0.17.6. The closing line decides: `All checks passed!`, or `Found 3 errors.`; `github` has none, and prints nothing
 * at all over clean code. No form says when, of which commit, how many files, or what `noqa` passed over.
 */
export interface RuffClosing {
  readonly found: number
  /** Errors that `--fix` took out of the files before anybody saw them. */
  readonly fixed: number
}

export const ruffClosing = (text: string): RuffClosing | undefined => {
  if (text === 'All checks passed!') return { found: 0, fixed: 0 }
  if (!text.startsWith('Found ')) return undefined
  const [, found, fixed, left] =
    text.match(/^Found (\d{1,9}) errors?(?: \((\d{1,9}) fixed, (\d{1,9}) remaining\))?\.$/) ?? []
  if (found === undefined) return undefined
  return { found: Number(left ?? found), fixed: Number(fixed ?? 0) }
}

/** Only ruff prints it, below its closing line. */
export const isRuffFixable = (text: string): boolean =>
  /^(?:\[\*\] \d{1,9} fixable with the `--fix` option|\[\*\] \d{1,9} fixable with `--fix`|No fixes available \(\d{1,9} hidden)/.test(
    text,
  )

const nothingFound = (text: string): boolean => text.startsWith('warning: No Python files found under')

/** `app/shop.py:1:8: F401 …`; `full` has the code first and the place below it. */
const concise = /^(\S[^\n]{0,500}?:\d{1,9}:\d{1,9}): (invalid-syntax|[A-Z]{1,6}\d{2,4}|[a-z][a-z-]{2,60})(?::| )/
const headed = /^(invalid-syntax|[A-Z]{1,6}\d{2,4}|[a-z][a-z-]{2,60})(?::| )/
const arrow = /^ {0,12}--> (\S[^\n]{0,500}:\d{1,9}:\d{1,9})$/
const annotation =
  /^::error title=[Rr]uff \(([\w-]{1,60})\),file=[^,\n]{1,500},line=\d{1,9}[^:\n]{0,100}::([^\n]{0,500})/

export const ruffText = (lines: readonly OutputLine[]): ScanRead => {
  const findings = tally()
  let closing: (RuffClosing & { range: Range }) | undefined
  let annotations = 0
  let empty = false
  let firstAnnotation: Range | undefined
  let head: { id: string; range: Range } | undefined
  for (const { text, range } of lines) {
    if (nothingFound(text)) empty = true
    const closes = ruffClosing(text)
    if (closes) {
      if (closing) return { ok: false, range, reason: 'two results of ruff in one file' }
      closing = { ...closes, range }
    }
    const [, where, id] = text.startsWith('::') ? [] : (concise.exec(text) ?? [])
    if (where !== undefined && id !== undefined) findings.add({ id, severity: 'unknown', where: short(where), range })
    const at = arrow.exec(text)?.[1]
    if (at !== undefined && head) {
      findings.add({ id: head.id, severity: 'unknown', where: short(at), range: head.range })
      head = undefined
    }
    const heads = headed.exec(text)?.[1]
    if (heads !== undefined) head = { id: heads, range }
    const [, rule, message] = annotation.exec(text) ?? []
    if (rule !== undefined) {
      annotations += 1
      firstAnnotation ??= range
      findings.add({
        id: rule,
        severity: 'unknown',
        where: short(message?.match(/^(\S{1,400}:\d{1,9}):\d/)?.[1]),
        range,
      })
    }
  }
  const result = closing?.range ?? firstAnnotation
  if (!result)
    return {
      ok: false,
      range: lines[0]?.range ?? { start: 0, end: 0 },
      reason: 'not a whole report of ruff: neither "All checks passed!" nor "Found … errors." closes it',
    }
  const got = findings.get()
  const found = closing ? closing.found : annotations
  const scan: Scan = {
    tool: 'ruff',
    version: undefined,
    format: closing ? 'text' : 'github',
    generatedAt: undefined,
    commit: undefined,
    target: undefined,
    scanned: { count: empty ? 0 : undefined, unit: 'files' },
    counted: undefined,
    ...got,
    // The closing line counts, the rest only shows.
    listed: { ...got.listed, unknown: Math.max(found, closing ? 0 : got.listed.unknown) },
    worst: found > 0 ? got.worst : [],
    ignored: { count: undefined, how: 'noqa' },
    idle: closing && closing.fixed > 0 ? `it took ${closing.fixed} out of the files itself (\`--fix\`)` : undefined,
    result,
  }
  return { ok: true, scan }
}
