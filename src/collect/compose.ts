import type { ComposeFacts } from '../facts/compose.ts'
import type { Deposit, Fact, FactKind, Gap, GapCause, SecretSpan } from '../model.ts'
import type { Lookup } from '../parse/compose-template.ts'
import { parseDotenv } from '../parse/dotenv.ts'
import { linesOf } from '../parse/lines.ts'
import { entry, itemsOf, mergedEntries, parseYaml, textOf, type YamlMap, type YamlNode } from '../parse/yaml.ts'
import { type Place, showPlace } from '../place.ts'
import type { Entry, TextFile, Tree } from '../workspace/workspace.ts'
import { answerAll, type CollectorContext, type CollectorFactory } from './collector.ts'
import { credentialsOf, type EnvironmentFile, type GivenCredential, scanBudget } from './compose-credential.ts'
import { type ComposeFile, given, placeOf, proxyIn, writtenOf } from './compose-file.ts'
import { isInternalOnly, openingsOf } from './compose-opening.ts'
import { publishedPorts } from './compose-port.ts'
import { canBeSecret, credentialNamed, isReference } from '../parse/credential.ts'

const kinds = [
  'compose.service',
  'compose.port',
  'compose.variable',
  'compose.secret',
] as const satisfies readonly FactKind[]

/** Services, published ports and credentials of Compose files, each file by itself. */
export const collector: CollectorFactory = ({ workspace, signal }: CollectorContext) => ({
  answers: kinds,
  collect: async questions => {
    const collection = await readAll(workspace.tree, signal)
    const byKind = new Map<FactKind, readonly Fact[]>(
      kinds.map(kind => [kind, collection.facts.filter(fact => fact.kind === kind)]),
    )
    return {
      answers: answerAll(questions, kind => byKind.get(kind) ?? [], collection.gaps),
      deposits: [...collection.deposits.values()],
    }
  },
})

/** Names that say a file is for Compose or a swarm; what only might be is looked into. */
const byName = /(^|\/)([\w.-]*[._-])?compose([._-][\w.-]*)?\.ya?ml$/i
const byLook =
  /(^|\/)([\w.-]*(compose|stack|swarm)[\w.-]*|(docker|containers?|stacks?|swarm)\/([^/]+\/){0,2}[^/]+)\.ya?ml$/i
