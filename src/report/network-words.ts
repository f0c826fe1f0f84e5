import type { Finding, Report, ReportService, ReportTopology } from './report.ts'

/** The checks whose findings belong into a picture of the networks. */
export const networkChecks: readonly string[] = [
  'compose-data-stays-off-the-edge',
  'compose-llm-is-isolated',
  'compose-networks-are-segmented',
]

export const networkWords: Readonly<Record<ReportTopology['networks'][number]['is'], string>> = {
  internal: 'internal',
  outside: 'way out',
  external: 'made elsewhere',
  unknown: 'not known',
}

/** Short names of roles, at most ten letters. */
export const roleWord = ({ role }: ReportService): string => (role === undefined ? '' : (shortRoles[role] ?? role))

const shortRoles: Readonly<Record<string, string>> = {
  'reverse proxy': 'proxy',
  'message broker': 'broker',
  'observability store': 'telemetry',
  'LLM runtime': 'LLM',
  'forward proxy': 'way out',
}

type Port = ReportService['ports'][number]

const numberOf = ({ published, target, protocol }: Port): string =>
  `${published ?? `random→${target}`}${protocol === 'tcp' ? '' : `/${protocol}`}`

/** Ports by where they can be reached, the widest first: `80, 443 on every interface; 5432 on 127.0.0.1`. */
export const portGroups = ({
  ports,
}: ReportService): readonly { readonly text: string; readonly reach: Port['reach'] | 'nowhere' }[] => {
  const groups = new Map<string, { reach: Port['reach'] | 'nowhere'; numbers: string[] }>()
  for (const port of ports) {
    const where = !port.takesEffect
      ? 'in vain'
      : port.reach === 'every interface'
        ? 'on every interface'
        : port.reach === 'unknown'
          ? 'on an address only deploy time knows'
          : `on ${port.address ?? 'loopback'}`
    const group = groups.get(where) ?? { reach: port.takesEffect ? port.reach : 'nowhere', numbers: [] }
    group.numbers.push(numberOf(port))
    groups.set(where, group)
  }
  const order = ['every interface', 'unknown', 'address', 'loopback', 'nowhere']
  return [...groups]
    .map(([where, { reach, numbers }]) => ({ reach, text: `${few(numbers)} ${where}` }))
    .sort((a, b) => order.indexOf(a.reach) - order.indexOf(b.reach))
}

const few = (parts: readonly string[]): string =>
  parts.length > 5 ? `${parts.slice(0, 4).join(', ')} and ${parts.length - 4} more` : parts.join(', ')

/** What stands beside a service: its ports, and where it is when it is on no network of its own. */
export const besides = (service: ReportService): string => {
  const where =
    service.attached === 'host'
      ? `on the host's network${service.shares === undefined ? '' : `, as "${service.shares}" is`}`
      : service.attached === 'nothing'
        ? 'on no network'
        : service.attached === 'unknown'
          ? (service.remark ?? '')
          : service.shares === undefined
            ? ''
            : `in the network of "${service.shares}"`
  return [where, ...portGroups(service).map(({ text }) => text)].filter(text => text !== '').join('; ')
}

/** Whether a service can be reached from beyond its host, by its own ports. */
export const isReachable = (service: ReportService): boolean =>
  service.attached === 'host' ||
  service.ports.some(port => port.takesEffect && (port.reach === 'every interface' || port.reach === 'address'))

const tiers: readonly (readonly string[])[] = [
  ['reverse proxy', 'tunnel'],
  ['forward proxy'],
  [],
  ['dashboard'],
  ['LLM runtime'],
  ['database', 'cache', 'message broker'],
  ['observability store', 'collector'],
]

/** From the outside in: the edge, what else is published, the rest, models, data, telemetry. Else as in the files. */
export const fromOutside = (services: readonly ReportService[]): readonly ReportService[] => {
  const tier = (one: ReportService): number => {
    const at = tiers.findIndex(roles => one.role !== undefined && roles.includes(one.role))
    return at === -1 ? (isReachable(one) ? 1.5 : 2) : at
  }
  return [...services].sort((a, b) => tier(a) - tier(b))
}

/** `17 services on 4 networks, 2 of them internal; 3 can be reached from beyond the host`. */
export const sayTopology = ({ services, networks }: ReportTopology): string => {
  const internal = networks.filter(one => one.is === 'internal').length
  const reachable = services.filter(isReachable).length
  return `${counted(services.length, 'service')} on ${counted(networks.length, 'network')}, ${internal === 0 ? 'none' : internal} internal; ${reachable === 0 ? 'none' : reachable} can be reached from beyond the host`
}

export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

export interface NetworkFindings {
  /** Those that violate and are about a service. */
  readonly of: (service: ReportService) => readonly Finding[]
  readonly all: readonly Finding[]
}

/** Findings about the networks, waived ones too. */
export const networkFindings = ({ findings }: Report): NetworkFindings => {
  const all = findings.filter(one => networkChecks.includes(one.check))
  const bySubject = new Map<string, Finding[]>()
  for (const one of all) {
    const subject = /^compose\.(?:datastore|inference):(.*?)(?:#\d+)?$/.exec(one.subject)?.[1]
    if (subject === undefined || one.verdict !== 'violates') continue
    bySubject.set(subject, [...(bySubject.get(subject) ?? []), one])
  }
  return { all, of: service => bySubject.get(service.id) ?? [] }
}
