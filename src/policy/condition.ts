import type { ASTNode } from '@marcbachmann/cel-js'
import type { Condition } from '../decide.ts'
import { nearest, quote } from './complaint.ts'

/** What is wrong with a condition, and at which character of its text. */
export interface ConditionFault {
  readonly offset: number
  readonly message: string
  readonly suggestion?: string
}
export type ReadCondition =
  | { readonly ok: true; readonly condition: Condition }
  | { readonly ok: false; readonly faults: readonly ConditionFault[] }

const longest = 2000
const allowed = "only found('<kind>'), ||, &&, !, true, false and parentheses are known here"

/**
 * `applies_when`: CEL over `found('<kind>')` with `||`, `&&`, `!`, parentheses, `true` and `false`. CEL's own parser says
 * what is no CEL; everything else CEL can say is refused, so that a condition is always decided by Kleene's three
 * values and never by an evaluation that may fail.
 */
export const readCondition = async (text: string, kinds: readonly string[]): Promise<ReadCondition> => {
  if (text.length > longest) {
    return { ok: false, faults: [{ offset: 0, message: `longer than ${longest} characters` }] }
  }
  const { parse, ParseError } = await import('@marcbachmann/cel-js')
  let ast: ASTNode
  try {
    ast = parse(text).ast
  } catch (error) {
    const said = error instanceof Error ? (error.message.split('\n')[0] ?? '') : ''
    const node = error instanceof ParseError ? error.node : undefined
    const offset = Math.min(node?.pos ?? 0, text.length)
    return {
      ok: false,
      faults: [{ offset, message: `not CEL: ${said.slice(0, 1).toLowerCase()}${said.slice(1, 200)}` }],
    }
  }

  const faults: ConditionFault[] = []
  const refuse = (node: ASTNode, message: string, suggestion?: string): Condition => {
    faults.push({ offset: node.start, message, ...(suggestion === undefined ? {} : { suggestion }) })
    return { is: 'constant', value: true }
  }
  const read = (node: ASTNode): Condition => {
    switch (node.op) {
      case '||':
      case '&&':
        return { is: node.op === '||' ? 'or' : 'and', of: [read(node.args[0]), read(node.args[1])] }
      case '!_':
        return { is: 'not', of: read(node.args) }
      case 'value':
        if (typeof node.args === 'boolean') return { is: 'constant', value: node.args }
        return refuse(node, `a condition is true or false; ${allowed}`)
      case 'call': {
        const [name, values] = node.args
        const [value] = values
        if (name !== 'found')
          return refuse(node, `unknown function ${quote(name)}; ${allowed}`, nearest(name, ['found']))
        if (values.length !== 1 || value === undefined)
          return refuse(node, "found() takes one kind: found('git.commit')")
        if (value.op !== 'value' || typeof value.args !== 'string') {
          return refuse(value, "found() takes a kind as literal text: found('git.commit')")
        }
        const kind = value.args
        if (kinds.includes(kind)) return { is: 'found', kind }
        return refuse(value, `unknown kind of fact ${quote(kind)}`, nearest(kind, kinds))
      }
      case 'id':
        return refuse(
          node,
          `unknown name ${quote(node.args)}; ${allowed}`,
          nearest(node.args, ['true', 'false', 'found']),
        )
      default:
        return refuse(node, `this is CEL, but not for a condition; ${allowed}`)
    }
  }
  const condition = read(ast)
  return faults.length > 0 ? { ok: false, faults } : { ok: true, condition }
}
