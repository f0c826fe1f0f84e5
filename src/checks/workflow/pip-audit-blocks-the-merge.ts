import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'pip-audit-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'pip-audit' }],
  ifNone: 'not-applicable',
  title: 'pip-audit runs on every change, and a known vulnerability in a dependency stops the merge.',
  why: 'Known holes in dependencies are what attackers try first. An audit that nobody runs, or that cannot fail, lets them in with a green check mark.',
  fix: 'Run `pip-audit -r requirements.txt` in a job on pull requests and on a schedule, without `--dry-run`, `|| true` or `continue-on-error`.',
  samples: {
    bad: '      - run: pip-audit -r requirements.txt || true',
    good: '      - run: pip-audit -r requirements.txt',
  },
  source:
    'pip-audit documentation (exit codes, --dry-run); GitHub Docs, workflow syntax (jobs.<id>.steps[*].shell); SOC 2 CC7.1, CC8.1',
  blind:
    'Whether the forge requires the check before a merge; which requirements it audits and which vulnerabilities it is told to ignore. Other auditors (safety, osv-scanner, Trivy) do not count as pip-audit.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === undefined ? '' : ` in job "${data.job}"`
    const tool = data.command ?? 'pip-audit'
    switch (data.standing) {
      case 'blocks':
        return { verdict: 'conforms', observed: `${tool}${where} fails the job ${data.because}` }
      case 'extra':
        return {
          verdict: 'exempt',
          reason: `another run of the gate decides, not this one: ${tool}${where}: ${data.because}`,
        }
      case 'unknown':
        return {
          verdict: 'unsure',
          reason: `whether ${data.command === undefined ? 'pip-audit' : tool}${where} can stop a change is not known: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
        }
      case 'never-runs':
        return {
          verdict: 'violates',
          observed: `never runs: ${data.because}`,
          message: `pip-audit never runs: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
        }
      case 'cannot-block':
        return {
          verdict: 'violates',
          observed: `${tool}${where} cannot block: ${data.because}`,
          message: `pip-audit runs (${tool}${where}), but its failure cannot stop the merge: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
          related: data.reliedOnBy.map(({ job, place }) => ({ place, message: `job "${job}" relies on it` })),
        }
    }
  },
})
