import { posix } from 'node:path'
import { sha256 } from '../digest.ts'
import { parseCommit, parseTag } from './commit-object.ts'
import { decode, decodePieces, textLimit, tooLarge } from './text.ts'
import {
  type CommitHeader,
  type Commits,
  differing,
  type EndpointSeen,
  type Entry,
  type FileHistory,
  got,
  type Look,
  type PathBounds,
  type PathHistory,
  type Read,
  type RepositoryHead,
  refused,
  type TagRef,
  type Workspace,
} from './workspace.ts'

/** A workspace out of plain values: samples in tests, and trees read from git objects. */
export interface MemoryTree {
  readonly files: Readonly<Record<string, string | Uint8Array>>
  /** Paths whose reading is refused, as if their permissions forbade it. */
  readonly unreadable?: readonly string[]
  /** Path → target of a symbolic link; never followed. */
  readonly links?: Readonly<Record<string, string>>
  readonly history?: MemoryHistory
  /** Files named on the command line that stand outside the tree. */
  readonly outside?: Readonly<Record<string, string | Uint8Array>>
  /** What stands at home, by its path from `~/`: `~/.gitconfig` is the global configuration. */
  readonly home?: Readonly<Record<string, string | Uint8Array>>
  /** What is seen at `host:port`, or why nothing is; nobody listens anywhere else. */
  readonly endpoints?: Readonly<Record<string, EndpointSeen | { readonly unreachable: string }>>
}

export interface MemoryCommit extends Partial<Omit<CommitHeader, 'seen' | 'newestInPast' | 'landed'>> {
  /** The whole object, where its signature matters; what else is said of the commit wins over what it says. */
  readonly raw?: string
  /** Files this commit changed, for the history of one file; the tree holds the last version. */
  readonly writes?: Readonly<Record<string, string>>
  /** Files it took away. */
  readonly removes?: readonly string[]
}

export interface MemoryHistory {
  readonly branch?: string
  readonly cut?: RepositoryHead['cut']
  /** Newest first; the first one is the head. */
  readonly commits: readonly MemoryCommit[]
  readonly missing?: readonly string[]
  readonly tags?: readonly { readonly name: string; readonly commit?: string; readonly raw?: string }[]
  readonly ignoredYetTracked?: readonly string[]
}

const bytesOf = (content: string | Uint8Array): Uint8Array =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content

/** Distinct in the ten digits that are shown. */
const numbered = (n: number): string => n.toString(16).padStart(10, '0').padEnd(40, '0')

export const memoryCommits = (
  given: readonly MemoryCommit[],
  missing: readonly string[] = [],
  look?: Look,
): Commits => {
  const commits = given.map((commit, index): Omit<CommitHeader, 'landed'> => {
    const { raw, writes: _, removes: __, ...said } = commit
    const body = raw === undefined ? undefined : Buffer.from(raw, 'utf8')
    const header = {
      oid: numbered(given.length - index),
      parents: index + 1 < given.length ? [numbered(given.length - index - 1)] : [],
      author: 'Ada <ada@example.org>',
      committer: 'Ada <ada@example.org>',
      committedAt: Date.UTC(2026, 5, 1) / 1000 - index * 86_400,
      authoredAt: Date.UTC(2026, 5, 1) / 1000 - index * 86_400,
      subject: `change ${given.length - index}`,
      ...(body ? parsed(body) : {}),
      ...said,
    }
    if (said.committedAt !== undefined && said.authoredAt === undefined && !body) header.authoredAt = said.committedAt
    return { ...header, newestInPast: header.committedAt, seen: look?.(body ?? plainCommit(header), header.oid) ?? 0 }
  })
  const newest = new Map<string, number>()
  for (const { oid, parents, committedAt } of commits.toReversed())
    newest.set(oid, Math.max(committedAt, ...parents.map(p => newest.get(p) ?? committedAt)))
  const byOid = new Map(commits.map(c => [c.oid, c]))
  const landed = new Map<string, string>()
  const line: string[] = []
  for (let oid = commits[0]?.oid; oid !== undefined && byOid.has(oid); oid = byOid.get(oid)?.parents[0]) line.push(oid)
  const land = (oid: string, step: string): void => {
    if (landed.has(oid)) return
    landed.set(oid, step)
    for (const parent of byOid.get(oid)?.parents ?? []) land(parent, step)
  }
  for (const step of line.toReversed()) land(step, step)
  const whole = (commit: Omit<CommitHeader, 'landed'>): CommitHeader => ({
    ...commit,
    newestInPast: newest.get(commit.oid) ?? commit.committedAt,
    landed: landed.get(commit.oid) ?? commit.oid,
  })
  return {
    count: commits.length,
    missing,
    damaged: [],
    roots: commits.filter(c => c.parents.length === 0).map(c => c.oid),
    has: oid => newest.has(oid),
    of: oid => {
      const commit = byOid.get(oid)
      return commit && whole(commit)
    },
    at: index => {
      const commit = commits[index]
      if (!commit) throw new RangeError(`no commit ${index}`)
      return whole(commit)
    },
  }
}

