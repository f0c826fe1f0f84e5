import { defineCheck } from '../../check.ts'
import type { ServiceRole } from '../../facts/network.ts'
import type { Fact } from '../../model.ts'

const observability: ReadonlySet<ServiceRole> = new Set(['observability store', 'dashboard', 'collector'])

export const check = defineCheck({
  id: 'compose-networks-are-segmented',
  about: 'compose.topology',
  asks: () => [{ kind: 'compose.topology' }],
  ifNone: 'not-applicable',
  title: 'No network connects all services of a deployment.',
  why: 'On one flat network each container can open connections to every other one. One service that is taken over is then enough to reach the rest.',
  fix: 'Declare networks by purpose (edge, application, data) and let each service join only those it talks on. Services that name no network all share the default one.',
  samples: {
    bad: 'services:\n  web:\n    image: nginx:1.29\n  app:\n    build: .\n  db:\n    image: postgres:17\n',
    good: 'services:\n  web:\n    image: nginx:1.29\n    networks: [front]\n  app:\n    build: .\n    networks: [front, data]\n  db:\n    image: postgres:17\n    networks: [data]\nnetworks:\n  front:\n  data:\n    internal: true\n',
  },
  source: 'compose-spec, networks; NIST SP 800-190 4.3.3',
  blind:
    'Whether two services that share a network have to talk is not seen. Services of profiles that are never started together are counted together.',
  confidence: 'high',
  judge: (topology, _params, facts) => {
    const { data } = topology
    const places = placesOf(topology)
    const flat = flatIn(topology)
    const services = `${places.length} services`
    for (const { name, attached, place } of data.services)
      if (attached.to === 'unknown')
        return { verdict: 'unsure', reason: `service "${name}" of ${data.name} ${attached.because}`, place }
    if (places.length < 3)
      return { verdict: 'exempt', reason: `${data.name} has ${places.length} on its networks: nothing to keep apart` }
    if (places.every(({ role }) => role !== undefined && observability.has(role)))
      return { verdict: 'exempt', reason: `${data.name} holds observability services only: one tier` }
    const incomplete = 'some have neither image nor build here, so other files take part'
    if (flat === undefined && data.fragment)
      return { verdict: 'unsure', reason: `no network connects all ${services} of ${data.name}; ${incomplete}` }
    if (flat === undefined)
      return {
        verdict: 'conforms',
        observed: `no network of ${data.name} connects all its ${services}: ${data.networks.map(({ name }) => name).join(', ')}`,
      }
    const database = databaseOf(topology)
    for (const other of facts.of('compose.topology'))
      if (data.name.startsWith(`${other.data.name} + `) && isAsFlat(other, flat, database !== undefined))
        return {
          verdict: 'exempt',
          reason: `${other.data.name}, which it extends, is all on network "${flat}" already`,
        }
    const which = flat === 'default' ? 'the default network' : `network "${flat}"`
    const observed = `all ${services} of ${data.name} share ${which}`
    if (data.fragment) return { verdict: 'unsure', reason: `${observed}; ${incomplete}` }
    const says = database === undefined ? observed : `${observed}, with database "${database.name}"`
    return {
      verdict: 'violates',
      observed: says,
      message: says,
      place: (database ?? topology).place,
      ...(database === undefined ? { severity: 'medium' as const } : {}),
    }
  },
})

type Topology = Fact<'compose.topology'>

/** What runs in another one's network has no place of its own. */
const placesOf = ({ data }: Topology): Topology['data']['services'] =>
  data.services.filter(({ attached }) => attached.to === 'networks' && attached.shares === undefined)

/** The network that connects all of them. */
const flatIn = (topology: Topology): string | undefined =>
  topology.data.networks.find(
    ({ name, isolatesMembers }) =>
      !isolatesMembers &&
      placesOf(topology).every(({ attached }) => attached.to === 'networks' && attached.names.includes(name)),
  )?.name

const databaseOf = (topology: Topology): Topology['data']['services'][number] | undefined =>
  placesOf(topology).find(({ role }) => role === 'database')

/** Whether a set is flat on that network by itself, with a database where one is asked for. */
const isAsFlat = (topology: Topology, network: string, withDatabase: boolean): boolean =>
  placesOf(topology).length >= 3 &&
  flatIn(topology) === network &&
  (databaseOf(topology) !== undefined || !withDatabase)
