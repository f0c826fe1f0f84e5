import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDate } from '../../src/parse/date.ts'
import { labelledIn } from '../../src/parse/labelled.ts'
import { parseMarkdown } from '../../src/parse/markdown.ts'
import { doubleStopsIn, placeholdersIn } from '../../src/parse/placeholder.ts'

const slices = (text: string, ranges: readonly { start: number; end: number }[]) =>
  ranges.map(({ start, end }) => text.slice(start, end))
const visible = (text: string): string => parseMarkdown(text).withoutCode.replace(/\s+/g, ' ').trim()

test('a fence closes with its own character, at least as long, and nothing behind it', () => {
  expect(visible('````\n```\nin\n````\nout')).toBe('out')
  expect(visible('```\n~~~\nin\n``` x\nin\n```  \nout')).toBe('out')
  expect(visible('~~~ `info`\nin\n~~~~\nout')).toBe('out')
  expect(visible('``` a`b\nno fence')).toBe('``` a`b no fence')
})

test('a fence ends with its list item or quotation, closed or not', () => {
  expect(visible('- ```\n  in\n\nout')).toBe('out')
  expect(visible('> ```\n> in\nout')).toBe('out')
  expect(visible('1. x\n\n   ~~~\n   in\n   ~~~\n\n   out')).toBe('1. x out')
})

test('a fence that nothing closes is known by its opening line', () => {
  const text = 'a\n\n```sh\nb\n'
  expect(parseMarkdown(text).unclosedFence).toEqual({ start: 3, end: 8 })
  expect(parseMarkdown('```\nb\n```').unclosedFence).toBeUndefined()
})

test('a shell prompt inside a fence is no quotation that could close it', () => {
  expect(visible('```\n> ```\nin\n```\nout')).toBe('out')
})

test('four spaces are code after an empty line, and not in a paragraph, a list or a plain text', () => {
  expect(visible('a\n\n    in\n\nout')).toBe('a out')
  expect(visible('a\n    still a')).toBe('a still a')
  expect(visible('- a\n\n  b\n\n    c')).toBe('- a b c')
  expect(parseMarkdown('a\n\n    b', 'text').withoutCode).toContain('b')
})

test('a code span closes with as many backticks, within its block', () => {
  expect(visible('a `b` ``c`d`` e')).toBe('a e')
  expect(visible('a `b\n\nc` d')).toBe('a `b c` d')
  expect(visible('a \\`b` c')).toBe('a \\`b` c')
})

test('comments are found across lines, and what opens in code is none', () => {
  const text = 'a <!-- b\nc --> d `<!-- e -->` f\n\n<!--\n\n```\ng\n-->\n\nh'
  expect(slices(text, parseMarkdown(text).comments)).toEqual(['<!-- b\nc -->', '<!--\n\n```\ng\n-->'])
  expect(parseMarkdown('<!-- a\n\nb').comments).toEqual([{ start: 0, end: 9 }])
  expect(parseMarkdown('a <!-- b\n\nc').comments).toEqual([])
})

test('front matter stands first and is closed, or there is none', () => {
  const text = '---\ntitle: a\n---\n# b'
  const range = parseMarkdown(text).frontMatter?.range
  expect(range && text.slice(range.start, range.end)).toBe('title: a\n')
  expect(parseMarkdown('---\ntitle: a\n').frontMatter).toBeUndefined()
  expect(parseMarkdown('\n---\ntitle: a\n---\n').frontMatter).toBeUndefined()
  expect(parseMarkdown('+++\ntitle = "a"\n+++\n').frontMatter?.format).toBe('toml')
})

test('headings are read in both forms, as a person reads them', () => {
  const doc = parseMarkdown('# **A** `b` [c](d) ##\n\nE f\n---\n\n#no\n')
  expect(doc.headings.map(h => [h.level, h.text])).toEqual([
    [1, 'A b c'],
    [2, 'E f'],
  ])
})

test('a table has as many cells in its second row as in its first', () => {
  const doc = parseMarkdown('| a | b\\|c |\n|---|:-:|\n| 1 | `2` |\n| 3 |\n\n| a | b |\n|---|\n')
  expect(doc.tables.map(t => [t.header, ...t.rows].map(row => row.map(cell => cell.text)))).toEqual([
    [['a', 'b|c'], ['1', '2'], ['3']],
  ])
})

