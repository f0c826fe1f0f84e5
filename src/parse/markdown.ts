import { type Lines, linesOf, type Range } from './lines.ts'

/**
 * Markdown as far as a reader of policies needs it: front matter, headings, tables, and which stretches are code or
 * comment. CommonMark 0.31 and GFM tables; a line scanner in linear time that never throws. All offsets are UTF-16
 * code units of the text, end exclusive.
 */
export interface Markdown {
  readonly text: string
  readonly lines: Lines
  readonly frontMatter: FrontMatter | undefined
  readonly headings: readonly Heading[]
  readonly tables: readonly Table[]
  /** Lines of paragraphs, list items and quotations, in order; no headings, table rows, code or block comments. */
  readonly prose: readonly ProseLine[]
  /** HTML comments, in order. One that is never closed reaches to the end of the text. */
  readonly comments: readonly Range[]
  /** The text at the same length, with code blocks and code spans blanked; line ends stay. */
  readonly withoutCode: string
  /** The opening line of a code fence that nothing closes: the rest of the text is code. */
  readonly unclosedFence: Range | undefined
}

export interface FrontMatter {
  readonly format: 'yaml' | 'toml'
  /** Between the two delimiter lines; from the start of the text where only the closing one is written. */
  readonly range: Range
}

export interface Heading {
  readonly level: number
  /** Without `#`, closing `#` and surrounding space. */
  readonly range: Range
  /** As read by a person: emphasis, code marks and link targets taken off. */
  readonly text: string
}

export interface Cell {
  /** Without surrounding space; empty where the cell is. */
  readonly range: Range
  readonly text: string
}

export interface Table {
  readonly header: readonly Cell[]
  readonly rows: readonly (readonly Cell[])[]
}

export interface ProseLine {
  /** Without quotation and list markers, and without surrounding space. */
  readonly range: Range
  /** Lines of one paragraph or list item share a number. */
  readonly block: number
}

/** `text`: nothing is code because it is indented; the rest is read as Markdown, which people write anyway. */
export type Dialect = 'markdown' | 'text'

interface Fence {
  readonly mark: string
  readonly length: number
  readonly quotes: number
  readonly indent: number
  readonly opening: Range
  readonly start: number
}

/** Nested containers on one line, and open lists: deeper ones are read as text. */
const deepest = 32

const isBlank = (line: string): boolean => line.trim() === ''

