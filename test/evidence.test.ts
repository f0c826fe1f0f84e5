import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { checks } from '../src/checks/index.ts'
import { sha256 } from '../src/digest.ts'
import { evidenceOf } from '../src/evidence.ts'
import { lineHashes } from '../src/line-hash.ts'
import type { Deposit, SecretSpan } from '../src/model.ts'
import type { Place } from '../src/place.ts'
import { findSecrets } from '../src/secrets.ts'

const deposit = (text: string, secrets: readonly SecretSpan[] = [], uri = 'a.txt'): Deposit => ({
  source: { uri, sha256: sha256(text), bytes: text.length },
  text,
  secrets,
})
const at = (d: Deposit, line: number, from: number, to: number): Place => ({
  in: 'span',
  source: d.source,
  start: { line, column: from },
  end: { line, column: to },
})
/** The underlined part of a line. */
const marked = (d: Deposit, line: number, from: number, to: number): string | undefined => {
  const excerpt = evidenceOf([d]).excerpt(at(d, line, from, to))
  return excerpt?.text.slice(excerpt.from, excerpt.to)
}

describe('an excerpt', () => {
  test('is the line a span starts in, with the span underlined', () => {
    const d = deposit('one\ntwo three\r\nfour')
    expect(evidenceOf([d]).excerpt(at(d, 2, 5, 10))).toEqual({
      line: 2,
      text: 'two three',
      from: 4,
      to: 9,
      redacted: false,
    })
    expect(marked(d, 3, 1, 5)).toBe('four')
  })

  test('underlines to the end of the line where the span goes on', () => {
    const d = deposit('key: |\n  a\n  b\n')
    const place: Place = { in: 'span', source: d.source, start: { line: 1, column: 6 }, end: { line: 3, column: 4 } }
    const excerpt = evidenceOf([d]).excerpt(place)
    expect(excerpt?.text.slice(excerpt.from, excerpt.to)).toBe('|')
  })

  test('of a commit, an endpoint, the root or a whole file there is none', () => {
    const e = evidenceOf([deposit('x')])
    for (const place of [
      { in: 'commit', oid: 'a' },
      { in: 'endpoint', authority: 'a:1' },
      { in: 'root' },
      { in: 'file', uri: 'a.txt' },
    ] as const)
      expect(e.excerpt(place)).toBeUndefined()
  })

  test('keeps the stretch around the place of a very long line', () => {
    const d = deposit(`${'x'.repeat(5000)}HERE${'y'.repeat(5000)}`)
    const excerpt = evidenceOf([d]).excerpt(at(d, 1, 5001, 5005))
    expect(excerpt?.text.slice(excerpt.from, excerpt.to)).toBe('HERE')
    expect(excerpt?.text.length).toBe(400)
  })
})

