import fc from 'fast-check'
import { expect, test } from 'vitest'
import { inOrder } from '../../src/policy/complaint.ts'
import type { Profile } from '../../src/policy/policy.ts'
import { noProfile, readProfile } from '../../src/policy/profile.ts'
import { catalogs, controls, file, said } from './samples.ts'

const read = async (text: string, others: Readonly<Record<string, string>> = {}) => {
  const result = await readProfile(
    file('iip-audit.yaml', text),
    async uri => {
      const found = others[uri]
      return found === undefined ? { ok: false, reason: 'no such file' } : { ok: true, file: file(uri, found) }
    },
    { controls, catalogs },
  )
  return { ...result, complaints: said(inOrder(result.complaints)) }
}
const wrong = async (text: string, others: Readonly<Record<string, string>> = {}) =>
  (await read(text, others)).complaints
const right = async (text: string, others: Readonly<Record<string, string>> = {}): Promise<Profile> => {
  const { profile, complaints } = await read(text, others)
  expect(complaints).toEqual([])
  return profile
}

test('a profile is read whole', async () => {
  const profile = await right(`organisation: { name: Example Org }
system: ledger
people:
  security-officer: { name: Ada, role: Security officer }
  privacy-officer: Grace
frameworks:
  soc2: { categories: [security, availability] }
  hipaa:
scope:
  exclude:
    - { glob: "legacy/**", reason: switched off, until: 2027-01-31 }
  samples: [demo/, ./docs/samples]
services:
  edge: { kind: nginx }
endpoints: ["www.example.org:443", "[2001:db8::1]:8443"]
parameters:
  tls.minVersion: 1.3
  log.retentionDays: 400
  log.encrypted: true
  ports.allow: [443]
  branch: trunk
controls:
  IIP-CRY-01: { disposition: inherited, reason: the load balancer, until: 2027-03-31, evidence: reports/provider.pdf }
`)
  expect(profile).toEqual({
    organisation: 'Example Org',
    system: 'ledger',
    people: { 'security-officer': { name: 'Ada', role: 'Security officer' }, 'privacy-officer': { name: 'Grace' } },
    frameworks: { soc2: ['common', 'availability'], hipaa: [] },
    exclude: [{ glob: 'legacy/**', reason: 'switched off', until: '2027-01-31' }],
    samples: ['demo', 'docs/samples'],
    services: { edge: { kind: 'nginx' } },
    endpoints: ['www.example.org:443', '[2001:db8::1]:8443'],
    parameters: {
      'tls.minVersion': { value: '1.3', uri: 'iip-audit.yaml', at: { line: 17, column: 19 } },
      'log.retentionDays': { value: '400', uri: 'iip-audit.yaml', at: { line: 18, column: 22 } },
      'log.encrypted': { value: 'true', uri: 'iip-audit.yaml', at: { line: 19, column: 18 } },
      'ports.allow': { value: '443', uri: 'iip-audit.yaml', at: { line: 20, column: 16 } },
      branch: { value: 'trunk', uri: 'iip-audit.yaml', at: { line: 21, column: 11 } },
    },
    controls: {
      'IIP-CRY-01': {
        disposition: 'inherited',
        reason: 'the load balancer',
        until: '2027-03-31',
        evidence: 'reports/provider.pdf',
      },
    },
  })
})

test('the short forms say the same', async () => {
  const profile = await right('organisation: Example Org\nframeworks: [soc2, hipaa]\n')
  expect(profile).toEqual({ ...noProfile, organisation: 'Example Org', frameworks: { soc2: [], hipaa: [] } })
})

test('a file in which everything is commented out says nothing', async () => {
  expect(await right('# organisation: Example Org\n')).toEqual(noProfile)
  expect(await right('scope:\n  exclude:\n    # - none yet\nendpoints:\nparameters:\ncontrols:\n')).toEqual(noProfile)
})

