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

/** The lines of a text that arrives in pieces; at most `most`, beyond which what comes is one line. */
export interface GrowingLines {
  add(text: string): void
  readonly full: boolean
  lines(): Pick<Lines, 'span'>
}

export const growingLines = (most: number): GrowingLines => {
  let starts = new Uint32Array(1024)
  let count = 1
  let length = 0
  const add = (start: number): void => {
    if (count >= most) return
    if (count === starts.length) {
      const wider = new Uint32Array(starts.length * 2)
      wider.set(starts)
      starts = wider
    }
    starts[count] = start
    count += 1
  }
  const position = (offset: number): Position => {
    const within = Math.min(Math.max(offset, 0), length)
    let low = 0
    let high = count - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= within) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: within - (starts[low] ?? 0) + 1 }
  }
  return {
    add: text => {
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) add(length + at + 1)
      length += text.length
    },
    get full() {
      return count >= most
    },
    lines: () => ({ span: range => ({ start: position(range.start), end: position(range.end) }) }),
  }
}
