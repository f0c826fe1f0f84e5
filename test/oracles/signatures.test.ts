import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { lettersOfGit, type More, plain, signedRepository } from '../signed-repository.ts'
import { lettersOfOurs } from './signature-letters.ts'

/**
 * The oracle is git with gpg and ssh-keygen: `git log --format=%G?` on every commit of a generated repository, with the
 * same keys. `npm run oracles` does the same over 20,000 commits.
 */
const missing = ['git', 'gpg', 'ssh-keygen'].filter(program => spawnSync(program, ['--version']).error !== undefined)
const folder = mkdtempSync(join(tmpdir(), 'iip-signed-'))
afterAll(() => {
  spawnSync('gpgconf', ['--kill', 'all'], { env: { PATH: process.env['PATH'], GNUPGHOME: join(folder, 'made') } })
  spawnSync('gpgconf', ['--kill', 'all'], {
    env: { PATH: process.env['PATH'], GNUPGHOME: join(folder, 'sample/gnupg') },
  })
  rmSync(folder, { recursive: true, force: true })
})

/** Keys made and signatures written by gpg and ssh-keygen themselves. */
const byRealPrograms = (): More => {
  const home = join(folder, 'made')
  mkdirSync(home, { mode: 0o700 })
  mkdirSync(join(folder, 'told'), { mode: 0o700 })
  const gpg = (args: readonly string[], input?: string | Buffer, at = home): Buffer =>
    execFileSync(
      'gpg',
      ['--homedir', at, '--batch', '--quiet', '--passphrase', '', '--pinentry-mode', 'loopback', ...args],
      {
        ...(input === undefined ? {} : { input }),
        stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'], HOME: home, TZ: 'UTC' },
      },
    )
  const make = (name: string, algorithm: string, expires: string, at = '20250601T120000'): string => {
    gpg([`--faked-system-time=${at}!`, '--quick-gen-key', `${name} <${name}@example.org>`, algorithm, 'sign', expires])
    const listed = gpg(['--with-colons', '--list-keys', `${name}@example.org`]).toString()
    return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? ''
  }
  const sign = (fingerprint: string, at = '20260105T000000') =>
    plain(payload => gpg([`--faked-system-time=${at}!`, '-u', fingerprint, '-bsa'], payload).toString())
  const keys = {
    'gpg rsa': make('rsa', 'rsa2048', '0'),
    'gpg ed25519': make('ed', 'ed25519', '0'),
    'gpg nistp384': make('p384', 'nistp384', '0'),
    'gpg brainpool': make('brain', 'brainpoolP256r1', '0'),
    'gpg dsa': make('dsa', 'dsa2048', '0'),
    'gpg expired': make('old', 'ed25519', '2026-02-01'),
    'gpg revoked': make('gone', 'ed25519', '0'),
  }
  gpg(['--faked-system-time=20250601T120000!', '--quick-add-key', keys['gpg rsa'], 'ed25519', 'sign', '0'])
  const stranger = make('eve', 'ed25519', '0')
  const kinds = Object.entries({ ...keys, 'gpg unknown': stranger }).map(([name, f]) => ({
    name,
    weight: 1,
    make: sign(f),
  }))
  const certificate = readFileSync(join(home, 'openpgp-revocs.d', `${keys['gpg revoked']}.rev`), 'utf8')
  // What others are told: a key that is known to be revoked cannot sign any more.
  const told = join(folder, 'told')
  gpg(['--import'], Buffer.concat(Object.values(keys).map(f => gpg(['--export', f]))), told)
  gpg(['--import'], certificate.replace(/^:(?=-----)/m, ''), told)
  const certificates = [gpg(['--export'], undefined, told)]

  const lines: string[] = []
  for (const type of ['ed25519', 'ecdsa', 'rsa']) {
    const key = join(home, `ssh-${type}`)
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', key])
    lines.push(`${type}@example.org ${readFileSync(`${key}.pub`, 'utf8').trim()}`)
    const make = plain(payload => {
      writeFileSync(join(home, 'payload'), payload)
      execFileSync('ssh-keygen', ['-q', '-Y', 'sign', '-n', 'git', '-f', key, join(home, 'payload')], {
        stdio: 'ignore',
      })
      const signature = readFileSync(join(home, 'payload.sig'), 'utf8')
      rmSync(join(home, 'payload.sig'))
      return signature
    })
    kinds.push({ name: `ssh-keygen ${type}`, weight: 1, make })
  }
  return { kinds, certificates, allowedSigners: lines }
}

describe.skipIf(missing.length > 0)(
  `signatures against git${missing.length > 0 ? `: ${missing.join(', ')} missing` : ''}`,
  () => {
    test('the letter of every commit of 200 is the one that git prints', { timeout: 120_000 }, async () => {
      const repository = signedRepository(join(folder, 'sample'), 200, byRealPrograms())
      const ours = await lettersOfOurs(repository)
      const { letters: git } = lettersOfGit(repository)
      const named = (letters: ReadonlyMap<string, string>) =>
        [...git.keys()].map(oid => `${oid.slice(0, 10)} ${repository.kinds.get(oid)}: ${letters.get(oid)}`)
      expect(git.size).toBe(200)
      expect(named(ours)).toEqual(named(git))
      // The sample has every letter that git knows.
      expect([...new Set(git.values())].sort()).toEqual(['B', 'E', 'G', 'N', 'R', 'U', 'X', 'Y'])
    })
  },
)
