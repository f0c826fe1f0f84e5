import { defineCheck, flag, words } from '../../check.ts'
import type { Fact, Judgement } from '../../model.ts'

export const check = defineCheck({
  id: 'compose-ports-stay-on-loopback',
  about: 'compose.port',
  asks: () => [{ kind: 'compose.port' }],
  ifNone: 'not-applicable',
  title: 'Services publish no port beyond the loopback interface, except 80 and 443 of the reverse proxy.',
  why: "A port published without an address is open on every interface of the host. Docker inserts its own iptables rules, so the host's firewall does not close it again: the service is reachable past the proxy, its TLS and its access control.",
  fix: 'Write the address (`"127.0.0.1:5432:5432"`), or drop `ports`: services reach each other on their networks without it.',
  samples: {
    bad: 'services:\n  search:\n    image: opensearch:2\n    ports: ["9200:9200"]\n',
    good: 'services:\n  search:\n    image: opensearch:2\n    ports: ["127.0.0.1:9200:9200"]\n',
  },
  source: 'CIS Docker Benchmark 5.14; docs.docker.com, Packet filtering and firewalls; compose-spec, ports',
  blind:
    'Files are judged in the sets that default names, scripts, workflows and documents say are started together; other sets are not seen. What `docker run -p` or an orchestrator publishes is not in a Compose file.',
  confidence: 'high',
  params: {
    allow: words('Ports a reverse proxy may publish on every interface.', ['80', '443']),
    edge: words(
      'Services that are the edge, besides reverse proxies whose configuration passes requests on and terminates TLS.',
      [],
    ),
    addresses: words('Addresses of the host that are as good as loopback, such as the one of a VPN.', []),
    proxies: flag('Whether a reverse proxy that passes requests on and terminates TLS is the edge.', true),
  },
  judge: ({ data }, { allow, edge, addresses, proxies }) => {
    if (data.reach === 'host network') {
      return {
        verdict: 'unsure',
        reason: `service "${data.service}" shares the host's network: what it listens on is open on the host, and no file says which ports these are`,
      }
    }
    if (data.reach === 'unknown') {
      return {
        verdict: 'unsure',
        reason:
          data.unknown.length > 0
            ? `service "${data.service}" publishes container port ${data.target} on an address that only deploy time knows: ${data.unknown.map(name => `\${${name}}`).join(', ')}`
            : `service "${data.service}" publishes ${portOf(data)} on "${data.hostIp}", which is no IP address`,
      }
    }
    const everywhere = data.reach === 'every interface' || data.swarm
    const where = everywhere ? 'on every interface' : `on ${data.hostIp}`
    const swarm = data.swarm && data.hostIp !== undefined ? `; swarm ignores ${data.hostIp}` : ''
    const assumed = data.assumed.length > 0 ? ` (${data.assumed.join('; ')})` : ''
    const inSet = data.set === undefined ? '' : ` in ${data.set}`
    const observed = `service "${data.service}" publishes ${portOf(data)} ${where}${swarm}${assumed}${inSet}`
    const related = data.over.map(place => ({ place, message: 'this is what it overrides' }))
    const violates = (message: string): Judgement =>
      data.fragment
        ? {
            verdict: 'unsure',
            reason: `${observed}; it has neither image nor build here and depends on the files it is combined with`,
          }
        : { verdict: 'violates', observed, message, related }
    if (data.internalOnly) {
      return {
        verdict: 'violates',
        severity: 'low',
        observed: `${observed}, with internal networks only`,
        message: `${observed}, but all its networks are internal: the port does nothing, or the network was not meant to be internal`,
      }
    }
    if (!everywhere) {
      if (data.reach === 'loopback' || (data.hostIp !== undefined && addresses.includes(data.hostIp))) {
        return { verdict: 'conforms', observed }
      }
      return violates(`${observed}, which is not loopback`)
    }
    if (data.published === undefined || !allow.includes(data.published)) return violates(observed)
    if (edge.includes(data.service)) {
      return { verdict: 'conforms', observed: `${observed}; it is declared as the edge` }
    }
    const { proxy } = data
    if (!proxies || proxy === undefined) return violates(observed)
    if (proxy.lacks.length === 0) {
      return { verdict: 'conforms', observed: `${observed}; it is a reverse proxy (${proxy.name})` }
    }
    const lacks = proxy.lacks.map(what => lacking[what]).join(' and ')
    if (proxy.unseen !== undefined) {
      return {
        verdict: 'unsure',
        reason: `${observed}; it runs ${proxy.name}, and nothing seen shows that it ${lacks}: ${proxy.unseen}`,
      }
    }
    return violates(`${observed}; it runs ${proxy.name}, but nothing in the tree shows that it ${lacks}`)
  },
})

const lacking = { proxying: 'passes requests on', TLS: 'terminates TLS' } as const

const portOf = ({ published, target, protocol }: Fact<'compose.port'>['data']): string => {
  const suffix = protocol === 'tcp' ? '' : `/${protocol}`
  return published === undefined ? `container port ${target}${suffix} under a random port` : `${published}${suffix}`
}
