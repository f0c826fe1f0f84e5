import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { holds, type Job } from './job.ts'
import { newLength, readMpi, readMpis } from './openpgp-packet.ts'
import { padded } from './wire.ts'

/** A version 4 signature packet (RFC 9580 §5.2.3), read but not verified. */
export interface PgpSignature {
  /** §5.2.1: 0x00 over a file, 0x10–0x13 over a name, 0x18 binds a subkey, 0x20 revokes … */
  readonly type: number
  readonly algorithm: number
  readonly hash: string
  /** Everything that is hashed behind what is signed. */
  readonly trailer: Buffer
  /** First two bytes of the digest. */
  readonly left: number
  readonly values: readonly Buffer[]
  /** Seconds since 1970 UTC. */
  readonly created: number
  /** Seconds after `created`; undefined: never. */
  readonly expires: number | undefined
  /** Seconds after the key's creation, for self-signatures. */
  readonly keyExpires: number | undefined
  readonly keyFlags: number | undefined
  /** §5.2.3.31: 2 compromised, 1 superseded, 3 retired; undefined: no reason. */
  readonly revocationReason: number | undefined
  /** The back signature of a signing subkey. */
  readonly embedded: Buffer | undefined
  /** Somebody else may revoke this key. */
  readonly namesRevoker: boolean
  /** 16 and 40 hex digits, upper case; hints to the key, not proof. */
  readonly issuer: { readonly keyId: string | undefined; readonly fingerprint: string | undefined }
  /** A hashed subpacket that must be understood and is not. */
  readonly beyondUs: boolean
}

export type PgpSignatureRead =
  | { readonly is: 'signature'; readonly signature: PgpSignature }
  /** Another version, or a hash that proves nothing. */
  | { readonly is: 'unsupported'; readonly what: string; readonly keyId: string | undefined }
  | { readonly is: 'malformed' }

/** §9.5. MD5 and RIPEMD-160 prove nothing any more; SHA-1 is what gpg still takes for signatures over files. */
const hashes: Readonly<Record<number, string>> = {
  2: 'sha1',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
  12: 'sha3-256',
  14: 'sha3-512',
}

/** Subpackets that are understood here, or say nothing about validity (§5.2.3.7). */
const understood: ReadonlySet<number> = new Set([
  2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
])

const malformed: PgpSignatureRead = { is: 'malformed' }

