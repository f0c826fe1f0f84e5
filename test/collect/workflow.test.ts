import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collector } from '../../src/collect/workflow.ts'
import type { Fact, Gap, Question } from '../../src/model.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'

const collect = async (
  question: Question,
  tree: MemoryTree,
): Promise<{ facts: readonly Fact[]; gaps: readonly Gap[] }> => {
  const { answers } = await collector({
    workspace: memoryWorkspace(tree),
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' },
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect([question])
  const [answer] = answers
  return { facts: [...(answer?.facts ?? [])], gaps: answer?.gaps ?? [] }
}
const tests: Question = { kind: 'ci.gate', gate: 'tests' }
const standings = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  (await collect(tests, { files })).facts.map(f => (f.kind === 'ci.gate' ? f.data.standing : ''))
const workflow = (run: string, more = ''): string =>
  `on: pull_request\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: |\n${run.replace(/^/gm, '          ')}\n${more}`

describe('what a step calls in the tree is followed as the real programs run it', () => {
  const here = ['make', 'bash', 'dash'].every(
    p => spawnSync(p, [p === 'make' ? '--version' : '-c', 'exit 0']).status === 0,
  )
  /** `pytest` is a program that exits 1; the step is started with the runner's command line. */
  const cases: readonly (readonly [run: string, files: Readonly<Record<string, string>>])[] = [
    ['make test', { Makefile: 'test:\n\tpytest\n' }],
    ['make test', { Makefile: 'test:\n\t-pytest\n' }],
    ['make test', { Makefile: 'test:\n\tpytest; true\n' }],
    ['make test', { Makefile: 'test:\n\tpytest \\\n\t  -q || true\n' }],
    ['make test', { Makefile: 'SHELL = /bin/bash\n.SHELLFLAGS = -eo pipefail -c\ntest:\n\tpytest | cat; true\n' }],
    ['make test', { Makefile: 'SHELL := /bin/bash\ntest:\n\tpytest | cat\n' }],
    ['make', { Makefile: 'all: lint test\nlint:\n\ttrue\ntest:\n\t@pytest\n' }],
    ['make -i test', { Makefile: 'test:\n\tpytest\n' }],
    ['make -ki test', { Makefile: 'test:\n\tpytest\n' }],
    ['make test', { Makefile: 'test:\n\ttrue\n\ntest:\n\tpytest\n' }],
    ['make test', { Makefile: 'test::\n\tpytest\n\ntest::\n\ttrue\n' }],
    ['make -C sub test', { 'sub/Makefile': 'test:\n\tpytest\n' }],
    ['cd sub && make test', { 'sub/Makefile': 'test:\n\tpytest\n' }],
    ['make test || true', { Makefile: 'test:\n\tpytest\n' }],
    ['make all', { Makefile: 'all:\n\t$(MAKE) test\ntest:\n\tpytest\n' }],
    ['bash ./t.sh', { 't.sh': 'pytest\necho done\n' }],
    ['bash -e ./t.sh', { 't.sh': 'pytest\necho done\n' }],
    ['sh t.sh', { 't.sh': 'set -e\npytest\necho done\n' }],
    ['source ./t.sh', { 't.sh': 'pytest\necho done\n' }],
    ['. ./t.sh\npytest', { 't.sh': 'set +e\n' }],
    ["bash -c 'pytest; echo done'", {}],
    ["bash -ec 'pytest; echo done'", {}],
    ['bash -c "pytest"', {}],
    ["eval 'pytest || true'", {}],
    ["eval 'pytest'\necho done", {}],
    ["bash <<'EOF'\npytest\necho done\nEOF", {}],
    ["bash -e <<'EOF'\npytest\necho done\nEOF", {}],
    ['timeout 5 env A=1 nice pytest', {}],
    ['find . -name x | xargs pytest', {}],
  ]
  test.skipIf(!here).each(cases)('%j %j', async (run, files) => {
    const folder = mkdtempSync(join(tmpdir(), 'iip-gate-'))
    try {
      for (const [uri, text] of Object.entries({ ...files, pytest: '#!/bin/sh\nexit 1\n', step: `${run}\n` })) {
        mkdirSync(dirname(join(folder, uri)), { recursive: true })
        writeFileSync(join(folder, uri), text, { mode: 0o755 })
      }
      const real = spawnSync('bash', ['-e', 'step'], {
        cwd: folder,
        env: { PATH: `${folder}:/usr/bin:/bin` },
        input: '',
        timeout: 5_000,
      }).status
      expect(await standings({ '.github/workflows/ci.yml': workflow(run), ...files })).toEqual([
        real === 0 ? 'cannot-block' : 'blocks',
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describe('a workflow made to hurt', () => {
  test('scripts, workflows and Makefiles that call themselves end', async () => {
    const files = {
      '.github/workflows/ci.yml': workflow('make test\n./a.sh', '  again:\n    uses: ./.github/workflows/ci.yml\n'),
      Makefile: 'test: test\n\t$(MAKE) test\n',
      'a.sh': './b.sh\n',
      'b.sh': './a.sh\npytest\n',
    }
    expect((await collect(tests, { files })).facts.length).toBeGreaterThan(0)
  })
  test('needs in a circle, deep conditions and a matrix of millions end soon', async () => {
    const axis = (name: string) => `        ${name}: [${Array.from({ length: 100 }, (_, i) => i).join(', ')}]\n`
    const text =
      'on: pull_request\njobs:\n  a:\n    needs: b\n    runs-on: x\n    strategy:\n      matrix:\n' +
      `${axis('p')}${axis('q')}${axis('r')}    steps:\n      - run: pytest\n        if: "${'!('.repeat(400)}true${')'.repeat(400)}"\n  b:\n    needs: a\n    runs-on: x\n    steps: []\n`
    const began = performance.now()
    expect(await standings({ '.github/workflows/ci.yml': text })).toEqual(['unknown'])
    expect(performance.now() - began).toBeLessThan(2_000)
  })
  test('a script with endless branches is unknown, not slow', async () => {
    const run = `${Array.from({ length: 60 }, (_, i) => `if grep -q ${i} f; then set +e; else set -e; fi`).join('\n')}\npytest`
    const began = performance.now()
    expect(await standings({ '.github/workflows/ci.yml': workflow(run) })).toEqual(['unknown'])
    expect(performance.now() - began).toBeLessThan(3_000)
  })
  test('links are not followed, and say so', async () => {
    const { gaps } = await collect(tests, { files: {}, links: { '.github/workflows/ci.yml': '/etc/passwd' } })
    expect(gaps.map(g => g.cause)).toEqual(['denied'])
  })
  test('no text makes it throw', async () => {
    const words = [
      'on',
      ': ',
      '\n',
      '  ',
      '- ',
      'jobs',
      'steps',
      'run',
      'uses',
      'if',
      'push',
      '${{',
      '}}',
      '|',
      '[',
      ']',
      '{',
      '}',
      'pytest',
      '"',
      '&a ',
      '*a ',
      'needs',
      'strategy',
      'matrix',
      'permissions',
    ]
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...words), { maxLength: 60 }), async parts => {
        const files = { '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n${parts.join('')}` }
        for (const kind of ['workflow.job', 'workflow.action', 'workflow.permissions'] as const)
          await collect({ kind }, { files })
        await collect(tests, { files })
      }),
      { numRuns: 200 },
    )
  })
})

test('a credential written into env is marked as a secret of the deposit', async () => {
  const { deposits } = await collector({
    workspace: memoryWorkspace({
      files: {
        '.github/workflows/ci.yml': workflow('pytest').replace('jobs:', 'env:\n  DB_PASSWORD: hunter2hunter2\njobs:'),
      },
    }),
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' },
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect([tests])
  const [deposit] = deposits ?? []
  expect(deposit?.secrets.map(s => deposit.text.slice(s.start, s.end))).toEqual(['hunter2hunter2'])
})

test('facts have ids of their own, without line or text, and say them apart by number', async () => {
  const { facts } = await collect(tests, { files: { '.github/workflows/ci.yml': workflow('pytest a\npytest b') } })
  expect(facts.map(f => f.id)).toEqual([
    'ci.gate:tests:.github/workflows/ci.yml/test/step 1',
    'ci.gate:tests:.github/workflows/ci.yml/test/step 1#2',
  ])
})
