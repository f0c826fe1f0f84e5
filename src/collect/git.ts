import type { Answer, Fact, Gap, Question } from '../model.ts'
import { root } from '../place.ts'
import type { Read, Workspace } from '../workspace/workspace.ts'
import { asked, type CollectorContext, type CollectorFactory } from './collector.ts'
import { commitsOf } from './git-commit.ts'
import { tagsOf } from './git-tag.ts'
import { gapOf, type Walked, type Walks, walkFrom } from './git-walk.ts'
import { policyHistory } from './policy-history.ts'
import { whatItHolds } from './tracked-file.ts'

/** Facts of the object store: the commits of a branch, the tags, how policies changed, and what the index holds that it should not. */
export const collector: CollectorFactory = (context: CollectorContext) => ({
  answers: ['git.repository', 'git.commit', 'git.tag', 'git.tracked-file', 'policy.change', 'policy.promise'],
  collect: async questions => {
    const { workspace } = context
    const begun = new Map<string, Promise<Read<Walked>>>()
    const patterns = [...new Set(asked(questions, 'git.commit').flatMap(q => q.issues ?? []))]
    const walks: Walks = tip => {
      const walk = begun.get(tip) ?? walkFrom(tip, context, patterns)
      begun.set(tip, walk)
      return walk
    }
    const answers = [
      ...(await Promise.all(asked(questions, 'git.repository').map(q => repository(q, workspace)))),
      ...(await Promise.all(asked(questions, 'git.commit').map(q => commitsOf(q, context, walks)))),
      ...(await Promise.all(asked(questions, 'git.tag').map(q => tagsOf(q, workspace, walks)))),
      ...(await Promise.all(asked(questions, 'git.tracked-file').map(q => trackedFiles(q, workspace)))),
    ]
    const ofPolicies = await policyHistory(
      [...asked(questions, 'policy.change'), ...asked(questions, 'policy.promise')],
      context,
      walks,
    )
    const walked = await Promise.all(begun.values())
    return {
      answers: [...answers, ...ofPolicies.answers],
      deposits: [...walked.flatMap(w => (w.ok ? w.value.trust.deposits : [])), ...(ofPolicies.deposits ?? [])],
    }
  },
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
