import type { SecretSpan } from './model.ts'
import { credentialNamed } from './parse/credential.ts'
import { tokensIn } from './parse/secret-format.ts'

/**
 * Finds what must never be shown in a text that is about to be quoted. It errs on the side of hiding: a hidden word
 * costs a reader a look at the file, a shown secret cannot be taken back.
 */

/** What the exact formats of `parse/secret-format.ts` would let pass: cut short, or glued to other words. All linear. */
const formats: readonly { readonly kind: string; readonly pattern: RegExp }[] = [
  {
    kind: 'private key',
    pattern:
      /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----[^-]{0,20000}(?:-----END [A-Z0-9 ]{1,40}-----)?/g,
  },
  { kind: 'cloud access key', pattern: /\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/g },
  {
    kind: 'forge token',
    pattern: /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{40,255}|glpat-[\w-]{20,255})/g,
  },
  { kind: 'chat token', pattern: /\bxox[abeoprs]-[A-Za-z0-9-]{10,255}/g },
  { kind: 'webhook', pattern: /https:\/\/hooks\.slack\.com\/services\/[A-Za-z0-9/]{20,255}/g },
  { kind: 'payment key', pattern: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,255}/g },
  {
    kind: 'API key',
    pattern:
      /\b(?:AIza[\w-]{35}|SG\.[\w-]{20,255}\.[\w-]{20,255}|sk-[A-Za-z0-9_-]{20,255}|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,255}|hf_[A-Za-z0-9]{30,255}|dckr_pat_[\w-]{20,255})/g,
  },
  { kind: 'JSON web token', pattern: /\beyJ[\w-]{8,4096}\.eyJ[\w-]{8,4096}\.[\w-]{8,4096}/g },
]

/** Of code that a sentence quotes. */
const longestQuoted = 500

/** `scheme://user:password@host`: the password alone. */
const inUrl = /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/'"<>]{0,200}:([^\s@/'"<>]{1,200})@/gi

/** `PASSWORD=…`, `"api_key": "…"`, `--token …`: the value alone. */
const assigned =
  /(?:^|[\s"'{,;?&/([-])[\w.-]{0,60}?(password|passwd|passphrase|pwd|secret|token|api[_-]?key|apikey|access[_-]?key|private[_-]?key|auth[_-]?key|credential|encryption[_-]?key|signing[_-]?key)[\w-]{0,40}["']?(?:[ \t]{0,4}(?:=|:=|:|=>)[ \t]{0,4}|[ \t]{1,4})(?:"([^"\n]{1,400})"|'([^'\n]{1,400})'|([^\s"'#,;]{1,400}))/gi

/** What stands where a secret could and is none: references, placeholders, words of configuration. */
const noSecret =
  /^(?:[A-Z][A-Z0-9_]{2,60}=|\$|\?[a-z_]{2,40}$|<|\{\{|%|\*+$|true$|false$|null$|none$|nil$|undefined$|yes$|no$|read$|write$|required$|optional$|string$|str$|env$|file$|inherit$|\/|\.\/|\[|\()/i

/** A variable's name, or what Compose says when it is not set: `MYSQL_ALLOW_EMPTY_PASSWORD`, `?POSTGRES_PASSWORD is unset`. */
const isName = (value: string): boolean =>
  /^[A-Z]+(?:_[A-Z0-9]+)+$/.test(value) ||
  (/^[A-Za-z]+(?:[_.-][A-Za-z]+)+$/.test(value) && credentialNamed(value) !== undefined)

/**
 * `file`: a text of the target, where everything after the name of a secret is one. `message`: a sentence of a check, that
 * speaks of names and quotes no value: names and words of the language stay.
 */
export const findSecrets = (text: string, of: 'file' | 'message' = 'file'): readonly SecretSpan[] => {
  const spans: SecretSpan[] = tokensIn(text)
  for (const { kind, pattern } of formats)
    for (const match of text.matchAll(pattern))
      spans.push({ start: match.index, end: match.index + match[0].length, kind })
  for (const match of text.matchAll(inUrl)) {
    const value = match[1] ?? ''
    if (noSecret.test(value)) continue
    const start = match.index + match[0].length - 1 - value.length
    spans.push({ start, end: start + value.length, kind: 'password in a URL' })
  }
  for (const match of text.matchAll(assigned)) {
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    const explicit = /[=:]/.test(match[0].slice(0, match[0].length - value.length - 1).slice(-6))
    if (noSecret.test(value) || value.length < 4 || (!explicit && !looksRandom(value))) continue
    // A sentence closes what it quotes: `secrets: inherit)`.
    const word = value.replace(/[`)\].,;!?]+$/, '')
    // What is quoted may be code that gives a name its value, `TOKEN: $X`: that value is looked at by itself.
    if (of === 'message' && /^`[A-Z]{2,40}(?:_[A-Z]{1,40}){0,5}[:=]$/.test(value)) {
      const from = match.index + match[0].length - value.length + 1
      const inner = findSecrets(text.slice(from, from + longestQuoted), of)
      spans.push(...inner.map(span => ({ ...span, start: from + span.start, end: from + span.end })))
      continue
    }
    if (of === 'message' && (noSecret.test(word) || isName(word) || (match[4] !== undefined && isProse(match, text))))
      continue
    const quoted = match[4] === undefined ? 1 : 0
    const start = match.index + match[0].length - quoted - value.length
    spans.push({ start, end: start + value.length, kind: (match[1] ?? 'secret').toLowerCase().replace(/[_-]/g, ' ') })
  }
  return merged(spans)
}

/** A text of the target that a sentence will quote, cleared as strictly as the target itself. */
export const withoutSecrets = (text: string, of: 'file' | 'message' = 'file'): string => {
  let clear = text
  for (const span of findSecrets(text, of).toReversed())
    clear = clear.slice(0, span.start) + standIn(span) + clear.slice(span.end)
  return clear
}

/** `passwords: kept as hashes`: a word that a sentence goes on after. */
const isProse = (match: RegExpMatchArray, text: string): boolean => {
  const end = (match.index ?? 0) + match[0].length
  return (
    /: $/.test(match[0].slice(0, -(match[4] ?? '').length)) &&
    /^[a-z]{2,20}$/.test(match[4] ?? '') &&
    /^,? [a-z]{2,}/.test(text.slice(end, end + 8))
  )
}

/** Long, and of more than one kind of character: not an ordinary word of the text. */
export const looksRandom = (value: string): boolean =>
  value.length >= 8 && /[A-Za-z]/.test(value) && /[0-9]|[^\w\s.:/-]/.test(value)

/** Sorted and without overlaps; where two overlap, the one that starts first names the kind. */
export const merged = (spans: readonly SecretSpan[]): readonly SecretSpan[] => {
  const out: SecretSpan[] = []
  for (const span of [...spans].sort((a, b) => a.start - b.start || b.end - a.end)) {
    const last = out.at(-1)
    if (last && span.start < last.end) out[out.length - 1] = { ...last, end: Math.max(last.end, span.end) }
    else if (span.end > span.start) out.push(span)
  }
  return out
}

/** What is shown instead: the kind and the class of its length, never a character of it. */
export const standIn = (span: SecretSpan): string => `[${span.kind}, ${lengthClassOf(span)} characters]`

/** How long it is, so roughly that it says nothing of what it is. */
export const lengthClassOf = ({ start, end }: { readonly start: number; readonly end: number }): string => {
  const length = end - start
  if (length < 8) return 'under 8'
  if (length < 16) return '8 to 15'
  if (length < 32) return '16 to 31'
  return length < 64 ? '32 to 63' : '64 or more'
}
