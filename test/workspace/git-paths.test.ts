import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { diskWorkspace } from '../../src/workspace/disk.ts'
import { parseTree } from '../../src/workspace/git-paths.ts'
import type { PathBounds, PathHistory } from '../../src/workspace/workspace.ts'
import { git, put, repository } from '../scratch.ts'

const all: PathBounds = { wants: () => true, mostChanges: 100, most: 1e6, largest: 1e5 }
const historyOf = async (
  folder: string,
  paths: readonly string[],
  bounds: Partial<PathBounds> = {},
): Promise<PathHistory> => {
  const opened = diskWorkspace(folder, { path: process.env['PATH'], signal: new AbortController().signal })
  if (!opened.ok) throw new Error(opened.refusal.reason)
  const { history } = opened.value
  const tip = await history.resolve('HEAD')
  if (!tip.ok) throw new Error(tip.refusal.reason)
  const read = await history.paths(tip.value, paths, { ...all, ...bounds })
  if (!read.ok) throw new Error(read.refusal.reason)
  return read.value
}
const commit = (folder: string, files: Readonly<Record<string, string>>, ...remove: readonly string[]): string => {
  put(folder, files)
  for (const uri of remove) rmSync(join(folder, uri))
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '--allow-empty', '-m', 'change')
  return git(folder, 'rev-parse', 'HEAD').trim()
}
const shown = ({ changes, blobs }: PathHistory) => {
  const texts = (of: ReadonlyMap<string, string>) =>
    Object.fromEntries([...of].map(([uri, oid]) => [uri, Buffer.from(blobs.get(oid) ?? '').toString()]))
  return changes.map(c => [c.oid, c.mainline, texts(c.before), texts(c.after)])
}

describe('the history of paths', () => {
  test('holds what each commit changed below a folder, and at a file beside it', async () => {
    const folder = repository({ 'docs/a.md': '1', 'docs/deep/b.md': '1', 'POLICY.md': '1', 'src/x.ts': '1' })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    commit(folder, { 'src/x.ts': '2' })
    const second = commit(folder, { 'docs/deep/b.md': '2', 'src/x.ts': '3' })
    const third = commit(folder, { 'POLICY.md': '2' }, 'docs/a.md')
    expect(shown(await historyOf(folder, ['docs', 'POLICY.md']))).toEqual([
      [third, true, { 'docs/a.md': '1', 'POLICY.md': '1' }, { 'POLICY.md': '2' }],
      [second, true, { 'docs/deep/b.md': '1' }, { 'docs/deep/b.md': '2' }],
      [first, true, {}, { 'docs/a.md': '1', 'docs/deep/b.md': '1', 'POLICY.md': '1' }],
    ])
  })

  test('tells what a merge brought to the branch from the commits it brought', async () => {
    const folder = repository({ 'docs/a.md': '1' })
    git(folder, 'checkout', '-q', '-b', 'topic')
    const one = commit(folder, { 'docs/a.md': '2' })
    const two = commit(folder, { 'docs/a.md': '3' })
    git(folder, 'checkout', '-q', 'main')
    commit(folder, { 'x.txt': '1' })
    git(folder, 'merge', '-q', '--no-ff', '-m', 'Merge', 'topic')
    const merge = git(folder, 'rev-parse', 'HEAD').trim()
    const seen = await historyOf(folder, ['docs'])
    const first = git(folder, 'rev-list', '--max-parents=0', 'HEAD').trim()
    const landed = seen.changes.filter(c => c.mainline).map(c => c.oid)
    const brought = seen.changes.filter(c => !c.mainline).map(c => c.oid)
    expect([landed, brought.toSorted()]).toEqual([[merge, first], [one, two].toSorted()])
    expect(shown(seen)[0]?.slice(2)).toEqual([{ 'docs/a.md': '1' }, { 'docs/a.md': '3' }])
  })

  test('follows no link and no submodule, and leaves out what is wanted by nobody or too large', async () => {
    const folder = repository({ 'docs/a.md': 'x'.repeat(50), 'docs/b.txt': '1' })
    const seen = await historyOf(folder, ['docs'], { wants: uri => uri.endsWith('.md'), largest: 10 })
    expect(seen.changes.map(c => [...c.after.keys()])).toEqual([['docs/a.md']])
    expect([seen.blobs.size, seen.left]).toEqual([0, { changes: 0, blobs: 1 }])
    for (let i = 0; i < 4; i++) commit(folder, { 'docs/a.md': String(i) })
    expect(await historyOf(folder, ['docs'], { mostChanges: 2 })).toMatchObject({ left: { changes: 3, blobs: 0 } })
  })

  test('of the whole tree is that of the empty path', async () => {
    const folder = repository({ 'a.md': '1' })
    commit(folder, { 'deep/er/b.md': '2' })
    const seen = await historyOf(folder, [''])
    expect(shown(seen).map(row => row[3])).toEqual([{ 'deep/er/b.md': '2' }, { 'a.md': '1' }])
    expect(await historyOf(folder, [])).toMatchObject({ changes: [] })
    expect(await historyOf(folder, ['nowhere'])).toMatchObject({ changes: [] })
  })

  test('counts trees and blobs that are not in the store', async () => {
    const folder = repository({ 'docs/a.md': '1' })
    const lost = git(folder, 'rev-parse', 'HEAD:docs/a.md').trim()
    commit(folder, { 'docs/a.md': '2' })
    rmSync(join(folder, '.git', 'objects', lost.slice(0, 2), lost.slice(2)))
    expect(await historyOf(folder, ['docs'])).toMatchObject({ missing: 1 })
  })
})

