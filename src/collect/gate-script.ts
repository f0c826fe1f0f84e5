import type { Gate } from '../facts/workflow.ts'
import { masked } from '../parse/expression.ts'
import { linesOf } from '../parse/lines.ts'
import { type Command, constantOf, nodesOf, parseShell, type ShellScript, type Word } from '../parse/shell.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import type { Followed, ShellFlags, Spot } from './exit-status.ts'
import { type Delegation, type Invocation, type Meaning, meaningOf } from './gate-command.ts'
import {
  type Call,
  type Following,
  followJust,
  followMake,
  followNox,
  followPackageScript,
  followTask,
  followTox,
} from './gate-follow.ts'
import { decisive, settingOfFiles } from './gate-setting.ts'

/** Files of the tree as they are asked for; undefined where there is none, or none that can be read. */
export interface Files {
  /** Every name in the tree. */
  readonly uris: readonly string[]
  has(uri: string): boolean
  hasFolder(uri: string): boolean
  text(uri: string): Promise<TextFile | undefined>
}

export interface FoundInvocation extends Invocation {
  readonly command: Command
  readonly place: Place
  readonly disarmedAt: Place | undefined
  readonly narrowedAt: Place | undefined
  /** Variables that decide for it and that the script sets; undefined text: to what only the run knows. */
  readonly sets: ReadonlyMap<string, SetVariable>
}

export interface SetVariable {
  readonly text: string | undefined
  readonly at: Place
}

/** A command whose own files were not, or could not be, followed. */
export interface Unfollowed {
  readonly delegation: Delegation
  readonly place: Place
  /** The text of the command as written: looked at for names of tools, never shown. */
  readonly written: string
  readonly because: string
  /** The text of what it would run, where that was readable and is no shell. */
  readonly content: string | undefined
  /** What it runs was read to the end, and these gates are all that is in it. */
  readonly did?: ReadonlySet<Gate>
}

/** All that a step's script runs for the gates, here and in what it calls in the tree. */
export interface ScriptReading {
  readonly script: ShellScript
  /** The step's text with its expressions, at the same offsets as the script's. */
  readonly original: string
  readonly found: readonly FoundInvocation[]
  readonly unfollowed: readonly Unfollowed[]
  readonly installs: readonly { readonly name: string; readonly place: Place }[]
  /** Deciding variables it sets for the steps that follow, through GITHUB_ENV. */
  readonly passes: ReadonlyMap<string, SetVariable>
  /** A formatter that writes has run. */
  readonly formats: boolean
  /** Folders of the tree it puts on the PATH of the steps that follow. */
  readonly paths: readonly string[]
  readonly follow: (command: Command) => Followed | undefined
  readonly placeOf: (spot: Spot) => Place
  readonly exists: (path: string, script: ShellScript) => boolean | undefined
}

/** What an expression or variable of the workflow may become, over all it runs on; undefined: known to the run only. */
export interface Resolve {
  readonly word: (word: Word) => readonly string[] | undefined
  /** Empty where it is not set. */
  readonly variable: (name: string) => readonly string[] | undefined
}

/** Where a stretch of a script's text is written. */
export type Written = (start: number, end: number) => Place

const most = { depth: 8, scripts: 100 } as const

/** Commands that do nothing for any gate. */
const idle: ReadonlySet<string> = new Set(
  ': true false echo printf exit return set cd pushd popd export readonly local declare unset shift sleep'.split(' '),
)

/** Where runners keep what they run. */
const configurations = {
  'task runner': [
    'justfile',
    'Justfile',
    '.justfile',
    'Taskfile.yml',
    'Taskfile.yaml',
    'tasks.py',
    'dodo.py',
    'pyproject.toml',
    'hatch.toml',
    'pixi.toml',
    'magefile.go',
    'Earthfile',
    'Pipfile',
  ],
} as const

