import { posix } from 'node:path'
import { categoryNamed, complaintAt, textsOf, wordOf } from './catalogs.ts'
import { listed, nearest, quote } from './complaint.ts'
import { written } from './controls.ts'
import { expectedOf, looseningOf, resolved, valuesOf } from './parameters.ts'
import type {
  Catalog,
  Complaint,
  Control,
  Disposition,
  Exclusion,
  Parameter,
  PolicyFile,
  Profile,
  Setting,
} from './policy.ts'
import { type Node, type PolicyText, positioned } from './positioned.ts'
import { dispositions } from './schemas.ts'
import { validate } from './validate.ts'

/** Without a profile: everything found is in scope, every framework, the defaults of the parameters. */
export const noProfile: Profile = {
  organisation: undefined,
  system: undefined,
  people: {},
  frameworks: {},
  exclude: [],
  samples: [],
  services: {},
  endpoints: [],
  parameters: {},
  controls: {},
}

export interface KnownToProfile {
  readonly controls: readonly Control[]
  readonly catalogs: readonly Catalog[]
  /** Ids of controls and catalogs whose file is broken: what is said of them is not complained about. */
  readonly broken?: ReadonlySet<string>
}

export type ReadText = (
  uri: string,
) => Promise<{ readonly ok: true; readonly file: PolicyText } | { readonly ok: false; readonly reason: string }>

/** How many profiles may stand behind one another. */
const longestChain = 5

const place = (node: Node): string => `${node.uri}:${node.at.line}:${node.at.column}`

/** The profiles behind `extends:`, the outermost (the organisation's) first, the repository's own last. */
const chainOf = async (
  first: PolicyText,
  read: ReadText,
): Promise<{ layers: readonly Node[]; files: readonly PolicyFile[]; complaints: readonly Complaint[] }> => {
  const complaints: Complaint[] = []
  const layers: Node[] = []
  const files: PolicyFile[] = []
  const seen = new Set<string>()
  let next: PolicyText | undefined = first
  while (next) {
    const { uri, sha256 }: PolicyText = next
    const yaml = positioned(next)
    next = undefined
    seen.add(uri)
    files.push({ uri, sha256 })
    if (!yaml.ok) {
      complaints.push(...yaml.complaints)
      break
    }
    const { root } = yaml
    // A file in which every line is commented out says nothing, and may.
    if (root.value !== undefined) complaints.push(...(await validate('profile', root)))
    layers.unshift(root)

    const node = root.get('extends')
    if (node.text === undefined) break
    const complain = (message: string) => complaints.push(complaintAt(node, 'at', message))
    const target = posix.normalize(posix.join(posix.dirname(uri), node.text))
    if (/^[a-z][a-z0-9+.-]*:|^\/|\\/i.test(node.text) || target.startsWith('../') || target === '..') {
      complain(`extends names a file inside this tree, relative to this one; ${quote(node.text)} is outside`)
    } else if (seen.has(target)) complain(`extends goes in a circle: ${quote(target)} has been read already`)
    else if (seen.size >= longestChain) complain(`more than ${longestChain} profiles stand behind one another`)
    else {
      const file = await read(target)
      if (file.ok) next = file.file
      else complain(`${quote(target)} cannot be read: ${file.reason}`)
    }
  }
  return { layers, files, complaints }
}

const globFault = (glob: string): string | undefined => {
  if (glob.startsWith('!')) return `${quote(glob)} would exclude everything else; name what is excluded`
  if (glob.startsWith('/') || glob.includes('\\'))
    return `${quote(glob)} is not relative to the root, with "/" between folders`
  if (glob.split('/').includes('..')) return `${quote(glob)} leaves the tree`
  if (/^(?:\.\/)?\**(?:\/\**)*(?:\.\*)?$/.test(glob)) return `${quote(glob)} excludes everything`
  return undefined
}

