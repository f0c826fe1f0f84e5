import type { Opening } from '../facts/compose.ts'
import { itemsOf, pair, type YamlMap, type YamlNode } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { type ComposeFile, given, isTrue, namedValues, placeOf, type Written, writtenOf } from './compose-file.ts'

export interface Openings {
  readonly openings: readonly Opening[]
  readonly undecided: readonly { readonly says: string; readonly place: Place }[]
}

/** What opens a service's container towards its host (CIS Docker Benchmark 5.2–5.6, 5.10, 5.16–5.18, 5.21, 5.22, 5.31, 5.32). */
export const openingsOf = (file: ComposeFile, service: YamlMap): Openings => {
  const openings: Opening[] = []
  const undecided: { says: string; place: Place }[] = []
  const opens = (is: Opening['is'], weight: Opening['weight'], says: string, place: Place): void => {
    openings.push({ is, weight, says, place })
  }
  const ask = (setting: string, written: Written): void => {
    undecided.push({ says: `${setting} is ${shown(written)}`, place: written.place })
  }
  /** Hands over a value that is known, or notes that it is not. */
  const when = (setting: string, node: YamlNode | undefined, known: (text: string, place: Place) => void): void => {
    const written = writtenOf(file, node)
    if (written === undefined) return
    if (written.unknown.length > 0) ask(setting, written)
    else known(written.text.trim(), written.place)
  }

  when('privileged', given(service, 'privileged'), (text, place) => {
    if (isTrue(text)) opens('privileged', 'total', 'runs privileged', place)
  })
  when('build.privileged', given(service, 'build', 'privileged'), (text, place) => {
    if (isTrue(text)) opens('privileged', 'partial', 'is built privileged', place)
  })
  when('use_api_socket', given(service, 'use_api_socket'), (text, place) => {
    if (isTrue(text)) opens('container engine socket', 'total', 'is given the container engine socket', place)
  })
  for (const hook of ['post_start', 'pre_stop']) {
    for (const item of itemsOf(given(service, hook))) {
      when(`${hook} privileged`, given(item, 'privileged'), (text, place) => {
        if (isTrue(text)) opens('privileged', 'total', `runs a privileged ${hook} hook`, place)
      })
    }
  }

  for (const [key, weight] of Object.entries(namespaces)) {
    when(key, given(service, key), (text, place) => {
      if (text === 'host') opens('host namespace', weight, `shares the host's ${namespaceNames[key] ?? key}`, place)
    })
  }
  for (const { name, place } of networksOf(file, service)) {
    if (isHostNetwork(file, name)) opens('host namespace', 'total', "shares the host's network", place)
  }

  for (const item of itemsOf(given(service, 'cap_add'))) {
    when('cap_add', item, (text, place) => {
      const capability = text.toUpperCase().replace(/^CAP_/, '')
      const weight = capabilities[capability]
      if (weight !== undefined) {
        opens('capability', weight, capability === 'ALL' ? 'has all capabilities' : `has ${capability}`, place)
      }
    })
  }

  for (const item of itemsOf(given(service, 'security_opt'))) {
    when('security_opt', item, (text, place) => {
      const option = text
        .replace(/\s/g, '')
        .replace(/^([a-z-]+)[:=]/i, (_all, name: string) => `${name.toLowerCase()}=`)
      const says = unconfined[option.toLowerCase()]
      if (says !== undefined) opens('no confinement', 'partial', says, place)
    })
  }

  for (const item of itemsOf(given(service, 'devices'))) {
    when('devices', item.is === 'map' ? given(item, 'source') : item, (text, place) => {
      const device = text.split(':', 1)[0] ?? ''
      if (/^\/dev(\/(mem|kmem|port|(sd|hd|vd|xvd)[a-z]\d*|nvme\d.*|mapper\/.*|dm-\d+))?$/.test(device)) {
        opens('host device', 'total', `is given the host device ${device}`, place)
      }
    })
  }
  for (const item of itemsOf(given(service, 'device_cgroup_rules'))) {
    when('device_cgroup_rules', item, (text, place) => {
      if (/^a\b/.test(text) || /^b\s+\*:/.test(text)) opens('host device', 'total', 'may use every device', place)
    })
  }

  for (const mount of mountsOf(file, service)) {
    const { source, target, readOnly, place } = mount
    if (isEngineSocket(source.text) || isEngineSocket(target?.text ?? '')) {
      // Read-only keeps the file from being replaced; whoever can open it can still command the engine.
      opens('container engine socket', 'total', 'mounts the container engine socket', place)
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
    opens('host folder', weight, `mounts the host folder ${folder}${how}`, place)
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

interface Mount {
  readonly source: Written
  readonly target: Written | undefined
  /** Undefined: only deploy time knows. */
  readonly readOnly: boolean | undefined
  readonly place: Place
}

const mountsOf = (file: ComposeFile, service: YamlMap): readonly Mount[] =>
  itemsOf(given(service, 'volumes')).flatMap(item => {
    if (item.is === 'map') {
      const source = writtenOf(file, given(item, 'source'))
      if (source === undefined) return []
      const named = deviceOf(file, source.text)
      const readOnly = writtenOf(file, given(item, 'read_only'))
      return [
        {
          source: named ?? source,
          target: writtenOf(file, given(item, 'target')),
          readOnly: isTrue(readOnly?.text ?? 'false'),
          place: source.place,
        },
      ]
    }
    const written = writtenOf(file, item)
    if (written === undefined) return []
    const parts = splitMount(written.text)
    if (parts.length < 2) return []
    const [from = '', to = '', mode = ''] = parts
    const part = (text: string): Written => ({ ...written, text })
    return [
      {
        source: deviceOf(file, from) ?? part(from),
        target: part(to),
        readOnly: mode.split(',').includes('ro'),
        place: written.place,
      },
    ]
  })

/** A named volume may be a bind mount in disguise: `driver_opts: {type: none, o: bind, device: /etc}`. */
const deviceOf = (file: ComposeFile, name: string): Written | undefined => {
  if (/^[./~$]/.test(name)) return undefined
  const options = namedValues(given(file.root, 'volumes', name, 'driver_opts'))
  const o = options.find(option => option.name === 'o')
  const device = options.find(option => option.name === 'device')
  return device !== undefined &&
    o?.scalar.value.split(',').some(word => word.trim() === 'bind' || word.trim() === 'rbind')
    ? writtenOf(file, device.scalar, device.from)
    : undefined
}

/** Splits `source:target:mode` at colons outside of `${…}`, keeping a drive letter with its path. */
const splitMount = (text: string): string[] => {
  const parts: string[] = []
  let from = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}') depth = Math.max(0, depth - 1)
    else if (
      text[at] === ':' &&
      depth === 0 &&
      !(at - from === 1 && /[\\/]/.test(text[at + 1] ?? '') && /[A-Za-z]/.test(text[from] ?? ''))
    ) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
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
export const networksOf = (file: ComposeFile, service: YamlMap): readonly { name: string; place: Place }[] => {
  const node = given(service, 'networks')
  if (node?.is === 'map') return node.entries.map(({ key }) => ({ name: key.value, place: placeOf(file, key.range) }))
  return itemsOf(node).flatMap(item => {
    const written = writtenOf(file, item)
    return written === undefined ? [] : [{ name: written.text, place: written.place }]
  })
}

const networkOf = (file: ComposeFile, name: string): YamlNode | undefined =>
  pair(given(file.root, 'networks'), name)?.value

const isExternal = (file: ComposeFile, network: YamlNode | undefined): boolean => {
  const external = given(network, 'external')
  return external?.is === 'map' || isTrue(writtenOf(file, external)?.text ?? 'false')
}

const isHostNetwork = (file: ComposeFile, name: string): boolean => {
  const network = networkOf(file, name)
  if (!isExternal(file, network)) return false
  const real = writtenOf(file, given(network, 'name')) ?? writtenOf(file, given(network, 'external', 'name'))
  return (real?.text ?? name) === 'host'
}

/** Whether every network of a service is internal: Docker then publishes no port of it. */
export const isInternalOnly = (file: ComposeFile, service: YamlMap): boolean => {
  if (given(service, 'network_mode') !== undefined) return false
  const names = networksOf(file, service).map(({ name }) => name)
  return (names.length === 0 ? ['default'] : names).every(name => {
    const network = networkOf(file, name)
    const internal = writtenOf(file, given(network, 'internal'))
    return !isExternal(file, network) && internal !== undefined && isTrue(internal.text)
  })
}
