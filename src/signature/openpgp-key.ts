import { createHash } from 'node:crypto'
import type { Packet } from './openpgp-packet.ts'
import {
  hex,
  holdsPgp,
  type PgpSignature,
  type PgpVerifier,
  readPgpSignature,
  readVerifier,
} from './openpgp-signature.ts'

/** A key or subkey, with what its own signatures say about it. Times: seconds since 1970 UTC. */
export interface PgpKey {
  /** 40 hex digits, upper case. */
  readonly fingerprint: string
  /** The last 16 of them. */
  readonly keyId: string
  /** Of the primary key it belongs to. */
  readonly primaryId: string
  readonly algorithm: number
  readonly verifier: PgpVerifier | undefined
  readonly created: number
  readonly expires: number | undefined
  readonly revoked: Revoked | undefined
  /** Its owner says it may sign, and for a subkey: the subkey says so too. */
  readonly maySign: boolean
  /** Somebody else, whose key is not here, may have revoked it. */
  readonly revokerUnknown: boolean
  /** The name on the key that is signed last; bounded, printable. */
  readonly user: string | undefined
}

export interface Revoked {
  readonly at: number
  /** Superseded or retired: what it signed before still stands. Compromised, or no reason: nothing does (RFC 9580 §5.2.3.31). */
  readonly soft: boolean
}

export interface PgpKeyring {
  readonly byFingerprint: ReadonlyMap<string, PgpKey>
  readonly byKeyId: ReadonlyMap<string, readonly PgpKey[]>
  /** Certificates that hold no version 4 key with a name of its own. */
  readonly unread: number
}

interface RawKey {
  readonly body: Buffer
  readonly fingerprint: string
  readonly keyId: string
  readonly algorithm: number
  readonly created: number
  readonly verifier: PgpVerifier | undefined
  readonly framed: Buffer
}

interface Signed<T> {
  readonly on: T
  readonly signatures: PgpSignature[]
}

interface Certificate {
  readonly primary: Signed<RawKey>
  readonly users: Map<string, Signed<{ readonly name: string | undefined; readonly framed: Buffer }>>
  readonly subkeys: Map<string, Signed<RawKey>>
}

/** Names and signatures of one key beyond these are not read: a key flooded with signatures must not stop a run. */
const mostSignatures = 2000

const rawKey = (body: Buffer): RawKey | undefined => {
  if (body[0] !== 4 || body.length < 8 || body.length > 65_535) return undefined
  const head = Buffer.from([0x99, body.length >> 8, body.length & 255])
  const framed = Buffer.concat([head, body])
  const fingerprint = hex(createHash('sha1').update(framed).digest())
  const algorithm = body[5] ?? 0
  const verifier = readVerifier(algorithm, body)
  return { body, framed, fingerprint, keyId: fingerprint.slice(24), algorithm, verifier, created: body.readUInt32BE(1) }
}

const framedUser = (tag: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head[0] = tag === 13 ? 0xb4 : 0xd1
  head.writeUInt32BE(body.length, 1)
  return Buffer.concat([head, body])
}

const nameOf = (body: Buffer): string => {
  // What is not printable is dropped: a name must not steer a terminal.
  const text = body.toString('utf8', 0, 400).replace(/[\p{C}]/gu, '')
  return text.slice(0, 200)
}

/**
 * Transferable public keys (RFC 9580 §10.1): a primary key, names, subkeys, each followed by its signatures. Copies of
 * one key, in one file or several, are put together, so that the newest word on it counts wherever it stands.
 */
const certificatesOf = (packets: readonly Packet[]): { certificates: Iterable<Certificate>; unread: number } => {
  const certificates = new Map<string, Certificate>()
  let unread = 0
  let current: Certificate | undefined
  let signatures: PgpSignature[] | undefined
  for (const { tag, body } of packets) {
    switch (tag) {
      case 6: {
        const primary = rawKey(body)
        current =
          primary &&
          (certificates.get(primary.fingerprint) ?? { primary: signed(primary), users: new Map(), subkeys: new Map() })
        if (current && primary) certificates.set(primary.fingerprint, current)
        else unread++
        signatures = current?.primary.signatures
        break
      }
      case 14: {
        const raw = rawKey(body)
        signatures = raw && current && below(current.subkeys, raw.fingerprint, raw)
        break
      }
      case 13:
      case 17: {
        const on = { name: tag === 13 ? nameOf(body) : undefined, framed: framedUser(tag, body) }
        signatures = current && below(current.users, on.framed.toString('latin1'), on)
        break
      }
      case 2: {
        if (!signatures || signatures.length >= mostSignatures) break
        const read = readPgpSignature(body)
        if (read.is === 'signature') signatures.push(read.signature)
        break
      }
    }
  }
  return { certificates: certificates.values(), unread }
}

const signed = <T>(on: T): Signed<T> => ({ on, signatures: [] })

/** Where the signatures on a name or subkey are gathered; `undefined` once there are too many names. */
const below = <T>(map: Map<string, Signed<T>>, id: string, on: T): PgpSignature[] | undefined => {
  const known = map.get(id)
  if (known) return known.signatures
  if (map.size >= mostSignatures) return undefined
  const fresh = signed(on)
  map.set(id, fresh)
  return fresh.signatures
}

