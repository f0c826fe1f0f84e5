import { performance } from 'node:perf_hooks'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineHashes } from '../src/line-hash.ts'

const all = (text: string): string[] => {
  const count = text.split(/\r\n|\r|\n/).length
  const hashes = lineHashes(
    text,
    Array.from({ length: count }, (_, i) => i + 1),
  )
  return Array.from({ length: count }, (_, i) => hashes.get(i + 1)?.hash ?? 'none')
}

/** The definition, written down once more with big integers and without a rolling window. */
const byDefinition = (text: string): string[] => {
  const units: number[] = []
  const starts: number[] = []
  let atStart = true
  let afterCr = false
  for (const unit of [...Array(text.length).keys()].map(i => text.charCodeAt(i))) {
    if (unit === 32 || unit === 9 || (afterCr && unit === 10)) {
      afterCr = false
      continue
    }
    afterCr = unit === 13
    if (atStart) starts.push(units.length)
    atStart = unit === 13 || unit === 10
    units.push(atStart ? 10 : unit)
  }
  if (atStart) starts.push(units.length)
  units.push(65535)
  const times = new Map<string, number>()
  return starts.map(start => {
    let hash = 0n
    for (let i = start; i < start + 100; i++) hash = BigInt.asUintN(64, hash * 37n + BigInt(units[i] ?? 0))
    const value = hash.toString(16)
    times.set(value, (times.get(value) ?? 0) + 1)
    return `${value}:${times.get(value)}`
  })
}

describe('the vectors of codeql-action', () => {
  test('an empty file has one line', () => {
    expect(all('')).toEqual(['c129715d7a2bc9a3:1'])
  })

  test('blanks and tabs do not count', () => {
    const four = ['271789c17abda88f:1', '54703d4cd895b18:1', '180aee12dab6264:1', 'a23a3dc5e078b07b:1']
    expect(all(' a\nb\n  \t\tc\n d')).toEqual(four)
    expect(all('a\n\t b \nc\nd')).toEqual(four)
  })

  test('however lines end, the hashes are the same', () => {
    const seven = [
      'e9496ae3ebfced30:1',
      'fb7c023a8b9ccb3f:1',
      'ce8ba1a563dcdaca:1',
      'e20e36e16fcb0cc8:1',
      'b3edc88f2938467e:1',
      'c8e28b0b4002a3a0:1',
      'c129715d7a2bc9a3:1',
    ]
    const text = ' hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n'
    expect(all(text)).toEqual(seven)
    expect(all(text.replaceAll('\n', '\r'))).toEqual(seven)
    expect(all(text.replaceAll('\n', '\r\n'))).toEqual(seven)
    expect(all(' hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n')).toEqual(seven)
  })

  test('without a last line end every line near the end differs', () => {
    expect(all(' hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End')).toEqual([
      '8b7cf3e952e7aeb2:1',
      'b1ae1287ec4718d9:1',
      'bff680108adb0fcc:1',
      'c6805c5e1288b612:1',
      'b86d3392aea1be30:1',
      'e6ceba753e1a442:1',
    ])
  })

  test('equal lines are counted', () => {
    expect(all('Lorem ipsum dolor sit amet.\n'.repeat(10))).toEqual([
      ...[1, 2, 3, 4, 5, 6].map(n => `a7f2ff13bc495cf2:${n}`),
      'a7f2ff1481e87703:1',
      'a9cf91f7bbf1862b:1',
      '55ec222b86bcae53:1',
      'cc97dc7b1d7d8f7b:1',
      'c129715d7a2bc9a3:1',
    ])
  })

  test('a leading zero is not printed', () => {
    expect(all('x = 2\nx = 1\nprint(x)\nx = 3\nprint(x)\nx = 4\nprint(x)\n')).toEqual([
      'e54938cc54b302f1:1',
      'bb609acbe9138d60:1',
      '1131fd5871777f34:1',
      '5c482a0f8b35ea28:1',
      '54517377da7028d2:1',
      '2c644846cb18d53e:1',
      'f1b89f20de0d133:1',
      'c129715d7a2bc9a3:1',
    ])
  })
})

test('it agrees with the definition on any text', () => {
  const piece = fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\t',
    'a',
    'key: value',
    '\u{0}',
    '\u{ffff}',
    '\u{fffe}',
    'é',
    '\u{1f512}',
    'x'.repeat(120),
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 60 }), pieces => {
      const text = pieces.join('')
      expect(all(text)).toEqual(byDefinition(text))
    }),
    { numRuns: 500 },
  )
})

test('what a hash covers starts in its line and ends after 100 characters that count, or with the text', () => {
  const text = `  a: 1\n${'b'.repeat(60)}\n${'c '.repeat(60)}\nlast`
  const hashes = lineHashes(text, [1, 3, 4, 5])
  const first = hashes.get(1)
  expect(text.slice(first?.start, first?.end).replace(/[ \t]/g, '')).toHaveLength(100)
  expect(first?.start).toBe(2)
  const third = hashes.get(3)
  expect(text.slice(third?.start, third?.end)).toBe(`${'c '.repeat(60)}\nlast`)
  expect(hashes.get(4)?.end).toBe(text.length)
  expect(hashes.has(5)).toBe(false)
})

test('only the lines asked for are kept, and equal lines before them still count', () => {
  const text = `${'same\n'.repeat(200)}`
  expect([...lineHashes(text, [150])]).toHaveLength(1)
  expect(lineHashes(text, [150]).get(150)?.hash).toMatch(/:150$/)
  expect(lineHashes(text, []).size).toBe(0)
})

test('a large file takes a time in proportion: 10 MB are no matter', () => {
  const line = '      - "127.0.0.1:9200:9200"   # a line of ordinary length, as configuration has them\n'
  const text = Array.from({ length: 120_000 }, (_, i) => `${i}${line}`).join('')
  const started = performance.now()
  expect(lineHashes(text, [120_000]).size).toBe(1)
  const rate = text.length / 1e6 / ((performance.now() - started) / 1000)
  // Measured: 35 to 45 MB a second (27 with lines of four characters). The floor only catches another order of growth.
  expect(rate).toBeGreaterThan(5)
})
