import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'workflow-permissions-are-least',
  about: 'workflow.permissions',
  asks: () => [{ kind: 'workflow.permissions' }],
  ifNone: 'not-applicable',
  title: 'Every job declares the permissions of its token, and none has write access that belongs to another job.',
  why: 'The token of a job is in reach of every action and dependency the job runs. What it may write, a compromised one writes: code, releases, packages.',
  fix: 'Set `permissions: { contents: read }` at the top of the workflow and give a job that must write the one scope it needs.',
  samples: {
    bad: 'jobs:\n  test:\n    runs-on: ubuntu-latest',
    good: 'permissions:\n  contents: read\njobs:\n  release:\n    permissions:\n      contents: write',
  },
  source: 'GitHub Docs, workflow syntax (permissions) and Secure use reference; OpenSSF Scorecard, Token-Permissions',
  blind:
    'Whether a step needs the scope its job was given; what the default token of the repository or organisation may do.',
  confidence: 'high',
  judge: ({ data }) => {
    const named = data.jobs
      .slice(0, 3)
      .map(j => `"${j}"`)
      .join(', ')
    const many = data.jobs.length > 1
    const jobs = many
      ? `jobs ${named}${data.jobs.length > 3 ? ` and ${data.jobs.length - 3} more` : ''}`
      : `job ${named}`
    if (data.declared === 'caller')
      return { verdict: 'exempt', reason: `${jobs}: called by other workflows, with no more than their token` }
    if (data.declared === 'nowhere')
      return {
        verdict: 'violates',
        observed: 'no permissions declared',
        message: `${jobs} ${many ? 'declare' : 'declares'} no permissions: the token gets whatever the repository grants by default`,
      }
    if (data.all === 'write')
      return {
        verdict: 'violates',
        observed: 'permissions: write-all',
        message: `${jobs} ${many ? 'have' : 'has'} write-all: the token may change everything in the repository`,
      }
    if (data.all === 'read') return { verdict: 'conforms', observed: 'permissions: read-all' }
    const writes = data.scopes.filter(s => s.access === 'write').map(s => s.scope)
    if (data.declared === 'workflow' && many && writes.length > 0)
      return {
        verdict: 'violates',
        severity: 'medium',
        observed: `workflow-wide write access: ${writes.join(', ')}`,
        message: `${jobs} may all write ${writes.join(', ')}: the workflow grants it, not the one job that needs it`,
      }
    const listed = data.scopes.map(s => `${s.scope}: ${s.access}`).join(', ')
    return { verdict: 'conforms', observed: `permissions declared by the ${data.declared}: ${listed || 'none'}` }
  },
})
