import { day, defineCheck, oneOf, pattern, words } from '../../check.ts'
import type { Judgement } from '../../model.ts'

export const check = defineCheck({
  id: 'git-changes-name-a-request-or-issue',
  about: 'git.commit',
  params: {
    branches: words('branches whose commits are judged; HEAD is what is checked out', ['HEAD']),
    since: day('first day that counts (YYYY-MM-DD); empty for the whole branch'),
    issues: pattern('regular expression: what the name of an issue in a commit message looks like', '#[0-9]+'),
    unnamed: oneOf(
      'what a commit counts for that names neither; violates: every way of merging that is allowed names the request',
      ['unsure', 'violates'],
      'unsure',
    ),
  },
  asks: ({ branches, since, issues }) => [
    since === '' ? { kind: 'git.commit', branches, issues } : { kind: 'git.commit', branches, since, issues },
  ],
  ifNone: { unsure: 'no commit after the first one to judge' },
  title: 'Every commit on the branch came by a request that is named, or names an issue.',
  why: 'An auditor picks a line that runs in production and asks who wanted it, who looked at it and what tested it. The request or issue is where that is written down; a commit that names neither leads nowhere.',
  fix: 'Merge by pull request only, by a way that keeps its number (merge commit or squash), and forbid pushes to the branch.',
  samples: { bad: 'git commit -m "hotfix" && git push origin main', good: 'Merge pull request #41 from topic/timeout' },
  source: '45 CFR 164.316(b)(1); SOC 2 CC8.1',
  blind:
    'Reads what commits say in the default words of GitHub, GitLab, Bitbucket, Azure DevOps, Gitea and Gerrit, and proves neither that the request exists nor that anybody approved it. A merge by rebase leaves no number, so it looks like a push.',
  confidence: 'medium',
  rows: {
    noun: 'commits',
    violates: 'name neither a request nor an issue',
    unsure: 'name neither a request nor an issue, as far as git shows',
  },
  judge: ({ data }, { unnamed }): Judgement => {
    const { arrival, scope } = data
    if (scope === 'before') return { verdict: 'exempt', reason: 'committed before the date that counts' }
    const judged = ((): Judgement => {
      switch (arrival.by) {
        case 'start':
          return { verdict: 'exempt', reason: 'the first commit: there was nothing to merge it into' }
        case 'request':
          return {
            verdict: 'conforms',
            observed: `came by request #${arrival.number}${arrival.in === data.oid ? '' : ` (merge ${arrival.in.slice(0, 10)})`}${arrival.forgeSigned ? ', signed by the forge' : ', as the commit says'}`,
          }
        case 'merge':
        case 'push or rebase': {
          if (data.namesIssue) return { verdict: 'conforms', observed: 'names an issue' }
          const how =
            arrival.by === 'push or rebase'
              ? 'stands on the branch itself: pushed there, or merged by rebase'
              : data.parents > 1 && arrival.in === data.oid
                ? 'is a merge that was made by hand'
                : `came by merge ${arrival.in.slice(0, 10)}, which names no request`
          if (unnamed === 'unsure') return { verdict: 'unsure', reason: `names neither a request nor an issue; ${how}` }
          return {
            verdict: 'violates',
            observed: `names neither a request nor an issue; ${how}`,
            message: `commit ${data.oid.slice(0, 10)} of ${data.committedAt.slice(0, 10)} names neither a request nor an issue and ${how}: ${data.subject}`,
          }
        }
      }
    })()
    if (scope === 'doubtful' && judged.verdict === 'violates')
      return {
        verdict: 'unsure',
        reason: `dated ${data.committedAt.slice(0, 10)}, before the date that counts, but built on a commit dated after that`,
      }
    return judged
  },
})
