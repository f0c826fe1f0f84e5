import { data, Lexer, Parser } from '@actions/expressions'
import {
  Binary,
  ContextAccess,
  type Expr,
  FunctionCall,
  Grouping,
  IndexAccess,
  Literal,
  Logical,
  Star,
  Unary,
} from '@actions/expressions/ast'

/**
 * GitHub Actions expressions, over GitHub's own grammar (docs.github.com, "Evaluate expressions in workflows and
 * actions"), and their folding: what is constant under given contexts becomes a value, everything else stays unknown.
 */
export type Expression =
  | { readonly is: 'literal'; readonly value: Value }
  /** `github.ref`, `matrix['os']`: the context and its path, lower case; undefined where an index is no constant. */
  | { readonly is: 'context'; readonly path: readonly (string | undefined)[] }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Expression[] }
  | { readonly is: 'not'; readonly of: Expression }
  | { readonly is: 'and' | 'or'; readonly of: readonly Expression[] }
  | { readonly is: 'compare'; readonly operator: string; readonly left: Expression; readonly right: Expression }
  /** Anything else, such as a part of what a function gives: what stands inside. */
  | { readonly is: 'other'; readonly of: readonly Expression[] }

export type Value = string | number | boolean | null

export type Parsed = { readonly ok: true; readonly tree: Expression } | { readonly ok: false; readonly reason: string }

/** Every context that exists anywhere in a workflow; where one may be used is GitHub's business, not ours. */
const contexts = [
  'github',
  'env',
  'vars',
  'job',
  'jobs',
  'steps',
  'runner',
  'secrets',
  'strategy',
  'matrix',
  'needs',
  'inputs',
]
const functions = ['always', 'cancelled', 'failure', 'success', 'hashfiles'].map(name => ({
  name,
  minArgs: 0,
  maxArgs: 255,
}))

/** The grammar bounds length (21,000 characters) and depth (50) as GitHub does; what goes past is refused. */
export const parseExpression = (text: string): Parsed => {
  const before = parsed.get(text)
  if (before) return before
  // Conditions repeat from job to job; the memory is bounded and thrown away whole.
  if (parsed.size >= 2_000) parsed.clear()
  const fresh = parseAnew(text)
  parsed.set(text, fresh)
  return fresh
}
const parsed = new Map<string, Parsed>()

const parseAnew = (text: string): Parsed => {
  try {
    const { tokens } = new Lexer(text).lex()
    const tree = new Parser(tokens, contexts, functions).parse() as Expr | undefined
    return tree === undefined ? { ok: false, reason: 'an empty expression' } : { ok: true, tree: shape(tree) }
  } catch (thrown) {
    const reason = thrown instanceof Error ? (thrown.message.split('\n', 1)[0] ?? '') : ''
    return { ok: false, reason: `not an expression: ${reason.slice(0, 120)}` }
  }
}

const shape = (node: Expr): Expression => {
  if (node instanceof Literal) return { is: 'literal', value: literalOf(node) }
  if (node instanceof Grouping) return shape(node.group)
  if (node instanceof Unary) return { is: 'not', of: shape(node.expr) }
  if (node instanceof Logical) return { is: node.operator.lexeme === '&&' ? 'and' : 'or', of: node.args.map(shape) }
  if (node instanceof Binary)
    return { is: 'compare', operator: node.operator.lexeme, left: shape(node.left), right: shape(node.right) }
  if (node instanceof FunctionCall)
    return { is: 'call', name: node.functionName.lexeme.toLowerCase(), args: node.args.map(shape) }
  if (node instanceof ContextAccess) return { is: 'context', path: [node.name.lexeme.toLowerCase()] }
  if (node instanceof IndexAccess) {
    const of = shape(node.expr)
    // `needs.*.result`: the list of all results.
    const index = node.index instanceof Literal ? literalOf(node.index) : node.index instanceof Star ? '*' : undefined
    return of.is === 'context'
      ? {
          is: 'context',
          path: [...of.path, index === undefined || index === null ? undefined : String(index).toLowerCase()],
        }
      : { is: 'other', of: [of] }
  }
  return { is: 'other', of: [] }
}

const literalOf = ({ literal }: Literal): Value => {
  if (literal instanceof data.StringData) return literal.coerceString()
  if (literal instanceof data.NumberData) return literal.number()
  if (literal instanceof data.BooleanData) return literal.coerceString() === 'true'
  return null
}

export interface Embedded {
  /** UTF-16 offsets of `${{ … }}`, end exclusive. */
  readonly start: number
  readonly end: number
  readonly inner: string
}

/** The `${{ … }}` in a text. A `}}` inside a quoted string does not end one; an open one is text. Linear. */
export const expressionsIn = (text: string): readonly Embedded[] => {
  const found: Embedded[] = []
  let at = text.indexOf('${{')
  while (at !== -1) {
    let to = at + 3
    let quoted = false
    while (to < text.length && (quoted || text[to] !== '}' || text[to + 1] !== '}')) {
      if (text[to] === "'") quoted = !quoted
      to++
    }
    if (to >= text.length) break
    found.push({ start: at, end: to + 2, inner: text.slice(at + 3, to) })
    at = text.indexOf('${{', to + 2)
  }
  return found
}

/** Stands for one character of an expression that is filled in before the shell sees the text: a private-use character. */
export const mask = '\u{e000}'

/** The text with every expression replaced by as many mask characters, so that offsets stay what they are. */
export const masked = (text: string, replace?: (inner: string) => string | undefined): string => {
  let out = ''
  let from = 0
  for (const { start, end, inner } of expressionsIn(text)) {
    const value = replace?.(inner)
    const fits = value !== undefined && value.length <= end - start && value !== ''
    out += text.slice(from, start) + (fits ? value.padEnd(end - start, ' ') : mask.repeat(end - start))
    from = end
  }
  return out + text.slice(from)
}

