import { type Lookup, parseTemplate, resolveTemplate } from './compose-template.ts'
import type { Range } from './lines.ts'

/** One assignment of an environment file, with the stretch its value is written in (quotes excluded). */
export interface Assignment {
  readonly name: string
  /** Quotes removed; escapes and variables as written. */
  readonly value: string
  readonly range: Range
  readonly quote: '"' | "'" | undefined
}

/**
 * The assignments of an environment file as Docker Compose reads it: `NAME=value`, `export NAME=value`, quotes over
 * several lines, a comment after white space. A name without a value is passed through from the shell: no assignment.
 */
export const parseDotenv = (text: string): readonly Assignment[] => {
  const found: Assignment[] = []
  const line = /[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*[=:][ \t]*/y
  let at = 0
  while (at < text.length) {
    line.lastIndex = at
    const match = line.exec(text)
    if (match === null) {
      at = nextLine(text, at)
      continue
    }
    const name = match[1] ?? ''
    const start = line.lastIndex
    const quote = text[start]
    if (quote === '"' || quote === "'") {
      const close = closingQuote(text, start + 1, quote)
      if (close !== undefined) {
        found.push({ name, value: text.slice(start + 1, close), range: { start: start + 1, end: close }, quote })
        at = nextLine(text, close)
        continue
      }
    }
    const next = nextLine(text, start)
    const raw = text.slice(start, next).replace(/[\r\n]+$/, '')
    const comment = raw.startsWith('#') ? 0 : raw.search(/[ \t]#/)
    const value = (comment === -1 ? raw : raw.slice(0, comment)).trimEnd()
    found.push({ name, value, range: { start, end: start + value.length }, quote: undefined })
    at = next
  }
  return found
}

const escaped: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  c: '\\c',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '"': '"',
  '\\': '\\',
  $: '$$',
}

/** What the assignments of a file come to, in its order: escapes of double quotes, and variables set before. */
export const environmentOf = (assignments: readonly Assignment[], outer: Lookup): ReadonlyMap<string, string> => {
  const values = new Map<string, string>()
  const lookup: Lookup = name => {
    const own = values.get(name)
    return outer(name) ?? (own === undefined ? undefined : { value: own, from: '' })
  }
  for (const { name, value, quote } of assignments) {
    const text =
      quote === '"'
        ? value.replace(/\\([abcfnrtv$"\\])/g, (_all, letter: string) => escaped[letter] ?? letter)
        : quote === "'"
          ? value.replaceAll("\\'", "'")
          : value
    const filled = quote === "'" || !text.includes('$') ? text : resolveTemplate(parseTemplate(text), lookup, '').text
    values.set(name, filled.length > mostValue ? filled.slice(0, mostValue) : filled)
  }
  return values
}

/** Variables may stand in each other: without a bound, thirty lines could fill the memory. */
const mostValue = 64 * 1024

const nextLine = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end === -1 ? text.length : end + 1
}

const closingQuote = (text: string, from: number, quote: string): number | undefined => {
  for (let at = from; at < text.length; at++) {
    if (quote === '"' && text[at] === '\\') at++
    else if (text[at] === quote) return at
  }
  return undefined
}
