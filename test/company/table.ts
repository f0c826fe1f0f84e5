import { describe, expect, test } from 'vitest'
import type { Report } from '../../src/report/report.ts'
import { auditOf, linesOf, outcomesOf, wordsOf } from './company.ts'
import { type Change, changed, type Gives, linesGiven, outcomesGiven } from './edits.ts'
import { harbor } from './harbor.ts'
import { told } from './names.ts'

/** One small thing somebody does, and exactly what must be found; `known`: a wrong answer we give today, and why. */
export type Row = readonly [name: string, changes: readonly Change[], gives: readonly Gives[], known?: string]

/** One thing written otherwise, after which the report must be as it was. */
export type Same = readonly [name: string, changes: readonly Change[], known?: string]

/** What is said of the company before anything is changed. */
export const before: readonly string[] = []

const company = harbor()
let audited: ReturnType<typeof auditOf> | undefined
export const baseline = async (): ReturnType<typeof auditOf> => {
  audited ??= auditOf(await company)
  return audited
}

export const outcomeWords = (said: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(said)
      .filter(([check]) => told.has(check))
      .map(([check, s]) => [check, s.split(' ')[0] ?? '']),
  )

/** The lines of a report that are about gaps, or about checks the tables answer for. */
export const toldLinesOf = (report: Report): readonly string[] =>
  linesOf(report).filter(line => line.startsWith('gap ') || told.has(line.split(' ')[0] ?? ''))

const named = (name: string, known: string | undefined, run: () => Promise<void>): void => {
  if (known === undefined) test(name, run)
  else test.fails(`${name} (known: ${known})`, run)
}

/** After each change: the lines that were there, those the row names, and nothing else; and no other outcome moves. */
export const changeOneThing = (title: string, rows: readonly Row[]): void => {
  describe(title, () => {
    for (const [name, changes, gives, known] of rows)
      named(name, known, async () => {
        const after = changed(await company, changes)
        const report = await auditOf(after)
        const expected = [...before, ...linesGiven(after, gives)]
        expect(toldLinesOf(report), wordsOf(report).join('\n')).toEqual(expected.sort())
        const words = { ...outcomeWords(outcomesOf(await baseline())), ...outcomesGiven(gives) }
        expect(outcomeWords(outcomesOf(report))).toEqual(words)
      })
  })
}

export const sayTheSame = (title: string, rows: readonly Same[]): void => {
  describe(title, () => {
    for (const [name, changes, known] of rows)
      named(name, known, async () => {
        const report = await auditOf(changed(await company, changes))
        expect(toldLinesOf(report), wordsOf(report).join('\n')).toEqual(before)
        expect(outcomeWords(outcomesOf(report))).toEqual(outcomeWords(outcomesOf(await baseline())))
      })
  })
}
