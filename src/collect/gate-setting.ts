import { parse as parseToml } from 'smol-toml'
import { iniEntry, parseIni } from '../parse/ini.ts'
import { entry, parseYaml, textOf } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { type Files, inFile, joined } from './gate-script.ts'
import { type Arg, afterOptions, has, optionOf } from './gate-tool.ts'

/**
 * What a tool's own configuration and environment do to its power to fail, beside the words it is called with.
 * `lets`: it succeeds, or does nothing. `arms`: it fails, which it does not by default.
 */
export type Setting =
  | { readonly is: 'lets'; readonly because: string; readonly at: Place | undefined }
  | { readonly is: 'arms' }

/** Options of pytest under which no test runs, or a failure is no failure (pytest manual; pytest-custom_exit_code). */
const idlePytest =
  /(?:^|\s)(--(?:collect-only|collectonly|co|setup-plan|setup-only|fixtures|markers|version|help|suppress-tests-failed-exit-code)|-h|-V)(?=\s|$)/
const pytestLets = (options: string): string | undefined => {
  const option = idlePytest.exec(options)?.[1]
  return option === undefined
    ? undefined
    : option === '--suppress-tests-failed-exit-code'
      ? `\`${option}\` lets failing tests pass`
      : `\`${option}\` runs no test`
}

/** Variables that decide whether a tool can fail, by its manual. */
const variables: Readonly<
  Record<string, readonly (readonly [name: string, says: (value: string) => 'arms' | string | undefined])[]>
> = {
  pytest: [['PYTEST_ADDOPTS', pytestLets]],
  // Trivy manual, "Environment variables": every flag, upper case.
  trivy: [['TRIVY_EXIT_CODE', v => (v === '0' ? 'an exit code of 0 lets it succeed whatever it finds' : 'arms')]],
  grype: [['GRYPE_FAIL_ON_SEVERITY', v => (v === '' ? undefined : 'arms')]],
  hadolint: [
    [
      'HADOLINT_NOFAIL',
      v => (/^(1|y|yes|true|on)$/i.test(v) ? 'it lets hadolint succeed whatever it finds' : undefined),
    ],
  ],
  mvn: [
    [
      'MAVEN_ARGS',
      v =>
        /-D(skipTests|maven\.test\.(skip|failure\.ignore))(=true)?(\s|$)/.test(v)
          ? 'it skips the tests, or lets them fail'
          : undefined,
    ],
  ],
}

/** Every variable asked for here. */
export const decisive: ReadonlySet<string> = new Set(Object.values(variables).flatMap(all => all.map(([name]) => name)))

/** The variable that decides for a tool, by what gives its value; `null`: known to the run only. */
export const settingOfEnvironment = (
  program: string,
  known: (name: string) => { readonly text: string | undefined; readonly at: Place | undefined } | undefined,
): Setting | { readonly is: 'open'; readonly because: string; readonly at: Place | undefined } | undefined => {
  for (const [name, says] of variables[program] ?? []) {
    const value = known(name)
    if (!value) continue
    if (value.text === undefined) {
      const because = `${name} is set to what only the run knows`
      return { is: 'open', because, at: value.at }
    }
    const said = says(value.text)
    if (said === 'arms') return { is: 'arms' }
    if (said !== undefined) return { is: 'lets', because: `${name} is set: ${said}`, at: value.at }
  }
  return undefined
}

interface Configuration {
  /** The options that name the file, and the names it has otherwise. */
  readonly options: readonly string[]
  readonly usual: readonly string[]
  readonly path: readonly string[]
  readonly says: (value: string) => 'arms' | { readonly lets: string } | undefined
}

const letsIf =
  (value: string, lets: string): Configuration['says'] =>
  given =>
    given === value ? { lets } : undefined

