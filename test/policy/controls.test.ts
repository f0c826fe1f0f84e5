import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadCatalogs } from '../../src/policy/catalogs.ts'
import { type KnownToControls, loadControls } from '../../src/policy/controls.ts'
import { reviveControls, storeControls } from '../../src/policy/stored.ts'
import { catalogs, change, checks, controls, file, hipaa, known, logs, said, soc2, tls, value } from './samples.ts'

const wrong = async (text: string, others: Partial<KnownToControls> = {}): Promise<readonly string[]> => {
  const loaded = await loadControls([file('c.yaml', text)], { ...known, ...others })
  return loaded.ok ? [] : said(loaded.complaints)
}

test('a control is read whole', () => {
  const [control] = controls
  expect(control).toMatchObject({
    id: 'IIP-CRY-01',
    revision: 1,
    level: 'repository',
    severity: 'high',
    supports: { soc2: ['CC6.1', 'CC6.7'], hipaa: ['164.310', '164.312(e)(1)'] },
    parameters: { 'tls.minVersion': { type: 'enum', values: ['1.2', '1.3'], default: '1.2', stricter: 'higher' } },
    appliesWhen: {
      is: 'or',
      of: [
        { is: 'found', kind: 'nginx.server' },
        { is: 'found', kind: 'tls.endpoint' },
      ],
    },
    planned: [],
    attestation: undefined,
    file: { uri: 'controls/IIP-CRY-01.yaml', sha256: 'hash of controls/IIP-CRY-01.yaml' },
  })
  expect(control?.uses).toEqual([
    { check: checks.get('nginx-tls-floor'), with: { minVersion: '$tls.minVersion' }, role: 'required' },
  ])
})

test('planned checks, roles, severities, lists and attestations are read', () => {
  const control = controls[1]
  expect(control?.planned).toEqual([{ what: 'the default branch is protected', role: 'supporting' }])
  expect(control?.uses[1]).toMatchObject({ role: 'supporting', severity: 'low', with: { allow: '$ports.allow' } })
  expect(control?.parameters['ports.allow']?.default).toBe('80\n443')
  expect(control?.attestation).toEqual({ form: 'log-review', question: 'Were the logs read?', validFor: 'P3M' })
})

test('a list in "with" reaches the check joined by newlines', async () => {
  const text = change(logs, '$ports.allow', '[22, 443]').replace(/ {2}ports.allow: .*\n/, '')
  const [control] = value(await loadControls([file('c.yaml', text)], known))
  expect(control?.uses[1]?.with).toEqual({ allow: '22\n443' })
})

test.each([
  [
    'severity: high',
    'severity: hgih',
    'c.yaml:5:11: severity "hgih" is not one of low, medium, high, critical (did you mean "high"?)',
  ],
  ['level: repository', 'level: repo', 'c.yaml:4:8: level "repo" is not one of repository, system'],
  ['statement:', 'statment:', 'c.yaml:6:1: unknown key "statment" (did you mean "statement"?)'],
  ['title: TLS 1.3 protects data in transit\n', '', 'c.yaml:1:1: "title" is missing'],
  ['title: TLS 1.3 protects data in transit', 'title:', 'c.yaml:3:1: title is empty'],
  ['revision: 1', 'revision: 1.0', 'c.yaml:2:11: revision "1.0" is not a whole number from 1'],
  [
    'id: IIP-CRY-01',
    'id: iip-cry-01',
    'c.yaml:1:5: id "iip-cry-01" is not an id like ACME-NET-01 (capitals, digits, hyphens)',
  ],
  ['soc2: [CC6.1, CC6.7]', 'soc2: CC6.1', 'c.yaml:9:9: soc2 must be a list, but is text "CC6.1"'],
  ['soc2: [CC6.1, CC6.7]', 'soc2: []', 'c.yaml:9:9: soc2 holds no entry; it needs at least one'],
  [
    'soc2: [CC6.1, CC6.7]',
    'scoc2: [CC6.1]',
    'c.yaml:9:3: unknown framework "scoc2"; known are soc2, hipaa (did you mean "soc2"?)',
  ],
  ['CC6.1, CC6.7', 'CC6.1, CC6.71', 'c.yaml:9:17: "CC6.71" is no requirement of soc2 (2017) (did you mean "CC6.7"?)'],
  ['CC6.1, CC6.7', 'CC6.1, CC6.1', 'c.yaml:9:17: "CC6.1" stands here a second time'],
  [
    'use: nginx-tls-floor',
    'use: nginx-tls-flor',
    'c.yaml:15:12: unknown check "nginx-tls-flor" (did you mean "nginx-tls-floor"?)',
  ],
  ['with: {', 'wiht: {', 'c.yaml:15:29: unknown key "wiht" in checks[0] (did you mean "with"?)'],
  [
    '$tls.minVersion }',
    '$tls.minVersoin }',
    'c.yaml:15:49: unknown parameter "$tls.minVersoin"; this control declares tls.minVersion (did you mean "$tls.minVersion"?)',
  ],
  [
    '{ minVersion:',
    '{ minversion:',
    'c.yaml:15:37: check "nginx-tls-floor" has no parameter "minversion"; it has minVersion (did you mean "minVersion"?)',
  ],
  [
    'default: "1.2"',
    'default: "1.4"',
    'c.yaml:12:66: default "1.4" of "tls.minVersion" is not one of 1.2, 1.3 (did you mean "1.2"?)',
  ],
  [', values: ["1.2", "1.3"]', '', 'c.yaml:12:3: parameter "tls.minVersion" is an enum and needs "values"'],
  ['stricter: higher', 'stricter: up', 'c.yaml:12:83: stricter "up" is not one of higher, lower'],
  [
    "found('tls.endpoint')",
    "found('tls.endpiont')",
    'c.yaml:13:46: applies_when: unknown kind of fact "tls.endpiont" (did you mean "tls.endpoint"?)',
  ],
  ["|| found('tls.endpoint')", '||', 'c.yaml:13:39: applies_when: not CEL: unexpected token: EOF'],
  ['id: IIP-CRY-01', 'id: ACME-CRY-01', 'c.yaml:1:5: the id of a shipped control starts with IIP-, not "ACME-CRY-01"'],
])('%s → %s: %s', async (from, to, complaint) => {
  const complaints = await wrong(change(tls, from, to))
  expect(complaints).toContain(complaint)
  // A slip in "with" may also leave the declared parameter without a use.
  expect(complaints.length).toBeLessThanOrEqual(2)
})

