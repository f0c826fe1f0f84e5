import { type Complain, enforceUnicity, extendService, importResources, mergeModels } from '../parse/compose-merge.ts'
import type { Lookup } from '../parse/compose-template.ts'
import {
  entriesIn,
  itemsIn,
  type Reading,
  type Resets,
  resetsBelow,
  resetsOf,
  resolved,
  type SaidEntry,
  type SaidMap,
  type SaidNode,
  saidBy,
  valueAt,
  withoutReset,
} from '../parse/compose-tree.ts'
import type { Lines } from '../parse/lines.ts'
import type { YamlMap } from '../parse/yaml.ts'
import type { Place, Source } from '../place.ts'
import { folderOf, joinPath } from './compose-path.ts'

/** A Compose file as it is written. */
export interface ParsedFile {
  readonly source: Source
  readonly text: string
  readonly lines: Lines
  /** Its documents. Empty where it could not be understood, which the reader has said. */
  readonly roots: readonly YamlMap[]
}

/** Variables by name. Equal keys mean equal variables. */
export interface Variables {
  readonly key: string
  readonly lookup: Lookup
}

/** Files of the tree, each read once; what cannot be read is said by the reader. */
export interface ComposeReader {
  has(uri: string): boolean
  file(uri: string): Promise<ParsedFile | undefined>
  /** Values of an environment file; undefined where there is none. */
  environment(uri: string): Promise<ReadonlyMap<string, string> | undefined>
}

interface Remark {
  readonly place: Place
  readonly reason: string
}

/** The model Compose makes of a list of files. */
export interface ComposeProject {
  readonly base: string
  readonly root: SaidMap | undefined
  /** Every file that had a part in it, in the order they were read. */
  readonly files: readonly string[]
  /** Why Compose would refuse these files. */
  readonly refusals: readonly Remark[]
  /** What could not be followed: the model may lack services, or values. */
  readonly unseen: readonly Remark[]
}

export const placeOfNode = (node: SaidNode): Place => ({
  in: 'span',
  source: node.reading.source,
  ...node.reading.lines.span(node.range),
})

const bounds = { files: 500, chain: 100 } as const

/** Variables of environment files below those that are set already. */
export const withEnvironment = async (
  outer: Variables,
  uris: readonly string[],
  reader: ComposeReader,
): Promise<Variables> => {
  let found = outer
  for (const uri of uris) {
    const values = await reader.environment(uri)
    if (values === undefined) continue
    const { key, lookup } = found
    found = {
      key: `${key}|${uri}`,
      lookup: name => {
        const own = values.get(name)
        return lookup(name) ?? (own === undefined ? undefined : { value: own, from: uri })
      },
    }
  }
  return found
}

export const noVariables: Variables = { key: '', lookup: () => undefined }

