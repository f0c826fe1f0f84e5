import { visible } from './visible.ts'

/**
 * Markdown that is safe by construction. Text becomes Markdown only through the tag `md`, which escapes what is
 * interpolated; a value of this type is Markdown already.
 *
 * Escaping with backslashes is not enough: GitHub links e-mail addresses, `@names`, `#1`, `GH-1` and commit ids in the
 * finished text, whatever was escaped before. Only code is left alone. So a word that could mean anything to a renderer
 * stands in a code span, and plain words stay plain.
 */
export interface Marked {
  readonly md: string
}

const marked = (md: string): Marked => ({ md })

/** A span of code that shows exactly this text (made visible), on one line. */
export const code = (text: string): Marked => {
  const shown = visible(text)
  if (shown.trim() === '') return marked(shown === '' ? '(empty)' : '(blanks)')
  const longest = Math.max(0, ...[...shown.matchAll(/`+/g)].map(m => m[0].length))
  const fence = '`'.repeat(longest + 1)
  const padded = /^`|`$/.test(shown) || (shown.startsWith(' ') && shown.endsWith(' ')) ? ` ${shown} ` : shown
  return marked(`${fence}${padded}${fence}`)
}

/** Letters, digits and punctuation without a meaning in Markdown or HTML; underscores only inside a word. */
const harmless = /^(?:[\p{L}\p{N}\p{M}.,;:'"()/%+=!?…–—“”‘’·≥≤→-]|(?<=[\p{L}\p{N}])_(?=[\p{L}\p{N}]))+$/u
/** Harmless characters that GitHub gives a meaning all the same, or that begin a block. */
const meant =
  /:\/\/|www\.|:[a-z0-9_+-]+:|\bgh-\d|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b|^[-+=]+$|^\d{1,9}[.)]$/iu

const isPlain = (word: string): boolean => word === '' || (harmless.test(word) && !meant.test(word))

/** A word as what stands around it and what has to be code; nothing of it is code where it is plain. */
const takeApart = (word: string): { readonly before: string; readonly odd: string; readonly after: string } => {
  if (isPlain(word)) return { before: word, odd: '', after: '' }
  const before = /^["'(“‘]*/.exec(word)?.[0] ?? ''
  const after = /["'),.;:!?”’]*$/.exec(word.slice(before.length))?.[0] ?? ''
  const odd = word.slice(before.length, word.length - after.length)
  // `:x:` and its like mean something only as a whole.
  return isPlain(odd) ? { before: '', odd: word, after: '' } : { before, odd, after }
}

/** Text from a tree: plain words as they are, everything else as code. Blanks are collapsed. */
export const words = (text: string): Marked => {
  const parts: string[] = []
  /** Words of one span of code, and what stands before it. */
  let span: { before: string; odd: string[] } | undefined
  const flush = (after: string): void => {
    if (span) parts.push(`${span.before}${code(span.odd.join(' ')).md}${after}`)
    span = undefined
  }
  for (const word of visible(text).split(' ')) {
    if (word === '') continue
    const { before, odd, after } = takeApart(word)
    if (odd === '') {
      flush('')
      parts.push(before)
      continue
    }
    if (span && before === '') span.odd.push(odd)
    else {
      flush('')
      span = { before, odd: [odd] }
    }
    if (after !== '') flush(after)
  }
  flush('')
  return marked(parts.join(' '))
}

/** What a control or check says of itself: `code` in backticks stays code, the rest is as harmless as any text. */
export const prose = (text: string): Marked => {
  let said = ''
  for (const [i, part] of text.split(/`([^`\n]+)`/).entries()) {
    const shown = i % 2 === 1 ? code(part).md : words(part.replaceAll(/\s/g, ' ')).md
    const apart = (i % 2 === 0 && /^\s/.test(part)) || (said.endsWith('`') && shown.startsWith('`'))
    said += `${apart && said !== '' ? ' ' : ''}${shown}${i % 2 === 0 && /\S\s$/.test(part) ? ' ' : ''}`
  }
  return marked(said.trim())
}

type Piece = Marked | string | number

const pieceOf = (piece: Piece): string =>
  typeof piece === 'number' ? piece.toLocaleString('en-US') : typeof piece === 'string' ? words(piece).md : piece.md

/** Markdown with texts put in: a string is escaped as `words`, a number is grouped, Markdown stays. */
export const md = (strings: TemplateStringsArray, ...pieces: readonly Piece[]): Marked =>
  marked(strings.map((s, i) => s + (i < pieces.length ? pieceOf(pieces[i] ?? '') : '')).join(''))

export const join = (pieces: readonly Piece[], separator: string): Marked => marked(pieces.map(pieceOf).join(separator))

/** A row of a table. A bar splits cells before anything else is read, in code too, so every bar is escaped. */
export const row = (cells: readonly Piece[]): string =>
  // A backslash before a bar means different things to different renderers: there the bar is shown as a code point.
  `| ${cells.map(cell => pieceOf(cell).replaceAll('\\|', '\\\\u{7c}').replaceAll('|', '\\|')).join(' | ')} |`

export const table = (
  head: readonly Piece[],
  rows: Iterable<readonly Piece[]>,
  align: readonly ('left' | 'right')[] = [],
): string[] => [
  row(head),
  `|${head.map((_, i) => (align[i] === 'right' ? '---:' : '---')).join('|')}|`,
  ...Array.from(rows, row),
]

/** The anchor GitHub gives a heading: lower case, punctuation gone, blanks as hyphens. */
export const slug = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-')

export const link = (label: Piece, anchor: string): Marked => marked(`[${pieceOf(label)}](#${anchor})`)

/** A link to the outside, where the address is plain https; else the label and the address as text. */
export const external = (label: string, url: string): Marked =>
  /^https:\/\/[A-Za-z0-9.-]+(?:\/[A-Za-z0-9._~/%?&=+:,;-]*)?(?:#[A-Za-z0-9._-]*)?$/.test(url)
    ? marked(`[${words(label).md}](${url})`)
    : md`${label} ${code(url)}`
