import type { Complaint } from './policy.ts'

/** The complaint as one line of text: `iip-audit.yaml:3:12: … (did you mean "soc2"?)`. */
export const showComplaint = (c: Complaint): string =>
  `${c.uri}:${c.at.line}:${c.at.column}: ${c.message}${c.suggestion === undefined ? '' : ` (did you mean "${c.suggestion}"?)`}`

/** By file, line, column, message; the same complaint once. */
export const inOrder = (complaints: readonly Complaint[]): readonly Complaint[] => {
  const sorted = [...complaints].sort(
    (a, b) =>
      (a.uri < b.uri ? -1 : a.uri > b.uri ? 1 : 0) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      (a.message < b.message ? -1 : a.message > b.message ? 1 : 0),
  )
  return sorted.filter((c, i) => {
    const before = sorted[i - 1]
    return before === undefined || showComplaint(before) !== showComplaint(c)
  })
}

/** A value in quotes, short, on one line, without anything that could move a cursor or a credential inside a URL. */
export const quote = (value: string): string => {
  const oneLine = value
    .slice(0, 400)
    .replace(/:\/\/[^/\s@]{1,200}@/g, '://…@')
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '\u{fffd}')
  const points = [...oneLine]
  return `"${points.length > 60 ? `${points.slice(0, 59).join('')}…` : oneLine}"`
}

/** Letters added, dropped, changed or swapped with a neighbour (optimal string alignment). */
const distance = (a: string, b: string): number => {
  let [older, old]: [number[], number[]] = [[], Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min((old[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (old[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (older[j - 2] ?? 0) + 1)
      row.push(best)
    }
    ;[older, old] = [old, row]
  }
  return old[b.length] ?? 0
}

const sharedStart = (a: string, b: string): number => {
  let n = 0
  while (n < a.length && a[n] === b[n]) n++
  return n
}

const longest = 80

/** The known word that `word` was most likely meant to be, or undefined where none is near. */
export const nearest = (word: string, known: Iterable<string>): string | undefined => {
  if (word === '' || word.length > longest) return undefined
  const written = word.toLowerCase()
  let best: { readonly word: string; readonly away: number; readonly shared: number } | undefined
  for (const candidate of known) {
    if (candidate.length > longest || candidate === word) continue
    const away = distance(written, candidate.toLowerCase())
    // A third of the letters: `hgih` is `high`, but `yes` is not `no`.
    if (away > Math.max(1, Math.floor(Math.min(word.length, candidate.length) / 3))) continue
    const shared = sharedStart(written, candidate.toLowerCase())
    if (best === undefined || away < best.away || (away === best.away && shared > best.shared)) {
      best = { word: candidate, away, shared }
    }
  }
  return best?.word
}

/** `a, b, c` for a short list; the first of a long one. */
export const listed = (words: readonly string[], most = 12): string =>
  words.length <= most ? words.join(', ') : `${words.slice(0, most).join(', ')} and ${words.length - most} more`
