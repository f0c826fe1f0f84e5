import { createHash } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { sha256 } from '../digest.ts'
import type { Source } from '../place.ts'
import { type GitRepository, openGit } from './git.ts'
import { findGitDir, inside } from './git-dir.ts'
import { decode, decodePieces, textLimit, tooLarge } from './text.ts'
import {
  type Endpoints,
  type Entry,
  got,
  type History,
  type InputFile,
  type Inputs,
  type Listing,
  type Read,
  type Refusal,
  refused,
  type TextFile,
  type Tree,
  type UserFiles,
  type Workspace,
} from './workspace.ts'

/** Folders that hold what others wrote; outside git they are passed over, and the report says so. */
const dependencyFolders: ReadonlySet<string> = new Set([
  '.git',
  '.hg',
  '.svn',
  'node_modules',
  'bower_components',
  '.venv',
  'venv',
  '__pycache__',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.pytest_cache',
  '.terraform',
  'site-packages',
])

/** Bounds of one listing: beyond them a gap says what was not seen. */
const mostEntries = 400_000
const deepest = 100
/** Texts of up to this many bytes are read once in a run. */
const mostKept = 128 * 1024
/** Bytes hashed at most to tell which tracked files were modified. */
const mostHashed = 256 * 1024 * 1024

export interface DiskOptions {
  /** The PATH git is looked up in. */
  readonly path: string | undefined
  /** The home of the person who runs the audit: their global git configuration may name trusted signers. */
  readonly home?: string | undefined
  /** Where their configuration stands instead of `~/.config`. */
  readonly configHome?: string | undefined
  readonly signal: AbortSignal
}

/**
 * The workspace of a folder on disk. Opens regular files only, through no symbolic link, inside the target only.
 *
 * @throws nothing; a target that is no folder is refused
 */
export const diskWorkspace = (target: string, options: DiskOptions): Read<Workspace> => {
  let real: string
  try {
    real = realpathSync(resolve(target))
    if (!lstatSync(real).isDirectory()) return refused('unreadable', 'not a folder')
    accessSync(real, constants.R_OK | constants.X_OK)
  } catch (error) {
    return refused('unreadable', reasonOf(error))
  }
  const found = findGitDir(real)
  const git = found.ok ? openGit(found.value, options.path, options.signal) : undefined
  const root = found.ok ? found.value.root : real
  const prefix = found.ok ? found.value.prefix : ''
  return got({
    prefix,
    tree: diskTree(root, prefix, git),
    history: git
      ? git.history
      : noHistory(found.ok ? { cause: 'unresolved', reason: 'not a git repository' } : found.refusal),
    inputs: diskInputs(root),
    user: userFiles(options),
    endpoints: lazyEndpoints(options.signal),
  })
}

/** Most runs open no socket; those that do load TLS then. */
const lazyEndpoints = (signal: AbortSignal): Endpoints => {
  let loaded: Promise<Endpoints> | undefined
  return {
    probe: async (at, roots) => {
      loaded ??= import('./tls.ts').then(m => m.netEndpoints(signal))
      return (await loaded).probe(at, roots)
    },
  }
}

const noHistory = (refusal: Refusal): History => {
  const no = async (): Promise<Read<never>> => ({ ok: false, refusal })
  return {
    head: no,
    resolve: no,
    commits: no,
    tags: no,
    file: no,
    pastBlobs: no,
    holders: no,
    paths: no,
    ignoredYetTracked: no,
  }
}

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  switch (code) {
    case 'ENOENT':
      return 'no such file or folder'
    case 'EACCES':
    case 'EPERM':
      return 'permission denied'
    case 'ELOOP':
      return 'is a symbolic link; links are not followed'
    case 'ENOTDIR':
      return 'a part of the path is no folder'
    default:
      return code === '' ? 'cannot be read' : `cannot be read (${code})`
  }
}

/**
 * Opens for reading without following a final link and without waiting for the other end of a FIFO. Synchronous: for
 * the many small files of a tree a promise for each costs several times the read itself.
 */
const openRegular = (path: string): Read<{ file: number; size: number }> => {
  let file: number
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    return refused(reasonOf(error).startsWith('is a symbolic link') ? 'denied' : 'unreadable', reasonOf(error))
  }
  const stat = fstatSync(file)
  if (!stat.isFile()) {
    closeSync(file)
    return refused('denied', 'not a regular file')
  }
  return got({ file, size: stat.size })
}

