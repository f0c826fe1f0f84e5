import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { asString, padded, wire } from './wire.ts'

/** A public key of SSH that can verify a signature over a file. */
export interface SshKey {
  readonly type: SshKeyType
  readonly key: KeyObject
  /** `SHA256:…`, as ssh-keygen -l prints it. */
  readonly fingerprint: string
  /** The key's own bytes: equal keys, equal bytes. */
  readonly blob: Buffer
  /** FIDO keys: the relying party the authenticator signs for. */
  readonly application: string | undefined
}

export const sshKeyTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const
export type SshKeyType = (typeof sshKeyTypes)[number]

export type SshKeyRead =
  | { readonly is: 'key'; readonly key: SshKey }
  /** A certificate, DSA, or a type that is not known here. */
  | { readonly is: 'other'; readonly type: string; readonly fingerprint: string }
  | { readonly is: 'malformed' }

const curves = {
  'ecdsa-sha2-nistp256': { name: 'nistp256', crv: 'P-256', size: 32 },
  'ecdsa-sha2-nistp384': { name: 'nistp384', crv: 'P-384', size: 48 },
  'ecdsa-sha2-nistp521': { name: 'nistp521', crv: 'P-521', size: 66 },
  'sk-ecdsa-sha2-nistp256@openssh.com': { name: 'nistp256', crv: 'P-256', size: 32 },
} as const

/** Bits of an RSA modulus: fewer are refused by OpenSSH, more would be slow at a stranger's will. */
const rsaBits = { least: 1024, most: 16_384 }

/** The fingerprint of any blob, known type or not. */
export const sshFingerprint = (blob: Buffer): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`

const malformed: SshKeyRead = { is: 'malformed' }

/** RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4, OpenSSH PROTOCOL.u2f. */
export const readSshKey = (blob: Buffer): SshKeyRead => {
  const read = wire(blob)
  const named = read.text()
  if (named === undefined || named.length > 100 || !/^[\x21-\x7e]+$/.test(named)) return malformed
  const type = sshKeyTypes.find(t => t === named)
  if (type === undefined) return { is: 'other', type: named, fingerprint: sshFingerprint(blob) }
  const jwk = jwkOf(type, read)
  const application = type.startsWith('sk-') ? read.text() : undefined
  if (!jwk || read.left !== 0 || (type.startsWith('sk-') && application === undefined)) return malformed
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' })
    return { is: 'key', key: { type, key, blob, application, fingerprint: sshFingerprint(blob) } }
  } catch {
    // A point that is not on the curve.
    return malformed
  }
}

const jwkOf = (type: SshKeyType, read: ReturnType<typeof wire>): Record<string, string> | undefined => {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com': {
      const x = read.bytes()
      return x?.length === 32 ? { kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') } : undefined
    }
    case 'ssh-rsa': {
      const [e, n] = [read.integer(), read.integer()]
      if (!e || !n || e.length === 0 || e.length > 8) return undefined
      const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
      if (bits < rsaBits.least || bits > rsaBits.most) return undefined
      return { kty: 'RSA', e: e.toString('base64url'), n: n.toString('base64url') }
    }
    case 'ecdsa-sha2-nistp256':
    case 'ecdsa-sha2-nistp384':
    case 'ecdsa-sha2-nistp521':
    case 'sk-ecdsa-sha2-nistp256@openssh.com': {
      const { name, crv, size } = curves[type]
      const [curve, point] = [read.text(), read.bytes()]
      if (curve !== name || !point || point.length !== 1 + 2 * size || point[0] !== 4) return undefined
      return {
        kty: 'EC',
        crv,
        x: point.subarray(1, 1 + size).toString('base64url'),
        y: point.subarray(1 + size).toString('base64url'),
      }
    }
  }
}

/** r and s of an ECDSA signature (RFC 5656 §3.1.2), each as wide as the curve. */
export const ecdsaPair = (type: keyof typeof curves, blob: Buffer): Buffer | undefined => {
  const read = wire(blob)
  const { size } = curves[type]
  const [r, s] = [read.integer(), read.integer()]
  const [wideR, wideS] = [r && padded(r, size), s && padded(s, size)]
  return wideR && wideS && read.left === 0 ? Buffer.concat([wideR, wideS]) : undefined
}

/** `ssh-ed25519 AAAA…` as one blob. */
export const sshKeyLine = (type: string, blob: Buffer): boolean =>
  blob.subarray(0, 4 + type.length).equals(asString(type))
