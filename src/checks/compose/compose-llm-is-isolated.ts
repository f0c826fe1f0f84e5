import { defineCheck, words } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-llm-is-isolated',
  about: 'compose.inference',
  asks: ({ services }) => [{ kind: 'compose.inference', services }],
  ifNone: 'not-applicable',
  title: 'Services that run a language model are on internal networks only, publish nothing and have no way out.',
  why: 'Prompts hold what users wrote, often the most sensitive text there is. Only a network without a route out makes it true that they stay: a runtime that may reach the internet can load a plugin, report usage, or be turned by a prompt or a model file.',
  fix: 'Put the runtime and its caller on a network with `internal: true`, drop `ports` and proxy variables, and load the weights beforehand into a volume.',
  samples: {
    bad: 'services:\n  llm:\n    image: ollama/ollama:0.12.0\n    ports: ["11434:11434"]\n',
    good: 'services:\n  llm:\n    image: ollama/ollama:0.12.0\n    networks: [model]\nnetworks:\n  model:\n    internal: true\n',
  },
  source: 'compose-spec, networks, internal; docs.docker.com, Networking overview; OWASP Top 10 for LLM Applications',
  blind:
    'A runtime is recognised by its image, build, command, model file or Python packages; others have to be declared. What a caller passes on, and firewalls of the host, are not seen.',
  confidence: 'high',
  params: { services: words('Services that run a model, besides those recognised.', []) },
  judge: ({ data }) => {
    const who = `service "${data.service}"${data.set === undefined ? '' : ` in ${data.set}`} ${data.certain ? `runs a language model (${data.because})` : 'is named after a model'}`
    const [first] = data.open
    if (!data.certain && (first !== undefined || data.undecided.length > 0)) {
      const open = listed([...data.open, ...data.undecided].map(one => one.says))
      return {
        verdict: 'unsure',
        reason: `service "${data.service}" is named after a model, but nothing here tells whether it runs one; it ${open}`,
      }
    }
    if (first !== undefined) {
      const observed = listed([who, ...data.open.map(one => one.says)])
      const inVain = data.open.every(one => one.is === 'published in vain')
      return {
        verdict: 'violates',
        observed: inVain ? `${observed}, with internal networks only` : observed,
        message: inVain
          ? `${observed}, but all its networks are internal: the port does nothing, or the network was not meant to be internal`
          : observed,
        place: first.place,
        related: data.open.slice(1).map(({ place, says }) => ({ place, message: says })),
        ...(inVain ? { severity: 'low' as const } : {}),
      }
    }
    const [question] = data.undecided
    if (question !== undefined)
      return {
        verdict: 'unsure',
        reason: listed([who, ...data.undecided.map(one => one.says)]),
        place: question.place,
      }
    return {
      verdict: 'conforms',
      observed: `${who}, on ${data.networks.length === 0 ? 'no network' : `internal networks only (${data.networks.join(', ')})`}, and publishes nothing`,
    }
  },
})

const listed = (parts: readonly string[]): string =>
  parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
