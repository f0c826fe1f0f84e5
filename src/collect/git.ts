import type { SignatureSeen, SignatureState } from '../facts/git.ts'
import type { Answer, Fact, Gap, Question } from '../model.ts'
import { root } from '../place.ts'
import { holdsSoon } from '../signature/job.ts'
import { readSignedCommit, readSignedTag } from '../signature/signed-object.ts'
import { sshKeys } from '../signature/sshsig.ts'
import { type Decision, settled, verifier } from '../signature/verify.ts'
import {
  type CommitHeader,
  type Commits,
  got,
  type Look,
  type Read,
  type Refusal,
  type Workspace,
} from '../workspace/workspace.ts'
import { asked, type CollectorContext, type CollectorFactory } from './collector.ts'
import { whatItHolds } from './tracked-file.ts'
import { findTrust, type TrustFound } from './trust.ts'

/** Facts of the object store: the commits of a branch, the tags, and what the index holds that it should not. */
export const collector: CollectorFactory = (context: CollectorContext) => ({
  answers: ['git.repository', 'git.commit', 'git.tag', 'git.tracked-file'],
  collect: async questions => {
    const { workspace } = context
    const begun = new Map<string, Promise<Read<Walked>>>()
    const walks: Walks = tip => {
      const walk = begun.get(tip) ?? walkFrom(tip, context)
      begun.set(tip, walk)
      return walk
    }
    const answers = [
      ...(await Promise.all(asked(questions, 'git.repository').map(q => repository(q, workspace)))),
      ...(await Promise.all(asked(questions, 'git.commit').map(q => commits(q, context, walks)))),
      ...(await Promise.all(asked(questions, 'git.tag').map(q => tags(q, workspace, walks)))),
      ...(await Promise.all(asked(questions, 'git.tracked-file').map(q => trackedFiles(q, workspace)))),
    ]
    const walked = await Promise.all(begun.values())
    return { answers, deposits: walked.flatMap(w => (w.ok ? w.value.trust.deposits : [])) }
  },
})

/** The walk from a commit, begun once however many questions need it. */
type Walks = (tip: string) => Promise<Read<Walked>>

const gapOf = (question: Question, refusal: Refusal): Gap => ({
  kinds: [question.kind],
  place: root,
  cause: refusal.cause,
  reason: refusal.reason,
})

const repository = async (question: Question<'git.repository'>, { history }: Workspace): Promise<Answer> => {
  const head = await history.head()
  if (!head.ok) return { question, facts: [], gaps: [gapOf(question, head.refusal)] }
  const { ref, commit, cut } = head.value
  return {
    question,
    gaps: [],
    facts: [
      {
        kind: 'git.repository',
        id: 'git.repository',
        place: root,
        data: { branch: ref, commit, cut },
      },
    ],
  }
}

/** Why part of the history is out of sight, for the person who can bring it back. */
const cutReasons = {
  shallow: 'shallow clone: earlier commits are not here (in CI: `fetch-depth: 0`; here: `git fetch --unshallow`)',
  grafted: 'grafts change the history that git shows; the commits they hide were not judged',
  replaced: 'replace refs exist; the original commits were judged, not their replacements',
  partial: 'partial clone: objects that were not fetched could not be judged',
} as const

/** A commit date before the date given is outside the population; the date itself is inside. */
const startOf = (since: string): number => Date.parse(`${since.slice(0, 10)}T00:00:00Z`) / 1000

/** One walk over the history behind a commit, with every signature verified as it passes by. */
interface Walked {
  readonly commits: Commits
  readonly signatureOf: (commit: CommitHeader) => SignatureSeen
  readonly tagSignature: (body: Buffer) => SignatureSeen
  readonly trust: TrustFound
}

/** Looks no further than it must: each trust is read when it is asked for. */
const some = <T>(of: Iterable<T>, test: (one: T) => boolean): boolean => {
  for (const one of of) if (test(one)) return true
  return false
}

const isTrusted = (seen: SignatureSeen): boolean => seen.state === 'good' || seen.state === 'forge'

/** Signatures under way at once: enough to keep every processor busy, few enough to stay small. */
const mostUnderWay = 256

interface Answers {
  /** The number under which the answer will be found. */
  add(decision: Decision): number
  at(number: number): SignatureSeen
  /** A promise while too many are under way. */
  readonly drained: () => Promise<void> | undefined
  all(): Promise<void>
}

