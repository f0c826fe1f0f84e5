import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'secrets-reach-scripts-through-variables',
  about: 'pipeline.secret',
  asks: () => [{ kind: 'pipeline.secret' }],
  ifNone: 'not-applicable',
  title: 'No secret is pasted into the text of a script.',
  why: 'A pasted secret stands in the script file on disk and on command lines, where every process of the job can read it, and a quote or a dollar sign in it changes what the script does.',
  fix: 'Give the step `env: { TOKEN: ${{ secrets.TOKEN }} }` and let the program read the variable, or pass it on standard input.',
  samples: {
    bad: '      - run: ./deploy.sh --token ${{ secrets.DEPLOY_TOKEN }}',
    good: '      - env:\n          DEPLOY_TOKEN: ${{ secrets.DEPLOY_TOKEN }}\n        run: ./deploy.sh',
  },
  source: 'GitHub Docs, Using secrets in GitHub Actions (avoid passing secrets from the command line); CKV_GHA_3',
  blind: 'A variable that the script itself puts on a command line.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === '' ? 'the action' : `job "${data.job}"`
    const secret = data.name === undefined ? 'a secret' : `secret ${data.name}`
    return data.pasted
      ? {
          verdict: 'violates',
          observed: `${secret} is pasted into a script`,
          message: `${where} pastes ${secret} into the text of a script, where it stands on disk and on command lines`,
        }
      : { verdict: 'conforms', observed: `${where} pastes ${secret} into no script` }
  },
})
