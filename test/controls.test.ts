import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

/** The shipped data, read as plain failsafe YAML: every scalar is text, so that `164.310` stays what it is. */
type Value = string | readonly Value[] | { readonly [key: string]: Value }
type Entry = Readonly<Record<string, Value>>

const folder = new URL('../controls/', import.meta.url)
const text = (name: string): string => readFileSync(new URL(name, folder), 'utf8')
const isEntry = (value: Value | undefined): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const entry = (value: Value | undefined): Entry => (isEntry(value) ? value : {})
const items = (value: Value | undefined): readonly Value[] => (Array.isArray(value) ? value : [])
const words = (value: Value | undefined): readonly string[] => items(value).filter(item => typeof item === 'string')
const read = (name: string): Entry => entry(parse(text(name), { schema: 'failsafe' }) as Value)

const catalogs = ['soc2', 'hipaa'].map(id => ({ id, catalog: read(`frameworks/${id}.yaml`) }))
const rowsOf = (id: string): readonly Entry[] =>
  items(catalogs.find(c => c.id === id)?.catalog['requirements']).map(row => entry(row))
const files = readdirSync(folder).filter(name => name.endsWith('.yaml'))
const controls = files.map(file => ({ file, control: read(file) }))

const duplicates = (list: readonly unknown[]): readonly unknown[] => list.filter((item, i) => list.indexOf(item) !== i)

/** What the promises of the documents need, by control; then the four that findings need besides. */
const promised = `
  ACC-01 ACC-02 ACC-03 ACC-04 ACC-05 ACC-06 ACC-07 ACC-08 ACC-09 ACC-10
  AVL-01 AVL-02 AVL-03 AVL-04 AVL-05
  CHG-01 CHG-02 CHG-03 CHG-04 CHG-05 CHG-06 CHG-07 CHG-08
  CRY-01 CRY-02 CRY-03 CRY-04 CRY-05
  CTR-01
  DET-01 DET-02
  END-01
  GOV-01 GOV-02 GOV-03 GOV-04 GOV-05 GOV-06 GOV-07 GOV-08 GOV-09 GOV-10
  INC-01 INC-02 INC-03
  LOG-01 LOG-02 LOG-03 LOG-04 LOG-05 LOG-06
  NET-01 NET-02 NET-03 NET-04
  PEO-01
  PRV-01 PRV-02 PRV-03 PRV-04 PRV-05 PRV-06 PRV-07 PRV-08
  VEN-01 VEN-02
  VUL-01 VUL-02 VUL-03 VUL-04 VUL-05 VUL-06 VUL-07 VUL-08 VUL-09
`
  .trim()
  .split(/\s+/)
  .map(id => `IIP-${id}`)
const besides = ['IIP-NET-05', 'IIP-DEV-01', 'IIP-CHG-09', 'IIP-DEV-02']

test('the SOC 2 catalog holds the 61 criteria of TSP section 100', () => {
  const rows = rowsOf('soc2')
  const count = (category: string) => rows.filter(row => row['category'] === category).length
  expect(rows).toHaveLength(61)
  expect(['common', 'availability', 'processing-integrity', 'confidentiality', 'privacy'].map(count)).toEqual([
    33, 3, 5, 2, 18,
  ])
  expect(duplicates(rows.map(row => row['id']))).toEqual([])
})

test('the HIPAA catalog holds the 69 nodes of the Security Rule: 23 standards, 24 required, 22 addressable', () => {
  const rows = rowsOf('hipaa')
  const counted = rows.filter(row => row['cited'] === undefined)
  const count = (designation: string) => counted.filter(row => row['designation'] === designation).length
  expect(counted).toHaveLength(69)
  expect(['Std', 'R', 'A'].map(count)).toEqual([23, 24, 22])
  expect(duplicates(rows.map(row => row['id']))).toEqual([])
})

test('a cited row says so, and has no designation', () => {
  const cited = rowsOf('hipaa').filter(row => row['cited'] !== undefined)
  expect(cited.filter(row => row['cited'] !== 'true' || row['designation'] !== undefined)).toEqual([])
})

test('164.308(b)(4), to which 164.314 still points, is no id: the paragraph does not exist any more', () => {
  expect(rowsOf('hipaa').map(row => row['id'])).not.toContain('164.308(b)(4)')
})

test('there are 79 controls, and every promise has its control', () => {
  const ids = controls.map(({ control }) => control['id'])
  expect(promised).toHaveLength(75)
  expect([...ids].sort()).toEqual([...promised, ...besides].sort())
})

