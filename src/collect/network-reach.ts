import type {
  Neighbour,
  NetworkFacts,
  NetworkQuestions,
  Remark,
  TopologyNetwork,
  TopologyPort,
  TopologyService,
} from '../facts/network.ts'
import type { Fact } from '../model.ts'
import { valueAt } from '../parse/compose-tree.ts'
import type { Place } from '../place.ts'
import { namedValues, placeOf, writtenOf } from './compose-said.ts'
import type { DeploymentSet } from './compose-sets.ts'
import type { Seat, Topology } from './network-topology.ts'

export interface PlacedSet {
  readonly set: DeploymentSet
  readonly topology: Topology
  readonly seats: readonly Seat[]
  readonly place: Place
  readonly fragment: boolean
}

type Datastore = NetworkFacts['compose.datastore']
type Inference = NetworkFacts['compose.inference']

/** Neighbours told of one service: more than a person reads. */
const most = 20

interface Outward {
  readonly service: TopologyService
  readonly set: PlacedSet
  readonly says: string
  readonly is: Neighbour['is'] | 'perhaps'
}

/** What a control declares of services and addresses. */
type Declared = NetworkQuestions['compose.datastore']

/** Which of a set's services take requests from outside. One that holds data and is published is told by itself. */
const outwardIn = (set: PlacedSet, { edge, data, addresses }: Declared): readonly Outward[] =>
  set.topology.services.flatMap((service): Outward[] => {
    if (roleOfStore(service, data) !== undefined) return []
    const isProxy = service.role === 'reverse proxy'
    const one = (is: Outward['is'], says: string): Outward[] => [{ service, set, says, is }]
    if (edge.includes(service.name)) return one('passes on', 'is declared as the edge')
    if (service.role === 'tunnel') return one('passes on', 'is a tunnel from outside')
    if (service.attached.to === 'host')
      return isProxy
        ? one('passes on', "is a reverse proxy on the host's network")
        : one('perhaps', "is on the host's network, and no file says what it listens on")
    const ports = publishedBy(service, addresses)
    const known = ports.find(port => port.reach === 'every interface') ?? ports.find(port => port.reach === 'address')
    if (known !== undefined) return one(isProxy ? 'passes on' : 'is published', sayPort(known))
    const [perhaps] = ports
    return perhaps === undefined ? [] : one('perhaps', sayPort(perhaps))
  })

/** Ports that take effect beyond loopback and what is as good as it. */
const publishedBy = (service: TopologyService, addresses: readonly string[]): readonly TopologyPort[] =>
  service.ports.filter(
    ({ takesEffect, reach, hostIp }) =>
      takesEffect &&
      reach !== 'loopback' &&
      !(reach === 'address' && hostIp !== undefined && addresses.includes(hostIp)),
  )

const sayPort = ({ published, target, protocol, reach, hostIp }: TopologyPort): string => {
  const suffix = protocol === 'tcp' ? '' : `/${protocol}`
  const port =
    published === undefined ? `container port ${target}${suffix} under a random port` : `${published}${suffix}`
  const where =
    reach === 'every interface'
      ? 'on every interface'
      : reach === 'unknown'
        ? 'on an address only deploy time knows'
        : `on ${hostIp}`
  return `publishes ${port} ${where}`
}

/** A network as this set sees it: `default`, `"web"`. */
export const sayNetwork = ({ name, place }: Pick<TopologyNetwork, 'name' | 'place'>): string =>
  name === 'default'
    ? 'the default network'
    : place === undefined && name === 'bridge'
      ? "the engine's default bridge"
      : `network "${name}"`

const roleOfStore = (
  service: TopologyService,
  data: readonly string[],
): Pick<Datastore, 'role' | 'because'> | undefined => {
  const { role, because = '' } = service
  if (role === 'database' || role === 'cache' || role === 'message broker' || role === 'observability store')
    return { role, because }
  return data.includes(service.name) ? { role: 'database', because: 'it is declared to hold data' } : undefined
}