describe('a secret', () => {
  test('shows as its kind and length class, and the underline follows', () => {
    const text = 'POSTGRES_PASSWORD: correct-horse-7 # note'
    const start = text.indexOf('correct')
    const d = deposit(text, [{ start, end: start + 15, kind: 'password' }])
    const excerpt = evidenceOf([d]).excerpt(at(d, 1, start + 1, start + 16))
    expect(excerpt?.text).toBe('POSTGRES_PASSWORD: [password, 8 to 15 characters] # note')
    expect(excerpt?.text.slice(excerpt.from, excerpt.to)).toBe('[password, 8 to 15 characters]')
    expect(marked(d, 1, 1, 18)).toBe('POSTGRES_PASSWORD')
    expect(marked(d, 1, start + 17, start + 23)).toBe('# note')
  })

  test('is cleared from every other text, also from another file of the run', () => {
    const e = evidenceOf([deposit('token = "a1B2c3D4e5F6g7H8"'), deposit('x', [], 'b.txt')])
    expect(e.clear('the value a1B2c3D4e5F6g7H8 was seen')).toBe('the value [token, 16 to 31 characters] was seen')
  })

  test('leaves no hash of the lines it stands in', () => {
    const d = deposit(`password: "s3cret-value-9"\n${'plain words only\n'.repeat(20)}`)
    const e = evidenceOf([d])
    expect(e.lineHash(at(d, 1, 1, 2))).toBeUndefined()
    expect(e.lineHash(at(d, 12, 1, 2))).toMatch(/^[0-9a-f]+:\d+$/)
  })

  test('the hash counts a byte-order mark that the text no longer has', () => {
    const text = 'one\ntwo\n'
    const plain = deposit(text)
    const marked: Deposit = { ...plain, source: { ...plain.source, bytes: text.length + 3 } }
    const whole = lineHashes(`\uFEFF${text}`, [1]).get(1)?.hash
    expect(evidenceOf([marked]).lineHash(at(marked, 1, 1, 2))).toBe(whole)
    expect(evidenceOf([plain]).lineHash(at(plain, 1, 1, 2))).not.toBe(whole)
  })

  const planted: readonly (readonly [string, string, string])[] = [
    ['AWS key id', 'AKIAIOSFODNN7EXAMPLE', 'aws_id = AKIAIOSFODNN7EXAMPLE'],
    ['forge token', `ghp_${'a1B2'.repeat(9)}`, `see ghp_${'a1B2'.repeat(9)} here`],
    [
      'JWT',
      `eyJ${'hbGciOi'.repeat(3)}.eyJ${'zdWIiOi'.repeat(3)}.${'c2lnbmF0'.repeat(3)}`,
      `Bearer eyJ${'hbGciOi'.repeat(3)}.eyJ${'zdWIiOi'.repeat(3)}.${'c2lnbmF0'.repeat(3)}`,
    ],
    ['password in a URL', 'h0rse!battery', 'postgres://app:h0rse!battery@db:5432/intake'],
    ['quoted assignment', 'it is a long one', 'db_password = "it is a long one"'],
    ['YAML', 'hunter2hunter2', '  api_key: hunter2hunter2'],
    ['JSON', 'xK9-pq', '{"client_secret":"xK9-pq"}'],
    ['flag', 'Zx81!moon', 'mysql --password Zx81!moon -u root'],
    ['private key', 'c3ludGhldGlj', '-----BEGIN RSA PRIVATE KEY-----\nc3ludGhldGlj\n-----END RSA PRIVATE KEY-----'],
  ]
  test.each(planted)('%s is found where it stands', (_, value, text) => {
    const spans = findSecrets(text)
    const start = text.indexOf(value)
    expect(spans.some(s => s.start <= start && s.end >= start + value.length)).toBe(true)
  })

  test.each([
    'password: ${DB_PASSWORD}',
    'id-token: write',
    'secrets: inherit',
    'POSTGRES_PASSWORD_FILE: /run/secrets/db',
    'token: true',
    'api_key: <your key>',
    'the password is required here',
    'secret:\n  file: ./x',
    'asks for no password: POSTGRES_HOST_AUTH_METHOD=trust',
  ])('%s holds none', text => {
    expect(findSecrets(text).map(s => text.slice(s.start, s.end))).toEqual([])
  })

  test('no text whatever throws, and spans lie inside it in order', () => {
    const words = fc.constantFrom(
      'password=',
      'token: "',
      '-----BEGIN PRIVATE KEY-----',
      'a://b:c@',
      'AKIA',
      ' ',
      '\n',
      '"',
      "'",
      'é',
      '\u{1f600}',
      'x'.repeat(50),
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(words, fc.string()), { maxLength: 30 }), parts => {
        const text = parts.join('')
        let last = 0
        for (const span of findSecrets(text)) {
          expect(span.start).toBeGreaterThanOrEqual(last)
          expect(span.end).toBeGreaterThan(span.start)
          expect(span.end).toBeLessThanOrEqual(text.length)
          last = span.end
        }
      }),
    )
  })

  test('finding takes time in proportion to the text, also for text made to be slow', () => {
    for (const piece of ['password ', '-----BEGIN ', 'a://b:', 'token="', 'eyJa.eyJ', '"', 'secret-'])
      expect(findSecrets(piece.repeat(20_000)).length).toBeGreaterThanOrEqual(0)
  })
})

describe('a message', () => {
  const { clear } = evidenceOf([])

  test.each([
    'service "my" asks for no password: MYSQL_ALLOW_EMPTY_PASSWORD is yes',
    'POSTGRES_PASSWORD: POSTGRES_PASSWORD_FILE is set as well',
    '${SECRET_KEY:?SECRET_KEY is not set} stops the start',
    'secret: "app_db_password" is a file of the tree',
    'passwords: kept as hashes by the identity provider',
    'service "db" gives POSTGRES_PASSWORD no default',
    'parameter secrets.stores: azure-key-vault, vault',
    'API_TOKEN: ${{ secrets.API_TOKEN }} reaches a fork',
    'name each secret: `TOKEN: ${{ secrets.DEPLOY_TOKEN }}`, one by one',
    'a secret: `WORD: …` says which',
  ])('keeps its names and words: %s', text => {
    expect(clear(text)).toBe(text)
  })

  test.each([
    ['PASSWORD=hunter2hunter2 stands in it', 'hunter2hunter2'],
    ['token: q7Zr2mVt9KcX4wLp', 'q7Zr2mVt9KcX4wLp'],
    ['password: letmein', 'letmein'],
    ['name each secret: `TOKEN: q7Zr2mVt9KcX` is in it', 'q7Zr2mVt9KcX'],
    ['the secret: `PASSWORD: letmein`', 'letmein'],
    ['token: `ghost99x`', 'ghost99x'],
    ['secret: "correct horse"', 'correct horse'],
    ['postgres://app:letmein@db', 'letmein'],
  ])('shows no value: %s', (text, value) => {
    expect(clear(text)).not.toContain(value)
  })

  test('of every check, as the cases write it, is shown as it is', () => {
    const said: string[] = [...checks.values()].flatMap(c => [c.title, c.why, c.fix, c.source ?? '', c.blind ?? ''])
    for (const folder of readdirSync('fixtures')) {
      if (folder === 'repos') continue
      const cases: Record<string, Record<string, unknown>> = parse(
        readFileSync(`fixtures/${folder}/expect.yaml`, 'utf8'),
      )
      for (const one of Object.values(cases))
        for (const lines of Object.values(one))
          if (Array.isArray(lines)) said.push(...lines.filter((l): l is string => typeof l === 'string'))
    }
    expect(said.length).toBeGreaterThan(1000)
    expect(said.filter(text => clear(text) !== text)).toEqual([])
  })
})