test.each([
  ['organization: x', 'iip-audit.yaml:1:1: unknown key "organization" (did you mean "organisation"?)'],
  [
    'frameworks: [soc2, hippa]',
    'iip-audit.yaml:1:20: unknown framework "hippa"; known are soc2, hipaa (did you mean "hipaa"?)',
  ],
  ['frameworks: soc2', 'iip-audit.yaml:1:13: frameworks must be a map, but is text "soc2"'],
  [
    'frameworks: { soc2: [avialability] }',
    'iip-audit.yaml:1:22: "avialability" is no category of soc2 (did you mean "availability"?)',
  ],
  ['frameworks: { hipaa: { categories: [Breach] } }', 'iip-audit.yaml:1:37: "Breach" is no category of hipaa'],
  ['scope: { exclude: [{ glob: a, reason: b }] }', 'iip-audit.yaml:1:20: "until" is missing in exclude[0]'],
  ['scope: { exclude: [{ glob: a, until: 2027-01-31 }] }', 'iip-audit.yaml:1:20: "reason" is missing in exclude[0]'],
  [
    'scope: { exclude: [{ glob: a, reason: b, until: 2027-02-30 }] }',
    'iip-audit.yaml:1:49: until "2027-02-30" is not a date like 2026-11-24',
  ],
  [
    'scope: { exclude: [{ glob: "**", reason: b, until: 2027-01-31 }] }',
    'iip-audit.yaml:1:28: "**" excludes everything',
  ],
  [
    'scope: { exclude: [{ glob: "**/*", reason: b, until: 2027-01-31 }] }',
    'iip-audit.yaml:1:28: "**/*" excludes everything',
  ],
  [
    'scope: { exclude: [{ glob: "!src/**", reason: b, until: 2027-01-31 }] }',
    'iip-audit.yaml:1:28: "!src/**" would exclude everything else; name what is excluded',
  ],
  ['scope: { exclude: [{ glob: ../x, reason: b, until: 2027-01-31 }] }', 'iip-audit.yaml:1:28: "../x" leaves the tree'],
  ['scope: { samples: [.] }', 'iip-audit.yaml:1:20: "." is the whole tree, which then decides nothing'],
  ['scope: { samples: ["**"] }', 'iip-audit.yaml:1:20: "**" is a pattern; name a folder'],
  ['scope: { samples: [/etc] }', 'iip-audit.yaml:1:20: "/etc" is not a folder inside this tree'],
  ['services: { edge: nginx }', 'iip-audit.yaml:1:19: edge must be a map, but is text "nginx"'],
  [
    'endpoints: [www.example.org]',
    'iip-audit.yaml:1:13: endpoints[0] "www.example.org" is not host:port, like www.example.org:443',
  ],
  [
    'endpoints: ["www.example.org:0"]',
    'iip-audit.yaml:1:13: endpoints[0] "www.example.org:0" is not host:port, like www.example.org:443',
  ],
  [
    'endpoints: ["https://ada:secret@example.org"]',
    'iip-audit.yaml:1:13: endpoints[0] "https://…@example.org" is not host:port, like www.example.org:443',
  ],
  [
    'parameters: { tls.minVersoin: "1.3" }',
    'iip-audit.yaml:1:15: unknown parameter "tls.minVersoin": no control declares it (did you mean "tls.minVersion"?)',
  ],
  [
    'parameters: { tls.minVersion: "1.4" }',
    'iip-audit.yaml:1:31: parameter "tls.minVersion" must be one of 1.2, 1.3, but is "1.4" (did you mean "1.2"?)',
  ],
  ['parameters: { tls: { minVersion: "1.3" } }', 'iip-audit.yaml:1:20: tls must be text, but is a map'],
  [
    'parameters: { log.retentionDays: 1y }',
    'iip-audit.yaml:1:34: parameter "log.retentionDays" must be a whole number, but is "1y"',
  ],
  [
    'parameters: { log.retentionDays: 9999 }',
    'iip-audit.yaml:1:34: parameter "log.retentionDays" must be a whole number from 1 to 3650 for check "logs-are-kept", but is "9999"',
  ],
  [
    'parameters: { log.retentionDays: 90 }',
    'iip-audit.yaml:1:34: parameter "log.retentionDays" may only be tightened: "90" is looser than "365", the default of IIP-LOG-01',
  ],
  [
    'parameters: { ports.allow: [443, 8080] }',
    'iip-audit.yaml:1:28: parameter "ports.allow" may only be tightened: "443 8080" cannot be compared with "80 443", the default of IIP-LOG-01',
  ],
  [
    'controls: { IIP-CRY-1: { disposition: implemented, reason: a, until: 2027-01-31 } }',
    'iip-audit.yaml:1:13: unknown control "IIP-CRY-1" (did you mean "IIP-CRY-01"?)',
  ],
  [
    'controls: { IIP-CRY-01: { disposition: not-aplicable, reason: a, until: 2027-01-31 } }',
    'iip-audit.yaml:1:40: disposition "not-aplicable" is not one of implemented, not-applicable, inherited, shared (did you mean "not-applicable"?)',
  ],
  [
    'controls: { IIP-CRY-01: { disposition: not-applicable, reason: a } }',
    'iip-audit.yaml:1:13: "until" is missing in IIP-CRY-01',
  ],
  [
    'controls: { IIP-CRY-01: { disposition: inherited, reason: a, until: 2027-01-31 } }',
    'iip-audit.yaml:1:40: inherited needs "evidence": where the provider\'s report or contract is kept',
  ],
  ['people: { ada: [x] }', 'iip-audit.yaml:1:16: ada must be a map, but is a list'],
])('%s', async (text, complaint) => {
  expect(await wrong(text)).toContain(complaint)
})