/** Reads files as `docker compose -f … -f …` does, in a project folder (compose-go v2.16, loader). Never throws. */
export const loadProject = async (
  files: readonly string[],
  base: string,
  variables: Variables,
  reader: ComposeReader,
): Promise<ComposeProject> => {
  const refusals = new Map<string, Remark>()
  const unseen = new Map<string, Remark>()
  const read = new Set<string>()
  const remark = (to: Map<string, Remark>, place: Place, reason: string): void => {
    to.set(`${JSON.stringify(place)} ${reason}`, { place, reason })
  }
  const refuse = (node: SaidNode, reason: string): void => remark(refusals, placeOfNode(node), reason)
  const miss = (node: SaidNode, reason: string): void => remark(unseen, placeOfNode(node), reason)
  const complain: Complain = ({ node, reason }) => refuse(node, reason)

  const documents = async (uri: string, of: string, vars: Variables): Promise<readonly Document[]> => {
    if (read.size >= bounds.files && !read.has(uri)) {
      remark(unseen, { in: 'file', uri }, `one of more than ${bounds.files} files that are merged`)
      return []
    }
    read.add(uri)
    const parsed = await reader.file(uri)
    if (parsed === undefined) return []
    const { source, text, lines, roots } = parsed
    const reading: Reading = { source, text, lines, base: of, lookup: vars.lookup }
    return roots.flatMap(root => {
      const said = saidBy(root, reading)
      const resets = resetsOf(root, text)
      if (resets === undefined) remark(unseen, { in: 'file', uri }, 'more anchors followed than Compose looks at')
      return said.is === 'map' ? [{ said, resets: resets ?? { here: false, below: new Map() } }] : []
    })
  }

  const included = new Map<string, SaidMap | undefined>()

  const load = async (
    uris: readonly string[],
    of: string,
    vars: Variables,
    above: readonly string[],
  ): Promise<SaidMap | undefined> => {
    let model: SaidMap | undefined
    const bases = new Map<string, Services | undefined>()
    for (const uri of uris) {
      for (const { said, resets } of await documents(uri, of, vars)) {
        let own = await include(said, resets, uri, of, vars, above)
        if (model !== undefined) {
          const left = withoutReset(model, resets)
          model = left.is === 'map' ? left : model
        }
        own = await extend(own, resets, uri, vars, bases)
        model = mergeModels(model, own, complain)
      }
    }
    return model
  }

  const include = async (
    said: SaidMap,
    resets: Resets,
    uri: string,
    of: string,
    vars: Variables,
    above: readonly string[],
  ): Promise<SaidMap> => {
    const node = valueAt(said, 'include')
    if (node === undefined) return said
    let own: SaidMap = { ...said, entries: said.entries.filter(({ key }) => key.value !== 'include') }
    for (const item of itemsIn(node)) {
      const paths = strings(item.is === 'map' ? valueAt(item, 'path') : item)
      const main = paths[0]
      if (main === undefined) continue
      const uris: string[] = []
      for (const { node: at, text } of paths) {
        const target = text === undefined ? undefined : joinPath(of, text)
        if (target !== undefined && reader.has(target)) uris.push(target)
        else miss(at, `takes services from ${text ?? 'another file'}, which is not in the tree`)
      }
      const first = uris[0]
      if (first === undefined || uris.length < paths.length) continue
      if (above.includes(first) || first === uri) {
        refuse(main.node, `files that include each other: ${[...above, uri, first].join(', ')}`)
        continue
      }
      const folder = strings(valueAt(item, 'project_directory'))[0]
      const inFolder = folder?.text === undefined ? folderOf(first) : joinPath(of, folder.text)
      if (inFolder === undefined) {
        miss(folder?.node ?? item, 'its project directory is not in the tree')
        continue
      }
      const named = strings(valueAt(item, 'env_file')).flatMap(one =>
        one.text === undefined || one.text === '/dev/null' ? [] : (joinPath(of, one.text) ?? []),
      )
      const hasOwn = valueAt(item, 'env_file') !== undefined
      const inner = await withEnvironment(vars, hasOwn ? named : [joinPath(inFolder, '.env') ?? ''], reader)
      const key = JSON.stringify([uris, inFolder, inner.key])
      if (!included.has(key)) {
        included.set(key, undefined)
        if (above.length < bounds.chain)
          included.set(key, await load(uris, inFolder === '' ? '.' : inFolder, inner, [...above, uri]))
        else miss(main.node, `files included more than ${bounds.chain} deep`)
      }
      const imported = included.get(key)
      if (imported === undefined) continue
      const lessReset = (kind: string, name: string, node: SaidNode): SaidNode =>
        withoutReset(node, resetsBelow(resets, kind, name))
      own = importResources(imported, own, lessReset, complain)
    }
    return own
  }

  const extend = async (
    said: SaidMap,
    resets: Resets,
    uri: string,
    vars: Variables,
    bases: Map<string, Services | undefined>,
  ): Promise<SaidMap> => {
    const entry = said.entries.find(({ key }) => key.value === 'services')
    if (entry?.value.is !== 'map' || !entry.value.entries.some(one => valueAt(one.value, 'extends') !== undefined))
      return said
    const services: Services = {
      uri,
      resets,
      nodes: new Map(entry.value.entries.map(one => [one.key.value, one.value])),
    }

    /** Services of another file as `extends` sees them: merged and with paths of their own, but not yet extended. */
    const basesIn = async (target: string): Promise<Services | undefined> => {
      if (bases.has(target)) return bases.get(target)
      let model: SaidMap | undefined
      let last: Resets = { here: false, below: new Map() }
      for (const one of await documents(target, folderOf(target), vars)) {
        if (model !== undefined) model = asMap(withoutReset(model, one.resets), model)
        model = mergeModels(model, one.said, complain)
        last = one.resets
      }
      const found =
        model === undefined
          ? undefined
          : {
              uri: target,
              resets: last,
              nodes: new Map(entriesIn(valueAt(model, 'services')).map(one => [one.key.value, one.value])),
            }
      bases.set(target, found)
      return found
    }

    const resolve = async (name: string, within: Services, chain: readonly string[]): Promise<SaidNode | undefined> => {
      const service = within.nodes.get(name)
      const extending = valueAt(service, 'extends')
      if (service?.is !== 'map' || extending === undefined) return service
      const ref = strings(extending.is === 'map' ? valueAt(extending, 'service') : extending)[0]
      const from = strings(valueAt(extending, 'file'))[0]
      const without: SaidMap = { ...service, entries: service.entries.filter(({ key }) => key.value !== 'extends') }
      if (ref?.text === undefined) {
        miss(extending, `which service "${name}" extends is not known`)
        return service
      }
      const step = `${within.uri} ${name}`
      if (chain.includes(step)) {
        refuse(
          extending,
          `services that extend each other: ${[...chain, step].map(one => one.split(' ').at(-1)).join(', ')}`,
        )
        return service
      }
      if (chain.length >= bounds.chain) {
        miss(extending, `services that extend each other more than ${bounds.chain} deep`)
        return service
      }
      let source: Services | undefined = within
      if (from !== undefined) {
        const target = from.text === undefined ? undefined : joinPath(from.node.reading.base, from.text)
        if (target === undefined || !reader.has(target)) {
          miss(from.node, `takes services from ${from.text ?? 'another file'}, which is not in the tree`)
          return service
        }
        source = await basesIn(target)
        if (source === undefined) return service
      }
      if (!source.nodes.has(ref.text)) {
        refuse(ref.node, `service "${name}" extends "${ref.text}", which ${source.uri} does not define`)
        return service
      }
      const base = await resolve(ref.text, source, [...chain, step])
      const merged =
        base?.is === 'map'
          ? extendService(
              asMap(withoutReset(base, resetsBelow(within.resets, 'services', name)), base),
              without,
              source === services ? 'this file' : 'another file',
              complain,
            )
          : without
      within.nodes.set(name, merged)
      return merged
    }

    const entries: SaidEntry[] = []
    for (const one of entry.value.entries) {
      entries.push({ ...one, value: (await resolve(one.key.value, services, [])) ?? one.value })
    }
    const value: SaidMap = { ...entry.value, entries }
    return { ...said, entries: said.entries.map(one => (one === entry ? { ...one, value } : one)) }
  }

  const root = await load(files, base, variables, [])
  return {
    base,
    root: root === undefined ? undefined : enforceUnicity(root),
    files: [...read],
    refusals: [...refusals.values()],
    unseen: [...unseen.values()],
  }
}

interface Document {
  readonly said: SaidMap
  readonly resets: Resets
}

/** Services that `extends` chooses from. */
interface Services {
  readonly uri: string
  readonly resets: Resets
  readonly nodes: Map<string, SaidNode>
}

const asMap = (node: SaidNode, otherwise: SaidMap): SaidMap => (node.is === 'map' ? node : otherwise)

/** One text or a list of texts; undefined where a variable is not known. */
const strings = (
  node: SaidNode | undefined,
): readonly { readonly node: SaidNode; readonly text: string | undefined }[] =>
  (node?.is === 'list' ? node.items : node === undefined ? [] : [node]).flatMap(item => {
    if (item.is !== 'scalar' || item.type === 'null') return []
    const { text, unknown } = resolved(item)
    return [{ node: item, text: unknown.length > 0 ? undefined : text }]
  })
