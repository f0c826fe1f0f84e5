import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'publishing-jobs-restore-no-caches',
  about: 'pipeline.job',
  asks: () => [{ kind: 'pipeline.job' }],
  ifNone: 'not-applicable',
  title: 'Nothing that is published is built from a cache that other runs can write.',
  why: 'A cache is shared between workflows of the branch. Whoever gets code to run in one of them, a test, a linter, a dependency, can leave files in the cache that the release then builds in.',
  fix: 'Build releases without caches: leave the cache input out, or set it to false in the jobs that make what is published.',
  samples: {
    bad: '      - uses: actions/setup-node@<commit sha>\n        with: { cache: npm }\n      - run: npm publish',
    good: '      - uses: actions/setup-node@<commit sha>\n      - run: npm publish',
  },
  source: 'zizmor, cache-poisoning; OWASP CICD-SEC-4',
  blind:
    'Which jobs can write the cache; caches in a registry; jobs of called workflows, and what a cache held when it was restored.',
  confidence: 'medium',
  judge: ({ data }) => {
    if (data.publishes.length === 0) return { verdict: 'exempt', reason: `job "${data.job}" publishes nothing` }
    const does = `job "${data.job}" publishes ${data.publishes.join(', ')}`
    const [first] = data.caches
    if (first) {
      const whose = first.job === data.job ? '' : ` in job "${first.job}", whose artifact it takes`
      return {
        verdict: 'violates',
        observed: `restores a cache by ${first.by}${whose}`,
        message: `${does} after ${first.by} restored a cache${whose}`,
        place: first.place,
      }
    }
    const [maybe] = data.maybeCaches
    return maybe
      ? {
          verdict: 'unsure',
          reason: `${does}; whether ${maybe.by} restores a cache is known only to the run`,
          place: maybe.place,
        }
      : { verdict: 'conforms', observed: `${does} and restores no cache` }
  },
})
