import { Composer, CST, type Document, isAlias, isMap, isScalar, isSeq, Lexer, Parser } from 'yaml'
import { type Lines, linesOf, type Range } from './lines.ts'

/**
 * YAML as a small positioned tree, over the `yaml` package (YAML 1.2.2, core schema).
 *
 * All offsets are UTF-16 code units of the text, end exclusive. Aliases are followed: an aliased node is the anchored
 * one, with its range where it is written and `via` where the alias stands. Nodes are shared, never copied, so the tree
 * has no cycle but may be larger when walked than the file is long; `limits.expanded` bounds that.
 */
export type YamlNode = YamlMap | YamlList | YamlScalar

interface Written {
  /** Without anchor and tag. Of an empty value: the empty stretch where it would stand. */
  readonly range: Range
  /** As written (`!reset`, `!!str`); tags have no effect on the tree, except that `!!str` and the like set the type. */
  readonly tag?: string
  readonly anchor?: string
  /** Where the alias stands through which this node is seen. */
  readonly via?: Range
}

export interface YamlMap extends Written {
  readonly is: 'map'
  readonly entries: readonly YamlEntry[]
}

export interface YamlEntry {
  readonly key: YamlScalar
  readonly value: YamlNode
}

export interface YamlList extends Written {
  readonly is: 'list'
  readonly items: readonly YamlNode[]
}

export interface YamlScalar extends Written {
  readonly is: 'scalar'
  /** What is meant: quotes and escapes resolved, lines folded; but `0777`, `1.10`, `yes` as they are written. */
  readonly value: string
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded'
  /** By the core schema of YAML 1.2: `yes` and `on` are strings. Whatever is quoted is a string. */
  readonly type: 'null' | 'bool' | 'number' | 'string'
}

export interface YamlError {
  readonly range: Range
  /** For a person: `a key is given twice: image`. */
  readonly reason: string
  readonly cause: 'unparsed' | 'too-large'
}

export interface YamlDocument {
  /** Undefined for an empty document, and where errors left nothing. With errors, a tree of what could be understood. */
  readonly root: YamlNode | undefined
  readonly errors: readonly YamlError[]
}

export interface Yaml {
  readonly text: string
  readonly lines: Lines
  /** None for a text with nothing but comments. */
  readonly documents: readonly YamlDocument[]
  /** Of all documents, in order. */
  readonly errors: readonly YamlError[]
}

export const limits = {
  /** UTF-16 code units of a text. */
  length: 2 * 1024 * 1024,
  tokens: 1_000_000,
  depth: 100,
  /** Nodes of a document with every alias followed. */
  expanded: 500_000,
  /** Errors kept of one text. */
  errors: 20,
} as const

/** The documents of a text. Never throws; work is linear in the text, and what goes past `limits` is an error. */
export const parseYaml = (text: string): Yaml => {
  const lines = linesOf(text)
  const given = (documents: readonly YamlDocument[]): Yaml => ({
    text,
    lines,
    documents,
    errors: documents.flatMap(document => document.errors).slice(0, limits.errors),
  })
  const failed = (range: Range, reason: string, cause: YamlError['cause'] = 'too-large'): Yaml =>
    given([{ root: undefined, errors: [{ range, reason, cause }] }])

  if (text.length > limits.length) {
    return failed({ start: 0, end: 0 }, `longer than ${limits.length.toLocaleString('en')} characters`)
  }
  const tokens = tokensOf(text)
  if ('reason' in tokens) return failed({ start: tokens.at, end: tokens.at }, tokens.reason)
  try {
    // Pretty errors build a regular expression as long as the column they point at; duplicate keys are found below in
    // linear time.
    const composer = new Composer({
      uniqueKeys: false,
      keepSourceTokens: false,
      prettyErrors: false,
      logLevel: 'silent',
    })
    return given([...composer.compose(tokens.tokens, false, text.length)].map(document => documentOf(document, text)))
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : ''
    return failed({ start: 0, end: 0 }, `not understood: ${reason}`, 'unparsed')
  }
}