test('each file bears the id of its control', () => {
  expect(controls.filter(({ file, control }) => file !== `${String(control['id'])}.yaml`)).toEqual([])
})

test('every requirement a control supports stands in its catalog, once', () => {
  const known = new Map(catalogs.map(({ id }) => [id, new Set(rowsOf(id).map(row => row['id']))]))
  for (const { file, control } of controls) {
    for (const [framework, ids] of Object.entries(entry(control['supports']))) {
      expect(known.has(framework), `${file}: ${framework}`).toBe(true)
      expect(words(ids).length, `${file}: ${framework}`).toBeGreaterThan(0)
      expect(
        words(ids).filter(id => !known.get(framework)?.has(id)),
        file,
      ).toEqual([])
      expect(duplicates(words(ids)), file).toEqual([])
    }
  }
})

test('every control can be decided: a required check, a planned one, or an attestation', () => {
  const undecidable = controls.filter(({ control }) => {
    const required = items(control['checks']).filter(use => entry(use)['role'] !== 'supporting')
    return required.length === 0 && control['attestation'] === undefined
  })
  expect(undecidable).toEqual([])
})

test('no planned check and no use stands twice in a control', () => {
  for (const { file, control } of controls) {
    const uses = items(control['checks']).map(use => entry(use))
    const planned = uses.flatMap(use => (typeof use['planned'] === 'string' ? [use['planned'].toLowerCase()] : []))
    const used = uses.flatMap(use => (use['use'] === undefined ? [] : [JSON.stringify([use['use'], use['with']])]))
    expect(duplicates(planned), file).toEqual([])
    expect(duplicates(used), file).toEqual([])
  }
})

test('a planned check says in words whether it decides', () => {
  for (const { file, control } of controls) {
    const planned = items(control['checks']).map(use => entry(use))
    const silent = planned.filter(use => use['planned'] !== undefined && use['role'] === undefined)
    expect(silent, file).toEqual([])
  }
})

test('every parameter a use is given is declared by its control', () => {
  for (const { file, control } of controls) {
    const declared = Object.keys(entry(control['parameters']))
    const given = items(control['checks']).flatMap(use => Object.values(entry(entry(use)['with'])))
    const unknown = given.filter(value => typeof value === 'string' && value.startsWith('$'))
    expect(
      unknown.filter(value => !declared.includes(String(value).slice(1))),
      file,
    ).toEqual([])
  }
})

test('controls that share a parameter agree on what it is', () => {
  const meaning = new Map<string, string>()
  for (const { file, control } of controls) {
    for (const [name, declared] of Object.entries(entry(control['parameters']))) {
      const { says: _, ...rest } = entry(declared)
      const known = meaning.get(name) ?? JSON.stringify(rest)
      expect(JSON.stringify(rest), `${file}: ${name}`).toBe(known)
      meaning.set(name, known)
    }
  }
})

test('an attestation is a question with yes as the good answer, and has a term', () => {
  for (const { file, control } of controls) {
    if (control['attestation'] === undefined) continue
    const { form, question, validFor } = entry(control['attestation'])
    expect(String(form), file).toMatch(/^[a-z][a-z0-9-]*$/)
    expect(String(question), file).toMatch(/\?$/)
    expect(String(validFor), file).toMatch(/^P\d+[YMD]$/)
  }
  const forms = controls.map(({ control }) => entry(control['attestation'])['form']).filter(form => form !== undefined)
  expect(duplicates(forms)).toEqual([])
})

test('every control says what it asks, why, how to mend it, what promises it and where to read more', () => {
  for (const { file, control } of controls) {
    expect(['repository', 'system'], file).toContain(control['level'])
    expect(['low', 'medium', 'high', 'critical'], file).toContain(control['severity'])
    for (const key of ['title', 'statement', 'rationale']) expect(String(control[key]).length, file).toBeGreaterThan(5)
    expect(words(control['claims']).length, file).toBeGreaterThanOrEqual(2)
    expect(words(control['claims']).length, file).toBeLessThanOrEqual(5)
    expect(words(control['remediation']).length, file).toBeGreaterThan(0)
    const references = items(control['references']).map(reference => entry(reference))
    expect(references.length, file).toBeGreaterThan(0)
    expect(
      references.filter(({ url }) => url !== undefined && !String(url).startsWith('https://')),
      file,
    ).toEqual([])
  }
})
