import type { Range } from './lines.ts'
import { type Markdown, plain } from './markdown.ts'

/** `Owner: Ada Lovelace`, in whichever of the forms people use for it. */
export interface Labelled {
  /** As read, without emphasis and colon. */
  readonly label: string
  /** As read; lines of a value that stands below its label are joined by a line feed. */
  readonly value: string
  /** Of the value's first line, without emphasis; where the value would stand if there is none. */
  readonly range: Range
  readonly form: 'prose' | 'table' | 'heading'
}

const mark = '(?:\\*\\*|__|\\*|_)'
/** At the start of a line, after a separator, or in bold: the places where a label can begin. */
const labelPattern = new RegExp(
  `(?:^|(?<=[|·•;] {0,3})|(?<= {2}|\\t)|(?<=^|[\\s|·•;(])(?=\\*\\*|__))${mark}?([\\p{L}][\\p{L}\\p{N} /&'().#-]{0,40}?)[ \\t]*${mark}?[ \\t]*[::][ \\t]*${mark}?(?=[\\s|]|$|(?<=[\\s*_]))`,
  'gu',
)

const inside = (at: number, ranges: readonly Range[]): boolean => {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((ranges[middle]?.end ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return (ranges[low]?.start ?? Number.POSITIVE_INFINITY) <= at
}

/** Longest line looked at for labels, in UTF-16 units. */
const longest = 2000

/** Every labelled value of a document, in the order they are written; none from code or comments. */
export const labelledIn = (doc: Markdown): readonly Labelled[] => {
  const { text, prose, comments, withoutCode } = doc
  const found: Labelled[] = []
  const labelsAt = (at: number): RegExpExecArray[] => {
    const line = prose[at]
    if (!line || line.range.end - line.range.start > longest || inside(line.range.start, comments)) return []
    return [...withoutCode.slice(line.range.start, line.range.end).matchAll(labelPattern)]
  }
  let labels = labelsAt(0)
  for (let at = 0; at < prose.length; at++) {
    const line = prose[at]
    const next = labelsAt(at + 1)
    for (const [index, label] of labels.entries()) {
      if (!line || inside(line.range.start + label.index, comments)) continue
      const from = line.range.start + label.index + label[0].length
      const until = labels[index + 1]?.index
      const value = valueIn(text, from, until === undefined ? line.range.end : line.range.start + until)
      const below = value.start === value.end && until === undefined ? linesBelow(doc, at, labelsAt) : undefined
      found.push({
        label: label[1]?.trim() ?? '',
        form: 'prose',
        range: below?.[0] ?? value,
        value: below ? joined(text, below) : plain(text.slice(value.start, value.end)),
      })
    }
    labels = next
  }
  for (const { header, rows } of doc.tables) {
    // Of wider tables the first column says nothing about the document; two pairs side by side are common.
    if (header.length !== 2 && header.length !== 4) continue
    for (const row of [header, ...rows]) {
      for (let at = 0; at + 1 < row.length; at += 2) {
        const [label, value] = [row[at], row[at + 1]]
        if (!label || !value || label.text === '' || inside(label.range.start, comments)) continue
        found.push({ label: label.text.replace(/\s*:$/, ''), value: value.text, range: value.range, form: 'table' })
      }
    }
  }
  for (const heading of doc.headings) {
    const label = heading.text.replace(/^[\d.]+\s+/, '').replace(/\s*:$/, '')
    if (label.length > 41 || inside(heading.range.start, comments)) continue
    const index = firstAfter(prose, heading.range.end)
    const first = prose[index]
    // The value of a heading is the one short paragraph that follows it at once.
    if (!first || doc.lines.position(first.range.start).line - doc.lines.position(heading.range.end).line > 2) continue
    const lines = prose.slice(index, index + 4).filter(line => line.block === first.block)
    if (lines.length > 3 || labelsAt(index).length > 0) continue
    const ranges = lines.map(line => valueIn(text, line.range.start, line.range.end))
    const [range] = ranges
    if (range) found.push({ label, value: joined(text, ranges), range, form: 'heading' })
  }
  return found.sort((a, b) => a.range.start - b.range.start)
}

const firstAfter = (prose: Markdown['prose'], offset: number): number => {
  let low = 0
  let high = prose.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((prose[middle]?.range.start ?? 0) < offset) low = middle + 1
    else high = middle
  }
  return low
}

const joined = (text: string, ranges: readonly Range[]): string =>
  ranges.map(({ start, end }) => plain(text.slice(start, end))).join('\n')

/** Without separators, emphasis, hard breaks and space at either end. */
const valueIn = (text: string, from: number, to: number): Range => {
  const within = text.slice(from, to)
  const bare = within.replace(/(?:\s|\*\*|__|[|·•;\\]|<br\s*\/?>){1,40}$/u, '')
  const start = from + (/^(?:\s|\*\*|__|\*(?!\*)|[|·•]){1,40}/u.exec(bare)?.[0].length ?? 0)
  const end = from + bare.length
  return {
    start: Math.min(start, end),
    end: end > start && text[end - 1] === '*' && text[start - 1] === '*' ? end - 1 : end,
  }
}

/** The lines below an empty label, up to the next label: a name, a role and a firm, one per line. */
const linesBelow = (
  { text, prose, lines }: Markdown,
  at: number,
  labelsAt: (at: number) => readonly RegExpExecArray[],
): readonly Range[] | undefined => {
  const ranges: Range[] = []
  let last = lines.position(prose[at]?.range.end ?? 0).line
  for (let next = at + 1; next < prose.length && ranges.length < 4; next++) {
    const line = prose[next]
    if (!line) break
    const number = lines.position(line.range.start).line
    // One empty line may part a label from its value, none may part the value's lines.
    if (number - last > (ranges.length === 0 ? 2 : 1) || labelsAt(next).length > 0) break
    ranges.push(valueIn(text, line.range.start, line.range.end))
    last = number
  }
  return ranges.length > 0 ? ranges : undefined
}
