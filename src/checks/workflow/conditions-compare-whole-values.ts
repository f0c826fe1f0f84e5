import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'conditions-compare-whole-values',
  about: 'pipeline.condition',
  asks: () => [{ kind: 'pipeline.condition' }],
  ifNone: 'not-applicable',
  title: 'No condition looks for a value in a text where it means a list.',
  why: "`contains('refs/heads/main refs/heads/release', github.ref)` is true for every part of that text: a branch named `mai` passes as well.",
  fix: 'Compare with each value, or use a real list: `contains(fromJSON(\'["main", "release"]\'), github.ref_name)`.',
  samples: {
    bad: "    if: contains('refs/heads/main refs/heads/release', github.ref)",
    good: '    if: contains(fromJSON(\'["refs/heads/main", "refs/heads/release"]\'), github.ref)',
  },
  source: 'zizmor, unsound-contains; GitHub Docs, contains()',
  blind: 'Which names somebody can really choose: branch rules are set in the forge.',
  confidence: 'high',
  judge: ({ data }) => {
    const whose = data.step === '' ? `job "${data.job}"` : `step "${data.step}"`
    if (!data.inText) return { verdict: 'conforms', observed: `the condition of ${whose} looks for no value in a text` }
    const { context } = data.inText
    return data.inText.chosen
      ? {
          verdict: 'violates',
          observed: `${context} is looked for in a text`,
          message: `the condition of ${whose} looks for ${context} in a text, where any part of it will do`,
          place: data.inText.place,
        }
      : { verdict: 'conforms', observed: `${context}, which ${whose} looks for in a text, is the workflow's own` }
  },
})
