import type { Gate, GateStanding, Reliance, WorkflowFacts } from '../facts/workflow.ts'
import type { Fact, Gap } from '../model.ts'
import type { Lookup } from '../parse/expression.ts'
import { type Command, nodesOf, type SyntaxNode } from '../parse/shell.ts'
import { compositeOf, type Job, type Step, type Workflow } from '../parse/workflow.ts'
import { entry, parseYaml, rangeIn, textOf, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { root } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { type Ending, endingOf, type ShellFlags } from './exit-status.ts'
import { isTestLike } from './gate-command.ts'
import {
  type Files,
  type FoundInvocation,
  flagsOf,
  type Hook,
  inFile,
  joined,
  readScript,
  type ScriptReading,
  type Unfollowed,
} from './gate-script.ts'
import {
  environmentValue,
  foldScalar,
  foldText,
  type Leg,
  legsOf,
  lookupOf,
  type Occasion,
  occasionsOf,
  type Surroundings,
  systemOf,
  type Truth,
  truthOf,
} from './workflow-occasion.ts'
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
  readonly result: Result
  readonly reliedOnBy: readonly Reliance[]
}

/** A step that may run a gate without saying so here. */
export interface Opaque {
  readonly workflow: string
  readonly job: string
  readonly step: string
  readonly place: Place
  readonly because: string
  readonly mentions: (gate: Gate) => boolean
}

export interface GateReading {
  readonly gated: readonly Gated[]
  readonly opaque: readonly Opaque[]
  readonly installs: readonly { readonly name: string; readonly place: Place }[]
}

/**
 * What one invocation's failure does, over all occasions and matrix legs: the best of them counts, because one job that
 * fails on every pull request is enough.
 */
export interface Result {
  readonly is: 'blocks' | 'perhaps' | 'doubt' | 'unread' | 'swallowed' | 'beside' | 'off' | 'disabled' | 'other'
  readonly because: string
  readonly at: Place | undefined
}
const rank = ['blocks', 'perhaps', 'doubt', 'unread', 'swallowed', 'beside', 'off', 'disabled', 'other'] as const

/** Names of tools in a text that is not read as shell: whether a gate may be in there. */
export const gateWords: Readonly<Record<Gate, RegExp>> = {
  tests:
    /(^|[^\w-])(pytest|py\.test|unittest|tox|nox|go test|cargo test|npm (run )?test|yarn test|pnpm test|jest|vitest|ctest|dotnet test|phpunit|rspec|Invoke-Pester)(?![\w-])/,
  bandit: /(^|[^\w-])bandit(?![\w])/,
  'pip-audit': /(^|[^\w-])pip[-_]audit(?![\w])/,
}
/** Names of targets and scripts that promise a gate. */
const gateNames: Readonly<Record<Gate, RegExp>> = {
  tests: /(^|[^a-z])(tests?|unit|check|ci|cov(erage)?|verify|validate|specs?|e2e|pytest|tox|nox)([^a-z]|$)/i,
  bandit: /bandit|secur|(^|[^a-z])sast([^a-z]|$)/i,
  'pip-audit': /audit|secur|vuln/i,
}

/** An occasion of a job: of the workflow itself, or of what calls it, with what the callers' conditions leave open. */
interface Case {
  readonly occasion: Occasion
  readonly open: { readonly because: string; readonly at: Place } | undefined
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
  return { gated: gated.filter(g => g.result.is !== 'other'), opaque, installs }
}

const spanOf = (file: TextFile, node: YamlNode): Place => inFile(file)(node.range.start, node.range.end)

