import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'choices-can-pick-either-value',
  about: 'pipeline.choice',
  asks: () => [{ kind: 'pipeline.choice' }],
  ifNone: 'not-applicable',
  title: 'Every choice written with && and || can come to either value.',
  why: "`condition && '' || 'value'` always gives `value`: the empty text is false, so the other side is taken. A switch that was to turn something off never does.",
  fix: "Turn it around: `!condition && 'value' || ''`.",
  samples: {
    bad: "          cache: ${{ startsWith(github.ref, 'refs/tags/') && '' || 'pip' }}",
    good: "          cache: ${{ !startsWith(github.ref, 'refs/tags/') && 'pip' || '' }}",
  },
  source: 'zizmor, unsound-ternary; GitHub Docs, Evaluate expressions in workflows (operators)',
  blind: 'A first value that only the run knows and that may be empty.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === '' ? 'the workflow' : `job "${data.job}"`
    return data.never === undefined
      ? { verdict: 'conforms', observed: `a choice in ${where} can come to either value` }
      : {
          verdict: 'violates',
          observed: `${data.never} is never chosen`,
          message: `a choice in ${where} never comes to ${data.never}: it counts as false, so the value behind || is taken`,
        }
  },
})