/** A value, or undefined: not known before the run. */
export type Folded =
  | { readonly value: Value /** Of a list, whose own value is none. */; readonly items?: readonly Value[] }
  | undefined

/** What a context path is under the case that is looked at; undefined where only the run knows. */
export type Lookup = (path: readonly string[]) => Folded

/** What the status functions answer; undefined where it is not known. */
export interface Status {
  readonly success: boolean | undefined
  readonly failure: boolean | undefined
}
/** A run in which everything else goes well: what precedes succeeded and nobody cancelled. */
const allIsWell: Status = { success: true, failure: false }

/** Folds an expression. `&&` and `||` return operands, as GitHub's do; an unknown operand that cannot matter does not. */
export const fold = (tree: Expression, lookup: Lookup, status: Status = allIsWell): Folded => {
  switch (tree.is) {
    case 'literal':
      return { value: tree.value }
    case 'context': {
      const path = tree.path.filter(p => p !== undefined)
      return path.length === tree.path.length ? lookup(path) : undefined
    }
    case 'not': {
      const of = fold(tree.of, lookup, status)
      return of && { value: !truthy(of.value) }
    }
    case 'and':
    case 'or': {
      let unknown = false
      let last: Folded
      for (const operand of tree.of) {
        const folded = fold(operand, lookup, status)
        if (!folded) unknown = true
        else if (truthy(folded.value) === (tree.is === 'or')) return unknown ? decided(tree.is === 'or') : folded
        last = folded
      }
      return unknown ? undefined : last
    }
    case 'compare': {
      const left = fold(tree.left, lookup, status)
      const right = fold(tree.right, lookup, status)
      return left && right ? { value: compare(tree.operator, left.value, right.value) } : undefined
    }
    case 'call':
      return call(
        tree.name,
        tree.args.map(arg => fold(arg, lookup, status)),
        status,
      )
    case 'other':
      return undefined
  }
}

const decided = (value: boolean): Folded => ({ value })

/** GitHub: false, 0, -0, "", null are false. */
export const truthy = (value: Value): boolean => value !== false && value !== 0 && value !== '' && value !== null

const numberOf = (value: Value): number => {
  if (value === null) return 0
  if (typeof value === 'string') return value.trim() === '' ? 0 : Number(value)
  return Number(value)
}

const compare = (operator: string, left: Value, right: Value): boolean => {
  const [a, b] =
    typeof left === 'string' && typeof right === 'string'
      ? [left.toLowerCase(), right.toLowerCase()]
      : [numberOf(left), numberOf(right)]
  switch (operator) {
    case '==':
      return a === b
    case '!=':
      return a !== b
    case '<':
      return a < b
    case '<=':
      return a <= b
    case '>':
      return a > b
    default:
      return a >= b
  }
}

const call = (name: string, args: readonly Folded[], { success, failure }: Status): Folded => {
  if (name === 'always') return { value: true }
  if (name === 'cancelled') return { value: false }
  if (name === 'success') return success === undefined ? undefined : { value: success }
  if (name === 'failure') return failure === undefined ? undefined : { value: failure }
  if (name === 'format') {
    const [pattern, ...values] = args
    if (!pattern || values.includes(undefined)) return undefined
    const filled = String(pattern.value ?? '').replace(/\{\{|\}\}|\{(\d{1,3})\}/g, (all, index: string | undefined) =>
      index === undefined ? all.charAt(0) : String(values[Number(index)]?.value ?? ''),
    )
    return { value: filled }
  }
  const [first] = args
  if (name === 'join') {
    const separator = args.length > 1 ? args[1] : { value: ',' }
    return first?.items && separator
      ? { value: first.items.map(i => String(i ?? '')).join(String(separator.value ?? '')) }
      : undefined
  }
  const [a, b] = args.map(arg => (arg ? String(arg.value ?? '').toLowerCase() : undefined))
  if (a === undefined || b === undefined) return undefined
  if (name === 'contains')
    return { value: first?.items ? first.items.some(i => String(i ?? '').toLowerCase() === b) : a.includes(b) }
  if (name === 'startswith') return { value: a.startsWith(b) }
  if (name === 'endswith') return { value: a.endsWith(b) }
  return undefined
}

/** An expression and everything in it. */
export function* partsOf(tree: Expression): Generator<Expression> {
  yield tree
  switch (tree.is) {
    case 'call':
      for (const arg of tree.args) yield* partsOf(arg)
      return
    case 'not':
      yield* partsOf(tree.of)
      return
    case 'and':
    case 'or':
    case 'other':
      for (const of of tree.of) yield* partsOf(of)
      return
    case 'compare':
      yield* partsOf(tree.left)
      yield* partsOf(tree.right)
      return
    case 'literal':
    case 'context':
      return
  }
}

/** Whether a status function (`always()`, `failure()` …) stands in it: without one, `success() &&` is implied. */
export const asksForStatus = (tree: Expression): boolean => {
  switch (tree.is) {
    case 'call':
      return ['always', 'cancelled', 'failure', 'success'].includes(tree.name) || tree.args.some(asksForStatus)
    case 'not':
      return asksForStatus(tree.of)
    case 'and':
    case 'or':
      return tree.of.some(asksForStatus)
    case 'compare':
      return asksForStatus(tree.left) || asksForStatus(tree.right)
    case 'other':
      return tree.of.some(asksForStatus)
    case 'literal':
    case 'context':
      return false
  }
}
