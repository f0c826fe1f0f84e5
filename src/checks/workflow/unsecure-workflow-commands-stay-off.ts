import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'unsecure-workflow-commands-stay-off',
  about: 'workflow.job',
  asks: () => [{ kind: 'workflow.job' }],
  ifNone: 'not-applicable',
  title: 'No job lets its output set variables and paths for later steps.',
  why: 'With ACTIONS_ALLOW_UNSECURE_COMMANDS a line of output (`::set-env::`, `::add-path::`) changes the environment of every later step. Whatever can print, a test, a dependency, a file name, can run code.',
  fix: 'Remove ACTIONS_ALLOW_UNSECURE_COMMANDS and write to $GITHUB_ENV and $GITHUB_PATH.',
  samples: {
    bad: 'env:\n  ACTIONS_ALLOW_UNSECURE_COMMANDS: true',
    good: '      - run: echo "VERSION=1.4.2" >> "$GITHUB_ENV"',
  },
  source: 'GitHub changelog 2020-10-01 (CVE-2020-15228); zizmor, insecure-commands; Checkov CKV_GHA_1',
  blind: 'The same variable set for the runner itself, or by an earlier step.',
  confidence: 'high',
  judge: ({ data }) => {
    return data.unsecureCommands
      ? {
          verdict: 'violates',
          observed: 'ACTIONS_ALLOW_UNSECURE_COMMANDS is true',
          message: `job "${data.job}" lets anything that prints set variables and paths for later steps`,
          place: data.unsecureCommands,
        }
      : { verdict: 'conforms', observed: `job "${data.job}" takes no commands from output` }
  },
})
