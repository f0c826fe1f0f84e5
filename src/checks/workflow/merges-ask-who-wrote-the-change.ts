import { defineCheck } from '../../check.ts'

/** Events that a stranger's pull request can cause. */
const strangers = [
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'issue_comment',
  'workflow_run',
  'check_suite',
  'check_run',
  'status',
]

export const check = defineCheck({
  id: 'merges-ask-who-wrote-the-change',
  about: 'pipeline.merge',
  asks: () => [{ kind: 'pipeline.merge' }],
  ifNone: 'not-applicable',
  title: 'A workflow that approves or merges pull requests does so only for those that a trusted author wrote.',
  why: "An approval by a workflow counts as one, and a merge is a change nobody looked at. If the condition asks who did the last thing, or nothing, a stranger's pull request can be merged.",
  fix: "Ask for the author (`github.event.pull_request.user.login == 'dependabot[bot]'`) or run dependabot/fetch-metadata first, and let required reviews and checks decide.",
  samples: {
    bad: 'on: pull_request_target\njobs:\n  merge:\n    if: github.actor == \'dependabot[bot]\'\n    steps:\n      - run: gh pr merge --auto "$URL"',
    good: 'on: pull_request\njobs:\n  merge:\n    if: github.event.pull_request.user.login == \'dependabot[bot]\'\n    steps:\n      - run: gh pr merge --auto "$URL"',
  },
  source: 'poutine, confused_deputy_auto_merge; GitHub Docs, Automating Dependabot with GitHub Actions; SOC 2 CC8.1',
  blind: 'Branch rules that ask for more reviews than the workflow gives; bots and apps outside of workflows.',
  confidence: 'medium',
  judge: ({ data }) => {
    const does = `job "${data.job}" ${data.does} pull requests`
    const on = data.events.filter(e => strangers.includes(e)).join(', ')
    if (on === '') return { verdict: 'exempt', reason: `${does}, but is not started by one` }
    const place = data.askedAt ? { place: data.askedAt } : {}
    switch (data.asks) {
      case 'author':
        return { verdict: 'conforms', observed: `${does} on ${on} after asking who wrote them` }
      case 'other':
        return {
          verdict: 'unsure',
          reason: `${does} on ${on} under a condition that does not name the author`,
          ...place,
        }
      case 'actor':
        return {
          verdict: 'violates',
          observed: `${data.does} on ${on} by the name of the last actor`,
          message: `${does} on ${on} if a bot did the last thing, whoever wrote the change`,
          ...place,
        }
      case 'nothing':
        return {
          verdict: 'violates',
          observed: `${data.does} on ${on} under no condition`,
          message: `${does} on ${on}, whoever wrote them`,
        }
    }
  },
})
