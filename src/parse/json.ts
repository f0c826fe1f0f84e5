import type { Range } from './lines.ts'

/**
 * JSON (RFC 8259) as a positioned tree. Offsets are UTF-16 code units of the text, end exclusive. A key given twice is
 * an error: readers disagree on which of the two counts, so neither is evidence.
 */
export type JsonNode =
  | { readonly is: 'object'; readonly range: Range; readonly entries: ReadonlyMap<string, JsonNode> }
  | { readonly is: 'array'; readonly range: Range; readonly items: readonly JsonNode[] }
  | { readonly is: 'string'; readonly range: Range; readonly value: string }
  | { readonly is: 'number'; readonly range: Range; readonly value: number }
  | { readonly is: 'literal'; readonly range: Range; readonly value: true | false | null }

export type Json =
  | { readonly ok: true; readonly root: JsonNode; readonly end: number }
  | { readonly ok: false; readonly at: number; readonly reason: string }

/** What may follow the value: nothing but white space, or (in a log) whatever is printed next. */
export type Trailing = 'refuse' | 'allow'

const deepest = 100
const most = 2_000_000

class Stop extends Error {
  readonly at: number
  constructor(at: number, reason: string) {
    super(reason)
    this.at = at
  }
}

/** Reads one value from offset `from`. Linear; at most 100 levels deep and two million values. */
export const parseJson = (text: string, trailing: Trailing, from = 0): Json => {
  const plain = /[^"\\\u0000-\u001f]*/y
  const numeral = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
  const blank = /[ \t\r\n]*/y
  let at = from
  let values = 0

  const skip = (): void => {
    blank.lastIndex = at
    at += blank.exec(text)?.[0].length ?? 0
  }
  const fail = (reason: string): never => {
    throw new Stop(at, at >= text.length ? 'ends in the middle of a value' : reason)
  }
  const string = (): { value: string; range: Range } => {
    const start = at
    at += 1
    for (;;) {
      plain.lastIndex = at
      at += plain.exec(text)?.[0].length ?? 0
      if (text[at] === '\\') {
        at += 2
        continue
      }
      if (text[at] !== '"') return fail('a control character in a string')
      at += 1
      try {
        return { value: JSON.parse(text.slice(start, at)) as string, range: { start, end: at } }
      } catch {
        at = start
        return fail('a string with an escape that JSON does not know')
      }
    }
  }
  const value = (depth: number): JsonNode => {
    values += 1
    if (depth > deepest) return fail(`nested more than ${deepest} levels deep`)
    if (values > most) return fail(`more than ${most.toLocaleString('en')} values`)
    skip()
    const start = at
    const first = text[at]
    if (first === '"') return { is: 'string', ...string() }
    if (first === '{') {
      const entries = new Map<string, JsonNode>()
      at += 1
      skip()
      if (text[at] === '}') at += 1
      else
        for (;;) {
          skip()
          if (text[at] !== '"') return fail('expected a key')
          const key = string()
          if (entries.has(key.value)) {
            at = key.range.start
            return fail(`a key is given twice: ${key.value.slice(0, 40)}`)
          }
          skip()
          if (text[at] !== ':') return fail('expected ":"')
          at += 1
          entries.set(key.value, value(depth + 1))
          skip()
          if (text[at] !== ',' && text[at] !== '}') return fail('expected "," or "}"')
          at += 1
          if (text[at - 1] === '}') break
        }
      return { is: 'object', entries, range: { start, end: at } }
    }
    if (first === '[') {
      const items: JsonNode[] = []
      at += 1
      skip()
      if (text[at] === ']') at += 1
      else
        for (;;) {
          items.push(value(depth + 1))
          skip()
          if (text[at] !== ',' && text[at] !== ']') return fail('expected "," or "]"')
          at += 1
          if (text[at - 1] === ']') break
        }
      return { is: 'array', items, range: { start, end: at } }
    }
    for (const [word, literal] of [
      ['true', true],
      ['false', false],
      ['null', null],
    ] as const)
      if (text.startsWith(word, at)) {
        at += word.length
        return { is: 'literal', value: literal, range: { start, end: at } }
      }
    numeral.lastIndex = at
    const digits = numeral.exec(text)?.[0]
    if (digits === undefined) return fail('not a JSON value')
    at += digits.length
    return { is: 'number', value: Number(digits), range: { start, end: at } }
  }

  try {
    const root = value(0)
    const end = at
    if (trailing === 'refuse') {
      skip()
      if (at < text.length) throw new Stop(at, 'something follows the JSON value')
    }
    return { ok: true, root, end }
  } catch (error) {
    if (error instanceof Stop) return { ok: false, at: Math.min(error.at, text.length), reason: error.message }
    throw error
  }
}

/** The value under a path of keys, if every one of them is there. */
export const under = (node: JsonNode | undefined, ...path: readonly string[]): JsonNode | undefined =>
  path.reduce<JsonNode | undefined>((n, key) => (n?.is === 'object' ? n.entries.get(key) : undefined), node)

export const stringIn = (node: JsonNode | undefined, key: string): string | undefined => {
  const found = under(node, key)
  return found?.is === 'string' ? found.value : undefined
}

/** A count: a whole number from 0. */
export const countIn = (node: JsonNode | undefined, key: string): number | undefined => {
  const found = under(node, key)
  return found?.is === 'number' && Number.isSafeInteger(found.value) && found.value >= 0 ? found.value : undefined
}
