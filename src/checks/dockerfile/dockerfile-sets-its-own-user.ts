import { defineCheck } from '../../check.ts'
import { usersSetOutside } from '../../facts/compose.ts'

export const check = defineCheck({
  id: 'dockerfile-sets-its-own-user',
  about: 'dockerfile.stage',
  reads: ['compose.user'],
  asks: () => [{ kind: 'dockerfile.stage' }, { kind: 'compose.user' }],
  ifNone: 'not-applicable',
  title: 'An image sets the user it runs as, and does not leave that to who starts it.',
  why: 'A Compose file that sets `user` protects the services in it. The same image started by hand, in a test or by an orchestrator is root again, and nothing says so.',
  fix: 'End the last stage with the user the Compose file sets: `USER 10001`.',
  samples: {
    bad: 'FROM python:3.13\nCMD ["python", "/app/main.py"]\n# compose.yaml: user: "10001"\n',
    good: 'FROM python:3.13\nUSER 10001\nCMD ["python", "/app/main.py"]\n',
  },
  source: 'CIS Docker Benchmark 4.1; compose-spec, user',
  blind: 'An image that no service of a Compose file runs is judged by dockerfile-final-user-is-not-root alone.',
  confidence: 'high',
  judge: ({ data }, _params, facts) => {
    const { user, final, stage, builtBy } = data
    if (!final && builtBy === undefined)
      return { verdict: 'exempt', reason: `${stage} is not the last stage, and nobody builds it by name` }
    const names = usersSetOutside(data, facts.of('compose.user'))
    if (user.is === 'unknown variable' || (user.is !== 'unknown base' && !user.root))
      return {
        verdict: 'conforms',
        observed: user.is === 'unknown variable' ? `USER is ${user.written}` : `the image runs as ${user.user}`,
      }
    if (names === undefined)
      return {
        verdict: 'exempt',
        reason: 'no Compose file sets another user for all that runs it: what the image says counts',
      }
    const own = user.is === 'set' ? `runs as ${user.user}` : 'sets no user'
    const observed = `the image ${own}; only the Compose file makes it ${names.join(', ')}`
    return { verdict: 'violates', severity: 'low', observed, message: observed }
  },
})
