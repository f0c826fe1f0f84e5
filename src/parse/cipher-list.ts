/**
 * OpenSSL's cipher strings (`HIGH:!aNULL:!MD5`), for TLS 1.2 and below: openssl-ciphers(1), ssl_cipher_process_rulestr in
 * ssl/ssl_ciph.c. Order is left out: who may be chosen is the question, not who is chosen first.
 */

interface Suite {
  readonly name: string
  /** First version it may be used with. */
  readonly since: string
  readonly exchange: 'DHE' | 'ECDHE' | 'RSA' | 'DH' | 'ECDH'
  readonly authentication: string
  readonly encryption: string
  readonly bits: string
  readonly mac: string
  /** In OpenSSL 3's DEFAULT. */
  readonly byDefault: boolean
  /** Not in a stock build of OpenSSL 1.1.1 or 3: in no alias but its own, yet a name an older build obeys. */
  readonly legacy: boolean
}

// `openssl ciphers -V 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'` of OpenSSL 3.0.19, without the suites nginx cannot offer because it
// holds no shared keys (PSK, SRP): name, first version, key exchange, authentication, encryption, MAC, D if in DEFAULT.
const modern = `
  ADH-AES128-GCM-SHA256 TLSv1.2 DHE None AESGCM/128 AEAD -
  ADH-AES128-SHA SSLv3 DHE None AES/128 SHA1 -
  ADH-AES128-SHA256 TLSv1.2 DHE None AES/128 SHA256 -
  ADH-AES256-GCM-SHA384 TLSv1.2 DHE None AESGCM/256 AEAD -
  ADH-AES256-SHA SSLv3 DHE None AES/256 SHA1 -
  ADH-AES256-SHA256 TLSv1.2 DHE None AES/256 SHA256 -
  ADH-CAMELLIA128-SHA SSLv3 DHE None CAMELLIA/128 SHA1 -
  ADH-CAMELLIA128-SHA256 TLSv1.2 DHE None CAMELLIA/128 SHA256 -
  ADH-CAMELLIA256-SHA SSLv3 DHE None CAMELLIA/256 SHA1 -
  ADH-CAMELLIA256-SHA256 TLSv1.2 DHE None CAMELLIA/256 SHA256 -
  AECDH-AES128-SHA TLSv1 ECDHE None AES/128 SHA1 -
  AECDH-AES256-SHA TLSv1 ECDHE None AES/256 SHA1 -
  AECDH-NULL-SHA TLSv1 ECDHE None NULL SHA1 -
  AES128-CCM TLSv1.2 RSA RSA AESCCM/128 AEAD -
  AES128-CCM8 TLSv1.2 RSA RSA AESCCM8/128 AEAD -
  AES128-GCM-SHA256 TLSv1.2 RSA RSA AESGCM/128 AEAD D
  AES128-SHA SSLv3 RSA RSA AES/128 SHA1 D
  AES128-SHA256 TLSv1.2 RSA RSA AES/128 SHA256 D
  AES256-CCM TLSv1.2 RSA RSA AESCCM/256 AEAD -
  AES256-CCM8 TLSv1.2 RSA RSA AESCCM8/256 AEAD -
  AES256-GCM-SHA384 TLSv1.2 RSA RSA AESGCM/256 AEAD D
  AES256-SHA SSLv3 RSA RSA AES/256 SHA1 D
  AES256-SHA256 TLSv1.2 RSA RSA AES/256 SHA256 D
  ARIA128-GCM-SHA256 TLSv1.2 RSA RSA ARIAGCM/128 AEAD -
  ARIA256-GCM-SHA384 TLSv1.2 RSA RSA ARIAGCM/256 AEAD -
  CAMELLIA128-SHA SSLv3 RSA RSA CAMELLIA/128 SHA1 -
  CAMELLIA128-SHA256 TLSv1.2 RSA RSA CAMELLIA/128 SHA256 -
  CAMELLIA256-SHA SSLv3 RSA RSA CAMELLIA/256 SHA1 -
  CAMELLIA256-SHA256 TLSv1.2 RSA RSA CAMELLIA/256 SHA256 -
  DHE-DSS-AES128-GCM-SHA256 TLSv1.2 DHE DSS AESGCM/128 AEAD -
  DHE-DSS-AES128-SHA SSLv3 DHE DSS AES/128 SHA1 -
  DHE-DSS-AES128-SHA256 TLSv1.2 DHE DSS AES/128 SHA256 -
  DHE-DSS-AES256-GCM-SHA384 TLSv1.2 DHE DSS AESGCM/256 AEAD -
  DHE-DSS-AES256-SHA SSLv3 DHE DSS AES/256 SHA1 -
  DHE-DSS-AES256-SHA256 TLSv1.2 DHE DSS AES/256 SHA256 -
  DHE-DSS-ARIA128-GCM-SHA256 TLSv1.2 DHE DSS ARIAGCM/128 AEAD -
  DHE-DSS-ARIA256-GCM-SHA384 TLSv1.2 DHE DSS ARIAGCM/256 AEAD -
  DHE-DSS-CAMELLIA128-SHA SSLv3 DHE DSS CAMELLIA/128 SHA1 -
  DHE-DSS-CAMELLIA128-SHA256 TLSv1.2 DHE DSS CAMELLIA/128 SHA256 -
  DHE-DSS-CAMELLIA256-SHA SSLv3 DHE DSS CAMELLIA/256 SHA1 -
  DHE-DSS-CAMELLIA256-SHA256 TLSv1.2 DHE DSS CAMELLIA/256 SHA256 -
  DHE-RSA-AES128-CCM TLSv1.2 DHE RSA AESCCM/128 AEAD -
  DHE-RSA-AES128-CCM8 TLSv1.2 DHE RSA AESCCM8/128 AEAD -
  DHE-RSA-AES128-GCM-SHA256 TLSv1.2 DHE RSA AESGCM/128 AEAD D
  DHE-RSA-AES128-SHA SSLv3 DHE RSA AES/128 SHA1 D
  DHE-RSA-AES128-SHA256 TLSv1.2 DHE RSA AES/128 SHA256 D
  DHE-RSA-AES256-CCM TLSv1.2 DHE RSA AESCCM/256 AEAD -
  DHE-RSA-AES256-CCM8 TLSv1.2 DHE RSA AESCCM8/256 AEAD -
  DHE-RSA-AES256-GCM-SHA384 TLSv1.2 DHE RSA AESGCM/256 AEAD D
  DHE-RSA-AES256-SHA SSLv3 DHE RSA AES/256 SHA1 D
  DHE-RSA-AES256-SHA256 TLSv1.2 DHE RSA AES/256 SHA256 D
  DHE-RSA-ARIA128-GCM-SHA256 TLSv1.2 DHE RSA ARIAGCM/128 AEAD -
  DHE-RSA-ARIA256-GCM-SHA384 TLSv1.2 DHE RSA ARIAGCM/256 AEAD -
  DHE-RSA-CAMELLIA128-SHA SSLv3 DHE RSA CAMELLIA/128 SHA1 -
  DHE-RSA-CAMELLIA128-SHA256 TLSv1.2 DHE RSA CAMELLIA/128 SHA256 -
  DHE-RSA-CAMELLIA256-SHA SSLv3 DHE RSA CAMELLIA/256 SHA1 -
  DHE-RSA-CAMELLIA256-SHA256 TLSv1.2 DHE RSA CAMELLIA/256 SHA256 -
  DHE-RSA-CHACHA20-POLY1305 TLSv1.2 DHE RSA CHACHA20/256 AEAD D
  ECDHE-ARIA128-GCM-SHA256 TLSv1.2 ECDHE RSA ARIAGCM/128 AEAD -
  ECDHE-ARIA256-GCM-SHA384 TLSv1.2 ECDHE RSA ARIAGCM/256 AEAD -
  ECDHE-ECDSA-AES128-CCM TLSv1.2 ECDHE ECDSA AESCCM/128 AEAD -
  ECDHE-ECDSA-AES128-CCM8 TLSv1.2 ECDHE ECDSA AESCCM8/128 AEAD -
  ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2 ECDHE ECDSA AESGCM/128 AEAD D
  ECDHE-ECDSA-AES128-SHA TLSv1 ECDHE ECDSA AES/128 SHA1 D
  ECDHE-ECDSA-AES128-SHA256 TLSv1.2 ECDHE ECDSA AES/128 SHA256 D
  ECDHE-ECDSA-AES256-CCM TLSv1.2 ECDHE ECDSA AESCCM/256 AEAD -
  ECDHE-ECDSA-AES256-CCM8 TLSv1.2 ECDHE ECDSA AESCCM8/256 AEAD -
  ECDHE-ECDSA-AES256-GCM-SHA384 TLSv1.2 ECDHE ECDSA AESGCM/256 AEAD D
  ECDHE-ECDSA-AES256-SHA TLSv1 ECDHE ECDSA AES/256 SHA1 D
  ECDHE-ECDSA-AES256-SHA384 TLSv1.2 ECDHE ECDSA AES/256 SHA384 D
  ECDHE-ECDSA-ARIA128-GCM-SHA256 TLSv1.2 ECDHE ECDSA ARIAGCM/128 AEAD -
  ECDHE-ECDSA-ARIA256-GCM-SHA384 TLSv1.2 ECDHE ECDSA ARIAGCM/256 AEAD -
  ECDHE-ECDSA-CAMELLIA128-SHA256 TLSv1.2 ECDHE ECDSA CAMELLIA/128 SHA256 -
  ECDHE-ECDSA-CAMELLIA256-SHA384 TLSv1.2 ECDHE ECDSA CAMELLIA/256 SHA384 -
  ECDHE-ECDSA-CHACHA20-POLY1305 TLSv1.2 ECDHE ECDSA CHACHA20/256 AEAD D
  ECDHE-ECDSA-NULL-SHA TLSv1 ECDHE ECDSA NULL SHA1 -
  ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 ECDHE RSA AESGCM/128 AEAD D
  ECDHE-RSA-AES128-SHA TLSv1 ECDHE RSA AES/128 SHA1 D
  ECDHE-RSA-AES128-SHA256 TLSv1.2 ECDHE RSA AES/128 SHA256 D
  ECDHE-RSA-AES256-GCM-SHA384 TLSv1.2 ECDHE RSA AESGCM/256 AEAD D
  ECDHE-RSA-AES256-SHA TLSv1 ECDHE RSA AES/256 SHA1 D
  ECDHE-RSA-AES256-SHA384 TLSv1.2 ECDHE RSA AES/256 SHA384 D
  ECDHE-RSA-CAMELLIA128-SHA256 TLSv1.2 ECDHE RSA CAMELLIA/128 SHA256 -
  ECDHE-RSA-CAMELLIA256-SHA384 TLSv1.2 ECDHE RSA CAMELLIA/256 SHA384 -
  ECDHE-RSA-CHACHA20-POLY1305 TLSv1.2 ECDHE RSA CHACHA20/256 AEAD D
  ECDHE-RSA-NULL-SHA TLSv1 ECDHE RSA NULL SHA1 -
  NULL-MD5 SSLv3 RSA RSA NULL MD5 -
  NULL-SHA SSLv3 RSA RSA NULL SHA1 -
  NULL-SHA256 TLSv1.2 RSA RSA NULL SHA256 -
`

