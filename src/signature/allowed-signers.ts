import { sshKeyLine } from './ssh-key.ts'
import { strictBase64 } from './wire.ts'

/** One line of an allowed-signers file (ssh-keygen(1), ALLOWED SIGNERS). */
export interface AllowedSigner {
  /** Pattern list as written: `ada@example.org,!eve@*`. */
  readonly principals: string
  readonly blob: Buffer
  /** The blob as a map key. */
  readonly key: string
  /** Certificates signed by this key, not the key itself. */
  readonly authority: boolean
  /** Pattern list, or undefined for every namespace. */
  readonly namespaces: string | undefined
  /** Seconds since 1970 UTC. A time without `Z` is read as UTC, where ssh-keygen takes the machine's own zone. */
  readonly validAfter: number | undefined
  readonly validBefore: number | undefined
}

export interface AllowedSigners {
  readonly signers: readonly AllowedSigner[]
  /** 1-based lines that are no signer. */
  readonly unread: readonly number[]
}

/** Lines and their length: more is no list of people. */
const mostLines = 20_000
const longestLine = 32_768

export const readAllowedSigners = (text: string): AllowedSigners => {
  const signers: AllowedSigner[] = []
  const unread: number[] = []
  text
    .split('\n')
    .slice(0, mostLines)
    .forEach((raw, i) => {
      const line = raw.trim()
      if (line === '' || line.startsWith('#')) return
      const signer = line.length > longestLine ? undefined : signerOf(line)
      if (signer) signers.push(signer)
      else unread.push(i + 1)
    })
  return { signers, unread }
}

const signerOf = (line: string): AllowedSigner | undefined => {
  const first = /^(?:"([^"]+)"|([^\s"]+))\s+(.+)$/.exec(line)
  if (!first) return undefined
  const principals = first[1] ?? first[2] ?? ''
  const rest = first[3] ?? ''
  const bare = keyOf(rest)
  if (bare)
    return {
      principals,
      ...bare,
      authority: false,
      namespaces: undefined,
      validAfter: undefined,
      validBefore: undefined,
    }
  const [options, after] = splitOptions(rest)
  const key = keyOf(after.trimStart())
  const read = key && readOptions(options)
  return key && read ? { principals, ...key, ...read } : undefined
}

const keyOf = (text: string): { blob: Buffer; key: string } | undefined => {
  const parts = /^([\w@.-]+)[ \t]+([A-Za-z0-9+/]+={0,2})(?:\s|$)/.exec(text)
  const blob = parts && strictBase64(parts[2] ?? '')
  // The type outside must be the type inside, else the line does not mean what it says.
  return blob && sshKeyLine(parts[1] ?? '', blob) ? { blob, key: blob.toString('latin1') } : undefined
}

/** Up to the first blank outside quotes. */
const splitOptions = (text: string): readonly [string, string] => {
  let quoted = false
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted
    else if (!quoted && (text[i] === ' ' || text[i] === '\t')) return [text.slice(0, i), text.slice(i)]
  }
  return [text, '']
}

const readOptions = (
  text: string,
): Pick<AllowedSigner, 'authority' | 'namespaces' | 'validAfter' | 'validBefore'> | undefined => {
  let authority = false
  let namespaces: string | undefined
  let validAfter: number | undefined
  let validBefore: number | undefined
  let rest = text
  while (rest !== '') {
    const part = /^([A-Za-z-]+)(?:="([^"]*)")?(?:,|$)/.exec(rest)
    if (!part) return undefined
    rest = rest.slice(part[0].length)
    const value = part[2]
    switch (part[1]?.toLowerCase()) {
      case 'cert-authority':
        if (value !== undefined) return undefined
        authority = true
        break
      case 'namespaces':
        if (value === undefined || namespaces !== undefined) return undefined
        namespaces = value
        break
      case 'valid-after':
        if (validAfter !== undefined) return undefined
        validAfter = timeOf(value)
        if (validAfter === undefined) return undefined
        break
      case 'valid-before':
        if (validBefore !== undefined) return undefined
        validBefore = timeOf(value)
        if (validBefore === undefined) return undefined
        break
      default:
        return undefined
    }
  }
  if (validAfter !== undefined && validBefore !== undefined && validBefore <= validAfter) return undefined
  return { authority, namespaces, validAfter, validBefore }
}

/** `YYYYMMDD` or `YYYYMMDDHHMM[SS]`, with or without `Z`. */
const timeOf = (text: string | undefined): number | undefined => {
  const parts = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?Z?$/.exec(text ?? '')
  if (!parts) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(p => Number(p ?? 0))
  const at = Date.UTC(year, month - 1, day, hour, minute, second)
  const back = new Date(at)
  const exact = back.getUTCMonth() === month - 1 && back.getUTCDate() === day && hour < 24 && minute < 60 && second < 60
  return exact && year >= 1970 ? at / 1000 : undefined
}

export const isValidAt = (signer: AllowedSigner, at: number): boolean =>
  !(signer.validAfter !== undefined && at < signer.validAfter) &&
  !(signer.validBefore !== undefined && at > signer.validBefore)

/** match_pattern_list of OpenSSH: a negated pattern that matches decides against, wherever it stands. */
export const inPatternList = (text: string, patterns: string): boolean => {
  let found = false
  for (const pattern of patterns.split(',')) {
    const negated = pattern.startsWith('!')
    if (!matches(text, negated ? pattern.slice(1) : pattern)) continue
    if (negated) return false
    found = true
  }
  return found
}

/** `*` and `?`, in time linear in the product of the lengths at worst: one point of return, no recursion. */
const matches = (text: string, pattern: string): boolean => {
  let t = 0
  let p = 0
  let star = -1
  let resume = 0
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++
      resume = t
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      t++
      p++
    } else if (star >= 0) {
      p = star + 1
      t = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

export interface RevokedKeys {
  /** Blobs as map keys. */
  readonly keys: ReadonlySet<string>
  /** `SHA256:…` of keys given by hash. */
  readonly fingerprints: ReadonlySet<string>
  /** A binary key revocation list, or lines that are no key: what it revokes is not known. */
  readonly unread: string | undefined
}

/** A file of `gpg.ssh.revocationFile`: public keys, one a line. A binary KRL (ssh-keygen -k) is not read. */
export const readRevokedKeys = (bytes: Uint8Array): RevokedKeys => {
  const keys = new Set<string>()
  const fingerprints = new Set<string>()
  const text = Buffer.from(bytes).toString('latin1')
  if (text.startsWith('SSHKRL\n')) return { keys, fingerprints, unread: 'a binary key revocation list' }
  let unread: string | undefined
  text.split('\n').forEach((raw, i) => {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) return
    const key = keyOf(line)
    const hash = /^SHA256:[A-Za-z0-9+/]{43}$/.exec(line)
    if (key) keys.add(key.key)
    else if (hash) fingerprints.add(hash[0])
    else unread ??= `line ${i + 1} is no public key`
  })
  return { keys, fingerprints, unread }
}
