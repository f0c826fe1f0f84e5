import { type Expression, expressionsIn, parseExpression } from '../parse/expression.ts'
import type { Job, Step } from '../parse/workflow.ts'
import { mergedEntries, rangeIn, textOf, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import type { WorkflowFile } from './gate.ts'
import { inFile } from './gate-script.ts'
import type { ActionFile } from './workflow-files.ts'

/** One step with what stands around it; a composite action has no workflow, no job and no events. */
export interface StepAt {
  readonly uri: string
  readonly file: TextFile
  readonly whole: WorkflowFile | undefined
  readonly job: Job | undefined
  readonly step: Step
  /** Among the steps of the job or action: 0 is the first. */
  readonly index: number
  readonly steps: readonly Step[]
  readonly events: readonly string[]
}

export const stepsAt = (workflows: readonly WorkflowFile[], actions: readonly ActionFile[]): readonly StepAt[] => [
  ...workflows.flatMap(whole =>
    whole.workflow.jobs.flatMap(job =>
      job.steps.map((step, index) => ({
        uri: whole.uri,
        file: whole.file,
        whole,
        job,
        step,
        index,
        steps: job.steps,
        events: eventsOf(whole),
      })),
    ),
  ),
  ...actions.flatMap(({ file, steps }) =>
    steps.map((step, index) => ({
      uri: file.source.uri,
      file,
      whole: undefined,
      job: undefined,
      step,
      index,
      steps,
      events: [],
    })),
  ),
]

export const eventsOf = ({ workflow }: WorkflowFile): readonly string[] => workflow.triggers.map(t => t.event)

export interface Found {
  readonly tree: Expression
  readonly scalar: YamlScalar
  readonly place: Place
}

/** Every `${{ … }}` below a node that can be parsed, with its place. */
export const expressionsBelow = (file: TextFile, node: YamlNode | undefined, but?: YamlNode): readonly Found[] => {
  const found: Found[] = []
  const pending: YamlNode[] = node ? [node] : []
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at === but) continue
    if (at.is === 'scalar') found.push(...expressionsOf(file, at))
    else if (at.is === 'list') for (const next of [...at.items].reverse()) pending.push(next)
    else for (const { value } of [...mergedEntries(at)].reverse()) pending.push(value)
  }
  return found
}

export const expressionsOf = (file: TextFile, scalar: YamlScalar): readonly Found[] => {
  if (!scalar.value.includes('${{')) return []
  return expressionsIn(scalar.value).flatMap(({ start, end, inner }) => {
    const parsed = parseExpression(inner)
    return parsed.ok ? [{ tree: parsed.tree, scalar, place: placed(file, scalar, start, end) }] : []
  })
}

export const placed = (file: TextFile, scalar: YamlScalar, start: number, end: number): Place => {
  const range = rangeIn(file.text, scalar, start, end)
  return inFile(file)(range.start, range.end)
}

export const placeOf = (file: TextFile, node: YamlNode): Place => inFile(file)(node.range.start, node.range.end)

/** The text of an input of an action: undefined where it is not given, or given empty. */
export const inputOf = (step: Step, name: string): string | undefined => {
  const map = step.with
  if (map?.is !== 'map') return undefined
  const given = mergedEntries(map).find(e => e.key.value.toLowerCase() === name)
  const text = given && textOf(given.value)?.trim()
  return text === '' ? undefined : text
}

/** `owner/name/path` in lower case. */
export const actionOf = (step: Step): string | undefined => step.uses?.value.split('@')[0]?.trim().toLowerCase()

/** Facts with unique ids: those that share one get `#2` in source order. */
export const numbered = <F extends { readonly id: string }>(facts: readonly F[]): readonly F[] => {
  const times = new Map<string, number>()
  return facts.map(fact => {
    const n = (times.get(fact.id) ?? 0) + 1
    times.set(fact.id, n)
    return n === 1 ? fact : { ...fact, id: `${fact.id}#${n}` }
  })
}
