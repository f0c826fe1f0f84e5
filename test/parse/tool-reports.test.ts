import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BanditRead, banditJson, banditText, banditTime } from '../../src/parse/bandit.ts'
import type { Range } from '../../src/parse/lines.ts'
import { outputOf, visible } from '../../src/parse/output.ts'
import { type PipAuditRead, pipAuditJson, pipAuditSummary, pipAuditText } from '../../src/parse/pip-audit.ts'
import { pytestSummary } from '../../src/parse/pytest.ts'

const sample = (path: string) => readFile(`fixtures/${path}`, 'utf8')
const bandit = 'bandit-report-is-clean'
const pipAudit = 'pip-audit-report-is-clean'

const report = <T>(read: { ok: true; report: T } | { ok: false; reason: string }): T => {
  if (!read.ok) throw new Error(read.reason)
  return read.report
}

describe('bandit', () => {
  test('json and txt of the same run say the same', async () => {
    const {
      format: _,
      totals: __,
      issues,
      quotes: ___,
      ...json
    } = report(banditJson(await sample(`${bandit}/fail/bandit.json`)))
    const text = report(banditText(outputOf(await sample(`${bandit}/fail-text/bandit.txt`))))
    expect(text).toMatchObject(json)
    const said = (of: typeof issues) =>
      of.map(({ id, severity, confidence, where }) => [id, severity, confidence, where])
    expect(said(text.issues).map(([, s, c]) => [s, c])).toEqual(said(issues).map(([, s, c]) => [s, c]))
    expect(said(issues)).toEqual([
      ['B404', 'low', 'high', 'app/runner.py:1'],
      ['B602', 'high', 'high', 'app/runner.py:6'],
      ['B324', 'high', 'high', 'app/runner.py:10'],
      ['B101', 'low', 'high', 'app/runner.py:14'],
    ])
    expect(json).toMatchObject({ version: '1.9.4', generatedAt: '2026-11-20T10:12:00Z', linesOfCode: 8, skipped: [] })
  })

  test('the severity of an issue stands where its range says', async () => {
    const text = await sample(`${bandit}/fail/bandit.json`)
    const [, second] = report(banditJson(text)).issues
    expect(text.slice(second?.range.start, second?.range.end)).toBe('"HIGH"')
  })

  test('the literal a hard-coded password finding quotes is marked, in text with the code below it', () => {
    const text = `Run started:2026-11-20 10:12:00.1+00:00

Test results:
>> Issue: [B105:hardcoded_password_string] Possible hardcoded password: 'planted-not-real'
   Severity: Low   Confidence: Medium
   CWE: CWE-259 (https://cwe.mitre.org/data/definitions/259.html)
   More Info: https://bandit.readthedocs.io/en/1.9.4/plugins/b105_hardcoded_password_string.html
   Location: conf.py:1:11
1	password = "planted-not-real"

--------------------------------------------------

Code scanned:
	Total lines of code: 1
	Total lines skipped (#nosec): 0

Run metrics:
	Total issues (by severity):
		Undefined: 0
		Low: 1
		Medium: 0
		High: 0
	Total issues (by confidence):
		Undefined: 0
		Low: 0
		Medium: 1
		High: 0
Files skipped (0):
`
    const { quotes, issues } = report(banditText(outputOf(text)))
    const hidden = quotes.reduce(
      (t, { start, end }) => t.slice(0, start) + '*'.repeat(end - start) + t.slice(end),
      text,
    )
    expect(hidden).not.toContain('planted')
    expect(hidden).toContain('Code scanned:')
    expect(issues).toMatchObject([{ id: 'B105', severity: 'low', where: 'conf.py:1' }])
  })

  test('a time without offset is UTC, another offset is not understood', () => {
    expect(banditTime('2026-11-20 10:12:00.578311')).toBe('2026-11-20T10:12:00Z')
    expect(banditTime('2026-11-20T10:12:00Z')).toBe('2026-11-20T10:12:00Z')
    expect(banditTime('2026-11-20T10:12:00+09:00')).toBeUndefined()
    expect(banditTime('2026-13-40T10:12:00Z')).toBeUndefined()
  })
})

