import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { holdsNoSecrets, secretsIn } from '../../../src/parse/secret.ts'
import { scratch } from '../../scratch.ts'
import { corpus, type Sample } from '../../secret/corpus.ts'

/**
 * The labelled corpus side by side: gitleaks and detect-secrets, as their users call them, and this scanner. A secret
 * counts as found when something is reported on a line it stands on; a look-alike is a false alarm when anything is
 * reported in its file. The table goes to docs/measurements/secrets.md with UPDATE=1.
 */
const has = (command: string, ...args: string[]): boolean => spawnSync(command, args).status === 0
const full = process.env['ORACLES'] === 'full'
const missing = ['gitleaks', 'detect-secrets'].filter(c => !has(c, c === 'gitleaks' ? 'version' : '--version'))
const reason = !full ? 'ORACLES=full is not set' : missing.length > 0 ? `missing: ${missing.join(', ')}` : undefined

/** Reported lines by file. */
type Reported = ReadonlyMap<string, readonly number[]>

const gather = (pairs: readonly (readonly [string, number, number])[]): Reported => {
  const lines = new Map<string, number[]>()
  for (const [file, from, to] of pairs)
    lines.set(file, [
      ...(lines.get(file) ?? []),
      ...Array.from({ length: Math.min(to - from, 200) + 1 }, (_, i) => from + i),
    ])
  return lines
}

const gitleaks = (folder: string): Reported => {
  const out = join(scratch(), 'report.json')
  spawnSync('gitleaks', [
    'dir',
    folder,
    '--report-format',
    'json',
    '--report-path',
    out,
    '--no-banner',
    '--exit-code',
    '0',
  ])
  const found = JSON.parse(readFileSync(out, 'utf8')) as { File: string; StartLine: number; EndLine: number }[]
  return gather(found.map(f => [f.File.replace(`${folder}/`, ''), f.StartLine, f.EndLine]))
}

const detectSecrets = (folder: string): Reported => {
  const done = spawnSync('detect-secrets', ['scan', '--all-files', '.'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  const { results } = JSON.parse(done.stdout) as { results: Record<string, { line_number: number }[]> }
  return gather(
    Object.entries(results).flatMap(([file, list]) =>
      list.map(f => [file.replace('./', ''), f.line_number, f.line_number] as const),
    ),
  )
}

const ours = (samples: readonly Sample[]): Reported =>
  gather(
    samples.flatMap(({ uri, text }, i) =>
      holdsNoSecrets(uri)
        ? []
        : secretsIn(text, uri).map(s => [`${i}/${uri}`, lineOf(text, s.start), lineOf(text, s.end)] as const),
    ),
  )

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

interface Score {
  readonly tool: string
  readonly found: number
  readonly missed: readonly string[]
  readonly wrong: readonly string[]
  readonly seconds: number
}

const score = (tool: string, samples: readonly Sample[], run: () => Reported): Score => {
  const began = performance.now()
  const reported = run()
  const seconds = (performance.now() - began) / 1000
  const missed: string[] = []
  const wrong: string[] = []
  let found = 0
  for (const [i, { kind, uri, text, value }] of samples.entries()) {
    const lines = reported.get(`${i}/${uri}`) ?? []
    if (value === undefined) {
      if (lines.length > 0) wrong.push(kind)
      continue
    }
    const from = lineOf(text, text.indexOf(value))
    const to = lineOf(text, text.indexOf(value) + value.length)
    if (lines.some(line => line >= from && line <= to)) found++
    else missed.push(kind)
  }
  return { tool, found, missed, wrong, seconds }
}

const byKind = (kinds: readonly string[]): string => {
  const counts = new Map<string, number>()
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return (
    [...counts]
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .map(([kind, n]) => `${kind} ${n}`)
      .join(', ') || 'none'
  )
}

describe.skipIf(reason !== undefined)(reason === undefined ? 'secrets' : `secrets (skipped: ${reason})`, () => {
  test('no secret is missed that gitleaks or detect-secrets finds, and fewer look-alikes are taken for one', {
    timeout: 600_000,
  }, () => {
    const samples = corpus(20261124, { secrets: 6, lookAlikes: 12 })
    const folder = scratch()
    for (const [i, { uri, text }] of samples.entries()) {
      const path = join(folder, String(i), uri)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    const [mine, leaks, detect] = [
      score('iip-audit', samples, () => ours(samples)),
      score('gitleaks', samples, () => gitleaks(folder)),
      score('detect-secrets', samples, () => detectSecrets(folder)),
    ] as const
    const secrets = samples.filter(s => s.value !== undefined).length
    const rows = [mine, leaks, detect].map(s => {
      const precision = s.found + s.wrong.length === 0 ? 0 : s.found / (s.found + s.wrong.length)
      return `| ${s.tool} | ${s.found} of ${secrets} | ${((100 * s.found) / secrets).toFixed(1)} % | ${s.wrong.length} of ${samples.length - secrets} | ${(100 * precision).toFixed(1)} % | ${s.seconds.toFixed(2)} s |`
    })
    const table = [
      '| tool | found | recall | look-alikes reported | precision | time |',
      '|---|---|---|---|---|---|',
      ...rows,
    ].join('\n')
    const details = [mine, leaks, detect]
      .map(s => `- **${s.tool}** missed: ${byKind(s.missed)}. Took for a secret: ${byKind(s.wrong)}.`)
      .join('\n')
    if (process.env['UPDATE'] === '1') {
      const file = new URL('../../../docs/measurements/secrets.md', import.meta.url)
      const page = readFileSync(file, 'utf8')
      writeFileSync(
        file,
        page.replace(
          /<!-- corpus -->[\s\S]*<!-- end -->/,
          () => `<!-- corpus -->\n${table}\n\n${details}\n<!-- end -->`,
        ),
      )
    }
    console.log(`${table}\n${details}`)
    expect(mine.missed).toEqual([])
    expect(mine.wrong.length).toBeLessThan(Math.min(leaks.wrong.length, detect.wrong.length))
  })
})
