import { entry, itemsOf, mergedEntries, textOf, type YamlMap, type YamlNode, type YamlScalar } from './yaml.ts'

/**
 * GitHub workflows and composite actions as they are written (docs.github.com, "Workflow syntax for GitHub Actions",
 * "Metadata syntax for GitHub Actions"): positioned, defaults not filled in, expressions not read.
 */
export interface Workflow {
  readonly name: string | undefined
  readonly triggers: readonly Trigger[]
  readonly permissions: Permissions | undefined
  readonly defaults: RunDefaults
  readonly env: YamlNode | undefined
  readonly jobs: readonly Job[]
}

export interface Trigger {
  readonly event: string
  readonly node: YamlNode
  /** Undefined where the filter is not given. A list that is given and empty lets nothing through. */
  readonly branches: readonly string[] | undefined
  readonly branchesIgnore: readonly string[] | undefined
  readonly tags: readonly string[] | undefined
  readonly tagsIgnore: readonly string[] | undefined
  readonly paths: readonly string[] | undefined
  readonly pathsIgnore: readonly string[] | undefined
  readonly types: readonly string[] | undefined
  /** Of `workflow_run`: names of the workflows it follows. */
  readonly workflows: readonly string[] | undefined
  /** Of `workflow_call`: its inputs by name in lower case, each with what is declared of it. */
  readonly inputs: ReadonlyMap<string, YamlNode>
}

export interface Permissions {
  readonly node: YamlNode
  readonly all: 'read' | 'write' | undefined
  readonly scopes: readonly { readonly scope: string; readonly access: string }[]
}

export interface RunDefaults {
  readonly shell: YamlScalar | undefined
  readonly workingDirectory: YamlScalar | undefined
}

export interface Job {
  readonly id: string
  readonly key: YamlScalar
  readonly node: YamlMap
  readonly if: YamlScalar | undefined
  readonly needs: readonly { readonly id: string; readonly node: YamlNode }[]
  readonly runsOn: YamlNode | undefined
  readonly container: YamlNode | undefined
  readonly services: readonly YamlNode[]
  readonly environment: YamlNode | undefined
  readonly permissions: Permissions | undefined
  readonly defaults: RunDefaults
  readonly continueOnError: YamlScalar | undefined
  readonly matrix: YamlNode | undefined
  /** A reusable workflow that is the whole job. */
  readonly uses: YamlScalar | undefined
  /** What the workflow it calls is given. */
  readonly with: YamlNode | undefined
  readonly steps: readonly Step[]
}

export interface Step {
  readonly node: YamlMap
  /** `id`, else `name`, else `step <n>` (1-based). */
  readonly label: string
  readonly id: string | undefined
  readonly if: YamlScalar | undefined
  readonly run: YamlScalar | undefined
  readonly uses: YamlScalar | undefined
  readonly with: YamlNode | undefined
  readonly env: YamlNode | undefined
  readonly shell: YamlScalar | undefined
  readonly workingDirectory: YamlScalar | undefined
  readonly continueOnError: YamlScalar | undefined
}

export type Shaped<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly node: YamlNode | undefined; readonly reason: string }

/** The workflow in a document, or what keeps it from being one. */
export const workflowOf = (root: YamlNode | undefined): Shaped<Workflow> => {
  if (root?.is !== 'map') return { ok: false, node: root, reason: 'not a workflow: no mapping' }
  const on = entry(root, 'on')
  const jobs = entry(root, 'jobs')
  if (on === undefined) return { ok: false, node: root, reason: 'not a workflow: no `on`' }
  if (jobs?.is !== 'map') return { ok: false, node: jobs ?? root, reason: 'not a workflow: no `jobs`' }
  const read: Job[] = []
  for (const { key, value } of mergedEntries(jobs)) {
    if (value.is !== 'map') return { ok: false, node: value, reason: `job ${key.value} is no mapping` }
    const steps = entry(value, 'steps')
    if (steps !== undefined && steps.is !== 'list')
      return { ok: false, node: steps, reason: `the steps of job ${key.value} are no list` }
    read.push(jobOf(key, value))
  }
  return {
    ok: true,
    value: {
      name: textOf(entry(root, 'name')),
      triggers: triggersOf(on),
      permissions: permissionsOf(entry(root, 'permissions')),
      defaults: defaultsOf(entry(root, 'defaults', 'run')),
      env: entry(root, 'env'),
      jobs: read,
    },
  }
}

