import type { Gate, ReleaseStanding, WorkflowFacts } from '../facts/workflow.ts'
import type { Fact } from '../model.ts'
import { asksForStatus, expressionsIn, fold, type Lookup, parseExpression, truthy } from '../parse/expression.ts'
import { coveredBy } from '../parse/filter-pattern.ts'
import type { Job, Step, Trigger, Workflow } from '../parse/workflow.ts'
import type { YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { type Gated, type GateReading, localWorkflow, type Opaque, type WorkflowFile } from './gate.ts'
import { names, populationOf } from './gate-name.ts'
import { type Case, jobRuns, type Result, spanOf } from './gate-result.ts'
import { type Leg, lookupOf, type Occasion } from './workflow-occasion.ts'
import { publicationsOf } from './workflow-publish.ts'

/** How a job stands in a run in which some jobs have failed. */
type State = 'success' | 'failure' | 'skipped' | 'unknown'

const openLeg: Leg = { values: new Map(), open: true }

/**
 * The jobs of a workflow in a run in which `failing` fail and every other that runs succeeds. Docs: "Using conditions to
 * control job execution", `jobs.<job_id>.needs`: without a status function a job runs only when all that it needs, and
 * all that those need, succeeded; a skipped job is no success.
 */
export const statesOf = (
  file: WorkflowFile,
  occasion: Occasion,
  failing: ReadonlySet<string>,
  known: Lookup = () => undefined,
): ((id: string) => State) => {
  const { jobs } = file.workflow
  const states = new Map<string, State>()
  const stateOf = (id: string, path: ReadonlySet<string>): State => {
    const done = states.get(id)
    if (done) return done
    const job = jobOf(file, id)
    // A job that needs one that is not there, or itself, never starts; GitHub refuses the file.
    if (!job || path.has(id)) return 'unknown'
    const state = failing.has(id) ? 'failure' : running(job, new Set([...path, id]))
    states.set(id, state)
    return state
  }
  const running = (job: Job, path: ReadonlySet<string>): State => {
    const needed = [...dependsOn(file, job.id)].map(id => stateOf(id, path))
    const well = needed.every(s => s === 'success')
      ? true
      : needed.every(s => s !== 'unknown') || bad(needed)
        ? false
        : undefined
    const failed = needed.includes('failure') ? true : needed.includes('unknown') ? undefined : false
    const lookup = lookupOf(occasion, openLeg, [file.workflow.env], undefined)
    const look: Lookup = path_ => {
      const [context, need, what] = path_
      if (context === 'needs' && need === '*' && what === 'result') {
        const all = job.needs.map(n => stateOf(n.id, path))
        return all.includes('unknown') ? undefined : { value: null, items: all }
      }
      if (context === 'needs' && what === 'result') {
        const found = jobs.find(j => j.id.toLowerCase() === need)
        const state = found ? stateOf(found.id, path) : 'unknown'
        return state === 'unknown' ? undefined : { value: state }
      }
      return known(path_) ?? lookup(path_)
    }
    const value = conditionIn(job.if, look, { success: well, failure: failed })
    return value === undefined ? 'unknown' : value ? 'success' : 'skipped'
  }
  return id => stateOf(id, new Set())
}

const bad = (states: readonly State[]): boolean => states.some(s => s === 'failure' || s === 'skipped')

/** A condition in a run that is not all well; `success() &&` is implied where no status function is asked. */
const conditionIn = (
  condition: YamlScalar | undefined,
  lookup: Lookup,
  status: { readonly success: boolean | undefined; readonly failure: boolean | undefined },
): boolean | undefined => {
  const text = condition?.value.trim() ?? ''
  const [only, ...more] = expressionsIn(text)
  const whole = only && more.length === 0 && only.start === 0 && only.end === text.length
  // Text around an expression is a text that is not empty, which is true.
  if (only && !whole) return status.success
  if (text === '') return status.success
  const parsed = parseExpression(whole ? only.inner : text)
  if (!parsed.ok) return undefined
  const asks = asksForStatus(parsed.tree)
  if (!asks && status.success === false) return false
  const folded = fold(parsed.tree, lookup, status)
  const own = folded === undefined ? undefined : truthy(folded.value)
  return asks || own === false ? own : status.success === undefined ? undefined : own
}

/** What is known of one gate before one job. */
interface Held {
  readonly is: 'yes' | 'perhaps' | 'toothless' | 'no'
  readonly because: string
  readonly at: Place | undefined
}
const order = ['yes', 'perhaps', 'toothless', 'no'] as const
const best = (all: readonly Held[]): Held | undefined =>
  [...all].sort((a, b) => order.indexOf(a.is) - order.indexOf(b.is))[0]

/** One run of a gate as a job of a workflow sees it: in a job of its own, or in a workflow that a job calls. */
interface Entry {
  readonly job: string
  readonly run: Gated
  readonly result: Result
}

export interface ReleaseWorld {
  readonly workflows: readonly WorkflowFile[]
  readonly reading: GateReading
  /** Names the default branch may have. */
  readonly branches: readonly string[]
  /** Workflows that were not read may hold the gate. */
  readonly unread: boolean
}

/** Each job that publishes, and whether a gate that fails keeps it from doing so. */
export const releasesOf = (gate: Gate, world: ReleaseWorld): readonly Fact<'ci.release'>[] => {
  const runs = world.reading.gated.filter(g => g.gate === gate)
  const called = names[gate].called
  const byUri = new Map(world.workflows.map(w => [w.uri, w]))
  const byJob = new Map<string, Gated[]>()
  for (const run of runs) {
    const key = `${run.workflow}\n${run.job}`
    const known = byJob.get(key)
    if (known) known.push(run)
    else byJob.set(key, [run])
  }
  const runsIn = (file: WorkflowFile, job: Job): readonly Gated[] => byJob.get(`${file.uri}\n${job.id}`) ?? []
  const doubts = world.reading.opaque.filter(o => o.mentions(gate))

  const entries = new Map<string, readonly Entry[]>()
  const entriesOf = (
    file: WorkflowFile,
    occasion: Occasion | undefined,
    depth: number,
    caller?: Caller,
  ): readonly Entry[] => {
    const by = caller && [caller.file.uri, caller.job.id]
    const key = JSON.stringify([file.uri, occasion?.event, occasion?.says, depth, by])
    const found = entries.get(key) ?? entriesIn(file, occasion, depth, caller)
    entries.set(key, found)
    return found
  }
  const entriesIn = (
    file: WorkflowFile,
    occasion: Occasion | undefined,
    depth: number,
    caller: Caller | undefined,
  ): readonly Entry[] =>
    file.workflow.jobs.flatMap(job => {
      const own = runsIn(file, job).flatMap((run): readonly Entry[] => {
        // A called workflow does what this caller gives it; what another gives it is another run.
        const of = run.cases.filter(
          c =>
            (occasion === undefined || same(c.occasion, occasion)) &&
            (caller === undefined || c.occasion.calledBy.has(caller.job)),
        )
        // Without an occasion (what a finished workflow was started by): whichever is best.
        const found = of.find(c => c.result.is === 'blocks') ?? of[0]
        return found ? [{ job: job.id, run, result: found.result }] : []
      })
      const target = job.uses && depth < 4 ? byUri.get(localWorkflow(job.uses.value) ?? '') : undefined
      const inner = target
        ? entriesOf(target, occasion, depth + 1, { file, job }).map(e => ({ ...e, job: job.id }))
        : []
      return [...own, ...inner]
    })

  const worlds = new Map<string, (id: string) => State>()
  const stateIn = (file: WorkflowFile, occasion: Occasion, failing: string): ((id: string) => State) => {
    const key = JSON.stringify([file.uri, occasion.event, occasion.says, failing])
    const found = worlds.get(key) ?? statesOf(file, occasion, new Set([failing]))
    worlds.set(key, found)
    return found
  }

  /** What keeps a job back in its own workflow. */
  const within = (file: WorkflowFile, job: Job, occasion: Occasion): readonly Held[] =>
    entriesOf(file, occasion, 0).flatMap((entry): readonly Held[] => {
      if (entry.job === job.id) return []
      const state = stateIn(file, occasion, entry.job)(job.id)
      const power = powerOf(entry)
      if (state === 'skipped')
        return [{ ...power, because: power.because || `it needs job "${entry.job}", which runs ${entry.run.command}` }]
      if (state === 'unknown')
        return [
          {
            is: 'perhaps',
            because: `whether it runs after job "${entry.job}" failed is known only to the run`,
            at: job.if && spanOf(file.file, job.if),
          },
        ]
      const waits = job.needs.length > 0 && stateIn(file, occasion, '')(job.id) !== 'skipped'
      return waits && job.if && dependsOn(file, job.id).has(entry.job)
        ? [
            {
              is: 'no',
              because: `its condition lets it run after job "${entry.job}" (${entry.run.command}) failed`,
              at: spanOf(file.file, job.if),
            },
          ]
        : []
    })

  /** What precedes the publishing step in its own job. */
  const inJob = (file: WorkflowFile, job: Job, occasion: Occasion): readonly Held[] => {
    const publications = publicationsOf(job).filter(p => gate !== 'image-scan' || p.what === 'a container image')
    const first = publications[0]
    if (!first) return []
    return runsIn(file, job).flatMap((run): readonly Held[] => {
      const found = run.cases.find(c => same(c.occasion, occasion))
      if (!found) return []
      if (run.index >= first.index)
        return run.index === first.index
          ? [{ is: 'perhaps', because: `${run.command} runs in the step that publishes`, at: run.place }]
          : [{ is: 'no', because: `${run.command} runs only after it has published`, at: run.place }]
      const passes = runsAnyway(first.step, occasion, file)
      if (passes !== false)
        return [
          {
            is: passes ? 'no' : 'perhaps',
            because: `its publishing step may run although ${run.command} failed`,
            at: first.step.if && spanOf(file.file, first.step.if),
          },
        ]
      const power = powerOf({ job: job.id, run, result: found.result })
      return [{ ...power, because: power.because || `${run.command} runs before it in the same job` }]
    })
  }

  /** The best that is known of the gate before a merge. */
  const beforeMerge = [
    best(
      runs.flatMap(run =>
        run.cases.flatMap(({ occasion: o, result }): readonly Held[] => {
          if (!['pull_request', 'merge_group'].includes(o.event) || o.reach === 'beside') return []
          const missed = o.misses(populationOf(gate, run.command))
          if (result.is === 'blocks')
            return [
              {
                is: o.reach === 'path' && missed === undefined ? 'yes' : 'perhaps',
                because:
                  missed !== undefined
                    ? `its path filter leaves out changes to ${missed}`
                    : o.reach === 'path'
                      ? `what reaches the default branch passed ${run.command} ${o.says}`
                      : (o.because ?? 'its triggers are not known'),
                at: undefined,
              },
            ]
          return ['perhaps', 'doubt', 'unread'].includes(result.is)
            ? [{ is: 'perhaps', because: `${run.command}: ${result.because}`, at: result.at }]
            : []
        }),
      ),
    ),
  ].filter(h => h !== undefined)

  /** A branch that takes only what passed on the way to it. */
  const byBranch = (file: WorkflowFile, job: Job, occasion: Occasion): readonly Held[] => {
    // What is published is built anew: only its own scan counts.
    if (gate === 'image-scan' || gate === 'sbom' || !fromDefaultBranch(occasion, world.branches)) return []
    if (occasion.event === 'push' && jobRuns(file, job, onTopicBranch(occasion), openLeg).value === true) {
      const trigger = file.workflow.triggers.find(t => t.event === 'push')
      if (trigger && letsThrough(trigger, topic))
        return [
          { is: 'no', because: 'it publishes from every branch that is pushed', at: spanOf(file.file, trigger.node) },
        ]
    }
    return beforeMerge
  }

  /** A workflow that starts when another has ended, well or not. */
  const afterAnother = (file: WorkflowFile, job: Job, occasion: Occasion): readonly Held[] => {
    if (occasion.event !== 'workflow_run') return []
    const followed = file.workflow.triggers.find(t => t.event === 'workflow_run')?.workflows ?? []
    return world.workflows
      .filter(w => w.workflow.name !== undefined && followed.includes(w.workflow.name))
      .flatMap(other =>
        entriesOf(other, undefined, 0).map((entry): Held => {
          const failed: Lookup = path =>
            path.join('.') === 'github.event.workflow_run.conclusion' ? { value: 'failure' } : undefined
          const state = statesOf(file, occasion, new Set(), failed)(job.id)
          const name = other.workflow.name ?? ''
          if (state === 'skipped') {
            const power = powerOf(entry)
            return {
              ...power,
              because:
                power.because || `it starts only after workflow "${name}" succeeded, which runs ${entry.run.command}`,
            }
          }
          return state === 'unknown'
            ? {
                is: 'perhaps',
                because: `whether it runs after workflow "${name}" failed is known only to the run`,
                at: job.if && spanOf(file.file, job.if),
              }
            : {
                is: 'no',
                because: `it starts when workflow "${name}" has ended, also when ${entry.run.command} failed`,
                at: job.if && spanOf(file.file, job.if),
              }
        }),
      )
  }

  const byCallee = callersOf(world.workflows)
  const callers = (file: WorkflowFile): readonly Caller[] => byCallee.get(file.uri) ?? []

  /** An action that waits for checks of the same commit: for which ones is not followed. */
  const waiting = (file: WorkflowFile, job: Job): readonly Held[] => {
    const needed = dependsOn(file, job.id)
    const step = file.workflow.jobs
      .filter(j => j.id === job.id || needed.has(j.id))
      .flatMap(j => j.steps)
      .find(s => waits.test(s.uses?.value ?? ''))
    return step?.uses
      ? [
          {
            is: 'perhaps',
            because: 'it waits for other checks by an action that is not followed',
            at: spanOf(file.file, step.uses),
          },
        ]
      : []
  }

  const held = (file: WorkflowFile, job: Job, occasion: Occasion, depth: number): readonly Held[] => [
    ...inJob(file, job, occasion),
    ...within(file, job, occasion),
    ...afterAnother(file, job, occasion),
    ...waiting(file, job),
    ...(depth < 4 ? callers(file).flatMap(c => held(c.file, c.job, occasion, depth + 1)) : []),
  ]

  /** Whether a step that is not followed stands where it could hold the job back. */
  const mayHold = (step: Opaque, file: WorkflowFile, job: Job, occasion: Occasion): boolean => {
    if (occasion.event === 'workflow_run') return true
    if (fromDefaultBranch(occasion, world.branches) && gate !== 'image-scan' && gate !== 'sbom') return true
    if (step.workflow === file.uri && (step.job === job.id || dependsOn(file, job.id).has(step.job))) return true
    if (dependsOn(file, job.id).size > 0)
      for (const other of file.workflow.jobs)
        if (other.uses && localWorkflow(other.uses.value) === step.workflow && dependsOn(file, job.id).has(other.id))
          return true
    return callers(file).some(c => c.file.uri === step.workflow)
  }

  const facts: Fact<'ci.release'>[] = []
  for (const file of world.workflows)
    for (const job of file.workflow.jobs) {
      const publishes = [...new Set(publicationsOf(job).map(p => p.what))]
      if (publishes.length === 0 || (gate === 'image-scan' && !publishes.includes('a container image'))) continue
      const occasions = (world.reading.cases.get(file.uri) ?? [])
        .map(({ occasion }: Case) => occasion)
        .filter(({ event }) => !['pull_request', 'pull_request_target', 'merge_group'].includes(event))
      const judged = occasions.flatMap(occasion => {
        if (jobRuns(file, job, occasion, openLeg).value === false) return []
        const all = [...held(file, job, occasion, 0), ...byBranch(file, job, occasion)]
        const found = best(all) ?? nothingHeld(called)
        return [{ occasion, found }]
      })
      const worst = worstOf(judged)
      const tell = (
        says: Pick<WorkflowFacts['ci.release'], 'standing' | 'occasion' | 'because' | 'brokenBy'>,
      ): void => {
        facts.push({
          kind: 'ci.release',
          id: `ci.release:${gate}:${file.uri}/${job.id}`,
          place: spanOf(file.file, job.key),
          data: { gate, workflow: file.uri, job: job.id, publishes, ...says },
        })
      }
      if (!worst) {
        // A branch of its own, such as `production`: it publishes, and silence would say that it does not.
        if (occasions.some(o => jobRuns(file, job, onSomeRef(o), openLeg).value !== false))
          tell({
            standing: 'unknown',
            occasion: 'on other branches or tags',
            because: 'its condition asks for a branch or tag of its own, which no run of the gate was held against',
            brokenBy: job.if && spanOf(file.file, job.if),
          })
        continue
      }
      const standing = standingOf(worst, judged)
      const opaque = doubts.find(o => mayHold(o, file, job, worst.occasion))
      const doubted: ReleaseStanding | undefined =
        standing === 'open' && (opaque || world.unread) ? 'unknown' : undefined
      tell({
        standing: doubted ?? standing,
        occasion: worst.occasion.says,
        because:
          doubted === undefined
            ? worst.found.because
            : opaque
              ? `job "${opaque.job}" may run ${called}: ${opaque.because}`
              : 'a workflow that could not be read may hold it back',
        brokenBy: worst.found.is === 'yes' ? undefined : worst.found.at,
      })
    }
  return facts
}

/** The same occasion on a branch or tag that nothing tells. */
const onSomeRef = (occasion: Occasion): Occasion => ({
  ...occasion,
  github: path =>
    path.length === 2 && ['ref', 'ref_name', 'ref_type'].includes(path[1] ?? '') ? undefined : occasion.github(path),
})

const topic = 'a-topic-branch'
const onTopicBranch = (occasion: Occasion): Occasion => ({
  ...occasion,
  github: path => {
    if (path.length === 2 && path[1] === 'ref') return { value: `refs/heads/${topic}` }
    return path.length === 2 && path[1] === 'ref_name' ? { value: topic } : occasion.github(path)
  },
})
const letsThrough = (trigger: Trigger, branch: string): boolean =>
  (trigger.branches === undefined || coveredBy(trigger.branches, branch)) &&
  (trigger.branchesIgnore === undefined || !coveredBy(trigger.branchesIgnore, branch)) &&
  (trigger.branches !== undefined || trigger.branchesIgnore !== undefined || trigger.tags === undefined)

const fromDefaultBranch = ({ event, github }: Occasion, branches: readonly string[]): boolean =>
  event === 'schedule' ||
  (event === 'push' && branches.some(b => github(['github', 'ref'])?.value === `refs/heads/${b}`))

const waits =
  /(^|[/-])(wait-on-check|wait-for-(checks?|status|workflow|jobs?)|await-(checks?|workflow|status)|wait-other-jobs|workflow-wait)/i

const same = (a: Occasion, b: Occasion): boolean => a.event === b.event && a.says === b.says

const nothingHeld = (called: string): Held => ({ is: 'no', because: `waits for no run of ${called}`, at: undefined })

const powerOf = ({ run, result }: Entry): Held => {
  switch (result.is) {
    case 'blocks':
    case 'beside':
      return { is: 'yes', because: '', at: undefined }
    case 'perhaps':
    case 'doubt':
    case 'unread':
      return { is: 'perhaps', because: `${run.command}: ${result.because}`, at: result.at }
    case 'swallowed':
      return { is: 'toothless', because: `${run.command} cannot fail: ${result.because}`, at: result.at }
    case 'off':
    case 'disabled':
    case 'other':
      return { is: 'toothless', because: `${run.command} never runs: ${result.because}`, at: result.at }
  }
}

/** Whether a step runs when an earlier one has failed. */
const runsAnyway = (step: Step, occasion: Occasion, file: WorkflowFile): boolean | undefined =>
  conditionIn(step.if, lookupOf(occasion, openLeg, [file.workflow.env], undefined), { success: false, failure: true })

interface Caller {
  readonly file: WorkflowFile
  readonly job: Job
}

/** By the uri of a workflow: the jobs that call it. */
const callersOf = (workflows: readonly WorkflowFile[]): ReadonlyMap<string, readonly Caller[]> => {
  const callers = new Map<string, Caller[]>()
  for (const file of workflows)
    for (const job of file.workflow.jobs) {
      const target = job.uses && localWorkflow(job.uses.value)
      if (target === undefined) continue
      const known = callers.get(target)
      if (known) known.push({ file, job })
      else callers.set(target, [{ file, job }])
    }
  return callers
}

const jobsById = new WeakMap<Workflow, ReadonlyMap<string, Job>>()
const jobOf = ({ workflow }: WorkflowFile, id: string): Job | undefined => {
  const known = jobsById.get(workflow) ?? new Map(workflow.jobs.map(j => [j.id, j]))
  jobsById.set(workflow, known)
  return known.get(id)
}

const before = new WeakMap<Job, ReadonlySet<string>>()
/** All that a job needs, and all that those need. */
const dependsOn = (file: WorkflowFile, id: string): ReadonlySet<string> => {
  const job = jobOf(file, id)
  const known = job && before.get(job)
  if (known) return known
  const all = new Set<string>()
  const pending = [id]
  for (let at = pending.pop(); at !== undefined; at = pending.pop())
    for (const need of jobOf(file, at)?.needs ?? [])
      if (!all.has(need.id)) {
        all.add(need.id)
        pending.push(need.id)
      }
  if (job) before.set(job, all)
  return all
}

interface Judged {
  readonly occasion: Occasion
  readonly found: Held
}

/** The occasion on which it stands worst; by hand is asked last. */
const worstOf = (judged: readonly Judged[]): Judged | undefined => {
  const worse = (a: Judged, b: Judged): number => order.indexOf(b.found.is) - order.indexOf(a.found.is)
  const alone = judged.filter(j => j.occasion.event !== 'workflow_dispatch').sort(worse)[0]
  const byHand = judged.filter(j => j.occasion.event === 'workflow_dispatch').sort(worse)[0]
  return alone === undefined || (alone.found.is === 'yes' && byHand !== undefined) ? (byHand ?? alone) : alone
}

const standingOf = ({ occasion, found }: Judged, all: readonly Judged[]): WorkflowFacts['ci.release']['standing'] => {
  if (found.is === 'yes') return 'holds'
  if (found.is === 'perhaps') return 'unknown'
  if (occasion.event === 'workflow_dispatch' && all.some(j => j.occasion.event !== 'workflow_dispatch'))
    return 'by-hand'
  return found.is === 'toothless' ? 'toothless' : 'open'
}
