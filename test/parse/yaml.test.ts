import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Document, parseAllDocuments } from 'yaml'
import {
  entry,
  itemsOf,
  limits,
  mergedEntries,
  offsetIn,
  parseYaml,
  rangeIn,
  textOf,
  valuesOf,
  type YamlNode,
  type YamlScalar,
} from '../../src/parse/yaml.ts'

const rootOf = (text: string): YamlNode => {
  const { documents, errors } = parseYaml(text)
  expect(errors).toEqual([])
  const root = documents[0]?.root
  if (root === undefined) throw new Error('no root')
  return root
}
const scalarAt = (text: string, ...path: string[]): YamlScalar => {
  const node = entry(rootOf(text), ...path)
  if (node?.is !== 'scalar') throw new Error('no scalar')
  return node
}
const reasons = (text: string): string[] => {
  const { errors, lines } = parseYaml(text)
  return errors.map(error => {
    const { line, column } = lines.position(error.range.start)
    return `${line}:${column}: ${error.cause}: ${error.reason}`
  })
}
const walk = function* (node: YamlNode): Generator<YamlNode> {
  yield node
  if (node.is === 'map') {
    for (const { key, value } of node.entries) {
      yield key
      yield* walk(value)
    }
  }
  if (node.is === 'list') for (const item of node.items) yield* walk(item)
}

describe('the tree', () => {
  test('every scalar says what it means, how it was written, and where', () => {
    const text = 'a: 0777\nb: "8080:80"\nc: yes\nd: ~\ne: true\nf:\n'
    const scalars = ['a', 'b', 'c', 'd', 'e', 'f'].map(key => {
      const { value, style, type, range } = scalarAt(text, key)
      return [value, style, type, text.slice(range.start, range.end)]
    })
    expect(scalars).toEqual([
      ['0777', 'plain', 'number', '0777'],
      ['8080:80', 'double', 'string', '"8080:80"'],
      ['yes', 'plain', 'string', 'yes'],
      ['~', 'plain', 'null', '~'],
      ['true', 'plain', 'bool', 'true'],
      ['', 'plain', 'null', ''],
    ])
  })

  test('lines and columns are 1-based and count UTF-16 units', () => {
    const text = 'services:\n  "😀": { image: x }\r\n'
    const { lines } = parseYaml(text)
    const image = entry(rootOf(text), 'services', '😀', 'image')
    expect(image && lines.span(image.range)).toEqual({ start: { line: 2, column: 18 }, end: { line: 2, column: 19 } })
  })

  test('`on:` is a word, not a truth value', () => {
    expect(itemsOf(entry(rootOf('on: [push]'), 'on')).map(textOf)).toEqual(['push'])
  })

  test('tags are kept and change no value', () => {
    const root = rootOf('ports: !override\n  - 80\nimage: !reset null\n')
    expect(entry(root, 'ports')?.tag).toBe('!override')
    expect(entry(root, 'image')?.tag).toBe('!reset')
  })

  test('an empty text has no document, and one with comments alone neither', () => {
    expect(parseYaml('').documents).toEqual([])
    expect(parseYaml('# nothing\n').documents.filter(document => document.root !== undefined)).toEqual([])
  })

  test('each document of a stream has its own tree', () => {
    const { documents } = parseYaml('a: 1\n---\nb: 2\n')
    expect(documents.map(({ root }) => root && valuesOf(root))).toEqual([{ a: 1 }, { b: 2 }])
  })

  test('a key named __proto__ is a key', () => {
    expect(Object.keys(valuesOf(rootOf('__proto__: 1')) as object)).toEqual(['__proto__'])
  })
})

