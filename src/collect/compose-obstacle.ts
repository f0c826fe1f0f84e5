import type { Obstacle } from '../facts/compose.ts'
import { entriesIn, isNull, itemsIn, type SaidEntry, type SaidNode, valueAt } from '../parse/compose-tree.ts'
import { expandedPorts, mountTarget, splitMount } from '../parse/compose-value.ts'
import type { Place } from '../place.ts'
import { joinPath } from './compose-path.ts'
import type { ComposeProject } from './compose-project.ts'
import { overridden, placeOf, textOf, writtenOf } from './compose-said.ts'

/** Files and folders of the tree. */
export interface Names {
  hasFile(uri: string): boolean
  hasFolder(uri: string): boolean
}

/**
 * Why a set of Compose files cannot start as the repository stands: what Compose itself refuses (compose-go
 * loader/validate.go), and what the engine finds missing. What is kept out of a repository by design (environment files,
 * secrets, certificates, data) is no obstacle.
 */
export const obstaclesOf = (project: ComposeProject, names: Names): readonly Obstacle[] => {
  const found: Obstacle[] = project.refusals.map(({ place, reason }) => ({ says: reason, place, over: [] }))
  const add = (says: string, node: SaidNode, place: Place = placeOf(node)): void => {
    found.push({ says, place, over: overridden(node) })
  }
  const { root } = project
  for (const kind of ['services', 'networks', 'volumes', 'secrets', 'configs']) {
    const node = valueAt(root, kind)
    // compose-go: "services must be a mapping", and nothing of the project starts. Others may be left empty.
    if (node === undefined || node.is === 'map' || (kind !== 'services' && isNull(node))) continue
    add(
      `\`${kind}\` is ${node.is === 'list' ? 'a list' : isNull(node) ? 'empty' : 'a single value'}, and not a mapping`,
      node,
    )
  }
  const services = entriesIn(valueAt(root, 'services'))
  const defined = (kind: string): ReadonlySet<string> =>
    new Set(entriesIn(valueAt(root, kind)).map(({ key }) => key.value))
  const [named, networks, volumes, secrets, configs] = ['services', 'networks', 'volumes', 'secrets', 'configs'].map(
    defined,
  )

  for (const one of services) {
    const { key, value: service } = one
    const who = `service "${key.value}"`
    if (service.is !== 'map') continue
    const has = (name: string): boolean => {
      const value = valueAt(service, name)
      return value !== undefined && !isNull(value)
    }
    if (!['image', 'build', 'provider', 'extends'].some(has)) add(`${who} has neither image nor build`, key)
    for (const { name, node } of namesIn(valueAt(service, 'depends_on'))) {
      if (!named?.has(name)) add(`${who} depends on "${name}", which is not defined`, node)
    }
    for (const item of itemsIn(valueAt(service, 'volumes_from'))) {
      const source = writtenOf(item)
      const name = source?.text.replace(/:(?:ro|rw)$/, '') ?? ''
      if (source === undefined || source.unknown.length > 0 || name.startsWith('container:')) continue
      if (!named?.has(name)) add(`${who} takes the volumes of "${name}", which is not defined`, item)
    }
    const mode = writtenOf(valueAt(service, 'network_mode'))
    for (const { name, node } of namesIn(valueAt(service, 'networks'))) {
      if (name !== 'default' && !networks?.has(name)) add(`${who} joins network "${name}", which is not defined`, node)
      if (mode !== undefined && mode.unknown.length === 0) {
        add(`${who} has both \`network_mode\` and \`networks\``, node)
        break
      }
    }
    const shared = /^service:(.+)$/.exec(mode?.unknown.length === 0 ? mode.text : '')?.[1]
    if (shared !== undefined && !named?.has(shared)) {
      add(`${who} shares the network of "${shared}", which is not defined`, valueAt(service, 'network_mode') ?? key)
    }
    for (const [kind, known] of [
      ['secret', secrets],
      ['config', configs],
    ] as const) {
      for (const item of itemsIn(valueAt(service, `${kind}s`))) {
        const node = item.is === 'map' ? valueAt(item, 'source') : item
        const source = writtenOf(node)
        if (node !== undefined && source?.unknown.length === 0 && !known?.has(source.text))
          add(`${who} uses ${kind} "${source.text}", which is not defined`, node)
      }
    }
    for (const mount of mountsIn(service)) {
      const { source, target, isPath, node } = mount
      if (!isPath) {
        if (!volumes?.has(source)) add(`${who} mounts volume "${source}", which is not defined`, node)
        continue
      }
      const uri = /^~|^\//.test(source) ? undefined : joinPath(node.reading.base, source)
      if (uri === undefined || uri === '' || names.hasFile(uri) || names.hasFolder(uri)) continue
      if (isConfiguration(source, target)) add(`${who} mounts ${uri} at ${target}, which is not in the tree`, node)
    }
    missingBuild(one, who, names, add)
  }
  return [...found, ...portClashes(services)]
}

type Add = (says: string, node: SaidNode) => void

