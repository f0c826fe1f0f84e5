import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'called-workflows-get-named-secrets',
  about: 'workflow.action',
  asks: () => [{ kind: 'workflow.action' }],
  ifNone: 'not-applicable',
  title: 'No workflow of another repository is handed every secret of this one.',
  why: 'With `secrets: inherit` a called workflow gets every secret the caller can see, those it needs and all others. Whoever changes that workflow has them.',
  fix: 'List the secrets it needs by name under `secrets:`.',
  samples: {
    bad: '    uses: example/ci/.github/workflows/release.yml@<commit sha>\n    secrets: inherit',
    good: '    uses: example/ci/.github/workflows/release.yml@<commit sha>\n    secrets:\n      TOKEN: ${{ secrets.TOKEN }}',
  },
  source: 'GitHub Docs, Reuse workflows (secrets: inherit); zizmor, secrets-inherit',
  blind: 'What the called workflow does with the secrets it is given.',
  confidence: 'high',
  judge: ({ data }) => {
    if (data.is !== 'workflow') return { verdict: 'exempt', reason: `${data.name} is no workflow` }
    if (data.pin === 'local') return { verdict: 'exempt', reason: `${data.name} is part of this repository` }
    if (!data.inherits) return { verdict: 'conforms', observed: `${data.name} gets only what is named` }
    return {
      verdict: 'violates',
      observed: `secrets: inherit to ${data.name}`,
      message: `workflow ${data.name} of another repository gets every secret of this one`,
      place: data.inherits,
    }
  },
})
