import { createHash } from 'node:crypto'
import type { Job } from './job.ts'
import { ecdsaPair, readSshKey, type SshKey } from './ssh-key.ts'
import { asString, padded, strictBase64, wire } from './wire.ts'

/** What a signature of SSH says (OpenSSH PROTOCOL.sshsig), read but not verified. */
export interface SshSignature {
  readonly blob: Buffer
  readonly namespace: string
  readonly reserved: Buffer
  readonly hash: 'sha256' | 'sha512'
  readonly algorithm: string
  readonly signature: Buffer
  /** FIDO: flags and counter of the authenticator, which are signed too. */
  readonly authenticator: Buffer | undefined
}

/** Longest signature that is read, in characters of armour. */
export const longestSignature = 65_536

const begin = '-----BEGIN SSH SIGNATURE-----\n'
const end = '\n-----END SSH SIGNATURE-----'

/** `undefined`: not a signature in the form OpenSSH writes it. */
export const readSshSignature = (armour: string): SshSignature | undefined => {
  if (armour.length > longestSignature || !armour.startsWith(begin)) return undefined
  const stop = armour.indexOf(end)
  if (stop < begin.length || armour.slice(stop + end.length).trim() !== '') return undefined
  const data = strictBase64(armour.slice(begin.length, stop).replaceAll('\n', ''))
  if (data?.toString('latin1', 0, 6) !== 'SSHSIG') return undefined
  const read = wire(data.subarray(6))
  const version = read.u32()
  const [blob, namespace, reserved, hash, inner] = [read.bytes(), read.text(), read.bytes(), read.text(), read.bytes()]
  if (version !== 1 || !blob || namespace === undefined || !reserved || !inner || read.left !== 0) return undefined
  if (hash !== 'sha256' && hash !== 'sha512') return undefined
  const signed = wire(inner)
  const [algorithm, signature] = [signed.text(), signed.bytes()]
  if (algorithm === undefined || !signature) return undefined
  const rest = inner.subarray(inner.length - signed.left)
  const isFido = algorithm.startsWith('sk-')
  if (rest.length !== (isFido ? 5 : 0)) return undefined
  return { blob, namespace, reserved, hash, algorithm, signature, authenticator: isFido ? rest : undefined }
}

/** Keys seen in this run, by their bytes: a key is parsed once, not once per commit. */
export interface SshKeys {
  of(blob: Buffer): ReturnType<typeof readSshKey>
}

/** Distinct keys remembered; a history with more is odd, and only slower. */
const mostKeys = 10_000

export const sshKeys = (): SshKeys => {
  const known = new Map<string, ReturnType<typeof readSshKey>>()
  return {
    of: blob => {
      const id = blob.toString('latin1')
      const found = known.get(id)
      if (found) return found
      const read = readSshKey(blob)
      if (known.size < mostKeys) known.set(id, read)
      return read
    },
  }
}

export type SshVerdict =
  | { readonly is: 'bad'; readonly key: SshKey }
  /** Good or bad, as the job says. */
  | { readonly is: 'open'; readonly key: SshKey; readonly job: Job }
  | { readonly is: 'unsupported'; readonly what: string; readonly fingerprint: string }
  | { readonly is: 'malformed' }

/** Whether the key inside the signature signed this; whose key it is, is another question. Namespaces: the caller's. */
export const verifySsh = (signature: SshSignature, payload: Uint8Array, keys: SshKeys): SshVerdict => {
  const read = keys.of(signature.blob)
  if (read.is === 'malformed') return { is: 'malformed' }
  if (read.is === 'other') return { is: 'unsupported', what: read.type, fingerprint: read.fingerprint }
  const { key } = read
  const message = Buffer.concat([
    Buffer.from('SSHSIG'),
    asString(signature.namespace),
    asString(signature.reserved),
    asString(signature.hash),
    asString(createHash(signature.hash).update(payload).digest()),
  ])
  const job = jobOf(signature, key, message)
  return job ? { is: 'open', key, job } : { is: 'bad', key }
}

const ecdsaHashes = {
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
  'sk-ecdsa-sha2-nistp256@openssh.com': 'sha256',
} as const

/** `undefined`: an algorithm that is not the key's, or numbers that do not fit it. */
const jobOf = (s: SshSignature, { type, key, application }: SshKey, message: Buffer): Job | undefined => {
  switch (type) {
    case 'ssh-ed25519':
      return s.algorithm === type ? { hash: null, data: message, key, signature: s.signature, pair: false } : undefined
    case 'ssh-rsa': {
      // SHA-1 (`ssh-rsa` as a signature) is refused by OpenSSH for files.
      const hash = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }[s.algorithm]
      const full = padded(s.signature, Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8))
      return hash && full ? { hash, data: message, key, signature: full, pair: false } : undefined
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const signature = s.algorithm === type ? ecdsaPair(type, s.signature) : undefined
      const data = application === undefined ? message : fidoMessage(s, application, message)
      return signature && { hash: ecdsaHashes[type], data, key, signature, pair: true }
    }
    case 'sk-ssh-ed25519@openssh.com': {
      const data = fidoMessage(s, application ?? '', message)
      return s.algorithm === type ? { hash: null, data, key, signature: s.signature, pair: false } : undefined
    }
  }
}

/** What an authenticator signs (OpenSSH PROTOCOL.u2f): application and message hashed, flags and counter between. */
const fidoMessage = (s: SshSignature, application: string, message: Buffer): Buffer =>
  Buffer.concat([
    createHash('sha256').update(application, 'latin1').digest(),
    s.authenticator ?? Buffer.alloc(0),
    createHash('sha256').update(message).digest(),
  ])
