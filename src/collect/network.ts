import type { NetworkFacts } from '../facts/network.ts'
import type { Fact, FactKind, Gap, Question } from '../model.ts'
import { isNull, type SaidEntry, type SaidMap, valueAt } from '../parse/compose-tree.ts'
import { parseDockerfile } from '../parse/dockerfile.ts'
import { type Place, root } from '../place.ts'
import type { Tree } from '../workspace/workspace.ts'
import { asked, type CollectorContext, type CollectorFactory } from './collector.ts'
import { isFragment, type Judged, readCompose, servicesOf } from './compose.ts'
import { joinPath } from './compose-path.ts'
import { itemWords, namedValues, writtenOf } from './compose-said.ts'
import { datastoresOf, inferencesOf, type PlacedSet } from './network-reach.ts'
import { ownKind, realNameOf, type Seat, topologyOf } from './network-topology.ts'
import { packagesIn, type RoleSeen, roleOf } from './service-role.ts'

const kinds = ['compose.topology', 'compose.datastore', 'compose.inference'] as const satisfies readonly FactKind[]
type Kind = (typeof kinds)[number]

/** Who reaches whom over the networks of Compose files, in the sets they are deployed in. */
export const collector: CollectorFactory = ({ workspace, signal, isSample }: CollectorContext) => ({
  answers: kinds,
  collect: async questions => {
    const { tree } = workspace
    const compose = await readCompose(tree, signal)
    const { entries } = await tree.list()
    const has = new Set(entries.map(({ uri }) => uri))
    const { placed, gaps } = await placedSets(tree, uri => has.has(uri), isSample, compose.sets)
    const answer = (kind: Kind, facts: (question: Question<Kind>) => readonly Fact[]) =>
      asked(questions, kind).map(question => ({
        question,
        facts: facts(question),
        gaps: [...compose.gaps, ...gaps, ...absentIn(placed, question)].filter(gap => gap.kinds.includes(kind)),
      }))
    return {
      answers: [
        ...answer('compose.topology', () => placed.map(topologyFact)),
        ...answer('compose.datastore', q => (q.kind === 'compose.datastore' ? datastoresOf(placed, q) : [])),
        ...answer('compose.inference', q => (q.kind === 'compose.inference' ? inferencesOf(placed, q) : [])),
      ],
      deposits: [...compose.deposits.values()],
    }
  },
})

/** Services that are declared and stand in no set: misspelt, or started by what is not seen. */
const absentIn = (placed: readonly PlacedSet[], question: Question<Kind>): readonly Gap[] => {
  if (placed.length === 0 || question.kind === 'compose.topology') return []
  const declared = question.kind === 'compose.datastore' ? question.data : question.services
  const known = new Set(placed.flatMap(({ topology }) => topology.services.map(({ name }) => name)))
  const as = question.kind === 'compose.datastore' ? 'hold data' : 'run a model'
  return declared
    .filter(name => !known.has(name))
    .map(name => ({
      kinds: [question.kind],
      place: root,
      cause: 'unresolved',
      reason: `service "${name}", which is declared to ${as}, is in no Compose file`,
    }))
}

const topologyFact = ({ set, topology, fragment, place }: PlacedSet): Fact<'compose.topology'> => {
  const data: NetworkFacts['compose.topology'] = {
    project: set.base,
    name: set.name,
    fragment,
    services: topology.services,
    networks: topology.networks,
  }
  return { kind: 'compose.topology', id: `compose.topology:${set.name}`, place, data }
}

/** Every set with its services on their networks. An external network is the one another project of the tree makes. */
const placedSets = async (
  tree: Tree,
  has: (uri: string) => boolean,
  isSample: (uri: string) => boolean,
  sets: readonly Judged[],
): Promise<{ readonly placed: readonly PlacedSet[]; readonly gaps: readonly Gap[] }> => {
  const made = new Map<string, { is: ReturnType<typeof ownKind>; by: string }>()
  for (const { project } of sets)
    for (const { name, node } of networkNodes(project.root)) {
      const { realName, external } = realNameOf(project, name)
      if (external === false && !made.has(realName)) made.set(realName, { is: ownKind(node), by: project.base })
    }
  const placed: PlacedSet[] = []
  const gaps: Gap[] = []
  const signs = signReader(tree, has, gaps)
  for (const { set, project } of sets) {
    if (project.root === undefined) continue
    const seats: Seat[] = []
    for (const entry of servicesOf(project))
      if (entry.value.is === 'map') seats.push({ entry, service: entry.value, role: await signs(entry, entry.value) })
    const topology = topologyOf(project, seats, realName => made.get(realName))
    // A set of samples is a sample, whoever starts it; one real file makes a set real.
    const real = set.files.find(uri => !isSample(uri))
    const file: Place = { in: 'file', uri: real ?? set.files[0] ?? set.name }
    const place = real === undefined ? file : (set.said ?? file)
    placed.push({ set, topology, seats, place, fragment: seats.some(({ service }) => isFragment(service)) })
  }
  return { placed, gaps }
}