const newest = (signatures: readonly PgpSignature[]): PgpSignature | undefined =>
  signatures.reduce<PgpSignature | undefined>((best, s) => (best && best.created > s.created ? best : s), undefined)

/** §5.2.3.31: superseded (1), retired (3) and a name no longer valid (32) leave what was signed before. */
const revocation = (signatures: readonly PgpSignature[]): Revoked | undefined => {
  const hard = signatures.find(s => ![1, 3, 32].includes(s.revocationReason ?? 0))
  if (hard) return { at: hard.created, soft: false }
  const first = signatures.reduce<PgpSignature | undefined>(
    (best, s) => (best && best.created < s.created ? best : s),
    undefined,
  )
  return first && { at: first.created, soft: true }
}

const earlier = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

const mayDo = (flags: number | undefined): boolean => flags === undefined || (flags & 2) !== 0

const keysOf = ({ primary, users, subkeys }: Certificate): readonly PgpKey[] => {
  const by = primary.on
  const { verifier } = by
  if (!verifier) return []
  const own = (s: PgpSignature): boolean => s.issuer.keyId === undefined || s.issuer.keyId === by.keyId
  const holds = (s: PgpSignature, ...data: readonly Buffer[]): boolean =>
    own(s) && holdsPgp(s, by.algorithm, verifier, [by.framed, ...data])

  const direct = newest(primary.signatures.filter(s => s.type === 0x1f && holds(s)))
  const names = [...users.values()].flatMap(({ on, signatures }) => {
    const said = newest(signatures.filter(s => s.type >= 0x10 && s.type <= 0x13 && holds(s, on.framed)))
    const gone = newest(signatures.filter(s => s.type === 0x30 && holds(s, on.framed)))
    return said && !(gone && gone.created >= said.created) ? [{ on, said }] : []
  })
  if (!direct && names.length === 0) return []
  // Names signed in the same second may disagree: then what one of them does not allow is not allowed.
  const latest = newest(names.map(n => n.said))?.created
  const flags = names.filter(n => n.said.created === latest).map(n => n.said.keyFlags)
  // As gpg: what is signed over the key itself, else the newest name that says anything about its end.
  const lasts = direct?.keyExpires ?? newest(names.map(n => n.said).filter(s => s.keyExpires !== undefined))?.keyExpires
  const ends = lasts === undefined ? undefined : by.created + lasts
  const revoked = revocation(primary.signatures.filter(s => s.type === 0x20 && holds(s)))
  const revokerUnknown =
    primary.signatures.some(s => s.namesRevoker) && primary.signatures.some(s => s.type === 0x20 && !own(s))
  const user = names.reduce<(typeof names)[number] | undefined>(
    (a, b) => (b.on.name === undefined || (a && a.said.created >= b.said.created) ? a : b),
    undefined,
  )?.on.name
  const shared = { primaryId: by.keyId, revokerUnknown, user }
  const first: PgpKey = {
    ...shared,
    fingerprint: by.fingerprint,
    keyId: by.keyId,
    algorithm: by.algorithm,
    verifier,
    created: by.created,
    expires: ends,
    revoked,
    maySign: direct?.keyFlags === undefined ? flags.every(mayDo) : mayDo(direct.keyFlags),
  }
  const others = [...subkeys.values()].flatMap(({ on, signatures }): PgpKey[] => {
    const bound = newest(signatures.filter(s => s.type === 0x18 && holds(s, on.framed)))
    if (!bound) return []
    const end = bound.keyExpires === undefined ? undefined : on.created + bound.keyExpires
    return [
      {
        ...shared,
        fingerprint: on.fingerprint,
        keyId: on.keyId,
        algorithm: on.algorithm,
        verifier: on.verifier,
        created: on.created,
        expires: earlier(end, ends),
        revoked: revocation(signatures.filter(s => s.type === 0x28 && holds(s, on.framed))) ?? revoked,
        maySign: mayDo(bound.keyFlags) && signsBack(bound, on, by),
      },
    ]
  })
  return [first, ...others]
}

/** A subkey that signs must say itself whose it is (0x19), else a stranger's key could be claimed. */
const signsBack = (bound: PgpSignature, subkey: RawKey, primary: RawKey): boolean => {
  if (!bound.embedded || !subkey.verifier) return false
  const read = readPgpSignature(bound.embedded)
  return (
    read.is === 'signature' &&
    read.signature.type === 0x19 &&
    holdsPgp(read.signature, subkey.algorithm, subkey.verifier, [primary.framed, subkey.framed])
  )
}

export const emptyKeyring: PgpKeyring = { byFingerprint: new Map(), byKeyId: new Map(), unread: 0 }

/** Keys whose own signatures hold; a certificate without a valid one is as good as absent. */
export const readKeyring = (packets: readonly Packet[]): PgpKeyring => {
  const { certificates, unread } = certificatesOf(packets)
  const byFingerprint = new Map<string, PgpKey>()
  const byKeyId = new Map<string, PgpKey[]>()
  let without = unread
  for (const certificate of certificates) {
    const keys = keysOf(certificate)
    if (keys.length === 0) without++
    for (const key of keys) if (!byFingerprint.has(key.fingerprint)) byFingerprint.set(key.fingerprint, key)
  }
  for (const key of byFingerprint.values()) byKeyId.set(key.keyId, [...(byKeyId.get(key.keyId) ?? []), key])
  return { byFingerprint, byKeyId, unread: without }
}
