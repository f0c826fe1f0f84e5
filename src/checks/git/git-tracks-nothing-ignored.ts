import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'git-tracks-nothing-ignored',
  about: 'git.tracked-file',
  asks: () => [{ kind: 'git.tracked-file' }],
  ifNone: { unsure: 'no tracked file to judge' },
  title: 'No tracked file is covered by an ignore rule.',
  why: 'An ignore rule says the file was meant to stay out. It was added by force or before the rule, and every change to it is still committed.',
  fix: '`git rm --cached` the file if the rule is right, or narrow the rule (a `!` line) if the file belongs here.',
  samples: { bad: 'git add -f build/report.csv   # build/ is ignored', good: 'git rm --cached build/report.csv' },
  source: 'Git documentation, gitignore(5); git-ls-files(1) --ignored --cached',
  confidence: 'high',
  judge: ({ data }) => {
    if (data.is === 'rest')
      return { verdict: 'conforms', observed: `${data.files} tracked files are covered by no ignore rule` }
    return data.ignored
      ? {
          verdict: 'violates',
          observed: 'tracked although an ignore rule covers it',
          message: `${data.uri} is tracked although an ignore rule covers it`,
        }
      : { verdict: 'conforms', observed: 'tracked, covered by no ignore rule' }
  },
})
