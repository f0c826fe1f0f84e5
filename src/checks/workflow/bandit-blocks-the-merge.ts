import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'bandit-blocks-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'bandit' }],
  ifNone: 'not-applicable',
  title: 'bandit runs on every change to Python code, and what it finds stops the merge.',
  why: 'A scanner that is installed but never run, or whose result is thrown away, finds nothing. An auditor asks for the step that ran it and for what happened when it failed.',
  fix: 'Run `bandit -r <source>` in a job on pull requests, without `--exit-zero`, `|| true` or `continue-on-error`. PyCQA/bandit-action does not fail the job: call bandit itself.',
  samples: {
    bad: '      - run: bandit -r app || true',
    good: '      - run: bandit -r app',
  },
  source:
    'Bandit documentation (exit codes, --exit-zero); GitHub Docs, workflow syntax (jobs.<id>.steps[*].shell); SOC 2 CC7.1, CC8.1',
  blind: 'Whether the forge requires the check before a merge; which folders it scans and what it is told to skip.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === undefined ? '' : ` in job "${data.job}"`
    const tool = data.command ?? 'bandit'
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
          reason: `whether ${data.command === undefined ? 'bandit' : tool}${where} can stop a change is not known: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
        }
      case 'never-runs':
        return {
          verdict: 'violates',
          observed: `never runs: ${data.because}`,
          message: `bandit never runs: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
        }
      case 'cannot-block':
        return {
          verdict: 'violates',
          observed: `${tool}${where} cannot block: ${data.because}`,
          message: `bandit runs (${tool}${where}), but its failure cannot stop the merge: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
          related: data.reliedOnBy.map(({ job, place }) => ({ place, message: `job "${job}" relies on it` })),
        }
    }
  },
})
