import type { SignatureState } from '../facts/git.ts'
import type { Answer, Fact, Gap, Question } from '../model.ts'
import type { CommitHeader } from '../workspace/workspace.ts'
import type { CollectorContext } from './collector.ts'
import { cutReasons, gapOf, shownSubject, stamp, type Walked, type Walks } from './git-walk.ts'

/** A commit date before the date given is outside the population; the date itself is inside. */
const startOf = (since: string): number => Date.parse(`${since.slice(0, 10)}T00:00:00Z`) / 1000

export const commitsOf = async (
  question: Question<'git.commit'>,
  { workspace: { history }, inputs: { asOf } }: CollectorContext,
  walkBehind: Walks,
): Promise<Answer> => {
  const gaps: Gap[] = []
  const walks: Walked[] = []
  const names: string[] = []
  for (const branch of question.branches) {
    const tip = await history.resolve(branch)
    const walk = tip.ok ? await walkBehind(tip.value) : tip
    if (!walk.ok) gaps.push(gapOf(question, walk.refusal))
    else {
      if (!walks.includes(walk.value)) walks.push(walk.value)
      names.push(`${branch} (${tip.ok ? tip.value.slice(0, 10) : ''})`)
    }
  }
  if (walks.length === 0) return { question, facts: [], gaps }
  const head = await history.head()
  const cut = head.ok ? head.value.cut.filter(c => c !== 'replaced') : []
  gaps.push(
    ...cut.map(c => gapOf(question, { cause: 'unresolved', reason: cutReasons[c] })),
    ...walks.flatMap(walk => walk.trust.gaps.map(gap => ({ ...gap, kinds: [question.kind] }))),
  )
  const told = new Set<string>()
  const unread = (oids: readonly string[], reason: string): void => {
    for (const oid of oids.filter(name => !told.has(name)).slice(0, 20)) {
      told.add(oid)
      gaps.push({ kinds: ['git.commit'], place: { in: 'commit', oid }, cause: 'unreadable', reason })
    }
  }
  for (const { commits } of walks) {
    unread(commits.missing, 'the object store does not hold this commit; it and its ancestors were not judged')
    unread(commits.damaged, 'the bytes of this object are not what its name says; it and its ancestors were not judged')
  }
  const since = question.since ? startOf(question.since) : undefined
  return {
    question,
    gaps,
    facts: rowsOf(walks, since, question.issues),
    newestFirst: true,
    query:
      `all commits reachable from ${names.join(' and ')}` +
      (question.since ? `, committed since ${question.since} (earlier ones counted apart)` : '') +
      `; ${walks[0]?.trust.says ?? ''}; ${summaryOf(walks, since, endOf(asOf))}`,
  }
}

/** Each commit of several walks once. */
function* each(walks: readonly Walked[]): Iterable<{ readonly commit: CommitHeader; readonly walk: Walked }> {
  for (const [i, walk] of walks.entries()) {
    const earlier = walks.slice(0, i)
    for (let n = 0; n < walk.commits.count; n++) {
      const commit = walk.commits.at(n)
      if (!earlier.some(w => w.commits.has(commit.oid))) yield { commit, walk }
    }
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
const summaryOf = (walks: readonly Walked[], since: number | undefined, today: number): string => {
  const states = new Map<SignatureState, number>()
  const unknown = new Map<string, number>()
  const authors = new Set<string>()
  const committers = new Set<string>()
  let [count, merges, unlike, backwards, ahead] = [0, 0, 0, 0, 0]
  for (const { commit: c, walk } of each(walks)) {
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

const rowsOf = (
  walks: readonly Walked[],
  since: number | undefined,
  issues: string | undefined,
): Iterable<Fact<'git.commit'>> => ({
  *[Symbol.iterator]() {
    for (const { commit, walk } of each(walks)) yield rowOf(commit, walk, since, issues)
  },
})

const rowOf = (
  c: CommitHeader,
  walk: Walked,
  since: number | undefined,
  issues: string | undefined,
): Fact<'git.commit'> => ({
  kind: 'git.commit',
  id: `git.commit:${c.oid}`,
  place: { in: 'commit', oid: c.oid },
  data: {
    oid: c.oid,
    author: c.author,
    committer: c.committer,
    committedAt: stamp(c.committedAt),
    authoredAt: stamp(c.authoredAt),
    newestInPast: stamp(c.newestInPast),
    parents: c.parents.length,
    subject: shownSubject(c.subject),
    arrival: walk.arrivalOf(c),
    namesIssue: issues !== undefined && walk.namesIssue(c, issues),
    signature: walk.signatureOf(c),
    scope: since === undefined || c.committedAt >= since ? 'in' : c.newestInPast >= since ? 'doubtful' : 'before',
  },
})
