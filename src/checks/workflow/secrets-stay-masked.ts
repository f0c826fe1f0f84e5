import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'secrets-stay-masked',
  about: 'pipeline.secret',
  asks: () => [{ kind: 'pipeline.secret' }],
  ifNone: 'not-applicable',
  title: 'No secret is printed, and none is changed into a form that the log does not mask.',
  why: 'The log masks a secret only where it stands exactly as it was stored. A field of a JSON secret, or the same value in base64, is printed in clear to everybody who can read the log.',
  fix: 'Store each value as a secret of its own; make what is derived from one known with `::add-mask::`, and print none.',
  samples: {
    bad: '      - run: echo "$KEY" | base64\n        env:\n          KEY: ${{ secrets.DEPLOY_KEY }}',
    good: '      - run: ./deploy.sh\n        env:\n          KEY: ${{ secrets.DEPLOY_KEY }}',
  },
  source: 'GitHub Docs, Secure use reference (Never use structured data as a secret); zizmor, unredacted-secrets',
  blind: 'What a program or an action prints by itself; `set -x`; values that an earlier step derived from a secret.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === '' ? 'the workflow' : `job "${data.job}"`
    const secret = data.name === undefined ? 'a secret' : `secret ${data.name}`
    if (data.printedBy !== undefined) {
      const changed = data.printedBy.includes('|')
      return {
        verdict: 'violates',
        observed: `${secret} is printed by ${data.printedBy}`,
        message: changed
          ? `${where} prints ${secret} by ${data.printedBy}: changed so, the log does not mask it`
          : `${where} prints ${secret} by ${data.printedBy}: only the mask of the log stands before it`,
        ...(changed ? {} : { severity: 'medium' }),
      }
    }
    if (data.decoded)
      return {
        verdict: 'violates',
        severity: 'medium',
        observed: `${secret} is taken apart by fromJSON`,
        message: `${where} takes ${secret} apart with fromJSON: the log masks the whole, not its fields`,
      }
    return { verdict: 'conforms', observed: `${where} uses ${secret} as it is stored and prints it nowhere` }
  },
})