/** For each workflow the cases in which it runs, callers followed. */
const casesOf = (world: GateWorld): ReadonlyMap<string, readonly Case[]> => {
  const byUri = new Map(world.workflows.map(w => [w.uri, w]))
  const known = new Map<string, readonly Case[]>()
  const visit = (file: WorkflowFile, path: readonly string[]): readonly Case[] => {
    const done = known.get(file.uri)
    if (done) return done
    const cases: Case[] = occasionsOf(file.workflow, world.around).map(occasion => ({ occasion, open: undefined }))
    if (file.workflow.triggers.some(t => t.event === 'workflow_call') && path.length < 10)
      for (const caller of world.workflows) {
        if (path.includes(caller.uri)) continue
        for (const job of caller.workflow.jobs) {
          const target = job.uses === undefined ? undefined : localWorkflow(job.uses.value)
          if (target === undefined || byUri.get(target) !== file) continue
          for (const above of visit(caller, [...path, caller.uri]))
            for (const leg of legsOf(job.matrix).slice(0, 8)) {
              const ran = jobRuns(caller, job, above.occasion, leg, new Set())
              if (ran.value === false) continue
              cases.push({
                occasion: above.occasion,
                open: above.open ?? (ran.value === undefined ? { because: ran.because, at: ran.at } : undefined),
              })
            }
        }
      }
    // Many callers give many equal cases; a workflow of 50 callers stays affordable.
    const unique = [
      ...new Map(
        cases.map(c => [
          JSON.stringify([
            c.occasion.event,
            c.occasion.reach,
            c.occasion.says,
            c.occasion.github(['github', 'ref'])?.value,
            c.open?.because,
          ]),
          c,
        ]),
      ).values(),
    ].slice(0, 64)
    if (path.length <= 1) known.set(file.uri, unique)
    return unique
  }
  for (const file of world.workflows) visit(file, [file.uri])
  return known
}

/** `./.github/workflows/x.yml` as a uri; undefined for a workflow of another repository. */
export const localWorkflow = (uses: string): string | undefined =>
  uses.startsWith('./') ? joined('', uses) : undefined

interface Ran {
  readonly value: boolean | undefined
  readonly because: string
  readonly at: Place
  readonly constant: boolean
}

/** Whether a job runs: its own condition, and that nothing it needs is skipped (docs: `jobs.<job_id>.needs`). */
const jobRuns = (file: WorkflowFile, job: Job, occasion: Occasion, leg: Leg, path: ReadonlySet<string>): Ran => {
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
      const ran = jobRuns(file, needed, occasion, openLeg, new Set([...path, job.id]))
      if (ran.value !== true && own.value === true)
        return { ...ran, because: ran.value === false ? ran.because : `it is skipped when its need "${need.id}" is` }
    }
  return { value: own.value, because: says, at, constant: own.constant }
}
const openLeg: Leg = { values: new Map(), open: true }

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

/** A step as it runs in a job: directly, or inside a composite action of the tree. */
interface Placed {
  readonly step: Step
  readonly file: TextFile
  readonly label: string
  /** The steps that call it, outermost first. */
  readonly outer: readonly { readonly step: Step; readonly file: TextFile }[]
}

