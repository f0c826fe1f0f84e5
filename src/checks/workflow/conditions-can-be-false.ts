import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'conditions-can-be-false',
  about: 'pipeline.condition',
  asks: () => [{ kind: 'pipeline.condition' }],
  ifNone: 'not-applicable',
  title: 'Every condition of a job or step can be false.',
  why: 'GitHub pastes what `${{ … }}` gives into the text around it, and any text is true, even `false` with a line end behind it. The step runs always, whatever its condition was written to keep out.',
  fix: 'Put the whole condition into one `${{ … }}` or none, and end a block scalar with `|-` or `>-`.',
  samples: {
    bad: "        if: ${{ github.event_name == 'push' }} && ${{ github.ref == 'refs/heads/main' }}",
    good: "        if: github.event_name == 'push' && github.ref == 'refs/heads/main'",
  },
  source:
    'GitHub Docs, Evaluate expressions in workflows; actionlint, if-cond; zizmor, unsound-condition; poutine, if_always_true',
  blind: 'Conditions that are constant only for the values of one repository.',
  confidence: 'high',
  judge: ({ data }) => {
    const whose = data.step === '' ? `job "${data.job}"` : `step "${data.step}"`
    switch (data.always) {
      case undefined:
        return { verdict: 'conforms', observed: `the condition of ${whose} can be false` }
      case 'text':
        return {
          verdict: 'violates',
          observed: 'text stands beside the expression',
          message: `the condition of ${whose} is always true: text stands beside its \${{ }}`,
        }
      case 'line end':
        return {
          verdict: 'violates',
          observed: 'a line end stands behind the expression',
          message: `the condition of ${whose} is always true: the block it is written in ends with a line end`,
        }
      case 'literal':
        return {
          verdict: 'violates',
          observed: 'a text in quotes',
          message: `the condition of ${whose} is always true: it is a text, not an expression`,
        }
    }
  },
})
