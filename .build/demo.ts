import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/**
 * The sample company as its engineers have it: a repository of its own, in a temporary folder, with a short history.
 * Checked where it ships, below this repository, its workflows would count for nothing: GitHub runs them at the root only.
 */
const folder = join(mkdtempSync(join(tmpdir(), 'iip-audit-demo-')), 'tidewater')
cpSync('fixtures/repos/tidewater', folder, { recursive: true })
const git = (day: number, ...args: readonly string[]): void => {
  const date = `2026-0${1 + (day % 9)}-1${day % 10}T09:00:00Z`
  execFileSync(
    'git',
    ['-c', 'commit.gpgsign=false', '-c', 'core.autocrlf=false', '-c', 'init.defaultBranch=main', ...args],
    {
      cwd: folder,
      stdio: 'ignore',
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_AUTHOR_NAME: 'Maren Holt',
        GIT_AUTHOR_EMAIL: 'maren@tidewater.example',
        GIT_AUTHOR_DATE: date,
        GIT_COMMITTER_NAME: 'Maren Holt',
        GIT_COMMITTER_EMAIL: 'maren@tidewater.example',
        GIT_COMMITTER_DATE: date,
      },
    },
  )
}
try {
  git(0, 'init', '-q')
  readdirSync(folder)
    .filter(name => name !== '.git')
    .forEach((name, i) => {
      git(i, 'add', '-f', '--', name)
      git(i, 'commit', '-q', '-m', `Add ${name}`)
    })
  const bin = resolve('bin/iip-audit.js')
  spawnSync(
    process.execPath,
    [bin, 'check', '.', '--as-of', '2026-11-24', '--fail-on', 'none', ...process.argv.slice(2)],
    {
      cwd: folder,
      stdio: 'inherit',
    },
  )
} finally {
  rmSync(join(folder, '..'), { recursive: true, force: true })
}
