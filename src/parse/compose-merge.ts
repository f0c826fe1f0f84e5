import {
  entriesIn,
  isNull,
  itemText,
  plain,
  type SaidEntry,
  type SaidMap,
  type SaidNode,
  type SaidScalar,
  valueAt,
} from './compose-tree.ts'
import { expandedPorts, mountTarget } from './compose-value.ts'

/**
 * Compose's merge of one file over another (compose-spec 13-merge.md, as compose-go v2.16 does it in override/merge.go
 * and override/uncity.go). Pure; nodes that stay are shared, and what gives way stays known in `over`.
 */
export interface Complaint {
  readonly node: SaidNode
  readonly reason: string
}
export type Complain = (complaint: Complaint) => void

interface Merging {
  readonly complain: Complain
  /** Whether Compose has put the base into long forms before it merges. */
  readonly baseIsLong: boolean
}

type Rule = 'key=value' | 'append' | 'replace' | 'build' | 'depends_on' | 'names' | 'logging' | 'ulimit' | 'ipam'

const ofService: Readonly<Record<string, Rule>> = {
  annotations: 'key=value',
  build: 'build',
  'build.args': 'key=value',
  'build.additional_contexts': 'key=value',
  'build.extra_hosts': 'append',
  'build.labels': 'key=value',
  command: 'replace',
  depends_on: 'depends_on',
  'deploy.labels': 'key=value',
  dns: 'append',
  dns_opt: 'append',
  dns_search: 'append',
  entrypoint: 'replace',
  env_file: 'append',
  label_file: 'append',
  environment: 'key=value',
  extra_hosts: 'append',
  'healthcheck.test': 'replace',
  labels: 'key=value',
  logging: 'logging',
  models: 'names',
  networks: 'names',
  sysctls: 'key=value',
  tmpfs: 'append',
}

const ruleAt = (path: readonly string[]): Rule | undefined => {
  if (path.length < 3) return undefined
  const below = path.slice(2).join('.')
  switch (path[0]) {
    case 'services':
      if (path.length === 4 && path[2] === 'ulimits') return 'ulimit'
      return Object.hasOwn(ofService, below) ? ofService[below] : undefined
    case 'networks':
      return below === 'labels' ? 'key=value' : below === 'ipam.config' ? 'ipam' : undefined
    case 'volumes':
    case 'secrets':
    case 'configs':
      return below === 'labels' ? 'key=value' : undefined
    default:
      return undefined
  }
}

/** `later` over `base`, both standing at `path`. What Compose refuses is complained of, and the later one taken. */
export const merge = (base: SaidNode, later: SaidNode, path: readonly string[], how: Merging): SaidNode => {
  switch (ruleAt(path)) {
    case 'key=value':
      return uniqueBy({ ...later, is: 'list', items: [...sequence(base), ...sequence(later)] }, keyOfPair)
    case 'append':
      return { ...later, is: 'list', items: withoutRepeats(sequence(base), sequence(later), path, how) }
    case 'replace':
      return instead(base, later)
    case 'build':
      return mappings(asBuild(base), asBuild(later), path, how)
    case 'depends_on':
      return mappings(named(base, started), named(later, started), path, how)
    case 'names':
      return mappings(named(base, nothing), named(later, nothing), path, how)
    case 'logging': {
      if (base.is !== 'map' || later.is !== 'map') return instead(base, later)
      const [before, after] = [base, later].map(node => valueAt(node, 'driver'))
      const same = before === undefined || after === undefined || itemText(before) === itemText(after)
      return same ? mappings(base, later, path, how) : instead(base, later)
    }
    case 'ulimit':
      return base.is === 'map' && later.is === 'map' ? mappings(base, later, path, how) : instead(base, later)
    case 'ipam':
      return base.is === 'list' && later.is === 'list' ? bySubnet(base, later, path, how) : instead(base, later)
    case undefined:
      break
  }
  if (isNull(later)) return base
  if (isNull(base)) return later
  if (base.is === 'scalar') return instead(base, later)
  if (base.is === 'map' && later.is === 'map') return mappings(base, later, path, how)
  if (base.is === 'list' && later.is === 'list')
    return { ...later, items: withoutRepeats(base.items, later.items, path, how) }
  const word = { map: 'a mapping', list: 'a list', scalar: 'a single value' } as const
  how.complain({
    node: later,
    reason: `\`${path.at(-1) ?? ''}\` is ${word[later.is]} here and ${word[base.is]} in ${base.reading.source.uri}`,
  })
  return instead(base, later)
}

