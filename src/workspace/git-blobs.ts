import { type Call, objectReader, start } from './git.ts'
import type { Holders, PastBlobs, PastBounds } from './workspace.ts'

/** What `cat-file --batch-check` is asked to say: type, size, name, and the path that came with it. */
const format = '--batch-check=%(objecttype) %(objectsize) %(objectname) %(rest)'

/** Lines of a stream; a last one without its end counts too. */
const eachLine = async (from: AsyncIterable<unknown>, take: (line: string) => void): Promise<void> => {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of from) {
    const data = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer])
    let at = 0
    for (let end = data.indexOf(10, at); end !== -1; end = data.indexOf(10, at)) {
      take(data.toString('utf8', at, end))
      at = end + 1
    }
    rest = data.subarray(at)
  }
  if (rest.length > 0) take(rest.toString('utf8'))
}

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
  const list = start(call, ['rev-list', '--objects', '--missing=allow-any', oid, `^${oid}^{tree}`])
  list.stdin.end()
  const check = start(call, ['cat-file', format])
  check.stdin.on('error', () => undefined)
  list.stdout.pipe(check.stdin)
  await eachLine(check.stdout, line => {
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
  const [listed] = await Promise.all([list, check])
  if (call.signal.aborted) throw call.signal.reason
  if (listed.exitCode !== 0) missing++
  if (paths.size === 0) return { unread, missing }

  const child = start(call, ['cat-file', '--batch', '--buffer'])
  child.stdin.on('error', () => undefined)
  child.stdin.end(`${[...paths.keys()].join('\n')}\n`)
  let seen = 0
  const read = objectReader(object => {
    seen++
    if (object.is === 'object') take(paths.get(object.oid) ?? '', object.body, object.oid)
    else missing++
  })
  for await (const chunk of child.stdout) read(chunk as Buffer)
  await child
  if (call.signal.aborted) throw call.signal.reason
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
  const list = start(call, ['rev-list', '--full-history', oid, '--', ...uris])
  list.stdin.end()
  const commits: string[] = []
  await eachLine(list.stdout, line => commits.push(line))
  await list
  const asked = uris.slice(0, Math.max(1, Math.floor(mostLookups / Math.max(1, commits.length))))
  const child = start(call, ['cat-file', '--batch-check=%(objectname)'])
  child.stdin.on('error', () => undefined)
  child.stdin.end(asked.flatMap(uri => commits.map(commit => `${commit}:${uri}\n`)).join(''))
  const blobs: string[] = []
  await eachLine(child.stdout, line => blobs.push(line.slice(0, 64)))
  await child
  if (call.signal.aborted) throw call.signal.reason
  const from = new Map(asked.map((uri, i) => [uri, i * commits.length]))
  return wanted.map(one => {
    const at = from.get(one.uri)
    if (at === undefined || blobs.length !== asked.length * commits.length) return { first: undefined, last: undefined }
    const holding = commits.filter((_, i) => one.blobs.has(blobs[at + i] ?? ''))
    return { first: holding.at(-1), last: holding[0] }
  })
}
