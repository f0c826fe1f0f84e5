import type { Arrival, SignatureSeen } from '../facts/git.ts'
import type { Gap, Question } from '../model.ts'
import { boundedPattern } from '../parse/pattern.ts'
import { root } from '../place.ts'
import { withoutSecrets } from '../secrets.ts'
import { holdsSoon } from '../signature/job.ts'
import { readSignedCommit, readSignedTag } from '../signature/signed-object.ts'
import { sshKeys } from '../signature/sshsig.ts'
import { type Decision, settled, verifier } from '../signature/verify.ts'
import { type CommitHeader, type Commits, got, type Look, type Read, type Refusal } from '../workspace/workspace.ts'
import type { CollectorContext } from './collector.ts'
import { mentionsIn } from './mention.ts'
import { findTrust, type TrustFound } from './trust.ts'

/** The walk from a commit, begun once however many questions need it. */
export type Walks = (tip: string) => Promise<Read<Walked>>

export const gapOf = (question: Question, refusal: Refusal): Gap => ({
  kinds: [question.kind],
  place: root,
  cause: refusal.cause,
  reason: refusal.reason,
})

/** Why part of the history is out of sight, for the person who can bring it back. */
export const cutReasons = {
  shallow: 'shallow clone: earlier commits are not here (in CI: `fetch-depth: 0`; here: `git fetch --unshallow`)',
  grafted: 'grafts change the history that git shows; the commits they hide were not judged',
  replaced: 'replace refs exist; the original commits were judged, not their replacements',
  partial: 'partial clone: objects that were not fetched could not be judged',
} as const

/** RFC 3339 UTC; a date beyond what a calendar holds is its nearest end. */
export const stamp = (seconds: number): string =>
  new Date(Math.max(-62_135_596_800, Math.min(253_402_300_799, seconds)) * 1000).toISOString().replace('.000Z', 'Z')

/** A subject as it may be quoted. Most name no secret, and a history is long. */
export const shownSubject = (subject: string): string =>
  /pass|pwd|secret|token|key|cred|:\/\//i.test(subject) ? withoutSecrets(subject) : subject

/** One walk over the history behind a commit, with every signature verified as it passes by. */
export interface Walked {
  readonly commits: Commits
  readonly signatureOf: (commit: CommitHeader) => SignatureSeen
  readonly tagSignature: (body: Buffer) => SignatureSeen
  readonly arrivalOf: (commit: CommitHeader) => Arrival
  /** Whether its message names an issue, as one of the patterns the walk was told says. */
  readonly namesIssue: (commit: CommitHeader, pattern: string) => boolean
  /** Whether its message says that somebody reviewed or approved it. */
  readonly saysReviewed: (commit: CommitHeader) => boolean
  readonly trust: TrustFound
}

/** Looks no further than it must: each trust is read when it is asked for. */
const some = <T>(of: Iterable<T>, test: (one: T) => boolean): boolean => {
  for (const one of of) if (test(one)) return true
  return false
}

export const isTrusted = (seen: SignatureSeen): boolean => seen.state === 'good' || seen.state === 'forge'

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

/** What messages name, by the numbers of the answers: numbers of requests, and bits in rows as wide as the patterns need. */
const mentionsInTurn = (patterns: readonly string[]) => {
  const issues = patterns.map(pattern => {
    const bounded = boundedPattern(pattern)
    if (!bounded) throw new Error(`no pattern for names of issues: ${pattern}`)
    return bounded
  })
  const wide = Math.ceil((issues.length + 1) / 32)
  let requests = new Uint32Array(4096)
  let flags = new Uint32Array(4096 * wide)
  const flag = (slot: number, i: number): boolean => ((flags[slot * wide + (i >> 5)] ?? 0) & (1 << (i & 31))) !== 0
  return {
    put: (slot: number, body: Buffer): void => {
      while (slot >= requests.length) {
        const [moreRequests, moreFlags] = [new Uint32Array(requests.length * 2), new Uint32Array(flags.length * 2)]
        moreRequests.set(requests)
        moreFlags.set(flags)
        ;[requests, flags] = [moreRequests, moreFlags]
      }
      const { request, reviewed, issue } = mentionsIn(body, issues)
      requests[slot] = request
      for (const [i, named] of [reviewed, ...issue].entries()) {
        const at = slot * wide + (i >> 5)
        if (named) flags[at] = (flags[at] ?? 0) | (1 << (i & 31))
      }
    },
    request: (slot: number): number => requests[slot] ?? 0,
    reviewed: (slot: number): boolean => flag(slot, 0),
    issue: (slot: number, pattern: string): boolean => {
      const i = patterns.indexOf(pattern)
      return i !== -1 && flag(slot, i + 1)
    },
  }
}

/** How a commit came to the branch, by what it says itself and what the commit says that brought it. */
const arrivalFrom = (
  c: CommitHeader,
  commits: Commits,
  request: (commit: CommitHeader) => number,
  forgeSigned: (commit: CommitHeader) => boolean,
): Arrival => {
  const landing = c.landed === c.oid ? c : (commits.of(c.landed) ?? c)
  if (landing.oid === c.oid && c.parents.length === 0) return { by: 'start' }
  const number = request(landing) || request(c)
  if (number !== 0) return { by: 'request', number, in: landing.oid, forgeSigned: forgeSigned(landing) }
  return landing.parents.length > 1 ? { by: 'merge', in: landing.oid } : { by: 'push or rebase' }
}

/**
 * A commit that changes a list of trusted keys must be good by the list as a parent held it. Else the key has vouched
 * for itself, unless another commit, signed by another trusted key, brought it in too.
 */
export const walkFrom = async (
  tip: string,
  { workspace, inputs }: CollectorContext,
  issuePatterns: readonly string[],
): Promise<Read<Walked>> => {
  const trust = await findTrust(workspace, inputs, tip)
  const keys = sshKeys()
  const verify = verifier(trust.trust, keys)
  const answers = answersInTurn()
  const mentions = mentionsInTurn(issuePatterns)
  const changing = new Map<string, { readonly seen: SignatureSeen; readonly vouched: boolean }>()
  const look: Look = (body, oid) => {
    const slot = answerFor(body, oid)
    mentions.put(slot, body)
    return slot
  }
  const answerFor = (body: Buffer, oid: string): number => {
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
  const signatureOf = (commit: CommitHeader): SignatureSeen => itself.get(commit.oid) ?? answers.at(commit.seen)
  const commits = read.value
  return got({
    commits,
    trust,
    signatureOf,
    arrivalOf: c =>
      arrivalFrom(
        c,
        commits,
        of => mentions.request(of.seen),
        of => signatureOf(of).state === 'forge',
      ),
    namesIssue: (commit, pattern) => mentions.issue(commit.seen, pattern),
    saysReviewed: commit => mentions.reviewed(commit.seen),
    tagSignature: body => settled(verify(readSignedTag(body))),
  })
}
