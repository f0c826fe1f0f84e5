import type { Opening } from '../facts/compose.ts'
import { entriesIn, itemsIn, type SaidMap, type SaidNode, valueAt } from '../parse/compose-tree.ts'
import { splitMount } from '../parse/compose-value.ts'
import type { Place } from '../place.ts'
import { isTrue } from './compose-file.ts'
import { namedValues, overridden, placeOf, type Written, writtenOf } from './compose-said.ts'

export interface Openings {
  readonly openings: readonly Opening[]
  readonly undecided: readonly { readonly says: string; readonly place: Place }[]
}

/** What opens a service's container towards its host (CIS Docker Benchmark 5.2–5.6, 5.10, 5.16–5.18, 5.21, 5.22, 5.31, 5.32). */
export const openingsOf = (model: SaidMap, service: SaidMap): Openings => {
  const openings: Opening[] = []
  const undecided: { says: string; place: Place }[] = []
  const opens = (
    is: Opening['is'],
    weight: Opening['weight'],
    says: string,
    place: Place,
    over: readonly Place[] = [],
    mountedAt?: Place,
  ): void => {
    openings.push({ is, weight, says, place, over, mountedAt })
  }
  const ask = (setting: string, written: Written): void => {
    undecided.push({ says: `${setting} is ${shown(written)}`, place: written.place })
  }
  /** Hands over a value that is known, or notes that it is not. */
  const when = (
    setting: string,
    node: SaidNode | undefined,
    known: (text: string, place: Place, over: readonly Place[]) => void,
  ): void => {
    const written = writtenOf(node)
    if (written === undefined) return
    if (written.unknown.length > 0) ask(setting, written)
    else known(written.text.trim(), written.place, overridden(node))
  }

  when('privileged', valueAt(service, 'privileged'), (text, place, over) => {
    if (isTrue(text)) opens('privileged', 'total', 'runs privileged', place, over)
  })
  when('build.privileged', valueAt(service, 'build', 'privileged'), (text, place, over) => {
    if (isTrue(text)) opens('privileged', 'partial', 'is built privileged', place, over)
  })
  when('use_api_socket', valueAt(service, 'use_api_socket'), (text, place, over) => {
    if (isTrue(text)) opens('container engine socket', 'total', 'is given the container engine socket', place, over)
  })
  for (const hook of ['post_start', 'pre_stop']) {
    for (const item of itemsIn(valueAt(service, hook))) {
      when(`${hook} privileged`, valueAt(item, 'privileged'), (text, place, over) => {
        if (isTrue(text)) opens('privileged', 'total', `runs a privileged ${hook} hook`, place, over)
      })
    }
  }

  for (const [key, weight] of Object.entries(namespaces)) {
    when(key, valueAt(service, key), (text, place, over) => {
      if (text === 'host')
        opens('host namespace', weight, `shares the host's ${namespaceNames[key] ?? key}`, place, over)
    })
  }
  for (const { name, place } of networksOf(service)) {
    if (isHostNetwork(model, name)) opens('host namespace', 'total', "shares the host's network", place)
  }

  for (const item of itemsIn(valueAt(service, 'cap_add'))) {
    when('cap_add', item, (text, place, over) => {
      const capability = text.toUpperCase().replace(/^CAP_/, '')
      const weight = capabilities[capability]
      if (weight !== undefined) {
        opens('capability', weight, capability === 'ALL' ? 'has all capabilities' : `has ${capability}`, place, over)
      }
    })
  }

  for (const item of itemsIn(valueAt(service, 'security_opt'))) {
    when('security_opt', item, (text, place, over) => {
      const option = text
        .replace(/\s/g, '')
        .replace(/^([a-z-]+)[:=]/i, (_all, name: string) => `${name.toLowerCase()}=`)
      const says = unconfined[option.toLowerCase()]
      if (says !== undefined) opens('no confinement', 'partial', says, place, over)
    })
  }

  for (const item of itemsIn(valueAt(service, 'devices'))) {
    when('devices', item.is === 'map' ? valueAt(item, 'source') : item, (text, place, over) => {
      const device = text.split(':', 1)[0] ?? ''
      if (/^\/dev(\/(mem|kmem|port|(sd|hd|vd|xvd)[a-z]\d*|nvme\d.*|mapper\/.*|dm-\d+))?$/.test(device)) {
        opens('host device', 'total', `is given the host device ${device}`, place, over)
      }
    })
  }
  for (const item of itemsIn(valueAt(service, 'device_cgroup_rules'))) {
    when('device_cgroup_rules', item, (text, place, over) => {
      if (/^a\b/.test(text) || /^b\s+\*:/.test(text)) opens('host device', 'total', 'may use every device', place, over)
    })
  }

  for (const item of itemsIn(valueAt(service, 'volumes_from'))) {
    const name = writtenOf(item)?.text ?? ''
    if (/^container:|\$\{/.test(name)) undecided.push({ says: `it takes the volumes of ${name}`, place: placeOf(item) })
  }
  for (const mount of [...mountsOf(model, service), ...inheritedMounts(model, service)]) {
    const { source, target, readOnly, place, over } = mount
    if (isEngineSocket(source.text) || isEngineSocket(target?.text ?? '')) {
      // Read-only keeps the file from being replaced; whoever can open it can still command the engine.
      const how = mount.mountedAt === undefined ? 'mounts' : 'takes by `volumes_from`'
      opens('container engine socket', 'total', `${how} the container engine socket`, place, over, mount.mountedAt)
      continue
    }
    if (/^\$\{(?!HOME\})\w+\}$/.test(source.text)) {
      // What a variable alone mounts is unknown; it is worth a question where the target says it is the host's.
      if (/^\/(rootfs|host\w*|hostfs|mnt\/host)(\/|$)/.test(target?.text ?? '')) ask('the source of a mount', source)
      continue
    }
    const folder = hostFolder(source.text)
    const weight = folder === undefined ? undefined : weightOfFolder(folder, readOnly)
    if (folder === undefined || weight === undefined) continue
    const how = readOnly === true ? ' read-only' : ''
    const deed = mount.mountedAt === undefined ? 'mounts' : 'takes by `volumes_from`'
    opens('host folder', weight, `${deed} the host folder ${folder}${how}`, place, over, mount.mountedAt)
  }

  const order = [
    'container engine socket',
    'privileged',
    'host device',
    'capability',
    'host folder',
    'host namespace',
    'no confinement',
  ]
  const rank = (opening: Opening): number => (opening.weight === 'total' ? 0 : 100) + order.indexOf(opening.is)
  openings.sort((a, b) => rank(a) - rank(b))
  return { openings, undecided }
}

