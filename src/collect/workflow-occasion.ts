import {
  asksForStatus,
  expressionsIn,
  type Folded,
  fold,
  type Lookup,
  parseExpression,
  truthy,
  type Value,
} from '../parse/expression.ts'
import { coveredBy } from '../parse/filter-pattern.ts'
import type { Job, Trigger, Workflow } from '../parse/workflow.ts'
import { entry, mergedEntries, type YamlNode, type YamlScalar } from '../parse/yaml.ts'

/** A case in which a workflow runs, as far as its triggers tell. */
export interface Occasion {
  readonly event: string
  /** Whether it stands on the way of a change to the default branch. */
  readonly reach: 'path' | 'perhaps' | 'beside'
  /** `on pull requests`. */
  readonly says: string
  /** Why it is not plainly on the way: the rest of a sentence. */
  readonly because: string | undefined
  /** A file of a kind whose change alone does not start the workflow, by its path filters. */
  readonly misses: (population: Population) => string | undefined
  readonly github: Lookup
  /** What a called workflow is given, by the name of the input; undefined: nothing calls it here. */
  readonly inputs: ((name: string) => Folded) | undefined
  /** The jobs that call it so; none where a trigger of its own starts it. */
  readonly calledBy: ReadonlySet<Job>
}

/** What a gate looks at: the files whose change must not go round it. */
export type Population =
  | 'code'
  | 'python'
  | 'javascript'
  | 'go'
  | 'rust'
  | 'shell'
  | 'workflows'
  | 'dockerfiles'
  | 'infrastructure'
  | 'python dependencies'
  | 'dependencies'
  | 'anything'

/** What the repository tells that triggers and conditions ask for. */
export interface Surroundings {
  /** Names the default branch may have, likeliest first; `sure`: it is the first. */
  readonly branches: readonly string[]
  readonly sure: boolean
  /** `owner/name` by the origin's URL. */
  readonly repository: string | undefined
  /** The files of a kind, bounded. */
  readonly files: (population: Population) => readonly string[]
}

/** Branch names that are a default branch in most repositories, where nothing says which it is. */
const usual = ['main', 'master']

