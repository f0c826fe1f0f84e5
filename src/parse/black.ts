import type { Range } from './lines.ts'
import type { OutputLine } from './output.ts'
import { type ScanRead, short, tally } from './scan.ts'

/**
 * What black prints (on stderr), and what `ruff format --check` does. Read from the output of black 26.10.1 and ruff
 * 0.17.6; there is no machine format of black. The closing line decides: `1 file would be reformatted, 2 files would be
 * left unchanged, 1 file would fail to reformat.` Without `--check` it reads `reformatted` and `left unchanged`: the
 * files have been written, and nothing was judged.
 */
export interface FormatClosing {
  readonly reformat: number
  readonly unchanged: number
  readonly failed: number
  readonly checked: boolean
}

const none: FormatClosing = { reformat: 0, unchanged: 0, failed: 0, checked: true }

export const blackClosing = (text: string): FormatClosing | undefined => {
  if (text.startsWith('No Python files are present to be formatted.')) return none
  if (!/^\d{1,9} files? /.test(text) || !text.endsWith('.')) return undefined
  let closing = none
  for (const part of text.slice(0, -1).split(', ')) {
    const [, count, would, deed] =
      part.match(
        /^(\d{1,9}) files? (would )?((?:be )?reformatted|(?:be )?left unchanged|failed to reformat|fail to reformat)$/,
      ) ?? []
    if (count === undefined || deed === undefined) return undefined
    const n = Number(count)
    closing = { ...closing, checked: closing.checked && would !== undefined }
    if (deed.endsWith('reformatted')) closing = { ...closing, reformat: n }
    else if (deed.endsWith('unchanged')) closing = { ...closing, unchanged: n }
    else closing = { ...closing, failed: n }
  }
  return closing
}

/** `1 file would be reformatted, 2 files already formatted`, of `ruff format`. */
export const ruffFormatClosing = (text: string): FormatClosing | undefined => {
  if (!/^\d{1,9} files? /.test(text)) return undefined
  let closing = none
  for (const part of text.split(', ')) {
    const [, count, deed] =
      part.match(/^(\d{1,9}) files? (would be reformatted|reformatted|already formatted|left unchanged)$/) ?? []
    if (count === undefined) return undefined
    if (deed === 'already formatted') closing = { ...closing, unchanged: Number(count) }
    else if (deed === 'left unchanged') closing = { ...closing, unchanged: Number(count), checked: false }
    else closing = { ...closing, reformat: Number(count), checked: deed === 'would be reformatted' }
  }
  return closing
}

export const saidOf = ({ reformat, unchanged, failed, checked }: FormatClosing): string => {
  const would = checked ? 'would be ' : ''
  const parts = [
    ...(reformat > 0 ? [`${reformat} ${would}reformatted`] : []),
    ...(failed > 0 ? [`${failed} not parsed`] : []),
    `${unchanged} ${checked ? 'in form' : 'left unchanged'}`,
  ]
  return parts.join(', ')
}

const wouldLine = /^(?:would reformat|reformatted) (\S[^\n]{0,500})$/
const errorLine =
  /^error: cannot (?:parse|format)(?: for target version [^:\n]{1,60})?:? ?(\S[^\n]{0,500}?)(?::\s[^\n]{0,500})?$/

/** One run of black. */
export const blackText = (lines: readonly OutputLine[]): ScanRead => {
  const findings = tally()
  let closing: (FormatClosing & { range: Range }) | undefined
  let parsedAll = 0
  for (const { text, range } of lines) {
    const closes = blackClosing(text)
    if (closes) {
      if (closing) return { ok: false, range, reason: 'two results of black in one file' }
      closing = { ...closes, range }
    }
    const would = wouldLine.exec(text)?.[1]
    if (would !== undefined) findings.add({ id: '', severity: 'unknown', where: short(would), range })
    const failed = errorLine.exec(text)?.[1]
    if (failed !== undefined) {
      parsedAll += 1
      findings.skip({ name: short(failed), reason: 'not parsed', range })
    }
  }
  if (!closing)
    return {
      ok: false,
      range: lines[0]?.range ?? { start: 0, end: 0 },
      reason: 'not a whole report of black: no line says how many files would be left unchanged',
    }
  const got = findings.get()
  const { reformat, unchanged, failed, checked, range: result } = closing
  return {
    ok: true,
    scan: {
      tool: 'black',
      version: undefined,
      format: 'text',
      generatedAt: undefined,
      commit: undefined,
      target: undefined,
      scanned: { count: reformat + unchanged + failed, unit: 'files' },
      counted: undefined,
      ...got,
      listed: { ...got.listed, unknown: reformat },
      worst: reformat > 0 ? got.worst : [],
      ignored: { count: undefined, how: '# fmt: off' },
      skipped: { count: Math.max(failed, parsedAll), shown: got.skipped.shown },
      idle: checked ? undefined : 'it was run without `--check`, and wrote the files instead of judging them',
      result,
    },
  }
}
