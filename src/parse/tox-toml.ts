import { parse } from 'smol-toml'
import type { ToxCommand, ToxEnvironment } from './tox.ts'

/**
 * A native TOML configuration of tox (tox documentation, "Configuration", `tox.toml` and `[tool.tox]`). The parser gives
 * no positions: a command stands where the key `commands` of its table does.
 */
export interface ToxTables {
  readonly environments: readonly string[]
  readonly environment: (name: string, given: string | undefined, unknown: string) => ToxEnvironment | undefined
}

type Table = Readonly<Record<string, unknown>>
const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value)
const child = (value: unknown, key: string): unknown =>
  isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined

const known = new Map<string, ToxTables | undefined>()

/** Undefined: no TOML, or none of tox. */
export const toxTables = (text: string): ToxTables | undefined => {
  if (!/env_run_base|\benv_list\b|\[(tool\.tox\.)?env\./.test(text)) return undefined
  if (known.has(text)) return known.get(text)
  if (known.size > 20) known.clear()
  const tables = readTables(text)
  known.set(text, tables)
  return tables
}

const readTables = (text: string): ToxTables | undefined => {
  let root: unknown
  try {
    root = parse(text)
  } catch {
    return undefined
  }
  const inProject = child(child(root, 'tool'), 'tox')
  const tox = isTable(inProject) ? inProject : isTable(root) && !Object.hasOwn(root, 'project') ? root : undefined
  const base = child(tox, 'env_run_base')
  const own = child(tox, 'env')
  if (!isTable(base) && !isTable(own)) return undefined
  const listed = child(tox, 'env_list')
  return {
    environments: (Array.isArray(listed) ? listed : []).filter(e => typeof e === 'string').slice(0, 200),
    environment: (name, given, unknown) => {
      const table = child(own, name)
      const of = (key: string): { readonly value: unknown; readonly table: string } | undefined => {
        const mine = child(table, key)
        if (mine !== undefined) return { value: mine, table: `env.${name}` }
        const shared = child(base, key)
        return shared === undefined ? undefined : { value: shared, table: 'env_run_base' }
      }
      const commands = ['commands_pre', 'commands', 'commands_post'].flatMap(key => {
        const found = of(key)
        const at = placeOf(text, found?.table ?? '', key)
        return (Array.isArray(found?.value) ? found.value : []).flatMap((command): readonly ToxCommand[] => {
          if (!Array.isArray(command)) return []
          const [first, ...rest] = wordsOf(command, given, unknown)
          const ignores = first === '-' || first?.startsWith('- ')
          const words = ignores && first === '-' ? rest : [first ?? '', ...rest]
          return [{ text: words.join(' '), ...at, exact: false, ignored: ignores ? at : undefined }]
        })
      })
      const outcome = of('ignore_outcome')
      const variables = child(of('set_env')?.value, 'PYTEST_ADDOPTS')
      return {
        commands,
        ignoresOutcome: outcome?.value === true ? placeOf(text, outcome.table, 'ignore_outcome') : undefined,
        variables:
          typeof variables === 'string'
            ? [{ name: 'PYTEST_ADDOPTS', text: variables, ...placeOf(text, of('set_env')?.table ?? '', 'set_env') }]
            : [],
        folder: of('change_dir') === undefined ? '' : undefined,
      }
    },
  }
}

/** Words of a command; `{ replace = "posargs", default = [...] }` by what is given. */
const wordsOf = (items: readonly unknown[], given: string | undefined, unknown: string, depth = 0): readonly string[] =>
  items.flatMap((item): readonly string[] => {
    if (typeof item === 'string') return [quoted(item.replace(/\{[^{}]*\}/g, unknown))]
    if (!isTable(item) || depth > 3) return [unknown]
    const fallback = item['default']
    if (item['replace'] === 'posargs' && given !== undefined) return given === '' ? [] : [given]
    if (item['replace'] === 'posargs')
      return Array.isArray(fallback) ? wordsOf(fallback, given, unknown, depth + 1) : []
    return [unknown]
  })

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)

const placeOf = (text: string, table: string, key: string): { readonly start: number; readonly end: number } => {
  const [first, ...rest] = table.split('.')
  const name = rest.join('.')
  const heads = rest.length === 0 ? [first] : [`${first}.${name}`, `${first}."${name}"`, `${first}.'${name}'`]
  // Looked for as it is written: a name is anything, and would be a pattern of any cost.
  const from = heads
    .flatMap(h => [`[${h}]`, `[tool.tox.${h}]`])
    .reduce((at, h) => (at > 0 || text.startsWith(h) ? at : text.indexOf(`\n${h}`) + 1), 0)
  const found = new RegExp(`^[ \\t]*${key}[ \\t]*=`, 'm').exec(text.slice(from))
  return found
    ? { start: from + found.index, end: from + found.index + found[0].trimEnd().length - 1 }
    : { start: from, end: from + 1 }
}
