/** The forms of signature git knows, by the first line of the armour. */
export const signatureForms = ['none', 'ssh', 'openpgp', 'x509', 'unknown'] as const
export type SignatureForm = (typeof signatureForms)[number]

/** A commit or tag taken apart as git takes it apart (commit.c, gpg-interface.c): what was signed, and the signature. */
export interface SignedObject {
  readonly form: SignatureForm
  /** The bytes that were signed: the object without its signature headers. */
  readonly payload: Buffer
  /** The signature as text, one byte a character. Empty where there is none. */
  readonly armour: string
  /**
   * What keeps the object from being the one thing its signature speaks of: a second signature header, or one for the
   * other hash function, which no signature covers.
   */
  readonly odd: string | undefined
  /** Committer's or tagger's date: seconds since 1970 UTC; what the signer claims. */
  readonly at: number
}

const formOf = (armour: string): SignatureForm => {
  if (armour.startsWith('-----BEGIN SSH SIGNATURE-----')) return 'ssh'
  if (/^-----BEGIN PGP (?:SIGNATURE|MESSAGE)-----/.test(armour)) return 'openpgp'
  if (armour.startsWith('-----BEGIN SIGNED MESSAGE-----')) return 'x509'
  return 'unknown'
}

const newline = 10
const space = 32

interface Headers {
  /** Stretches of the body that are signed, in order. */
  readonly kept: readonly Buffer[]
  /** Name of each signature header, with its value. */
  readonly signatures: readonly { readonly name: string; readonly value: string }[]
  readonly at: number
  /** Where the message starts. */
  readonly end: number
}

/** Reads the header lines once. A line that starts with a blank continues the one before it. */
const headersOf = (body: Buffer, who: 'committer' | 'tagger'): Headers => {
  const kept: Buffer[] = []
  const signatures: { name: string; value: string }[] = []
  let at = 0
  let from = 0
  let line = 0
  while (line < body.length && body[line] !== newline) {
    let next = endOf(body, line)
    const first = body[line]
    if (first === 0x67 /* g */ && body.toString('latin1', line, line + 6) === 'gpgsig') {
      if (line > from) kept.push(body.subarray(from, line))
      const stop = body.indexOf(space, line)
      const valueAt = stop === -1 || stop >= next ? next : stop + 1
      const name = body.toString('latin1', line, Math.min(valueAt, line + 40)).trim()
      let value = body.toString('latin1', valueAt, next)
      while (next < body.length && body[next] === space) {
        const end = endOf(body, next)
        value += body.toString('latin1', next + 1, end)
        next = end
      }
      signatures.push({ name, value })
      from = next
    } else if (first === who.charCodeAt(0) && body.toString('latin1', line, line + who.length + 1) === `${who} `) {
      const date = / (-?\d{1,15}) [+-]\d{4}\n?$/.exec(body.toString('latin1', Math.max(line, next - 40), next))
      at = date ? Number(date[1]) : 0
    }
    line = next
  }
  if (body.length > from) kept.push(body.subarray(from))
  return { kept, signatures, at, end: line + 1 }
}

/** The start of the next line. */
const endOf = (body: Buffer, line: number): number => {
  const end = body.indexOf(newline, line)
  return end === -1 ? body.length : end + 1
}

/**
 * A raw commit object.
 *
 * @param hash the hash function of the object's own name: it decides which header holds its signature
 */
export const readSignedCommit = (body: Buffer, hash: 'sha1' | 'sha256'): SignedObject => {
  const { kept, signatures, at } = headersOf(body, 'committer')
  const payload = kept.length === 1 ? (kept[0] ?? body) : Buffer.concat(kept)
  const [first] = signatures
  if (!first) return { form: 'none', payload, armour: '', odd: undefined, at }
  const own = hash === 'sha1' ? 'gpgsig' : 'gpgsig-sha256'
  const odd =
    signatures.length > 1
      ? 'it has more than one signature header, and one signature cannot speak for all of them'
      : first.name !== own
        ? `its signature stands in the header ${first.name}, which speaks of another object than this one`
        : undefined
  return { form: formOf(first.value), payload, armour: first.value, odd, at }
}

const tagMarks = [
  '-----BEGIN PGP SIGNATURE-----',
  '-----BEGIN PGP MESSAGE-----',
  '-----BEGIN SIGNED MESSAGE-----',
  '-----BEGIN SSH SIGNATURE-----',
]

/** A raw tag object: its signature is the end of its message, from the last line that starts one. */
export const readSignedTag = (body: Buffer): SignedObject => {
  const { signatures, at } = headersOf(body, 'tagger')
  let start = -1
  for (const mark of tagMarks) {
    let found = body.lastIndexOf(mark)
    while (found > 0 && body[found - 1] !== newline) found = body.lastIndexOf(mark, found - 1)
    if (found > start) start = found
  }
  const odd = signatures.length > 0 ? 'it has a signature header besides the signature of its message' : undefined
  if (start < 0) return { form: signatures.length > 0 ? 'unknown' : 'none', payload: body, armour: '', odd, at }
  const armour = body.toString('latin1', start)
  return { form: formOf(armour), payload: body.subarray(0, start), armour, odd, at }
}