/** Answers by number, in columns: a million of them are a million small numbers, and each distinct answer once. */
const answersInTurn = (): Answers => {
  const distinct: SignatureSeen[] = []
  const numbers = new Map<SignatureSeen, number>()
  let slots = new Uint32Array(4096)
  let size = 0
  let underWay = 0
  let wake: (() => void) | undefined
  const put = (slot: number, seen: SignatureSeen): void => {
    let number = numbers.get(seen)
    if (number === undefined) {
      number = distinct.push(seen) - 1
      numbers.set(seen, number)
    }
    slots[slot] = number
  }
  const until = (most: number): Promise<void> | undefined =>
    underWay <= most
      ? undefined
      : new Promise(resolve => {
          wake = () => {
            if (underWay > most) return
            wake = undefined
            resolve()
          }
        })
  return {
    add: decision => {
      if (size === slots.length) {
        const larger = new Uint32Array(size * 2)
        larger.set(slots)
        slots = larger
      }
      const slot = size++
      if (decision.is === 'said') put(slot, decision.seen)
      else {
        underWay++
        holdsSoon(decision.job, good => {
          underWay--
          put(slot, good ? decision.good : decision.bad)
          wake?.()
        })
      }
      return slot
    },
    at: number => distinct[slots[number] ?? 0] ?? { form: 'unknown', letter: 'E', state: 'not-evaluated' },
    drained: () => until(mostUnderWay),
    all: async () => until(0),
  }
}

/**
 * A commit that changes a list of trusted keys must be good by the list as a parent held it. Else the key has vouched
 * for itself, unless another commit, signed by another trusted key, brought it in too.
 */
const walkFrom = async (tip: string, { workspace, inputs }: CollectorContext): Promise<Read<Walked>> => {
  const trust = await findTrust(workspace, inputs, tip)
  const keys = sshKeys()
  const verify = verifier(trust.trust, keys)
  const answers = answersInTurn()
  const changing = new Map<string, { readonly seen: SignatureSeen; readonly vouched: boolean }>()
  const look: Look = (body, oid) => {
    const object = readSignedCommit(body, oid.length === 64 ? 'sha256' : 'sha1')
    const decision = verify(object)
    const before = trust.before(oid)
    if (!before) return answers.add(decision)
    const seen = settled(decision)
    const vouched = !isTrusted(seen) || some(before, b => isTrusted(settled(verifier(b, keys)(object))))
    changing.set(oid, { seen, vouched })
    return answers.add({ is: 'said', seen })
  }
  const read = await workspace.history.commits(tip, look, answers.drained)
  await answers.all()
  if (!read.ok) return read
  const itself = new Map<string, SignatureSeen>()
  for (const [oid, { seen, vouched }] of changing) {
    if (vouched) continue
    const { keyId = '' } = seen
    const elsewhere = [...changing].some(
      ([other, by]) =>
        other !== oid && by.vouched && isTrusted(by.seen) && by.seen.keyId !== keyId && trust.introduces(other, keyId),
    )
    if (!elsewhere) itself.set(oid, { ...seen, letter: 'U', state: 'self-introduced' })
  }
  return got({
    commits: read.value,
    trust,
    signatureOf: commit => itself.get(commit.oid) ?? answers.at(commit.seen),
    tagSignature: body => settled(verify(readSignedTag(body))),
  })
}

const commits = async (
  question: Question<'git.commit'>,
  { workspace: { history }, inputs: { asOf } }: CollectorContext,
  walks: Walks,
): Promise<Answer> => {
  const tip = await history.resolve(question.branch)
  if (!tip.ok) return { question, facts: [], gaps: [gapOf(question, tip.refusal)] }
  const [head, walk] = [await history.head(), await walks(tip.value)]
  if (!walk.ok) return { question, facts: [], gaps: [gapOf(question, walk.refusal)] }
  const cut = head.ok ? head.value.cut.filter(c => c !== 'replaced') : []
  const gaps: Gap[] = [
    ...cut.map(c => gapOf(question, { cause: 'unresolved', reason: cutReasons[c] })),
    ...walk.value.trust.gaps.map(gap => ({ ...gap, kinds: [question.kind] })),
  ]
  const unread = (oids: readonly string[], reason: string): void => {
    for (const oid of oids.slice(0, 20))
      gaps.push({ kinds: ['git.commit'], place: { in: 'commit', oid }, cause: 'unreadable', reason })
  }
  unread(walk.value.commits.missing, 'the object store does not hold this commit; it and its ancestors were not judged')
  unread(
    walk.value.commits.damaged,
    'the bytes of this object are not what its name says; it and its ancestors were not judged',
  )
  const since = question.since ? startOf(question.since) : undefined
  return {
    question,
    gaps,
    facts: rowsOf(walk.value, since),
    newestFirst: true,
    query:
      `all commits reachable from ${question.branch} (${tip.value.slice(0, 10)})` +
      (question.since ? `, committed since ${question.since} (earlier ones counted apart)` : '') +
      `; ${walk.value.trust.says}; ${summaryOf(walk.value, since, endOf(asOf))}`,
  }
}

