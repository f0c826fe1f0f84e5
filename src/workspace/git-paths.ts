import { objectName } from './commit-object.ts'
import { type Call, converse, objectReader, print, printLines } from './git-call.ts'
import { differing, type PathBounds, type PathChange, type PathHistory, type Snapshot } from './workspace.ts'

/** Lookups of a path in a commit, entries of trees, and folders in folders: more are left out, and counted as missing. */
const mostLookups = 200_000
const mostEntries = 100_000
const deepest = 24
/** Steps over entries for all snapshots: a few trees that name each other many times are a tree without an end. */
const mostSteps = 20_000_000
/** Entries that differ, for all changes. */
const mostKept = 1_000_000

interface TreeEntry {
  readonly name: string
  readonly oid: string
  readonly is: 'tree' | 'blob' | 'other'
}

/** A raw tree object: `<mode> <name>\0<binary name>`, again and again. Links and submodules are neither tree nor blob. */
export const parseTree = (body: Buffer, digits: number): readonly TreeEntry[] => {
  const entries: TreeEntry[] = []
  let at = 0
  while (at < body.length) {
    const space = body.indexOf(32, at)
    const end = body.indexOf(0, at)
    if (space === -1 || end === -1 || space > end || end + 1 + digits / 2 > body.length) break
    const mode = body.toString('latin1', at, space)
    entries.push({
      name: body.toString('utf8', space + 1, end),
      oid: body.toString('hex', end + 1, end + 1 + digits / 2),
      is: mode === '40000' ? 'tree' : mode.startsWith('100') ? 'blob' : 'other',
    })
    at = end + 1 + digits / 2
  }
  return entries
}

/** Reads each tree once, however many commits share it. */
const treeStore = (call: Call) => {
  const trees = new Map<string, readonly TreeEntry[]>()
  let missing = 0
  let entries = 0
  let steps = 0
  return {
    /** These trees and all below them. */
    load: async (oids: readonly string[]): Promise<void> => {
      const depth = new Map(oids.map(oid => [oid, 0]))
      const first = [...new Set(oids)].filter(oid => !trees.has(oid))
      await converse(call, first, object => {
        if (object.is !== 'object' || object.type !== 'tree') {
          missing++
          return []
        }
        const digits = object.oid.length
        const right = objectName('tree', object.body, digits) === object.oid && entries < mostEntries
        if (!right) missing++
        const read = right ? parseTree(object.body, digits) : []
        trees.set(object.oid, read)
        entries += read.length
        const below = (depth.get(object.oid) ?? 0) + 1
        if (below > deepest) {
          if (read.some(({ is }) => is === 'tree')) missing++
          return []
        }
        return read.flatMap(({ oid, is }) => {
          if (is !== 'tree' || trees.has(oid) || depth.has(oid)) return []
          depth.set(oid, below)
          return [oid]
        })
      })
    },
    flatten: (oid: string, below: string, take: (uri: string, blob: string) => void): void => {
      let left = Math.min(mostEntries, mostSteps - steps)
      const walk = (tree: string, prefix: string, depth: number): void => {
        if (depth > deepest) return
        for (const entry of trees.get(tree) ?? []) {
          if (left <= 0) return
          left--
          steps++
          const uri = `${prefix}${entry.name}`
          if (entry.is === 'tree') walk(entry.oid, `${uri}/`, depth + 1)
          else if (entry.is === 'blob') take(uri, entry.oid)
        }
      }
      walk(oid, below, 0)
      if (left <= 0) missing++
    },
    missing: () => missing,
  }
}

/** Commits as `rev-list` names them; `whole` is false where it could not read on. */
const commitsFrom = async (
  call: Call,
  args: readonly string[],
  paths: readonly string[],
): Promise<{ readonly commits: readonly string[]; readonly whole: boolean }> => {
  const commits: string[] = []
  const limit = paths.includes('') ? [] : ['--', ...paths]
  const ended = await printLines(call, ['rev-list', ...args, ...limit], '', line => commits.push(line))
  if (ended !== 0 && commits.length === 0) throw new Error(`git rev-list ended with ${ended ?? 'a signal'}`)
  return { commits, whole: ended === 0 }
}

