import fc from 'fast-check'
import { expect, test } from 'vitest'
import { expectedOf, looseningOf, parameterIn, resolved, strictness, valuesOf } from '../../src/policy/parameters.ts'
import type { Parameter } from '../../src/policy/policy.ts'
import { controls } from './samples.ts'

const tls: Parameter = { type: 'enum', values: ['1.1', '1.2', '1.3'], default: '1.2', stricter: 'higher' }
const days: Parameter = { type: 'integer', default: '365', stricter: 'higher' }
const age: Parameter = { type: 'integer', default: '7', stricter: 'lower' }
const on: Parameter = { type: 'boolean', default: 'false', stricter: 'higher' }
const ports: Parameter = { type: 'list', default: '80\n443', stricter: 'lower' }
const reviewers: Parameter = { type: 'list', default: 'ada', stricter: 'higher' }

test.each([
  [tls, '1.3', 'stricter'],
  [tls, '1.2', 'same'],
  [tls, '1.1', 'looser'],
  [days, '400', 'stricter'],
  [days, '90', 'looser'],
  [days, '0365', 'same'],
  [age, '3', 'stricter'],
  [age, '14', 'looser'],
  [on, 'true', 'stricter'],
  [ports, '443', 'stricter'],
  [ports, '443\n80', 'same'],
  [ports, '80\n443\n8080', 'looser'],
  [ports, '8443', 'unordered'],
  [ports, '', 'stricter'],
  [reviewers, 'ada\ngrace', 'stricter'],
  [reviewers, '', 'looser'],
] as const)('%j and %s: %s', (parameter, next, compared) => {
  expect(strictness(parameter, parameter.default, next)).toBe(compared)
})

test('numbers are compared as numbers, not as text', () => {
  expect(strictness(days, '90', '1000')).toBe('stricter')
})

test('what cannot be compared is no tightening', () => {
  expect(looseningOf(ports, '80\n443', '8443')).toBe('"8443" cannot be compared with "80 443"')
})

test('a parameter without a direction may be set freely', () => {
  expect(looseningOf({ type: 'text', default: 'main' }, 'main', 'trunk')).toBeUndefined()
  expect(looseningOf({ type: 'integer', default: '5' }, '5', '1')).toBeUndefined()
})

test('a value is held against its type', () => {
  expect(expectedOf(tls, '1.4')).toBe('one of 1.1, 1.2, 1.3')
  expect(expectedOf(days, '3m')).toBe('a whole number')
  expect(expectedOf(on, 'yes')).toBe('true or false')
  expect(expectedOf({ type: 'list', default: '', values: ['a', 'b'] }, 'a\nc')).toBe('a list of a, b')
})

test('only a whole text with a dollar is a parameter', () => {
  expect(parameterIn('$tls.minVersion')).toBe('tls.minVersion')
  for (const text of ['tls.minVersion', 'x$y', '^main$', '$', '$1', '$(x)', '$a b'])
    expect(parameterIn(text)).toBeUndefined()
})

test('a use receives the values of the profile, and the defaults beside them', () => {
  const logs = controls.find(c => c.id === 'IIP-LOG-01')
  if (!logs) throw new Error('no sample control')
  const values = valuesOf(logs, {
    parameters: { 'log.retentionDays': { value: '400', uri: 'iip-audit.yaml', at: { line: 1, column: 1 } } },
  })
  expect(logs.uses.map(use => resolved(use, values))).toEqual([
    { days: '400', encrypted: 'false' },
    { allow: '80\n443' },
  ])
})

test('strictness turns around with its sides, and tightening twice is tightening', () => {
  const parameter = fc.constantFrom(tls, days, age, on, ports, reviewers)
  const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
    enum: fc.constantFrom('1.1', '1.2', '1.3'),
    integer: fc.integer({ min: -9, max: 9 }).map(String),
    boolean: fc.constantFrom('true', 'false'),
    list: fc.subarray(['a', 'b', 'c', 'd']).map(l => l.join('\n')),
  }
  const three = parameter.chain(p => {
    const value = values[p.type] ?? fc.constant('')
    return fc.tuple(fc.constant(p), value, value, value)
  })
  const turned = { same: 'same', stricter: 'looser', looser: 'stricter', unordered: 'unordered' }
  fc.assert(
    fc.property(three, ([p, a, b, c]) => {
      expect(strictness(p, b, a)).toBe(turned[strictness(p, a, b)])
      if (looseningOf(p, a, b) === undefined && looseningOf(p, b, c) === undefined) {
        expect(looseningOf(p, a, c)).toBeUndefined()
      }
    }),
  )
})