/** The files of the working folder a script is started in; undefined: the folder is not known. */
export const readScript = async (
  original: string,
  written: Written,
  folder: string | undefined,
  files: Files,
  hooks: readonly Hook[] | undefined,
  /** Folders of the tree that earlier steps put on the PATH. */
  before: readonly string[] = [],
  resolve: Resolve = { word: () => undefined, variable: () => [] },
  /** An earlier step ran a formatter that writes. */
  formats = false,
): Promise<ScriptReading> => {
  const places = new Map<ShellScript, Written>()
  const folders = new Map<ShellScript, string | undefined>()
  const followed = new Map<Command, Followed>()
  const found: FoundInvocation[] = []
  const unfollowed: Unfollowed[] = []
  const installs: { name: string; place: Place }[] = []
  const open = new Set<string>()
  const sets = new Map<string, SetVariable>()
  const passes = new Map<string, SetVariable>()
  const paths: string[] = [...before]
  const passedPaths: string[] = []
  let scripts = 0
  let rewritten = formats
  // Commands met that do something, whatever it is.
  let deeds = 0

  const read = async (source: string, at: Written, depth: number, start: string | undefined): Promise<ShellScript> => {
    const script = parseShell(source)
    places.set(script, at)
    folders.set(script, start)
    if (++scripts > most.scripts) return script
    // The text of a script changes folder as it runs: only a plain `cd` at its start is followed.
    let where = start
    const subshells: { readonly end: number; readonly where: string | undefined }[] = []
    for (const node of nodesOf(script.tree)) {
      for (let last = subshells.at(-1); last && node.pos >= last.end; last = subshells.at(-1)) {
        where = last.where
        subshells.pop()
      }
      if (node.type === 'Subshell') subshells.push({ end: node.end, where })
      if (node.type !== 'Command') continue
      const name = constantOf(node.name)
      if (name === 'cd' || name === 'pushd') {
        const [to] = node.suffix
        const path = to?.type === 'Word' ? constantOf(to) : undefined
        where = where === undefined || path === undefined ? undefined : joined(where, path)
        // From here on a path is one of another folder.
        folders.set(script, undefined)
      }
      const { invocations, delegation, installs: installed } = await meant(node, where)
      if (node.name && !(name !== undefined && idle.has(name))) deeds++
      const place = at(node.name?.pos ?? node.pos, endOf(node))
      if (rewrites(node)) rewritten = true
      // `black . && git diff --exit-code`: what the formatter changed fails the step.
      const shows = rewritten && name === 'git' ? changesShown(node) : undefined
      const own = assignedIn(node, at)
      if (!node.name || name === 'export') for (const [variable, value] of own) sets.set(variable, value)
      if (name === 'echo' || name === 'printf')
        for (const [variable, value] of passedOn(node, at)) passes.set(variable, value)
      paths.push(...foldersOf(node, name, where, 'PATH'))
      if (name === 'echo' || name === 'printf') passedPaths.push(...foldersOf(node, name, where, 'GITHUB_PATH'))
      const stub =
        name === undefined || name.includes('/')
          ? undefined
          : paths.find(p => files.has(p === '' ? name : `${p}/${name}`))
      const byEnvironment = delegation?.to === 'tox' || delegation?.to === 'nox'
      if (delegation && byEnvironment) await promised(node, delegation, at, where, depth)
      // What its own file says is better than the names of its environments.
      for (const given of byEnvironment && followed.has(node) ? [] : shows ? [...invocations, shows] : invocations) {
        const invocation: Invocation =
          stub === undefined || !node.name
            ? given
            : {
                ...given,
                narrowed: { because: `${stub}/${name} of the tree stands before it on the PATH`, word: node.name },
              }
        const { disarmed, narrowed } = invocation
        found.push({
          ...invocation,
          command: node,
          place,
          disarmedAt: disarmed && at(disarmed.word.pos, disarmed.word.end),
          narrowedAt: narrowed && at(narrowed.word.pos, narrowed.word.end),
          sets: new Map([...sets, ...own]),
          ...(await set(invocation, node, where)),
        })
      }
      for (const { name: distribution, word } of installed)
        installs.push({ name: distribution, place: at(word.pos, word.end) })
      if (delegation && !byEnvironment) await promised(node, delegation, at, where, depth)
    }
    return script
  }

  /** A shell script of the tree that is called as a tool is (`./bin/pytest`) is read, not believed. */
  const meant = async (command: Command, where: string | undefined): Promise<Meaning> => {
    const meaning = meaningOf(command)
    const name = constantOf(command.name)
    if (meaning.invocations.length === 0 || where === undefined || !name?.includes('/')) return meaning
    const uri = joined(where, name)
    const file = uri !== undefined && files.has(uri) && !/w$/.test(uri) ? await files.text(uri) : undefined
    if (!file || !/^#!.*\b(ba|da)?sh\b/.test(file.text)) return meaning
    return {
      invocations: [],
      installs: [],
      delegation: { tool: name.replace(/^.*\//, ''), to: 'script', names: [name], word: command.name },
    }
  }

  /** What the tool's own files say of a command that can fail, or could if they said so. */
  const set = async (
    { program, args, disarmed, byDefault }: Invocation,
    command: Command,
    where: string | undefined,
  ): Promise<Partial<Pick<FoundInvocation, 'disarmed' | 'disarmedAt' | 'byDefault'>>> => {
    if (program === undefined || !args || where === undefined || (disarmed && !byDefault) || !command.name) return {}
    const setting = await settingOfFiles(program, args, where, files)
    if (setting?.is === 'arms') return { disarmed: undefined, disarmedAt: undefined }
    if (setting?.is !== 'lets') return {}
    return { disarmed: { because: setting.because, word: command.name }, disarmedAt: setting.at }
  }

  /** What is called by the name of a gate, was read, and holds none of its tools: it may be the gate all the same. */
  const promised = async (
    command: Command,
    delegation: Delegation,
    at: Written,
    where: string | undefined,
    depth: number,
  ): Promise<void> => {
    const [before, done] = [found.length, deeds]
    await delegate(command, delegation, at, where, depth)
    const named = delegation.names.filter(n => n !== undefined)
    if (!followed.has(command) || named.length === 0 || deeds === done) return
    unfollowed.push({
      delegation,
      because: `${named[0]?.slice(0, 60)} is read, and nothing it runs is known to be this gate`,
      content: undefined,
      place: at(command.name?.pos ?? command.pos, endOf(command)),
      written: '',
      did: new Set(found.slice(before).map(f => f.gate)),
    })
  }

  const delegate = async (
    command: Command,
    delegation: Delegation,
    at: Written,
    where: string | undefined,
    depth: number,
  ): Promise<void> => {
    const { names, to } = delegation
    const give = (because: string, content?: string): void => {
      unfollowed.push({
        delegation,
        because,
        content,
        place: at(command.name?.pos ?? command.pos, endOf(command)),
        written: [command.name, ...command.suffix].map(w => (w && 'text' in w ? w.text : '')).join(' '),
      })
    }
    if (depth >= most.depth || scripts > most.scripts) return give('it is nested too deep')
    const call: Call = { command, delegation, at, give, where, depth, names: resolvedNames(delegation, depth) }
    switch (to) {
      case 'shell text': {
        const inner = delegation.text && constantOf(delegation.text)
        if (inner === undefined || !delegation.text) return give('the text it runs is not known before it runs')
        const script = await read(inner, within(delegation.text, at), depth + 1, where)
        const parts = [
          delegation.tool === 'eval'
            ? { script }
            : { script, flags: flagsOf(delegation.tool, delegation.options ?? []) },
        ]
        followed.set(command, { runs: delegation.tool === 'eval' ? 'here' : 'apart', parts })
        return
      }
      case 'script': {
        if (names.length === 0) {
          const heredoc = [...command.suffix, ...command.prefix].find(r => r.type === 'HereDoc')
          if (heredoc?.type !== 'HereDoc' || (heredoc.body.parts?.length ?? 0) > 0)
            return give('what it reads from its input is not known')
          const base = heredoc.body.pos
          const script = await read(heredoc.body.text, (start, end) => at(base + start, base + end), depth + 1, where)
          const flags = flagsOf(delegation.tool, delegation.options ?? [])
          followed.set(command, { runs: 'apart', parts: [{ script, flags }] })
          return
        }
        const name = names[0]
        if (name === undefined) return give('which script it runs is not known before it runs')
        if (where === undefined) return give('the folder it runs in is not known')
        const uri = joined(where, name)
        if (uri === undefined || !files.has(uri)) return give(`${name} is not in the tree`)
        const file = await files.text(uri)
        if (!file) return give(`${uri} could not be read`)
        const sources = delegation.tool === 'source' || delegation.tool === '.'
        const explicit = delegation.options !== undefined
        const first = /^#![ \t]*(\S+)(?:[ \t]+(.*))?/.exec(file.text)
        const shebang = first ? [first[1] ?? '', ...(first[2] ?? '').trim().split(/[ \t]+/)] : []
        const program = shebang[0]?.endsWith('/env') ? shebang.find((w, i) => i > 0 && !w.startsWith('-')) : shebang[0]
        const shell = explicit ? delegation.tool : (program?.replace(/^.*\//, '') ?? 'sh')
        const otherwise = !explicit && /\.(py|js|mjs|cjs|ts|rb|pl|php|ps1|lua)$/.test(uri)
        if (!sources && (otherwise || !/^(bash|sh|dash|ash)$/.test(shell)))
          return give(`${uri} is not a shell script`, file.text)
        if (open.has(uri)) return give(`${uri} calls itself`)
        open.add(uri)
        const script = await read(file.text, inFile(file), depth + 1, where)
        open.delete(uri)
        if (sources) followed.set(command, { runs: 'here', parts: [{ script }] })
        else {
          const options = explicit ? (delegation.options ?? []) : shebang.slice(1)
          followed.set(command, { runs: 'apart', parts: [{ script, flags: flagsOf(shell, options) }] })
        }
        return
      }
      case 'make':
        return followMake(call, following)
      case 'pre-commit': {
        if (!hooks) return give('.pre-commit-config.yaml could not be read')
        const wanted = names[0]
        if (names.length > 0 && wanted === undefined) return give('which hook it runs is not known before it runs')
        const skipped = skippedHooks(command)
        for (const hook of hooks) {
          if ((wanted !== undefined && hook.id !== wanted) || hook.manual || skipped.includes(hook.id)) continue
          const place = at(command.name?.pos ?? command.pos, endOf(command))
          const word = delegation.word ?? command.name
          const disarmed =
            hook.disarmed && word
              ? { disarmed: { because: hook.disarmed.because, word }, disarmedAt: hook.disarmed.at }
              : hook.always
                ? { disarmed: undefined, disarmedAt: undefined }
                : { disarmed: delegation.disarmed, disarmedAt: delegation.disarmed && place }
          for (const gate of hook.gates)
            found.push({
              gate,
              tool: `pre-commit run (${hook.id})`,
              command,
              place,
              narrowedAt: undefined,
              sets: new Map(),
              ...disarmed,
            })
        }
        return
      }
      case 'package script':
        return followPackageScript(call, following)
      case 'tox':
        return followTox(call, following)
      case 'nox':
        return followNox(call, following)
      case 'task runner': {
        if (delegation.tool === 'just') return followJust(call, following)
        if (delegation.tool === 'task') return followTask(call, following)
        const texts: string[] = []
        for (const name of configurations['task runner']) {
          const uri = where === undefined ? undefined : joined(where, name)
          const file = uri !== undefined && files.has(uri) ? await files.text(uri) : undefined
          // pyproject.toml and setup.cfg hold everything: only a section for the runner makes them its file.
          if (
            file &&
            (!/^(pyproject|setup)/.test(name) || /\[tool[.:](tox|hatch|pdm|poe|pixi|taskipy|rye)|\[tox/.test(file.text))
          )
            texts.push(file.text)
        }
        return give(`what \`${delegation.tool}\` runs is not followed`, texts.length > 0 ? texts.join('\n') : undefined)
      }
      case 'container':
      case 'variable':
        return give(`what \`${delegation.tool}\` runs is not followed`)
    }
  }

  /** Environments, sessions, recipes by name; undefined where only the run knows one. */
  const resolvedNames = ({ names, args, to }: Delegation, depth: number): readonly string[] | undefined => {
    if (!args) return names.includes(undefined) ? undefined : names.filter(n => n !== undefined)
    const variable = to === 'tox' ? 'TOXENV' : 'NOXSESSION'
    if (args.length === 0) return resolve.variable(variable)
    const all = args.map(a => (a.text !== undefined ? [a.text] : depth === 0 ? resolve.word(a.word) : undefined))
    return all.includes(undefined) ? undefined : all.flatMap(n => n ?? [])
  }

  const following: Following = {
    files,
    read,
    spotFor: place => {
      const script = parseShell('')
      places.set(script, () => place)
      return { script, start: 0, end: 0 }
    },
    follow: (command, what) => {
      followed.set(command, what)
    },
    open,
    found,
    sets,
  }

  const script0 = await read(masked(original), written, 0, folder)
  return {
    script: script0,
    original,
    found,
    unfollowed,
    installs,
    passes,
    formats: rewritten,
    paths: passedPaths,
    follow: command => followed.get(command),
    exists: (path, script) => {
      const base = folders.get(script)
      const uri = base === undefined ? undefined : joined(base, path)
      // What is not in the tree may still be made before: only what is there is known.
      return uri !== undefined && (files.has(uri) || files.hasFolder(uri)) ? true : undefined
    },
    placeOf: ({ script, start, end }) => {
      const at = places.get(script)
      return at ? at(start, end) : written(0, 0)
    },
  }
}

/** A formatter that rewrites what it does not like, and succeeds. */
const rewrites = (command: Command): boolean => {
  const words = [command.name, ...command.suffix].flatMap(w => (w?.type === 'Word' ? [constantOf(w) ?? '…'] : []))
  const line = words
    .join(' ')
    .replace(/^((python3? -m|uv run|uvx|poetry run|npx|pnpm|yarn|npm run|pnpm run|bunx|make|just|task) )+/, '')
  return (
    /^(black|isort|ruff format|prettier|gofmt|goimports|gofumpt|cargo fmt|rustfmt|biome format|dprint fmt|clang-format|shfmt|go fmt|fmt|format|terraform fmt|mix format|dart format)\b/.test(
      line,
    ) && !/--check|--diff|--dry-run/.test(line)
  )
}

const changesShown = (command: Command): Invocation | undefined => {
  const words = command.suffix.flatMap(w => (w.type === 'Word' ? [constantOf(w)] : []))
  return words.includes('diff') && (words.includes('--exit-code') || words.includes('--quiet'))
    ? { gate: 'format', tool: 'git diff --exit-code', disarmed: undefined }
    : undefined
}

/** Deciding variables a command sets: `A=1`, `A=1 command`, `export A=1`. */
const assignedIn = (command: Command, at: Written): ReadonlyMap<string, SetVariable> => {
  const all = new Map<string, SetVariable>()
  for (const part of [...command.prefix, ...command.suffix]) {
    if (part.type === 'Assignment' && part.name !== undefined && decisive.has(part.name) && part.value.type === 'Word')
      all.set(part.name, { text: part.append ? undefined : constantOf(part.value), at: at(part.pos, part.end) })
    if (part.type !== 'Word') continue
    const [, name, value] = /^(\w+)=(.*)$/s.exec(constantOf(part) ?? '') ?? []
    if (name !== undefined && decisive.has(name)) all.set(name, { text: value, at: at(part.pos, part.end) })
  }
  return all
}

/** Folders of the tree that a command puts on the PATH: `PATH=$PWD/stubs:$PATH`, `echo ./stubs >> $GITHUB_PATH`. */
const foldersOf = (
  command: Command,
  name: string | undefined,
  where: string | undefined,
  variable: 'PATH' | 'GITHUB_PATH',
): readonly string[] => {
  const texts =
    variable === 'PATH'
      ? [...command.prefix, ...(name === 'export' || name === undefined ? command.suffix : [])].flatMap(p => {
          const text = p.type === 'Assignment' || p.type === 'Word' ? p.text : ''
          return /^PATH=/.test(text) ? [text.slice(5)] : []
        })
      : textAround(command).text.includes('GITHUB_PATH')
        ? command.suffix.flatMap(w => (w.type === 'Word' ? [w.text] : []))
        : []
  return texts.flatMap(text =>
    text.split(':').flatMap(part => {
      const path = part.replace(/["']/g, '')
      const below = /^(?:\$\{?(?:PWD|GITHUB_WORKSPACE)\}?|\$\(pwd\)|\ue000+)\/(.*)$/.exec(path)
      const plain = /^(\.\/)?[\w.-]+(\/[\w.-]+)*\/?$/.test(path) ? path : undefined
      const base = below && !/PWD|pwd/.test(path) ? '' : where
      const folder = base === undefined ? undefined : joined(base, below?.[1] ?? plain ?? '~')
      return folder === undefined ? [] : [folder]
    }),
  )
}

/** `echo "A=1" >> $GITHUB_ENV`. */
const passedOn = (command: Command, at: Written): ReadonlyMap<string, SetVariable> => {
  const all = new Map<string, SetVariable>()
  const { text } = textAround(command)
  if (!text.includes('GITHUB_ENV')) return all
  for (const word of command.suffix) {
    if (word.type !== 'Word') continue
    const [, name, value] = /^(\w+)=(.*)$/s.exec(constantOf(word) ?? '') ?? []
    if (name !== undefined && decisive.has(name)) all.set(name, { text: value, at: at(word.pos, word.end) })
  }
  return all
}

const textAround = (command: Command): { readonly text: string } => ({
  text: command.redirects.map(r => ('target' in r ? (r.target?.text ?? '') : '')).join(' '),
})

/** The end of a command's last word: redirections that follow are not what it is. */
const endOf = (command: Command): number => {
  const last = [...command.suffix].reverse().find(w => w.type === 'Word')
  return last?.end ?? command.name?.end ?? command.end
}

/** `SKIP=bandit pre-commit run`. */
const skippedHooks = (command: Command): readonly string[] =>
  command.prefix.flatMap(p =>
    p.type === 'Assignment' && p.name === 'SKIP' && p.value.type === 'Word' ? p.value.value.split(',') : [],
  )

/** Positions in the text a word stands for: exact when it is one quoted or plain stretch. */
const within = (word: Word, at: Written): Written => {
  const [part] = word.parts ?? []
  const single = word.parts?.length === 1 ? part : undefined
  const plain =
    single?.type === 'SingleQuoted' ||
    (single?.type === 'DoubleQuoted' && !single.text.includes('\\') && single.parts.every(p => p.type === 'Literal'))
  if (plain) return (start, end) => at(word.pos + 1 + start, word.pos + 1 + end)
  return word.parts ? () => at(word.pos, word.end) : (start, end) => at(word.pos + start, word.pos + end)
}

/** Lines are counted once for each file. */
const written = new WeakMap<TextFile, Written>()

export const inFile = (file: TextFile): Written => {
  const known = written.get(file)
  if (known) return known
  const lines = linesOf(file.text)
  const at: Written = (start, end) => ({ in: 'span', source: file.source, ...lines.span({ start, end }) })
  written.set(file, at)
  return at
}

/** A path below the tree's root; undefined for one that leaves it or is absolute. */
export const joined = (folder: string, path: string): string | undefined => {
  if (path.startsWith('/') || path.startsWith('~')) return undefined
  const parts: string[] = folder === '' ? [] : folder.split('/')
  for (const part of path.split('/')) {
    if (part === '..') {
      if (parts.length === 0) return undefined
      parts.pop()
    } else if (part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}

/** The flags of a shell by the options it is started with: `-e`, `-euo pipefail`, `-o errexit`. */
export const flagsOf = (shell: string, options: readonly (string | undefined)[]): ShellFlags => {
  let [errexit, pipefail] = [false, false]
  for (let i = 0; i < options.length; i++) {
    const option = options[i] ?? ''
    if (!/^-[A-Za-z]+$/.test(option)) continue
    if (option.includes('e')) errexit = true
    if (option.endsWith('o')) {
      const name = options[++i]
      if (name === 'pipefail') pipefail = true
      if (name === 'errexit') errexit = true
    }
  }
  return { dialect: shell === 'bash' ? 'bash' : 'sh', errexit, pipefail }
}

/** A hook of .pre-commit-config.yaml that is a gate. */
export interface Hook {
  readonly gates: readonly Gate[]
  readonly id: string
  readonly place: Place
  /** It runs only when asked for by its stage. */
  readonly manual: boolean
  /** `always_run`: also where none of its files is looked at. */
  readonly always: boolean
  readonly disarmed: { readonly because: string; readonly at: Place } | undefined
}