// openssl-ciphers(1) of 1.0.2: left out of stock builds since (weak-ssl-ciphers), or removed.
const old = `
  ADH-DES-CBC3-SHA SSLv3 DHE None 3DES/168 SHA1
  ADH-RC4-MD5 SSLv3 DHE None RC4/128 MD5
  AECDH-DES-CBC3-SHA TLSv1 ECDHE None 3DES/168 SHA1
  AECDH-RC4-SHA TLSv1 ECDHE None RC4/128 SHA1
  DES-CBC-SHA SSLv3 RSA RSA DES/56 SHA1
  DES-CBC3-MD5 SSLv2 RSA RSA 3DES/168 MD5
  DES-CBC3-SHA SSLv3 RSA RSA 3DES/168 SHA1
  DHE-DSS-SEED-SHA SSLv3 DHE DSS SEED/128 SHA1
  DHE-RSA-DES-CBC3-SHA SSLv3 DHE RSA 3DES/168 SHA1
  DHE-RSA-SEED-SHA SSLv3 DHE RSA SEED/128 SHA1
  ECDH-ECDSA-AES128-GCM-SHA256 TLSv1.2 ECDH ECDH AESGCM/128 AEAD
  ECDH-ECDSA-AES128-SHA TLSv1 ECDH ECDH AES/128 SHA1
  ECDH-ECDSA-AES128-SHA256 TLSv1.2 ECDH ECDH AES/128 SHA256
  ECDH-ECDSA-AES256-GCM-SHA384 TLSv1.2 ECDH ECDH AESGCM/256 AEAD
  ECDH-ECDSA-AES256-SHA TLSv1 ECDH ECDH AES/256 SHA1
  ECDH-ECDSA-AES256-SHA384 TLSv1.2 ECDH ECDH AES/256 SHA384
  ECDH-ECDSA-DES-CBC3-SHA TLSv1 ECDH ECDH 3DES/168 SHA1
  ECDH-RSA-AES128-GCM-SHA256 TLSv1.2 ECDH ECDH AESGCM/128 AEAD
  ECDH-RSA-AES128-SHA TLSv1 ECDH ECDH AES/128 SHA1
  ECDH-RSA-AES128-SHA256 TLSv1.2 ECDH ECDH AES/128 SHA256
  ECDH-RSA-AES256-GCM-SHA384 TLSv1.2 ECDH ECDH AESGCM/256 AEAD
  ECDH-RSA-AES256-SHA TLSv1 ECDH ECDH AES/256 SHA1
  ECDH-RSA-AES256-SHA384 TLSv1.2 ECDH ECDH AES/256 SHA384
  ECDH-RSA-DES-CBC3-SHA TLSv1 ECDH ECDH 3DES/168 SHA1
  ECDHE-ECDSA-DES-CBC3-SHA TLSv1 ECDHE ECDSA 3DES/168 SHA1
  ECDHE-ECDSA-RC4-SHA TLSv1 ECDHE ECDSA RC4/128 SHA1
  ECDHE-RSA-DES-CBC3-SHA TLSv1 ECDHE RSA 3DES/168 SHA1
  ECDHE-RSA-RC4-SHA TLSv1 ECDHE RSA RC4/128 SHA1
  EDH-DSS-DES-CBC-SHA SSLv3 DHE DSS DES/56 SHA1
  EDH-DSS-DES-CBC3-SHA SSLv3 DHE DSS 3DES/168 SHA1
  EDH-RSA-DES-CBC-SHA SSLv3 DHE RSA DES/56 SHA1
  EDH-RSA-DES-CBC3-SHA SSLv3 DHE RSA 3DES/168 SHA1
  EXP-DES-CBC-SHA SSLv3 RSA RSA DES/40 SHA1
  EXP-RC2-CBC-MD5 SSLv3 RSA RSA RC2/40 MD5
  EXP-RC4-MD5 SSLv3 RSA RSA RC4/40 MD5
  IDEA-CBC-MD5 SSLv2 RSA RSA IDEA/128 MD5
  IDEA-CBC-SHA SSLv3 RSA RSA IDEA/128 SHA1
  RC2-CBC-MD5 SSLv2 RSA RSA RC2/128 MD5
  RC4-MD5 SSLv3 RSA RSA RC4/128 MD5
  RC4-SHA SSLv3 RSA RSA RC4/128 SHA1
  SEED-SHA SSLv3 RSA RSA SEED/128 SHA1
`

