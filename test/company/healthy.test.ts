import { expect, test } from 'vitest'
import { linesOf, outcomesOf } from './company.ts'
import { told } from './names.ts'
import { baseline, before } from './table.ts'

/**
 * One company that does everything right. Beside this file are the tables of what happens when somebody changes one small
 * thing in it: the deeds that must be found, each at its line and nothing else beside it, and (same.test.ts) the
 * rewritings that mean the same and must change nothing.
 */

test('the company that does everything right has no finding and no gap', async () => {
  expect(linesOf(await baseline())).toEqual(before)
})

test('every check holds for it, but for those about endpoints, which nobody named', async () => {
  const outcomes = Object.entries(outcomesOf(await baseline()))
  expect(outcomes.filter(([check, said]) => told.has(check) && !said.startsWith('held '))).toEqual([
    ['tls-endpoint-floor', 'empty 0/0/0'],
    ['tls-endpoint-certificate-holds', 'empty 0/0/0'],
    ['tls-endpoint-sends-hsts', 'empty 0/0/0'],
  ])
  expect(outcomes.filter(([, said]) => !/^(held|empty) /.test(said))).toEqual([])
  expect([...told].filter(check => !outcomes.some(([used]) => used === check))).toEqual([])
})

test('no control fails, two pass, and in these every check that is built holds while others are only planned', async () => {
  const { controls } = await baseline()
  expect(controls.filter(c => c.status === 'fail').map(c => c.id)).toEqual([])
  expect(controls.filter(c => c.status === 'pass').map(c => c.id)).toEqual(['IIP-CHG-01', 'IIP-DEV-02'])
  const holding = controls.filter(
    c =>
      c.checks.some(use => told.has(use.check)) &&
      c.checks.every(use => use.role !== 'required' || !told.has(use.check) || use.outcome === 'held'),
  )
  expect(holding.map(c => c.id).sort()).toEqual(expectedControls)
})

const expectedControls: readonly string[] = (
  'IIP-ACC-01 IIP-ACC-05 IIP-CHG-01 IIP-CHG-02 IIP-CHG-03 IIP-CHG-04 IIP-CHG-06 IIP-CHG-07 IIP-CHG-09 IIP-CRY-02 IIP-CRY-05 IIP-CTR-01 IIP-DEV-02 ' +
  'IIP-GOV-01 IIP-GOV-03 IIP-GOV-04 IIP-GOV-05 IIP-NET-01 IIP-VUL-01 IIP-VUL-02 IIP-VUL-03 IIP-VUL-04 IIP-VUL-07'
).split(' ')
