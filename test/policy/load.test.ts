import { expect, test } from 'vitest'
import { loadPolicy, type PolicyRequest } from '../../src/policy/load.ts'
import { noProfile } from '../../src/policy/profile.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'
import { catalogs, change, checks, controls, kinds, said, soc2, tls, value } from './samples.ts'

const load = (tree: MemoryTree, others: Partial<PolicyRequest> = {}) =>
  loadPolicy({ tree: memoryWorkspace(tree).tree, shipped: { catalogs, controls }, checks, kinds, ...others })
const wrong = async (tree: MemoryTree, others: Partial<PolicyRequest> = {}) => {
  const loaded = await load(tree, others)
  return loaded.ok ? [] : said(loaded.complaints)
}

const own = change(change(tls, 'IIP-CRY-01', 'ACME-01'), '[CC6.1, CC6.7]', '[CC6.1]').replace(
  'supports:',
  'supports:\n  acme: [ACME-1]',
)
const acme = `id: acme
version: "1"
title: Addendum
requirements:
  - { id: ACME-1, category: all, title: Encryption }
`

test('without files of the user the shipped rules hold', async () => {
  expect(value(await load({ files: { 'README.md': 'hello' } }))).toEqual({
    catalogs,
    controls,
    profile: noProfile,
    waivers: [],
    attestations: [],
    files: [],
  })
})

test('every file that decides is read and listed with its digest', async () => {
  const policy = value(
    await load({
      files: {
        'iip-audit.yaml': 'extends: org/base.yaml\n',
        'org/base.yaml': 'organisation: Example Org\n',
        '.iip-audit/frameworks/acme.yaml': acme,
        '.iip-audit/controls/ACME-01.yml': own,
        '.iip-audit/waivers.yaml': 'waivers: []\n',
        '.iip-audit/attestations/2026-11.yaml':
          'form: log-review\ncontrol: IIP-LOG-01\nanswer: no\nby: Ada\non: 2026-11-01\n',
        '.iip-audit/allowed_signers': 'not for us\n',
      },
    }),
  )
  expect(policy.files.map(f => f.uri)).toEqual([
    '.iip-audit/attestations/2026-11.yaml',
    '.iip-audit/controls/ACME-01.yml',
    '.iip-audit/frameworks/acme.yaml',
    '.iip-audit/waivers.yaml',
    'iip-audit.yaml',
    'org/base.yaml',
  ])
  expect(policy.files.every(f => /^[0-9a-f]{64}$/.test(f.sha256))).toBe(true)
  expect(policy.catalogs.map(c => c.id)).toEqual(['soc2', 'hipaa', 'acme'])
  expect(policy.controls.map(c => c.id)).toEqual(['IIP-CRY-01', 'IIP-LOG-01', 'ACME-01'])
  expect(policy.profile.organisation).toBe('Example Org')
  expect(policy.attestations).toMatchObject([{ answer: 'no' }])
})

test('a profile that was asked for must exist, the usual one need not', async () => {
  expect(await wrong({ files: {} }, { profilePath: 'ci/profile.yaml' })).toEqual([
    'ci/profile.yaml:1:1: the profile "ci/profile.yaml" cannot be read: no such file',
  ])
  expect(await wrong({ files: {} })).toEqual([])
})

test('a profile that was asked for takes the place of the usual one', async () => {
  const files = { 'iip-audit.yaml': 'organisation: Usual\n', '.iip-audit/ci.yaml': 'organisation: Asked\n' }
  expect(value(await load({ files }, { profilePath: '.iip-audit/ci.yaml' })).profile.organisation).toBe('Asked')
})

test.each([
  'iip-audit.yaml',
  '.iip-audit/waivers.yaml',
  '.iip-audit/controls/a.yaml',
  '.iip-audit/attestations/a.yaml',
  '.iip-audit/frameworks/a.yaml',
])('a policy file that cannot be read is a complaint: %s', async uri => {
  expect(await wrong({ files: { [uri]: 'x' }, unreadable: [uri] })).toEqual([
    `${uri}:1:1: this file cannot be read: permission denied`,
  ])
  expect(await wrong({ files: {}, links: { [uri]: '/etc/passwd' } })).toEqual([
    `${uri}:1:1: this file cannot be read: is a symbolic link to /etc/passwd; links are not followed`,
  ])
})

