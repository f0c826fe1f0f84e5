import { mask } from '../parse/expression.ts'
import { type JsonNode, parseJson } from '../parse/json.ts'
import { type Justfile, type JustLine, parseJustfile } from '../parse/justfile.ts'
import { type Makefile, parseMakefile, type RecipeLine } from '../parse/makefile.ts'
import { parseNox } from '../parse/nox.ts'
import { type Command, nodesOf, type ShellScript } from '../parse/shell.ts'
import { toxEnvironment, toxEnvironments } from '../parse/tox.ts'
import { toxTables } from '../parse/tox-toml.ts'
import { entry, itemsOf, parseYaml, rangeIn, textOf, type YamlNode } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import type { Followed, ShellFlags, Spot } from './exit-status.ts'
import type { Delegation } from './gate-command.ts'
import {
  type Files,
  type FoundInvocation,
  flagsOf,
  inFile,
  joined,
  type SetVariable,
  type Written,
} from './gate-script.ts'
import { decisive } from './gate-setting.ts'

/** A command that hands its work to a runner with files of its own. */
export interface Call {
  readonly command: Command
  readonly delegation: Delegation
  readonly at: Written
  /** It is not followed, and why; `content`: what it would run, where that is readable. */
  readonly give: (because: string, content?: string) => void
  readonly where: string | undefined
  readonly depth: number
  /** The environments, sessions or recipes asked for; undefined: not known. */
  readonly names: readonly string[] | undefined
}

/** What following a runner needs of the reading it is part of. */
export interface Following {
  readonly files: Files
  readonly read: (source: string, at: Written, depth: number, where: string | undefined) => Promise<ShellScript>
  /** A spot that stands for a place outside every script. */
  readonly spotFor: (place: Place) => Spot
  readonly follow: (command: Command, followed: Followed) => void
  readonly open: Set<string>
  readonly found: FoundInvocation[]
  readonly sets: Map<string, SetVariable>
}

type Part = Followed['parts'][number]
const plainShell: ShellFlags = { dialect: 'sh', errexit: false, pipefail: false }

export const followMake = async (
  { command, delegation, at, give, where, depth }: Call,
  { files, open, read, spotFor, follow, found, sets }: Following,
): Promise<void> => {
  if (where === undefined || delegation.folder === '\u{0}') return give('the folder it runs in is not known')
  const base = delegation.folder === undefined ? where : joined(where, delegation.folder)
  const uri = ['GNUmakefile', 'makefile', 'Makefile']
    .map(name => (base === undefined ? undefined : joined(base, name)))
    .find(u => u !== undefined && files.has(u))
  if (uri === undefined) return give('there is no Makefile in the folder it runs in')
  const file = await files.text(uri)
  if (!file) return give(`${uri} could not be read`)
  const { makefile, fileOf } = await wholeMakefile(file, files, base ?? '', delegation.variables ?? [])
  const targets = delegation.names.length > 0 ? delegation.names : [makefile.firstTarget]
  const key = `${uri} ${targets.join(' ')}`
  if (open.has(key)) return give(`${uri} calls itself`)
  const lines = recipeOf(makefile, targets)
  if (lines === undefined) return give(`${uri} has no plain rule for it`, file.text)
  const flags = recipeFlags(makefile)
  if (flags === undefined || makefile.altered !== undefined)
    return give(`${uri} runs its recipes in a way of its own`, file.text)
  const stands = targets.find(t => t !== undefined && standsAlready(t, makefile, base ?? '', files))
  if (stands !== undefined)
    return give(
      `"${stands.slice(0, 40)}" stands in the tree and is not .PHONY, so make may find nothing to do`,
      file.text,
    )
  open.add(key)
  const before = new Map(sets)
  for (const [name, { text, start, end }] of makefile.exports)
    if (decisive.has(name)) sets.set(name, { text, at: inFile(file)(start, end) })
  const parts: Part[] = []
  for (const line of lines) {
    const whole = inFile(fileOf.get(line) ?? file)
    const plain = expanded(line.text, makefile)
    const text = line.conditional ? `if is; then ${plain}\nfi` : plain
    const exact = text === line.text
    const script = await read(
      text,
      exact ? (start, end) => whole(line.start + start, line.start + end) : () => whole(line.start, line.end),
      depth + 1,
      base,
    )
    const from = line.ignores
    parts.push(
      from === undefined
        ? { script, flags }
        : { script, flags, ignored: { at: spotFor(whole(from, from + 1)), because: 'make ignores its failure (`-`)' } },
    )
  }
  open.delete(key)
  restore(sets, before)
  if (delegation.disarmed) {
    const word = delegation.disarmed.word
    for (const [i, invocation] of found.entries())
      if (parts.some(p => [...nodesOf(p.script.tree)].includes(invocation.command)))
        found[i] = {
          ...invocation,
          disarmed: delegation.disarmed,
          disarmedAt: at(word.pos, word.end),
        }
  }
  follow(command, { runs: 'apart', parts })
}