const looksLikeCompose = /^["']?services["']?[ \t]*:/m

/** Files read at most: more than any repository of hand-written Compose files has. */
const mostFiles = 2_000

interface Collection {
  readonly facts: Fact[]
  readonly gaps: Gap[]
  readonly deposits: Map<string, Deposit>
}

interface Found {
  readonly uri: string
  readonly named: boolean
}

const readAll = async (tree: Tree, signal: AbortSignal): Promise<Collection> => {
  const { entries, unseen } = await tree.list()
  const collection: Collection = { facts: [], gaps: [], deposits: new Map() }
  const gap = (place: Place, cause: GapCause, reason: string, of: readonly FactKind[] = kinds): void => {
    collection.gaps.push({ kinds: of, place, cause, reason })
  }
  for (const { uri, refusal } of unseen) gap({ in: 'file', uri }, refusal.cause, refusal.reason)

  const inTree = new Map(entries.map(one => [one.uri, one]))
  const queue: Found[] = entries.flatMap(({ uri }): Found[] =>
    byName.test(uri) ? [{ uri, named: true }] : byLook.test(uri) ? [{ uri, named: false }] : [],
  )
  const seen = new Set(queue.map(({ uri }) => uri))
  const environments = environmentReader(tree, inTree, collection)
  const variables: GivenToService[] = []

  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    signal.throwIfAborted()
    if (seen.size > mostFiles) {
      gap({ in: 'root' }, 'too-large', `more than ${mostFiles.toLocaleString('en')} Compose files`)
      break
    }
    const { uri, named } = next
    const read = await tree.text(uri)
    if (!read.ok) {
      if (named) gap({ in: 'file', uri }, read.refusal.cause, read.refusal.reason)
      continue
    }
    const { source, text } = read.value
    if (named ? !/\b(services|include)\b/.test(text) : !looksLikeCompose.test(text)) {
      if (named && isFormatOne(text)) {
        gap(
          { in: 'file', uri },
          'unparsed',
          'services at the top level: the format of Compose 1, which Docker Compose no longer reads',
        )
      }
      continue
    }
    const yaml = parseYaml(text)
    const error = yaml.errors[0]
    if (error !== undefined) {
      const template = /\{\{|\{%|<%/.test(text) ? 'a template, or not valid YAML' : 'not valid YAML'
      const place: Place = { in: 'span', source, ...yaml.lines.span(error.range) }
      gap(place, error.cause, `${template}: ${error.reason}`)
      deposit(collection, read.value, [])
      continue
    }
    const project = folderOf(uri)
    const environment = await environments(join(project, '.env'))
    const lookup: Lookup = name => environment?.values.get(name)
    const secrets: SecretSpan[] = []
    let isCompose = named
    const budget = scanBudget()
    for (const { root } of yaml.documents) {
      if (root?.is !== 'map') continue
      const file: ComposeFile = { source, text, lines: yaml.lines, root, project, lookup }
      const services = given(root, 'services')
      const one = services?.is === 'map' ? mergedEntries(services) : []
      if (!named && !one.some(({ value }) => entry(value, 'image') ?? entry(value, 'build'))) continue
      isCompose = true
      for (const [reference, place] of filesNamedBy(file, services)) {
        const target = reference === undefined ? undefined : join(project, reference)
        if (target !== undefined && inTree.has(target)) {
          if (!seen.has(target)) queue.push({ uri: target, named: true })
          seen.add(target)
        } else {
          const what = reference === undefined ? 'another file' : reference
          gap(place, 'unresolved', `takes services from ${what}, which is not in the tree`)
        }
      }
      for (const { key, value } of one) {
        if (value.is !== 'map') {
          if (value.tag !== '!reset')
            gap(placeOf(file, value.range), 'unparsed', `service "${key.value}" is not a mapping`)
          continue
        }
        const facts = await factsOfService(file, key.value, value, placeOf(file, key.range), tree, inTree)
        collection.facts.push(...facts.facts)
        for (const { place, reason } of facts.unparsed) gap(place, 'unparsed', reason, ['compose.port'])
        const own = { file: uri, project, service: key.value }
        for (const credential of credentialsOf(file, value, environment, budget)) {
          if (credential.secret !== undefined) secrets.push(credential.secret)
          variables.push({ ...own, credential })
        }
        for (const reference of environmentFilesOf(file, value)) {
          const target = await environments(join(project, reference))
          for (const credential of target?.credentials ?? []) {
            variables.push({ ...own, file: target?.uri ?? uri, credential })
          }
        }
      }
      collection.facts.push(...secretsOf(file, inTree))
      if (budget.spentAt !== undefined) {
        const reason = 'more text in its values than is looked through for credentials'
        gap(placeOf(file, budget.spentAt.range), 'too-large', reason, ['compose.variable'])
      }
    }
    if (isCompose) deposit(collection, read.value, secrets)
  }
  collection.facts.push(...variableFacts(variables))
  return { ...collection, facts: completed(collection.facts) }
}

/** Tells each fragment of a service which file completes it: of its folder, of one above it, or of any other. */
const completed = (facts: readonly Fact[]): Fact[] => {
  const whole = new Map<string, Map<string, string>>()
  for (const fact of facts) {
    if (fact.kind !== 'compose.service' || fact.data.fragment) continue
    const { service, project, file } = fact.data
    const byProject = whole.get(service) ?? new Map<string, string>()
    if (!byProject.has(project)) byProject.set(project, file)
    whole.set(service, byProject)
  }
  return facts.map(fact => {
    if (fact.kind !== 'compose.service' || !fact.data.fragment) return fact
    const candidates = whole.get(fact.data.service)
    let folder = fact.data.project
    while (folder !== '.' && !candidates?.has(folder)) folder = folderOf(folder)
    const completedBy = candidates?.get(folder) ?? candidates?.values().next().value
    return { ...fact, data: { ...fact.data, completedBy } }
  })
}

const deposit = (collection: Collection, { source, text }: TextFile, secrets: readonly SecretSpan[]): void => {
  const known = collection.deposits.get(source.uri)?.secrets ?? []
  collection.deposits.set(source.uri, { source, text, secrets: [...known, ...secrets] })
}

/** A top level of services, as Compose 1 had it: `web:` with an `image` or a `build` right below. */
const isFormatOne = (text: string): boolean => {
  const { documents, errors } = parseYaml(text)
  const root = documents[0]?.root
  return (
    errors.length === 0 &&
    root?.is === 'map' &&
    root.entries.some(
      ({ key, value }) => !key.value.startsWith('x-') && (entry(value, 'image') ?? entry(value, 'build')),
    )
  )
}

const folderOf = (uri: string): string => (uri.includes('/') ? uri.slice(0, uri.lastIndexOf('/')) : '.')

/** A path relative to a folder of the tree, as a uri; undefined when it leaves the tree. */
const join = (folder: string, path: string): string | undefined => {
  if (/^([/~]|[A-Za-z]:|[a-z+]+:\/\/)/.test(path) || path.includes('$')) return undefined
  const parts: string[] = folder === '.' ? [] : folder.split('/')
  for (const part of path.split(/[\\/]/)) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}

interface Environment extends EnvironmentFile {
  readonly values: ReadonlyMap<string, { readonly value: string; readonly from: string }>
  readonly credentials: readonly GivenCredential[]
}

/** Environment files of the tree, each read once and deposited. */
const environmentReader = (tree: Tree, inTree: ReadonlyMap<string, Entry>, collection: Collection) => {
  const known = new Map<string, Environment | undefined>()
  return async (uri: string | undefined): Promise<Environment | undefined> => {
    const listed = uri === undefined ? undefined : inTree.get(uri)
    if (uri === undefined || listed === undefined) return undefined
    if (known.has(uri)) return known.get(uri)
    const read = await tree.text(uri)
    if (!read.ok) {
      const { cause, reason } = read.refusal
      collection.gaps.push({ kinds: ['compose.port', 'compose.variable'], place: { in: 'file', uri }, cause, reason })
      known.set(uri, undefined)
      return undefined
    }
    const { source, text } = read.value
    const lines = linesOf(text)
    const values = new Map<string, { value: string; from: string }>()
    const credentials: GivenCredential[] = []
    for (const { name, value, range } of parseDotenv(text)) {
      values.set(name, { value, from: uri })
      const credential = credentialNamed(name)
      if (credential === undefined || value === '' || value.startsWith('$')) continue
      if (!canBeSecret(value, credential) || isReference(value)) continue
      credentials.push({
        name,
        where: uri,
        credential,
        value: { is: 'environment file', uri, tracked: listed.tracked },
        place: { in: 'span', source, ...lines.span(range) },
        secret: { ...range, kind: credential },
      })
    }
    const environment = { uri, tracked: listed.tracked, names: new Set(values.keys()), values, credentials }
    deposit(
      collection,
      read.value,
      credentials.flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
    )
    known.set(uri, environment)
    return environment
  }
}

const environmentFilesOf = (file: ComposeFile, service: YamlMap): readonly string[] => {
  const node = given(service, 'env_file')
  const items = node?.is === 'list' ? node.items : node === undefined ? [] : [node]
  return items.flatMap(item => writtenOf(file, item.is === 'map' ? given(item, 'path') : item)?.text ?? [])
}

/** Other Compose files that `extends` and `include` take services from; undefined: a path that cannot be followed. */
const filesNamedBy = (file: ComposeFile, services: YamlNode | undefined): readonly [string | undefined, Place][] => {
  const found: [string | undefined, Place][] = []
  const add = (node: YamlNode | undefined): void => {
    const written = writtenOf(file, node)
    if (written === undefined) return
    found.push([written.unknown.length > 0 ? undefined : written.text, written.place])
  }
  for (const { value } of services?.is === 'map' ? mergedEntries(services) : []) add(given(value, 'extends', 'file'))
  for (const item of itemsOf(given(file.root, 'include'))) {
    const path = item.is === 'map' ? given(item, 'path') : item
    for (const one of path?.is === 'list' ? path.items : [path]) add(one)
  }
  return found
}

interface ServiceFacts {
  readonly facts: readonly Fact[]
  readonly unparsed: readonly { readonly place: Place; readonly reason: string }[]
}

const factsOfService = async (
  file: ComposeFile,
  service: string,
  node: YamlMap,
  place: Place,
  tree: Tree,
  inTree: ReadonlyMap<string, Entry>,
): Promise<ServiceFacts> => {
  const { project } = file
  const own = { project, file: file.source.uri, service }
  const image = writtenOf(file, given(node, 'image'))?.text
  const build = given(node, 'build')
  const fragment = image === undefined && build === undefined && !given(node, 'extends') && !given(node, 'provider')
  const facts: Fact[] = [
    {
      kind: 'compose.service',
      id: `compose.service:${project}/${service}`,
      place,
      data: { ...own, image, fragment, completedBy: undefined, ...openingsOf(file, node) },
    },
  ]
  const unparsed: { place: Place; reason: string }[] = []
  const ports = publishedPorts(file, node)
  if (ports.length === 0) return { facts, unparsed }
  const proxy = proxyIn(image) ?? (await builtProxy(file, build, tree, inTree))
  const internalOnly = isInternalOnly(file, node)
  const swarm = isSwarm(file)
  for (const port of ports) {
    if ('unparsed' in port) {
      unparsed.push({ place: port.place, reason: `service "${service}": ${port.unparsed}` })
      continue
    }
    const { place: at, ...data } = port
    facts.push({
      kind: 'compose.port',
      id: `compose.port:${project}/${service}/${data.target}/${data.protocol}`,
      place: at,
      data: { ...own, ...data, proxy, internalOnly, swarm, fragment },
    })
  }
  return { facts, unparsed }
}

/** The proxy an image built here is made of: the image its last stage starts from. */
const builtProxy = async (
  file: ComposeFile,
  build: YamlNode | undefined,
  tree: Tree,
  inTree: ReadonlyMap<string, Entry>,
): Promise<string | undefined> => {
  if (build === undefined || given(build, 'target') !== undefined) return undefined
  const context = writtenOf(file, build.is === 'map' ? given(build, 'context') : build)?.text ?? '.'
  const folder = join(file.project, context)
  const uri = folder && join(folder, writtenOf(file, given(build, 'dockerfile'))?.text ?? 'Dockerfile')
  if (uri === undefined || !inTree.has(uri)) return undefined
  const read = await tree.text(uri)
  if (!read.ok) return undefined
  const last = [...read.value.text.matchAll(/^[ \t]*FROM[ \t]+(?:--\S+[ \t]+)*(\S+)/gim)].at(-1)?.[1]
  return proxyIn(last)
}

/** `docker stack deploy` reads the same files; names and overlay networks tell that it is meant. */
const isSwarm = (file: ComposeFile): boolean => {
  const name = file.source.uri.split('/').at(-1) ?? ''
  if (/(^|[._-])(stack|swarm)([._-]|$)/i.test(name)) return true
  const networks = given(file.root, 'networks')
  return (
    networks?.is === 'map' && mergedEntries(networks).some(({ value }) => textOf(given(value, 'driver')) === 'overlay')
  )
}

const secretsOf = (file: ComposeFile, inTree: ReadonlyMap<string, Entry>): readonly Fact<'compose.secret'>[] => {
  const secrets = given(file.root, 'secrets')
  if (secrets?.is !== 'map') return []
  return mergedEntries(secrets).flatMap(({ key, value }): Fact<'compose.secret'>[] => {
    const path = writtenOf(file, given(value, 'file'))
    const uri = path === undefined || path.unknown.length > 0 ? undefined : join(file.project, path.text)
    const listed = uri === undefined ? undefined : inTree.get(uri)
    const from: ComposeFacts['compose.secret']['from'] =
      path !== undefined
        ? 'file'
        : given(value, 'environment') !== undefined
          ? 'environment'
          : given(value, 'external') !== undefined
            ? 'external'
            : 'unknown'
    return [
      {
        kind: 'compose.secret',
        id: `compose.secret:${file.project}/${key.value}`,
        place: path?.place ?? placeOf(file, key.range),
        data: {
          project: file.project,
          file: file.source.uri,
          name: key.value,
          from,
          uri,
          tracked: listed?.tracked,
          present: listed !== undefined,
        },
      },
    ]
  })
}

interface GivenToService {
  readonly project: string
  readonly file: string
  readonly service: string
  readonly credential: GivenCredential
}

/** One value written once is one deed, however many services get it through anchors or a shared environment file. */
const variableFacts = (variables: readonly GivenToService[]): readonly Fact<'compose.variable'>[] => {
  const groups = new Map<string, GivenToService[]>()
  for (const one of variables) {
    const key = `${showPlace(one.credential.place)} ${one.credential.name}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()].flatMap(([first, ...more]): Fact<'compose.variable'>[] => {
    if (first === undefined) return []
    const { project, file, service } = first
    const { name, where, credential, value, place } = first.credential
    const services = [...new Set([service, ...more.map(one => one.service)])]
    return [
      {
        kind: 'compose.variable',
        id: `compose.variable:${project}/${service}/${where}/${name}`,
        place,
        data: { project, file, services, name, where, credential, value },
      },
    ]
  })
}
