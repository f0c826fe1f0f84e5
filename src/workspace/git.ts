import { execa } from 'execa'
import { type SimpleGit, simpleGit } from 'simple-git'
import { objectName, parseCommit, parseTag } from './commit-object.ts'
import { readHolders, readPastBlobs } from './git-blobs.ts'
import { cutsOf, type GitDir, originOf, shallowEnds } from './git-dir.ts'
import {
  type Commits,
  type FileHistory,
  got,
  type History,
  type Look,
  type Read,
  refused,
  type TagRef,
} from './workspace.ts'

/**
 * Settings that win over anything the repository configures. No protocol may be used (the variable beats every
 * `protocol.*` key), no program runs, no replacement or graft is believed, nothing is locked or written.
 */
const config = [
  'protocol.allow=never',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.hooksPath=/dev/null',
  'core.commitGraph=false',
  'core.excludesFile=/dev/null',
  'core.quotePath=false',
]
const environment = (path: string | undefined): Record<string, string> => ({
  ...(path === undefined ? {} : { PATH: path }),
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_GRAFT_FILE: '/dev/null',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_TERMINAL_PROMPT: '0',
})

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
      return refused('unreadable', `git could not answer: ${because(error)}`)
    }
  }
  const names = (read: Read<string>): Read<readonly string[]> =>
    read.ok ? got(read.value.split('\0').filter(name => name !== '')) : read
  const scope = git.prefix === '' ? [] : ['--', git.prefix]

  const resolveCommit = async (rev: string): Promise<Read<string>> => {
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

  const call: Call = { args: [...config.flatMap(c => ['-c', c]), ...where], cwd: git.root, env, signal }
  const fromStore = async <T>(read: () => Promise<T>): Promise<Read<T>> => {
    try {
      return got(await read())
    } catch (error) {
      if (signal.aborted) throw error
      return refused('unreadable', `the object store could not be read: ${because(error)}`)
    }
  }
  const history: History = {
    head: async () => {
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

/* ---- objects, streamed ---- */

/** See History.commits. */
type Ready = () => Promise<void> | undefined

/** How git is called: everything but the verb. */
export interface Call {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Record<string, string>
  readonly signal: AbortSignal
}

export const start = (call: Call, args: readonly string[]) =>
  execa('git', [...call.args, ...args], {
    cwd: call.cwd,
    env: call.env,
    extendEnv: false,
    encoding: 'buffer',
    buffer: false,
    stdin: 'pipe',
    stderr: 'ignore',
    cancelSignal: call.signal,
    reject: false,
  })

/** An object as `cat-file --batch` gives it; the bytes belong to the stream and are gone after the call. */
type ObjectSeen =
  | { readonly is: 'object'; readonly oid: string; readonly type: string; readonly body: Buffer }
  | { readonly is: 'too-large'; readonly oid: string; readonly type: string }
  | { readonly is: 'missing'; readonly name: string }

/** Larger objects are passed over, not held. */
const largestObject = 16 * 1024 * 1024

/** Cuts the output of `cat-file --batch` into objects, in the order they were asked for. */
export const objectReader = (take: (object: ObjectSeen) => void): ((chunk: Buffer) => void) => {
  let chunks: Buffer[] = []
  let have = 0
  let need = 0
  let skip = 0
  return chunk => {
    const fresh = skip > 0 ? chunk.subarray(skip) : chunk
    skip = Math.max(0, skip - chunk.length)
    if (fresh.length === 0) return
    chunks.push(fresh)
    have += fresh.length
    if (have < need) return
    const data = chunks.length === 1 ? fresh : Buffer.concat(chunks)
    need = 0
    let at = 0
    while (at < data.length) {
      const lineEnd = data.indexOf(10, at)
      if (lineEnd === -1) break
      const line = data.toString('latin1', at, lineEnd)
      const found = /^([0-9a-f]{40,64}) ([a-z]{3,6}) (\d{1,15})$/.exec(line)
      if (!found) {
        take({ is: 'missing', name: line.replace(/ (missing|ambiguous)$/, '') })
        at = lineEnd + 1
        continue
      }
      // The name is copied: a slice would keep the whole line alive.
      const oid = data.toString('latin1', at, at + (found[1]?.length ?? 0))
      const type = found[2] ?? ''
      const bodyEnd = lineEnd + 1 + Number(found[3])
      if (Number(found[3]) > largestObject) {
        take({ is: 'too-large', oid, type })
        at = bodyEnd + 1
        skip = Math.max(0, at - data.length)
        continue
      }
      if (data.length < bodyEnd + 1) {
        need = bodyEnd + 1 - at
        break
      }
      take({ is: 'object', oid, type, body: data.subarray(lineEnd + 1, bodyEnd) })
      at = bodyEnd + 1
    }
    const rest = data.subarray(Math.min(at, data.length))
    chunks = rest.length > 0 ? [rest] : []
    have = rest.length
  }
}

/** Asks for objects by name; `take` may return more names to ask for, until nothing is open. */
const converse = async (
  call: Call,
  first: readonly string[],
  take: (object: ObjectSeen) => readonly string[],
  ready: Ready = () => undefined,
): Promise<void> => {
  if (first.length === 0) return
  const child = start(call, ['cat-file', '--batch'])
  let open = 0
  let wanted: string[] = [...first]
  const ask = (): void => {
    if (wanted.length === 0) return
    open += wanted.length
    child.stdin.write(`${wanted.join('\n')}\n`)
    wanted = []
  }
  const read = objectReader(object => {
    open--
    wanted.push(...take(object))
  })
  ask()
  try {
    for await (const chunk of child.stdout) {
      read(chunk as Buffer)
      ask()
      if (open === 0) child.stdin.end()
      await ready()
    }
  } finally {
    child.kill()
  }
  const ended = await child
  if (call.signal.aborted) throw call.signal.reason
  if (open > 0) throw new Error(`git cat-file ended early (exit ${ended.exitCode ?? 'unknown'})`)
}

/* ---- the commit walk ---- */

/** Numbers in a typed array that grows: a million of them stay small. */
const column = (): {
  push: (n: number) => void
  set: (i: number, n: number) => void
  at: (i: number) => number
  readonly size: number
} => {
  let data = new Float64Array(1024)
  let size = 0
  const room = (i: number): void => {
    if (i < data.length) return
    const larger = new Float64Array(Math.max(data.length * 2, i + 1))
    larger.set(data)
    data = larger
  }
  const set = (i: number, n: number): void => {
    room(i)
    data[i] = n
    size = Math.max(size, i + 1)
  }
  return {
    push: n => set(size, n),
    set,
    at: i => data[i] ?? 0,
    get size() {
      return size
    },
  }
}

/**
 * All commits reachable from `tip`. `rev-list | cat-file --batch --buffer` brings them in one stream; that list is taken
 * as a hint only. What counts are the parents each commit names: those it left out are asked for, until the history ends
 * or an object is missing, and what it brought without being reachable is dropped. Kept as columns.
 */
const walk = async (
  tip: string,
  git: GitDir,
  call: Call,
  look: Look | undefined,
  ready: Ready = () => undefined,
): Promise<Commits> => {
  const ends = shallowEnds(git)
  const ids = new Map<string, number>()
  const oids: string[] = []
  const idOf = (oid: string): number => {
    const known = ids.get(oid)
    if (known !== undefined) return known
    ids.set(oid, oids.length)
    oids.push(oid)
    return oids.length - 1
  }
  /** 0: not seen yet, 1: read, 2: missing, 3: damaged. */
  const state = column()
  const times = column()
  const firstParent = column()
  const parentCount = column()
  const parents = column()
  const authors = column()
  const committers = column()
  const seen = column()
  const subjects: string[] = []
  const names: string[] = []
  const people = new Map<string, number>()
  const person = (name: string): number => {
    const known = people.get(name)
    if (known !== undefined) return known
    people.set(name, names.length)
    names.push(name)
    return names.length - 1
  }

  const take = (object: ObjectSeen): readonly string[] => {
    if (object.is === 'missing') {
      if (/^[0-9a-f]{40,64}$/.test(object.name)) state.set(idOf(object.name), 2)
      return []
    }
    const id = idOf(object.oid)
    if (state.at(id) !== 0) return []
    // A commit is what its name says, or it is nothing: a store can be tampered with.
    if (
      object.is === 'too-large' ||
      object.type !== 'commit' ||
      objectName('commit', object.body, object.oid.length) !== object.oid
    ) {
      state.set(id, 3)
      return []
    }
    const commit = parseCommit(object.body)
    state.set(id, 1)
    times.set(id, commit.committedAt)
    authors.set(id, person(commit.author))
    committers.set(id, person(commit.committer))
    subjects[id] = commit.subject
    seen.set(id, look?.(object.body, object.oid) ?? 0)
    firstParent.set(id, parents.size)
    parentCount.set(id, commit.parents.length)
    for (const parent of commit.parents) parents.push(idOf(parent))
    if (ends.has(object.oid)) return []
    return commit.parents.filter(parent => state.at(idOf(parent)) === 0)
  }

  await hinted(tip, call, take, ready)
  const asked = new Set<string>()
  const more = (wanted: readonly string[]): readonly string[] =>
    wanted.filter(oid => {
      if (asked.has(oid)) return false
      asked.add(oid)
      return true
    })
  const open = new Set<string>(state.at(idOf(tip)) === 0 ? [tip] : [])
  for (let id = 0; id < oids.length; id++) {
    if (state.at(id) !== 1 || ends.has(oids[id] ?? '')) continue
    for (let p = 0; p < parentCount.at(id); p++) {
      const parent = parents.at(firstParent.at(id) + p)
      if (state.at(parent) === 0) open.add(oids[parent] ?? '')
    }
  }
  await converse(call, more([...open]), object => more(take(object)), ready)

  // From the tip along the parents: what is reachable, parents before children.
  const reached = new Uint8Array(oids.length)
  const newest = new Float64Array(oids.length)
  const found: number[] = []
  const unread: number[] = []
  const path: number[] = [idOf(tip)]
  const step: number[] = [0]
  reached[idOf(tip)] = 1
  if (state.at(idOf(tip)) !== 1) {
    unread.push(idOf(tip))
    path.pop()
  }
  while (path.length > 0) {
    const id = path[path.length - 1] ?? 0
    const next = step[path.length - 1] ?? 0
    if (next < (ends.has(oids[id] ?? '') ? 0 : parentCount.at(id))) {
      step[path.length - 1] = next + 1
      const parent = parents.at(firstParent.at(id) + next)
      if (reached[parent]) continue
      reached[parent] = 1
      if (state.at(parent) === 1) {
        path.push(parent)
        step[path.length - 1] = 0
      } else unread.push(parent)
      continue
    }
    let latest = times.at(id)
    for (let p = 0; p < next; p++) {
      const parent = parents.at(firstParent.at(id) + p)
      if (state.at(parent) === 1) latest = Math.max(latest, newest[parent] ?? 0)
    }
    newest[id] = latest
    found.push(id)
    path.pop()
  }

  // Newest first by the committer's date; equal dates: child before parent.
  const place = new Uint32Array(oids.length)
  found.forEach((id, i) => {
    place[id] = i
  })
  const order = Uint32Array.from(found).sort((a, b) => times.at(b) - times.at(a) || (place[b] ?? 0) - (place[a] ?? 0))
  const named = (wanted: number): string[] => unread.filter(id => state.at(id) === wanted).map(id => oids[id] ?? '')
  return {
    count: order.length,
    missing: [...named(2), ...named(0)],
    damaged: named(3),
    has: oid => {
      const id = ids.get(oid)
      return id !== undefined && reached[id] === 1 && state.at(id) === 1
    },
    at: index => {
      const id = order[index] ?? 0
      const from = firstParent.at(id)
      return {
        oid: oids[id] ?? '',
        parents: Array.from({ length: parentCount.at(id) }, (_, p) => oids[parents.at(from + p)] ?? ''),
        author: names[authors.at(id)] ?? '',
        committer: names[committers.at(id)] ?? '',
        committedAt: times.at(id),
        newestInPast: newest[id] ?? 0,
        subject: subjects[id] ?? '',
        seen: seen.at(id),
      }
    },
  }
}

/** What `rev-list` knows, in one stream. It stops at what it cannot read: whoever asked goes on from there. */
const hinted = async (tip: string, call: Call, take: (object: ObjectSeen) => unknown, ready: Ready): Promise<void> => {
  const list = start(call, ['rev-list', tip])
  list.stdin.end()
  const child = start(call, ['cat-file', '--batch', '--buffer'])
  // A reader that ends early is no error of ours.
  child.stdin.on('error', () => undefined)
  list.stdout.pipe(child.stdin)
  const read = objectReader(take)
  try {
    for await (const chunk of child.stdout) {
      read(chunk as Buffer)
      await ready()
    }
  } finally {
    // Whatever went wrong here, nothing is left running.
    list.kill()
    child.kill()
  }
  await Promise.all([list, child])
  if (call.signal.aborted) throw call.signal.reason
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
