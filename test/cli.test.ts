import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { put, repository, scratch } from './scratch.ts'

/** The built command, as people and pipelines call it. */
const bin = process.env['IIP_BIN'] ?? new URL('../bin/iip-audit.js', import.meta.url).pathname
const run = (cwd: string, ...args: readonly string[]) => {
  const done = spawnSync(process.execPath, [bin, ...args], {
    cwd,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: cwd },
    timeout: 60_000,
  })
  return { code: done.status, out: done.stdout, err: done.stderr }
}
const last = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

/** One finding of severity high and nothing else that depends on the day. */
const leaky = { 'compose.yaml': 'services:\n  db:\n    image: postgres:16\n    ports: ["5432:5432"]\n' }
const only = ['--check', 'compose-ports-stay-on-loopback', '--as-of', '2026-11-24'] as const

describe('exit codes', () => {
  test('1 with a finding at or above high, and the last line says so', () => {
    const { code, out, err } = run(repository(leaky), 'check', ...only)
    expect([code, err]).toEqual([1, ''])
    expect(last(out)).toMatch(
      /^exit 1: \d+ findings? at or above high\. +Next: iip-audit explain compose-ports-stay-on-loopback$/,
    )
  })

  test('0 when findings stay below --fail-on, or do not count', () => {
    const folder = repository(leaky)
    expect(run(folder, 'check', ...only, '--fail-on', 'critical').code).toBe(0)
    expect(last(run(folder, 'check', ...only, '--fail-on', 'none').out)).toMatch(/^exit 0: /)
  })

  test('0 over an empty folder says that nothing was found, not that anything passed', () => {
    const { code, out } = run(scratch(), 'check', ...only)
    expect(code).toBe(0)
    expect(out).not.toMatch(/^PASS/m)
  })

  test('3 under --strict when a control is open, and --strict leaves the path alone', () => {
    const folder = repository({ 'compose.yaml': 'services: [' })
    const { code, out } = run(folder, 'check', '--strict', '.', ...only)
    expect(code).toBe(3)
    expect(last(out)).toMatch(/^exit 3: .*--strict/)
    expect(run(folder, 'check', ...only).code).toBe(0)
    expect(run(repository({ 'a.txt': '' }), 'check', '--strict=all', ...only).code).toBe(3)
  })

  test.each([
    [['check', 'nowhere'], 'nowhere: no such file or folder'],
    [['check', ''], 'the path to check is empty'],
    [['chek'], 'no command "chek" (did you mean "check"?)'],
    [['check', '--format', 'sariff'], 'no format "sariff" (did you mean "sarif"?)'],
    [['check', '--format', 'json', '--format', 'sarif'], 'json and sarif both write to standard output'],
    [['check', '--format', 'html'], '--format html is not built yet'],
    [['check', '--framework', 'soc3'], 'no framework "soc3" (did you mean "soc2"?)'],
    [['check', '--framework', 'soc2:securty'], 'no category "securty" (did you mean "security"?)'],
    [['check', '--control', 'IIP-CHG-0'], 'no control "IIP-CHG-0"'],
    [['check', '--check', 'compose-ports-stay-on-lopback'], '(did you mean "compose-ports-stay-on-loopback"?)'],
    [['check', '--as-of', 'yesterday'], '"yesterday" is not a day (YYYY-MM-DD)'],
    [['check', '--as-of', '2026-02-30'], '"2026-02-30" is not a day'],
    [['check', '--endpoint', 'nohost'], '"nohost" is not host:port'],
    [['check', '--report', 'bandti=x.json'], 'no tool "bandti" (did you mean "bandit"?)'],
    [['check', '--report', 'bandit=missing.json'], 'missing.json: no such file or folder'],
    [['check', '--ci-logs', 'missing'], 'missing: no such file or folder'],
    [['check', '--fail-on', 'hihg'], 'Allowed choices are none, low, medium, high, critical'],
    [['check', '--strict=some'], '--strict takes no value but "all"'],
    [['check', '--profile', 'missing.yaml'], 'missing.yaml'],
    [['check', '--lvie'], "unknown option '--lvie'"],
    [['check', '--live'], '--live is not built yet'],
    [['check', '--policy-from', 'main'], '--policy-from is not built yet'],
    [['check', '--since', 'main'], '--since is not built yet'],
    [['check', '--baseline', 'x.json'], '--baseline is not built yet'],
    [['bundle', '--out', 'x'], 'bundle is not built yet'],
    [['verify', 'x'], 'verify is not built yet'],
    [['explain', 'tests-blocks-the-merge'], '(did you mean "tests-block-the-merge"?)'],
    [['controls', 'IIP-CHG-33'], 'no control "IIP-CHG-33"'],
    [['check', '--format', 'json=/nowhere/x.json'], 'cannot write /nowhere/x.json'],
  ])('2 for %j, with what is wrong', (args, message) => {
    const { code, out, err } = run(repository({ 'a.txt': '' }), ...args)
    expect(err).toContain(message)
    expect(err).not.toMatch(/^\s+at /m)
    expect(code).toBe(2)
    expect(out === '' || args.includes('json=/nowhere/x.json')).toBe(true)
  })

  test('2 for a mistake in the profile, with its place and what was probably meant', () => {
    const { code, err } = run(repository({ 'iip-audit.yaml': 'paramters:\n  tls.minVersion: "1.2"\n' }), 'check')
    expect(code).toBe(2)
    expect(err).toContain('iip-audit.yaml:1:1: ')
    expect(err).toContain('did you mean "parameters"?')
    const loose = run(repository({ 'iip-audit.yaml': 'parameters:\n  tls.minVersion: "1.2"\n' }), 'check')
    expect(loose.code).toBe(2)
    expect(loose.err).toContain('iip-audit.yaml:2:19: ')
  })
})

