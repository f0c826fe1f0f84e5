import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonNode, parseJson } from '../../src/parse/json.ts'
import { type JsonEnded, type JsonPath, jsonStream } from '../../src/parse/json-stream.ts'

const whole = (pieces: readonly string[]): { node: JsonNode | undefined; ended: JsonEnded } => {
  let node: JsonNode | undefined
  const stream = jsonStream({
    wish: () => 'take',
    take: (_, n) => {
      node = n
    },
  })
  for (const piece of pieces) if (!stream.write(piece)) break
  const ended = stream.end()
  return { node, ended }
}

const cut = (text: string, at: readonly number[]): string[] => {
  const places = [...new Set(at.map(a => a % (text.length + 1)))].sort((a, b) => a - b)
  return [...places, text.length].map((end, i) => text.slice(i === 0 ? 0 : places[i - 1], end))
}

describe('JSON as it arrives', () => {
  test('however it is cut, it is the tree that the whole text is', () => {
    fc.assert(
      fc.property(fc.json(), fc.array(fc.nat(), { maxLength: 8 }), fc.boolean(), (json, at, pretty) => {
        const text = pretty ? JSON.stringify(JSON.parse(json), null, 2) : json
        const read = parseJson(text, 'refuse')
        const { node, ended } = whole(cut(text, at))
        expect(ended.ok).toBe(read.ok)
        if (read.ok) expect(node).toEqual(read.root)
      }),
    )
  })

  test('what is no JSON is refused as it is in one piece, and nothing is ever thrown', () => {
    const near = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        '"',
        ',',
        ':',
        '\\',
        '\\u12',
        'a',
        ' ',
        '\n',
        'true',
        'nul',
        '-',
        '1',
        '.5',
        'e',
        '\0',
        '""',
      ),
      { maxLength: 14 },
    )
    fc.assert(
      fc.property(near, fc.array(fc.nat(), { maxLength: 4 }), (parts, at) => {
        const text = parts.join('')
        const read = parseJson(text, 'refuse')
        const { ended } = whole(cut(text, at))
        expect([text, ended.ok]).toEqual([text, read.ok])
        if (!ended.ok) {
          expect(ended.at).toBeGreaterThanOrEqual(0)
          expect(ended.at).toBeLessThanOrEqual(text.length)
        }
        // What is passed over is held to the same grammar.
        const passing = jsonStream({ wish: () => 'skip', take: () => {} })
        for (const piece of cut(text, at)) passing.write(piece)
        const passed = passing.end()
        if (read.ok) expect(passed.ok).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('only what is wished for becomes a node; entering tells where it ends', () => {
    const text = '{"runs": [{"big": [1, [2], {"x": "]"}], "results": [{"id": "a"}, {"id": "b"}]}], "end": 1}'
    const seen: string[] = []
    const stream = jsonStream({
      wish: (path: JsonPath) => {
        const at = path.join('/')
        if (/^(?:|runs|runs\/\d+|runs\/\d+\/results|runs\/\d+\/results\/\d+)$/.test(at)) return 'enter'
        return at.endsWith('/id') ? 'take' : 'skip'
      },
      take: (path, node) => seen.push(`${path.join('/')}=${text.slice(node.range.start, node.range.end)}`),
      leave: (path, range, is) => seen.push(`${path.join('/')} ${is} ${range.end}`),
    })
    for (const letter of text) stream.write(letter)
    expect(stream.end()).toEqual({ ok: true, end: text.length })
    expect(seen).toEqual([
      'runs/0/results/0/id="a"',
      'runs/0/results/0 object 63',
      'runs/0/results/1/id="b"',
      'runs/0/results/1 object 76',
      'runs/0/results array 77',
      'runs/0 object 78',
      'runs array 79',
      ' object 90',
    ])
  })

  test.each([
    ['{"a": 1', 'ends in the middle of a value'],
    ['{"a": 1, "a": 2}', 'a key is given twice: a'],
    ['[1] x', 'something follows the JSON value'],
    ['', 'ends in the middle of a value'],
    ['["a\nb"]', 'a control character in a string'],
    ['['.repeat(101), 'nested more than 100 levels deep'],
    [`"${'x'.repeat(4 * 1024 * 1024 + 1)}"`, 'a string of more than 4,194,304 characters'],
    ['1'.repeat(1001), 'a number of more than 1,000 digits'],
  ])('%# is refused: %s', (text, reason) => {
    expect(whole([text]).ended).toMatchObject({ ok: false, reason })
  })

  test('a string that is passed over may be of any length', () => {
    const stream = jsonStream({ wish: path => (path.length === 0 ? 'enter' : 'skip'), take: () => {} })
    stream.write('{"contents": "')
    for (let i = 0; i < 200; i += 1) stream.write(`${'x'.repeat(65_536)}\\`.concat('"'))
    stream.write('"}')
    expect(stream.end().ok).toBe(true)
  })
})