test.each([
  ['iip-audit.yml', 'nothing reads a file of this name (did you mean "iip-audit.yaml"?)'],
  ['.iip-audit/waivers.yml', 'nothing reads a file of this name (did you mean ".iip-audit/waivers.yaml"?)'],
  [
    '.iip-audit/waiver.yaml',
    'nothing reads this file; read in .iip-audit/ are waivers.yaml, controls/, frameworks/, attestations/',
  ],
  [
    '.iip-audit/mappings/a.yaml',
    'nothing reads this file; read in .iip-audit/ are waivers.yaml, controls/, frameworks/, attestations/',
  ],
])('a file that would be passed over is a complaint: %s', async (uri, message) => {
  expect(await wrong({ files: { [uri]: '' } })).toEqual([`${uri}:1:1: ${message}`])
})

test('the complaints of all files come together, in order', async () => {
  const complaints = await wrong({
    files: {
      'iip-audit.yaml': 'organization: x\n',
      '.iip-audit/waivers.yaml': '- id: W-1\n',
      '.iip-audit/controls/a.yaml': change(own, 'severity: high', 'severity: hgih'),
      '.iip-audit/frameworks/acme.yaml': acme,
      '.iip-audit/attestations/a.yaml': 'form: x\n',
    },
  })
  expect([...new Set(complaints.map(c => c.split(':')[0]))]).toEqual([
    '.iip-audit/attestations/a.yaml',
    '.iip-audit/controls/a.yaml',
    '.iip-audit/waivers.yaml',
    'iip-audit.yaml',
  ])
})

test('one broken file does not make others look wrong', async () => {
  const complaints = await wrong({
    files: {
      '.iip-audit/frameworks/acme.yaml': `${acme}acme: 1\nacme: 2\n`,
      '.iip-audit/controls/ACME-01.yaml': change(own, 'severity: high', 'severity: hgih'),
      'iip-audit.yaml':
        'frameworks: [soc2, acme]\nparameters: { acme.days: 3 }\ncontrols: { ACME-01: { disposition: implemented, reason: a, until: 2027-01-31 } }\n',
    },
  })
  expect(complaints).toEqual([
    '.iip-audit/controls/ACME-01.yaml:5:11: severity "hgih" is not one of low, medium, high, critical (did you mean "high"?)',
    '.iip-audit/frameworks/acme.yaml:7:1: key "acme" stands here a second time',
  ])
})

test('a custom control and a shipped one agree on a shared parameter', async () => {
  const looser = change(own.replace(/ {2}acme: .*\n/, ''), 'stricter: higher', 'stricter: lower')
  expect(await wrong({ files: { '.iip-audit/controls/a.yaml': looser } })).toEqual([
    '.iip-audit/controls/a.yaml:12:3: parameter "tls.minVersion" is declared otherwise by IIP-CRY-01; controls that share a parameter must agree on type, values, default and stricter',
  ])
})

test('a catalog of the user does not replace a shipped one', async () => {
  expect(await wrong({ files: { '.iip-audit/frameworks/a.yaml': soc2 } })).toEqual([
    '.iip-audit/frameworks/a.yaml:1:5: framework "soc2" is already defined in controls/frameworks/soc2.yaml',
  ])
})

test('a target in a folder has its policy there', async () => {
  const files = {
    'iip-audit.yaml': 'organisation: Outer\n',
    'app/iip-audit.yaml': 'organisation: Inner\n',
    'app/iip-audit.yml': '',
  }
  const { 'app/iip-audit.yml': _, ...sound } = files
  expect(value(await load({ files: sound }, { folder: 'app/' })).profile.organisation).toBe('Inner')
  expect(await wrong({ files }, { folder: 'app/' })).toEqual([
    'app/iip-audit.yml:1:1: nothing reads a file of this name (did you mean "app/iip-audit.yaml"?)',
  ])
})
