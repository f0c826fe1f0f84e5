/** Facts seen in nginx. */
export type NginxFacts = Record<never, never>

export type NginxQuestions = Record<never, never>

export const nginxKinds = {} as const satisfies Record<keyof NginxFacts, string>
