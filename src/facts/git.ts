/** Facts of the object store and of the list of tracked files. */
export interface GitFacts {
  'git.repository': {
    /** Full ref name of what is checked out, or undefined when HEAD is detached. */
    readonly branch: string | undefined
    readonly commit: string
    /** History is cut off: `shallow` by depth, `grafted`, `replaced` by replace refs, `partial` clone. */
    readonly cut: readonly ('shallow' | 'grafted' | 'replaced' | 'partial')[]
  }
  'git.commit': {
    readonly oid: string
    readonly author: string
    readonly committer: string
    /** RFC 3339 UTC; set by the committer, proves no time. */
    readonly committedAt: string
    readonly parents: number
    readonly subject: string
    /** Form of the signature in the `gpgsig` header, or `none`. */
    readonly signature: 'none' | 'ssh' | 'openpgp' | 'x509' | 'unknown'
    /** Committed before the date the question names: outside the population. */
    readonly beforeScope: boolean
  }
  /** A tracked file that a repository should not hold, or how many other tracked files there are. */
  'git.tracked-file':
    | {
        readonly is: 'file'
        readonly uri: string
        readonly bytes: number
        /** Tracked although an ignore rule covers it: somebody meant it to stay out. */
        readonly ignored: boolean
        readonly holds: Held | undefined
        /** For an environment file: how many variables named like a credential carry a value. */
        readonly credentials: number
      }
    | { readonly is: 'rest'; readonly files: number }
}

/** What a file is, by its name and its first bytes. */
export type Held =
  | 'environment file'
  | 'private key'
  | 'key store'
  | 'Terraform state'
  | 'database'
  | 'database dump'
  | 'backup copy'
  | 'log'

export interface GitQuestions {
  'git.repository': Record<never, never>
  /** Commits reachable from `branch` (`HEAD`: what is checked out), from `since` (RFC 3339 date) if given. */
  'git.commit': { readonly branch: string; readonly since?: string }
  'git.tracked-file': Record<never, never>
}

export const gitKinds = {
  'git.repository': 'The repository itself: what is checked out, and whether its history is complete.',
  'git.commit': 'One commit reachable from a branch, and the form of its signature.',
  'git.tracked-file': 'A file in the index that a repository should not hold, and the number of all others.',
} as const satisfies Record<keyof GitFacts, string>