/** Every service that holds data, and who from outside shares a network with it. */
export const datastoresOf = (sets: readonly PlacedSet[], declared: Declared): readonly Fact<'compose.datastore'>[] => {
  const { data, addresses } = declared
  const outward = new Map(sets.map(set => [set, outwardIn(set, declared)]))
  const onNetwork = membersOf(sets, outward)
  const found: Found<'compose.datastore'>[] = []
  for (const set of sets)
    for (const [i, seat] of set.seats.entries()) {
      const service = set.topology.services[i]
      const store = service === undefined ? undefined : roleOfStore(service, data)
      if (service === undefined || store === undefined) continue
      const undecided: Remark[] = []
      const neighbours: Neighbour[] = []
      const published: Remark[] = []
      for (const port of publishedBy(service, addresses))
        (port.reach === 'unknown' ? undecided : published).push({ says: sayPort(port), place: port.place })
      const modePlace = placeOf(valueAt(seat.service, 'network_mode') ?? seat.entry.key)
      if (service.attached.to === 'host')
        published.push({
          says: "is on the host's network, where every port it opens is the host's",
          place: modePlace,
        })
      if (service.attached.to === 'unknown') undecided.push({ says: service.attached.because, place: modePlace })
      for (const { network, place } of networksFor(set, service)) {
        if (network.is === 'unknown')
          undecided.push({ says: `is on ${sayNetwork(network)}, of which only deploy time knows what it is`, place })
        if (network.is === 'external')
          undecided.push({
            says: `is on ${sayNetwork(network)}, which is made elsewhere: who else is on it is not seen`,
            place,
          })
        for (const one of onNetwork(set, network)) {
          if (neighbours.length >= most) break
          const { attached, name } = one.service
          if (isSame(one, set, service)) continue
          if (network.isolatesMembers && attached.to !== 'host' && !isOneNamespace(one, set, service)) continue
          const over = attached.to === 'host' ? undefined : sayNetwork(network)
          if (one.is === 'perhaps') {
            const how =
              attached.to === 'host'
                ? 'is within reach of'
                : attached.to === 'unknown'
                  ? `may share ${over} with`
                  : `shares ${over} with`
            if (undecided.length < most) undecided.push({ says: `${how} "${name}" (${one.says})`, place })
          } else if (!neighbours.some(other => other.service === name))
            neighbours.push({ service: name, is: one.is, says: one.says, over, place })
        }
      }
      const networks = networksFor(set, service).map(({ network }) => network.name)
      const own = ownOf(seat)
      found.push({
        set: set.set.name,
        fact: {
          kind: 'compose.datastore',
          id: `compose.datastore:${own.project}/${own.service}`,
          place: placeOf(seat.entry.key),
          data: { ...own, ...store, published, neighbours, networks, undecided },
        },
      })
    }
  return onePerService(found)
}

const isSame = (one: Outward, set: PlacedSet, service: TopologyService): boolean =>
  one.service.name === service.name && one.set.set.base === set.set.base

/** Whether two containers are one to the network, whatever keeps others on it apart. */
const isOneNamespace = ({ service: one, set: at }: Outward, set: PlacedSet, other: TopologyService): boolean => {
  const hostOf = ({ name, attached }: TopologyService): string =>
    (attached.to === 'networks' ? attached.shares : undefined) ?? name
  return at === set && hostOf(one) === hostOf(other)
}

const networksFor = (
  { topology }: PlacedSet,
  { name, attached }: TopologyService,
): readonly { readonly network: TopologyNetwork; readonly place: Place }[] => {
  if (attached.to !== 'networks') return []
  return attached.names.flatMap(key => {
    const network = topology.networks.find(one => one.name === key)
    const place = topology.joins.get(name)?.get(key)
    return network === undefined || place === undefined ? [] : [{ network, place }]
  })
}

/**
 * Who from outside is on a network: in its own set, and in others where one of the two says that it is made elsewhere.
 * A set of the same project that runs other services may be started beside this one, and makes the same networks.
 */
