import type { Check } from '../check.ts'
import type { Condition } from '../decide.ts'
import { severities } from '../model.ts'
import { complaintAt, loaded, nameOf, type Reading, textsOf, wordOf } from './catalogs.ts'
import { listed, nearest, quote } from './complaint.ts'
import { readCondition } from './condition.ts'
import { expectedOf, parameterIn, sameParameter } from './parameters.ts'
import type { Attested, Catalog, Complaint, Control, ControlTest, ControlUse, Loaded, Parameter } from './policy.ts'
import { type Node, type PolicyText, positioned } from './positioned.ts'
import { parameterTypes } from './schemas.ts'
import { validate } from './validate.ts'

export interface KnownToControls {
  readonly checks: ReadonlyMap<string, Check>
  readonly catalogs: readonly Catalog[]
  /** The vocabulary of `found('…')`. */
  readonly kinds: readonly string[]
  /** Shipped ids start with `IIP-`; custom ones may not. */
  readonly origin: 'shipped' | 'custom'
  /** Controls that are already loaded: ids may not repeat, parameters must agree. */
  readonly controls?: readonly Control[]
  /** Frameworks whose catalog could not be read: nothing is said about their requirements. */
  readonly brokenCatalogs?: ReadonlySet<string>
}

/** A value that may be written as text or as a list: lists are joined by newlines. */
export const written = (node: Node): string => (node.items.length > 0 ? textsOf(node).join('\n') : (node.text ?? ''))

const roles = ['required', 'supporting'] as const

const parameterOf = (node: Node): Parameter => {
  const stricter = wordOf(node.get('stricter'), ['higher', 'lower'])
  const values = textsOf(node.get('values'))
  const says = node.get('says').text
  return {
    type: wordOf(node.get('type'), parameterTypes) ?? 'text',
    default: written(node.get('default')),
    ...(values.length > 0 && { values }),
    ...(stricter && { stricter }),
    ...(says !== undefined && { says }),
  }
}

const parameterFaults = (name: string, node: Node, parameter: Parameter): readonly Complaint[] => {
  const faults: Complaint[] = []
  const fault = (at: Node, message: string, suggestion?: string) =>
    faults.push(complaintAt(at, 'at', message, suggestion))
  if (!/^[A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)*$/.test(name)) {
    faults.push(complaintAt(node, 'keyAt', `${quote(name)} is not a parameter name like tls.minVersion`))
  }
  const { type, values = [] } = parameter
  if (type === 'enum' && values.length === 0) {
    faults.push(complaintAt(node, 'keyAt', `parameter ${quote(name)} is an enum and needs "values"`))
    return faults
  }
  if (values.length > 0 && type !== 'enum' && type !== 'list') {
    faults.push(
      complaintAt(
        node.get('values'),
        'keyAt',
        `only an enum or a list has "values"; ${quote(name)} is of type ${type}`,
      ),
    )
  }
  const repeated = node.get('values').items.find((item, i) => values.indexOf(item.text ?? '') < i)
  if (repeated) fault(repeated, `value ${quote(repeated.text ?? '')} stands here a second time`)
  if (type === 'text' && parameter.stricter !== undefined) {
    faults.push(
      complaintAt(node.get('stricter'), 'keyAt', `text has no order, so "stricter" says nothing for ${quote(name)}`),
    )
  }
  const expected = expectedOf(parameter, parameter.default)
  if (expected !== undefined) {
    fault(
      node.get('default'),
      `default ${quote(parameter.default)} of ${quote(name)} is not ${expected}`,
      nearest(parameter.default, values),
    )
  }
  return faults
}

interface Declared {
  readonly parameter: Parameter
  readonly by: string
}

