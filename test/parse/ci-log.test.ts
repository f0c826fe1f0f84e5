import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CiLog, parseCiLog } from '../../src/parse/ci-log.ts'

const sample = (name: string) => readFile(`fixtures/ci-log-shows-no-swallowed-failure/${name}/ci.log`, 'utf8')

const read = (text: string): CiLog => {
  const parsed = parseCiLog(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.log
}

const stamp = (lines: readonly string[]): string =>
  lines.map((l, i) => `2026-11-20T10:11:${String(i % 60).padStart(2, '0')}.1234567Z ${l}\n`).join('')

const run = (script: string, ...output: string[]): string[] => [
  `##[group]Run ${script}`,
  `\u001b[36;1m${script}\u001b[0m`,
  'shell: /usr/bin/bash -e {0}',
  '##[endgroup]',
  ...output,
]

describe('a log of GitHub Actions', () => {
  test('is jobs of steps, each with script, shell, output, start and end', async () => {
    const { jobs } = read(await sample('fail-second-job'))
    expect(jobs.map(j => [j.name, j.commit])).toEqual([
      ['lint', '3f786850e387550fdab836ed7e6dc881de23001b'],
      ['test', '3f786850e387550fdab836ed7e6dc881de23001b'],
    ])
    const step = jobs[1]?.steps.find(s => s.run === 'script')
    expect(step).toMatchObject({
      title: 'Run set +e',
      shell: '/usr/bin/bash -e {0}',
      startedAt: '2026-11-20T10:11:09Z',
      end: { is: 'succeeded' },
    })
    expect(step?.script.map(l => l.text)).toEqual(['set +e', 'uv run pytest -q', 'echo finished'])
    expect(step?.output.at(-1)?.text).toBe('finished')
  })

  test('of `gh run view --log` names its steps, and says the same as the job log', async () => {
    const [job] = read(await sample('fail-gh-run-view')).jobs
    expect(job?.name).toBe('unit (3.12)')
    expect(job?.steps.map(s => [s.name, s.run, s.end.is])).toEqual([
      ['Set up job', 'phase', 'succeeded'],
      ['Run actions/checkout@v5', 'action', 'succeeded'],
      ['Unit tests', 'script', 'succeeded'],
      ['Post Run actions/checkout@v5', 'phase', 'succeeded'],
      ['Complete job', 'phase', 'not-seen'],
    ])
  })

  test('an error line of the runner ends a step with its exit code, and cleaning up is no going on', () => {
    const [job] = read(
      stamp([...run('pytest', '##[error]Process completed with exit code 4.'), 'Post job cleanup.']),
    ).jobs
    expect(job?.steps[0]).toMatchObject({ end: { is: 'failed', exit: 4 }, wentOn: false })
  })

  test('a step at the end of the text was not seen to end', () => {
    expect(read(stamp(run('pytest', '2 failed'))).jobs[0]?.steps[0]?.end).toEqual({ is: 'not-seen' })
  })

  test('an error an action or a matcher prints is no exit code', () => {
    const [job] = read(
      stamp([
        ...run('ruff check', '##[error]app.py:1:1: F401 unused import'),
        '##[group]Run example/upload@v3',
        'with:',
        '  path: out',
        '##[endgroup]',
        '##[error]no files found',
        'Post job cleanup.',
      ]),
    ).jobs
    expect(job?.steps.map(s => [s.run, s.end.is])).toEqual([
      ['script', 'succeeded'],
      ['action', 'not-seen'],
      ['phase', 'not-seen'],
    ])
  })

  test('the first checkout of a pull request is a merge of its head', () => {
    const head = 'a'.repeat(40)
    const [job] = read(
      stamp([
        ...run('true'),
        `HEAD is now at 1234567 Merge ${head} into ${'b'.repeat(40)}`,
        "[command]/usr/bin/git log -1 --format='%H'",
        `'1234567${'0'.repeat(33)}'`,
        'HEAD is now at 7654321 another repository',
      ]),
    ).jobs
    expect(job).toMatchObject({ commit: `1234567${'0'.repeat(33)}`, mergeOf: head })
  })

  test('without time stamps is read too, and shows no times', () => {
    const [job] = read(
      run('pytest -q', '1 failed in 0.10s', '##[error]Process completed with exit code 1.').join('\r\n'),
    ).jobs
    expect(job?.steps).toMatchObject([{ startedAt: undefined, end: { is: 'failed', exit: 1 } }])
  })

  test.each([
    ['', 'an empty log'],
    ['make: all done\n', 'not a log format known'],
    ['2026-11-20T10:11:12.123456789Z db-1 ready\n', 'not a log format known'],
    ['# notes\n\n```\n2026-11-20T10:11:12.1234567Z ##[group]Run x\n```\nand\nmuch\nmore\n', 'not a log format known'],
  ])('%j is refused', (text, reason) => expect(parseCiLog(text)).toMatchObject({ ok: false, reason }))
})

describe('a damaged log', async () => {
  const wholes = [await sample('pass'), await sample('fail-gh-run-view'), await sample('fail-second-job')]

  test('never throws, and every position lies inside the text', () => {
    const change = fc.record({ at: fc.nat(), drop: fc.nat(200), put: fc.string({ maxLength: 20 }) })
    fc.assert(
      fc.property(fc.constantFrom(...wholes), fc.array(change, { maxLength: 5 }), (whole, changes) => {
        const text = changes.reduce((t, { at, drop, put }) => {
          const from = at % (t.length + 1)
          return t.slice(0, from) + put + t.slice(from + drop)
        }, whole)
        const parsed = parseCiLog(text)
        if (!parsed.ok) return
        for (const { steps } of parsed.log.jobs)
          for (const step of steps)
            for (const { start, end } of [step.range, ...[...step.script, ...step.output].map(l => l.range)]) {
              expect(start).toBeGreaterThanOrEqual(0)
              expect(end).toBeGreaterThanOrEqual(start)
              expect(end).toBeLessThanOrEqual(text.length)
              expect(text.slice(start, end)).not.toContain('\n')
            }
      }),
    )
  })

  test('a line of ten million characters and a million short ones are read in linear time', () => {
    const long = stamp(run('x', 'y'.repeat(10_000_000), '\u001b]'.repeat(1_000_000), '\t'.repeat(1_000_000)))
    const many = stamp(run('x')) + '2026-11-20T10:11:12.1234567Z = 1 = 1 passed\n'.repeat(1_000_000)
    const before = performance.now()
    expect(read(long).jobs).toHaveLength(1)
    expect(read(many).jobs[0]?.steps[0]?.output).toHaveLength(1_000_000)
    expect(performance.now() - before).toBeLessThan(10_000)
  })
})
