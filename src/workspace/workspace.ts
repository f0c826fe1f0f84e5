import type { GapCause } from '../model.ts'
import type { Source } from '../place.ts'

/** Why something could not be read, in words for the report. */
export interface Refusal {
  readonly cause: Exclude<GapCause, 'bug'>
  readonly reason: string
}
export type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal }

export const got = <T>(value: T): Read<T> => ({ ok: true, value })
export const refused = (cause: Refusal['cause'], reason: string): Read<never> => ({
  ok: false,
  refusal: { cause, reason },
})

/** One name in the tree. `bytes` is 0 for what is no regular file. */
export interface Entry {
  readonly uri: string
  readonly bytes: number
  readonly type: 'file' | 'link' | 'special'
  /** In git's index; `undefined` outside git. */
  readonly tracked: boolean | undefined
}

export interface Listing {
  readonly entries: readonly Entry[]
  /** Folders that could not be listed, bounds that were hit: each is a gap for whoever needed the whole list. */
  readonly unseen: readonly { readonly uri: string; readonly refusal: Refusal }[]
  /** Tracked files whose bytes differ from the commit's, where the tree is a working tree. */
  readonly dirty?: readonly string[]
  /** Glob of an exclusion → how many files it took away. */
  readonly excluded?: ReadonlyMap<string, number>
}

/** A file's text, decoded once: the text all positions count in. A byte-order mark is not part of it. */
export interface TextFile {
  readonly source: Source
  readonly text: string
}

/** The files under judgement. Reads follow no link and never leave the target. */
export interface Tree {
  /** Sorted by uri. */
  list(): Promise<Listing>
  /** UTF-8 text of at most `most` bytes (default 2 MiB). */
  text(uri: string, bounds?: { readonly most: number }): Promise<Read<TextFile>>
  /** The first `most` bytes, and the hash of nothing: for looking at what a file is. */
  head(uri: string, most: number): Promise<Read<Uint8Array>>
}

/** What a commit header says, as bytes on disk say it; nothing here is verified. */
export interface CommitHeader {
  readonly oid: string
  readonly parents: readonly string[]
  readonly author: string
  readonly committer: string
  /** Seconds since 1970-01-01T00:00Z. */
  readonly committedAt: number
  readonly subject: string
  readonly signature: 'none' | 'ssh' | 'openpgp' | 'x509' | 'unknown'
}

export interface RepositoryHead {
  /** Full name (`refs/heads/main`), or undefined when HEAD is detached. */
  readonly ref: string | undefined
  readonly commit: string
  readonly tree: string
  readonly cut: readonly ('shallow' | 'grafted' | 'replaced' | 'partial')[]
  /** The `origin` URL without user or password, as text; never contacted. */
  readonly origin: string | undefined
  /** The target's folder inside the repository, with a trailing `/`, or empty. */
  readonly prefix: string
}

/** Git history through plumbing only: nothing the repository configures is ever run. */
export interface History {
  head(): Promise<Read<RepositoryHead>>
  /** Object name of the commit a branch or revision names. */
  resolve(rev: string): Promise<Read<string>>
  /** All commits reachable from `oid`, newest first, to the end or to the first object that is missing. */
  commits(oid: string): Promise<Read<Commits>>
  /** Tracked files that an ignore rule covers, by uri. */
  ignoredYetTracked(): Promise<Read<readonly string[]>>
}

export interface Commits {
  readonly count: number
  at(index: number): CommitHeader
  /** Objects the walk could not read; the walk went on with the rest. */
  readonly missing: readonly string[]
}

/** A file named on the command line; it may stand outside the target. */
export interface InputFile {
  readonly uri: string
  readonly bytes: number
}

export interface Inputs {
  /** The regular files at a path: itself, or those below it, sorted. */
  files(path: string): Promise<Read<readonly InputFile[]>>
  text(path: string, bounds?: { readonly most: number }): Promise<Read<TextFile>>
  bytes(path: string, bounds: { readonly most: number }): Promise<Read<{ source: Source; bytes: Uint8Array }>>
}

/** The outside world, whole: what a run may see, and nothing beside it. */
export interface Workspace {
  /** The target below the repository's root with a trailing `/`, or empty. */
  readonly prefix: string
  readonly tree: Tree
  /** Why there is no history is a refusal, not an absence. */
  readonly history: History
  readonly inputs: Inputs
}
