import type { Source } from '../place.ts'
import { type Lookup, parseTemplate, type Resolved, resolveTemplate } from './compose-template.ts'
import type { Lines, Range } from './lines.ts'
import type { YamlMap, YamlNode, YamlScalar } from './yaml.ts'

/** One way a file is read: where its relative paths start (`.` for the root), and what its variables are. */
export interface Reading {
  readonly source: Source
  readonly text: string
  readonly lines: Lines
  readonly base: string
  readonly lookup: Lookup
}

interface Said {
  readonly range: Range
  readonly reading: Reading
  /** What stood at this place before and had to give way, nearest first. */
  readonly over: readonly SaidNode[]
}

/** A node of the model Compose makes of one or many files; each knows where it was said, and whom it overrode. */
export type SaidNode = SaidMap | SaidList | SaidScalar

export interface SaidScalar extends YamlScalar, Said {
  /** In a list that was written as a mapping: the key, so that the item means `name=value`. */
  readonly name?: string
}

export interface SaidList extends Said {
  readonly is: 'list'
  readonly items: readonly SaidNode[]
}

export interface SaidEntry {
  readonly key: SaidScalar
  readonly value: SaidNode
}

export interface SaidMap extends Said {
  readonly is: 'map'
  readonly entries: readonly SaidEntry[]
}

/** Which paths a document takes away from what was said before it: `!reset`, and `!override` before it is said anew. */
export interface Resets {
  here: boolean
  readonly below: Map<string, Resets>
}

/** Nodes looked at for `!reset` and `!override`: compose-go's own bound. */
const mostVisits = 100_000

const isMergeKey = (key: YamlScalar): boolean => key.value === '<<' && key.style === 'plain'

/**
 * The paths a document resets, anchors and merge keys followed (compose-spec 13-merge.md; compose-go loader/reset.go).
 * Undefined: more nodes than Compose looks at.
 */
export const resetsOf = (root: YamlNode, text: string): Resets | undefined => {
  const resets: Resets = { here: false, below: new Map() }
  if (!/!(?:reset|override)\b/.test(text)) return resets
  let visits = 0
  const mark = (path: readonly string[]): void => {
    let at = resets
    for (const part of path) {
      const next = at.below.get(part) ?? { here: false, below: new Map<string, Resets>() }
      at.below.set(part, next)
      at = next
    }
    at.here = true
  }
  const visit = (node: YamlNode, path: readonly string[]): void => {
    if (++visits > mostVisits) return
    if (node.tag === '!reset' || node.tag === '!override') {
      mark(path)
      return
    }
    // An item cannot be reset in an earlier list: it has no name there.
    if (node.is === 'list') for (const item of node.items) visit(item, path.concat('[]'))
    if (node.is === 'map') {
      for (const { key, value } of node.entries) {
        if (!isMergeKey(key)) visit(value, path.concat(key.value))
        else if (value.is === 'list') for (const item of value.items) visit(item, path)
        else visit(value, path)
      }
    }
  }
  visit(root, [])
  return visits > mostVisits ? undefined : resets
}

/** The tree as one file says it: merge keys resolved, what `!reset` takes away left out. Shares what anchors share. */
export const saidBy = (root: YamlNode, reading: Reading): SaidNode => {
  const known = new Map<object, SaidNode>()
  const over: readonly SaidNode[] = []
  const entriesOf = (map: YamlMap): readonly SaidEntry[] => {
    const own: SaidEntry[] = []
    const sources: YamlNode[] = []
    for (const { key, value } of map.entries) {
      if (value.tag === '!reset') continue
      if (isMergeKey(key) && value.is === 'map') sources.push(value)
      else if (isMergeKey(key) && value.is === 'list' && value.items.every(item => item.is === 'map'))
        sources.push(...value.items)
      else own.push({ key: { ...key, reading, over }, value: said(value) })
    }
    if (sources.length === 0) return own
    const seen = new Set(own.map(({ key }) => key.value))
    for (const source of sources) {
      const from = said(source)
      if (from.is !== 'map') continue
      for (const entry of from.entries) {
        if (seen.has(entry.key.value)) continue
        seen.add(entry.key.value)
        own.push(entry)
      }
    }
    return own
  }
  const said = (node: YamlNode): SaidNode => {
    const id = node.is === 'map' ? node.entries : node.is === 'list' ? node.items : node
    const before = known.get(id)
    if (before !== undefined) return before
    const { range } = node
    const made: SaidNode =
      node.is === 'scalar'
        ? { ...node, reading, over }
        : node.is === 'map'
          ? { is: 'map', range, reading, over, entries: entriesOf(node) }
          : {
              is: 'list',
              range,
              reading,
              over,
              items: node.items.filter(item => item.tag !== '!reset').map(said),
            }
    known.set(id, made)
    return made
  }
  return said(root)
}

/** What is left when a later document has taken away what it resets. */
export const withoutReset = (node: SaidNode, resets: Resets): SaidNode => {
  if (node.is !== 'map' || resets.below.size === 0) return node
  const entries = node.entries.flatMap(entry => {
    const at = resets.below.get(entry.key.value)
    if (at === undefined) return [entry]
    return at.here ? [] : [{ ...entry, value: withoutReset(entry.value, at) }]
  })
  return { ...node, entries }
}

/** Resets as seen from one service. */
export const resetsBelow = (resets: Resets, ...path: readonly string[]): Resets =>
  path.reduce<Resets>((at, key) => at.below.get(key) ?? { here: false, below: new Map() }, resets)

export const isNull = (node: SaidNode | undefined): boolean => node?.is === 'scalar' && node.type === 'null'

/** The value under a path of keys; undefined where there is none. */
export const valueAt = (node: SaidNode | undefined, ...path: readonly string[]): SaidNode | undefined =>
  path.reduce<SaidNode | undefined>(
    (at, key) => (at?.is === 'map' ? at.entries.find(entry => entry.key.value === key)?.value : undefined),
    node,
  )

export const entriesIn = (node: SaidNode | undefined): readonly SaidEntry[] => (node?.is === 'map' ? node.entries : [])
export const itemsIn = (node: SaidNode | undefined): readonly SaidNode[] => (node?.is === 'list' ? node.items : [])

/** A scalar's value from `from` on, with its variables filled in as far as the tree tells. */
export const resolved = (node: SaidScalar, from = 0): Resolved =>
  node.value.includes('$')
    ? resolveTemplate(parseTemplate(node.value.slice(from)), node.reading.lookup)
    : { text: node.value.slice(from), unknown: [], assumed: [] }

/** An item of a list as Compose sees it: `name=value` where it was written as a mapping. */
export const itemText = (node: SaidNode): string | undefined => {
  if (node.is !== 'scalar') return undefined
  if (node.name === undefined) return node.type === 'null' ? undefined : resolved(node).text
  return node.type === 'null' ? node.name : `${node.name}=${resolved(node).text}`
}

/** Plain values with variables filled in: what two nodes are compared by. */
export const plain = (node: SaidNode): unknown => {
  switch (node.is) {
    case 'map':
      return Object.fromEntries(node.entries.map(({ key, value }) => [key.value, plain(value)]))
    case 'list':
      return node.items.map(plain)
    case 'scalar': {
      const text = itemText(node)
      if (node.name !== undefined || text === undefined) return text ?? null
      if (node.type === 'number' && /^-?\d{1,15}(\.\d+)?$/.test(text)) return Number(text)
      return node.type === 'bool' ? text.toLowerCase() === 'true' : text
    }
  }
}
