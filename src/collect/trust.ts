import { sha256 } from '../digest.ts'
import type { Deposit, Gap } from '../model.ts'
import { readGitConfig } from '../parse/git-config.ts'
import type { Source } from '../place.ts'
import { type RevokedKeys, readAllowedSigners, readRevokedKeys } from '../signature/allowed-signers.ts'
import { emptyKeyring, type PgpKeyring, readKeyring } from '../signature/openpgp-key.ts'
import { type Packet, readKeyFile } from '../signature/openpgp-packet.ts'
import { sshFingerprint } from '../signature/ssh-key.ts'
import type { Trust } from '../signature/verify.ts'
import type { Refusal, Workspace } from '../workspace/workspace.ts'
import type { RunInputs } from './collector.ts'

/** Whose signatures count, and what that rests on. */
export interface TrustFound {
  readonly trust: Trust
  /** Commits that change a list that stands in the tree: the trust each of their parents gives. */
  readonly before: (oid: string) => Iterable<Trust> | undefined
  /** Whether a commit brings a key into a list: by key id. */
  readonly introduces: (oid: string, keyId: string) => boolean
  readonly gaps: readonly Omit<Gap, 'kinds'>[]
  readonly deposits: readonly Deposit[]
  /** For the reader: what the signatures were held against. */
  readonly says: string
}

type Kind = 'signers' | 'keyring' | 'revoked'

interface Material {
  readonly kind: Kind
  readonly source: Source
  readonly bytes: Uint8Array
  /** Its history, where it stands in the tree under judgement. */
  readonly changes: readonly Change[]
}

interface Change {
  readonly oid: string
  readonly after: Uint8Array | undefined
  readonly before: readonly (Uint8Array | undefined)[]
}

/** Where repositories keep an allowed-signers file of their own. */
const inTreePlaces = ['.github/allowed_signers', '.gitsigners', '.iip-audit/allowed_signers', 'docs/allowed_signers']

/** A keyring of some thousand people. */
const largest = 32 * 1024 * 1024
/** Each version of a keyring in the tree is read whole. */
const mostKeyringChanges = 100

/**
 * Looks for trusted signers, for each kind at the first place that names any: the command line, the profile, the global
 * configuration of the person who runs the audit (read as text), the tree. Never the target's own configuration. A list
 * in the tree counts as the tip of the branch holds it, and is followed through history, so that no commit vouches for
 * itself.
 *
 * @param tip commit whose history is judged
 */
