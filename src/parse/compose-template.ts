/**
 * The variables in a value of a Compose file (compose-spec 12-interpolation.md): `$V`, `${V}`, `${V:-d}`, `${V-d}`,
 * `${V:?e}`, `${V?e}`, `${V:+x}`, `${V+x}`, nested, and `$$` for a dollar sign. Offsets count in the value.
 */
export type TemplatePart =
  | { readonly is: 'text'; readonly value: string; readonly from: number; readonly to: number }
  | {
      readonly is: 'variable'
      readonly name: string
      readonly from: number
      readonly to: number
      /** `:-` and `-`, `:?` and `?`, `:+` and `+`; with the colon, an empty variable counts as unset. */
      readonly operator: 'none' | 'default' | 'required' | 'replacement'
      readonly emptyIsUnset: boolean
      readonly operand: readonly TemplatePart[]
    }

const deepest = 20

/** A `$` that begins no variable is text: Compose refuses such a file, so nothing can be deployed from it. */
export const parseTemplate = (text: string): readonly TemplatePart[] =>
  text.includes('$')
    ? parse(text, 0, text.length, 0, closings(text))
    : text === ''
      ? []
      : [{ is: 'text', value: text, from: 0, to: text.length }]

const name = /[A-Za-z_][A-Za-z0-9_]*/y

const parse = (
  text: string,
  start: number,
  end: number,
  depth: number,
  closing: ReadonlyMap<number, number>,
): readonly TemplatePart[] => {
  const parts: TemplatePart[] = []
  let from = start
  let at = start
  const flush = (to: number): void => {
    if (to > from) parts.push({ is: 'text', value: text.slice(from, to), from, to })
  }
  while (at < end) {
    if (text[at] !== '$') {
      at++
      continue
    }
    if (text[at + 1] === '$' && at + 1 < end) {
      flush(at + 1)
      at += 2
      from = at
      continue
    }
    const braced = text[at + 1] === '{'
    name.lastIndex = at + (braced ? 2 : 1)
    const word = name.exec(text)?.[0]
    const afterName = at + (braced ? 2 : 1) + (word?.length ?? 0)
    if (word === undefined || afterName > end) {
      at++
      continue
    }
    const close = braced ? closing.get(at) : afterName
    const read = braced ? operatorAt(text, afterName) : { operator: 'none' as const, length: 0, emptyIsUnset: false }
    if (
      close === undefined ||
      close > end ||
      read === undefined ||
      depth > deepest ||
      (read.length === 0 && close !== afterName)
    ) {
      at++
      continue
    }
    flush(at)
    const to = braced ? close + 1 : close
    const operand = read.length === 0 ? [] : parse(text, afterName + read.length, close, depth + 1, closing)
    const { operator, emptyIsUnset } = read
    parts.push({ is: 'variable', name: word, from: at, to, operator, emptyIsUnset, operand })
    at = to
    from = to
  }
  flush(end)
  return parts
}

const operators = { '-': 'default', '?': 'required', '+': 'replacement' } as const

const operatorAt = (
  text: string,
  at: number,
): { operator: 'none' | 'default' | 'required' | 'replacement'; length: number; emptyIsUnset: boolean } | undefined => {
  const first = text[at]
  if (first === '}') return { operator: 'none', length: 0, emptyIsUnset: false }
  const sign = first === ':' ? text[at + 1] : first
  return sign === '-' || sign === '?' || sign === '+'
    ? { operator: operators[sign], length: first === ':' ? 2 : 1, emptyIsUnset: first === ':' }
    : undefined
}

/** For each `${`, where its `}` stands: found once, so that a text of unclosed braces costs no more than another. */
const closings = (text: string): ReadonlyMap<number, number> => {
  const found = new Map<number, number>()
  const open: number[] = []
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '$' && text[at + 1] === '$') at++
    else if (text[at] === '$' && text[at + 1] === '{') open.push(at++)
    else if (text[at] === '}') {
      const start = open.pop()
      if (start !== undefined) found.set(start, at)
    }
  }
  return found
}

/** What a value comes to, as far as the tree tells. */
export interface Resolved {
  readonly text: string
  /** Variables that have neither a value nor a default; in `text` they stand as `${NAME}`. */
  readonly unknown: readonly string[]
  /** Variables that were given a value, and by whom: the default in the file, or an environment file. */
  readonly assumed: readonly { readonly name: string; readonly value: string; readonly from: string }[]
}

export type Lookup = (name: string) => { readonly value: string; readonly from: string } | undefined

/** `unset`: what a variable without a value is; `${NAME}` where nothing else is said. */
export const resolveTemplate = (parts: readonly TemplatePart[], lookup: Lookup, unset?: string): Resolved => {
  let text = ''
  const unknown: string[] = []
  const assumed: Resolved['assumed'][number][] = []
  for (const part of parts) {
    if (part.is === 'text') {
      text += part.value
      continue
    }
    const found = lookup(part.name)
    const set = found !== undefined && !(part.emptyIsUnset && found.value === '')
    if (part.operator === 'replacement' && !set) {
      if (found === undefined) unknown.push(part.name)
      continue
    }
    if (part.operator === 'default' && !set) {
      const inner = resolveTemplate(part.operand, lookup, unset)
      text += inner.text
      unknown.push(...inner.unknown)
      assumed.push({ name: part.name, value: inner.text, from: 'its default' }, ...inner.assumed)
    } else if (found !== undefined) {
      const value = part.operator === 'replacement' ? resolveTemplate(part.operand, lookup, unset).text : found.value
      text += value
      assumed.push({ name: part.name, value, from: found.from })
    } else {
      text += unset ?? `\${${part.name}}`
      unknown.push(part.name)
    }
  }
  return { text, unknown, assumed }
}
