import type { Place } from '../place.ts'

/** The user an image's processes start as. */
export type ImageUser =
  /** `USER` of this stage or of a stage it starts from. */
  | { readonly is: 'set'; readonly user: string; readonly root: boolean; readonly place: Place }
  /** No USER: what the base image is known to set. */
  | { readonly is: 'inherited'; readonly user: string; readonly root: boolean; readonly base: string }
  /** No USER, and a base image whose user is not known here. */
  | { readonly is: 'unknown base'; readonly base: string }
  /** `USER $X`, and X is only known at build time. */
  | { readonly is: 'unknown variable'; readonly written: string; readonly place: Place }

export interface DockerfileFacts {
  'dockerfile.stage': {
    readonly file: string
    /** The name after AS, or the place in order: `stage 2`. */
    readonly stage: string
    /** The last one: what a build without `--target` gives. */
    readonly final: boolean
    /** Where a Compose file, a workflow or a script builds this stage by its name. */
    readonly builtBy: Place | undefined
    /** Where a build names a stage by a variable, and may mean this one. */
    readonly mayBeBuiltBy: Place | undefined
    readonly user: ImageUser
    /** What was assumed of build arguments: `APP_USER is app by default`. */
    readonly assumed: readonly string[]
  }
  'dockerfile.base': {
    readonly file: string
    readonly stage: string
    /** `FROM`, `COPY --from`, `RUN --mount`. */
    readonly by: string
    /** As pulled, variables filled in as far as known. */
    readonly image: string
    readonly is: 'image' | 'stage' | 'scratch' | 'unknown'
    readonly tag: string | undefined
    readonly digest: string | undefined
    readonly assumed: readonly string[]
    readonly unknown: readonly string[]
  }
  'dockerfile.variable': {
    readonly file: string
    readonly stage: string
    readonly name: string
    /** `ENV`, `ARG`, `RUN`. */
    readonly by: string
    readonly credential: string
    readonly value:
      | { readonly is: 'literal' }
      /** In a RUN, and by its own words none. */
      | { readonly is: 'dummy' }
      | { readonly is: 'empty' }
      /** ARG without a default: the value is passed to the build, which records it. */
      | { readonly is: 'build argument' }
      /** ENV that takes a build argument: the value stays in the image. */
      | { readonly is: 'kept argument'; readonly argument: string }
      /** RUN --mount=type=secret: there for one command, recorded nowhere. */
      | { readonly is: 'mounted' }
  }
}

export interface DockerfileQuestions {
  'dockerfile.stage': Record<never, never>
  'dockerfile.base': Record<never, never>
  'dockerfile.variable': Record<never, never>
}

export const dockerfileKinds = {
  'dockerfile.stage': 'One build stage of a Dockerfile, and the user its image runs as.',
  'dockerfile.base': 'One image a Dockerfile takes from, and how firmly it is named.',
  'dockerfile.variable':
    'One credential a Dockerfile names, and whether its value ends up in the image; never the value.',
} as const satisfies Record<keyof DockerfileFacts, string>