/** `later` in the place of `base`: the same value said again changes nothing, so that the first one stays the one that said it. */
const instead = (base: SaidNode, later: SaidNode): SaidNode =>
  sameScalar(base, later) ? base : { ...later, over: [...later.over, base, ...base.over] }

/** A path means another place where it is read from another folder. */
const sameScalar = (a: SaidNode, b: SaidNode): boolean =>
  a.is === 'scalar' &&
  b.is === 'scalar' &&
  a.type === b.type &&
  a.reading.base === b.reading.base &&
  itemText(a) === itemText(b)

const mappings = (base: SaidMap, later: SaidMap, path: readonly string[], how: Merging): SaidMap => {
  if (later.entries.length === 0) return base
  const entries = new Map<string, SaidEntry>(base.entries.map(entry => [entry.key.value, entry]))
  for (const entry of later.entries) {
    const name = entry.key.value
    const before = entries.get(name)
    entries.set(
      name,
      before === undefined ? entry : { ...before, value: merge(before.value, entry.value, [...path, name], how) },
    )
  }
  return { ...base, entries: [...entries.values()] }
}

/** A mapping as the list Compose makes of it, in the order of its text; a single value as a list of one. */
const sequence = (node: SaidNode): readonly SaidNode[] => {
  if (node.is === 'list') return node.items
  if (node.is === 'scalar') return node.type === 'null' ? [] : [node]
  const items = node.entries.flatMap(({ key, value }) =>
    (value.is === 'list' ? value.items : [value]).flatMap((item): SaidScalar[] =>
      item.is === 'scalar' ? [{ ...item, name: key.value }] : [],
    ),
  )
  const texts = new Map(items.map(item => [item, itemText(item) ?? '']))
  return items.sort((a, b) => ((texts.get(a) ?? '') < (texts.get(b) ?? '') ? -1 : 1))
}

const plainIdentity = (node: SaidNode): string => JSON.stringify(plain(node))
const identityInFolder = (node: SaidNode): string => `${node.reading.base} ${plainIdentity(node)}`

/** Items of `later` that are not there yet, after those of `base`. */
const withoutRepeats = (
  base: readonly SaidNode[],
  later: readonly SaidNode[],
  path: readonly string[],
  { baseIsLong }: Merging,
): readonly SaidNode[] => {
  // A short form is never equal to the long form Compose has made of the same thing by then; keys decide.
  const short = baseIsLong && /^(ports|volumes|devices|secrets|configs|env_file)$/.test(path.at(-1) ?? '')
  const identity = /^(env_file|label_file|volumes)$/.test(path.at(-1) ?? '') ? identityInFolder : plainIdentity
  const seen = new Set(base.map(identity))
  const items = [...base]
  for (const item of later) {
    const id = identity(item)
    if (!seen.has(id) || (short && item.is === 'scalar')) items.push(item)
    seen.add(id)
  }
  return items
}

const asBuild = (node: SaidNode): SaidMap => {
  if (node.is === 'map') return node
  const { range, reading } = node
  const context: SaidEntry[] = isNull(node) ? [] : [{ key: word('context', node), value: node }]
  return { is: 'map', range, reading, over: [], entries: context }
}

/** A word that stands for what a short form means. */
const word = (value: string, at: SaidNode, type: SaidScalar['type'] = 'string'): SaidScalar => ({
  is: 'scalar',
  value,
  type,
  style: 'plain',
  range: at.range,
  reading: at.reading,
  over: [],
})

const nothing = (item: SaidNode): SaidNode => word('', item, 'null')
const started = (item: SaidNode): SaidNode => ({
  is: 'map',
  range: item.range,
  reading: item.reading,
  over: [],
  entries: [
    { key: word('condition', item), value: word('service_started', item) },
    { key: word('required', item), value: word('true', item, 'bool') },
  ],
})

/** A list of names as a mapping. */
export const named = (node: SaidNode, value: (item: SaidNode) => SaidNode = nothing): SaidMap => {
  if (node.is === 'map') return node
  const items = node.is === 'list' ? node.items : isNull(node) ? [] : [node]
  const entries = new Map<string, SaidEntry>()
  for (const item of items) {
    const name = itemText(item)
    if (name !== undefined) entries.set(name, { key: word(name, item), value: value(item) })
  }
  return { is: 'map', range: node.range, reading: node.reading, over: [], entries: [...entries.values()] }
}

