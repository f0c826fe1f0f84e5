import type { Gate } from '../facts/workflow.ts'
import { type Command, constantOf, type Word } from '../parse/shell.ts'

/** What one command does for a gate. */
export interface Invocation {
  readonly gate: Gate
  /** As a person would call it, without arguments: `pytest`, `tox`, `npm test`. */
  readonly tool: string
  /** An option that keeps it from failing, or from looking at anything. */
  readonly disarmed: { readonly because: string; readonly word: Word } | undefined
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
  readonly word: Word | undefined
}

export interface Meaning {
  readonly invocations: readonly Invocation[]
  readonly delegation: Delegation | undefined
  /** Distributions that a `pip install` and its kin install. */
  readonly installs: readonly { readonly name: string; readonly word: Word }[]
}

type Arg = { readonly text: string | undefined; readonly word: Word }

const nothing: Meaning = { invocations: [], delegation: undefined, installs: [] }
const runs = (gate: Gate, tool: string, disarmed?: Invocation['disarmed']): Meaning => ({
  ...nothing,
  invocations: [{ gate, tool, disarmed }],
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
    if (name === 'env' || name === 'sudo') while (/^\w+=/.test(inner[0]?.word.text ?? '')) inner = inner.slice(1)
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
    if (after[0]?.text === '-m') return meaning(asModule(after), depth + 1)
    const script = after[0]?.text
    if (script !== undefined && /(^|\/)manage\.py$/.test(script)) return meaning(after, depth + 1)
    if (script !== undefined && /(^|\/)setup\.py$/.test(script) && after[1]?.text === 'test')
      return runs('tests', 'setup.py test')
    if (script !== undefined && /(^|\/)(run_?)?tests?\.py$/.test(script)) return runs('tests', baseName(script))
    return nothing
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

/** What follows the options; options known to take a value take the next word with them. */
const afterOptions = (args: readonly Arg[], values: readonly string[]): readonly Arg[] => {
  let at = 0
  while (at < args.length) {
    const word = args[at]
    const text = word?.text ?? word?.word.text ?? ''
    if (text === '--') return args.slice(at + 1)
    if (!text.startsWith('-') || text === '-m' || text === '-c') break
    at += values.includes(text) ? 2 : 1
  }
  return args.slice(at)
}

const has = (args: readonly Arg[], ...options: readonly string[]): Arg | undefined =>
  args.find(a => a.text !== undefined && options.some(o => a.text === o || a.text?.startsWith(`${o}=`)))

const asksOnly = (args: readonly Arg[]): boolean => has(args, '--version', '--help', '-h') !== undefined

const disarm = (found: Arg | undefined, because: string): Invocation['disarmed'] =>
  found && { because: `\`${found.text}\` ${because}`, word: found.word }

/** Environments of tox and sessions of nox that are tests by their name, as the two tools' own documents name them. */
const testLike =
  /(^|[-_:.])(py(py|thon)?[-.]?\d*(\.\d+)?t?|pytest|tests?|unit(tests?)?|integration|functional|e2e|cov|coverage|django|spec|smoke)([-_:.]|\d|$)/i
export const isTestLike = (environment: string): boolean =>
  testLike.test(environment) && !/report|combine|lint|docs?([-_]|$)|types?([-_]|$)|mypy/i.test(environment)

const tool = (name: string, first: Arg, rest: readonly Arg[]): Meaning => {
  const texts = rest.map(a => a.text)
  const verb = afterOptions(rest, [])[0]?.text
  switch (name) {
    case 'pytest':
    case 'py.test':
      if (asksOnly(rest) || has(rest, '-V', '--fixtures', '--markers', '--cache-show')) return nothing
      return runs(
        'tests',
        'pytest',
        disarm(
          has(rest, '--collect-only', '--collectonly', '--co', '--setup-plan'),
          'collects the tests and runs none',
        ),
      )
    case 'unittest':
    case 'nose2':
    case 'nosetests':
    case 'trial':
    case 'ward':
    case 'behave':
    case 'gotestsum':
    case 'rspec':
    case 'phpunit':
    case 'pest':
    case 'ctest':
    case 'bats':
    case 'jest':
    case 'mocha':
    case 'ava':
    case 'vitest':
    case 'playwright':
    case 'cypress':
      if (asksOnly(rest)) return nothing
      if ((name === 'playwright' && verb !== 'test') || (name === 'cypress' && verb !== 'run')) return nothing
      return runs(
        'tests',
        name,
        disarm(has(rest, '--listTests', '--list', '-N', '--show-only'), 'lists the tests and runs none'),
      )
    case 'manage.py':
    case 'django-admin':
      return verb === 'test' ? runs('tests', `${name} test`) : nothing
    case 'setup.py':
      return verb === 'test' ? runs('tests', 'setup.py test') : nothing
    case 'stestr':
      return verb === 'run' ? runs('tests', 'stestr run') : nothing
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
    case 'deno': {
      const operands = rest.filter(a => !(a.text ?? a.word.text).startsWith('-'))
      const script = ['run', 'run-script', 'task'].includes(operands[0]?.text ?? '') ? operands[1] : operands[0]
      if (
        script?.text !== undefined &&
        (/^(test|tst|t)$/.test(script.text) || /^(test|unit)([:_-]|$)/.test(script.text))
      )
        return runs('tests', `${name} ${script === operands[0] ? 'test' : 'run test'}`)
      const verbs = ['run', 'run-script', 'task']
      if (verbs.includes(operands[0]?.text ?? '') || (name === 'yarn' && script !== undefined))
        return {
          ...nothing,
          delegation: { tool: `${name} run`, to: 'package script', names: [script?.text], word: first.word },
        }
      return nothing
    }
    case 'go':
      // `-run ^$` is how benchmarks are run without tests.
      return verb === 'test' && !has(rest, '-c', '-list') && !texts.some(t => /^(-run=)?(\^\$|NONE|XXX)$/.test(t ?? ''))
        ? runs('tests', 'go test')
        : nothing
    case 'cargo': {
      const at = rest.find(a => a.text !== undefined && !a.text.startsWith('-') && !a.text.startsWith('+'))?.text
      if (at === 'test' || at === 't') return has(rest, '--no-run') ? nothing : runs('tests', 'cargo test')
      if (at === 'nextest')
        return texts.includes('run') && !has(rest, '--no-run') ? runs('tests', 'cargo nextest') : nothing
      return nothing
    }
    case 'mvn':
    case 'mvnw': {
      if (
        !texts.some(
          t => t !== undefined && ['test', 'verify', 'install', 'package', 'deploy', 'integration-test'].includes(t),
        )
      )
        return nothing
      const skips = rest.find(a => a.text !== undefined && /^-D(skipTests|maven\.test\.skip)(=true)?$/.test(a.text))
      if (skips) return nothing
      return runs(
        'tests',
        'mvn',
        disarm(
          has(rest, '-Dmaven.test.failure.ignore', '-fn', '--fail-never', '-DtestFailureIgnore'),
          'lets failing tests pass',
        ),
      )
    }
    case 'gradle':
    case 'gradlew': {
      const excluded = texts.some((t, i) => (t === '-x' || t === '--exclude-task') && texts[i + 1] === 'test')
      if (excluded || has(rest, '-m', '--dry-run')) return nothing
      return texts.some(t => t !== undefined && /(^|:)(test|check|build)$/.test(t)) ? runs('tests', 'gradle') : nothing
    }
    case 'dotnet':
    case 'mix':
    case 'swift':
    case 'composer':
    case 'sbt':
    case 'bazel':
    case 'bazelisk':
    case 'meson':
    case 'rails':
    case 'flutter':
    case 'dart':
    case 'zig':
      return texts.includes('test') && !asksOnly(rest) ? runs('tests', `${name} test`) : nothing
    case 'rake':
      return texts.some(t => t === 'test' || t === 'spec') ? runs('tests', 'rake') : nothing
    case 'bandit':
      if (asksOnly(rest)) return nothing
      return runs('bandit', 'bandit', disarm(has(rest, '--exit-zero'), 'lets it succeed whatever it finds'))
    case 'pip-audit':
      if (asksOnly(rest) || has(rest, '-V')) return nothing
      return runs('pip-audit', 'pip-audit', disarm(has(rest, '--dry-run'), 'audits nothing'))
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
        delegation: { tool: 'pre-commit run', to: 'pre-commit', names: hook ? [hook.text] : [], word: first.word },
      }
    }
    case 'make':
    case 'gmake': {
      if (has(rest, '-n', '--dry-run', '--just-print', '-q', '--question', '-p', '--version', '--help')) return nothing
      const values = ['-C', '--directory', '-f', '--file', '--makefile', '-j', '-o', '-W', '-I', '-l']
      const folder = texts.findIndex(t => t === '-C' || t === '--directory')
      const named = has(rest, '-f', '--file', '--makefile')
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
          folder: folder === -1 ? undefined : (texts[folder + 1] ?? '\u{0}'),
          disarmed: disarm(has(rest, '-i', '--ignore-errors'), 'makes make ignore failures'),
          word: first.word,
        },
      }
    }
    case 'just':
    case 'task':
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
  const delegation: Delegation = { tool: name, to: name, names: names.map(n => n.text), word: first.word }
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

