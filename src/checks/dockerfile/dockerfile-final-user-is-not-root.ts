import { defineCheck } from '../../check.ts'
import { usersSetOutside } from '../../facts/compose.ts'
import type { Judgement } from '../../model.ts'

export const check = defineCheck({
  id: 'dockerfile-final-user-is-not-root',
  about: 'dockerfile.stage',
  reads: ['compose.user'],
  asks: () => [{ kind: 'dockerfile.stage' }, { kind: 'compose.user' }],
  ifNone: 'not-applicable',
  title: 'Images run as a user other than root.',
  why: 'A process that is root in its container has every file of the image and Docker’s default capabilities, and is root on the host where it escapes. Whoever takes over the application has that too.',
  fix: 'Create a user and end the last stage with `USER 10001` (a number can be checked by an orchestrator, a name cannot).',
  samples: {
    bad: 'FROM python:3.13\nCOPY . /app\nCMD ["python", "/app/main.py"]\n',
    good: 'FROM python:3.13\nCOPY . /app\nUSER 10001\nCMD ["python", "/app/main.py"]\n',
  },
  source: 'CIS Docker Benchmark 4.1; hadolint DL3002',
  blind:
    'A stage that is built by name is found in Compose files, bake files, scripts, Makefiles and workflows of GitHub; builds elsewhere give the last one. An entrypoint that gives up root itself, a user set by an orchestrator or on a command line, and users of images built elsewhere are not seen.',
  confidence: 'high',
  judge: ({ data }, _params, facts) => {
    const { user, builtBy } = data
    if (!data.final && builtBy === undefined) {
      const open = data.mayBeBuiltBy
      const harmless = (user.is === 'set' || user.is === 'inherited') && !user.root
      return open === undefined || harmless
        ? { verdict: 'exempt', reason: `${data.stage} is not the last stage, and nobody builds it by name` }
        : {
            verdict: 'unsure',
            reason: `the stage ${data.stage} runs as root or as nobody knows whom, and may be what a build names by a variable`,
          }
    }
    const it = data.final ? 'the image' : `the image of stage ${data.stage}`
    const related = builtBy === undefined ? [] : [{ place: builtBy, message: 'this builds the stage' }]
    const overruled = (observed: string): Judgement | undefined => {
      const names = usersSetOutside(data, facts.of('compose.user'))
      return names === undefined
        ? undefined
        : {
            verdict: 'conforms',
            observed: `${observed}; every service that runs it sets another user (${names.join(', ')})`,
          }
    }
    const assumed = data.assumed.length > 0 ? ` (${data.assumed.join('; ')})` : ''
    switch (user.is) {
      case 'set': {
        const observed = `${it} runs as ${user.user}${assumed}`
        if (!user.root) return { verdict: 'conforms', observed }
        return overruled(observed) ?? { verdict: 'violates', observed, message: observed, related }
      }
      case 'inherited': {
        const observed = `no USER is set, and ${user.base} runs as ${user.user}`
        if (!user.root) return { verdict: 'conforms', observed }
        return (
          overruled(observed) ?? {
            verdict: 'violates',
            observed,
            message: `${observed}: so does ${data.final ? 'this image' : it}`,
            related,
          }
        )
      }
      case 'unknown base':
        return (
          overruled(`no USER is set, and whom ${user.base} runs as is not known here`) ?? {
            verdict: 'unsure',
            reason: `no USER is set, and whom ${user.base} runs as is not known here`,
          }
        )
      case 'unknown variable':
        return { verdict: 'unsure', reason: `the user is ${user.written}, known only when the image is built` }
    }
  },
})
