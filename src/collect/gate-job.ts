import type { Gate } from '../facts/workflow.ts'
import type { Lookup } from '../parse/expression.ts'
import { type Command, nodesOf, type SyntaxNode, type Word } from '../parse/shell.ts'
import { compositeOf, type Job, type Step } from '../parse/workflow.ts'
import { entry, parseYaml, rangeIn, textOf, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { type Ending, endingOf, type ShellFlags } from './exit-status.ts'
import { type Gated, type GateWorld, isLocal, localWorkflow, type Opaque, type WorkflowFile } from './gate.ts'
import { actionGate, hooksOfAction } from './gate-action.ts'
import { isTestLike } from './gate-command.ts'
import { mayInstall, missing } from './gate-installed.ts'
import { names, populationOf } from './gate-name.ts'
import { calledWorkflow, opaqueAction, opaqueIn } from './gate-opaque.ts'
import { type Case, casesOfResult, type Look, onTheWay, type Placed, type Result, spanOf } from './gate-result.ts'
import {
  type FoundInvocation,
  type Hook,
  inFile,
  joined,
  readScript,
  type ScriptReading,
  type SetVariable,
} from './gate-script.ts'
import { settingOfEnvironment } from './gate-setting.ts'
import { folderOf, handedText, isLastLine, type Looked, type ShellOf, shellOf, shellText } from './gate-shell.ts'
import { environmentValue, foldText, legsOf, lookupOf, systemOf } from './workflow-occasion.ts'

export interface JobReading {
  readonly gated: readonly Omit<Gated, 'reliedOnBy'>[]
  readonly opaque: readonly Opaque[]
  readonly installs: readonly { readonly name: string; readonly place: Place }[]
}

/** What the steps of a job run for the gates, and what a failure of each does. */
export const readJob = async (
  file: WorkflowFile,
  job: Job,
  cases: readonly Case[],
  world: GateWorld,
): Promise<JobReading> => {
  const gated: Omit<Gated, 'reliedOnBy'>[] = []
  const opaque: Opaque[] = []
  const installs: { name: string; place: Place }[] = []
  const here = { workflow: file.uri, job: job.id }
  // What runs only by schedule, by hand or on tags is not what a change has to pass.
  const passed = cases.some(c => c.occasion.reach !== 'beside')
  if (job.uses) {
    const target = localWorkflow(job.uses.value)
    if (target === undefined || !world.workflows.some(w => w.uri === target))
      opaque.push({ ...here, ...calledWorkflow(job, job.uses, target), place: spanOf(file.file, job.uses), passed })
    return { gated, opaque, installs }
  }
  const legs = legsOf(job.matrix).slice(0, 64)
  const later = new Map<string, SetVariable>()
  const onPath: string[] = []
  let formats = false
  let checkedOut = false
  let installing = false
  for (const placed of await placedSteps(job.steps, file.file, world, [], '')) {
    const { step, label } = placed
    const at = { ...here, step: label, passed }
    const env = [file.workflow.env, entry(job.node, 'env'), step.env]
    const hooks = skipping(world.hooks, env)
    const give = (
      gate: Gate,
      command: string,
      place: Place | undefined,
      result: (look: Look, system: string | undefined) => Result | undefined,
    ): void => {
      const found = casesOfResult(file, job, placed, cases, legs, (l, s) => result(l, s) ?? nothing)
      if (place)
        gated.push({
          ...here,
          step: label,
          gate,
          command,
          place,
          index: placed.index,
          result: onTheWay(found, populationOf(gate, command)),
          cases: found,
        })
    }
    /** All that something may be, over the occasions and the legs; undefined where only the run knows. */
    const values = (
      of: (lookup: Lookup) => { readonly text: string | undefined } | undefined,
    ): readonly string[] | undefined => {
      const all = new Set<string>()
      for (const { occasion } of cases)
        for (const leg of legs) {
          const value = of(lookupOf(occasion, leg, [file.workflow.env, entry(job.node, 'env')], undefined))
          if (value === undefined) continue
          if (value.text === undefined) return undefined
          for (const name of value.text.split(/[\s,]+/)) if (name !== '') all.add(name)
        }
      return [...all]
    }
    const systems = (): readonly (string | undefined)[] => [
      ...new Set(
        cases
          .slice(0, 1)
          .flatMap(({ occasion }) => legs.map(leg => systemOf(job, lookupOf(occasion, leg, env, undefined)))),
      ),
    ]
    /** A script, and the shell that runs it. */
    const readText = async (
      written: YamlScalar,
      folder: string | undefined,
      shellFor: (look: Looked, system: string | undefined) => ShellOf,
    ): Promise<void> => {
      const before = new Map(later)
      const possible = (word: Word): readonly string[] | undefined =>
        values(lookup => ({ text: namedBy(written.value.slice(word.pos, word.end), env, lookup) }))
      const reading = await readScript(
        written.value,
        (start, end) => {
          const range = rangeIn(placed.file.text, written, start, end)
          return inFile(placed.file)(range.start, range.end)
        },
        folder,
        world.files,
        hooks,
        onPath,
        { word: possible, variable: name => values(l => environmentValue(env, name, l)) },
        formats,
      )
      installing ||= mayInstall(step, reading)
      const bareJob = checkedOut && !installing && job.container === undefined
      onPath.push(...reading.paths)
      formats = reading.formats
      installs.push(...reading.installs)
      for (const [name, value] of reading.passes) later.set(name, value)
      const shells = new Map<string, ShellOf>()
      const shellOf = (look: Looked, system: string | undefined): ShellOf => {
        const key = JSON.stringify([shellText(file.workflow, job, placed, look), system])
        const known = shells.get(key) ?? shellFor(look, system)
        shells.set(key, known)
        return known
      }
      const endings = new Map<string, Ending>()
      const retries = retriesIn(reading)
      const second = new Set([...[...retries.values()].flat(), ...wrappedIn(reading)])
      for (const invocation of reading.found) {
        if (second.has(invocation)) continue
        give(invocation.gate, invocation.tool, invocation.place, (lookup, system) => {
          const tested = environmentsTest(invocation, reading, lookup, env)
          if (tested) return tested
          const set = environmentSays(invocation, env, before, lookup.lookup, [file.file, placed.file])
          if (set?.is === 'lets') return { is: 'swallowed', because: set.because, at: set.at }
          if (set?.is === 'open') return { is: 'doubt', because: set.because, at: set.at }
          if (invocation.disarmed && !(set?.is === 'arms' && invocation.byDefault))
            return { is: 'swallowed', because: invocation.disarmed.because, at: invocation.disarmedAt }
          const shell = shellOf(lookup.text, system)
          if ('because' in shell && shell.lets) return { is: 'swallowed', because: shell.because, at: invocation.place }
          if ('because' in shell)
            return shell.lastDecides && isLastLine(invocation, reading)
              ? { is: 'blocks', because: '', at: undefined }
              : { is: 'unread', because: shell.because, at: invocation.place }
          const key = JSON.stringify([reading.found.indexOf(invocation), shell.flags])
          const ending = endings.get(key) ?? endingFor(invocation, retries.get(invocation) ?? [], reading, shell.flags)
          endings.set(key, ending)
          const result = resultOf(ending, reading)
          if (result.is === 'blocks' && invocation.narrowed)
            return { is: 'doubt', because: invocation.narrowed.because, at: invocation.narrowedAt }
          // A job that fails whatever is changed says no to nothing: somebody must be passing it by.
          return result.is === 'blocks' && bareJob && system !== undefined && missing(invocation)
            ? {
                is: 'doubt',
                because: `no step before it installs ${invocation.program}, and the runner image does not bring it`,
                at: undefined,
              }
            : result
        })
      }
      opaque.push(
        ...opaqueIn(
          reading.unfollowed,
          at,
          file.file.text.slice(job.node.range.start, job.node.range.end),
          world.hooks,
        ),
      )
      // On Linux and macOS it may be read where it is not on Windows: one leg that is read is enough.
      const started = systems().map(system => shellOf(s => textOf(s), system))
      const shell = started.find(s => !('because' in s)) ?? started[0] ?? shellOf(s => textOf(s), undefined)
      const unread =
        'because' in shell
          ? shell.because
          : reading.script.errors.length > 0
            ? 'its script is not understood'
            : undefined
      if (unread !== undefined && reading.found.length === 0)
        opaque.push({
          ...at,
          place: spanOf(placed.file, written),
          because: unread,
          // A script of that shell may hold anything; only what it is called with promises something.
          mentions: gate =>
            names[gate].tools.test(written.value) ||
            ('because' in shell && promisedIn(written.value).some(w => names[gate].promise.test(w))),
        })
    }

    if (step.uses) {
      checkedOut ||= /^actions\/checkout@/i.test(step.uses.value)
      installing ||= mayInstall(step, undefined)
      const action = actionGate(step, placed.file, env)
      const byAction = hooksOfAction(step, hooks)
      for (const gate of action?.gates ?? []) give(gate, action?.command ?? '', action?.place, () => action?.result)
      for (const hook of byAction ?? [])
        for (const gate of hook.gates)
          give(gate, `pre-commit/action (${hook.id})`, spanOf(placed.file, step.uses), () =>
            hook.disarmed
              ? { is: 'swallowed', because: hook.disarmed.because, at: hook.disarmed.at }
              : { is: 'blocks', because: '', at: undefined },
          )
      const handed = handedText(step)
      if (handed) await readText(handed.text, '', () => handed.shell)
      else if (!action && !byAction) opaque.push(...opaqueAction(step, placed.file, at))
      continue
    }
    if (step.run)
      await readText(step.run, folderOf(file.workflow, job, placed), (look, system) =>
        shellOf(shellText(file.workflow, job, placed, look), system, job.container !== undefined),
      )
  }
  return { gated, opaque, installs }
}

/** Words of a script that is not read which name a script or what it is told: `./build.ps1 -Test`. */
const promisedIn = (text: string): readonly string[] =>
  [...text.slice(0, 20_000).matchAll(/[\w./\\-]*\.(?:ps1|psm1|bat|cmd|py|rb|js)((?:[ \t]+-[A-Za-z]{2,20})*)/g)]
    .flatMap(m => [
      (m[0] ?? '')
        .replace(/\s.*$/s, '')
        .replace(/^.*[/\\]/, '')
        .replace(/\.\w+$/, ''),
      ...(m[1] ?? '').split(/\s+/).map(o => o.replace(/^-/, '').toLowerCase()),
    ])
    .filter(w => w !== '')

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

/** Variables of the workflow, of earlier steps and of the script itself that decide whether a tool can fail. */
const environmentSays = (
  { program, sets }: FoundInvocation,
  env: readonly (YamlNode | undefined)[],
  earlier: ReadonlyMap<string, SetVariable>,
  lookup: Lookup,
  [workflow, step]: readonly [TextFile, TextFile],
): ReturnType<typeof settingOfEnvironment> =>
  program === undefined
    ? undefined
    : settingOfEnvironment(program, name => {
        const own = sets.get(name) ?? earlier.get(name)
        if (own) return own
        const value = environmentValue(env, name, lookup)
        if (!value) return undefined
        const index = env.findLastIndex(e => e?.is === 'map' && entry(e, name) !== undefined)
        const at = entry(env[index], name)
        return { text: value.text, at: at && spanOf(index === env.length - 1 ? step : workflow, at) }
      })

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

/** What a function of the same name stands for, where the function runs the gate itself: that run is judged. */
const wrappedIn = ({ script, found }: ScriptReading): readonly FoundInvocation[] => {
  const own = [...nodesOf(script.tree)]
  const functions = own.flatMap(n => (n.type === 'Function' ? [n] : []))
  return functions.length === 0
    ? []
    : found.filter(f =>
        functions.some(
          fn =>
            fn.name.value === f.command.name?.value &&
            found.some(
              o =>
                o !== f &&
                o.gate === f.gate &&
                o.command.pos >= fn.pos &&
                o.command.end <= fn.end &&
                own.includes(o.command),
            ),
        ),
      )
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
    exists: reading.exists,
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

/** A word of the script as the shell gets it, where its expressions and variables are known. */
const namedBy = (word: string, env: readonly (YamlNode | undefined)[], lookup: Lookup): string | undefined => {
  const written = word.replace(/^(-e|-s)?=?(["'])(.*)\2$/s, '$3').replace(/^-[es]=?(?=\$)/, '')
  const variable = /^\$\{?(\w+)\}?$/.exec(written)?.[1]
  if (variable !== undefined) return environmentValue(env, variable, lookup)?.text
  return /\$(?!\{\{)|`/.test(written) ? undefined : foldText(written, lookup)
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
    const written = original.slice(word.pos, word.end)
    const given = namedBy(written, env, lookup)
    if (given !== undefined) return given
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
    const local = step.uses && isLocal(step.uses.value) ? joined('', step.uses.value.slice(2)) : undefined
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
