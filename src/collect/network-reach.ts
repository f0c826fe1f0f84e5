import type {
  Neighbour,
  NetworkFacts,
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
  readonly address: string | undefined
}

/** Which of a set's services take requests from outside. */
const outwardIn = (set: PlacedSet, edge: readonly string[]): readonly Outward[] =>
  set.topology.services.flatMap((service): Outward[] => {
    const isProxy = service.role === 'reverse proxy' || edge.includes(service.name)
    const one = (is: Outward['is'], says: string, address?: string): Outward[] => [{ service, set, says, is, address }]
    if (edge.includes(service.name)) return one('passes on', 'is declared as the edge')
    if (service.role === 'tunnel') return one('passes on', 'is a tunnel from outside')
    if (service.attached.to === 'host')
      return isProxy ? one('passes on', "is a reverse proxy on the host's network") : []
    const ports = service.ports.filter(port => port.takesEffect && port.reach !== 'loopback')
    const known = ports.find(port => port.reach === 'every interface') ?? ports.find(port => port.reach === 'address')
    if (known !== undefined)
      return one(
        isProxy ? 'passes on' : 'is published',
        sayPort(known),
        known.reach === 'address' ? known.hostIp : undefined,
      )
    const [perhaps] = ports
    return perhaps === undefined ? [] : one('perhaps', sayPort(perhaps))
  })

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
export const datastoresOf = (
  sets: readonly PlacedSet[],
  { edge, data }: { readonly edge: readonly string[]; readonly data: readonly string[] },
): readonly Fact<'compose.datastore'>[] => {
  const outward = new Map(sets.map(set => [set, outwardIn(set, edge)]))
  const onNetwork = membersOf(sets, outward)
  const found: Found<'compose.datastore'>[] = []
  for (const set of sets)
    for (const [i, seat] of set.seats.entries()) {
      const service = set.topology.services[i]
      const store = service === undefined ? undefined : roleOfStore(service, data)
      if (service === undefined || store === undefined) continue
      const undecided: Remark[] = []
      const outside: Remark[] = []
      const neighbours: Neighbour[] = []
      const published = service.ports
        .filter(port => port.takesEffect && port.reach !== 'loopback' && port.reach !== 'unknown')
        .map(port => ({
          says: sayPort(port),
          place: port.place,
          address: port.reach === 'address' ? port.hostIp : undefined,
        }))
      for (const port of service.ports)
        if (port.takesEffect && port.reach === 'unknown') undecided.push({ says: sayPort(port), place: port.place })
      const modePlace = placeOf(valueAt(seat.service, 'network_mode') ?? seat.entry.key)
      if (service.attached.to === 'host')
        published.push({
          says: "is on the host's network, where every port it opens is the host's",
          place: modePlace,
          address: undefined,
        })
      if (service.attached.to === 'unknown') undecided.push({ says: service.attached.because, place: modePlace })
      for (const { network, place } of networksFor(set, service)) {
        if (network.is === 'outside') outside.push({ says: `is on ${sayNetwork(network)}, which has a way out`, place })
        if (network.is === 'unknown')
          undecided.push({ says: `is on ${sayNetwork(network)}, of which only deploy time knows what it is`, place })
        if (network.is === 'external')
          undecided.push({
            says: `is on ${sayNetwork(network)}, which is made elsewhere: who else is on it is not seen`,
            place,
          })
        for (const one of onNetwork(set, network)) {
          // One that holds data and is published is told by itself.
          if (roleOfStore(one.service, data) !== undefined) continue
          if (isSame(one, set, service) || (network.isolatesMembers && one.service.attached.to !== 'host')) continue
          if (one.is === 'perhaps')
            undecided.push({
              says: `shares ${sayNetwork(network)} with "${one.service.name}" (${one.says})`,
              place,
            })
          else if (neighbours.length < most && !neighbours.some(other => other.service === one.service.name))
            neighbours.push({
              service: one.service.name,
              is: one.is,
              says: one.says,
              address: one.address,
              over: one.service.attached.to === 'host' ? undefined : sayNetwork(network),
              place,
            })
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
          data: { ...own, ...store, published, neighbours, outside, networks, undecided },
        },
      })
    }
  return onePerService(found)
}

const isSame = (one: Outward, set: PlacedSet, service: TopologyService): boolean =>
  one.service.name === service.name && one.set.set.base === set.set.base

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

/** Who from outside is on a network: in its own set, and in others where one of the two says that it is made elsewhere. */
const membersOf = (sets: readonly PlacedSet[], outward: ReadonlyMap<PlacedSet, readonly Outward[]>) => {
  const bySet = new Map<PlacedSet, Map<string, Outward[]>>()
  const byRealName = new Map<string, { readonly one: Outward; readonly external: boolean }[]>()
  for (const set of sets) {
    const own = new Map<string, Outward[]>()
    bySet.set(set, own)
    const networks = new Map(set.topology.networks.map(one => [one.name, one]))
    for (const one of outward.get(set) ?? []) {
      const { attached } = one.service
      const names = attached.to === 'host' ? [...networks.keys()] : attached.to === 'networks' ? attached.names : []
      for (const name of names) {
        own.set(name, [...(own.get(name) ?? []).slice(0, most), one])
        const network = networks.get(name)
        if (network === undefined || attached.to === 'host') continue
        const external = network.is === 'external' || network.madeBy !== undefined || network.realName === 'bridge'
        const known = byRealName.get(network.realName) ?? []
        if (known.length <= most) known.push({ one, external })
        byRealName.set(network.realName, known)
      }
    }
  }
  return (set: PlacedSet, network: TopologyNetwork): readonly Outward[] => {
    const elsewhere = network.is === 'external' || network.madeBy !== undefined || network.realName === 'bridge'
    const others = (byRealName.get(network.realName) ?? [])
      .filter(({ one, external }) => one.set !== set && (external || elsewhere))
      .map(({ one }) => one)
    return [...(bySet.get(set)?.get(network.name) ?? []), ...others]
  }
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