export const findTrust = async (workspace: Workspace, inputs: RunInputs, tip: string): Promise<TrustFound> => {
  const gaps: Omit<Gap, 'kinds'>[] = []
  const found: Material[] = []
  const refuse = (uri: string, { cause, reason }: Refusal): void => {
    gaps.push({ place: { in: 'file', uri }, cause, reason: `trusted signers: ${reason}` })
  }

  const inTree = async (kind: Kind, uri: string, mustBe: boolean): Promise<void> => {
    const file = await workspace.history.file(tip, uri)
    if (!file.ok) refuse(uri, file.refusal)
    else if (file.value.now && kind === 'keyring' && file.value.changes.length > mostKeyringChanges)
      refuse(uri, { cause: 'too-large', reason: `this keyring changed more than ${mostKeyringChanges} times` })
    else if (file.value.now) {
      const bytes = file.value.now
      found.push({
        kind,
        bytes,
        source: { uri, sha256: sha256(bytes), bytes: bytes.length },
        changes: file.value.changes,
      })
    } else if (mustBe) refuse(uri, { cause: 'unresolved', reason: 'the branch does not hold this file' })
  }
  const fromOption = async (kind: Kind, path: string): Promise<void> => {
    const [file] = await listed(workspace, path)
    // What the branch holds is part of what is judged, whoever names it.
    const held = file === undefined ? undefined : await workspace.history.file(tip, file)
    if (file !== undefined && held?.ok && held.value.now) return inTree(kind, file, true)
    const read = await workspace.inputs.bytes(path, { most: largest })
    if (read.ok) found.push({ kind, ...read.value, changes: [] })
    else refuse(path, read.refusal)
  }
  const notRead: string[] = []
  const fromHome = async (kind: Kind, path: string): Promise<void> => {
    // A relative path means another file in each repository, and in most of them none.
    if (!path.startsWith('/') && !path.startsWith('~')) return inTree(kind, path.replace(/^\.\//, ''), false)
    const read = await workspace.user.bytes(path, { most: largest })
    if (read.ok) found.push({ kind, ...read.value, changes: [] })
    // A list that is not there trusts nobody, which shows by itself; revocations that are not there do not.
    else if (kind === 'revoked') refuse(path, read.refusal)
    else notRead.push(`${path} (${read.refusal.reason})`)
  }

  const deposits: Deposit[] = []
  const home = await homeSettings(workspace)
  const lists = [
    ['signers', 'allowedSigners', home.allowedSigners],
    ['keyring', 'keyrings', undefined],
    ['revoked', 'revokedKeys', home.revokedKeys],
  ] as const
  for (const [kind, key, atHome] of lists) {
    const [given, profile] = [inputs.trust?.[key] ?? [], inputs.signers?.[key] ?? []]
    for (const path of given) await fromOption(kind, path)
    // Revocations add up: each can only take away.
    if (given.length === 0 || kind === 'revoked') for (const uri of profile) await inTree(kind, uri, true)
    if ((given.length === 0 && profile.length === 0) || kind === 'revoked') {
      if (atHome !== undefined) {
        deposits.push(...home.files)
        await fromHome(kind, atHome)
      }
      const none = !found.some(m => m.kind === kind)
      if (kind === 'signers' && none) for (const uri of inTreePlaces) await inTree(kind, uri, false)
    }
  }

  deposits.push(...found.map(m => ({ source: m.source, text: textOf(m), secrets: [] })))
  for (const m of found)
    if (m.kind === 'keyring' && !readKeyFile(Buffer.from(m.bytes)))
      refuse(m.source.uri, {
        cause: 'unparsed',
        reason: 'no OpenPGP keys (an export is read, armoured or binary: gpg --export)',
      })
  const now = Date.parse(`${inputs.asOf}T23:59:59Z`) / 1000
  const changed = new Map<string, number>()
  for (const { oid, before } of found.flatMap(m => m.changes))
    changed.set(oid, Math.max(changed.get(oid) ?? 0, before.length))
  return {
    trust: trustOf(found, now),
    before: oid => {
      const parents = changed.get(oid)
      if (parents === undefined) return undefined
      const trusts = function* (): Iterable<Trust> {
        for (let parent = 0; parent < parents; parent++)
          yield trustOf(
            found.flatMap(m => asBefore(m, oid, parent)),
            now,
          )
      }
      return trusts()
    },
    introduces: (oid, keyId) => found.some(m => m.changes.some(c => c.oid === oid && brings(m.kind, c, keyId))),
    gaps,
    deposits,
    says: [saysOf(found), ...notRead.map(n => `not read: ${n}`)].join('; '),
  }
}

const listed = async (workspace: Workspace, path: string): Promise<readonly string[]> => {
  const files = await workspace.inputs.files(path)
  return files.ok ? files.value.map(f => f.uri) : []
}

/** `gpg.ssh.*` of the global configuration; the last word counts. */
const homeSettings = async (
  workspace: Workspace,
): Promise<{ allowedSigners: string | undefined; revokedKeys: string | undefined; files: readonly Deposit[] }> => {
  const files = await workspace.user.gitConfig()
  const settings = files.flatMap(f => readGitConfig(f.text))
  const last = (name: string) => settings.findLast(s => s.name === name)?.value
  return {
    allowedSigners: last('gpg.ssh.allowedsignersfile'),
    revokedKeys: last('gpg.ssh.revocationfile'),
    // Listed as read; its text is nobody's evidence, and may hold anything.
    files: files.map(f => ({ source: f.source, text: '', secrets: [] })),
  }
}

const textOf = (m: Material): string => (m.kind === 'keyring' ? '' : Buffer.from(m.bytes).toString('utf8'))

/** The list as the parent of a commit held it; nothing where it did not. */
const asBefore = (m: Material, oid: string, parent: number): readonly Material[] => {
  const change = m.changes.find(c => c.oid === oid)
  if (!change) return [m]
  const bytes = change.before[parent]
  return bytes ? [{ ...m, bytes }] : []
}

const trustOf = (materials: readonly Material[], now: number): Trust => {
  const of = (kind: Kind) => materials.filter(m => m.kind === kind)
  const [signers, keyrings, revoked] = [of('signers'), of('keyring'), of('revoked')]
  return {
    now,
    signers:
      signers.length === 0
        ? undefined
        : signers.flatMap(m => readAllowedSigners(Buffer.from(m.bytes).toString('utf8')).signers),
    keyring:
      keyrings.length === 0 ? undefined : keyringOf(keyrings.flatMap(m => readKeyFile(Buffer.from(m.bytes)) ?? [])),
    revoked: revoked.length === 0 ? undefined : revoked.map(m => readRevokedKeys(m.bytes)).reduce(joined),
  }
}

const keyringOf = (packets: readonly Packet[]): PgpKeyring =>
  packets.length === 0 ? emptyKeyring : readKeyring(packets)

const joined = (a: RevokedKeys, b: RevokedKeys): RevokedKeys => ({
  keys: new Set([...a.keys, ...b.keys]),
  fingerprints: new Set([...a.fingerprints, ...b.fingerprints]),
  unread: a.unread ?? b.unread,
})

/** Whether a key stands in the file behind a commit, and stood in none of the files before it. */
const brings = (kind: Kind, { after, before }: Change, keyId: string): boolean => {
  const holds = (bytes: Uint8Array | undefined): boolean => {
    if (!bytes) return false
    if (kind === 'signers')
      return readAllowedSigners(Buffer.from(bytes).toString('utf8')).signers.some(s => sshFingerprint(s.blob) === keyId)
    return kind === 'keyring' && keyringOf(readKeyFile(Buffer.from(bytes)) ?? []).byKeyId.has(keyId)
  }
  return holds(after) && !before.some(holds)
}

const saysOf = (found: readonly Material[]): string => {
  if (found.length === 0) return 'no allowed-signers file and no keyring was given'
  const shown = (m: Material): string => {
    const { uri } = m.source
    switch (m.kind) {
      case 'signers': {
        const { signers, unread } = readAllowedSigners(Buffer.from(m.bytes).toString('utf8'))
        const lines = unread.length === 0 ? '' : `, ${counted(unread.length, 'line')} not read`
        return `${uri} (${counted(new Set(signers.map(s => s.key)).size, 'key')}${lines})`
      }
      case 'keyring': {
        const { byFingerprint, unread } = keyringOf(readKeyFile(Buffer.from(m.bytes)) ?? [])
        return `${uri} (${counted(byFingerprint.size, 'key')}${unread === 0 ? '' : `, ${unread} not read`})`
      }
      case 'revoked':
        return `${uri} (revocations)`
    }
  }
  return `signatures held against ${found.map(shown).join(', ')}`
}

const counted = (n: number, noun: string): string => `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`