/** What a runner sets for the programs it starts is gone when it ends. */
const restore = (sets: Map<string, SetVariable>, before: ReadonlyMap<string, SetVariable>): void => {
  sets.clear()
  for (const [name, value] of before) sets.set(name, value)
}

/** GNU make §4.6: a target that exists, is not phony and needs nothing that is made is up to date, and no recipe runs. */
const standsAlready = (target: string, { rules }: Makefile, base: string, files: Files): boolean => {
  const exists = (name: string): boolean => {
    const uri = joined(base, name)
    return uri !== undefined && uri !== base && (files.has(uri) || files.hasFolder(uri))
  }
  const phony = rules.get('.PHONY')?.prerequisites ?? []
  const needed = rules.get(target)?.prerequisites ?? []
  return exists(target) && !phony.includes(target) && needed.every(n => exists(n) && !phony.includes(n))
}

/** npm-run-script(1): `pre` and `post` scripts run around it, each by `sh -c`; pnpm leaves them out. */
export const followPackageScript = async (
  { command, delegation, give, where, depth }: Call,
  { files, open, read, follow }: Following,
): Promise<void> => {
  const [name] = delegation.names
  const base = delegation.folder === undefined || where === undefined ? where : joined(where, delegation.folder)
  if (base === undefined || delegation.folder === '\u{0}')
    return give(`which package.json \`${delegation.tool}\` runs a script of is not known`)
  const uri = joined(base, 'package.json')
  const file = uri !== undefined && files.has(uri) ? await files.text(uri) : undefined
  if (!file || uri === undefined) return give('there is no package.json in the folder it runs in')
  const json = parseJson(file.text, 'refuse')
  const all = json.ok && json.root.is === 'object' ? json.root.entries.get('scripts') : undefined
  const entries = all?.is === 'object' ? all.entries : new Map<string, JsonNode>()
  if (name === undefined) return give(`which script of ${uri} it runs is not known before it runs`, file.text)
  // Yarn runs programs of node_modules by the same words.
  if (!entries.has(name)) return give(`${uri} has no script "${name.slice(0, 40)}"`)
  const key = `${uri} ${name}`
  if (open.has(key)) return give(`${uri} calls itself`)
  open.add(key)
  const around = delegation.tool.startsWith('pnpm') ? [name] : [`pre${name}`, name, `post${name}`]
  const parts: Part[] = []
  const whole = inFile(file)
  for (const called of around) {
    const node = entries.get(called)
    if (node?.is !== 'string') continue
    const { start, end } = node.range
    const exact = file.text.slice(start + 1, end - 1) === node.value
    const script = await read(
      node.value,
      exact ? (from, to) => whole(start + 1 + from, start + 1 + to) : () => whole(start, end),
      depth + 1,
      base,
    )
    parts.push({ script, flags: { dialect: 'sh', errexit: false, pipefail: false } })
  }
  open.delete(key)
  follow(command, { runs: 'apart', parts })
}