interface TooMuch {
  readonly at: number
  readonly reason: string
}

/** Depth is bounded while lexing: the parser's work grows with its square, the composer's stack with depth itself. */
const tokensOf = (text: string): { readonly tokens: readonly CST.Token[] } | TooMuch => {
  const parser = new Parser()
  const tokens: CST.Token[] = []
  const tooDeep = `nested deeper than ${limits.depth} levels`
  let at = 0
  let count = 0
  let flow = 0
  let opened = 0
  for (const lexeme of new Lexer().lex(text)) {
    const type = CST.tokenType(lexeme)
    if (type === 'newline' || type === 'doc-start') opened = 0
    else if (type === 'flow-map-start' || type === 'flow-seq-start') flow++
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1)
    // In a flow collection pairs follow each other on one line without nesting.
    else if (flow === 0 && (type === 'seq-item-ind' || type === 'explicit-key-ind' || type === 'map-value-ind'))
      opened++
    if (flow > limits.depth || opened > limits.depth) return { at, reason: tooDeep }
    if (++count > limits.tokens) {
      return { at, reason: `more than ${limits.tokens.toLocaleString('en')} marks, words and spaces` }
    }
    for (const token of parser.next(lexeme)) tokens.push(token)
    at += lexeme.length
  }
  for (const token of parser.end()) tokens.push(token)
  const deep = deeperThan(tokens, limits.depth)
  return deep === undefined ? { tokens } : { at: deep, reason: tooDeep }
}

const deeperThan = (tokens: readonly CST.Token[], most: number): number | undefined => {
  let level: CST.Token[] = [...tokens]
  for (let depth = 0; level.length > 0; depth++) {
    const first = level[0]
    if (depth > most && first !== undefined) return 'offset' in first ? first.offset : 0
    const below: CST.Token[] = []
    for (const token of level) {
      if (token.type === 'document' && token.value) below.push(token.value)
      if (!('items' in token)) continue
      for (const item of token.items) {
        if ('key' in item && item.key && 'items' in item.key) below.push(item.key)
        if (item.value && 'items' in item.value) below.push(item.value)
      }
    }
    level = below
  }
  return undefined
}

const styles = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'literal',
  BLOCK_FOLDED: 'folded',
} as const

