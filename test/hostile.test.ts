import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Report } from '../src/report/report.ts'
import { git, put, repository, scratch } from './scratch.ts'

/**
 * What bad input gets, through the built command: one clear line saying where and what, inconclusive on the controls
 * concerned, an exit code by contract, in bounded time, and nothing raw on the terminal.
 */

const bin = process.env['IIP_BIN'] ?? new URL('../bin/iip-audit.js', import.meta.url).pathname
/** Seconds a run may take, whatever it is given. A test makes several. */
const patience = 30
vi.setConfig({ testTimeout: 8 * patience * 1000 })

interface Run {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const run = (cwd: string, args: readonly string[]): Run => {
  const done = spawnSync(process.execPath, [bin, 'check', '--as-of', '2026-11-24', ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd },
    timeout: patience * 1000,
    maxBuffer: 64 * 1024 * 1024,
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}

const reportOf = (folder: string, ...args: readonly string[]): Report => {
  const { out, err } = run(folder, ['--format', 'json', '--fail-on', 'none', ...args])
  expect(err).toBe('')
  return JSON.parse(out) as Report
}

/** `cause place: reason` of each gap. */
const gapsOf = (report: Report): readonly string[] =>
  report.gaps.map(gap => {
    const at = 'location' in gap ? gap.location : undefined
    const where =
      at === undefined
        ? JSON.stringify(gap)
        : `${at.uri}${at.startLine === undefined ? '' : `:${at.startLine}:${at.startColumn}`}`
    return `${gap.cause} ${where}: ${gap.reason}`
  })

/** The status of a control that needs what could not be seen. */
const statusOf = (report: Report, control: string): string | undefined =>
  report.controls.find(c => c.id === control)?.status

/** Characters that make a terminal do something, or show something else than what is there. */
const raw = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/

const expectPlain = (folder: string, ...args: readonly string[]): Run => {
  const text = run(folder, args)
  expect(text.out + text.err).not.toMatch(raw)
  return text
}

const minimal = 'services:\n  web:\n    image: nginx\n    ports: ["8080:80"]\n'
const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le')

describe('a target that is no healthy repository', () => {
  test('no repository: the files are judged, and what needs history is not', () => {
    const folder = scratch()
    put(folder, { 'compose.yaml': minimal })
    const report = reportOf(folder)
    expect(gapsOf(report)).toContainEqual(expect.stringMatching(/not a git repository/))
    expect(statusOf(report, 'IIP-CHG-01')).toBe('inconclusive')
    expect(report.findings.map(f => f.check)).toContain('compose-ports-stay-on-loopback')
  })

  test('no commits', () => {
    const folder = scratch()
    git(folder, 'init', '-q')
    put(folder, { 'compose.yaml': minimal })
    const report = reportOf(folder)
    expect(gapsOf(report)).toContainEqual(expect.stringMatching(/no commit/))
    expect(statusOf(report, 'IIP-CHG-01')).toBe('inconclusive')
  })

  test('an empty folder: nothing passes', () => {
    const report = reportOf(scratch())
    expect(report.controls.filter(c => c.status === 'pass')).toEqual([])
    expect(report.exit.code).toBe(0)
  })

  test('HEAD that points nowhere, and HEAD that is no HEAD', () => {
    for (const head of ['ref: refs/heads/gone\n', '1234567890123456789012345678901234567890\n', 'what?\n', '']) {
      const folder = repository({ 'compose.yaml': minimal })
      writeFileSync(join(folder, '.git/HEAD'), head)
      const report = reportOf(folder)
      expect(statusOf(report, 'IIP-CHG-01'), head).toBe('inconclusive')
      expect(report.gaps.length, head).toBeGreaterThan(0)
    }
  })

  test('a corrupt object: the walk says which', () => {
    const folder = repository({ 'a.txt': 'a' })
    const oid = git(folder, 'rev-parse', 'HEAD').trim()
    const path = join(folder, '.git/objects', oid.slice(0, 2), oid.slice(2))
    chmodSync(path, 0o644)
    writeFileSync(path, 'no zlib')
    const report = reportOf(folder)
    expect(statusOf(report, 'IIP-CHG-01')).toBe('inconclusive')
    expect(gapsOf(report).join('\n')).toMatch(/unreadable/)
  })

  test('a shallow clone ends where it ends', () => {
    const origin = repository({ 'a.txt': 'a' })
    git(origin, 'commit', '-q', '--allow-empty', '-m', 'second')
    const clone = join(scratch(), 'clone')
    git(origin, 'clone', '-q', '--depth', '1', `file://${origin}`, clone)
    expect(gapsOf(reportOf(clone)).join('\n')).toMatch(/shallow/)
  })

  test('replace refs and grafts change no verdict, and are said', () => {
    const folder = repository({ 'a.txt': 'a' })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'second')
    git(folder, 'replace', git(folder, 'rev-parse', 'HEAD').trim(), first)
    writeFileSync(join(folder, '.git/info/grafts'), `${git(folder, 'rev-parse', 'HEAD').trim()}\n`)
    const report = reportOf(folder)
    expect(report.findings.map(f => f.check)).toContain('git-history-is-not-replaced')
    expect(report.findings.find(f => f.check === 'git-commits-are-signed')?.rows?.count).toBe(2)
  })
})

describe('YAML', () => {
  const composeGap = (text: string | Uint8Array): readonly string[] => {
    const report = reportOf(repository({ 'compose.yaml': text }), '--check', 'compose-ports-stay-on-loopback')
    expect(report.controls.find(c => c.id === 'IIP-NET-01')?.checks.map(c => c.outcome)).not.toContain('held')
    return gapsOf(report).filter(line => line.includes(' compose.yaml'))
  }

  test('that does not parse is a gap with line and column', () => {
    expect(composeGap('services:\n  web: {\n')).toEqual([expect.stringMatching(/^unparsed compose\.yaml:\d+:\d+: /)])
  })
  test('with a key given twice', () => {
    expect(composeGap('services:\n  a: {image: x}\n  a: {image: y}\n')).toEqual([
      expect.stringMatching(/^unparsed compose\.yaml:3:3: .*twice/),
    ])
  })
  test('that is an alias bomb, or 20,000 levels deep, costs a gap', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...Array.from({ length: 12 }, (_, i) => {
        const [to, from] = ['bcdefghijklmn'[i], 'abcdefghijklm'[i]]
        return `${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`
      }),
    ].join('\n')
    expect(composeGap(`${bomb}\nservices: {w: {image: x, ports: *n}}\n`)).toHaveLength(1)
    expect(composeGap(`services: ${'['.repeat(20_000)}${']'.repeat(20_000)}\n`)).toHaveLength(1)
    expect(
      composeGap(`${Array.from({ length: 20_000 }, (_, i) => `${' '.repeat(i % 1000)}a${i}:`).join('\n')}\n`).length,
    ).toBeGreaterThan(0)
  })
  test('that is no map, or nothing at all, is no pass', () => {
    for (const text of ['- a\n- b\n', 'just text\n', 'null\n', '42\n', ''])
      expect(composeGap(text).length, JSON.stringify(text)).toBeLessThanOrEqual(1)
  })
  test('a service called __proto__ is a service', () => {
    const report = reportOf(
      repository({
        'compose.yaml':
          'services:\n  __proto__:\n    image: x\n    ports: ["9200:9200"]\n  constructor:\n    image: x\n    ports: ["9300:9300"]\n',
      }),
      '--check',
      'compose-ports-stay-on-loopback',
    )
    expect(report.findings.map(f => f.message)).toEqual([
      'service "__proto__" publishes 9200 on every interface',
      'service "constructor" publishes 9300 on every interface',
    ])
  })
  test('in UTF-16 is read or is a gap; with BOM and CRLF it is read at the right place', () => {
    const check = ['--check', 'compose-ports-stay-on-loopback'] as const
    const wide = reportOf(repository({ 'compose.yaml': utf16(minimal) }), ...check)
    expect(wide.findings.length + wide.gaps.length).toBeGreaterThan(0)
    const [finding] = reportOf(
      repository({ 'compose.yaml': `\ufeff${minimal.replaceAll('\n', '\r\n')}` }),
      ...check,
    ).findings
    expect(
      finding && 'location' in finding ? [finding.location.startLine, finding.location.startColumn] : undefined,
    ).toEqual([4, 13])
  })
  test('with lists as long as its bound allows crashes nobody', () => {
    const long = `[${Array(240_000).fill('a').join(',')}]`
    const folder = repository({
      'compose.yaml': `services:\n  a:\n    image: x\n    command: ${long}\n`,
      '.github/workflows/ci.yml': `on: push\njobs:\n  a:\n    runs-on: x\n    env: { A: ${long} }\n    steps: [{ run: "${'a;'.repeat(60_000)}" }]\n`,
    })
    expect(reportOf(folder, '--control', 'IIP-CHG-09', '--control', 'IIP-NET-01').crashes).toEqual([])
  })
  test('of 50 MB is a gap at once', () => {
    expect(composeGap(`services:\n${'  a: {image: x}\n'.repeat(3_400_000)}`)).toEqual([
      expect.stringMatching(/^too-large compose\.yaml: /),
    ])
  })
})

