import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  Parser,
  type Scalar,
  visit,
  type YAMLError,
} from 'yaml'
import type { Position } from '../place.ts'
import { quote } from './complaint.ts'
import type { Complaint } from './policy.ts'

/** A file of the user as it was read: every value is text, a list or a map, and knows where it stands. */
export interface PolicyText {
  readonly uri: string
  readonly sha256: string
  readonly text: string
}

/** A value with its place. What is missing is a node too: its value is undefined, its place that of its parent. */
export interface Node {
  readonly uri: string
  /** Text, array or map without prototype; undefined where there is nothing. */
  readonly value: unknown
  /** Where the value starts (a quote, a bracket, the first key); of an empty value: where its key starts. */
  readonly at: Position
  /** Where its key or list item starts. */
  readonly keyAt: Position
  /** The text of a scalar that is not empty. */
  readonly text: string | undefined
  readonly items: readonly Node[]
  readonly entries: readonly (readonly [string, Node])[]
  get(key: string): Node
  /** Place of a character of the scalar's value; where the text is folded or escaped, the start of the scalar. */
  within(offset: number): Position
}

/** Largest policy file, in UTF-16 units. */
export const policyLimit = 2 * 1024 * 1024
/** Deepest nesting, in the parser's own levels (about three for a map in a list in a map). */
const deepest = 120

type Positioned =
  | { readonly ok: true; readonly root: Node }
  | { readonly ok: false; readonly complaints: readonly Complaint[] }

const unclosed = (error: YAMLError): boolean => error.code === 'MISSING_CHAR' && /quote$/.test(error.message)

/** A quote that is never closed runs to the end of the file: it belongs to the last scalar. */
const lastScalar = (doc: Document.Parsed): number => {
  let start = 0
  visit(doc, {
    Scalar: (_, node) => {
      start = node.range?.[0] ?? start
    },
  })
  return start
}

const plainWords = (error: YAMLError): string => {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'a tab cannot indent YAML; use spaces'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a value that holds ": " needs quotes around it'
    case 'MISSING_CHAR':
      return unclosed(error) ? 'a quote is opened here and never closed' : `not YAML: ${error.message}`
    case 'BAD_SCALAR_START':
      return 'a value cannot start with this character; put quotes around it'
    case 'MULTIPLE_ANCHORS':
    case 'BAD_ALIAS':
      return 'anchors and aliases are not read here; write the value out'
    default:
      return `not YAML: ${error.message.slice(0, 1).toLowerCase()}${error.message.slice(1, 160)}`
  }
}

/** Everything but tab and line ends that a screen does not show, or that makes it show something else. */
const unseen = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff]/

/**
 * Reads YAML 1.2 with the failsafe schema: `164.310` and `yes` stay text. Not read, with a complaint at the place:
 * duplicate keys, anchors, aliases, tags, keys that are no text, several documents, characters that cannot be seen,
 * more than 2 MiB, and nesting so deep that no policy needs it. Linear in the text; never throws.
 */
