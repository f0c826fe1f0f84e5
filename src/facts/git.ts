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
  }
  'git.tracked-file': {
    readonly uri: string
    readonly bytes: number
    /** Tracked although a rule of .gitignore covers it. */
    readonly ignored: boolean
    /** What the name and first bytes say it is, where that is something a repository should not hold. */
    readonly holds:
      | 'environment file'
      | 'private key'
      | 'key store'
      | 'database'
      | 'database dump'
      | 'backup copy'
      | 'log'
      | undefined
  }
}

export interface GitQuestions {
  'git.repository': Record<never, never>
  /** Commits reachable from `branch` (`HEAD`: what is checked out), from `since` (RFC 3339 date) if given. */
  'git.commit': { readonly branch: string; readonly since?: string }
  'git.tracked-file': Record<never, never>
}

export const gitKinds = {
  'git.repository': 'The repository itself: what is checked out, and whether its history is complete.',
  'git.commit': 'One commit reachable from a branch, and the form of its signature.',
  'git.tracked-file': 'One file in the index that may be something a repository should not hold.',
} as const satisfies Record<keyof GitFacts, string>