const rowsOf = (table: string, legacy: boolean): readonly Suite[] =>
  table
    .trim()
    .split('\n')
    .map(row => {
      const [name = '', since = '', exchange = '', authentication = '', cipher = '', mac = '', mark] = row
        .trim()
        .split(' ')
      const [encryption = '', bits = ''] = cipher.split('/')
      return {
        name,
        since,
        exchange: exchange as Suite['exchange'],
        authentication,
        encryption,
        bits,
        mac,
        byDefault: mark === 'D',
        legacy,
      }
    })

const suites: readonly Suite[] = [...rowsOf(modern, false), ...rowsOf(old, true)]
const byName = new Map(suites.map(suite => [suite.name, suite]))

const anonymous = (s: Suite): boolean => s.authentication === 'None'
const unencrypted = (s: Suite): boolean => s.encryption === 'NULL'
const enc =
  (...names: readonly string[]) =>
  (s: Suite): boolean =>
    names.includes(s.encryption)
const sized =
  (bits: string, ...names: readonly string[]) =>
  (s: Suite): boolean =>
    names.includes(s.encryption) && s.bits === bits
const mac =
  (name: string) =>
  (s: Suite): boolean =>
    s.mac === name
const since =
  (name: string) =>
  (s: Suite): boolean =>
    s.since === name
