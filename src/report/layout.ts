import { visibleJson } from './visible.ts'

/** Turns a value before it is written, as the second argument of JSON.stringify does. */
export type Turn = (key: string, value: unknown) => unknown

const isList = (value: object): value is Iterable<unknown> => Symbol.iterator in value

/** Objects and lists are entered down to this depth; what lies deeper is small and written in one piece. */
const deepest = 6

function* pieces(key: string, raw: unknown, turn: Turn, indent: string, depth: number): Iterable<string> {
  const value = turn(key, raw)
  if (value === null || typeof value !== 'object' || depth >= deepest) {
    yield (JSON.stringify(value, turn, 2) ?? 'null').replaceAll('\n', `\n${indent}`)
    return
  }
  const list = isList(value)
  const inner = `${indent}  `
  let first = true
  for (const entry of list ? value : Object.entries(value)) {
    const [name, v] = list ? ['', entry] : (entry as [string, unknown])
    if (v === undefined && !list && turn(name, v) === undefined) continue
    yield `${first ? (list ? '[' : '{') : ','}\n${inner}${list ? '' : `${JSON.stringify(name)}: `}`
    first = false
    yield* pieces(name, v, turn, inner, depth + 1)
  }
  yield first ? (list ? '[]' : '{}') : `\n${indent}${list ? ']' : '}'}`
}

/** How much text is gathered before it is handed on, in UTF-16 units. */
const chunk = 1 << 16

/**
 * A value as JSON, two blanks deep, in pieces: a huge report never becomes one string. Lists may be any iterable, made
 * while they are written. Characters that cannot be seen are escaped, so that it can be printed on a terminal.
 */
export function* layout(value: unknown, turn: Turn = (_key, v) => v): Iterable<string> {
  let text = ''
  for (const piece of pieces('', value, turn, '', 0)) {
    text += piece
    if (text.length < chunk) continue
    yield visibleJson(text)
    text = ''
  }
  yield visibleJson(`${text}\n`)
}
