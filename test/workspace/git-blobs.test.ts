import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { diskWorkspace } from '../../src/workspace/disk.ts'
import type { History, PastBounds } from '../../src/workspace/workspace.ts'
import { git, put, repository } from '../scratch.ts'

const historyOf = (folder: string): History => {
  const opened = diskWorkspace(folder, { path: process.env['PATH'], signal: new AbortController().signal })
  if (!opened.ok) throw new Error(opened.refusal.reason)
  return opened.value.history
}
const commit = (folder: string, files: Readonly<Record<string, string>>, subject: string): string => {
  put(folder, files)
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '--allow-empty', '-m', subject)
  return git(folder, 'rev-parse', 'HEAD').trim()
}
const all: PastBounds = { most: 1e6, largest: 1e5, wants: () => true }
const pastOf = async (folder: string, bounds: PastBounds) => {
  const seen: string[] = []
  const read = await historyOf(folder).pastBlobs(git(folder, 'rev-parse', 'HEAD').trim(), bounds, (uri, body) =>
    seen.push(`${uri}: ${body.toString()}`),
  )
  return { seen, counts: read.ok ? read.value : read.refusal }
}

describe('the blobs of the past', () => {
  test('are those the tip no longer has, each once, newest first', async () => {
    const folder = repository({ 'a.txt': 'one', 'b.txt': 'kept' })
    commit(folder, { 'a.txt': 'two', 'c.txt': 'one' }, 'second')
    commit(folder, { 'a.txt': 'three' }, 'third')
    rmSync(join(folder, 'c.txt'))
    commit(folder, {}, 'fourth')
    expect(await pastOf(folder, all)).toEqual({
      seen: ['c.txt: one', 'a.txt: two'],
      counts: { unread: 0, missing: 0 },
    })
  })

  test('that nobody wants are not read, and those beyond the bounds are counted', async () => {
    const folder = repository({ 'a.txt': 'one', 'b.log': 'x'.repeat(200) })
    commit(folder, { 'a.txt': 'two', 'b.log': '' }, 'second')
    expect(await pastOf(folder, { ...all, wants: uri => uri === 'a.txt' })).toMatchObject({ seen: ['a.txt: one'] })
    expect(await pastOf(folder, { ...all, largest: 100 })).toMatchObject({
      seen: ['a.txt: one'],
      counts: { unread: 1, missing: 0 },
    })
    expect(await pastOf(folder, { ...all, most: 2 })).toMatchObject({ seen: [], counts: { unread: 2 } })
  })

  test('that are not in the store are counted as missing', async () => {
    const folder = repository({ 'a.txt': 'one' })
    const lost = git(folder, 'rev-parse', 'HEAD:a.txt').trim()
    commit(folder, { 'a.txt': 'two' }, 'second')
    rmSync(join(folder, '.git', 'objects', lost.slice(0, 2), lost.slice(2)))
    const { seen, counts } = await pastOf(folder, all)
    expect(seen).toEqual([])
    expect(counts).toMatchObject({ unread: 0 })
    expect('missing' in counts && counts.missing).toBeGreaterThan(0)
  })
})

describe('the commits that held a blob', () => {
  test('are told from the first to the last, in the order asked', async () => {
    const folder = repository({ 'a.txt': 'one' })
    const name = git(folder, 'rev-parse', 'HEAD:a.txt').trim()
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    commit(folder, { 'a.txt': 'two' }, 'second')
    const again = commit(folder, { 'a.txt': 'one' }, 'third')
    const tip = commit(folder, { 'a.txt': 'four' }, 'fourth')
    const read = await historyOf(folder).holders(tip, [
      { uri: 'none.txt', blobs: new Set([name]) },
      { uri: 'a.txt', blobs: new Set([name]) },
      { uri: 'odd\nname', blobs: new Set([name]) },
    ])
    const unknown = { first: undefined, last: undefined }
    expect(read).toEqual({ ok: true, value: [unknown, { first, last: again }, unknown] })
  })
})
