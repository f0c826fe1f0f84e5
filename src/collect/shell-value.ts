import { type ArithmeticExpression, constantOf, type TestExpression, type Word, type WordPart } from '../parse/shell.ts'
import { type Exists, type State, type Text, withText } from './shell-state.ts'

/** What a word becomes where the walk knows it: `$?`, variables it saw assigned, `${PIPESTATUS[n]}`. */
export const textOf = (word: Word, state: State): Text | undefined => {
  const constant = constantOf(word)
  if (constant !== undefined) return { text: constant, carries: false }
  const texts: Text[] = []
  const parts: readonly WordPart[] =
    word.parts?.flatMap((p): readonly WordPart[] => (p.type === 'DoubleQuoted' ? p.parts : [p])) ?? []
  for (const part of parts) {
    if (part.type === 'Literal' || part.type === 'SingleQuoted') texts.push({ text: part.value, carries: false })
    else if (part.type === 'SimpleExpansion') {
      const found = variableOf(part.text.slice(1), state)
      if (!found) return undefined
      texts.push(found)
    } else if (part.type === 'ParameterExpansion') {
      if (part.prefix || part.operation) return undefined
      if (part.parameter === 'PIPESTATUS') {
        const at = state.pipe[Number(part.index?.value ?? 0)]
        if (!at) return undefined
        texts.push({ text: String(at.status), carries: at.carries })
        continue
      }
      const found = part.index ? undefined : variableOf(part.parameter, state)
      if (!found) return undefined
      texts.push(found)
    } else if (part.type === 'ArithmeticExpansion' && part.expression) {
      const [value] = arithmetic(part.expression, state)
      if (value === undefined) return undefined
      texts.push({ text: String(value), carries: state.carries })
    } else return undefined
  }
  return parts.length === 0 ? undefined : { text: texts.map(t => t.text).join(''), carries: texts.some(t => t.carries) }
}

const variableOf = (name: string, state: State): Text | undefined =>
  name === '?' ? { text: String(state.status), carries: state.carries } : state.variables.get(name)

const numberOf = (text: string | undefined): number | undefined =>
  text !== undefined && /^-?\d{1,9}$/.test(text.trim()) ? Number(text) : undefined

/** `[ a op b ]`: the truth, where both sides are known. */
const compared = (operator: string, a: string | undefined, b: string | undefined): boolean | undefined => {
  if (a === undefined || b === undefined) return undefined
  if (operator === '=' || operator === '==') return a === b
  if (operator === '!=') return a !== b
  const [x, y] = [numberOf(a), numberOf(b)]
  if (x === undefined || y === undefined) return undefined
  switch (operator) {
    case '-eq':
      return x === y
    case '-ne':
      return x !== y
    case '-gt':
      return x > y
    case '-ge':
      return x >= y
    case '-lt':
      return x < y
    case '-le':
      return x <= y
    default:
      return undefined
  }
}

/** `-f path` and its like: what is asked of a path that the tree may hold. */
const asksForPath = /^-[aefdsrxh]$/

export const bracketOf = (
  words: readonly Word[],
  closed: boolean,
  state: State,
  exists: Exists,
): boolean | undefined => {
  const texts = (closed ? words.slice(0, -1) : words).map(w => textOf(w, state)?.text)
  const negated = texts[0] === '!' && texts.length > 1
  const rest = negated ? texts.slice(1) : texts
  const [a, b, c] = rest
  const outcome =
    rest.length === 3 && b !== undefined
      ? compared(b, a, c)
      : rest.length === 2 && b !== undefined && (a === '-n' || a === '-z')
        ? (a === '-n') === (b !== '')
        : rest.length === 1 && a !== undefined
          ? a !== ''
          : rest.length === 2 && b !== undefined && a !== undefined && asksForPath.test(a)
            ? exists(b)
            : undefined
  return outcome === undefined ? undefined : outcome !== negated
}

