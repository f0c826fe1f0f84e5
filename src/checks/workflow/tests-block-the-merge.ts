import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'tests-block-the-merge',
  about: 'ci.gate',
  asks: () => [{ kind: 'ci.gate', gate: 'tests' }],
  ifNone: { violates: 'no workflow runs the tests' },
  title: 'A failing test run stops the merge and every job that publishes.',
  why: 'An auditor tests whether the gate could have said no. A step that always succeeds never could, and what the tests rejected is merged and shipped all the same.',
  fix: 'Run the tests on pull requests and remove what discards their status. A report that is needed even on failure belongs into a step of its own with `if: always()`.',
  samples: {
    bad: '      - run: pytest -q || echo "failed"',
    good: '      - run: pytest -q --junitxml=report.xml\n      - if: always()\n        uses: actions/upload-artifact@<commit sha>',
  },
  source:
    'GitHub Docs, workflow syntax (jobs.<id>.steps[*].shell: the default bash runs `-e` without pipefail); SOC 2 CC8.1',
  blind:
    'Whether the forge requires the check before a merge; whether a test run looks at anything worth testing. Arguments that only the run knows are taken to select tests, not to switch them off.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === undefined ? '' : ` in job "${data.job}"`
    const tool = data.command ?? 'the tests'
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
          reason: `whether ${data.command === undefined ? 'the tests' : tool}${where} can stop a change is not known: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
        }
      case 'never-runs':
        return {
          verdict: 'violates',
          observed: `never runs: ${data.because}`,
          message: `the tests never run: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
        }
      case 'cannot-block':
        return {
          verdict: 'violates',
          observed: `${tool}${where} cannot block: ${data.because}`,
          message: `the tests run (${tool}${where}), but their failure cannot stop the merge: ${data.because}`,
          ...(data.brokenBy ? { place: data.brokenBy } : {}),
          related: data.reliedOnBy.map(({ job, place }) => ({ place, message: `job "${job}" relies on it` })),
        }
    }
  },
})
