import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readAs } from '../../src/collect/report-file.ts'
import { banditJson, banditText } from '../../src/parse/bandit.ts'
import { blackClosing, ruffFormatClosing, saidOf } from '../../src/parse/black.ts'
import { outputOf } from '../../src/parse/output.ts'
import { pipAuditJson, pipAuditText } from '../../src/parse/pip-audit.ts'
import { pytestSummary } from '../../src/parse/pytest.ts'

/**
 * The real tools write, we read: the reports below fixtures/ are made again on the same projects, with whatever version
 * is on PATH, and must say what the project is known to hold. Without the tool these tests are skipped.
 */
const has = (tool: string): boolean => spawnSync(tool, ['--version']).status === 0
/** `--osv-url` came with pip-audit 2.10; without it the made-up packages cannot be looked up. */
const hasPipAudit = has('pip-audit') && spawnSync('pip-audit', ['--help']).stdout.includes('--osv-url')
const folder = mkdtempSync(join(tmpdir(), 'iip-tool-reports-'))
const files: Readonly<Record<string, string>> = {
  'app/runner.py':
    'import subprocess\nimport hashlib\n\n\ndef run(command):\n    return subprocess.call(command, shell=True)\n\n\ndef digest(data):\n    return hashlib.md5(data).hexdigest()\n\n\ndef check(user):\n    assert user\n',
  'clean/greet.py': 'def greet(name):\n    return f"hello {name}"\n',
  'nosec/legacy.py':
    'import hashlib\n\n\ndef digest(data):\n    return hashlib.md5(data).hexdigest()  # nosec B324\n\n\ndef bind():\n    return ("0.0.0.0", 80)  # nosec\n',
  'broken/half.py': 'def broken(:\n    pass\n',
  'medium/net.py': 'def address():\n    return ("0.0.0.0", 8080)\n',
  'secret/conf.py': 'password = "planted-not-real"\n',
  'empty/README': '',
  'style/shop.py':
    'import os\nimport subprocess\n\n\ndef run( command ):\n    return subprocess.call(command, shell=True)\n',
  'img/Dockerfile': 'FROM debian:latest\nRUN apt-get update && apt-get install curl\n',
  'wf/.github/workflows/ci.yml':
    'on: pull_request_target\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n',
  'requirements.txt': 'sampleweb==1.0.0\nsampleyaml==3.1\nsamplelog==0.9\n',
  'clean.txt': 'samplelog==0.9\n',
  'none.txt': '',
  'tests/test_ok.py': 'def test_total():\n    assert 2 + 3 == 5\n',
  'tests/test_shop.py':
    'def test_total():\n    assert 2 + 3 == 5\n\n\ndef test_discount():\n    assert 240.0 == 225.0\n',
  'none/README': '',
}
beforeAll(() => {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Not spawnSync: the vulnerability service answers from this process. */
const ran = (tool: string, ...args: string[]): Promise<{ out: string; both: string; status: number | null }> =>
  new Promise((resolve, reject) => {
    const child = spawn(tool, args, { cwd: folder, timeout: 60_000 })
    let out = ''
    let both = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
      both += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      both += chunk.toString()
    })
    child.on('error', reject)
    child.on('close', status => resolve({ out, both, status }))
  })

const reportOf = <T>(read: { ok: true; report: T } | { ok: false; reason: string }): T => {
  if (!read.ok) throw new Error(read.reason)
  return read.report
}

