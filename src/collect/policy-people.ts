import { readDate } from '../parse/date.ts'

/** A firm by its legal form: `Harrowgate Health Ltd`. */
export const legalForm =
  /(?:[\p{Lu}][\p{L}\p{N}&.'’™®-]{0,30},? ){1,5}(?:LLC|L\.L\.C\.|Inc\b\.?|Ltd\b\.?|Limited\b|GmbH|Corp\b\.?|Corporation\b|PLC\b|LLP\b|S\.A\.|B\.V\.|AG\b|SE\b|Pty\b|Foundation\b|e\.V\.)/u

const acronym = '(?:C[A-Z]{1,3}O|VP|SVP|EVP|DPO|HR|IT|ISSO|BISO|MD)'
const roleWord = new RegExp(
  `\\b(?:${acronym}|(?:[Cc]hief|[Oo]fficer|[Dd]irectors?|[Hh]ead|[Mm]anagers?|[Mm]anagement|[Ll]ead|[Ll]eadership|[Aa]rchitect|[Ee]ngineer(?:ing)?|[Pp]resident|[Ff]ounder|[Oo]wner|[Pp]rincipal|[Pp]artner|[Cc]ommittee|[Bb]oard|[Tt]eam|[Dd]epartment|[Cc]ouncil|[Gg]roup|[Ss]ecurity|[Pp]rivacy|[Cc]ompliance|[Aa]dministrat(?:or|ion)|[Cc]ounsel|[Ll]egal|[Oo]perations|[Ee]xecutives?|[Aa]nalyst|[Cc]onsultant|[Aa]uditor|[Cc]ustodian|[Rr]esources|[Ii]nformation|[Tt]echnology|[Rr]isk))\\b`,
)
const particle = /^(?:de|del|della|der|den|di|da|dos|du|la|le|van|von|zu|bin|ibn|al|el|y|e|af|av)$/i

/** The person and the role in `Ada Lovelace (Security Officer)`, `CISO Ada Lovelace`, or three lines of a signature. */
export const namedIn = (
  text: string,
  organisation: string | undefined,
): { readonly person: string | undefined; readonly role: string | undefined } => {
  let person: string | undefined
  let role: string | undefined
  for (const raw of text.slice(0, 400).split(/[\n,;()|/]|\s[–—-]\s|:\s|\s(?:as|on|and|&)\s/)) {
    const part = raw.replace(/^(?:by|on|as|approved by)\s+/i, '').trim()
    if (part === '' || readDate(part)) continue
    if (legalForm.test(part) || (organisation !== undefined && part.toLowerCase() === organisation.toLowerCase()))
      continue
    const title = new RegExp(`^(${acronym}|Dr\\.?|Mr\\.?|Mrs\\.?|Ms\\.?|Prof\\.?)\\s+(?=\\p{Lu})`, 'u').exec(part)
    const bare = title && !roleWord.test(part.slice(title[0].length)) ? part.slice(title[0].length) : part
    if (title && bare !== part && new RegExp(`^${acronym}$`).test(title[1] ?? '')) role ??= title[1]
    if (roleWord.test(bare)) role ??= part
    else if (isName(bare)) person ??= bare
  }
  return { person, role }
}

const isName = (part: string): boolean => {
  if (/^@[\w-]{1,60}$|^[\w.+-]{1,64}@[\w.-]{1,200}$|^<?[\w.+-]+@[\w.-]+>?$/.test(part)) return true
  const words = part.split(/\s+/)
  if (words.length > 6) return false
  // A login on its own: `jdoe`, `ada.l`.
  if (words.length === 1 && /^[\p{L}][\p{L}\p{N}.'’_-]{1,40}$/u.test(part)) return true
  return words.every(word => /^[\p{Lu}\p{Lo}]/u.test(word) || particle.test(word)) && words.length >= 2
}
