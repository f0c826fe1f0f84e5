import type { Gate } from '../facts/workflow.ts'
import { type Command, constantOf, type Word } from '../parse/shell.ts'
import {
  type Arg,
  afterOptions,
  asksOnly,
  disarm,
  has,
  optionOf,
  packageAudit,
  scout,
  type ToolRun,
  toolRuns,
} from './gate-tool.ts'

/** What one command does for a gate. */
export interface Invocation {
  readonly gate: Gate
  /** As a person would call it, without arguments: `pytest`, `tox`, `npm test`. */
  readonly tool: string
  /** An option that keeps it from failing, or from looking at anything. */
  readonly disarmed: { readonly because: string; readonly word: Word } | undefined
  /** Nothing but its default keeps it from failing. */
  readonly byDefault?: true
  /** It can fail, for less than it looks for by default. */
  readonly narrowed?: { readonly because: string; readonly word: Word } | undefined
  /** The program and what it is given, where its own files and variables are asked for more. */
  readonly program?: string
  readonly args?: readonly Arg[]
  /** tox and nox: the environments asked for, none for those their own configuration lists. Whether they are tests is in their names. */
  readonly environments?: readonly { readonly text: string | undefined; readonly word: Word }[]
}

/** A runner whose own files say what it runs: the gate may be in there. */
export interface Delegation {
  readonly tool: string
  readonly to:
    | 'make'
    | 'pre-commit'
    | 'tox'
    | 'nox'
    | 'package script'
    | 'task runner'
    | 'script'
    | 'container'
    | 'shell text'
    | 'variable'
  /** What of it is run: targets, environments, hooks; undefined entries are not constant. */
  readonly names: readonly (string | undefined)[]
  /** `make -C`: the folder. */
  readonly folder?: string | undefined
  readonly disarmed?: { readonly because: string; readonly word: Word } | undefined
  /** `bash -ec <text>`, `eval <text>`: the text, and the options of the shell that runs it. */
  readonly text?: Word | undefined
  readonly options?: readonly (string | undefined)[]
  /** tox and nox: the words that name environments, and what stands behind `--`. */
  readonly args?: readonly Arg[]
  readonly posargs?: string | undefined
  /** tox and nox: the configuration that is named; null: known to the run only. */
  readonly file?: string | null | undefined
  /** make: variables of the command line; undefined value: not constant. */
  readonly variables?: readonly (readonly [string, string | undefined])[]
  readonly word: Word | undefined
}

export interface Meaning {
  readonly invocations: readonly Invocation[]
  readonly delegation: Delegation | undefined
  /** Distributions that a `pip install` and its kin install. */
  readonly installs: readonly { readonly name: string; readonly word: Word }[]
}

const nothing: Meaning = { invocations: [], delegation: undefined, installs: [] }
const runs = (gate: Gate, tool: string, disarmed?: Invocation['disarmed']): Meaning => ({
  ...nothing,
  invocations: [{ gate, tool, disarmed }],
})
const meant = (all: readonly ToolRun[], program?: string, args?: readonly Arg[]): Meaning => ({
  ...nothing,
  invocations: all.flatMap(({ gates, tool: called, ...how }) =>
    gates.map(gate => ({ gate, tool: called, ...how, ...(program !== undefined && args ? { program, args } : {}) })),
  ),
})

/** What a command means to the gates, by its words as the shell sees them: `echo bandit` and `bandit --help` mean nothing. */
export const meaningOf = (command: Command): Meaning => {
  const words = [command.name, ...command.suffix].filter(w => w?.type === 'Word')
  return meaning(words.map(word => ({ text: constantOf(word), word })))
}