describe.skipIf(!has('bandit'))('bandit as installed (skipped without it)', { timeout: 120_000 }, () => {
  const text = (out: string) => banditText(outputOf(out))

  test('findings: json and txt agree, and so does the exit code', async () => {
    const json = await ran('bandit', '-q', '-r', 'app', '-f', 'json')
    const txt = await ran('bandit', '-q', '-r', 'app', '-f', 'txt')
    for (const report of [reportOf(banditJson(json.out)), reportOf(text(txt.out))]) {
      expect(report.issues.map(i => [i.id, i.severity, i.where])).toEqual([
        ['B404', 'low', 'app/runner.py:1'],
        ['B602', 'high', 'app/runner.py:6'],
        ['B324', 'high', 'app/runner.py:10'],
        ['B101', 'low', 'app/runner.py:14'],
      ])
      expect(report.counted).toEqual({ high: 2, medium: 0, low: 2, undefined: 0 })
      expect(report.linesOfCode).toBe(8)
      expect(report.version).toMatch(/^\d/)
      expect(report.generatedAt).toMatch(/Z$/)
    }
    expect([json.status, txt.status]).toEqual([1, 1])
  })

  test('clean, nosec, unparsable, empty, a path that is not there', async () => {
    const of = async (...args: string[]) =>
      reportOf(banditJson((await ran('bandit', '-q', '-f', 'json', '-r', ...args)).out))
    expect(await of('clean')).toMatchObject({ issues: [], linesOfCode: 2, nosec: 0, skipped: [] })
    expect(await of('nosec')).toMatchObject({ issues: [], nosec: 1, skippedTests: 1 })
    expect((await of('broken', 'clean')).skipped.map(s => s.name)).toEqual(['broken/half.py'])
    expect(await of('empty')).toMatchObject({ linesOfCode: 0, skipped: [] })
    expect((await of('nosuch')).skipped.map(s => s.reason)).toEqual(['No such file or directory'])
  })

  test('a threshold of its own cuts the list, not the count', async () => {
    const report = reportOf(banditJson((await ran('bandit', '-q', '-r', 'medium', '-lll', '-f', 'json')).out))
    expect(report).toMatchObject({ issues: [], counted: { medium: 1 } })
  })

  test('--exit-zero shows in the exit code alone', async () => {
    const { out, status } = await ran('bandit', '-q', '-r', 'app', '-f', 'json', '--exit-zero')
    expect([reportOf(banditJson(out)).issues.length, status]).toEqual([4, 0])
  })

  test('the literal it quotes is marked in json, txt and screen', async () => {
    for (const format of ['json', 'txt', 'screen']) {
      const { out } = await ran('bandit', '-q', '-r', 'secret', '-f', format)
      const { quotes } = reportOf(format === 'json' ? banditJson(out) : text(out))
      const hidden = quotes.reduce((t, q) => t.slice(0, q.start) + '*'.repeat(q.end - q.start) + t.slice(q.end), out)
      expect(out).toContain('planted')
      expect(hidden).not.toContain('planted')
    }
  })

  test('csv and, where the formatter is installed, sarif agree with json', async () => {
    const csv = readAs('bandit', (await ran('bandit', '-q', '-r', 'app', '-f', 'csv')).out)
    expect(csv).toMatchObject({ is: 'scan', scan: { listed: { high: 2, medium: 0, low: 2 } } })
    const { out } = await ran('bandit', '-q', '-r', 'app', '-f', 'sarif')
    if (!out.includes('"runs"')) return
    expect(readAs('bandit', out)).toMatchObject({
      is: 'scan',
      scan: { listed: { high: 2, medium: 0, low: 2 }, scanned: { count: 8 } },
    })
  })

  test('html and the rest are refused, never taken for a clean report', async () => {
    for (const format of ['html', 'xml', 'yaml', 'custom']) {
      const { out } = await ran('bandit', '-q', '-r', 'clean', '-f', format)
      expect(readAs('bandit', out).is, format).toBe('refused')
    }
  })
})

