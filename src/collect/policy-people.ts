import { readDate } from '../parse/date.ts'

const form =
  '(?:LLC\\b|L\\.L\\.C\\.|PLLC\\b|Inc\\b\\.?|Ltd\\b\\.?|Limited\\b|GmbH\\b|Corp\\b\\.?|Corporation\\b|PLC\\b|LLP\\b|L\\.L\\.P\\.|P\\.C\\.|S\\.A\\.|B\\.V\\.|AG\\b|SE\\b|Pty\\b|Foundation\\b|e\\.V\\.)'

/** A firm by its legal form: `Harrowgate Health Ltd`. */
export const legalForm = new RegExp(`(?:[\\p{Lu}][\\p{L}\\p{N}&.'’™®-]{0,30},? ){1,5}${form}`, 'u')
/** `, Inc.`: the form is not a part of its own. */
const formApart = new RegExp(`\\s{0,3},\\s{0,3}(?=${form}(?:[\\s,;)|/]|$))`, 'gu')

/** Last words of names of firms that are no surnames. */
const firmWord =
  /\s(?:Health(?:care)?|Clinics?|Hospitals?|Medical|Medicine|Wellness|Pharma(?:ceuticals)?|Therapeutics|Diagnostics|Systems|Software|Solutions|Services|Technologies|Labs|Laboratories|Analytics|Holdings|Partners|Ventures|Consulting|Associates|Association|Institute|University|Cent(?:er|re)|Networks?|Industries|International|Insurance)$/

const acronym = '(?:C[A-Z]{1,3}O|VP|SVP|EVP|DPO|HR|IT|ISSO|BISO|MD)'
const roleWord = new RegExp(
  `\\b(?:${acronym}|(?:[Cc]hief|[Oo]fficer|[Dd]irectors?|[Hh]ead|[Mm]anagers?|[Mm]anagement|[Ll]ead|[Ll]eadership|[Aa]rchitect|[Ee]ngineer(?:ing)?|[Pp]resident|[Ff]ounder|[Oo]wner|[Pp]rincipal|[Pp]artner|[Cc]ommittee|[Bb]oard|[Tt]eam|[Dd]epartment|[Cc]ouncil|[Gg]roup|[Ss]ecurity|[Pp]rivacy|[Cc]ompliance|[Aa]dministrat(?:or|ion)|[Cc]ounsel|[Ll]egal|[Oo]perations|[Ee]xecutives?|[Aa]nalyst|[Cc]onsultant|[Aa]uditor|[Cc]ustodian|[Rr]esources|[Ii]nformation|[Tt]echnology|[Rr]isk|[Cc]hair(?:man|woman|person)?|[Ss]ecretary|[Tt]reasurer|[Tt]rustees?|[Ss]upervisor|[Cc]oordinator|[Ss]pecialist|[Dd]eputy|[Rr]epresentative|[Oo]ffice|[Ss]taff|[Cc]ontroller|[Uu]nit|[Dd]ivision|[Aa]uthority|[Ss]ponsor|Geschäftsführ(?:er|erin|ung)|Vorstand|Leit(?:er|erin|ung)))(?![\\p{L}\\p{N}_])`,
  'u',
)
/** Of a person in it, not of a department or a firm that sells security. */
const office = /\b(?:Chief|Officer|Director|President|Manager|Head|Founder|Owner|Board|Committee)\b/
/** Letters after a name, and answers to another question than who. */
const noName =
  /^(?:\p{Lu}{2,}|Ph\.?D\.?|M\.?Sc\.?|B\.?Sc\.?|M\.D\.|J\.D\.|Esq\.?|[JS]r\.?|[Yy]es|[Nn]o|[Aa]pproved|[Ss]igned|[Dd]one|[Ff]inal|[Dd]raft|[Ee]veryone|[Aa]ll)$/u
const particle = /^(?:de|del|della|der|den|di|da|dos|du|la|le|van|von|zu|bin|ibn|al|el|y|e|af|av)$/i

/** The person and the role in `Ada Lovelace (Security Officer)`, `CISO Ada Lovelace`, or three lines of a signature. */
export const namedIn = (
  text: string,
  organisation: string | undefined,
): { readonly person: string | undefined; readonly role: string | undefined } => {
  let person: string | undefined
  let role: string | undefined
  let firm = false
  const whole = text.slice(0, 400).replace(formApart, ' ')
  for (const raw of whole.split(/[\n,;()|/]|\s[–—-]\s|:\s|\s(?:as|on|and|&)\s/)) {
    const written = raw.replace(/^(?:by|on|as|approved by)\s+/i, '').trim()
    if (written === '' || readDate(written)) continue
    // After a role, the beginning of the firm's name stands for the firm: "CISO, Meridian" at Meridian Eye Centre.
    const short = role !== undefined && organisation?.toLowerCase().startsWith(`${written.toLowerCase()} `)
    const part = short ? '' : withoutFirm(written, organisation)
    if (part !== written) firm = true
    if (part === '') {
      if (office.test(written)) role ??= written
      continue
    }
    const title = new RegExp(`^(${acronym}|Dr\\.?|Mr\\.?|Mrs\\.?|Ms\\.?|Prof\\.?)\\s+(?=\\p{Lu})`, 'u').exec(part)
    const bare = title && !roleWord.test(part.slice(title[0].length)) ? part.slice(title[0].length) : part
    if (title && bare !== part && new RegExp(`^${acronym}$`).test(title[1] ?? '')) role ??= title[1]
    if (roleWord.test(bare)) role ??= part
    else if (firmWord.test(bare)) firm = true
    // One word after a firm is the town it is in.
    else if (isName(bare) && !(firm && /^\p{Lu}[\p{L}'’-]*$/u.test(bare))) person ??= bare
  }
  return { person, role }
}

/** `Mina Okafor of Harrowgate Health Ltd` → `Mina Okafor`; empty for a firm alone. */
const withoutFirm = (part: string, organisation: string | undefined): string => {
  const before = (at: number): string =>
    part
      .slice(0, at)
      .replace(/(?:^|\s)(?:of|at|for|from|the)\s*$/i, '')
      .trim()
  const firm = legalForm.exec(part)
  if (firm) return before(firm.index)
  const known = organisation === undefined ? '' : nameOfFirm(organisation)
  if (known !== '' && part.toLowerCase().endsWith(known)) {
    const at = part.length - known.length
    if (at === 0) return ''
    if (/\s(?:of|at|for|from|the)\s+$/i.test(part.slice(0, at))) return before(at)
  }
  const named = /\s(?:of|at|for|from)\s+/.exec(part)
  if (named && firmWord.test(part) && !roleWord.test(part)) return before(named.index)
  return part
}

/** In lower case and without the legal form. */
const nameOfFirm = (organisation: string): string =>
  organisation
    .replace(new RegExp(`,?\\s+${form}\\s*$`, 'u'), '')
    .trim()
    .toLowerCase()

const isName = (part: string): boolean => {
  if (/^@[\w-]{1,60}$|^[\w.+-]{1,64}@[\w.-]{1,200}$|^<?[\w.+-]+@[\w.-]+>?$/.test(part)) return true
  if (noName.test(part)) return false
  const words = part.split(/\s+/)
  if (words.length > 6) return false
  // A login on its own: `jdoe`, `ada.l`.
  if (words.length === 1 && /^[\p{L}][\p{L}\p{N}.'’_-]{1,40}$/u.test(part)) return true
  return words.every(word => /^[\p{Lu}\p{Lo}]/u.test(word) || particle.test(word)) && words.length >= 2
}
