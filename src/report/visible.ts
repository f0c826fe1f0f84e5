/**
 * The one place where text from a tree becomes text a person may be shown. A name or value can hold anything: escape
 * sequences that rewrite the terminal, bidirectional overrides that show another order than the bytes have (Trojan
 * Source, CVE-2021-42574), characters without width, line ends inside a path. All of these appear as `\u{..}`.
 *
 * The ranges are written out, not taken from Unicode properties, so that every version of Node gives equal bytes.
 */
const ranges: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x1f], // C0: escape, line ends, tabs
  [0x7f, 0x9f], // DEL and C1
  [0xad, 0xad], // soft hyphen
  [0x34f, 0x34f], // combining grapheme joiner
  [0x61c, 0x61c], // Arabic letter mark
  [0x115f, 0x1160], // Hangul fillers
  [0x17b4, 0x17b5], // Khmer inherent vowels
  [0x180b, 0x180f], // Mongolian separators
  [0x200b, 0x200f], // no width, directional marks
  [0x2028, 0x202e], // line and paragraph separator, embeddings and overrides
  [0x2060, 0x206f], // word joiner, isolates, deprecated format characters
  [0x3164, 0x3164], // Hangul filler
  [0xfeff, 0xfeff], // byte order mark
  [0xffa0, 0xffa0], // half-width filler
  [0xfff9, 0xfffb], // interlinear annotation
  [0xd800, 0xdfff], // half a surrogate pair
  [0x1bca0, 0x1bca3], // shorthand format
  [0x1d173, 0x1d17a], // musical format
  [0xe0000, 0xe0fff], // tags, variation selectors supplement
]
const unseen = new RegExp(
  `[${ranges.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`).join('')}]`,
  'gu',
)

/** Every character that cannot be seen for what it is, as `\u{hex}`. The result is one line. */
export const visible = (text: string): string =>
  text.replace(unseen, c => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)

/** For JSON text: the same characters as `\uXXXX`, which a parser reads back as they were. */
export const visibleJson = (json: string): string =>
  json.replace(unseen, c =>
    // Line ends and blanks between values are layout; inside a string JSON.stringify has escaped them already.
    c === '\n'
      ? c
      : Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  )

/** The same on several lines: line ends stay, everything else is made visible. */
export const visibleLines = (text: string): string[] => text.split(/\r\n|\n/).map(visible)
