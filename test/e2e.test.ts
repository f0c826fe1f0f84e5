import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commitText, type Signer, signerNamed } from './company/signer.ts'
import { git, scratch } from './scratch.ts'

/** The sample companies through the built command, as the README shows them. */

const bin = process.env['IIP_BIN'] ?? new URL('../bin/iip-audit.js', import.meta.url).pathname
const isBuilt = process.env['IIP_BIN'] !== undefined || existsSync(new URL('../dist/cli.js', import.meta.url))

/** In the allowed signers of harbor. */
const ines = signerNamed('Ines Falkner', 'ines@harbor-wick.example')
/** In nobody's. */
const rosalind = signerNamed('Rosalind Thackeray', 'rosalind@tidewater.example')

interface Commit {
  readonly subject: string
  /** RFC 3339. */
  readonly at: string
  readonly signed: boolean
}

/** The company's files in a repository of its own, with a history whose object names never change. */
const cloneOf = (name: string, by: Signer, commits: readonly Commit[]): string => {
  const folder = scratch()
  cpSync(new URL(`../fixtures/repos/${name}/`, import.meta.url), folder, { recursive: true })
  git(folder, 'init', '-q')
  git(folder, 'add', '--all', '--force')
  const tree = git(folder, 'write-tree').trim()
  let parent: string | undefined
  for (const { subject, at, signed } of commits) {
    parent = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      cwd: folder,
      input: commitText({ tree, parent, by, at, subject }, signed ? by : undefined),
      encoding: 'utf8',
    }).trim()
    git(folder, 'update-ref', 'refs/heads/main', parent)
  }
  return folder
}

const check = (cwd: string, ...args: readonly string[]) => {
  const done = spawnSync(process.execPath, [bin, 'check', '--as-of', '2026-11-24', ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd },
    timeout: 60_000,
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

/** Two runs differ in wall time, two releases in their version, and in nothing else. */
const settled = (text: string): string =>
  text.replace(/^iip-audit \S+/, 'iip-audit <version>').replace(/ in [\d.]+ s\./, ' in <seconds> s.')

const expectGolden = (name: string, text: string): void => {
  const file = new URL(`golden/${name}`, import.meta.url)
  if (process.env['UPDATE'] === '1') writeFileSync(file, text)
  expect(existsSync(file), `test/golden/${name} is missing; UPDATE=1 writes it`).toBe(true)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

describe.skipIf(!isBuilt)(
  isBuilt ? 'the built command' : 'the built command (skipped: dist/ is missing, npm run build)',
  () => {
    test('the signatures of the samples are signatures to git', () => {
      const folder = cloneOf('harbor', ines, [
        { subject: 'Move to containers', at: '2026-09-01T09:00:00Z', signed: true },
      ])
      const allowed = 'gpg.ssh.allowedSignersFile=.github/allowed_signers'
      expect(git(folder, '-c', allowed, 'log', '-1', '--format=%G? %GS', 'main').trim()).toBe(`G ${ines.email}`)
    })

    test('tidewater, which looks compliant at a glance, is told what is really so', () => {
      const folder = cloneOf('tidewater', rosalind, [
        { subject: 'Initial import', at: '2026-01-12T09:30:00Z', signed: false },
        { subject: 'Sign all commits from now on', at: '2026-03-03T16:02:00Z', signed: false },
        { subject: 'Add the LLM bridge', at: '2026-03-04T08:11:00Z', signed: true },
        { subject: 'hotfix: login', at: '2026-06-20T22:47:00Z', signed: false },
        { subject: 'Update the readiness brief', at: '2026-09-12T10:05:00Z', signed: false },
      ])
      const { code, out, err } = check(folder)
      expect([code, err]).toEqual([1, ''])
      expectGolden('tidewater.txt', settled(out))
    })

    test('harbor, which does everything right, has nothing to answer for', () => {
      const folder = cloneOf('harbor', ines, [
        { subject: 'Move to containers', at: '2026-09-01T09:00:00Z', signed: true },
        { subject: 'Tell covered entities sooner (#7)', at: '2026-09-14T09:00:00Z', signed: true },
      ])
      const { code, out, err } = check(folder)
      expect([code, err]).toEqual([0, ''])
      expectGolden('harbor.txt', settled(out))
    })

    test('the same tree, day and options give the same bytes', () => {
      const folder = cloneOf('tidewater', rosalind, [
        { subject: 'Initial import', at: '2026-01-12T09:30:00Z', signed: false },
      ])
      const json = (): string => {
        const { run, ...rest } = JSON.parse(check(folder, '--format', 'json').out) as Record<string, unknown>
        expect(run).toBeDefined()
        return JSON.stringify(rest)
      }
      expect(json()).toBe(json())
    })
  },
)