/** All but the parents: in a short history, each commit follows the one below it. */
const parsed = (body: Buffer): Partial<CommitHeader> => {
  const { parents, ...header } = parseCommit(body)
  return parents.length > 1 ? { parents, ...header } : header
}

const plainCommit = (c: Pick<CommitHeader, 'author' | 'committer' | 'committedAt' | 'subject'>): Buffer =>
  Buffer.from(
    `tree ${'0'.repeat(40)}\nauthor ${c.author} ${c.committedAt} +0000\ncommitter ${c.committer} ${c.committedAt} +0000\n\n${c.subject}\n`,
  )

const tagOf = (
  tag: { readonly name: string; readonly commit?: string; readonly raw?: string },
  look?: Look,
): TagRef => {
  const body = tag.raw === undefined ? undefined : Buffer.from(tag.raw, 'utf8')
  const object = body && { ...parseTag(body), seen: look?.(body, tag.name) ?? 0 }
  return { name: tag.name, commit: tag.commit, object }
}

const fileHistory = (history: MemoryHistory, uri: string, inTree: string | Uint8Array | undefined): FileHistory => {
  const written = memoryCommits(history.commits)
  const changes = history.commits.flatMap(({ writes }, index) => {
    const text = writes?.[uri]
    return text === undefined
      ? []
      : [{ oid: written.at(index).oid, after: bytesOf(text), isRoot: index === history.commits.length - 1 }]
  })
  return {
    now: changes[0]?.after ?? (inTree === undefined ? undefined : bytesOf(inTree)),
    changes: changes.map(({ oid, after, isRoot }, i) => ({
      oid,
      after,
      before: isRoot ? [] : [changes[i + 1]?.after],
    })),
  }
}

/** What the tree held at each commit: its first parent's, with what it wrote and took away. */
const snapshots = (history: MemoryHistory, files: MemoryTree['files']) => {
  const walk = memoryCommits(history.commits)
  const written = new Set(history.commits.flatMap(c => [...Object.keys(c.writes ?? {}), ...(c.removes ?? [])]))
  const texts = new Map<string, Uint8Array>()
  const name = (text: string | Uint8Array): string => {
    const oid = sha256(text)
    texts.set(oid, bytesOf(text))
    return oid
  }
  const always = Object.entries(files).filter(([uri]) => !written.has(uri))
  const at = new Map<string, ReadonlyMap<string, string>>()
  for (let i = history.commits.length - 1; i >= 0; i--) {
    const { oid, parents } = walk.at(i)
    const tree = new Map(at.get(parents[0] ?? '') ?? always.map(([uri, text]) => [uri, name(text)]))
    for (const [uri, text] of Object.entries(history.commits[i]?.writes ?? {})) tree.set(uri, name(text))
    for (const uri of history.commits[i]?.removes ?? []) tree.delete(uri)
    at.set(oid, tree)
  }
  return { walk, at, texts }
}

const pathHistory = (history: MemoryHistory, files: MemoryTree['files'], bounds: PathBounds): PathHistory => {
  const { walk, at, texts } = snapshots(history, files)
  const wanted = (oid: string | undefined): ReadonlyMap<string, string> =>
    new Map([...(at.get(oid ?? '') ?? [])].filter(([uri]) => bounds.wants(uri)))
  const changes = Array.from({ length: walk.count }, (_, i) => walk.at(i)).flatMap(({ oid, parents, landed }) => {
    const { before, after } = differing(wanted(parents[0]), wanted(oid))
    const aside = landed !== oid
    return before.size + after.size === 0 || (aside && parents.length > 1)
      ? []
      : [{ oid, mainline: !aside, before, after }]
  })
  return { changes, blobs: texts, left: { changes: 0, blobs: 0 }, missing: 0 }
}

/** Versions that commits wrote and the tree no longer has, newest first. */
const pastVersions = (history: MemoryHistory, files: MemoryTree['files']) => {
  const written = memoryCommits(history.commits)
  return history.commits.flatMap(({ writes }, index) =>
    Object.entries(writes ?? {})
      .filter(([uri, text]) => files[uri] === undefined || Buffer.from(bytesOf(files[uri] ?? '')).toString() !== text)
      .map(([uri, text]) => ({ uri, text, name: `${uri} ${sha256(text)}`, oid: written.at(index).oid })),
  )
}

