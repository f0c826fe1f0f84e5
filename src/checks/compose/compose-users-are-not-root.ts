import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-users-are-not-root',
  about: 'compose.user',
  asks: () => [{ kind: 'compose.user' }],
  ifNone: 'not-applicable',
  title: 'Services run as a user other than root.',
  why: 'A process that is root in its container has every file of the image and Docker’s default capabilities, and is root on the host where it escapes. Whoever takes over the service has that too.',
  fix: 'Set `user: "10001:10001"`, or take an image that sets a user; give the user the volumes it writes to.',
  samples: {
    bad: 'services:\n  cache:\n    image: redis:8\n',
    good: 'services:\n  cache:\n    image: redis:8\n    user: "999:1000"\n',
  },
  source: 'CIS Docker Benchmark 4.1; compose-spec, user; Dockerfiles of the images named',
  blind:
    'An entrypoint that starts as root and then gives it up (postgres, redis) starts as root all the same. Users of images from elsewhere come from a table of well-known images.',
  confidence: 'high',
  judge: ({ data }) => {
    const { user, service, dockerfile } = data
    const who = `service "${service}"${data.set === undefined ? '' : ` in ${data.set}`}`
    switch (user.is) {
      case 'user': {
        const observed = `${who} runs as ${user.name}, by \`user\``
        if (!user.root) return { verdict: 'conforms', observed }
        const related = user.over.map(place => ({ place, message: 'this is what it overrides' }))
        return { verdict: 'violates', observed, message: observed, related }
      }
      case 'built': {
        const observed = `${who} runs as ${user.name}: ${user.because}`
        if (!user.root) return { verdict: 'conforms', observed }
        return { verdict: 'exempt', reason: `${observed}; that is judged with ${dockerfile ?? 'its Dockerfile'}` }
      }
      case 'image': {
        const observed = `${who} sets no user, and ${user.image} starts as ${user.name}`
        return user.root
          ? { verdict: 'violates', severity: 'medium', observed, message: observed }
          : { verdict: 'conforms', observed }
      }
      case 'fragment':
        return {
          verdict: 'exempt',
          reason: `${who} has neither image nor user here: the file it completes says whom it runs as`,
        }
      case 'unknown':
        return { verdict: 'unsure', reason: `${who}: ${user.because}` }
    }
  },
})