/** Configurations in YAML, and the one key of each that decides, by the manuals of the tools. */
const configurations: ReadonlyMap<string, Configuration> = new Map([
  [
    'trivy',
    {
      options: ['-c', '--config'],
      usual: ['trivy.yaml'],
      path: ['exit-code'],
      says: v => (v === '0' ? { lets: '`exit-code: 0`' } : 'arms'),
    },
  ],
  [
    'grype',
    {
      options: ['-c', '--config'],
      usual: ['.grype.yaml', '.grype/config.yaml'],
      path: ['fail-on-severity'],
      says: v => (v === '' ? undefined : 'arms'),
    },
  ],
  [
    'hadolint',
    {
      options: ['-c', '--config'],
      usual: ['.hadolint.yaml', '.hadolint.yml'],
      path: ['no-fail'],
      says: letsIf('true', '`no-fail`'),
    },
  ],
  [
    'checkov',
    {
      options: ['--config-file'],
      usual: ['.checkov.yaml', '.checkov.yml'],
      path: ['soft-fail'],
      says: letsIf('true', '`soft-fail`'),
    },
  ],
  [
    'golangci-lint',
    {
      options: ['-c', '--config'],
      usual: ['.golangci.yml', '.golangci.yaml'],
      path: ['run', 'issues-exit-code'],
      says: letsIf('0', '`issues-exit-code: 0`'),
    },
  ],
] as const satisfies readonly (readonly [string, Configuration])[])

/** What the files of the tree say to a tool that is started in a folder. */
export const settingOfFiles = async (
  program: string,
  args: readonly Arg[],
  folder: string,
  files: Files,
): Promise<Setting | undefined> => {
  const configured = configurations.get(program)
  if (configured) return yaml(optionOf(args, ...configured.options), configured, folder, files)
  switch (program) {
    case 'pytest':
    case 'py.test':
      return pytest(args, folder, files)
    case 'flake8':
      return flake8(folder, files)
    case 'ruff':
      return ruff(args, folder, files)
    case 'jest':
    case 'vitest':
      return noTestsAtAll(program, args, files)
    case 'pip-audit':
      return emptyRequirements(args, folder, files)
    default:
      return undefined
  }
}

const fileIn = async (folder: string, name: string, files: Files): Promise<TextFile | undefined> => {
  const uri = joined(folder, name)
  return uri !== undefined && files.has(uri) ? files.text(uri) : undefined
}

/** The folder and those above it, nearest first. */
const upwards = (folder: string): readonly string[] => {
  const parts = folder === '' ? [] : folder.split('/')
  return Array.from({ length: parts.length + 1 }, (_, i) => parts.slice(0, parts.length - i).join('/'))
}

/**
 * pytest manual, "Configuration file formats", "Initialization: determining rootdir and configfile": from the common
 * ancestor of the paths it is given upwards, the first file that has a section for it; `pytest.ini` counts even empty.
 */
const pytest = async (args: readonly Arg[], folder: string, files: Files): Promise<Setting | undefined> => {
  if (
    args.some(
      (a, i) =>
        /^(-o|--override-ini)=?addopts/.test(a.text ?? '') ||
        ((a.text === '-o' || a.text === '--override-ini') && args[i + 1]?.text?.startsWith('addopts')),
    )
  )
    return undefined
  const named = optionOf(args, '-c', '--config-file')
  if (named === null) return undefined
  if (named !== undefined) {
    const file = await fileIn(folder, named, files)
    return file && (addopts(file) ?? undefined)
  }
  const paths = args.flatMap(({ text }) => {
    if (text === undefined || text.startsWith('-')) return []
    const uri = joined(folder, text.replace(/::.*$/, ''))
    return uri !== undefined && uri !== folder ? [uri] : []
  })
  for (const at of upwards(paths.length > 0 ? ancestor(paths) : folder))
    for (const name of [
      'pytest.toml',
      '.pytest.toml',
      'pytest.ini',
      '.pytest.ini',
      'pyproject.toml',
      'tox.ini',
      'setup.cfg',
    ]) {
      const file = await fileIn(at, name, files)
      const said = file && addopts(file)
      if (said !== undefined) return said ?? undefined
    }
  return undefined
}