describe('a tree object', () => {
  test('of any bytes is read to its end, or to the first entry that is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        for (const { oid } of parseTree(Buffer.from(bytes), 40)) expect(oid).toHaveLength(40)
      }),
    )
  })
})

describe('a store that cannot be read whole', () => {
  test('says so where a tree is gone and the list of commits ends there', async () => {
    const folder = repository({ 'docs/a.md': '1' })
    const broken = commit(folder, { 'docs/a.md': '2' })
    commit(folder, { 'docs/a.md': '3' })
    commit(folder, { 'docs/a.md': '4' })
    const tree = git(folder, 'rev-parse', `${broken}^{tree}`).trim()
    rmSync(join(folder, '.git/objects', tree.slice(0, 2), tree.slice(2)))
    const read = await historyOf(folder, ['docs'])
    expect(read.missing).toBeGreaterThan(0)
  })

  test('says so of folders that are too deep', async () => {
    const folder = repository({ [`docs/${'d/'.repeat(30)}a.md`]: '1' })
    const read = await historyOf(folder, ['docs'])
    expect(read.missing).toBeGreaterThan(0)
  })

  test('goes no further into trees that hold the same tree many times', async () => {
    const folder = repository({ 'x.txt': '1' })
    const write = (type: string, input: string) =>
      execFileSync('git', type === 'blob' ? ['hash-object', '-w', '--stdin'] : ['mktree'], {
        cwd: folder,
        input,
        encoding: 'utf8',
      }).trim()
    const blob = write('blob', 'x')
    let tree = write('tree', `100644 blob ${blob}\ta.md\n`)
    for (let depth = 0; depth < 12; depth++)
      tree = write('tree', Array.from({ length: 10 }, (_, n) => `040000 tree ${tree}\td${n}\n`).join(''))
    const top = write('tree', `040000 tree ${tree}\tdocs\n`)
    const oid = git(folder, 'commit-tree', top, '-m', 'bomb').trim()
    git(folder, 'update-ref', 'HEAD', oid)
    const read = await historyOf(folder, ['docs'])
    expect(read.missing).toBeGreaterThan(0)
  })
})