const sampleFault = (folder: string): string | undefined => {
  const plain = folder.replace(/^\.\//, '').replace(/\/+$/, '')
  if (/[*?[\]{}()!]/.test(folder)) return `${quote(folder)} is a pattern; name a folder`
  if (folder.startsWith('/') || folder.includes('\\') || plain.split('/').includes('..')) {
    return `${quote(folder)} is not a folder inside this tree`
  }
  return plain === '' || plain === '.' ? `${quote(folder)} is the whole tree, which then decides nothing` : undefined
}

type Draft = { -readonly [P in keyof Profile]: Profile[P] }

/** Where each thing was first said, so that a later layer can be told. */
type Origins = Map<string, Node>

/** One layer on top of what the layers before it say. A layer may add and tighten, never loosen. */
const addLayer = (draft: Draft, origins: Origins, root: Node, known: KnownToProfile): readonly Complaint[] => {
  const complaints: Complaint[] = []
  const complain = (node: Node, where: 'at' | 'keyAt', message: string, suggestion?: string) =>
    complaints.push(complaintAt(node, where, message, suggestion))
  const broken = known.broken ?? new Set<string>()
  /** True when an outer profile says otherwise; complains. */
  const fixed = (key: string, what: string, node: Node, same: boolean): boolean => {
    const origin = origins.get(key)
    if (!origin || same) {
      origins.set(key, origin ?? node)
      return false
    }
    complain(node, 'at', `${what} is set in ${place(origin)} and cannot be changed here`)
    return true
  }

  const organisation = root.get('organisation')
  const name = organisation.text === undefined ? organisation.get('name') : organisation
  if (name.text !== undefined && !fixed('organisation', 'organisation', name, draft.organisation === name.text)) {
    draft.organisation = name.text
  }
  draft.system = root.get('system').text ?? draft.system

  const people = { ...draft.people }
  for (const [id, node] of root.get('people').entries) {
    const person = node.text === undefined ? node.get('name').text : node.text
    if (person === undefined) continue
    const same = Object.hasOwn(people, id) && people[id]?.name === person
    if (fixed(`people ${id}`, `person ${quote(id)}`, node, same)) continue
    const role = node.get('role').text
    people[id] = { name: person, ...(role !== undefined && { role }) }
  }
  draft.people = people

  const frameworks = root.get('frameworks')
  const choices = new Map<string, readonly string[]>()
  const named: readonly (readonly [string, Node])[] =
    frameworks.entries.length > 0
      ? frameworks.entries
      : frameworks.items.flatMap(item => (item.text === undefined ? [] : [[item.text, item] as const]))
  for (const [id, node] of named) {
    const catalog = known.catalogs.find(c => c.id === id)
    if (!catalog) {
      const ids = known.catalogs.map(c => c.id)
      if (!broken.has(id)) {
        complain(node, 'keyAt', `unknown framework ${quote(id)}; known are ${listed(ids)}`, nearest(id, ids))
      }
      continue
    }
    const categories: string[] = []
    for (const item of (node.items.length > 0 || node.text !== undefined ? node : node.get('categories')).items) {
      if (item.text === undefined) continue
      const meant = categoryNamed(catalog, item.text)
      if ('category' in meant) categories.push(meant.category)
      else complain(item, 'at', `${quote(item.text)} is no category of ${id}`, meant.suggestion)
    }
    choices.set(id, [...new Set(categories)])
    const outer = Object.hasOwn(draft.frameworks, id) ? draft.frameworks[id] : undefined
    const lost = outer && categories.length > 0 ? outer.find(c => !categories.includes(c)) : undefined
    const origin = origins.get(`framework ${id}`)
    if (origin && outer && (lost !== undefined || (outer.length === 0 && categories.length > 0))) {
      complain(node, 'at', `${id} is wider in ${place(origin)} and cannot be narrowed here`)
    }
    origins.set(`framework ${id}`, origin ?? node)
  }
  if (choices.size > 0) {
    const dropped = Object.keys(draft.frameworks).find(id => !choices.has(id))
    if (dropped !== undefined) {
      const origin = origins.get(`framework ${dropped}`)
      complain(
        frameworks,
        'keyAt',
        `framework ${quote(dropped)} is chosen in ${origin ? place(origin) : 'an outer profile'} and cannot be left out here`,
      )
    }
    draft.frameworks = Object.fromEntries(choices)
  }

  const exclude: Exclusion[] = [...draft.exclude]
  for (const node of root.get('scope').get('exclude').items) {
    const [glob, reason, until] = [node.get('glob').text, node.get('reason').text, node.get('until').text]
    const fault = glob === undefined ? undefined : globFault(glob)
    if (fault !== undefined) complain(node.get('glob'), 'at', fault)
    if (glob !== undefined && reason !== undefined && until !== undefined) exclude.push({ glob, reason, until })
  }
  draft.exclude = exclude
  const samples = new Set(draft.samples)
  for (const node of root.get('scope').get('samples').items) {
    const fault = node.text === undefined ? undefined : sampleFault(node.text)
    if (fault !== undefined) complain(node, 'at', fault)
    else if (node.text !== undefined) samples.add(node.text.replace(/^\.\//, '').replace(/\/+$/, ''))
  }
  draft.samples = [...samples]

  const services = { ...draft.services }
  for (const [id, node] of root.get('services').entries) {
    const kind = node.get('kind').text
    if (kind === undefined) continue
    const same = Object.hasOwn(services, id) && services[id]?.kind === kind
    if (!fixed(`service ${id}`, `service ${quote(id)}`, node.get('kind'), same)) services[id] = { kind }
  }
  draft.services = services
  draft.endpoints = [...new Set([...draft.endpoints, ...textsOf(root.get('endpoints'))])]

  draft.parameters = addSettings(draft.parameters, root.get('parameters'), known, complaints)
  draft.controls = addDispositions(draft.controls, origins, root.get('controls'), known, complaints)
  return complaints
}

const addSettings = (
  outer: Profile['parameters'],
  section: Node,
  known: KnownToProfile,
  complaints: Complaint[],
): Profile['parameters'] => {
  const settings: Record<string, Setting> = { ...outer }
  const declared = new Map<string, { readonly parameter: Parameter; readonly control: string }>()
  for (const control of known.controls) {
    for (const [name, parameter] of Object.entries(control.parameters)) {
      if (!declared.has(name)) declared.set(name, { parameter, control: control.id })
    }
  }
  for (const [name, node] of section.entries) {
    const found = declared.get(name)
    if (!found) {
      // A control that could not be read may be the one that declares it.
      if ((known.broken?.size ?? 0) > 0) continue
      complaints.push(
        complaintAt(
          node,
          'keyAt',
          `unknown parameter ${quote(name)}: no control declares it`,
          nearest(name, declared.keys()),
        ),
      )
      continue
    }
    const { parameter, control } = found
    const value = written(node)
    const expected = expectedOf(parameter, value)
    if (expected !== undefined) {
      complaints.push(
        complaintAt(
          node,
          'at',
          `parameter ${quote(name)} must be ${expected}, but is ${quote(value)}`,
          nearest(value, parameter.values ?? []),
        ),
      )
      continue
    }
    const before = Object.hasOwn(settings, name) ? settings[name] : undefined
    const since = before ? `set in ${before.uri}:${before.at.line}:${before.at.column}` : `the default of ${control}`
    const loosening = looseningOf(parameter, before?.value ?? parameter.default, value)
    if (loosening !== undefined) {
      complaints.push(complaintAt(node, 'at', `parameter ${quote(name)} may only be tightened: ${loosening}, ${since}`))
      continue
    }
    if (before && parameter.stricter === undefined && before.value !== value) {
      complaints.push(complaintAt(node, 'at', `parameter ${quote(name)} is ${since} and cannot be changed here`))
      continue
    }
    const next = { ...settings, [name]: { value, uri: node.uri, at: node.at } }
    const refusal = refusedBy(known.controls, name, next)
    if (refusal !== undefined) complaints.push(complaintAt(node, 'at', refusal))
    else settings[name] = next[name] ?? { value, uri: node.uri, at: node.at }
  }
  return settings
}

/** What the first check that cannot take the value of a parameter says of it. */
const refusedBy = (
  controls: readonly Control[],
  name: string,
  parameters: Profile['parameters'],
): string | undefined => {
  for (const control of controls) {
    if (!Object.hasOwn(control.parameters, name)) continue
    const values = valuesOf(control, { parameters })
    for (const use of control.uses) {
      const bound = use.check.bind(resolved(use, values))
      if (bound.ok || use.with[bound.key] !== `$${name}`) continue
      return `parameter ${quote(name)} must be ${bound.expected} for check ${quote(use.check.id)}, but is ${quote(values[name] ?? '')}`
    }
  }
  return undefined
}

const setsAside = (disposition: Disposition['disposition']): boolean => disposition !== 'implemented'

const addDispositions = (
  outer: Profile['controls'],
  origins: Origins,
  section: Node,
  known: KnownToProfile,
  complaints: Complaint[],
): Profile['controls'] => {
  const all: Record<string, Disposition> = { ...outer }
  const ids = known.controls.map(control => control.id)
  for (const [id, node] of section.entries) {
    if (!ids.includes(id)) {
      if (!known.broken?.has(id)) {
        complaints.push(complaintAt(node, 'keyAt', `unknown control ${quote(id)}`, nearest(id, ids)))
      }
      continue
    }
    const disposition = wordOf(node.get('disposition'), dispositions)
    const [reason, until, evidence] = [node.get('reason').text, node.get('until').text, node.get('evidence').text]
    if (disposition === undefined) continue
    if ((disposition === 'inherited' || disposition === 'shared') && evidence === undefined) {
      complaints.push(
        complaintAt(
          node.get('disposition'),
          'at',
          `${disposition} needs "evidence": where the provider's report or contract is kept`,
        ),
      )
      continue
    }
    if (reason === undefined || until === undefined) continue
    const before = Object.hasOwn(all, id) ? all[id] : undefined
    const origin = origins.get(`control ${id}`)
    if (before && origin && setsAside(disposition)) {
      if (before.disposition !== disposition) {
        complaints.push(
          complaintAt(
            node.get('disposition'),
            'at',
            `${id} is ${before.disposition} in ${place(origin)} and cannot be set aside here`,
          ),
        )
        continue
      }
      if (until > before.until) {
        complaints.push(
          complaintAt(
            node.get('until'),
            'at',
            `${id} is set aside until ${before.until} in ${place(origin)}, no longer`,
          ),
        )
        continue
      }
    }
    origins.set(`control ${id}`, origin ?? node)
    all[id] = { disposition, reason, until, ...(evidence !== undefined && { evidence }) }
  }
  return all
}

/**
 * A profile and the profiles it extends, read from the outside in: each layer may add to and tighten what the layers
 * before it say. Exclusions, samples, endpoints, services and people add up; a parameter moves only in its control's
 * stricter direction, and one without direction is fixed by the first layer that sets it; frameworks may be added but
 * not narrowed; a control that an outer layer has judged cannot be set aside further in.
 */
export const readProfile = async (
  first: PolicyText,
  read: ReadText,
  known: KnownToProfile,
): Promise<{
  readonly profile: Profile
  readonly files: readonly PolicyFile[]
  readonly complaints: readonly Complaint[]
}> => {
  const { layers, files, complaints } = await chainOf(first, read)
  const draft: Draft = { ...noProfile }
  const origins: Origins = new Map()
  const meaning = layers.flatMap(layer => addLayer(draft, origins, layer, known))
  return { profile: draft, files, complaints: [...complaints, ...meaning] }
}