export const testOf = (expression: TestExpression, state: State, exists: Exists): boolean | undefined => {
  switch (expression.type) {
    case 'TestBinary': {
      const right = textOf(expression.right, state)?.text
      // The right side of == is a pattern.
      if (right !== undefined && /[*?[]/.test(right)) return undefined
      return compared(expression.operator, textOf(expression.left, state)?.text, right)
    }
    case 'TestUnary': {
      const operand = textOf(expression.operand, state)?.text
      if (operand === undefined) return undefined
      if (asksForPath.test(expression.operator)) return exists(operand)
      return expression.operator === '-n' ? operand !== '' : expression.operator === '-z' ? operand === '' : undefined
    }
    case 'TestNot': {
      const of = testOf(expression.operand, state, exists)
      return of === undefined ? undefined : of === (expression.negations.length % 2 === 0)
    }
    case 'TestGroup':
      return testOf(expression.expression, state, exists)
    case 'TestLogical': {
      const outcomes = expression.operands.map(o => testOf(o, state, exists))
      const decides = expression.operator === '||'
      if (outcomes.includes(decides)) return decides
      return outcomes.includes(undefined) ? undefined : !decides
    }
  }
}

/** Value and state after an arithmetic expression; undefined where a value is not known. */
export const arithmetic = (expression: ArithmeticExpression, state: State): readonly [number | undefined, State] => {
  const nameOf = (e: ArithmeticExpression): string | undefined =>
    e.type === 'ArithmeticWord' && /^[A-Za-z_]\w*$/.test(e.value) ? e.value : undefined
  const store = (name: string, value: number | undefined, carries: boolean, s: State): State => ({
    ...s,
    variables: withText(s.variables, name, value === undefined ? undefined : String(value), carries),
  })
  switch (expression.type) {
    case 'ArithmeticWord': {
      const text = expression.value.trim()
      const plain = numberOf(text)
      if (plain !== undefined) return [plain, state]
      const name = /^\$?\{?([A-Za-z_]\w*|\?)\}?$/.exec(text)?.[1]
      return [name === undefined ? undefined : numberOf(variableOf(name, state)?.text), state]
    }
    case 'ArithmeticGroup':
      return arithmetic(expression.expression, state)
    case 'ArithmeticUnary': {
      const [value, after] = arithmetic(expression.operand, state)
      const name = nameOf(expression.operand)
      if (value === undefined) return [undefined, name === undefined ? after : store(name, undefined, false, after)]
      if (expression.operator === '!') return [value === 0 ? 1 : 0, after]
      if (expression.operator === '-') return [-value, after]
      if (expression.operator === '+') return [value, after]
      if ((expression.operator === '++' || expression.operator === '--') && name !== undefined) {
        const next = value + (expression.operator === '++' ? 1 : -1)
        return [expression.prefix ? next : value, store(name, next, state.variables.get(name)?.carries ?? false, after)]
      }
      return [undefined, after]
    }
    case 'ArithmeticBinary': {
      const name = nameOf(expression.left)
      const [right, afterRight] = arithmetic(expression.right, state)
      const assigns = /^([-+*|&]?|\|\|)=$/.exec(expression.operator)
      const carries = state.carries || (name !== undefined && (state.variables.get(name)?.carries ?? false))
      if (assigns && expression.operator !== '==' && name !== undefined) {
        const left = numberOf(state.variables.get(name)?.text)
        const value = assigns[1] === '' ? right : operate(assigns[1] ?? '', left, right)
        return [value, store(name, value, carries, afterRight)]
      }
      const [left, afterLeft] = arithmetic(expression.left, state)
      return [operate(expression.operator, left, right), afterLeft]
    }
    case 'ArithmeticTernary':
    case 'ArithmeticCommandExpansion':
      return [undefined, state]
  }
}

const operate = (operator: string, a: number | undefined, b: number | undefined): number | undefined => {
  if (a === undefined || b === undefined) return undefined
  const truth = (t: boolean): number => (t ? 1 : 0)
  switch (operator) {
    case '+':
      return a + b
    case '-':
      return a - b
    case '*':
      return a * b
    case '|':
      return a | b
    case '&':
      return a & b
    case '||':
      return truth(a !== 0 || b !== 0)
    case '&&':
      return truth(a !== 0 && b !== 0)
    case '==':
      return truth(a === b)
    case '!=':
      return truth(a !== b)
    case '<':
      return truth(a < b)
    case '<=':
      return truth(a <= b)
    case '>':
      return truth(a > b)
    case '>=':
      return truth(a >= b)
    default:
      return undefined
  }
}
