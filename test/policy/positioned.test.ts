import fc from 'fast-check'
import { expect, test } from 'vitest'
import { policyLimit, positioned } from '../../src/policy/positioned.ts'
import { file, said } from './samples.ts'

const wrong = (text: string): readonly string[] => {
  const yaml = positioned(file('a.yaml', text))
  return yaml.ok ? [] : said(yaml.complaints)
}
const root = (text: string) => {
  const yaml = positioned(file('a.yaml', text))
  if (!yaml.ok) throw new Error(said(yaml.complaints).join('\n'))
  return yaml.root
}

test('what looks like a number, a date or a flag stays text', () => {
  const { value } = root('a: 164.310\nb: yes\nc: ~\nd: 2026-11-24\ne: 0x10\nf: 1.20\n')
  expect({ ...(value as object) }).toEqual({ a: '164.310', b: 'yes', c: '~', d: '2026-11-24', e: '0x10', f: '1.20' })
})

test('every value and every key knows where it stands', () => {
  const node = root('a:\n  - b: "x"\n    c: [1, 22]\n').get('a').get('0')
  expect(node.get('b').at).toEqual({ line: 2, column: 8 })
  expect(node.get('b').keyAt).toEqual({ line: 2, column: 5 })
  expect(node.get('c').get('1').at).toEqual({ line: 3, column: 12 })
})

test('an empty value stands where its key does', () => {
  expect(root('a: 1\nb:\n').get('b').at).toEqual({ line: 2, column: 1 })
})

test('what is missing stands where its parent does, however deep it is asked for', () => {
  expect(root('a:\n  b: 1\n').get('a').get('x').get('y').at).toEqual({ line: 2, column: 3 })
})

test('columns count UTF-16 units', () => {
  expect(root('"😀": x\n').get('😀').at).toEqual({ line: 1, column: 7 })
})

test('a key of the prototype is a key like any other', () => {
  expect(root('__proto__: x\n').get('__proto__').text).toBe('x')
  expect(root('a: 1\n').get('constructor').value).toBeUndefined()
})

test('a character inside a scalar has a place: plain, quoted, literal', () => {
  expect(root('a: found(x)\n').get('a').within(6)).toEqual({ line: 1, column: 10 })
  expect(root("a: 'it''s x'\n").get('a').within(5)).toEqual({ line: 1, column: 11 })
  expect(root('a: "say \\"x\\""\n').get('a').within(5)).toEqual({ line: 1, column: 11 })
  expect(root('a: |\n  one\n  two x\n').get('a').within(8)).toEqual({ line: 3, column: 7 })
  expect(root('a: |-\n\n    one\n      two\n').get('a').within(7)).toEqual({ line: 4, column: 7 })
})

test('inside folded text the place is where the text starts', () => {
  expect(root('a: >-\n  one\n  two\n').get('a').within(5)).toEqual({ line: 1, column: 4 })
  expect(root('a: one\n  two\n').get('a').within(5)).toEqual({ line: 1, column: 4 })
})

test.each([
  ['a: 1\nb: 2\na: 3\n', 'a.yaml:3:1: key "a" stands here a second time'],
  ['a:\n\tb: 1\n', 'a.yaml:2:1: a tab cannot indent YAML; use spaces'],
  ['a: 1\n---\nb: 2\n', 'a.yaml:2:1: a second YAML document starts here; a file holds one'],
  ['a: &x [1]\n', 'a.yaml:1:4: anchors and aliases are not read here; write the value out'],
  ['&x a: 1\n', 'a.yaml:1:4: anchors and aliases are not read here; write the value out'],
  ['a: *x\n', 'a.yaml:1:4: anchors and aliases are not read here; write the value out'],
  ['a: !!int 1\n', 'a.yaml:1:1: tag "!!int" is not read here; remove it'],
  ['a: !include x\n', 'a.yaml:1:1: tag "!include" is not read here; remove it'],
  ['? [a]\n: 1\n', 'a.yaml:1:3: a key must be plain text'],
  ['a: b: c\n', 'a.yaml:1:4: a value that holds ": " needs quotes around it'],
  ['a: @b\n', 'a.yaml:1:4: a value cannot start with this character; put quotes around it'],
  ['a: "b\nc: d\n', 'a.yaml:1:4: a quote is opened here and never closed'],
  ['\ufeffa: 1\n', 'a.yaml:1:1: the file starts with a byte-order mark; save it as UTF-8 without one'],
  [
    'a: b\u202ec\n',
    'a.yaml:1:5: a character that cannot be seen stands here (U+202E); remove it, or write it as an escape in double quotes',
  ],
])('%j: %s', (text, complaint) => {
  expect(wrong(text)).toEqual([complaint])
})

test('a bomb of aliases is refused at its anchors, not expanded', () => {
  const bomb = Array.from({ length: 30 }, (_, i) => `a${i}: &a${i} [${i > 0 ? `*a${i - 1}, *a${i - 1}` : 'x'}]`).join(
    '\n',
  )
  expect(wrong(bomb).length).toBeGreaterThan(30)
})

test.each([
  ['flow lists', '['.repeat(50_000)],
  ['flow maps', '{a: '.repeat(50_000)],
  ['compact lists', '- '.repeat(50_000)],
  ['compact maps', 'a: '.repeat(50_000)],
  ['complex keys', '? '.repeat(50_000)],
  ['indentation', Array.from({ length: 400 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
])('nesting without end is refused: %s', (_, text) => {
  expect(wrong(text)).toHaveLength(1)
  expect(wrong(text)[0]).toMatch(/nested too deeply to be read$/)
})

test('a file of more than 2 MiB is refused', () => {
  expect(wrong('#'.repeat(policyLimit + 1))).toEqual(['a.yaml:1:1: the file is larger than 2 MiB and is not read'])
})

test('many keys are read in linear time', () => {
  const start = performance.now()
  root(Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`).join('\n'))
  expect(performance.now() - start).toBeLessThan(5_000)
})

test('no text makes it throw, and every complaint stands inside the text', () => {
  const piece = fc.constantFrom(
    ...[
      'a',
      ': ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"',
      "'",
      '\n',
      '  ',
      '\t',
      '|',
      '>',
      '&a ',
      '*a',
      '!x ',
      '? ',
      '# ',
      '---\n',
      ',',
      '\\',
      '\r\n',
      '<<',
      '%',
      '\u2028',
    ],
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map(p => p.join('')),
      ),
      text => {
        const lines = text.split('\n')
        const yaml = positioned(file('a.yaml', text))
        const places = yaml.ok ? [yaml.root.at] : yaml.complaints.map(c => c.at)
        for (const { line, column } of places) {
          expect(line).toBeLessThanOrEqual(lines.length)
          expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? 0) + 1)
        }
      },
    ),
    { numRuns: 600 },
  )
})
