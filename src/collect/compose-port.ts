import type { ComposeFacts } from '../facts/compose.ts'
import { itemsOf, type YamlMap, type YamlNode } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { type ComposeFile, given, placeOf, type Written, writtenOf } from './compose-file.ts'

type Port = ComposeFacts['compose.port']

/** What a port says by itself, before anything is known of its service. */
export type PublishedPort = Pick<
  Port,
  'hostIp' | 'reach' | 'published' | 'target' | 'protocol' | 'assumed' | 'unknown'
> & { readonly place: Place }

export type PortRead = PublishedPort | { readonly place: Place; readonly unparsed: string }

export const publishedPorts = (file: ComposeFile, service: YamlMap): readonly PortRead[] => {
  const node = given(service, 'ports')
  if (node === undefined || (node.is === 'scalar' && node.type === 'null')) return []
  if (node.is !== 'list') return [{ place: placeOf(file, node.range), unparsed: '`ports` is not a list' }]
  return itemsOf(node).map(item => (item.is === 'map' ? longSyntax(file, item) : shortSyntax(file, item)))
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
const shortSyntax = (file: ComposeFile, node: YamlNode): PortRead => {
  const written = writtenOf(file, node)
  if (written === undefined) return { place: placeOf(file, node.range), unparsed: 'not a port mapping' }
  const { place, unknown } = written
  const text = written.text.trim()
  const slash = text.lastIndexOf('/')
  const protocol = slash === -1 ? 'tcp' : text.slice(slash + 1).toLowerCase()
  const parts = splitOutsideBraces(slash === -1 ? text : text.slice(0, slash))
  const target = parts.at(-1) ?? ''
  const hostPort = parts.at(-2) ?? ''
  const address = parts.length > 2 ? parts.slice(0, -2).join(':') : undefined
  // A variable that fills the whole host side may bring its own address: `${BIND}:80` with BIND=127.0.0.1:8080.
  const open = unknown.length > 0
  if (!open && (!number.test(target) || (hostPort !== '' && !number.test(hostPort)))) {
    return { place, unparsed: 'not a port mapping' }
  }
  const hostIp = address === undefined || address === '' ? undefined : address.replace(/^\[(.*)\]$/, '$1')
  const hides = (part: string | undefined): boolean => part?.includes('${') ?? false
  const reach =
    hides(address) || (address === undefined && (hides(hostPort) || hides(target))) ? 'unknown' : reachOf(hostIp)
  return {
    place,
    hostIp,
    reach,
    published: hostPort === '' ? undefined : hostPort,
    target,
    protocol,
    assumed: assumedOf(written),
    unknown,
  }
}

/** Splits at colons, but not inside `${…}` and `[…]`. */
const splitOutsideBraces = (text: string): string[] => {
  const parts: string[] = []
  let from = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth = Math.max(0, depth - 1)
    else if (character === ':' && depth === 0) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

const longSyntax = (file: ComposeFile, node: YamlMap): PortRead => {
  const [target, published, hostIp, protocol] = ['target', 'published', 'host_ip', 'protocol'].map(key =>
    writtenOf(file, given(node, key)),
  )
  const whole = placeOf(file, node.range)
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
  }
}

/** Who can reach an address of the host. Text that is no IP address is refused by Docker, or a name only it knows. */
export const reachOf = (hostIp: string | undefined): Port['reach'] => {
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
