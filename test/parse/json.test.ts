import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type JsonNode, parseJson } from '../../src/parse/json.ts'

const plain = (node: JsonNode): unknown => {
  switch (node.is) {
    case 'object':
      return Object.fromEntries([...node.entries].map(([k, v]) => [k, plain(v)]))
    case 'array':
      return node.items.map(plain)
    case 'string':
    case 'number':
    case 'literal':
      return node.value
  }
}

const within = (node: JsonNode, length: number): boolean =>
  node.range.start >= 0 &&
  node.range.start < node.range.end &&
  node.range.end <= length &&
  (node.is === 'object' ? [...node.entries.values()] : node.is === 'array' ? node.items : []).every(n =>
    within(n, length),
  )

describe('JSON with positions', () => {
  test('reads what JSON.parse reads, and every position lies inside the text', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(3), (value, indent) => {
        const text = JSON.stringify(value, undefined, indent)
        const json = parseJson(text, 'refuse')
        if (!json.ok) throw new Error(json.reason)
        expect(JSON.stringify(plain(json.root))).toBe(JSON.stringify(JSON.parse(text)))
        expect(within(json.root, text.length)).toBe(true)
      }),
    )
  })

  test('refuses what JSON.parse refuses, at a place inside the text, and never throws', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.nat(), fc.string({ maxLength: 3 }), (value, at, put) => {
        const whole = JSON.stringify(value)
        const text = whole.slice(0, at % (whole.length + 1)) + put + whole.slice((at + 1) % (whole.length + 1))
        const json = parseJson(text, 'refuse')
        let accepted = true
        try {
          JSON.parse(text)
        } catch {
          accepted = false
        }
        if (json.ok) expect(accepted).toBe(true)
        else {
          expect(json.at).toBeLessThanOrEqual(text.length)
          if (accepted) expect(json.reason).toMatch(/given twice/)
        }
      }),
    )
  })

  test('a key given twice is an error at the second one', () => {
    expect(parseJson('{"a": 1, "a": 2}', 'refuse')).toEqual({ ok: false, at: 9, reason: 'a key is given twice: a' })
  })

  test('a value cut off says so', () => {
    expect(parseJson('{"a": [1, "b', 'refuse')).toMatchObject({ ok: false, reason: 'ends in the middle of a value' })
  })

  test('a hundred thousand brackets are refused and do not overflow the stack', () => {
    expect(parseJson('['.repeat(100_000), 'refuse')).toMatchObject({
      ok: false,
      reason: 'nested more than 100 levels deep',
    })
  })

  test('what follows the value is an error, except where output of something else may follow', () => {
    expect(parseJson('{}rc=1', 'refuse').ok).toBe(false)
    expect(parseJson('{}rc=1', 'allow')).toMatchObject({ ok: true, end: 2 })
  })
})
