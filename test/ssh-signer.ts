import { createHash, createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

/** Signs as `ssh-keygen -Y sign` does, with keys of every type, authenticators played by software. */
export interface SshSigner {
  /** `ssh-ed25519 AAAA…` */
  readonly line: string
  readonly sign: (
    payload: Buffer,
    how?: { readonly namespace?: string; readonly hash?: 'sha256' | 'sha512'; readonly algorithm?: string },
  ) => string
}

export const sshTypes = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
] as const
export type SshType = (typeof sshTypes)[number]

export const framed = (data: Uint8Array | string): Buffer => {
  const body = Buffer.from(data)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

/** RFC 4251 §5 `mpint` of a positive number. */
const mpint = (raw: Buffer): Buffer => {
  let zeros = 0
  while (zeros < raw.length - 1 && raw[zeros] === 0) zeros++
  const bare = raw.subarray(zeros)
  return framed(((bare[0] ?? 0) & 0x80) === 0 ? bare : Buffer.concat([Buffer.from([0]), bare]))
}

const b64 = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
const application = 'ssh:'

const made = (type: SshType): { secret: KeyObject; blob: Buffer } => {
  switch (type) {
    case 'ssh-ed25519':
    case 'sk-ssh-ed25519@openssh.com': {
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      const x = b64(publicKey.export({ format: 'jwk' }).x)
      const more = type.startsWith('sk-') ? [framed(application)] : []
      return { secret: privateKey, blob: Buffer.concat([framed(type), framed(x), ...more]) }
    }
    case 'ssh-rsa': {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
      const { e, n } = publicKey.export({ format: 'jwk' })
      return { secret: privateKey, blob: Buffer.concat([framed(type), mpint(b64(e)), mpint(b64(n))]) }
    }
    default: {
      const bits = type.includes('521') ? '521' : type.includes('384') ? '384' : '256'
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: `P-${bits}` })
      const { x, y } = publicKey.export({ format: 'jwk' })
      const point = Buffer.concat([Buffer.from([4]), b64(x), b64(y)])
      const more = type.startsWith('sk-') ? [framed(application)] : []
      return { secret: privateKey, blob: Buffer.concat([framed(type), framed(`nistp${bits}`), framed(point), ...more]) }
    }
  }
}

const signed = (type: SshType, secret: KeyObject, message: Buffer, algorithm: string | undefined): Buffer => {
  const hashes: Record<string, string> = {
    'rsa-sha2-256': 'sha256',
    'rsa-sha2-512': 'sha512',
    'ssh-rsa': 'sha1',
    'ecdsa-sha2-nistp256': 'sha256',
    'ecdsa-sha2-nistp384': 'sha384',
    'ecdsa-sha2-nistp521': 'sha512',
  }
  const pair = (data: Buffer, hash: string): Buffer => {
    const raw = sign(hash, data, { key: secret, dsaEncoding: 'ieee-p1363' })
    return Buffer.concat([mpint(raw.subarray(0, raw.length / 2)), mpint(raw.subarray(raw.length / 2))])
  }
  if (type.startsWith('sk-')) {
    const state = Buffer.from([1, 0, 0, 0, 7])
    const parts = [
      createHash('sha256').update(application).digest(),
      state,
      createHash('sha256').update(message).digest(),
    ]
    const data = Buffer.concat(parts)
    const raw = type.includes('ecdsa') ? pair(data, 'sha256') : sign(null, data, secret)
    return Buffer.concat([framed(type), framed(raw), state])
  }
  const name = algorithm ?? (type === 'ssh-rsa' ? 'rsa-sha2-512' : type)
  const raw =
    type === 'ssh-ed25519'
      ? sign(null, message, secret)
      : type === 'ssh-rsa'
        ? sign(hashes[name] ?? 'sha512', message, secret)
        : pair(message, hashes[type] ?? 'sha256')
  return Buffer.concat([framed(name), framed(raw)])
}

/** The bytes of a signature file. */
export const sshsig = (blob: Buffer, namespace: string, hash: string, signature: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('SSHSIG'),
    Buffer.from([0, 0, 0, 1]),
    framed(blob),
    framed(namespace),
    framed(''),
    framed(hash),
    framed(signature),
  ])

export const sshArmoured = (data: Buffer): string =>
  `-----BEGIN SSH SIGNATURE-----\n${(data.toString('base64').match(/.{1,70}/g) ?? []).join('\n')}\n-----END SSH SIGNATURE-----\n`

export const sshSigner = (type: SshType): SshSigner => signerFor(type, made(type))

const signerFor = (type: SshType, { secret, blob }: { secret: KeyObject; blob: Buffer }): SshSigner => ({
  line: `${type} ${blob.toString('base64')}`,
  sign: (payload, { namespace = 'git', hash = 'sha512', algorithm } = {}) => {
    const digest = createHash(hash).update(payload).digest()
    const fields = [framed(namespace), framed(''), framed(hash), framed(digest)]
    const message = Buffer.concat([Buffer.from('SSHSIG'), ...fields])
    return sshArmoured(sshsig(blob, namespace, hash, signed(type, secret, message, algorithm)))
  },
})

/** The same key each time, made of a name: for fixtures that hold its public half as text. */
export const namedSigner = (name: string): SshSigner => {
  const seed = createHash('sha256').update(`signer ${name}`).digest()
  const wrapped = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const secret = createPrivateKey({ key: wrapped, format: 'der', type: 'pkcs8' })
  const { x } = secret.export({ format: 'jwk' })
  return signerFor('ssh-ed25519', { secret, blob: Buffer.concat([framed('ssh-ed25519'), framed(b64(x))]) })
}
