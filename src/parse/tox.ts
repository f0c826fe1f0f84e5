import { type Ini, iniEntry, parseIni } from './ini.ts'

/**
 * What tox runs for an environment, from an INI configuration (tox documentation, "Configuration": `[tox]`,
 * `[testenv]`, factors, substitutions). Offsets are UTF-16 units of the text, end exclusive.
 */
export interface ToxCommand {
  /** As the program gets it, with what only the run knows replaced by `unknown`. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** The text is the stretch itself. */
  readonly exact: boolean
  /** `- command`: its failure is ignored. */
  readonly ignored: { readonly start: number; readonly end: number } | undefined
}

export interface ToxEnvironment {
  readonly commands: readonly ToxCommand[]
  /** `ignore_outcome = true`: the failure of the environment is none of the run. */
  readonly ignoresOutcome: { readonly start: number; readonly end: number } | undefined
  readonly variables: readonly {
    readonly name: string
    readonly text: string
    readonly start: number
    readonly end: number
  }[]
  /** `changedir`, below the folder of the file; undefined where it is not plain. */
  readonly folder: string | undefined
}

const most = { environments: 200, depth: 4 } as const

/** The environments of a plain `tox`; undefined where the file configures none of tox. */
export const toxEnvironments = (text: string): readonly string[] | undefined => {
  const ini = parseIni(text)
  const section = ['tox', 'tox:tox'].find(s => ini.sections.has(s))
  if (section === undefined && ![...ini.sections].some(s => /^testenv(:|$)/.test(s))) return undefined
  const entry =
    section === undefined ? undefined : (iniEntry(ini, section, 'env_list') ?? iniEntry(ini, section, 'envlist'))
  const listed = (entry?.lines ?? []).map(l => withoutComment(l.text)).join(',')
  return [
    ...new Set(
      braced(listed)
        .flatMap(e => e.split(/[\s,]+/))
        .filter(e => e !== ''),
    ),
  ].slice(0, most.environments)
}

/** The commands of one environment; undefined where the file does not say. */
export const toxEnvironment = (
  text: string,
  name: string,
  given: string | undefined,
  unknown: string,
): ToxEnvironment | undefined => {
  const ini = parseIni(text)
  if (!ini.sections.has('testenv') && ![...ini.sections].some(s => s.startsWith('testenv:'))) return undefined
  const own = sectionOf(ini, name)
  const factors = new Set(name.split('-'))
  const find = (...keys: readonly string[]) => {
    for (const section of [...(own === undefined ? [] : [own]), 'testenv'])
      for (const key of keys) {
        const found = iniEntry(ini, section, key)
        if (found) return found
      }
    return undefined
  }
  const linesOf = (entry: ReturnType<typeof find>, depth = 0): readonly Line[] =>
    joinedLines(entry?.lines ?? []).flatMap(line => {
      const kept = factored(line, factors)
      if (!kept) return []
      const reference = /^\{\[([^\]]+)\]([\w-]+)\}$/.exec(kept.text)
      if (reference && depth < most.depth)
        return linesOf(iniEntry(ini, reference[1] ?? '', reference[2] ?? ''), depth + 1)
      return [kept]
    })
  const commands = [find('commands_pre'), find('commands'), find('commands_post')].flatMap(e =>
    linesOf(e).map(l => commandOf(l, ini, given, unknown)),
  )
  const outcome = linesOf(find('ignore_outcome'))[0]
  const folder = linesOf(find('change_dir', 'changedir'))[0]?.text.replace(/^\{(toxinidir|tox_root)\}\/?/, '')
  return {
    commands,
    ignoresOutcome:
      outcome && /^(true|1|yes|on)$/i.test(outcome.text) ? { start: outcome.start, end: outcome.end } : undefined,
    variables: linesOf(find('set_env', 'setenv')).flatMap(({ text: line, start, end }) => {
      const [, variable, value] = /^(\w+)\s*=\s*(.*)$/.exec(line) ?? []
      return variable === undefined ? [] : [{ name: variable, text: value ?? '', start, end }]
    }),
    folder: folder === undefined ? '' : folder.includes('{') ? undefined : folder,
  }
}

interface Line {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly exact: boolean
}

