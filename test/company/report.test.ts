import { banditSays, issue, scanLog } from './changes.ts'
import { add, edit, gap, rewrite, unsure, violates } from './edits.ts'
import { bandit, pytestPassed } from './harbor.ts'
import { auditReport, banditReport, blackReport, logs, ruffReport } from './names.ts'
import { changeOneThing, type Row } from './table.ts'

/** What a log that cannot be read may have shown. */
const inLogs = [logs, auditReport, banditReport, ruffReport, blackReport]

const handedIn: readonly Row[] = [
  [
    'bandit reports a high finding',
    [banditSays(issue('HIGH'))],
    [violates(banditReport, 'inputs/bandit.json', '"issue_severity"')],
  ],
  [
    'bandit reports a medium finding',
    [banditSays(issue('MEDIUM'))],
    [violates(banditReport, 'inputs/bandit.json', '"issue_severity"')],
  ],
  [
    'a bandit report of last month',
    [edit('inputs/bandit.json', '2026-11-24T06', '2026-10-24T06')],
    [unsure(banditReport, 'inputs/bandit.json', '_totals')],
  ],
  [
    'a bandit report of tomorrow',
    [edit('inputs/bandit.json', '2026-11-24T06', '2026-11-26T06')],
    [unsure(banditReport, 'inputs/bandit.json', '_totals')],
  ],
  [
    'a bandit report over nothing',
    [rewrite('inputs/bandit.json', text => text.replaceAll('"loc": 74', '"loc": 0'))],
    [violates(banditReport, 'inputs/bandit.json', '_totals')],
  ],
  [
    'a bandit report that skipped a file',
    [
      edit(
        'inputs/bandit.json',
        '"errors": []',
        '"errors": [{ "filename": "gateway/app/routes.py", "reason": "syntax error while parsing AST from file" }]',
      ),
    ],
    [unsure(banditReport, 'inputs/bandit.json', 'syntax error')],
  ],
  [
    'a bandit report cut in half',
    [rewrite('inputs/bandit.json', text => text.slice(0, text.indexOf(': 74')))],
    [gap('unparsed', 'inputs/bandit.json', '"loc"', [banditReport])],
  ],
  ['an empty bandit report', [banditSays('')], [gap('unparsed', 'inputs/bandit.json', undefined, [banditReport])]],
  [
    'a report of pip-audit handed in as bandit',
    [banditSays('{"dependencies": [{"name": "flask", "version": "3.1.2", "vulns": []}], "fixes": []}')],
    [gap('unparsed', 'inputs/bandit.json', 'dependencies', [banditReport])],
  ],
  [
    'a vulnerability',
    [
      scanLog(
        'pip-audit -r gateway/requirements.txt',
        'Found 1 known vulnerability in 1 package',
        'Name  Version ID             Fix Versions',
        '----- ------- -------------- ------------',
        'flask 3.1.2   PYSEC-2026-900 3.1.3',
        '##[error]Process completed with exit code 1.',
      ),
    ],
    [violates(auditReport, 'inputs/scans.log', 'PYSEC-2026-900')],
  ],
  [
    'a vulnerability the step swallowed',
    [
      scanLog(
        'pip-audit -r gateway/requirements.txt || true',
        'Found 1 known vulnerability in 1 package',
        'Name  Version ID             Fix Versions',
        '----- ------- -------------- ------------',
        'flask 3.1.2   PYSEC-2026-900 3.1.3',
      ),
    ],
    [violates(auditReport, 'inputs/scans.log', 'PYSEC-2026-900'), violates(logs, 'inputs/scans.log', 'Found 1')],
  ],
  [
    'a scan that looked nothing up',
    [scanLog('pip-audit --dry-run -r gateway/requirements.txt', 'Dry run: would have audited 4 packages')],
    [gap('unresolved', 'inputs/scans.log', '[36;1mpip-audit', [auditReport])],
  ],
  [
    'a log of another commit',
    [edit('inputs/scans.log', '000000000c', '00000000aa')],
    [unsure(auditReport, 'inputs/scans.log', 'No known'), unsure(logs, 'inputs/scans.log', 'Run pip-audit')],
  ],
  [
    'an undated report beside the log',
    [
      { does: 'hand in', tool: 'pip-audit', path: 'inputs/pip-audit.json' },
      add(
        'inputs/pip-audit.json',
        '{"dependencies": [{"name": "flask", "version": "3.1.2", "vulns": []}], "fixes": []}',
      ),
    ],
    [unsure(auditReport, 'inputs/pip-audit.json', 'dependencies')],
  ],
  [
    'failed tests the step swallowed',
    [
      edit(
        'inputs/tests.log',
        pytestPassed,
        '========================= 2 failed, 39 passed in 2.10s =========================',
      ),
    ],
    [violates(logs, 'inputs/tests.log', '2 failed')],
  ],
  [
    'a violation the linter reported',
    [
      edit('inputs/style.log', 'All checks passed!', 'Found 2 errors.'),
      edit('inputs/style.log', '9 files already formatted', '1 file would be reformatted, 8 files already formatted'),
    ],
    [
      violates(ruffReport, 'inputs/style.log', 'Found 2 errors.'),
      violates(logs, 'inputs/style.log', 'Found 2 errors.'),
      violates(logs, 'inputs/style.log', '1 file would be'),
    ],
  ],
  [
    'a formatter that found something',
    [
      { does: 'hand in', tool: 'black', path: 'inputs/black.txt' },
      add('inputs/black.txt', 'would reformat gateway/app/auth.py\n1 file would be reformatted.\n'),
    ],
    [violates(blackReport, 'inputs/black.txt', 'would reformat')],
  ],
  [
    'an empty log',
    [add('inputs/empty.log', ''), { does: 'hand in log', path: 'inputs/empty.log' }],
    [gap('unparsed', 'inputs/empty.log', undefined, inLogs)],
  ],
  [
    'a log of another forge',
    [
      add('inputs/gitlab.log', 'Running with gitlab-runner 17.5.0\nJob succeeded\n'),
      { does: 'hand in log', path: 'inputs/gitlab.log' },
    ],
    [gap('unparsed', 'inputs/gitlab.log', undefined, inLogs)],
  ],
  [
    'a bandit report whose list was emptied',
    [
      rewrite('inputs/bandit.json', () =>
        bandit({ high: 1, medium: 0, low: 0 }).replace(/"results": \[[\s\S]*\]/, '"results": []'),
      ),
    ],
    [unsure(banditReport, 'inputs/bandit.json', '_totals')],
  ],
  [
    'a bandit report without a list',
    [edit('inputs/bandit.json', '"results": []', '"results": null')],
    [gap('unparsed', 'inputs/bandit.json', '{\n  "errors"', [banditReport])],
  ],
]

changeOneThing('logs and reports', handedIn)