test('an organisation’s profile holds, and the repository tightens it', async () => {
  const { profile, files, complaints } = await read(
    'extends: ../org/base.yaml\nsystem: ledger\nframeworks: [soc2, hipaa]\nparameters: { log.retentionDays: 800 }\nendpoints: ["a.example:443"]\n'.replace(
      '../',
      './',
    ),
    {
      'org/base.yaml':
        'organisation: Example Org\nframeworks: [soc2]\nparameters: { log.retentionDays: 400, branch: main }\nendpoints: ["b.example:443"]\n',
    },
  )
  expect(complaints).toEqual([])
  expect(files.map(f => f.uri)).toEqual(['iip-audit.yaml', 'org/base.yaml'])
  expect(profile).toMatchObject({
    organisation: 'Example Org',
    system: 'ledger',
    frameworks: { soc2: [], hipaa: [] },
    endpoints: ['b.example:443', 'a.example:443'],
    parameters: {
      'log.retentionDays': { value: '800', uri: 'iip-audit.yaml' },
      branch: { value: 'main', uri: 'org/base.yaml' },
    },
  })
})

const base = `organisation: Example Org
people: { officer: Ada }
frameworks: { soc2: [security, availability], hipaa: }
services: { edge: { kind: nginx } }
parameters: { log.retentionDays: 800, branch: main, tls.minVersion: "1.3" }
controls:
  IIP-CRY-01: { disposition: implemented, reason: ours, until: 2027-01-31 }
  IIP-LOG-01: { disposition: not-applicable, reason: none, until: 2027-01-31 }
`
test.each([
  ['organisation: Other', '2:15: organisation is set in org.yaml:1:15 and cannot be changed here'],
  ['people: { officer: Eve }', '2:20: person "officer" is set in org.yaml:2:20 and cannot be changed here'],
  [
    'frameworks: [soc2]',
    '2:1: framework "hipaa" is chosen in org.yaml:3:46 and cannot be left out here'.replace('3:46', '3:47'),
  ],
  ['frameworks: { soc2: [security], hipaa: }', '2:21: soc2 is wider in org.yaml:3:21 and cannot be narrowed here'],
  ['services: { edge: { kind: haproxy } }', '2:27: service "edge" is set in org.yaml:4:27 and cannot be changed here'],
  [
    'parameters: { log.retentionDays: 400 }',
    '2:34: parameter "log.retentionDays" may only be tightened: "400" is looser than "800", set in org.yaml:5:34',
  ],
  ['parameters: { branch: trunk }', '2:23: parameter "branch" is set in org.yaml:5:47 and cannot be changed here'],
  [
    'parameters: { tls.minVersion: "1.2" }',
    '2:31: parameter "tls.minVersion" may only be tightened: "1.2" is looser than "1.3", set in org.yaml:5:69',
  ],
  [
    'controls: { IIP-CRY-01: { disposition: not-applicable, reason: a, until: 2027-01-31 } }',
    '2:40: IIP-CRY-01 is implemented in org.yaml:7:15 and cannot be set aside here',
  ],
  [
    'controls: { IIP-LOG-01: { disposition: not-applicable, reason: a, until: 2028-01-31 } }',
    '2:74: IIP-LOG-01 is set aside until 2027-01-31 in org.yaml:8:15, no longer',
  ],
])('a repository may not loosen its organisation: %s', async (text, complaint) => {
  expect(await wrong(`extends: org.yaml\n${text}\n`, { 'org.yaml': base })).toEqual([`iip-audit.yaml:${complaint}`])
})