/** Commands that run the command that follows their options; which options take a value of their own. */
const wrappers: Readonly<Record<string, { readonly values: readonly string[]; readonly operands?: number }>> = {
  sudo: { values: ['-u', '--user', '-g', '--group', '-h', '-p', '-C', '-D'] },
  env: { values: ['-u', '--unset', '-C', '--chdir'] },
  nice: { values: ['-n', '--adjustment'] },
  ionice: { values: ['-c', '-n', '-p'] },
  timeout: { values: ['-k', '--kill-after', '-s', '--signal'], operands: 1 },
  'xvfb-run': { values: ['-s', '--server-args', '-n', '--server-num', '-e', '-f', '-w'] },
  command: { values: [] },
  builtin: { values: [] },
  exec: { values: ['-a'] },
  nohup: { values: [] },
  setsid: { values: [] },
  stdbuf: { values: ['-i', '-o', '-e'] },
  unbuffer: { values: [] },
  time: { values: ['-f', '-o'] },
  catchsegv: { values: [] },
  'aws-vault': { values: [] },
  xargs: { values: ['-n', '-I', '-P', '-L', '-d', '-a', '-s', '-E'] },
  c8: { values: ['-r', '--reporter', '-o', '--reports-dir', '-x', '-n', '--include', '--exclude'] },
  nyc: { values: ['-r', '--reporter', '-t', '-x', '-n', '--include', '--exclude'] },
  'cross-env': { values: [] },
  dotenvx: { values: ['-f'], operands: 1 },
  npx: { values: ['-p', '--package', '-c'] },
  bunx: { values: [] },
  pnpx: { values: [] },
  uvx: { values: ['--from', '--with', '-p', '--python', '--with-requirements', '--index', '--index-url'] },
}
/** `poetry run x`: the first word, the second, and options with values between. */
const runners: Readonly<Record<string, { readonly verbs: readonly string[]; readonly values: readonly string[] }>> = {
  uv: {
    verbs: ['run'],
    values: [
      '--with',
      '--with-editable',
      '--with-requirements',
      '-p',
      '--python',
      '--extra',
      '--group',
      '--only-group',
      '--no-group',
      '--package',
      '--project',
      '--env-file',
      '--directory',
      '--index',
      '--index-url',
      '--extra-index-url',
      '--resolution',
      '--config-file',
      '--cache-dir',
      '-m',
      '--module',
    ],
  },
  poetry: { verbs: ['run'], values: ['-C', '--directory', '-P', '--project'] },
  pipenv: { verbs: ['run'], values: [] },
  pipx: { verbs: ['run'], values: ['--spec', '--python', '--pip-args', '--index-url'] },
  pdm: { verbs: ['run'], values: ['-p', '--project', '-n', '--env'] },
  rye: { verbs: ['run'], values: [] },
  conda: { verbs: ['run'], values: ['-n', '--name', '-p', '--prefix', '--cwd'] },
  mamba: { verbs: ['run'], values: ['-n', '--name', '-p', '--prefix'] },
  micromamba: { verbs: ['run'], values: ['-n', '--name', '-p', '--prefix'] },
  pixi: { verbs: ['run'], values: ['-e', '--environment', '--manifest-path'] },
  bundle: { verbs: ['exec'], values: [] },
  pnpm: { verbs: ['exec', 'dlx'], values: [] },
  yarn: { verbs: ['exec', 'dlx'], values: [] },
  npm: { verbs: ['exec', 'x'], values: [] },
  doppler: { verbs: ['run'], values: ['-p', '-c', '--project', '--config'] },
}

const baseName = (text: string): string => text.replace(/^.*[/\\]/, '').replace(/\.(exe|cmd|bat)$/i, '')
const isPython = (name: string): boolean => /^(python|pypy|py)(\d+(\.\d+)?)?$/.test(name)

