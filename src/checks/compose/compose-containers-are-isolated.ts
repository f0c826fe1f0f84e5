import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-containers-are-isolated',
  about: 'compose.service',
  asks: () => [{ kind: 'compose.service' }],
  ifNone: 'not-applicable',
  title: 'Containers hold no privilege, socket, namespace or folder that commands their host.',
  why: 'Whoever takes over such a container has the host, and with it every other container and its data. A read-only mount of the engine socket is no protection: opening it is enough to start a privileged container.',
  fix: 'Take the setting out. For metrics and discovery use an exporter or a socket proxy that filters calls, on a host without in-scope data.',
  samples: {
    bad: 'services:\n  agent:\n    image: agent:1\n    volumes: ["/var/run/docker.sock:/var/run/docker.sock:ro"]\n',
    good: 'services:\n  agent:\n    image: agent:1\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]\n',
  },
  source: 'CIS Docker Benchmark 5.2–5.6, 5.10, 5.16–5.18, 5.21, 5.22, 5.31, 5.32',
  blind:
    'A folder named by a variable alone is not known. Files are judged in the sets that default names, scripts, workflows and documents say are started together; other sets are not seen. Rootless engines and user namespaces of the daemon are not seen.',
  confidence: 'high',
  judge: ({ data }) => {
    const { openings, undecided, service } = data
    const where = data.set === undefined ? '' : ` in ${data.set}`
    const [worst] = openings
    if (worst !== undefined) {
      const observed = `service "${service}"${where} ${listed([...new Set(openings.map(({ says }) => says))])}`
      if (data.fragment) return { verdict: 'unsure', reason: `${observed}; ${depends}`, place: worst.place }
      return {
        verdict: 'violates',
        observed,
        message: observed,
        place: worst.place,
        related: [
          ...openings.flatMap(({ mountedAt, says }) =>
            mountedAt === undefined ? [] : [{ place: mountedAt, message: `${says}: it is mounted here` }],
          ),
          ...worst.over.map(place => ({ place, message: 'this is what it overrides' })),
          ...openings.slice(1).map(({ place, says }) => ({ place, message: says })),
        ],
        ...(worst.weight === 'partial' ? { severity: 'medium' as const } : {}),
      }
    }
    const [question] = undecided
    if (question !== undefined) {
      const says = listed([...new Set(undecided.map(one => one.says))])
      return {
        verdict: 'unsure',
        reason: `service "${service}"${where}: ${says}, known only at deploy time`,
        place: question.place,
      }
    }
    const observed = `service "${service}"${where} holds no privilege, host namespace, engine socket or sensitive host folder`
    if (!data.fragment) return { verdict: 'conforms', observed }
    return data.completedBy === undefined
      ? { verdict: 'unsure', reason: `service "${service}"${where}: ${depends}` }
      : { verdict: 'exempt', reason: `opens nothing by itself; service "${service}" is judged in ${data.completedBy}` }
  },
})

/** Of a service without image and build. */
const depends = 'it has neither image nor build here and depends on the files it is combined with'

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
