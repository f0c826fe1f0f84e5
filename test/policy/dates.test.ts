import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addDuration, isDate, parseDuration } from '../../src/policy/dates.ts'

const after = (date: string, duration: string) => addDuration(date, parseDuration(duration) ?? { months: 0, days: 0 })

test('a date is a day that exists', () => {
  expect(['2026-02-28', '2024-02-29', '2026-12-31'].filter(isDate)).toHaveLength(3)
  const wrong = [
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-1-1',
    '26-01-01',
    '2026-01-01T00:00Z',
    '',
    ' 2026-01-01',
  ]
  expect(wrong.filter(isDate)).toEqual([])
})

test('a duration is ISO 8601 in whole days, weeks, months or years', () => {
  expect(parseDuration('P3M')).toEqual({ months: 3, days: 0 })
  expect(parseDuration('P1Y6M10D')).toEqual({ months: 18, days: 10 })
  expect(parseDuration('P2W')).toEqual({ months: 0, days: 14 })
  for (const wrong of ['3m', 'p3m', 'P', 'P0D', 'PT1H', 'P1DT1H', 'P1.5M', '-P1D', 'P1D1M', '90 days', '']) {
    expect(parseDuration(wrong), wrong).toBeUndefined()
  }
})

test('a month that is too short ends the sum on its last day', () => {
  expect(after('2026-11-30', 'P3M')).toBe('2027-02-28')
  expect(after('2026-08-31', 'P6M')).toBe('2027-02-28')
  expect(after('2024-02-29', 'P1Y')).toBe('2025-02-28')
  expect(after('2023-11-30', 'P3M')).toBe('2024-02-29')
})

test('months are added before days', () => {
  expect(after('2026-01-31', 'P1M1D')).toBe('2026-03-01')
  expect(after('2026-12-31', 'P1D')).toBe('2027-01-01')
  expect(after('2026-11-24', 'P30D')).toBe('2026-12-24')
})

test('a sum is a date, and later than its start also as text', () => {
  const day = fc.date({ min: new Date('1000-01-01'), max: new Date('2999-12-30'), noInvalidDate: true })
  fc.assert(
    fc.property(day, fc.nat(99_999), fc.nat(99_999), (start, months, days) => {
      const from = start.toISOString().slice(0, 10)
      const sum = addDuration(from, { months, days })
      expect(isDate(sum)).toBe(true)
      expect(sum >= from).toBe(true)
    }),
  )
})