const bySubnet = (
  base: Extract<SaidNode, { is: 'list' }>,
  later: Extract<SaidNode, { is: 'list' }>,
  path: readonly string[],
  how: Merging,
): SaidNode => {
  const subnet = (node: SaidNode): string | undefined => {
    const at = valueAt(node, 'subnet')
    return at === undefined ? undefined : itemText(at)
  }
  const found: SaidNode[] = []
  for (const before of base.items) {
    for (const after of later.items) {
      if (subnet(after) !== subnet(before) && !found.some(one => subnet(one) === subnet(after))) {
        found.push(after)
        continue
      }
      const merged =
        before.is === 'map' && after.is === 'map' ? mappings(before, after, path, how) : instead(before, after)
      const at = found.findIndex(one => subnet(one) === subnet(merged))
      if (at === -1) found.push(merged)
      else found[at] = merged
    }
  }
  return { ...later, items: found }
}

type KeyOf = (node: SaidNode) => readonly string[]

const keyOfPair: KeyOf = node => {
  const text = itemText(node)
  return text === undefined
    ? [plainIdentity(node)]
    : [node.is === 'scalar' && node.name !== undefined ? node.name : (text.split('=', 1)[0] ?? '')]
}

const textOf = (node: SaidNode | undefined): string | undefined => (node === undefined ? undefined : itemText(node))

const keyOfMount =
  (folder: string): KeyOf =>
  node =>
    node.is === 'map'
      ? [textOf(valueAt(node, 'target')) ?? `${folder}/${textOf(valueAt(node, 'source')) ?? ''}`]
      : [`${folder}/${itemText(node) ?? ''}`]

const keyOfPort: KeyOf = node => {
  if (node.is !== 'map') {
    const text = itemText(node) ?? ''
    const ports = expandedPorts(text)
    if (ports === undefined) return [text]
    return ports.map(({ hostIp, published, target, protocol }) =>
      [hostIp ?? '0.0.0.0', published ?? '', target, protocol].join(' '),
    )
  }
  const published = valueAt(node, 'published')
  // Compose prints a number and a text differently when it compares ports, so the two never meet.
  const isNumber = published?.is === 'scalar' && published.type === 'number' && !published.value.includes('$')
  return [
    [
      textOf(valueAt(node, 'host_ip')) ?? '0.0.0.0',
      isNumber ? `int ${published.value}` : (textOf(published) ?? ''),
      textOf(valueAt(node, 'target')) ?? '',
      textOf(valueAt(node, 'protocol')) ?? 'tcp',
    ].join(' '),
  ]
}

const keysOfService: Readonly<Record<string, KeyOf>> = {
  annotations: keyOfPair,
  'build.args': keyOfPair,
  'build.additional_contexts': keyOfPair,
  'build.tags': keyOfPair,
  'build.labels': keyOfPair,
  cap_add: keyOfPair,
  cap_drop: keyOfPair,
  configs: keyOfMount(''),
  'deploy.labels': keyOfPair,
  devices: node => [
    node.is === 'map'
      ? (textOf(valueAt(node, 'target')) ?? '')
      : (parts => parts[1] ?? parts[0] ?? '')((itemText(node) ?? '').split(':')),
  ],
  dns: keyOfPair,
  dns_opt: keyOfPair,
  dns_search: keyOfPair,
  environment: keyOfPair,
  env_file: node => [
    `${node.reading.base} ${(node.is === 'map' ? textOf(valueAt(node, 'path')) : itemText(node)) ?? ''}`,
  ],
  expose: node => [itemText(node) ?? ''],
  labels: keyOfPair,
  links: keyOfPair,
  ports: keyOfPort,
  profiles: keyOfPair,
  secrets: keyOfMount('/run/secrets'),
  sysctls: keyOfPair,
  tmpfs: keyOfPair,
  volumes: node => [
    node.is === 'map' ? (textOf(valueAt(node, 'target')) ?? plainIdentity(node)) : mountTarget(itemText(node) ?? ''),
  ],
}

/** One item for a key: the last one, at the place of the first. An item with several keys goes when it has lost them all. */
const uniqueBy = (list: SaidNode, keyOf: KeyOf): SaidNode => {
  if (list.is !== 'list' || list.items.length < 2) return list
  interface Slot {
    item: SaidNode | undefined
    keys: number
  }
  const owner = new Map<string, Slot>()
  const slots: Slot[] = []
  for (const item of list.items) {
    const keys = new Set(keyOf(item))
    let place: Slot | undefined
    let before: SaidNode | undefined
    for (const key of keys) {
      const slot = owner.get(key)
      if (slot === undefined || --slot.keys > 0) continue
      before ??= slot.item
      slot.item = undefined
      place ??= slot
    }
    if (place === undefined) {
      place = { item: undefined, keys: 0 }
      slots.push(place)
    }
    place.item = before === undefined ? item : insteadInList(before, item)
    place.keys = keys.size
    for (const key of keys) owner.set(key, place)
  }
  const items = slots.flatMap(slot => slot.item ?? [])
  return items.length === list.items.length ? list : { ...list, items }
}

