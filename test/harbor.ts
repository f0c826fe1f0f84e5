import { asOf, type Company, filesOf, headOfHistory, signedHistory } from './company.ts'

/** What pytest, bandit and pip-audit print when all is well, as GitHub's runner logs a job around it. */
const jobLog = (job: string, steps: readonly (readonly [command: string, output: readonly string[]])[]): string => {
  const lines = [
    "Current runner version: '2.329.0'",
    `Complete job name: ${job}`,
    '##[group]Run actions/checkout@v5',
    'with:',
    '  repository: harbor-wick/diary',
    '##[endgroup]',
    'Syncing repository: harbor-wick/diary',
    '[command]/usr/bin/git log -1 --format=%H',
    headOfHistory,
  ]
  for (const [command, output] of steps)
    lines.push(
      `##[group]Run ${command}`,
      `\u001b[36;1m${command}\u001b[0m`,
      'shell: /usr/bin/bash -e {0}',
      '##[endgroup]',
      ...output,
    )
  lines.push('Post job cleanup.', 'Cleaning up orphan processes')
  return lines.map((line, i) => `${asOf}T06:${String(10 + Math.floor(i / 60))}:${String(i % 60).padStart(2, '0')}.1374567Z ${line}\n`).join('')
}

export const pytestPassed = '============================== 41 passed in 2.10s =============================='

const banditTotals = (high: number, medium: number, low: number) => ({
  'CONFIDENCE.HIGH': high + medium + low,
  'CONFIDENCE.LOW': 0,
  'CONFIDENCE.MEDIUM': 0,
  'CONFIDENCE.UNDEFINED': 0,
  'SEVERITY.HIGH': high,
  'SEVERITY.LOW': low,
  'SEVERITY.MEDIUM': medium,
  'SEVERITY.UNDEFINED': 0,
  loc: 74,
  nosec: 0,
  skipped_tests: 0,
})

const banditReport = JSON.stringify(
  {
    errors: [],
    generated_at: `${asOf}T06:12:00Z`,
    metrics: { _totals: banditTotals(0, 0, 0), 'gateway/app/auth.py': banditTotals(0, 0, 0) },
    results: [],
  },
  null,
  2,
)

/** The company that does everything right, its history signed, with the logs and reports of its newest run. */
export const harbor = async (): Promise<Company> => ({
  tree: {
    files: await filesOf('harbor'),
    history: signedHistory,
    outside: {
      'inputs/tests.log': jobLog('tests', [['pytest -q gateway/tests --junitxml=junit.xml', [pytestPassed]]]),
      'inputs/scans.log': jobLog('scans', [
        ['pip-audit --require-hashes -r gateway/requirements.txt', ['No known vulnerabilities found']],
      ]),
      'inputs/bandit.json': banditReport,
    },
  },
  ciLogs: ['inputs/tests.log', 'inputs/scans.log'],
  reports: [{ tool: 'bandit', path: 'inputs/bandit.json' }],
  endpoints: [],
})