describe('aliases and merge keys', () => {
  const text = 'x: &base\n  A: 1\n  B: 2\ny:\n  <<: *base\n  B: 3\n'

  test('an aliased node stands where it is written and says where it is used', () => {
    const root = rootOf('a: &x 5432\nb: *x\n')
    const aliased = entry(root, 'b')
    expect(aliased).toMatchObject({ value: '5432', range: { start: 6, end: 10 }, via: { start: 14, end: 16 } })
  })

  test("a mapping's own pairs win over merged ones, and each pair knows what it came through", () => {
    const y = entry(rootOf(text), 'y')
    const pairs = y?.is === 'map' ? mergedEntries(y) : []
    expect(pairs.map(p => [p.key.value, textOf(p.value), p.through.length])).toEqual([
      ['B', '3', 0],
      ['A', '1', 1],
    ])
    expect(textOf(entry(rootOf(text), 'y', 'A'))).toBe('1')
  })

  test('of several merged mappings the first one wins', () => {
    const root = rootOf('a: &a {k: 1}\nb: &b {k: 2, l: 3}\nc: {<<: [*a, *b]}\n')
    expect(textOf(entry(root, 'c', 'k'))).toBe('1')
    expect(textOf(entry(root, 'c', 'l'))).toBe('3')
  })

  test('a quoted "<<" merges nothing', () => {
    expect(entry(rootOf('a: &a {k: 1}\nb: {"<<": *a}\n'), 'b', 'k')).toBeUndefined()
  })

  test('an alias inside of its own anchor is an error, not a circle', () => {
    expect(reasons('a: &a [*a]\n')).toEqual(['1:8: unparsed: an alias inside of what it stands for: a'])
  })

  test('an alias without an anchor is an error', () => {
    expect(reasons('a: *b\n')).toEqual([expect.stringContaining('unparsed')])
  })

  test('aliases that unfold without end are refused', () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let i = 1; i < 12; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      )
    expect(reasons(bomb.join('\n'))[0]).toMatch(/too-large: aliases that unfold/)
  })

  test('merges that unfold without end are resolved once each', () => {
    const merges = ['a0: &a0 {k: v}']
    for (let i = 1; i < 60; i++) merges.push(`a${i}: &a${i} {<<: [*a${i - 1}, *a${i - 1}]}`)
    const { documents } = parseYaml(merges.join('\n'))
    expect(documents).toHaveLength(1)
  })
})

describe('errors', () => {
  test('a key given twice is an error at its second place', () => {
    expect(reasons('a: 1\nb: 2\na: 3\n')).toEqual(['3:1: unparsed: a key is given twice: a'])
  })

  test('a syntax error has its place', () => {
    expect(reasons('a: [1\nb: 2\n')[0]).toMatch(/^\d:\d: unparsed: /)
    expect(reasons('a:\n\tb: 1\n')[0]).toMatch(/^2:1: unparsed: /)
  })

  test('what is too deep is refused before it can exhaust the stack', () => {
    for (const text of ['['.repeat(100_000), '- '.repeat(100_000), '? '.repeat(100_000), '{a: '.repeat(50_000)]) {
      expect(reasons(text)[0]).toMatch(/too-large: nested deeper than 100 levels/)
    }
    const indented = Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')
    expect(reasons(indented)[0]).toMatch(/too-large: nested deeper than 100 levels/)
  })

  test('many pairs on one line are not deep', () => {
    expect(reasons(`{${Array.from({ length: 500 }, (_, i) => `k${i}: v`).join(', ')}}\n`)).toEqual([])
  })

  test('what is too long is refused', () => {
    expect(reasons(`a: ${'x'.repeat(limits.length)}`)).toEqual(['1:1: too-large: longer than 2,097,152 characters'])
  })
})