describe('pip-audit', () => {
  test('json and columns of the same run name the same vulnerabilities', async () => {
    const json = report(pipAuditJson(await sample(`${pipAudit}/fail/pip-audit.json`)))
    const text = report(pipAuditText(outputOf(await sample(`${pipAudit}/fail-columns/pip-audit.txt`))))
    const said = (of: typeof json) => of.vulnerabilities.map(({ range: _, ...v }) => v)
    expect(said(text)).toEqual(said(json))
    expect(said(json)).toEqual([
      { package: 'sampleweb', version: '1.0.0', id: 'PYSEC-2026-101', fixedIn: ['1.0.4', '2.0.0'] },
      { package: 'sampleweb', version: '1.0.0', id: 'PYSEC-2026-102', fixedIn: [] },
      { package: 'sampleyaml', version: '3.1', id: 'PYSEC-2026-103', fixedIn: ['3.2'] },
    ])
    expect(json.audited).toBe(3)
  })

  test('what was skipped is listed in both forms', async () => {
    const json = report(pipAuditJson(await sample(`${pipAudit}/unsure-skipped/pip-audit.json`)))
    const text = report(pipAuditText(outputOf(await sample(`${pipAudit}/unsure-skipped-columns/pip-audit.txt`))))
    const said = (of: typeof json) => of.skipped.map(({ range: _, ...s }) => s)
    expect(said(text)).toEqual(said(json))
    expect(json.skipped).toHaveLength(3)
  })

  test.each([
    ['No known vulnerabilities found', { found: 0, ignored: 0 }],
    ['No known vulnerabilities found, 3 ignored', { found: 0, ignored: 3 }],
    ['Found 1 known vulnerability in 1 package', { found: 1, ignored: 0 }],
    ['Found 2 known vulnerabilities, ignored 1 in 2 packages', { found: 2, ignored: 1 }],
    ['Found 2 known vulnerabilities in 2 packages and fixed 1 vulnerability in 1 package', { found: 2, ignored: 0 }],
    ['Found 2 known vulnerabilities in the morning', undefined],
  ])('%s', (line, said) => expect(pipAuditSummary(line)).toEqual(said))
})

describe('pytest', () => {
  test.each([
    ['========================= 1 failed, 5 passed in 0.31s ==========================', '1 failed, 5 passed', true],
    ['10 passed, 2 warnings in 75.31s (0:01:15)', '10 passed, 2 warnings', false],
    ['1 error in 0.10s', '1 error', true],
    ['no tests ran in 0.00s', 'no tests ran', true],
    ['3 deselected in 0.02s', '3 deselected', true],
    ['2 skipped in 0.02s', '2 skipped', false],
    ['1 xfailed, 1 passed in 0.02s', '1 xfailed, 1 passed', false],
  ])('%s', (line, said, failed) => expect(pytestSummary(line)).toEqual({ said, failed }))

  test.each(['3 apples in 0.02s', 'built 3 modules in 1.2s', '1 failed', 'Ran 3 tests in 0.01s'])(
    '%s is no summary of pytest',
    line => expect(pytestSummary(line)).toBeUndefined(),
  )
})

test('colours, links and titles are not part of a line, whole or cut off', () => {
  expect(visible('\u001b[31m\u001b[1m1 failed\u001b[0m, 2 passed\r')).toBe('1 failed, 2 passed')
  expect(visible('\u001b]8;;https://example.org\u001b\\PYSEC-1\u001b]8;;\u001b\\')).toBe('PYSEC-1')
  expect(visible('^[[36;1mpytest -q^[[0m')).toBe('pytest -q')
  expect(visible('\u001b]0;title')).toBe('')
})

describe('a damaged report', async () => {
  const inside = (ranges: readonly Range[], length: number) =>
    ranges.every(r => 0 <= r.start && r.start <= r.end && r.end <= length)
  const rangesOf = (read: BanditRead | PipAuditRead): readonly Range[] => {
    if (!read.ok) return [read.range]
    const { report: r } = read
    return 'totals' in r
      ? [r.totals, ...r.issues.map(i => i.range), ...r.skipped.map(s => s.range), ...r.quotes]
      : [r.result, ...r.vulnerabilities.map(v => v.range), ...r.skipped.map(s => s.range)]
  }
  const readers: readonly (readonly [string, string, (text: string) => BanditRead | PipAuditRead])[] = [
    ['bandit json', await sample(`${bandit}/fail/bandit.json`), text => banditJson(text)],
    ['bandit txt', await sample(`${bandit}/fail-text/bandit.txt`), text => banditText(outputOf(text))],
    [
      'bandit txt with a skipped file',
      await sample(`${bandit}/unsure-skipped-file-text/bandit.txt`),
      text => banditText(outputOf(text)),
    ],
    ['pip-audit json', await sample(`${pipAudit}/fail/pip-audit.json`), text => pipAuditJson(text)],
    ['pip-audit columns', await sample(`${pipAudit}/fail-columns/pip-audit.txt`), text => pipAuditText(outputOf(text))],
  ]
  for (const [name, whole, read] of readers) {
    test(`${name}: never throws, and every position lies inside`, () => {
      const change = fc.record({ at: fc.nat(whole.length), drop: fc.nat(60), put: fc.string({ maxLength: 12 }) })
      fc.assert(
        fc.property(fc.array(change, { maxLength: 4 }), changes => {
          const text = changes.reduce((t, { at, drop, put }) => t.slice(0, at) + put + t.slice(at + drop), whole)
          expect(inside(rangesOf(read(text)), text.length)).toBe(true)
        }),
      )
    })
    test(`${name}: cut off anywhere, it never has fewer findings than the whole and is not refused`, () => {
      const count = (r: BanditRead | PipAuditRead) =>
        r.ok ? ('totals' in r.report ? r.report.issues.length + r.report.skipped.length : r.report.found) : undefined
      const all = count(read(whole))
      for (let end = 0; end < whole.trimEnd().length; end += 1) {
        const some = count(read(whole.slice(0, end)))
        // A table of pip-audit has no end; its summary line counts what the table lost.
        if (some !== undefined) expect(some).toBe(all)
      }
    })
  }
})
