import { createHash, verify } from 'node:crypto'
import { ecdsaPair, readSshKey, type SshKey, sshFingerprint } from './ssh-key.ts'
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
  | { readonly is: 'good' | 'bad'; readonly key: SshKey }
  | { readonly is: 'unsupported'; readonly what: string; readonly fingerprint: string }
  | { readonly is: 'malformed' }

/** Whether the key inside the signature signed this; whose key it is, is another question. Namespaces: the caller's. */
export const verifySsh = (signature: SshSignature, payload: Uint8Array, keys: SshKeys): SshVerdict => {
  const read = keys.of(signature.blob)
  if (read.is === 'malformed') return { is: 'malformed' }
  if (read.is === 'other')
    return { is: 'unsupported', what: read.type, fingerprint: read.fingerprint ?? sshFingerprint(signature.blob) }
  const { key } = read
  const message = Buffer.concat([
    Buffer.from('SSHSIG'),
    asString(signature.namespace),
    asString(signature.reserved),
    asString(signature.hash),
    asString(createHash(signature.hash).update(payload).digest()),
  ])
  return { is: holds(signature, key, message) ? 'good' : 'bad', key }
}

const holds = (s: SshSignature, key: SshKey, message: Buffer): boolean => {
  try {
    switch (key.type) {
      case 'ssh-ed25519':
        return s.algorithm === key.type && verify(null, message, key.key, s.signature)
      case 'ssh-rsa': {
        // SHA-1 (`ssh-rsa` as a signature) is refused by OpenSSH for files.
        const hash = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }[s.algorithm]
        const size = Math.ceil((key.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8)
        const full = padded(s.signature, size)
        return hash !== undefined && full !== undefined && verify(hash, message, key.key, full)
      }
      case 'ecdsa-sha2-nistp256':
      case 'ecdsa-sha2-nistp384':
      case 'ecdsa-sha2-nistp521': {
        const hash = {
          'ecdsa-sha2-nistp256': 'sha256',
          'ecdsa-sha2-nistp384': 'sha384',
          'ecdsa-sha2-nistp521': 'sha512',
        }
        const pair = s.algorithm === key.type ? ecdsaPair(key.type, s.signature) : undefined
        return pair !== undefined && verify(hash[key.type], message, { key: key.key, dsaEncoding: 'ieee-p1363' }, pair)
      }
      case 'sk-ssh-ed25519@openssh.com':
        return s.algorithm === key.type && verify(null, fidoMessage(s, key, message), key.key, s.signature)
      case 'sk-ecdsa-sha2-nistp256@openssh.com': {
        const pair = s.algorithm === key.type ? ecdsaPair(key.type, s.signature) : undefined
        const signed = fidoMessage(s, key, message)
        return pair !== undefined && verify('sha256', signed, { key: key.key, dsaEncoding: 'ieee-p1363' }, pair)
      }
    }
  } catch {
    // OpenSSL throws for some values that cannot be a signature of this key.
    return false
  }
}

/** What an authenticator signs (OpenSSH PROTOCOL.u2f): application and message hashed, flags and counter between. */
const fidoMessage = (s: SshSignature, key: SshKey, message: Buffer): Buffer =>
  Buffer.concat([
    createHash('sha256')
      .update(key.application ?? '', 'latin1')
      .digest(),
    s.authenticator ?? Buffer.alloc(0),
    createHash('sha256').update(message).digest(),
  ])
