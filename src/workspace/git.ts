import { type SimpleGit, simpleGit } from 'simple-git'
import { objectName, parseCommit, parseTag } from './commit-object.ts'
import { readHolders, readPastBlobs } from './git-blobs.ts'
import { type Call, config, converse, environment } from './git-call.ts'
import { cutsOf, type GitDir, originOf } from './git-dir.ts'
import { readPaths } from './git-paths.ts'
import { walk } from './git-walk.ts'
import {
  type FileHistory,
  got,
  type History,
  type Look,
  type Read,
  type RepositoryHead,
  refused,
  type TagRef,
} from './workspace.ts'

export interface TrackedFile {
  readonly uri: string
  readonly mode: string
  readonly oid: string
}

/** Plumbing on one repository: rev-parse, rev-list, ls-files, ls-tree, for-each-ref and cat-file streams; nothing else. */
export interface GitRepository {
  readonly history: History
  readonly tracked: () => Promise<Read<readonly TrackedFile[]>>
  /** Files git does not track and does not ignore. */
  readonly untracked: () => Promise<Read<readonly string[]>>
  /** Blob names in the head commit, by uri. */
  readonly committed: () => Promise<Read<ReadonlyMap<string, string>>>
}

const because = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return (message.split('\n').find(line => line.trim() !== '') ?? 'unknown').slice(0, 200)
}

/** How long git may say nothing, in milliseconds. */
const patience = 10_000

