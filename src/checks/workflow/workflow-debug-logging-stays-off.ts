import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'workflow-debug-logging-stays-off',
  about: 'pipeline.job',
  asks: () => [{ kind: 'pipeline.job' }],
  ifNone: 'not-applicable',
  title: 'No workflow keeps debug logging on.',
  why: 'Debug logs hold what steps and actions never meant to show: request headers, environments, derived tokens. They are kept as long as the run is.',
  fix: 'Remove ACTIONS_STEP_DEBUG and ACTIONS_RUNNER_DEBUG, and re-run a single job with debug logging when it is needed.',
  samples: {
    bad: 'env:\n  ACTIONS_STEP_DEBUG: true',
    good: 'env:\n  LOG_LEVEL: info',
  },
  source: 'GitHub Docs, Enabling debug logging; poutine, debug_enabled',
  blind: 'The same names set as a secret or variable of the repository, which is how GitHub itself reads them.',
  confidence: 'medium',
  judge: ({ data }) =>
    data.debug
      ? {
          verdict: 'violates',
          observed: 'debug logging is on',
          message: `job "${data.job}" runs with debug logging on`,
          place: data.debug,
        }
      : { verdict: 'conforms', observed: `job "${data.job}" leaves debug logging off` },
})