const membersOf = (sets: readonly PlacedSet[], outward: ReadonlyMap<PlacedSet, readonly Outward[]>) => {
  const bySet = new Map<PlacedSet, { readonly everywhere: Outward[]; readonly on: Map<string, Outward[]> }>()
  const byRealName = new Map<string, { readonly one: Outward; readonly external: boolean }[]>()
  for (const set of sets) {
    const own = { everywhere: [] as Outward[], on: new Map<string, Outward[]>() }
    bySet.set(set, own)
    const networks = new Map(set.topology.networks.map(one => [one.name, one]))
    for (const one of outward.get(set) ?? []) {
      const { attached } = one.service
      if (attached.to === 'host') own.everywhere.push(one)
      if (attached.to === 'unknown')
        own.everywhere.push({ ...one, is: 'perhaps', says: `${one.says}, ${attached.because}` })
      for (const name of attached.to === 'networks' ? attached.names : []) {
        addTo(own.on, name, one)
        const network = networks.get(name)
        if (network !== undefined) addTo(byRealName, network.realName, { one, external: isElsewhere(network) })
      }
    }
  }
  const disjoint = new Map<PlacedSet, Map<PlacedSet, boolean>>()
  const mayRunBeside = (a: PlacedSet, b: PlacedSet): boolean => {
    if (a.set.base !== b.set.base || a.fragment || b.fragment) return false
    const known = disjoint.get(a) ?? new Map<PlacedSet, boolean>()
    disjoint.set(a, known)
    const answer = known.get(b) ?? isDisjoint(a, b)
    known.set(b, answer)
    return answer
  }
  const members = new Map<TopologyNetwork, readonly Outward[]>()
  return (set: PlacedSet, network: TopologyNetwork): readonly Outward[] => {
    const known = members.get(network)
    if (known !== undefined) return known
    const own = bySet.get(set)
    const others = (byRealName.get(network.realName) ?? []).flatMap(({ one, external }): Outward[] => {
      if (one.set === set) return []
      if (external || isElsewhere(network)) return [one]
      const says = `${one.says} in ${one.set.set.name}, of the same project`
      return mayRunBeside(set, one.set) ? [{ ...one, is: 'perhaps', says }] : []
    })
    // What the folder at the root is called is not known: a network made elsewhere may be one of its project.
    const ending = network.realName.startsWith('._') ? network.realName.slice(1) : undefined
    if (ending !== undefined)
      for (const [realName, joined] of byRealName)
        if (realName.endsWith(ending) && realName !== network.realName)
          for (const { one, external } of joined)
            if (external && one.set !== set)
              others.push({ ...one, is: 'perhaps', says: `${one.says}, on a network ${realName} that may be this one` })
    const found = [...(own?.on.get(network.name) ?? []), ...(own?.everywhere ?? []), ...others]
    members.set(network, found)
    return found
  }
}

const addTo = <T>(lists: Map<string, T[]>, key: string, one: T): void => {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [one])
  else list.push(one)
}

const isElsewhere = ({ is, madeBy, realName }: TopologyNetwork): boolean =>
  is === 'external' || madeBy !== undefined || realName === 'bridge'

const isDisjoint = (a: PlacedSet, b: PlacedSet): boolean => {
  const names = new Set(a.topology.services.map(({ name }) => name))
  return b.topology.services.every(({ name }) => !names.has(name))
}

/** A name that speaks of a model, where nothing else does. */
const namedAfterModel = /^(?:llm|inference|model-server)(?:$|[-_])|[-_]llm$/i

const proxyVariable = /^(?:https?|all|ftp|socks)_proxy$/i