const shown = (written: Written): string => written.unknown.map(name => `\${${name}}`).join(', ')

const namespaces: Readonly<Record<string, Opening['weight']>> = {
  network_mode: 'total',
  pid: 'total',
  ipc: 'partial',
  uts: 'partial',
  userns_mode: 'partial',
  cgroup: 'partial',
}
const namespaceNames: Readonly<Record<string, string>> = {
  network_mode: 'network',
  pid: 'processes',
  ipc: 'shared memory',
  uts: 'host name',
  userns_mode: 'user ids',
  cgroup: 'control groups',
}

/** Capabilities beyond Docker's default set with which a process can leave its container, or act on the host. */
const capabilities: Readonly<Record<string, Opening['weight']>> = {
  ALL: 'total',
  SYS_ADMIN: 'total',
  SYS_MODULE: 'total',
  SYS_RAWIO: 'total',
  DAC_READ_SEARCH: 'total',
  SYS_BOOT: 'total',
  BPF: 'total',
  SYS_PTRACE: 'partial',
  NET_ADMIN: 'partial',
  SYS_TIME: 'partial',
  SYSLOG: 'partial',
  PERFMON: 'partial',
  MAC_ADMIN: 'partial',
  MAC_OVERRIDE: 'partial',
  AUDIT_CONTROL: 'partial',
  CHECKPOINT_RESTORE: 'partial',
}