test('a label is found at the start of a line, in bold, beside another, in a table and as a heading', () => {
  const text = [
    '**Owner:** Ada L. | **Version**: 1.2  ',
    'Approved by:',
    '**Grace H.**',
    'Admiral',
    '',
    '- __Status__: final',
    '',
    '| Date | 2026-03-01 |',
    '|---|---|',
    '| Period: | Q1 |',
    '',
    '## Scope',
    '',
    'Everyone',
  ].join('\n')
  expect(labelledIn(parseMarkdown(text)).map(l => `${l.label}=${l.value}`)).toEqual([
    'Owner=Ada L.',
    'Version=1.2',
    'Approved by=Grace H.\nAdmiral',
    'Status=final',
    'Date=2026-03-01',
    'Period=Q1',
    'Scope=Everyone',
  ])
})

test('dates are one day, two days, a month, or impossible', () => {
  expect(readDate('2026-03-01')).toEqual({ is: 'day', iso: '2026-03-01', form: 'iso' })
  expect(readDate('1st of March 2026')).toEqual({ is: 'day', iso: '2026-03-01', form: 'named' })
  expect(readDate('Sept. 3, 2026')).toEqual({ is: 'day', iso: '2026-09-03', form: 'named' })
  expect(readDate('$(10-18-2025)')).toEqual({ is: 'day', iso: '2025-10-18', form: 'numeric' })
  expect(readDate('03.04.2026')).toEqual({ is: 'day', iso: '2026-04-03', form: 'numeric' })
  expect(readDate('03/04/2026')).toEqual({ is: 'ambiguous', monthFirst: '2026-03-04', dayFirst: '2026-04-03' })
  expect(readDate('04/04/2026')).toEqual({ is: 'day', iso: '2026-04-04', form: 'numeric' })
  expect(readDate('2026-02-29')).toEqual({ is: 'impossible' })
  expect(readDate('March 2026')).toEqual({ is: 'month', iso: '2026-03' })
  expect(readDate('version 1.10.2026.4')).toBeUndefined()
  expect(readDate('soon')).toBeUndefined()
})

const piece = fc.constantFrom(
  '\n',
  '\n\n',
  ' ',
  '    ',
  '\t',
  '`',
  '```',
  '~~~',
  '> ',
  '- ',
  '1. ',
  '#',
  '# ',
  '<!--',
  '-->',
  '|',
  '|---|---|',
  '---',
  '===',
  '**',
  '__',
  '____',
  'Owner: ',
  'a',
  '$(',
  ')',
  '${A',
  '}',
  '{{',
  '}}',
  '[Name',
  ']',
  '<your name>',
  'TODO',
  '..',
  '\\',
  '\r\n',
  '\u{1f600}',
  'YYYY-MM-DD',
  '03/04/2026',
  ':',
)
const documents = fc.oneof(
  fc.array(piece, { maxLength: 80 }).map(p => p.join('')),
  fc.string({ maxLength: 200 }),
)

test('any text is read without an error, and every position lies in it', () => {
  fc.assert(
    fc.property(documents, fc.constantFrom('markdown' as const, 'text' as const), (text, dialect) => {
      const doc = parseMarkdown(text, dialect)
      expect(doc.withoutCode.length).toBe(text.length)
      const ranges = [
        ...doc.comments,
        ...doc.headings.map(h => h.range),
        ...doc.prose.map(p => p.range),
        ...doc.tables.flatMap(t => [t.header, ...t.rows].flatMap(row => row.map(cell => cell.range))),
        ...labelledIn(doc).map(l => l.range),
        ...placeholdersIn(doc.withoutCode).map(p => p.range),
        ...doubleStopsIn(doc.withoutCode),
      ]
      for (const { start, end } of ranges) {
        expect(start).toBeGreaterThanOrEqual(0)
        expect(end).toBeGreaterThanOrEqual(start)
        expect(end).toBeLessThanOrEqual(text.length)
      }
      readDate(text)
    }),
    { numRuns: 1500 },
  )
})

test('work is linear in the text', () => {
  for (const unit of [
    '`',
    '<!-- ',
    '> ',
    '- ',
    '|a',
    '[',
    '**a:',
    '_',
    '{{',
    '$(',
    'A ',
    '* ',
    '\n',
    '\t- a\n',
    '`a``b',
  ]) {
    const text = unit.repeat(200_000 / unit.length)
    const before = performance.now()
    const doc = parseMarkdown(text)
    labelledIn(doc)
    placeholdersIn(doc.withoutCode)
    doubleStopsIn(doc.withoutCode)
    expect(performance.now() - before, unit).toBeLessThan(2000)
  }
})
