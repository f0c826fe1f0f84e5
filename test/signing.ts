import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import type { MemoryCommit, MemoryHistory } from '../src/workspace/memory.ts'

/**
 * People who sign, out of nothing but their names: each has the Ed25519 key whose seed is the hash of the name, so that
 * a fixture can say `signedBy: ada` and its allowed-signers file can hold Ada's key as text.
 */
const seedOf = (name: string): Buffer => createHash('sha256').update(`signer ${name}`).digest()
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex')
export const keyOf = (name: string): KeyObject =>
  createPrivateKey({ key: Buffer.concat([pkcs8, seedOf(name)]), format: 'der', type: 'pkcs8' })

const framed = (data: Uint8Array | string): Buffer => {
  const body = Buffer.from(data)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

const blobOf = (name: string): Buffer => {
  const { x = '' } = createPublicKey(keyOf(name)).export({ format: 'jwk' })
  return Buffer.concat([framed('ssh-ed25519'), framed(Buffer.from(x, 'base64url'))])
}

/** `ssh-ed25519 AAAA…` */
export const publicLine = (name: string): string => `ssh-ed25519 ${blobOf(name).toString('base64')}`

/** What `ssh-keygen -Y sign` writes. */
export const sshArmour = (
  name: string,
  payload: Buffer,
  how: { namespace?: string; hash?: 'sha256' | 'sha512' } = {},
): string => {
  const { namespace = 'git', hash = 'sha512' } = how
  const digest = createHash(hash).update(payload).digest()
  const message = Buffer.concat([Buffer.from('SSHSIG'), framed(namespace), framed(''), framed(hash), framed(digest)])
  const signature = Buffer.concat([framed('ssh-ed25519'), framed(sign(null, message, keyOf(name)))])
  const version = Buffer.from([0, 0, 0, 1])
  const body = [
    Buffer.from('SSHSIG'),
    version,
    framed(blobOf(name)),
    framed(namespace),
    framed(''),
    framed(hash),
    framed(signature),
  ]
  const lines =
    Buffer.concat(body)
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`
}

/** A commit object with a signature put where git puts it. */
export const withHeader = (payload: string, armour: string, header = 'gpgsig'): string => {
  const split = payload.indexOf('\n\n') + 1
  return `${payload.slice(0, split)}${header} ${armour.trimEnd().split('\n').join('\n ')}\n${payload.slice(split)}`
}

/** What a recipe in a case.yaml may say of a commit besides its header. */
export interface SignedCommit extends MemoryCommit {
  /** A name out of nothing; see above. */
  readonly signedBy?: string
  readonly namespace?: string
  /** The subject, changed after the signature was made. */
  readonly tampered?: string
  /** Another signature than one of SSH, as its armour, over whatever it was made over. */
  readonly armour?: string
}

const payloadOf = (c: SignedCommit, index: number, count: number): string => {
  const at = c.committedAt ?? Date.UTC(2026, 5, 1) / 1000 - index * 86_400
  const author = c.author ?? 'Ada <ada@example.org>'
  const committer = c.committer ?? 'Ada <ada@example.org>'
  const parents = (c.parents ?? []).map(p => `parent ${p}\n`).join('')
  const subject = c.subject ?? `change ${count - index}`
  return `tree ${'0'.repeat(40)}\n${parents}author ${author} ${at} +0000\ncommitter ${committer} ${at} +0000\n\n${subject}\n`
}

const signedCommit = (c: SignedCommit, index: number, count: number): MemoryCommit => {
  const { signedBy, namespace, tampered, armour, ...said } = c
  if (signedBy === undefined && armour === undefined) return said
  const payload = payloadOf(c, index, count)
  const made = armour ?? sshArmour(signedBy ?? '', Buffer.from(payload), namespace === undefined ? {} : { namespace })
  const shown = tampered === undefined ? payload : payloadOf({ ...c, subject: tampered }, index, count)
  const { subject: _, ...rest } = said
  return { ...rest, raw: withHeader(shown, made) }
}

interface SignedTag {
  readonly name: string
  readonly commit?: string
  readonly annotated?: boolean
  readonly signedBy?: string
  readonly tampered?: boolean
}

const signedTag = (tag: SignedTag): NonNullable<MemoryHistory['tags']>[number] => {
  const { name, commit, annotated = false, signedBy, tampered = false } = tag
  const target = commit === undefined ? {} : { commit }
  if (!annotated && signedBy === undefined) return { name, ...target }
  const payload = `object ${'0'.repeat(40)}\ntype commit\ntag ${name}\ntagger Ada <ada@example.org> 1780315200 +0000\n\n${name}\n`
  const shown = tampered ? payload.replace('Ada <', 'Eve <') : payload
  return { name, ...target, raw: signedBy === undefined ? shown : shown + sshArmour(signedBy, Buffer.from(payload)) }
}

/** The history of a recipe, with every signature it speaks of made. */
export const signedHistory = (
  history: Omit<MemoryHistory, 'commits' | 'tags'> & {
    readonly commits: readonly SignedCommit[]
    readonly tags?: readonly SignedTag[]
  },
): MemoryHistory => ({
  ...history,
  commits: history.commits.map((c, i) => signedCommit(c, i, history.commits.length)),
  tags: (history.tags ?? []).map(signedTag),
})
