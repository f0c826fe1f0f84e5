import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type NginxDirective, type NginxSpan, parseNginx } from '../../src/parse/nginx.ts'

const outline = (list: readonly NginxDirective[]): unknown =>
  list.map(d => [d.name.text, ...d.args.map(a => a.text), ...(d.block ? [outline(d.block)] : [])])
const read = (text: string) => {
  const { directives, error } = parseNginx(text)
  return error ? { error: error.message, at: error.span.start } : outline(directives)
}

describe('nginx', () => {
  test('a directive ends at ";", a block at its brace, and both may stand on one line', () => {
    expect(read('user www;events{}http{server{listen 80;}}')).toEqual([
      ['user', 'www'],
      ['events', []],
      ['http', [['server', [['listen', '80']]]]],
    ])
  })

  test('quotes hold spaces, braces, semicolons and line ends', () => {
    expect(read(`return 200 "a; b} {\nc" 'd "e"';`)).toEqual([['return', '200', 'a; b} {\nc', 'd "e"']])
  })

  test('a quote inside a word is an ordinary letter', () => {
    expect(read('log_format a"b c\'d;')).toEqual([['log_format', 'a"b', "c'd"]])
  })

  test('after a closing quote only a space, ";", "{" or ")" may follow', () => {
    expect(read('a "b"c;')).toEqual({ error: 'unexpected "c" after a closing quote', at: { line: 1, column: 6 } })
    expect(read('if ($a = "b") { }')).toEqual([['if', '($a', '=', 'b', ')', []]])
  })

  test('backslashes are taken off before quotes, backslashes, t, r and n, and kept elsewhere', () => {
    expect(read('a "x\\"y" \\t \\d \\\\ b\\;c;')).toEqual([['a', 'x"y', '\t', '\\d', '\\', 'b\\;c']])
  })

  test('the braces of a variable do not open a block, those of a pattern do', () => {
    expect(read(`set $a \${b}c;`)).toEqual([['set', '$a', `\${b}c`]])
    expect(read('location ~ \\d{2} { }')).toMatchObject({ error: 'block of "location" is never closed' })
    expect(read('location ~ "\\d{2}" { }')).toEqual([['location', '~', '\\d{2}', []]])
  })

  test('"#" begins a comment only where a word could begin', () => {
    expect(read('# a; {\nroot /a#b; # c\n')).toEqual([['root', '/a#b']])
  })

  test('a missing ";" is an error at the brace that follows it', () => {
    expect(read('http {\n  ssl_protocols TLSv1.3\n}')).toEqual({
      error: 'unexpected "}": "ssl_protocols" is not ended by ";"',
      at: { line: 3, column: 1 },
    })
  })

  test('a directive that never opens a block and meets "{" lacks its ";", and a block without braces lacks them', () => {
    expect(read('server { listen 443 ssl\n location / { } }')).toEqual({
      error: '"listen" is not ended by ";"',
      at: { line: 1, column: 10 },
    })
    expect(read('http { server; }')).toEqual({ error: '"server" has no opening "{"', at: { line: 1, column: 8 } })
    expect(read('upstream a { server b:80; }')).toEqual([['upstream', 'a', [['server', 'b:80']]]])
    expect(read('map $a $b { http c; }')).toEqual([['map', '$a', '$b', [['http', 'c']]]])
    expect(read('ssl_certificate_by_lua_block { }')).toEqual([['ssl_certificate_by_lua_block', []]])
  })

  test('a stray brace, an open block, an open quote and a lonely word are errors', () => {
    expect(read('a;\n}')).toEqual({ error: 'unexpected "}"', at: { line: 2, column: 1 } })
    expect(read('a {\n b;')).toEqual({ error: 'block of "a" is never closed', at: { line: 1, column: 1 } })
    expect(read('a "b;')).toEqual({ error: 'missing closing "', at: { line: 1, column: 3 } })
    expect(read('a b')).toMatchObject({ at: { line: 1, column: 1 } })
    expect(read('{')).toEqual({ error: 'unexpected "{"', at: { line: 1, column: 1 } })
    expect(read(';')).toEqual({ error: 'unexpected ";"', at: { line: 1, column: 1 } })
  })

  test('a brace inside a table is an error, as the handler of map and types makes it', () => {
    expect(read('map $a $b { c { d; } }')).toEqual({ error: 'unexpected "{"', at: { line: 1, column: 15 } })
  })

  test('Lua is passed over whole: strings, comments and long brackets may hold braces', () => {
    const lua = `content_by_lua_block {
      -- a comment with }
      --[==[ and a long } one ]==]
      local t = { a = "}", b = '\\'}', c = [[ } ]] }
    }
    root /a;`
    expect(read(lua)).toEqual([
      ['content_by_lua_block', []],
      ['root', '/a'],
    ])
    expect(read('access_by_lua_block { if x then { }')).toMatchObject({ at: { line: 1, column: 1 } })
  })

  test('the tree holds what stood before the error, and says which blocks it broke off', () => {
    const { directives, error } = parseNginx('http { server { listen 80; } server { listen 81; } } }')
    expect(error?.message).toBe('unexpected "}"')
    expect(directives.map(d => d.cut)).toEqual([false])
    const [http] = parseNginx('http { server { listen 80; } server { listen 81').directives
    expect(http?.cut).toBe(true)
    expect(http?.block?.map(d => d.cut)).toEqual([false, true])
  })

  test('words and comments of more than 4096 bytes are refused, as nginx refuses them', () => {
    expect(read(`a ${'x'.repeat(4095)};`)).toHaveLength(1)
    expect(read(`a ${'x'.repeat(4096)};`)).toMatchObject({ at: { line: 1, column: 3 } })
    expect(read(`a "${'é'.repeat(2048)}";`)).toMatchObject({ at: { line: 1, column: 3 } })
  })

  test('deep nesting is an error, not a crash', () => {
    expect(read('a{'.repeat(100_000))).toMatchObject({ error: 'blocks nested deeper than 64' })
  })

  test('two megabytes are read in linear time', () => {
    const text = 'location ~ "\\.php$" { fastcgi_pass unix:/run/php.sock; } # comment\n'.repeat(30_000)
    const start = performance.now()
    expect(parseNginx(text).directives).toHaveLength(30_000)
    expect(performance.now() - start).toBeLessThan(5000)
  })
})

