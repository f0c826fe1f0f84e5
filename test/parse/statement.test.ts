import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseMarkdown } from '../../src/parse/markdown.ts'
import { statementsIn } from '../../src/parse/statement.ts'

const texts = (markdown: string): readonly string[] => statementsIn(parseMarkdown(markdown)).map(s => s.text)

describe('the statements of a document', () => {
  test('are its sentences, across lines and without marks, numbers and link targets', () => {
    expect(
      texts(
        '# Title\n\nLogs **must** be\nkept for [seven years](https://x.org/7). Nobody may\nread them!\n\n- 1. Keys, e.g. of AES, rotate.',
      ),
    ).toEqual(['Logs must be kept for seven years.', 'Nobody may read them!', 'Keys, e.g. of AES, rotate.'])
  })

  test('are rows of tables, but not of the history of the document', () => {
    expect(texts('| What | Kept |\n|---|---|\n| Logs | 7 years |\n')).toEqual(['Logs | 7 years'])
    expect(texts('| Version | Date | Change |\n|---|---|---|\n| 1.1 | 2026-01-01 | Five years |\n')).toEqual([])
  })

  test('are not what a document says of itself, nor code, comments and front matter', () => {
    expect(
      texts(
        '---\nversion: "1"\n---\nVersion: 1.2\n\n**Approved by:** Jonas Weil\n\nVersion 1.3\n\n<!-- Keep it. -->\n\n```\nmust\n```\n\nReview access quarterly.\n\nReviews of access are kept.',
      ),
    ).toEqual(['Review access quarterly.', 'Reviews of access are kept.'])
  })

  test('keep the end of a sentence however long it is', () => {
    const long = `Everybody ${'and everybody else '.repeat(60)}must sign by the year 2031.`
    expect(texts(long)[0]?.endsWith('must sign by the year 2031.')).toBe(true)
  })

  test('lie inside the text, for any text, in order', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), text => {
        let last = 0
        for (const { range } of statementsIn(parseMarkdown(text))) {
          expect(range.start).toBeGreaterThanOrEqual(last)
          expect(range.end).toBeGreaterThan(range.start)
          expect(range.end).toBeLessThanOrEqual(text.length)
          last = range.start
        }
      }),
    )
  })
})
