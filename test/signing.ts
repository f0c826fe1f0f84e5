import type { MemoryCommit, MemoryHistory } from '../src/workspace/memory.ts'
import { namedSigner } from './ssh-signer.ts'

/** A commit object with a signature put where git puts it. */
export const withHeader = (payload: string, armour: string, header = 'gpgsig'): string => {
  const split = payload.indexOf('\n\n') + 1
  return `${payload.slice(0, split)}${header} ${armour.trimEnd().split('\n').join('\n ')}\n${payload.slice(split)}`
}

/** What a recipe in a case.yaml may say of a commit besides its header. */
export interface SignedCommit extends MemoryCommit {
  /** Whoever bears this name: the key is made of it. */
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
  const made =
    armour ?? namedSigner(signedBy ?? '').sign(Buffer.from(payload), namespace === undefined ? {} : { namespace })
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
  return {
    name,
    ...target,
    raw: signedBy === undefined ? shown : shown + namedSigner(signedBy).sign(Buffer.from(payload)),
  }
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
