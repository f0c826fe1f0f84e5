/** What a variable that names a credential holds, for the reader. */
export type Credential =
  | 'password'
  | 'token'
  | 'secret'
  | 'API key'
  | 'access key'
  | 'private key'
  | 'key'
  | 'credentials'
  | 'password in a URL'

/** Last words that make of a credential's name the name of something about it: where it is, how long it lives. */
const about: ReadonlySet<string> = new Set(
  (
    'file files path paths dir directory url uri endpoint host port ttl expiry expires expire expiration lifetime age ' +
    'length len min max size limit count policy enabled enable disabled required name names header algorithm alg ' +
    'type timeout id ids prefix suffix field format cost rounds reset login issuer audience scope scopes version ' +
    'period interval days hours minutes seconds duration rotation strength complexity mode provider store backend ' +
    'ref arn location source method authentication auth lookup script command cmd hint seed validity refresh env ' +
    'claim claims endpoints validation store grant user username email title label usage budget'
  ).split(' '),
)

/** First words that make it a switch. */
const switches: ReadonlySet<string> = new Set(
  'enable disable allow require use has is no skip force with without disallow generate create random'.split(' '),
)

const keyOf: ReadonlySet<string> = new Set(
  (
    'api access secret private encryption encrypt encrypted signing sign signature auth master account admin service ' +
    'fernet jwt session cookie crypt crypto cipher app storage hmac shared license deploy webhook server root'
  ).split(' '),
)

/** Names that hold a credential though no word of them says so. */
const known: Readonly<Record<string, Credential>> = {
  REDISCLI_AUTH: 'password',
  NEO4J_AUTH: 'credentials',
  RABBITMQ_ERLANG_COOKIE: 'secret',
  ERLANG_COOKIE: 'secret',
  SECRET_KEY_BASE: 'secret',
  MYSQL_PWD: 'password',
}

/** `dbPassword`, `DB_PASSWORD`, `db.password`, `PGPASSWORD` → words in lower case. */
const wordsOf = (name: string): string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(word => word !== '' && !/^\d+$/.test(word))

/** The kind of credential a variable's name promises, or undefined. */
export const credentialNamed = (name: string): Credential | undefined => {
  if (name.length > 200) return undefined
  const special = known[name.toUpperCase()]
  if (special !== undefined) return special
  const words = wordsOf(name)
  const last = words.at(-1)
  if (last === undefined || about.has(last) || switches.has(words[0] ?? '')) return undefined
  const has = (pattern: RegExp): boolean => words.some(word => pattern.test(word))
  if (
    has(/(password|passwd|passphrase|passwort)s?$/) ||
    /^(|db|pg|sql|mysql|redis|user|root|admin|smtp|imap|mail|ldap|ftp|ssh|http|rpc)pass$/.test(last)
  )
    return 'password'
  if (last === 'pwd' && words.length > 1) return 'password'
  const before = words.at(-2)
  if (
    last === 'key' ||
    last === 'keys' ||
    /^(api|access|secret|private|encryption|signing|auth|master)keys?$/.test(last)
  ) {
    const adjective = last === 'key' || last === 'keys' ? (before ?? '') : last.replace(/keys?$/, '')
    if (adjective === 'api') return 'API key'
    if (adjective === 'access') return 'access key'
    if (adjective === 'private') return 'private key'
    if (adjective === 'secret') return 'secret'
    return keyOf.has(adjective) && !words.includes('public') ? 'key' : undefined
  }
  if (/^(.*token)s?$/.test(last)) return words.includes('max') || last.endsWith('tokens') ? undefined : 'token'
  if (/secrets?$/.test(last) || words.includes('secret')) return 'secret'
  if (last === 'credentials' || last === 'credential') return 'credentials'
  return undefined
}

/** Words of configuration that stand where a credential could and are none. */
const setting = /^(true|false|yes|no|on|off|null|none|nil|undefined|0|1|enabled|disabled|required|optional)$/i

/** Whether a literal can be a credential at all: no switch, and, unless it is a password, no path to a file. */
export const canBeSecret = (value: string, kind: Credential): boolean =>
  !setting.test(value) && (kind === 'password' || !/^(\.{0,2}\/|~\/)[\w./-]*$/.test(value))

/** Values that say they are none: a command of the build wants the variable set, and nothing checks what it holds. */
export const saysDummy = (value: string): boolean =>
  value.length <= 200 &&
  /dummy|fake|placeholder|not[-_ ]?(a|the)?[-_ ]?(real|used|secret)|unused|build[-_ ]?(time|only)/i.test(value)

/** Values that name a place in a secret store, or a file: no secret themselves. */
export const isReference = (value: string): boolean =>
  /^(vault:|op:\/\/|ref\+|arn:aws:(secretsmanager|ssm):|gcp:secretmanager:|azurekeyvault:|awssm:|file:|\/run\/secrets\/|\{\{)/i.test(
    value,
  )

/** `scheme://user:password@host` in a text: the stretches of the passwords. Linear: every repetition is bounded. */
export const passwordsInUrls = (text: string): readonly { readonly from: number; readonly to: number }[] => {
  const found: { from: number; to: number }[] = []
  for (const match of text.matchAll(/\b[a-z][a-z0-9+.-]{1,30}:\/\/[^\s:@/]{0,200}:([^\s@/]{1,400})@/gi)) {
    const to = match.index + match[0].length - 1
    found.push({ from: to - (match[1] ?? '').length, to })
  }
  return found
}
