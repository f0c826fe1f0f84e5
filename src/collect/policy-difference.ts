import type { Statement } from '../parse/statement.ts'
import { promises, type Weaker, weakerThan, weightyWords } from './policy-strength.ts'

/** A sentence before and after a change. `after` undefined: it is gone; `before` undefined: it is new. */
export interface Pair {
  readonly before: string | undefined
  readonly after: string | undefined
}

export interface Difference {
  readonly pairs: readonly Pair[]
  /** Pairs that could not be compared, because there were too many. */
  readonly uncompared: number
}

/** Sentences that have no equal on the other side are compared one by one, up to this many on each. */
const mostCompared = 400

const key = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[\s.,;:!?]+/g, ' ')
    .trim()
const wordsOf = (text: string): ReadonlySet<string> =>
  new Set(text.toLowerCase().match(/[\p{L}\p{N}][\p{L}\p{N}.%-]*/gu) ?? [])

/** How much two sets of words have in common, from 0 to 1 (Dice). */
const likeness = (a: ReadonlySet<string>, b: ReadonlySet<string>): number => {
  if (a.size + b.size === 0) return 0
  let common = 0
  for (const word of a) if (b.has(word)) common++
  return (2 * common) / (a.size + b.size)
}

/** Two sentences stand for one another from here on. */
const alike = 0.5

/** Sentences of one side that are not on the other, each as often as it stands there. */
const without = (some: readonly Statement[], others: readonly Statement[]): string[] => {
  const left = new Map<string, number>()
  for (const { text } of others) left.set(key(text), (left.get(key(text)) ?? 0) + 1)
  return some.flatMap(({ text }) => {
    const n = left.get(key(text)) ?? 0
    left.set(key(text), n - 1)
    return n > 0 ? [] : [text]
  })
}

/** What changed between two texts, sentence by sentence; what only moved has not changed. */
export const differenceOf = (before: readonly Statement[], after: readonly Statement[]): Difference => {
  const [gone, fresh] = [without(before, after), without(after, before)]
  const [old, next] = [gone.slice(0, mostCompared), fresh.slice(0, mostCompared)]
  const [oldWords, nextWords] = [old.map(wordsOf), next.map(wordsOf)]
  const candidates: { readonly i: number; readonly j: number; readonly like: number }[] = []
  for (const [i, a] of oldWords.entries())
    for (const [j, b] of nextWords.entries()) {
      const like = likeness(a, b)
      if (like >= alike) candidates.push({ i, j, like })
    }
  candidates.sort((a, b) => b.like - a.like || a.i - b.i || a.j - b.j)
  const [paired, taken] = [new Map<number, number>(), new Set<number>()]
  for (const { i, j } of candidates) {
    if (paired.has(i) || taken.has(j)) continue
    paired.set(i, j)
    taken.add(j)
  }
  return {
    pairs: [
      ...old.map((text, i) => ({ before: text, after: next[paired.get(i) ?? -1] })),
      ...next.flatMap((text, j) => (taken.has(j) ? [] : [{ before: undefined, after: text }])),
    ],
    uncompared: gone.length - old.length + fresh.length - next.length,
  }
}

/** How alike two whole texts are, from 0 to 1: to follow a file that was renamed. */
export const likenessOf = (a: readonly Statement[], b: readonly Statement[]): number =>
  likeness(new Set(a.map(s => key(s.text))), new Set(b.map(s => key(s.text))))

/** The same word, spelled another way. */
const spelling = (a: string, b: string): boolean => {
  if (Math.min(a.length, b.length) < 5 || Math.abs(a.length - b.length) > 2) return false
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++
  return Math.max(a.length, b.length) - start - end <= 2
}

/** Whether a pair differs in a number, a modal verb or a name; white space, links and spelling do not count. */
export const isSubstance = ({ before, after }: Pair): boolean => {
  if (before === undefined || after === undefined) return weightyWords(before ?? after ?? '').length > 0
  const [a, b] = [weightyWords(before), weightyWords(after)]
  const [lowerBefore, lowerAfter] = [wordsOf(before), wordsOf(after)]
  const missing = (some: readonly string[], others: readonly string[], words: ReadonlySet<string>): boolean => {
    const left = [...others]
    return some.some(word => {
      const at = left.indexOf(word)
      if (at !== -1) {
        left.splice(at, 1)
        return false
      }
      if (!word.endsWith('\u{1}')) return true
      // A name that is only written another way, or with a small letter.
      const name = word.slice(0, -1)
      return !words.has(name) && ![...words].some(other => spelling(name, other))
    })
  }
  return missing(a, b, lowerAfter) || missing(b, a, lowerBefore)
}

/** What makes a pair promise less than before; a promise that is gone is looked for among the new ones first. */
export const weakeningOf = (pair: Pair): Weaker | 'removed' | undefined => {
  if (pair.before === undefined) return undefined
  if (pair.after === undefined) return promises(pair.before) ? 'removed' : undefined
  return weakerThan(pair.before, pair.after)
}
