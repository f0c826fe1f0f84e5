import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { armour, type PgpSigner, packet, pgpSigner } from './openpgp-writer.ts'
import { withHeader } from './signing.ts'
import { type SshSigner, sshSigner, sshTypes } from './ssh-signer.ts'

/**
 * A repository with every kind of signer, written as one pack: git's own tools would take minutes. Beside it the files
 * that say who is trusted, as git and gpg read them and as we do.
 */
export interface SignedRepository {
  readonly folder: string
  readonly allowedSigners: string
  readonly revokedKeys: string
  readonly keyring: string
  readonly gnupg: string
  /** Name of each commit → what was done to it. */
  readonly kinds: ReadonlyMap<string, string>
}

/** Seconds: the first commit's date. Keys of OpenPGP are older by a year. */
const began = Date.UTC(2026, 0, 5) / 1000
const year = 365 * 86_400

type Maker = (payload: string) => string

const tampered = (commit: string): string => commit.replace(/change (\d+)\n$/, 'change $1 for the worse\n')
const cut = (made: string): string => {
  const lines = made.split('\n')
  return [...lines.slice(0, 3), ...lines.slice(-3)].join('\n')
}

/** How each commit comes to be; `weight`: how often in a hundred. */
export interface Kind {
  readonly name: string
  readonly weight: number
  readonly make: Maker
}

export const plain =
  (sign: (payload: Buffer) => string): Maker =>
  payload =>
    withHeader(payload, sign(Buffer.from(payload)))

const sshKinds = (people: {
  readonly line: (principal: string, options: string, key: SshSigner) => void
  readonly revoke: (key: SshSigner) => void
}): Kind[] => {
  const kinds: Kind[] = sshTypes.map(type => {
    const key = sshSigner(type)
    people.line(`${type}@example.org`, type.startsWith('sk-') ? 'namespaces="git,file"' : '', key)
    return { name: type, weight: type === 'ssh-ed25519' ? 20 : 2, make: plain(p => key.sign(p)) }
  })
  const listed = (options: string, principal = 'ben@example.org'): SshSigner => {
    const key = sshSigner('ssh-ed25519')
    people.line(principal, options, key)
    return key
  }
  const [ada, file, early, late, pattern] = [
    listed('', 'ada@example.org,ada@example.net'),
    listed('namespaces="file"'),
    listed('valid-before="20260105120000Z"'),
    listed('valid-after="20260105120000Z",namespaces="git"'),
    listed('', '"*@example.org,!eve@example.org"'),
  ]
  const rsa = sshSigner('ssh-rsa')
  people.line('rsa@example.org', '', rsa)
  const [revoked, stranger, strange] = [listed(''), sshSigner('ssh-ed25519'), sshSigner('ecdsa-sha2-nistp256')]
  people.revoke(revoked)
  return [
    ...kinds,
    { name: 'ssh sha256', weight: 1, make: plain(p => ada.sign(p, { hash: 'sha256' })) },
    { name: 'ssh rsa-sha2-256', weight: 1, make: plain(p => rsa.sign(p, { algorithm: 'rsa-sha2-256' })) },
    { name: 'ssh rsa with SHA-1', weight: 1, make: plain(p => rsa.sign(p, { algorithm: 'ssh-rsa' })) },
    { name: 'ssh unknown', weight: 3, make: plain(p => stranger.sign(p)) },
    { name: 'ssh unknown ecdsa', weight: 1, make: plain(p => strange.sign(p)) },
    { name: 'ssh tampered', weight: 2, make: p => tampered(plain(q => ada.sign(q))(p)) },
    { name: 'ssh unknown tampered', weight: 1, make: p => tampered(plain(q => stranger.sign(q))(p)) },
    { name: 'ssh revoked', weight: 1, make: plain(p => revoked.sign(p)) },
    { name: 'ssh until a day', weight: 2, make: plain(p => early.sign(p)) },
    { name: 'ssh from a day', weight: 2, make: plain(p => late.sign(p)) },
    { name: 'ssh by a pattern', weight: 1, make: plain(p => pattern.sign(p)) },
    { name: 'ssh listed for files', weight: 1, make: plain(p => file.sign(p)) },
    { name: 'ssh made for files', weight: 1, make: plain(p => ada.sign(p, { namespace: 'file' })) },
    { name: 'ssh cut short', weight: 1, make: plain(p => cut(ada.sign(p))) },
  ]
}

