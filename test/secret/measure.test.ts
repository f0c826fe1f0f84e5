import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holdsNoSecrets, mostSecrets, secretsIn } from '../../src/parse/secret.ts'
import { corpus } from './corpus.ts'

const samples = corpus(20261124, { secrets: 6, lookAlikes: 12 })
const found = (text: string, uri: string) => (holdsNoSecrets(uri) ? [] : secretsIn(text, uri))

describe('over the labelled corpus', () => {
  const secrets = samples.filter(s => s.value !== undefined)
  const others = samples.filter(s => s.value === undefined)

  test('there are at least 400 secrets of 40 kinds, and 600 look-alikes', () => {
    expect(secrets.length).toBeGreaterThanOrEqual(400)
    expect(new Set(secrets.map(s => s.kind)).size).toBeGreaterThanOrEqual(40)
    expect(others.length).toBeGreaterThanOrEqual(600)
  })

  test('every secret is found, and where it stands', () => {
    const missed = secrets.filter(({ uri, text, value = '' }) => {
      const at = text.indexOf(value)
      return !found(text, uri).some(s => s.start < at + value.length && s.end > at)
    })
    expect(missed.map(s => `${s.kind}: ${s.text}`)).toEqual([])
  })

  test('nothing else is', () => {
    const wrong = others.flatMap(({ kind, uri, text }) =>
      found(text, uri).map(s => `${kind}: ${s.kind}: ${text.slice(s.start, s.end)}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('whatever the text', () => {
  const pieces = fc.constantFrom(
    'password=',
    'token: "',
    '-----BEGIN PRIVATE KEY-----',
    '-----END',
    'a://b:c@',
    'AKIA',
    ' ',
    '\n',
    '"',
    "'",
    '\\"',
    'é',
    '\u{1f600}',
    'x'.repeat(50),
    'eyJhbGciOi',
    '.',
    'map $http_x_key $y {',
    '}',
    'kind: Secret\n',
    'data:\n',
    '  a: ',
    'Basic ',
    'curl -u ',
    '$',
    '{',
    '<password>',
  )
  test('nothing throws, and secrets lie inside it, in order and apart', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(pieces, fc.string()), { maxLength: 40 }),
        fc.constantFrom('a.py', 'a.yaml', 'nginx.conf', 'a.md', '.env', 'a.sql', 'a'),
        (parts, uri) => {
          const text = parts.join('')
          let last = 0
          for (const { start, end } of secretsIn(text, uri)) {
            expect(start).toBeGreaterThanOrEqual(last)
            expect(end).toBeGreaterThan(start)
            expect(end).toBeLessThanOrEqual(text.length)
            last = end
          }
        },
      ),
    )
  })

  test.each([
    'password ',
    'password="',
    '-----BEGIN PRIVATE KEY-----\n',
    'a://b:',
    'eyJaaaaaaaaaa.',
    '"',
    'secret-',
    'key=key=',
    'map $http_key $a {\n',
    'kind: Secret\ndata:\n  a: b\n',
    'Bearer ',
    'name: a\nvalue',
    'server=a;',
    'PuTTY-User-Key-File-2\nPrivate-Lines: 9\n',
    'xoxb-',
    '-eyJ-',
    'mysql -',
    '"kty" "d":"',
  ])('a text made of %j is read in time', piece => {
    const text = piece.repeat(Math.ceil(400_000 / piece.length))
    const began = performance.now()
    for (const uri of ['a.yaml', 'nginx.conf', 'a.py'])
      expect(secretsIn(text, uri).length).toBeLessThanOrEqual(mostSecrets)
    expect(performance.now() - began).toBeLessThan(6000)
  })
})
