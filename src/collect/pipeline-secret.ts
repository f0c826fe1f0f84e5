import type { Fact } from '../model.ts'
import { type Expression, expressionsIn, masked, parseExpression, partsOf } from '../parse/expression.ts'
import {
  type Command,
  childrenOf,
  constantOf,
  parseShell,
  type Redirection,
  type SyntaxNode,
  type Word,
} from '../parse/shell.ts'
import type { Job } from '../parse/workflow.ts'
import { entry, mergedEntries, textOf, type YamlNode } from '../parse/yaml.ts'
import type { WorkflowFile } from './gate.ts'
import { expressionsBelow, expressionsOf, type Found, numbered, placed, placeOf, type StepAt } from './pipeline-scan.ts'
import { givenBy, scriptInput } from './workflow-hardening.ts'

type Use = Fact<'pipeline.secret'>

/** Every use of the secrets context, and every variable with a secret that a script prints. */
export const secretsOf = (workflows: readonly WorkflowFile[], steps: readonly StepAt[]): readonly Use[] => {
  const facts: Use[] = []
  for (const whole of workflows) {
    const { uri, file, workflow } = whole
    facts.push(...expressionsBelow(file, workflow.env).flatMap(f => usesIn(f, { workflow: uri, job: '', step: '' })))
    for (const job of workflow.jobs) {
      const around = expressionsBelow(file, job.node, entry(job.node, 'steps'))
      facts.push(...around.flatMap(f => usesIn(f, { workflow: uri, job: job.id, step: '' })))
    }
  }
  for (const at of steps) {
    const where = { workflow: at.uri, job: at.job?.id ?? '', step: at.step.label }
    const script = at.step.run ?? scriptInput(at.step)
    const printed = at.step.run ? printsIn(at) : []
    for (const found of expressionsBelow(at.file, at.step.node)) {
      const pasted = found.scalar === script
      facts.push(...usesIn(found, where, pasted).map(fact => printing(fact, printed)))
    }
    for (const print of printed)
      if (print.through !== undefined)
        facts.push({
          kind: 'pipeline.secret',
          id: idOf(where, `$${print.through}`),
          place: placed(at.file, print.script, print.start, print.end),
          data: { workflow: where.workflow, job: where.job, ...one(print.secret), printedBy: print.by },
        })
  }
  return numbered(facts)
}

interface Where {
  readonly workflow: string
  readonly job: string
  readonly step: string
}
const idOf = ({ workflow, job, step }: Where, what: string): string =>
  `pipeline.secret:${[workflow, job, step, what].filter(p => p !== '').join('/')}`

const one = (name: string) => ({ name, takes: 'one', decoded: false, pasted: false }) as const

const usesIn = (found: Found, where: Where, pasted = false): readonly Use[] => {
  const given = givenBy(found.tree)
  const facts: Use[] = []
  for (const part of partsOf(found.tree)) {
    if (part.is !== 'context' || part.path[0] !== 'secrets') continue
    const name = part.path[1]?.toUpperCase()
    const takes = part.path.length === 1 ? 'every' : name === undefined ? 'computed' : 'one'
    facts.push({
      kind: 'pipeline.secret',
      id: idOf(where, name ?? `(${takes})`),
      place: found.place,
      data: {
        workflow: where.workflow,
        job: where.job,
        name,
        takes,
        decoded: [...partsOf(found.tree)].some(p => p.is === 'call' && p.name === 'fromjson' && p.args.includes(part)),
        pasted: pasted && given.includes(part.path),
        printedBy: undefined,
      },
    })
  }
  return facts
}

const printing = (fact: Use, printed: readonly Print[]): Use => {
  if (!fact.data.pasted) return fact
  const print = printed.find(p => p.through === undefined && p.secret === fact.data.name)
  return print ? { ...fact, data: { ...fact.data, printedBy: print.by } } : fact
}

interface Print {
  readonly secret: string
  /** The variable it was in; undefined where it was pasted. */
  readonly through: string | undefined
  /** `echo`, `echo | base64`. */
  readonly by: string
  readonly script: NonNullable<StepAt['step']['run']>
  readonly start: number
  readonly end: number
}

/** The one secret an expression gives as it is, if any. */
const secretIn = (tree: Expression): string | undefined => {
  const path = givenBy(tree).find(p => p[0] === 'secrets' && p[1] !== undefined)
  return path?.[1]?.toUpperCase()
}

/** Variables of a step that hold a secret: name → the secret. */
const variablesOf = ({ file, whole, job, step }: StepAt): ReadonlyMap<string, string> => {
  const held = new Map<string, string>()
  for (const env of [whole?.workflow.env, entry(job?.node, 'env'), step.env]) {
    if (env?.is !== 'map') continue
    for (const { key, value } of mergedEntries(env)) {
      const found = value.is === 'scalar' ? expressionsOf(file, value).flatMap(f => secretIn(f.tree) ?? []) : []
      if (found[0] === undefined) held.delete(key.value)
      else held.set(key.value, found[0])
    }
  }
  return held
}

/** Programs that change a value so that the log no longer knows it for a secret. */
const encoders = new Set(['base64', 'base32', 'rev', 'xxd', 'od', 'hexdump', 'tr', 'sed', 'cut', 'fold', 'openssl'])
const passing = new Set(['cat', 'tee', 'sort', 'head', 'tail'])