const readUses = (
  root: Node,
  parameters: Readonly<Record<string, Parameter>>,
  checks: ReadonlyMap<string, Check>,
): {
  uses: readonly ControlUse[]
  planned: Control['planned']
  used: ReadonlySet<string>
  complaints: readonly Complaint[]
} => {
  const complaints: Complaint[] = []
  const complain = (node: Node, where: 'at' | 'keyAt', message: string, suggestion?: string) =>
    complaints.push(complaintAt(node, where, message, suggestion))
  const uses: ControlUse[] = []
  const planned: Control['planned'][number][] = []
  const used = new Set<string>()
  const seen = new Set<string>()

  for (const entry of root.get('checks').items) {
    const role = wordOf(entry.get('role'), roles) ?? 'required'
    const what = entry.get('planned').text
    if (what !== undefined) {
      planned.push({ what, role })
      continue
    }
    const id = entry.get('use').text
    const given: Record<string, string> = {}
    const tried: Record<string, string> = {}
    let sound = true
    for (const [key, node] of entry.get('with').entries) {
      const text = written(node)
      given[key] = text
      tried[key] = text
      const inList = node.items.find(item => parameterIn(item.text ?? '') !== undefined)
      if (inList) {
        complain(inList, 'at', `a list in "with" holds literal text; ${quote(inList.text ?? '')} must stand alone`)
        sound = false
      }
      const name = node.items.length > 0 ? undefined : parameterIn(text)
      if (name === undefined) continue
      used.add(name)
      const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
      if (parameter) {
        tried[key] = parameter.default
        continue
      }
      sound = false
      const known = Object.keys(parameters)
      const meant = nearest(name, known)
      if (meant !== undefined) used.add(meant)
      complain(
        node,
        'at',
        `unknown parameter ${quote(`$${name}`)}; this control declares ${known.length > 0 ? listed(known) : 'none'}`,
        meant && `$${meant}`,
      )
    }
    if (id === undefined) continue
    const check = checks.get(id)
    if (!check) {
      complain(entry.get('use'), 'at', `unknown check ${quote(id)}`, nearest(id, checks.keys()))
      continue
    }
    const declared = Object.keys(check.params)
    for (const [key, node] of entry.get('with').entries) {
      if (declared.includes(key)) continue
      sound = false
      const has = declared.length > 0 ? `; it has ${listed(declared)}` : '; it has none'
      complain(node, 'keyAt', `check ${quote(id)} has no parameter ${quote(key)}${has}`, nearest(key, declared))
    }
    for (const key of sound ? Object.keys(tried) : []) {
      const bound = check.bind({ [key]: tried[key] ?? '' })
      if (bound.ok || bound.key !== key) continue
      sound = false
      const name = parameterIn(given[key] ?? '')
      const value =
        name === undefined ? quote(given[key] ?? '') : `default ${quote(tried[key] ?? '')} of ${quote(name)}`
      complain(entry.get('with').get(key), 'at', `${key} of ${quote(id)} must be ${bound.expected}, but is ${value}`)
    }
    const severity = wordOf(entry.get('severity'), severities)
    const same = JSON.stringify([id, Object.entries(given).sort(([a], [b]) => (a < b ? -1 : 1))])
    if (seen.has(same))
      complain(entry.get('use'), 'at', `check ${quote(id)} is used here a second time with the same parameters`)
    seen.add(same)
    if (sound) uses.push({ check, with: given, role, ...(severity && { severity }) })
  }
  return { uses, planned, used, complaints }
}

const supportFaults = (root: Node, { catalogs, brokenCatalogs }: KnownToControls): readonly Complaint[] => {
  const faults: Complaint[] = []
  for (const [framework, node] of root.get('supports').entries) {
    const catalog = catalogs.find(c => c.id === framework)
    if (!catalog) {
      if (brokenCatalogs?.has(framework)) continue
      const ids = catalogs.map(c => c.id)
      faults.push(
        complaintAt(
          node,
          'keyAt',
          `unknown framework ${quote(framework)}; known are ${listed(ids)}`,
          nearest(framework, ids),
        ),
      )
      continue
    }
    const ids = new Set(catalog.requirements.map(r => r.id))
    const seen = new Set<string>()
    for (const item of node.items) {
      const id = item.text
      if (id === undefined) continue
      if (!ids.has(id)) {
        faults.push(
          complaintAt(
            item,
            'at',
            `${quote(id)} is no requirement of ${framework} (${catalog.version})`,
            nearest(id, ids),
          ),
        )
      } else if (seen.has(id)) faults.push(complaintAt(item, 'at', `${quote(id)} stands here a second time`))
      seen.add(id)
    }
  }
  return faults
}

