import { fromBase64 } from './base64.ts'
import type { SecretSeen } from './secret-seen.ts'
import { type Standing, standingOf } from './secret-value.ts'
import type { TextClass } from './text-class.ts'

interface Phrase {
  readonly kind: string
  readonly hint: string
  readonly pattern: RegExp
  readonly least: readonly Standing[]
  readonly decoded?: true
}

const anyOf: readonly Standing[] = ['guessable', 'mixed', 'random']
const made: readonly Standing[] = ['mixed', 'random']

/** The last group is the value, and ends the match but for a closing quote. */
const phrases: readonly Phrase[] = [
  { kind: 'bearer token', hint: 'earer', pattern: /\bbearer[ \t]{1,4}([\w+/=.~-]{16,2000})/gi, least: ['random'] },
  {
    kind: 'password',
    hint: 'asic',
    pattern: /\bbasic[ \t]{1,4}([A-Za-z0-9+/]{8,400}={0,2})/gi,
    least: anyOf,
    decoded: true,
  },
  {
    kind: 'password',
    hint: '"auth"',
    pattern: /"auth"[ \t]{0,4}:[ \t]{0,4}"([A-Za-z0-9+/]{8,400}={0,2})"/g,
    least: anyOf,
    decoded: true,
  },
  {
    kind: 'password',
    hint: 'curl',
    pattern: /\bcurl\b[^\n|;]{0,200}?[ \t](?:-u|--user)[ \t=]{1,2}["']?[\w.@-]{1,60}:([^\s"'$@]{3,100})/g,
    least: made,
  },
  {
    kind: 'password',
    hint: 'sshpass',
    pattern: /\bsshpass[ \t]{1,4}-p[ \t]{0,2}["']?([^\s"'$]{3,100})/g,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'mysql',
    pattern: /\bmysql(?:admin|dump)?\b[^\n|;&]{0,100}?[ \t]-p(?!rintf?\b|ort\b|rotocol\b)["']?([^\s"'$]{3,100})/g,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'redis-cli',
    pattern: /\bredis-cli\b[^\n|;&]{0,100}?[ \t]-a[ \t]{1,2}["']?([^\s"'$]{3,100})/g,
    least: anyOf,
  },
  { kind: 'password', hint: 'requirepass', pattern: /\brequirepass[ \t]{1,4}["']?([^\s"'$]{3,100})/g, least: anyOf },
  {
    kind: 'password',
    hint: 'docker',
    pattern: /\bdocker[ \t]login\b[^\n|;&]{0,100}?[ \t](?:-p|--password)[ \t=]["']?([^\s"'$]{3,100})/g,
    least: made,
  },
  {
    kind: 'password',
    hint: 'dentified',
    pattern: /\bidentified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,30}[ \t]{1,4})?by[ \t]{1,4}'([^'\n]{3,100})'/gi,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'DENTIFIED',
    pattern: /\bIDENTIFIED[ \t]{1,4}(?:WITH[ \t]{1,4}\w{1,30}[ \t]{1,4})?BY[ \t]{1,4}'([^'\n]{3,100})'/g,
    least: anyOf,
  },
  { kind: 'password', hint: 'PASSWORD ', pattern: /\bPASSWORD[ \t]{1,4}'([^'\n]{3,100})'/g, least: anyOf },
  {
    kind: 'password',
    hint: 'password ',
    pattern: /\b(?:with|user|role)\b[^\n;']{0,80}\bpassword[ \t]{1,4}'([^'\n]{3,100})'/g,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'chpasswd',
    pattern:
      /\becho[ \t]{1,2}["']?[\w.-]{1,40}:([^\s"'$|]{3,100})["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,2})?chpasswd/g,
    least: anyOf,
  },
  { kind: 'signature key', hint: 'sig=', pattern: /[?&]sig=([A-Za-z0-9%+/]{43,80})/g, least: ['random', 'mixed'] },
]

/** One pass tells which phrases are worth a look. */
const hints = new RegExp([...new Set(phrases.map(({ hint }) => hint))].join('|'), 'g')

/** Commands, headers and statements that carry a secret. */
export const spoken = (text: string, is: TextClass): SecretSeen[] => {
  const seen: SecretSeen[] = []
  const heard = new Set<string>()
  for (const [hint] of text.matchAll(hints)) heard.add(hint)
  for (const { kind, hint, pattern, least, decoded } of phrases) {
    if (!heard.has(hint)) continue
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? ''
      // The pattern of such a statement, or what follows the end of a text that ends in its words.
      if (/\[\^|\(\?[:=!<]|^\s*[,;)\]}]/.test(value)) continue
      const start = match.index + match[0].lastIndexOf(value)
      let standing = standingOf(value)
      if (decoded) {
        // User and password in base64 (RFC 7617, Docker's config.json): what they say decides.
        const said = fromBase64(value)
        const password = /^[\x21-\x7e]{1,60}?:([\x21-\x7e]{3,200})$/.exec(said)?.[1]
        if (password === undefined) continue
        standing = standingOf(password)
        if (/^(?:user(?:name)?:pass(?:word)?|aladdin:open ?sesame)$/i.test(said)) continue
      }
      if (!least.includes(standing) || (standing !== 'random' && (is === 'test code' || is === 'prose'))) continue
      if (is === 'test code' && !decoded && kind === 'bearer token') continue
      if (standing !== 'random' && (value.startsWith('-') || /^[a-z]+[-_][a-z-_]+$/.test(value))) continue
      seen.push({
        start,
        end: start + value.length,
        kind,
        name: undefined,
        confidence: standing === 'random' && is !== 'prose' ? 'high' : 'medium',
      })
    }
  }
  return seen
}