const readAll = (path: string, most: number): Read<Uint8Array> => {
  const opened = openRegular(path)
  if (!opened.ok) return opened
  const { file, size } = opened.value
  try {
    if (size > most) return tooLarge(size, most)
    // A file that grows while it is read is still bounded.
    const buffer = Buffer.alloc(Math.min(size + 1, most + 1))
    let length = 0
    while (length < buffer.length) {
      const read = readSync(file, buffer, length, buffer.length - length, length)
      if (read === 0) break
      length += read
    }
    return length > most ? tooLarge(length, most) : got(buffer.subarray(0, length))
  } catch (error) {
    return refused('unreadable', reasonOf(error))
  } finally {
    closeSync(file)
  }
}

const pieceBytes = 1024 * 1024

const streamed = (path: string, most: number, take: (text: string) => void): Read<Omit<Source, 'uri'>> => {
  const opened = openRegular(path)
  if (!opened.ok) return opened
  const { file, size } = opened.value
  try {
    if (size > most) return tooLarge(size, most)
    const hash = createHash('sha256')
    const pieces = decodePieces(take)
    const buffer = Buffer.alloc(pieceBytes)
    let length = 0
    for (;;) {
      const read = readSync(file, buffer, 0, buffer.length, length)
      if (read === 0) break
      length += read
      if (length > most) return tooLarge(length, most)
      const piece = buffer.subarray(0, read)
      hash.update(piece)
      const refusal = pieces.give(piece)
      if (refusal) return refusal
    }
    return pieces.end() ?? got({ sha256: hash.digest('hex'), bytes: length })
  } catch (error) {
    return refused('unreadable', reasonOf(error))
  } finally {
    closeSync(file)
  }
}

const diskTree = (root: string, prefix: string, git: GitRepository | undefined): Tree => {
  const realFolders = new Map<string, boolean>()
  /** Whether the folder of a path is really where its name says: no part of it is a link. */
  const straight = (uri: string): boolean => {
    const folder = dirname(uri)
    const known = realFolders.get(folder)
    if (known !== undefined) return known
    let real = false
    try {
      real = realpathSync(join(root, folder)) === join(root, folder)
    } catch {
      real = true // missing: the open itself will say so
    }
    realFolders.set(folder, real)
    return real
  }
  const pathOf = (uri: string): Read<string> => {
    const path = resolve(root, uri)
    if (uri.includes('\0') || !inside(root, path)) return refused('denied', 'outside the repository; not read')
    if (prefix !== '' && !`${relative(root, path).split(sep).join('/')}/`.startsWith(prefix))
      return refused('denied', 'outside the target; not read')
    if (!straight(relative(root, path)))
      return refused('denied', 'a folder on the way is a symbolic link; links are not followed')
    return got(path)
  }
  const texts = new Map<string, Read<TextFile>>()
  let listing: Promise<Listing> | undefined
  return {
    list: () => {
      listing ??= git ? listWithGit(root, prefix, git) : Promise.resolve(listFolder(root, prefix))
      return listing
    },
    text: async (uri, bounds) => {
      const known = texts.get(uri)
      if (known?.ok && known.value.source.bytes <= (bounds?.most ?? textLimit)) return known
      const path = pathOf(uri)
      if (!path.ok) return path
      const bytes = readAll(path.value, bounds?.most ?? textLimit)
      const text = bytes.ok ? decode(uri, bytes.value) : bytes
      // Several collectors look at the same files; what one saw the others must see too.
      if (text.ok && text.value.source.bytes <= mostKept) texts.set(uri, text)
      return text
    },
    head: async (uri, most) => {
      const path = pathOf(uri)
      if (!path.ok) return path
      const opened = openRegular(path.value)
      if (!opened.ok) return opened
      const { file, size } = opened.value
      try {
        const buffer = Buffer.alloc(Math.min(size, most))
        return got(buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0)))
      } catch (error) {
        return refused('unreadable', reasonOf(error))
      } finally {
        closeSync(file)
      }
    },
  }
}