const unconfined: Readonly<Record<string, string>> = {
  'seccomp=unconfined': 'runs without a seccomp profile',
  'apparmor=unconfined': 'runs without an AppArmor profile',
  'label=disable': 'runs without SELinux separation',
  'label=type:spc_t': 'runs without SELinux separation',
  'systempaths=unconfined': "sees the host's masked system paths",
  'no-new-privileges=false': 'may gain privileges through setuid programs',
}

/**
 * Mounts that `volumes_from` brings in from other services, and through these from more; each stands where this service
 * asks for them. An item without a mode leaves them as they are, `:ro` makes all of them read-only.
 */
const inheritedMounts = (model: SaidMap, service: SaidMap): readonly Mount[] => {
  const found: Mount[] = []
  const seen = new Set<string>()
  const pending = itemsIn(valueAt(service, 'volumes_from')).map(item => ({
    item,
    asked: placeOf(item),
    readOnly: false,
  }))
  for (let next = pending.shift(); next !== undefined && seen.size < mostInherited; next = pending.shift()) {
    const [, name = '', mode] = /^(.*?)(?::(ro|rw))?$/s.exec(writtenOf(next.item)?.text ?? '') ?? []
    const from = valueAt(model, 'services', name)
    const readOnly = next.readOnly || mode === 'ro'
    if (from?.is !== 'map' || from === service || seen.has(name)) continue
    seen.add(name)
    const { asked } = next
    for (const mount of mountsOf(model, from))
      found.push({ ...mount, readOnly: readOnly || mount.readOnly, place: asked, over: [], mountedAt: mount.place })
    for (const item of itemsIn(valueAt(from, 'volumes_from'))) pending.push({ item, asked, readOnly })
  }
  return found
}

/** Services one service takes volumes from, directly or through others. */
const mostInherited = 200

interface Mount {
  readonly source: Written
  readonly target: Written | undefined
  /** Undefined: only deploy time knows. */
  readonly readOnly: boolean | undefined
  readonly place: Place
  readonly over: readonly Place[]
  /** Of a mount that `volumes_from` brings in: where it is written. */
  readonly mountedAt?: Place
}

const mountsOf = (model: SaidMap, service: SaidMap): readonly Mount[] =>
  itemsIn(valueAt(service, 'volumes')).flatMap(item => {
    if (item.is === 'map') {
      const source = writtenOf(valueAt(item, 'source'))
      if (source === undefined) return []
      const named = deviceOf(model, source.text)
      const readOnly = writtenOf(valueAt(item, 'read_only'))
      return [
        {
          source: named ?? source,
          target: writtenOf(valueAt(item, 'target')),
          readOnly: isTrue(readOnly?.text ?? 'false'),
          place: source.place,
          over: overridden(item, valueAt(item, 'source')),
        },
      ]
    }
    const written = writtenOf(item)
    if (written === undefined) return []
    const parts = splitMount(written.text)
    if (parts.length < 2) return []
    const [from = '', to = '', mode = ''] = parts
    const part = (text: string): Written => ({ ...written, text })
    return [
      {
        source: deviceOf(model, from) ?? part(from),
        target: part(to),
        readOnly: mode.split(',').includes('ro'),
        place: written.place,
        over: overridden(item),
      },
    ]
  })

/** A named volume may be a bind mount in disguise: `driver_opts: {type: none, o: bind, device: /etc}`. */
const deviceOf = (model: SaidMap, name: string): Written | undefined => {
  if (/^[./~$]/.test(name)) return undefined
  const options = namedValues(valueAt(model, 'volumes', name, 'driver_opts'))
  const o = options.find(option => option.name === 'o')
  const device = options.find(option => option.name === 'device')
  return device !== undefined &&
    o?.scalar.value.split(',').some(word => word.trim() === 'bind' || word.trim() === 'rbind')
    ? writtenOf(device.scalar, device.from)
    : undefined
}

