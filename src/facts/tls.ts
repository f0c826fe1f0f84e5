/** Facts seen in tls. */
export type TlsFacts = Record<never, never>

export type TlsQuestions = Record<never, never>

export const tlsKinds = {} as const satisfies Record<keyof TlsFacts, string>