const readJob = async (
  file: WorkflowFile,
  job: Job,
  cases: readonly Case[],
  world: GateWorld,
): Promise<{ gated: Omit<Gated, 'reliedOnBy'>[]; opaque: Opaque[]; installs: { name: string; place: Place }[] }> => {
  const gated: Omit<Gated, 'reliedOnBy'>[] = []
  const opaque: Opaque[] = []
  const installs: { name: string; place: Place }[] = []
  const here = { workflow: file.uri, job: job.id }
  if (job.uses) {
    const target = localWorkflow(job.uses.value)
    const place = spanOf(file.file, job.uses)
    const name = job.uses.value
    if (target === undefined || !world.workflows.some(w => w.uri === target))
      opaque.push({
        ...here,
        step: 'uses',
        place,
        because:
          target === undefined
            ? 'a workflow of another repository is not read'
            : 'the workflow it calls is not among those read',
        mentions: gate =>
          gateNames[gate].test(`${job.id} ${name}`) ||
          /(^|[^a-z])(ci|checks?|quality|lint|tox|nox)([^a-z]|$)/i.test(name),
      })
    return { gated, opaque, installs }
  }
  const legs = legsOf(job.matrix).slice(0, 64)
  for (const placed of await placedSteps(job.steps, file.file, world, [], '')) {
    const { step, label } = placed
    const at = { ...here, step: label }
    if (step.uses) {
      const action = actionGate(step, placed.file, job)
      if (action)
        gated.push({
          ...at,
          gate: action.gate,
          command: action.command,
          place: action.place,
          result: bestOf(file, job, placed, cases, legs, () => action.result),
        })
      else opaque.push(...opaqueAction(step, placed.file, at))
      continue
    }
    if (!step.run) continue
    const written = step.run
    const folder = folderOf(file.workflow, job, placed)
    const reading = await readScript(
      written.value,
      (start, end) => {
        const range = rangeIn(placed.file.text, written, start, end)
        return inFile(placed.file)(range.start, range.end)
      },
      folder,
      world.files,
      skipping(world.hooks, [file.workflow.env, entry(job.node, 'env'), step.env]),
    )
    installs.push(...reading.installs)
    const shells = new Map<string, ShellOf>()
    const shellFor = (look: (s: YamlScalar) => string | undefined, system: string | undefined): ShellOf => {
      const key = JSON.stringify([shellText(file.workflow, job, placed, look), system])
      const known = shells.get(key)
      if (known) return known
      const given = shellOf(shellText(file.workflow, job, placed, look), system, job.container !== undefined)
      shells.set(key, given)
      return given
    }
    const endings = new Map<string, Ending>()
    const retries = retriesIn(reading)
    const env = [file.workflow.env, entry(job.node, 'env'), step.env]
    const second = new Set([...retries.values()].flat())
    for (const invocation of reading.found) {
      if (second.has(invocation)) continue
      gated.push({
        ...at,
        gate: invocation.gate,
        command: invocation.tool,
        place: invocation.place,
        result: bestOf(file, job, placed, cases, legs, (lookup, system) => {
          const tested = environmentsTest(invocation, reading, lookup, env)
          if (tested) return tested
          if (invocation.disarmed)
            return { is: 'swallowed', because: invocation.disarmed.because, at: invocation.disarmedAt }
          const shell = shellFor(lookup.text, system)
          if ('because' in shell)
            return shell.lastDecides && isLastLine(invocation, reading)
              ? { is: 'blocks', because: '', at: undefined }
              : { is: 'unread', because: shell.because, at: invocation.place }
          const key = JSON.stringify([reading.found.indexOf(invocation), shell.flags])
          const ending = endings.get(key) ?? endingFor(invocation, retries.get(invocation) ?? [], reading, shell.flags)
          endings.set(key, ending)
          return resultOf(ending, reading)
        }),
      })
    }
    opaque.push(
      ...opaqueIn(reading.unfollowed, at, file.file.text.slice(job.node.range.start, job.node.range.end), world.hooks),
    )
    const shell = shellFor(s => textOf(s), undefined)
    if ('because' in shell && reading.found.length === 0)
      opaque.push({
        ...at,
        place: spanOf(placed.file, written),
        because: shell.because,
        mentions: gate => gateWords[gate].test(written.value),
      })
    else if (reading.script.errors.length > 0 && reading.found.length === 0)
      opaque.push({
        ...at,
        place: spanOf(placed.file, written),
        because: 'its script is not understood',
        mentions: gate => gateWords[gate].test(written.value),
      })
  }
  return { gated, opaque, installs }
}

/** `SKIP: bandit` in the environment takes hooks away. */
const skipping = (
  hooks: readonly Hook[] | undefined,
  env: readonly (YamlNode | undefined)[],
): readonly Hook[] | undefined => {
  const skip = env
    .map(e => textOf(entry(e, 'SKIP')))
    .filter(s => s !== undefined)
    .at(-1)
  return skip === undefined
    ? hooks
    : hooks?.filter(
        h =>
          !skip
            .split(',')
            .map(s => s.trim())
            .includes(h.id),
      )
}

/** A second try on the right of `||`: the step fails only when both do, so they are one run of the gate. */
const retriesIn = ({ script, found }: ScriptReading): ReadonlyMap<FoundInvocation, readonly FoundInvocation[]> => {
  const retries = new Map<FoundInvocation, FoundInvocation[]>()
  const within = (node: { readonly pos: number; readonly end: number }): readonly FoundInvocation[] =>
    found.filter(f => f.command.pos >= node.pos && f.command.end <= node.end && own.has(f.command))
  const own = new Set<SyntaxNode>(nodesOf(script.tree))
  for (const node of own) {
    if (node.type !== 'AndOr') continue
    for (const [i, operator] of node.operators.entries()) {
      const [left, right] = [node.commands[i], node.commands[i + 1]]
      if (operator !== '||' || !left || !right) continue
      for (const first of within(left))
        for (const second of within(right))
          if (second.gate === first.gate && !second.disarmed)
            retries.set(first, [...(retries.get(first) ?? []), second])
    }
  }
  return retries
}

const endingFor = (
  invocation: FoundInvocation,
  retries: readonly FoundInvocation[],
  reading: ScriptReading,
  flags: ShellFlags,
): Ending =>
  endingOf({
    script: reading.script,
    flags,
    failing: new Set<Command>([invocation, ...retries].map(f => f.command)),
    times: retries.length > 0 ? 'always' : 'any',
    follow: reading.follow,
  })

