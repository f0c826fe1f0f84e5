import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { GatesPage } from '../src/cli/gates.ts'
import { put, scratch } from './scratch.ts'

/** The built command over a folder, as a pipe sees it. */
const bin = process.env['IIP_BIN'] ?? new URL('../bin/iip-audit.js', import.meta.url).pathname
const page = (folder: string, ...options: readonly string[]): string => {
  const done = spawnSync(process.execPath, [bin, 'gates', folder, ...options], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder },
    timeout: 60_000,
  })
  expect([done.status, done.stderr]).toEqual([0, ''])
  return done.stdout
}
const sample = (name: string): string => {
  const folder = scratch()
  cpSync(new URL(`../fixtures/repos/${name}`, import.meta.url), folder, { recursive: true })
  return folder
}
const table = (folder: string): GatesPage => JSON.parse(page(folder, '--format', 'json'))
const row = ({ rows }: GatesPage, gate: string) => rows.find(r => r.gate === gate)?.cells

describe('the page of gates', () => {
  test('every gate of the company that does everything right holds, before the merge and before the release', () => {
    const given = table(sample('harbor'))
    expect(given.paths.map(p => p.job)).toEqual([undefined, 'image'])
    for (const gate of ['tests', 'bandit', 'pip-audit']) expect(row(given, gate)).toEqual(['holds', 'holds'])
    expect(row(given, 'image-scan')).toEqual(['none', 'holds'])
    expect(row(given, 'environment')).toEqual(['none', 'holds'])
    expect(given.breaks).toEqual([])
  })

  test('the one that only looks so is told the line that breaks each gate, once', () => {
    const given = table(sample('tidewater'))
    expect(row(given, 'tests')).toEqual(['breaks', 'breaks', 'breaks'])
    const swallowed = given.breaks.filter(b => b.because.includes('|| echo'))
    expect(swallowed.map(b => b.at)).toEqual([
      [
        { gate: 'tests', path: 'merge' },
        { gate: 'tests', path: 'A' },
      ],
    ])
    const text = page(sample('tidewater'))
    expect(text).toContain('pytest -q tests || echo "tests failed, continuing"\n')
    for (const line of text.split('\n').slice(2)) expect(line.length, line).toBeLessThanOrEqual(100)
  })

  test('a folder without workflows is said to run no tests, not to pass', () => {
    const folder = scratch()
    put(folder, { 'app.py': 'x = 1\n' })
    expect(page(folder)).toMatch(/^0 of \d gates can stop a merge; no job publishes anything\.$/m)
  })

  test('what a workflow says cannot steer a terminal or break a Markdown table', () => {
    const folder = scratch()
    put(folder, {
      '.github/workflows/ci.yml':
        'on: { push: { tags: ["*"] } }\njobs:\n  "a\\e[31m|b\\u202e`c":\n    steps:\n      - run: npm publish\n',
    })
    for (const format of ['text', 'markdown']) {
      const text = page(folder, '--format', format)
      expect(text).not.toMatch(/[\u001b\u202e]/)
      for (const line of text.split('\n').filter(l => l.startsWith('| ✗')))
        expect(line.replaceAll('\\|', '').split('|').length, line).toBe(6)
    }
  })

  test('no secret is shown with the line that breaks a gate', () => {
    const folder = scratch()
    put(folder, {
      '.github/workflows/ci.yml':
        'on: pull_request\njobs:\n  test:\n    steps:\n      - run: pytest --password=hunter2hunter2 --key ghp_0123456789abcdefghijABCDEFGHIJ012345 || true\n',
    })
    expect(page(folder)).not.toContain('ghp_0123456789abcdefghij')
  })
})
