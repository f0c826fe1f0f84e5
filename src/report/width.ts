/** How many columns of a terminal a text takes. Ranges written out, so that every version of Node agrees. */

/** East Asian wide and fullwidth, and emoji shown wide by default (Unicode 16, EastAsianWidth.txt, rounded to blocks). */
const wide =
  /[\u{1100}-\u{115f}\u{231a}\u{231b}\u{2329}\u{232a}\u{23e9}-\u{23ec}\u{23f0}\u{23f3}\u{25fd}\u{25fe}\u{2614}\u{2615}\u{2648}-\u{2653}\u{267f}\u{2693}\u{26a1}\u{26aa}\u{26ab}\u{26bd}\u{26be}\u{26c4}\u{26c5}\u{26ce}\u{26d4}\u{26ea}\u{26f2}\u{26f3}\u{26f5}\u{26fa}\u{26fd}\u{2705}\u{270a}\u{270b}\u{2728}\u{274c}\u{274e}\u{2753}-\u{2755}\u{2757}\u{2795}-\u{2797}\u{27b0}\u{27bf}\u{2b1b}\u{2b1c}\u{2b50}\u{2b55}\u{2e80}-\u{303e}\u{3041}-\u{a4cf}\u{a960}-\u{a97c}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe10}-\u{fe19}\u{fe30}-\u{fe6f}\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}\u{16fe0}-\u{18aff}\u{1aff0}-\u{1b2ff}\u{1f004}\u{1f0cf}\u{1f18e}\u{1f191}-\u{1f19a}\u{1f200}-\u{1f320}\u{1f32d}-\u{1f335}\u{1f337}-\u{1f37c}\u{1f37e}-\u{1f393}\u{1f3a0}-\u{1f3ca}\u{1f3cf}-\u{1f3d3}\u{1f3e0}-\u{1f3f0}\u{1f3f4}\u{1f3f8}-\u{1f43e}\u{1f440}\u{1f442}-\u{1f4fc}\u{1f4ff}-\u{1f53d}\u{1f54b}-\u{1f567}\u{1f57a}\u{1f595}\u{1f596}\u{1f5a4}\u{1f5fb}-\u{1f64f}\u{1f680}-\u{1f6c5}\u{1f6cc}\u{1f6d0}-\u{1f6d2}\u{1f6d5}-\u{1f6d7}\u{1f6dc}-\u{1f6df}\u{1f6eb}\u{1f6ec}\u{1f6f4}-\u{1f6fc}\u{1f7e0}-\u{1f7eb}\u{1f7f0}\u{1f90c}-\u{1f93a}\u{1f93c}-\u{1f945}\u{1f947}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]/u
/** Marks that stand on the character before them. */
const noWidth = /[\p{Mn}\p{Me}]/u
const plainAscii = /^[\u{20}-\u{7e}]*$/u

const widthOf = (character: string): number => (noWidth.test(character) ? 0 : wide.test(character) ? 2 : 1)

/** Columns of a text in which everything is visible already (no tabs, no control characters). */
export const columnsOf = (text: string): number => {
  if (plainAscii.test(text)) return text.length
  let columns = 0
  for (const character of text) columns += widthOf(character)
  return columns
}

/** At most `columns` columns of the text; what is cut off at its end shows as `…`. */
export const cut = (text: string, columns: number): string => {
  if (columnsOf(text) <= columns) return text
  let taken = ''
  let used = 0
  for (const character of text) {
    const width = widthOf(character)
    if (used + width > columns - 1) break
    taken += character
    used += width
  }
  return `${taken.trimEnd()}…`
}

export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)))

/** Words on lines of at most `columns` columns; a longer word stands alone and is not broken (a path stays clickable). */
export const wrap = (text: string, columns: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (word === '') continue
    const longer = line === '' ? word : `${line} ${word}`
    if (line !== '' && columnsOf(longer) > columns) {
      lines.push(line)
      line = word
    } else line = longer
  }
  if (line !== '') lines.push(line)
  return lines
}

const tabStop = 4

/**
 * One line of a file as it can be shown in `columns` columns, and the columns to underline: tabs become blanks to the
 * next stop, a line that is too long is cut on both sides of what matters.
 */
export const window = (
  text: string,
  from: number,
  to: number,
  columns: number,
): { readonly text: string; readonly at: number; readonly length: number } => {
  const cells: { readonly shown: string; readonly width: number }[] = []
  let column = 0
  // The cell in which each UTF-16 offset lies.
  const cellAt: number[] = []
  for (const character of text) {
    const width = character === '\t' ? tabStop - (column % tabStop) : widthOf(character)
    for (let i = 0; i < character.length; i++) cellAt.push(cells.length)
    cells.push({ shown: character === '\t' ? ' '.repeat(width) : character, width })
    column += width
  }
  const first = cellAt[Math.max(0, from)] ?? cells.length
  const after = Math.max(first, to > from ? (cellAt[to - 1] ?? cells.length - 1) + 1 : first)
  const width = (a: number, b: number): number => cells.slice(a, b).reduce((sum, cell) => sum + cell.width, 0)

  let start = 0
  let end = cells.length
  if (column > columns) {
    // Room on the left for context, the rest for what is underlined and what follows.
    const room = columns - 2
    start = first
    let left = width(start, after) >= room ? 0 : Math.min(Math.floor(room / 3), room - width(start, after))
    while (start > 0 && (cells[start - 1]?.width ?? 0) <= left) left -= cells[--start]?.width ?? 0
    end = start
    let rest = room
    while (end < cells.length && (cells[end]?.width ?? 0) <= rest) rest -= cells[end++]?.width ?? 0
    while (start > 0 && end === cells.length && (cells[start - 1]?.width ?? 0) <= rest)
      rest -= cells[--start]?.width ?? 0
  }
  const before = start > 0 ? '…' : ''
  const shown = cells
    .slice(start, end)
    .map(cell => cell.shown)
    .join('')
  return {
    text: `${before}${shown}${end < cells.length ? '…' : ''}`,
    at: columnsOf(before) + width(start, first),
    length: Math.max(1, width(first, Math.min(after, end))),
  }
}
