import type { Range } from './lines.ts'

/** What kind of blank was left to fill in. */
export type PlaceholderRule =
  | 'shell substitution'
  | 'variable'
  | 'template expression'
  | 'bracketed prompt'
  | 'prompt in braces'
  | 'angle-bracket prompt'
  | 'to-do mark'
  | 'date pattern'
  | 'blank line to fill in'

export interface Placeholder {
  readonly rule: PlaceholderRule
  readonly range: Range
}

const prompt =
  '(?:insert|your|enter|add|tbd|tbc|name|date|company|organi[sz]ation|covered entity|business associate|client|customer|vendor|address|phone|e-?mail|title|signature|approver|owner)'

/** Words that are a prompt when they stand in brackets alone. `[1]`, `[x]` and `[NIST]` are not. */
const alone =
  '(?:number(?: of [a-z][a-z -]{0,40})?|amount|quantity|percentage|year|month|day|days|hours|role|position|department|state|city|country|jurisdiction|website|url|[#●•■▪◦_]{1,20}|x{2,20})'

/** Element names of HTML that would also be a prompt: `<address>` is markup. */
const element = /^(?:address|title|data|time|label|output|summary)$/i

const asks = new RegExp(`^${prompt}\\b`, 'i')

/** Several words, the first with a capital (`Security Officer`), words in capitals, or words that ask: `{id}` is none. */
const isPrompt = (inner: string): boolean =>
  /^\p{Lu}[\p{L}\p{N}'’&-]*(?: [\p{L}\p{N}'’&-]+)+$/u.test(inner) ||
  /^\p{Lu}{2,}(?:_\p{Lu}+)+$/u.test(inner) ||
  (asks.test(inner) && /^\p{Lu}| /u.test(inner))

const isHorizontalRule = (line: string, next: string | undefined): boolean =>
  // Underscores alone are a rule, unless the line below says what is to be signed there.
  /^\s*_+\s*$/.test(line) && (line.trim().length < 10 || next === undefined || next.trim() === '')

interface Line {
  readonly text: string
  readonly next: string | undefined
  readonly defined: ReadonlySet<string>
}

