import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { iniEntry, parseIni } from '../../src/parse/ini.ts'
import { parseJustfile } from '../../src/parse/justfile.ts'
import { parseMakefile } from '../../src/parse/makefile.ts'
import { parseNox } from '../../src/parse/nox.ts'
import { toxEnvironment, toxEnvironments } from '../../src/parse/tox.ts'
import { toxTables } from '../../src/parse/tox-toml.ts'

const inside = (text: string, { start, end }: { readonly start: number; readonly end: number }): boolean =>
  start >= 0 && start <= end && end <= text.length

/** Texts made of the words the runners' files are made of, in any order. */
const texts = (...words: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: fc.constantFrom(...words) },
        { weight: 1, arbitrary: fc.string({ maxLength: 5 }) },
      ),
      { maxLength: 50 },
    )
    .map(parts => parts.join(''))

describe('files of runners', () => {
  test('an INI value goes on over indented lines, comments and empty lines between them', () => {
    const ini = parseIni('[a]\nKey = x\n  y ; z\n\n  # no\n  w\n[b]\nkey: v\n')
    expect(iniEntry(ini, 'a', 'key')?.lines.map(l => l.text)).toEqual(['x', 'y ; z', 'w'])
    expect(iniEntry(ini, 'b', 'key')?.lines.map(l => l.text)).toEqual(['v'])
  })
  test('an INI file of anything is read to the end, with its places inside the text', () => {
    fc.assert(
      fc.property(texts('[a]', '\n', ' ', 'k', '=', ':', '#', ';', '\t', '[', ']', '\r'), text => {
        for (const e of parseIni(text).entries) {
          expect(inside(text, e.keyRange)).toBe(true)
          for (const line of e.lines) expect(text.slice(line.start, line.end)).toBe(line.text)
        }
      }),
    )
  })
  test('the environments of tox are those its list spells, braces taken apart', () => {
    expect(toxEnvironments('[tox]\nenv_list = py{311,312}-{a,b}, lint\n')).toEqual([
      'py311-a',
      'py311-b',
      'py312-a',
      'py312-b',
      'lint',
    ])
  })
  test('lines of tox count by their factors, its own section before the common one', () => {
    const text =
      '[testenv]\ncommands =\n  lint: ruff check .\n  !lint: pytest \\\n    -q\n[testenv:docs]\ncommands = sphinx-build\n  {[testenv:more]commands}\n[testenv:more]\ncommands = - linkcheck\n'
    const of = (name: string) =>
      toxEnvironment(text, name, undefined, '?')?.commands.map(c => `${c.ignored ? '-' : ''}${c.text}`)
    expect(of('lint')).toEqual(['ruff check .'])
    expect(of('py311')).toEqual(['pytest -q'])
    expect(of('docs')).toEqual(['sphinx-build', '-linkcheck'])
  })
  test('tox of anything ends, with its places inside the text', () => {
    fc.assert(
      fc.property(
        texts(
          '[tox]',
          '[testenv]',
          '[testenv:a]',
          '\n',
          ' ',
          'commands',
          '=',
          '{',
          '}',
          ',',
          'a: ',
          '- ',
          '{posargs:',
          '{[testenv]commands}',
          '\\',
          '!',
          'env_list',
        ),
        text => {
          for (const name of ['a', ...(toxEnvironments(text) ?? [])].slice(0, 20))
            for (const c of toxEnvironment(text, name, 'x', '?')?.commands ?? []) expect(inside(text, c)).toBe(true)
        },
      ),
    )
  })
  test('tables of tox give their words, or nothing where they are no TOML', () => {
    const text =
      'env_list = ["a"]\n[env_run_base]\ncommands = [["pytest", { replace = "posargs", default = ["tests"] }]]\n'
    const tables = toxTables(text)
    expect(tables?.environments).toEqual(['a'])
    expect(tables?.environment('a', undefined, '?')?.commands.map(c => c.text)).toEqual(['pytest tests'])
    expect(tables?.environment('a', '-k x', '?')?.commands.map(c => c.text)).toEqual(['pytest -k x'])
    fc.assert(
      fc.property(
        texts(
          '[env_run_base]',
          '[env.a]',
          '[tool.tox]',
          '\n',
          'commands',
          '=',
          '[',
          ']',
          '"x"',
          ',',
          '{',
          '}',
          'replace',
        ),
        given => {
          for (const c of toxTables(given)?.environment('a', '', '?')?.commands ?? [])
            expect(inside(given, c)).toBe(true)
        },
      ),
    )
  })
  test('a session of nox runs what its calls say, whatever stands between', () => {
    const nox = parseNox(
      'import nox\n@nox.session(name="unit", default=False)\n@nox.parametrize("a", [1])\ndef f(\n    session: nox.Session,\n) -> None:\n    """session.run("no")"""\n    for p in PATHS:\n        session.run("pytest", f"--x={p}", *session.posargs, env={"A": "b"})\n    if x:\n        session.run(\n            "ruff", "check",  # all of it\n        )\n\ndef g(session):\n    session.run("no")\n',
      '?',
    )
    expect(nox.sessions.map(s => [s.name, s.onRequest])).toEqual([['unit', true]])
    expect(nox.sessions[0]?.runs.filter(r => r.text !== 'no').map(r => [r.text, r.conditional])).toEqual([
      ["pytest '--x=?'", false],
      ['ruff check', true],
    ])
  })
  test('a noxfile of anything ends, with its places inside the text', () => {
    fc.assert(
      fc.property(
        texts(
          '@nox.session',
          '\n',
          '    ',
          'def f(session):',
          'session.run(',
          '"',
          "'",
          '"""',
          ')',
          '(',
          '[',
          ',',
          '*',
          'f"',
          '#',
          '\\',
          'success_codes=',
          'if x:',
        ),
        text => {
          for (const s of parseNox(text, '?').sessions) for (const r of s.runs) expect(inside(text, r)).toBe(true)
        },
      ),
    )
  })
  test('a recipe of just has its dependencies, its lines and the marks before them', () => {
    const just = parseJustfile(
      'x := "1"\nset shell := ["bash", "-c"]\n\n[group("a")]\ntest a="b": lint (build "c") && clean\n    @-pytest {{a}} \\\n        -q\n    # no\n    echo\nlint:\n    ruff check\nalias t := test\n',
    )
    expect(just.firstRecipe).toBe('test')
    expect(just.recipes.get('t')?.before).toEqual(['lint', 'build'])
    expect(just.recipes.get('t')?.after).toEqual(['clean'])
    expect(just.recipes.get('test')?.lines.map(l => [l.text, l.ignores !== undefined])).toEqual([
      ['pytest {{a}} \\\n        -q', true],
      ['echo', false],
    ])
    expect([just.shell, just.variables.get('x')]).toEqual([['bash', '-c'], '1'])
  })
  test('a justfile or makefile of anything ends, with its places inside the text', () => {
    fc.assert(
      fc.property(
        texts(
          'a',
          ':',
          ':=',
          '\n',
          '\t',
          '    ',
          '#!',
          '/bin/sh',
          '@',
          '-',
          '\\',
          '"',
          '&&',
          '(',
          ')',
          '{{',
          '}}',
          'set shell',
          '[',
          ']',
          'alias',
          'include',
          '=',
        ),
        text => {
          for (const r of parseJustfile(text).recipes.values()) {
            for (const l of r.lines) expect(text.slice(l.start, l.end)).toBe(l.text)
            if (r.script) expect(text.slice(r.script.start).startsWith(r.script.text)).toBe(true)
          }
          for (const r of parseMakefile(text).rules.values())
            for (const l of r.recipe) expect(inside(text, l)).toBe(true)
        },
      ),
    )
  })
  test('long files take a time that grows with their length alone', () => {
    const began = performance.now()
    const long = 200_000
    parseIni('[a]\n'.repeat(long / 4))
    parseIni(`k = ${'x'.repeat(long)}`)
    toxEnvironments(`[tox]\nenv_list = ${'{a,b}'.repeat(2_000)}\n`)
    toxEnvironment(`[testenv]\ncommands = ${'{posargs:'.repeat(20_000)}`, 'a', undefined, '?')
    parseNox(`@nox.session\ndef f(session):\n${'    session.run("x",\n'.repeat(10_000)}`, '?')
    parseNox(`@nox.session\n${'('.repeat(long)}`, '?')
    parseJustfile(`a:\n${'    x \\\n'.repeat(20_000)}`)
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})
