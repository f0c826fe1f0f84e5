import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readKeyring } from '../../../src/signature/openpgp-key.ts'
import { readKeyFile } from '../../../src/signature/openpgp-packet.ts'

/**
 * The oracle is gpg on keys of real people, grown over twenty years: the Debian keyrings (`apt-get install
 * debian-keyring archlinux-keyring`). Every key must be as valid to us as to gpg; whether it may sign, never more so.
 */
const folder = '/usr/share/keyrings'
const rings = ['debian-keyring', 'debian-maintainers', 'debian-nonupload', 'debian-role-keys']
  .map(name => join(folder, `${name}.gpg`))
  .filter(file => existsSync(file))
const home = mkdtempSync(join(tmpdir(), 'iip-keyring-'))
afterAll(() => rmSync(home, { recursive: true, force: true }))

interface GpgKey {
  readonly is: string
  readonly validity: string
  readonly algorithm: string
  readonly maySign: boolean
}

const keysOfGpg = (file: string): ReadonlyMap<string, GpgKey> => {
  const args = [
    '--homedir',
    home,
    '--no-default-keyring',
    '--keyring',
    file,
    '--with-colons',
    '--with-subkey-fingerprints',
    '-k',
  ]
  const { stdout } = spawnSync('gpg', args, { encoding: 'utf8', maxBuffer: 1 << 28 })
  const keys = new Map<string, GpgKey>()
  let current: GpgKey | undefined
  for (const line of stdout.split('\n')) {
    const f = line.split(':')
    if (f[0] === 'pub' || f[0] === 'sub')
      current = { is: f[0], validity: f[1] ?? '', algorithm: f[3] ?? '', maySign: /s/.test(f[11] ?? '') }
    else if (f[0] === 'fpr' && current) {
      keys.set(f[9] ?? '', current)
      current = undefined
    }
  }
  return keys
}

test.skipIf(rings.length === 0)('keys of real people are as valid to us as to gpg', { timeout: 600_000 }, () => {
  const now = Date.now() / 1000
  const different: string[] = []
  let [seen, absent] = [0, 0]
  for (const file of rings) {
    const ours = readKeyring(readKeyFile(readFileSync(file)) ?? []).byFingerprint
    for (const [fingerprint, gpg] of keysOfGpg(file)) {
      seen++
      const key = ours.get(fingerprint)
      if (!key) {
        // Self-signatures over hashes that prove nothing any more: as good as absent, so never good.
        absent++
        continue
      }
      const state = key.revoked ? 'r' : key.expires !== undefined && key.expires <= now ? 'e' : '-'
      const theirs = gpg.validity === 'r' || gpg.validity === 'e' ? gpg.validity : '-'
      if (state !== theirs) different.push(`${fingerprint}: gpg ${theirs}, ours ${state}`)
      if (theirs === '-' && key.maySign && !gpg.maySign) different.push(`${fingerprint}: signs for us, not for gpg`)
    }
  }
  expect(different).toEqual([])
  expect(seen).toBeGreaterThan(100)
  expect(absent).toBeLessThan(seen / 500)
})
