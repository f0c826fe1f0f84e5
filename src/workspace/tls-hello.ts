import { randomBytes } from 'node:crypto'
import type { EndpointAt, TlsVersion } from './workspace.ts'

/**
 * One ClientHello, and as much of the answer as says which version of TLS the server took. Own bytes, because the TLS
 * of this machine refuses to offer SSL 3, RC4, 3DES or EXPORT, and a server that still takes them would look fine.
 * RFC 6101 (SSL 3), 2246, 4346, 5246, 8446; alerts: RFC 8446 §6.
 */

const wire: Readonly<Record<TlsVersion, number>> = {
  'SSL 3': 0x0300,
  'TLS 1.0': 0x0301,
  'TLS 1.1': 0x0302,
  'TLS 1.2': 0x0303,
  'TLS 1.3': 0x0304,
}

/** What servers of today and yesterday have in common: for those that give up on long lists. */
const commonSuites: readonly number[] = [
  0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xccaa, 0xc009, 0xc013, 0xc00a, 0xc014, 0x0033,
  0x0039, 0x009c, 0x009d, 0x002f, 0x0035, 0x003c, 0x003d, 0x000a, 0xc012, 0x0005, 0x0004,
]

const from = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, n) => first + n)

/** Every suite of the IANA registry with a certificate or none: NULL, EXPORT, RC4, DES, IDEA, SEED, Camellia, ARIA, CCM. */
const allSuites: readonly number[] = [
  ...new Set([
    ...commonSuites,
    ...from(0x0001, 0x001b),
    ...from(0x002f, 0x0046),
    ...from(0x0060, 0x006d),
    ...from(0x0084, 0x0089),
    ...from(0x0096, 0x00a7),
    ...from(0x00ba, 0x00c5),
    ...from(0xc001, 0xc019),
    ...from(0xc023, 0xc032),
    ...from(0xc03c, 0xc063),
    ...from(0xc072, 0xc08d),
    ...from(0xc09c, 0xc0af),
    ...from(0xcca8, 0xccaa),
  ]),
]

const groups: readonly number[] = [29, 23, 24, 25, 30, 26, 27, 28, 22, 21, 19, ...from(1, 18), 20, 256, 257, 258]
const signatures: readonly number[] = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501, 0x0601,
  0x0303, 0x0301, 0x0203, 0x0201, 0x0402, 0x0202, 0x0101,
]

const u8 = (n: number): Buffer => Buffer.from([n & 0xff])
const u16 = (...numbers: readonly number[]): Buffer => Buffer.from(numbers.flatMap(n => [(n >> 8) & 0xff, n & 0xff]))
const u24 = (n: number): Buffer => Buffer.from([(n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff])
const sized8 = (bytes: Buffer): Buffer => Buffer.concat([u8(bytes.length), bytes])
const sized16 = (bytes: Buffer): Buffer => Buffer.concat([u16(bytes.length), bytes])
const extension = (type: number, body: Buffer): Buffer => Buffer.concat([u16(type), sized16(body)])

/** A ClientHello whose highest version is `version`; `list` is how many cipher suites it offers. */
export const clientHello = (version: TlsVersion, { host, by }: EndpointAt, list: 'all' | 'common'): Buffer => {
  const modern = version === 'TLS 1.3'
  const suites = modern ? from(0x1301, 0x1305) : [...(list === 'all' ? allSuites : commonSuites), 0x00ff]
  const extensions: Buffer[] = []
  if (version !== 'SSL 3') {
    // RFC 6066 §3: a literal address is no server name.
    if (by === 'name')
      extensions.push(extension(0, sized16(Buffer.concat([u8(0), sized16(Buffer.from(host, 'latin1'))]))))
    extensions.push(extension(10, sized16(u16(...groups))), extension(11, sized8(u8(0))))
    if (version === 'TLS 1.2' || modern) extensions.push(extension(13, sized16(u16(...signatures))))
    if (modern) {
      const share = Buffer.concat([u16(29), sized16(randomBytes(32))])
      extensions.push(extension(43, sized8(u16(0x0304))), extension(45, sized8(u8(1))), extension(51, sized16(share)))
    } else extensions.push(extension(23, Buffer.alloc(0)))
  }
  const body = Buffer.concat([
    u16(Math.min(wire[version], 0x0303)),
    randomBytes(32),
    sized8(modern ? randomBytes(32) : Buffer.alloc(0)),
    sized16(u16(...suites)),
    sized8(u8(0)),
    extensions.length > 0 ? sized16(Buffer.concat(extensions)) : Buffer.alloc(0),
  ])
  const handshake = Buffer.concat([u8(1), u24(body.length), body])
  return Buffer.concat([u8(22), u16(version === 'SSL 3' ? 0x0300 : 0x0301), sized16(handshake)])
}

export type ServerAnswer =
  | { readonly is: 'more' }
  | { readonly is: 'hello'; readonly version: TlsVersion | undefined }
  | { readonly is: 'alert'; readonly name: string; readonly number: number }
  /** What it seems to speak, in our words. */
  | { readonly is: 'not TLS'; readonly speaks: string }

const alerts: Readonly<Record<number, string>> = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  40: 'handshake_failure',
  42: 'bad_certificate',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  109: 'missing_extension',
  112: 'unrecognized_name',
  116: 'certificate_required',
  120: 'no_application_protocol',
}

