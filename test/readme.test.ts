import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { loadShipped } from '../.build/shipped.ts'
import { checks } from '../src/checks/index.ts'
import { networkFormats } from '../src/cli/network.ts'
import { kinds } from '../src/facts/index.ts'
import { showComplaint } from '../src/policy/complaint.ts'
import { loadPolicy } from '../src/policy/load.ts'
import { formats } from '../src/report/index.ts'
import { memoryWorkspace } from '../src/workspace/memory.ts'

/** What the README shows is true at every commit. */
const readme = await readFile('README.md', 'utf8')
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(m => ({
  language: m[1] ?? '',
  text: m[2] ?? '',
}))
const { scripts } = JSON.parse(await readFile('package.json', 'utf8')) as { scripts: Record<string, string> }

describe('the README', () => {
  test('shows a profile that loads without a complaint', async () => {
    const profile = blocks.find(b => b.text.includes('organisation:'))?.text ?? ''
    const loaded = await loadPolicy({
      tree: memoryWorkspace({ files: { 'iip-audit.yaml': profile } }).tree,
      shipped: await loadShipped(),
      checks,
      kinds: Object.keys(kinds),
    })
    expect(loaded.ok ? [] : loaded.complaints.map(showComplaint)).toEqual([])
  })

  test('names scripts that exist and formats that are built', () => {
    for (const [, name] of readme.matchAll(/npm run ([\w-]+)/g)) expect(Object.keys(scripts)).toContain(name)
    expect(Object.keys(scripts)).toContain('test')
    const built = [...formats.filter(f => 'load' in f).map(f => f.name), ...networkFormats]
    for (const [, name] of readme.matchAll(/--format ([\w-]+)/g)) expect(built).toContain(name)
  })

  test('counts the controls there are', async () => {
    const { controls } = await loadShipped()
    for (const [, count] of readme.matchAll(/\b(\d+) controls\b(?!;)/g)) expect(Number(count)).toBe(controls.length)
  })
})
