import type { SignatureSeen } from '../facts/git.ts'
import { type AllowedSigner, inPatternList, isValidAt, type RevokedKeys } from './allowed-signers.ts'
import { holds, type Job } from './job.ts'
import type { PgpKey, PgpKeyring } from './openpgp-key.ts'
import { readArmour, readPackets } from './openpgp-packet.ts'
import { type PgpSignature, pgpJob, readPgpSignature } from './openpgp-signature.ts'
import type { SignedObject } from './signed-object.ts'
import type { SshKey } from './ssh-key.ts'
import { longestSignature, readSshSignature, type SshKeys, sshKeys, verifySsh } from './sshsig.ts'

/** Whose signatures count: all of it named by the person who runs the audit, by the policy, or by the base revision. */
export interface Trust {
  /** `undefined`: no list was given. */
  readonly signers: readonly AllowedSigner[] | undefined
  readonly revoked: RevokedKeys | undefined
  readonly keyring: PgpKeyring | undefined
  /** Seconds since 1970 UTC: the end of the day the run judges. What ends before it has ended. */
  readonly now: number
}

/** Key ids GitHub signs with, when a change is made or merged on its pages: docs.github.com, commit signature verification. */
export const forgeKeys: Readonly<Record<string, string>> = { '4AEE18F83AFDEB23': 'GitHub', B5690EEEBB952194: 'GitHub' }

/** Decided, or hanging on one question to OpenSSL, with what either answer comes to. */
export type Decision =
  | { readonly is: 'said'; readonly seen: SignatureSeen }
  | { readonly is: 'open'; readonly job: Job; readonly good: SignatureSeen; readonly bad: SignatureSeen }
export type Verify = (object: SignedObject) => Decision

/** The answer, at once. */
export const settled = (decision: Decision): SignatureSeen =>
  decision.is === 'said' ? decision.seen : holds(decision.job) ? decision.good : decision.bad

const day = (seconds: number): string => {
  const at = new Date(seconds * 1000)
  return Number.isNaN(at.getTime()) ? 'an impossible date' : at.toISOString().slice(0, 10)
}

/** Verifies objects one by one under one trust. Pure; equal answers are one object, so that a million cost little. */
export const verifier = (trust: Trust, keys: SshKeys = sshKeys()): Verify => {
  const answers = new Map<string, SignatureSeen>()
  const ours = new WeakSet<SignatureSeen>()
  const interned = (seen: SignatureSeen): SignatureSeen => {
    if (ours.has(seen)) return seen
    const id = `${seen.form} ${seen.letter} ${seen.state} ${seen.keyId ?? ''} ${seen.signer ?? ''} ${seen.detail ?? ''}`
    const known = answers.get(id) ?? seen
    answers.set(id, known)
    ours.add(known)
    return known
  }
  const byKey = new Map<string, readonly AllowedSigner[]>()
  for (const signer of trust.signers ?? []) byKey.set(signer.key, [...(byKey.get(signer.key) ?? []), signer])
  const authorities = (trust.signers ?? []).some(s => s.authority)
  const people = new WeakMap<SshKey, Person>()
  const personOf = (key: SshKey): Person => {
    const known = people.get(key) ?? person(key, trust, byKey.get(key.blob.toString('latin1')) ?? [])
    people.set(key, known)
    return known
  }

  const said = (seen: SignatureSeen): Decision => ({ is: 'said', seen: interned(seen) })
  return object => {
    const { form, armour, odd } = object
    if (odd !== undefined) return said({ form, letter: 'E', state: 'not-evaluated', detail: odd })
    switch (form) {
      case 'none':
        return said({ form, letter: 'N', state: 'unsigned' })
      case 'unknown':
        return said({ form, letter: 'N', state: 'malformed', detail: 'in no form that git knows' })
      case 'x509':
        return said({
          form,
          letter: 'E',
          state: 'not-evaluated',
          detail: 'X.509 signatures are recognised, not verified',
        })
      case 'ssh':
      case 'openpgp':
        if (armour.length > longestSignature || armour.includes('\r'))
          return said({
            form,
            letter: 'E',
            state: 'not-evaluated',
            detail: armour.includes('\r') ? 'its armour holds carriage returns' : 'longer than 64 KiB',
          })
        {
          const alone = withoutTimestamp(armour)
          if (alone === undefined)
            return said({ form, letter: 'E', state: 'not-evaluated', detail: 'there is text behind its armour' })
          const bare = alone === armour ? object : { ...object, armour: alone }
          const found = form === 'ssh' ? ssh(bare, personOf, authorities, keys) : openpgp(bare, trust)
          if (!('job' in found)) return said(found)
          return { is: 'open', job: found.job, good: interned(found.good), bad: interned(found.bad) }
        }
    }
  }
}

