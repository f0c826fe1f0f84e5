import { type LineHash, lineHashes } from './line-hash.ts'
import type { Deposit, SecretSpan } from './model.ts'
import type { Place, Position } from './place.ts'
import type { Excerpt } from './report/report.ts'
import { findSecrets, looksRandom, merged, standIn, withoutSecrets } from './secrets.ts'

/** The one door from a place back to text. Everything that leaves through it has been cleared of secrets. */
export interface Evidence {
  /** The line a span starts in, with what to underline. Commits, endpoints and whole files have none. */
  excerpt(place: Place): Excerpt | undefined
  /** GitHub's hash of the line and what follows it; `undefined` where that stretch holds a secret. */
  lineHash(place: Place): string | undefined
  /** Any text that goes into a report: values known to be secret are replaced, wherever they stand. */
  clear(text: string): string
  /** Every file that was read as evidence, sorted. */
  readonly inputs: readonly { readonly uri: string; readonly sha256: string; readonly bytes: number }[]
}

interface Paper {
  readonly text: string
  /** U+FEFF where the file begins with one. */
  readonly mark: '' | '\uFEFF'
  readonly secrets: readonly SecretSpan[]
  readonly lineStarts: readonly number[]
  hashes: ReadonlyMap<number, LineHash> | undefined
}

/** Longest line shown; the stretch around the place is kept. */
const widest = 400
/** Texts whose clearing is remembered; beyond them each is cleared anew. */
const mostKnown = 100_000

export const evidenceOf = (deposits: readonly Deposit[]): Evidence => {
  const papers = new Map<string, Paper>()
  const inputs = new Map<string, { uri: string; sha256: string; bytes: number }>()
  const values = new Map<string, string>()
  for (const deposit of deposits) {
    const { uri, sha256, bytes } = deposit.source
    inputs.set(uri, { uri, sha256, bytes })
    const known = papers.get(uri)
    const secrets = merged([...(known?.secrets ?? findSecrets(deposit.text)), ...deposit.secrets])
    for (const span of secrets) {
      const value = deposit.text.slice(span.start, span.end)
      if (looksRandom(value) && !value.includes('\n')) values.set(value, standIn(span))
    }
    papers.set(uri, {
      text: deposit.text,
      mark: bytes === Buffer.byteLength(deposit.text) + 3 ? '\uFEFF' : '',
      secrets,
      lineStarts: known?.lineStarts ?? startsOf(deposit.text),
      hashes: known?.hashes,
    })
  }
  // Longest first, so that a secret inside a longer one leaves nothing of the longer one standing.
  const byLength = [...values].sort(([a], [b]) => b.length - a.length)
  const cleared = (text: string): string => {
    let left = text
    for (const [value, shown] of byLength) if (left.includes(value)) left = left.replaceAll(value, shown)
    return withoutSecrets(left, 'message')
  }
  // The same subject stands under every control that uses its check.
  const known = new Map<string, string>()
  const clear = (text: string): string => {
    const before = known.get(text)
    if (before !== undefined) return before
    const after = cleared(text)
    if (known.size < mostKnown) known.set(text, after)
    return after
  }
  const paperOf = (place: Place): Paper | undefined => (place.in === 'span' ? papers.get(place.source.uri) : undefined)

  return {
    clear,
    inputs: [...inputs.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1)),
    excerpt: place => {
      const paper = paperOf(place)
      if (!paper || place.in !== 'span') return undefined
      const { start, end } = lineAt(paper, place.start.line)
      const from = start + place.start.column - 1
      const to = place.end.line === place.start.line ? start + place.end.column - 1 : end
      return cut(redacted(paper, { start, end }, { from, to: Math.max(from + 1, to) }), place.start)
    },
    lineHash: place => {
      const paper = paperOf(place)
      if (!paper || place.in !== 'span') return undefined
      paper.hashes ??= lineHashes(
        // The original hashes the byte-order mark too; a deposited text is without it.
        paper.mark + paper.text,
        paper.lineStarts.map((_, i) => i + 1),
      )
      const hashed = paper.hashes.get(place.start.line)
      const shift = paper.mark.length
      if (!hashed || paper.secrets.some(s => s.start + shift < hashed.end && s.end + shift > hashed.start))
        return undefined
      return hashed.hash
    },
  }
}

const startsOf = (text: string): readonly number[] => {
  const starts = [0]
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1)
  return starts
}

const lineAt = (paper: Paper, line: number): { start: number; end: number } => {
  const start = paper.lineStarts[line - 1] ?? paper.text.length
  const next = paper.lineStarts[line]
  let end = next === undefined ? paper.text.length : next - 1
  if (end > start && paper.text[end - 1] === '\r') end--
  return { start, end }
}

interface Shown {
  readonly text: string
  readonly from: number
  readonly to: number
  readonly redacted: boolean
}

/** The line with stand-ins for secrets; the underlined range follows the text as it grows and shrinks. */
const redacted = (paper: Paper, line: { start: number; end: number }, mark: { from: number; to: number }): Shown => {
  let text = ''
  let at = line.start
  let from: number | undefined
  let to: number | undefined
  const here = (offset: number) => text.length + offset - at
  const hits = paper.secrets.filter(s => s.start < line.end && s.end > line.start)
  for (const hit of hits) {
    const [start, end] = [Math.max(hit.start, line.start), Math.min(hit.end, line.end)]
    if (from === undefined && mark.from <= start) from = here(mark.from)
    if (to === undefined && mark.to <= start) to = here(mark.to)
    text += paper.text.slice(at, start)
    const began = text.length
    text += standIn(hit)
    if (from === undefined && mark.from < end) from = began
    if (to === undefined && mark.to <= end) to = text.length
    at = end
  }
  from ??= here(Math.min(mark.from, line.end))
  to ??= here(Math.min(mark.to, line.end))
  text += paper.text.slice(at, line.end)
  return {
    text,
    from: Math.min(from, text.length),
    to: Math.min(Math.max(to, from), text.length),
    redacted: hits.length > 0,
  }
}

const cut = (shown: Shown, start: Position): Excerpt => {
  if (shown.text.length <= widest) return { line: start.line, ...shown }
  const left = Math.max(0, Math.min(shown.from - 80, shown.text.length - widest))
  const text = shown.text.slice(left, left + widest)
  return {
    line: start.line,
    text,
    from: shown.from - left,
    to: Math.min(shown.to - left, text.length),
    redacted: shown.redacted,
  }
}
