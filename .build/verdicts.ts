import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Verdicts } from '../src/workspace/shipped.ts'

/** Sentences shown per verdict: enough to see the kinds, few enough to read. */
const mostShown = 4

/** Without the place they stand at, and without what differs from case to case only by a name or a number. */
const sentence = (line: string): string => line.replace(/^\S*?: /, '')
const gist = (text: string): string => text.replaceAll(/`[^`]*`|"[^"]*"|\d+|\S*[./]\S*/g, '·')

/** What a check says in its fixtures, by verdict: the first sentence of each kind, in the order of the cases. */
export const verdictsOf = async (check: string): Promise<Verdicts> => {
  const text = await readFile(`fixtures/${check}/expect.yaml`, 'utf8').catch(() => '')
  const cases = Object.values((parse(text) ?? {}) as Record<string, Partial<Record<keyof Verdicts, readonly string[]>>>)
  const said = (verdict: keyof Verdicts): readonly string[] => {
    const kinds = new Map<string, string>()
    for (const one of cases)
      for (const line of one[verdict] ?? []) {
        const words = sentence(line)
        if (!kinds.has(gist(words))) kinds.set(gist(words), words)
      }
    return [...kinds.values()].slice(0, mostShown)
  }
  return { conforms: said('conforms'), violates: said('violates'), unsure: said('unsure'), exempt: said('exempt') }
}