const missingBuild = ({ key, value: service }: SaidEntry, who: string, names: Names, add: Add): void => {
  const build = valueAt(service, 'build')
  if (build === undefined || isNull(build)) return
  const contextNode = build.is === 'map' ? valueAt(build, 'context') : build
  const context = writtenOf(contextNode)
  const text = context?.text ?? '.'
  if (
    (context?.unknown.length ?? 0) > 0 ||
    /^(?:https?|git|ssh|oci|docker-image|service):|^git@|\.git(?:#|$)/.test(text)
  )
    return
  const folder = joinPath(context?.base ?? key.reading.base, text)
  if (folder === undefined) return
  const at = contextNode ?? build
  if (folder !== '' && !names.hasFolder(folder)) {
    add(`${who} is built in ${folder}, which is not in the tree`, at)
    return
  }
  if (valueAt(build, 'dockerfile_inline') !== undefined) return
  const dockerfileNode = valueAt(build, 'dockerfile')
  const dockerfile = writtenOf(dockerfileNode)
  if ((dockerfile?.unknown.length ?? 0) > 0) return
  const uri = joinPath(folder, dockerfile?.text ?? 'Dockerfile')
  if (uri !== undefined && !names.hasFile(uri))
    add(`${who} is built from ${uri}, which is not in the tree`, dockerfileNode ?? at)
}

/** Names of a list or of the keys of a mapping. */
const namesIn = (node: SaidNode | undefined): readonly { readonly name: string; readonly node: SaidNode }[] => {
  if (node?.is === 'map')
    return node.entries.flatMap(({ key, value }) =>
      textOf(valueAt(value, 'required')) === 'false' ? [] : [{ name: key.value, node: key }],
    )
  return itemsIn(node).flatMap(item => {
    const written = writtenOf(item)
    return written === undefined || written.unknown.length > 0 ? [] : [{ name: written.text, node: item }]
  })
}

interface Mount {
  readonly source: string
  readonly target: string
  readonly isPath: boolean
  readonly node: SaidNode
}

const mountsIn = (service: SaidNode): readonly Mount[] =>
  itemsIn(valueAt(service, 'volumes')).flatMap((item): Mount[] => {
    if (item.is === 'map') {
      const node = valueAt(item, 'source')
      const source = writtenOf(node)
      const type = textOf(valueAt(item, 'type'))
      if (node === undefined || source === undefined || source.unknown.length > 0) return []
      if (type !== 'bind' && type !== 'volume') return []
      return [{ source: source.text, target: textOf(valueAt(item, 'target')) ?? '', isPath: type === 'bind', node }]
    }
    const written = writtenOf(item)
    if (written === undefined || written.unknown.length > 0) return []
    const parts = splitMount(written.text)
    const [source = ''] = parts
    if (parts.length < 2) return []
    const isPath = /^[./~\\]|^[A-Za-z]:/.test(source)
    return [{ source, target: mountTarget(written.text), isPath, node: item }]
  })

/** What a program is set up by; without it, an empty folder stands in its place. */
const isConfiguration = (source: string, target: string): boolean => {
  const kept =
    /secret|cert|\bssl\b|\btls\b|letsencrypt|acme|\.(?:pem|crt|key|env|htpasswd|p12|pfx)$|(?:^|\/)\.env|data|backup|logs?$/i
  if (kept.test(source) || kept.test(target)) return false
  return (
    /\.(?:conf|cfg|cnf|ini|ya?ml|json|toml|xml|properties|rules|sql|sh|template|tmpl|alloy|vcl|lua)$/i.test(source) ||
    /^\/etc\/(?!localtime|timezone|hosts|resolv)/.test(target)
  )
}

interface Published {
  readonly who: string
  readonly hostIp: string
  readonly port: string
  readonly profiles: readonly string[]
  readonly node: SaidNode
}

/** Two ports of a set on one port of the host; services of different profiles need not run together. */
const portClashes = (services: readonly SaidEntry[]): readonly Obstacle[] => {
  const byPort = new Map<string, Published[]>()
  for (const { key, value: service } of services) {
    const profiles = itemsIn(valueAt(service, 'profiles')).flatMap(item => textOf(item) ?? [])
    for (const node of itemsIn(valueAt(service, 'ports'))) {
      const parts = node.is === 'map' ? [node, ...['published', 'host_ip'].map(name => valueAt(node, name))] : [node]
      if (parts.some(part => (part?.is === 'scalar' ? (writtenOf(part)?.unknown.length ?? 0) : 0) > 0)) continue
      const text =
        node.is === 'map'
          ? `${textOf(valueAt(node, 'host_ip')) ?? '0.0.0.0'}:${textOf(valueAt(node, 'published')) ?? ''}:${textOf(valueAt(node, 'target')) ?? ''}/${textOf(valueAt(node, 'protocol')) ?? 'tcp'}`
          : (textOf(node) ?? '')
      for (const { hostIp, published, protocol } of expandedPorts(text) ?? []) {
        if (published === undefined || published === '0' || published.includes('-')) continue
        const port = `${published}/${protocol}`
        const wild = hostIp === undefined || /^(?:0\.0\.0\.0|\[?[:0]*\]?)$/.test(hostIp)
        const one = { who: key.value, hostIp: wild ? '*' : hostIp, port, profiles, node }
        const others = byPort.get(port)
        if (others === undefined) byPort.set(port, [one])
        else if (others.length < 100) others.push(one)
      }
    }
  }
  const found = new Map<SaidNode, Obstacle>()
  for (const sharers of byPort.values()) {
    for (const [i, one] of sharers.entries()) {
      const first = sharers.slice(0, i).find(other => meet(one, other))
      if (first === undefined || found.has(one.node)) continue
      const port = one.port.replace('/tcp', '')
      const says =
        first.who === one.who
          ? `service "${one.who}" publishes ${port} twice`
          : `services "${first.who}" and "${one.who}" both publish ${port}`
      found.set(one.node, { says, place: placeOf(one.node), over: [placeOf(first.node)] })
    }
  }
  return [...found.values()]
}

const meet = (a: Published, b: Published): boolean =>
  (a.hostIp === '*' || b.hostIp === '*' || a.hostIp === b.hostIp) &&
  (a.profiles.length === 0 || b.profiles.length === 0 || a.profiles.some(name => b.profiles.includes(name)))
