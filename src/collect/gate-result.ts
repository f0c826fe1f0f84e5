import type { GateStanding } from '../facts/workflow.ts'
import { expressionsIn, fold, type Lookup, mask, parseExpression } from '../parse/expression.ts'
import { parseShell } from '../parse/shell.ts'
import type { Job, Step } from '../parse/workflow.ts'
import { entry, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { alwaysFails } from './exit-status.ts'
import type { WorkflowFile } from './gate.ts'
import { inFile } from './gate-script.ts'
import {
  foldScalar,
  type Leg,
  lookupOf,
  type Occasion,
  type Population,
  systemOf,
  type Truth,
  truthOf,
} from './workflow-occasion.ts'

/** What one invocation's failure does: from the best that can be said to the worst. */
export interface Result {
  readonly is: 'blocks' | 'perhaps' | 'doubt' | 'unread' | 'swallowed' | 'beside' | 'off' | 'disabled' | 'other'
  readonly because: string
  readonly at: Place | undefined
}
const rank = ['blocks', 'perhaps', 'doubt', 'unread', 'swallowed', 'beside', 'off', 'disabled', 'other'] as const

/** The better of two; the first of equals. */
const better = (a: Result | undefined, b: Result): Result =>
  a === undefined || rank.indexOf(b.is) < rank.indexOf(a.is) ? b : a

/** An occasion of a job: of the workflow itself, or of what calls it, with what the callers' conditions leave open. */
export interface Case {
  readonly occasion: Occasion
  readonly open: { readonly because: string; readonly at: Place } | undefined
}

/** What a failure does on one occasion: to its job, whether or not a change has to pass there. */
export interface CaseResult {
  readonly occasion: Occasion
  readonly result: Result
}

/** A step as it runs in a job: directly, or inside a composite action of the tree. */
export interface Placed {
  readonly step: Step
  readonly file: TextFile
  readonly label: string
  /** Its place among the steps of the job: 0 is the first. */
  readonly index: number
  /** The steps that call it, outermost first. */
  readonly outer: readonly { readonly step: Step; readonly file: TextFile }[]
}

/** A case of a job on one leg of its matrix, as far as expressions and variables can be told. */
export interface Look {
  readonly text: (scalar: YamlScalar) => string | undefined
  readonly lookup: Lookup
}

export interface Ran {
  readonly value: boolean | undefined
  readonly because: string
  readonly at: Place
  readonly constant: boolean
}

export const spanOf = (file: TextFile, node: YamlNode): Place => inFile(file)(node.range.start, node.range.end)
const openLeg: Leg = { values: new Map(), open: true }

const asked = new WeakMap<Job, WeakMap<Occasion, WeakMap<Leg, Ran>>>()

/** Whether a job runs on an occasion; every step of the job asks. */
export const jobRuns = (file: WorkflowFile, job: Job, occasion: Occasion, leg: Leg): Ran => {
  const byOccasion = asked.get(job) ?? new WeakMap<Occasion, WeakMap<Leg, Ran>>()
  const byLeg = byOccasion.get(occasion) ?? new WeakMap<Leg, Ran>()
  const ran = byLeg.get(leg) ?? running(file, job, occasion, leg, new Set())
  asked.set(job, byOccasion.set(occasion, byLeg.set(leg, ran)))
  return ran
}

/** Whether a job runs: its own condition, and that nothing it needs is skipped (docs: `jobs.<job_id>.needs`). */
const running = (file: WorkflowFile, job: Job, occasion: Occasion, leg: Leg, path: ReadonlySet<string>): Ran => {
  const lookup = lookupOf(occasion, leg, [file.workflow.env], undefined)
  const own = truthOf(job.if, lookup)
  const at = spanOf(file.file, job.if ?? job.key)
  const says = `its job "${job.id}" runs under a condition`
  if (own.value === false)
    return {
      value: false,
      because: `the condition of its job "${job.id}" is never true ${occasion.says}`,
      at,
      constant: own.constant,
    }
  if (!own.status)
    for (const need of job.needs) {
      const needed = file.workflow.jobs.find(j => j.id === need.id)
      if (!needed || path.has(need.id)) continue
      // A skipped job skips what needs it, and a skipped job reports success.
      const ran = running(file, needed, occasion, openLeg, new Set([...path, job.id]))
      if (ran.value !== true && own.value === true)
        return { ...ran, because: ran.value === false ? ran.because : `it is skipped when its need "${need.id}" is` }
    }
  return { value: own.value, because: says, at, constant: own.constant }
}

/** What becomes of a failure on every occasion, over the legs of the matrix: one leg that fails is enough. */
export const casesOfResult = (
  file: WorkflowFile,
  job: Job,
  placed: Placed,
  cases: readonly Case[],
  legs: readonly Leg[],
  result: (look: Look, system: string | undefined) => Result,
): readonly CaseResult[] =>
  cases.flatMap(({ occasion, open }) => {
    let best: Result | undefined
    for (const leg of legs) {
      const env = [file.workflow.env, entry(job.node, 'env')]
      const system = systemOf(job, lookupOf(occasion, leg, env, undefined))
      const lookup = lookupOf(occasion, leg, env, system)
      const text = (scalar: YamlScalar): string | undefined => {
        const value = foldScalar(scalar, lookup)?.value
        return typeof value === 'string' ? value : undefined
      }
      best = better(best, onLeg(file, job, placed, occasion, leg, lookup, result({ lookup, text }, system), open))
    }
    return best ? [{ occasion, result: best }] : []
  })

const onLeg = (
  file: WorkflowFile,
  job: Job,
  placed: Placed,
  occasion: Occasion,
  leg: Leg,
  lookup: Lookup,
  end: Result,
  open: Case['open'],
): Result => {
  if (end.is === 'other' || end.is === 'swallowed') return end
  const ignored = continuesOn(file, job, placed, lookup)
  if (ignored.value === true) {
    const later = asksLater(job, placed, lookup)
    if (later === undefined)
      return { is: 'doubt', because: 'whether a later step fails by its outcome is not known', at: ignored.at }
    if (!later) return { is: 'swallowed', because: '`continue-on-error` lets the job succeed', at: ignored.at }
  }
  const ran = stepRuns(file, job, placed, occasion, leg, lookup)
  if (ran.value === false) return { is: ran.constant ? 'disabled' : 'off', because: ran.because, at: ran.at }
  if (end.is === 'off' || end.is === 'doubt' || end.is === 'perhaps' || end.is === 'unread') return end
  if (ignored.value === undefined && !asksLater(job, placed, lookup))
    return { is: 'doubt', because: '`continue-on-error` is an expression that only the run knows', at: ignored.at }
  if (ran.value === undefined) return { is: 'perhaps', because: ran.because, at: ran.at }
  if (open) return { is: 'perhaps', because: open.because, at: open.at }
  return end
}

/**
 * What a failure does to a change on its way to the default branch: the best of all occasions counts. A pull request
 * where it is told to go on is let through, though a push of the same branch would have failed: only a merge queue
 * comes after it.
 */
export const onTheWay = (cases: readonly CaseResult[], population: Population): Result => {
  let best: Result | undefined
  let onRequests: CaseResult | undefined
  let inQueue = false
  const blocking: string[] = []
  for (const { occasion, result } of cases) {
    const reached = reaching(occasion, result, population)
    if (reached.is === 'blocks' && !blocking.includes(occasion.says)) blocking.push(occasion.says)
    if (reached.is === 'blocks' && occasion.event === 'merge_group') inQueue = true
    if (occasion.event.startsWith('pull_request') && occasion.reach !== 'beside')
      if (!onRequests || better(onRequests.result, reached) === reached) onRequests = { occasion, result: reached }
    best = better(best, reached)
  }
  if (!best) return { is: 'beside', because: 'nothing in this repository calls its workflow', at: undefined }
  const lets = onRequests && (onRequests.result.is === 'swallowed' || onRequests.result.is === 'doubt')
  if (
    onRequests &&
    lets &&
    !inQueue &&
    best !== onRequests.result &&
    rank.indexOf(best.is) < rank.indexOf(onRequests.result.is)
  )
    return { ...onRequests.result, because: `${onRequests.result.because} ${onRequests.occasion.says}` }
  return best.is === 'blocks' ? { ...best, because: blocking.join(', ') } : best
}

const reaching = (occasion: Occasion, result: Result, population: Population): Result => {
  if (['other', 'swallowed', 'off', 'disabled'].includes(result.is)) return result
  if (occasion.reach === 'beside')
    return { is: 'beside', because: occasion.because ?? `it runs only ${occasion.says}`, at: undefined }
  const missed = result.is === 'blocks' ? occasion.misses(population) : undefined
  if (missed !== undefined)
    return { is: 'perhaps', because: `its path filter leaves out changes to ${missed}`, at: undefined }
  if (result.is === 'blocks' && occasion.reach === 'perhaps')
    return { is: 'perhaps', because: occasion.because ?? 'its triggers are not known', at: undefined }
  return result
}

const continuesOn = (
  file: WorkflowFile,
  job: Job,
  placed: Placed,
  lookup: Lookup,
): { readonly value: boolean | undefined; readonly at: Place | undefined } => {
  const given = [
    ...(job.continueOnError ? [{ node: job.continueOnError, file: file.file }] : []),
    ...[...placed.outer, placed].flatMap(p =>
      p.step.continueOnError ? [{ node: p.step.continueOnError, file: p.file }] : [],
    ),
  ]
  let open: Place | undefined
  for (const { node, file: source } of given) {
    const folded = foldScalar(node, lookup)
    const at = spanOf(source, node)
    if (!folded) open ??= at
    else if (folded.value === true || folded.value === 'true') return { value: true, at }
  }
  return open ? { value: undefined, at: open } : { value: false, at: undefined }
}

/**
 * Whether a step that follows fails the job when this one has failed and was let go on: by `steps.<id>.outcome` (docs:
 * the outcome is the result before continue-on-error is applied, the conclusion the one after).
 */
const asksLater = (job: Job, placed: Placed, lookup: Lookup): boolean | undefined => {
  const id = placed.step.id?.toLowerCase()
  if (id === undefined || placed.outer.length > 0 || job.continueOnError) return false
  const failed: Lookup = path => {
    if (path[0] === 'steps' && path[1] === id && path[2] === 'outcome') return { value: 'failure' }
    if (path[0] === 'steps' && path[1] === id && path[2] === 'conclusion') return { value: 'success' }
    return lookup(path)
  }
  let open = false
  for (const step of job.steps.slice(placed.index + 1)) {
    if (!step.run || step.continueOnError) continue
    const named = new RegExp(`\\bsteps\\.${id.replace(/[^\w-]/g, '')}\\.`, 'i')
    if (!named.test(step.if?.value ?? '') && !named.test(step.run.value)) continue
    const runs = truthOf(step.if, failed).value
    if (runs === false) continue
    const text = foldedScript(step.run.value, failed)
    const fails = alwaysFails(parseShell(text), { dialect: 'bash', errexit: true, pipefail: false })
    if (runs === true && fails === true) return true
    if (fails !== false) open = true
  }
  return open ? undefined : false
}

/** The script with those expressions filled in that are known; the rest masked. */
const foldedScript = (text: string, lookup: Lookup): string => {
  let out = ''
  let from = 0
  for (const { start, end, inner } of expressionsIn(text)) {
    const parsed = parseExpression(inner)
    const value = parsed.ok ? fold(parsed.tree, lookup) : undefined
    out += text.slice(from, start) + (value ? String(value.value ?? '') : mask.repeat(end - start))
    from = end
  }
  return out + text.slice(from)
}

const stepRuns = (file: WorkflowFile, job: Job, placed: Placed, occasion: Occasion, leg: Leg, lookup: Lookup): Ran => {
  const ran = jobRuns(file, job, occasion, leg)
  if (ran.value === false) return ran
  let open: Ran | undefined = ran.value === undefined ? ran : undefined
  for (const { step, file: source } of [...placed.outer, placed]) {
    if (!step.if) continue
    const truth: Truth = truthOf(step.if, lookup)
    const at = spanOf(source, step.if)
    if (truth.value === false)
      return {
        value: false,
        because: truth.constant
          ? 'the condition of its step is never true'
          : `the condition of its step is not true ${occasion.says} while all goes well`,
        at,
        constant: truth.constant && !truth.status,
      }
    if (truth.value === undefined)
      open ??= { value: undefined, because: 'its step runs under a condition', at, constant: false }
  }
  return open ?? ran
}

/** What a result is as a standing, next to what the rest of the repository does. */
export const standingOf = (result: Result, elsewhere: readonly Result[]): GateStanding => {
  const blocksElsewhere = elsewhere.some(r => r.is === 'blocks')
  // A run beside the way: whether the gate holds is decided by one that is, or may be, on it.
  const elsewhereOnTheWay = elsewhere.some(r => ['blocks', 'perhaps', 'doubt', 'unread'].includes(r.is))
  switch (result.is) {
    case 'blocks':
      return 'blocks'
    case 'swallowed':
      return 'cannot-block'
    case 'doubt':
      return 'unknown'
    case 'perhaps':
    case 'unread':
      return blocksElsewhere ? 'extra' : 'unknown'
    case 'beside':
      return elsewhereOnTheWay ? 'extra' : 'cannot-block'
    case 'off':
      return elsewhereOnTheWay ? 'extra' : 'never-runs'
    case 'disabled':
    case 'other':
      return 'never-runs'
  }
}
