import type { Position } from '../place.ts'

/** A stretch of a text: UTF-16 offsets, end exclusive. */
export interface Range {
  readonly start: number
  readonly end: number
}

export interface Span {
  readonly start: Position
  readonly end: Position
}

/** The lines of a text. A line ends at a line feed; a carriage return before it belongs to the line. */
export interface Lines {
  readonly count: number
  /** Line and column of an offset; offsets outside the text are moved to its nearest end. */
  position(offset: number): Position
  span(range: Range): Span
  /** Offset at which a line (1-based) begins; of a line past the last, the end of the text. */
  start(line: number): number
}

export const linesOf = (text: string): Lines => {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  const position = (offset: number): Position => {
    const within = Math.min(Math.max(offset, 0), text.length)
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= within) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: within - (starts[low] ?? 0) + 1 }
  }
  return {
    count: starts.length,
    position,
    span: range => ({ start: position(range.start), end: position(range.end) }),
    start: line => starts[line - 1] ?? (line < 1 ? 0 : text.length),
  }
}
