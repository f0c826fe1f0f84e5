import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import {
  type Confidence,
  type GapCause,
  type Outcome,
  type Role,
  type Standing,
  type Status,
  severities,
  type Verdict,
} from '../../src/model.ts'
import { render } from '../../src/report/json.ts'
import type { Finding, Report, ReportWaiver } from '../../src/report/report.ts'
import { expectGolden } from './golden.ts'
import { bare, clean, huge, plain, sample } from './sample.ts'

const json = (report: Report): string => [...render(report, plain)].join('')
const schema = JSON.parse(readFileSync(new URL('../../docs/schema/report.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
> & { $defs: Record<string, { enum?: string[]; properties?: Record<string, { enum?: string[] }> }> }
const validate = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, strictRequired: false }).compile(
  schema,
)
const complaints = (value: unknown): string => {
  validate(value)
  return (validate.errors ?? []).map(e => `${e.instancePath} ${e.message} ${JSON.stringify(e.params)}`).join('\n')
}

test('the report as it is, in its published order', () => {
  expectGolden('sample.json', json(sample))
  expect(JSON.parse(json(sample))).toEqual(
    JSON.parse(JSON.stringify(sample, (_k, v: unknown) => (v === undefined ? null : v))),
  )
})

test('it is what JSON.stringify would lay out', () => {
  const report = JSON.parse(json(clean)) as unknown
  expect(json(clean)).toBe(`${JSON.stringify(report, null, 2)}\n`)
})

test('keys that are data are sorted, whatever order they came in', () => {
  const control = sample.controls[2]
  if (!control) throw new Error('no control')
  const turned = (o: object) => Object.fromEntries(Object.entries(o).reverse())
  const other = {
    ...sample,
    controls: [{ ...control, parameters: turned(control.parameters), supports: turned(control.supports) }],
  }
  expect(json(other as Report)).toBe(json({ ...sample, controls: [control] }))
})

test('nothing in it can move a cursor', () => {
  expect(json(sample)).not.toMatch(
    /[\u{0}-\u{9}\u{b}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2066}-\u{2069}]/u,
  )
})

test('a huge report comes in pieces', () => {
  const pieces = [...render(huge(20_000), plain)]
  expect(pieces.length).toBeGreaterThan(100)
  expect(Math.max(...pieces.map(p => p.length))).toBeLessThan(200_000)
  expect((JSON.parse(pieces.join('')) as Report).findings).toHaveLength(20_000)
})

describe('the published schema', () => {
  test('accepts every report', () => {
    for (const report of [sample, clean, bare, huge(50)]) expect(complaints(JSON.parse(json(report)))).toBe('')
  })

  /** Every object in a value, with its path. */
  function* objects(value: unknown, path: readonly (string | number)[] = []): Iterable<readonly (string | number)[]> {
    if (value === null || typeof value !== 'object') return
    if (!Array.isArray(value)) yield path
    for (const [key, v] of Object.entries(value)) yield* objects(v, [...path, Array.isArray(value) ? Number(key) : key])
  }
  const at = (value: unknown, path: readonly (string | number)[]): Record<string, unknown> =>
    path.reduce((v, key) => (v as Record<string | number, unknown>)[key], value) as Record<string, unknown>
  const isMap = (path: readonly (string | number)[]) => ['supports', 'parameters', 'with'].includes(String(path.at(-1)))

  /** One path for each shape: lists are uniform, so their first few elements stand for all. */
  const shapes = [...objects(JSON.parse(json(sample)))].filter(path =>
    path.every(step => typeof step !== 'number' || step < 3),
  )

  test('refuses a key it does not know, anywhere', () => {
    for (const path of shapes) {
      if (isMap(path)) continue
      const report: unknown = JSON.parse(json(sample))
      at(report, path)['surprise'] = 'x'
      expect(validate(report), `/${path.join('/')}/surprise`).toBe(false)
    }
  })

  test('refuses a report with a required key missing, anywhere', () => {
    const optional = new Set([
      'live',
      'designation',
      'sample',
      'query',
      'rows',
      'samples',
      'source',
      'blind',
      'excerpt',
      'lineHash',
      'waiver',
      'by',
      'on',
      'until',
      'url',
    ])
    const optionalInNetworks = new Set(['role', 'image', 'because', 'shares', 'published', 'address'])
    let tried = 0
    for (const path of shapes) {
      if (isMap(path)) continue
      for (const key of Object.keys(at(JSON.parse(json(sample)), path))) {
        if (path[0] === 'networks' ? optionalInNetworks.has(key) : key === 'networks') continue
        if (optional.has(key) && !(key === 'until' && path[0] === 'excluded')) continue
        const report: unknown = JSON.parse(json(sample))
        delete at(report, path)[key]
        expect(validate(report), `/${path.join('/')}/${key}`).toBe(false)
        tried++
      }
    }
    expect(tried).toBeGreaterThan(200)
  }, 60_000)

  test('refuses two places, and none', () => {
    const report = JSON.parse(json(sample)) as { findings: Record<string, unknown>[] }
    Object.assign(report.findings[1] ?? {}, { endpoint: 'a:1' })
    expect(validate(report)).toBe(false)
  })

  test('names the same words as the model', () => {
    // `satisfies Record` makes the compiler refuse a word that is missing here or was added there.
    const words = {
      severity: Object.fromEntries(severities.map(s => [s, true])),
      confidence: { high: true, medium: true, low: true } satisfies Record<Confidence, true>,
      role: { required: true, supporting: true } satisfies Record<Role, true>,
      verdict: { conforms: true, violates: true, unsure: true, exempt: true } satisfies Record<Verdict, true>,
      outcome: {
        violated: true,
        crashed: true,
        undecided: true,
        'not-asked': true,
        waived: true,
        held: true,
        empty: true,
      } satisfies Record<Outcome, true>,
      status: {
        fail: true,
        inconclusive: true,
        manual: true,
        'not-run': true,
        waived: true,
        pass: true,
        'not-applicable': true,
      } satisfies Record<Status, true>,
      standing: {
        contradicted: true,
        open: true,
        supported: true,
        'does-not-apply': true,
        'not-covered': true,
      } satisfies Record<Standing, true>,
      cause: {
        unreadable: true,
        unparsed: true,
        unresolved: true,
        'too-large': true,
        'not-asked': true,
        denied: true,
        bug: true,
      } satisfies Record<GapCause, true>,
    }
    for (const [name, known] of Object.entries(words))
      expect(schema.$defs[name]?.enum, name).toEqual(Object.keys(known))
    const states = { new: true, known: true, waived: true } satisfies Record<Finding['state'], true>
    expect(schema.$defs['finding']?.properties?.['state']?.enum).toEqual(Object.keys(states))
    const waiverStates = {
      applied: true,
      expired: true,
      'not yet approved': true,
      unused: true,
      'observed differs': true,
      'shared id': true,
    } satisfies Record<ReportWaiver['state'], true>
    expect(schema.$defs['waiver']?.properties?.['state']?.enum).toEqual(Object.keys(waiverStates))
  })
})