const documentOf = (document: Document, text: string): YamlDocument => {
  const errors: YamlError[] = document.errors.map(error => ({
    range: within(error.pos[0], error.pos[1], text),
    reason: lower(error.message),
    cause: 'unparsed',
  }))
  const fail = (range: Range, reason: string, cause: YamlError['cause'] = 'unparsed'): void => {
    if (errors.length < limits.errors) errors.push({ range, reason, cause })
  }

  /** The node last anchored under a name, and how many nodes it is with its aliases followed. */
  const anchors = new Map<string, { node: YamlNode; size: number } | 'open'>()
  let expanded = 0

  const rangeOf = (node: { readonly range?: readonly number[] | null | undefined }): Range =>
    within(node.range?.[0] ?? 0, node.range?.[1] ?? 0, text)
  const nothing = (range: Range): YamlScalar => ({ is: 'scalar', value: '', style: 'plain', type: 'null', range })

  const nodeOf = (node: unknown, otherwise: number): YamlNode => {
    if (isAlias(node)) {
      const range = rangeOf(node)
      const target = anchors.get(node.source)
      if (target === undefined) {
        fail(range, `no anchor before this alias: ${node.source}`)
        return nothing(range)
      }
      if (target === 'open') {
        fail(range, `an alias inside of what it stands for: ${node.source}`)
        return nothing(range)
      }
      expanded += target.size
      if (expanded > limits.expanded) {
        fail(range, `aliases that unfold to more than ${limits.expanded.toLocaleString('en')} nodes`, 'too-large')
        return nothing(range)
      }
      return { ...target.node, via: range }
    }
    const before = expanded++
    const marks: { tag?: string; anchor?: string } = {}
    if (isScalar(node) || isMap(node) || isSeq(node)) {
      if (node.tag !== undefined) marks.tag = node.tag
      if (node.anchor !== undefined) {
        marks.anchor = node.anchor
        anchors.set(node.anchor, 'open')
      }
    }
    const built = plainNodeOf(node, otherwise, marks)
    if (marks.anchor !== undefined) anchors.set(marks.anchor, { node: built, size: expanded - before })
    return built
  }

  const plainNodeOf = (node: unknown, otherwise: number, marks: { tag?: string; anchor?: string }): YamlNode => {
    if (isScalar(node)) {
      const kind = typeof node.value
      return {
        is: 'scalar',
        value: typeof node.value === 'string' ? node.value : (node.source ?? ''),
        style: node.type === undefined ? 'plain' : styles[node.type],
        type: node.value === null ? 'null' : kind === 'boolean' ? 'bool' : kind === 'number' ? 'number' : 'string',
        range: rangeOf(node),
        ...marks,
      }
    }
    if (isMap(node)) {
      const entries: YamlEntry[] = []
      const seen = new Set<string>()
      for (const pair of node.items) {
        const at = rangeOf(node).start
        const key = nodeOf(pair.key, at)
        const value = nodeOf(pair.value, key.range.end)
        if (key.is !== 'scalar') {
          fail(key.range, 'a key that is itself a mapping or a list')
          continue
        }
        // Merge keys may be given more than once; anything else may not (YAML 1.2.2 §3.2.1.3).
        const name = `${key.type} ${key.value}`
        if (seen.has(name) && !isMergeKey(key)) fail(key.range, `a key is given twice: ${clip(key.value)}`)
        else entries.push({ key, value })
        seen.add(name)
      }
      return { is: 'map', entries, range: rangeOf(node), ...marks }
    }
    if (isSeq(node)) {
      const range = rangeOf(node)
      const items = node.items.map(item => nodeOf(item, range.start))
      return { is: 'list', items, range, ...marks }
    }
    return nothing(within(otherwise, otherwise, text))
  }

  const root = document.contents === null ? undefined : nodeOf(document.contents, 0)
  return { root: emptyPlain(root) ? undefined : root, errors }
}

const emptyPlain = (node: YamlNode | undefined): boolean =>
  node?.is === 'scalar' && node.type === 'null' && node.value === '' && node.anchor === undefined

const within = (start: number, end: number, text: string): Range => {
  const from = Math.min(Math.max(0, start), text.length)
  return { start: from, end: Math.min(Math.max(from, end), text.length) }
}

const clip = (value: string): string => (value.length > 60 ? `${value.slice(0, 60)}…` : value)

const lower = (message: string): string => {
  const line = clip200(message.split('\n', 1)[0] ?? '')
  return /^[A-Z][a-z]/.test(line) ? line.charAt(0).toLowerCase() + line.slice(1) : line
}
const clip200 = (line: string): string => (line.length > 200 ? `${line.slice(0, 200)}…` : line)

const isMergeKey = (key: YamlScalar): boolean => key.value === '<<' && key.style === 'plain'

/** A pair of a mapping with its merge keys resolved. */
export interface MergedEntry extends YamlEntry {
  /** The `<<` values it came through, outermost first; empty for a pair the mapping holds itself. */
  readonly through: readonly YamlNode[]
}

const merges = new WeakMap<readonly YamlEntry[], readonly MergedEntry[]>()

/**
 * The pairs of a mapping with `<<` resolved (yaml.org/type/merge): its own pairs win, and of several sources the first.
 * Pairs that came through a merge stand after the mapping's own. A `<<` whose value is no mapping stays as it is.
 */