const readControl = async (
  { uri, sha256 }: PolicyText,
  root: Node,
  known: KnownToControls,
  declared: Map<string, Declared>,
): Promise<{ control: Control; complaints: readonly Complaint[] }> => {
  const complaints: Complaint[] = []
  const complain = (node: Node, where: 'at' | 'keyAt', message: string, suggestion?: string) =>
    complaints.push(complaintAt(node, where, message, suggestion))
  const id = root.get('id').text ?? ''

  if (known.origin === 'custom' && id.startsWith('IIP-')) {
    complain(
      root.get('id'),
      'at',
      `${quote(id)} is in the name space of the shipped controls; a custom id does not start with IIP-`,
    )
  }
  if (known.origin === 'shipped' && id !== '' && !id.startsWith('IIP-')) {
    complain(root.get('id'), 'at', `the id of a shipped control starts with IIP-, not ${quote(id)}`)
  }
  complaints.push(...supportFaults(root, known))

  const parameters: Record<string, Parameter> = Object.create(null)
  for (const [name, node] of root.get('parameters').entries) {
    if (node.entries.length === 0) continue
    const parameter = parameterOf(node)
    parameters[name] = parameter
    complaints.push(...parameterFaults(name, node, parameter))
    const other = declared.get(name)
    if (other && !sameParameter(other.parameter, parameter)) {
      complain(
        node,
        'keyAt',
        `parameter ${quote(name)} is declared otherwise by ${other.by}; controls that share a parameter must agree on type, values, default and stricter`,
      )
    }
    if (!other) declared.set(name, { parameter, by: id || uri })
  }

  const { uses, planned, used, complaints: inUses } = readUses(root, parameters, known.checks)
  complaints.push(...inUses)
  // A planned check may be what a parameter waits for, so only a control without one can leave a parameter idle.
  for (const [name, node] of planned.length > 0 ? [] : root.get('parameters').entries) {
    if (!used.has(name)) complain(node, 'keyAt', `parameter ${quote(name)} is declared, but no check is given $${name}`)
  }

  let appliesWhen: Condition | undefined
  const when = root.get('applies_when')
  if (when.text !== undefined) {
    const read = await readCondition(when.text, known.kinds)
    if (read.ok) appliesWhen = read.condition
    else {
      for (const fault of read.faults) {
        complaints.push({
          uri,
          at: when.within(fault.offset),
          message: `applies_when: ${fault.message}`,
          ...(fault.suggestion === undefined ? {} : { suggestion: fault.suggestion }),
        })
      }
    }
  }

  const form = root.get('attestation')
  const attestation: Attested | undefined =
    form.entries.length > 0
      ? {
          form: form.get('form').text ?? '',
          question: form.get('question').text ?? '',
          validFor: form.get('validFor').text ?? '',
        }
      : undefined
  const entries = root.get('checks').items
  const decides = entries.some(entry => (wordOf(entry.get('role'), roles) ?? 'required') === 'required')
  if (!decides && !attestation) {
    const where = root.get('checks')
    const node = where.value === undefined ? root.get('id') : where
    complain(node, 'keyAt', 'nothing decides this control: it needs a required check, a planned one, or an attestation')
  }

  const tests: ControlTest[] = []
  if (known.origin === 'shipped' && root.get('tests').value !== undefined) {
    complain(root.get('tests'), 'keyAt', 'shipped controls are tested by fixtures, not by "tests"')
  }
  for (const test of root.get('tests').items) {
    const check = test.get('check').text ?? ''
    const own = entries.flatMap(entry => entry.get('use').text ?? [])
    if (check !== '' && !own.includes(check)) {
      complain(test.get('check'), 'at', `this control does not use check ${quote(check)}`, nearest(check, own))
    }
    tests.push({
      name: test.get('name').text ?? '',
      check,
      files: Object.fromEntries(test.get('files').entries.map(([path, file]) => [path, file.text ?? ''])),
      expect: wordOf(test.get('expect'), ['pass', 'fail', 'unsure', 'none']) ?? 'fail',
    })
  }

  const control: Control = {
    id,
    revision: Number(root.get('revision').text ?? 1),
    title: root.get('title').text ?? '',
    level: wordOf(root.get('level'), ['repository', 'system']) ?? 'repository',
    severity: wordOf(root.get('severity'), severities) ?? 'high',
    statement: (root.get('statement').text ?? '').trim(),
    rationale: (root.get('rationale').text ?? '').trim(),
    supports: Object.fromEntries(root.get('supports').entries.map(([framework, node]) => [framework, textsOf(node)])),
    claims: textsOf(root.get('claims')),
    parameters: Object.fromEntries(Object.entries(parameters)),
    appliesWhen,
    uses,
    planned,
    attestation,
    remediation: textsOf(root.get('remediation')),
    references: root.get('references').items.map(node => {
      const url = node.get('url').text
      return { title: node.get('title').text ?? '', ...(url !== undefined && { url }) }
    }),
    file: { uri, sha256 },
    ...(tests.length > 0 && { tests }),
  }
  return { control, complaints }
}

export const readControls = async (files: readonly PolicyText[], known: KnownToControls): Promise<Reading<Control>> => {
  const complaints: Complaint[] = []
  const values: Control[] = []
  const ids = new Set<string>()
  const places = new Map<string, string>((known.controls ?? []).map(control => [control.id, control.file.uri]))
  const declared = new Map<string, Declared>()
  for (const control of known.controls ?? []) {
    for (const [name, parameter] of Object.entries(control.parameters))
      declared.set(name, { parameter, by: control.id })
  }
  for (const file of files) {
    const yaml = positioned(file)
    if (!yaml.ok) {
      complaints.push(...yaml.complaints)
      // The name of a file that cannot be parsed is the best guess at the id it claims.
      ids.add(nameOf(file.uri))
      continue
    }
    const shape = await validate('control', yaml.root)
    if (yaml.root.entries.length === 0) {
      complaints.push(...shape)
      continue
    }
    const { control, complaints: meaning } = await readControl(file, yaml.root, known, declared)
    complaints.push(...shape, ...meaning)
    if (control.id !== '') {
      const other = places.get(control.id)
      if (other !== undefined) {
        complaints.push(
          complaintAt(yaml.root.get('id'), 'at', `control ${quote(control.id)} is already defined in ${other}`),
        )
      }
      places.set(control.id, file.uri)
      ids.add(control.id)
    }
    if (shape.length + meaning.length === 0) values.push(control)
  }
  return { values, ids, complaints }
}

/** The controls in these files, or everything that is wrong with them. */
export const loadControls = async (
  files: readonly PolicyText[],
  known: KnownToControls,
): Promise<Loaded<readonly Control[]>> => {
  const { values, complaints } = await readControls(files, known)
  return loaded(values, complaints)
}