describe('reports', () => {
  test('go to their files, text still to the terminal, and no draft is left', () => {
    const folder = repository(leaky)
    const { out } = run(
      folder,
      'check',
      ...only,
      '--format',
      'sarif=a.sarif',
      '--format',
      'json=a.json',
      '--format',
      'markdown=a.md',
      '--format',
      'sarif-full=f.sarif',
      '--format',
      'concise=c.txt',
    )
    expect(out).toMatch(/^iip-audit /)
    const report = JSON.parse(readFileSync(join(folder, 'a.json'), 'utf8'))
    expect(report.findings).toHaveLength(1)
    expect(readFileSync(join(folder, 'c.txt'), 'utf8')).toMatch(
      /^compose\.yaml:4:13: service "db" publishes 5432.*\[compose-ports-stay-on-loopback\]\n$/,
    )
    expect(JSON.parse(readFileSync(join(folder, 'a.sarif'), 'utf8')).runs[0].results).toHaveLength(1)
    expect(readdirSync(folder).filter(n => n.endsWith('.tmp'))).toEqual([])
  })

  test('one format may take standard output and is then alone there', () => {
    const { out } = run(repository(leaky), 'check', ...only, '--format', 'json')
    expect(JSON.parse(out).exit.code).toBe(1)
    const piped = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" "${bin}" check --quiet --format json=/dev/stdout | cat`],
      {
        cwd: repository(leaky),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] },
      },
    )
    expect([piped.stderr, piped.stdout.includes('"iip-audit-report/1"')]).toEqual(['', true])
  })

  test('a link is written through, not replaced', () => {
    const folder = repository(leaky)
    put(folder, { 'real.json': 'old' })
    symlinkSync('real.json', join(folder, 'link.json'))
    run(folder, 'check', ...only, '--format', 'json=link.json')
    expect(JSON.parse(readFileSync(join(folder, 'real.json'), 'utf8')).schema).toBe('iip-audit-report/1')
  })

  test('are equal for equal input but for the wall times', () => {
    const folder = repository(leaky)
    const once = () => {
      const { run: _, ...report } = JSON.parse(run(folder, 'check', '--as-of', '2026-11-24', '--format', 'json').out)
      return report
    }
    expect(once()).toEqual(once())
  })

  test('are plain without a terminal; FORCE_COLOR colours, NO_COLOR and --no-color win', () => {
    const folder = repository(leaky)
    const esc = String.fromCharCode(27)
    const coloured = (env: Record<string, string>, ...args: string[]) =>
      spawnSync(process.execPath, [bin, 'check', ...only, ...args], {
        cwd: folder,
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], ...env },
      }).stdout.includes(esc)
    expect(coloured({})).toBe(false)
    expect(coloured({ FORCE_COLOR: '1' })).toBe(true)
    expect(coloured({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(coloured({ FORCE_COLOR: '1' }, '--no-color')).toBe(false)
  })

  test('a reader that goes away is no error', () => {
    const done = spawnSync(
      'bash',
      ['-c', `"${process.execPath}" "${bin}" check --all | head -n 1; echo "\${PIPESTATUS[0]}"`],
      {
        cwd: repository(leaky),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env['PATH'] },
      },
    )
    expect(done.stderr).toBe('')
    expect(last(done.stdout)).toMatch(/^[01]$/)
  })

  test('a run under --check counts the other controls as not run and says how many took part', () => {
    const report = JSON.parse(run(repository(leaky), 'check', ...only, '--format', 'json').out)
    expect(report.selection.partial.controls).toBeLessThan(report.selection.partial.of)
    expect(report.controls.filter((c: { status: string }) => c.status === 'pass')).toEqual([])
    expect(run(repository(leaky), 'check', ...only).out).toMatch(/partial run: \d+ of \d+ controls/)
  })
})