/** `docker run image pytest`, `docker compose run web pytest`: the status of what runs inside comes back, unless detached. */
const container = (name: string, first: Arg, rest: readonly Arg[]): Meaning => {
  let args = rest
  if (name === 'docker' || name === 'podman') {
    args = afterOptions(args, ['-H', '--host', '--context', '-c', '--config'])
    if (args[0]?.text === 'container') args = args.slice(1)
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
  if (verb !== 'run' && verb !== 'exec') return nothing
  const options = args.slice(1)
  const operands = afterOptions(options, containerValues)
  const inner = meaning(operands.slice(1), 1)
  const given = options.slice(0, options.length - operands.length)
  const detached = given.find(a => a.text === '-d' || a.text === '--detach' || /^-[a-z]*d[a-z]*$/.test(a.text ?? ''))
  const entrypoint = has(given, '--entrypoint')
  if (entrypoint || inner.delegation)
    return { ...nothing, delegation: { tool: `${name} ${verb}`, to: 'container', names: [], word: first.word } }
  if (!detached) return { ...nothing, invocations: inner.invocations }
  return {
    ...nothing,
    invocations: inner.invocations.map(i => ({
      ...i,
      disarmed: { because: `\`${detached.text}\` does not wait for its exit status`, word: detached.word },
    })),
  }
}
