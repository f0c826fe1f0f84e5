import type { Place } from '../place.ts'

/** What every fact of a service says about where it belongs. */
interface OfService {
  /** Folder of the Compose file, `.` for the root: the project's folder, and the scope of ids. */
  readonly project: string
  readonly file: string
  readonly service: string
  /** The deployment sets this holds in, where others that run the service differ: `compose.yaml + compose.prod.yaml`. */
  readonly set: string | undefined
}

/** Something that opens a container towards its host. */
export interface Opening {
  readonly is:
    | 'container engine socket'
    | 'privileged'
    | 'capability'
    | 'host folder'
    | 'host device'
    | 'host namespace'
    | 'no confinement'
  /** For a sentence that begins with the service: `mounts the host folder /etc`. */
  readonly says: string
  readonly place: Place
  /** What it overrides. */
  readonly over: readonly Place[]
  /** Of a mount that `volumes_from` brings in: where it is written. */
  readonly mountedAt: Place | undefined
  /** `total`: as good as root on the host. `partial`: part of the isolation is gone. */
  readonly weight: 'total' | 'partial'
}

/** A service that runs a reverse proxy, and what the tree shows of its configuration. */
export interface ReverseProxy {
  /** By its image: `nginx`. */
  readonly name: string
  /** What makes an edge of it and is not seen: that it passes requests on, that it terminates TLS. */
  readonly lacks: readonly ('proxying' | 'TLS')[]
  /** Why it may do so all the same. */
  readonly unseen: string | undefined
}

/** Where a credential's value comes from; the value itself is never kept. */
export type CredentialSource =
  | { readonly is: 'literal' }
  /** `${variable:-value}`: used wherever nobody sets the variable. */
  | { readonly is: 'default'; readonly variable: string }
  /** Empty, or empty unless the variable is set. `guards`: an empty value is known to let everybody in. */
  | { readonly is: 'empty'; readonly variable: string | undefined; readonly guards: boolean }
  /** Set at deployment; undefined: passed through under its own name. */
  | { readonly is: 'reference'; readonly variable: string | undefined }
  /** In a file that is mounted, or in a secret store. */
  | { readonly is: 'file' }
  /** In an environment file of the tree; `tracked` is undefined outside git. */
  | { readonly is: 'environment file'; readonly uri: string; readonly tracked: boolean | undefined }
  /** A switch that does away with the password: `POSTGRES_HOST_AUTH_METHOD=trust`. */
  | { readonly is: 'switched off'; readonly setting: string }

/** Why a set of files cannot start as the repository stands. */
export interface Obstacle {
  /** A clause: `service "web" depends on "db", which is not defined`. */
  readonly says: string
  readonly place: Place
  /** What it overrides, or clashes with. */
  readonly over: readonly Place[]
}

