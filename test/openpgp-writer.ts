import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Writes keys and signatures of OpenPGP, version 4 (RFC 9580), so that tests have every state a key can be in. */
export interface PgpSigner {
  /** Public key, name and self-signature, binary. */
  readonly certificate: Buffer
  readonly keyId: string
  /** A detached signature over bytes, armoured. */
  readonly sign: (payload: Buffer, how?: SignOptions) => string
  readonly signPacket: (payload: Buffer, how?: SignOptions) => Buffer
}

export interface SignOptions {
  /** Seconds since 1970 UTC. */
  readonly at?: number
  /** Seconds after `at`. */
  readonly expires?: number
  readonly hash?: 'sha1' | 'sha256' | 'sha512'
  readonly type?: number
  /** Subpackets nobody signs. */
  readonly unhashed?: Buffer
  readonly critical?: number
}

export type PgpAlgorithm = 'rsa' | 'ed25519' | 'p256'

export interface KeyOptions {
  readonly algorithm: PgpAlgorithm
  readonly created: number
  readonly user?: string
  /** Seconds after `created`. */
  readonly expires?: number
  /** Reason code of a revocation, 0 to 3. */
  readonly revoked?: { readonly reason: number; readonly at: number }
  /** Signs with a subkey. `stranger`: the subkey does not say itself whose it is. */
  readonly subkey?: 'bound' | 'stranger' | 'revoked'
  readonly flags?: number
}

export const mpi = (raw: Buffer): Buffer => {
  let zeros = 0
  while (zeros < raw.length && raw[zeros] === 0) zeros++
  const value = raw.subarray(zeros)
  const bits = value.length === 0 ? 0 : value.length * 8 - Math.clz32(value[0] ?? 0) + 24
  return Buffer.concat([u16(bits), value])
}

const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
const u32 = (n: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeUInt32BE(n)
  return out
}

export const packet = (tag: number, body: Buffer): Buffer =>
  Buffer.concat([Buffer.from([0xc0 | tag, 255]), u32(body.length), body])
const subpacket = (type: number, data: Buffer): Buffer => {
  const length = data.length + 1
  const head = length < 192 ? Buffer.from([length]) : Buffer.from([255, ...u32(length)])
  return Buffer.concat([head, Buffer.from([type]), data])
}

interface Pair {
  readonly id: number
  readonly body: Buffer
  readonly framed: Buffer
  readonly fingerprint: Buffer
  readonly secret: KeyObject
}

const curveP256 = Buffer.from('2a8648ce3d030107', 'hex')
const curve25519 = Buffer.from('2b06010401da470f01', 'hex')
const b64 = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')

const pairOf = (algorithm: PgpAlgorithm, created: number): Pair => {
  const made =
    algorithm === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : algorithm === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = made.publicKey.export({ format: 'jwk' })
  const id = { rsa: 1, ed25519: 22, p256: 19 }[algorithm]
  const material =
    algorithm === 'rsa'
      ? Buffer.concat([mpi(b64(jwk.n)), mpi(b64(jwk.e))])
      : algorithm === 'ed25519'
        ? Buffer.concat([
            Buffer.from([curve25519.length]),
            curve25519,
            mpi(Buffer.concat([Buffer.from([0x40]), b64(jwk.x)])),
          ])
        : Buffer.concat([
            Buffer.from([curveP256.length]),
            curveP256,
            mpi(Buffer.concat([Buffer.from([4]), b64(jwk.x), b64(jwk.y)])),
          ])
  const body = Buffer.concat([Buffer.from([4]), u32(created), Buffer.from([id]), material])
  const framed = Buffer.concat([Buffer.from([0x99]), u16(body.length), body])
  return { id, body, framed, fingerprint: createHash('sha1').update(framed).digest(), secret: made.privateKey }
}

const hashIds = { sha1: 2, sha256: 8, sha512: 10 }