const offsetOf = (text: string, at: { line: number; column: number }): number => {
  const lines = text.split('\n')
  return lines.slice(0, at.line - 1).reduce((sum, l) => sum + l.length + 1, 0) + at.column - 1
}

const soup = fc.array(
  fc.oneof(
    fc.constantFrom(
      ';',
      '{',
      '}',
      '"',
      "'",
      '\\',
      '#',
      '$',
      '${',
      ' ',
      '\n',
      '\r\n',
      '\t',
      ')',
      '[[',
      ']]',
      '--',
      'é',
      '😀',
    ),
    fc.constantFrom('server', 'map', 'listen 80;', 'content_by_lua_block', 'if ($a = "b")'),
    fc.string({ maxLength: 6 }),
  ),
  { maxLength: 60 },
)

test('whatever the text, reading ends, throws nothing, and every position lies where its offset says', () => {
  fc.assert(
    fc.property(soup, parts => {
      const text = parts.join('')
      const { directives, error } = parseNginx(text)
      const spans: NginxSpan[] = error ? [error.span] : []
      const visit = (d: NginxDirective): void => {
        spans.push(d.span, d.name.span, ...d.args.map(a => a.span))
        d.block?.forEach(visit)
      }
      directives.forEach(visit)
      for (const span of spans) {
        expect(span.from).toBeGreaterThanOrEqual(0)
        expect(span.from).toBeLessThanOrEqual(span.to)
        expect(span.to).toBeLessThanOrEqual(text.length)
        expect(offsetOf(text, span.start)).toBe(span.from)
        expect(offsetOf(text, span.end)).toBe(span.to)
      }
    }),
    { numRuns: 3000 },
  )
})
