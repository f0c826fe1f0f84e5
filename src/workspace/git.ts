import { execa } from 'execa'
import { type SimpleGit, simpleGit } from 'simple-git'
import { cutsOf, type GitDir, originOf, shallowEnds } from './git-dir.ts'
import { type CommitHeader, type Commits, got, type History, type Read, refused } from './workspace.ts'

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

/** Plumbing on one repository: rev-parse, ls-files, ls-tree, for-each-ref and one cat-file stream; nothing else. */
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

export const openGit = (git: GitDir, environmentPath: string | undefined, signal: AbortSignal): GitRepository => {
  const env = environment(environmentPath)
  const plumbing: SimpleGit = simpleGit({
    baseDir: git.root,
    config,
    abort: signal,
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
    return refused('unresolved', rev === 'HEAD' ? 'the repository has no commit yet' : `no branch or revision named ${rev}`)
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
    commits: async oid => {
      try {
        return got(await walk(oid, git, [...config.flatMap(c => ['-c', c]), ...where], env, signal))
      } catch (error) {
        return refused('unreadable', `the object store could not be read: ${because(error)}`)
      }
    },
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

/* ---- the commit walk ---- */

const forms = ['none', 'ssh', 'openpgp', 'x509', 'unknown'] as const

/**
 * All commits reachable from `tip`, read through one `cat-file --batch`: the parents of each commit are asked for as it
 * arrives. An object that is missing is noted and the walk goes on. Kept as columns: a million commits stay small.
 */
const walk = async (
  tip: string,
  git: GitDir,
  args: readonly string[],
  env: Record<string, string>,
  signal: AbortSignal,
): Promise<Commits> => {
  const child = execa('git', [...args, 'cat-file', '--batch'], {
    cwd: git.root,
    env,
    extendEnv: false,
    encoding: 'buffer',
    buffer: false,
    stdin: 'pipe',
    cancelSignal: signal,
    reject: false,
  })
  const ends = shallowEnds(git)
  const seen = new Set<string>([tip])
  const missing: string[] = []
  const oids: string[] = []
  const times: number[] = []
  const parents: (readonly string[])[] = []
  const authors: string[] = []
  const committers: string[] = []
  const subjects: string[] = []
  const signatures: number[] = []
  const people = new Map<string, string>()
  const interned = (name: string): string => {
    const known = people.get(name)
    if (known === undefined) people.set(name, name)
    return known ?? name
  }

  let open = 0
  let wanted: string[] = [tip]
  const ask = (): void => {
    if (wanted.length === 0) return
    open += wanted.length
    child.stdin.write(`${wanted.join('\n')}\n`)
    wanted = []
  }
  const take = (oid: string, body: Buffer): void => {
    const commit = parseCommit(body)
    oids.push(oid)
    times.push(commit.committedAt)
    parents.push(commit.parents)
    authors.push(interned(commit.author))
    committers.push(interned(commit.committer))
    subjects.push(commit.subject)
    signatures.push(forms.indexOf(commit.signature))
    if (ends.has(oid)) return
    for (const parent of commit.parents)
      if (!seen.has(parent)) {
        seen.add(parent)
        wanted.push(parent)
      }
  }

  let held: Buffer = Buffer.alloc(0)
  ask()
  for await (const chunk of child.stdout) {
    held = held.length === 0 ? (chunk as Buffer) : Buffer.concat([held, chunk as Buffer])
    let at = 0
    while (true) {
      const lineEnd = held.indexOf(10, at)
      if (lineEnd === -1) break
      const [oid = '', type = '', size = ''] = held.toString('latin1', at, lineEnd).split(' ')
      if (type === 'missing' || size === '') {
        missing.push(oid)
        open--
        at = lineEnd + 1
        continue
      }
      const bodyEnd = lineEnd + 1 + Number(size)
      if (held.length < bodyEnd + 1) break
      if (type === 'commit') take(oid, held.subarray(lineEnd + 1, bodyEnd))
      else missing.push(oid)
      open--
      at = bodyEnd + 1
    }
    held = held.subarray(at)
    ask()
    if (open === 0) child.stdin.end()
  }
  const ended = await child
  if (signal.aborted) throw signal.reason
  if (open > 0) throw new Error(`git cat-file ended early (exit ${ended.exitCode ?? 'unknown'})`)

  // Newest first by the committer's date; equal dates keep the order of the walk, child before parent.
  const order = Uint32Array.from(oids.keys()).sort((a, b) => (times[b] ?? 0) - (times[a] ?? 0) || a - b)
  return {
    count: oids.length,
    missing,
    at: index => {
      const i = order[index] ?? 0
      return {
        oid: oids[i] ?? '',
        parents: parents[i] ?? [],
        author: authors[i] ?? '',
        committer: committers[i] ?? '',
        committedAt: times[i] ?? 0,
        subject: subjects[i] ?? '',
        signature: forms[signatures[i] ?? 4] ?? 'unknown',
      }
    },
  }
}

/** The header of a raw commit object. Continuation lines start with a space, so nothing inside a signature is a header. */
export const parseCommit = (body: Buffer): Omit<CommitHeader, 'oid'> => {
  const split = body.indexOf('\n\n')
  const header = body.toString('utf8', 0, split === -1 ? body.length : split)
  const parents: string[] = []
  let author = ''
  let committer = ''
  let committedAt = 0
  let signature: CommitHeader['signature'] = 'none'
  for (const line of header.split('\n')) {
    if (line.startsWith('parent ')) parents.push(line.slice(7))
    else if (line.startsWith('author ')) author = who(line.slice(7)).name
    else if (line.startsWith('committer ')) {
      const person = who(line.slice(10))
      committer = person.name
      committedAt = person.at
    } else if (/^gpgsig(-sha256)? /.test(line)) signature = formOf(line)
  }
  const message = split === -1 ? '' : body.toString('utf8', split + 2, Math.min(body.length, split + 2 + 400))
  const subject = (message.trimStart().split('\n')[0] ?? '').slice(0, 120)
  return { parents, author, committer, committedAt, subject, signature }
}

const who = (line: string): { name: string; at: number } => {
  const parts = /^(.*) (-?\d{1,15}) [+-]\d{4}$/.exec(line)
  return parts ? { name: (parts[1] ?? '').slice(0, 200), at: Number(parts[2]) } : { name: line.slice(0, 200), at: 0 }
}

const formOf = (line: string): CommitHeader['signature'] => {
  if (line.includes('-----BEGIN SSH SIGNATURE-----')) return 'ssh'
  if (/-----BEGIN PGP (SIGNATURE|MESSAGE)-----/.test(line)) return 'openpgp'
  if (line.includes('-----BEGIN SIGNED MESSAGE-----')) return 'x509'
  return 'unknown'
}