test('a default the check does not take is told at the use', async () => {
  const text = change(
    change(tls, 'values: ["1.2", "1.3"]', 'values: ["1.1", "1.3"]'),
    'default: "1.2"',
    'default: "1.1"',
  )
  expect(await wrong(text)).toEqual([
    'c.yaml:15:49: minVersion of "nginx-tls-floor" must be one of 1.2, 1.3, but is default "1.1" of "tls.minVersion"',
  ])
})

test('a literal the check does not take is told at the literal', async () => {
  const text = change(change(logs, 'days: $log.retentionDays', 'days: 3m'), 'encrypted: $log.encrypted', 'encrypted: 1')
  const complaints = (await wrong(text)).filter(c => c.includes('must be'))
  expect(complaints).toEqual([
    'c.yaml:16:41: days of "logs-are-kept" must be a whole number from 1 to 3650, but is "3m"',
    'c.yaml:16:56: encrypted of "logs-are-kept" must be true or false, but is "1"',
  ])
})

test('a declared parameter that no check is given is a mistake', async () => {
  expect(await wrong(change(tls, '$tls.minVersion', '"1.3"'))).toEqual([
    'c.yaml:12:3: parameter "tls.minVersion" is declared, but no check is given $tls.minVersion',
  ])
})

test('a parameter may wait for a planned check', async () => {
  const text = `${change(tls, '$tls.minVersion', '"1.3"')}  - { planned: the floor of the database }\n`
  expect(await wrong(text)).toEqual([])
})

test('a control that nothing decides is an error', async () => {
  const supporting = change(tls, 'minVersion: $tls.minVersion }', 'minVersion: $tls.minVersion }, role: supporting')
  const complaint = 'nothing decides this control: it needs a required check, a planned one, or an attestation'
  expect(await wrong(supporting)).toEqual([`c.yaml:14:1: ${complaint}`])
  const none = tls.replace(/parameters:\n.*\n/, '').replace(/checks:\n.*\n/, '')
  expect(await wrong(none)).toEqual([`c.yaml:1:1: ${complaint}`])
  expect(await wrong(`${none}checks: [{ planned: x }]\n`)).toEqual([])
  expect(await wrong(`${none}attestation: { form: review, question: Done?, validFor: P1Y }\n`)).toEqual([])
})

test('how long an answer holds is an ISO duration', async () => {
  expect(await wrong(change(logs, 'P3M', '3m'))).toEqual([
    'c.yaml:19:75: validFor "3m" is not an ISO 8601 duration like P3M, P1Y or P30D',
  ])
})

test('the same check with the same parameters is used once', async () => {
  const again = `${tls}  - { use: nginx-tls-floor, with: { minVersion: $tls.minVersion }, role: supporting }\n`
  expect(await wrong(again)).toEqual([
    'c.yaml:16:12: check "nginx-tls-floor" is used here a second time with the same parameters',
  ])
})

test('two controls do not share an id', async () => {
  const loaded = await loadControls([file('a.yaml', tls), file('b.yaml', tls)], known)
  expect(loaded.ok ? [] : said(loaded.complaints)).toEqual([
    'b.yaml:1:5: control "IIP-CRY-01" is already defined in a.yaml',
  ])
})

test('controls that share a parameter agree on it', async () => {
  const other = change(change(tls, 'IIP-CRY-01', 'IIP-CRY-02'), 'default: "1.2"', 'default: "1.3"')
  const loaded = await loadControls([file('a.yaml', tls), file('b.yaml', other)], known)
  expect(loaded.ok ? [] : said(loaded.complaints)).toEqual([
    'b.yaml:12:3: parameter "tls.minVersion" is declared otherwise by IIP-CRY-01; controls that share a parameter must agree on type, values, default and stricter',
  ])
})

