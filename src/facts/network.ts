import type { Place } from '../place.ts'

/** What a service is to the network, as far as its image, its command or its build tells. */
export type ServiceRole =
  /** Takes requests from outside and passes them on. */
  | 'reverse proxy'
  /** Brings requests in from a provider, without a published port: cloudflared, ngrok. */
  | 'tunnel'
  | 'database'
  | 'cache'
  | 'message broker'
  /** Stores logs, metrics or traces. */
  | 'observability store'
  /** Shows them, and has a login of its own: Grafana, Kibana. */
  | 'dashboard'
  /** Collects them: Alloy, Promtail, exporters. */
  | 'collector'
  | 'LLM runtime'
  /** Lets others out: squid, tinyproxy. */
  | 'forward proxy'

export interface TopologyPort {
  readonly hostIp: string | undefined
  readonly published: string | undefined
  readonly target: string
  readonly protocol: string
  readonly reach: 'loopback' | 'address' | 'every interface' | 'unknown'
  /** Not where all networks are internal, or the service has no network of its own; so where its networks are unknown. */
  readonly takesEffect: boolean
  readonly place: Place
}

export interface TopologyService {
  /** The folder its paths start from: of its project, or of an included one. */
  readonly project: string
  readonly name: string
  readonly place: Place
  readonly image: string | undefined
  readonly role: ServiceRole | undefined
  /** `its image is postgres`. */
  readonly because: string | undefined
  readonly attached: /** `shares`: the service whose network it runs in, the last one of a chain. */
    | { readonly to: 'networks'; readonly shares: string | undefined; readonly names: readonly string[] }
    /** The host's own network: every port of it, and every container, is in reach. */
    | { readonly to: 'host'; readonly shares: string | undefined }
    | { readonly to: 'nothing' }
    | { readonly to: 'unknown'; readonly because: string }
  readonly ports: readonly TopologyPort[]
  /** Started only where one of these is asked for. */
  readonly profiles: readonly string[]
}

export interface TopologyNetwork {
  /** The key in the file; `default` where services name none; `bridge` for the engine's own. */
  readonly name: string
  /** What the engine calls it: a network of another project with this name is the same one. */
  readonly realName: string
  /** Where it is declared; undefined for one nobody declares. */
  readonly place: Place | undefined
  /** `outside`: it has a way out. `external`: made elsewhere, so that only elsewhere says. */
  readonly is: 'internal' | 'outside' | 'external' | 'unknown'
  /** Its members cannot reach each other (`enable_icc: false`). */
  readonly isolatesMembers: boolean
  /** Of an external one: the project in the tree that makes it. */
  readonly madeBy: string | undefined
}

/** Who comes near a service from outside, and over what. */
export interface Neighbour {
  readonly service: string
  /** `passes on`: a reverse proxy or a tunnel, for whom nothing is there to reach but what it is to pass on. */
  readonly is: 'passes on' | 'is published'
  /** `publishes 443 on every interface`, `is a tunnel (cloudflared)`, `is declared as the edge`. */
  readonly says: string
  /** The network both are on; undefined: it is on the host, from where every container can be reached. */
  readonly over: string | undefined
  /** Where this service joins that network. */
  readonly place: Place
}

export interface Remark {
  readonly says: string
  readonly place: Place
}

interface OfService {
  readonly project: string
  readonly file: string
  readonly service: string
  /** The deployment sets this holds in, where others that run the service differ. */
  readonly set: string | undefined
  readonly because: string
}

/** Who reaches whom, in each set of Compose files that is started together. */
export interface NetworkFacts {
  'compose.topology': {
    readonly project: string
    /** Its files in the order they are merged. */
    readonly name: string
    /** Some service has neither image nor build: the set was not meant to be started by itself. */
    readonly fragment: boolean
    readonly services: readonly TopologyService[]
    readonly networks: readonly TopologyNetwork[]
  }
  'compose.datastore': OfService & {
    readonly role: 'database' | 'cache' | 'message broker' | 'observability store'
    /** Ports it publishes itself beyond loopback, one after another. */
    readonly published: readonly Remark[]
    readonly neighbours: readonly Neighbour[]
    readonly networks: readonly string[]
    readonly undecided: readonly Remark[]
  }
  'compose.inference': OfService & {
    /** False where only its name speaks of a model: nothing tells whether it runs one. */
    readonly certain: boolean
    readonly networks: readonly string[]
    /** Ways out, and ways in past its network: `is on network "web", which has a way out`. */
    readonly open: readonly (Remark & { readonly is: 'way out' | 'published' | 'published in vain' })[]
    readonly undecided: readonly Remark[]
  }
}

export interface NetworkQuestions {
  'compose.topology': Record<never, never>
  /**
   * `edge`: services that are the edge, `data`: those that hold data, besides those recognised; `addresses`: those of
   * the host that are as good as loopback.
   */
  'compose.datastore': {
    readonly edge: readonly string[]
    readonly data: readonly string[]
    readonly addresses: readonly string[]
  }
  /** `services`: those that run a model, besides those recognised. */
  'compose.inference': { readonly services: readonly string[] }
}

export const networkKinds = {
  'compose.topology': 'The services and networks of one set of Compose files, and which service is on which network.',
  'compose.datastore': 'One database, cache, broker or store of logs, and who from outside shares a network with it.',
  'compose.inference': 'One service that runs a language model, and its ways out.',
} as const satisfies Record<keyof NetworkFacts, string>