export const parseMarkdown = (text: string, dialect: Dialect = 'markdown'): Markdown => {
  const lines = linesOf(text)
  const headings: Heading[] = []
  const tables: Table[] = []
  const prose: ProseLine[] = []
  const comments: Range[] = []
  const code: Range[] = []
  const frontMatter = frontMatterOf(text)

  const lineAt = (number: number): Range => {
    const start = lines.start(number)
    let end = number < lines.count ? lines.start(number + 1) - 1 : text.length
    if (end > start && text[end - 1] === '\r') end--
    return { start, end }
  }

  let fence: Fence | undefined
  /** End of a block comment that is still open at the line's start. */
  let commentEnd = -1
  let lists: number[] = []
  let afterBlank = true
  let afterIndentedCode = false
  let block = 0
  /** Stretch of the current inline content: code spans and inline comments do not leave it. */
  let chunk: { start: number; end: number } | undefined
  const endChunk = (): void => {
    if (chunk) inlines(text, chunk, code, comments)
    chunk = undefined
  }

  const first = frontMatter ? lines.position(frontMatter.range.end).line + 1 : 1
  for (let number = first; number <= lines.count; number++) {
    const line = lineAt(number)
    const raw = text.slice(line.start, line.end)

    if (commentEnd > line.start) {
      // The comment may end in the middle of this line; what follows it on the line is visible but no block of its own.
      if (commentEnd >= line.end) continue
      chunk = { start: commentEnd, end: line.end }
      prose.push({ range: trimmed(text, commentEnd, line.end), block: ++block })
      endChunk()
      afterBlank = false
      continue
    }

    const at = containersOf(raw, fence?.quotes)
    if (fence) {
      const left =
        at.quotes < fence.quotes || (at.indent < fence.indent && !isBlank(raw.slice(at.offset)) && fence.indent > 0)
      if (!left) {
        const rest = raw.slice(at.offset).trimEnd()
        const closes =
          rest.length >= fence.length && rest === fence.mark.repeat(rest.length) && at.indent - fence.indent < 4
        if (closes) {
          code.push({ start: fence.start, end: line.end })
          fence = undefined
          afterBlank = true
        }
        continue
      }
      code.push({ start: fence.start, end: line.start })
      fence = undefined
    }

    if (isBlank(raw.slice(at.offset))) {
      endChunk()
      afterBlank = true
      continue
    }
    const startsBlock = /^(?:[-*+](?:\s|$)|\d{1,9}[.)](?:\s|$)|#{1,6}(?:\s|$)|`{3}|~{3}|<!--|>)/.test(
      raw.slice(at.offset),
    )
    if (afterBlank || startsBlock) lists = lists.filter(indent => at.indent >= indent)
    const base = lists.at(-1) ?? 0
    if (dialect === 'markdown' && at.indent - base >= 4 && (afterBlank || afterIndentedCode)) {
      endChunk()
      code.push(line)
      afterIndentedCode = true
      afterBlank = false
      continue
    }
    afterIndentedCode = false

    let offset = at.offset
    let indent = at.indent
    for (let depth = 0; depth < deepest && indent - (lists.at(-1) ?? 0) < 4; depth++) {
      const item = /^(?:[-*+]|\d{1,9}[.)])(?:([ \t]+)|$)/.exec(raw.slice(offset, offset + 80))
      if (!item || isThematicBreak(raw.slice(offset))) break
      endChunk()
      block++
      const gap = item[1]?.length ?? 1
      indent += item[0].length - (item[1]?.length ?? 0) + (gap > 4 ? 1 : gap)
      offset += item[0].length
      if (lists.length < deepest) lists.push(indent)
    }
    const rest = raw.slice(offset)
    if (isBlank(rest)) {
      afterBlank = true
      continue
    }

    const opening = /^(`{3,}|~{3,})(.*)$/.exec(rest)
    const marks = opening?.[1]
    if (marks && indent - (lists.at(-1) ?? 0) < 4 && !(marks[0] === '`' && opening[2]?.includes('`'))) {
      endChunk()
      fence = {
        mark: marks.charAt(0),
        length: marks.length,
        quotes: at.quotes,
        indent: lists.at(-1) ?? 0,
        opening: line,
        start: line.start,
      }
      continue
    }

    if (rest.startsWith('<!--')) {
      endChunk()
      const start = line.start + offset
      const close = text.indexOf('-->', start + 2)
      commentEnd = close === -1 ? text.length : close + 3
      comments.push({ start, end: commentEnd })
      if (commentEnd <= line.end) {
        if (!isBlank(text.slice(commentEnd, line.end))) {
          chunk = { start: commentEnd, end: line.end }
          prose.push({ range: trimmed(text, commentEnd, line.end), block: ++block })
          endChunk()
        }
        commentEnd = -1
      }
      afterBlank = false
      continue
    }

    const atx = /^(#{1,6})(?:[ \t]|$)/.exec(rest)
    if (atx?.[1]) {
      endChunk()
      const range = withoutClosingMarks(text, trimmed(text, line.start + offset + atx[1].length, line.end))
      headings.push({ level: atx[1].length, range, text: plain(text.slice(range.start, range.end)) })
      inlines(text, range, code, comments)
      block++
      afterBlank = true
      continue
    }

    const setext = /^(=+|-+)[ \t]*$/.exec(rest)
    const before = prose.at(-1)
    if (setext && chunk && before && before.block === block && offset === at.offset) {
      endChunk()
      prose.pop()
      headings.push({
        level: setext[1]?.startsWith('=') ? 1 : 2,
        range: before.range,
        text: plain(text.slice(before.range.start, before.range.end)),
      })
      block++
      afterBlank = true
      continue
    }

    if (rest.includes('|') && number < lines.count) {
      const header = cellsOf(text, { start: line.start + offset, end: line.end })
      const next = lineAt(number + 1)
      if (isDelimiterRow(text.slice(next.start, next.end), header.length)) {
        endChunk()
        const rows: (readonly Cell[])[] = []
        inlines(text, { start: line.start + offset, end: line.end }, code, comments)
        number += 2
        for (; number <= lines.count; number++) {
          const row = lineAt(number)
          const within = text.slice(row.start, row.end)
          const quoted = containersOf(within)
          if (
            isBlank(within.slice(quoted.offset)) ||
            /^(?:`{3}|~{3}|#{1,6}\s|<!--)/.test(within.slice(quoted.offset))
          ) {
            break
          }
          const inner = { start: row.start + quoted.offset, end: row.end }
          rows.push(cellsOf(text, inner))
          inlines(text, inner, code, comments)
        }
        number--
        tables.push({ header, rows })
        block++
        afterBlank = true
        continue
      }
    }

    if (isThematicBreak(rest)) {
      endChunk()
      block++
      afterBlank = true
      continue
    }
    if (!chunk) {
      block++
      chunk = { start: line.start + offset, end: line.end }
    } else chunk.end = line.end
    prose.push({ range: trimmed(text, line.start + offset, line.end), block })
    afterBlank = false
  }
  endChunk()
  if (fence) code.push({ start: fence.start, end: text.length })

  return {
    text,
    lines,
    frontMatter,
    headings,
    tables,
    prose,
    comments: comments.sort((a, b) => a.start - b.start),
    withoutCode: blanked(text, code),
    unclosedFence: fence?.opening,
  }
}

