import type { Gate, Reliance } from '../facts/workflow.ts'
import type { Gap } from '../model.ts'
import type { Folded } from '../parse/expression.ts'
import type { Job, Workflow } from '../parse/workflow.ts'
import { entry, mergedEntries, textOf } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { readJob } from './gate-job.ts'
import { type Case, type CaseResult, jobRuns, type Result, spanOf } from './gate-result.ts'
import { type Files, type Hook, joined } from './gate-script.ts'
import { foldScalar, legsOf, lookupOf, occasionsOf, type Surroundings } from './workflow-occasion.ts'
import { publishedBy } from './workflow-publish.ts'

/** A workflow file that was read. */
export interface WorkflowFile {
  readonly uri: string
  readonly file: TextFile
  readonly workflow: Workflow
}

export interface GateWorld {
  readonly workflows: readonly WorkflowFile[]
  readonly around: Surroundings
  readonly files: Files
  readonly hooks: readonly Hook[] | undefined
  /** An action or workflow of the tree that had to be read and could not. */
  readonly gap: (gap: Omit<Gap, 'kinds'>) => void
  readonly deposit: (file: TextFile) => void
}

/** One place where a gate is invoked, and all that decides what its failure does. */
export interface Gated {
  readonly gate: Gate
  readonly command: string
  readonly workflow: string
  readonly job: string
  readonly step: string
  readonly place: Place
  /** The step's place among those of the job: 0 is the first. */
  readonly index: number
  /** What its failure does to a change on its way to the default branch. */
  readonly result: Result
  readonly cases: readonly CaseResult[]
  readonly reliedOnBy: readonly Reliance[]
}

/** A step that may run a gate without saying so here. */
export interface Opaque {
  readonly workflow: string
  readonly job: string
  readonly step: string
  readonly place: Place
  readonly because: string
  /** A change has to pass here on its way to the default branch. */
  readonly passed: boolean
  readonly mentions: (gate: Gate) => boolean
}

export interface GateReading {
  readonly gated: readonly Gated[]
  readonly opaque: readonly Opaque[]
  readonly installs: readonly { readonly name: string; readonly place: Place }[]
  /** For each workflow, by its uri: when it runs, callers followed. */
  readonly cases: ReadonlyMap<string, readonly Case[]>
}

export const readGates = async (world: GateWorld): Promise<GateReading> => {
  const cases = casesOf(world)
  const gated: Gated[] = []
  const opaque: Opaque[] = []
  const installs: { name: string; place: Place }[] = []
  for (const file of world.workflows) {
    const publishing = new Map(file.workflow.jobs.map(job => [job.id, publishedBy(job)]))
    for (const job of file.workflow.jobs) {
      const read = await readJob(file, job, cases.get(file.uri) ?? [], world)
      const reliedOnBy = relianceOn(job, file, publishing)
      gated.push(...read.gated.map(g => ({ ...g, reliedOnBy })))
      opaque.push(...read.opaque)
      installs.push(...read.installs)
    }
  }
  return { gated: gated.filter(g => g.result.is !== 'other'), opaque, installs, cases }
}

/** For each workflow the cases in which it runs, callers followed. */
const casesOf = (world: GateWorld): ReadonlyMap<string, readonly Case[]> => {
  const byUri = new Map(world.workflows.map(w => [w.uri, w]))
  const known = new Map<string, readonly Case[]>()
  const visit = (file: WorkflowFile, path: readonly string[]): readonly Case[] => {
    const done = known.get(file.uri)
    if (done) return done
    const cases: Case[] = occasionsOf(file.workflow, world.around).map(occasion => ({ occasion, open: undefined }))
    const given = file.workflow.triggers.find(t => t.event === 'workflow_call')?.inputs
    if (file.workflow.triggers.some(t => t.event === 'workflow_call') && path.length < 10)
      for (const caller of world.workflows) {
        if (path.includes(caller.uri)) continue
        for (const job of caller.workflow.jobs) {
          const target = job.uses === undefined ? undefined : localWorkflow(job.uses.value)
          if (target === undefined || byUri.get(target) !== file) continue
          for (const above of visit(caller, [...path, caller.uri]))
            for (const leg of legsOf(job.matrix).slice(0, 8)) {
              const ran = jobRuns(caller, job, above.occasion, leg)
              if (ran.value === false) continue
              const lookup = lookupOf(above.occasion, leg, [caller.workflow.env], undefined)
              const inputs = (name: string): Folded => {
                const said =
                  job.with?.is === 'map'
                    ? mergedEntries(job.with).find(e => e.key.value.toLowerCase() === name)?.value
                    : undefined
                const node = said ?? entry(given?.get(name), 'default')
                if (node === undefined)
                  return {
                    value: given?.has(name) && textOf(entry(given.get(name), 'type')) === 'boolean' ? false : null,
                  }
                return node.is === 'scalar' ? foldScalar(node, lookup) : undefined
              }
              cases.push({
                occasion: { ...above.occasion, inputs, calledBy: new Set([job]) },
                open: above.open ?? (ran.value === undefined ? { because: ran.because, at: ran.at } : undefined),
              })
            }
        }
      }
    // Many callers give many equal cases; a workflow of 50 callers stays affordable.
    const byWhat = new Map<string, Case>()
    for (const c of cases) {
      const key = JSON.stringify([
        c.occasion.event,
        c.occasion.reach,
        c.occasion.says,
        c.occasion.github(['github', 'ref'])?.value,
        c.open?.because,
        [...(given?.keys() ?? [])].map(name => c.occasion.inputs?.(name)?.value),
      ])
      const calledBy = new Set([...(byWhat.get(key)?.occasion.calledBy ?? []), ...c.occasion.calledBy])
      byWhat.set(key, { ...c, occasion: { ...c.occasion, calledBy } })
    }
    const unique = [...byWhat.values()].slice(0, 64)
    if (path.length <= 1) known.set(file.uri, unique)
    return unique
  }
  for (const file of world.workflows) visit(file, [file.uri])
  return known
}

/** `./.github/workflows/x.yml` as a uri; undefined for a workflow of another repository. */
export const localWorkflow = (uses: string): string | undefined =>
  isLocal(uses) ? joined('', uses.slice(2)) : undefined

/** `./x`, or `$/x`: this repository at the running commit (GitHub changelog, 30 July 2026). */
export const isLocal = (uses: string): boolean => uses.startsWith('./') || uses.startsWith('$/')

const relianceOn = (
  job: Job,
  file: WorkflowFile,
  publishing: ReadonlyMap<string, readonly string[]>,
): readonly Reliance[] => {
  const { jobs } = file.workflow
  const dependents = new Set([job.id])
  for (let grew = true; grew; ) {
    grew = false
    for (const other of jobs)
      if (!dependents.has(other.id) && other.needs.some(n => dependents.has(n.id))) {
        dependents.add(other.id)
        grew = true
      }
  }
  return jobs.flatMap(other => {
    if (other.id === job.id || !dependents.has(other.id) || (publishing.get(other.id) ?? []).length === 0) return []
    const need = other.needs.find(n => dependents.has(n.id))
    return [{ job: other.id, place: need ? spanOf(file.file, need.node) : spanOf(file.file, other.key) }]
  })
}
