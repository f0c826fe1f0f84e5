/** Facts seen in compose. */
export type ComposeFacts = Record<never, never>

export type ComposeQuestions = Record<never, never>

export const composeKinds = {} as const satisfies Record<keyof ComposeFacts, string>
