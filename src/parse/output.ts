import type { Range } from './lines.ts'

/**
 * One line of what a tool printed: `text` as a person would have seen it on a terminal, at most `widest` long;
 * `range` where that line stands in the file, time stamp and escape sequences not part of its start.
 */
export interface OutputLine {
  readonly text: string
  readonly range: Range
  /** When the line was printed, RFC 3339 UTC, where a log says so. */
  readonly at?: string
}

/** Longer lines are looked at only so far: no tool's summary is longer. */
export const widest = 4096

// ECMA-48 control sequences, OSC (links, titles) up to its terminator, other two-character escapes; and colour
// sequences whose escape character was spelt `^[` by whoever stored the log.
const escapes = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[@-_]|\^\[\[[0-9;]*m/g

export const visible = (raw: string): string => {
  const bounded = raw.length > widest ? raw.slice(0, widest) : raw
  const plain = bounded.includes('\u001b') || bounded.includes('^[[') ? bounded.replace(escapes, '') : bounded
  return plain.endsWith('\r') ? plain.slice(0, -1) : plain
}

/** The lines of a file that holds a tool's output and nothing else. */
export const outputOf = (text: string): OutputLine[] => {
  const lines: OutputLine[] = []
  for (let start = 0; start <= text.length; ) {
    const feed = text.indexOf('\n', start)
    const end = feed === -1 ? text.length : feed
    lines.push({ text: visible(text.slice(start, end)), range: { start, end } })
    start = end + 1
  }
  return lines
}