export const memoryWorkspace = (tree: MemoryTree): Workspace => {
  const unreadable = new Set(tree.unreadable)
  const tracked = tree.history ? true : undefined
  const entries: Entry[] = [
    ...Object.entries(tree.files).map(([uri, content]) => ({
      uri,
      bytes: bytesOf(content).length,
      type: 'file' as const,
      tracked,
    })),
    ...Object.entries(tree.links ?? {}).map(([uri, to]) => ({
      uri,
      bytes: 0,
      type: 'link' as const,
      leaves: to.startsWith('/') || posix.join(posix.dirname(uri), to).startsWith('..'),
      tracked,
    })),
  ].sort((a, b) => (a.uri < b.uri ? -1 : 1))

  const bytes = (uri: string, from = tree.files): Read<Uint8Array> => {
    const target = tree.links?.[uri]
    if (target !== undefined) return refused('denied', `is a symbolic link to ${target}; links are not followed`)
    if (unreadable.has(uri)) return refused('unreadable', 'permission denied')
    const content = from[uri]
    return content === undefined ? refused('unreadable', 'no such file') : got(bytesOf(content))
  }
  const text = (uri: string, most = textLimit, from = tree.files) => {
    const read = bytes(uri, from)
    if (!read.ok) return read
    return read.value.length > most ? tooLarge(read.value.length, most) : decode(uri, read.value)
  }

  const everything = { ...tree.files, ...tree.outside }
  const below = (path: string): string[] =>
    Object.keys(everything)
      .filter(uri => uri === path || uri.startsWith(`${path.replace(/\/$/, '')}/`))
      .sort()

  const { history } = tree
  const noHistory = refused('unresolved', 'not a git repository')
  const commits = history ? memoryCommits(history.commits, history.missing) : undefined
  return {
    prefix: '',
    tree: {
      list: async () => ({ entries, unseen: [] }),
      text: async (uri, bounds) => text(uri, bounds?.most),
      head: async (uri, most) => {
        const read = bytes(uri)
        return read.ok ? got(read.value.subarray(0, most)) : read
      },
    },
    history: {
      head: async () => {
        const first = commits && commits.count > 0 ? commits.at(0) : undefined
        if (!history || !first) return noHistory
        return got({
          ref: `refs/heads/${history.branch ?? 'main'}`,
          commit: first.oid,
          tree: first.oid,
          cut: history.cut ?? [],
          origin: undefined,
          prefix: '',
        })
      },
      resolve: async rev => {
        if (!commits) return noHistory
        if (rev === 'HEAD' || rev === (history?.branch ?? 'main')) return got(commits.at(0).oid)
        return refused('unresolved', `no branch or revision ${rev}`)
      },
      commits: async (_oid, look) => (history ? got(memoryCommits(history.commits, history.missing, look)) : noHistory),
      tags: async look => (history ? got((history.tags ?? []).map(tag => tagOf(tag, look))) : noHistory),
      file: async (_oid, uri) => (history ? got(fileHistory(history, uri, tree.files[uri])) : noHistory),
      pastBlobs: async (_oid, bounds, take) => {
        if (!history) return noHistory
        for (const { uri, text, name } of pastVersions(history, tree.files))
          if (bounds.wants(uri)) take(uri, Buffer.from(text), name)
        return got({ unread: 0, missing: history.missing?.length ?? 0 })
      },
      holders: async (_oid, wanted) =>
        history
          ? got(
              wanted.map(({ uri, blobs }) => {
                const holding = pastVersions(history, tree.files).filter(one => one.uri === uri && blobs.has(one.name))
                return { first: holding.at(-1)?.oid, last: holding[0]?.oid }
              }),
            )
          : noHistory,
      paths: async (_oid, _paths, bounds) => (history ? got(pathHistory(history, tree.files, bounds)) : noHistory),
      ignoredYetTracked: async () => (history ? got(history.ignoredYetTracked ?? []) : noHistory),
    },
    inputs: {
      files: async path => {
        const uris = below(path)
        if (uris.length === 0) return refused('unreadable', 'no such file or folder')
        return got(uris.map(uri => ({ uri, bytes: bytesOf(everything[uri] ?? '').length })))
      },
      text: async (path, bounds) => text(path, bounds?.most, everything),
      bytes: async (path, bounds) => {
        const read = bytes(path, everything)
        if (!read.ok) return read
        if (read.value.length > bounds.most) return tooLarge(read.value.length, bounds.most)
        return got({
          source: { uri: path, sha256: sha256(read.value), bytes: read.value.length },
          bytes: read.value,
        })
      },
      stream: async (path, bounds, take) => {
        const read = bytes(path, everything)
        if (!read.ok) return read
        if (read.value.length > bounds.most) return tooLarge(read.value.length, bounds.most)
        const pieces = decodePieces(take)
        for (let at = 0; at < read.value.length; at += 4096) {
          const refusal = pieces.give(read.value.subarray(at, at + 4096))
          if (refusal) return refusal
        }
        return pieces.end() ?? got({ uri: path, sha256: sha256(read.value), bytes: read.value.length })
      },
    },
    user: {
      gitConfig: async () => {
        const config = tree.home?.['~/.gitconfig']
        const read = config === undefined ? undefined : decode('~/.gitconfig', bytesOf(config))
        return read?.ok ? [read.value] : []
      },
      bytes: async path => {
        const content = tree.home?.[path]
        if (content === undefined) return refused('unreadable', 'no such file or folder')
        const read = bytesOf(content)
        return got({ source: { uri: path, sha256: sha256(read), bytes: read.length }, bytes: read })
      },
    },
    endpoints: {
      probe: async ({ host, port }) => {
        const seen = tree.endpoints?.[`${host.includes(':') ? `[${host}]` : host}:${port}`]
        if (seen === undefined) return refused('unreadable', 'the connection is refused: nothing listens on this port')
        return 'unreachable' in seen ? refused('unreadable', seen.unreachable) : got(seen)
      },
    },
  }
}
