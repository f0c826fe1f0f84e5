import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { mermaidOf } from '../src/report/network-mermaid.ts'
import { svgOf } from '../src/report/network-svg.ts'
import { networkText } from '../src/report/network-text.ts'
import { networkFindings } from '../src/report/network-words.ts'
import type { Report, ReportTopology } from '../src/report/report.ts'
import { sample as full } from './report/sample.ts'
import { put, scratch } from './scratch.ts'

/** The built command over a folder, as a pipe sees it. */
const bin = process.env['IIP_BIN'] ?? new URL('../bin/iip-audit.js', import.meta.url).pathname
const isBuilt = process.env['IIP_BIN'] !== undefined || existsSync(new URL('../dist/cli.js', import.meta.url))
const run = (folder: string, ...options: readonly string[]) =>
  spawnSync(process.execPath, [bin, 'network', '.', ...options], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: folder },
    timeout: 60_000,
  })
const page = (folder: string, ...options: readonly string[]): string => {
  const done = run(folder, ...options)
  expect([done.status, done.stderr]).toEqual([0, ''])
  return done.stdout
}
const sample = (name: string): string => {
  const folder = scratch()
  cpSync(new URL(`../fixtures/repos/${name}`, import.meta.url), folder, { recursive: true })
  return folder
}
const golden = (name: string, text: string): void => {
  const file = new URL(`golden/${name}`, import.meta.url)
  if (process.env['UPDATE']) writeFileSync(file, text)
  expect(text).toBe(readFileSync(file, 'utf8'))
}

describe.skipIf(!isBuilt)('the picture of the networks, by the built command', () => {
  test('of the company that does everything right, in every format', () => {
    const folder = sample('harbor')
    golden('network-harbor.txt', page(folder))
    golden('network-harbor.md', page(folder, '--format', 'markdown'))
    golden('network-harbor.mmd', page(folder, '--format', 'mermaid'))
    golden('network-harbor.svg', page(folder, '--format', 'svg'))
  })
  test('of the one that only looks so, with the lines that open it', () => {
    const folder = sample('tidewater')
    const text = page(folder)
    golden('network-tidewater.txt', text)
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(100)
    const json = JSON.parse(page(folder, '--format', 'json')) as Pick<Report, 'networks' | 'findings'>
    expect(json.networks?.map(({ name }) => name)).toEqual(['docker-compose.yml', 'docker-compose.monitoring.yml'])
    expect(json.findings.length).toBeGreaterThan(3)
  })
  test('into a file, with the table on the terminal', () => {
    const folder = sample('harbor')
    const text = page(folder, '--format', 'svg=networks.svg', '--set', 'compose.monitoring.yaml')
    expect(text).toContain('grafana')
    expect(text).not.toContain('records')
    expect(readFileSync(`${folder}/networks.svg`, 'utf8')).toContain('grafana')
  })
  test('nothing to show is said, and a picture of it is refused', () => {
    const folder = scratch()
    put(folder, { 'app.py': 'x = 1\n' })
    expect(page(folder)).toContain('No Compose file says what is deployed.')
    const done = run(folder, '--format', 'svg')
    expect([done.status, done.stderr]).toEqual([2, 'iip-audit: --format svg: no Compose file says what is deployed\n'])
    expect(run(folder, '--format', 'png').stderr).toBe(
      'iip-audit: --format: no format "png"; known: text, markdown, mermaid, svg, json\n',
    )
    expect(run(folder, '--format', 'svg', '--format', 'json').status).toBe(2)
    expect(run(folder, '--set', 'x').stderr).toBe('iip-audit: --set: no deployment "x"; there is none\n')
  })
})

const hostile = '</text><script>alert(1)</script>"\'&\u202e\u001b[31m"]\nend\n  click s0 "javascript:x" `|*'
const named = (name: string): ReportTopology => ({
  name,
  networks: [{ name, is: 'outside', isolatesMembers: false }],
  services: [
    {
      id: `./${name}`,
      name,
      image: name,
      because: name,
      attached: 'networks',
      networks: [name],
      ports: [{ published: name, target: name, protocol: name, address: name, reach: 'address', takesEffect: true }],
      profiles: [],
      location: { uri: name },
    },
    {
      id: './u',
      name: 'u',
      attached: 'unknown',
      remark: name,
      networks: [],
      ports: [],
      profiles: [],
      location: { uri: '.' },
    },
  ],
})

describe('names from a tree', () => {
  const report: Report = { ...full, networks: [named(hostile)] }
  test('cannot leave their text in an SVG', () => {
    const svg = svgOf(named(hostile), networkFindings(report))
    expect(svg).not.toMatch(/<script|javascript:[^&]*>|\u001b|\u202e/)
    expect(svg.match(/<(\w+)/g)?.every(tag => /^<(?:svg|title|desc|style|rect|text|g|path|circle)$/.test(tag))).toBe(
      true,
    )
    expect(svg.match(/<text/g)?.length).toBe(svg.match(/<\/text>/g)?.length)
  })
  test('cannot end a label in Mermaid', () => {
    for (const line of mermaidOf(named(hostile)).split('\n').slice(1, -1))
      expect(line).toMatch(
        /^ {2}(?:outside\(\(outside\)\)|[ns]\d+(?:\(\["|\[")[\w #;./,:<>-]*(?:"\]\)|"\])|outside -->\|"[\w #;./,:-]*"\| s\d+|s\d+ --- n\d+|class(?:Def)? [\w,]+ [\w#:,-]+)$/u,
      )
  })
  test('a deployment without services has a table all the same', () => {
    const empty: Report = { ...full, networks: [{ name: 'compose.yaml', services: [], networks: [] }] }
    expect(networkText(empty, { color: false, columns: 80 })).toContain('0 services on 0 networks')
  })
  test('cannot steer a terminal', () => {
    const text = networkText(report, { color: false, columns: 80 })
    expect(text).not.toMatch(/\u001b|\u202e/)
  })
})
