import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checks } from '../src/checks/index.ts'
import { type Expectation, observedOf, runCheck, workspaceOf } from './fixture.ts'

const folders = (await readdir('fixtures', { withFileTypes: true }))
  .filter(e => e.isDirectory() && e.name !== 'repos')
  .map(e => e.name)

const sorted = (lines: readonly string[] | undefined) => [...(lines ?? [])].sort()

/** Cases every check must have; `unsure` only where its judge can be unsure, which the mutation run shows. */
const kinds = ['pass', 'fail', 'none', 'unreadable'] as const

test('every check has fixtures, and every fixture folder a check', () => {
  expect([...checks.keys()].sort()).toEqual(folders.sort())
})

/** A mutated check needs its own fixtures only. */
const only = process.env['ONLY_CHECK'] ?? ''

for (const id of folders) {
  const check = checks.get(id)
  if (!check || (only !== '' && id !== only)) continue
  const expectations = parse(await readFile(`fixtures/${id}/expect.yaml`, 'utf8')) as Record<string, Expectation>
  describe(id, async () => {
    const cases = (await readdir(`fixtures/${id}`, { withFileTypes: true }))
      .filter(e => e.isDirectory())
      .map(e => e.name)

    test('has a folder for each expectation, an expectation for each folder, and every kind of case', () => {
      expect(cases.sort()).toEqual(Object.keys(expectations).sort())
      for (const kind of kinds)
        expect(
          cases.some(c => c === kind || c.startsWith(`${kind}-`)),
          kind,
        ).toBe(true)
      for (const name of cases) expect(name).toMatch(/^(pass|fail|unsure|none|unreadable)(-[a-z0-9-]+)?$/)
    })

    for (const [name, expected] of Object.entries(expectations))
      test(name, async () => {
        const given = observedOf(await runCheck(check, await workspaceOf(`fixtures/${id}/${name}`), expected))
        expect({
          outcome: given.outcome,
          violates: sorted(given.violates),
          unsure: sorted(given.unsure),
          conforms: sorted(given.conforms),
          exempt: sorted(given.exempt),
          gaps: sorted(given.gaps),
          ...(expected.details ? { details: sorted(given.details) } : {}),
        }).toEqual({
          outcome: expected.outcome,
          violates: sorted(expected.violates),
          unsure: sorted(expected.unsure),
          conforms: sorted(expected.conforms),
          exempt: sorted(expected.exempt),
          gaps: sorted(expected.gaps),
          ...(expected.details ? { details: sorted(expected.details) } : {}),
        })
      })
  })
}
