/**
 * What a signature came to. `letter` is what `git log --format=%G?` prints with the same keys; `state` says why, in
 * finer grains than the letters have.
 */
export interface SignatureSeen {
  readonly form: 'none' | 'ssh' | 'openpgp' | 'x509' | 'unknown'
  readonly letter: 'G' | 'B' | 'U' | 'X' | 'Y' | 'R' | 'E' | 'N'
  readonly state: SignatureState
  /** `SHA256:…` of an SSH key, or 16 hex digits of an OpenPGP key. */
  readonly keyId?: string
  /** Principal of the allowed-signers file, name on the OpenPGP key, or the forge. Only where the key is trusted. */
  readonly signer?: string
  /** What else there is to say: a date, an algorithm. Never bytes of a signature. */
  readonly detail?: string
}

export type SignatureState =
  /** Verifies, and the key is trusted. */
  | 'good'
  /** Verifies against the forge's own key: somebody pressed a button there. */
  | 'forge'
  | 'unsigned'
  /** Does not verify: the object, the signature or the key is another. */
  | 'bad'
  /** No signature in the form it claims. */
  | 'malformed'
  /** Verifies; its key is revoked for all it ever signed. */
  | 'revoked'
  /** Verifies; its key was replaced or retired after the date of the signature. `detail`: when. */
  | 'retired'
  /** The key is in no trusted list. An SSH signature carries its key and verifies; an OpenPGP one cannot be tried. */
  | 'unknown-key'
  /** No trusted list was given at all. */
  | 'no-trust'
  /** By a key id of the forge, whose key is in no keyring that was given. */
  | 'forge-unknown'
  /** The list trusts the key, but not at the date of the commit. */
  | 'not-valid-then'
  /** The commit changes the list that trusts its own key. */
  | 'self-introduced'
  /** The signature's own term has ended. */
  | 'expired-signature'
  /** The key has ended since. */
  | 'expired-key'
  /** The key had ended before the date of the signature, as far as the keyring knows. */
  | 'expired-before'
  /** X.509, certificates, algorithms and forms that are not evaluated. */
  | 'not-evaluated'

/**
 * How a commit came to the branch, as far as commits say it. `in`: the commit of the branch's own first-parent line that
 * brought it, which may be itself. `number`: what a message calls the request that asked for it.
 */
export type Arrival =
  | { readonly by: 'start' }
  | { readonly by: 'request'; readonly number: number; readonly in: string; readonly forgeSigned: boolean }
  | { readonly by: 'merge'; readonly in: string }
  /** On the branch's own line, and no request is named: pushed, or merged in a way that leaves no trace. */
  | { readonly by: 'push or rebase' }

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
    readonly authoredAt: string
    /** The newest date of the committers among it and all its ancestors. */
    readonly newestInPast: string
    readonly parents: number
    readonly subject: string
    readonly arrival: Arrival
    /** The message names an issue, in the form the question gives. */
    readonly namesIssue: boolean
    /** Of the signature in the `gpgsig` header. */
    readonly signature: SignatureSeen
    /**
     * `before`: it and all its ancestors are dated before the day the question names. `doubtful`: it is, an ancestor is
     * not, and one of the dates is wrong.
     */
    readonly scope: 'in' | 'before' | 'doubtful'
  }
  /** A tag, which names a release or anything else. */
  'git.tag': {
    /** Without `refs/tags/`. */
    readonly name: string
    /** The commit it leads to; undefined where it leads to a tree or blob, or to what is not here. */
    readonly commit: string | undefined
    /** An annotated tag is an object with a tagger, a date and maybe a signature; a lightweight one is a name. */
    readonly annotated: boolean
    readonly tagger: string | undefined
    /** RFC 3339 UTC, from the tag object; undefined for a lightweight tag. */
    readonly taggedAt: string | undefined
    readonly signature: SignatureSeen
    /** Whether the branch that is checked out contains its commit. */
    readonly onBranch: boolean
    /** The name is a version: `v1.2.3`, `release-2026-06-01`, `1.0`. */
    readonly isVersion: boolean
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
  /**
   * Commits reachable from any of the branches (`HEAD`: what is checked out), from `since` (RFC 3339 date) if given.
   * `issues`: a regular expression, what the name of an issue looks like.
   */
  'git.commit': { readonly branches: readonly string[]; readonly since?: string; readonly issues?: string }
  'git.tag': Record<never, never>
  'git.tracked-file': Record<never, never>
}

export const gitKinds = {
  'git.repository': 'The repository itself: what is checked out, and whether its history is complete.',
  'git.commit': 'One commit reachable from a branch, and what its signature came to.',
  'git.tag': 'One tag, and what its signature came to.',
  'git.tracked-file': 'A file in the index that a repository should not hold, and the number of all others.',
} as const satisfies Record<keyof GitFacts, string>
