import type { Fact } from '../model.ts'
import { expressionsIn, fold, type Lookup, parseExpression, partsOf, truthy } from '../parse/expression.ts'
import type { Job, Step } from '../parse/workflow.ts'
import { entry, textOf } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { WorkflowFile } from './gate.ts'
import { inFile } from './gate-script.ts'
import { actionOf, eventsOf, expressionsBelow, inputOf, placeOf } from './pipeline-scan.ts'
import { publishedBy } from './workflow-publish.ts'

/** What each job is given, and which caches stand behind what it publishes. */
export const pipelineJobsOf = (workflows: readonly WorkflowFile[]): readonly Fact<'pipeline.job'>[] =>
  workflows.flatMap(whole => {
    const { uri, file, workflow } = whole
    const byTag = workflow.triggers.every(
      t => t.event === 'release' || (t.event === 'push' && t.tags !== undefined && t.branches === undefined),
    )
    return workflow.jobs.map(job => {
      const publishes = publishedBy(job)
      const restored = publishes.length > 0 ? makers(whole, job).flatMap(j => cachesOf(whole, j, byTag)) : []
      return {
        kind: 'pipeline.job' as const,
        id: `pipeline.job:${uri}/${job.id}`,
        place: placeOf(file, job.key),
        data: {
          workflow: uri,
          job: job.id,
          events: eventsOf(whole),
          secrets: secretsGiven(whole, job),
          calls: job.uses !== undefined,
          environment: job.environment !== undefined,
          debug: debugOf(whole, job),
          publishes,
          caches: restored.filter(c => c.restores).map(({ by, job: of, place }) => ({ by, job: of, place })),
          maybeCaches: restored.filter(c => !c.restores).map(({ by, job: of, place }) => ({ by, job: of, place })),
        },
      }
    })
  })

const secretsGiven = ({ file, workflow }: WorkflowFile, job: Job): readonly string[] => {
  const names = new Set<string>()
  for (const { tree } of [...expressionsBelow(file, workflow.env), ...expressionsBelow(file, job.node)])
    for (const part of partsOf(tree))
      if (part.is === 'context' && part.path[0] === 'secrets' && part.path[1] !== undefined)
        names.add(part.path[1].toUpperCase())
  names.delete('GITHUB_TOKEN')
  return [...names].sort()
}

const debugOf = ({ file, workflow }: WorkflowFile, job: Job): Place | undefined => {
  for (const env of [workflow.env, entry(job.node, 'env'), ...job.steps.map(s => s.env)])
    for (const name of ['ACTIONS_STEP_DEBUG', 'ACTIONS_RUNNER_DEBUG', 'ACTIONS_RUNNER_DIAG']) {
      const value = entry(env, name)
      if (value && textOf(value)?.toLowerCase() === 'true') return inFile(file)(value.range.start, value.range.end)
    }
  return undefined
}

/** The job, and, where it takes artifacts, every job before it that hands some on. */
const makers = ({ workflow }: WorkflowFile, job: Job): readonly Job[] => {
  if (!job.steps.some(s => actionOf(s)?.startsWith('actions/download-artifact'))) return [job]
  const before = new Set([job])
  for (const of of before)
    for (const { id } of of.needs) {
      const needed = workflow.jobs.find(j => j.id === id)
      if (needed) before.add(needed)
    }
  const hands = (j: Job): boolean => j.steps.some(s => actionOf(s)?.startsWith('actions/upload-artifact') ?? false)
  return [...before].filter(j => j === job || hands(j))
}

interface Restored {
  readonly by: string
  readonly job: string
  readonly place: Place
  /** False where only the run knows. */
  readonly restores: boolean
}

const cachesOf = (whole: WorkflowFile, job: Job, byTag: boolean): readonly Restored[] =>
  job.steps.flatMap(step => {
    const by = actionOf(step)
    if (by === undefined || !step.uses) return []
    const restores = restoresCache(by, step, byTag)
    return restores === false
      ? []
      : [{ by, job: job.id, place: placeOf(whole.file, step.uses), restores: restores === true }]
  })

type Answer = boolean | undefined

/** Each input as the action's own metadata defines it: what switches the cache on, and what is the default. */
const restoresCache = (action: string, step: Step, byTag: boolean): Answer => {
  const on = (input: string, otherwise: boolean): Answer => {
    const given = inputOf(step, input)
    return given === undefined ? otherwise : saysYes(given, byTag)
  }
  const off = (input: string): Answer => {
    const given = inputOf(step, input)
    const answer = given === undefined ? false : saysYes(given, byTag)
    return answer === undefined ? undefined : !answer
  }
  switch (action) {
    case 'actions/cache':
    case 'actions/cache/restore':
    case 'swatinem/rust-cache':
      return off('lookup-only')
    case 'actions/setup-python':
    case 'actions/setup-java':
    case 'actions/setup-node':
    case 'actions/setup-dotnet':
    case 'graalvm/setup-graalvm':
      return on('cache', false)
    case 'actions/setup-go':
    case 'actions-rust-lang/setup-rust-toolchain':
    case 'jdx/mise-action':
      return on('cache', true)
    case 'astral-sh/setup-uv':
      return on('enable-cache', true)
    case 'ruby/setup-ruby':
      return on('bundler-cache', false)
    case 'pyo3/maturin-action':
      return on('sccache', false)
    case 'mlugg/setup-zig':
      return on('use-cache', true)
    case 'oven-sh/setup-bun':
      return off('no-cache')
    case 'gradle/actions/setup-gradle':
      return off('cache-disabled')
    case 'ramsey/composer-install':
      return off('ignore-cache')
    case 'mozilla-actions/sccache-action':
    case 'nix-community/cache-nix-action':
    case 'determinatesystems/magic-nix-cache-action':
    case 'awalsh128/cache-apt-pkgs-action':
      return true
    // It keeps the binary of the version that is asked for.
    case 'docker/setup-buildx-action':
      return inputOf(step, 'version') === undefined ? false : on('cache-binary', true)
    case 'docker/build-push-action':
    case 'docker/bake-action': {
      const from = `${inputOf(step, 'cache-from') ?? ''} ${inputOf(step, 'set') ?? ''}`
      return /cache-from.*type=gha|^type=gha/.test(from.trim())
    }
    default:
      return false
  }
}

/** Under a tag, where the workflow runs for nothing else. */
const onTag: Lookup = path => {
  const name = path.join('.')
  if (name === 'github.ref_type') return { value: 'tag' }
  if (name === 'github.ref') return { value: 'refs/tags/v1.0.0' }
  return undefined
}

const saysYes = (text: string, byTag: boolean): Answer => {
  if (!text.includes('${{')) return !/^(false|no|0)$/i.test(text)
  const [only] = expressionsIn(text)
  const parsed = only && only.end - only.start === text.length ? parseExpression(only.inner) : undefined
  const folded = parsed?.ok ? fold(parsed.tree, byTag ? onTag : () => undefined) : undefined
  return folded && truthy(folded.value) && folded.value !== 'false'
}
