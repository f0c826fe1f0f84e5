import { lstatSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { got, type Read, refused } from './workspace.ts'

/** Where git keeps a repository, once it is certain that the repository and the target belong to each other. */
export interface GitDir {
  /** Absolute folder of the working tree; URIs count from here. */
  readonly root: string
  /** Absolute git directory of this working tree. */
  readonly dir: string
  /** Absolute directory with objects, refs and config; equals `dir` but for worktrees. */
  readonly common: string
  /** The target below the root with a trailing `/`, or empty. */
  readonly prefix: string
}

/** At most this much of git's own small files is read. */
const small = 1024 * 1024

const textOf = (path: string): string | undefined => {
  try {
    const stat = lstatSync(path)
    return stat.isFile() && stat.size <= small ? readFileSync(path, 'utf8') : undefined
  } catch {
    return undefined
  }
}

/** What stands at a path; a folder nobody may look into holds nothing that can be used. */
const stand = (path: string) => {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

export const inside = (folder: string, path: string): boolean => {
  const way = relative(folder, path)
  return way === '' || (!way.startsWith(`..${sep}`) && way !== '..' && !isAbsolute(way))
}

/**
 * Finds the repository around a folder without asking git, so that nothing a stranger's `.git` points at is opened.
 * A `.git` file is followed only where the place it names points back (a worktree's `gitdir`, a submodule's
 * `core.worktree`); objects borrowed from elsewhere through `alternates` are refused.
 *
 * @param target absolute, real path of the folder under judgement
 */
export const findGitDir = (target: string): Read<GitDir> => {
  for (let root = target; ; root = dirname(root)) {
    const at = join(root, '.git')
    const stat = stand(at)
    if (stat) {
      const found = stat.isDirectory()
        ? got(at)
        : stat.isFile()
          ? pointed(root, at)
          : refused('denied', '.git is neither a folder nor a file')
      if (!found.ok) return found
      const common = commonOf(found.value)
      const odd = irregular(found.value, common)
      if (odd !== undefined) return refused('denied', odd)
      if (!textOf(join(found.value, 'HEAD'))) return refused('unreadable', 'the .git folder has no HEAD')
      const borrowed = borrowing(common, root)
      if (borrowed !== undefined) return refused('denied', borrowed)
      const below = relative(root, target).split(sep).join('/')
      return got({ root, dir: found.value, common, prefix: below === '' ? '' : `${below}/` })
    }
    if (dirname(root) === root) return refused('unresolved', 'not a git repository')
  }
}

/** What git opens by itself, and would wait on for ever if it were a pipe. */
const opened = [
  'HEAD',
  'index',
  'config',
  'config.worktree',
  'packed-refs',
  'shallow',
  'info/exclude',
  'info/attributes',
  'objects/info/alternates',
]

/** Why git must not be let near this folder: one of its files is no file. */
const irregular = (dir: string, common: string): string | undefined => {
  for (const folder of new Set([dir, common]))
    for (const name of opened) {
      const stat = stand(join(folder, name))
      if (stat && !stat.isFile() && !stat.isSymbolicLink())
        return `.git/${name} is no regular file; git was not asked, and history was not read`
    }
  return undefined
}

const commonOf = (dir: string): string => {
  const named = textOf(join(dir, 'commondir'))?.trim()
  return named ? resolve(dir, named) : dir
}

const pointed = (root: string, file: string): Read<string> => {
  const named = /^gitdir: (.+)$/m.exec(textOf(file) ?? '')?.[1]?.trim()
  if (!named) return refused('unparsed', '.git is a file that names no gitdir')
  const dir = resolve(root, named)
  const back = textOf(join(dir, 'gitdir'))?.trim()
  const same = (path: string, other: string): boolean => {
    try {
      return realpathSync(path) === realpathSync(other)
    } catch {
      return false
    }
  }
  if (back && same(resolve(dir, back), file)) return got(dir)
  const worktree = /^\s*worktree\s*=\s*"?([^"\n]+)"?\s*$/m.exec(textOf(join(dir, 'config')) ?? '')?.[1]
  if (worktree && same(resolve(dir, worktree), root)) return got(dir)
  return refused('denied', `.git points to ${named}, which does not point back to this folder; nothing there was read`)
}

const borrowing = (common: string, root: string): string | undefined => {
  const objects = join(common, 'objects')
  for (const line of (textOf(join(objects, 'info', 'alternates')) ?? '').split('\n')) {
    const named = line.trim()
    if (named === '' || named.startsWith('#')) continue
    const other = resolve(objects, named)
    if (!inside(root, other) && !inside(common, other))
      return 'the repository borrows objects from outside the target (objects/info/alternates); history was not read'
  }
  return undefined
}

/** Why the history that can be seen may not be all of it. */
export const cutsOf = (git: GitDir): readonly ('shallow' | 'grafted' | 'partial')[] => {
  const config = textOf(join(git.common, 'config')) ?? ''
  return [
    ...((textOf(join(git.common, 'shallow')) ?? '').trim() === '' ? [] : ['shallow' as const]),
    ...((textOf(join(git.common, 'info', 'grafts')) ?? '').trim() === '' ? [] : ['grafted' as const]),
    ...(/^\s*(partialclone|promisor)\s*=/im.test(config) ? ['partial' as const] : []),
  ]
}

/** Commits at which a shallow clone ends: their parents are known to be elsewhere. */
export const shallowEnds = (git: GitDir): ReadonlySet<string> =>
  new Set(
    (textOf(join(git.common, 'shallow')) ?? '')
      .split('\n')
      .map(l => l.trim())
      .filter(l => l !== ''),
  )

/** `owner/name` of the origin, or its whole URL without credentials; from the text of the config, never asked. */
export const originOf = (git: GitDir): string | undefined => {
  const config = textOf(join(git.common, 'config')) ?? ''
  const section = /^\s*\[remote "origin"\]([^[]*)/m.exec(config)?.[1]
  const url = section && /^\s*url\s*=\s*(.+?)\s*$/m.exec(section)?.[1]
  if (!url) return undefined
  const bare = url.replace(/^([a-z+]+:\/\/)[^@/]*@/i, '$1').replace(/\.git\/?$/, '')
  const forge = /^(?:https?:\/\/|ssh:\/\/|git@)(?:[\w.-]+)[:/]([\w.-]+\/[\w.-]+)$/.exec(bare)
  return forge?.[1] ?? bare
}