const meaning = (args: readonly Arg[], depth = 0): Meaning => {
  const [first, ...rest] = args
  if (!first || depth > 8) return nothing
  if (first.text === undefined) {
    // `$VENV/bin/pytest`, `${PREFIX}pytest`: whatever the folder, the program is called so.
    const tail = first.word.parts?.at(-1)
    const called = tail?.type === 'Literal' ? /(?:^|\/)([A-Za-z][\w.-]*)$/.exec(tail.value)?.[1] : undefined
    if (called !== undefined) return meaning([{ ...first, text: called }, ...rest], depth + 1)
    // `$PYTHON -m pytest`: what runs a module by this name is Python.
    if (/^["']?\$\{?\w*py(thon)?\w*\}?["']?$/i.test(first.word.text)) {
      const module = afterOptions(rest, ['-W', '-X'])
      if (module[0]?.text === '-m') return meaning(asModule(module), depth + 1)
    }
    return {
      ...nothing,
      delegation: { tool: 'a command held in a variable', to: 'variable', names: [first.word.text], word: first.word },
    }
  }
  const name = baseName(first.text)

  const wrapper = wrappers[name]
  if (wrapper) {
    let inner = afterOptions(rest, wrapper.values).slice(wrapper.operands ?? 0)
    if (name === 'command' && (rest[0]?.text === '-v' || rest[0]?.text === '-V')) return nothing
    if (name === 'env' || name === 'sudo' || name === 'cross-env')
      while (/^\w+=/.test(inner[0]?.word.text ?? '')) inner = inner.slice(1)
    if (name === 'uvx' || name === 'npx') {
      const tool = inner[0]
      // `uvx bandit@1.8`: a version may follow the name.
      if (tool?.text !== undefined) inner = [{ ...tool, text: tool.text.replace(/(?<=.)@.*$/, '') }, ...inner.slice(1)]
    }
    return meaning(inner, depth + 1)
  }
  const runner = runners[name]
  if (runner) {
    const before = afterOptions(rest, runner.values)
    if (name === 'uv' && before[0]?.text === 'tool' && before[1]?.text === 'run')
      return meaning([{ ...first, text: 'uvx' }, ...before.slice(2)], depth + 1)
    if (runner.verbs.includes(before[0]?.text ?? '')) {
      const options = before.slice(1)
      const m = options.findIndex(a => a.text === '-m' || a.text === '--module')
      const inner = afterOptions(options, runner.values)
      if (name === 'uv' && m !== -1 && m <= options.length - inner.length)
        return meaning(asModule(options.slice(m)), depth + 1)
      if (name === 'pipx' && inner[0]?.text)
        return meaning([{ ...inner[0], text: inner[0].text.replace(/[=<>~!].*$/, '') }, ...inner.slice(1)], depth + 1)
      const ran = meaning(inner, depth + 1)
      if (
        (name === 'pdm' || name === 'pixi' || name === 'pipenv' || name === 'rye') &&
        ran.invocations.length === 0 &&
        !ran.delegation
      )
        return {
          ...nothing,
          delegation: { tool: `${name} run`, to: 'task runner', names: [inner[0]?.text], word: first.word },
        }
      return ran
    }
  }
  if (isPython(name)) {
    const after = afterOptions(rest, ['-W', '-X'])
    if (after[0]?.text === '-m') {
      const ran = meaning(asModule(after), depth + 1)
      const module = after[1]?.text
      // A module of the tree: `python -m tests.run`.
      return ran === nothing && module?.includes('.')
        ? {
            ...nothing,
            delegation: { tool: module, to: 'script', names: [`${module.replaceAll('.', '/')}.py`], word: first.word },
          }
        : ran
    }
    const script = after[0]?.text
    if (script !== undefined && /(^|\/)manage\.py$/.test(script)) return meaning(after, depth + 1)
    if (script !== undefined && /(^|\/)setup\.py$/.test(script) && after[1]?.text === 'test')
      return runs('tests', 'setup.py test')
    if (script !== undefined && /(^|\/)(run_?)?tests?\.py$/.test(script)) return runs('tests', baseName(script))
    // A script of the tree that is no shell: only its name can promise something.
    return script === undefined
      ? nothing
      : { ...nothing, delegation: { tool: baseName(script), to: 'script', names: [script], word: first.word } }
  }
  if (name === 'coverage') {
    if (rest[0]?.text !== 'run') return nothing
    const after = afterOptions(rest.slice(1), [
      '--rcfile',
      '--source',
      '--include',
      '--omit',
      '--data-file',
      '--context',
      '--concurrency',
    ])
    if (after[0]?.text === '-m') return meaning(asModule(after), depth + 1)
    return meaning(after[0]?.text?.endsWith('.py') ? [{ ...first, text: 'python' }, ...after] : after, depth + 1)
  }
  return tool(name, first, rest)
}

/** `-m pip_audit …` as the command `pip-audit …`. */
const asModule = (args: readonly Arg[]): readonly Arg[] => {
  const module = args[1]
  if (!module) return []
  if (module.text === 'coverage' || module.text === undefined) return [module, ...args.slice(2)]
  return [{ ...module, text: module.text.replaceAll('_', '-').replace(/\.__main__$/, '') }, ...args.slice(2)]
}

/** Environments of tox and sessions of nox that are tests by their name, as the two tools' own documents name them. */
const testLike =
  /(^|[-_:.])(py(py|thon)?[-.]?\d*(\.\d+)?t?|pytest|tests?|unit(tests?)?|integration|functional|e2e|cov|coverage|django|spec|smoke)([-_:.]|\d|$)/i
export const isTestLike = (environment: string): boolean =>
  (testLike.test(environment) || /^\d+\.\d+t?$/.test(environment)) &&
  !/report|combine|lint|docs?([-_]|$)|types?([-_]|$)|mypy/i.test(environment)

const tool = (name: string, first: Arg, rest: readonly Arg[]): Meaning => {
  const texts = rest.map(a => a.text)
  const verb = afterOptions(rest, [])[0]?.text
  const ran = toolRuns(name, first, rest)
  if (ran) return meant(ran, name, rest)
  switch (name) {
    case 'go': {
      // `go run pkg@version`, `go tool name`.
      const [target, ...given] = afterOptions(rest.slice(1), ['-C', '-modfile', '-tags'])
      if ((verb !== 'run' && verb !== 'tool') || target?.text === undefined) return nothing
      const called = target.text
        .replace(/@.*$/, '')
        .replace(/\/v\d+$/, '')
        .replace(/^.*\//, '')
      return meaning([{ ...target, text: called }, ...given], 1)
    }
    case 'tox':
      return environments(name, first, rest)
    case 'nox':
      return environments(name, first, rest)
    case 'hatch':
      if (verb === 'test') return runs('tests', 'hatch test')
      if (verb === 'run') {
        const target = afterOptions(rest.slice(texts.indexOf('run') + 1), [])
        const inner = meaning(target)
        if (inner.invocations.length > 0) return inner
        return {
          ...nothing,
          delegation: { tool: 'hatch run', to: 'task runner', names: [target[0]?.text], word: first.word },
        }
      }
      return nothing
    case 'npm':
    case 'pnpm':
    case 'yarn':
    case 'bun':
    case 'deno':
      return packageScript(name, first, rest)
    case 'composer':
      if (verb === 'audit') return runs('dependency-audit', 'composer audit')
      return verb === 'test' || verb?.startsWith('test:') ? runs('tests', 'composer test') : nothing
    case 'pre-commit':
    case 'prek': {
      if (verb !== 'run') return nothing
      const operands = afterOptions(rest.slice(texts.indexOf('run') + 1), [
        '-c',
        '--config',
        '--hook-stage',
        '--from-ref',
        '--to-ref',
      ])
      const hook = operands.find(a => !(a.text ?? '').startsWith('-'))
      return {
        ...nothing,
        delegation: {
          tool: 'pre-commit run',
          to: 'pre-commit',
          names: hook ? [hook.text] : [],
          // pre-commit manual, "pre-commit run": the staged files alone, unless it is told which.
          disarmed:
            has(rest, ...whichFiles) || rest.some(a => a.text === undefined)
              ? undefined
              : { because: 'without `--all-files` it looks at what is staged, and nothing is', word: first.word },
          word: first.word,
        },
      }
    }
    case 'make':
    case 'gmake': {
      // GNU make §9.8; what follows a letter that takes a value is that value: `-ki`, `-fci.mk`.
      const short = (letters: string): Arg | undefined =>
        rest.find(a => {
          const given = /^-([A-Za-z]+)/.exec(a.text ?? '')?.[1]?.replace(/([CEIWfjlo]).*$/, '$1') ?? ''
          return [...given].some(l => letters.includes(l))
        })
      const idle = [
        '--dry-run',
        '--just-print',
        '--recon',
        '--question',
        '--print-data-base',
        '--touch',
        '--version',
        '--help',
      ]
      if (has(rest, ...idle) ?? short('nqptvh')) return nothing
      const values = ['-C', '--directory', '-f', '--file', '--makefile', '-j', '-o', '-W', '-I', '-l']
      const folder = optionOf(rest, '-C', '--directory')
      const named = has(rest, '--file', '--makefile') ?? short('f')
      const targets: (string | undefined)[] = []
      for (let i = 0; i < rest.length; i++) {
        const text = rest[i]?.text
        if (text !== undefined && values.includes(text)) {
          // `-j` may stand alone.
          if (text !== '-j' || /^\d+$/.test(texts[i + 1] ?? '')) i++
        } else if (text === undefined || !/^-|=/.test(text)) targets.push(text)
      }
      return {
        ...nothing,
        delegation: {
          tool: targets.length === 1 && targets[0] !== undefined ? `make ${targets[0].slice(0, 40)}` : 'make',
          to: 'make',
          names: named ? [undefined] : targets,
          folder: folder ?? (folder === null || short('C') ? '\u{0}' : undefined),
          disarmed: disarm(has(rest, '--ignore-errors') ?? short('i'), 'makes make ignore failures'),
          // `make test ARGS=x`: what the command line sets wins over the file.
          variables: rest.flatMap(a => {
            const [, variable, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(a.text ?? a.word.text) ?? []
            return variable === undefined ? [] : [[variable, a.text === undefined ? undefined : value] as const]
          }),
          word: first.word,
        },
      }
    }
    case 'just':
    case 'task': {
      if (asksOnly(rest) || has(rest, '-n', '--dry-run', '--dry', '-l', '--list', '--summary', '--evaluate'))
        return nothing
      const elsewhere = has(rest, '-f', '--justfile', '-d', '--working-directory', '--dir', '-t', '--taskfile')
      const named = rest.filter(a => !/^-|^\w+=/.test(a.text ?? a.word.text)).map(a => a.text)
      return {
        ...nothing,
        delegation: {
          tool: name,
          to: 'task runner',
          names: elsewhere ? [undefined, ...named] : named,
          word: first.word,
        },
      }
    }
    case 'invoke':
    case 'inv':
    case 'doit':
    case 'mage':
    case 'earthly':
    case 'nx':
    case 'turbo':
    case 'dagger':
    case 'poe':
    case 'rye':
    case 'scons':
    case 'tusk':
      return { ...nothing, delegation: { tool: name, to: 'task runner', names: [verb], word: first.word } }
    case 'bash':
    case 'sh':
    case 'dash':
    case 'zsh':
    case 'ksh': {
      const at = rest.findIndex(a => /^-[a-z]*c[a-z]*$/.test(a.text ?? ''))
      const file = afterOptions(rest, ['-o', '+o', '-O', '--rcfile', '--init-file'])[0]
      // `bash -n file` reads the script and runs nothing of it.
      const before = file ? rest.slice(0, rest.indexOf(file)) : rest
      if (before.some(a => /^-[a-z]*n[a-z]*$/.test(a.text ?? '')) || has(before, 'noexec')) return nothing
      const options = (at === -1 ? rest.slice(0, file ? rest.indexOf(file) : undefined) : rest.slice(0, at + 1)).map(
        a => a.text,
      )
      // `bash -ec text`: the first word that is no option after -c is the text.
      const text = at === -1 ? undefined : rest.slice(at + 1).find(a => !/^[-+]/.test(a.text ?? ''))
      return at === -1
        ? {
            ...nothing,
            delegation: {
              tool: name,
              to: 'script',
              names: file ? [file.text] : [],
              options,
              word: file?.word ?? first.word,
            },
          }
        : {
            ...nothing,
            delegation: { tool: name, to: 'shell text', names: [], text: text?.word, options, word: first.word },
          }
    }
    case 'eval':
      return {
        ...nothing,
        delegation: {
          tool: 'eval',
          to: 'shell text',
          names: [],
          text: rest.length === 1 ? rest[0]?.word : undefined,
          word: first.word,
        },
      }
    case 'source':
    case '.':
      return { ...nothing, delegation: { tool: name, to: 'script', names: [rest[0]?.text], word: first.word } }
    case 'docker':
    case 'podman':
    case 'docker-compose':
      return container(name, first, rest)
    case 'pip':
    case 'pip3':
    case 'uv':
    case 'pipx':
    case 'poetry':
    case 'pipenv':
    case 'conda':
    case 'pdm':
      return installs(rest)
    default:
      return /\/|\.(sh|bash)$/.test(first.text ?? '') && !/^\/(usr|bin|sbin|opt)\//.test(first.text ?? '')
        ? { ...nothing, delegation: { tool: name, to: 'script', names: [first.text], word: first.word } }
        : nothing
  }
}

/** Options of `pre-commit run` that say which files it looks at. */
const whichFiles = ['-a', '--all-files', '--files', '-s', '--from-ref', '--source', '-o', '--to-ref', '--origin']

/** Options of package managers that take a value, and those that run the script of other folders. */
const managerValues = [
  '--prefix',
  '-C',
  '--dir',
  '--cwd',
  '-w',
  '--workspace',
  '-F',
  '--filter',
  '--config',
  '--loglevel',
]
const manyPackages = ['-r', '--recursive', '-F', '--filter', '-w', '--workspace', '--workspaces', '-ws', '-A', '--all']
/** Commands of the managers themselves: no script is called so. */
const managerCommands =
  /^(i|ci|install|add|remove|rm|up|update|upgrade|publish|pack|version|config|cache|link|login|dedupe|init|create|why|set|outdated|list|ls|store|fetch|import|prune|rebuild|patch|plugin|info|view|approve-builds|clean-install|install-test|help)$/

/** `npm test`, `pnpm run lint`, `yarn build`: a script of package.json; `bun test`, `deno test`: the manager's own runner. */
const packageScript = (name: string, first: Arg, rest: readonly Arg[]): Meaning => {
  const audit = packageAudit(name, rest)
  if (audit) return meant(audit)
  const options = afterOptions(rest, managerValues)
  const before = rest.slice(0, rest.length - options.length)
  const [verb, ...args] = options
  if (verb === undefined) return nothing
  if (verb.text === 'test' && (name === 'bun' || name === 'deno')) return runs('tests', `${name} test`)
  if (name === 'deno' && verb.text === 'lint') return runs('lint', 'deno lint')
  if (name === 'deno' && verb.text === 'fmt') return has(args, '--check') ? runs('format', 'deno fmt --check') : nothing
  const spelled = ['run', 'run-script', 'rum', 'task', 'workspace', 'workspaces', 'turbo'].includes(verb.text ?? '')
  const operands = spelled ? afterOptions(args, managerValues) : options
  const script = operands[0]
  const short = name === 'npm' ? /^(test|tst|t)$/.test(verb.text ?? '') : !managerCommands.test(verb.text ?? '')
  if (script === undefined || !(spelled || short) || (name === 'deno' && !spelled)) return nothing
  // Yarn, pnpm and bun run programs of node_modules by the same words.
  const program = spelled || name === 'npm' ? nothing : meaning(options, 1)
  if (program.invocations.length > 0) return program
  const called = name === 'npm' && !spelled ? 'test' : script.text
  const given = [...before, ...args.slice(0, args.length - Math.max(operands.length - 1, 0))]
  const folder = given.findIndex(a => ['--prefix', '-C', '--dir', '--cwd'].includes(a.text ?? ''))
  const elsewhere =
    has(given, ...manyPackages) !== undefined || /^(workspaces?|turbo)$/.test(verb.text ?? '') || name === 'deno'
  return {
    ...nothing,
    delegation: {
      tool: `${name} ${spelled ? 'run ' : ''}${called?.slice(0, 40) ?? '…'}`,
      to: 'package script',
      names: [called],
      folder: elsewhere ? '\u{0}' : folder === -1 ? undefined : (given[folder + 1]?.text ?? '\u{0}'),
      word: first.word,
    },
  }
}

const installs = (rest: readonly Arg[]): Meaning => {
  const at = rest.findIndex(a => a.text === 'install' || a.text === 'add')
  if (at === -1) return nothing
  const named = rest.slice(at + 1).flatMap(({ text, word }) => {
    const name = text === undefined ? undefined : /^([A-Za-z0-9][\w.-]*)/.exec(text)?.[1]
    return name === undefined ? [] : [{ name: name.toLowerCase().replaceAll('_', '-'), word }]
  })
  return { ...nothing, installs: named }
}

const environments = (name: 'tox' | 'nox', first: Arg, rest: readonly Arg[]): Meaning => {
  const idle =
    name === 'tox'
      ? ['-l', '--listenvs', '--listenvs-all', '-a', '--notest', '-n', '--showconfig']
      : ['-l', '--list', '--install-only']
  if (asksOnly(rest) || has(rest, ...idle)) return nothing
  const verb = afterOptions(rest, ['-e', '-c', '-x', '--workdir', '--root'])[0]?.text
  if (
    name === 'tox' &&
    verb !== undefined &&
    ['list', 'l', 'config', 'c', 'devenv', 'd', 'quickstart', 'depends', 'exec'].includes(verb)
  )
    return nothing
  const names: Arg[] = []
  const options = name === 'tox' ? ['-e', '-m', '-f'] : ['-s', '--session', '--sessions', '-e', '-t', '--tags', '-k']
  for (const [i, arg] of rest.entries()) {
    const text = arg.text ?? arg.word.text
    if (text === '--') break
    if (options.includes(text)) names.push(...listed(rest[i + 1]))
    else
      for (const o of options) {
        if (text.startsWith(`${o}=`))
          names.push(...listed({ ...arg, text: arg.text === undefined ? undefined : text.slice(o.length + 1) }))
        else if (o.length === 2 && text.startsWith(o) && !text.startsWith('--') && text !== o)
          names.push(...listed({ ...arg, text: arg.text === undefined ? undefined : text.slice(2) }))
      }
  }
  const dashes = rest.findIndex(a => a.text === '--')
  const delegation: Delegation = {
    tool: name,
    to: name,
    names: names.map(n => n.text),
    args: names,
    file: optionOf(
      dashes === -1 ? rest : rest.slice(0, dashes),
      ...(name === 'tox' ? ['-c', '--conf'] : ['-f', '--noxfile']),
    ),
    ...(dashes === -1
      ? {}
      : {
          posargs: rest
            .slice(dashes + 1)
            .map(a => a.word.text)
            .join(' '),
        }),
    word: first.word,
  }
  const tests = names.length === 0 || names.some(n => n.text === undefined || isTestLike(n.text))
  const disarmed = name === 'tox' ? disarm(has(rest, '--collect-only'), 'runs none') : undefined
  return {
    invocations: tests ? [{ gate: 'tests', tool: name, disarmed, environments: names }] : [],
    delegation,
    installs: [],
  }
}

const listed = (arg: Arg | undefined): readonly Arg[] => {
  if (!arg) return []
  const { text, word } = arg
  return text === undefined ? [arg] : text.split(/[\s,]+/).flatMap(t => (t === '' ? [] : [{ text: t, word }]))
}

const containerValues = [
  '-e',
  '--env',
  '-v',
  '--volume',
  '-w',
  '--workdir',
  '-u',
  '--user',
  '-p',
  '--publish',
  '--name',
  '--network',
  '--net',
  '--entrypoint',
  '--mount',
  '--env-file',
  '-l',
  '--label',
  '-m',
  '--memory',
  '--cpus',
  '--platform',
  '--add-host',
  '--ipc',
  '--shm-size',
  '--tmpfs',
  '--cap-add',
  '--cap-drop',
  '--security-opt',
  '--ulimit',
  '--gpus',
  '--runtime',
  '-h',
  '--hostname',
  '--pull',
  '--restart',
  '--index',
  '--health-cmd',
]

/** Images whose entry point is a tool. */
const images: readonly (readonly [RegExp, string])[] = [
  [/(^|\/)gitleaks(:|@|$)/, 'gitleaks'],
  [/(^|\/)trufflehog(:|@|$)/, 'trufflehog'],
  [/(^|\/)trivy(:|@|$)/, 'trivy'],
  [/(^|\/)grype(:|@|$)/, 'grype'],
  [/(^|\/)syft(:|@|$)/, 'syft'],
  [/(^|\/)hadolint(:|@|$)/, 'hadolint'],
  [/(^|\/)checkov(:|@|$)/, 'checkov'],
  [/(^|\/)actionlint(:|@|$)/, 'actionlint'],
  [/(^|\/)osv-scanner(:|@|$)/, 'osv-scanner'],
  [/(^|\/)shellcheck(:|@|$)/, 'shellcheck'],
]

/** `docker run image pytest`, `docker compose run web pytest`: the status of what runs inside comes back, unless detached. */
const container = (name: string, first: Arg, rest: readonly Arg[]): Meaning => {
  let args = rest
  let called = name
  if (name === 'docker' || name === 'podman') {
    args = afterOptions(args, ['-H', '--host', '--context', '-c', '--config'])
    if (args[0]?.text === 'container') args = args.slice(1)
    if (args[0]?.text === 'compose') called = `${name} compose`
    if (args[0]?.text === 'compose')
      args = afterOptions(args.slice(1), [
        '-f',
        '--file',
        '-p',
        '--project-name',
        '--profile',
        '--env-file',
        '--project-directory',
      ])
  } else args = afterOptions(args, ['-f', '--file', '-p', '--project-name', '--profile', '--env-file'])
  const verb = args[0]?.text
  const files = rest.flatMap((a, i) => (a.text === '-f' || a.text === '--file' ? [rest[i + 1]?.text] : []))
  if (verb === 'up') {
    // Compose manual: `up` returns the status of a container with either of these, and 0 without.
    const from = optionOf(args, '--exit-code-from')
    if (from === undefined && !has(args, '--abort-on-container-exit', '--abort-on-container-failure')) return nothing
    return {
      ...nothing,
      delegation: { tool: `${called} up`, to: 'container', names: [from ?? undefined, ...files], word: first.word },
    }
  }
  if (verb === 'scout') return meant(scout(first, args.slice(1)))
  if (verb !== 'run' && verb !== 'exec') return nothing
  const options = args.slice(1)
  const operands = afterOptions(options, containerValues)
  // An image that is the tool itself: `docker run zricethezav/gitleaks detect`, `docker run hadolint/hadolint`.
  const image = operands[0]
  const program =
    image?.text === undefined ? undefined : images.find(([pattern]) => pattern.test(image.text ?? ''))?.[1]
  const inner =
    image && program !== undefined
      ? meaning([{ ...image, text: program }, ...operands.slice(operands[1]?.text === program ? 2 : 1)], 1)
      : meaning(operands.slice(1), 1)
  const given = options.slice(0, options.length - operands.length)
  const detached = given.find(a => a.text === '-d' || a.text === '--detach' || /^-[a-z]*d[a-z]*$/.test(a.text ?? ''))
  const entrypoint = has(given, '--entrypoint')
  if (entrypoint || inner.delegation || inner.invocations.length === 0)
    return {
      ...nothing,
      delegation: {
        tool: `${called} ${verb}`,
        to: 'container',
        names: [image?.text, ...(inner.delegation?.names ?? []), ...files],
        word: first.word,
      },
    }
  if (!detached) return { ...nothing, invocations: inner.invocations }
  return {
    ...nothing,
    invocations: inner.invocations.map(i => ({
      ...i,
      disarmed: { because: `\`${detached.text}\` does not wait for its exit status`, word: detached.word },
    })),
  }
}
