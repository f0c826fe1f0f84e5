import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTemplate, resolveTemplate } from '../../src/parse/compose-template.ts'
import { parseDotenv } from '../../src/parse/dotenv.ts'

const given: Readonly<Record<string, string>> = { SET: 'value', EMPTY: '' }
const resolve = (text: string) =>
  resolveTemplate(parseTemplate(text), name => {
    const value = given[name]
    return value === undefined ? undefined : { value, from: '.env' }
  })

describe('variables in a value', () => {
  const table: readonly [string, string, readonly string[]][] = [
    ['plain', 'plain', []],
    ['$SET-${SET}', 'value-value', []],
    ['$$SET', '$SET', []],
    ['${SET:-other}', 'value', []],
    ['${EMPTY:-other}', 'other', []],
    ['${UNSET:-other}', 'other', []],
    ['${UNSET-}', '', []],
    ['${UNSET}', '${UNSET}', ['UNSET']],
    ['${UNSET:?say why}', '${UNSET}', ['UNSET']],
    ['${SET:+there}', 'there', []],
    ['${UNSET:-${ALSO:-deep}}', 'deep', []],
    ['${UNSET:-${ALSO}}', '${ALSO}', ['ALSO']],
    ['a$ b${', 'a$ b${', []],
    ['${1x}', '${1x}', []],
  ]
  for (const [written, text, unknown] of table)
    test(`${written} is ${text}`, () => {
      expect(resolve(written)).toMatchObject({ text, unknown })
    })

  test('every part knows where it stands, and parts cover the value in order', () => {
    const piece = fc.constantFrom('$', '{', '}', ':', '-', '?', '+', 'A', 'b1', ' ', '${A', '${A:-', '$$', '😀')
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }).map(p => p.join('')),
        text => {
          let at = 0
          for (const part of parseTemplate(text)) {
            expect(part.from >= at && part.to > part.from && part.to <= text.length).toBe(true)
            // Only the first sign of `$$` is left out.
            if (part.from > at) expect(text.slice(at, part.from)).toBe('$')
            if (part.is === 'text') expect(part.value).toBe(text.slice(part.from, part.to))
            at = part.to
          }
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('deep nesting ends', () => {
    expect(resolve('${A:-'.repeat(50_000)).unknown).toEqual([])
  })
})

describe('an environment file', () => {
  test('gives names, values without quotes and comments, and places', () => {
    const text = '# c\nexport A=1 # one\nB="two\nlines"\nC=\'x\'\nD=a#b\nE=\n\nF : g\nNOVALUE\n'
    expect(
      parseDotenv(text).map(({ name, value, range }) => [name, value, text.slice(range.start, range.end)]),
    ).toEqual([
      ['A', '1', '1'],
      ['B', 'two\nlines', 'two\nlines'],
      ['C', 'x', 'x'],
      ['D', 'a#b', 'a#b'],
      ['E', '', ''],
      ['F', 'g', 'g'],
    ])
  })

  test('of any text gives places inside of it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('A', '=', '"', "'", '\n', ' ', '#', '\\', 'export ', '\r\n', ':'), { maxLength: 60 }),
        parts => {
          const text = parts.join('')
          for (const { range, value } of parseDotenv(text)) expect(text.slice(range.start, range.end)).toBe(value)
        },
      ),
      { numRuns: 2000 },
    )
  })
})