const networkNodes = (root: SaidMap | undefined) => {
  const node = valueAt(root, 'networks')
  return node?.is === 'map' ? node.entries.map(({ key, value }) => ({ name: key.value, node: value })) : []
}

/** What a service is: by its image, its build, its command. Each Dockerfile and requirements file is read once. */
const signReader = (tree: Tree, has: (uri: string) => boolean, gaps: Gap[]) => {
  const texts = new Map<string, Promise<string | undefined>>()
  const textOf = (uri: string | undefined): Promise<string | undefined> => {
    if (uri === undefined || !has(uri)) return Promise.resolve(undefined)
    const known =
      texts.get(uri) ??
      tree.text(uri).then(read => {
        if (read.ok) return read.value.text
        // What it would have told of a service is not known: it may be a database, or run a model.
        gaps.push({ kinds: ['compose.datastore', 'compose.inference'], place: { in: 'file', uri }, ...read.refusal })
        return undefined
      })
    texts.set(uri, known)
    return known
  }
  return async ({ key }: SaidEntry, service: SaidMap): Promise<RoleSeen | undefined> => {
    const image = writtenOf(valueAt(service, 'image'))?.text
    const build = valueAt(service, 'build')
    let base: string | undefined
    let packages: readonly string[] = []
    if (build !== undefined && !isNull(build)) {
      const context = writtenOf(build.is === 'map' ? valueAt(build, 'context') : build)
      const folder = joinPath(context?.base ?? key.reading.base, context?.text ?? '.')
      const within = (name: string): string | undefined => (folder === undefined ? undefined : joinPath(folder, name))
      const inline = writtenOf(valueAt(build, 'dockerfile_inline'))?.text
      const text = inline ?? (await textOf(within(writtenOf(valueAt(build, 'dockerfile'))?.text ?? 'Dockerfile')))
      const args = namedValues(valueAt(build, 'args'))
      const given = new Map(args.map(({ name, scalar, from }) => [name, writtenOf(scalar, from ?? 0)?.text ?? '']))
      base = text === undefined ? undefined : baseIn(text, writtenOf(valueAt(build, 'target'))?.text, given)
      packages = packagesIn((await textOf(within('requirements.txt'))) ?? '')
    }
    const words = ['entrypoint', 'command'].flatMap(name => itemWords(valueAt(service, name)))
    const environment = namedValues(valueAt(service, 'environment')).flatMap(({ name, scalar, from }) => {
      const value = from === undefined ? undefined : writtenOf(scalar, from)?.text
      return value === undefined ? [] : [{ name, value }]
    })
    return roleOf({ image, base, words, environment, packages })
  }
}

/** The image the last (or the named) stage is made of, through other stages. */
const baseIn = (text: string, target: string | undefined, given: ReadonlyMap<string, string>): string | undefined => {
  const parsed = parseDockerfile(text)
  if (!parsed.ok) return undefined
  const { stages, globals } = parsed.tree
  const defaults = new Map(globals.map(({ name, value }) => [name, value]))
  const filled = (image: string): string =>
    image.replaceAll(/\$\{?(\w{1,100})\}?/g, (all, name: string) => given.get(name) ?? defaults.get(name) ?? all)
  let stage =
    target === undefined || target === '' ? stages.at(-1) : stages.find(one => one.name === target.toLowerCase())
  for (let step = 0; stage !== undefined && step < 100; step++) {
    const image = filled(stage.image.text)
    const before = stages.slice(0, stages.indexOf(stage)).findLast(one => one.name === image.toLowerCase())
    if (before === undefined) return image
    stage = before
  }
  return undefined
}