/** Alerts that answer the question which version, and no other: with these the server refuses what was offered. */
export const refusals: ReadonlySet<number> = new Set([40, 70, 71, 86])

const versionOf = (number: number): TlsVersion | undefined =>
  (Object.keys(wire) as TlsVersion[]).find(name => wire[name] === number)

const greetings: readonly (readonly [RegExp, string])[] = [
  [/^HTTP\//, 'plain HTTP'],
  [/^SSH-/, 'SSH'],
  [/^220[ -]/, 'SMTP or FTP'],
  [/^\* (?:OK|PREAUTH)/, 'IMAP'],
  [/^\+OK/, 'POP3'],
  [/^-ERR/, 'Redis or POP3'],
  [/^[\s\S]{3}\0\n[\d.]{3,40}/, 'MySQL'],
  [/^<\?xml|^<stream/, 'XMPP'],
  [/^\s*<(?:!doctype|html)/i, 'plain HTTP'],
]

/** Reads records up to the first ServerHello or fatal alert. Never throws; looks at no byte twice but the first few. */
export const readAnswer = (bytes: Buffer): ServerAnswer => {
  if (bytes.length === 0) return { is: 'more' }
  const handshake: Buffer[] = []
  let gathered = 0
  for (let at = 0; at + 5 <= bytes.length; ) {
    const type = bytes.readUInt8(at)
    const major = bytes.readUInt8(at + 1)
    const length = bytes.readUInt16BE(at + 3)
    if ((type !== 21 && type !== 22) || major !== 3 || length === 0 || length > 0x4800) return notTls(bytes)
    const body = bytes.subarray(at + 5, at + 5 + length)
    if (type === 21) {
      if (body.length < 2) return { is: 'more' }
      const number = body.readUInt8(1)
      // A warning (unrecognized_name) may come before the ServerHello.
      if (body.readUInt8(0) === 2 || number === 0)
        return { is: 'alert', number, name: alerts[number] ?? `alert ${number}` }
    } else {
      handshake.push(body)
      gathered += body.length
      const hello = gathered >= 4 ? helloIn(Buffer.concat(handshake)) : undefined
      if (hello) return hello
    }
    if (body.length < length) return { is: 'more' }
    at += 5 + length
  }
  const first = bytes.readUInt8(0)
  return first === 21 || first === 22 ? { is: 'more' } : notTls(bytes)
}

const notTls = (bytes: Buffer): ServerAnswer => {
  const start = bytes.subarray(0, 64).toString('latin1')
  // A greeting may still be on its way.
  if (bytes.length < 4) return { is: 'more' }
  return { is: 'not TLS', speaks: greetings.find(([form]) => form.test(start))?.[1] ?? 'something other than TLS' }
}

const helloIn = (message: Buffer): ServerAnswer | undefined => {
  if (message.readUInt8(0) !== 2) return { is: 'not TLS', speaks: 'TLS records without a ServerHello' }
  const length = message.readUIntBE(1, 3)
  if (length < 38 || length > 0x10000) return { is: 'not TLS', speaks: 'a malformed ServerHello' }
  if (message.length < 4 + length) return undefined
  const body = message.subarray(4, 4 + length)
  const legacy = body.readUInt16BE(0)
  let at = 35 + body.readUInt8(34) + 3
  if (at > body.length) return { is: 'not TLS', speaks: 'a malformed ServerHello' }
  if (at + 2 <= body.length) {
    const end = Math.min(body.length, at + 2 + body.readUInt16BE(at))
    at += 2
    while (at + 4 <= end) {
      const type = body.readUInt16BE(at)
      const size = body.readUInt16BE(at + 2)
      if (type === 43 && size === 2 && at + 6 <= end)
        return { is: 'hello', version: versionOf(body.readUInt16BE(at + 4)) }
      at += 4 + size
    }
  }
  return { is: 'hello', version: legacy === 0x0304 ? undefined : versionOf(legacy) }
}