/** YAML between `---` lines or above one, TOML between `+++` lines, at the very start; not closed, it is none. */
const frontMatterOf = (text: string): FrontMatter | undefined => {
  const open = /^(---|\+\+\+)[ \t]*\r?\n/.exec(text.slice(0, 200))
  if (!open?.[1]) return withoutOpening(text)
  const closes = open[1] === '---' ? /^(?:---|\.\.\.)[ \t]*\r?$/ : /^\+\+\+[ \t]*\r?$/
  for (let at = open[0].length; at <= text.length; ) {
    const end = text.indexOf('\n', at)
    const stop = end === -1 ? text.length : end
    // A line this long is no delimiter.
    if (stop - at < 80 && closes.test(text.slice(at, stop))) {
      return { format: open[1] === '---' ? 'yaml' : 'toml', range: { start: open[0].length, end: at } }
    }
    if (end === -1) return undefined
    at = end + 1
  }
  return undefined
}

const key = /^[A-Za-z][\w-]{0,40}:(?:\s|$)/

/**
 * Comply (strongdm) writes front matter that only closes: at least two keys, nothing but YAML between them, then `---`.
 * One line above `---` is a heading.
 */
const withoutOpening = (text: string): FrontMatter | undefined => {
  let keys = 0
  for (let at = 0, line = 0; line < 200; line++) {
    const end = text.indexOf('\n', at)
    if (end === -1 || end - at > 2000) return undefined
    const row = text.slice(at, end)
    if (/^---[ \t]*\r?$/.test(row)) return keys >= 2 ? { format: 'yaml', range: { start: 0, end: at } } : undefined
    if (key.test(row)) keys++
    else if (keys === 0 || !/^(?:[ \t]+|- |-\r?$)\S?/.test(row)) return undefined
    at = end + 1
  }
  return undefined
}

/** Quotation markers and indentation before a line's content. `indent` counts columns inside of the quotation. */
const containersOf = (raw: string, most = deepest): { offset: number; indent: number; quotes: number } => {
  let offset = 0
  let indent = 0
  let quotes = 0
  for (; offset < raw.length; offset++) {
    const ch = raw[offset]
    if (ch === ' ') indent++
    else if (ch === '\t') indent += 4 - (indent % 4)
    else if (ch === '>' && indent < 4 && quotes < most) {
      quotes++
      indent = raw[offset + 1] === ' ' ? -1 : 0
    } else break
  }
  return { offset, indent: Math.max(0, indent), quotes }
}