/** tox runs every environment it is asked for, and fails if one did (tox documentation, "User guide"). */
export const followTox = async (
  { command, delegation, give, where: start, depth, names }: Call,
  { files, open, read, spotFor, follow, sets }: Following,
): Promise<void> => {
  if (start === undefined) return give('the folder it runs in is not known')
  if (delegation.file === null) return give('which configuration tox reads is not known before it runs')
  const named = delegation.file === undefined ? undefined : joined(start, delegation.file)
  if (delegation.file !== undefined && (named === undefined || !(files.has(named) || files.hasFolder(named))))
    return give(`there is no ${delegation.file} in the folder it runs in`)
  const isFile = named !== undefined && !files.hasFolder(named)
  // `-c` names a file, or the folder of one.
  const where = isFile ? named.replace(/(^|\/)[^/]*$/, '') : (named ?? start)
  const file = await first(
    isFile ? [named.replace(/^.*\//, '')] : ['tox.ini', 'setup.cfg', 'pyproject.toml', 'tox.toml'],
    where,
    files,
    text => toxIni(text) !== undefined,
  )
  const ini = file && toxIni(file.text)
  if (!file || !ini)
    return give(
      'what `tox` runs is not followed',
      await textsOf(['tox.ini', 'tox.toml', 'setup.cfg', 'pyproject.toml'], where, files, /\btox\b|testenv/),
    )
  if (names === undefined) return give('which environments tox runs is not known before it runs', file.text)
  const listed = (ini.toml ? toxTables(ini.text)?.environments : toxEnvironments(ini.text)) ?? []
  // Where nothing lists any, tox runs `py` (tox documentation, `env_list`).
  const environments = names.length > 0 ? names : listed.length > 0 ? listed : ['py']
  if (open.has(file.source.uri)) return give(`${file.source.uri} calls itself`)
  open.add(file.source.uri)
  const whole = inFile(file)
  const at: Written = (start, end) => whole(ini.offset + start, ini.offset + end)
  const parts: Part[] = []
  const seen = new Set<string>()
  for (const name of environments) {
    const environment = ini.toml
      ? toxTables(ini.text)?.environment(name, delegation.posargs, mask)
      : toxEnvironment(ini.text, name, delegation.posargs, mask)
    if (!environment) continue
    const before = new Map(sets)
    for (const { name: variable, text, start, end } of environment.variables)
      if (decisive.has(variable))
        sets.set(variable, { text: text.includes('{') ? undefined : text, at: at(start, end) })
    for (const line of environment.commands) {
      // Environments that differ in their interpreter alone run the same.
      const key = JSON.stringify([line.start, line.text, environment.ignoresOutcome?.start])
      if (seen.has(key)) continue
      seen.add(key)
      const script = await read(
        line.text,
        line.exact ? (s, e) => at(line.start + s, line.start + e) : () => at(line.start, line.end),
        depth + 1,
        environment.folder === undefined ? undefined : joined(where, environment.folder),
      )
      const { ignored, ignoresOutcome } = environment.ignoresOutcome
        ? { ...line, ...environment }
        : { ...line, ignoresOutcome: undefined }
      parts.push({
        script,
        flags: plainShell,
        ...(ignored
          ? { ignored: { at: spotFor(at(ignored.start, ignored.end)), because: 'tox ignores its failure (`-`)' } }
          : ignoresOutcome
            ? {
                ignored: {
                  at: spotFor(at(ignoresOutcome.start, ignoresOutcome.end)),
                  because: '`ignore_outcome` lets its environment fail',
                },
              }
            : {}),
      })
    }
    restore(sets, before)
  }
  open.delete(file.source.uri)
  follow(command, { runs: 'apart', parts })
}

/** The INI text for tox in a file, and where it begins: all of it, or `legacy_tox_ini` of pyproject.toml. */
const toxIni = (text: string): { readonly text: string; readonly offset: number; readonly toml?: true } | undefined => {
  if (toxTables(text)) return { text, offset: 0, toml: true }
  const legacy = /^legacy_tox_ini\s*=\s*(?:"""|''')/m.exec(text)
  if (!legacy) return toxEnvironments(text) === undefined ? undefined : { text, offset: 0 }
  const offset = legacy.index + legacy[0].length
  const end = text.indexOf(legacy[0].slice(-3), offset)
  return end === -1 ? undefined : { text: text.slice(offset, end), offset }
}

/** nox runs the sessions it is asked for, else those of `nox.options.sessions`, else all. */
export const followNox = async (
  { command, delegation, give, where: start, depth, names }: Call,
  { files, open, read, spotFor, follow }: Following,
): Promise<void> => {
  if (delegation.file === null) return give('which noxfile it runs is not known before it runs')
  const uri = start === undefined ? undefined : joined(start, delegation.file ?? 'noxfile.py')
  // nox runs in the folder of the file.
  const where = uri?.replace(/(^|\/)[^/]*$/, '')
  const file = uri !== undefined && files.has(uri) ? await files.text(uri) : undefined
  if (!file || uri === undefined) return give(`there is no ${delegation.file ?? 'noxfile.py'} in the folder it runs in`)
  if (names === undefined) return give('which sessions nox runs is not known before it runs', file.text)
  const nox = parseNox(file.text, mask)
  if (open.has(uri)) return give(`${uri} calls itself`)
  const chosen = names.length > 0 ? names : (nox.chosen ?? nox.sessions.filter(s => !s.onRequest).map(s => s.name))
  const wanted = new Set(chosen.map(n => n.replace(/\(.*$/s, '')))
  // `tests-3.12` asks for the session `tests` of one interpreter.
  const asked = (name: string): boolean =>
    [...wanted].some(w => w === name || (w.startsWith(`${name}-`) && /^[\w.]+$/.test(w.slice(name.length + 1))))
  const queue = nox.sessions.filter(s => asked(s.name))
  if (queue.length < 1) return give(`${uri} has no plain session for it`, file.text)
  open.add(uri)
  const whole = inFile(file)
  const parts: Part[] = []
  for (let i = 0; i < queue.length && i < 100; i++) {
    const session = queue[i]
    if (!session) break
    for (const name of session.notifies) {
      const next = nox.sessions.find(s => s.name === name)
      if (next && !queue.includes(next)) queue.push(next)
    }
    for (const run of session.runs) {
      if (run.installs) continue
      const text = run.conditional ? `if is; then ${run.text}; fi` : run.text
      const script = await read(text, () => whole(run.start, run.end), depth + 1, where)
      const given = run.successCodes
      const codes =
        given?.codes === 'all' || (given?.codes !== 'unknown' && given?.codes.includes(1)) ? given : undefined
      parts.push({
        script,
        flags: plainShell,
        ...(codes
          ? {
              ignored: {
                at: spotFor(whole(codes.start, codes.end)),
                because: '`success_codes` lets its session succeed',
              },
            }
          : {}),
      })
    }
  }
  open.delete(uri)
  follow(command, { runs: 'apart', parts })
}

/** just runs each line of a recipe in a shell of its own, dependencies first. */
export const followJust = async (
  { command, give, where, depth, names }: Call,
  { files, open, read, spotFor, follow, sets }: Following,
): Promise<void> => {
  const uri = ['justfile', 'Justfile', '.justfile', 'JUSTFILE']
    .map(n => (where === undefined ? undefined : joined(where, n)))
    .find(u => u !== undefined && files.has(u))
  const file = uri === undefined ? undefined : await files.text(uri)
  if (!file || uri === undefined) return give('what `just` runs is not followed')
  const just = parseJustfile(file.text)
  const wanted =
    names === undefined
      ? undefined
      : names.length > 0
        ? names
        : just.firstRecipe === undefined
          ? []
          : [just.firstRecipe]
  if (wanted === undefined) return give('which recipe it runs is not known before it runs', file.text)
  const recipes = recipesOf(just, wanted)
  if (!recipes) return give(`${uri} has no plain recipe for it`, file.text)
  const key = `${uri} ${wanted.join(' ')}`
  if (open.has(key)) return give(`${uri} calls itself`)
  open.add(key)
  const whole = inFile(file)
  const before = new Map(sets)
  for (const { name, text, start, end } of just.exports)
    if (decisive.has(name)) sets.set(name, { text, at: whole(start, end) })
  const parts: Part[] = []
  const shell = /(?:^|\/)(bash|sh|dash|zsh)$/.exec(just.shell[0] ?? '')?.[1]
  for (const recipe of recipes) {
    if (recipe.script) {
      const { shebang, text, start } = recipe.script
      const words = shebang
        .slice(2)
        .trim()
        .split(/[ \t]+/)
      const at = words.findIndex(w => /(^|\/)(bash|sh|dash)$/.test(w))
      if (at === -1) continue
      const exact = filled(text, just)
      const script = await read(
        exact,
        exact === text ? (s, e) => whole(start + s, start + e) : () => whole(start, start + text.length),
        depth + 1,
        where,
      )
      parts.push({ script, flags: flagsOf((words[at] ?? '').replace(/^.*\//, ''), words.slice(at + 1)) })
      continue
    }
    if (shell === undefined) continue
    for (const line of recipe.lines) parts.push(await justPart(line, just, shell))
  }
  open.delete(key)
  restore(sets, before)
  if (shell === undefined && recipes.some(r => r.lines.length > 0))
    return give(`${uri} runs its recipes by ${just.shell[0]?.slice(0, 20) ?? 'another shell'}`, file.text)
  follow(command, { runs: 'apart', parts })

  async function justPart(line: JustLine, { shell: words }: Justfile, program: string): Promise<Part> {
    const text = filled(line.text, just)
    const script = await read(
      text,
      text === line.text ? (s, e) => whole(line.start + s, line.start + e) : () => whole(line.start, line.end),
      depth + 1,
      where,
    )
    const flags = flagsOf(program, words.slice(1))
    return line.ignores === undefined
      ? { script, flags }
      : {
          script,
          flags,
          ignored: { at: spotFor(whole(line.ignores, line.ignores + 1)), because: 'just ignores its failure (`-`)' },
        }
  }
}

/** Recipes in the order they run; undefined where one is missing. */
const recipesOf = (just: Justfile, wanted: readonly string[]) => {
  const order: NonNullable<ReturnType<Justfile['recipes']['get']>>[] = []
  const done = new Set<string>()
  const visit = (name: string): boolean => {
    if (done.has(name)) return true
    done.add(name)
    const recipe = just.recipes.get(name)
    if (!recipe?.before.every(visit)) return false
    order.push(recipe)
    return recipe.after.every(visit) && order.length < 200
  }
  // What follows a recipe's name may be its argument.
  const [head, ...rest] = wanted
  if (head === undefined || !visit(head)) return undefined
  for (const name of rest) if (just.recipes.has(name)) visit(name)
  return order
}

const filled = (text: string, just: Justfile): string =>
  text
    .replace(/\{\{\s*([\w-]{1,60})\s*\}\}/g, (_, name: string) => just.variables.get(name) ?? mask)
    .replace(/\{\{[^{}]{0,300}\}\}/g, mask)
    .slice(0, 20_000)

/** go-task: each command in a shell of its own, dependencies first (Taskfile schema). */
export const followTask = async (
  { command, give, where, depth, names }: Call,
  { files, open, read, spotFor, follow }: Following,
): Promise<void> => {
  const uri = ['Taskfile.yml', 'taskfile.yml', 'Taskfile.yaml', 'taskfile.yaml', 'Taskfile.dist.yml']
    .map(n => (where === undefined ? undefined : joined(where, n)))
    .find(u => u !== undefined && files.has(u))
  const file = uri === undefined ? undefined : await files.text(uri)
  if (!file || uri === undefined) return give('what `task` runs is not followed')
  const root = parseYaml(file.text).documents[0]?.root
  const wanted = names === undefined ? undefined : names.length > 0 ? names : ['default']
  if (wanted === undefined) return give('which task it runs is not known before it runs', file.text)
  if (open.has(uri)) return give(`${uri} calls itself`)
  open.add(uri)
  const whole = inFile(file)
  const parts: Part[] = []
  const done = new Set<string>()
  const visit = async (name: string): Promise<boolean> => {
    if (done.has(name)) return true
    done.add(name)
    const task = entry(root, 'tasks', name)
    if (task === undefined || done.size > 100) return false
    for (const dep of itemsOf(entry(task, 'deps')))
      if (!(await visit(textOf(dep) ?? textOf(entry(dep, 'task')) ?? ''))) return false
    const cmds = task.is === 'scalar' || task.is === 'list' ? task : entry(task, 'cmds')
    const taskIgnores = entry(task, 'ignore_error')
    for (const cmd of cmds?.is === 'list' ? cmds.items : cmds ? [cmds] : []) {
      const other = textOf(entry(cmd, 'task'))
      if (other !== undefined) {
        if (!(await visit(other))) return false
        continue
      }
      const node = cmd.is === 'scalar' ? cmd : entry(cmd, 'cmd')
      if (node?.is !== 'scalar') continue
      const plain = node.value.replace(/\{\{[^{}]{0,300}\}\}/g, found => mask.repeat(found.length))
      const conditional = passes(task) || passes(cmd)
      const script = await read(
        conditional ? `if is; then ${plain}\nfi` : plain,
        (s, e) => {
          if (conditional) return whole(node.range.start, node.range.end)
          const range = rangeIn(file.text, node, s, e)
          return whole(range.start, range.end)
        },
        depth + 1,
        where,
      )
      const ignores: YamlNode | undefined = [entry(cmd, 'ignore_error'), taskIgnores].find(n => textOf(n) === 'true')
      parts.push({
        script,
        flags: { dialect: 'bash', errexit: false, pipefail: false },
        ...(ignores
          ? {
              ignored: {
                at: spotFor(whole(ignores.range.start, ignores.range.end)),
                because: '`ignore_error` lets its task go on',
              },
            }
          : {}),
      })
    }
    return true
  }
  let all = true
  for (const name of wanted) all = (await visit(name)) && all
  open.delete(uri)
  if (!all) return give(`${uri} has no plain task for it`, file.text)
  follow(command, { runs: 'apart', parts })
}

/** Taskfile schema: a task or command with one of these may be passed by, and the run succeeds. */
const passes = (node: YamlNode | undefined): boolean =>
  ['status', 'sources', 'if', 'platforms'].some(key => entry(node, key) !== undefined)

const first = async (
  names: readonly string[],
  where: string,
  files: Files,
  fits: (text: string) => boolean,
): Promise<TextFile | undefined> => {
  for (const name of names) {
    const uri = joined(where, name)
    const file = uri !== undefined && files.has(uri) ? await files.text(uri) : undefined
    if (file && fits(file.text)) return file
  }
  return undefined
}

const textsOf = async (
  names: readonly string[],
  where: string,
  files: Files,
  about: RegExp,
): Promise<string | undefined> => {
  const texts: string[] = []
  for (const name of names) {
    const file = await first([name], where, files, text => about.test(text))
    if (file) texts.push(file.text)
  }
  return texts.length > 0 ? texts.join('\n') : undefined
}

/** A Makefile with those it includes by plain names (GNU make §3.3), and the file each recipe line stands in. */
const wholeMakefile = async (
  file: TextFile,
  files: Files,
  folder: string,
  given: NonNullable<Delegation['variables']>,
): Promise<{ readonly makefile: Makefile; readonly fileOf: ReadonlyMap<RecipeLine, TextFile> }> => {
  const first = parseMakefile(file.text)
  const rules = new Map(first.rules)
  const variables = new Map(first.variables)
  const fileOf = new Map<RecipeLine, TextFile>()
  const pending = [...first.includes]
  const done = new Set<string>([file.source.uri])
  let { beyond, altered } = first
  while (pending.length > 0 && done.size < 20) {
    const uri = joined(folder, pending.shift() ?? '')
    if (uri === undefined || done.has(uri)) continue
    done.add(uri)
    const other = files.has(uri) ? await files.text(uri) : undefined
    if (!other) {
      beyond ??= 'an include'
      continue
    }
    const more = parseMakefile(other.text)
    beyond ??= more.beyond
    altered ??= more.altered
    for (const next of more.includes) pending.push(next)
    for (const [name, value] of more.variables) if (!variables.has(name)) variables.set(name, value)
    for (const [target, rule] of more.rules) {
      for (const line of rule.recipe) fileOf.set(line, other)
      const known = rules.get(target)
      rules.set(
        target,
        known
          ? {
              prerequisites: [...known.prerequisites, ...rule.prerequisites],
              recipe: known.recipe.length > 0 ? known.recipe : rule.recipe,
            }
          : rule,
      )
    }
  }
  for (const [name, value] of given) variables.set(name, value)
  return { makefile: { ...first, rules, variables, beyond, altered }, fileOf }
}

/** `SHELL` and `.SHELLFLAGS` (GNU make §5.3.2): `/bin/sh -c` unless set; undefined where they are not plain. */
const recipeFlags = ({ variables }: Makefile): ShellFlags | undefined => {
  const shell = variables.has('SHELL') ? variables.get('SHELL') : '/bin/sh'
  const options = variables.has('.SHELLFLAGS') ? variables.get('.SHELLFLAGS') : '-c'
  const program =
    /(?:^|\/)(bash|sh|dash)[ \t]*$/.exec(shell ?? '')?.[1] ?? (/\bbash\b/.test(shell ?? '') ? 'bash' : undefined)
  return program === undefined || options === undefined ? undefined : flagsOf(program, options.trim().split(/[ \t]+/))
}

/** The recipe lines a target runs, prerequisites first; undefined where a rule is missing or a name is not constant. */
const recipeOf = (makefile: Makefile, targets: readonly (string | undefined)[]) => {
  const lines: RecipeLine[] = []
  const done = new Set<string>()
  const visit = (target: string, wanted: boolean): boolean => {
    if (done.has(target)) return true
    done.add(target)
    const rule = makefile.rules.get(target)
    // A prerequisite without a rule is a file.
    if (!rule) return !wanted
    for (const prerequisite of rule.prerequisites) if (!visit(prerequisite, false)) return false
    lines.push(...rule.recipe)
    return lines.length < 500
  }
  for (const target of targets) if (target === undefined || !visit(target, true)) return undefined
  return lines
}

/** A recipe line as the shell gets it; what only make knows becomes unknown. */
const expanded = (text: string, makefile: Makefile): string => {
  let out = text
  for (let i = 0; i < 3 && /\$[({]/.test(out); i++)
    out = out.replace(
      /\$(?:\(([\w.-]{1,60})\)|\{([\w.-]{1,60})\})/g,
      (_, a: string | undefined, b: string | undefined) => {
        const name = a ?? b ?? ''
        // Make gives itself with its own options.
        if (name === 'MAKE') return 'make'
        return makefile.variables.get(name) ?? mask
      },
    )
  return out
    .replace(/\$\$/g, '\u{e001}')
    .replace(/\$[({][^(){}]{0,200}[)}]|\$[@<^?*%+|]/g, mask)
    .replaceAll('\u{e001}', '$')
    .slice(0, 20_000)
}