/**
 * The armour alone. OpenTimestamps puts its proof behind the signature, into the same header; anything else there is
 * signed by nobody and could be mistaken for the signature: `undefined`.
 */
const withoutTimestamp = (armour: string): string | undefined => {
  const end = /^-----END [A-Z ]{1,40}-----$/m.exec(armour)
  if (!end) return armour
  const stop = end.index + end[0].length
  const behind = armour.slice(stop).trim()
  if (behind === '') return armour
  const proof =
    /^-----BEGIN OPENTIMESTAMPS GIT TIMESTAMP-----\n[A-Za-z0-9+/=\n]+\n-----END OPENTIMESTAMPS GIT TIMESTAMP-----$/
  return proof.test(behind) ? `${armour.slice(0, stop)}\n` : undefined
}

interface Open {
  readonly job: Job
  readonly good: SignatureSeen
  readonly bad: SignatureSeen
}

/* ---- SSH ---- */

/** As git asks ssh-keygen: find-principals, then verify for each of them, or check-novalidate where there is none. */
const ssh = (
  { armour, payload, at }: SignedObject,
  personOf: (key: SshKey) => Person,
  authorities: boolean,
  keys: SshKeys,
): SignatureSeen | Open => {
  const form = 'ssh'
  const signature = readSshSignature(armour)
  if (!signature) return { form, letter: 'B', state: 'malformed' }
  const verdict = verifySsh(signature, payload, keys)
  switch (verdict.is) {
    case 'malformed':
      return { form, letter: 'B', state: 'malformed', detail: 'the key inside it is none' }
    case 'unsupported': {
      const isCertificate = /-cert-v0\d@openssh\.com$/.test(verdict.what)
      const detail = isCertificate
        ? `by an SSH certificate${authorities ? '; authorities are listed, certificates are not evaluated' : ''}`
        : `by a key of type ${verdict.what}`
      return { form, letter: 'E', state: 'not-evaluated', keyId: verdict.fingerprint, detail }
    }
    case 'bad':
      return personOf(verdict.key).bad
    case 'open': {
      const person = personOf(verdict.key)
      return { job: verdict.job, good: person.good(signature.namespace, at), bad: person.bad }
    }
  }
}

/** What the lists say of one key, asked once. */
interface Person {
  readonly bad: SignatureSeen
  /** What a signature comes to that verifies. */
  readonly good: (namespace: string, at: number) => SignatureSeen
}

const person = (key: SshKey, trust: Trust, listed: readonly AllowedSigner[]): Person => {
  const said = { form: 'ssh', keyId: key.fingerprint } as const
  const bad: SignatureSeen = { ...said, letter: 'B', state: 'bad' }
  const elsewhere: SignatureSeen = { ...bad, detail: 'made for another purpose than git' }
  const lines = listed.filter(s => !s.authority)
  if (isRevoked(key, trust.revoked)) {
    const revoked: SignatureSeen = { ...said, letter: 'B', state: 'revoked' }
    return { bad, good: namespace => (namespace === 'git' ? revoked : elsewhere) }
  }
  const timeless = lines.every(s => s.validAfter === undefined && s.validBefore === undefined)
  const always = timeless ? standing(said, lines, 0, trust) : undefined
  return {
    bad,
    good: (namespace, at) => (namespace !== 'git' ? elsewhere : (always ?? standing(said, lines, at, trust))),
  }
}

const standing = (
  said: { readonly form: 'ssh'; readonly keyId: string },
  lines: readonly AllowedSigner[],
  at: number,
  trust: Trust,
): SignatureSeen => {
  const inTime = lines.filter(s => isValidAt(s, at))
  const [first] = inTime
  if (!first) {
    if (lines.length > 0) return { ...said, letter: 'U', state: 'not-valid-then', detail: day(at) }
    return { ...said, letter: 'U', state: trust.signers ? 'unknown-key' : 'no-trust' }
  }
  for (const principal of first.principals.split(',')) {
    const allowed = inTime.some(
      s => inPatternList(principal, s.principals) && (s.namespaces === undefined || inPatternList('git', s.namespaces)),
    )
    if (!allowed) continue
    // Lines that are not read could revoke this very key.
    if (trust.revoked?.unread !== undefined)
      return {
        ...said,
        letter: 'G',
        state: 'not-evaluated',
        detail: `revocations were not read (${trust.revoked.unread})`,
      }
    return { ...said, letter: 'G', state: 'good', signer: printable(principal) }
  }
  return { ...said, letter: 'B', state: 'unknown-key', detail: 'listed, but not for git' }
}

const isRevoked = (key: SshKey, revoked: RevokedKeys | undefined): boolean =>
  revoked !== undefined && (revoked.keys.has(key.blob.toString('latin1')) || revoked.fingerprints.has(key.fingerprint))

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)