const isThematicBreak = (rest: string): boolean => /^(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})$/.test(rest)

const trimmed = (text: string, from: number, to: number): Range => {
  let start = from
  let end = to
  while (start < end && /\s/.test(text.charAt(start))) start++
  while (end > start && /\s/.test(text.charAt(end - 1))) end--
  return { start, end }
}

const withoutClosingMarks = (text: string, range: Range): Range => {
  let end = range.end
  while (end > range.start && text[end - 1] === '#') end--
  if (end === range.end || (end > range.start && !/\s/.test(text.charAt(end - 1)))) return range
  return trimmed(text, range.start, end)
}

/** GFM §4.10: as many cells as the header. */
const isDelimiterRow = (line: string, cells: number): boolean => {
  const row = line.slice(containersOf(line).offset).trim()
  if (!/^[|:\-\s]+$/.test(row) || !row.includes('-')) return false
  const inner = row.replace(/^\|/, '').replace(/\|$/, '').split('|')
  return inner.length === cells && inner.every(cell => /^:?-+:?$/.test(cell.trim()))
}

const cellsOf = (text: string, line: Range): Cell[] => {
  const { start, end } = trimmed(text, line.start, line.end)
  const cells: Cell[] = []
  let from = text[start] === '|' ? start + 1 : start
  const add = (to: number): void => {
    const range = trimmed(text, from, to)
    cells.push({ range, text: plain(text.slice(range.start, range.end)) })
    from = to + 1
  }
  for (let at = from; at < end; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '|') add(at)
  }
  if (from < end) add(end)
  return cells
}

/** Code spans and inline comments of one block, whichever opens first (CommonMark §6.1, §6.6). */
const inlines = (text: string, block: Range, code: Range[], comments: Range[]): void => {
  const closers = new Map<number, number[]>()
  for (let at = block.end - 1; at >= block.start; at--) {
    if (text[at] !== '`') continue
    const end = at + 1
    while (at > block.start && text[at - 1] === '`') at--
    const known = closers.get(end - at)
    if (known) known.push(at)
    else closers.set(end - at, [at])
  }
  let closes = true
  for (let at = block.start; at < block.end; at++) {
    const ch = text[at]
    if (ch === '\\') at++
    else if (ch === '`') {
      let length = 1
      while (at + length < block.end && text[at + length] === '`') length++
      // Positions stand in falling order, so the next one is at the end.
      const known = closers.get(length) ?? []
      while (known.length > 0 && (known.at(-1) ?? 0) <= at) known.pop()
      const close = known.at(-1)
      if (close !== undefined) code.push({ start: at, end: close + length })
      at = (close ?? at) + length - 1
    } else if (ch === '<' && closes && text.startsWith('<!--', at)) {
      const close = text.slice(at + 2, block.end).indexOf('-->')
      if (close === -1) closes = false
      else {
        comments.push({ start: at, end: at + 2 + close + 3 })
        at += 2 + close + 2
      }
    }
  }
}

const blanked = (text: string, code: readonly Range[]): string => {
  let out = ''
  let at = 0
  for (const { start, end } of [...code].sort((a, b) => a.start - b.start)) {
    if (end <= at) continue
    out += text.slice(at, Math.max(at, start))
    out += text.slice(Math.max(at, start), end).replace(/[^\r\n]/g, ' ')
    at = end
  }
  return out + text.slice(at)
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }

/** Inline Markdown as a person reads it; at most 400 characters of it. */
export const plain = (inline: string): string =>
  inline
    .slice(0, 400)
    .replace(/!?\[([^[\]]*)\](?:\([^()]*\)|\[[^[\]]*\])/g, '$1')
    .replace(/<br\s*\/?>|&nbsp;/gi, ' ')
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
    .replace(/\*\*|__|[`*]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '')
    .replace(/\\([!-/:-@[-`{-~])/g, '$1')
    .replace(/\s+/g, ' ')
    .trim()