const entryOf = (root: string, uri: string, tracked: boolean | undefined): Entry | Refusal => {
  try {
    const stat = lstatSync(join(root, uri))
    if (stat.isFile()) return { uri, bytes: stat.size, type: 'file', tracked }
    if (stat.isSymbolicLink()) return { uri, bytes: 0, type: 'link', leaves: leadsOut(root, uri), tracked }
    return { uri, bytes: 0, type: 'special', tracked }
  } catch (error) {
    return { cause: 'unreadable', reason: reasonOf(error) }
  }
}

/** Resolves names only; what a link leads to is not opened. */
const leadsOut = (root: string, uri: string): boolean => {
  try {
    return !`${realpathSync(join(root, uri))}${sep}`.startsWith(`${realpathSync(root)}${sep}`)
  } catch {
    return true
  }
}

const sorted = (entries: Entry[]): readonly Entry[] =>
  entries.sort((a, b) => (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : 0))

const listWithGit = async (root: string, prefix: string, git: GitRepository): Promise<Listing> => {
  const [tracked, untracked, committed] = await Promise.all([git.tracked(), git.untracked(), git.committed()])
  if (!tracked.ok) {
    const listed = listFolder(root, prefix)
    return { ...listed, unseen: [...listed.unseen, { uri: prefix === '' ? '.' : prefix, refusal: tracked.refusal }] }
  }
  const entries: Entry[] = []
  const unseen: { uri: string; refusal: Refusal }[] = []
  const dirty: string[] = []
  const seen = new Set<string>()
  for (const { uri, mode } of tracked.value.slice(0, mostEntries)) {
    if (seen.has(uri)) continue
    seen.add(uri)
    if (mode === '160000') {
      unseen.push({ uri, refusal: { cause: 'unresolved', reason: 'a submodule; its files are not part of this tree' } })
      continue
    }
    const entry = entryOf(root, uri, true)
    if ('uri' in entry) entries.push(entry)
    else if (entry.reason === 'no such file or folder') dirty.push(uri)
    else unseen.push({ uri, refusal: entry })
  }
  if (untracked.ok)
    for (const uri of untracked.value.slice(0, mostEntries)) {
      // A nested repository is listed as one name with a slash at its end.
      if (uri.endsWith('/')) {
        unseen.push({
          uri,
          refusal: { cause: 'unresolved', reason: 'another git repository inside this one; not read' },
        })
        continue
      }
      const entry = entryOf(root, uri, false)
      if ('uri' in entry) entries.push(entry)
    }
  else unseen.push({ uri: '.', refusal: untracked.refusal })
  const blobs = committed.ok ? committed.value : new Map<string, string>()
  dirty.push(...modified(root, entries, blobs))
  return { entries: sorted(entries), unseen, dirty: dirty.sort() }
}

/**
 * Tracked files whose bytes are not the commit's, found by hashing as git hashes: asking git would run the filters the
 * repository configures. A checkout that only turned line ends around is no modification.
 */
const modified = (root: string, entries: readonly Entry[], blobs: ReadonlyMap<string, string>): string[] => {
  const found: string[] = []
  let left = mostHashed
  for (const entry of entries.filter(e => e.tracked && e.type === 'file')) {
    const oid = blobs.get(entry.uri)
    if (oid === undefined) {
      found.push(entry.uri)
      continue
    }
    left -= entry.bytes
    if (left < 0) break
    const bytes = readAll(join(root, entry.uri), 64 * 1024 * 1024)
    if (!bytes.ok || blobName(bytes.value, oid.length) === oid) continue
    const plain = Buffer.from(Buffer.from(bytes.value).toString('latin1').replaceAll('\r\n', '\n'), 'latin1')
    if (blobName(plain, oid.length) !== oid) found.push(entry.uri)
  }
  return found
}