const insteadInList = (before: SaidNode, item: SaidNode): SaidNode =>
  identityInFolder(before) === identityInFolder(item)
    ? before
    : { ...item, over: [...item.over, before, ...before.over] }

/** The model with what is named twice in a list named once (compose-go override/uncity.go). */
export const enforceUnicity = (root: SaidMap): SaidMap => {
  const within = (node: SaidNode, path: readonly string[], depth: number): SaidNode => {
    if (node.is === 'list') {
      const keyOf = keyAt(path)
      return keyOf === undefined ? node : uniqueBy(node, keyOf)
    }
    if (node.is !== 'map' || depth === 0) return node
    let changed = false
    const entries = node.entries.map(entry => {
      const value = within(entry.value, [...path, entry.key.value], depth - 1)
      if (value === entry.value) return entry
      changed = true
      return { ...entry, value }
    })
    return changed ? { ...node, entries } : node
  }
  // No list with names stands deeper than services.*.networks.*.aliases.
  const unique = within(root, [], 5)
  return unique.is === 'map' ? unique : root
}

const keyAt = (path: readonly string[]): KeyOf | undefined => {
  const below = path.slice(2).join('.')
  if (path[0] === 'networks') return below === 'labels' || below === 'ipam.options' ? keyOfPair : undefined
  if (path[0] !== 'services') return undefined
  if (path[2] === 'networks' && (path[4] === 'aliases' || path[4] === 'link_local_ips') && path.length === 5)
    return keyOfPair
  return Object.hasOwn(keysOfService, below) ? keysOfService[below] : undefined
}

/** One model over another, as `-f base -f later` does it. */
export const mergeModels = (base: SaidMap | undefined, later: SaidMap, complain: Complain): SaidMap =>
  enforceUnicity(base === undefined ? later : mappings(base, later, [], { complain, baseIsLong: true }))

/** A service over the one it extends (compose-go override/extends.go). */
export const extendService = (
  base: SaidMap,
  service: SaidMap,
  from: 'this file' | 'another file',
  complain: Complain,
): SaidMap => {
  const how = { complain, baseIsLong: from === 'another file' }
  const merged = mappings(base, service, ['services', 'x'], how)
  return {
    ...merged,
    range: service.range,
    reading: service.reading,
    entries: merged.entries.filter(({ key }) => key.value !== 'extends'),
  }
}

/** A build without a context is built in the folder of its own project, wherever that is included. */
const withContext = (entry: SaidEntry): SaidEntry => {
  const build = valueAt(entry.value, 'build')
  if (entry.value.is !== 'map' || build?.is !== 'map' || valueAt(build, 'context') !== undefined) return entry
  const context: SaidEntry = { key: word('context', entry.key), value: word('.', entry.key) }
  const made: SaidMap = { ...build, entries: [...build.entries, context] }
  const entries = entry.value.entries.map(one => (one.value === build ? { ...one, value: made } : one))
  return { ...entry, value: { ...entry.value, entries } }
}

/** Resources of an included project below those of the one that includes it, which wins. */
export const importResources = (
  included: SaidMap,
  into: SaidMap,
  resets: (kind: string, name: string, node: SaidNode) => SaidNode,
  complain: Complain,
): SaidMap => {
  const entries = new Map<string, SaidEntry>(into.entries.map(entry => [entry.key.value, entry]))
  for (const kind of resources) {
    const from = valueAt(included, kind)
    if (from?.is !== 'map') continue
    const own = entries.get(kind)
    const merged = new Map<string, SaidEntry>(entriesIn(own?.value).map(entry => [entry.key.value, entry]))
    for (const one of from.entries) {
      const entry = kind === 'services' ? withContext(one) : one
      const name = entry.key.value
      const conflict = merged.get(name)
      if (conflict === undefined) merged.set(name, entry)
      else if (identityInFolder(conflict.value) !== identityInFolder(entry.value))
        merged.set(name, {
          ...conflict,
          value: merge(resets(kind, name, entry.value), conflict.value, [kind, name], {
            complain,
            baseIsLong: true,
          }),
        })
    }
    const value: SaidMap = { ...(own?.value.is === 'map' ? own.value : from), entries: [...merged.values()] }
    entries.set(kind, own === undefined ? { key: word(kind, from), value } : { ...own, value })
  }
  return { ...into, entries: [...entries.values()] }
}

export const resources = ['services', 'volumes', 'networks', 'secrets', 'configs', 'models'] as const