export const positioned = ({ uri, text }: PolicyText): Positioned => {
  const lineStarts = [0]
  for (let i = text.indexOf('\n'); i >= 0; i = text.indexOf('\n', i + 1)) lineStarts.push(i + 1)
  const position = (offset: number): Position => {
    let [low, high] = [0, lineStarts.length - 1]
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((lineStarts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: Math.min(offset, text.length) - (lineStarts[low] ?? 0) + 1 }
  }
  const complaints: Complaint[] = []
  const complain = (offset: number, message: string) => complaints.push({ uri, at: position(offset), message })

  if (text.length > policyLimit) {
    complain(0, `the file is larger than ${policyLimit / 1024 / 1024} MiB and is not read`)
    return { ok: false, complaints }
  }
  const hidden = unseen.exec(text)
  if (hidden) {
    const code = hidden[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    complain(
      hidden.index,
      code === 'FEFF' && hidden.index === 0
        ? 'the file starts with a byte-order mark; save it as UTF-8 without one'
        : `a character that cannot be seen stands here (U+${code}); remove it, or write it as an escape in double quotes`,
    )
    return { ok: false, complaints }
  }

  // The parser keeps its own stack, the composer recurses: depth is measured before anything can overflow.
  const parser = new Parser()
  const tokens: CST.Token[] = []
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token)
    if (parser.stack.length > deepest) {
      complain(parser.offset, 'nested too deeply to be read')
      return { ok: false, complaints }
    }
  }
  for (const token of parser.end()) tokens.push(token)

  // The library compares every key with every other; duplicates are found below instead.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false, logLevel: 'silent' })
  const documents = composer.compose(tokens, true, text.length)
  const doc = documents.next().value
  const second = documents.next().value
  const error = doc?.errors[0]
  if (doc && error) complain(unclosed(error) ? lastScalar(doc) : error.pos[0], plainWords(error))
  else if (second) complain(second.range[0], 'a second YAML document starts here; a file holds one')
  for (const warning of doc?.warnings ?? []) {
    if (warning.code !== 'TAG_RESOLVE_FAILED') complain(warning.pos[0], plainWords(warning))
  }
  if (error || second) return { ok: false, complaints }

  const missing = (at: Position): Node => ({
    uri,
    value: undefined,
    at,
    keyAt: at,
    text: undefined,
    items: [],
    entries: [],
    get: () => missing(at),
    within: () => at,
  })

  const read = (node: unknown, keyOffset: number): Node => {
    const offset = rangeOf(node)?.[0] ?? keyOffset
    const keyAt = position(keyOffset)
    if (isAlias(node)) {
      complain(offset, 'anchors and aliases are not read here; write the value out')
      return missing(keyAt)
    }
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      const anchor = node.anchor === undefined ? -1 : text.lastIndexOf('&', offset)
      if (anchor >= 0) complain(anchor, 'anchors and aliases are not read here; write the value out')
      if (node.tag !== undefined) {
        const tag = node.tag.replace('tag:yaml.org,2002:', '!!')
        complain(keyOffset, `tag ${quote(tag)} is not read here; remove it`)
      }
    }
    if (isSeq(node)) {
      const items = node.items.map(item => read(item, rangeOf(item)?.[0] ?? offset))
      const at = position(offset)
      const get = (key: string) => (/^\d{1,9}$/.test(key) ? items[Number(key)] : undefined) ?? missing(at)
      const value = items.map(item => item.value)
      return { uri, value, at, keyAt, text: undefined, items, entries: [], get, within: () => at }
    }
    if (isMap(node)) {
      const at = position(offset)
      const children = new Map<string, Node>()
      const value: Record<string, unknown> = Object.create(null)
      for (const pair of node.items) {
        const start = rangeOf(pair.key)?.[0] ?? offset
        if (!isScalar(pair.key) || typeof pair.key.value !== 'string') {
          complain(start, 'a key must be plain text')
          continue
        }
        const key = pair.key.value
        if (pair.key.anchor !== undefined) complain(start, 'anchors and aliases are not read here; write the value out')
        if (children.has(key)) {
          complain(start, `key ${quote(key)} stands here a second time`)
          continue
        }
        const child = read(pair.value, start)
        children.set(key, child)
        value[key] = child.value
      }
      const get = (key: string) => children.get(key) ?? missing(at)
      return { uri, value, at, keyAt, text: undefined, items: [], entries: [...children], get, within: () => at }
    }
    const scalar = isScalar(node) && typeof node.value === 'string' ? node : undefined
    const value = scalar?.value === undefined ? '' : String(scalar.value)
    const written = scalar?.range && text.slice(scalar.range[0], scalar.range[1]) !== ''
    const at = written ? position(offset) : keyAt
    return {
      uri,
      value,
      at,
      keyAt,
      text: value === '' ? undefined : value,
      items: [],
      entries: [],
      get: () => missing(at),
      within: index => {
        const moved = scalar && written ? offsetWithin(text, scalar, value, index) : undefined
        return moved === undefined ? at : position(moved)
      },
    }
  }

  const root = doc?.contents ? read(doc.contents, rangeOf(doc.contents)?.[0] ?? 0) : missing({ line: 1, column: 1 })
  return complaints.length > 0 ? { ok: false, complaints } : { ok: true, root }
}

const rangeOf = (node: unknown): readonly number[] | undefined => {
  const range = node !== null && typeof node === 'object' && 'range' in node ? node.range : undefined
  return Array.isArray(range) ? range : undefined
}

/** Offset in the file of a character of a scalar's value, or undefined where the two do not run side by side. */
const offsetWithin = (text: string, scalar: Scalar, value: string, index: number): number | undefined => {
  const [start = 0, end = 0] = scalar.range ?? []
  const source = text.slice(start, end)
  switch (scalar.type) {
    case 'PLAIN':
      return source === value ? start + index : undefined
    case 'QUOTE_SINGLE':
    case 'QUOTE_DOUBLE': {
      if (source.includes('\n')) return undefined
      let at = 1
      for (let i = 0; i < index && at < source.length; i++, at++) {
        if (scalar.type === 'QUOTE_SINGLE' && source[at] === "'") at++
        if (scalar.type === 'QUOTE_DOUBLE' && source[at] === '\\') {
          if (!'"\\/'.includes(source[at + 1] ?? '')) return undefined
          at++
        }
      }
      return start + at
    }
    case 'BLOCK_LITERAL': {
      const before = value.slice(0, index).split('\n')
      const lines = source.split('\n').slice(1)
      const valueLines = value.split('\n')
      const first = valueLines.findIndex(line => line.trim() !== '')
      const indent = (lines[first] ?? '').replace(/\r$/, '').length - (valueLines[first] ?? '').length
      const line = before.length - 1
      if (first < 0 || indent < 0 || line >= lines.length) return undefined
      const lineStart = source
        .split('\n')
        .slice(0, line + 1)
        .reduce((sum, l) => sum + l.length + 1, 0)
      return start + lineStart + indent + (before[line] ?? '').length
    }
    default:
      return undefined
  }
}
