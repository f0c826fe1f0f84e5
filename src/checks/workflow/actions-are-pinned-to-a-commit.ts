import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'actions-are-pinned-to-a-commit',
  about: 'workflow.action',
  asks: () => [{ kind: 'workflow.action' }],
  ifNone: 'not-applicable',
  title: 'Every action, reusable workflow and image a workflow uses is fixed by commit or digest.',
  why: 'A tag or branch of an action can be moved by whoever controls its repository, and the next run executes the new code with the token and secrets of this one. That has happened to widely used actions.',
  fix: 'Replace the tag by the full commit SHA and keep the version in a comment; Dependabot and Renovate update both. Pin images by `@sha256:`.',
  samples: {
    bad: '      - uses: actions/checkout@v4',
    good: '      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2',
  },
  source: 'GitHub Docs, Secure use reference (third-party actions); OpenSSF Scorecard, Pinned-Dependencies',
  blind: 'Whether the commit belongs to the repository it is named with, and what the pinned action itself uses.',
  confidence: 'high',
  judge: ({ data }) => {
    const used = data.reference === undefined ? data.name : `${data.name}@${data.reference}`
    switch (data.pin) {
      case 'local':
        return { verdict: 'exempt', reason: `${data.name} is part of this repository` }
      case 'commit':
        return { verdict: 'conforms', observed: `${data.name} is fixed to commit ${data.reference?.slice(0, 12)}` }
      case 'digest':
        return { verdict: 'conforms', observed: `${data.name} is fixed by digest` }
      case 'none':
        break
    }
    const image = data.is === 'image'
    return {
      verdict: 'violates',
      observed: `${image ? `${data.name}:${data.reference ?? 'latest'}` : used}: no ${image ? 'digest' : 'commit'}`,
      message: image
        ? `image ${data.name.replace('docker://', '')} is used by tag ${data.reference ?? 'latest'}, which whoever controls it can move`
        : data.reference === undefined
          ? `${data.is} ${data.name} names no version at all`
          : `${data.is} ${data.name} is used by ${data.reference}, a name that whoever controls it can move`,
    }
  },
})
