/**
 * Justfiles as far as their recipes are plain (Just Programmer's Manual: recipes, dependencies, settings, variables).
 * Offsets are UTF-16 units of the text, end exclusive.
 */
export interface Justfile {
  readonly recipes: ReadonlyMap<string, JustRecipe>
  readonly firstRecipe: string | undefined
  readonly variables: ReadonlyMap<string, string>
  /** `set shell := ["bash", "-euo", "pipefail", "-c"]`. */
  readonly shell: readonly string[]
  /** `export A := 'x'`; undefined text: an expression. */
  readonly exports: readonly {
    readonly name: string
    readonly text: string | undefined
    readonly start: number
    readonly end: number
  }[]
  /** What may add recipes that are not seen here. */
  readonly beyond: string | undefined
}

export interface JustRecipe {
  readonly before: readonly string[]
  readonly after: readonly string[]
  /** Joined where a line goes on; without the `@` and `-` before the command. */
  readonly lines: readonly JustLine[]
  /** `#!/usr/bin/env bash`: the body is one script, from its second line on; or all of it under `[script('bash')]`. */
  readonly script: { readonly shebang: string; readonly text: string; readonly start: number } | undefined
}

export interface JustLine {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly ignores: number | undefined
}

export const parseJustfile = (text: string): Justfile => {
  const recipes = new Map<string, JustRecipe>()
  const variables = new Map<string, string>()
  const aliases: (readonly [string, string])[] = []
  let shell: readonly string[] = ['sh', '-cu']
  const exports: Justfile['exports'][number][] = []
  let script: string | undefined
  let interpreter = 'sh -eu'
  let firstRecipe: string | undefined
  let beyond: string | undefined
  let at = 0
  const next = (): { readonly text: string; readonly start: number } | undefined => {
    if (at > text.length || (at === text.length && at > 0)) return undefined
    const feed = text.indexOf('\n', at)
    const end = feed === -1 ? text.length : feed
    const line = { text: text.slice(at, end), start: at }
    at = end + 1
    return line
  }
  for (let line = next(); line !== undefined; line = next()) {
    // Manual, "Script recipes": `sh -eu` unless the attribute or `script-interpreter` names another.
    const attribute = /^\[(?:[^\]]*[\s,])?script\b(?:\(([^)]*)\))?/.exec(line.text)
    if (attribute) script = attribute[1] === undefined ? interpreter : literals(attribute[1]).join(' ')
    if (/^\s*(#|$|\[)/.test(line.text) || /^\s/.test(line.text)) continue
    const interpreters = /^set\s+script-interpreter\s*:=\s*\[([^\]]*)\]/.exec(line.text)?.[1]
    if (interpreters !== undefined) interpreter = literals(interpreters).join(' ')
    const shells = /^set\s+shell\s*:=\s*\[([^\]]*)\]/.exec(line.text)?.[1]
    if (shells !== undefined) shell = literals(shells)
    if (/^(import|mod)\b[?\s]/.test(line.text)) beyond ??= 'an import'
    const alias = /^alias\s+([\w-]+)\s*:=\s*([\w-]+)/.exec(line.text)
    if (alias) aliases.push([alias[1] ?? '', alias[2] ?? ''])
    const variable = /^(?:export\s+)?([\w-]+)\s*:=\s*(?:"([^"\\{]*)"|'([^']*)')\s*$/.exec(line.text)
    if (variable) variables.set(variable[1] ?? '', variable[2] ?? variable[3] ?? '')
    const exported = /^export\s+([\w-]+)\s*:=/.exec(line.text)?.[1]
    if (exported !== undefined)
      exports.push({
        name: exported,
        text: variable?.[2] ?? variable?.[3],
        start: line.start,
        end: line.start + line.text.length,
      })
    const head = /^@?([A-Za-z_][\w-]*)(\s[^:=]*(?:=[^:]*)?)?:(?!=)\s*(.*)$/.exec(line.text)
    if (!head || /^(set|alias|export|import|mod)$/.test(head[1] ?? '')) continue
    const name = head[1] ?? ''
    const [first = '', second = ''] = (head[3] ?? '').replace(/#.*$/s, '').split('&&')
    const body: { readonly text: string; readonly start: number }[] = []
    for (let kept = at, inner = next(); inner !== undefined; kept = at, inner = next()) {
      if (/\S/.test(inner.text) && !/^\s/.test(inner.text)) {
        at = kept
        break
      }
      body.push(inner)
    }
    recipes.set(name, { before: names(first), after: names(second), ...bodyOf(body, text, script) })
    script = undefined
    firstRecipe ??= name
  }
  for (const [from, to] of aliases) {
    const recipe = recipes.get(to)
    if (recipe) recipes.set(from, recipe)
  }
  return { recipes, firstRecipe, variables, shell, exports, beyond }
}

const literals = (list: string): readonly string[] => [...list.matchAll(/["']([^"']*)["']/g)].map(m => m[1] ?? '')

/** `a (b "x") c`. */
const names = (text: string): readonly string[] =>
  [...text.matchAll(/\(\s*([\w-]+)[^()]*\)|([\w-]+)/g)].map(m => m[1] ?? m[2] ?? '').slice(0, 100)

const bodyOf = (
  body: readonly { readonly text: string; readonly start: number }[],
  whole: string,
  interpreter: string | undefined,
): Pick<JustRecipe, 'lines' | 'script'> => {
  const filled = body.filter(l => l.text.trim() !== '')
  const [first] = filled
  const last = filled.at(-1)
  if (first && last && interpreter !== undefined) {
    const text = whole.slice(first.start, last.start + last.text.length)
    return { lines: [], script: { shebang: `#!${interpreter}`, text, start: first.start } }
  }
  if (first && last && /^\s+@?#!/.test(first.text)) {
    const start = first.start + first.text.length + 1
    return {
      lines: [],
      script: {
        shebang: first.text.trim().replace(/^@/, ''),
        text: whole.slice(start, last.start + last.text.length),
        start,
      },
    }
  }
  const lines: JustLine[] = []
  let open: JustLine | undefined
  for (const line of filled) {
    const lead = open ? (/^\s*/.exec(line.text)?.[0] ?? '') : (/^\s*[@-]*\s*/.exec(line.text)?.[0] ?? '')
    const text = line.text.slice(lead.length)
    const goesOn = text.endsWith('\\')
    const dash = lead.indexOf('-')
    const joined: JustLine = open
      ? { ...open, text: whole.slice(open.start, line.start + line.text.length), end: line.start + line.text.length }
      : {
          text,
          start: line.start + lead.length,
          end: line.start + line.text.length,
          ignores: dash === -1 ? undefined : line.start + dash,
        }
    if (goesOn) open = joined
    else {
      if (!joined.text.startsWith('#')) lines.push(joined)
      open = undefined
    }
  }
  return { lines: open ? [...lines, open] : lines, script: undefined }
}