/** In the order in which a reader wants them. */
const stateWords: Readonly<Record<SignatureState, string>> = {
  good: 'signed by a trusted key',
  forge: 'signed by the forge',
  unsigned: 'unsigned',
  bad: 'with a bad signature',
  malformed: 'with a malformed signature',
  revoked: 'signed by a revoked key',
  retired: 'signed by a key retired since',
  'unknown-key': 'signed by an unknown key',
  'no-trust': 'signed, with no list to hold it against',
  'forge-unknown': 'signed by the forge, whose key is not given',
  'not-valid-then': 'signed outside the term of the key',
  'self-introduced': 'signed by a key that vouches for itself',
  'expired-signature': 'with a signature that has ended',
  'expired-key': 'signed by a key that has ended since',
  'expired-before': 'signed by a key that had ended',
  'not-evaluated': 'with a signature that is not evaluated',
}

/** The population in one sentence: what the signatures came to, by whom, and which dates cannot all be right. */
const summaryOf = (walk: Walked, since: number | undefined, today: number): string => {
  const states = new Map<SignatureState, number>()
  const unknown = new Map<string, number>()
  const authors = new Set<string>()
  const committers = new Set<string>()
  let [count, merges, unlike, backwards, ahead] = [0, 0, 0, 0, 0]
  for (let i = 0; i < walk.commits.count; i++) {
    const c = walk.commits.at(i)
    if (since !== undefined && c.newestInPast < since) continue
    const { state, keyId } = walk.signatureOf(c)
    count++
    states.set(state, (states.get(state) ?? 0) + 1)
    if (keyId !== undefined && ['unknown-key', 'no-trust', 'forge-unknown'].includes(state))
      unknown.set(keyId, (unknown.get(keyId) ?? 0) + 1)
    authors.add(c.author)
    committers.add(c.committer)
    if (c.parents.length > 1) merges++
    if (c.author !== c.committer) unlike++
    if (c.newestInPast > c.committedAt) backwards++
    if (c.committedAt > today) ahead++
  }
  const n = (of: number): string => of.toLocaleString('en')
  const said = (Object.keys(stateWords) as SignatureState[]).flatMap(state => {
    const of = states.get(state)
    return of === undefined ? [] : [`${n(of)} ${stateWords[state]}`]
  })
  const keys = [...unknown].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const named = keys.slice(0, 5).map(([key, of]) => `${key} (${n(of)})`)
  return [
    `${n(count)} commits: ${said.join(', ')}`,
    ...(named.length > 0
      ? [`keys not known: ${named.join(', ')}${keys.length > 5 ? ` and ${n(keys.length - 5)} more` : ''}`]
      : []),
    `${n(merges)} merges, ${n(authors.size)} authors, ${n(committers.size)} committers, ${n(unlike)} committed by another than the author`,
    ...(backwards > 0 ? [`${n(backwards)} dated before an ancestor`] : []),
    ...(ahead > 0 ? [`${n(ahead)} dated after the day of this run`] : []),
  ].join('; ')
}

const endOf = (day: string): number => Date.parse(`${day}T23:59:59Z`) / 1000

const rowsOf = (walk: Walked, since: number | undefined): Iterable<Fact<'git.commit'>> => ({
  *[Symbol.iterator]() {
    for (let i = 0; i < walk.commits.count; i++) yield rowOf(walk.commits.at(i), walk, since)
  },
})

/** RFC 3339 UTC; a date beyond what a calendar holds is its nearest end. */
const stamp = (seconds: number): string =>
  new Date(Math.max(-62_135_596_800, Math.min(253_402_300_799, seconds)) * 1000).toISOString().replace('.000Z', 'Z')

const rowOf = (c: CommitHeader, walk: Walked, since: number | undefined): Fact<'git.commit'> => ({
  kind: 'git.commit',
  id: `git.commit:${c.oid}`,
  place: { in: 'commit', oid: c.oid },
  data: {
    oid: c.oid,
    author: c.author,
    committer: c.committer,
    committedAt: stamp(c.committedAt),
    parents: c.parents.length,
    subject: c.subject,
    signature: walk.signatureOf(c),
    scope: since === undefined || c.committedAt >= since ? 'in' : c.newestInPast >= since ? 'doubtful' : 'before',
  },
})

/* ---- tags ---- */

/**
 * Names that stand for what is given to others: `v1.2.3`, `1.0`, `go1.22.1`, `curl-8_1_0`, `app/v2.0.0-rc.1`,
 * `pkg@1.2.3`, `20260601`; and with a word for it also numbers with hyphens: `release-2026-06-01`.
 */
