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
  /** Of a link: it leads out of the target or nowhere, so that what is behind it is not met under a name of its own. */
  readonly leaves?: boolean
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
  readonly authoredAt: number
  readonly subject: string
  /**
   * The commit on the first-parent line of the tip that brought it there: a merge, or itself where it stands on that
   * line. What is merged last is what the line holds.
   */
  readonly landed: string
  /** Newest date among it and its ancestors: later than its own where dates run backwards. */
  readonly newestInPast: number
  /** What the caller's look at its bytes came to; 0 where there was none. */
  readonly seen: number
}

/** A look at the raw bytes of an object as it passes by; only the number it comes to is kept. The bytes are gone after it. */
export type Look = (body: Buffer, oid: string) => number

export interface TagRef {
  /** Without `refs/tags/`. */
  readonly name: string
  /** The commit it leads to. */
  readonly commit: string | undefined
  /** For an annotated tag: what its object says. */
  readonly object: { readonly tagger: string; readonly taggedAt: number; readonly seen: number } | undefined
}

/** One file through a history: what it is at the tip, and each commit that changed it. */
export interface FileHistory {
  readonly now: Uint8Array | undefined
  readonly changes: readonly {
    readonly oid: string
    readonly after: Uint8Array | undefined
    /** For each parent of the commit, in order. */
    readonly before: readonly (Uint8Array | undefined)[]
  }[]
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

/** What stood at some paths or below them in one commit: name of the blob by uri. */
export type Snapshot = ReadonlyMap<string, string>

/** Of two snapshots, what is in one and not, or not the same, in the other. */
export const differing = (before: Snapshot, after: Snapshot): { before: Snapshot; after: Snapshot } => ({
  before: new Map([...before].filter(([uri, blob]) => after.get(uri) !== blob)),
  after: new Map([...after].filter(([uri, blob]) => before.get(uri) !== blob)),
})

/** A commit that differs from its first parent at some paths or below them. */
export interface PathChange {
  readonly oid: string
  /** On the first-parent line of the tip: what landed there, in one step. */
  readonly mainline: boolean
  /** Of both, only what differs. */
  readonly before: Snapshot
  readonly after: Snapshot
}

export interface PathHistory {
  /** Those on the mainline, newest first; then those commits with one parent that a merge brought. */
  readonly changes: readonly PathChange[]
  readonly blobs: ReadonlyMap<string, Uint8Array>
  /** Older changes, and blobs, that are left out because of the bounds. */
  readonly left: { readonly changes: number; readonly blobs: number }
  readonly missing: number
}

export interface PathBounds {
  readonly wants: (uri: string) => boolean
  readonly mostChanges: number
  /** Bytes in all, and of one blob. */
  readonly most: number
  readonly largest: number
}

export interface PastBounds {
  /** Bytes in all, and of one blob. */
  readonly most: number
  readonly largest: number
  readonly wants: (uri: string) => boolean
}

export interface PastBlobs {
  /** Wanted, and left out because of the bounds. */
  readonly unread: number
  readonly missing: number
}

/** The oldest and the newest commit that wrote a file as one of some blobs; undefined where it could not be told. */
export interface Holders {
  readonly first: string | undefined
  readonly last: string | undefined
}

/** Git history through plumbing only: nothing the repository configures is ever run. */
export interface History {
  head(): Promise<Read<RepositoryHead>>
  /** Object name of the commit a branch or revision names. */
  resolve(rev: string): Promise<Read<string>>
  /**
   * All commits reachable from `oid`, newest first, to the end or to the first object that is missing. Where `ready`
   * gives a promise, the walk waits for it before it reads on.
   */
  commits(oid: string, look?: Look, ready?: () => Promise<void> | undefined): Promise<Read<Commits>>
  /** All tags, by name. */
  tags(look?: Look): Promise<Read<readonly TagRef[]>>
  /** Versions of at most 1 MiB; at most 2,000 changes, else refused. */
  file(oid: string, uri: string): Promise<Read<FileHistory>>
  /**
   * Every blob reachable from `oid` and not in its tree, once, newest first, with a path it had. The bytes are gone after
   * `take`.
   */
  pastBlobs(
    oid: string,
    bounds: PastBounds,
    take: (uri: string, body: Buffer, oid: string) => void,
  ): Promise<Read<PastBlobs>>
  /** In the order asked. */
  holders(
    oid: string,
    wanted: readonly { readonly uri: string; readonly blobs: ReadonlySet<string> }[],
  ): Promise<Read<readonly Holders[]>>
  /** How what stands at some paths came to be; a path is a file, a folder, or empty for the whole tree. */
  paths(oid: string, paths: readonly string[], bounds: PathBounds): Promise<Read<PathHistory>>
  /** Tracked files that an ignore rule covers, by uri. */
  ignoredYetTracked(): Promise<Read<readonly string[]>>
}

export interface Commits {
  readonly count: number
  at(index: number): CommitHeader
  has(oid: string): boolean
  of(oid: string): CommitHeader | undefined
  /** Commits without a parent. */
  readonly roots: readonly string[]
  /** Objects the walk could not read; the walk went on with the rest. */
  readonly missing: readonly string[]
  /** Objects whose bytes are not what their name says, or too many. */
  readonly damaged: readonly string[]
}

/** What the person who runs the audit keeps at home, as far as it names trusted signers. Shown with `~` for the home. */
export interface UserFiles {
  /** The files of the global git configuration, in the order git reads them; empty where there is none. */
  gitConfig(): Promise<readonly TextFile[]>
  /** A file named there: absolute, or from `~/`. */
  bytes(path: string, bounds: { readonly most: number }): Promise<Read<{ source: Source; bytes: Uint8Array }>>
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
  /** UTF-8 text in pieces, as it is read, for files that are too large to hold; each piece is gone after `take`. */
  stream(path: string, bounds: { readonly most: number }, take: (text: string) => void): Promise<Read<Source>>
}

export const tlsVersions = ['SSL 3', 'TLS 1.0', 'TLS 1.1', 'TLS 1.2', 'TLS 1.3'] as const
export type TlsVersion = (typeof tlsVersions)[number]

/** What a server did when a version of TLS was the highest one offered. Only its own words count: an alert or a hello. */
export type VersionAnswer =
  | { readonly is: 'accepted' }
  /** `by`: the alert's name, or the lower version it chose. */
  | { readonly is: 'refused'; readonly by: string }
  | { readonly is: 'unsure'; readonly reason: string }

/** Texts are bounded and printable. */
export interface PeerCertificate {
  readonly subject: string
  readonly issuer: string
  /** DNS names and addresses of the subjectAltName; at most 50. */
  readonly names: readonly string[]
  /** RFC 3339 UTC, RFC 5280 §4.1.2.5. */
  readonly notBefore: string
  readonly notAfter: string
  /** `rsa`, `ec`, `ed25519`; `bits` of the modulus or curve, undefined where it is not known. */
  readonly key: { readonly type: string; readonly bits: number | undefined }
  /** `sha256 with RSA`, or the dotted OID. */
  readonly signature: string
  readonly selfIssued: boolean
  readonly sha256: string
}

export type HttpAnswer =
  | { readonly is: 'response'; readonly status: number; readonly hsts: readonly string[] }
  | { readonly is: 'not HTTP' }
  | { readonly is: 'unseen'; readonly reason: string }

/** One whole handshake by the TLS of this machine. */
export interface TlsSession {
  readonly version: string
  readonly cipher: string
  /** The server's own first; at most 10. */
  readonly chain: readonly PeerCertificate[]
  /** OpenSSL's word on the chain against the roots, at this machine's clock: `trusted`, or an error code. */
  readonly trust: string
  readonly nameMatches: boolean
  readonly http: HttpAnswer
}

export interface EndpointSeen {
  /** The address that was spoken to; a name may have more. */
  readonly address: string
  readonly versions: Readonly<Record<TlsVersion, VersionAnswer>>
  readonly session: Read<TlsSession>
}

/** Where to speak TLS: a name (ASCII) or an address without brackets, and a port. */
export interface EndpointAt {
  readonly host: string
  readonly port: number
  /** An address is sent as no server name, and compared with the addresses of the certificate. */
  readonly by: 'name' | 'address'
}

/** TLS servers. Each probe takes 3 s at most, an endpoint 15 s; sends a hello and one GET, nothing else. */
export interface Endpoints {
  /** `roots`: PEM texts of certificates trusted besides the well-known ones. Refused where nobody answers. */
  probe(at: EndpointAt, roots: readonly string[]): Promise<Read<EndpointSeen>>
}

/** The outside world, whole: what a run may see, and nothing beside it. */
export interface Workspace {
  /** The target below the repository's root with a trailing `/`, or empty. */
  readonly prefix: string
  readonly tree: Tree
  /** Why there is no history is a refusal, not an absence. */
  readonly history: History
  readonly inputs: Inputs
  readonly user: UserFiles
  /** Absent where no socket may be opened. */
  readonly endpoints?: Endpoints
}
