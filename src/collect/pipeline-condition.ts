import type { PipelineFacts } from '../facts/pipeline.ts'
import type { Fact } from '../model.ts'
import { type Expression, expressionsIn, parseExpression, partsOf, truthy } from '../parse/expression.ts'
import type { YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import type { WorkflowFile } from './gate.ts'
import { eventsOf, expressionsBelow, numbered, placed, placeOf, type StepAt } from './pipeline-scan.ts'

type Condition = Fact<'pipeline.condition'>

/** Every `if:`: whether it can be false, and whom it takes at their word. */
export const conditionsOf = (workflows: readonly WorkflowFile[], steps: readonly StepAt[]): readonly Condition[] => {
  const ofJobs = workflows.flatMap(whole =>
    whole.workflow.jobs.flatMap(job =>
      job.if ? [conditionOf(whole.file, job.if, { workflow: whole.uri, job: job.id, step: '' }, eventsOf(whole))] : [],
    ),
  )
  const ofSteps = steps.flatMap(({ uri, file, job, step, events }) =>
    step.if ? [conditionOf(file, step.if, { workflow: uri, job: job?.id ?? '', step: step.label }, events)] : [],
  )
  return numbered([...ofJobs, ...ofSteps])
}

/** The expression of an `if:`, with or without its fence; undefined where it is none, or there is text around it. */
export const expressionOf = (condition: YamlScalar): Expression | undefined => {
  const trimmed = condition.value.trim()
  const [first] = expressionsIn(trimmed)
  const inner =
    first === undefined ? trimmed : first.start === 0 && first.end === trimmed.length ? first.inner : undefined
  const parsed = inner === undefined ? undefined : parseExpression(inner)
  return parsed?.ok ? parsed.tree : undefined
}

const conditionOf = (
  file: TextFile,
  condition: YamlScalar,
  where: { readonly workflow: string; readonly job: string; readonly step: string },
  events: readonly string[],
): Condition => {
  const tree = expressionOf(condition)
  const at = placeOf(file, condition)
  return {
    kind: 'pipeline.condition',
    id: `pipeline.condition:${[where.workflow, where.job, where.step].filter(p => p !== '').join('/')}`,
    place: at,
    data: {
      ...where,
      events,
      always: alwaysOf(condition, tree),
      actor: tree && actorIn(tree, at),
      inText: tree && inTextIn(tree, at),
    },
  }
}

/**
 * GitHub pastes what an expression gives into the text around it, and a text that is not empty is true: even the line end
 * of a block scalar is text around it.
 */
const alwaysOf = (
  condition: YamlScalar,
  tree: Expression | undefined,
): PipelineFacts['pipeline.condition']['always'] => {
  const { value } = condition
  const [first, ...rest] = expressionsIn(value)
  if (first !== undefined) {
    const around = value.slice(0, first.start) + value.slice(first.end)
    if (rest.length > 0 || around.trim() !== '') return 'text'
    if (around !== '') return 'line end'
  }
  // `if: true` says what it does; a text that was meant to be an expression does not.
  return tree?.is === 'literal' && typeof tree.value === 'string' && truthy(tree.value) ? 'literal' : undefined
}

/** Values that name whoever did the last thing, not whoever wrote the change: an attacker can have a bot do it. */
const actors = [
  'github.actor',
  'github.triggering_actor',
  'github.event.pull_request.sender.login',
  'github.event.sender.login',
]
const actorIds = ['github.actor_id', 'github.event.pull_request.sender.id', 'github.event.sender.id']
/** User ids of dependabot[bot], dependabot-preview[bot], renovate[bot], and the app id of dependabot. */
const botIds = new Set(['49699333', '27856297', '29139614', '29110'])
const authors = ['github.event.pull_request.user.login', 'github.event.pull_request.user.id']

export const shown = (tree: Expression): string => (tree.is === 'context' ? tree.path.map(p => p ?? '*').join('.') : '')

/** The bot whose name must be that of the last actor for the condition to hold, where nothing asks for the author too. */
export const actorIn = (tree: Expression, place: Place): PipelineFacts['pipeline.condition']['actor'] => {
  switch (tree.is) {
    case 'and': {
      if (tree.of.some(asksForAuthor)) return undefined
      for (const of of tree.of) {
        const found = actorIn(of, place)
        if (found) return found
      }
      return undefined
    }
    case 'or': {
      for (const of of tree.of) {
        const found = actorIn(of, place)
        if (found) return found
      }
      return undefined
    }
    case 'compare': {
      if (tree.operator !== '==') return undefined
      const [context, literal] = tree.left.is === 'literal' ? [tree.right, tree.left] : [tree.left, tree.right]
      const name = shown(context)
      const value = literal.is === 'literal' ? String(literal.value) : ''
      const bot = (actors.includes(name) && /\[bot\]$/i.test(value)) || (actorIds.includes(name) && botIds.has(value))
      return bot ? { context: name, bot: value, place } : undefined
    }
    case 'call': {
      // contains(fromJSON('["dependabot[bot]"]'), github.actor)
      if (tree.name !== 'contains') return undefined
      const name = shown(tree.args[1] ?? tree)
      const bot = [...partsOf(tree)].flatMap(p =>
        p.is === 'literal' ? (/[\w-]+\[bot\]/.exec(String(p.value)) ?? []) : [],
      )
      return actors.includes(name) && bot[0] !== undefined ? { context: name, bot: bot[0], place } : undefined
    }
    case 'not':
    case 'literal':
    case 'context':
    case 'other':
      return undefined
  }
}

export const asksForAuthor = (tree: Expression): boolean => {
  if (tree.is === 'and') return tree.of.some(asksForAuthor)
  if (tree.is === 'or') return tree.of.every(asksForAuthor)
  if (tree.is === 'call' && tree.name === 'contains') return tree.args.some(a => authors.includes(shown(a)))
  return (
    tree.is === 'compare' &&
    tree.operator === '==' &&
    [tree.left, tree.right].some(side => authors.includes(shown(side)))
  )
}

/** Values that whoever starts the run chooses, at least in part. */
const chosen = [
  'env',
  'inputs',
  'github.actor',
  'github.base_ref',
  'github.head_ref',
  'github.ref',
  'github.ref_name',
  'github.triggering_actor',
  'github.event.inputs',
]

const inTextIn = (tree: Expression, place: Place): PipelineFacts['pipeline.condition']['inText'] => {
  for (const part of partsOf(tree)) {
    if (part.is !== 'call' || part.name !== 'contains') continue
    const [where, what] = part.args
    if (where?.is !== 'literal' || typeof where.value !== 'string' || what?.is !== 'context') continue
    const context = shown(what)
    return { context, chosen: chosen.some(c => context === c || context.startsWith(`${c}.`)), place }
  }
  return undefined
}

/** Every `a && b || c`: a middle that is false is never chosen. */
export const choicesOf = (
  workflows: readonly WorkflowFile[],
  steps: readonly StepAt[],
): readonly Fact<'pipeline.choice'>[] => {
  const facts: Fact<'pipeline.choice'>[] = []
  const add = (
    file: TextFile,
    uri: string,
    job: string,
    step: string,
    found: ReturnType<typeof expressionsBelow>,
  ): void => {
    for (const { tree, place } of found)
      for (const part of partsOf(tree)) {
        if (part.is !== 'or') continue
        const middles = part.of.slice(0, -1).flatMap(o => (o.is === 'and' ? o.of.slice(-1) : []))
        if (middles.length === 0) continue
        const never = middles.find(m => m.is === 'literal' && !truthy(m.value))
        facts.push({
          kind: 'pipeline.choice',
          id: `pipeline.choice:${[uri, job, step].filter(p => p !== '').join('/')}`,
          place,
          data: {
            workflow: file.source.uri,
            job,
            never: never?.is === 'literal' ? (never.value === '' ? "''" : String(never.value)) : undefined,
          },
        })
      }
  }
  for (const { uri, file, workflow } of workflows) {
    add(file, uri, '', '', expressionsBelow(file, workflow.env))
    for (const job of workflow.jobs) {
      const stepList = job.node.entries.find(e => e.key.value === 'steps')?.value
      add(file, uri, job.id, '', expressionsBelow(file, job.node, stepList))
    }
  }
  for (const { uri, file, job, step } of steps)
    add(file, uri, job?.id ?? '', step.label, expressionsBelow(file, step.node))
  return numbered(facts)
}

/** Where a fenced condition stands, for whoever points into it. */
export const conditionPlace = (file: TextFile, condition: YamlScalar): Place =>
  placed(file, condition, 0, condition.value.trimEnd().length)
