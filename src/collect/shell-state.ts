import {
  type Assignment,
  type Command,
  constantOf,
  type Function as ShellFunction,
  type ShellScript,
  type SyntaxNode,
} from '../parse/shell.ts'

export interface ShellFlags {
  /** Bash clears `-e` in command substitutions and knows pipefail; dash and other sh do not. */
  readonly dialect: 'bash' | 'sh'
  readonly errexit: boolean
  readonly pipefail: boolean
}

/** Where something stands: an offset range in the text of that script. */
export interface Spot {
  readonly script: ShellScript
  readonly start: number
  readonly end: number
}

/** Another text that a command runs: `bash -c`, `eval`, a script or a recipe in the tree. */
export interface Followed {
  /** `here`: in the same shell (`eval`, `source`). `apart`: in a shell of its own, only its status comes back. */
  readonly runs: 'here' | 'apart'
  readonly parts: readonly {
    readonly script: ShellScript
    /** Undefined where it runs `here`. */
    readonly flags?: ShellFlags
    /** Its status is thrown away: make's `-` prefix and its like. */
    readonly ignored?: { readonly at: Spot; readonly because: string }
  }[]
}

export interface Run {
  readonly script: ShellScript
  readonly flags: ShellFlags
  readonly failing: ReadonlySet<Command>
  /** `any` (unless said): it may also fail once and succeed when it comes again, in a loop or a function called twice. */
  readonly times?: 'always' | 'any'
  readonly follow: (command: Command) => Followed | undefined
  /** Whether a path is there when the script runs, in the folder it is started in; undefined where that is not known. */
  readonly exists?: (path: string, script: ShellScript) => boolean | undefined
}

/** Whether a path is there, for `[ -f path ]`. */
export type Exists = (path: string) => boolean | undefined

export interface Text {
  readonly text: string
  readonly carries: boolean
}

/** One way through the script, as far as it has been walked. */
export interface State {
  readonly errexit: boolean
  readonly pipefail: boolean
  readonly inherit: boolean
  readonly errtrace: boolean
  readonly status: number
  /** The status is that of the failing command. */
  readonly carries: boolean
  readonly pipe: readonly { readonly status: number; readonly carries: boolean }[]
  readonly variables: ReadonlyMap<string, Text>
  readonly functions: ReadonlyMap<string, { readonly node: ShellFunction; readonly script: ShellScript }>
  readonly aliases: ReadonlySet<string>
  /** `shopt -s expand_aliases`. */
  readonly expands: boolean
  /** A function of the same name ran in place of the failing command. */
  readonly hidden: { readonly because: string; readonly at: Spot } | undefined
  readonly onExit: Handler | undefined
  readonly onError: Handler | undefined
  readonly jobs: readonly { readonly status: number; readonly carries: boolean }[]
  readonly runs: number
  readonly lost: { readonly because: string; readonly at: Spot | undefined } | undefined
  /** What turned `set -e` off. */
  readonly relaxed: Spot | undefined
  /** It failed and the script went on because `set -e` was off: by a `set +e`, or from the start. */
  readonly survived: Spot | 'no -e' | undefined
  readonly ended: 'exit' | 'return' | 'break' | 'continue' | undefined
  readonly doubt: { readonly because: string; readonly at: Spot | undefined } | undefined
  /** The last condition that was not constant: what a way that misses the command depends on. */
  readonly depends: Spot | undefined
}
export type Handler = { readonly text: string; readonly at: Spot }

export interface Where {
  readonly dialect: ShellFlags['dialect']
  readonly script: ShellScript
  readonly ignoring: boolean
  readonly depth: number
  readonly inFunction: boolean
}

export const most = { steps: 20_000, ways: 128, depth: 24, rounds: 3 } as const

export const spotOf = (where: Where, node: { readonly pos: number; readonly end: number }): Spot => ({
  script: where.script,
  start: node.pos,
  end: node.end,
})

export const doubted = (state: State, because: string, at: Spot | undefined): State => ({
  ...state,
  doubt: state.doubt ?? { because, at },
})

/** What lost the failing status between two states, if anything did; the first loss is the one that is told. */
export const dropped = (before: State, after: State, because: string, at: Spot | undefined): State['lost'] =>
  before.carries && !after.carries && after.status === 0 ? (before.lost ?? { because, at }) : after.lost

export const unloop = (states: readonly State[]): readonly State[] =>
  states.map(s => (s.ended === 'break' || s.ended === 'continue' ? { ...s, ended: undefined } : s))

export const withText = (
  variables: State['variables'],
  name: string,
  text: string | undefined,
  carries: boolean,
): State['variables'] => {
  const next = new Map(variables)
  if (text === undefined) next.delete(name)
  else next.set(name, { text, carries })
  return next
}

export const assigned = (variables: State['variables'], { name, append }: Assignment, value: Text | undefined) =>
  withText(variables, name, value && append ? undefined : value?.text, value?.carries ?? false)

export const dropTexts = (
  variables: State['variables'],
  names: readonly (string | undefined)[],
): State['variables'] => {
  if (!names.some(n => n !== undefined && variables.has(n))) return variables
  const next = new Map(variables)
  for (const name of names) if (name !== undefined) next.delete(name)
  return next
}

/** The first word of a command, for a message: never its arguments, which may hold anything. */
export const headOf = (node: SyntaxNode): string => {
  if (node.type === 'Command') {
    const name = constantOf(node.name)
    if (name === undefined) return node.name ? '…' : 'assignment'
    const rest = node.suffix.length
    if (rest === 0) return name.slice(0, 40)
    const [first] = node.suffix
    const short = rest === 1 && first?.type === 'Word' && /^-?[\w]{1,12}$/.test(first.text) ? ` ${first.text}` : ' …'
    return `${name.slice(0, 40)}${short}`
  }
  if (node.type === 'BraceGroup') return '{ … }'
  if (node.type === 'Subshell') return '( … )'
  if (node.type === 'Redirected') return headOf(node.command)
  if (node.type === 'Pipeline') return node.commands[0] ? `${headOf(node.commands[0])}` : '…'
  return '…'
}

export const start = (flags: ShellFlags): State => ({
  errexit: flags.errexit,
  pipefail: flags.pipefail,
  inherit: false,
  errtrace: false,
  status: 0,
  carries: false,
  pipe: [],
  variables: new Map(),
  functions: new Map(),
  aliases: new Set(),
  expands: false,
  hidden: undefined,
  onExit: undefined,
  onError: undefined,
  jobs: [],
  runs: 0,
  lost: undefined,
  relaxed: undefined,
  survived: undefined,
  ended: undefined,
  doubt: undefined,
  depends: undefined,
})

/** The status was neither tested nor passed on: another command simply came after it. */
export const overwritten = ({ survived }: State, script: ShellScript): State['lost'] =>
  survived === undefined
    ? undefined
    : survived === 'no -e'
      ? {
          because: 'the shell runs without `-e`, so only the last command decides',
          at: { script, start: 0, end: 0 },
        }
      : { because: '`set +e` lets the step go on after it', at: survived }
