import type { Evidence } from '../evidence.ts'
import type { TopologyService } from '../facts/network.ts'
import { uriOf } from '../judge.ts'
import type { ReportService, ReportTopology } from '../report/report.ts'
import { located } from './located.ts'
import type { Run } from './run.ts'

/** The networks of every set that is no sample, cleared of secrets; undefined where no check asked for them. */
export const topologiesOf = (
  { byQuestion, isSample }: Run,
  evidence: Evidence,
): readonly ReportTopology[] | undefined => {
  const answer = [...byQuestion.values()].find(a => a.question.kind === 'compose.topology')
  if (answer === undefined) return undefined
  return [...answer.facts].flatMap((fact): ReportTopology[] => {
    if (fact.kind !== 'compose.topology' || isSample(uriOf(fact.place) ?? '')) return []
    const { name, services, networks } = fact.data
    return [
      {
        name: evidence.clear(name),
        services: services.map(one => serviceOf(one, evidence)),
        networks: networks.map(({ name, is, isolatesMembers }) => ({
          name: evidence.clear(name),
          is,
          isolatesMembers,
        })),
      },
    ]
  })
}

const serviceOf = (service: TopologyService, evidence: Evidence): ReportService => {
  const { clear } = evidence
  const { attached, image, role, because, place } = service
  const shares = attached.to === 'networks' || attached.to === 'host' ? attached.shares : undefined
  const at = located(place, evidence)
  return {
    id: clear(`${service.project}/${service.name}`),
    name: clear(service.name),
    ...(image === undefined ? {} : { image: clear(image) }),
    ...(role === undefined ? {} : { role }),
    ...(because === undefined ? {} : { because: clear(because) }),
    attached: attached.to,
    networks: attached.to === 'networks' ? attached.names.map(clear) : [],
    ...(shares === undefined ? {} : { shares: clear(shares) }),
    ...(attached.to === 'unknown' ? { remark: clear(attached.because) } : {}),
    ports: service.ports.map(({ published, target, protocol, hostIp, reach, takesEffect }) => ({
      ...(published === undefined ? {} : { published: clear(published) }),
      target: clear(target),
      protocol: clear(protocol),
      ...(hostIp === undefined ? {} : { address: clear(hostIp) }),
      reach,
      takesEffect,
    })),
    profiles: service.profiles.map(clear),
    location: 'location' in at ? at.location : { uri: '.' },
  }
}
