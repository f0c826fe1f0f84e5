import type { PipelineFacts } from '../facts/pipeline.ts'
import type { Fact } from '../model.ts'
import { expressionsIn, mask, masked, parseExpression } from '../parse/expression.ts'
import { type Command, childrenOf, constantOf, parseShell, type Redirection, type SyntaxNode } from '../parse/shell.ts'
import { entry, mergedEntries } from '../parse/yaml.ts'
import { expressionsOf, numbered, placed, type StepAt } from './pipeline-scan.ts'
import { strangersBefore } from './pipeline-stranger.ts'
import { foreignIn, privileged } from './workflow-hardening.ts'

type Write = Fact<'pipeline.write'>
type EnvironmentFile = PipelineFacts['pipeline.write']['file']

/** Foreign values that may hold a line end; titles, names and refs cannot. */
const manyLines = /\.(body|message|description|page_name|\*)$|^github\.event(\.\w+)?$/

/** Writes to the files that set variables, paths and outputs for later steps. */
export const writesOf = (steps: readonly StepAt[]): readonly Write[] => {
  const facts: Write[] = []
  for (const at of steps) {
    const { run } = at.step
    if (!run || !/GITHUB_(ENV|PATH|OUTPUT)|github\.(env|path|output)/.test(run.value)) continue
    const text = masked(run.value, inner => {
      const named = /^\s*(?:github\.(env|path|output)|env\.github_(env|path|output))\s*$/i.exec(inner)
      const which = named?.[1] ?? named?.[2]
      return which === undefined ? undefined : `$GITHUB_${which.toUpperCase()}`
    })
    const held = foreignVariables(at)
    const spans = expressionsIn(run.value).flatMap(({ start, end, inner }) => {
      const parsed = parseExpression(inner)
      const found = parsed.ok ? foreignIn(parsed.tree)[0] : undefined
      return found === undefined ? [] : [{ start, end, foreign: found }]
    })
    const { tree } = parseShell(text)
    const told = readInto(tree)
    for (const { file, writers, node } of targetsIn(tree)) {
      const content = writers.every(constantWriter)
        ? 'constant'
        : writers.some(w => reads(w, told))
          ? 'read'
          : 'computed'
      const values = writers.flatMap(w => foreignOf(w, held, spans))
      // A title behind `NAME=` stays one value; a body can end the line and begin the next variable.
      const loose = values.find(
        v => file === 'GITHUB_PATH' || (manyLines.test(v.foreign) ? !delimited(writers) : !v.named),
      )
      facts.push({
        kind: 'pipeline.write',
        id: `pipeline.write:${[at.uri, at.job?.id ?? '', at.step.label, file].filter(p => p !== '').join('/')}`,
        place: placed(at.file, run, node.pos, node.end),
        data: {
          workflow: at.uri,
          job: at.job?.id ?? '',
          step: at.step.label,
          file,
          foreign: loose?.foreign,
          content,
          privileged: at.events.filter(e => privileged.includes(e)),
          beside: strangersBefore(at),
        },
      })
    }
  }
  return numbered(facts)
}

interface Target {
  readonly file: EnvironmentFile
  readonly writers: readonly Command[]
  readonly node: SyntaxNode
}

const fileNamed = (text: string | undefined): EnvironmentFile | undefined => {
  const named = /^["']?\$\{?(GITHUB_(?:ENV|PATH|OUTPUT))\}?\s*["']?$/.exec(text ?? '')?.[1]
  return named === 'GITHUB_ENV' || named === 'GITHUB_PATH' || named === 'GITHUB_OUTPUT' ? named : undefined
}
const redirectedTo = (all: readonly Redirection[]): EnvironmentFile | undefined => {
  for (const r of all)
    if (r.type === 'Redirect' && r.operator.includes('>')) {
      const file = fileNamed(r.target?.text)
      if (file) return file
    }
  return undefined
}
const commandsIn = (node: SyntaxNode): readonly Command[] => {
  const found: Command[] = []
  const pending: SyntaxNode[] = [node]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'Command') found.push(at)
    else if (at.type !== 'CommandExpansion' && at.type !== 'ProcessSubstitution')
      for (const next of [...childrenOf(at)].reverse()) pending.push(next)
  }
  return found
}

/** Every place where output goes into one of the files: a redirection, or `tee` at the end of a pipe. */
const targetsIn = (tree: SyntaxNode): readonly Target[] => {
  const targets: Target[] = []
  const pending: SyntaxNode[] = [tree]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'Command') {
      const file = redirectedTo(at.redirects)
      if (file) targets.push({ file, writers: [at], node: at })
    }
    if (at.type === 'Redirected') {
      const file = redirectedTo(at.redirects)
      if (file) targets.push({ file, writers: commandsIn(at.command), node: at })
    }
    if (at.type === 'Pipeline') {
      const last = at.commands.at(-1)
      if (last?.type === 'Command' && constantOf(last.name) === 'tee') {
        const file = last.suffix.flatMap(w => (w.type === 'Word' ? (fileNamed(w.text) ?? []) : []))[0]
        if (file) targets.push({ file, writers: at.commands.slice(0, -1).flatMap(commandsIn), node: at })
      }
    }
    for (const next of [...childrenOf(at)].reverse()) pending.push(next)
  }
  return targets
}

