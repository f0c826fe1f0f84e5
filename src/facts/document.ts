/** Facts seen in document. */
export type DocumentFacts = Record<never, never>

export type DocumentQuestions = Record<never, never>

export const documentKinds = {} as const satisfies Record<keyof DocumentFacts, string>