test('a custom control keeps out of the shipped name space, and may bring its own samples', async () => {
  const custom: Partial<KnownToControls> = { origin: 'custom', controls }
  expect(await wrong(change(tls, 'IIP-CRY-01', 'IIP-CRY-99'), custom)).toEqual([
    'c.yaml:1:5: "IIP-CRY-99" is in the name space of the shipped controls; a custom id does not start with IIP-',
  ])
  const own = `${change(tls, 'IIP-CRY-01', 'ACME-01')}tests:\n  - { name: old, check: nginx-tls-floor, files: { nginx.conf: "" }, expect: fail }\n`
  expect(await wrong(own, custom)).toEqual([])
  expect(await wrong(change(own, 'check: nginx-tls-floor', 'check: nginx-tls'), custom)).toEqual([
    'c.yaml:17:25: this control does not use check "nginx-tls"',
  ])
})

test('text has no order that a profile could keep', async () => {
  expect(await wrong(change(logs, 'default: main', 'default: main, stricter: higher'))).toEqual([
    'c.yaml:14:40: text has no order, so "stricter" says nothing for "branch"',
  ])
})

test('an empty file and a list are no control', async () => {
  expect(await wrong('# nothing\n')).toEqual(['c.yaml:1:1: the file is empty'])
  expect(await wrong('- a\n')).toEqual(['c.yaml:1:1: the file must be a map, but is a list'])
})

test('every fault of every file is told at once', async () => {
  const loaded = await loadControls(
    [file('a.yaml', change(tls, 'high', 'hgih')), file('b.yaml', 'a: 1\na: 2\n')],
    known,
  )
  expect(loaded.ok ? [] : loaded.complaints.map(c => c.uri)).toEqual(['a.yaml', 'b.yaml'])
})

test('stored controls come back as they were', () => {
  const stored = JSON.parse(JSON.stringify(storeControls(controls)))
  expect(reviveControls(stored, checks)).toEqual(controls)
  expect(() => reviveControls(stored, new Map())).toThrow(
    /uses check "nginx-tls-floor", which this build does not have/,
  )
})

test('catalogs are read in order, with what is cited apart', () => {
  expect(catalogs.map(c => [c.id, c.version, c.requirements.length])).toEqual([
    ['soc2', '2017', 3],
    ['hipaa', '2013', 3],
  ])
  expect(catalogs[1]?.requirements).toEqual([
    { id: '164.310', category: '164.310 Physical', title: 'Physical', designation: 'Std' },
    { id: '164.312(e)(1)', category: '164.312 Technical', title: 'Transmission', designation: 'Std' },
    { id: '164.402', category: 'Breach', title: 'Definitions', cited: true },
  ])
})

test.each([
  [soc2, 'id: CC6.7', 'id: CC6.1', 'f.yaml:6:11: requirement "CC6.1" stands here a second time'],
  [soc2, 'category: availability, ', '', 'f.yaml:7:5: "category" is missing in requirements[2]'],
  [
    soc2,
    'title: Backups',
    'text: Backups',
    'f.yaml:7:41: unknown key "text" in requirements[2]; known are id, category, title, designation, cited',
  ],
  [hipaa, 'designation: Std', 'designation: Req', 'f.yaml:5:82: designation "Req" is not one of Std, R, A'],
  [hipaa, 'cited: true', 'cited: ture', 'f.yaml:7:67: cited "ture" is not one of true, false (did you mean "true"?)'],
  [
    soc2,
    'id: soc2',
    'id: SOC 2',
    'f.yaml:1:5: id "SOC 2" is not a name like access-review (lower case, digits, hyphens)',
  ],
])('a catalog: %#', async (sample, from, to, complaint) => {
  const loaded = await loadCatalogs([file('f.yaml', change(sample, from, to))])
  expect(loaded.ok ? [] : said(loaded.complaints)).toContain(complaint)
})

test('a catalog of one’s own does not replace a shipped one', async () => {
  const loaded = await loadCatalogs([file('own.yaml', soc2)], catalogs)
  expect(loaded.ok ? [] : said(loaded.complaints)).toEqual([
    'own.yaml:1:5: framework "soc2" is already defined in controls/frameworks/soc2.yaml',
  ])
})

test('no text makes the loader throw', async () => {
  const lines = `${tls}${logs}${soc2}`.split('\n')
  const broken = fc
    .tuple(
      fc.shuffledSubarray(lines),
      fc.nat(2000),
      fc.constantFrom('', ':', '[', '"', '\n- ', '{', '\t', '$', '*a', 'constructor'),
    )
    .map(([some, at, piece]) => {
      const text = some.join('\n')
      return text.slice(0, at) + piece + text.slice(at)
    })
  await fc.assert(
    fc.asyncProperty(broken, async text => {
      const [asControl, asCatalog] = [
        await loadControls([file('c', text)], known),
        await loadCatalogs([file('c', text)]),
      ]
      for (const loaded of [asControl, asCatalog]) if (!loaded.ok) expect(loaded.complaints.length).toBeGreaterThan(0)
    }),
    { numRuns: 200 },
  )
})
