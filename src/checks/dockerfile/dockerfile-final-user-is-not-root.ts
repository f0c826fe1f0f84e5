import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'dockerfile-final-user-is-not-root',
  about: 'dockerfile.stage',
  asks: () => [{ kind: 'dockerfile.stage' }],
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
    'Judges what a build without `--target` gives. An entrypoint that gives up root itself, a `user:` at deployment, and users of images built elsewhere are not seen.',
  confidence: 'high',
  judge: ({ data }) => {
    if (!data.final)
      return { verdict: 'exempt', reason: `${data.stage} is not the last stage: its image is not what is built` }
    const { user } = data
    const assumed = data.assumed.length > 0 ? ` (${data.assumed.join('; ')})` : ''
    switch (user.is) {
      case 'set': {
        const observed = `the image runs as ${user.user}${assumed}`
        return user.root ? { verdict: 'violates', observed, message: observed } : { verdict: 'conforms', observed }
      }
      case 'inherited': {
        const observed = `no USER is set, and ${user.base} runs as ${user.user}`
        return user.root
          ? { verdict: 'violates', observed, message: `${observed}: so does this image` }
          : { verdict: 'conforms', observed }
      }
      case 'unknown base':
        return {
          verdict: 'unsure',
          reason: `no USER is set, and whom ${user.base} runs as is not known here`,
        }
      case 'unknown variable':
        return { verdict: 'unsure', reason: `the user is ${user.written}, known only when the image is built` }
    }
  },
})