export const mergedEntries = (map: YamlMap): readonly MergedEntry[] => {
  const known = merges.get(map.entries)
  if (known !== undefined) return known
  const own: MergedEntry[] = []
  const sources: YamlNode[] = []
  for (const pair of map.entries) {
    const { key, value } = pair
    if (!isMergeKey(key)) own.push({ ...pair, through: [] })
    else if (value.is === 'map') sources.push(value)
    else if (value.is === 'list' && value.items.every(item => item.is === 'map')) sources.push(...value.items)
    else own.push({ ...pair, through: [] })
  }
  const seen = new Set(own.map(pair => pair.key.value))
  const merged = [...own]
  for (const source of sources) {
    if (source.is !== 'map') continue
    for (const pair of mergedEntries(source)) {
      if (seen.has(pair.key.value)) continue
      seen.add(pair.key.value)
      merged.push({ ...pair, through: [source, ...pair.through] })
    }
  }
  merges.set(map.entries, merged)
  return merged
}

/** The pair with this key, merge keys resolved; undefined if there is none, or the node is no mapping. */
export const pair = (node: YamlNode | undefined, key: string): MergedEntry | undefined =>
  node?.is === 'map' ? mergedEntries(node).find(candidate => candidate.key.value === key) : undefined

/** The value under a path of keys, merge keys resolved. */
export const entry = (node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined =>
  path.reduce<YamlNode | undefined>((at, key) => pair(at, key)?.value, node)

/** The text of a scalar that is not null. */
export const textOf = (node: YamlNode | undefined): string | undefined =>
  node?.is === 'scalar' && node.type !== 'null' ? node.value : undefined

/** The items of a list, or none. */
export const itemsOf = (node: YamlNode | undefined): readonly YamlNode[] => (node?.is === 'list' ? node.items : [])

/** The document as plain values, `<<` not resolved. Numbers lose their writing; keys become text. */
export const valuesOf = (node: YamlNode): unknown => {
  switch (node.is) {
    case 'map': {
      const object: Record<string, unknown> = {}
      for (const { key, value } of node.entries) {
        // A key such as __proto__ must become a property, not a prototype.
        Object.defineProperty(object, key.value, {
          value: valuesOf(value),
          enumerable: true,
          configurable: true,
          writable: true,
        })
      }
      return object
    }
    case 'list':
      return node.items.map(valuesOf)
    case 'scalar':
      return scalarValue(node)
  }
}

const scalarValue = (node: YamlScalar): null | boolean | number | string => {
  switch (node.type) {
    case 'null':
      return null
    case 'bool':
      return node.value.toLowerCase() === 'true'
    case 'number':
      return numberOf(node.value)
    case 'string':
      return node.value
  }
}

const numberOf = (written: string): number => {
  if (/^[-+]?\.inf$/i.test(written)) return written.startsWith('-') ? -Infinity : Infinity
  if (/^\.nan$/i.test(written)) return Number.NaN
  return /^[-+]/.test(written) && !/^[-+][.\d]/.test(written) ? Number.NaN : Number(written)
}

/**
 * Where the character at `index` of a scalar's value is written, as an offset into the text. Exact for every style:
 * folding and escapes are undone. For an index past the end, where the value ends.
 */
export const offsetIn = (text: string, scalar: YamlScalar, index: number): number => {
  const { value, range, style } = scalar
  const at = Math.min(Math.max(index, 0), value.length)
  // Most scalars are one plain word.
  if (style === 'plain' && range.end - range.start === value.length) return range.start + at
  if (last?.text !== text || last.start !== range.start || last.value !== value) {
    last = { text, start: range.start, value, offsets: offsetsOf(text, scalar) }
  }
  return last.offsets[at] ?? range.end
}

/** The scalar asked about last: whoever asks once asks for many places of the same long scalar. */
let last: { text: string; start: number; value: string; offsets: Uint32Array } | undefined

/** For every index of the value and the one past its end, its offset in the text. */
const offsetsOf = (text: string, scalar: YamlScalar): Uint32Array => {
  const offsets = new Uint32Array(scalar.value.length + 1)
  switch (scalar.style) {
    case 'literal':
      fillLiteral(text, scalar, offsets)
      break
    case 'folded':
      fillFolded(text, scalar, offsets)
      break
    case 'plain':
    case 'single':
    case 'double':
      fillFlow(text, scalar, offsets)
      break
  }
  return offsets
}

/** The stretch of text that a stretch of a scalar's value is written in. */
export const rangeIn = (text: string, scalar: YamlScalar, from: number, to: number): Range => {
  const start = offsetIn(text, scalar, from)
  // The end follows the last character, so that a range never runs into the next line's indentation.
  const end = to > from ? offsetIn(text, scalar, to - 1) + 1 : start
  return { start, end: Math.max(start, end) }
}

/** Every line of a literal scalar is a line of the text without its indentation. */
const fillLiteral = (text: string, { value, range }: YamlScalar, offsets: Uint32Array): void => {
  const { start, end } = range
  let at = text.indexOf('\n', start) + 1
  if (at === 0 || at > end) {
    offsets.fill(start)
    return
  }
  for (let from = 0; from <= value.length; ) {
    const stop = value.indexOf('\n', from)
    const length = (stop === -1 ? value.length : stop) - from
    const next = text.indexOf('\n', at)
    let lineEnd = next === -1 || next > end ? end : next
    if (lineEnd > at && text[lineEnd - 1] === '\r') lineEnd--
    const content = Math.max(at, lineEnd - length)
    for (let i = 0; i <= length; i++) offsets[from + i] = Math.min(content + i, end)
    from += length + 1
    if (next !== -1 && next < end) at = next + 1
    else at = end
  }
}

const blank = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\n' || character === '\r'

/** Folding changes white space only, so the characters between it stand in the same order in both. */
const fillFolded = (text: string, { value, range }: YamlScalar, offsets: Uint32Array): void => {
  const { start, end } = range
  let at = text.indexOf('\n', start) + 1
  if (at === 0 || at > end) {
    offsets.fill(start)
    return
  }
  let after = at
  for (let i = 0; i < value.length; i++) {
    if (blank(value[i])) offsets[i] = Math.min(after, end)
    else {
      while (at < end && blank(text[at])) at++
      offsets[i] = Math.min(at, end)
      after = ++at
    }
  }
  offsets[value.length] = Math.min(after, end)
}

const escapes: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

const fillFlow = (text: string, { value, range, style }: YamlScalar, offsets: Uint32Array): void => {
  const { start, end } = range
  const quoted = style !== 'plain'
  const stop = quoted ? Math.max(start, end - 1) : end
  let at = quoted ? start + 1 : start
  let index = 0
  while (at < stop && index <= value.length) {
    if (blank(text[at])) {
      // White space around line breaks folds: one break is a space, each further one a line feed (§6.5).
      let to = at
      let breaks = 0
      while (to < stop && blank(text[to])) if (text[to++] === '\n') breaks++
      const length = breaks === 0 ? to - at : breaks === 1 ? 1 : breaks - 1
      for (let i = 0; i < length; i++) offsets[index++] = breaks === 0 ? at + i : at
      at = to
      continue
    }
    let took = 1
    let gave = 1
    if (style === 'single' && text[at] === "'" && text[at + 1] === "'") took = 2
    if (style === 'double' && text[at] === '\\') {
      const next = text[at + 1] ?? ''
      if (next === '\n' || next === '\r') {
        // An escaped line break produces nothing, and the next line's indentation goes with it.
        at += next === '\r' ? 3 : 2
        while (at < stop && (text[at] === ' ' || text[at] === '\t')) at++
        continue
      }
      const digits = escapes[next]
      took = 2 + (digits ?? 0)
      if (digits !== undefined && Number.parseInt(text.slice(at + 2, at + 2 + digits), 16) > 0xffff) gave = 2
    }
    for (let i = 0; i < gave; i++) offsets[index++] = at
    at += took
  }
  for (; index <= value.length; index++) offsets[index] = stop
}
