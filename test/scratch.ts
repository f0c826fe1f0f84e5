import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder that is gone when the test is. */
export const scratch = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'iip-audit-')))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export const put = (folder: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [uri, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, uri)), { recursive: true })
    writeFileSync(join(folder, uri), content)
  }
}

/** Git as a person would call it, with a fixed identity and date and nobody's configuration. */
export const git = (folder: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-c', 'init.defaultBranch=main', '-c', 'commit.gpgsign=false', ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_AUTHOR_DATE: '2026-06-01T12:00:00Z',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
      GIT_COMMITTER_DATE: '2026-06-01T12:00:00Z',
    },
  })

/** A repository with these files in one commit. */
export const repository = (files: Readonly<Record<string, string | Uint8Array>>): string => {
  const folder = scratch()
  git(folder, 'init', '-q')
  put(folder, files)
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'first')
  return folder
}