const resultOf = (ending: Ending, reading: ScriptReading): Result => {
  switch (ending.is) {
    case 'fails':
      return { is: 'blocks', because: '', at: undefined }
    case 'succeeds':
      return { is: 'swallowed', because: ending.because, at: ending.at && reading.placeOf(ending.at) }
    case 'skippable':
      return { is: 'perhaps', because: ending.because, at: ending.at && reading.placeOf(ending.at) }
    case 'unreached':
      return { is: 'off', because: 'no way through its script reaches it', at: undefined }
    case 'unknown':
      return { is: 'doubt', because: ending.because, at: ending.at && reading.placeOf(ending.at) }
  }
}

/** A case of a job on one leg of its matrix, as far as expressions and variables can be told. */
interface Look {
  readonly text: (scalar: YamlScalar) => string | undefined
  readonly lookup: Lookup
}

/** Whether tox or nox run tests here at all, by the names of the environments; undefined: they do. */
const environmentsTest = (
  { environments, tool, command }: FoundInvocation,
  { script, original }: ScriptReading,
  { lookup }: Look,
  env: readonly (YamlNode | undefined)[],
): Result | undefined => {
  if (environments === undefined) return undefined
  const own = [...nodesOf(script.tree)].includes(command)
  const names = environments.map(({ text, word }) => {
    if (text !== undefined || !own) return text
    const written = original.slice(word.pos, word.end).replace(/^(-e|-s)?=?(["'])(.*)\2$/s, '$3')
    const variable = /^\$\{?(\w+)\}?$/.exec(written)?.[1]
    if (variable !== undefined) return environmentValue(env, variable, lookup)?.text
    const filled = /\$(?!\{\{)|`/.test(written) ? undefined : foldText(written, lookup)
    if (filled !== undefined) return filled
    // `py${{ … }}`: the part that is written may say enough.
    const part = written.replace(/\$\{\{[^}]*\}\}|\$\([^)]*\)|`[^`]*`|\$\{[^}]*\}|\$\w+/g, '0')
    return isTestLike(part) ? part : undefined
  })
  if (environments.length === 0) {
    const given = environmentValue(env, tool === 'tox' ? 'TOXENV' : 'NOXSESSION', lookup)
    if (given === undefined) return undefined
    names.push(given.text)
  }
  const all = names.flatMap(n => (n === undefined ? [undefined] : n.split(/[\s,]+/)))
  if (all.some(n => n !== undefined && isTestLike(n))) return undefined
  if (all.includes(undefined))
    return { is: 'doubt', because: `which environments ${tool} runs is known only to the run`, at: undefined }
  return { is: 'other', because: '', at: undefined }
}

type Looked = Look['text']

/** The best result over every case and leg. */
const bestOf = (
  file: WorkflowFile,
  job: Job,
  placed: Placed,
  cases: readonly Case[],
  legs: readonly Leg[],
  result: (look: Look, system: string | undefined) => Result,
): Result => {
  let best: Result | undefined
  const blocking: string[] = []
  const consider = (next: Result): void => {
    if (!best || rank.indexOf(next.is) < rank.indexOf(best.is)) best = next
  }
  for (const { occasion, open } of cases)
    for (const leg of legs) {
      const env = [file.workflow.env, entry(job.node, 'env')]
      const system = systemOf(job, lookupOf(occasion, leg, env, undefined))
      const lookup = lookupOf(occasion, leg, env, system)
      const look: Look = {
        lookup,
        text: scalar => {
          const value = foldScalar(scalar, lookup)?.value
          return typeof value === 'string' ? value : undefined
        },
      }
      const end = result(look, system)
      if (end.is === 'other') {
        consider(end)
        continue
      }
      if (end.is === 'swallowed') {
        consider(end)
        continue
      }
      const ignored = continuesOn(file, job, placed, lookup)
      if (ignored.value === true) {
        consider({ is: 'swallowed', because: '`continue-on-error` lets the job succeed', at: ignored.at })
        continue
      }
      const ran = stepRuns(file, job, placed, occasion, leg, lookup)
      if (ran.value === false) {
        consider({ is: ran.constant ? 'disabled' : 'off', because: ran.because, at: ran.at })
        continue
      }
      if (end.is === 'off') consider(end)
      else if (occasion.reach === 'beside')
        consider({ is: 'beside', because: occasion.because ?? `it runs only ${occasion.says}`, at: undefined })
      else if (end.is === 'doubt' || end.is === 'perhaps' || end.is === 'unread') consider(end)
      else if (ignored.value === undefined)
        consider({
          is: 'doubt',
          because: '`continue-on-error` is an expression that only the run knows',
          at: ignored.at,
        })
      else if (ran.value === undefined) consider({ is: 'perhaps', because: ran.because, at: ran.at })
      else if (open) consider({ is: 'perhaps', because: open.because, at: open.at })
      else if (occasion.reach === 'perhaps')
        consider({ is: 'perhaps', because: occasion.because ?? 'its triggers are not known', at: undefined })
      else {
        consider(end)
        if (!blocking.includes(occasion.says)) blocking.push(occasion.says)
      }
    }
  if (!best) return { is: 'beside', because: 'nothing in this repository calls its workflow', at: undefined }
  return best.is === 'blocks' ? { ...best, because: blocking.join(', ') } : best
}

const continuesOn = (
  file: WorkflowFile,
  job: Job,
  placed: Placed,
  lookup: Parameters<typeof truthOf>[1],
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

const stepRuns = (
  file: WorkflowFile,
  job: Job,
  placed: Placed,
  occasion: Occasion,
  leg: Leg,
  lookup: Parameters<typeof truthOf>[1],
): Ran => {
  const ran = jobRuns(file, job, occasion, leg, new Set())
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

/** The steps of a job, composite actions of the tree taken apart. */
const placedSteps = async (
  steps: readonly Step[],
  file: TextFile,
  world: GateWorld,
  outer: Placed['outer'],
  prefix: string,
): Promise<readonly Placed[]> => {
  const placed: Placed[] = []
  for (const step of steps) {
    const label = `${prefix}${step.label}`
    const local = step.uses?.value.startsWith('./') ? joined('', step.uses.value) : undefined
    const uri =
      local === undefined
        ? undefined
        : ['action.yml', 'action.yaml'].map(n => (local === '' ? n : `${local}/${n}`)).find(u => world.files.has(u))
    if (uri === undefined || outer.length >= 8) {
      placed.push({ step, file, label, outer })
      continue
    }
    const action = await world.files.text(uri)
    const yaml = action && parseYaml(action.text)
    const inner = yaml && yaml.errors.length === 0 ? compositeOf(yaml.documents[0]?.root) : undefined
    if (!action || !inner) {
      placed.push({ step, file, label, outer })
      continue
    }
    world.deposit(action)
    placed.push(...(await placedSteps(inner, action, world, [...outer, { step, file }], `${label}/`)))
  }
  return placed
}

const folderOf = (workflow: Workflow, job: Job, placed: Placed): string | undefined => {
  const given =
    placed.step.workingDirectory ??
    (placed.outer.length > 0 ? undefined : (job.defaults.workingDirectory ?? workflow.defaults.workingDirectory))
  if (!given) return ''
  return given.value.includes('${{') ? undefined : joined('', given.value)
}

const shellText = (workflow: Workflow, job: Job, placed: Placed, look: Looked): string | undefined | null => {
  const given =
    placed.step.shell ?? (placed.outer.length > 0 ? undefined : (job.defaults.shell ?? workflow.defaults.shell))
  return given === undefined ? undefined : (look(given) ?? null)
}

type ShellOf =
  | { readonly flags: ShellFlags }
  /** `lastDecides`: the runner ends the script with the status of its last program. */
  | { readonly because: string; readonly lastDecides: boolean }

/** A plain command that is the last line of a script: what its shell does before does not matter. */
const isLastLine = ({ command }: FoundInvocation, { script }: ScriptReading): boolean => {
  const statement = script.tree.commands.at(-1)
  if (script.errors.length > 0 || statement?.command !== command || statement.background) return false
  const text = script.text.slice(command.pos)
  return /^[\w@./:=,+\-" \ue000[\]]+$/.test(text.trim())
}

/**
 * How the runner starts a script. Docs: `jobs.<job_id>.steps[*].shell`: unspecified is `bash -e {0}` (`sh -e {0}` in a
 * container, PowerShell on Windows), `bash` is `bash --noprofile --norc -eo pipefail {0}`, `sh` is `sh -e {0}`; anything
 * else is a command line with `{0}`.
 */
const shellOf = (given: string | undefined | null, system: string | undefined, container: boolean): ShellOf => {
  if (given === null) return { because: 'its shell is an expression that only the run knows', lastDecides: false }
  if (given === undefined) {
    if (system === 'Windows' && !container)
      return { because: 'its shell is PowerShell, which is not read', lastDecides: true }
    return container
      ? { flags: { dialect: 'sh', errexit: true, pipefail: false } }
      : { flags: { dialect: 'bash', errexit: true, pipefail: false } }
  }
  const text = given.trim()
  if (text === 'bash') return { flags: { dialect: 'bash', errexit: true, pipefail: true } }
  if (text === 'sh') return { flags: { dialect: 'sh', errexit: true, pipefail: false } }
  const words = text.split(/\s+/)
  const at = words.findIndex(w => /^(.*\/)?(bash|sh|dash)$/.test(w))
  if (at !== -1 && words.includes('{0}'))
    return { flags: flagsOf((words[at] ?? 'sh').replace(/^.*\//, ''), words.slice(at + 1)) }
  // Docs: pwsh and powershell end with $LASTEXITCODE, cmd with the last program's ERRORLEVEL.
  const lastDecides = ['pwsh', 'powershell', 'cmd'].includes(text)
  return { because: `its shell is ${/^[\w-]{1,20}/.exec(text)?.[0] ?? 'another'}, which is not read`, lastDecides }
}

/** Actions that are gates themselves. */
const actionGate = (
  step: Step,
  file: TextFile,
  _job: Job,
): { gate: Gate; command: string; place: Place; result: Result } | undefined => {
  const uses = step.uses
  if (!uses) return undefined
  const name = uses.value.split('@')[0]?.toLowerCase()
  const place = spanOf(file, uses)
  const blocks: Result = { is: 'blocks', because: '', at: undefined }
  if (name === 'pycqa/bandit-action')
    return {
      gate: 'bandit',
      command: 'PyCQA/bandit-action',
      place,
      // action.yml of the main branch, read 2026-11-24: `bandit … -f sarif -o results.sarif || true`.
      result: {
        is: 'swallowed',
        because: 'the action ends its own command in `|| true` and only uploads what bandit finds',
        at: place,
      },
    }
  if (name === 'pypa/gh-action-pip-audit') {
    const input = entry(step.with, 'internal-be-careful-allow-failure')
    const extra = textOf(entry(step.with, 'internal-be-careful-extra-flags')) ?? ''
    const allows = textOf(input)
    const result: Result =
      input && allows?.includes('${{')
        ? { is: 'doubt', because: '`internal-be-careful-allow-failure` is an expression', at: spanOf(file, input) }
        : input !== undefined && allows === 'true'
          ? { is: 'swallowed', because: '`internal-be-careful-allow-failure` lets it succeed', at: spanOf(file, input) }
          : /(^|\s)--dry-run(\s|$)/.test(extra)
            ? { is: 'swallowed', because: '`--dry-run` audits nothing', at: place }
            : blocks
    return { gate: 'pip-audit', command: 'pypa/gh-action-pip-audit', place, result }
  }
  return undefined
}

const opaqueAction = (
  step: Step,
  file: TextFile,
  at: { workflow: string; job: string; step: string },
): readonly Opaque[] => {
  const uses = step.uses
  if (!uses) return []
  const name = uses.value.split('@')[0] ?? ''
  const place = spanOf(file, uses)
  const says = (because: string, mentions: (gate: Gate) => boolean): readonly Opaque[] => [
    { ...at, place, because, mentions },
  ]
  if (name.startsWith('./')) return says('the local action it uses is not read', gate => gateNames[gate].test(name))
  if (/^pre-commit\/action$/i.test(name)) return says('what the pre-commit action runs is not followed', () => false)
  return says('the action it uses is not read', gate =>
    gate === 'tests' ? /(^|[-_/])(pytest|tox|nox|run-tests?)([-_]|$)/i.test(name) : gateWords[gate].test(name),
  )
}

const opaqueIn = (
  unfollowed: readonly Unfollowed[],
  at: { workflow: string; job: string; step: string },
  jobText: string,
  hooks: readonly Hook[] | undefined,
): readonly Opaque[] =>
  unfollowed.map(({ delegation, place, because, written, content }) => ({
    ...at,
    place,
    because,
    mentions: (gate: Gate): boolean => {
      // Whether tox runs tests was told by the names of its environments, or is asked of the run.
      const named = delegation.names.some(n => n !== undefined && gateNames[gate].test(n))
      if (gate === 'tests' && (delegation.to === 'tox' || delegation.to === 'nox')) return named
      if (gateWords[gate].test(written)) return true
      if (content !== undefined && !(gate === 'tests' && delegation.to === 'task runner')) {
        if (gateWords[gate].test(content)) return true
        if (/(^|[^\w-])(pre-commit|prek)(?![\w-])/.test(content) && hooks?.some(h => h.gate === gate)) return true
      }
      // What the variable may hold is written somewhere in the job, as a rule in its matrix.
      if (delegation.to === 'variable') return gateWords[gate].test(jobText)
      // Nothing to read: only its name can promise something.
      if (delegation.to === 'container') return false
      if (content !== undefined && delegation.to === 'script') return false
      return named
    },
  }))

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

/** One fact per place a gate is invoked; where nothing invokes it, one per sign that it was meant to be. */
export const gateFacts = (
  gate: Gate,
  reading: GateReading,
  signs: {
    readonly setUp: readonly { readonly name: string; readonly place: Place; readonly because: string }[]
    readonly otherSystems: readonly { readonly name: string; readonly place: Place }[]
    readonly hosted: { readonly place: Place } | undefined
    readonly needed: boolean
  },
): readonly Fact<'ci.gate'>[] => {
  const own = reading.gated.filter(g => g.gate === gate)
  const blocked = own.some(g => g.result.is === 'blocks')
  const facts: Fact<'ci.gate'>[] = []
  const add = (id: string, place: Place, data: Omit<WorkflowFacts['ci.gate'], 'gate'>): void => {
    const times = facts.filter(f => f.id === id || f.id.startsWith(`${id}#`)).length
    facts.push({
      kind: 'ci.gate',
      id: times === 0 ? id : `${id}#${times + 1}`,
      place,
      data: { gate, ...data },
    })
  }
  for (const g of own) {
    const elsewhere = own.filter(o => o !== g).map(o => o.result)
    add(`ci.gate:${gate}:${g.workflow}/${g.job}/${g.step}`, g.place, {
      standing: standingOf(g.result, elsewhere),
      because: g.result.because,
      command: g.command,
      workflow: g.workflow,
      job: g.job,
      step: g.step,
      brokenBy: g.result.at,
      reliedOnBy: g.reliedOnBy,
    })
  }
  if (own.length > 0 && (blocked || own.some(g => g.result.is !== 'beside' && g.result.is !== 'off'))) return facts
  const unseen = reading.opaque.filter(o => o.mentions(gate))
  for (const o of unseen)
    add(`ci.gate:${gate}:${o.workflow}/${o.job}/${o.step}`, o.place, {
      standing: 'unknown',
      because: o.because,
      command: undefined,
      workflow: o.workflow,
      job: o.job,
      step: o.step,
      brokenBy: undefined,
      reliedOnBy: [],
    })
  const nowhere = {
    command: undefined,
    workflow: undefined,
    job: undefined,
    step: undefined,
    brokenBy: undefined,
    reliedOnBy: [],
  }
  if (unseen.length === 0 && signs.needed)
    for (const { name, place } of signs.otherSystems)
      add(`ci.gate:${gate}:${name}`, place, {
        ...nowhere,
        standing: 'unknown',
        because: `another CI system is configured (${name}), which is not read`,
      })
  if (facts.length > 0) return facts
  if (signs.hosted && signs.setUp.some(s => s.name === 'pre-commit'))
    add(`ci.gate:${gate}:pre-commit.ci`, signs.hosted.place, {
      ...nowhere,
      standing: 'unknown',
      because: 'pre-commit.ci is configured; whether it is installed for this repository is not visible',
    })
  else
    for (const { name, place, because } of signs.setUp)
      add(`ci.gate:${gate}:${name}`, place, { ...nowhere, standing: 'never-runs', because })
  if (facts.length === 0 && gate !== 'tests' && signs.needed)
    add(`ci.gate:${gate}:none`, root, {
      ...nowhere,
      standing: 'never-runs',
      because: `nothing in this repository runs or installs ${gate}`,
    })
  return facts
}
