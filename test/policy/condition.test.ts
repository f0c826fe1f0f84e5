import { expect, test } from 'vitest'
import { readCondition } from '../../src/policy/condition.ts'
import { kinds } from './samples.ts'

const fault = async (text: string) => {
  const read = await readCondition(text, kinds)
  return read.ok ? 'no fault' : read.faults
}

test('found, or, and, not, constants and parentheses become a condition', async () => {
  expect(await readCondition("found('git.commit') || !(found('nginx.server') && true)", kinds)).toEqual({
    ok: true,
    condition: {
      is: 'or',
      of: [
        { is: 'found', kind: 'git.commit' },
        {
          is: 'not',
          of: {
            is: 'and',
            of: [
              { is: 'found', kind: 'nginx.server' },
              { is: 'constant', value: true },
            ],
          },
        },
      ],
    },
  })
})

test('an unknown kind is named, with the nearest known one', async () => {
  expect(await fault("true && found('nginx.servr')")).toEqual([
    { offset: 14, message: 'unknown kind of fact "nginx.servr"', suggestion: 'nginx.server' },
  ])
})

test('every fault of a condition is told, not only the first', async () => {
  expect(await fault("found('a.b') || fond('git.commit')")).toMatchObject([
    { offset: 6 },
    { offset: 16, suggestion: 'found' },
  ])
})

test.each([
  ['found(x)', 6],
  ["found('git.' + 'commit')", 6],
  ["found('git.commit', 'x')", 0],
  ['found()', 0],
  ["found('git.commit') == true", 0],
  ["found('git.commit') ? true : false", 0],
  ["facts.found('git.commit')", 0],
  ['1', 0],
  ['"yes"', 0],
  ["[found('git.commit')]", 0],
  ["['git.commit'].exists(k, found(k))", 0],
  ['git', 0],
])('CEL that is more than a condition is refused: %s', async (text, offset) => {
  const faults = await fault(text)
  expect(faults).toHaveLength(1)
  expect(faults[0]).toMatchObject({ offset })
})

test.each([
  ["found('git.commit'", /^not CEL: expected rparen/i],
  ["found('git.commit') | true", /^not CEL/],
  ['', /^not CEL/],
  ['('.repeat(1500), /^not CEL/],
  [' '.repeat(3000), /^longer than 2000/],
])('what is no CEL is said by the parser of CEL: %j', async (text, message) => {
  expect(await fault(text)).toMatchObject([{ message: expect.stringMatching(message) }])
})