/**
 * The commits that changed something at some paths, with what stood there before and after, and the blobs. Two lists of
 * commits, one round of lookups, one stream of trees and one of blobs: whatever the length of the history, five programs.
 */
export const readPaths = async (
  oid: string,
  wanted: readonly string[],
  bounds: PathBounds,
  call: Call,
): Promise<PathHistory> => {
  const paths = [...new Set(wanted)].filter(path => !/[\n\0]/.test(path))
  if (paths.length === 0) return { changes: [], blobs: new Map(), left: { changes: 0, blobs: 0 }, missing: 0 }
  const mainline = await commitsFrom(call, ['--first-parent', oid], paths)
  const single = await commitsFrom(call, ['--full-history', '--no-merges', oid], paths)
  const onLine = new Set(mainline.commits)
  const all = [...mainline.commits, ...single.commits.filter(commit => !onLine.has(commit))]
  const most = Math.min(bounds.mostChanges, Math.floor(mostLookups / (2 * paths.length)))
  const commits = all.slice(0, most)

  // A name that leads nowhere is an answer: nothing stood there.
  const names = commits.flatMap(commit => [commit, `${commit}^`])
  const lookups = names.flatMap(name => paths.map(path => `${name}:${path}\n`)).join('')
  const found: { readonly type: string; readonly oid: string }[] = []
  await printLines(call, ['cat-file', '--batch-check=%(objecttype) %(objectname)'], lookups, line => {
    const [, type = '', name = ''] = /^(tree|blob) ([0-9a-f]{40,64})$/.exec(line) ?? []
    found.push({ type, oid: name })
  })
  if (found.length !== names.length * paths.length) throw new Error('git cat-file ended early')
  const trees = treeStore(call)
  await trees.load([...new Set(found.flatMap(f => (f.type === 'tree' ? f.oid : [])))])

  const snapshotAt = (index: number): Snapshot => {
    const snapshot = new Map<string, string>()
    for (const [p, path] of paths.entries()) {
      const at = found[index * paths.length + p]
      if (at?.type === 'blob' && bounds.wants(path)) snapshot.set(path, at.oid)
      if (at?.type === 'tree')
        trees.flatten(at.oid, path === '' ? '' : `${path}/`, (uri, blob) => {
          if (bounds.wants(uri)) snapshot.set(uri, blob)
        })
    }
    return snapshot
  }
  let kept = 0
  let unkept = 0
  const changes = commits.flatMap((commit, i): readonly PathChange[] => {
    const { before, after } = differing(snapshotAt(2 * i + 1), snapshotAt(2 * i))
    kept += before.size + after.size
    if (kept > mostKept) {
      unkept++
      return []
    }
    return before.size + after.size === 0 ? [] : [{ oid: commit, mainline: onLine.has(commit), before, after }]
  })

  const asked = new Set<string>()
  for (const { mainline: counts, before, after } of changes)
    if (counts) for (const blob of [...before.values(), ...after.values()]) asked.add(blob)
  const blobs = new Map<string, Uint8Array>()
  const unlisted = (mainline.whole ? 0 : 1) + (single.whole ? 0 : 1)
  let [bytes, unread, missing, answered] = [0, 0, trees.missing() + unlisted, 0]
  if (asked.size > 0)
    await print(
      call,
      ['cat-file', '--batch', '--buffer'],
      `${[...asked].join('\n')}\n`,
      objectReader(object => {
        answered++
        if (object.is === 'missing') missing++
        else if (object.is === 'too-large' || object.body.length > bounds.largest || bytes > bounds.most) unread++
        else {
          bytes += object.body.length
          blobs.set(object.oid, Buffer.from(object.body))
        }
      }),
    )
  return {
    changes,
    blobs,
    left: { changes: all.length - commits.length + unkept, blobs: unread },
    missing: missing + asked.size - answered,
  }
}