/** The texts a command writes: its words, or the document `cat` is given. */
const writtenBy = (command: Command): readonly SyntaxNode[] => {
  const documents = command.redirects.filter(r => r.type === 'HereDoc' || r.type === 'HereString')
  return documents.length > 0 ? documents : command.suffix.filter(w => w.type === 'Word')
}

const constantWriter = (command: Command): boolean => {
  const name = constantOf(command.name) ?? ''
  const documents = command.redirects.filter(r => r.type === 'HereDoc')
  if (documents.length > 0)
    return documents.every(d => (d.delimiter?.quoted ?? false) && !d.body.text.includes(mask)) && name === 'cat'
  return (
    ['echo', 'printf', ':', 'true'].includes(name) &&
    command.suffix.every(w => w.type !== 'Word' || constantOf(w) !== undefined)
  )
}

const foreignOf = (
  command: Command,
  held: ReadonlyMap<string, string>,
  spans: readonly { readonly start: number; readonly end: number; readonly foreign: string }[],
): readonly { readonly foreign: string; readonly named: boolean }[] =>
  writtenBy(command).flatMap(node => {
    const text = 'text' in node ? node.text : ''
    const named = /^["']?[A-Za-z_]\w*=/.test(text)
    const pasted = spans.filter(s => s.start < node.end && s.end > node.pos).map(s => ({ foreign: s.foreign, named }))
    const variables: { foreign: string; named: boolean }[] = []
    const pending: SyntaxNode[] = [node]
    for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
      // What a command makes of a value is another value.
      if (at.type === 'CommandExpansion' || at.type === 'ProcessSubstitution') continue
      const name =
        at.type === 'SimpleExpansion'
          ? at.text.replace(/^\$/, '')
          : at.type === 'ParameterExpansion' && at.prefix !== '#'
            ? at.parameter
            : undefined
      const foreign = name === undefined ? undefined : held.get(name)
      if (foreign !== undefined) variables.push({ foreign, named })
      for (const next of childrenOf(at)) pending.push(next)
    }
    return [...pasted, ...variables]
  })

/** Programs that say what stands in files of the folder, or do what these say. */
const readers =
  /^(cat|head|tail|less|jq|yq|grep|sed|awk|cut|tr|sort|uniq|wc|python3?|node|ruby|perl|make|npm|npx|yarn|pnpm|bash|sh|source|poetry|cargo|go|xargs|envsubst)$/

const readsFiles = (node: SyntaxNode): boolean => {
  const pending: SyntaxNode[] = [node]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'Command') {
      const name = constantOf(at.name) ?? ''
      if (readers.test(name) || /^\.{0,2}\//.test(name)) return true
    }
    if (at.type === 'Redirect' && at.operator === '<') return true
    for (const next of childrenOf(at)) pending.push(next)
  }
  return false
}

/** Variables of the script that hold what a file says. */
const readInto = (tree: SyntaxNode): ReadonlySet<string> => {
  const names = new Set<string>()
  const pending: SyntaxNode[] = [tree]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'Assignment' && readsFiles(at)) names.add(at.name)
    if (at.type === 'Command' && /^(read|mapfile|readarray)$/.test(constantOf(at.name) ?? ''))
      for (const w of at.suffix) if (w.type === 'Word' && /^[A-Za-z_]\w*$/.test(w.text)) names.add(w.text)
    for (const next of childrenOf(at)) pending.push(next)
  }
  return names
}

const reads = (command: Command, told: ReadonlySet<string>): boolean => {
  if (readsFiles(command)) return true
  const pending: SyntaxNode[] = [command]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'SimpleExpansion' && told.has(at.text.replace(/^\$/, ''))) return true
    if (at.type === 'ParameterExpansion' && told.has(at.parameter)) return true
    for (const next of childrenOf(at)) pending.push(next)
  }
  return false
}

/** `NAME<<$DELIMITER`: a delimiter nobody can guess keeps many lines one value. */
const delimited = (writers: readonly Command[]): boolean =>
  writers.some(w => w.suffix.some(s => s.type === 'Word' && /<<["']?\$/.test(s.text)))

const foreignVariables = ({ file, whole, job, step }: StepAt): ReadonlyMap<string, string> => {
  const held = new Map<string, string>()
  for (const env of [whole?.workflow.env, entry(job?.node, 'env'), step.env]) {
    if (env?.is !== 'map') continue
    for (const { key, value } of mergedEntries(env)) {
      const found = value.is === 'scalar' ? expressionsOf(file, value).flatMap(f => foreignIn(f.tree)) : []
      if (found[0] === undefined) held.delete(key.value)
      else held.set(key.value, found[0])
    }
  }
  return held
}
