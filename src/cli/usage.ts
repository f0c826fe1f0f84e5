/** Something is wrong with what the user asked for: exit 2, said on stderr, no stack. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** What the command line itself needs of the process: nothing below `cli/` sees it. */
export interface Terminal {
  readonly out: (text: string) => Promise<void>
  readonly err: (text: string) => void
  readonly outIsTty: boolean
  readonly columns: number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Today, UTC, `YYYY-MM-DD`. */
  readonly today: string
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  /** RFC 3339 UTC. */
  readonly now: () => string
  readonly signal: AbortSignal
}