const pgpKinds = (publish: (key: PgpSigner) => void): Kind[] => {
  const created = began - year
  const known = (options: Partial<Parameters<typeof pgpSigner>[0]>): PgpSigner => {
    const key = pgpSigner({ algorithm: 'ed25519', created, ...options })
    publish(key)
    return key
  }
  const [rsa, ed, p256] = [known({ algorithm: 'rsa' }), known({}), known({ algorithm: 'p256' })]
  const [subkey, stranger, subRevoked] = [
    known({ subkey: 'bound' }),
    known({ subkey: 'stranger' }),
    known({ subkey: 'revoked' }),
  ]
  const expired = known({ expires: year + 30 * 86_400 })
  const expiredBefore = known({ expires: 86_400 })
  const [compromised, retired] = [
    known({ revoked: { reason: 2, at: began + 86_400 } }),
    known({ revoked: { reason: 3, at: began + 300 * 86_400 } }),
  ]
  const certifies = known({ flags: 1 })
  const young = known({ created: began + 300 * 86_400 })
  const unknown = pgpSigner({ algorithm: 'ed25519', created })
  const at = { at: began }
  return [
    { name: 'pgp rsa', weight: 8, make: plain(p => rsa.sign(p, at)) },
    { name: 'pgp ed25519', weight: 10, make: plain(p => ed.sign(p, at)) },
    { name: 'pgp ed25519 sha512', weight: 1, make: plain(p => ed.sign(p, { ...at, hash: 'sha512' })) },
    { name: 'pgp sha1', weight: 1, make: plain(p => rsa.sign(p, { ...at, hash: 'sha1' })) },
    { name: 'pgp p256', weight: 2, make: plain(p => p256.sign(p, at)) },
    { name: 'pgp subkey', weight: 2, make: plain(p => subkey.sign(p, at)) },
    { name: 'pgp subkey that says not whose it is', weight: 1, make: plain(p => stranger.sign(p, at)) },
    { name: 'pgp revoked subkey', weight: 1, make: plain(p => subRevoked.sign(p, at)) },
    { name: 'pgp expired key', weight: 2, make: plain(p => expired.sign(p, at)) },
    { name: 'pgp key expired before', weight: 1, make: plain(p => expiredBefore.sign(p, at)) },
    { name: 'pgp expired signature', weight: 1, make: plain(p => ed.sign(p, { ...at, expires: 3600 })) },
    { name: 'pgp compromised key', weight: 1, make: plain(p => compromised.sign(p, at)) },
    { name: 'pgp retired key', weight: 1, make: plain(p => retired.sign(p, at)) },
    { name: 'pgp key that only certifies', weight: 1, make: plain(p => certifies.sign(p, at)) },
    { name: 'pgp older than its key', weight: 1, make: plain(p => young.sign(p, at)) },
    { name: 'pgp unknown', weight: 2, make: plain(p => unknown.sign(p, at)) },
    { name: 'pgp tampered', weight: 2, make: p => tampered(plain(q => ed.sign(q, at))(p)) },
    { name: 'pgp rsa tampered', weight: 1, make: p => tampered(plain(q => rsa.sign(q, at))(p)) },
    {
      name: 'pgp two in one',
      weight: 1,
      make: plain(p => armour(Buffer.concat([ed.signPacket(p, at), rsa.signPacket(p, at)]), 'PGP SIGNATURE')),
    },
    { name: 'pgp cut short', weight: 1, make: plain(p => cut(rsa.sign(p, at))) },
    {
      name: 'pgp holding a packet of another kind',
      weight: 1,
      make: plain(() => armour(packet(11, Buffer.from('b\0\0\0\0\0x')), 'PGP SIGNATURE')),
    },
  ]
}

const others: readonly Kind[] = [
  { name: 'unsigned', weight: 18, make: payload => payload },
  {
    name: 'a message that quotes a signature',
    weight: 1,
    make: payload => `${payload}\ngpgsig -----BEGIN SSH SIGNATURE-----\n`,
  },
]

/** Kinds by weight, spread evenly: the same for the same count. */
const spread = (kinds: readonly Kind[], count: number): Kind[] => {
  const total = kinds.reduce((sum, k) => sum + k.weight, 0)
  const debt = kinds.map(() => 0)
  return Array.from({ length: count }, (_, i) => {
    // Each kind once, then by weight.
    const first = kinds[i]
    if (first) return first
    kinds.forEach((k, j) => {
      debt[j] = (debt[j] ?? 0) + k.weight / total
    })
    const next = debt.indexOf(Math.max(...debt))
    debt[next] = (debt[next] ?? 0) - 1
    return kinds[next] ?? first
  }).flatMap(k => k ?? [])
}

const objectName = (type: string, body: Buffer): string =>
  createHash('sha1').update(`${type} ${body.length}\0`).update(body).digest('hex')

/** git-pack-format(5): each object whole, none as a delta. */
const packOf = (objects: readonly { readonly type: 1 | 2; readonly body: Buffer }[]): Buffer => {
  const head = Buffer.alloc(12)
  head.write('PACK')
  head.writeUInt32BE(2, 4)
  head.writeUInt32BE(objects.length, 8)
  const parts = [head]
  for (const { type, body } of objects) {
    const size = [(type << 4) | (body.length & 15)]
    for (let rest = body.length >> 4; rest > 0; rest >>= 7) {
      size[size.length - 1] = (size.at(-1) ?? 0) | 0x80
      size.push(rest & 0x7f)
    }
    parts.push(Buffer.from(size), deflateSync(body, { level: 1 }))
  }
  const pack = Buffer.concat(parts)
  return Buffer.concat([pack, createHash('sha1').update(pack).digest()])
}

/** Commits signed by real programs, and who their keys belong to. */
export interface More {
  readonly kinds: readonly Kind[]
  readonly certificates: readonly Buffer[]
  readonly allowedSigners: readonly string[]
}

