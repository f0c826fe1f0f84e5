import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { expressionsIn, type Folded, fold, masked, parseExpression } from '../../src/parse/expression.ts'
import { coveredBy, coversName } from '../../src/parse/filter-pattern.ts'
import { parseMakefile } from '../../src/parse/makefile.ts'
import { constantOf, nodesOf, parseShell } from '../../src/parse/shell.ts'
import { workflowOf } from '../../src/parse/workflow.ts'
import { parseYaml } from '../../src/parse/yaml.ts'

const folded = (text: string, known: Readonly<Record<string, string | boolean>> = {}): Folded => {
  const parsed = parseExpression(text)
  return parsed.ok
    ? fold(parsed.tree, path => {
        const value = known[path.join('.')]
        return value === undefined ? undefined : { value }
      })
    : undefined
}

describe('expressions', () => {
  test('constant parts are folded, the rest is unknown', () => {
    expect(folded('true')).toEqual({ value: true })
    expect(folded("github.event_name == 'push'", { 'github.event_name': 'push' })).toEqual({ value: true })
    expect(folded("GitHub.Event_Name == 'PUSH'", { 'github.event_name': 'push' })).toEqual({ value: true })
    expect(folded("vars.x == 'y'")).toBeUndefined()
    expect(folded('always() && !cancelled()')).toEqual({ value: true })
    expect(folded("format('py{0}{{}}', matrix.v)", { 'matrix.v': '313' })).toEqual({ value: 'py313{}' })
    expect(folded("contains('a,B', 'b')")).toEqual({ value: true })
  })
  test('an unknown operand that cannot matter does not', () => {
    expect(folded('vars.x && false')).toEqual({ value: false })
    expect(folded('vars.x || true')).toEqual({ value: true })
    expect(folded('vars.x && true')).toBeUndefined()
    expect(folded("matrix.tox || 'py'", { 'matrix.tox': '' })).toEqual({ value: 'py' })
  })
  test('what is no expression is refused with a reason, however long or deep', () => {
    for (const text of ['', 'a b', "'open", '('.repeat(500), `${'!'.repeat(500)}true`, 'x'.repeat(30_000)])
      expect(parseExpression(text).ok).toBe(false)
  })
  test('parsing never throws, and masking keeps the length of every text', () => {
    const pieces = fc.array(fc.constantFrom('${{', '}}', "'", ' ', 'a', '(', ')', '.', '&&', '\n', '[0]', '==', '😀'))
    fc.assert(
      fc.property(pieces, parts => {
        const text = parts.join('')
        parseExpression(text)
        expect(masked(text)).toHaveLength(text.length)
        for (const { start, end, inner } of expressionsIn(text)) expect(text.slice(start, end)).toBe(`\${{${inner}}}`)
      }),
    )
  })
  test('a quoted }} does not end an expression', () => {
    expect(expressionsIn("${{ format('}}') }}x").map(e => e.inner)).toEqual([" format('}}') "])
  })
})

describe('filter patterns', () => {
  test('cover what the cheat sheet says they cover', () => {
    const covers: readonly (readonly [string, string, boolean])[] = [
      ['main', 'main', true],
      ['releases/**', 'releases/10/alpha', true],
      ['releases/*', 'releases/10/alpha', false],
      ['*', 'feature/x', false],
      ['**', 'feature/x', true],
      ['v[12].[0-9]+.[0-9]+', 'v1.10.1', true],
      ['v[12].[0-9]+.[0-9]+', 'v3.0.0', false],
      ['*.jsx?', 'page.js', true],
      ['*.jsx?', 'page.jsx', true],
      ['**.js', 'src/js/app.js', true],
      ['docs/**/*.md', 'docs/README.md', true],
      ['docs/**/*.md', 'docs/a/markdown/file.md', true],
      ['**/docs/**', 'docs/hello.md', true],
      ['**/README.md', 'js/README.md', true],
      ['**/*src/**', 'a/src/app.js', true],
      ['**/*-post.md', 'my-post.md', true],
    ]
    for (const [pattern, name, expected] of covers)
      expect([pattern, name, coversName(pattern, name)]).toEqual([pattern, name, expected])
  })
  test('a later ! takes away, a later pattern gives back', () => {
    expect(coveredBy(['*.md', '!README.md'], 'README.md')).toBe(false)
    expect(coveredBy(['*.md', '!README.md', 'README*'], 'README.md')).toBe(true)
  })
  test('work is bounded on patterns made to backtrack', () => {
    const began = performance.now()
    expect(coversName(`${'*a'.repeat(400)}b`, 'a'.repeat(900))).toBe(false)
    expect(performance.now() - began).toBeLessThan(2_000)
  })
})