describe('places inside of scalars', () => {
  const shows = (text: string, scalar: YamlScalar, part: string): string => {
    const from = scalar.value.indexOf(part)
    const { start, end } = rangeIn(text, scalar, from, from + part.length)
    const at = parseYaml(text).lines.position(start)
    return `${at.line}:${at.column} ${text.slice(start, end)}`
  }

  test('a literal block keeps its lines', () => {
    const text = 'run: |\n\n    npm ci\n\n      npm test || true\n    done\n'
    expect(shows(text, scalarAt(text, 'run'), 'npm test')).toBe('5:7 npm test')
    expect(shows(text, scalarAt(text, 'run'), 'done')).toBe('6:5 done')
  })

  test('with an indentation indicator, a chomping indicator and CRLF too', () => {
    const text = 'run: |2-\r\n   a\r\n  b\r\n'
    expect(shows(text, scalarAt(text, 'run'), 'b')).toBe('3:3 b')
    expect(shows(text, scalarAt(text, 'run'), ' a')).toBe('2:3  a')
  })

  test('a folded block', () => {
    const text = 'run: >-\n  pytest -q\n  || true\n\n  next\n'
    expect(shows(text, scalarAt(text, 'run'), '|| true')).toBe('3:3 || true')
    expect(shows(text, scalarAt(text, 'run'), 'next')).toBe('5:3 next')
  })

  test('quotes, escapes and plain scalars over several lines', () => {
    const double = 'a: "x\\u0041\\\n   y\n\n   z=\\"q\\""\n'
    expect(shows(double, scalarAt(double, 'a'), 'y')).toBe('2:4 y')
    expect(shows(double, scalarAt(double, 'a'), 'z')).toBe('4:4 z')
    expect(shows(double, scalarAt(double, 'a'), 'q')).toBe('4:8 q')
    const single = "a: 'it''s here'\n"
    expect(shows(single, scalarAt(single, 'a'), 'here')).toBe('1:11 here')
    const plain = 'a: one\n  two\n'
    expect(shows(plain, scalarAt(plain, 'a'), 'two')).toBe('2:3 two')
  })
})

describe('for every text', () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'a',
        'b: ',
        '- ',
        '? ',
        ': ',
        '\n',
        '\n  ',
        '\n    ',
        ' ',
        '{',
        '}',
        '[',
        ']',
        ',',
        '&x ',
        '*x',
        '!t ',
        '<<: ',
        '|\n',
        '>-\n',
        '"',
        "'",
        '#',
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        '\t',
        '\r\n',
        '\0',
        '😀',
        '\ud800',
        '0x1f',
        '~',
      ),
      { maxLength: 60 },
    )
    .map(parts => parts.join(''))

  test('it never throws, and every position lies inside the text', () => {
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string({ unit: 'binary', maxLength: 80 })), text => {
        const { documents, errors } = parseYaml(text)
        const inside = ({ start, end }: { start: number; end: number }) =>
          start >= 0 && start <= end && end <= text.length
        for (const error of errors) expect(inside(error.range)).toBe(true)
        for (const { root } of documents) {
          if (root === undefined) continue
          for (const node of walk(root)) {
            expect(inside(node.range)).toBe(true)
            if (node.is === 'map') mergedEntries(node)
            if (node.is !== 'scalar') continue
            for (let i = 0; i <= node.value.length; i++) {
              const at = offsetIn(text, node, i)
              expect(at >= 0 && at <= text.length).toBe(true)
            }
          }
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('a written document reads back as it was, in every style, and characters are found where they stand', () => {
    const word = fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom(
        'true',
        '0777',
        '1e3',
        'a: b',
        '- x',
        '#',
        'two\nlines\n',
        ' lead\n  more\n',
        'long words '.repeat(20),
      ),
    )
    const value = fc.letrec(tie => ({
      node: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null)),
        tie('list'),
        tie('map'),
      ),
      list: fc.array(tie('node'), { maxLength: 4 }),
      map: fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), tie('node'), { maxKeys: 4 }),
    })).node
    const style = fc.constantFrom('BLOCK_LITERAL', 'BLOCK_FOLDED', 'QUOTE_DOUBLE', 'QUOTE_SINGLE', 'PLAIN')
    fc.assert(
      fc.property(value, style, fc.boolean(), (data, defaultStringType, flow) => {
        const text = new Document(data).toString({ defaultStringType, collectionStyle: flow ? 'flow' : 'any' })
        const { documents, errors } = parseYaml(text)
        expect(errors).toEqual([])
        const root = documents[0]?.root
        expect(root === undefined ? null : valuesOf(root)).toEqual(parseAllDocuments(text)[0]?.toJS() ?? null)
        if (root === undefined) return
        for (const node of walk(root)) {
          if (node.is !== 'scalar' || node.style === 'double') continue
          for (let i = 0; i < node.value.length; i++) {
            const character = node.value[i] ?? ''
            if (/[^\s]/.test(character)) expect(text[offsetIn(text, node, i)]).toBe(character)
          }
        }
      }),
      { numRuns: 1500 },
    )
  })
})
