import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differenceOf, isSubstance, weakeningOf } from '../../src/collect/policy-difference.ts'
import { promises, weakerThan } from '../../src/collect/policy-strength.ts'

describe('a sentence that promises less than the one it stands for', () => {
  test.each([
    ['Logs are kept for seven years.', 'Logs are kept for 5 years.', 'a number'],
    ['Logs are retained at least 90 days.', 'Logs are retained at least 2 months.', 'a number'],
    ['Breaches are reported within 72 hours.', 'Breaches are reported within ten days.', 'a number'],
    ['Access is reviewed every 3 months.', 'Access is reviewed every six months.', 'a number'],
    ['Data is deleted after 30 days.', 'Data is deleted after 90 days.', 'a number'],
    ['Passwords have at least 14 characters.', 'Passwords have at least 8 characters.', 'a number'],
    ['Two approvals are needed.', 'One approval is needed.', 'a number'],
    ['Accounts lock after 5 failed attempts.', 'Accounts lock after 20 failed attempts.', 'a number'],
    ['Availability is 99.9 % a month.', 'Availability is 99 % a month.', 'a number'],
    ['We use AES-256 at rest.', 'We use AES-128 at rest.', 'a version'],
    ['All traffic uses TLS 1.3.', 'All traffic uses TLSv1.2.', 'a version'],
    ['Staff shall report incidents.', 'Staff may report incidents.', 'a modal verb'],
    ['Staff are required to sign.', 'Staff are encouraged to sign.', 'a modal verb'],
    ['Keys are rotated.', 'Keys are rotated when time permits.', 'a condition'],
    ['Every change is reviewed.', 'Critical changes are reviewed.', 'its scope'],
    ['Secrets must not be shared.', 'Secrets must be shared.', 'a prohibition'],
    ['Backups run daily.', 'Backups run weekly.', 'how often'],
  ])('%s → %s', (before, after, by) => {
    expect(weakerThan(before, after)).toMatchObject({ is: 'weaker', by })
    expect(weakerThan(after, before)).toBeUndefined()
  })

  test.each([
    ['Logs are kept for seven years.', 'Logs are kept for 7 years.'],
    ['Logs are kept for 24 months.', 'Logs are kept for two years and a day.'],
    ['Logs are kept 12 months.', 'Logs are kept 365 days, 12 months of them at hand.'],
    ['Staff should report incidents.', 'Staff must report incidents.'],
    ['Staff must sign and may ask.', 'Staff must sign and may ask twice.'],
    ['All changes are reviewed.', 'All changes are reviewed by critical readers.'],
  ])('is not this one: %s → %s', (before, after) => {
    expect(weakerThan(before, after)?.is === 'weaker').toBe(false)
  })

  test('is unclear where a number says not which way it binds', () => {
    expect(weakerThan('Sessions last 15 minutes.', 'Sessions last 45 minutes.')).toMatchObject({ is: 'unclear' })
  })

  test('is asked of any two texts and answered', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string({ maxLength: 300 }), (a, b) => {
        weakerThan(a, b)
        expect(weakerThan(a, a)).toBeUndefined()
      }),
    )
  })
})

test('a sentence promises something where it binds, counts, or speaks of all', () => {
  for (const text of [
    'Users must sign.',
    'All data is encrypted.',
    'Logs are kept 5 years.',
    'Access is reviewed monthly.',
  ])
    expect(promises(text), text).toBe(true)
  for (const text of ['This section gives background.', 'We like tea every day'])
    expect(promises(text), text).toBe(false)
})

const said = (...texts: readonly string[]) => texts.map(text => ({ text, range: { start: 0, end: 0 } }))

describe('the difference of two texts', () => {
  test('pairs the sentences that are most alike; what only moved has not changed', () => {
    const { pairs } = differenceOf(
      said('Logs are kept for seven years.', 'Keys rotate yearly.', 'Tea is served.'),
      said('Keys rotate yearly.', 'Logs are kept for five years.', 'Nobody reads this one here.'),
    )
    expect(pairs).toEqual([
      { before: 'Logs are kept for seven years.', after: 'Logs are kept for five years.' },
      { before: 'Tea is served.', after: undefined },
      { before: undefined, after: 'Nobody reads this one here.' },
    ])
  })

  test('says how many sentences were too many to compare', () => {
    const many = (word: string) => said(...Array.from({ length: 500 }, (_, i) => `${word} ${i} ${word}${i}`))
    expect(differenceOf(many('alpha'), many('beta')).uncompared).toBe(200)
  })

  test.each([
    ['Logs are kept for seven years.', 'Logs are kept for 7 years.', false],
    ['Logs are kept.', 'The logs are kept.', false],
    ['See Wireguard for more.', 'See Wireguards for more.', false],
    ['It is an Access Control.', 'It is an access control.', false],
    ['Ask Mina first.', 'Ask Tomas first.', true],
    ['Users must sign.', 'Users will sign.', true],
    ['Logs are reviewed daily.', 'Logs are reviewed weekly.', true],
    ['Logs are not kept.', 'Logs are kept.', true],
    [undefined, 'It is so.', false],
    [undefined, 'It must be so.', true],
    ['It must be so.', undefined, true],
  ])('is one of substance where a number, a modal verb or a name changed: %s → %s', (before, after, expected) => {
    expect(isSubstance({ before, after })).toBe(expected)
  })

  test('of what is gone weakens where it was a promise', () => {
    expect(weakeningOf({ before: 'Users must sign.', after: undefined })).toBe('removed')
    expect(weakeningOf({ before: 'Tea is served.', after: undefined })).toBeUndefined()
    expect(weakeningOf({ before: undefined, after: 'Users must sign.' })).toBeUndefined()
  })
})