const signature = (
  by: Pair,
  type: number,
  data: Buffer,
  at: number,
  more: readonly Buffer[] = [],
  { hash = 'sha256', unhashed = Buffer.alloc(0) }: SignOptions = {},
): Buffer => {
  const issuer = subpacket(33, Buffer.concat([Buffer.from([4]), by.fingerprint]))
  const hashed = Buffer.concat([issuer, subpacket(2, u32(at)), ...more])
  const head = Buffer.concat([Buffer.from([4, type, by.id, hashIds[hash]]), u16(hashed.length), hashed])
  const trailer = Buffer.concat([head, Buffer.from([4, 255]), u32(head.length)])
  const message = Buffer.concat([data, trailer])
  const digest = createHash(hash).update(message).digest()
  const values =
    by.id === 1
      ? mpi(sign(hash, message, by.secret))
      : halves(
          by.id === 22
            ? sign(null, digest, by.secret)
            : sign(hash, message, { key: by.secret, dsaEncoding: 'ieee-p1363' }),
        )
  const hints = Buffer.concat([subpacket(16, by.fingerprint.subarray(12)), unhashed])
  return Buffer.concat([head, u16(hints.length), hints, digest.subarray(0, 2), values])
}

const halves = (pair: Buffer): Buffer =>
  Buffer.concat([mpi(pair.subarray(0, pair.length / 2)), mpi(pair.subarray(pair.length / 2))])

export const armour = (data: Buffer, name: string): string => {
  let crc = 0xb704ce
  for (const byte of data) {
    crc ^= byte << 16
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ ((crc & 0x800000) === 0 ? 0 : 0x1864cfb)
    crc &= 0xffffff
  }
  const lines = data.toString('base64').match(/.{1,64}/g) ?? []
  const check = Buffer.from([crc >> 16, (crc >> 8) & 255, crc & 255]).toString('base64')
  return [`-----BEGIN ${name}-----`, '', ...lines, `=${check}`, `-----END ${name}-----`, ''].join('\n')
}

export const pgpSigner = (options: KeyOptions): PgpSigner => {
  const {
    algorithm,
    created,
    user = 'Ada <ada@example.org>',
    expires,
    revoked,
    subkey,
    flags = subkey ? 1 : 3,
  } = options
  const primary = pairOf(algorithm, created)
  const name = Buffer.from(user)
  const framedName = Buffer.concat([Buffer.from([0xb4]), u32(name.length), name])
  const term = expires === undefined ? [] : [subpacket(9, u32(expires))]
  const self = signature(primary, 0x13, Buffer.concat([primary.framed, framedName]), created, [
    subpacket(27, Buffer.from([flags])),
    ...term,
  ])
  const packets = [packet(6, primary.body)]
  if (revoked) {
    const reason = subpacket(29, Buffer.concat([Buffer.from([revoked.reason]), Buffer.from('said so')]))
    packets.push(packet(2, signature(primary, 0x20, primary.framed, revoked.at, [reason])))
  }
  packets.push(packet(13, name), packet(2, self))
  let by = primary
  if (subkey) {
    by = pairOf(algorithm, created)
    const both = Buffer.concat([primary.framed, by.framed])
    const back = subpacket(32, signature(by, 0x19, both, created))
    const bound = [subpacket(27, Buffer.from([2])), ...(subkey === 'stranger' ? [] : [back])]
    packets.push(packet(14, by.body), packet(2, signature(primary, 0x18, both, created, bound)))
    if (subkey === 'revoked')
      packets.push(packet(2, signature(primary, 0x28, both, created + 10, [subpacket(29, Buffer.from([2]))])))
  }
  const signPacket = (payload: Buffer, how: SignOptions = {}): Buffer => {
    const { at = created + 1000, expires: ends, type = 0, critical } = how
    const more = [
      ...(ends === undefined ? [] : [subpacket(3, u32(ends))]),
      ...(critical === undefined ? [] : [subpacket(0x80 | critical, Buffer.from([1]))]),
    ]
    return packet(2, signature(by, type, payload, at, more, how))
  }
  return {
    certificate: Buffer.concat(packets),
    keyId: by.fingerprint.subarray(12).toString('hex').toUpperCase(),
    signPacket,
    sign: (payload, how) => armour(signPacket(payload, how), 'PGP SIGNATURE'),
  }
}
