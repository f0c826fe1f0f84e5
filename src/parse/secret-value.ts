/** Whether a text that stands where a secret could be is one. No opinion on where it stands: that is the caller's. */

/** Bits per character (Shannon), of at most 400 characters. */
export const entropyOf = (value: string): number => {
  const counts = new Map<string, number>()
  const some = value.slice(0, 400)
  for (const c of some) counts.set(c, (counts.get(c) ?? 0) + 1)
  let bits = 0
  for (const n of counts.values()) bits -= (n / some.length) * Math.log2(n / some.length)
  return bits
}

/** A variable, an expression, a path into a secret store: the value is somewhere else. */
const reference =
  /^(?:<[\w.-]{1,20}>|\d{4}-\d\d-\d\d(?:[T ]|$)|\$|\{\{|\{%|<%|%\(|%[A-Za-z_]\w*%$|[@&*!][A-Za-z][A-Za-z_.-]*$|#\{|\$\$|ENC\[|enc:|ref\+|vault:|op:\/\/|arn:|gcp:|secretmanager:|awssm:|azurekeyvault|keyvault|ssm:|env[.:]|file:|\/run\/|\/var\/|\/etc\/|\/home\/|\/usr\/|\/secrets?\/|~\/|\.{1,2}\/|https?:\/\/)|\$\{|\$\(|\{\{|<%=|%[sdr]\b|%\([\w.]+\)|^\{\w*\}$|\{[\w.]+\}|__[A-Z][A-Z0-9_]*__/

/** Somebody says that a value belongs here, or that it was taken out. */
const placeholder =
  /^<.*>$|^\[.*\]$|^\(.*\)$|^\{.*\}$|x{4,}|X{4,}|\*{3,}|\.{3}|…|•{2,}|^-+$|^_+$|^\?+$|^0+$|\b(?:your|my|some|the|any)[-_ ]?(?:\w+[-_ ])*(?:key|token|secret|password|pass|value|id|app|api)\b|your[-_]|<your|example|placeholder|redacted|removed|masked|hidden|scrubbed|censored|filtered|insert[-_ ]|replace[-_ ]?(?:me|with|this)|fill[-_ ]?(?:me|in)|todo|fixme|tbd\b|dummy|fake|not[-_ ]?(?:a[-_ ]?)?(?:real|secret|used)|unused|goes[-_ ]here|[-_ ]here$|^here[-_]|sample|lorem|foo[-_]?bar|generate[-_ ]|set[-_ ](?:me|this|in|your|to|via)|^(?:enter|provide|specify|choose|create|use)[-_ ]|change[-_ ]?(?:this|it)[-_ ]in|deadbeef|same[-_ ]as|see[-_ ]/i

/** Words that are the name of a thing, of a type or of a state. */
const plain =
  /^(?:true|false|yes|no|on|off|null|none|nil|undefined|void|string|str|text|number|int|integer|bool|boolean|bytes?|object|array|list|any|unknown|char|varchar|uuid|optional|required|enabled|disabled|default|auto|inherit|read|write|admin-only|env|environment|file|prompt|ask|random|generated?|tokens|keys|apikey|api[-_]key|credentials?|basic|bearer|oauth2?|jwt|header|query|cookie|body|form|session|public|private|internal|external|unset|missing|invalid|valid|expired|empty|n\/a|na|self|this|value|name|type|id|plain|hashed|scram-sha-256|md5|sha\d+|trust|peer|sensitive|password field|hmac|rsa|ed25519|aes|x509|tls|ssl|login|user|username|email|reset|confirm|new|old|current|repeat|again)$/i

/** Digests and what a password hash looks like: no way back to the secret. */
const digest =
  /^(?:sha(?:1|256|384|512)[-:=]|md5[:=]|\$(?:2[abxy]|[156y]|apr1|argon2\w*|pbkdf2[\w-]*|scrypt|P|S)\$|pbkdf2_\w+\$|argon2\w*\$|bcrypt\w*\$|scrypt:|SCRAM-SHA-|\{(?:SSHA|SHA|MD5|CRYPT)\w*\})/i

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Values that documents and test suites use all over the world (AWS, RFC 6238, RFC 7515, NIST, Stripe, jwt.io). */
const known: readonly RegExp[] = [
  /EXAMPLE/,
  /^GEZDGNBVGY3TQOJQ/,
  /^JBSWY3DPEHPK3PXP/,
  /^eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.eyJzdWIiOiIxMjM0NTY3ODkw/,
  /^eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9/,
  /^sk_test_4eC39Hq/,
  /^pk_/,
  /^(?:2b7e151628aed2a6abf7158809cf4f3c|000102030405060708090a0b0c0d0e0f)/i,
  /^Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/,
  /^AIzaSyA{6}/,
]

/** Steps of the alphabet or of the digits, up or down, and repetitions, by neighbours. */
const patterned = (value: string): boolean => {
  let steps = 0
  for (let i = 1; i < value.length && i < 200; i++) {
    const d = Math.abs(value.charCodeAt(i) - value.charCodeAt(i - 1))
    if (d <= 1) steps++
  }
  return value.length >= 8 && steps >= (Math.min(value.length, 200) - 1) * 0.6
}

/** The same short piece over and over. */
const repeated = (value: string): boolean => {
  for (let n = 1; n <= 8 && n * 3 <= value.length; n++) {
    const piece = value.slice(0, n)
    if (value.slice(0, 400) === piece.repeat(Math.ceil(value.length / n)).slice(0, Math.min(value.length, 400)))
      return true
  }
  return false
}

/** Capitals all over the place: no word, no name in camel case. */
const changesCase = (value: string): boolean => (value.match(/[a-z][A-Z]|[A-Z]{2}[a-z]/g)?.length ?? 0) >= 5

export type Standing =
  /** Somewhere else, to be filled in, taken out, a word of configuration, a documented test value. */
  | 'none'
  /** A word somebody can guess: still a password where one is asked for. */
  | 'guessable'
  /** Neither a word nor a sentence. */
  | 'mixed'
  /** Looks as if a machine had made it. */
  | 'random'

/** What a value is, taken alone. Linear in its first 400 characters. */
export const standingOf = (whole: string): Standing => {
  const value = whole.length > 400 ? whole.slice(0, 400) : whole
  if (value.trim() === '' || reference.test(value) || digest.test(value) || plain.test(value)) return 'none'
  if (known.some(k => k.test(value))) return 'none'
  const letters = /[A-Za-z]/.test(value)
  const digits = /\d/.test(value)
  const looksMade =
    value.length >= 20 &&
    letters &&
    (digits || changesCase(value)) &&
    /^[\w+/=.~-]+$/.test(value) &&
    entropyOf(value) >= 3.6
  // In sixty random characters `xxxx` or `todo` may come up: only a word of its own is a word.
  if (
    looksMade
      ? /(?:^|[-_.])(?:your|example|placeholder|dummy|fake|redacted|sample|change)(?:$|[-_.])|x{6}/i.test(value)
      : placeholder.test(value)
  )
    return 'none'
  if (value.length >= 12 && (patterned(value) || repeated(value))) return 'none'
  if (uuid.test(value)) return new Set(value).size > 8 ? 'random' : 'none'
  if (/^(?:[0-9a-f]{16,}|[0-9A-F]{16,})$/.test(value))
    return entropyOf(value) >= 2.9 && letters && digits ? 'random' : 'mixed'
  // Words run together and a number behind them: made by a person.
  if (/^(?:[a-z]+|[A-Z][a-z]+)[-_.!]?\d{0,4}[!.]?$/.test(value) && /[a-z]{6}/i.test(value))
    return digits ? 'mixed' : 'guessable'
  if (looksMade && !/^[A-Za-z]+(?:[-_./][A-Za-z]+)+\d*$/.test(value)) return 'random'
  if (value.length >= 12 && entropyOf(value) >= 3 && letters && digits && !/\s/.test(value)) return 'random'
  if (letters && (digits || /[^\w\s.:/,'"-]/.test(value)) && !/\s/.test(value)) return 'mixed'
  return 'guessable'
}
