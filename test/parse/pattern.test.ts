import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/checks/git/git-changes-name-a-request-or-issue.ts'
import { boundedPattern } from '../../src/parse/pattern.ts'

describe('a pattern from a profile', () => {
  test.each([
    ['#[0-9]+', 'see #12'],
    ['\\b[A-Z]+-[0-9]+\\b', 'ABC-12: x'],
    ['(?:refs?|fixes)\\s+[A-Z]{2,10}-\\d+', 'fixes  AB-1'],
    ['(ABC|DEF)-\\d{1,6}|#\\d+', 'DEF-7'],
    ['^\\[[A-Z]\\w*-\\d+\\]', '[Ab-1] x'],
    ['(?:ab)+c', 'ababc'],
    ['(?:AB-)?\\d{3,}?', '123'],
  ])('is what it says: %s', (raw, text) => {
    const bounded = boundedPattern(raw)
    expect(bounded?.test(text)).toBe(true)
    expect(bounded?.test('nothing')).toBe(false)
  })

  test.each([
    ['', 'nothing'],
    ['(', 'no expression'],
    ['[z-a]', 'no expression'],
    ['a'.repeat(201), 'too long'],
    ['(a+)+$', 'exponential'],
    ['(a|a)*b', 'exponential'],
    ['(?:a?){40}b', 'exponential'],
    ['a+a+a+b', 'too many ways'],
    ['.*.*.*=', 'too many ways'],
    ['(a)\\1', 'a reference'],
    ['(?=a)b', 'looks around'],
    ['(?<x>a)', 'named'],
    ['\\u0041', 'an escape that is not read'],
    [`${'('.repeat(40)}a${')'.repeat(40)}`, 'too deep'],
  ])('is refused: %s (%s)', raw => {
    expect(boundedPattern(raw)).toBeUndefined()
  })

  test('finds what the expression finds, and never runs away', () => {
    const piece = fc.constantFrom('a', 'b', '[ab]', '\\d', '-', '(?:a|b)', '(?:ab)', '^', '\\b', '|', '.')
    const times = fc.constantFrom('', '', '?', '+', '*', '{1,3}', '{2}', '+?')
    const raws = fc
      .array(fc.tuple(piece, times), { minLength: 1, maxLength: 6 })
      .map(some => some.map(([p, t]) => (/[|^]|\\b/.test(p) && !p.startsWith('(') ? p : p + t)).join(''))
    const texts = fc.string({ unit: fc.constantFrom('a', 'b', '1', '-'), maxLength: 12 })
    fc.assert(
      fc.property(raws, texts, (raw, text) => {
        const bounded = boundedPattern(raw)
        if (bounded === undefined) return
        expect(bounded.test(text)).toBe(new RegExp(raw).test(text))
        const from = Date.now()
        bounded.test('a'.repeat(4000))
        bounded.test('ab'.repeat(2000))
        expect(Date.now() - from).toBeLessThan(1500)
      }),
      { numRuns: 300 },
    )
  })

  test.each(['[a-z]+', 'x?', '.', '\\b', '(a+)+'])('cannot be found in every message: %s', raw => {
    expect(check.bind({ issues: raw })).toMatchObject({ ok: false, key: 'issues' })
  })
})

test.each(['yesterday', '2026-13-01', '01/02/2026', 'May 2026'])('a first day is a day: %s', since => {
  expect(check.bind({ since })).toMatchObject({ ok: false, key: 'since' })
})
