import type { PipelineFacts } from '../facts/pipeline.ts'
import type { Fact } from '../model.ts'
import { type Expression, masked, partsOf } from '../parse/expression.ts'
import { constantOf, nodesOf, parseShell } from '../parse/shell.ts'
import type { YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { actorIn, asksForAuthor, expressionOf, shown } from './pipeline-condition.ts'
import { actionOf, numbered, placed, placeOf, type StepAt } from './pipeline-scan.ts'
import { scriptInput } from './workflow-hardening.ts'

type Asks = PipelineFacts['pipeline.merge']['asks']

/** Every step that approves or merges a pull request, and whose it asks for. */
export const mergesOf = (steps: readonly StepAt[]): readonly Fact<'pipeline.merge'>[] =>
  numbered(
    steps.flatMap((at): readonly Fact<'pipeline.merge'>[] => {
      const deed = deedOf(at)
      if (!deed || !at.job) return []
      const { asks, askedAt } = askedBefore(at)
      return [
        {
          kind: 'pipeline.merge',
          id: `pipeline.merge:${at.uri}/${at.job.id}/${at.step.label}`,
          place: deed.place,
          data: {
            workflow: at.uri,
            job: at.job.id,
            events: at.events,
            does: deed.does,
            asks: deed.checks ? 'author' : asks,
            askedAt: deed.checks ? undefined : askedAt,
          },
        },
      ]
    }),
  )

/** `checks`: the action itself looks at who wrote the pull request before it does anything. */
const actions: Readonly<Record<string, { readonly does: string; readonly checks: boolean }>> = {
  'peter-evans/enable-pull-request-automerge': { does: 'merges', checks: false },
  'hmarr/auto-approve-action': { does: 'approves', checks: false },
  'juliangruber/approve-pull-request-action': { does: 'approves', checks: false },
  'alexwilson/enable-github-automerge-action': { does: 'merges', checks: false },
  'reitermarkus/automerge': { does: 'merges', checks: false },
  'pascalgn/automerge-action': { does: 'merges', checks: false },
  'fastify/github-action-merge-dependabot': { does: 'merges', checks: true },
  'ahmadnassri/action-dependabot-auto-merge': { does: 'merges', checks: false },
}

interface Deed {
  readonly does: string
  readonly place: Place
  readonly checks: boolean
}

const deedOf = ({ file, step }: StepAt): Deed | undefined => {
  const known = actions[actionOf(step) ?? '']
  if (known && step.uses) return { ...known, place: placeOf(file, step.uses) }
  const script = scriptInput(step)
  if (script && /\bpulls\.merge\b|\bmergePullRequest\b|enablePullRequestAutoMerge/.test(script.value))
    return { does: 'merges', place: placed(file, script, 0, 1), checks: false }
  if (script && /\bAPPROVE\b/.test(script.value))
    return { does: 'approves', place: placed(file, script, 0, 1), checks: false }
  if (!step.run || !/gh pr (merge|review)/.test(step.run.value)) return undefined
  for (const node of nodesOf(parseShell(masked(step.run.value)).tree)) {
    if (node.type !== 'Command' || constantOf(node.name) !== 'gh') continue
    const words = node.suffix.flatMap(w => (w.type === 'Word' ? [w.text] : []))
    const merges = words[0] === 'pr' && words[1] === 'merge'
    const approves = words[0] === 'pr' && words[1] === 'review' && words.some(w => w === '--approve' || w === '-a')
    if (merges || approves)
      return { does: merges ? 'merges' : 'approves', place: placed(file, step.run, node.pos, node.end), checks: false }
  }
  return undefined
}

const askedBefore = (at: StepAt): { readonly asks: Asks; readonly askedAt: Place | undefined } => {
  const conditions = [at.job?.if, at.step.if].flatMap((c): readonly { tree: Expression; scalar: YamlScalar }[] => {
    const tree = c && expressionOf(c)
    return c && tree ? [{ tree, scalar: c }] : []
  })
  if (conditions.some(c => asksForAuthor(c.tree))) return { asks: 'author', askedAt: undefined }
  // It fails unless Dependabot wrote the pull request and every commit of it (its README, skip-commit-verification).
  const metadata = at.steps.slice(0, at.index).find(s => actionOf(s) === 'dependabot/fetch-metadata')
  if (metadata && !/skip-(commit-)?verification/.test(at.file.text)) return { asks: 'author', askedAt: undefined }
  for (const { tree, scalar } of conditions) {
    const place = placeOf(at.file, scalar)
    if (actorIn(tree, place)) return { asks: 'actor', askedAt: place }
  }
  const other = conditions.find(({ tree }) =>
    [...partsOf(tree)].some(p =>
      /^github\.(event\.(pull_request|label|comment|sender|review|workflow_run)|actor)/.test(shown(p)),
    ),
  )
  return other ? { asks: 'other', askedAt: placeOf(at.file, other.scalar) } : { asks: 'nothing', askedAt: undefined }
}
