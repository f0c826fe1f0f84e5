import { objectName, parseCommit } from './commit-object.ts'
import { type Call, converse, type ObjectSeen, objectReader, pipe, type Ready } from './git-call.ts'
import { type GitDir, shallowEnds } from './git-dir.ts'
import type { CommitHeader, Commits, Look } from './workspace.ts'

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
export const walk = async (
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
  const authored = column()
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
    authored.set(id, commit.authoredAt)
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

  const landed = landings(idOf(tip), oids.length, id => {
    if (state.at(id) !== 1 || ends.has(oids[id] ?? '')) return []
    const from = firstParent.at(id)
    return Array.from({ length: parentCount.at(id) }, (_, p) => parents.at(from + p)).filter(p => state.at(p) === 1)
  })

  // Newest first by the committer's date; equal dates: child before parent.
  const place = new Uint32Array(oids.length)
  found.forEach((id, i) => {
    place[id] = i
  })
  const order = Uint32Array.from(found).sort((a, b) => times.at(b) - times.at(a) || (place[b] ?? 0) - (place[a] ?? 0))
  const named = (wanted: number): string[] => unread.filter(id => state.at(id) === wanted).map(id => oids[id] ?? '')
  const header = (id: number): CommitHeader => {
    const from = firstParent.at(id)
    return {
      oid: oids[id] ?? '',
      parents: Array.from({ length: parentCount.at(id) }, (_, p) => oids[parents.at(from + p)] ?? ''),
      author: names[authors.at(id)] ?? '',
      committer: names[committers.at(id)] ?? '',
      committedAt: times.at(id),
      authoredAt: authored.at(id),
      landed: oids[landed[id] ?? id] ?? '',
      newestInPast: newest[id] ?? 0,
      subject: subjects[id] ?? '',
      seen: seen.at(id),
    }
  }
  const readAt = (oid: string): number | undefined => {
    const id = ids.get(oid)
    return id !== undefined && reached[id] === 1 && state.at(id) === 1 ? id : undefined
  }
  return {
    count: order.length,
    missing: [...named(2), ...named(0)],
    damaged: named(3),
    roots: found.filter(id => parentCount.at(id) === 0).map(id => oids[id] ?? ''),
    has: oid => readAt(oid) !== undefined,
    of: oid => {
      const id = readAt(oid)
      return id === undefined ? undefined : header(id)
    },
    at: index => header(order[index] ?? 0),
  }
}

/** For each commit, the one on the first-parent line that brought it there: the oldest of that line that contains it. */
const landings = (tip: number, count: number, parentsOf: (id: number) => readonly number[]): Uint32Array => {
  const line: number[] = []
  const onLine = new Uint8Array(count)
  for (let id: number | undefined = tip; id !== undefined && onLine[id] === 0; id = parentsOf(id)[0]) {
    onLine[id] = 1
    line.push(id)
  }
  const landed = new Uint32Array(count).map((_, id) => id)
  const taken = new Uint8Array(count)
  for (const step of line.reverse()) {
    const open = [step]
    taken[step] = 1
    for (let id = open.pop(); id !== undefined; id = open.pop()) {
      landed[id] = step
      for (const parent of parentsOf(id)) {
        if (taken[parent] === 1) continue
        taken[parent] = 1
        open.push(parent)
      }
    }
  }
  return landed
}

/** What `rev-list` knows, in one stream. It stops at what it cannot read: whoever asked goes on from there. */
const hinted = (tip: string, call: Call, take: (object: ObjectSeen) => unknown, ready: Ready) =>
  pipe(call, ['rev-list', tip], ['cat-file', '--batch', '--buffer'], objectReader(take), ready)