const blobName = (bytes: Uint8Array, digits: number): string =>
  createHash(digits === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex')

const listFolder = (root: string, prefix: string): Listing => {
  const entries: Entry[] = []
  const unseen: { uri: string; refusal: Refusal }[] = []
  const waiting: { uri: string; depth: number }[] = [{ uri: prefix.replace(/\/$/, ''), depth: 0 }]
  for (let folder = waiting.pop(); folder; folder = waiting.pop()) {
    if (folder.depth > deepest || entries.length > mostEntries) {
      unseen.push({
        uri: folder.uri,
        refusal: { cause: 'too-large', reason: 'too many files or folders too deep; not listed' },
      })
      continue
    }
    try {
      for (const item of readdirSync(join(root, folder.uri), { withFileTypes: true })) {
        const uri = folder.uri === '' ? item.name : `${folder.uri}/${item.name}`
        if (item.isDirectory()) {
          if (!dependencyFolders.has(item.name)) waiting.push({ uri, depth: folder.depth + 1 })
          continue
        }
        const entry = entryOf(root, uri, undefined)
        if ('uri' in entry) entries.push(entry)
        else unseen.push({ uri, refusal: entry })
      }
    } catch (error) {
      unseen.push({
        uri: folder.uri === '' ? '.' : folder.uri,
        refusal: { cause: 'unreadable', reason: reasonOf(error) },
      })
    }
  }
  return { entries: sorted(entries), unseen }
}

/* ---- files named on the command line ---- */

/** Files at most in one folder of logs. */
const mostInputs = 20_000

const diskInputs = (root: string): Inputs => {
  /** As the report names it: from the root where it stands inside, else as it was given. */
  const nameOf = (path: string): string => {
    const full = resolve(path)
    return inside(root, full) ? relative(root, full).split(sep).join('/') : path.split(sep).join('/')
  }
  const given = new Map<string, string>()
  const locate = (uri: string): string => given.get(uri) ?? uri
  return {
    files: async path => {
      try {
        const stat = lstatSync(path)
        if (stat.isFile()) {
          const uri = nameOf(path)
          given.set(uri, path)
          return got([{ uri, bytes: stat.size }])
        }
        if (!stat.isDirectory()) return refused('denied', 'neither a file nor a folder')
        const listed = listFolder(resolve(path), '')
        const files: InputFile[] = []
        for (const entry of listed.entries.slice(0, mostInputs)) {
          if (entry.type !== 'file') continue
          const uri = nameOf(join(path, entry.uri))
          given.set(uri, join(path, entry.uri))
          files.push({ uri, bytes: entry.bytes })
        }
        return got(files)
      } catch (error) {
        return refused('unreadable', reasonOf(error))
      }
    },
    text: async (uri, bounds) => {
      const bytes = readAll(locate(uri), bounds?.most ?? textLimit)
      return bytes.ok ? decode(nameOf(locate(uri)), bytes.value) : bytes
    },
    bytes: async (uri, bounds) => {
      const read = readAll(locate(uri), bounds.most)
      if (!read.ok) return read
      const source = { uri: nameOf(locate(uri)), sha256: sha256(read.value), bytes: read.value.length }
      return got({ source, bytes: read.value })
    },
    stream: async (uri, bounds, take) => {
      const read = streamed(locate(uri), bounds.most, take)
      return read.ok ? got({ uri: nameOf(locate(uri)), ...read.value }) : read
    },
  }
}

/* ---- what stands at home ---- */

const userFiles = ({ home, configHome }: DiskOptions): UserFiles => {
  const inHome = (path: string): string | undefined =>
    path.startsWith('~/') && home ? join(home, path.slice(2)) : isAbsolute(path) ? path : undefined
  const shown = (path: string): string =>
    home && inside(home, path) ? `~/${relative(home, path).split(sep).join('/')}` : path
  const read = async (path: string, most: number): Promise<Read<Uint8Array>> => {
    try {
      // Dot files are often links to where they are kept.
      return readAll(realpathSync(path), most)
    } catch (error) {
      return refused('unreadable', reasonOf(error))
    }
  }
  return {
    gitConfig: async () => {
      const places = [configHome ?? (home ? join(home, '.config') : undefined)].flatMap(at =>
        at ? [join(at, 'git', 'config')] : [],
      )
      const files: TextFile[] = []
      for (const path of [...places, ...(home ? [join(home, '.gitconfig')] : [])]) {
        const bytes = await read(path, textLimit)
        const text = bytes.ok ? decode(shown(path), bytes.value) : bytes
        if (text.ok) files.push(text.value)
      }
      return files
    },
    bytes: async (path, { most }) => {
      const at = inHome(path)
      if (at === undefined) return refused('unresolved', 'neither an absolute path nor one below the home')
      const bytes = await read(at, most)
      return bytes.ok
        ? got({
            source: { uri: shown(at), sha256: sha256(bytes.value), bytes: bytes.value.length },
            bytes: bytes.value,
          })
        : bytes
    },
  }
}
