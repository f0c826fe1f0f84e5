import { defineCheck, words } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-data-stays-off-the-edge',
  about: 'compose.datastore',
  asks: ({ edge, data, addresses }) => [{ kind: 'compose.datastore', edge, data, addresses }],
  ifNone: 'not-applicable',
  title: 'Databases, caches, brokers and stores of logs share no network with what is reachable from outside.',
  why: 'Whoever takes over the proxy, or any service that is published, can open a connection to everything on its networks. A database there has nothing before it but its password.',
  fix: 'Give the edge a network of its own with the services it passes requests to, and put the database on another one that only those services join.',
  samples: {
    bad: 'services:\n  edge:\n    image: nginx:1.29\n    ports: ["443:443"]\n  db:\n    image: postgres:17\n',
    good: 'services:\n  edge:\n    image: nginx:1.29\n    ports: ["443:443"]\n    networks: [front]\n  app:\n    build: .\n    networks: [front, data]\n  db:\n    image: postgres:17\n    networks: [data]\nnetworks:\n  front:\n  data:\n    internal: true\n',
  },
  source: 'compose-spec, networks; docs.docker.com, Networking overview; NIST SP 800-190 4.3.3',
  blind:
    'What a service is, is told by its image, its build or its command; one that none of them tells has to be declared. A firewall between containers, and what else is attached at run time, are not seen. Object stores and MQTT brokers are made to be reached from outside and are not judged.',
  confidence: 'high',
  params: {
    edge: words('Services that are the edge, besides those recognised as a reverse proxy or tunnel.', []),
    data: words('Services that hold data, besides those recognised.', []),
    addresses: words('Addresses of the host that are as good as loopback, such as the one of a VPN.', []),
  },
  judge: ({ data }) => {
    const who = `${data.role} "${data.service}"${data.set === undefined ? '' : ` in ${data.set}`}`
    const { published: own, neighbours: near } = data
    const [first] = [...own, ...near]
    if (first !== undefined) {
      const byNetwork = new Map<string, string[]>()
      for (const { over, service, says } of near) {
        const how = over === undefined ? 'is within reach of' : `shares ${over} with`
        byNetwork.set(how, [...(byNetwork.get(how) ?? []), `"${service}" (${says})`])
      }
      const says = [...own.map(one => one.says), ...[...byNetwork].map(([how, others]) => `${how} ${listed(others)}`)]
      const observed = `${who} ${listed(says)}`
      const isOpen = own.length > 0 || near.some(one => one.is === 'passes on')
      return {
        verdict: 'violates',
        observed,
        message: observed,
        place: first.place,
        // An application published without a proxy has to reach its data; metrics are not the data itself.
        ...(isOpen && data.role !== 'observability store' ? {} : { severity: 'medium' as const }),
      }
    }
    const [question] = data.undecided
    if (question !== undefined)
      return {
        verdict: 'unsure',
        reason: `${who} ${listed(data.undecided.map(one => one.says))}`,
        place: question.place,
      }
    return {
      verdict: 'conforms',
      observed:
        data.networks.length === 0
          ? `${who} is on no network`
          : `${who} is on ${data.networks.join(', ')}, with nothing that is reachable from outside`,
    }
  },
})

/** A few of them in full, the rest counted. */
const listed = (parts: readonly string[]): string => {
  const shown = parts.length > 4 ? [...parts.slice(0, 3), `${parts.length - 3} more`] : parts
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`
}