const printsIn = (at: StepAt): readonly Print[] => {
  const script = at.step.run
  if (!script || !/\b(echo|printf|cat)\b/.test(script.value)) return []
  const held = variablesOf(at)
  const spans = expressionsSpans(script.value, at)
  if (held.size === 0 && spans.length === 0) return []
  const prints: Print[] = []
  const say = (command: Command, by: string): void => {
    for (const node of spoken(command)) {
      for (const span of spans)
        if (span.start < node.end && span.end > node.pos)
          prints.push({ secret: span.secret, through: undefined, by, script, start: command.pos, end: command.end })
      for (const name of variablesIn(node)) {
        const secret = held.get(name)
        if (secret !== undefined)
          prints.push({ secret, through: name, by, script, start: command.pos, end: command.end })
      }
    }
  }
  const walk = (node: SyntaxNode, after: string, depth: number): void => {
    if (depth > 60) return
    switch (node.type) {
      case 'Command': {
        const name = constantOf(node.name)
        if (name !== undefined && ['echo', 'printf', 'cat'].includes(name) && !redirected(node.redirects))
          say(node, `${name}${after}`)
        return
      }
      case 'Pipeline': {
        const last = node.commands.at(-1)
        const shown = last ? ending(last) : undefined
        for (const command of node.commands) {
          if (command === last) walk(command, after, depth + 1)
          else if (shown !== undefined) walk(command, shown, depth + 1)
        }
        return
      }
      case 'Redirected':
        if (!redirected(node.redirects)) walk(node.command, after, depth + 1)
        return
      // What a substitution prints is taken, not shown.
      case 'CommandExpansion':
      case 'ProcessSubstitution':
      case 'Word':
      case 'Assignment':
        return
      default:
        for (const child of childrenOf(node)) walk(child, after, depth + 1)
    }
  }
  walk(parseShell(masked(script.value)).tree, '', 0)
  return prints
}

/** What the last program of a pipe makes of what it is given, as text to put behind; undefined where nothing is shown. */
const ending = (last: SyntaxNode): string | undefined => {
  if (last.type !== 'Command' || redirected(last.redirects)) return undefined
  const name = constantOf(last.name) ?? ''
  return encoders.has(name) ? ` | ${name}` : passing.has(name) ? '' : undefined
}

/** Standard output goes to a file; `/dev/stderr` and `&2` end in the log as well. */
const redirected = (all: readonly Redirection[]): boolean =>
  all.some(r => {
    if (r.type !== 'Redirect') return false
    // A descriptor of its own (`>&3`) was opened on a file.
    if (r.operator === '>&') return !['1', '2'].includes(constantOf(r.target) ?? '')
    if (!['>', '>>', '>|', '&>', '&>>'].includes(r.operator)) return false
    const descriptor = r.descriptor?.type === 'FileDescriptor' ? r.descriptor.value : 1
    return descriptor === 1 && !/^\/dev\/(stdout|stderr|tty)$/.test(constantOf(r.target) ?? '')
  })

const spoken = (command: Command): readonly (Word | Redirection)[] => {
  const words = command.suffix.filter(w => w.type === 'Word')
  // `::add-mask::` is how a value is made known as a secret.
  if (words.some(w => w.text.replace(/^["']/, '').startsWith('::add-mask::'))) return []
  const documents = command.redirects.filter(r => r.type === 'HereDoc' || r.type === 'HereString')
  return constantOf(command.name) === 'cat' ? documents : words
}

/** Variables whose value, or a part of it, stands in a word; not those it only asks about (`${#X}`, `${X:+set}`). */
const variablesIn = (node: SyntaxNode): readonly string[] => {
  const names: string[] = []
  const pending: SyntaxNode[] = [node]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.type === 'CommandExpansion' || at.type === 'ProcessSubstitution') continue
    if (at.type === 'SimpleExpansion') names.push(at.text.replace(/^\$/, ''))
    if (at.type === 'ParameterExpansion') {
      const asks = at.prefix === '#' || (at.operation?.type === 'Default' && at.operation.operator.endsWith('+'))
      if (!asks) names.push(at.parameter)
    }
    for (const next of childrenOf(at)) pending.push(next)
  }
  return names
}

const expressionsSpans = (
  text: string,
  at: StepAt,
): readonly { readonly start: number; readonly end: number; readonly secret: string }[] =>
  at.step.run && text.includes('secrets')
    ? expressionsIn(text).flatMap(({ start, end, inner }) => {
        const parsed = parseExpression(inner)
        const secret = parsed.ok ? secretIn(parsed.tree) : undefined
        return secret === undefined ? [] : [{ start, end, secret }]
      })
    : []

/** Registry credentials of the containers of jobs. */
export const containerCredentialsOf = (
  workflows: readonly WorkflowFile[],
): readonly Fact<'pipeline.container-credential'>[] =>
  workflows.flatMap(({ uri, file, workflow }) =>
    workflow.jobs.flatMap(job =>
      containersOf(job).flatMap(([container, node]): readonly Fact<'pipeline.container-credential'>[] => {
        const password = entry(node, 'credentials', 'password')
        if (password?.is !== 'scalar') return []
        const text = (textOf(password) ?? '').trim()
        return [
          {
            kind: 'pipeline.container-credential',
            id: `pipeline.container-credential:${uri}/${job.id}/${container}`,
            place: placeOf(file, password),
            data: {
              workflow: uri,
              job: job.id,
              container,
              password: !text.includes('${{')
                ? 'literal'
                : /^\$\{\{\s*(secrets|github\.token)\b/i.test(text)
                  ? 'secret'
                  : 'other',
            },
          },
        ]
      }),
    ),
  )

const containersOf = (job: Job): readonly (readonly [string, YamlNode])[] => {
  const services = entry(job.node, 'services')
  return [
    ...(job.container ? [['container', job.container] as const] : []),
    ...(services?.is === 'map' ? mergedEntries(services).map(e => [e.key.value, e.value] as const) : []),
  ]
}
