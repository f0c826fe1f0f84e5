import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import type { RunInputs } from '../../src/collect/collector.ts'
import { collector } from '../../src/collect/report.ts'
import type { Question } from '../../src/model.ts'
import { showPlace } from '../../src/place.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'
import type { Workspace } from '../../src/workspace/workspace.ts'

const questions: readonly Question[] = [
  { kind: 'report.bandit' },
  { kind: 'report.pip-audit' },
  { kind: 'ci.log-step' },
]

const collect = async (
  tree: MemoryTree,
  inputs: Partial<RunInputs>,
  asked = questions,
  change: Partial<Workspace> = {},
) => {
  const { answers, deposits = [] } = await collector({
    workspace: { ...memoryWorkspace(tree), ...change },
    inputs: { asOf: '2026-11-24', endpoints: [], ca: [], ciLogs: [], reports: [], ...inputs },
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect(asked)
  return {
    facts: answers.flatMap(a => [...a.facts]),
    gaps: answers.flatMap(a => a.gaps.map(g => `${a.question.kind} ${showPlace(g.place)}: ${g.cause}: ${g.reason}`)),
    deposits,
  }
}

const sample = (path: string) => readFile(`fixtures/${path}`, 'utf8')
const clean = await sample('bandit-report-is-clean/pass/bandit.json')
const log = await sample('ci-log-shows-no-swallowed-failure/pass/ci.log')

describe('reports and logs', () => {
  test('without input there is nothing: no facts, no gaps, nothing read', async () => {
    const refuse = () => {
      throw new Error('asked the workspace without an input')
    }
    const inputs = { files: refuse, text: refuse, bytes: refuse, stream: refuse }
    const { history, tree } = memoryWorkspace({ files: {} })
    expect(
      await collect({ files: {} }, {}, questions, { inputs, history: { ...history, head: refuse }, tree }),
    ).toEqual({
      facts: [],
      gaps: [],
      deposits: [],
    })
  })

  test('a report may stand outside the target; its place is the path that was given', async () => {
    const { facts } = await collect(
      { files: {}, outside: { '/build/out/bandit.json': clean } },
      { reports: [{ tool: 'bandit', path: '/build/out/bandit.json' }] },
    )
    expect(facts.map(f => [f.id, showPlace(f.place)])).toEqual([
      ['report.bandit:/build/out/bandit.json', '/build/out/bandit.json:5:16'],
    ])
  })

  test('only the reports of the tools that are asked for are read', async () => {
    const tree = { files: { 'bandit.json': '{', 'audit.json': '{' } }
    const reports = [
      { tool: 'bandit', path: 'bandit.json' },
      { tool: 'pip-audit', path: 'audit.json' },
      { tool: 'ruff', path: 'ruff.json' },
    ]
    const { gaps } = await collect(tree, { reports }, [{ kind: 'report.bandit' }])
    expect(gaps).toEqual(['report.bandit bandit.json:1:2: unparsed: not whole JSON: ends in the middle of a value'])
  })

  test('a folder is every file in it, each log or report on its own', async () => {
    const files = { 'logs/a.txt': log, 'logs/b.txt': 'hello\n', 'logs/run.zip': 'PK' }
    const { facts, gaps } = await collect({ files }, { ciLogs: ['logs'] }, [{ kind: 'ci.log-step' }])
    expect(facts).toHaveLength(5)
    expect(gaps).toEqual([
      'ci.log-step logs/b.txt: unparsed: not a log format known',
      'ci.log-step logs/run.zip: unparsed: GitHub log zips are not read yet',
    ])
  })

  test('a log that cannot be read hides the reports in it as well', async () => {
    const { gaps } = await collect({ files: {} }, { ciLogs: ['gone.log'] })
    expect(gaps).toEqual(
      ['report.bandit', 'report.pip-audit', 'ci.log-step'].map(
        k => `${k} gone.log: unreadable: no such file or folder`,
      ),
    )
  })

  test('a report given twice is two facts with two ids', async () => {
    const reports = [1, 2].map(() => ({ tool: 'bandit', path: 'bandit.json' }))
    const { facts } = await collect({ files: { 'bandit.json': clean } }, { reports })
    expect(facts.map(f => f.id)).toEqual(['report.bandit:bandit.json', 'report.bandit:bandit.json#2'])
  })

  test('a log without history to compare with names its commit, and says that it is unknown', async () => {
    const { facts } = await collect({ files: { 'ci.log': log } }, { ciLogs: ['ci.log'] }, [{ kind: 'report.bandit' }])
    expect(facts).toMatchObject([
      {
        data: { commit: { oid: '3f786850e387550fdab836ed7e6dc881de23001b', is: 'unknown' }, version: '1.9.4', exit: 0 },
      },
    ])
  })

  test('a password that bandit quotes is marked in the deposit, in a file and in a log', async () => {
    const issue = `>> Issue: [B105:hardcoded_password_string] Possible hardcoded password: 'planted-not-real'`
    const lines = [
      'Run started:2026-11-20 10:12:00.1+00:00',
      issue,
      '   Severity: Low   Confidence: Medium',
      '   Location: conf.py:1:11',
      '1\tpassword = "planted-not-real"',
      '-'.repeat(50),
      '\tTotal lines of code: 1',
      '\tTotal lines skipped (#nosec): 0',
      '\tTotal issues (by severity):',
      ...['Undefined: 0', 'Low: 1', 'Medium: 0', 'High: 0'].map(l => `\t\t${l}`),
      '\tTotal issues (by confidence):',
      'Files skipped (0):',
    ]
    const stamped = ['##[group]Run bandit -r .', 'bandit -r .', 'shell: /usr/bin/bash -e {0}', '##[endgroup]', ...lines]
      .map(l => `2026-11-20T10:11:12.1234567Z ${l}\n`)
      .join('')
    const { deposits, facts } = await collect(
      { files: { 'bandit.txt': lines.join('\n'), 'ci.log': stamped } },
      { reports: [{ tool: 'bandit', path: 'bandit.txt' }], ciLogs: ['ci.log'] },
    )
    expect(deposits).toHaveLength(2)
    for (const { text, secrets } of deposits) {
      const hidden = secrets.reduce((t, s) => t.slice(0, s.start) + '*'.repeat(s.end - s.start) + t.slice(s.end), text)
      expect(hidden).not.toContain('planted')
    }
    expect(JSON.stringify(facts)).not.toContain('planted')
  })

  test('a step name holds no credential of a command line', async () => {
    const step = [
      '##[group]Run curl https://ci:planted@example.org --token planted',
      'curl',
      'shell: bash',
      '##[endgroup]',
    ]
    const { facts } = await collect({ files: { 'ci.log': step.join('\n') } }, { ciLogs: ['ci.log'] }, [
      { kind: 'ci.log-step' },
    ])
    expect(facts).toMatchObject([{ data: { step: 'Run curl https://***@example.org --token ***' } }])
  })

  test.each([
    ['pytest -q', 'blocks'],
    ['python3 -m pytest -q', 'blocks'],
    ['CI=1 poetry run coverage run -m pytest', 'blocks'],
    ['pytest -q 2>&1', 'blocks'],
    ['pytest -k "a or b; c"', 'blocks'],
    ['cd app && pytest', 'blocks'],
    ['pytest -q || true', 'cannot-block'],
    ['pytest -q | tee out.txt', 'cannot-block'],
    ['bandit -r app --exit-zero', 'cannot-block'],
    ['eval "$x"; pytest -q', 'unknown'],
    ['test -f skip || pytest', 'unknown'],
    ['pip install pytest', undefined],
    ['pytest --version', undefined],
    ['echo pytest', undefined],
    ['# pytest', undefined],
    ['$(', undefined],
  ])('the script %j', async (script, standing) => {
    const step = [`##[group]Run ${script}`, script, 'shell: /usr/bin/bash -e {0}', '##[endgroup]']
    const { facts } = await collect({ files: { 'ci.log': step.join('\n') } }, { ciLogs: ['ci.log'] }, [
      { kind: 'ci.log-step' },
    ])
    const [tool] = facts.flatMap(f => (f.kind === 'ci.log-step' ? f.data.tools : []))
    expect(tool?.standing).toBe(standing)
    if (tool) expect(tool.result).toBe('not-shown')
  })

  test('results beyond the fiftieth of a tool in one step are a gap, and still count for the step', async () => {
    const step = ['##[group]Run make audit', 'make audit', 'shell: /usr/bin/bash -e {0}', '##[endgroup]']
    const said = [
      ...Array.from({ length: 60 }, () => 'No known vulnerabilities found'),
      'Found 1 known vulnerability in 1 package',
    ]
    const { facts, gaps } = await collect(
      { files: { 'ci.log': [...step, ...said].join('\n') } },
      { ciLogs: ['ci.log'] },
    )
    expect(gaps).toEqual(['report.pip-audit ci.log:55:1: unparsed: two results of pip-audit in one file'])
    const steps = facts.filter(f => f.kind === 'ci.log-step')
    expect(steps).toMatchObject([{ data: { tools: [{ tool: 'pip-audit', result: 'failed' }] } }])
  })

  test('more than 64 MiB of log is a gap, not a guess', async () => {
    const big = new Uint8Array(64 * 1024 * 1024 + 1).fill(0x20)
    const { gaps } = await collect({ files: { 'ci.log': big } }, { ciLogs: ['ci.log'] }, [{ kind: 'ci.log-step' }])
    expect(gaps).toEqual(['ci.log-step ci.log: too-large: 67,108,865 bytes; at most 67,108,864 are read'])
  })
})