const exchange =
  (...names: readonly string[]) =>
  (s: Suite): boolean =>
    names.includes(s.exchange)
const nobody = (): boolean => false

const everyAes = ['AES', 'AESGCM', 'AESCCM', 'AESCCM8']
const weak = ['3DES', 'RC4', 'RC2', 'IDEA', 'SEED', 'DES']
const cbc = ['AES', 'CAMELLIA', '3DES', 'DES', 'SEED', 'IDEA', 'RC2']

/** openssl-ciphers(1), "CIPHER STRINGS". */
const aliases: ReadonlyMap<string, (s: Suite) => boolean> = new Map([
  ['ALL', s => !unencrypted(s)],
  ['COMPLEMENTOFALL', unencrypted],
  ['DEFAULT', s => s.byDefault],
  ['COMPLEMENTOFDEFAULT', s => !s.byDefault && !unencrypted(s)],
  ['HIGH', s => !s.legacy && !unencrypted(s)],
  ['MEDIUM', enc(...weak)],
  ['LOW', enc('DES')],
  ['EXP', s => s.bits === '40'],
  ['EXPORT', s => s.bits === '40'],
  ['EXPORT40', s => s.bits === '40'],
  ['EXPORT56', nobody],
  ['eNULL', unencrypted],
  ['NULL', unencrypted],
  ['aNULL', anonymous],
  ['kRSA', exchange('RSA')],
  ['RSA', exchange('RSA')],
  ['aRSA', s => s.authentication === 'RSA'],
  ['kDHr', nobody],
  ['kDHd', nobody],
  ['kDH', nobody],
  ['kDHE', exchange('DHE')],
  ['kEDH', exchange('DHE')],
  ['DH', exchange('DHE')],
  ['DHE', s => s.exchange === 'DHE' && !anonymous(s)],
  ['EDH', s => s.exchange === 'DHE' && !anonymous(s)],
  ['ADH', s => s.exchange === 'DHE' && anonymous(s)],
  ['kECDHr', exchange('ECDH')],
  ['kECDHe', exchange('ECDH')],
  ['kECDH', exchange('ECDH')],
  ['kECDHE', exchange('ECDHE')],
  ['kEECDH', exchange('ECDHE')],
  ['ECDH', exchange('ECDHE', 'ECDH')],
  ['ECDHE', s => s.exchange === 'ECDHE' && !anonymous(s)],
  ['EECDH', s => s.exchange === 'ECDHE' && !anonymous(s)],
  ['AECDH', s => s.exchange === 'ECDHE' && anonymous(s)],
  ['aDH', nobody],
  ['aECDH', s => s.authentication === 'ECDH'],
  ['DSS', s => s.authentication === 'DSS'],
  ['aDSS', s => s.authentication === 'DSS'],
  ['ECDSA', s => s.authentication === 'ECDSA'],
  ['aECDSA', s => s.authentication === 'ECDSA'],
  ['AES', enc(...everyAes)],
  ['AES128', sized('128', ...everyAes)],
  ['AES256', sized('256', ...everyAes)],
  ['AESGCM', enc('AESGCM')],
  ['AESCCM', enc('AESCCM', 'AESCCM8')],
  ['AESCCM8', enc('AESCCM8')],
  ['ARIA', enc('ARIAGCM')],
  ['ARIAGCM', enc('ARIAGCM')],
  ['ARIA128', sized('128', 'ARIAGCM')],
  ['ARIA256', sized('256', 'ARIAGCM')],
  ['CAMELLIA', enc('CAMELLIA')],
  ['CAMELLIA128', sized('128', 'CAMELLIA')],
  ['CAMELLIA256', sized('256', 'CAMELLIA')],
  ['CHACHA20', enc('CHACHA20')],
  ['CBC', enc(...cbc)],
  ['3DES', enc('3DES')],
  ['DES', enc('DES')],
  ['RC4', enc('RC4')],
  ['RC2', enc('RC2')],
  ['IDEA', enc('IDEA')],
  ['SEED', enc('SEED')],
  ['MD5', mac('MD5')],
  ['SHA', mac('SHA1')],
  ['SHA1', mac('SHA1')],
  ['SHA256', mac('SHA256')],
  ['SHA384', mac('SHA384')],
  ['SSLv2', since('SSLv2')],
  ['SSLv3', since('SSLv3')],
  ['TLSv1', since('TLSv1')],
  ['TLSv1.0', since('TLSv1')],
  ['TLSv1.2', since('TLSv1.2')],
  ['SUITEB128', s => /^ECDHE-ECDSA-AES(?:128-GCM-SHA256|256-GCM-SHA384)$/.test(s.name)],
  ['SUITEB128ONLY', s => s.name === 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['SUITEB192', s => s.name === 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  // Suites for keys nginx does not hold.
  ...['PSK', 'kPSK', 'aPSK', 'kRSAPSK', 'kDHEPSK', 'kECDHEPSK', 'SRP', 'aSRP', 'kSRP', 'KRB5', 'kKRB5', 'aKRB5'].map(
    (name): [string, () => boolean] => [name, nobody],
  ),
  ...['GOST94', 'GOST89', 'kGOST', 'aGOST', 'aGOST01', 'GOST89MAC'].map((name): [string, () => boolean] => [
    name,
    nobody,
  ]),
])

export interface CipherList {
  /** Names of the suites that may be chosen with TLS 1.2 and below, sorted. */
  readonly suites: readonly string[]
  /** Those whose key exchange is not ephemeral: RSA, and static (EC)DH. */
  readonly withoutForwardSecrecy: readonly string[]
  /** Words that add suites we do not know. */
  readonly unknown: readonly string[]
}

/** What a cipher string comes to. Unknown words are told, not guessed at; OpenSSL ignores those it does not know. */
export const expandCipherList = (list: string): CipherList => {
  const active = new Set<Suite>()
  const killed = new Set<Suite>()
  const unknown: string[] = []
  let forwardOnly = false
  for (const item of list.split(/[:,; ]+/)) {
    if (item === '' || item === '@STRENGTH') continue
    const level = /^@SECLEVEL=([0-5])$/.exec(item)
    if (level) {
      // SSL_CTX_set_security_level(3): from level 3 on, only suites with forward secrecy.
      forwardOnly = Number(level[1]) >= 3
      continue
    }
    const sign = /^[!+-]/.test(item) ? item.charAt(0) : ''
    const words = item.slice(sign.length).split('+')
    const tests = words.map(word => aliases.get(word) ?? exactly(word))
    if (tests.some(test => test === undefined)) {
      // Taking away what we do not know takes nothing we know; adding it may add anything.
      if (sign === '') unknown.push(item)
      continue
    }
    const chosen = suites.filter(
      suite =>
        (words.length === 1 && words[0] === suite.name) ||
        ((sign !== '' || !onlyByName(suite, words)) && tests.every(t => t?.(suite))),
    )
    for (const suite of chosen) {
      if (sign === '' && !killed.has(suite)) active.add(suite)
      if (sign === '-' || sign === '!') active.delete(suite)
      if (sign === '!') killed.add(suite)
    }
  }
  const kept = [...active].filter(suite => !forwardOnly || ephemeral(suite))
  return {
    suites: kept.map(suite => suite.name).sort(),
    withoutForwardSecrecy: kept
      .filter(suite => !ephemeral(suite))
      .map(suite => suite.name)
      .sort(),
    unknown,
  }
}

const ephemeral = (s: Suite): boolean => s.exchange === 'DHE' || s.exchange === 'ECDHE'

/** The names of TLS 1.3 suites may stand in the list and do nothing there. */
const exactly = (word: string): ((s: Suite) => boolean) | undefined => {
  if (/^TLS_(?:AES|CHACHA20)_/.test(word)) return nobody
  return byName.has(word) ? s => s.name === word : undefined
}

/** A suite stock builds lack is added by its name or by the alias of its own algorithm, not by `ALL` or `aRSA`. */
const onlyByName = (s: Suite, words: readonly string[]): boolean =>
  s.legacy &&
  !words.some(word => /^(?:3DES|DES|RC4|RC2|IDEA|SEED|MEDIUM|LOW|EXP|EXPORT|EXPORT40|kECDH[re]?|aECDH)$/.test(word))