export const openGit = (git: GitDir, environmentPath: string | undefined, signal: AbortSignal): GitRepository => {
  const env = environment(environmentPath)
  const plumbing: SimpleGit = simpleGit({
    baseDir: git.root,
    config,
    abort: signal,
    // Patterns of a hostile .gitignore take git itself exponential time.
    timeout: { block: patience },
    unsafe: {
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeProtocolOverride: true,
      allowUnsafeConfigPaths: true,
    },
    allowEnvironment: Object.keys(env),
  }).env(env)
  const where = [`--git-dir=${git.dir}`, `--work-tree=${git.root}`, '--no-replace-objects', '--literal-pathspecs']
  const run = async (...args: readonly string[]): Promise<Read<string>> => {
    try {
      return got(await plumbing.raw([...where, ...args]))
    } catch (error) {
      if (signal.aborted) throw signal.reason
      return refused('unreadable', `git could not answer: ${because(error)}`)
    }
  }
  const names = (read: Read<string>): Read<readonly string[]> =>
    read.ok ? got(read.value.split('\0').filter(name => name !== '')) : read
  const scope = git.prefix === '' ? [] : ['--', git.prefix]

  const lookUpCommit = async (rev: string): Promise<Read<string>> => {
    for (const name of rev === 'HEAD' ? [rev] : [`refs/heads/${rev}`, `refs/remotes/origin/${rev}`, rev]) {
      const oid = await run('rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`)
      if (oid.ok && /^[0-9a-f]{40,64}\n?$/.test(oid.value)) return got(oid.value.trim())
    }
    if (rev !== 'HEAD') return refused('unresolved', `no branch or revision named ${rev}`)
    // A name without its object is a broken store; only a HEAD without a name has no commit yet.
    const named = await run('rev-parse', '--verify', '--quiet', 'HEAD')
    if (!named.ok && /fatal|error|timeout/.test(named.refusal.reason)) return named
    return named.ok && named.value.trim() !== ''
      ? refused('unreadable', 'the commit that HEAD names is not in the object store')
      : refused('unresolved', 'the repository has no commit yet')
  }

  // Asked once, so that a whole run judges the same commit, whatever is committed meanwhile.
  const resolved = new Map<string, Promise<Read<string>>>()
  const resolveCommit = (rev: string): Promise<Read<string>> => {
    const asked = resolved.get(rev) ?? lookUpCommit(rev)
    resolved.set(rev, asked)
    return asked
  }

  const call: Call = { args: [...config.flatMap(c => ['-c', c]), ...where], cwd: git.root, env, signal }
  const fromStore = async <T>(read: () => Promise<T>): Promise<Read<T>> => {
    try {
      return got(await read())
    } catch (error) {
      if (signal.aborted) throw error
      return refused('unreadable', `the object store could not be read: ${because(error)}`)
    }
  }
  const lookUpHead = async (): Promise<Read<RepositoryHead>> => {
    const commit = await resolveCommit('HEAD')
    if (!commit.ok) return commit
    const [tree, ref, replaced] = await Promise.all([
      run('rev-parse', '--verify', '--quiet', `${commit.value}^{tree}`),
      run('rev-parse', '--symbolic-full-name', 'HEAD'),
      run('for-each-ref', '--count=1', '--format=%(refname)', 'refs/replace/'),
    ])
    return got({
      ref: ref.ok && ref.value.startsWith('refs/') ? ref.value.trim() : undefined,
      commit: commit.value,
      tree: tree.ok ? tree.value.trim() : '',
      cut: [...cutsOf(git), ...(replaced.ok && replaced.value.trim() !== '' ? ['replaced' as const] : [])],
      origin: originOf(git),
      prefix: git.prefix,
    })
  }
  let head: Promise<Read<RepositoryHead>> | undefined
  const history: History = {
    head: () => {
      head ??= lookUpHead()
      return head
    },
    resolve: resolveCommit,
    commits: (oid, look, ready) => fromStore(() => walk(oid, git, call, look, ready)),
    tags: async look => {
      const format = '--format=%(refname)%00%(objecttype)%00%(objectname)'
      const listed = await run('for-each-ref', format, `--count=${mostTags + 1}`, 'refs/tags/')
      if (!listed.ok) return listed
      if (listed.value.split('\n').length > mostTags + 1) return refused('too-large', `more than ${mostTags} tags`)
      return fromStore(() => readTags(listed.value, call, look))
    },
    file: async (oid, uri) => {
      const there = await run('rev-parse', '--verify', '--quiet', '--end-of-options', `${oid}:${uri}`)
      if (!there.ok || there.value.trim() === '') return got({ now: undefined, changes: [] })
      const listed = await run('rev-list', '--full-history', `--max-count=${mostChanges + 1}`, oid, '--', uri)
      if (!listed.ok) return listed
      const commits = listed.value.split('\n').filter(line => line !== '')
      if (commits.length > mostChanges || /[\n\0]/.test(uri))
        return refused('too-large', `${uri} changed more than ${mostChanges} times`)
      return fromStore(() => readFileHistory(oid, uri, commits, call))
    },
    pastBlobs: (oid, bounds, take) => fromStore(() => readPastBlobs(oid, bounds, take, call)),
    holders: (oid, wanted) => fromStore(() => readHolders(oid, wanted, call)),
    paths: (oid, paths, bounds) => fromStore(() => readPaths(oid, paths, bounds, call)),
    ignoredYetTracked: async () =>
      names(await run('ls-files', '-z', '--full-name', '--cached', '--ignored', '--exclude-standard', ...scope)),
  }
  return {
    history,
    tracked: async () => {
      const listed = names(await run('ls-files', '-z', '--full-name', '--stage', ...scope))
      if (!listed.ok) return listed
      return got(
        listed.value.flatMap(line => {
          const parts = /^(\d{6}) ([0-9a-f]+) \d\t(.+)$/s.exec(line)
          return parts ? [{ mode: parts[1] ?? '', oid: parts[2] ?? '', uri: parts[3] ?? '' }] : []
        }),
      )
    },
    untracked: async () =>
      names(await run('ls-files', '-z', '--full-name', '--others', '--exclude-standard', ...scope)),
    committed: async () => {
      const listed = names(await run('ls-tree', '-r', '-z', '--full-tree', 'HEAD', ...scope))
      if (!listed.ok) return listed
      const blobs = new Map<string, string>()
      for (const line of listed.value) {
        const parts = /^\d{6} blob ([0-9a-f]+)\t(.+)$/s.exec(line)
        if (parts) blobs.set(parts[2] ?? '', parts[1] ?? '')
      }
      return got(blobs)
    },
  }
}

/* ---- tags and files ---- */

const mostTags = 100_000

const readTags = async (listed: string, call: Call, look: Look | undefined): Promise<readonly TagRef[]> => {
  const refs = listed.split('\n').flatMap(line => {
    const [name, type, oid] = line.split('\0')
    return name?.startsWith('refs/tags/') && type !== undefined && oid !== undefined
      ? [{ name: name.slice(10), type, oid }]
      : []
  })
  const objects = new Map<string, TagRef['object']>()
  const annotated = [...new Set(refs.filter(r => r.type === 'tag').map(r => r.oid))]
  await converse(call, annotated, object => {
    if (object.is !== 'object' || object.type !== 'tag') return []
    if (objectName('tag', object.body, object.oid.length) !== object.oid) return []
    const { tagger, taggedAt } = parseTag(object.body)
    objects.set(object.oid, { tagger, taggedAt, seen: look?.(object.body, object.oid) ?? 0 })
    return []
  })
  // `^{commit}` follows tags of tags; what leads elsewhere is named missing.
  const commits: (string | undefined)[] = []
  await converse(
    call,
    refs.map(r => `${r.oid}^{commit}`),
    object => {
      commits.push(object.is !== 'missing' && object.type === 'commit' ? object.oid : undefined)
      return []
    },
  )
  return refs.map((ref, i) => ({ name: ref.name, commit: commits[i], object: objects.get(ref.oid) }))
}

const mostChanges = 2000
const largestVersion = 1024 * 1024

/** The versions of a file around each commit that changed it; parents are those the commits name. */
const readFileHistory = async (
  oid: string,
  uri: string,
  commits: readonly string[],
  call: Call,
): Promise<FileHistory> => {
  const parentsOf = new Map<string, readonly string[]>()
  await converse(call, commits, object => {
    if (object.is === 'object' && object.type === 'commit') parentsOf.set(object.oid, parseCommit(object.body).parents)
    return []
  })
  const wanted = [...new Set([oid, ...commits, ...[...parentsOf.values()].flat()])]
  const versions = new Map<string, Uint8Array>()
  let i = 0
  await converse(
    call,
    wanted.map(at => `${at}:${uri}`),
    object => {
      const at = wanted[i++] ?? ''
      const small = object.is === 'object' && object.body.length <= largestVersion
      if (at === oid && object.is !== 'missing' && !small) throw new Error(`${uri} is larger than 1 MiB`)
      if (small && object.type === 'blob') versions.set(at, Buffer.from(object.body))
      return []
    },
  )
  return {
    now: versions.get(oid),
    changes: commits.map(at => ({
      oid: at,
      after: versions.get(at),
      before: (parentsOf.get(at) ?? []).map(parent => versions.get(parent)),
    })),
  }
}
