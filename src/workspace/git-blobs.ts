import { type Call, lineReader, objectReader, pipe, print, printLines } from './git-call.ts'
import type { Holders, PastBlobs, PastBounds } from './workspace.ts'

/** What `cat-file --batch-check` is asked to say: type, size, name, and the path that came with it. */
const format = '--batch-check=%(objecttype) %(objectsize) %(objectname) %(rest)'

/**
 * Every blob that is reachable from a commit and not in its tree, once, newest first, until the bytes are used up. Names
 * and sizes come first, so that only what is wanted is unpacked.
 */
export const readPastBlobs = async (
  oid: string,
  { most, largest, wants }: PastBounds,
  take: (uri: string, body: Buffer, oid: string) => void,
  call: Call,
): Promise<PastBlobs> => {
  const paths = new Map<string, string>()
  let left = most
  let unread = 0
  let missing = 0
  const lines = lineReader(line => {
    const parts = /^blob (\d{1,15}) ([0-9a-f]{40,64}) (.+)$/.exec(line)
    if (parts === null) {
      if (/ missing$/.test(line)) missing++
      return
    }
    const [, size = '', name = '', uri = ''] = parts
    if (paths.has(name) || !wants(uri)) return
    if (Number(size) > largest || Number(size) > left) unread++
    else {
      left -= Number(size)
      paths.set(name, uri)
    }
  })
  const ended = await pipe(
    call,
    ['rev-list', '--objects', '--missing=print', oid, `^${oid}^{tree}`],
    ['cat-file', format],
    lines,
  )
  lines()
  if (ended !== 0) missing++
  if (paths.size === 0) return { unread, missing }

  let seen = 0
  const read = objectReader(object => {
    seen++
    if (object.is === 'object') take(paths.get(object.oid) ?? '', object.body, object.oid)
    else missing++
  })
  await print(call, ['cat-file', '--batch', '--buffer'], `${[...paths.keys()].join('\n')}\n`, read)
  return { unread, missing: missing + paths.size - seen }
}

/** Lookups of a path in a commit at most, for all paths together. */
const mostLookups = 300_000

/** For each path: the oldest and the newest commit that wrote it as one of the blobs. */
export const readHolders = async (
  oid: string,
  wanted: readonly { readonly uri: string; readonly blobs: ReadonlySet<string> }[],
  call: Call,
): Promise<readonly Holders[]> => {
  const uris = [...new Set(wanted.map(({ uri }) => uri))].filter(uri => !/[\n\0]/.test(uri))
  if (uris.length === 0) return wanted.map(() => ({ first: undefined, last: undefined }))
  const commits: string[] = []
  await printLines(call, ['rev-list', '--full-history', oid, '--', ...uris], '', line => commits.push(line))
  const asked = uris.slice(0, Math.max(1, Math.floor(mostLookups / Math.max(1, commits.length))))
  const blobs: string[] = []
  const lookups = asked.flatMap(uri => commits.map(commit => `${commit}:${uri}\n`)).join('')
  await printLines(call, ['cat-file', '--batch-check=%(objectname)'], lookups, line => blobs.push(line.slice(0, 64)))
  const from = new Map(asked.map((uri, i) => [uri, i * commits.length]))
  return wanted.map(one => {
    const at = from.get(one.uri)
    if (at === undefined || blobs.length !== asked.length * commits.length) return { first: undefined, last: undefined }
    const holding = commits.filter((_, i) => one.blobs.has(blobs[at + i] ?? ''))
    return { first: holding.at(-1), last: holding[0] }
  })
}
