import type { Answer, Fact, Gap, Question } from '../model.ts'
import { root } from '../place.ts'
import type { CommitHeader, Commits, Refusal, Workspace } from '../workspace/workspace.ts'
import { type CollectorContext, type CollectorFactory, asked } from './collector.ts'
import { whatItHolds } from './tracked-file.ts'

/** Facts of the object store: the commits of a branch, and what the index holds that it should not. */
export const collector: CollectorFactory = ({ workspace }: CollectorContext) => ({
  answers: ['git.repository', 'git.commit', 'git.tracked-file'],
  collect: async questions => ({
    answers: [
      ...(await Promise.all(asked(questions, 'git.repository').map(q => repository(q, workspace)))),
      ...(await Promise.all(asked(questions, 'git.commit').map(q => commits(q, workspace)))),
      ...(await Promise.all(asked(questions, 'git.tracked-file').map(q => trackedFiles(q, workspace)))),
    ],
  }),
})

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

const commits = async (question: Question<'git.commit'>, { history }: Workspace): Promise<Answer> => {
  const tip = await history.resolve(question.branch)
  if (!tip.ok) return { question, facts: [], gaps: [gapOf(question, tip.refusal)] }
  const [head, walk] = [await history.head(), await history.commits(tip.value)]
  if (!walk.ok) return { question, facts: [], gaps: [gapOf(question, walk.refusal)] }
  const cut = head.ok ? head.value.cut.filter(c => c !== 'replaced') : []
  const gaps: Gap[] = cut.map(c => gapOf(question, { cause: 'unresolved', reason: cutReasons[c] }))
  for (const oid of walk.value.missing.slice(0, 20))
    gaps.push({
      kinds: ['git.commit'],
      place: { in: 'commit', oid },
      cause: 'unreadable',
      reason: 'the object store does not hold this commit; it and its ancestors were not judged',
    })
  const since = question.since ? startOf(question.since) : undefined
  return {
    question,
    gaps,
    facts: rowsOf(walk.value, since),
    newestFirst: true,
    query:
      `all commits reachable from ${question.branch} (${tip.value.slice(0, 10)})` +
      (question.since ? `, committed since ${question.since} (earlier ones counted apart)` : ''),
  }
}

const rowsOf = (walk: Commits, since: number | undefined): Iterable<Fact<'git.commit'>> => ({
  *[Symbol.iterator]() {
    for (let i = 0; i < walk.count; i++) yield rowOf(walk.at(i), since)
  },
})

const rowOf = (c: CommitHeader, since: number | undefined): Fact<'git.commit'> => ({
  kind: 'git.commit',
  id: `git.commit:${c.oid}`,
  place: { in: 'commit', oid: c.oid },
  data: {
    oid: c.oid,
    author: c.author,
    committer: c.committer,
    committedAt: new Date(c.committedAt * 1000).toISOString().replace('.000Z', 'Z'),
    parents: c.parents.length,
    subject: c.subject,
    signature: c.signature,
    beforeScope: since !== undefined && c.committedAt < since,
  },
})

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