describe('shell scripts', () => {
  const scripts = fc
    .array(
      fc.constantFrom(
        'a',
        ' ',
        '\n',
        '|',
        '||',
        '&&',
        '&',
        ';',
        '(',
        ')',
        '{',
        '}',
        '$(',
        '`',
        '"',
        "'",
        '<<E\n',
        'E\n',
        'if ',
        'then ',
        'fi',
        'case x in ',
        ';;',
        'esac',
        '${',
        '$((',
        '))',
        '[[ ',
        ' ]]',
        '\\',
        '#',
        '!',
        '>',
        '<(',
        '=',
        '\u{0}',
        '😀',
        '\r\n',
      ),
      { maxLength: 40 },
    )
    .map(p => p.join(''))
  test('never throw, and every position lies inside the text', () => {
    fc.assert(
      fc.property(scripts, text => {
        const { tree, errors } = parseShell(text)
        for (const { at } of errors) expect(at).toBeGreaterThanOrEqual(0)
        for (const node of nodesOf(tree)) {
          if (errors.length === 0) expect(node.pos).toBeLessThanOrEqual(node.end)
          if (node.type === 'Word') constantOf(node)
        }
      }),
      { numRuns: 500 },
    )
  })
  test('a tree whose positions do not hold is never without an error', () => {
    expect(parseShell('(($("').errors).not.toEqual([])
  })
  test('one that is nested without end is an error, not an overflow', () => {
    for (const open of ['(', '$(', '{ ', '"$(', 'if a; then '])
      expect(parseShell(open.repeat(20_000)).errors.length).toBeGreaterThan(0)
  })
  test('a word is constant only when the shell cannot change it', () => {
    const words = (text: string) => {
      const [command] = parseShell(text).tree.commands
      return command?.command.type === 'Command'
        ? command.command.suffix.map(w => (w.type === 'Word' ? constantOf(w) : 'x'))
        : []
    }
    expect(words(`a 'b c' "d" e\\ f $'g\\n' "h"i $j "k$l" $(m) \u{e000}`)).toEqual([
      'b c',
      'd',
      'e f',
      'g\n',
      'hi',
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })
})

describe('makefiles', () => {
  test('rules, recipes and plain variables are read with their offsets', () => {
    const text = 'X = a b\n.PHONY: t\nall: t\nt: dep | order ; @echo in\n\t-pytest \\\n\t  -q\ndep:\n\t@true\n'
    const { rules, variables, firstTarget } = parseMakefile(text)
    expect(firstTarget).toBe('all')
    expect(variables.get('X')).toBe('a b')
    expect(rules.get('t')?.prerequisites).toEqual(['dep', 'order'])
    for (const line of rules.get('t')?.recipe ?? []) expect(text.slice(line.start, line.end)).toBe(line.text)
    expect(rules.get('t')?.recipe.map(l => l.ignores !== undefined)).toEqual([false, true])
  })
  test('never throws, and offsets lie inside the text', () => {
    const pieces = fc.array(
      fc.constantFrom(
        'a',
        ':',
        '=',
        '\t',
        '\n',
        '\\',
        '\\\n',
        '-',
        '@',
        '#',
        ';',
        ' ',
        '$(X)',
        'include',
        'ifdef',
        '\r\n',
      ),
    )
    fc.assert(
      fc.property(pieces, parts => {
        const text = parts.join('')
        for (const { recipe } of parseMakefile(text).rules.values())
          for (const { start, end } of recipe) {
            expect(start).toBeLessThanOrEqual(end)
            expect(end).toBeLessThanOrEqual(text.length)
          }
      }),
    )
  })
})

test('a workflow is a mapping with `on` and `jobs`; anything else is refused with a reason', () => {
  const reasonOf = (text: string) => {
    const shaped = workflowOf(parseYaml(text).documents[0]?.root)
    return shaped.ok ? undefined : shaped.reason
  }
  expect(reasonOf('on: push\njobs: {}\n')).toBeUndefined()
  expect(reasonOf('')).toBe('not a workflow: no mapping')
  expect(reasonOf('jobs: {}')).toBe('not a workflow: no `on`')
  expect(reasonOf('on: push')).toBe('not a workflow: no `jobs`')
  expect(reasonOf('on: push\njobs: { a: 1 }')).toBe('job a is no mapping')
  expect(reasonOf('on: push\njobs: { a: { steps: x } }')).toBe('the steps of job a are no list')
})
