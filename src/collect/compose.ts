import type { ComposeFacts } from '../facts/compose.ts'
import type { Deposit, Fact, FactKind, Gap, GapCause, SecretSpan } from '../model.ts'
import type { Lookup } from '../parse/compose-template.ts'
import {
  entriesIn,
  isNull,
  type SaidEntry,
  type SaidMap,
  type SaidNode,
  saidBy,
  valueAt,
} from '../parse/compose-tree.ts'
import { canBeSecret, credentialNamed, isReference, passwordsInUrls } from '../parse/credential.ts'
import { type Assignment, environmentOf, parseDotenv } from '../parse/dotenv.ts'
import { linesOf } from '../parse/lines.ts'
import { entry, mergedEntries, parseYaml } from '../parse/yaml.ts'
import { type Place, showPlace } from '../place.ts'
import type { Entry, TextFile, Tree } from '../workspace/workspace.ts'
import { builtOnCompose } from './built-on-compose.ts'
import { answerAll, type CollectorContext, type CollectorFactory } from './collector.ts'
import { credentialsOf, type GivenCredential, scanBudget } from './compose-credential.ts'
import { type Names, obstaclesOf } from './compose-obstacle.ts'
import { hostNetworkOf, isInternalOnly, openingsOf } from './compose-opening.ts'
import { folderOf, joinPath } from './compose-path.ts'
import { publishedPorts } from './compose-port.ts'
import {
  type ComposeProject,
  type ComposeReader,
  loadProject,
  noVariables,
  type ParsedFile,
  withEnvironment,
} from './compose-project.ts'
import { proxyOf } from './compose-proxy.ts'
import { placeOf, textOf, writtenOf } from './compose-said.ts'
import { type DeploymentSet, defaultSets, maySayHow, setsSaidIn } from './compose-sets.ts'
import { makersOf, type ReadDockerfile, userOfService } from './compose-user.ts'

const kinds = [
  'compose.set',
  'compose.service',
  'compose.user',
  'compose.port',
  'compose.variable',
  'compose.secret',
] as const satisfies readonly FactKind[]

/** Services, published ports and credentials of Compose files, as the sets they are deployed in come to. */
export const collector: CollectorFactory = ({ workspace, signal }: CollectorContext) => ({
  answers: kinds,
  collect: async questions => {
    const collection = await readCompose(workspace.tree, signal)
    const byKind = new Map<FactKind, readonly Fact[]>(
      kinds.map(kind => [kind, collection.facts.filter(fact => fact.kind === kind)]),
    )
    return {
      answers: answerAll(questions, kind => byKind.get(kind) ?? [], collection.gaps),
      deposits: [...collection.deposits.values()],
    }
  },
})

/** What a Compose file that cannot be read may hide, here and for those who ask what its services are. */
const hidden: readonly FactKind[] = [...kinds, ...builtOnCompose]

/** Names that say a file is for Compose or a swarm; what only might be is looked into. */
const byName = /(^|\/)([\w.-]*[._-])?compose([._-][\w.-]*)?\.ya?ml$/i
const byLook =
  /(^|\/)([\w.-]*(compose|stack|swarm)[\w.-]*|(docker|containers?|stacks?|swarm)\/([^/]+\/){0,2}[^/]+)\.ya?ml$/i
