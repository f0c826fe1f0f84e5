import { expect, test } from 'vitest'
import { environment, pipe } from '../../src/workspace/git-call.ts'
import { git, put, repository } from '../scratch.ts'

const call = (cwd: string) => ({
  args: [],
  cwd,
  env: environment(process.env['PATH']),
  signal: new AbortController().signal,
})

test('a stream is whole where both programs ended well', async () => {
  let bytes = 0
  const ended = await pipe(call(repository({ 'a.txt': '1' })), ['rev-list', 'HEAD'], ['cat-file', '--batch'], chunk => {
    bytes += chunk.length
  })
  expect([ended, bytes > 0]).toEqual([0, true])
})

test('a stream is not whole where the second program failed, and nobody waits for the first', async () => {
  const folder = repository({ 'a.txt': '1' })
  put(folder, Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`${'f'.repeat(60)}${n}.txt`, `${n}`])))
  git(folder, 'add', '-A')
  const refused = ['cat-file', '--no-such-option']
  const ended = await pipe(call(folder), ['ls-files', '--stage'], refused, () => undefined)
  expect(ended).not.toBe(0)
  expect(await pipe(call(folder), ['rev-list', 'HEAD'], refused, () => undefined)).not.toBe(0)
}, 20_000)
