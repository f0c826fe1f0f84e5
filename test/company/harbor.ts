import { asOf, type Company, filesOf, headOfHistory, signedHistory } from './company.ts'

/** What pytest, bandit and pip-audit print when all is well, as GitHub's runner logs a job around it. */
export const jobLog = (
  job: string,
  steps: readonly (readonly [command: string, output: readonly string[]])[],
): string => {
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
  return lines
    .map(
      (line, i) =>
        `${asOf}T06:${String(10 + Math.floor(i / 60))}:${String(i % 60).padStart(2, '0')}.1374567Z ${line}\n`,
    )
    .join('')
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

/** What bandit 1.9 writes with `-f json` on the day of the audit. */
export const bandit = ({ high, medium, low }: { high: number; medium: number; low: number }): string => {
  const severities = [...Array(high).fill('HIGH'), ...Array(medium).fill('MEDIUM'), ...Array(low).fill('LOW')]
  return JSON.stringify(
    {
      errors: [],
      generated_at: `${asOf}T06:12:00Z`,
      metrics: {
        _totals: banditTotals(high, medium, low),
        'gateway/app/auth.py': banditTotals(high, medium, low),
      },
      results: severities.map((severity, i) => ({
        code: `${i + 9} subprocess.run(command, shell=True)\n`,
        col_offset: 0,
        end_col_offset: 35,
        filename: 'gateway/app/auth.py',
        issue_confidence: 'HIGH',
        issue_cwe: { id: 78, link: 'https://cwe.mitre.org/data/definitions/78.html' },
        issue_severity: severity,
        issue_text: 'subprocess call with shell=True identified, security issue.',
        line_number: i + 9,
        line_range: [i + 9],
        more_info: 'https://bandit.readthedocs.io/en/1.9.4/plugins/b602_subprocess_popen_with_shell_equals_true.html',
        test_id: 'B602',
        test_name: 'subprocess_popen_with_shell_equals_true',
      })),
    },
    null,
    2,
  )
}

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
      'inputs/style.log': jobLog('style', [
        ['uvx ruff@0.14.6 check .', ['All checks passed!']],
        ['uvx ruff@0.14.6 format --check .', ['9 files already formatted']],
        ['uvx black@25.11.0 --check .', ['9 files would be left unchanged.']],
      ]),
      'inputs/bandit.json': bandit({ high: 0, medium: 0, low: 0 }),
    },
  },
  ciLogs: ['inputs/tests.log', 'inputs/style.log', 'inputs/scans.log'],
  reports: [{ tool: 'bandit', path: 'inputs/bandit.json' }],
  endpoints: [],
})
