import type { TopologyNetwork, TopologyPort, TopologyService } from '../facts/network.ts'
import {
  entriesIn,
  isNull,
  itemsIn,
  type SaidEntry,
  type SaidMap,
  type SaidNode,
  valueAt,
} from '../parse/compose-tree.ts'
import type { Place } from '../place.ts'
import { isTrue } from './compose-file.ts'
import { networksOf } from './compose-opening.ts'
import { publishedPorts } from './compose-port.ts'
import type { ComposeProject } from './compose-project.ts'
import { namedValues, placeOf, textOf, writtenOf } from './compose-said.ts'
import type { RoleSeen } from './service-role.ts'

/** A service's place on the networks of its set, before anything is concluded from it. */
export interface Seat {
  readonly entry: SaidEntry
  readonly service: SaidMap
  readonly role: RoleSeen | undefined
}

export interface Topology {
  readonly services: readonly TopologyService[]
  readonly networks: readonly TopologyNetwork[]
  /** Of each service, where it joins each of its networks. */
  readonly joins: ReadonlyMap<string, ReadonlyMap<string, Place>>
}

/** The engine's own bridge, on which `network_mode: bridge` puts a container. */
const engineBridge = 'bridge'

/** Networks of a set that Compose makes or uses (compose-spec 06-networks.md). `made`: who makes a network of this name. */
export const topologyOf = (
  project: ComposeProject,
  seats: readonly Seat[],
  made: (realName: string) => { readonly is: TopologyNetwork['is']; readonly by: string } | undefined,
): Topology => {
  const { root } = project
  const networks = new Map<string, TopologyNetwork>()
  const network = (name: string): TopologyNetwork => {
    const known = networks.get(name)
    if (known !== undefined) return known
    const found =
      name === engineBridge && valueAt(root, 'networks', name) === undefined
        ? { ...bridge }
        : networkNamed(project, name, made)
    networks.set(name, found)
    return found
  }
  const byName = new Map(seats.map(seat => [seat.entry.key.value, seat]))
  const joins = new Map<string, Map<string, Place>>()
  const services = seats.map((seat): TopologyService => {
    const { entry, service, role } = seat
    const { attached, places } = attachmentOf(seat, byName)
    joins.set(entry.key.value, places)
    const names = attached.to === 'networks' ? attached.names : []
    const joined = names.map(network)
    const isInternal = joined.length > 0 && joined.every(one => one.is === 'internal')
    const own = attached.to === 'unknown' || (attached.to === 'networks' && attached.shares === undefined)
    const ports = publishedPorts(service).flatMap((port): TopologyPort[] => {
      if ('unparsed' in port) return []
      const { hostIp, published, target, protocol, reach, place } = port
      return [{ hostIp, published, target, protocol, reach, place, takesEffect: own && !isInternal }]
    })
    return {
      project: entry.key.reading.base,
      name: entry.key.value,
      place: placeOf(entry.key),
      image: writtenOf(valueAt(service, 'image'))?.text,
      role: role?.role,
      because: role?.because,
      attached,
      ports,
      profiles: itemsIn(valueAt(service, 'profiles')).flatMap(item => textOf(item) ?? []),
    }
  })
  return { services, networks: [...networks.values()], joins }
}

const bridge: TopologyNetwork = {
  name: engineBridge,
  realName: engineBridge,
  place: undefined,
  is: 'outside',
  isolatesMembers: false,
  madeBy: undefined,
}

/** The name Compose gives a project: `name`, or its folder's, of which only letters, digits, `-` and `_` are left. */
export const projectName = ({ root, base }: ComposeProject): string | undefined => {
  const said = writtenOf(valueAt(root, 'name'))
  if (said !== undefined) return said.unknown.length > 0 ? undefined : said.text
  const folder = base === '.' ? undefined : base.split('/').at(-1)
  return folder
    ?.toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[^a-z0-9]+/, '')
}

/** The name the engine knows a network by, and whether somebody else makes it. */
export const realNameOf = (
  project: ComposeProject,
  name: string,
): { readonly realName: string; readonly external: boolean | undefined } => {
  const node = valueAt(project.root, 'networks', name)
  const external = valueAt(node, 'external')
  const said = writtenOf(valueAt(node, 'name')) ?? writtenOf(valueAt(external, 'name'))
  const flag = external?.is === 'map' ? undefined : writtenOf(external)
  const isExternal =
    external?.is === 'map' ? true : flag === undefined ? false : flag.unknown.length > 0 ? undefined : isTrue(flag.text)
  if (said !== undefined) return { realName: said.text, external: isExternal }
  return {
    realName: isExternal === true ? name : `${projectName(project) ?? project.base}_${name}`,
    external: isExternal,
  }
}

