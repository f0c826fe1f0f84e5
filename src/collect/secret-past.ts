import type { Answer, Fact, Gap, Question } from '../model.ts'
import { holdsNoSecrets, mostSecrets, type SecretSeen, secretsIn } from '../parse/secret.ts'
import { root } from '../place.ts'
import { lengthClassOf } from '../secrets.ts'
import type { CollectorContext } from './collector.ts'

const largestVersion = 1024 * 1024
/** Removed secrets whose commits are looked up. */
const mostTraced = 300

interface Found {
  readonly uri: string
  readonly secret: string
  readonly name: string | undefined
  readonly length: string
  readonly confidence: SecretSeen['confidence']
  readonly inTree: boolean
  readonly blobs: Set<string>
}

/** Secrets of all earlier versions of files that are reachable from what is checked out. */
export const pastSecrets = async (
  question: Question<'secret.past'>,
  { workspace: { history }, signal }: CollectorContext,
  inTree: ReadonlySet<string>,
): Promise<Answer> => {
  const gaps: Gap[] = []
  const gap = (cause: Gap['cause'], reason: string): void => {
    gaps.push({ kinds: ['secret.past'], place: root, cause, reason })
  }
  const head = await history.head()
  if (!head.ok) {
    gap(head.refusal.cause, head.refusal.reason)
    return { question, facts: [], gaps }
  }
  if (head.value.cut.includes('shallow'))
    gap('unresolved', 'shallow clone: earlier versions are not here (in CI: `fetch-depth: 0`)')
  if (head.value.cut.includes('partial')) gap('unresolved', 'partial clone: earlier versions may not be here')
  const found = new Map<string, Found>()
  const versions = versionReader()
  let clean = 0
  let byName = 0
  let full = 0
  const read = await history.pastBlobs(
    head.value.commit,
    {
      most: question.mebibytes * 1024 * 1024,
      largest: largestVersion,
      wants: uri => {
        if (!holdsNoSecrets(uri)) return true
        byName++
        return false
      },
    },
    (uri, body, oid) => {
      signal.throwIfAborted()
      if (body.includes(0)) return
      const hits = versions.next(uri, body)
      if (hits.length === 0) clean++
      if (hits.length >= mostSecrets) full++
      for (const { seen, value } of hits) {
        const key = `${uri}\0${value}`
        const known = found.get(key)
        if (known) known.blobs.add(oid)
        else
          found.set(key, {
            uri,
            secret: seen.kind,
            name: seen.name,
            length: lengthClassOf(seen),
            confidence: seen.confidence,
            inTree: inTree.has(value),
            blobs: new Set([oid]),
          })
      }
    },
  )
  if (!read.ok) {
    gap(read.refusal.cause, read.refusal.reason)
    return { question, facts: [], gaps }
  }
  const { unread, missing } = read.value
  if (unread > 0)
    gap(
      'too-large',
      `${unread.toLocaleString('en')} earlier versions of files were not searched: of the newest, ${question.mebibytes} MiB in all and 1 MiB each are`,
    )
  if (full > 0)
    gap(
      'too-large',
      `${full} earlier versions of files hold more than ${mostSecrets} secrets; the rest of each is not listed`,
    )
  if (missing > 0) gap('unreadable', `${missing.toLocaleString('en')} objects of the history are missing or damaged`)

  const removed = [...found.values()].filter(one => !one.inTree)
  const traced = removed.slice(0, mostTraced)
  const commits = await history.holders(
    head.value.commit,
    traced.map(({ uri, blobs }) => ({ uri, blobs })),
  )
  const facts = [...found.values()].map((one): Fact<'secret.past'> => {
    const held = commits.ok ? commits.value[traced.indexOf(one)] : undefined
    return {
      kind: 'secret.past',
      id: `secret.past:${one.uri}/${one.name ?? one.secret}`,
      // The file, not a commit: each removed secret is a deed of its own, and a sample stays a sample.
      place: { in: 'file', uri: one.uri },
      data: {
        is: 'secret',
        uri: one.uri,
        secret: one.secret,
        name: one.name,
        length: one.length,
        confidence: one.confidence,
        inTree: one.inTree,
        first: held?.first,
        last: held?.last,
        versions: one.blobs.size,
      },
    }
  })
  // A tree that is all there ever was is seen whole, too.
  if (clean > 0 || (found.size === 0 && gaps.length === 0))
    facts.push({ kind: 'secret.past', id: 'secret.past', place: root, data: { is: 'rest', versions: clean, byName } })
  return {
    question,
    facts,
    gaps,
    query: `versions of files reachable from ${head.value.commit.slice(0, 10)} and not in its tree`,
  }
}

interface Hit {
  readonly seen: SecretSeen
  readonly value: string
  /** In bytes, from the beginning and from the end of its version. */
  readonly from: number
  readonly toEnd: number
}

/** A change is looked at with this many bytes around it. What may hold a longer secret is searched whole. */
const margin = 768
const mayBeLong = (uri: string, body: Buffer): boolean =>
  /\.(?:ya?ml|conf|json)$/i.test(uri) || body.includes('PRIVATE KEY') || body.includes('PuTTY-User')

/**
 * Reads version after version of each path. Versions of a file are mostly alike: of the next one only what differs from
 * the one before is searched, and what both have in common keeps its hits. Holds one version of each path.
 */
const versionReader = (): { readonly next: (uri: string, body: Buffer) => readonly Hit[] } => {
  const before = new Map<string, { readonly body: Buffer; readonly hits: readonly Hit[] }>()
  return {
    next: (uri, body) => {
      const known = before.get(uri)
      const hits =
        known && body.length > 4 * margin && !mayBeLong(uri, body)
          ? changed(uri, known, body)
          : searched(uri, body, 0, body.length)
      // The bytes belong to the stream.
      before.set(uri, { body: Buffer.from(body), hits })
      return hits
    },
  }
}

const searched = (uri: string, body: Buffer, from: number, to: number): Hit[] => {
  const text = body.toString('utf8', from, to)
  return secretsIn(text, uri).map(seen => {
    const value = text.slice(seen.start, seen.end)
    const start = from + Buffer.byteLength(text.slice(0, seen.start))
    return { seen, value, from: start, toEnd: body.length - start }
  })
}

const changed = (uri: string, old: { readonly body: Buffer; readonly hits: readonly Hit[] }, body: Buffer): Hit[] => {
  const shorter = Math.min(old.body.length, body.length)
  const head = alike(shorter, n => old.body.compare(body, 0, n, 0, n) === 0)
  const tail = alike(
    shorter - head,
    n => old.body.compare(body, body.length - n, body.length, old.body.length - n) === 0,
  )
  // Whole lines, and enough around them that a key or a block is seen whole.
  const from = head <= margin ? 0 : body.lastIndexOf(10, head - margin) + 1
  const next = tail <= margin ? -1 : body.indexOf(10, body.length - tail + margin)
  const to = next === -1 ? body.length : next + 1
  const kept = old.hits.flatMap(hit => {
    if (hit.from < from) return [{ ...hit, toEnd: body.length - hit.from }]
    return hit.toEnd < body.length - to ? [{ ...hit, from: body.length - hit.toEnd }] : []
  })
  return [...kept, ...searched(uri, body, from, to)]
}

/** The longest stretch for which `same` holds, found by halving: comparing is the machine's own loop. */
const alike = (most: number, same: (n: number) => boolean): number => {
  let [low, high] = [0, most]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (same(middle)) low = middle
    else high = middle - 1
  }
  return low
}