/** Facts of Compose files (compose-spec) as they are deployed: file sets merged as Compose merges them. */
export interface ComposeFacts {
  'compose.set': {
    /** The project's folder. */
    readonly project: string
    /** Its files in the order they are merged: `compose.yaml + compose.prod.yaml`. */
    readonly name: string
    /** Who says that these files are started together. */
    readonly because: 'default names' | 'a command' | 'COMPOSE_FILE' | 'no other set'
    readonly obstacles: readonly Obstacle[]
    /** Some service has neither image nor build: the file alone was not meant to be started. */
    readonly fragment: boolean
  }
  'compose.service': OfService & {
    readonly image: string | undefined
    /** Neither image nor build: another file must complete it, and may change what is seen here. */
    readonly fragment: boolean
    /** Of a fragment: a file that gives a service of this name its image, the nearest one. */
    readonly completedBy: string | undefined
    /** Worst first. */
    readonly openings: readonly Opening[]
    /** Settings that would open it, but whose value only deploy time knows: `privileged is ${PRIVILEGED}`. */
    readonly undecided: readonly { readonly says: string; readonly place: Place }[]
  }
  'compose.user': OfService & {
    readonly user: /** `by`: `user` of the Compose file. */
      | { readonly is: 'user'; readonly name: string; readonly root: boolean; readonly over: readonly Place[] }
      /** USER of the Dockerfile, or what its base image sets. */
      | { readonly is: 'built'; readonly name: string; readonly root: boolean; readonly because: string }
      /** What an image from elsewhere is known to start as. */
      | { readonly is: 'image'; readonly name: string; readonly root: boolean; readonly image: string }
      | { readonly is: 'unknown'; readonly because: string }
      /** Neither `user`, image nor build: another file must say. */
      | { readonly is: 'fragment' }
    /** The Dockerfile the service is built from, when it is in the tree. */
    readonly dockerfile: string | undefined
    /** The stage of it that runs, and is judged with the Dockerfile. */
    readonly stage: string | undefined
  }
  'compose.port': OfService & {
    /** As Compose reads it, variables filled in as far as known; undefined: every interface. */
    readonly hostIp: string | undefined
    /**
     * `unknown`: the address, or whether there is one, is only known at deployment. `host network`: the service has no
     * network of its own; whatever it listens on is a port of the host, and `ports` has no effect.
     */
    readonly reach: 'loopback' | 'address' | 'every interface' | 'unknown' | 'host network'
    /** Host port or range; undefined: chosen by Docker. */
    readonly published: string | undefined
    /** Container port or range. */
    readonly target: string
    readonly protocol: string
    /** Of a service whose image is a reverse proxy's. */
    readonly proxy: ReverseProxy | undefined
    /** Swarm publishes on every node and drops the host address. */
    readonly swarm: boolean
    /** All networks of the service are internal. */
    readonly internalOnly: boolean
    readonly fragment: boolean
    /** Places of what this port overrides. */
    readonly over: readonly Place[]
    /** What was assumed of variables: `BIND_IP is 127.0.0.1 by default`. */
    readonly assumed: readonly string[]
    readonly unknown: readonly string[]
  }
  'compose.variable': {
    readonly project: string
    readonly file: string
    /** All services that get it from this one place (anchors, merge keys, shared environment files). */
    readonly services: readonly string[]
    readonly name: string
    /** `environment`, `command`, `build.args`, … or the environment file. */
    readonly where: string
    readonly credential: string
    readonly value: CredentialSource
  }
  'compose.secret': {
    readonly project: string
    readonly file: string
    readonly name: string
    readonly from: 'file' | 'environment' | 'external' | 'unknown'
    /** Of `from: file`, when it lies in the tree. */
    readonly uri: string | undefined
    /** In git's index; undefined when the file is not in the tree, or outside git. */
    readonly tracked: boolean | undefined
    readonly present: boolean
  }
}

export interface ComposeQuestions {
  'compose.user': Record<never, never>
  'compose.set': Record<never, never>
  'compose.service': Record<never, never>
  'compose.port': Record<never, never>
  'compose.variable': Record<never, never>
  'compose.secret': Record<never, never>
}

export const composeKinds = {
  'compose.user': 'The user the processes of one service start as, and who says so.',
  'compose.set': 'One set of Compose files that is started together, and what keeps it from starting.',
  'compose.service': 'One service of a set of Compose files, and what opens its container towards the host.',
  'compose.port': 'One port a service publishes: on which address, and whether the service is a reverse proxy.',
  'compose.variable': 'One credential a service is given, and where its value comes from; never the value.',
  'compose.secret': 'One secret of a Compose file, and whether its source is tracked.',
} as const satisfies Record<keyof ComposeFacts, string>

/**
 * The users other than root that services set for a stage of an image, when each service that runs it does (`user` of
 * Compose wins over USER); undefined when one does not, or none runs it.
 */
export const usersSetOutside = (
  { file, stage }: { readonly file: string; readonly stage: string },
  services: Iterable<{ readonly data: ComposeFacts['compose.user'] }>,
): readonly string[] | undefined => {
  const names = new Set<string>()
  for (const { data } of services) {
    if (data.dockerfile !== file || data.stage !== stage) continue
    if (data.user.is !== 'user' || data.user.root) return undefined
    names.add(data.user.name)
  }
  return names.size > 0 ? [...names] : undefined
}
