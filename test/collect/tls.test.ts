import fc from 'fast-check'
import { expect, test } from 'vitest'
import { collector, policyIn } from '../../src/collect/tls.ts'
import { signatureIn } from '../../src/workspace/certificate.ts'
import { endpointOf } from '../../src/workspace/endpoint.ts'
import { memoryWorkspace } from '../../src/workspace/memory.ts'
import { clientHello, readAnswer } from '../../src/workspace/tls-hello.ts'
import { tlsVersions } from '../../src/workspace/workspace.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
const name = { host: 'a.example', port: 443, by: 'name' } as const
const random = '11'.repeat(32)

test('an endpoint is a host and a port; without one it is 443, and names are written in ASCII', () => {
  expect(endpointOf('Example.org')).toEqual({ host: 'example.org', port: 443, by: 'name' })
  expect(endpointOf('example.org.:8443')).toEqual({ host: 'example.org', port: 8443, by: 'name' })
  expect(endpointOf('bücher.example:443')).toEqual({ host: 'xn--bcher-kva.example', port: 443, by: 'name' })
  expect(endpointOf('[::1]:8443')).toEqual({ host: '::1', port: 8443, by: 'address' })
  expect(endpointOf('192.0.2.1:1')).toEqual({ host: '192.0.2.1', port: 1, by: 'address' })
  const refused = [
    '',
    'a b',
    'https://a',
    'a/b',
    'user@a',
    'a:0',
    'a:65536',
    '::1',
    '[a]:1',
    '[::1',
    'a:1:2',
    'a\n:1',
    'a:443x',
  ]
  for (const wrong of refused) expect(endpointOf(wrong), wrong).toBeUndefined()
})

test('without an endpoint there is nothing to say, and no file with roots is read', async () => {
  const { answers } = await collector({
    workspace: memoryWorkspace({ files: {} }),
    inputs: { endpoints: [], ca: ['missing.pem'], ciLogs: [], reports: [], asOf: '2026-11-24' },
    signal: new AbortController().signal,
    isSample: () => false,
  }).collect([{ kind: 'tls.endpoint' }, { kind: 'tls.certificate' }])
  expect(answers.map(answer => [[...answer.facts], answer.gaps])).toEqual([
    [[], []],
    [[], []],
  ])
})