const isEngineSocket = (path: string): boolean =>
  /(^|\/)(docker|containerd|podman|crio|cri-dockerd|dockershim)\.sock$/.test(path)

/** An absolute host folder, normalised; the home folder as `~`. Undefined for what lies in the project or a volume. */
const hostFolder = (source: string): string | undefined => {
  const path = source.replace(/^\$\{?HOME\}?(?=\/|$)/, '~')
  if (!/^[/~]/.test(path)) return undefined
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..') parts.pop()
    else parts.push(part)
  }
  return path.startsWith('~') ? parts.join('/') : `/${parts.join('/')}`
}

/** Folders whose content commands the host, or tells its secrets; with or without what is below them. */
const weightOfFolder = (folder: string, readOnly: boolean | undefined): Opening['weight'] | undefined => {
  const writable = readOnly !== true
  if (/^\/(var\/)?run$/.test(folder)) return 'total'
  if (/^\/(etc|boot|dev|root|usr|bin|sbin|lib|lib64|var|home|opt)?$/.test(folder)) {
    return writable || folder === '/' || folder === '/root' ? 'total' : 'partial'
  }
  if (/^\/etc\/(shadow|gshadow|sudoers(\.d)?|ssh|kubernetes|cron\.d|systemd)(\/|$)/.test(folder)) {
    return writable ? 'total' : 'partial'
  }
  if (/^\/var\/lib\/(docker|containerd|containers|kubelet)(\/|$)/.test(folder)) return writable ? 'total' : 'partial'
  if (/^\/(proc|sys)$/.test(folder)) return writable ? 'total' : 'partial'
  if (/^\/(proc|sys)\//.test(folder)) return writable ? 'partial' : undefined
  return /^~(\/\.(ssh|aws|kube|docker|gnupg|azure|config\/gcloud))?$/.test(folder) ? 'partial' : undefined
}

/** The networks a service joins, with the place of each name. */
export const networksOf = (service: SaidMap): readonly { name: string; place: Place }[] => {
  const node = valueAt(service, 'networks')
  if (node?.is === 'map') return entriesIn(node).map(({ key }) => ({ name: key.value, place: placeOf(key) }))
  return itemsIn(node).flatMap(item => {
    const written = writtenOf(item)
    return written === undefined ? [] : [{ name: written.text, place: written.place }]
  })
}

const networkOf = (model: SaidMap, name: string): SaidNode | undefined => valueAt(model, 'networks', name)

const isExternal = (network: SaidNode | undefined): boolean => {
  const external = valueAt(network, 'external')
  return external?.is === 'map' || isTrue(writtenOf(external)?.text ?? 'false')
}

/** Whether a service has no network of its own, and listens on its host's interfaces; and where that is said. */
export const hostNetworkOf = (model: SaidMap, service: SaidMap): Place | undefined => {
  const mode = valueAt(service, 'network_mode')
  const said = writtenOf(mode)
  if (said !== undefined) return said.text.trim() === 'host' ? said.place : undefined
  return networksOf(service).find(({ name }) => isHostNetwork(model, name))?.place
}

const isHostNetwork = (model: SaidMap, name: string): boolean => {
  const network = networkOf(model, name)
  if (!isExternal(network)) return false
  const real = writtenOf(valueAt(network, 'name')) ?? writtenOf(valueAt(network, 'external', 'name'))
  return (real?.text ?? name) === 'host'
}

/** Whether every network of a service is internal: Docker then publishes no port of it. */
export const isInternalOnly = (model: SaidMap, service: SaidMap): boolean => {
  if (valueAt(service, 'network_mode') !== undefined) return false
  const names = networksOf(service).map(({ name }) => name)
  return (names.length === 0 ? ['default'] : names).every(name => {
    const network = networkOf(model, name)
    const internal = writtenOf(valueAt(network, 'internal'))
    return !isExternal(network) && internal !== undefined && isTrue(internal.text)
  })
}