export const surroundingsOf = (
  head: string | undefined,
  origin: string | undefined,
  files: Surroundings['files'],
): Surroundings => {
  const branch = head?.replace(/^refs\/heads\//, '')
  const sure = branch !== undefined && usual.includes(branch)
  return {
    branches: sure ? [branch] : [...(branch === undefined ? [] : [branch]), ...usual.filter(b => b !== branch)],
    sure,
    repository: origin === undefined ? undefined : /[/:]([\w.-]+\/[\w.-]+?)(\.git)?\/?$/.exec(origin)?.[1],
    files,
  }
}

/** The occasions of a workflow's own triggers. What calls it (`workflow_call`) is another matter. */
export const occasionsOf = (workflow: Workflow, around: Surroundings): readonly Occasion[] =>
  workflow.triggers.flatMap(trigger => occasionOf(trigger, around))

const occasionOf = (trigger: Trigger, around: Surroundings): readonly Occasion[] => {
  const { event } = trigger
  switch (event) {
    case 'pull_request':
    case 'pull_request_target':
      return branched(trigger, around, 'on pull requests', branch => ({
        ref: 'refs/pull/1/merge',
        ref_name: '1/merge',
        base_ref: branch,
        ref_type: 'branch',
      }))
    case 'push':
      return [
        ...branched(trigger, around, 'on pushes to the default branch', branch => ({
          ref: `refs/heads/${branch}`,
          ref_name: branch,
          ref_type: 'branch',
          base_ref: '',
          head_ref: '',
        })),
        ...taggedToo(trigger, around),
      ]
    case 'merge_group':
      return branched(trigger, around, 'in the merge queue', branch => ({
        ref: `refs/heads/gh-readonly-queue/${branch}/pr-1`,
        base_ref: `refs/heads/${branch}`,
        ref_type: 'branch',
      }))
    case 'workflow_call':
      return []
    default: {
      const says = besides[event] ?? `on \`${event.slice(0, 40)}\``
      return [occasion(event, 'beside', says, `it runs only ${says}`, around, {})]
    }
  }
}

const besides: Readonly<Record<string, string>> = {
  schedule: 'on a schedule',
  workflow_dispatch: 'when started by hand',
  repository_dispatch: 'when started from outside',
  release: 'on a release',
  workflow_run: 'after another workflow',
}

const onTags = (event: string, around: Surroundings): Occasion =>
  occasion(event, 'beside', 'on tags', 'it runs only on tags', around, {
    ref: 'refs/tags/v1',
    ref_name: 'v1',
    ref_type: 'tag',
    base_ref: '',
    head_ref: '',
  })

/** Docs, `on.push`: a filter for branches alone leaves tags out, one for tags alone leaves branches out. */
const taggedToo = (trigger: Trigger, around: Surroundings): readonly Occasion[] => {
  const branches = trigger.branches !== undefined || trigger.branchesIgnore !== undefined
  const tags = trigger.tags !== undefined || trigger.tagsIgnore !== undefined
  return tags === branches ? [onTags(trigger.event, around)] : []
}

const branched = (
  trigger: Trigger,
  around: Surroundings,
  says: string,
  github: (branch: string) => Readonly<Record<string, string>>,
): readonly Occasion[] => {
  const { event } = trigger
  const give = (reach: Occasion['reach'], because: string | undefined, branch: string) =>
    occasion(event, reach, event === 'push' ? 'on pushes to topic branches' : says, because, around, github(branch))
  const afterMerge = (b: string) =>
    occasion(event, 'beside', `on pushes to ${b}`, `it runs only on pushes to ${b}, after the merge`, around, github(b))
  const first = around.branches[0] ?? 'main'
  const tagsOnly = trigger.tags !== undefined || trigger.tagsIgnore !== undefined
  if (tagsOnly && trigger.branches === undefined && trigger.branchesIgnore === undefined) return [onTags(event, around)]
  const lets = (branch: string): boolean =>
    (trigger.branches === undefined || coveredBy(trigger.branches, branch)) &&
    (trigger.branchesIgnore === undefined || !coveredBy(trigger.branchesIgnore, branch))
  const let_ = around.branches.filter(lets)
  // A check on a topic branch's last commit is a check of the pull request made from it.
  if (let_.length === 0 && event === 'push' && lets('a-topic-branch') && lets('feature/a-topic-branch'))
    return [occasion(event, 'path', 'on pushes to topic branches', undefined, around, github('a-topic-branch'))]
  if (let_.length === 0) {
    const other = event === 'push' ? 'on pushes to other branches' : 'on pull requests to other branches'
    return around.sure
      ? [occasion(event, 'beside', other, `it runs only ${other} than ${first}`, around, github('other'))]
      : [
          give(
            'perhaps',
            'its branch filter does not name main or master, and which branch is the default is not known',
            first,
          ),
        ]
  }
  // What lets no topic branch run sees a change when it has been merged: too late to stop it.
  if (event === 'push' && !lets('a-topic-branch') && !lets('feature/a-topic-branch')) return let_.map(afterMerge)
  if (trigger.types !== undefined && event !== 'push') {
    const types = trigger.types
    if (event !== 'merge_group' && !types.includes('synchronize') && !types.includes('opened'))
      return [
        occasion(
          event,
          'beside',
          `on pull requests that are ${types.join(', ').slice(0, 60)}`,
          `it runs only when a pull request is ${types.join(', ').slice(0, 60)}`,
          around,
          github(first),
        ),
      ]
    if (event !== 'merge_group' && !types.includes('synchronize'))
      return let_.map(b =>
        give(
          'perhaps',
          'it does not run again when commits are added to a pull request (`types` without synchronize)',
          b,
        ),
      )
  }
  // A push tells of a pull request by its topic branch; on the default branch the merge has been made.
  const before = event === 'push' ? ['a-topic-branch'] : let_
  const after = event === 'push' ? let_.map(afterMerge) : []
  if (event === 'pull_request_target')
    return before.map(b =>
      give(
        'perhaps',
        'under pull_request_target the code of the base branch is checked out unless a step says otherwise',
        b,
      ),
    )
  return [...after, ...before.map(b => ({ ...give('path', undefined, b), misses: missesOf(trigger, around) }))]
}

const missesOf = (trigger: Trigger, around: Surroundings): Occasion['misses'] => {
  if (trigger.paths === undefined && trigger.pathsIgnore === undefined) return () => undefined
  const known = new Map<Population, string | undefined>()
  return population => {
    if (!known.has(population)) known.set(population, firstMissed(trigger, around.files(population)))
    return known.get(population)
  }
}

/** The first file of code whose change alone would not start the workflow. */
const firstMissed = (trigger: Trigger, code: readonly string[]): string | undefined => {
  const { paths, pathsIgnore } = trigger
  if (paths === undefined && pathsIgnore === undefined) return undefined
  const starts = (uri: string): boolean =>
    (paths === undefined || coveredBy(paths, uri)) && (pathsIgnore === undefined || !coveredBy(pathsIgnore, uri))
  return code.find(uri => !starts(uri))
}

const occasion = (
  event: string,
  reach: Occasion['reach'],
  says: string,
  because: string | undefined,
  around: Surroundings,
  github: Readonly<Record<string, string>>,
): Occasion => ({
  event,
  reach,
  says,
  because,
  misses: () => undefined,
  inputs: undefined,
  calledBy: new Set(),
  github: path => {
    const [, name] = path
    if (path.length > 2) {
      const whole = path.join('.')
      // A fork's own copy of the workflow runs in the fork; what is merged here is judged here.
      if (whole === 'github.event.repository.fork') return { value: false }
      // The case of every later commit; `opened` and `reopened` come besides.
      if (whole === 'github.event.action')
        return event.startsWith('pull_request') ? { value: 'synchronize' } : undefined
      return undefined
    }
    if (name === 'event_name') return { value: event }
    if (name === 'repository') return around.repository === undefined ? undefined : { value: around.repository }
    if (name === 'repository_owner')
      return around.repository === undefined ? undefined : { value: around.repository.split('/')[0] ?? '' }
    const value = name === undefined ? undefined : github[name]
    return value === undefined ? undefined : { value }
  },
})

/** One job of a matrix: its values by key path (`os`, `python.version`). `open`: others may exist that are not known. */
export interface Leg {
  readonly values: ReadonlyMap<string, Value | undefined>
  readonly open: boolean
}

const mostLegs = 256

/** The jobs a matrix makes (docs: "Running variations of jobs in a workflow"); one open leg where it is computed. */
export const legsOf = (matrix: YamlNode | undefined): readonly Leg[] => {
  if (matrix === undefined) return [{ values: new Map(), open: false }]
  const unknown: readonly Leg[] = [{ values: new Map(), open: true }]
  if (matrix.is !== 'map') return unknown
  let legs: Map<string, Value | undefined>[] = [new Map()]
  let dimensions = 0
  for (const { key, value } of mergedEntries(matrix)) {
    const name = key.value.toLowerCase()
    if (name === 'include' || name === 'exclude') continue
    dimensions++
    const options =
      value.is === 'list' ? value.items.map(item => flattened(name, item)) : [new Map([[name, undefined]])]
    legs = legs.flatMap(leg => options.map(option => new Map([...leg, ...option])))
    if (legs.length > mostLegs) return unknown
  }
  const exclude = entry(matrix, 'exclude')
  if (exclude !== undefined) {
    if (exclude.is !== 'list') return unknown
    const out = exclude.items.map(item => flattened('', item))
    legs = legs.filter(leg => !out.some(o => [...o].every(([k, v]) => v !== undefined && leg.get(k) === v)))
  }
  const include = entry(matrix, 'include')
  if (include !== undefined) {
    if (include.is !== 'list') return unknown
    const original = dimensions === 0 ? [] : legs
    const keys = original.map(leg => new Set(leg.keys()))
    const added: Map<string, Value | undefined>[] = []
    for (const item of include.items) {
      const extra = flattened('', item)
      const fits = original.filter((leg, i) => [...extra].every(([k, v]) => !keys[i]?.has(k) || leg.get(k) === v))
      if (fits.length === 0) added.push(extra)
      for (const leg of fits) for (const [k, v] of extra) leg.set(k, v)
    }
    legs = [...original, ...added]
  }
  return legs.length === 0 || legs.length > mostLegs ? unknown : legs.map(values => ({ values, open: false }))
}

/** `{version: 3}` under `python` → `python.version: 3`. An expression's value is undefined. */
const flattened = (prefix: string, node: YamlNode): Map<string, Value | undefined> => {
  if (node.is === 'map') {
    const all = new Map<string, Value | undefined>()
    for (const { key, value } of mergedEntries(node).slice(0, 100))
      for (const [k, v] of flattened(
        prefix === '' ? key.value.toLowerCase() : `${prefix}.${key.value.toLowerCase()}`,
        value,
      ))
        all.set(k, v)
    return all
  }
  if (node.is === 'list') {
    const all = new Map<string, Value | undefined>()
    for (const [i, item] of node.items.slice(0, 100).entries())
      for (const [k, v] of flattened(`${prefix}.${i}`, item)) all.set(k, v)
    return all
  }
  return new Map([[prefix, scalarValue(node)]])
}

const scalarValue = (node: YamlScalar): Value | undefined => {
  if (node.value.includes('${{')) return undefined
  switch (node.type) {
    case 'null':
      return null
    case 'bool':
      return node.value.toLowerCase() === 'true'
    case 'number':
      return Number(node.value)
    case 'string':
      return node.value
  }
}

/** What an expression of a job sees on an occasion, on one leg of its matrix. */
export const lookupOf = (
  occasion: Occasion,
  leg: Leg,
  env: readonly (YamlNode | undefined)[],
  system: string | undefined,
): Lookup => {
  const look: Lookup = path => {
    const [context, name] = path
    switch (context) {
      case 'github':
        return occasion.github(path)
      case 'matrix': {
        const key = path.slice(1).join('.')
        if (leg.values.has(key)) {
          const value = leg.values.get(key)
          return value === undefined ? undefined : { value }
        }
        return leg.open || [...leg.values].some(([k, v]) => v === undefined && key.startsWith(`${k}.`))
          ? undefined
          : { value: null }
      }
      case 'needs':
        if (path[2] !== 'result') return undefined
        return path[1] === '*' ? { value: null, items: ['success'] } : { value: 'success' }
      case 'inputs': {
        if (name === undefined || path.length > 2) return undefined
        if (occasion.inputs) return occasion.inputs(name)
        // Only what is started by hand or called has inputs.
        return occasion.event === 'workflow_dispatch' ? undefined : { value: null }
      }
      case 'runner':
        return name === 'os' && system !== undefined ? { value: system } : undefined
      case 'env': {
        const value = name === undefined ? undefined : environmentValue(env, name, look)
        // What is not declared may still be set by an earlier step through GITHUB_ENV.
        return value?.text === undefined ? undefined : { value: value.text }
      }
      default:
        return undefined
    }
  }
  return look
}

/** A variable declared in `env:` maps, the innermost last; undefined: declared nowhere. Without text: known to the run only. */
export const environmentValue = (
  maps: readonly (YamlNode | undefined)[],
  name: string,
  lookup: Lookup,
): { readonly text: string | undefined } | undefined => {
  for (const map of [...maps].reverse()) {
    if (map?.is === 'scalar' && map.type !== 'null') {
      // `env: ${{ matrix.env }}`: the whole map is an expression.
      const [only] = expressionsIn(map.value)
      const parsed = only ? parseExpression(only.inner) : undefined
      const path = parsed?.ok && parsed.tree.is === 'context' ? parsed.tree.path : undefined
      const folded = path?.every(p => p !== undefined) ? lookup([...path, name.toLowerCase()]) : undefined
      if (!folded) return { text: undefined }
      if (folded.value !== null) return { text: String(folded.value) }
    }
    if (map?.is !== 'map') continue
    const value = mergedEntries(map).find(e => e.key.value.toLowerCase() === name.toLowerCase())?.value
    if (value === undefined) continue
    if (value.is !== 'scalar' || /\benv\b/.test(value.value)) return { text: undefined }
    const folded = foldScalar(value, lookup)
    return { text: folded && String(folded.value ?? '') }
  }
  return undefined
}

/** A condition's truth; `undefined` where only the run knows. `constant`: no context was asked. */
export interface Truth {
  readonly value: boolean | undefined
  readonly constant: boolean
  /** It asks for a status itself, so `success()` is not implied: it runs after a skipped or failed need. */
  readonly status: boolean
}

/** `if:` of a job or step. Docs: "Using conditions to control job execution"; the `${{ }}` may be left out. */
export const truthOf = (condition: YamlScalar | undefined, lookup: Lookup): Truth => {
  if (condition === undefined) return { value: true, constant: true, status: false }
  if (condition.type === 'bool' && condition.style === 'plain')
    return { value: condition.value.toLowerCase() === 'true', constant: true, status: false }
  const text = condition.value
  const embedded = expressionsIn(text)
  const only = embedded[0]
  const whole = embedded.length === 1 && only && only.start === 0 && only.end === text.length
  // Text around an expression makes the whole a text that is not empty, which is true whatever the expression gives.
  if (embedded.length > 0 && !whole) return { value: true, constant: true, status: false }
  const parsed = parseExpression(whole && only ? only.inner : text)
  if (!parsed.ok) return { value: undefined, constant: false, status: false }
  let constant = true
  const folded = fold(parsed.tree, path => {
    constant = false
    return lookup(path)
  })
  return { value: folded && truthy(folded.value), constant, status: asksForStatus(parsed.tree) }
}

/** A scalar that may be one expression: `continue-on-error`, `shell`, `runs-on`. */
export const foldScalar = (scalar: YamlScalar, lookup: Lookup): Folded => {
  const [only] = expressionsIn(scalar.value)
  if (!only) {
    const value = scalarValue(scalar)
    return value === undefined ? undefined : { value }
  }
  if (only.start === 0 && only.end === scalar.value.length) {
    const parsed = parseExpression(only.inner)
    return parsed.ok ? fold(parsed.tree, lookup) : undefined
  }
  const text = foldText(scalar.value, lookup)
  return text === undefined ? undefined : { value: text }
}

/** A text with its expressions filled in; undefined where only the run knows one of them. */
export const foldText = (text: string, lookup: Lookup): string | undefined => {
  let out = ''
  let from = 0
  for (const { start, end, inner } of expressionsIn(text)) {
    const parsed = parseExpression(inner)
    const folded = parsed.ok ? fold(parsed.tree, lookup) : undefined
    if (!folded) return undefined
    out += text.slice(from, start) + String(folded.value ?? '')
    from = end
  }
  return out + text.slice(from)
}

/** `Linux`, `Windows`, `macOS` by the labels of hosted runners; undefined for others. */
export const systemOf = (job: Job, lookup: Lookup): string | undefined => {
  const labels = job.runsOn
  const nodes = labels === undefined ? [] : labels.is === 'list' ? labels.items : labels.is === 'map' ? [] : [labels]
  for (const node of nodes) {
    const folded = node.is === 'scalar' ? foldScalar(node, lookup) : undefined
    const label = typeof folded?.value === 'string' ? folded.value.toLowerCase() : ''
    if (/^windows/.test(label)) return 'Windows'
    if (/^(ubuntu|linux)/.test(label)) return 'Linux'
    if (/^macos/.test(label)) return 'macOS'
  }
  return undefined
}