/** Every service that runs a model, and its ways out. */
export const inferencesOf = (
  sets: readonly PlacedSet[],
  { services }: { readonly services: readonly string[] },
): readonly Fact<'compose.inference'>[] => {
  const found: Found<'compose.inference'>[] = []
  for (const set of sets) {
    const proxies = set.topology.services.filter(one => one.role === 'forward proxy')
    for (const [i, seat] of set.seats.entries()) {
      const service = set.topology.services[i]
      if (service === undefined) continue
      const declared = services.includes(service.name)
      const certain = service.role === 'LLM runtime' || declared
      if (!certain && (service.role !== undefined || !namedAfterModel.test(service.name))) continue
      const open: Inference['open'][number][] = []
      const undecided: Remark[] = []
      const modePlace = placeOf(valueAt(seat.service, 'network_mode') ?? seat.entry.key)
      if (service.attached.to === 'host')
        open.push({ is: 'way out', says: "is on the host's network", place: modePlace })
      if (service.attached.to === 'unknown') undecided.push({ says: service.attached.because, place: modePlace })
      const shares = service.attached.to === 'networks' ? service.attached.shares : undefined
      const shared = shares === undefined ? '' : ` as part of "${shares}"`
      const joined = networksFor(set, service)
      for (const { network, place } of joined) {
        const on = `is on ${sayNetwork(network)}${shared}`
        if (network.is === 'outside')
          open.push({ is: 'way out', says: `can get out over ${sayNetwork(network)}${shared}`, place })
        if (network.is === 'external')
          undecided.push({ says: `${on}, which is made elsewhere and may have a way out`, place })
        if (network.is === 'unknown')
          undecided.push({ says: `${on}, of which only deploy time knows what it is`, place })
        const proxy = proxies.find(one => one.attached.to === 'networks' && one.attached.names.includes(network.name))
        if (proxy !== undefined && network.is !== 'outside')
          open.push({
            is: 'way out',
            says: `shares ${sayNetwork(network)} with "${proxy.name}", a proxy that leads out`,
            place,
          })
      }
      for (const { name, attached } of proxies)
        if (attached.to === 'host' || attached.to === 'unknown') {
          const where = attached.to === 'host' ? "is on the host's network" : attached.because
          if (joined.length > 0)
            undecided.push({
              says: `may reach "${name}", a proxy that leads out and ${where}`,
              place: placeOf(seat.entry.key),
            })
        }
      for (const port of service.ports)
        open.push({ is: port.takesEffect ? 'published' : 'published in vain', says: sayPort(port), place: port.place })
      for (const { name, scalar, from } of namedValues(valueAt(seat.service, 'environment'))) {
        if (!proxyVariable.test(name)) continue
        const value = from === undefined ? undefined : writtenOf(scalar, from)
        if (value === undefined || value.unknown.length > 0)
          undecided.push({ says: `is given ${name}, known only at deploy time`, place: placeOf(scalar) })
        else if (value.text.trim() !== '')
          open.push({ is: 'way out', says: `is given ${name}, a proxy that leads out`, place: value.place })
      }
      const own = ownOf(seat)
      found.push({
        set: set.set.name,
        fact: {
          kind: 'compose.inference',
          id: `compose.inference:${own.project}/${own.service}`,
          place: placeOf(seat.entry.key),
          data: {
            ...own,
            certain,
            because:
              service.role === 'LLM runtime'
                ? (service.because ?? '')
                : declared
                  ? 'it is declared to run a model'
                  : 'its name says so',
            networks: joined.map(({ network }) => network.name),
            open,
            undecided,
          },
        },
      })
    }
  }
  return onePerService(found)
}

const ownOf = ({ entry: { key } }: Seat) => ({
  project: key.reading.base,
  file: key.reading.source.uri,
  service: key.value,
  set: undefined,
})

interface Found<K extends 'compose.datastore' | 'compose.inference'> {
  readonly set: string
  readonly fact: Fact<K>
}

/** The same in several sets is one fact; where a set that runs the service differs, the sets are named. */
const onePerService = <K extends 'compose.datastore' | 'compose.inference'>(
  found: readonly Found<K>[],
): readonly Fact<K>[] => {
  const sets = new Map<string, Set<string>>()
  const things = new Map<string, { readonly fact: Fact<K>; readonly in: Set<string> }>()
  for (const { fact, set } of found) {
    const key = JSON.stringify([fact.id, fact.place, fact.data])
    const thing = things.get(key) ?? { fact, in: new Set<string>() }
    things.set(key, thing)
    thing.in.add(set)
    sets.set(fact.id, (sets.get(fact.id) ?? new Set()).add(set))
  }
  return [...things.values()].map(({ fact, in: own }) => {
    if (own.size === sets.get(fact.id)?.size) return fact
    const named = [...own].slice(0, 3).join(', ') + (own.size > 3 ? ` and ${own.size - 3} more` : '')
    return { ...fact, data: { ...fact.data, set: named } }
  })
}