/** What a network declared here is by itself. */
export const ownKind = (node: SaidNode | undefined): TopologyNetwork['is'] => {
  const internal = writtenOf(valueAt(node, 'internal'))
  if (internal !== undefined && internal.unknown.length > 0) return 'unknown'
  return internal !== undefined && isTrue(internal.text) ? 'internal' : 'outside'
}

const networkNamed = (
  project: ComposeProject,
  name: string,
  made: (realName: string) => { readonly is: TopologyNetwork['is']; readonly by: string } | undefined,
): TopologyNetwork => {
  const entry = entriesIn(valueAt(project.root, 'networks')).find(({ key }) => key.value === name)
  const node = entry?.value
  const { realName, external } = realNameOf(project, name)
  const elsewhere = external === true ? made(realName) : undefined
  const options = namedValues(valueAt(node, 'driver_opts'))
  const icc = options.find(option => option.name === 'com.docker.network.bridge.enable_icc')
  // An option of the bridge driver (docs.docker.com, Bridge network driver): others know nothing of it.
  const driver = writtenOf(valueAt(node, 'driver'))?.text ?? 'bridge'
  const isolates =
    driver === 'bridge' &&
    icc !== undefined &&
    /^(?:false|0|f)$/i.test(writtenOf(icc.scalar, icc.from ?? 0)?.text.trim() ?? '')
  return {
    name,
    realName,
    place: entry === undefined ? undefined : placeOf(entry.key),
    is: external === undefined ? 'unknown' : external ? (elsewhere?.is ?? 'external') : ownKind(node),
    isolatesMembers: isolates && external === false,
    madeBy: elsewhere?.by,
  }
}

interface Attachment {
  readonly attached: TopologyService['attached']
  readonly places: Map<string, Place>
}

/** Which networks a service is on, through `network_mode` of others too. */
const attachmentOf = (seat: Seat, byName: ReadonlyMap<string, Seat>): Attachment => {
  const none = new Map<string, Place>()
  let at = seat
  let shares: string | undefined
  let via: Place | undefined
  const chain = new Set<Seat>()
  for (;;) {
    const modeNode = valueAt(at.service, 'network_mode')
    const mode = writtenOf(modeNode)
    if (mode === undefined || mode.text === '') break
    const because = `has network_mode ${mode.raw}`
    if (mode.unknown.length > 0)
      return { attached: { to: 'unknown', because: `${because}, known only at deploy time` }, places: none }
    via ??= mode.place
    if (mode.text === 'host') return { attached: { to: 'host', shares }, places: none }
    if (mode.text === 'none') return { attached: { to: 'nothing' }, places: none }
    if (mode.text === 'bridge' || mode.text === 'default')
      return { attached: { to: 'networks', shares, names: [engineBridge] }, places: new Map([[engineBridge, via]]) }
    const next = followed(mode.text, byName)
    if (next === undefined)
      return { attached: { to: 'unknown', because: `${because}, which no service of its files is` }, places: none }
    chain.add(at)
    if (chain.has(next)) return { attached: { to: 'unknown', because: `${because}, in a circle` }, places: none }
    shares = next.entry.key.value
    at = next
  }
  const joined = networksOf(at.service)
  const node = valueAt(at.service, 'networks')
  const unknown = joined.find(({ name }) => name.includes('${'))
  if (unknown !== undefined)
    return {
      attached: { to: 'unknown', because: `joins network ${unknown.name}, known only at deploy time` },
      places: none,
    }
  // No network named, or an empty list of them: Compose joins it to the default one (compose-go loader/normalize.go).
  const names = joined.length === 0 ? ['default'] : [...new Set(joined.map(({ name }) => name))]
  const whole = via ?? (node === undefined || isNull(node) || joined.length === 0 ? placeOf(at.entry.key) : undefined)
  return {
    attached: { to: 'networks', shares, names },
    places: new Map(
      names.map(name => [name, whole ?? joined.find(one => one.name === name)?.place ?? placeOf(at.entry.key)]),
    ),
  }
}

/** `service:vpn`, or `container:vpn` where a service of the set gives itself that name. */
const followed = (mode: string, byName: ReadonlyMap<string, Seat>): Seat | undefined => {
  const [kind, name = ''] = mode.split(':', 2)
  if (kind === 'service') return byName.get(name)
  if (kind !== 'container') return undefined
  for (const seat of byName.values()) if (writtenOf(valueAt(seat.service, 'container_name'))?.text === name) return seat
  return undefined
}