describe.skipIf(!hasPipAudit)(
  'pip-audit as installed (skipped without it, or before 2.10)',
  { timeout: 120_000 },
  () => {
    // Knows three made-up vulnerabilities of made-up packages (OSV schema 1.6, api.osv.dev/v1/query).
    const known: Readonly<Record<string, readonly (readonly [id: string, fixed: readonly string[]])[]>> = {
      'sampleweb 1.0.0': [
        ['PYSEC-2026-101', ['1.0.4', '2.0.0']],
        ['PYSEC-2026-102', []],
      ],
      'sampleyaml 3.1': [['PYSEC-2026-103', ['3.2']]],
    }
    let service: Server
    let url = ''
    beforeAll(async () => {
      service = createServer((request, response) => {
        let body = ''
        request.on('data', chunk => {
          body += chunk
        })
        request.on('end', () => {
          const { package: p, version } = JSON.parse(body) as { package: { name: string }; version: string }
          const vulns = (known[`${p.name} ${version}`] ?? []).map(([id, fixed]) => ({
            schema_version: '1.6.0',
            id,
            aliases: [],
            summary: `made up ${id}`,
            published: '2026-10-01T00:00:00Z',
            modified: '2026-10-01T00:00:00Z',
            affected: [
              {
                package: { name: p.name, ecosystem: 'PyPI' },
                ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, ...fixed.map(f => ({ fixed: f }))] }],
              },
            ],
          }))
          response.setHeader('content-type', 'application/json').end(JSON.stringify(vulns.length > 0 ? { vulns } : {}))
        })
      })
      await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
      url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/v1/query`
    })
    afterAll(() => service.close())
    const audit = (...args: string[]) =>
      ran(
        'pip-audit',
        '--no-deps',
        '--disable-pip',
        '--progress-spinner',
        'off',
        '-s',
        'osv',
        '--osv-url',
        url,
        ...args,
      )
    const text = (out: string) => pipAuditText(outputOf(out))

    test('findings: json and columns agree, and so does the exit code', async () => {
      const json = await audit('-r', 'requirements.txt', '-f', 'json')
      const columns = await audit('-r', 'requirements.txt', '--desc', '--aliases')
      for (const report of [
        reportOf(pipAuditJson(json.out)),
        reportOf(text(columns.both)),
        reportOf(text(columns.out)),
      ]) {
        expect(report.found).toBe(3)
        expect(report.vulnerabilities.map(v => [v.package, v.id, v.fixedIn.join()])).toEqual([
          ['sampleweb', 'PYSEC-2026-101', '1.0.4,2.0.0'],
          ['sampleweb', 'PYSEC-2026-102', ''],
          ['sampleyaml', 'PYSEC-2026-103', '3.2'],
        ])
      }
      expect(json.status).toBe(1)
    })

    test('clean, ignored, dry run, nothing to look up', async () => {
      const clean = await audit('-r', 'clean.txt', '-f', 'json')
      expect(reportOf(pipAuditJson(clean.out))).toMatchObject({ audited: 1, found: 0, skipped: [] })
      expect(reportOf(text((await audit('-r', 'clean.txt')).both))).toMatchObject({
        found: 0,
        ignored: 0,
        dryRun: false,
      })
      const ids = ['101', '102', '103'].flatMap(n => ['--ignore-vuln', `PYSEC-2026-${n}`])
      const ignored = await audit('-r', 'requirements.txt', ...ids)
      expect([reportOf(text(ignored.both)).ignored, ignored.status]).toEqual([3, 0])
      expect(reportOf(text((await audit('-r', 'requirements.txt', '--dry-run')).both))).toMatchObject({ dryRun: true })
      const nothing = await audit('-r', 'none.txt', '-f', 'json')
      expect([reportOf(pipAuditJson(nothing.out)).audited, nothing.status]).toEqual([0, 0])
    })

    test('markdown and cyclonedx are refused, and so is the empty output of a clean run', async () => {
      for (const format of ['markdown', 'cyclonedx-json', 'cyclonedx-xml', 'columns']) {
        const { out } = await audit('-r', 'clean.txt', '-f', format)
        expect(/^\s*[{[]/.test(out) ? pipAuditJson(out).ok : text(out).ok, format).toBe(false)
      }
      expect(text((await audit('-r', 'requirements.txt', '-f', 'markdown')).out).ok).toBe(false)
    })
  },
)

describe.skipIf(!has('pytest'))('pytest as installed (skipped without it)', { timeout: 60_000 }, () => {
  const closing = async (...args: string[]) => {
    const { both, status } = await ran('pytest', '-p', 'no:cacheprovider', '--rootdir=.', ...args)
    const summaries = outputOf(both).flatMap(l => pytestSummary(l.text) ?? [])
    expect(summaries).toHaveLength(1)
    return { ...summaries[0], status }
  }

  test.each([
    [['tests/test_ok.py'], '1 passed', false],
    [['-q', 'tests/test_ok.py'], '1 passed', false],
    [['tests/test_shop.py'], '1 failed, 1 passed', true],
    [['--color=yes', 'tests/test_shop.py'], '1 failed, 1 passed', true],
    [['none'], 'no tests ran', true],
    [['-k', 'nothing', 'tests/test_ok.py'], '1 deselected', true],
  ])('%j', async (args, said, failed) => {
    const closed = await closing(...args)
    expect(closed).toMatchObject({ said, failed })
    expect(closed.status !== 0).toBe(failed)
  })
})

describe.skipIf(!has('ruff'))('ruff as installed (skipped without it)', { timeout: 60_000 }, () => {
  const check = (...args: string[]) => ran('ruff', 'check', '--no-cache', '--isolated', ...args)

  test.each(['full', 'concise', 'grouped', 'github', 'json', 'sarif'])(
    '%s shows the violations there are',
    async format => {
      const { out, status } = await check('--output-format', format, 'style', 'broken')
      const read = readAs('ruff', out)
      if (read.is !== 'scan') throw new Error(JSON.stringify(read))
      const { listed } = read.scan
      expect(listed.unknown + listed.high).toBeGreaterThanOrEqual(2)
      expect(read.scan.worst.length > 0 || format === 'grouped').toBe(true)
      expect(status).toBe(1)
    },
  )

  test('clean code, in every form that says anything', async () => {
    for (const format of ['full', 'json', 'sarif']) {
      const read = readAs('ruff', (await check('--output-format', format, 'clean')).out)
      expect(read).toMatchObject({ is: 'scan', scan: { listed: { unknown: 0, high: 0 }, worst: [] } })
    }
    expect(readAs('ruff', (await check('--output-format', 'github', 'clean')).out).is).toBe('refused')
  })

  test('over no files it says so in text', async () => {
    const { both } = await check('empty')
    expect(readAs('ruff', both)).toMatchObject({ is: 'scan', scan: { scanned: { count: 0 } } })
  })

  test('what ruff format closes with', async () => {
    const { both } = await ran('ruff', 'format', '--no-cache', '--isolated', '--check', 'style', 'clean')
    const closings = outputOf(both).flatMap(l => ruffFormatClosing(l.text) ?? [])
    expect(closings.map(saidOf)).toEqual(['1 would be reformatted, 1 in form'])
  })
})

describe.skipIf(!has('black'))('black as installed (skipped without it)', { timeout: 60_000 }, () => {
  test.each([
    [['--check', 'style', 'clean'], '1 would be reformatted, 1 in form', 1],
    [['--check', 'clean'], '1 in form', 0],
    [['--check', 'clean', 'broken'], '1 not parsed, 1 in form', 123],
    [['--check', 'empty'], '0 in form', 0],
    [['clean'], '1 left unchanged', 0],
  ])('%j', async (args, said, exit) => {
    const { both, status } = await ran('black', ...args)
    expect(
      outputOf(both)
        .flatMap(l => blackClosing(l.text) ?? [])
        .map(saidOf),
    ).toEqual([said])
    expect(status).toBe(exit)
    expect(readAs('black', both)).toMatchObject({ is: 'scan', scan: { skipped: { count: exit === 123 ? 1 : 0 } } })
  })
})

describe.skipIf(!has('zizmor'))('zizmor as installed (skipped without it)', { timeout: 60_000 }, () => {
  test('json and sarif show the same findings', async () => {
    const [json, sarif] = await Promise.all(
      ['json', 'sarif'].map(async f => readAs('zizmor', (await ran('zizmor', '--offline', '--format', f, 'wf')).out)),
    )
    if (json?.is !== 'scan' || sarif?.is !== 'scan') throw new Error('not read')
    expect(json.scan.listed).toEqual(sarif.scan.listed)
    expect(json.scan.listed.high).toBeGreaterThan(0)
    expect(sarif.scan.version).toMatch(/^\d/)
  })
})

describe.skipIf(!has('hadolint'))('hadolint as installed (skipped without it)', { timeout: 60_000 }, () => {
  test('json and sarif show the same findings', async () => {
    const [json, sarif] = await Promise.all(
      ['json', 'sarif'].map(async f => readAs('hadolint', (await ran('hadolint', '-f', f, 'img/Dockerfile')).out)),
    )
    if (json?.is !== 'scan' || sarif?.is !== 'scan') throw new Error('not read')
    expect(json.scan.listed).toEqual(sarif.scan.listed)
    expect(json.scan.worst.map(w => w.id)).toContain('DL3007')
  })
})
