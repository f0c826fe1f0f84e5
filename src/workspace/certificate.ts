import type { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from './workspace.ts'

/** Bounded, on one line, without anything a terminal would act upon. */
export const printable = (text: string, most: number): string => {
  const shown = [...text.slice(0, most)].map(ch => (/^[\p{L}\p{N}\p{P}\p{S} ]$/u.test(ch) ? ch : '\u{fffd}')).join('')
  return text.length > most ? `${shown}…` : shown
}

/** What a certificate says, in bounded and printable words. @throws where OpenSSL reads it and Node does not */
export const certificateOf = (certificate: X509Certificate): PeerCertificate => ({
  subject: nameIn(certificate.subject),
  issuer: nameIn(certificate.issuer),
  names: namesIn(certificate.subjectAltName ?? ''),
  notBefore: instant(certificate.validFrom),
  notAfter: instant(certificate.validTo),
  key: keyOf(certificate),
  signature: signatureIn(certificate.raw),
  selfIssued: certificate.subject === certificate.issuer,
  sha256: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
})

const instant = (written: string): string => new Date(Date.parse(written)).toISOString().replace('.000Z', 'Z')

/** The common name, else the organisation, else the whole on one line. */
const nameIn = (name: string): string => {
  const part = /^CN=(.+)$/m.exec(name) ?? /^O=(.+)$/m.exec(name)
  return printable(part?.[1] ?? (name.replace(/\n/g, ', ') || 'nobody'), 100)
}

const namesIn = (alternative: string): string[] =>
  alternative
    .slice(0, 20_000)
    .split(/, ?/)
    .flatMap(entry => /^(?:DNS|IP Address):"?([^"]*)/.exec(entry)?.[1] ?? [])
    .slice(0, 50)
    .map(name => printable(name, 100))

const curves: Readonly<Record<string, number>> = {
  prime192v1: 192,
  prime256v1: 256,
  secp224r1: 224,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
}

const keyOf = (certificate: X509Certificate): PeerCertificate['key'] => {
  try {
    const { asymmetricKeyType: type = 'unknown', asymmetricKeyDetails: details } = certificate.publicKey
    const curve = details?.namedCurve ?? ''
    return { type, bits: details?.modulusLength ?? curves[curve] ?? (Number(/\d{3}/.exec(curve)?.[0]) || undefined) }
  } catch {
    return { type: 'unknown', bits: undefined }
  }
}

/** RFC 3279, 4055, 5758, 8410. */
const algorithms: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2 with RSA',
  '1.2.840.113549.1.1.3': 'md4 with RSA',
  '1.2.840.113549.1.1.4': 'md5 with RSA',
  '1.2.840.113549.1.1.5': 'sha1 with RSA',
  '1.2.840.113549.1.1.11': 'sha256 with RSA',
  '1.2.840.113549.1.1.12': 'sha384 with RSA',
  '1.2.840.113549.1.1.13': 'sha512 with RSA',
  '1.2.840.113549.1.1.14': 'sha224 with RSA',
  '1.2.840.10040.4.3': 'sha1 with DSA',
  '2.16.840.1.101.3.4.3.2': 'sha256 with DSA',
  '1.2.840.10045.4.1': 'sha1 with ECDSA',
  '1.2.840.10045.4.3.1': 'sha224 with ECDSA',
  '1.2.840.10045.4.3.2': 'sha256 with ECDSA',
  '1.2.840.10045.4.3.3': 'sha384 with ECDSA',
  '1.2.840.10045.4.3.4': 'sha512 with ECDSA',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
}
const digests: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
}

interface Element {
  readonly tag: number
  readonly body: Buffer
  readonly next: number
}

/** One DER element; undefined where the bytes do not hold it. */
const element = (bytes: Buffer, at: number): Element | undefined => {
  if (at + 2 > bytes.length) return undefined
  const tag = bytes.readUInt8(at)
  let length = bytes.readUInt8(at + 1)
  let start = at + 2
  if (length >= 0x80) {
    const size = length & 0x7f
    if (size === 0 || size > 4 || start + size > bytes.length) return undefined
    length = bytes.readUIntBE(start, size)
    start += size
  }
  return start + length > bytes.length
    ? undefined
    : { tag, body: bytes.subarray(start, start + length), next: start + length }
}

const dotted = (body: Buffer): string => {
  const numbers: number[] = []
  let value = 0
  for (const byte of body.subarray(0, 32)) {
    value = value * 128 + (byte & 0x7f)
    if ((byte & 0x80) === 0) {
      if (numbers.length === 0) {
        const first = Math.min(2, Math.floor(value / 40))
        numbers.push(first, value - first * 40)
      } else numbers.push(value)
      value = 0
    }
  }
  return numbers.join('.')
}

/** The signatureAlgorithm of a certificate (RFC 5280 §4.1.1.2): Node 20 does not tell it. */
export const signatureIn = (der: Buffer): string => {
  const certificate = element(der, 0)
  const signed = certificate && element(certificate.body, 0)
  const algorithm = certificate && signed && element(certificate.body, signed.next)
  const oid = algorithm && element(algorithm.body, 0)
  if (!algorithm || oid?.tag !== 6) return 'unknown'
  const name = dotted(oid.body)
  if (name !== '1.2.840.113549.1.1.10') return algorithms[name] ?? name
  // RSASSA-PSS: [0] holds the digest; SHA-1 where it is left out (RFC 4055 §3.1).
  const parameters = element(algorithm.body, oid.next)
  const tagged = parameters && element(parameters.body, 0)
  const digest = tagged?.tag === 0xa0 ? element(tagged.body, 0) : undefined
  const digestOid = digest && element(digest.body, 0)
  return `${digestOid ? (digests[dotted(digestOid.body)] ?? dotted(digestOid.body)) : 'sha1'} with RSA-PSS`
}