describe('the clock', () => {
  test('is --as-of, else SOURCE_DATE_EPOCH, else today', () => {
    const folder = repository({ 'a.txt': '' })
    const asOf = (env: Record<string, string>, ...args: string[]) =>
      JSON.parse(
        spawnSync(process.execPath, [bin, 'check', '--check', 'git-tracks-no-data', '--format', 'json', ...args], {
          cwd: folder,
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], ...env },
        }).stdout,
      ).asOf
    expect(asOf({ SOURCE_DATE_EPOCH: '1780315200' }, '--as-of', '2026-01-02')).toBe('2026-01-02')
    expect(asOf({ SOURCE_DATE_EPOCH: '1780315200' })).toBe('2026-06-01')
    expect(asOf({})).toBe(new Date().toISOString().slice(0, 10))
  })
})

describe('help', () => {
  test('--help names every command and the exit codes; --version is the package version', () => {
    const { code, out } = run(scratch(), '--help')
    expect(code).toBe(0)
    for (const word of ['check', 'controls', 'explain', 'Exit code']) expect(out).toContain(word)
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
    expect(run(scratch(), '--version').out).toBe(`${version}\n`)
    expect(run(scratch()).code).toBe(2)
  })

  test('controls lists all, shows one, and speaks JSON', () => {
    expect(run(scratch(), 'controls').out).toMatch(/79 controls: \d+ automated/)
    expect(run(scratch(), 'controls', 'iip-chg-03').out).toContain('tests-block-the-merge')
    expect(JSON.parse(run(scratch(), 'controls', 'IIP-CHG-03', '--format', 'json').out).id).toBe('IIP-CHG-03')
  })

  test('explain speaks of checks, controls, criteria, gap causes and exit codes, and of this tree', () => {
    const folder = repository(leaky)
    expect(run(folder, 'explain', 'compose-ports-stay-on-loopback').out).toMatch(
      /Here +violated: 1 judged, 0 conform, 1 violates/,
    )
    expect(run(folder, 'explain', 'IIP-NET-01').out).toMatch(/Here +fail: /)
    expect(run(folder, 'explain', '164.312(b)').out).toContain('Audit controls')
    expect(run(folder, 'explain', 'cc6.1').out).toMatch(/Controls +\d+ support it/)
    expect(run(folder, 'explain', 'unresolved').out).toContain('shallow')
    expect(run(folder, 'explain', 'compose-ports-stay-on-loopback').out).toMatch(
      / +violates +- service "search" publishes 9200 on every interface\n/,
    )
    expect(run(folder, 'explain', 'exit-3').out).toContain('--strict')
    expect(run(folder, 'explain', '3').out).toContain('--strict')
  })
})

describe('a hostile target', () => {
  test('an unreadable folder and file are gaps, not an end', () => {
    if (process.getuid?.() === 0) return
    const folder = repository(leaky)
    chmodSync(join(folder, 'compose.yaml'), 0)
    expect(run(folder, 'check', ...only).out).toContain('permission denied')
  })

  test('names made for terminals reach none', () => {
    const folder = repository({ 'a\u001b[31mred\u202e/compose.yaml': leaky['compose.yaml'] })
    const { out } = run(folder, 'check', ...only)
    expect(out).not.toContain('\u001b')
    expect(out).not.toContain('\u202e')
    expect(out).toContain('\\u{1b}[31mred')
  })

  test('nothing is written into the target', () => {
    const folder = repository(leaky)
    const before = readdirSync(folder, { recursive: true }).toSorted()
    run(folder, 'check')
    expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(before)
    expect(existsSync(join(folder, '.iip-audit'))).toBe(false)
  })
})

describe('a signal', () => {
  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const)(
    '%s ends a run with %i, without a report, and ends the git it asked',
    async (signal, code) => {
      // Patterns like these keep git itself busy for longer than anybody waits.
      const folder = repository({ '.gitignore': `${'*a'.repeat(40)}b\n` })
      put(folder, { [`${'a'.repeat(200)}.yaml`]: 'x' })
      const child = spawn(process.execPath, [bin, 'check'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let out = ''
      child.stdout.on('data', data => {
        out += data
      })
      const ended = new Promise(done => child.on('close', done))
      const gits = (): string[] => {
        const { stdout } = spawnSync('ps', ['--ppid', String(child.pid), '-o', 'pid=,comm='], { encoding: 'utf8' })
        return stdout.split('\n').flatMap(line => /^\s*(\d+) git$/.exec(line)?.[1] ?? [])
      }
      await expect.poll(gits, { timeout: 10_000 }).not.toEqual([])
      const started = gits()
      child.kill(signal)
      expect(await ended).toBe(code)
      expect(out).toBe('')
      for (const pid of started) await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 3000 }).toBe(false)
    },
    30_000,
  )
})
