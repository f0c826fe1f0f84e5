import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'pinned-commits-agree-with-their-comments',
  about: 'pipeline.pin',
  asks: () => [{ kind: 'pipeline.pin' }],
  ifNone: 'not-applicable',
  title: 'The version in the comment of a pinned action is the same wherever its commit is used.',
  why: 'Reviewers read the comment, the runner takes the commit. A commit that is called by two versions, or a version that stands for two commits, means that one of them is not what was reviewed.',
  fix: 'Look the commit up in the repository of the action and correct the comment or the commit; let Dependabot or Renovate raise both together.',
  samples: {
    bad: '      - uses: example/setup@1111111111111111111111111111111111111111 # v2.1.0\n      - uses: example/setup@1111111111111111111111111111111111111111 # v2.0.0',
    good: '      - uses: example/setup@1111111111111111111111111111111111111111 # v2.1.0',
  },
  source: 'zizmor, ref-version-mismatch',
  blind:
    'Whether a commit is the one its tag names, belongs to that repository, is of an archived, known-vulnerable or look-alike action, or is behind its tag: only the forge knows. A zizmor report of a run with a token, handed in with --report, says so.',
  confidence: 'high',
  judge: ({ data }) =>
    data.disagrees
      ? {
          verdict: 'violates',
          observed: `${data.name} ${data.commit.slice(0, 12)} is called ${data.version}, and ${data.disagrees.with}`,
          message: `${data.name} ${data.commit.slice(0, 12)} is called ${data.version} here, and ${data.disagrees.with}`,
          related: [{ place: data.disagrees.place, message: 'the other one' }],
        }
      : { verdict: 'conforms', observed: `${data.name} ${data.commit.slice(0, 12)} is ${data.version} throughout` },
})
