import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'write-permissions-are-used',
  about: 'pipeline.permission',
  asks: () => [{ kind: 'pipeline.permission' }],
  ifNone: 'not-applicable',
  title: 'Every permission to write that a job declares is needed by one of its steps.',
  why: 'A permission nobody uses is one an attacker finds: code that gets into the job writes where the workflow never had to.',
  fix: 'Remove the scope, or set it to read.',
  samples: {
    bad: '    permissions:\n      contents: write\n    steps:\n      - uses: actions/checkout@<commit sha>\n      - run: pytest',
    good: '    permissions:\n      contents: read\n    steps:\n      - uses: actions/checkout@<commit sha>\n      - run: pytest',
  },
  source: 'OWASP CICD-SEC-5; OpenSSF Scorecard, Token-Permissions; zizmor, excessive-permissions',
  blind: 'What actions write that are not known to this check; such jobs are left out, not passed.',
  confidence: 'medium',
  judge: ({ data }) => {
    const named = data.jobs
      .slice(0, 3)
      .map(j => `"${j}"`)
      .join(', ')
    const jobs =
      data.jobs.length === 1
        ? `job ${named}`
        : `jobs ${named}${data.jobs.length > 3 ? ` and ${data.jobs.length - 3} more` : ''}`
    switch (data.needed.is) {
      case 'by':
        return { verdict: 'conforms', observed: `${data.scope}: write is needed by ${data.needed.what}` }
      case 'unknown':
        return { verdict: 'exempt', reason: `${jobs}: ${data.needed.because}` }
      case 'none':
        return {
          verdict: 'violates',
          observed: `${data.scope}: write, and no step needs it`,
          message: `${jobs} may write ${data.scope}, and no step does`,
        }
    }
  },
})