export const signedRepository = (
  folder: string,
  count: number,
  more: More = { kinds: [], certificates: [], allowedSigners: [] },
): SignedRepository => {
  const at = (name: string) => join(folder, name)
  mkdirSync(at('repository'), { recursive: true })
  mkdirSync(at('gnupg'), { mode: 0o700 })
  const lines: string[] = ['# people', '', 'not a line', ...more.allowedSigners]
  const revoked: string[] = []
  const certificates: Buffer[] = [...more.certificates]
  const kinds = [
    ...sshKinds({
      line: (principal, options, key) =>
        lines.push(`${principal} ${options}${options === '' ? '' : ' '}${key.line} a comment`),
      revoke: key => revoked.push(key.line),
    }),
    ...pgpKinds(key => certificates.push(key.certificate)),
    ...others,
    ...more.kinds,
  ]
  const tree = Buffer.alloc(0)
  const treeName = objectName('tree', tree)
  const objects: { type: 1 | 2; body: Buffer }[] = [{ type: 2, body: tree }]
  const names = new Map<string, string>()
  let parent = ''
  spread(kinds, count).forEach((kind, i) => {
    const when = `${began + i * 600} +0000`
    const who = `Ada <ada@example.org> ${when}`
    const payload = `tree ${treeName}\n${parent}author ${who}\ncommitter ${who}\n\nchange ${i}\n`
    const body = Buffer.from(kind.make(payload))
    objects.push({ type: 1, body })
    const name = objectName('commit', body)
    names.set(name, kind.name)
    parent = `parent ${name}\n`
  })
  writeFileSync(at('allowed_signers'), `${lines.join('\n')}\n`)
  writeFileSync(at('revoked'), `${revoked.join('\n')}\n`)
  writeFileSync(at('keyring.gpg'), Buffer.concat(certificates))
  writeFileSync(at('gnupg/gpg.conf'), 'trust-model always\nno-auto-check-trustdb\n')
  const run = (program: string, ...args: readonly string[]) =>
    execFileSync(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], HOME: folder, GNUPGHOME: at('gnupg'), TZ: 'UTC' },
    })
  run('gpg', '--batch', '--quiet', '--import', at('keyring.gpg'))
  run('git', 'init', '-q', '-b', 'main', at('repository'))
  execFileSync('git', ['index-pack', '--stdin', '--fix-thin'], {
    cwd: at('repository'),
    input: packOf(objects),
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  run('git', '-C', at('repository'), 'update-ref', 'refs/heads/main', parent.slice(7).trim())
  return {
    folder: at('repository'),
    allowedSigners: at('allowed_signers'),
    revokedKeys: at('revoked'),
    keyring: at('keyring.gpg'),
    gnupg: at('gnupg'),
    kinds: names,
  }
}

/** What git itself says of each commit, with the same keys. */
export interface GitSays {
  /** `%G?` by name. */
  readonly letters: ReadonlyMap<string, string>
  readonly seconds: number
  /** Processor seconds of git and of every gpg and ssh-keygen it ran. */
  readonly cpu: number
}

/** Exit code of a program that was ended because nobody read what it wrote (128 + SIGPIPE). */
const brokenPipe = 141

/**
 * Runs gpg or ssh-keygen for every commit: minutes for a history of some length. Once in many thousand signatures git is
 * ended by a broken pipe and prints only a part, presumably where the program it asked ended before it had read all. An
 * answer that is not whole compares with nothing: git is asked again, and never for anything else.
 *
 * @throws when git ends in any other way, or three times so
 */
export const lettersOfGit = (repository: SignedRepository, tries = 3): GitSays => {
  const config = [
    `gpg.ssh.allowedSignersFile=${repository.allowedSigners}`,
    `gpg.ssh.revocationFile=${repository.revokedKeys}`,
  ]
  const args = [...config.flatMap(c => ['-c', c]), 'log', '--format=%H %G?', 'main']
  const began = performance.now()
  // Only a shell counts what the children of a child take.
  const script = 'TIMEFORMAT="%U %S"; time git "$@" 2>/dev/null'
  const ran = spawnSync('bash', ['-c', script, 'bash', ...args], {
    cwd: repository.folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: {
      PATH: process.env['PATH'],
      HOME: repository.gnupg,
      GNUPGHOME: repository.gnupg,
      TZ: 'UTC',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
    },
  })
  if (ran.status === brokenPipe && tries > 1) return lettersOfGit(repository, tries - 1)
  const seconds = (performance.now() - began) / 1000
  const lines = ran.stdout.trim().split('\n')
  if (ran.status !== 0 || lines.length !== repository.kinds.size)
    throw new Error(`git ended after ${lines.length} of ${repository.kinds.size} commits (${ran.status ?? ran.signal})`)
  return {
    letters: new Map(lines.map(line => [line.slice(0, -2), line.slice(-1)])),
    seconds,
    cpu: ran.stderr
      .trim()
      .split(' ')
      .map(Number)
      .reduce((a, b) => a + b, 0),
  }
}