test('a control the organisation set aside may be taken up again', async () => {
  const profile = await right(
    'extends: org.yaml\ncontrols: { IIP-LOG-01: { disposition: implemented, reason: we log, until: 2028-01-31 } }\n',
    { 'org.yaml': base },
  )
  expect(profile.controls['IIP-LOG-01']?.disposition).toBe('implemented')
})

test.each([
  ['org.yaml', {}, 'iip-audit.yaml:1:10: "org.yaml" cannot be read: no such file'],
  [
    '../org.yaml',
    {},
    'iip-audit.yaml:1:10: extends names a file inside this tree, relative to this one; "../org.yaml" is outside',
  ],
  [
    '/etc/org.yaml',
    {},
    'iip-audit.yaml:1:10: extends names a file inside this tree, relative to this one; "/etc/org.yaml" is outside',
  ],
  [
    'https://example.org/org.yaml',
    {},
    'iip-audit.yaml:1:10: extends names a file inside this tree, relative to this one; "https://example.org/org.yaml" is outside',
  ],
  ['iip-audit.yaml', {}, 'iip-audit.yaml:1:10: extends goes in a circle: "iip-audit.yaml" has been read already'],
  [
    'a.yaml',
    { 'a.yaml': 'extends: ./iip-audit.yaml' },
    'a.yaml:1:10: extends goes in a circle: "iip-audit.yaml" has been read already',
  ],
  [
    '1.yaml',
    {
      '1.yaml': 'extends: 2.yaml',
      '2.yaml': 'extends: 3.yaml',
      '3.yaml': 'extends: 4.yaml',
      '4.yaml': 'extends: 5.yaml',
    },
    '4.yaml:1:10: more than 5 profiles stand behind one another',
  ],
  ['org.yaml', { 'org.yaml': 'a: 1\na: 2\n' }, 'org.yaml:2:1: key "a" stands here a second time'],
])('extends: %s', async (target, others, complaint) => {
  expect(await wrong(`extends: ${target}\n`, others)).toEqual([complaint])
})

test('no text makes it throw', async () => {
  const words = fc.constantFrom(
    ...[
      'extends',
      'people',
      'frameworks',
      'soc2',
      'scope',
      'exclude',
      'parameters',
      'tls.minVersion',
      'controls',
      'IIP-CRY-01',
      'toString',
      '__proto__',
      ': ',
      ':\n  ',
      '\n',
      '- ',
      '[',
      ']',
      '{',
      '}',
      '"1.2"',
      ', ',
      '',
    ],
  )
  await fc.assert(
    fc.asyncProperty(fc.array(words, { maxLength: 20 }), async parts => {
      await readProfile(file('iip-audit.yaml', parts.join('')), async () => ({ ok: false, reason: 'no' }), {
        controls,
        catalogs,
      })
    }),
    { numRuns: 600 },
  )
})
