import type { Range } from './lines.ts'
import { type Markdown, plain, type Table } from './markdown.ts'

/** A sentence of a document, or a row of one of its tables. */
export interface Statement {
  /** As a person reads it: no emphasis, no link targets, white space folded, no number or bullet in front. */
  readonly text: string
  /** Where it begins and ends in the source. */
  readonly range: Range
}

/** Longest stretch of prose looked at as one, and statements of a document at most. */
const longestBlock = 20_000
export const mostStatements = 5000

/** `etc.`, `e.g.`, `164.312(a)`, `No. 4`: a full stop that ends no sentence. */
const abbreviation = /(?:\b(?:e\.g|i\.e|etc|vs|cf|no|nos|sec|para|art|approx|inc|ltd|dr|mr|ms|mrs|st)|\b[A-Z])\.$/i

/** What a document says about itself (`Version: 1.2`, `Approved by | …`), and is no rule. */
const aboutItself =
  /^(?:(?:(?:document|policy|procedure|plan) )?(?:effective(?: date)?|last (?:reviewed|updated|modified|revised|review)|next (?:scheduled )?review|review(?:ed)?(?: date| due| by| cycle)?|owner|authors?|approved(?: by| on)?|approver|approval(?: date)?|status|date|title|classification|prepared by|written by|maintained by|document (?:id|number)|updated|issued)\b[^:|]{0,24}[:|]|(?:(?:document|policy) )?(?:version|revision|rev)\b[^:|]{0,24}(?:[:|]|$))/i

/** `plain` reads a stretch of limited length; a sentence may be longer. */
const asRead = (raw: string): string => {
  const parts: string[] = []
  for (let at = 0; at < raw.length; ) {
    const space = raw.length - at <= 350 ? raw.length : raw.lastIndexOf(' ', at + 350)
    const end = space > at ? space : at + 350
    parts.push(plain(raw.slice(at, end)))
    at = end
  }
  return parts.filter(part => part !== '').join(' ')
}

const historyTable = (table: Table): boolean => {
  const header = table.header.map(cell => cell.text.toLowerCase()).join(' | ')
  return (
    (/\b(?:version|revision|rev)\b/.test(header) &&
      /\b(?:date|author|change|description|approv|summary)/.test(header)) ||
    (/\bdate\b/.test(header) && /\b(?:review|approv|outcome)/.test(header))
  )
}

/** Statements in the order they are written; none of code, comments, front matter, or what a document says of itself. */
export const statementsIn = (doc: Markdown): readonly Statement[] => {
  const found: Statement[] = []
  const add = (start: number, end: number): void => {
    const raw = doc.text.slice(start, end)
    const text = asRead(raw).replace(/^(?:[-*+•]|\(?[0-9a-z]{1,3}[.)]|\d+(?:\.\d+)+)\s+/i, '')
    if (/[\p{L}\p{N}]/u.test(text) && !aboutItself.test(text) && found.length < mostStatements)
      found.push({ text, range: { start, end } })
  }
  const lines = doc.prose
  for (let i = 0; i < lines.length; ) {
    const first = lines[i]
    if (!first) break
    let last = first
    let j = i + 1
    for (let next = lines[j]; next?.block === first.block && next.range.end - first.range.start < longestBlock; ) {
      last = next
      next = lines[++j]
    }
    i = j
    const block = doc.text.slice(first.range.start, last.range.end)
    let from = 0
    for (const match of block.matchAll(/[.!?;]["')\]*_]{0,4}(?=\s)/g)) {
      const end = match.index + match[0].length
      const behind = block.slice(end).trimStart()[0] ?? ''
      if (match[0][0] === '.' && abbreviation.test(block.slice(Math.max(0, match.index - 12), match.index + 1)))
        continue
      if (match[0][0] !== ';' && /\p{Ll}/u.test(behind)) continue
      add(first.range.start + from, first.range.start + end)
      from = end + (block.slice(end).length - block.slice(end).trimStart().length)
    }
    if (from < block.length) add(first.range.start + from, last.range.end)
  }
  for (const table of doc.tables) {
    if (historyTable(table)) continue
    for (const row of table.rows) {
      const [first, last] = [row[0], row.at(-1)]
      if (first && last) add(first.range.start, last.range.end)
    }
  }
  return found.sort((a, b) => a.range.start - b.range.start)
}
