import type { SignatureSeen } from '../facts/git.ts'
import { type AllowedSigner, inPatternList, isValidAt, type RevokedKeys } from './allowed-signers.ts'
import type { PgpKey, PgpKeyring } from './openpgp-key.ts'
import { readArmour, readPackets } from './openpgp-packet.ts'
import { holdsPgp, type PgpSignature, readPgpSignature } from './openpgp-signature.ts'
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

export type Verify = (object: SignedObject) => SignatureSeen

const day = (seconds: number): string => {
  const at = new Date(seconds * 1000)
  return Number.isNaN(at.getTime()) ? 'an impossible date' : at.toISOString().slice(0, 10)
}

/** Verifies objects one by one under one trust. Pure; equal answers are one object, so that a million cost little. */
export const verifier = (trust: Trust, keys: SshKeys = sshKeys()): Verify => {
  const answers = new Map<string, SignatureSeen>()
  const interned = (seen: SignatureSeen): SignatureSeen => {
    const id = `${seen.form} ${seen.letter} ${seen.state} ${seen.keyId ?? ''} ${seen.signer ?? ''} ${seen.detail ?? ''}`
    const known = answers.get(id)
    if (known) return known
    answers.set(id, seen)
    return seen
  }
  const byKey = new Map<string, readonly AllowedSigner[]>()
  for (const signer of trust.signers ?? []) byKey.set(signer.key, [...(byKey.get(signer.key) ?? []), signer])
  const authorities = (trust.signers ?? []).some(s => s.authority)

  return object => {
    const { form, armour, odd } = object
    if (odd !== undefined) return interned({ form, letter: 'E', state: 'not-evaluated', detail: odd })
    switch (form) {
      case 'none':
        return interned({ form, letter: 'N', state: 'unsigned' })
      case 'unknown':
        return interned({ form, letter: 'N', state: 'malformed', detail: 'in no form that git knows' })
      case 'x509':
        return interned({
          form,
          letter: 'E',
          state: 'not-evaluated',
          detail: 'X.509 signatures are recognised, not verified',
        })
      case 'ssh':
      case 'openpgp':
        if (armour.length > longestSignature || armour.includes('\r'))
          return interned({
            form,
            letter: 'E',
            state: 'not-evaluated',
            detail: armour.includes('\r') ? 'its armour holds carriage returns' : 'longer than 64 KiB',
          })
        return interned(form === 'ssh' ? ssh(object, trust, byKey, authorities, keys) : openpgp(object, trust))
    }
  }
}

/* ---- SSH ---- */

/** As git asks ssh-keygen: find-principals, then verify for each of them, or check-novalidate where there is none. */
const ssh = (
  { armour, payload, at }: SignedObject,
  trust: Trust,
  byKey: ReadonlyMap<string, readonly AllowedSigner[]>,
  authorities: boolean,
  keys: SshKeys,
): SignatureSeen => {
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
      return { form, letter: 'B', state: 'bad', keyId: verdict.key.fingerprint }
    case 'good': {
      const keyId = verdict.key.fingerprint
      if (signature.namespace !== 'git')
        return { form, letter: 'B', state: 'bad', keyId, detail: 'made for another purpose than git' }
      if (isRevoked(verdict.key, trust.revoked)) return { form, letter: 'B', state: 'revoked', keyId }
      const lines = (byKey.get(verdict.key.blob.toString('latin1')) ?? []).filter(s => !s.authority)
      const inTime = lines.filter(s => isValidAt(s, at))
      const [first] = inTime
      if (!first) {
        if (lines.length > 0) return { form, letter: 'U', state: 'not-valid-then', keyId, detail: day(at) }
        return { form, letter: 'U', state: trust.signers ? 'unknown-key' : 'no-trust', keyId }
      }
      for (const principal of first.principals.split(',')) {
        const allowed = inTime.some(
          s =>
            inPatternList(principal, s.principals) &&
            (s.namespaces === undefined || inPatternList('git', s.namespaces)),
        )
        if (!allowed) continue
        // Lines that are not read could revoke this very key.
        if (trust.revoked?.unread !== undefined)
          return {
            form,
            letter: 'G',
            state: 'not-evaluated',
            keyId,
            detail: `revocations were not read (${trust.revoked.unread})`,
          }
        return { form, letter: 'G', state: 'good', keyId, signer: printable(principal) }
      }
      return { form, letter: 'B', state: 'unknown-key', keyId, detail: 'listed, but not for git' }
    }
  }
}

const isRevoked = (key: SshKey, revoked: RevokedKeys | undefined): boolean =>
  revoked !== undefined && (revoked.keys.has(key.blob.toString('latin1')) || revoked.fingerprints.has(key.fingerprint))

const printable = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 200)

/* ---- OpenPGP ---- */

/** As gpg --verify answers, with the letters git makes of it (gpg-interface.c). */
const openpgp = ({ armour, payload }: SignedObject, trust: Trust): SignatureSeen => {
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

const withKey = (s: PgpSignature, key: PgpKey, payload: Buffer, trust: Trust): SignatureSeen => {
  const { keyId } = key
  const said = { form: 'openpgp', keyId } as const
  const no = (detail: string): SignatureSeen => ({ ...said, letter: 'E', state: 'not-evaluated', detail })
  if (!key.verifier) return no('by a key of an algorithm that is not known here')
  if (!key.maySign) return no('by a key that is not made to sign')
  if (key.created > s.created) return no('dated before its key was made')
  if (!holdsPgp(s, key.algorithm, key.verifier, [payload])) return { ...said, letter: 'B', state: 'bad' }
  if (key.revokerUnknown) return no('by a key that somebody else may have revoked')
  const forge = forgeKeys[key.primaryId] ?? forgeKeys[keyId]
  const signer = forge ?? key.user
  const good = { ...said, ...(signer === undefined ? {} : { signer }) }
  const { now } = trust
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