describe('files', () => {
  test('a Dockerfile with heredocs is read as Docker reads it', () => {
    const report = reportOf(
      repository({
        Dockerfile:
          'FROM alpine:3.20\nRUN <<EOF\nUSER root\nFROM fake\nEOF\nCOPY <<"A" <<-B /x/\nUSER root\nA\n\tUSER root\n\tB\nUSER 1000\n',
      }),
      '--check',
      'dockerfile-final-user-is-not-root',
    )
    expect(report.findings).toEqual([])
    expect(gapsOf(report).filter(line => line.includes('Dockerfile'))).toEqual([])
  })

  test('3 GB of nothing, a line of 8 MB, binary and broken UTF-8 are gaps or nothing, in time', () => {
    const folder = repository({
      '.github/workflows/ci.yml': Buffer.from([0xff, 0xfe, 0x00, 0x01, 0x80, 0x81]),
      Dockerfile: Buffer.concat([
        Buffer.from('FROM alpine:3.20\nLABEL a="'),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from('"\n'),
      ]),
      'nginx.conf': `events {}\nhttp { server { listen 80; # ${'x'.repeat(8 * 1024 * 1024)}\n } }\n`,
      'docs/policy.md': Buffer.alloc(100_000),
    })
    const big = openSync(join(folder, 'docker-compose.yml'), 'w')
    ftruncateSync(big, 3 * 1024 * 1024 * 1024)
    closeSync(big)
    const report = reportOf(folder)
    const gaps = gapsOf(report).join('\n')
    expect(gaps).toMatch(/too-large docker-compose\.yml: /)
    expect(gaps).toMatch(/ \.github\/workflows\/ci\.yml/)
    expect(statusOf(report, 'IIP-CHG-03')).not.toBe('pass')
  })

  test('loops and links that leave the target are refused and said; so are folders behind links', () => {
    const folder = repository({ 'README.md': 'x\n' })
    const outside = scratch()
    put(outside, {
      'compose.yaml': minimal,
      'site.conf': 'server { listen 80; }\n',
      'policies/access.md': '# Access policy\n',
    })
    symlinkSync('loop', join(folder, 'loop'))
    symlinkSync('.', join(folder, 'self'))
    symlinkSync(join(outside, 'compose.yaml'), join(folder, 'compose.yaml'))
    symlinkSync(join(outside, 'policies'), join(folder, 'policies'))
    mkdirSync(join(folder, '.github'))
    symlinkSync(outside, join(folder, '.github/workflows'))
    const report = reportOf(folder)
    const gaps = gapsOf(report).join('\n')
    expect(gaps).toMatch(/denied compose\.yaml: /)
    expect(gaps).toMatch(/denied policies: /)
    expect(gaps).toMatch(/ \.github\/workflows: /)
    expect(report.findings.map(f => f.check)).not.toContain('compose-ports-stay-on-loopback')
  })

  test('an include that leaves the target, or includes itself, is a gap', () => {
    const folder = repository({
      'nginx/nginx.conf':
        'events {}\nhttp { include /etc/passwd; include ../../../../etc/hostname; include nginx.conf; server { listen 443 ssl; ssl_protocols TLSv1.3; } }\n',
      'compose.yaml':
        'include: [../../other/compose.yaml, compose.yaml]\nservices:\n  web:\n    image: nginx\n    volumes: ["./nginx/nginx.conf:/etc/nginx/nginx.conf:ro"]\n',
    })
    const gaps = gapsOf(reportOf(folder)).join('\n')
    expect(gaps).toMatch(/ nginx\/nginx\.conf:2:/)
    expect(gaps).toMatch(/ compose\.yaml:1:/)
  })

  test('a gitdir that does not point back is not followed', () => {
    const other = repository({ 'secret.txt': 'x' })
    const folder = scratch()
    put(folder, { '.git': `gitdir: ${other}/.git\n`, 'compose.yaml': minimal })
    const report = reportOf(folder)
    expect(report.target.commit).toBeNull()
    expect(gapsOf(report).join('\n')).toMatch(/denied .*\.git/)
  })

  test('pipes, and folders where files should be, block nothing', () => {
    // Git neither tracks nor lists a pipe, so this is a folder without it.
    const folder = scratch()
    put(folder, { 'compose.yaml/inside.txt': 'x', 'Dockerfile/x': 'y', '.env/x': 'z' })
    spawnSync('mkfifo', [join(folder, 'docker-compose.yml'), join(folder, 'nginx.conf')])
    const gaps = gapsOf(reportOf(folder)).join('\n')
    expect(gaps).toMatch(/ docker-compose\.yml: /)
  })
})

