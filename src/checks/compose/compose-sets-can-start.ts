import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-sets-can-start',
  about: 'compose.set',
  asks: () => [{ kind: 'compose.set' }],
  ifNone: 'not-applicable',
  title: 'Each set of Compose files can be started from the repository as it stands.',
  why: 'A set that Compose refuses, or whose build or configuration is missing, is not what runs: something outside the repository is, and no review, scan or signature covers that. An empty folder in the place of a missing configuration runs the defaults of the image.',
  fix: 'Define what is missing, commit the configuration (secrets apart), or delete the file that nobody starts. `docker compose -f … config` shows what a set comes to.',
  samples: {
    bad: 'services:\n  web:\n    image: web:1\n    depends_on: [db]\n',
    good: 'services:\n  web:\n    image: web:1\n    depends_on: [db]\n  db:\n    image: postgres:17\n',
  },
  source: 'compose-spec, 13-merge and services; compose-go v2, loader/validate.go',
  blind:
    'Environment files, secrets, certificates and data are expected to be outside of the repository. Whether an image can be pulled, and what a variable without a value comes to, is not seen.',
  confidence: 'high',
  judge: ({ data }) => {
    const { name, obstacles, because, fragment } = data
    const [first, ...more] = obstacles
    const alone = because === 'no other set'
    if (alone && fragment)
      return { verdict: 'exempt', reason: `${name} completes other files, and is started by no set that is known` }
    if (first === undefined) return { verdict: 'conforms', observed: `${name} defines and finds all it refers to` }
    const observed = `${name}: ${first.says}${more.length > 0 ? `, and ${more.length} more` : ''}`
    if (alone) {
      return {
        verdict: 'unsure',
        reason: `${observed}; no command, document or default name says which files it is started with`,
        place: first.place,
      }
    }
    return {
      verdict: 'violates',
      observed,
      message: `${name} cannot start from this repository: ${first.says}${more.length > 0 ? `, and ${more.length} more` : ''}`,
      place: first.place,
      related: [
        ...first.over.map(place => ({ place, message: 'the other one' })),
        ...more.slice(0, 20).map(({ place, says }) => ({ place, message: says })),
      ],
    }
  },
})