/** The steps of a composite action; undefined for an action of another kind. */
export const compositeOf = (root: YamlNode | undefined): readonly Step[] | undefined => {
  const steps = entry(root, 'runs', 'steps')
  return textOf(entry(root, 'runs', 'using'))?.toLowerCase() === 'composite' && steps?.is === 'list'
    ? stepsOf(steps)
    : undefined
}

const jobOf = (key: YamlScalar, node: YamlMap): Job => ({
  id: key.value,
  key,
  node,
  if: scalar(entry(node, 'if')),
  needs: listOf(entry(node, 'needs')).map(n => ({ id: n.value, node: n })),
  runsOn: entry(node, 'runs-on'),
  container: entry(node, 'container'),
  services: mapValues(entry(node, 'services')),
  environment: entry(node, 'environment'),
  permissions: permissionsOf(entry(node, 'permissions')),
  defaults: defaultsOf(entry(node, 'defaults', 'run')),
  continueOnError: scalar(entry(node, 'continue-on-error')),
  matrix: entry(node, 'strategy', 'matrix'),
  uses: scalar(entry(node, 'uses')),
  with: entry(node, 'with'),
  steps: stepsOf(entry(node, 'steps')),
})

const stepsOf = (node: YamlNode | undefined): readonly Step[] =>
  itemsOf(node).flatMap((item, i) => {
    if (item.is !== 'map') return []
    const label = textOf(entry(item, 'id')) ?? textOf(entry(item, 'name'))?.slice(0, 80) ?? `step ${i + 1}`
    return [
      {
        node: item,
        label,
        id: textOf(entry(item, 'id')),
        if: scalar(entry(item, 'if')),
        run: scalar(entry(item, 'run')),
        uses: scalar(entry(item, 'uses')),
        with: entry(item, 'with'),
        env: entry(item, 'env'),
        shell: scalar(entry(item, 'shell')),
        workingDirectory: scalar(entry(item, 'working-directory')),
        continueOnError: scalar(entry(item, 'continue-on-error')),
      },
    ]
  })

const defaultsOf = (node: YamlNode | undefined): RunDefaults => ({
  shell: scalar(entry(node, 'shell')),
  workingDirectory: scalar(entry(node, 'working-directory')),
})

const triggersOf = (on: YamlNode): readonly Trigger[] => {
  if (on.is === 'scalar') return [triggerOf(on.value, on, undefined)]
  if (on.is === 'list') return on.items.flatMap(i => (i.is === 'scalar' ? [triggerOf(i.value, i, undefined)] : []))
  return mergedEntries(on).map(({ key, value }) => triggerOf(key.value, key, value))
}

const triggerOf = (event: string, node: YamlNode, filters: YamlNode | undefined): Trigger => {
  const texts = (name: string): readonly string[] | undefined => {
    const given = entry(filters, name)
    return given === undefined ? undefined : listOf(given).map(n => n.value)
  }
  return {
    event,
    node,
    branches: texts('branches'),
    branchesIgnore: texts('branches-ignore'),
    tags: texts('tags'),
    tagsIgnore: texts('tags-ignore'),
    paths: texts('paths'),
    pathsIgnore: texts('paths-ignore'),
    types: texts('types'),
    workflows: texts('workflows'),
    inputs: inputsOf(entry(filters, 'inputs')),
  }
}

const inputsOf = (node: YamlNode | undefined): ReadonlyMap<string, YamlNode> =>
  new Map(node?.is === 'map' ? mergedEntries(node).map(e => [e.key.value.toLowerCase(), e.value]) : [])

const permissionsOf = (node: YamlNode | undefined): Permissions | undefined => {
  if (node === undefined) return undefined
  if (node.is === 'scalar') {
    const all = node.value === 'read-all' ? 'read' : node.value === 'write-all' ? 'write' : undefined
    return { node, all, scopes: [] }
  }
  if (node.is === 'list') return { node, all: undefined, scopes: [] }
  return {
    node,
    all: undefined,
    scopes: mergedEntries(node).map(({ key, value }) => ({ scope: key.value, access: textOf(value) ?? 'none' })),
  }
}

const scalar = (node: YamlNode | undefined): YamlScalar | undefined =>
  node?.is === 'scalar' && node.type !== 'null' ? node : undefined

/** A scalar, or the scalars of a list. */
const listOf = (node: YamlNode | undefined): readonly YamlScalar[] =>
  node === undefined ? [] : (node.is === 'list' ? node.items : [node]).flatMap(n => scalar(n) ?? [])

const mapValues = (node: YamlNode | undefined): readonly YamlNode[] =>
  node?.is === 'map' ? mergedEntries(node).map(e => e.value) : []
