import { type CommandExpansionPart, forEachChild, parse, type Script, type SyntaxNode, type Word } from 'unbash'
import { mask } from './expression.ts'

export type * from 'unbash'

/**
 * A shell script as a positioned tree (GNU Bash 5.3 grammar, which POSIX sh scripts parse under as well; ADR 2).
 * Positions are UTF-16 offsets of `text`, end exclusive.
 */
export interface ShellScript {
  readonly text: string
  readonly tree: Script
  /** What is no shell; with any of these the tree is a guess and decides nothing. */
  readonly errors: readonly { readonly at: number; readonly reason: string }[]
}

/** UTF-16 code units of one script. */
export const longestScript = 256 * 1024

/** Never throws. Nested substitutions are parsed with it, so that an error anywhere is an error of the script. */
export const parseShell = (text: string): ShellScript => {
  if (text.length > longestScript)
    return {
      text: '',
      tree: parse(''),
      errors: [{ at: 0, reason: `a script longer than ${longestScript} characters` }],
    }
  const tree = parse(text)
  const errors: { at: number; reason: string }[] = []
  const pending: SyntaxNode[] = [tree]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.type === 'Script' && 'errors' in node)
      for (const error of node.errors ?? []) errors.push({ at: error.pos, reason: error.message })
    // Of an unfinished substitution the parser can lose its place without a word.
    if (node.pos > node.end) errors.push({ at: node.end, reason: 'a substitution that does not end' })
    forEachChild(node, child => {
      pending.push(child)
    })
  }
  return { text, tree, errors: errors.slice(0, 20) }
}

/** Each node below a node (itself included), in no particular order. Not recursive: depth is no danger. */
export function* nodesOf(root: SyntaxNode): Generator<SyntaxNode> {
  const pending: SyntaxNode[] = [root]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    yield node
    const children: SyntaxNode[] = []
    forEachChild(node, child => {
      children.push(child)
    })
    for (const child of children.reverse()) pending.push(child)
  }
}

/** The nodes directly below a node, in order. */
export const childrenOf = (node: SyntaxNode): readonly SyntaxNode[] => {
  const children: SyntaxNode[] = []
  forEachChild(node, child => {
    children.push(child)
  })
  return children
}

/** The text a word always has, quotes resolved; undefined where an expansion, a glob or a GitHub expression decides. */
export const constantOf = (word: Word | undefined): string | undefined => {
  if (!word || word.value.includes(mask)) return undefined
  if (!word.parts) return word.value
  const texts: string[] = []
  for (const part of word.parts) {
    switch (part.type) {
      case 'Literal':
      case 'SingleQuoted':
      case 'AnsiCQuoted':
        texts.push(part.value)
        break
      case 'DoubleQuoted':
      case 'LocaleString': {
        const inner = part.parts.map(p => (p.type === 'Literal' ? p.value : undefined))
        if (inner.includes(undefined)) return undefined
        texts.push(inner.join(''))
        break
      }
      // `[a]` in `pip install x[y]` is a glob to the shell, but stands for itself when nothing matches.
      case 'Glob':
        texts.push(part.text)
        break
      case 'SimpleExpansion':
      case 'ParameterExpansion':
      case 'CommandExpansion':
      case 'ArithmeticExpansion':
      case 'ProcessSubstitution':
      case 'ExtendedGlob':
      case 'BraceExpansion':
        return undefined
    }
  }
  return texts.join('')
}

/** The command and process substitutions directly inside a node, not those nested in another. */
export const substitutionsIn = (node: SyntaxNode): readonly Substitution[] => {
  const found: Substitution[] = []
  const pending: SyntaxNode[] = [node]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'CommandExpansion' || at.type === 'ProcessSubstitution') {
      found.push({ node: at, script: at.script, process: at.type === 'ProcessSubstitution' })
      continue
    }
    const children: SyntaxNode[] = []
    forEachChild(at, child => {
      children.push(child)
    })
    for (const child of children.reverse()) pending.push(child)
  }
  return found
}

export interface Substitution {
  readonly node: { readonly pos: number; readonly end: number }
  readonly script: CommandExpansionPart['script']
  readonly process: boolean
}
