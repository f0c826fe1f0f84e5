import type { Range } from './lines.ts'

/** A table of text in the form of RFC 4180; offsets are UTF-16 code units. Quoted fields may hold line breaks. */
export interface CsvRow {
  readonly cells: readonly string[]
  readonly range: Range
}
export type CsvRead =
  | { readonly ok: true; readonly rows: readonly CsvRow[] }
  | { readonly ok: false; readonly at: number; readonly reason: string }

const most = 1_000_000

export const parseCsv = (text: string): CsvRead => {
  const rows: CsvRow[] = []
  const plain = /[^",\r\n]*/y
  const quoted = /[^"]*/y
  let at = 0
  while (at < text.length) {
    const start = at
    const cells: string[] = []
    for (;;) {
      let cell = ''
      if (text[at] === '"') {
        at += 1
        for (;;) {
          quoted.lastIndex = at
          const part = quoted.exec(text)?.[0] ?? ''
          cell += part
          at += part.length
          if (at >= text.length) return { ok: false, at, reason: 'ends within a quoted field' }
          at += 1
          if (text[at] !== '"') break
          cell += '"'
          at += 1
        }
      } else {
        plain.lastIndex = at
        cell = plain.exec(text)?.[0] ?? ''
        at += cell.length
      }
      cells.push(cell)
      if (text[at] !== ',') break
      at += 1
    }
    const end = at
    if (text[at] === '\r') at += 1
    if (at < text.length && text[at] !== '\n')
      return { ok: false, at, reason: 'a field goes on after its closing quote, or has one in its middle' }
    at += 1
    rows.push({ cells, range: { start, end } })
    if (rows.length > most) return { ok: false, at: start, reason: `more than ${most.toLocaleString('en')} rows` }
  }
  return { ok: true, rows }
}
