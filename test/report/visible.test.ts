import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { visible, visibleJson } from '../../src/report/visible.ts'
import { columnsOf, cut, window, wrap } from '../../src/report/width.ts'

describe('visible', () => {
  test('ordinary text of any script stays as it is', () => {
    for (const text of ['a b', 'Ärger', '証明書', 'العربية', 'e\u{301}', '🔒', 'tab-less "quoted" \\u{1b}'])
      expect(visible(text)).toBe(text)
  })

  test('escape sequences, line ends, overrides and what has no width are shown as code points', () => {
    expect(visible('\u{1b}[31m')).toBe('\\u{1b}[31m')
    expect(visible('a\nb\r\tc\u{0}')).toBe('a\\u{a}b\\u{d}\\u{9}c\\u{0}')
    expect(visible('\u{9b}31m')).toBe('\\u{9b}31m')
    expect(visible('\u{202e}exe.gnp\u{202c}')).toBe('\\u{202e}exe.gnp\\u{202c}')
    expect(visible('\u{2066}a\u{2069}\u{200b}\u{200d}\u{2060}\u{feff}\u{ad}')).toBe(
      '\\u{2066}a\\u{2069}\\u{200b}\\u{200d}\\u{2060}\\u{feff}\\u{ad}',
    )
    expect(visible('\u{2028}\u{3164}\u{e0041}\u{e0101}')).toBe('\\u{2028}\\u{3164}\\u{e0041}\\u{e0101}')
  })

  test('half a surrogate pair is shown, a whole one is a character', () => {
    expect(visible('\u{d83d}x')).toBe('\\u{d83d}x')
    expect(visible('\u{1f512}')).toBe('\u{1f512}')
  })

  test('whatever goes in, one printable line comes out, and doing it twice changes nothing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const shown = visible(text)
        expect(shown).not.toMatch(/[\p{Cc}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}]/u)
        expect(visible(shown)).toBe(shown)
      }),
    )
  })

  test('JSON with escaped characters is the same JSON', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const json = visibleJson(JSON.stringify({ text }, null, 2))
        expect(JSON.parse(json)).toEqual({ text })
        expect(json.replaceAll('\n', '')).toBe(visible(json.replaceAll('\n', '')))
      }),
    )
  })
})

describe('width', () => {
  test('wide characters take two columns, marks none', () => {
    expect(columnsOf('abc')).toBe(3)
    expect(columnsOf('証明書🔒')).toBe(8)
    expect(columnsOf('e\u{301}é')).toBe(2)
  })

  test('what is cut off shows', () => {
    expect(cut('abcdef', 6)).toBe('abcdef')
    expect(cut('abcdef', 4)).toBe('abc…')
    expect(columnsOf(cut('証明書証明書', 6))).toBeLessThanOrEqual(6)
  })

  test('words wrap and are never broken', () => {
    expect(wrap('a bb ccc averylongword d', 6)).toEqual(['a bb', 'ccc', 'averylongword', 'd'])
    expect(wrap('', 10)).toEqual([])
  })

  test('tabs end at the next stop, and the mark moves with them', () => {
    expect(window('\tab\tc', 4, 5, 80)).toEqual({ text: '    ab  c', at: 8, length: 1 })
  })

  test('a long line is cut on both sides of the mark', () => {
    const shown = window(`${'a'.repeat(300)}MARK${'b'.repeat(300)}`, 300, 304, 40)
    expect(columnsOf(shown.text)).toBeLessThanOrEqual(40)
    expect(shown.text.startsWith('…') && shown.text.endsWith('…')).toBe(true)
    expect(shown.text.slice(shown.at, shown.at + shown.length)).toBe('MARK')
  })

  test('the mark is always inside, whatever the line holds', () => {
    const piece = fc.constantFrom('a', '\t', '証', '🔒', 'e\u{301}', 'word ')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 80 }),
        fc.nat(100),
        fc.nat(100),
        fc.integer({ min: 20, max: 100 }),
        (pieces, a, b, columns) => {
          const text = pieces.join('')
          const [from, to] = [Math.min(a, b, text.length), Math.min(Math.max(a, b), text.length)]
          const shown = window(text, from, to, columns)
          expect(columnsOf(shown.text)).toBeLessThanOrEqual(columns)
          expect(shown.at).toBeLessThanOrEqual(columns)
          expect(shown.length).toBeGreaterThan(0)
          if (from < text.length) expect(shown.at + shown.length).toBeLessThanOrEqual(columns + 1)
        },
      ),
      { numRuns: 1000 },
    )
  })
})
