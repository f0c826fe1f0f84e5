import type { ComposeFacts } from '../facts/compose.ts'
import { itemsIn, type SaidMap, type SaidNode, valueAt } from '../parse/compose-tree.ts'
import { splitPort } from '../parse/compose-value.ts'
import type { Place } from '../place.ts'
import { overridden, placeOf, type Written, writtenOf } from './compose-said.ts'

type Port = ComposeFacts['compose.port']

/** Of a port that is published: on which addresses. */
type Reach = Exclude<Port['reach'], 'host network'>

/** What a port says by itself, before anything is known of its service. */
export type PublishedPort = Pick<
  Port,
  'hostIp' | 'published' | 'target' | 'protocol' | 'assumed' | 'unknown' | 'over'
> & { readonly place: Place; readonly reach: Reach }

export type PortRead = PublishedPort | { readonly place: Place; readonly unparsed: string }

export const publishedPorts = (service: SaidMap): readonly PortRead[] => {
  const node = valueAt(service, 'ports')
  if (node === undefined || (node.is === 'scalar' && node.type === 'null')) return []
  if (node.is !== 'list') return [{ place: placeOf(node), unparsed: '`ports` is not a list' }]
  return itemsIn(node).map(item => (item.is === 'map' ? longSyntax(item) : shortSyntax(item)))
}

const assumedOf = (...values: readonly (Written | undefined)[]): readonly string[] => [
  ...new Set(
    values.flatMap(written =>
      (written?.assumed ?? []).map(({ name, value, from }) =>
        value === '' ? `${name} is empty by ${from}` : `${name} is ${value} by ${from}`,
      ),
    ),
  ),
]

const number = /^(\d{1,5}|\$\{\w+\})(-(\d{1,5}|\$\{\w+\}))?$/

/**
 * `[[host address:][host port]:]container port[/protocol]`, split from the right as Docker does, after variables are
 * filled in (github.com/docker/go-connections nat).
 */
const shortSyntax = (node: SaidNode): PortRead => {
  const written = writtenOf(node)
  if (written === undefined) return { place: placeOf(node), unparsed: 'not a port mapping' }
  const { place, unknown } = written
  const { hostIp, published, target, protocol } = splitPort(written.text)
  const hostPort = published ?? ''
  const address = hostIp
  // A variable that fills the whole host side may bring its own address: `${BIND}:80` with BIND=127.0.0.1:8080.
  const open = unknown.length > 0
  if (!open && (!number.test(target) || (hostPort !== '' && !number.test(hostPort)))) {
    return { place, unparsed: 'not a port mapping' }
  }
  const hides = (part: string | undefined): boolean => part?.includes('${') ?? false
  const reach =
    hides(address) || (address === undefined && (hides(hostPort) || hides(target))) ? 'unknown' : reachOf(hostIp)
  return {
    place,
    hostIp,
    reach,
    published,
    target,
    protocol,
    assumed: assumedOf(written),
    unknown,
    over: overridden(node),
  }
}

const longSyntax = (node: SaidMap): PortRead => {
  const [target, published, hostIp, protocol] = ['target', 'published', 'host_ip', 'protocol'].map(key =>
    writtenOf(valueAt(node, key)),
  )
  const whole = placeOf(node)
  if (target === undefined) return { place: whole, unparsed: 'a port mapping without a target' }
  const address = hostIp === undefined || hostIp.text === '' ? undefined : hostIp.text
  return {
    place: hostIp?.place ?? published?.place ?? target.place,
    hostIp: address,
    reach: hostIp !== undefined && hostIp.unknown.length > 0 ? 'unknown' : reachOf(address),
    published: published === undefined || published.text === '' ? undefined : published.text,
    target: target.text,
    protocol: protocol?.text.toLowerCase() ?? 'tcp',
    assumed: assumedOf(hostIp, published, target),
    unknown: [hostIp, published, target].flatMap(written => written?.unknown ?? []),
    over: overridden(node, valueAt(node, 'host_ip'), valueAt(node, 'published')),
  }
}

/** Who can reach an address of the host. Text that is no IP address is refused by Docker, or a name only it knows. */
export const reachOf = (hostIp: string | undefined): Reach => {
  if (hostIp === undefined || hostIp === '') return 'every interface'
  const ip = hostIp.toLowerCase()
  const four = /^(?:::ffff:)?(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(ip)
  if (four !== null) {
    const octets = four.slice(1).map(Number)
    if (octets.some(octet => octet > 255)) return 'unknown'
    if (octets[0] === 127) return 'loopback'
    return octets.every(octet => octet === 0) ? 'every interface' : 'address'
  }
  if (!/^[0-9a-f:]{2,39}$/.test(ip) || !ip.includes(':')) return 'unknown'
  if (/^[0:]+1$/.test(ip)) return 'loopback'
  return /^[0:]+$/.test(ip) ? 'every interface' : 'address'
}
