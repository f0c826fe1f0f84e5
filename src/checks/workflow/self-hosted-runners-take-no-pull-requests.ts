import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'self-hosted-runners-take-no-pull-requests',
  about: 'workflow.job',
  asks: () => [{ kind: 'workflow.job' }],
  ifNone: 'not-applicable',
  title: 'No job that runs the code of pull requests runs on a machine of our own.',
  why: 'A hosted runner is thrown away after the job. A self-hosted one stays: code of a pull request can leave something behind for the next job, or look around in the network it stands in.',
  fix: 'Run pull requests on hosted runners, or on self-hosted ones that are made anew for each job and stand in a network of their own.',
  samples: {
    bad: 'on: pull_request\njobs:\n  test:\n    runs-on: [self-hosted, linux]',
    good: 'on: pull_request\njobs:\n  test:\n    runs-on: ubuntu-latest',
  },
  source: 'GitHub Docs, Self-hosted runner security; zizmor, self-hosted-runner',
  blind:
    'Whether the repository is public or takes pull requests from forks; runner groups and labels of self-hosted runners that do not say so; runners that live for one job.',
  confidence: 'medium',
  judge: ({ data }) => {
    const strangers = data.events.filter(e => /^(pull_request|pull_request_target|issue_comment)$/.test(e))
    if (strangers.length === 0) return { verdict: 'exempt', reason: `job "${data.job}" runs on no pull request` }
    if (data.selfHosted === undefined)
      return {
        verdict: 'unsure',
        reason: `whether job "${data.job}" runs on a self-hosted runner is known only to the run`,
      }
    if (!data.selfHosted) return { verdict: 'conforms', observed: `job "${data.job}" names no self-hosted runner` }
    return {
      verdict: 'violates',
      severity: 'medium',
      observed: `self-hosted on ${strangers.join(', ')}`,
      message: `job "${data.job}" runs on a self-hosted runner on ${strangers.join(', ')}: code of a pull request runs on a machine that stays`,
    }
  },
})
