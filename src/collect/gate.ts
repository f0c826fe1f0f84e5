import type { Gate, Reliance } from '../facts/workflow.ts'
import type { Gap } from '../model.ts'
import { type Command, nodesOf, type SyntaxNode } from '../parse/shell.ts'
import { compositeOf, type Job, type Step, type Workflow } from '../parse/workflow.ts'
import { entry, parseYaml, rangeIn, textOf, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { type Ending, endingOf, type ShellFlags } from './exit-status.ts'
import { actionGate, hooksOfAction } from './gate-action.ts'
import { isTestLike } from './gate-command.ts'
import { names } from './gate-name.ts'
import {
  type Case,
  type CaseResult,
  casesOfResult,
  jobRuns,
  type Look,
  onTheWay,
  type Placed,
  type Result,
  spanOf,
} from './gate-result.ts'
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
import { environmentValue, foldText, legsOf, occasionsOf, type Surroundings } from './workflow-occasion.ts'
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
          names[gate].targets.test(`${job.id} ${name}`) ||
          /(^|[^a-z])(ci|checks?|quality|lint|tox|nox)([^a-z]|$)/i.test(name),
      })
    return { gated, opaque, installs }
  }
  const legs = legsOf(job.matrix).slice(0, 64)
  for (const placed of await placedSteps(job.steps, file.file, world, [], '')) {
    const { step, label } = placed
    const at = { ...here, step: label }
    const give = (
      gate: Gate,
      command: string,
      place: Place | undefined,
      result: (look: Look, system: string | undefined) => Result | undefined,
    ): void => {
      const found = casesOfResult(file, job, placed, cases, legs, (l, s) => result(l, s) ?? nothing)
      if (place) gated.push({ ...at, gate, command, place, index: placed.index, result: onTheWay(found), cases: found })
    }
    if (step.uses) {
      const action = actionGate(step, placed.file)
      const here = skipping(world.hooks, [file.workflow.env, entry(job.node, 'env'), step.env])
      const hooks = hooksOfAction(step, here)
      for (const gate of action?.gates ?? []) give(gate, action?.command ?? '', action?.place, () => action?.result)
      for (const hook of hooks ?? [])
        for (const gate of hook.gates)
          give(gate, `pre-commit/action (${hook.id})`, spanOf(placed.file, step.uses), () =>
            hook.disarmed
              ? { is: 'swallowed', because: hook.disarmed.because, at: hook.disarmed.at }
              : { is: 'blocks', because: '', at: undefined },
          )
      if (!action && !hooks) opaque.push(...opaqueAction(step, placed.file, at))
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
      give(invocation.gate, invocation.tool, invocation.place, (lookup, system) => {
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
        mentions: gate => names[gate].tools.test(written.value),
      })
    else if (reading.script.errors.length > 0 && reading.found.length === 0)
      opaque.push({
        ...at,
        place: spanOf(placed.file, written),
        because: 'its script is not understood',
        mentions: gate => names[gate].tools.test(written.value),
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

const nothing: Result = { is: 'other', because: '', at: undefined }

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

/** The steps of a job, composite actions of the tree taken apart. */
const placedSteps = async (
  steps: readonly Step[],
  file: TextFile,
  world: GateWorld,
  outer: Placed['outer'],
  prefix: string,
  under?: number,
): Promise<readonly Placed[]> => {
  const placed: Placed[] = []
  for (const [i, step] of steps.entries()) {
    const index = under ?? i
    const label = `${prefix}${step.label}`
    const local = step.uses?.value.startsWith('./') ? joined('', step.uses.value) : undefined
    const uri =
      local === undefined
        ? undefined
        : ['action.yml', 'action.yaml'].map(n => (local === '' ? n : `${local}/${n}`)).find(u => world.files.has(u))
    if (uri === undefined || outer.length >= 8) {
      placed.push({ step, file, label, index, outer })
      continue
    }
    const action = await world.files.text(uri)
    const yaml = action && parseYaml(action.text)
    const inner = yaml && yaml.errors.length === 0 ? compositeOf(yaml.documents[0]?.root) : undefined
    if (!action || !inner) {
      placed.push({ step, file, label, index, outer })
      continue
    }
    world.deposit(action)
    placed.push(...(await placedSteps(inner, action, world, [...outer, { step, file }], `${label}/`, index)))
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
  if (name.startsWith('./')) return says('the local action it uses is not read', gate => names[gate].targets.test(name))
  return says('the action it uses is not read', gate =>
    gate === 'tests' ? /(^|[-_/])(pytest|tox|nox|run-tests?)([-_]|$)/i.test(name) : names[gate].tools.test(name),
  )
}

const opaqueIn = (
  unfollowed: readonly Unfollowed[],
  at: { workflow: string; job: string; step: string },
  jobText: string,
  hooks: readonly Hook[] | undefined,
): readonly Opaque[] =>
  unfollowed.map(({ delegation, place, because, written, content, did }) => ({
    ...at,
    place,
    because,
    mentions: (gate: Gate): boolean => {
      const promised = delegation.names.some(n => n !== undefined && names[gate].promise.test(lastOf(n)))
      // It was read to the end: only its name is left to say that it is the gate.
      if (did) return promised && !did.has(gate)
      // Whether tox runs tests was told by the names of its environments, or is asked of the run.
      const named = delegation.names.some(n => n !== undefined && names[gate].targets.test(n))
      if (gate === 'tests' && (delegation.to === 'tox' || delegation.to === 'nox')) return named
      if (names[gate].tools.test(written)) return true
      if (content !== undefined && !(gate === 'tests' && delegation.to === 'task runner')) {
        if (names[gate].tools.test(content)) return true
        if (/(^|[^\w-])(pre-commit|prek)(?![\w-])/.test(content) && hooks?.some(h => h.gates.includes(gate)))
          return true
      }
      // What the variable may hold is written somewhere in the job, as a rule in its matrix.
      if (delegation.to === 'variable') return names[gate].tools.test(jobText)
      // Nothing more to read: only its name can promise something.
      if (delegation.to === 'container' || (delegation.to === 'script' && content !== undefined)) return promised
      return named
    },
  }))

/** The last part of a path or image: `scripts/test.sh` → `test.sh`, `ghcr.io/x/tests:1` → `tests`. */
const lastOf = (name: string): string =>
  name
    .replace(/^.*\//, '')
    .replace(/[:@].*$/, m => (m.startsWith(':') && /^:[\w.-]+$/.test(m) && /^\d|latest/.test(m.slice(1)) ? '' : m))
