import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'

/** A person who signs commits with an SSH key (PROTOCOL.sshsig), always with the same one. */
export interface Signer {
  readonly name: string
  readonly email: string
  /** As it stands in an allowed-signers file, without the principal. */
  readonly publicKey: string
  /** The value of the header `gpgsig`, lines joined as git joins them. */
  readonly sign: (payload: string) => string
}

const string = (bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

/** The key is made of its owner's name: no private key stands in the repository. RFC 8410 §7 wraps the 32 bytes. */
const keyOf = (name: string): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([
      Buffer.from('302e020100300506032b657004220420', 'hex'),
      createHash('sha256').update(name).digest(),
    ]),
    format: 'der',
    type: 'pkcs8',
  })

export const signerNamed = (name: string, email: string): Signer => {
  const key = keyOf(name)
  const raw = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32)
  const publicBlob = Buffer.concat([string('ssh-ed25519'), string(raw)])
  return {
    name,
    email,
    publicKey: `ssh-ed25519 ${publicBlob.toString('base64')}`,
    sign: payload => {
      const digest = createHash('sha512').update(payload).digest()
      const fields = [string('git'), string(''), string('sha512')]
      const signed = sign(null, Buffer.concat([Buffer.from('SSHSIG'), ...fields, string(digest)]), key)
      const version = Buffer.from([0, 0, 0, 1])
      const signature = string(Buffer.concat([string('ssh-ed25519'), string(signed)]))
      const blob = Buffer.concat([Buffer.from('SSHSIG'), version, string(publicBlob), ...fields, signature])
      const lines = blob.toString('base64').match(/.{1,70}/g) ?? []
      return ['-----BEGIN SSH SIGNATURE-----', ...lines, '-----END SSH SIGNATURE-----'].join('\n ')
    },
  }
}

export interface CommitText {
  readonly tree: string
  readonly parent: string | undefined
  readonly by: Pick<Signer, 'name' | 'email'>
  /** RFC 3339. */
  readonly at: string
  readonly subject: string
}

/** The commit object as git writes it, with or without a signature. */
export const commitText = ({ tree, parent, by, at, subject }: CommitText, signer?: Signer): string => {
  const who = `${by.name} <${by.email}> ${Date.parse(at) / 1000} +0000`
  const head = `tree ${tree}\n${parent === undefined ? '' : `parent ${parent}\n`}author ${who}\ncommitter ${who}\n`
  const rest = `\n${subject}\n`
  return signer ? `${head}gpgsig ${signer.sign(head + rest)}\n${rest}` : head + rest
}

/** An annotated tag as git writes it: the signature stands below the message. */
export const tagText = (name: string, commit: string, signer: Signer, signed: 'signed' | 'unsigned'): string => {
  const who = `${signer.name} <${signer.email}> ${Date.parse('2026-11-20T10:00:00Z') / 1000} +0000`
  const text = `object ${commit}\ntype commit\ntag ${name}\ntagger ${who}\n\nRelease ${name}\n`
  return signed === 'signed' ? `${text}${signer.sign(text).replaceAll('\n ', '\n')}\n` : text
}
