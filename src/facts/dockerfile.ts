/** Facts seen in dockerfile. */
export type DockerfileFacts = Record<never, never>

export type DockerfileQuestions = Record<never, never>

export const dockerfileKinds = {} as const satisfies Record<keyof DockerfileFacts, string>
