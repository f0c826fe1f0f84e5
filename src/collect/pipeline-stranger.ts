import type { PipelineFacts } from '../facts/pipeline.ts'
import type { Fact } from '../model.ts'
import { type Expression, masked } from '../parse/expression.ts'
import { constantOf, nodesOf, parseShell } from '../parse/shell.ts'
import { entry, textOf } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { expressionOf, shown } from './pipeline-condition.ts'
import { actionOf, inputOf, numbered, placed, placeOf, type StepAt } from './pipeline-scan.ts'
import { checksOut, privileged, pullRequestCode, scriptInput } from './workflow-hardening.ts'
import { publicationsOf } from './workflow-publish.ts'

type Artifact = PipelineFacts['pipeline.artifact']

/** What of a stranger's lies in the folder when a step begins: code of a pull request, or what another run made. */
export const strangersBefore = (at: StepAt): 'code' | 'artifact' | undefined => {
  for (const step of at.steps.slice(0, at.index).reverse()) {
    const ref = actionOf(step) === 'actions/checkout' ? textOf(entry(step.with, 'ref')) : undefined
    if ((ref !== undefined && pullRequestCode.test(ref)) || (step.run && checksOut(step.run, at.file))) return 'code'
    if (downloadOf({ ...at, step })?.from === 'another run') return 'artifact'
  }
  return undefined
}

interface Download {
  readonly by: string
  readonly from: Artifact['from']
  readonly path: string | undefined
  readonly place: Place
}

const downloadOf = ({ file, step }: StepAt): Download | undefined => {
  const action = actionOf(step)
  if (action === 'actions/download-artifact' && step.uses) {
    const run = inputOf(step, 'run-id')
    const own = run === undefined || /^\$\{\{\s*github\.run_id\s*\}\}$/.test(run)
    return {
      by: 'actions/download-artifact',
      from: own ? 'this run' : 'another run',
      path: inputOf(step, 'path'),
      place: placeOf(file, step.uses),
    }
  }
  if (action === 'dawidd6/action-download-artifact' && step.uses)
    return { by: action, from: 'another run', path: inputOf(step, 'path'), place: placeOf(file, step.uses) }
  const script = scriptInput(step)
  if (script && /\bdownloadArtifact\b/.test(script.value))
    return { by: 'actions/github-script', from: 'another run', path: undefined, place: placed(file, script, 0, 1) }
  if (!step.run || !/gh run download/.test(step.run.value)) return undefined
  for (const node of nodesOf(parseShell(masked(step.run.value)).tree)) {
    if (node.type !== 'Command') continue
    const words = [node.name, ...node.suffix].flatMap(w => (w?.type === 'Word' ? [w.text] : []))
    if (words.slice(0, 3).join(' ') !== 'gh run download') continue
    const folder = words.findIndex(w => w === '-D' || w === '--dir')
    return {
      by: 'gh run download',
      from: 'another run',
      path: folder === -1 ? undefined : words[folder + 1],
      place: placed(file, step.run, node.pos, node.end),
    }
  }
  return undefined
}

/** Every download of artifacts, whose they are, and what becomes of them. */
export const artifactsOf = (steps: readonly StepAt[]): readonly Fact<'pipeline.artifact'>[] =>
  numbered(
    steps.flatMap((at): readonly Fact<'pipeline.artifact'>[] => {
      const download = downloadOf(at)
      if (!download) return []
      const path = download.path?.replace(/^\.\/|\/+$/g, '')
      const mixed =
        path === undefined || path === '' || path === '.' || /^\$\{\{\s*github\.workspace\s*\}\}$/.test(path)
      const conditions = [at.job?.if, at.step.if].flatMap(c => (c ? (expressionOf(c) ?? []) : []))
      return [
        {
          kind: 'pipeline.artifact',
          id: `pipeline.artifact:${[at.uri, at.job?.id ?? '', at.step.label].filter(p => p !== '').join('/')}`,
          place: download.place,
          data: {
            workflow: at.uri,
            job: at.job?.id ?? '',
            by: download.by,
            from: download.from,
            privileged: at.events.filter(e => privileged.includes(e)),
            mixed,
            use: usedAfter(at, mixed ? undefined : path),
            guarded: conditions.some(saysWhose),
          },
        },
      ]
    }),
  )

/** A condition on what the run was of: a push, or a branch of this repository. The name of a branch alone says nothing. */
const saysWhose = (tree: Expression): boolean => {
  if (tree.is === 'and') return tree.of.some(saysWhose)
  if (tree.is === 'or') return tree.of.every(saysWhose)
  if (tree.is !== 'compare' || tree.operator !== '==') return false
  const [context, other] = tree.left.is === 'literal' ? [tree.right, tree.left] : [tree.left, tree.right]
  const name = shown(context)
  if (name === 'github.event.workflow_run.event')
    return other.is === 'literal' && !/^pull_request/.test(String(other.value))
  return name === 'github.event.workflow_run.head_repository.full_name'
    ? shown(other) === 'github.repository'
    : shown(other) === 'github.event.workflow_run.head_repository.full_name' && name === 'github.repository'
}

const builders =
  /^(make|npm|yarn|pnpm|npx|node|python3?|pip3?|bash|sh|source|\.|tox|nox|go|cargo|mvn|gradle|docker|pytest|ruby|bundle|just|task)$/

/** The first later step that runs what could be a file of theirs, or that publishes. */
const usedAfter = (at: StepAt, path: string | undefined): Artifact['use'] => {
  for (const step of at.steps.slice(at.index + 1)) {
    if (step.run) {
      const { run } = step
      for (const node of nodesOf(parseShell(masked(run.value)).tree)) {
        if (node.type !== 'Command') continue
        const words = [node.name, ...node.suffix].flatMap(w => (w?.type === 'Word' ? [w.text] : []))
        const name = constantOf(node.name) ?? ''
        const local = /^\.{0,2}\/|^[\w.-]+\/[\w./-]+$/.test(name) && !/^\/(usr|bin|opt)\//.test(name)
        // `python -c`, `node -e` run the text of the workflow.
        const inline = words.some(w => w === '-c' || w === '-e' || w === '--version')
        const theirs = path === undefined || words.some(w => w.includes(path))
        if (theirs && !inline && (local || builders.test(name)))
          return {
            does: 'runs',
            what: words.slice(0, 2).join(' ').slice(0, 60),
            place: placed(at.file, run, node.pos, node.end),
          }
      }
    }
    if (at.job && step.uses?.value.startsWith('./') && path === undefined)
      return { does: 'runs', what: step.uses.value, place: placeOf(at.file, step.uses) }
    const published = at.job && publicationsOf(at.job).find(p => p.step === step)
    const node = step.uses ?? step.run
    if (published && node) return { does: 'publishes', what: published.what, place: placeOf(at.file, node) }
  }
  return undefined
}
