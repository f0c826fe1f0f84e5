import { describe, expect, test } from 'vitest'
import { inPatternList, isValidAt, readAllowedSigners, readRevokedKeys } from '../../src/signature/allowed-signers.ts'
import { namedSigner } from '../ssh-signer.ts'

const key = namedSigner('ada').line
const one = (line: string) => readAllowedSigners(line).signers[0]

describe('an allowed-signers file', () => {
  test('holds principals, options and a key a line; comments and blank lines are none', () => {
    const { signers, unread } = readAllowedSigners(
      `# people\n\nada@example.org,*@example.net namespaces="git,file",valid-after="20260101Z" ${key} Ada's key\n`,
    )
    expect(unread).toEqual([])
    expect(signers).toMatchObject([
      {
        principals: 'ada@example.org,*@example.net',
        namespaces: 'git,file',
        validAfter: Date.UTC(2026, 0, 1) / 1000,
        validBefore: undefined,
        authority: false,
      },
    ])
  })

  test('a line that is none is named, and trusts nobody', () => {
    for (const line of [
      'ada@example.org',
      key,
      `ada@example.org ssh-rsa ${key.split(' ')[1]}`,
      `ada@example.org ${key.slice(0, -3)}`,
      `ada@example.org unknown-option ${key}`,
      `ada@example.org namespaces=git ${key}`,
      `ada@example.org valid-before="tomorrow" ${key}`,
      `ada@example.org valid-before="20260230" ${key}`,
      `ada@example.org valid-after="20260201",valid-before="20260101" ${key}`,
      `"ada@example.org ${key}`,
    ])
      expect(readAllowedSigners(`${line}\n`), line).toEqual({ signers: [], unread: [1] })
  })

  test('a time is a day, a minute or a second, and its ends count', () => {
    const signer = one(`a valid-after="202601021030",valid-before="20260102103005Z" ${key}`)
    const at = (text: string) => signer && isValidAt(signer, Date.parse(text) / 1000)
    expect(at('2026-01-02T10:29:59Z')).toBe(false)
    expect(at('2026-01-02T10:30:00Z')).toBe(true)
    expect(at('2026-01-02T10:30:05Z')).toBe(true)
    expect(at('2026-01-02T10:30:06Z')).toBe(false)
  })

  test('an authority is no signer', () => {
    expect(one(`* cert-authority ${key}`)).toMatchObject({ authority: true })
  })
})

describe('a pattern list', () => {
  test('matches as OpenSSH matches: a negated pattern decides, wherever it stands', () => {
    expect(inPatternList('ada@example.org', '*@example.org')).toBe(true)
    expect(inPatternList('ada@example.org', '*@example.org,!ada@*')).toBe(false)
    expect(inPatternList('ada@example.org', '!ada@*,*')).toBe(false)
    expect(inPatternList('ada@example.org', '!eve@*')).toBe(false)
    expect(inPatternList('ada', 'a?a')).toBe(true)
    expect(inPatternList('ada', 'a?')).toBe(false)
    expect(inPatternList('git', 'file,git')).toBe(true)
    expect(inPatternList('Git', 'git')).toBe(false)
  })

  test('takes no time over stars', () => {
    expect(inPatternList('a'.repeat(4000), `${'*a'.repeat(400)}b`)).toBe(false)
  })
})

test('a revocation file holds keys or their hashes; a binary one is named as unread', () => {
  expect(readRevokedKeys(Buffer.from(`# gone\n${key} Ada\n`))).toMatchObject({ keys: { size: 1 }, unread: undefined })
  expect(readRevokedKeys(Buffer.from('SSHKRL\n\0\0'))).toMatchObject({ unread: 'a binary key revocation list' })
  expect(readRevokedKeys(Buffer.from('serial: 5\n'))).toMatchObject({ unread: 'line 1 is no public key' })
})