/* ---- OpenPGP ---- */

/** As gpg --verify answers, with the letters git makes of it (gpg-interface.c). */
const openpgp = ({ armour, payload }: SignedObject, trust: Trust): SignatureSeen | Open => {
  const form = 'openpgp'
  const data = readArmour(armour, 'PGP SIGNATURE')
  const packets = data && readPackets(data)
  const [first] = packets ?? []
  if (!packets || !first) return { form, letter: 'N', state: 'malformed' }
  if (packets.some(p => p.tag !== 2))
    return { form, letter: 'N', state: 'malformed', detail: 'other packets than a signature' }
  if (packets.length > 1) return { form, letter: 'E', state: 'not-evaluated', detail: 'several signatures in one' }
  const read = readPgpSignature(first.body)
  switch (read.is) {
    case 'malformed':
      return { form, letter: 'N', state: 'malformed' }
    case 'unsupported':
      return { form, letter: 'E', state: 'not-evaluated', ...idOf(read.keyId), detail: read.what }
    case 'signature': {
      const s = read.signature
      if (s.type !== 0)
        return {
          form,
          letter: 'E',
          state: 'not-evaluated',
          ...idOf(s.issuer.keyId),
          detail: `a signature of type ${s.type}`,
        }
      const key = keyFor(s, trust.keyring)
      if (!key) return unknownKey(s, trust)
      return withKey(s, key, payload, trust)
    }
  }
}

const idOf = (keyId: string | undefined): { keyId?: string } => (keyId === undefined ? {} : { keyId })

const keyFor = (s: PgpSignature, keyring: PgpKeyring | undefined): PgpKey | undefined => {
  const { fingerprint, keyId } = s.issuer
  const exact = fingerprint === undefined ? undefined : keyring?.byFingerprint.get(fingerprint)
  return exact ?? (fingerprint === undefined && keyId !== undefined ? keyring?.byKeyId.get(keyId)?.[0] : undefined)
}

const unknownKey = (s: PgpSignature, trust: Trust): SignatureSeen => {
  const { keyId } = s.issuer
  const forge = keyId === undefined ? undefined : forgeKeys[keyId]
  const state = forge ? 'forge-unknown' : trust.keyring ? 'unknown-key' : 'no-trust'
  return { form: 'openpgp', letter: 'E', state, ...idOf(keyId), ...(forge ? { signer: forge } : {}) }
}

const withKey = (s: PgpSignature, key: PgpKey, payload: Buffer, trust: Trust): SignatureSeen | Open => {
  const { keyId } = key
  const said = { form: 'openpgp', keyId } as const
  const no = (detail: string): SignatureSeen => ({ ...said, letter: 'E', state: 'not-evaluated', detail })
  if (!key.verifier) return no('by a key of an algorithm that is not known here')
  if (!key.maySign) return no('by a key that is not made to sign')
  if (key.created > s.created) return no('dated before its key was made')
  const bad: SignatureSeen = { ...said, letter: 'B', state: 'bad' }
  const job = pgpJob(s, key.algorithm, key.verifier, [payload])
  if (!job) return bad
  if (key.revokerUnknown) return { job, good: no('by a key that somebody else may have revoked'), bad }
  return { job, good: standingOfKey(s, key, trust.now), bad }
}

/** What a signature comes to that verifies with this key. */
const standingOfKey = (s: PgpSignature, key: PgpKey, now: number): SignatureSeen => {
  const { keyId } = key
  const forge = forgeKeys[key.primaryId] ?? forgeKeys[keyId]
  const signer = forge ?? key.user
  const good = { form: 'openpgp', keyId, ...(signer === undefined ? {} : { signer }) } as const
  // gpg asks in this order; that a key is revoked counts, whatever else has ended.
  const end = s.expires === undefined ? undefined : s.created + s.expires
  const letter =
    end !== undefined && end <= now
      ? 'X'
      : key.expires !== undefined && key.expires <= now
        ? 'Y'
        : key.revoked
          ? 'R'
          : 'G'
  if (key.revoked)
    return key.revoked.soft && s.created < key.revoked.at
      ? { ...good, letter, state: 'retired', detail: day(key.revoked.at) }
      : { ...good, letter, state: 'revoked', detail: day(key.revoked.at) }
  if (letter === 'X') return { ...good, letter, state: 'expired-signature', detail: day(end ?? 0) }
  if (letter === 'Y')
    return s.created < (key.expires ?? 0)
      ? { ...good, letter, state: 'expired-key', detail: day(key.expires ?? 0) }
      : { ...good, letter, state: 'expired-before', detail: day(key.expires ?? 0) }
  return { ...good, letter, state: forge ? 'forge' : 'good' }
}