export const readPgpSignature = (body: Buffer): PgpSignatureRead => {
  const version = body[0]
  if (version === undefined) return malformed
  if (version !== 4) {
    const keyId = version === 3 && body.length >= 15 ? hex(body.subarray(7, 15)) : undefined
    return version === 3 || version === 5 || version === 6
      ? { is: 'unsupported', what: `version ${version}`, keyId }
      : malformed
  }
  if (body.length < 6) return malformed
  const [type = 0, algorithm = 0, hashId = 0] = body.subarray(1, 4)
  const hashedEnd = 6 + body.readUInt16BE(4)
  if (hashedEnd + 2 > body.length) return malformed
  const unhashedEnd = hashedEnd + 2 + body.readUInt16BE(hashedEnd)
  if (unhashedEnd + 2 > body.length) return malformed
  const hashed = subpackets(body.subarray(6, hashedEnd))
  const unhashed = subpackets(body.subarray(hashedEnd + 2, unhashedEnd))
  if (!hashed || !unhashed) return malformed

  const find = (wanted: number) => hashed.find(s => s.type === wanted)?.data
  const number = (wanted: number): number | undefined => {
    const data = find(wanted)
    return data?.length === 4 ? data.readUInt32BE(0) : undefined
  }
  const everywhere = [...hashed, ...unhashed]
  const keyId = everywhere.find(s => s.type === 16 && s.data.length === 8)?.data
  const fingerprint = everywhere.find(s => s.type === 33 && s.data.length === 21 && s.data[0] === 4)?.data
  const issuer = {
    keyId: keyId ? hex(keyId) : fingerprint ? hex(fingerprint.subarray(13)) : undefined,
    fingerprint: fingerprint ? hex(fingerprint.subarray(1)) : undefined,
  }
  const hash = hashes[hashId]
  if (hash === undefined) return { is: 'unsupported', what: `hash algorithm ${hashId}`, keyId: issuer.keyId }
  const values = valuesOf(algorithm, body, unhashedEnd + 2)
  if (values === 'unknown') return { is: 'unsupported', what: `key algorithm ${algorithm}`, keyId: issuer.keyId }
  const created = number(2)
  if (!values || created === undefined) return malformed
  const length = Buffer.alloc(6)
  length.writeUInt16BE(0x04ff, 0)
  length.writeUInt32BE(hashedEnd, 2)
  const duration = (seconds: number | undefined) => (seconds === 0 ? undefined : seconds)
  return {
    is: 'signature',
    signature: {
      type,
      algorithm,
      hash,
      trailer: Buffer.concat([body.subarray(0, hashedEnd), length]),
      left: body.readUInt16BE(unhashedEnd),
      values,
      created,
      expires: duration(number(3)),
      keyExpires: duration(number(9)),
      keyFlags: find(27)?.[0],
      revocationReason: find(29)?.[0],
      embedded: everywhere.find(s => s.type === 32)?.data,
      namesRevoker: hashed.some(s => s.type === 12),
      issuer,
      beyondUs: hashed.some(s => s.critical && !understood.has(s.type)),
    },
  }
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase()

interface Subpacket {
  readonly type: number
  readonly critical: boolean
  readonly data: Buffer
}

const subpackets = (area: Buffer): readonly Subpacket[] | undefined => {
  const found: Subpacket[] = []
  let at = 0
  while (at < area.length) {
    const sized = newLength(area, at)
    if (!sized || sized.length === 0) return undefined
    const from = at + sized.bytes
    if (sized.length > area.length - from) return undefined
    const head = area[from] ?? 0
    found.push({ type: head & 0x7f, critical: (head & 0x80) !== 0, data: area.subarray(from + 1, from + sized.length) })
    at = from + sized.length
  }
  return found
}

const valuesOf = (algorithm: number, body: Buffer, at: number): readonly Buffer[] | undefined | 'unknown' => {
  switch (algorithm) {
    case 1:
    case 3:
      return readMpis(body, at, 1)
    case 17:
    case 19:
    case 22:
      return readMpis(body, at, 2)
    case 27:
      return body.length - at === 64 ? [body.subarray(at)] : undefined
    case 28:
      return body.length - at === 114 ? [body.subarray(at)] : undefined
    default:
      return 'unknown'
  }
}

/** What verifies: the algorithm's family and a key of node. */
export interface PgpVerifier {
  /** Bytes of the modulus, or of one half of the pair. */
  readonly size: number
  readonly family: 'rsa' | 'pair' | 'eddsa' | 'native'
  readonly key: KeyObject
  /** Bits, for the minimum. */
  readonly bits: number
}

/** Curves by OID (§9.2) that OpenSSL knows, as `[name, size in bytes]`. */
const curves: Readonly<Record<string, readonly [string, number]>> = {
  '2a8648ce3d030107': ['P-256', 32],
  '2b81040022': ['P-384', 48],
  '2b81040023': ['P-521', 66],
  '2b8104000a': ['secp256k1', 32],
  '2b2403030208010107': ['brainpoolP256r1', 32],
  '2b240303020801010b': ['brainpoolP384r1', 48],
  '2b240303020801010d': ['brainpoolP512r1', 64],
}
const ed25519 = '2b06010401da470f01'

/**
 * The key material of a version 4 key packet, from `at` (behind the algorithm). `undefined`: malformed, or an algorithm
 * that cannot sign or is not known.
 */
export const readVerifier = (algorithm: number, body: Buffer): PgpVerifier | undefined => {
  const at = 6
  try {
    switch (algorithm) {
      case 1:
      case 3: {
        const [n, e] = readMpis(body, at, 2) ?? []
        if (!n || !e || e.length === 0 || e.length > 8 || n.length > 2048) return undefined
        const key = createPublicKey({
          key: { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') },
          format: 'jwk',
        })
        return { family: 'rsa', key, size: n.length, bits: n.length * 8 - Math.clz32(n[0] ?? 0) + 24 }
      }
      case 17: {
        const [p, q, g, y] = readMpis(body, at, 4) ?? []
        if (!p || !q || !g || !y || p.length > 1024) return undefined
        const parameters = der(0x30, derInteger(p), derInteger(q), derInteger(g))
        const spki = der(
          0x30,
          der(0x30, der(6, Buffer.from('2a8648ce380401', 'hex')), parameters),
          derBits(derInteger(y)),
        )
        return {
          family: 'pair',
          key: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
          size: q.length,
          bits: p.length * 8,
        }
      }
      case 19:
      case 22: {
        const oidLength = body[at] ?? 0
        const oid = body.toString('hex', at + 1, at + 1 + oidLength)
        const mpi = readMpi(body, at + 1 + oidLength)
        if (!mpi || mpi.next !== body.length) return undefined
        const point = mpi.value
        if (algorithm === 22) {
          if (oid !== ed25519 || point.length !== 33 || point[0] !== 0x40) return undefined
          return { family: 'eddsa', key: okp('Ed25519', point.subarray(1)), size: 32, bits: 256 }
        }
        const curve = curves[oid]
        if (!curve || point.length !== 1 + 2 * curve[1] || point[0] !== 4) return undefined
        const spki = der(
          0x30,
          der(0x30, der(6, Buffer.from('2a8648ce3d0201', 'hex')), der(6, Buffer.from(oid, 'hex'))),
          derBits(point),
        )
        return {
          family: 'pair',
          key: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
          size: curve[1],
          bits: curve[1] * 8,
        }
      }
      case 27:
        return body.length - at === 32
          ? { family: 'native', key: okp('Ed25519', body.subarray(at)), size: 64, bits: 256 }
          : undefined
      case 28:
        return body.length - at === 57
          ? { family: 'native', key: okp('Ed448', body.subarray(at)), size: 114, bits: 456 }
          : undefined
      default:
        return undefined
    }
  } catch {
    // OpenSSL does not take it: a point off its curve, a number that is none.
    return undefined
  }
}

const okp = (crv: string, x: Buffer): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv, x: x.toString('base64url') }, format: 'jwk' })

