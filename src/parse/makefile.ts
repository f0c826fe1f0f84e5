/**
 * Makefiles as far as their rules are plain: targets, prerequisites, recipe lines, variables set once to plain text.
 * GNU make manual §4.2 (rules), §5 (recipes), §6.2 (variables). Offsets are UTF-16 units of the text, end exclusive.
 */
export interface Makefile {
  readonly rules: ReadonlyMap<string, MakeRule>
  /** Undefined value: set more than once, or to what only make can tell. */
  readonly variables: ReadonlyMap<string, string | undefined>
  readonly firstTarget: string | undefined
  /** Names in `include`, as far as they are plain. */
  readonly includes: readonly string[]
  /** What may add rules that are not seen here (`include`, a conditional). */
  readonly beyond: string | undefined
  /** What makes every recipe run otherwise than line by line, each failure ending it: `.ONESHELL`, `.IGNORE`, `MAKEFLAGS`. */
  readonly altered: string | undefined
  /** Variables it gives to what it runs; undefined text: known to make only. */
  readonly exports: ReadonlyMap<
    string,
    { readonly text: string | undefined; readonly start: number; readonly end: number }
  >
}

export interface MakeRule {
  readonly prerequisites: readonly string[]
  readonly recipe: readonly RecipeLine[]
}

export interface RecipeLine {
  /** Without the leading tab and the `@`, `-`, `+` before the command; continued lines joined as written. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** Where the `-` stands that makes make ignore a failure. */
  readonly ignores: number | undefined
  /** It stands inside `ifdef` and its like, or in a `define`. */
  readonly conditional: boolean
}

/** GNU make §9.8, as MAKEFLAGS holds them: `-i`, `ik`, `--ignore-errors`; what ignores failures or runs nothing. */
const idleFlags = /(^|\s)(-?[A-Za-z]*[inqt][A-Za-z]*|--(ignore-errors|dry-run|just-print|recon|question|touch))(?=\s|$)/

export const parseMakefile = (text: string): Makefile => {
  const rules = new Map<string, { prerequisites: string[]; recipe: RecipeLine[] }>()
  const variables = new Map<string, string | undefined>()
  let beyond: string | undefined
  let firstTarget: string | undefined
  const includes: string[] = []
  let altered: string | undefined
  const exports = new Map<string, { text: string | undefined; start: number; end: number }>()
  let current: { prerequisites: string[]; recipe: RecipeLine[] }[] = []
  let depth = 0
  // A second recipe of a target takes the place of the first (§4.11), unless `::` says otherwise.
  let replaces = false
  const add = (line: Omit<RecipeLine, 'conditional'>): void => {
    if (replaces && depth === 0) for (const rule of current) rule.recipe.length = 0
    replaces = false
    for (const rule of current) rule.recipe.push({ ...line, conditional: depth > 0 })
  }
  let at = 0
  while (at < text.length) {
    let end = lineEnd(text, at)
    while (continued(text, at, end) && end < text.length) end = lineEnd(text, end + 1)
    const line = text.slice(at, end)
    const start = at
    at = end + 1
    if (line.startsWith('\t')) {
      const lead = /^[\t ]*[@+-]*[ \t]*/.exec(line)?.[0] ?? ''
      const dash = lead.includes('-') ? start + lead.indexOf('-') : undefined
      const recipe = { text: line.slice(lead.length), start: start + lead.length, end, ignores: dash }
      if (recipe.text.trim() !== '') add(recipe)
      continue
    }
    const plain = line
      .replace(/\\\r?\n/g, ' ')
      .replace(/(^|[^\\])#.*$/s, '$1')
      .trim()
    if (plain === '') continue
    const included = /^(-?include|sinclude)[ \t]+(.*)$/.exec(plain)
    if (included) {
      const names = (included[2] ?? '').split(/[ \t]+/)
      if (names.every(n => /^[\w./-]+$/.test(n))) includes.push(...names.slice(0, 20))
      else beyond ??= 'an include'
      continue
    }
    const directive = /^(ifeq|ifneq|ifdef|ifndef|else|endif|define|endef)\b/.exec(plain)?.[1]
    if (directive !== undefined) {
      beyond ??= 'a conditional'
      if (directive.startsWith('end')) depth = Math.max(depth - 1, 0)
      else if (directive !== 'else') depth++
      continue
    }
    const set = /^(?:export[ \t]+|override[ \t]+)*([\w.-]+)[ \t]*(\?|:{1,3}|\+|!)?=[ \t]*(.*)$/.exec(plain)
    if (set) {
      const [, name = '', operator, value = ''] = set
      variables.set(name, variables.has(name) || operator === '+' || operator === '!' ? undefined : value)
      if (name === 'MAKEFLAGS' && idleFlags.test(value)) altered ??= 'MAKEFLAGS'
      if (/^(override[ \t]+)*export\b/.test(plain))
        exports.set(name, {
          text: /\$/.test(value) || operator === '+' || operator === '!' ? undefined : value,
          start,
          end,
        })
      current = []
      continue
    }
    const passed = /^export[ \t]+([\w.-]+(?:[ \t]+[\w.-]+)*)$/.exec(plain)?.[1]
    if (passed !== undefined) {
      for (const name of passed.split(/[ \t]+/)) exports.set(name, { text: variables.get(name), start, end })
      continue
    }
    const colon = plain.indexOf(':')
    if (colon <= 0) continue
    const targets = plain
      .slice(0, colon)
      .trim()
      .split(/[ \t]+/)
      .slice(0, 100)
    const [needed = '', inline] = split(plain.slice(colon + 1).replace(/^:/, ''))
    const special = targets.find(t => t === '.ONESHELL' || t === '.IGNORE')
    if (special !== undefined) altered ??= special
    replaces = plain[colon + 1] !== ':'
    current = targets.map(target => {
      const rule = rules.get(target) ?? { prerequisites: [], recipe: [] }
      rule.prerequisites.push(
        ...needed
          .replace('|', ' ')
          .trim()
          .split(/[ \t]+/)
          .filter(p => p !== '')
          .slice(0, 100),
      )
      rules.set(target, rule)
      return rule
    })
    firstTarget ??= targets.find(t => !t.startsWith('.'))
    if (inline !== undefined && inline.trim() !== '') {
      const from = text.indexOf(inline.trim(), start)
      add({ text: inline.trim(), start: from, end: from + inline.trim().length, ignores: undefined })
    }
  }
  return { rules, variables, firstTarget, includes, beyond, altered, exports }
}

/** `a b ; recipe`: what stands after the first semicolon is the first recipe line. */
const split = (rest: string): readonly [string, string | undefined] => {
  const at = rest.indexOf(';')
  return at === -1 ? [rest, undefined] : [rest.slice(0, at), rest.slice(at + 1)]
}

const lineEnd = (text: string, from: number): number => {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at
}

const continued = (text: string, from: number, end: number): boolean => {
  let slashes = 0
  let at = end - 1
  if (text[at] === '\r') at--
  while (at >= from && text[at] === '\\') {
    slashes++
    at--
  }
  return slashes % 2 === 1
}
