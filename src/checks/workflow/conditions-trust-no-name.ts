import { defineCheck } from '../../check.ts'

/** Events that bring secrets and a writing token to a pull request, so that passing the condition is worth something. */
const powerful = [
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'pull_request_review',
  'pull_request_review_comment',
]

export const check = defineCheck({
  id: 'conditions-trust-no-name',
  about: 'pipeline.condition',
  asks: () => [{ kind: 'pipeline.condition' }],
  ifNone: 'not-applicable',
  title: "No condition takes a run for a bot's because a bot did the last thing.",
  why: '`github.actor` is whoever caused the event, not whoever wrote the change. A stranger who gets the bot to touch their pull request passes as the bot, with the secrets of the workflow.',
  fix: "Ask for the author: `github.event.pull_request.user.login == 'dependabot[bot]'`.",
  samples: {
    bad: "on: pull_request_target\njobs:\n  merge:\n    if: github.actor == 'dependabot[bot]'",
    good: "on: pull_request_target\njobs:\n  merge:\n    if: github.event.pull_request.user.login == 'dependabot[bot]'",
  },
  source: 'zizmor, bot-conditions; Synacktiv, GitHub Actions exploitation: Dependabot (2024)',
  blind: 'Comparisons inside of scripts.',
  confidence: 'high',
  judge: ({ data }) => {
    const whose = data.step === '' ? `job "${data.job}"` : `step "${data.step}"`
    const on = data.events.filter(e => powerful.includes(e)).join(', ')
    if (!data.actor)
      return { verdict: 'conforms', observed: `the condition of ${whose} asks for no bot by the last actor` }
    if (on === '')
      return {
        verdict: 'conforms',
        observed: `${whose} has neither secrets nor a writing token for a stranger's change`,
      }
    return {
      verdict: 'violates',
      observed: `${data.actor.context} compared with ${data.actor.bot} on ${on}`,
      message: `${whose} takes a run on ${on} for ${data.actor.bot}'s by ${data.actor.context}, whoever wrote the change`,
      place: data.actor.place,
    }
  },
})