test('an endpoint the profile declares and nobody asks is no silence', async () => {
  const { answers } = await collector({
    workspace: memoryWorkspace({ files: {} }),
    inputs: {
      endpoints: ['a.example:443'],
      endpointsNotAsked: ['A.example:443', 'b.example:443'],
      ca: [],
      ciLogs: [],
      reports: [],
      asOf: '2026-11-24',
    },
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect([{ kind: 'tls.endpoint' }])
  expect(answers[0]?.gaps.map(gap => [gap.place, gap.cause])).toEqual([
    [{ in: 'endpoint', authority: 'a.example:443' }, 'unreadable'],
    [{ in: 'endpoint', authority: 'b.example:443' }, 'not-asked'],
  ])
})

test('a file with roots that cannot be read, or holds none, hides the truth about certificates alone', async () => {
  const { answers } = await collector({
    workspace: memoryWorkspace({ files: {}, outside: { 'empty.pem': 'nothing\n' } }),
    inputs: { endpoints: ['a.example'], ca: ['missing.pem', 'empty.pem'], ciLogs: [], reports: [], asOf: '2026-11-24' },
    signal: new AbortController().signal,
    isSample: () => false,
  }).collect([{ kind: 'tls.endpoint' }, { kind: 'tls.certificate' }])
  expect(answers.map(answer => answer.gaps.map(gap => gap.cause))).toEqual([
    ['unreadable'],
    ['unreadable', 'unparsed', 'unreadable'],
  ])
})

test('a hello says its version, how long it is, and a name unless it is an address', () => {
  for (const version of tlsVersions) {
    const hello = clientHello(version, name, 'all')
    expect(hello.readUInt16BE(3)).toBe(hello.length - 5)
    expect(hello.readUIntBE(6, 3)).toBe(hello.length - 9)
    expect(hello.includes('a.example')).toBe(version !== 'SSL 3')
    expect(clientHello(version, { ...name, host: '192.0.2.1', by: 'address' }, 'all').includes('192.0.2.1')).toBe(false)
  }
  expect(clientHello('TLS 1.2', name, 'common').length).toBeLessThan(clientHello('TLS 1.2', name, 'all').length)
})

test('a ServerHello says the version it chose: in its extension, else in its old field', () => {
  const old = hex(`16 0301 002a 02 000026 0302 ${random} 00 002f 00`)
  expect(readAnswer(old)).toEqual({ is: 'hello', version: 'TLS 1.1' })
  const modern = hex(`16 0303 0032 02 00002e 0303 ${random} 00 1301 00 0006 002b 0002 0304`)
  expect(readAnswer(modern)).toEqual({ is: 'hello', version: 'TLS 1.3' })
  expect(readAnswer(hex(`16 0301 002a 02 000026 0399 ${random} 00 002f 00`))).toEqual({
    is: 'hello',
    version: undefined,
  })
})

test('an answer in pieces is waited for, in records of one byte too', () => {
  const message = hex(`02 000026 0301 ${random} 00 002f 00`)
  const records = Buffer.concat([...message].map(byte => Buffer.from([22, 3, 1, 0, 1, byte])))
  for (let length = 0; length < records.length; length++) {
    expect(readAnswer(records.subarray(0, length)).is, String(length)).toBe('more')
  }
  expect(readAnswer(records)).toEqual({ is: 'hello', version: 'TLS 1.0' })
})

test('a fatal alert is an answer, a warning before the hello is not', () => {
  expect(readAnswer(hex('15 0301 0002 02 46'))).toEqual({ is: 'alert', number: 70, name: 'protocol_version' })
  const hello = `16 0301 002a 02 000026 0301 ${random} 00 002f 00`
  expect(readAnswer(hex(`15 0301 0002 01 70 ${hello}`))).toEqual({ is: 'hello', version: 'TLS 1.0' })
  expect(readAnswer(hex('15 0301 0002 02 fe'))).toEqual({ is: 'alert', number: 254, name: 'alert 254' })
})

test('whatever a server sends is read without an error, and never taken for a ServerHello it is not', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), bytes => {
      const answer = readAnswer(Buffer.from(bytes))
      if (answer.is === 'hello') expect(bytes[0] === 22 || bytes[0] === 21).toBe(true)
    }),
    { numRuns: 2000 },
  )
  const hello = hex(`16 0303 0032 02 00002e 0303 ${random} 00 1301 00 0006 002b 0002 0304`)
  fc.assert(
    fc.property(fc.nat(hello.length - 1), fc.nat(255), (at, byte) => {
      const broken = Buffer.from(hello)
      broken[at] = byte
      readAnswer(broken)
      readAnswer(broken.subarray(0, at))
    }),
    { numRuns: 2000 },
  )
})

test('the signature of broken certificates is unknown, and no error', () => {
  expect(signatureIn(hex('30 11 30 00 30 0d 06 09 2a864886f70d01010b 05 00'))).toBe('sha256 with RSA')
  expect(signatureIn(hex('30 11 30 00 30 0d 06 09 2a864886f70d01010a 30 00'))).toBe('sha1 with RSA-PSS')
  expect(signatureIn(hex('30 0a 30 00 30 06 06 04 2a030405'))).toBe('1.2.3.4.5')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), bytes => {
      signatureIn(Buffer.from(bytes))
    }),
  )
})

test('a policy of HSTS is read as browsers read it (RFC 6797 §6.1)', () => {
  expect(policyIn('max-age=10; includeSubDomains')).toMatchObject({ maxAge: 10, includeSubDomains: true })
  expect(policyIn(' ;MAX-AGE = "10" ; x')).toMatchObject({ maxAge: 10, includeSubDomains: false })
  expect(policyIn('max-age=10, max-age=20')).toMatchObject({ maxAge: undefined })
  expect(policyIn('max-age=10; max-age=20')).toMatchObject({ maxAge: undefined })
  expect(policyIn('max-age=-1')).toMatchObject({ maxAge: undefined })
  expect(policyIn(undefined)).toMatchObject({ value: undefined })
})