const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  const length =
    body.length < 128
      ? [body.length]
      : body.length < 256
        ? [0x81, body.length]
        : [0x82, body.length >> 8, body.length & 255]
  return Buffer.concat([Buffer.from([tag, ...length]), body])
}
const derInteger = (value: Buffer): Buffer =>
  der(2, ((value[0] ?? 0) & 0x80) === 0 ? value : Buffer.concat([Buffer.from([0]), value]))
const derBits = (value: Buffer): Buffer => der(3, Buffer.from([0]), value)

/** Shorter RSA or DSA keys can be forged. */
export const fewestBits = 1024

/**
 * What is left to ask whether this key signed this; `undefined`: it did not. `data` is what the signature speaks of,
 * without its trailer.
 */
export const pgpJob = (
  s: PgpSignature,
  algorithm: number,
  by: PgpVerifier,
  data: readonly Uint8Array[],
): Job | undefined => {
  const sameFamily = s.algorithm === algorithm || (by.family === 'rsa' && (s.algorithm === 1 || s.algorithm === 3))
  const tooShort = by.bits < fewestBits && (by.family === 'rsa' || algorithm === 17)
  if (!sameFamily || s.beyondUs || tooShort) return undefined
  const whole = Buffer.concat([...data, s.trailer])
  const digest = createHash(s.hash).update(whole).digest()
  if (digest.readUInt16BE(0) !== s.left) return undefined
  const { key, size } = by
  const [first = Buffer.alloc(0)] = s.values
  switch (by.family) {
    case 'rsa': {
      const signature = padded(first, size)
      return signature && { hash: s.hash, data: whole, key, signature, pair: false }
    }
    case 'pair': {
      const signature = both(s.values, size)
      return signature && { hash: s.hash, data: whole, key, signature, pair: true }
    }
    case 'eddsa': {
      const signature = both(s.values, size)
      return signature && { hash: null, data: digest, key, signature, pair: false }
    }
    case 'native':
      return { hash: null, data: digest, key, signature: first, pair: false }
  }
}

/** Whether this key signed this, at once: for the few signatures on keys themselves. */
export const holdsPgp = (s: PgpSignature, algorithm: number, by: PgpVerifier, data: readonly Uint8Array[]): boolean => {
  const job = pgpJob(s, algorithm, by, data)
  return job !== undefined && holds(job)
}

const both = ([r, s]: readonly Buffer[], size: number): Buffer | undefined => {
  const [wideR, wideS] = [r && padded(r, size), s && padded(s, size)]
  return wideR && wideS ? Buffer.concat([wideR, wideS]) : undefined
}
