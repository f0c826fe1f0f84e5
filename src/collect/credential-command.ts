import { parseTemplate, type TemplatePart } from '../parse/compose-template.ts'
import { type Credential, credentialNamed } from '../parse/credential.ts'

/** The text with every variable replaced by letters, so that what is inside of it cannot be mistaken for syntax. */
export const veiled = (raw: string, parts: readonly TemplatePart[]): string => {
  let out = ''
  let at = 0
  for (const part of parts) {
    if (part.is !== 'variable') continue
    out += raw.slice(at, part.from) + 'V'.repeat(part.to - part.from)
    at = part.to
  }
  return out + raw.slice(at)
}

const flags: Readonly<Record<string, Credential>> = {
  requirepass: 'password',
  masterauth: 'password',
  password: 'password',
  passwd: 'password',
  pass: 'password',
  token: 'token',
  'auth-token': 'token',
  'api-key': 'API key',
  apikey: 'API key',
  secret: 'secret',
  'secret-key': 'secret',
}
const flagWord = Object.keys(flags).join('|')
const flagAlone = new RegExp(`^--?(${flagWord})$`, 'i')
const oneWord = `(?:"([^"\\n]{1,400})"|'([^'\\n]{1,400})'|([^\\s"'&|;]{1,400}))`
const flagWithValue = new RegExp(`(?:^|\\s)--(${flagWord})(?:=|[ \\t]{1,10})${oneWord}`, 'gi')
const assignment = new RegExp(`(?:^|[\\s;&"'(])([A-Z][A-Z0-9_]{2,80})=${oneWord}`, 'g')

export interface InCommand {
  readonly name: string
  readonly credential: Credential
  readonly from: number
  readonly to: number
}

/** Flags and assignments of a command that carry a credential; `before` is the argument before this one, in a list. */
export const credentialsInCommand = (command: string, before?: string): readonly InCommand[] => {
  const found: InCommand[] = []
  const flag = flagAlone.exec(before ?? '')?.[1]?.toLowerCase()
  const ofFlag = flag === undefined ? undefined : flags[flag]
  if (flag !== undefined && ofFlag !== undefined && !command.startsWith('-')) {
    found.push({ name: `--${flag}`, credential: ofFlag, from: 0, to: command.length })
  }
  const text = veiled(command, parseTemplate(command))
  const add = (match: RegExpMatchArray, name: string, credential: Credential, value: string): void => {
    const to = (match.index ?? 0) + match[0].length - (/["']$/.test(match[0]) && !/["']$/.test(value) ? 1 : 0)
    found.push({ name, credential, from: to - value.length, to })
  }
  for (const match of text.matchAll(flagWithValue)) {
    const name = (match[1] ?? '').toLowerCase()
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    const credential = flags[name]
    if (credential !== undefined && !value.startsWith('-')) add(match, `--${name}`, credential, value)
  }
  for (const match of text.matchAll(/\bmysql(?:admin|dump)?\b[^|;&\n]{0,200}?\s-p["']?([^\s"'&|;]{1,200})/g)) {
    add(match, '-p', 'password', match[1] ?? '')
  }
  for (const match of text.matchAll(/\bredis-cli\b[^|;&\n]{0,200}?\s-a\s{1,5}["']?([^\s"'&|;]{1,200})/g)) {
    add(match, '-a', 'password', match[1] ?? '')
  }
  for (const match of text.matchAll(
    /\bcurl\b[^|;&\n]{0,200}?\s(?:-u|--user)[\s=]{1,5}["']?[^\s"':]{1,80}:([^\s"'&|;]{1,200})/g,
  )) {
    add(match, '--user', 'password', match[1] ?? '')
  }
  for (const match of text.matchAll(assignment)) {
    const credential = credentialNamed(match[1] ?? '')
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    if (credential !== undefined) add(match, match[1] ?? '', credential, value)
  }
  // In a shell, `$$X` (written so for Compose) is read at run time: no literal.
  return found.filter(({ from, to }) => !command.slice(from, to).startsWith('$$'))
}