describe('names and values', () => {
  test('made for terminals, Markdown, spreadsheets and workflow commands reach none of them', () => {
    const names = [
      'x\u001b[2J.yml',
      'a\nb.yml',
      '\u202egpj.yml',
      '[click](https://evil.example).yml',
      '=cmd().yml',
      '::set-output name=a::b.yml',
      '<script>alert(1)<\u2215script>.yml',
    ]
    const evil = '"\\u001b]8;;https://evil.example\\u0007x\\u202e[a](b)\\n::error::c"'
    const folder = repository({
      ...Object.fromEntries(
        names.map(name => [
          `.github/workflows/${name}`,
          `on: push\njobs:\n  ${evil}:\n    runs-on: x\n    steps: [{uses: "a/b@main"}]\n`,
        ]),
      ),
      'compose.yaml': `services:\n  ${evil}:\n    image: ${evil}\n    ports: ["9200:9200"]\n    privileged: true\n`,
    })
    expectPlain(folder, '--all')
    expectPlain(folder, '--format', 'concise')
    const { out } = expectPlain(folder, '--format', 'markdown')
    expect(out).not.toMatch(/^::/m)
    const tree = fromMarkdown(out, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
    expect(JSON.stringify(tree)).not.toMatch(/"type":"html"|"url":"https:\/\/evil/)
    const sarif = run(folder, ['--format', 'sarif']).out
    expect(JSON.parse(sarif)).toMatchObject({ version: '2.1.0' })
  })
})

describe('instructions', () => {
  test('a control or profile with a typo ends the run with its place and a suggestion', () => {
    const folder = repository({ 'iip-audit.yaml': 'frameworks: [soc3]\nparametres: {}\n' })
    const { code, err } = expectPlain(folder)
    expect(code).toBe(2)
    expect(err).toMatch(/iip-audit\.yaml:1:14: .*soc3.*did you mean "soc2"/)
    expect(err).toMatch(/iip-audit\.yaml:2:1: .*parametres.*did you mean "parameters"/)
  })
})

describe('endpoints', () => {
  let silent: Server
  beforeAll(async () => {
    // This process waits for the run, so nobody ever answers on this port.
    silent = createServer()
    await new Promise<void>(done => silent.listen(0, '127.0.0.1', done))
  })
  afterAll(() => silent.close())

  test('that refuse, or never answer, leave the controls about them inconclusive', () => {
    const folder = repository({ 'a.txt': '' })
    const at = silent.address()
    const hanging = typeof at === 'object' && at !== null ? at.port : 0
    for (const port of [1, hanging]) {
      const report = reportOf(folder, '--endpoint', `127.0.0.1:${port}`, '--control', 'IIP-CRY-01')
      expect(gapsOf(report).join('\n')).toContain(`127.0.0.1:${port}`)
      expect(statusOf(report, 'IIP-CRY-01')).toBe('inconclusive')
    }
  })
})

describe('logs and reports', () => {
  test('truncated, empty or of no known format are no evidence', () => {
    const folder = repository({ 'app.py': 'x = 1\n', 'requirements.txt': 'flask==3.0.0\n' })
    const inputs = scratch()
    put(inputs, {
      'cut.json': '{"errors": [], "generated_at": "2026-11-24T00:00:00Z", "metr',
      'empty.json': '',
      'other.log': 'hello\n',
    })
    for (const name of ['cut.json', 'empty.json', 'other.log']) {
      const report = reportOf(folder, '--report', `bandit=${join(inputs, name)}`)
      const uses = report.controls.flatMap(c => c.checks).filter(c => c.check === 'bandit-report-is-clean')
      expect(
        uses.map(u => u.outcome),
        name,
      ).not.toContain('held')
      expect(gapsOf(report).join('\n'), name).toContain(name)
    }
  })
})

test('what was scanned is as it was', () => {
  const folder = repository({ 'compose.yaml': minimal })
  const before =
    git(folder, 'ls-files', '--stage') +
    spawnSync('find', ['.', '-newer', '.git/HEAD'], { cwd: folder, encoding: 'utf8' }).stdout
  run(folder, [])
  const after =
    git(folder, 'ls-files', '--stage') +
    spawnSync('find', ['.', '-newer', '.git/HEAD'], { cwd: folder, encoding: 'utf8' }).stdout
  expect(after).toBe(before)
  unlinkSync(join(folder, 'compose.yaml'))
})