const suffix = '(?:[a-z]{1,20}\\d{0,10})?(?:[-+._][0-9a-z]{1,40}){0,6}$'
const dotted = new RegExp(`(?:^|[/@_-])[a-z]{0,20}[-_.]?\\d{1,10}(?:[._]\\d{1,10}){1,4}${suffix}`, 'i')
const hyphened = new RegExp(
  `(?:^|[/@_-])(?:v|ver|version|r|rel|release)[-_.]?\\d{1,10}(?:[-._]\\d{1,10}){1,4}${suffix}`,
  'i',
)
const day = /(?:^|[/@_-])(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/
const isVersion = (name: string): boolean => {
  const end = name.slice(-200)
  return dotted.test(end) || hyphened.test(end) || (day.test(end) && !/backup|snapshot|archive|before|after/i.test(end))
}

const tags = async (question: Question<'git.tag'>, { history }: Workspace, walks: Walks): Promise<Answer> => {
  const tip = await history.resolve('HEAD')
  if (!tip.ok) return { question, facts: [], gaps: [gapOf(question, tip.refusal)] }
  const walk = await walks(tip.value)
  if (!walk.ok) return { question, facts: [], gaps: [gapOf(question, walk.refusal)] }
  const seen: SignatureSeen[] = []
  const read = await history.tags(body => seen.push(walk.value.tagSignature(body)) - 1)
  if (!read.ok) return { question, facts: [], gaps: [gapOf(question, read.refusal)] }
  const none: SignatureSeen = { form: 'none', letter: 'N', state: 'unsigned' }
  const gaps: Gap[] = walk.value.trust.gaps.map(gap => ({ ...gap, kinds: [question.kind] }))
  const head = await history.head()
  // A checkout of one commit brings no tags along: that none are here says nothing.
  if (head.ok && head.value.cut.includes('shallow'))
    gaps.push(
      gapOf(question, { cause: 'unresolved', reason: 'shallow clone: tags may be missing (in CI: `fetch-depth: 0`)' }),
    )
  return {
    question,
    gaps,
    query: `all tags; ${walk.value.trust.says}`,
    facts: read.value.map(
      (tag): Fact<'git.tag'> => ({
        kind: 'git.tag',
        id: `git.tag:${tag.name}`,
        place: { in: 'row', uri: 'refs/tags', key: tag.name },
        data: {
          name: tag.name,
          commit: tag.commit,
          annotated: tag.object !== undefined,
          tagger: tag.object?.tagger,
          taggedAt: tag.object && stamp(tag.object.taggedAt),
          signature: (tag.object && seen[tag.object.seen]) ?? none,
          onBranch: tag.commit !== undefined && walk.value.commits.has(tag.commit),
          isVersion: isVersion(tag.name),
        },
      }),
    ),
  }
}

const trackedFiles = async (question: Question<'git.tracked-file'>, workspace: Workspace): Promise<Answer> => {
  const [{ entries, unseen }, head, ignored] = [
    await workspace.tree.list(),
    await workspace.history.head(),
    await workspace.history.ignoredYetTracked(),
  ]
  const gaps: Gap[] = unseen.map(({ uri, refusal }) => ({
    kinds: ['git.tracked-file'],
    place: { in: 'file', uri },
    cause: refusal.cause,
    reason: refusal.reason,
  }))
  if (!head.ok) return { question, facts: [], gaps: [...gaps, gapOf(question, head.refusal)] }
  if (!ignored.ok) gaps.push(gapOf(question, ignored.refusal))
  const covered = new Set(ignored.ok ? ignored.value : [])
  const facts: Fact<'git.tracked-file'>[] = []
  let rest = 0
  for (const entry of entries.filter(e => e.tracked)) {
    const seen = await whatItHolds(entry, workspace.tree)
    const { uri, bytes } = entry
    if (seen.unread)
      gaps.push({
        kinds: ['git.tracked-file'],
        place: { in: 'file', uri },
        cause: seen.unread.cause,
        reason: seen.unread.reason,
      })
    else if (seen.holds === undefined && !covered.has(uri)) rest++
    else
      facts.push({
        kind: 'git.tracked-file',
        id: `git.tracked-file:${uri}`,
        place: { in: 'file', uri },
        data: {
          is: 'file',
          uri,
          bytes,
          ignored: covered.has(uri),
          holds: seen.holds,
          credentials: seen.credentials,
        },
      })
  }
  if (rest > 0)
    facts.push({ kind: 'git.tracked-file', id: 'git.tracked-file', place: root, data: { is: 'rest', files: rest } })
  return { question, facts, gaps }
}
