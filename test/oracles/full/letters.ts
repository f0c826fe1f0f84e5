import { readFileSync, writeFileSync } from 'node:fs'
import type { SignedRepository } from '../../signed-repository.ts'
import { lettersOfOurs } from '../signature-letters.ts'

/** In a process of its own, so that its memory is its own: letters, seconds and the peak, as JSON. */
const [folder = '', allowedSigners = '', revokedKeys = '', keyring = '', out = ''] = process.argv.slice(2)
const repository: SignedRepository = { folder, allowedSigners, revokedKeys, keyring, gnupg: '', kinds: new Map() }
const began = performance.now()
const letters = await lettersOfOurs(repository)
const seconds = (performance.now() - began) / 1000
const { user, system } = process.cpuUsage()
// Not ru_maxrss: a child begins with its parent's.
const status = readFileSync('/proc/self/status', 'utf8')
const megabytes = Math.round(Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1000)
writeFileSync(out, JSON.stringify({ seconds, cpu: (user + system) / 1e6, megabytes, letters: [...letters] }))
