import { expect, test } from 'vitest'
import { inOrder } from '../../src/policy/complaint.ts'
import { readAttestations, readWaivers } from '../../src/policy/waivers.ts'
import { change, checks, controls, file, said } from './samples.ts'

const people = { officer: { name: 'Ada' }, lead: { name: 'Grace' } }
const read = (text: string) => readWaivers(file('waivers.yaml', text), { checks, controls, people })
const wrong = async (text: string) => said(inOrder((await read(text)).complaints))

const waiver = `- id: W-1
  check: nginx-tls-floor
  finding: 0123456789abcdef
  observed: TLS 1.2 is offered
  control: IIP-CRY-01
  reason: A partner cannot yet.
  requestedBy: Grace
  approvedBy: Ada
  approvedOn: 2026-10-02
  expires: 2027-03-31
`

test('a waiver is read, bare or under waivers:', async () => {
  const expected = {
    id: 'W-1',
    check: 'nginx-tls-floor',
    finding: '0123456789abcdef',
    observed: 'TLS 1.2 is offered',
    control: 'IIP-CRY-01',
    reason: 'A partner cannot yet.',
    requestedBy: 'Grace',
    approvedBy: 'Ada',
    approvedOn: '2026-10-02',
    expires: '2027-03-31',
    uri: 'waivers.yaml',
  }
  expect((await read(waiver)).values).toEqual([{ ...expected, at: { line: 1, column: 3 } }])
  expect((await read(`waivers:\n${waiver}`)).values).toEqual([{ ...expected, at: { line: 2, column: 3 } }])
})

test('no waivers are no waivers', async () => {
  for (const text of ['', '# none\n', 'waivers:\n', 'waivers: []\n', '[]\n']) {
    expect(await read(text)).toMatchObject({ values: [], complaints: [] })
  }
})

test.each(['id', 'check', 'finding', 'observed', 'reason', 'requestedBy', 'approvedBy', 'approvedOn', 'expires'])(
  'a waiver without %s is none',
  async key => {
    const lines = waiver
      .replace(/^- /, '  ')
      .split('\n')
      .filter(line => !line.startsWith(`  ${key}:`))
    const text = lines.join('\n').replace(/^ {2}/, '- ')
    expect(await wrong(text)).toEqual([`waivers.yaml:1:3: ${JSON.stringify(key)} is missing in entry 1`])
    expect((await read(text)).values).toEqual([])
  },
)

test.each([
  ['nginx-tls-floor', 'nginx-tls-flor', '2:10: unknown check "nginx-tls-flor" (did you mean "nginx-tls-floor"?)'],
  [
    '0123456789abcdef',
    '0123456789abcde',
    '3:12: finding "0123456789abcde" is not a fingerprint: 16 to 64 hex digits in lower case, as the report prints it',
  ],
  [
    '0123456789abcdef',
    '0123456789ABCDEF',
    '3:12: finding "0123456789ABCDEF" is not a fingerprint: 16 to 64 hex digits in lower case, as the report prints it',
  ],
  ['IIP-CRY-01', 'IIP-CRY-10', '5:12: unknown control "IIP-CRY-10" (did you mean "IIP-CRY-01"?)'],
  ['IIP-CRY-01', 'IIP-LOG-01', '5:12: control "IIP-LOG-01" does not use check "nginx-tls-floor"'],
  ['approvedBy: Ada', 'approvedBy: Grace', '8:15: "Grace" asked for this waiver and cannot approve it'],
  ['approvedBy: Ada', 'approvedBy: " grace"', '8:15: " grace" asked for this waiver and cannot approve it'],
  ['approvedBy: Ada', 'approvedBy: lead', '8:15: "lead" asked for this waiver and cannot approve it'],
  ['2026-10-02', '2.10.2026', '9:15: approvedOn "2.10.2026" is not a date like 2026-11-24'],
  ['2027-03-31', 'never', '10:12: expires "never" is not a date like 2026-11-24'],
  ['2027-03-31', '2026-10-02', '10:12: expires 2026-10-02 is not after approvedOn 2026-10-02'],
  ['2027-03-31', '2027-10-03', '10:12: expires 2027-10-03 is more than a year after approval; at most 2027-10-02'],
  ['reason:', 'reson:', '6:3: unknown key "reson" in entry 1 (did you mean "reason"?)'],
])('a waiver: %s → %s', async (from, to, complaint) => {
  expect(await wrong(change(waiver, from, to))).toEqual([`waivers.yaml:${complaint}`])
})

test('a waiver may last a year to the day', async () => {
  expect(await wrong(change(waiver, '2027-03-31', '2027-10-02'))).toEqual([])
})

test('an id is given once', async () => {
  expect(await wrong(waiver + waiver)).toEqual(['waivers.yaml:11:7: waiver "W-1" stands here a second time'])
})

test('one broken waiver leaves none in force', async () => {
  expect((await read(waiver + change(change(waiver, 'W-1', 'W-2'), 'Ada', 'Grace'))).values).toEqual([])
})

const answer = `form: log-review
control: IIP-LOG-01
answer: yes
by: Ada
role: Security officer
on: 2026-11-01
`
const attest = (...texts: string[]) =>
  readAttestations(
    texts.map((text, i) => file(`${i + 1}.yaml`, text)),
    { controls },
  )

test('an attestation is read', async () => {
  expect((await attest(answer)).values).toEqual([
    {
      form: 'log-review',
      control: 'IIP-LOG-01',
      answer: 'yes',
      by: 'Ada',
      role: 'Security officer',
      on: '2026-11-01',
      uri: '1.yaml',
    },
  ])
})

test.each([
  ['answer: yes', 'answer: true', '1.yaml:3:9: answer "true" is not one of yes, no (did you mean "yes"?)'],
  ['answer: yes', 'answer:', '1.yaml:3:1: answer is empty; it is one of yes, no'],
  [
    'log-review',
    'logs-review',
    '1.yaml:1:7: control "IIP-LOG-01" has no form "logs-review"; its form is "log-review" (did you mean "log-review"?)',
  ],
  ['IIP-LOG-01', 'IIP-CRY-01', '1.yaml:2:10: control "IIP-CRY-01" asks no person'],
  ['IIP-LOG-01', 'IIP-LOG-1', '1.yaml:2:10: unknown control "IIP-LOG-1" (did you mean "IIP-LOG-01"?)'],
  ['on: 2026-11-01', 'on: yesterday', '1.yaml:6:5: on "yesterday" is not a date like 2026-11-24'],
  ['by: Ada\n', '', '1.yaml:1:1: "by" is missing'],
])('an attestation: %s → %s', async (from, to, complaint) => {
  const { values, complaints } = await attest(change(answer, from, to))
  expect(said(inOrder(complaints))).toEqual([complaint])
  expect(values).toEqual([])
})

test('answers of other days stand beside each other, two of one day do not', async () => {
  expect((await attest(answer, change(answer, '2026-11-01', '2026-08-01'))).complaints).toEqual([])
  expect(said((await attest(answer, change(answer, 'yes', 'no'))).complaints)).toEqual([
    '2.yaml:6:5: form "log-review" of IIP-LOG-01 is already answered for 2026-11-01 in 1.yaml',
  ])
})
