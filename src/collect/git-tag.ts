import type { SignatureSeen } from '../facts/git.ts'
import type { Answer, Fact, Gap, Question } from '../model.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { gapOf, stamp, type Walks } from './git-walk.ts'

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

export const tagsOf = async (question: Question<'git.tag'>, { history }: Workspace, walks: Walks): Promise<Answer> => {
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
