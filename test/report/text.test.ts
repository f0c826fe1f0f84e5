import { describe, expect, test } from 'vitest'
import { render as concise } from '../../src/report/concise.ts'
import { formatNamed, formats } from '../../src/report/index.ts'
import type { Rendering, Report } from '../../src/report/report.ts'
import { render } from '../../src/report/text.ts'
import { columnsOf } from '../../src/report/width.ts'
import { expectGolden } from './golden.ts'
import { bare, clean, huge, plain, sample } from './sample.ts'

const text = (report: Report, how: Partial<Rendering> = {}): string =>
  [...render(report, { ...plain, ...how })].join('')
const lines = (report: Report, how: Partial<Rendering> = {}): string[] => text(report, how).split('\n').slice(0, -1)
const ansi = /\u{1b}\[[0-9;]*m/gu

describe('text', () => {
  test('as a person at the terminal sees it', () => {
    expectGolden('sample.txt', text(sample))
    expectGolden('sample-all.txt', text(sample, { all: true }))
    expectGolden('clean.txt', text(clean))
    expectGolden('bare.txt', text(bare))
  })

  test('colour only repeats: without it the same characters remain', () => {
    for (const all of [false, true]) {
      const colored = text(sample, { color: true, all })
      expect(colored).toMatch(ansi)
      expect(colored.replace(ansi, '')).toBe(text(sample, { all }))
    }
    expect(text(sample)).not.toMatch(/\u{1b}/u)
  })

  test('two screens hold any report, and the counts say what is left out', () => {
    const shown = lines(huge(5000))
    expect(shown.length).toBeLessThanOrEqual(110)
    expect(shown.join('\n')).toContain('5,000 findings')
    expect(lines(sample).length).toBeLessThanOrEqual(110)
    expect(text(huge(300), { all: true }).split('\n').length).toBeGreaterThan(900)
  })

  test('no line is wider than the terminal, but for a path, an address or a word that cannot be broken', () => {
    for (const report of [sample, clean, bare, huge(200)])
      for (const line of lines(report))
        if (!/^ +(-->|:::) \S+/.test(line)) expect(columnsOf(line), line).toBeLessThanOrEqual(100)
  })

  test('every inconclusive control is named, and none of them is called a pass', () => {
    const shown = text(sample)
    for (const control of sample.controls.filter(c => c.status === 'inconclusive')) {
      expect(shown).toMatch(new RegExp(`\\? ${control.id}`))
      expect(shown.split('\n').find(line => line.startsWith('PASS'))).not.toContain(control.id)
    }
  })

  test('a finding of several controls is shown once, under the one where it weighs most', () => {
    const all = text(sample, { all: true })
    expect(all.split('service "loki" publishes 3100').length - 1).toBe(1)
    expect(all).toContain('= also: IIP-NET-05')
  })

  test('samples decide nothing and are counted apart', () => {
    expect(text(sample)).toContain('SAMPLES (1 finding in sample folders')
    expect(text(sample)).not.toContain('examples/compose.yaml')
    expect(text(sample, { all: true })).toContain('examples/compose.yaml:3:5')
  })

  test('a known finding comes after new ones and says so', () => {
    const all = text(sample, { all: true })
    expect(all).toContain('(known): service "grafana"')
    expect(all.indexOf('service "grafana"')).toBeGreaterThan(all.indexOf('service "cache"'))
  })

  test('quiet leaves the closing lines', () => {
    expect(lines(sample, { quiet: true }).length).toBeLessThanOrEqual(5)
    expect(text(sample, { quiet: true })).toContain('exit 4')
  })

  test('the last lines say the exit code, why, and the next command', () => {
    const code = (exit: Report['exit'], report = sample) =>
      lines({ ...report, exit })
        .slice(-2)
        .join(' ')
    expect(code({ code: 1, because: '11 findings at or above high' })).toContain(
      'exit 1: 11 findings at or above high.',
    )
    expect(code({ code: 1, because: '11 findings at or above high' })).toContain(
      'Next: iip-audit explain nginx-tls-floor',
    )
    expect(code({ code: 3, because: '2 controls could not be decided (--strict)' })).toContain(
      'Next: iip-audit controls IIP-ACC-06',
    )
    expect(code({ code: 0, because: 'no finding' }, clean)).toContain(
      'Next: iip-audit check --format markdown=evidence.md',
    )
  })

  test('a control character never reaches the terminal', () => {
    for (const all of [false, true])
      expect(text(sample, { all })).not.toMatch(
        /[\p{Cc}\u{202e}\u{200b}]/u.source.replace('\\p{Cc}', '\\u0000-\\u0009\\u000b-\\u001f\\u007f-\\u009f'),
      )
  })

  test('a narrow terminal only wraps', () => {
    expect(lines(sample, { columns: 40 }).length).toBeGreaterThan(lines(sample).length)
  })
})

describe('concise', () => {
  const shown = [...concise(sample, plain)]

  test('one line a finding, place first, check last', () => {
    expectGolden('sample.concise.txt', shown.join(''))
    expect(shown).toHaveLength(sample.findings.filter(f => f.state !== 'waived').length)
    for (const line of shown) expect(line).toMatch(/^[^\n]+ \[[a-z-]+\]\n$/)
  })

  test('commits and what could not be judged say so', () => {
    expect(shown.join('')).toContain('commit 9b07d1e4aa: 12 of 412 commits')
    expect(shown.join('')).toContain('commit 5d5e0011aa: unsure: 7 of 412')
  })
})

describe('the list of formats', () => {
  test('what is built loads, what is not says so', async () => {
    for (const format of formats) if ('load' in format) expect(await format.load()).toBeTypeOf('function')
    expect(formatNamed('html')).toBeDefined()
    expect(formatNamed('html')?.load).toBeUndefined()
    expect(formatNamed('pdf')).toBeUndefined()
  })
})