const ancestor = (uris: readonly string[]): string => {
  let common = uris[0]?.split('/') ?? []
  for (const uri of uris.slice(1)) {
    const parts = uri.split('/')
    const at = common.findIndex((p, i) => parts[i] !== p)
    if (at !== -1) common = common.slice(0, at)
  }
  return common.join('/')
}

/** Undefined: no file of pytest. Null: one that lets nothing pass. */
const addopts = (file: TextFile): Setting | null | undefined => {
  const name = file.source.uri.replace(/^.*\//, '')
  const at = inFile(file)
  const says = (options: string, from: number, to: number): Setting | null => {
    const because = pytestLets(options)
    return because === undefined
      ? null
      : { is: 'lets', because: `\`addopts\` of ${file.source.uri}: ${because}`, at: at(from, to) }
  }
  if (name.endsWith('.toml')) {
    const sections = /^\.?pytest\.toml$/.test(name)
      ? [['pytest']]
      : [
          ['tool', 'pytest', 'ini_options'],
          ['tool', 'pytest'],
        ]
    const table = tomlTable(file, sections)
    if (!table) return undefined
    const value = table['addopts']
    const options = Array.isArray(value) ? value.join(' ') : typeof value === 'string' ? value : ''
    const key = /^[ \t]*addopts[ \t]*=/m.exec(file.text)
    const option = idlePytest.exec(options)?.[1]
    const from = option === undefined || !key ? -1 : file.text.indexOf(option, key.index)
    return says(
      options,
      from === -1 ? (key?.index ?? 0) : from,
      from === -1 ? (key?.index ?? 0) + 1 : from + (option?.length ?? 0),
    )
  }
  const ini = parseIni(file.text)
  const section = name === 'setup.cfg' ? 'tool:pytest' : 'pytest'
  if (!ini.sections.has(section)) return /^\.?pytest\.ini$/.test(name) ? null : undefined
  for (const line of iniEntry(ini, section, 'addopts')?.lines ?? []) {
    const option = idlePytest.exec(line.text)
    const from = option ? line.start + option.index + option[0].length - (option[1]?.length ?? 0) : 0
    const said = says(line.text, from, from + (option?.[1]?.length ?? 0))
    if (said) return said
  }
  return null
}

/** The first of some tables a TOML file has; undefined also where it cannot be read. */
const tomlTable = (
  file: TextFile,
  paths: readonly (readonly string[])[],
): Readonly<Record<string, unknown>> | undefined => {
  if (!paths.some(p => file.text.includes(p.at(-1) ?? ''))) return undefined
  let root: unknown
  try {
    root = parseToml(file.text)
  } catch {
    return undefined
  }
  for (const path of paths) {
    let at: unknown = root
    for (const key of path) at = isTable(at) && Object.hasOwn(at, key) ? at[key] : undefined
    if (isTable(at)) return at
  }
  return undefined
}
const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const yaml = async (
  named: string | null | undefined,
  { usual, path, says }: Configuration,
  folder: string,
  files: Files,
): Promise<Setting | undefined> => {
  if (named === null) return undefined
  for (const name of named === undefined ? usual : [named]) {
    const file = await fileIn(folder, name, files)
    if (!file) continue
    const node = entry(parseYaml(file.text).documents[0]?.root, ...path)
    const value = textOf(node)
    const said = value === undefined ? undefined : says(value)
    if (said === 'arms') return { is: 'arms' }
    if (said && node)
      return {
        is: 'lets',
        because: `${said.lets} of ${file.source.uri} lets it succeed whatever it finds`,
        at: inFile(file)(node.range.start, node.range.end),
      }
    return undefined
  }
  return undefined
}

/** Flake8 manual, "Configuring Flake8": the first of three files that has a section for it, in the folder it starts in. */
const flake8 = async (folder: string, files: Files): Promise<Setting | undefined> => {
  for (const name of ['setup.cfg', 'tox.ini', '.flake8']) {
    const file = await fileIn(folder, name, files)
    const ini = file && parseIni(file.text)
    if (!file || !ini?.sections.has('flake8')) continue
    const line = (iniEntry(ini, 'flake8', 'exit-zero') ?? iniEntry(ini, 'flake8', 'exit_zero'))?.lines[0]
    return line && /^(1|true|yes|on|t|y)$/i.test(line.text)
      ? {
          is: 'lets',
          because: `\`exit-zero\` of ${file.source.uri} lets it succeed whatever it finds`,
          at: inFile(file)(line.start, line.end),
        }
      : undefined
  }
  return undefined
}

/** Ruff manual, "Configuration": the nearest of three files; rules that are selected, and files that are excluded. */
const ruff = async (args: readonly Arg[], folder: string, files: Files): Promise<Setting | undefined> => {
  if (has(args, '--isolated', '--config', '--select')) return undefined
  for (const at of upwards(folder))
    for (const name of ['.ruff.toml', 'ruff.toml', 'pyproject.toml']) {
      const file = await fileIn(at, name, files)
      if (!file) continue
      const own = name !== 'pyproject.toml'
      const table = own ? tomlTable(file, [[]]) : tomlTable(file, [['tool', 'ruff']])
      if (!table) {
        if (own) return undefined
        continue
      }
      const lint = isTable(table['lint']) ? table['lint'] : {}
      const formatting = afterOptions(args, [])[0]?.text === 'format'
      const selected = lint['select'] ?? table['select']
      const extended = [lint['extend-select'], table['extend-select']].some(v => Array.isArray(v) && v.length > 0)
      const ignored = lint['ignore'] ?? table['ignore']
      const excluded = [table['exclude'], table['extend-exclude'], formatting ? undefined : lint['exclude']]
        .flatMap(v => (Array.isArray(v) ? v : []))
        .find(v => v === '*' || v === '.' || v === '**' || v === '**/*' || v === '*.py')
      const says = (key: RegExp, because: string): Setting => {
        const found = key.exec(file.text)
        const from = found ? found.index + found[0].length - found[0].trimStart().length : 0
        return {
          is: 'lets',
          because: `${because} (${file.source.uri})`,
          at: inFile(file)(from, found ? found.index + found[0].length : 1),
        }
      }
      if (typeof excluded === 'string')
        return says(/^[ \t]*(extend-)?exclude[ \t]*=/m, `its configuration excludes \`${excluded}\``)
      if (!formatting && Array.isArray(selected) && selected.length === 0 && !extended)
        return says(/^[ \t]*select[ \t]*=/m, 'its configuration selects no rule')
      if (!formatting && Array.isArray(ignored) && ignored.includes('ALL'))
        return says(/^[ \t]*ignore[ \t]*=/m, 'its configuration ignores every rule')
      return undefined
    }
  return undefined
}

/** `--passWithNoTests` matters where there is none: by the names both tools look for unless told otherwise. */
const noTestsAtAll = async (program: string, args: readonly Arg[], files: Files): Promise<Setting | undefined> => {
  const option = has(args, '--passWithNoTests')
  if (!option || files.uris.some(u => /(^|\/)__tests__\/|\.(test|spec)\.[cm]?[jt]sx?$/.test(u))) return undefined
  return {
    is: 'lets',
    because: `the tree holds no test for ${program}, and \`--passWithNoTests\` lets that pass`,
    at: undefined,
  }
}

const emptyRequirements = async (args: readonly Arg[], folder: string, files: Files): Promise<Setting | undefined> => {
  const listed = args.flatMap((a, i) =>
    a.text === '-r' || a.text === '--requirement' ? [args[i + 1]] : /^--requirement=/.test(a.text ?? '') ? [a] : [],
  )
  if (listed.length === 0) return undefined
  for (const arg of listed) {
    const name = arg?.text?.replace(/^--requirement=/, '')
    if (name === '/dev/null') continue
    const file = name === undefined ? undefined : await fileIn(folder, name, files)
    if (!file || file.text.split('\n').some(l => /^[ \t]*(-r|-c|--requirement|-e|\w)/.test(l))) return undefined
  }
  return { is: 'lets', because: `\`-r ${listed[0]?.text?.slice(0, 60) ?? ''}\` lists no requirement`, at: undefined }
}