const looksLikeCompose = /^["']?services["']?[ \t]*:/m
/** A file that only overrides networks has a part in what others come to. */
const saysAnything = /\b(services|include|networks|volumes|secrets|configs)\b/

/** Files read at most: more than any repository of hand-written Compose files has. */
const mostFiles = 2_000

export interface Collection {
  readonly facts: Fact[]
  readonly gaps: Gap[]
  readonly deposits: Map<string, Deposit>
  /** The sets as they are merged, for who asks more of them. */
  readonly sets: Judged[]
}

const reads = new WeakMap<Tree, Promise<Collection>>()

/** The Compose files of a tree, read once for all collectors that ask. */
export const readCompose = (tree: Tree, signal: AbortSignal): Promise<Collection> => {
  const reading = reads.get(tree) ?? readAll(tree, signal)
  reads.set(tree, reading)
  return reading
}

/** Services judged at most, counted anew in every set. */
const mostServices = 20_000

/** Sets judged at most; more than any hand-written repository has. */
const mostSets = 300

const readAll = async (tree: Tree, signal: AbortSignal): Promise<Collection> => {
  const { entries, unseen } = await tree.list()
  const collection: Collection = { facts: [], gaps: [], deposits: new Map(), sets: [] }
  const gap = (place: Place, cause: GapCause, reason: string, of: readonly FactKind[] = hidden): void => {
    collection.gaps.push({ kinds: of, place, cause, reason })
  }
  for (const { uri, refusal } of unseen) gap({ in: 'file', uri }, refusal.cause, refusal.reason)

  const inTree = new Map(entries.map(one => [one.uri, one]))
  const tracked = (uri: string): boolean | undefined => inTree.get(uri)?.tracked
  const environments = environmentReader(tree, inTree, collection)
  const files = composeFiles(tree, collection, gap)
  const reader: ComposeReader = {
    has: uri => inTree.has(uri),
    file: uri => files(uri, true),
    environment: async uri => {
      const environment = await environments(uri)
      const refused =
        environment === undefined && inTree.has(uri) ? collection.gaps.find(one => isOf(one, uri)) : undefined
      // Unlike the environment of a service, it fills in variables of the whole file.
      if (refused !== undefined) collection.gaps.push({ ...refused, kinds: hidden })
      return environment?.values
    },
  }

  const compose = new Set<string>()
  const candidates = entries.filter(({ uri }) => byName.test(uri) || byLook.test(uri))
  for (const { uri } of candidates) {
    signal.throwIfAborted()
    if (compose.size >= mostFiles) {
      gap({ in: 'root' }, 'too-large', `more than ${mostFiles.toLocaleString('en')} Compose files`)
      break
    }
    if ((await files(uri, byName.test(uri))) !== undefined) compose.add(uri)
  }

  const sets = await deploymentSets(tree, entries, compose, reader, collection, environments, gap)
  for (const uri of sets.flatMap(set => set.files)) if ((await files(uri, true)) !== undefined) compose.add(uri)
  const judged: Judged[] = []
  const judge = async (set: DeploymentSet): Promise<Judged> => {
    signal.throwIfAborted()
    const dotenv = [...new Set([set.from, set.base])].map(folder => joinPath(folder, '.env') ?? '.env')
    const project = await loadProject(set.files, set.base, await withEnvironment(noVariables, dotenv, reader), reader)
    return { set, project }
  }
  for (const set of sets) judged.push(await judge(set))
  // What no set reads is judged by itself; not so what only another such file reads.
  const used = new Set(judged.flatMap(({ project }) => project.files))
  const alone: Judged[] = []
  for (const uri of compose) {
    if (used.has(uri)) continue
    const base = folderOf(uri)
    if (alone.length + judged.length >= mostSets) {
      gap({ in: 'root' }, 'too-large', `more than ${mostSets} sets of Compose files`)
      break
    }
    alone.push(await judge({ name: uri, files: [uri], base, from: base, because: 'no other set', said: undefined }))
  }
  const readBy = (uri: string): number => alone.filter(({ project }) => project.files.includes(uri)).length
  for (const one of alone) if (one.project.files.length > 1 || readBy(one.set.name) < 2) judged.push(one)

  const names = namesOf(entries)
  const dockerfiles = dockerfileReader(tree, inTree)
  const variables: GivenToService[] = []
  const found: SeenIn[] = []
  const serviceSets = new Map<string, Set<string>>()
  const budget = scanBudget()
  let left = mostServices
  for (const { set, project } of judged) {
    for (const { place, reason } of project.unseen) gap(place, 'unresolved', reason)
    const { root } = project
    if (root === undefined) continue
    left -= servicesOf(project).length
    if (left < 0) {
      gap({ in: 'root' }, 'too-large', `more than ${mostServices.toLocaleString('en')} services in all sets`)
      break
    }
    collection.sets.push({ set, project })
    collection.facts.push(setFact(set, project, names))
    const services = valueAt(root, 'services')
    if (services !== undefined && services.is !== 'map') {
      const reason = '`services` is not a mapping: Compose starts nothing of this file'
      gap(
        placeOf(services),
        'unparsed',
        reason,
        hidden.filter(kind => kind !== 'compose.set'),
      )
    }
    const makers = makersOf(servicesOf(project))
    for (const one of servicesOf(project)) {
      if (one.value.is !== 'map') {
        gap(placeOf(one.value), 'unparsed', `service "${one.key.value}" is not a mapping`)
        continue
      }
      const own = ofService(one)
      const id = `${own.project}/${own.service}`
      serviceSets.set(id, (serviceSets.get(id) ?? new Set()).add(set.name))
      const { place, ...user } = await userOfService(one, one.value, makers, dockerfiles)
      const userFact: Fact<'compose.user'> = {
        kind: 'compose.user',
        id: `compose.user:${id}`,
        place,
        data: { ...own, set: undefined, ...user },
      }
      found.push({ fact: userFact, set: set.name, service: id })
      const seen = await factsOfService(project, one, one.value, tree, inTree)
      for (const fact of seen.facts) found.push({ fact, set: set.name, service: id })
      for (const { place, reason } of seen.unparsed) gap(place, 'unparsed', reason, ['compose.port', ...builtOnCompose])
      const files: Environment[] = []
      for (const { reference, base } of environmentFilesOf(one.value)) {
        const target = await environments(joinPath(base, reference))
        if (target !== undefined) files.push(target)
      }
      for (const credential of credentialsOf(one.value, tracked, budget, lastOf(files)))
        variables.push({ ...own, credential })
      for (const target of files) {
        for (const credential of target.credentials) {
          variables.push({ ...own, file: target.uri, credential })
        }
      }
    }
    for (const fact of secretsOf(root, inTree)) found.push({ fact, set: set.name, service: undefined })
  }
  if (budget.spentAt !== undefined) {
    const reason = 'more text in its values than is looked through for credentials'
    gap(placeOf(budget.spentAt), 'too-large', reason, ['compose.variable'])
  }
  for (const uri of compose) {
    const parsed = await files(uri, true)
    if (parsed === undefined) continue
    const written = await credentialsIn(parsed, tracked, reader, gap)
    deposit(
      collection,
      parsed,
      written.flatMap(({ credential }) => credential.secret ?? []),
    )
    // A later file may override such a value; it stands in this one all the same.
    variables.push(...written.filter(({ credential: { value } }) => value.is === 'literal' || value.is === 'default'))
  }
  collection.facts.push(...onePerThing(found, serviceSets), ...variableFacts(variables))
  return { ...collection, facts: completed(collection.facts), gaps: withoutRepeats(collection.gaps) }
}

const dockerfileReader = (tree: Tree, inTree: ReadonlyMap<string, Entry>): ReadDockerfile => {
  const known = new Map<string, TextFile | undefined>()
  return async uri => {
    if (!inTree.has(uri)) return undefined
    if (!known.has(uri)) {
      const read = await tree.text(uri)
      known.set(uri, read.ok ? read.value : undefined)
    }
    return known.get(uri)
  }
}

const namesOf = (entries: readonly Entry[]): Names => {
  const files = new Set(entries.map(({ uri }) => uri))
  const folders = new Set<string>()
  for (const { uri } of entries)
    for (let at = folderOf(uri); at !== '.' && !folders.has(at); at = folderOf(at)) folders.add(at)
  return { hasFile: uri => files.has(uri), hasFolder: uri => folders.has(uri) }
}

const setFact = (set: DeploymentSet, project: ComposeProject, names: Names): Fact<'compose.set'> => {
  const fragment = servicesOf(project).some(({ value }) => isFragment(value))
  // A file by a default name may be kept in a folder of its own and yet only complete another one.
  const alone =
    fragment &&
    project.refusals.length === 0 &&
    set.because === 'default names' &&
    set.files.length === 1 &&
    set.base !== '.'
  return {
    kind: 'compose.set',
    id: `compose.set:${set.name}`,
    place: set.said ?? { in: 'file', uri: set.files[0] ?? set.name },
    data: {
      project: set.base,
      name: set.name,
      because: alone ? 'no other set' : set.because,
      obstacles: obstaclesOf(project, names),
      fragment,
    },
  }
}

export const isFragment = (service: SaidNode): boolean =>
  ['image', 'build', 'extends', 'provider'].every(key => {
    const value = valueAt(service, key)
    return value === undefined || isNull(value)
  })

export interface Judged {
  readonly set: DeploymentSet
  readonly project: ComposeProject
}

export const servicesOf = ({ root }: ComposeProject): readonly SaidEntry[] => entriesIn(valueAt(root, 'services'))

const ofService = ({ key }: SaidEntry): { file: string; project: string; service: string } => ({
  file: key.reading.source.uri,
  project: key.reading.base,
  service: key.value,
})

/** Compose files of the tree, each read and parsed once. */
const composeFiles = (
  tree: Tree,
  collection: Collection,
  gap: (place: Place, cause: GapCause, reason: string) => void,
): ((uri: string, named: boolean) => Promise<(ParsedFile & TextFile) | undefined>) => {
  const known = new Map<string, (ParsedFile & TextFile) | undefined>()
  const read = async (uri: string, named: boolean): Promise<(ParsedFile & TextFile) | undefined> => {
    const seen = await tree.text(uri)
    if (!seen.ok) {
      if (named) gap({ in: 'file', uri }, seen.refusal.cause, seen.refusal.reason)
      return undefined
    }
    const { source, text } = seen.value
    if (named ? !saysAnything.test(text) : !looksLikeCompose.test(text)) {
      if (named && isFormatOne(text)) {
        gap(
          { in: 'file', uri },
          'unparsed',
          'services at the top level: the format of Compose 1, which Docker Compose no longer reads',
        )
      }
      return undefined
    }
    const yaml = parseYaml(text)
    const error = yaml.errors[0]
    if (error !== undefined) {
      const template = /\{\{|\{%|<%/.test(text) ? 'a template, or not valid YAML' : 'not valid YAML'
      const place: Place = { in: 'span', source, ...yaml.lines.span(error.range) }
      gap(place, error.cause, `${template}: ${error.reason}`)
      deposit(collection, seen.value, [])
      return undefined
    }
    const roots = yaml.documents.flatMap(({ root }) => (root?.is === 'map' ? [root] : []))
    const isCompose = (node: (typeof roots)[number]): boolean => {
      const services = entry(node, 'services')
      return (
        services?.is === 'map' &&
        mergedEntries(services).some(({ value }) => entry(value, 'image') ?? entry(value, 'build'))
      )
    }
    if (!named && !roots.some(isCompose)) return undefined
    deposit(collection, seen.value, [])
    return { source, text, lines: yaml.lines, roots }
  }
  return async (uri, named) => {
    const before = known.get(uri)
    if (before !== undefined || (known.has(uri) && !named)) return before
    const parsed = known.has(uri) && byName.test(uri) ? undefined : await read(uri, named)
    known.set(uri, parsed)
    return parsed
  }
}

/** Every set of files somebody may start: by the default names, and as scripts, workflows and documents say. */
const deploymentSets = async (
  tree: Tree,
  entries: readonly Entry[],
  compose: ReadonlySet<string>,
  reader: ComposeReader,
  collection: Collection,
  environments: (uri: string) => Promise<unknown>,
  gap: (place: Place, cause: GapCause, reason: string) => void,
): Promise<readonly DeploymentSet[]> => {
  const said: DeploymentSet[] = []
  const replaced = new Set<string>()
  const texts = entries.filter(maySayHow)
  if (texts.length > mostFiles) {
    const reason = `more than ${mostFiles.toLocaleString('en')} texts that may say what is started together`
    gap({ in: 'root' }, 'too-large', reason)
  }
  for (const one of texts.slice(0, mostFiles)) {
    const read = await tree.text(one.uri)
    if (!read.ok) continue
    const found = setsSaidIn(read.value, reader.has)
    said.push(...found.sets)
    if (found.sets.length + found.missing.length === 0) continue
    if (/(^|\/)\.env$/.test(one.uri)) await environments(one.uri)
    else deposit(collection, read.value, [])
    for (const folder of found.replaced) replaced.add(folder)
    for (const { place, reason } of found.missing) gap(place, 'unresolved', reason)
  }
  const byDefault = defaultSets(compose).filter(({ base }) => !replaced.has(base))
  const seen = new Set<string>()
  const distinct = [...byDefault, ...said].filter(({ name, base }) => {
    const key = `${name} in ${base}`
    return seen.has(key) ? false : seen.add(key)
  })
  if (distinct.length > mostSets) gap({ in: 'root' }, 'too-large', `more than ${mostSets} sets of Compose files`)
  return distinct.slice(0, mostSets)
}

interface SeenIn {
  readonly fact: Fact<'compose.service'> | Fact<'compose.user'> | Fact<'compose.port'> | Fact<'compose.secret'>
  readonly set: string
  /** Of what belongs to a service: its project and name. */
  readonly service: string | undefined
}

/** The same thing in several sets is one fact; where a set that runs the service lacks it, the sets that have it are named. */
const onePerThing = (
  found: readonly SeenIn[],
  serviceSets: ReadonlyMap<string, ReadonlySet<string>>,
): readonly Fact[] => {
  const things = new Map<string, { readonly seen: SeenIn; readonly sets: Set<string> }>()
  for (const seen of found) {
    const key = JSON.stringify([seen.fact.kind, seen.fact.id, seen.fact.place, seen.fact.data])
    const thing = things.get(key) ?? { seen, sets: new Set<string>() }
    thing.sets.add(seen.set)
    things.set(key, thing)
  }
  return [...things.values()].map(({ seen: { fact, service }, sets }): Fact => {
    const all = service === undefined ? undefined : serviceSets.get(service)
    if (all === undefined || sets.size === all.size) return fact
    const named = [...sets].slice(0, 3).join(', ') + (sets.size > 3 ? ` and ${sets.size - 3} more` : '')
    if (fact.kind === 'compose.service') return { ...fact, data: { ...fact.data, set: named } }
    if (fact.kind === 'compose.user') return { ...fact, data: { ...fact.data, set: named } }
    return fact.kind === 'compose.port' ? { ...fact, data: { ...fact.data, set: named } } : fact
  })
}

const isOf = ({ place }: Gap, uri: string): boolean => place.in === 'file' && place.uri === uri

/** The same said twice is one gap, and hides what either of them does. */
const withoutRepeats = (gaps: readonly Gap[]): Gap[] => {
  const seen = new Map<string, Gap>()
  for (const one of gaps) {
    const key = JSON.stringify([one.place, one.cause, one.reason])
    const before = seen.get(key)
    seen.set(key, before === undefined ? one : { ...one, kinds: [...new Set([...before.kinds, ...one.kinds])] })
  }
  return [...seen.values()]
}

/** Credentials of a file as it is written, whoever overrides them. */
const credentialsIn = async (
  { source, text, lines, roots }: ParsedFile,
  tracked: (uri: string) => boolean | undefined,
  reader: ComposeReader,
  gap: (place: Place, cause: GapCause, reason: string, of: readonly FactKind[]) => void,
): Promise<readonly GivenToService[]> => {
  const base = folderOf(source.uri)
  const { lookup } = await withEnvironment(noVariables, [joinPath(base, '.env') ?? '.env'], reader)
  const budget = scanBudget()
  const found: GivenToService[] = []
  for (const root of roots) {
    const said = saidBy(root, { source, text, lines, base, lookup })
    for (const one of entriesIn(valueAt(said, 'services'))) {
      if (one.value.is !== 'map') continue
      for (const credential of credentialsOf(one.value, tracked, budget)) found.push({ ...ofService(one), credential })
    }
  }
  if (budget.spentAt !== undefined) {
    const reason = 'more text in its values than is looked through for credentials'
    gap(placeOf(budget.spentAt), 'too-large', reason, ['compose.variable'])
  }
  return found
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

interface Environment {
  readonly uri: string
  readonly values: ReadonlyMap<string, string>
  readonly credentials: readonly GivenCredential[]
}

/** What the files set, a later one over an earlier. */
const lastOf =
  (files: readonly Environment[]): Lookup =>
  name => {
    const file = files.findLast(({ values }) => values.has(name))
    const value = file?.values.get(name)
    return file === undefined || value === undefined ? undefined : { value, from: file.uri }
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
    const assignments: readonly Assignment[] = parseDotenv(text)
    const credentials: GivenCredential[] = []
    for (const { name, value, range } of assignments) {
      const inUrl = passwordsInUrls(value).some(({ from, to }) => !/^[$<]/.test(value.slice(from, to)))
      const credential = credentialNamed(name) ?? (inUrl ? 'password in a URL' : undefined)
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
    const environment = { uri, values: environmentOf(assignments, () => undefined), credentials }
    deposit(
      collection,
      read.value,
      credentials.flatMap(({ secret }) => (secret === undefined ? [] : [secret])),
    )
    known.set(uri, environment)
    return environment
  }
}

const environmentFilesOf = (service: SaidMap): readonly { readonly reference: string; readonly base: string }[] => {
  const node = valueAt(service, 'env_file')
  const items = node?.is === 'list' ? node.items : node === undefined ? [] : [node]
  return items.flatMap(item => {
    const path = writtenOf(item.is === 'map' ? valueAt(item, 'path') : item)
    return path === undefined ? [] : [{ reference: path.text, base: path.base }]
  })
}

interface ServiceFacts {
  readonly facts: readonly (Fact<'compose.service'> | Fact<'compose.port'>)[]
  readonly unparsed: readonly { readonly place: Place; readonly reason: string }[]
}

const factsOfService = async (
  project: ComposeProject,
  one: SaidEntry,
  node: SaidMap,
  tree: Tree,
  inTree: ReadonlyMap<string, Entry>,
): Promise<ServiceFacts> => {
  const model = project.root ?? node
  const own = { ...ofService(one), set: undefined }
  const { service } = own
  const image = writtenOf(valueAt(node, 'image'))?.text
  const fragment = isFragment(node)
  const facts: (Fact<'compose.service'> | Fact<'compose.port'>)[] = [
    {
      kind: 'compose.service',
      id: `compose.service:${own.project}/${service}`,
      place: placeOf(one.key),
      data: { ...own, image, fragment, completedBy: undefined, ...openingsOf(model, node) },
    },
  ]
  const unparsed: { place: Place; reason: string }[] = []
  const onHost = hostNetworkOf(model, node)
  // Docker publishes nothing for it: what it listens on is open on the host, whatever `ports` says.
  if (onHost !== undefined) {
    facts.push(portOfHost(own, onHost, fragment))
    return { facts, unparsed }
  }
  const ports = publishedPorts(node)
  if (ports.length === 0) return { facts, unparsed }
  const proxy = await proxyOf(one, node, model, tree, inTree)
  const internalOnly = isInternalOnly(model, node)
  const swarm = isSwarm(project)
  for (const port of ports) {
    if ('unparsed' in port) {
      unparsed.push({ place: port.place, reason: `service "${service}": ${port.unparsed}` })
      continue
    }
    const { place: at, ...data } = port
    const file = at.in === 'span' ? at.source.uri : own.file
    facts.push({
      kind: 'compose.port',
      id: `compose.port:${own.project}/${service}/${data.target}/${data.protocol}`,
      place: at,
      data: { ...own, file, ...data, proxy, internalOnly, swarm, fragment },
    })
  }
  return { facts, unparsed }
}

const portOfHost = (
  own: ReturnType<typeof ofService> & { readonly set: undefined },
  place: Place,
  fragment: boolean,
): Fact<'compose.port'> => ({
  kind: 'compose.port',
  id: `compose.port:${own.project}/${own.service}/host`,
  place,
  data: {
    ...own,
    hostIp: undefined,
    reach: 'host network',
    published: undefined,
    target: '',
    protocol: '',
    proxy: undefined,
    swarm: false,
    internalOnly: false,
    fragment,
    over: [],
    assumed: [],
    unknown: [],
  },
})

/** `docker stack deploy` reads the same files; names and overlay networks tell that it is meant. */
const isSwarm = ({ root, files }: ComposeProject): boolean =>
  files.some(uri => /(^|[._-])(stack|swarm)([._-]|$)/i.test(uri.split('/').at(-1) ?? '')) ||
  entriesIn(valueAt(root, 'networks')).some(({ value }) => textOf(valueAt(value, 'driver')) === 'overlay')

const secretsOf = (root: SaidMap, inTree: ReadonlyMap<string, Entry>): readonly Fact<'compose.secret'>[] =>
  entriesIn(valueAt(root, 'secrets')).map(({ key, value }): Fact<'compose.secret'> => {
    const project = key.reading.base
    const path = writtenOf(valueAt(value, 'file'))
    const uri = path === undefined || path.unknown.length > 0 ? undefined : joinPath(path.base, path.text)
    const listed = uri === undefined ? undefined : inTree.get(uri)
    const from: ComposeFacts['compose.secret']['from'] =
      path !== undefined
        ? 'file'
        : valueAt(value, 'environment') !== undefined
          ? 'environment'
          : valueAt(value, 'external') !== undefined
            ? 'external'
            : 'unknown'
    return {
      kind: 'compose.secret',
      id: `compose.secret:${project}/${key.value}`,
      place: path?.place ?? placeOf(key),
      data: {
        project,
        file: key.reading.source.uri,
        name: key.value,
        from,
        uri,
        tracked: listed?.tracked,
        present: listed !== undefined,
      },
    }
  })

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