const rules: readonly {
  readonly rule: PlaceholderRule
  readonly pattern: RegExp
  readonly unless?: (found: string, line: Line, at: number) => boolean
}[] = [
  {
    rule: 'shell substitution',
    pattern: /\$\([^)\n]{1,80}\)/g,
    // `$(1,200)` is a negative amount; `$(a+b)$` is TeX.
    unless: (found, { text }, at) => /^\$\([\d.,\s]+\)$/.test(found) || text[at + found.length] === '$',
  },
  { rule: 'variable', pattern: /\$\{[A-Za-z_][^}\n]{0,80}\}/g },
  {
    rule: 'template expression',
    pattern: /\{\{[^}\n]{1,80}\}\}/g,
    // A shortcode of the site generator names content; an expression in a link's target is no statement of the text.
    unless: (found, { text }, at) => /^\{\{[<%]/.test(found) || text[at - 1] === '(' || text[at - 1] === '"',
  },
  {
    rule: 'bracketed prompt',
    pattern: new RegExp(
      `\\[(?:${prompt}\\b[^\\[\\]\\n]{0,60}|[^\\[\\]\\n]{1,60} (?:name|date|title|address|number|here)|${alone})\\](?![(\\[:])`,
      'gi',
    ),
    unless: (found, { defined, text }, at) =>
      defined.has(labelOf(found)) ||
      text[at - 1] === ']' ||
      // `[year]-[month]-[day]` says how dates are written.
      (/^\[(?:year|month|day)\]$/i.test(found) && /\bformat|\bISO[ -]?8601/i.test(text.slice(0, 2000))),
  },
  // Within a sentence it is the number of lawyers; where a list or a cell begins it is a box that is ticked.
  { rule: 'bracketed prompt', pattern: /(?<=\p{L} )\[X\](?= \p{L})/gu },
  {
    rule: 'prompt in braces',
    // Not after a letter or in a path: that is TeX, or the template of an address.
    pattern: /(?<![\p{L}\p{N}$#%{}/=_.@-])\{[\p{L}\p{N} _'’&-]{2,60}\}(?![\p{L}\p{N}{}/=_@-]|\.\p{L})/gu,
    unless: found => !isPrompt(found.slice(1, -1)),
  },
  {
    rule: 'angle-bracket prompt',
    // Not after a letter: `Map<string>` is a type. No `:` or `@` inside: that is a link.
    pattern: new RegExp(
      `(?<![\\p{L}\\p{N}<])<(?:${prompt}\\b[a-z _'-]{0,60}|[a-z][a-z _'-]{0,60}(?<=[ _-])(?:name|date|title|company|address|number|here))>`,
      'giu',
    ),
    unless: found => element.test(found.slice(1, -1)),
  },
  {
    rule: 'angle-bracket prompt',
    pattern: /<<[\p{L}][\p{L}\p{N} _.'’&-]{1,60}>>/gu,
    unless: found => !isPrompt(found.slice(2, -2)) && !/^<<\p{Lu}[^>]*[^> ]>>$/u.test(found),
  },
  {
    rule: 'to-do mark',
    // Lower case only with a colon: `todo` is a word in Spanish, and an app's name. XXX-XX-1234 is a masked number.
    pattern: /\b(?:TBD|TBC|TODO|FIXME|XXX|todo(?=:)|fixme(?=:)|[Ll]orem ipsum|CHANGEME|changeme)\b/g,
    unless: (found, { text }, at) =>
      found === 'XXX' &&
      (/^-[X\d]{2}-/.test(text.slice(at + 3, at + 7)) ||
        /(?:Title|Chapter|Part|Article|Section) $/.test(text.slice(Math.max(0, at - 8), at))),
  },
  {
    rule: 'date pattern',
    pattern: /\b(?:YYYY-MM-DD|DD\/MM\/YYYY|MM\/DD\/YYYY|DD\.MM\.YYYY|MM-DD-YYYY|DD-MM-YYYY)\b/g,
    // A rule on how dates are written has to write the pattern.
    unless: (_found, { text }) => /\bformat|\bISO[ -]?8601/i.test(text.slice(0, 2000)),
  },
  {
    rule: 'blank line to fill in',
    pattern: /(?<![\p{L}\p{N}_])_{4,}(?![\p{L}\p{N}_])/gu,
    unless: (_found, { text, next }) => isHorizontalRule(text, next),
  },
]

/** One look that spares most lines the rules: each of them needs a mark, a capital or one of these words. */
const mayHold = /[[{<$_A-Z]|todo|fixme|lorem|changeme/

const labelOf = (bracketed: string): string => bracketed.slice(1, -1).trim().replace(/\s+/g, ' ').toLowerCase()

/**
 * The blanks somebody meant to fill in, in order, none inside another. `text` is Markdown without its code. Patterns are
 * bounded and run line by line: work is linear.
 */
export const placeholdersIn = (text: string): readonly Placeholder[] => {
  const defined = new Set<string>()
  for (const definition of text.matchAll(/^ {0,3}(\[[^[\]\n]{1,200}\]):/gm)) defined.add(labelOf(definition[1] ?? ''))
  const found: Placeholder[] = []
  const all = text.split('\n')
  let start = 0
  for (const [index, line] of all.entries()) {
    const context: Line = { text: line, next: all[index + 1], defined }
    const here: Placeholder[] = []
    for (const { rule, pattern, unless } of mayHold.test(line) ? rules : []) {
      for (const match of line.matchAll(pattern)) {
        if (unless?.(match[0], context, match.index)) continue
        here.push({ rule, range: { start: start + match.index, end: start + match.index + match[0].length } })
      }
    }
    here.sort((a, b) => a.range.start - b.range.start || b.range.end - a.range.end)
    for (const one of here) if (one.range.start >= (found.at(-1)?.range.end ?? 0)) found.push(one)
    start += line.length + 1
  }
  return found
}

/**
 * Sentences that end in two full stops, with the letter before them: an edit that was not read again. Three and more
 * are an ellipsis.
 */
export const doubleStopsIn = (text: string): readonly Range[] =>
  [...text.matchAll(/[\p{L}\p{N})\]"'*_]\.\.(?=\s|$)/gu)].map(match => ({
    start: match.index,
    end: match.index + match[0].length,
  }))
