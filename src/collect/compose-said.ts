import type { Resolved } from '../parse/compose-template.ts'
import { itemText, resolved, type SaidNode, type SaidScalar } from '../parse/compose-tree.ts'
import type { Range } from '../parse/lines.ts'
import { rangeIn } from '../parse/yaml.ts'
import type { Place } from '../place.ts'

/** A value of the effective model with its variables filled in, and where it was said. */
export interface Written extends Resolved {
  readonly raw: string
  readonly place: Place
  /** The folder its relative paths start from. */
  readonly base: string
}

export const placeOf = (node: SaidNode, range: Range = node.range): Place => ({
  in: 'span',
  source: node.reading.source,
  ...node.reading.lines.span(range),
})

/** What a value had to be said against: the places of what it overrides, nearest first. */
export const overridden = (...nodes: readonly (SaidNode | undefined)[]): readonly Place[] =>
  nodes.flatMap(node => node?.over ?? []).map(over => placeOf(over))

export const rangeWithin = (scalar: SaidScalar, from: number, to: number): Range =>
  rangeIn(scalar.reading.text, scalar, from, to)

/** The value of a scalar from `from` on; undefined for null and what is no scalar. */
export const writtenOf = (node: SaidNode | undefined, from = 0): Written | undefined => {
  if (node?.is !== 'scalar' || node.type === 'null') return undefined
  const place = from === 0 ? placeOf(node) : placeOf(node, rangeWithin(node, from, node.value.length))
  return { raw: node.value.slice(from), place, base: node.reading.base, ...resolved(node, from) }
}

/** A name and its value, out of a mapping or of a list of `NAME=value`. */
export interface NamedValue {
  readonly name: string
  readonly scalar: SaidScalar
  /** Where in the scalar the value begins; undefined where there is no value. */
  readonly from: number | undefined
}

export const namedValues = (node: SaidNode | undefined): readonly NamedValue[] => {
  if (node?.is === 'map') {
    return node.entries.flatMap(({ key, value }) =>
      value.is === 'scalar' ? [{ name: key.value, scalar: value, from: value.type === 'null' ? undefined : 0 }] : [],
    )
  }
  if (node?.is !== 'list') return []
  return node.items.flatMap((item): NamedValue[] => {
    if (item.is !== 'scalar') return []
    if (item.name !== undefined) return [{ name: item.name, scalar: item, from: item.type === 'null' ? undefined : 0 }]
    if (item.type === 'null') return []
    const equals = item.value.indexOf('=')
    return equals === -1
      ? [{ name: item.value.trim(), scalar: item, from: undefined }]
      : [{ name: item.value.slice(0, equals).trim(), scalar: item, from: equals + 1 }]
  })
}

export const textOf = (node: SaidNode | undefined): string | undefined =>
  node === undefined ? undefined : itemText(node)

/** Words of `command` or `entrypoint`: the items of a list, or a text split at blanks. At most 1,000. */
export const itemWords = (node: SaidNode | undefined): readonly string[] => {
  const items = node?.is === 'list' ? node.items : node === undefined ? [] : [node]
  return items.flatMap(item => (textOf(item) ?? '').trim().split(/\s+/, 1_000)).slice(0, 1_000)
}
