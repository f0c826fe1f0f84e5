import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readAs, scanStream } from '../../src/collect/report-file.ts'
import { reportTools } from '../../src/facts/report.ts'
import { blackClosing, blackText, ruffFormatClosing, saidOf } from '../../src/parse/black.ts'
import { linesOf } from '../../src/parse/lines.ts'
import { outputOf } from '../../src/parse/output.ts'
import { ruffClosing, ruffText } from '../../src/parse/ruff.ts'
import { instantOf, short } from '../../src/parse/scan.ts'

const words = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"runs"',
  '"results"',
  '"tool"',
  '"driver"',
  '"name"',
  '"version"',
  '"2.1.0"',
  '"rules"',
  '"ruleId"',
  '"level"',
  '"error"',
  '"suppressions"',
  '"code"',
  '"filename"',
  '"location"',
  '"RuleID"',
  '"File"',
  '"ident"',
  '"check_id"',
  '"failed_checks"',
  '"summary"',
  '"passed"',
  '0',
  '1',
  'null',
  'true',
  '\n',
  ' ',
  'Found 3 errors.',
  'All checks passed!',
  '1 file would be reformatted.',
  'would reformat a.py',
  'a.py:1:2: F401 x',
  '--> a.py:1:2',
]

describe('reports of scanners, whatever they hold', () => {
  test('no text makes a reader throw, and every place lies inside it', () => {
    const text = fc.oneof(
      fc.array(fc.constantFrom(...words), { maxLength: 40 }).map(w => w.join('')),
      fc.array(fc.constantFrom(...words), { maxLength: 40 }).map(w => w.join('\n')),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.json(),
    )
    fc.assert(
      fc.property(text, fc.constantFrom(...reportTools), (body, tool) => {
        const read = readAs(tool, body)
        const inside = ({ start, end }: { start: number; end: number }) => {
          expect(start).toBeGreaterThanOrEqual(0)
          expect(end).toBeLessThanOrEqual(Math.max(body.length, 1))
          expect(start).toBeLessThanOrEqual(Math.max(end, start))
        }
        if (read.is === 'refused') inside(read.range)
        if (read.is === 'scan') {
          inside(read.scan.result)
          for (const finding of read.scan.worst) inside(finding.range)
          for (const quote of read.scan.quotes) inside(quote)
          expect(read.scan.worst.length).toBeLessThanOrEqual(10)
        }
      }),
      { numRuns: 400 },
    )
  })

  test('a report of twenty thousand results counts them all and keeps ten', () => {
    const stream = scanStream('sarif')
    stream.write('{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "x"}}, "results": [')
    for (let i = 0; i < 20_000; i += 1)
      stream.write(
        `${i === 0 ? '' : ','}{"ruleId": "r${i % 7}", "level": "error", "message": {"text": "${'m'.repeat(50)}"}}`,
      )
    stream.write(']}]}')
    const read = stream.done()
    expect(read.is === 'scan' && [read.scan.listed.high, read.scan.worst.length]).toEqual([20_000, 10])
  })

  test('the secret a gitleaks report quotes is marked', () => {
    const text =
      '[{"RuleID": "k", "File": "a", "StartLine": 1, "Secret": "planted", "Match": "key=planted", "Message": "add planted"}]'
    const read = readAs('gitleaks', text)
    const quotes = read.is === 'scan' ? read.scan.quotes : []
    const hidden = quotes.reduce((t, q) => t.slice(0, q.start) + '*'.repeat(q.end - q.start) + t.slice(q.end), text)
    expect(hidden).not.toContain('planted')
  })

  test('the code a SARIF result quotes is marked', () => {
    const text = JSON.stringify({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'x' } },
          results: [
            {
              ruleId: 'r',
              locations: [
                {
                  physicalLocation: {
                    region: { snippet: { text: 'planted' } },
                    contextRegion: { snippet: { text: 'planted' } },
                  },
                },
              ],
            },
          ],
        },
      ],
    })
    const read = readAs('sarif', text)
    const quotes = read.is === 'scan' ? read.scan.quotes : []
    const hidden = quotes.reduce((t, q) => t.slice(0, q.start) + '*'.repeat(q.end - q.start) + t.slice(q.end), text)
    expect(hidden).not.toContain('planted')
  })

  test.each([
    ['All checks passed!', { found: 0, fixed: 0 }],
    ['Found 1 error.', { found: 1, fixed: 0 }],
    ['Found 12 errors (9 fixed, 3 remaining).', { found: 3, fixed: 9 }],
    ['Found 3 errors in 2 files (checked 5 source files)', undefined],
    ['all checks passed!', undefined],
  ])('ruff closes with %j', (line, closing) => {
    expect(ruffClosing(line)).toEqual(closing)
  })

  test.each([
    ['1 file would be left unchanged.', '1 in form'],
    ['2 files would be reformatted, 1 file would be left unchanged.', '2 would be reformatted, 1 in form'],
    [
      '1 file would be reformatted, 2 files would be left unchanged, 1 file would fail to reformat.',
      '1 would be reformatted, 1 not parsed, 2 in form',
    ],
    [
      '1 file reformatted, 2 files left unchanged, 1 file failed to reformat.',
      '1 reformatted, 1 not parsed, 2 left unchanged',
    ],
    ['No Python files are present to be formatted. Nothing to do 😴', '0 in form'],
    ['3 files changed, 2 insertions(+).', undefined],
    ['3 files.', undefined],
  ])('black closes with %j', (line, said) => {
    const closing = blackClosing(line)
    expect(closing && saidOf(closing)).toBe(said)
  })

  test.each([
    ['1 file would be reformatted, 2 files already formatted', '1 would be reformatted, 2 in form'],
    ['2 files reformatted, 1 file left unchanged', '2 reformatted, 1 left unchanged'],
    ['3 files already formatted', '3 in form'],
    ['1 file changed, 3 files already formatted', undefined],
  ])('ruff format closes with %j', (line, said) => {
    const closing = ruffFormatClosing(line)
    expect(closing && saidOf(closing)).toBe(said)
  })

  test('the closing line counts, whatever lines stand before it', () => {
    const read = ruffText(outputOf('a.py:1:1: E501 too long\nAll checks passed!\n'))
    expect(read.ok && [read.scan.listed.unknown, read.scan.worst]).toEqual([0, []])
    const two = ruffText(outputOf('Found 2 errors.\nAll checks passed!\n'))
    expect(two).toMatchObject({ ok: false, reason: 'two results of ruff in one file' })
    expect(
      blackText(outputOf('error: cannot format a.py: Cannot parse: 1:2\n1 file would fail to reformat.')),
    ).toMatchObject({
      ok: true,
      scan: { skipped: { count: 1, shown: [{ name: 'a.py' }] } },
    })
  })

  test.each([
    ['2026-11-20T10:00:00Z', '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00:00.123456+02:00', '2026-11-20T08:00:00Z'],
    ['2026-11-20T10:00:00-0130', '2026-11-20T11:30:00Z'],
    ['2026-11-20T10:00:00', '2026-11-20T10:00:00Z'],
    ['2026-13-20T10:00:00Z', undefined],
    ['20 November', undefined],
    [undefined, undefined],
  ])('the instant %j is %j', (written, instant) => {
    expect(instantOf(written)).toBe(instant)
  })

  test('names out of a report are one line of bounded length', () => {
    expect(short(`a\n\u001bb${'c'.repeat(300)}`)).toHaveLength(200)
    expect(short('a\n\u0000b')).toBe('a b')
    expect([short(undefined), short('  ')]).toEqual(['?', '?'])
  })

  test('positions of a text in pieces are those of the whole', () => {
    expect(linesOf('a\nb').span({ start: 2, end: 3 })).toEqual({
      start: { line: 2, column: 1 },
      end: { line: 2, column: 2 },
    })
  })
})