const withoutComment = (text: string): string => text.replace(/(^|\s)#.*$/s, '').trim()

/** A line that ends in `\` goes on with the next. */
const joinedLines = (
  lines: readonly { readonly text: string; readonly start: number; readonly end: number }[],
): readonly Line[] => {
  const joined: Line[] = []
  let open: Line | undefined
  for (const { text, start, end } of lines) {
    const plain = withoutComment(text)
    const goesOn = plain.endsWith('\\')
    const body = goesOn ? plain.slice(0, -1).trimEnd() : plain
    const line: Line = open
      ? { text: `${open.text} ${body}`, start: open.start, end: start + body.length, exact: false }
      : { text: body, start, end: goesOn ? end : start + body.length, exact: true }
    if (goesOn) open = line
    else {
      joined.push(line)
      open = undefined
    }
  }
  return open ? [...joined, open] : joined
}

/** `py311,lint: command`: the line, where its factors are those of the environment; undefined where they are not. */
const factored = (line: Line, factors: ReadonlySet<string>): Line | undefined => {
  const [whole, condition] = /^([\w{},.!-]+):\s+(?=\S)/.exec(line.text) ?? []
  if (whole === undefined || condition === undefined) return line
  const holds = braced(condition)
    .flatMap(c => c.split(','))
    .some(alternative =>
      alternative.split('-').every(f => (f.startsWith('!') ? !factors.has(f.slice(1)) : factors.has(f))),
    )
  return holds ? { ...line, text: line.text.slice(whole.length), start: line.start + whole.length } : undefined
}

/** `testenv:py{310,311}-x` covers `py310-x`. */
const sectionOf = (ini: Ini, name: string): string | undefined =>
  [...ini.sections].find(
    s =>
      s.startsWith('testenv:') &&
      braced(s.slice(8))
        .flatMap(n => n.split(','))
        .some(n => n.trim() === name),
  )

/** `py{39,310}-{a,b}` as its four names; bounded. */
const braced = (text: string): readonly string[] => {
  let all: readonly string[] = [text]
  for (let i = 0; i < 8; i++) {
    const next = all.flatMap(t => {
      const found = /\{([^{}]*)\}([^\s,{}]*(?:\{[^{}]*\}[^\s,{}]*)*)/.exec(t)
      if (!found) return [t]
      // What stands before the brace is looked for backwards: a pattern would begin again at every letter.
      let from = found.index
      while (from > 0 && !/[\s,{}]/.test(t[from - 1] ?? '')) from--
      const expanded = (found[1] ?? '')
        .split(',')
        .map(o => `${t.slice(from, found.index)}${o.trim()}${found[2] ?? ''}`)
        .join(',')
      return [t.slice(0, from) + expanded + t.slice(found.index + found[0].length)]
    })
    if (next.every((t, n) => t === all[n]) || next.some(t => t.length > 20_000)) break
    all = next
  }
  return all
}

const commandOf = (line: Line, ini: Ini, given: string | undefined, unknown: string): ToxCommand => {
  const dash = /^-\s*(?=[^\s-])/.exec(line.text)
  const body = dash ? line.text.slice(dash[0].length) : line.text
  const start = line.start + (dash?.[0].length ?? 0)
  const text = substituted(body, ini, given, unknown, 0)
  return {
    text,
    start,
    end: line.end,
    exact: line.exact && text === body,
    ignored: dash ? { start: line.start, end: line.start + 1 } : undefined,
  }
}

const substituted = (text: string, ini: Ini, given: string | undefined, unknown: string, depth: number): string => {
  let out = text
  for (let i = 0; i < 4 && /\{/.test(out); i++) {
    const before = out
    out = out.replace(/\{([^{}]{0,300})\}/g, (_, inner: string) => {
      if (/^posargs(:|$)/.test(inner)) return given ?? inner.slice(8)
      if (/^(toxinidir|tox_root|changedir|change_dir)$/.test(inner)) return '.'
      if (/^(envbindir|env_bin_dir|envdir|env_dir|:|\/)$/.test(inner)) return inner.startsWith('env') ? 'bin' : inner
      if (/^(envpython|env_python|basepython|base_python|py_impl)$/.test(inner)) return 'python'
      const reference = /^\[([^\]]+)\]([\w-]+)$/.exec(inner)
      const entry = reference && depth < most.depth ? iniEntry(ini, reference[1] ?? '', reference[2] ?? '') : undefined
      return entry
        ? substituted(entry.lines.map(l => withoutComment(l.text)).join(' '), ini, given, unknown, depth + 1)
        : unknown
    })
    if (out === before || out.length > 20_000) break
  }
  return out.slice(0, 20_000)
}
