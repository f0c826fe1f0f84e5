import { Ajv } from 'ajv'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { nearest, quote } from '../../src/policy/complaint.ts'
import { editorSchemas } from '../../src/policy/schemas.ts'
import { hipaa, logs, soc2, tls } from './samples.ts'

const accepts = (name: string, yaml: string): unknown => {
  const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(
    editorSchemas()[name] ?? {},
  )
  // An editor reads the core schema: numbers are numbers there.
  return validate(parse(yaml)) || validate.errors
}

test.each([
  ['control.schema.json', tls],
  ['control.schema.json', logs],
  ['catalog.schema.json', soc2],
  ['catalog.schema.json', hipaa],
  [
    'profile.schema.json',
    'organisation: x\nscope:\nframeworks:\n  soc2:\n  hipaa: {}\nparameters: { a: 1.3, b: true, c: [80, 443] }\npeople: { ada: Ada }\n',
  ],
  [
    'profile.schema.json',
    'organisation: { name: x }\nframeworks: [soc2]\ncontrols: { A-1: { disposition: shared, reason: x, until: 2027-01-31 } }\n',
  ],
  ['waivers.schema.json', 'waivers:\n'],
  [
    'waivers.schema.json',
    '- { id: 1, check: a, finding: 1234567890123456, observed: x, reason: x, requestedBy: a, approvedBy: b, approvedOn: 2026-01-01, expires: 2026-02-02 }\n',
  ],
  ['attestation.schema.json', 'form: a\ncontrol: A-1\nanswer: yes\nby: Ada\non: 2026-01-01\n'],
])('what the loader takes, %s takes in an editor', (name, yaml) => {
  expect(accepts(name, yaml)).toBe(true)
})

test('an editor sees what is wrong', () => {
  expect(accepts('control.schema.json', tls.replace('severity: high', 'severity: hgih'))).not.toBe(true)
  expect(accepts('profile.schema.json', 'organization: x\n')).not.toBe(true)
  expect(
    accepts('attestation.schema.json', 'form: a\ncontrol: A-1\nanswer: maybe\nby: Ada\non: 2026-01-01\n'),
  ).not.toBe(true)
})

test('the nearest word is one that could have been meant', () => {
  const words = ['severity', 'statement', 'CC6.1', 'CC6.7', 'yes', 'no']
  expect(nearest('sevrity', words)).toBe('severity')
  expect(nearest('Severity', words)).toBe('severity')
  expect(nearest('steatment', words)).toBe('statement')
  expect(nearest('CC6.71', words)).toBe('CC6.7')
  expect(nearest('maybe', words)).toBeUndefined()
  expect(nearest('no', words)).toBeUndefined()
  expect(nearest('x'.repeat(100_000), words)).toBeUndefined()
})

test('a quoted value is short, on one line, and carries no password of a URL', () => {
  expect(quote('a\nb\u202e\u001b[31m')).toBe('"a b\ufffd\ufffd[31m"')
  expect(quote('https://ada:secret@example.org/x')).toBe('"https://…@example.org/x"')
  expect(quote('😀'.repeat(80))).toBe(`"${'😀'.repeat(59)}…"`)
})
