import {
  type AndOr,
  type ArithmeticExpression,
  type Assignment,
  type Case,
  type Command,
  type CompoundList,
  constantOf,
  type For,
  type If,
  type Pipeline,
  parseShell,
  type Redirection,
  type Script,
  type Function as ShellFunction,
  type ShellScript,
  type Statement,
  type SyntaxNode,
  substitutionsIn,
  type TestExpression,
  type While,
  type Word,
  type WordPart,
} from '../parse/shell.ts'

/**
 * What becomes of a script when one of its commands fails: the shell is stepped through with every other command
 * succeeding and every condition that is not constant taken both ways. Bash Reference Manual §4.3.1 (`set -e`), §3.2.3
 * (pipelines), §3.7.5 (exit status); POSIX.1-2024, XCU 2.15 `set`. Held against real bash and dash in
 * test/oracles/shell.test.ts.
 */
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

export type Ending =
  | { readonly is: 'fails' }
  /** Success whatever the command returns; `at` is what discards its status. */
  | { readonly is: 'succeeds'; readonly because: string; readonly at: Spot | undefined }
  /** Some way through the script does not reach the command, and succeeds. */
  | { readonly is: 'skippable'; readonly because: string; readonly at: Spot | undefined }
  /** No way through the script reaches the command. */
  | { readonly is: 'unreached' }
  | { readonly is: 'unknown'; readonly because: string; readonly at: Spot | undefined }

/** Another text that a command runs: `bash -c`, `eval`, a script or a recipe in the tree. */
export interface Followed {
  /** `here`: in the same shell (`eval`, `source`). `apart`: in a shell of its own, only its status comes back. */
  readonly runs: 'here' | 'apart'
  readonly parts: readonly {
    readonly script: ShellScript
    /** Undefined where it runs `here`. */
    readonly flags?: ShellFlags
    /** Make's `-` prefix: the status of this part is thrown away. */
    readonly ignored?: Spot
  }[]
}

export interface Run {
  readonly script: ShellScript
  readonly flags: ShellFlags
  readonly failing: ReadonlySet<Command>
  /** `any` (unless said): it may also fail once and succeed when it comes again, in a loop or a function called twice. */
  readonly times?: 'always' | 'any'
  readonly follow: (command: Command) => Followed | undefined
}

interface Text {
  readonly text: string
  readonly carries: boolean
}

/** One way through the script, as far as it has been walked. */
interface State {
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
type Handler = { readonly text: string; readonly at: Spot }

interface Where {
  readonly dialect: ShellFlags['dialect']
  readonly script: ShellScript
  readonly ignoring: boolean
  readonly depth: number
  readonly inFunction: boolean
}

const most = { steps: 20_000, ways: 128, depth: 24, rounds: 3 } as const

class Walk {
  steps = 0
  readonly run: Run
  /** The first failure only: a later round of a loop succeeds. */
  readonly once: boolean
  constructor(run: Run, once: boolean) {
    this.run = run
    this.once = once
  }

  list(statements: readonly Statement[], from: readonly State[], where: Where): readonly State[] {
    let states = from
    for (const statement of statements) {
      states = this.each(states, state => this.statement(statement, state, where))
      if (states.every(s => s.ended !== undefined || s.doubt !== undefined)) break
    }
    return states
  }

  /** Goes on with each way that has not ended, and keeps the number of ways bounded. */
  each(states: readonly State[], go: (state: State) => readonly State[]): readonly State[] {
    const next = states.flatMap(state => (state.ended !== undefined || state.doubt !== undefined ? [state] : go(state)))
    if (next.length <= most.ways) return next
    const first = next[0]
    return first ? [{ ...first, runs: 1, doubt: { because: 'it has too many ways through it', at: undefined } }] : next
  }

  statement(statement: Statement, state: State, where: Where): readonly State[] {
    if (++this.steps > most.steps) return [doubted(state, 'it has too many ways through it', undefined)]
    if (!statement.background) return this.node(statement.command, state, where)
    const spot = spotOf(where, { pos: statement.command.end, end: statement.end })
    return this.apart(statement.command, state, where).map(child => ({
      ...state,
      runs: child.runs,
      doubt: child.doubt,
      jobs: [...state.jobs, { status: child.status, carries: child.carries }],
      status: 0,
      carries: false,
      lost: child.carries ? (state.lost ?? { because: 'it runs in the background (`&`)', at: spot }) : child.lost,
    }))
  }

  node(node: Statement['command'], state: State, where: Where): readonly State[] {
    if (where.depth > most.depth) return [doubted(state, 'it is nested too deep', spotOf(where, node))]
    switch (node.type) {
      case 'Command':
        return this.command(node, state, where)
      case 'Pipeline':
        return this.pipeline(node, state, where)
      case 'AndOr':
        return this.andOr(node, state, where)
      case 'BraceGroup':
        return this.list(node.body.commands, [state], where)
      case 'Subshell':
        return this.apart(node.body, state, where).flatMap(child => this.checked(state, child, where))
      case 'If':
        return this.if(node, state, where)
      case 'For':
        return this.for(node, state, where)
      case 'While':
        return this.while(node, state, where)
      case 'Case':
        return this.case(node, state, where)
      case 'Function':
        return [
          {
            ...state,
            status: 0,
            carries: false,
            functions: new Map(state.functions).set(node.name.value, { node, script: where.script }),
          },
        ]
      case 'Redirected':
        return this.redirects(node.redirects, state, where).flatMap(s => this.node(node.command, s, where))
      case 'TestCommand':
        return this.tested(testOf(node.expression, state), state, node, where)
      case 'ArithmeticCommand': {
        const [value, after] = node.expression ? arithmetic(node.expression, state) : [undefined, state]
        return this.tested(value === undefined ? undefined : value !== 0, after, node, where)
      }
      case 'ArithmeticFor':
        return this.loop([state], s => this.list(node.body.commands, [s], where), 2)
      case 'Select':
      case 'Coproc':
        return [doubted(state, `\`${node.type.toLowerCase()}\` is not followed`, spotOf(where, node))]
    }
  }

  /** In a shell of its own: only what it ran and its status come back. */
  apart(
    node: Statement['command'] | CompoundList | Script,
    state: State,
    where: Where,
    errexit = state.errexit,
  ): readonly State[] {
    const inside: State = { ...state, errexit, onExit: undefined, onError: state.errtrace ? state.onError : undefined }
    const deeper = { ...where, depth: where.depth + 1 }
    const ended =
      node.type === 'CompoundList' || node.type === 'Script'
        ? this.list(node.commands, [inside], deeper)
        : this.node(node, inside, deeper)
    return ended.flatMap(s => this.atExit(s, deeper)).map(s => ({ ...s, ended: undefined }))
  }

  /** `trap … EXIT`: the handler runs last, and its own `exit` wins. */
  atExit(state: State, where: Where): readonly State[] {
    const handler = state.onExit
    if (!handler || state.doubt) return [state]
    const script = parseShell(handler.text)
    if (script.errors.length > 0) return [doubted(state, 'its EXIT trap is not understood', handler.at)]
    const deeper = { ...where, script, depth: where.depth + 1 }
    return this.list(
      script.tree.commands,
      [{ ...state, ended: undefined, onExit: undefined, errexit: false }],
      deeper,
    ).map(after =>
      after.ended === 'exit'
        ? { ...after, lost: dropped(state, after, 'the EXIT trap ends with a status of its own', handler.at) }
        : { ...after, status: state.status, carries: state.carries, ended: state.ended },
    )
  }

  /** The state of the parent after a child shell: its own, with what the child ran and returned. */
  checked(parent: State, child: State, where: Where): readonly State[] {
    return this.settle(
      {
        ...parent,
        status: child.status,
        carries: child.carries,
        runs: child.runs,
        lost: child.lost,
        doubt: child.doubt,
        depends: child.depends,
        survived: child.survived ?? parent.survived,
        pipe: [{ status: child.status, carries: child.carries }],
      },
      where,
    )
  }

  /** `set -e` and the ERR trap act on what has just returned, unless its status is being tested. */
  settle(state: State, where: Where): readonly State[] {
    if (state.status === 0 || where.ignoring || state.ended || state.doubt) return [state]
    const act = (s: State): State => (s.errexit && !s.ended ? { ...s, ended: 'exit' } : s)
    if (!state.onError || (where.inFunction && !state.errtrace)) return [act(state)]
    const script = parseShell(state.onError.text)
    const at = state.onError.at
    if (script.errors.length > 0) return [doubted(state, 'its ERR trap is not understood', at)]
    return this.list(script.tree.commands, [{ ...state, onError: undefined }], {
      ...where,
      script,
      ignoring: true,
      depth: where.depth + 1,
    }).map(after =>
      after.ended === 'exit'
        ? { ...after, lost: dropped(state, after, 'the ERR trap ends with a status of its own', at) }
        : act({ ...after, status: state.status, carries: state.carries, onError: state.onError, ended: undefined }),
    )
  }

  tested(outcome: boolean | undefined, state: State, node: SyntaxNode, where: Where): readonly State[] {
    const as = (ok: boolean): readonly State[] =>
      this.settle(
        {
          ...state,
          status: ok ? 0 : 1,
          carries: false,
          depends: outcome === undefined ? spotOf(where, node) : state.depends,
        },
        where,
      )
    return outcome === undefined ? [...as(true), ...as(false)] : as(outcome)
  }

  andOr(node: AndOr, state: State, where: Where): readonly State[] {
    const last = node.commands.length - 1
    let states: readonly State[] = [state]
    for (const [i, member] of node.commands.entries()) {
      const operator = i === 0 ? undefined : node.operators[i - 1]
      states = this.each(states, s => {
        const goes = operator === undefined || (operator === '&&' ? s.status === 0 : s.status !== 0)
        if (!goes) return [s]
        const next = this.node(member, s, { ...where, ignoring: where.ignoring || i < last })
        if (operator !== '||' || !s.carries) return next
        const left = node.commands[i - 1]
        const from = left ? where.script.text.indexOf('||', left.end) : -1
        const at = spotOf(where, { pos: from === -1 ? member.pos : from, end: member.end })
        return next.map(after => ({
          ...after,
          lost: dropped(s, after, `\`|| ${headOf(member)}\` discards its exit status`, at),
        }))
      })
    }
    return states.map(s => {
      const quiet = s.carries && s.status !== 0 && !s.ended && !where.ignoring && s.errexit
      return quiet
        ? {
            ...s,
            lost: s.lost ?? {
              because: '`set -e` does not act on a command that is followed by `&&`',
              at: spotOf(where, node),
            },
          }
        : s
    })
  }

  pipeline(node: Pipeline, state: State, where: Where): readonly State[] {
    const negated = node.prefixes.filter(p => p.type === 'Negation').length % 2 === 1
    const inside = negated ? { ...where, ignoring: true } : where
    const only = node.commands.length === 1 ? node.commands[0] : undefined
    let states: readonly State[]
    if (only) states = this.node(only, state, inside)
    else {
      let ways: readonly { readonly state: State; readonly pipe: State['pipe'] }[] = [{ state, pipe: [] }]
      for (const member of node.commands)
        ways = ways.flatMap(way =>
          this.apart(member, way.state, where).map(child => ({
            state: { ...way.state, runs: child.runs, lost: child.lost, doubt: child.doubt, depends: child.depends },
            pipe: [...way.pipe, { status: child.status, carries: child.carries }],
          })),
        )
      states = ways.slice(0, most.ways).flatMap(({ state: s, pipe }) => {
        const final = s.pipefail ? [...pipe].reverse().find(p => p.status !== 0) : pipe.at(-1)
        const at = pipe.findIndex(p => p.carries)
        const next = node.commands[at + 1]
        const left = node.commands[at]
        const spot =
          next && left
            ? spotOf(where, { pos: where.script.text.indexOf('|', left.end), end: next.end })
            : spotOf(where, node)
        const lost =
          at !== -1 && (final?.status ?? 0) === 0
            ? (s.lost ?? {
                because: `without pipefail a pipe has the status of its last command${next ? ` (\`${headOf(next)}\`)` : ''}`,
                at: spot,
              })
            : s.lost
        const after: State = {
          ...s,
          status: final?.status ?? 0,
          carries: final?.carries ?? false,
          pipe,
          lost,
        }
        return negated ? [after] : this.settle(after, where)
      })
    }
    if (!negated) return states
    return states.map(s =>
      s.ended || s.doubt
        ? s
        : {
            ...s,
            status: s.status === 0 ? 1 : 0,
            // Inside a condition the negated status goes on to decide; elsewhere it is simply lost.
            carries: s.carries && where.ignoring,
            lost:
              s.carries && !where.ignoring
                ? (s.lost ?? { because: '`!` turns its failure into success', at: spotOf(where, node) })
                : s.lost,
          },
    )
  }

  if(node: If, state: State, where: Where): readonly State[] {
    const arms: readonly Pick<If, 'clause' | 'then'>[] = [node, ...node.elif]
    const done: State[] = []
    let open: readonly State[] = [state]
    for (const { clause, then } of arms) {
      const tested = this.each(open, s => this.list(clause.commands, [s], { ...where, ignoring: true }))
      const note = (from: State, after: State): State => ({
        ...after,
        lost: dropped(
          from,
          after,
          '`if` tests its exit status, and the step goes on',
          spotOf(where, { pos: clause.pos, end: clause.end }),
        ),
      })
      open = []
      const left: State[] = []
      for (const s of tested) {
        if (s.ended || s.doubt) done.push(s)
        else if (s.status === 0) done.push(...this.list(then.commands, [s], where).map(after => note(s, after)))
        else left.push(s)
      }
      open = left
    }
    for (const s of open) {
      const after = node.else ? this.list(node.else.commands, [s], where) : [{ ...s, status: 0, carries: false }]
      done.push(
        ...after.map(a => ({
          ...a,
          lost: dropped(s, a, '`if` tests its exit status, and the step goes on', spotOf(where, node.clause)),
        })),
      )
    }
    return done
  }

  for(node: For, state: State, where: Where): readonly State[] {
    const words = node.wordlist?.map(constantOf)
    const constant = words?.every(w => w !== undefined && !/[*?[{]/.test(w)) === true && words.length > 0
    const bind =
      (text: string | undefined) =>
      (s: State): State => ({ ...s, variables: withText(s.variables, node.name.value, text, false) })
    const body = (s: State): readonly State[] => this.list(node.body.commands, [s], where)
    if (words && words.length === 0) return [{ ...state, status: 0, carries: false }]
    if (constant) {
      let states: readonly State[] = [state]
      for (const word of (words ?? []).slice(0, 6)) states = this.round(states, s => body(bind(word)(s)))
      return unloop(states)
    }
    return this.loop([bind(undefined)(state)], body, 2)
  }

  /** One round of a loop: `continue` ends the round, `break` the loop. */
  round(states: readonly State[], body: (state: State) => readonly State[]): readonly State[] {
    return this.each(states, s =>
      body(s).map(after => (after.ended === 'continue' ? { ...after, ended: undefined } : after)),
    )
  }

  /** A loop that goes round once, or up to `rounds` times. */
  loop(from: readonly State[], body: (s: State) => readonly State[], rounds: number): readonly State[] {
    let states = from
    const all: State[] = []
    for (let i = 0; i < rounds; i++) {
      states = this.round(states, body)
      all.push(...states)
    }
    return unloop(all)
  }

  while(node: While, state: State, where: Where): readonly State[] {
    const done: State[] = []
    let open: readonly State[] = [state]
    for (let i = 0; i < most.rounds && open.length > 0; i++) {
      const tested = open.flatMap(s => this.list(node.clause.commands, [s], { ...where, ignoring: true }))
      const into: State[] = []
      for (const s of tested) {
        if (s.ended || s.doubt) done.push(s)
        else if ((s.status === 0) === (node.kind === 'while')) into.push(s)
        else
          done.push({
            ...s,
            status: 0,
            carries: false,
            lost: s.carries
              ? (s.lost ?? { because: `\`${node.kind}\` tests its exit status`, at: spotOf(where, node.clause) })
              : s.lost,
          })
      }
      const after = this.round(into, s => this.list(node.body.commands, [s], where))
      open = after.filter(s => !s.ended && !s.doubt)
      done.push(...after.filter(s => s.ended || s.doubt))
      if (done.length + open.length > most.ways) return [doubted(state, 'it has too many ways through it', undefined)]
    }
    const first = open[0]
    // Every way is still going round: the step repeats until something outside changes, or until its time is up.
    if (done.length === 0 && first)
      return [doubted(first, 'a loop repeats it until it succeeds', spotOf(where, node.clause))]
    return unloop(done)
  }

  case(node: Case, state: State, where: Where): readonly State[] {
    const word = textOf(node.word, state)
    const patterns = node.items.map(item => item.pattern.map(constantOf))
    const chosen = word === undefined ? -1 : patterns.findIndex(p => p.some(t => t === '*' || t === word.text))
    const plain =
      word !== undefined &&
      patterns
        .slice(0, chosen === -1 ? undefined : chosen)
        .flat()
        .every(p => p && !/[*?[|]/.test(p))
    const item = node.items[chosen]
    const none: State = { ...state, status: 0, carries: false }
    if (plain && node.items.every(i => i.terminator !== ';&' && i.terminator !== ';;&'))
      return item && item.body.commands.length > 0 ? this.list(item.body.commands, [state], where) : [none]
    const depends = spotOf(where, node.word)
    const all = node.items.flatMap(i =>
      i.body.commands.length > 0 ? this.list(i.body.commands, [{ ...state, depends }], where) : [{ ...none, depends }],
    )
    return patterns.some(p => p.includes('*')) ? all : [...all, { ...none, depends }]
  }

  redirects(redirects: readonly Redirection[], state: State, where: Where): readonly State[] {
    let states: readonly State[] = [state]
    for (const redirect of redirects) states = this.substituted(redirect, states, where, 'discard')
    return states
  }

  /** Runs the substitutions in a node. `keep`: the status of the last is left as the status of the whole. */
  substituted(node: SyntaxNode, from: readonly State[], where: Where, status: 'keep' | 'discard'): readonly State[] {
    let states = from
    for (const substitution of substitutionsIn(node)) {
      const { script } = substitution
      if (!script) continue
      states = this.each(states, state => {
        const errexit = state.errexit && (where.dialect === 'sh' || state.inherit || substitution.process)
        return this.apart(script, state, where, errexit).map(child => ({
          ...state,
          runs: child.runs,
          doubt: child.doubt,
          depends: child.depends,
          status: child.status,
          carries: child.carries,
          lost:
            child.carries && (status === 'discard' || substitution.process)
              ? (child.lost ?? {
                  because: 'the exit status of a substitution is not that of the command it stands in',
                  at: spotOf(where, substitution.node),
                })
              : child.lost,
        }))
      })
    }
    return states
  }

  command(node: Command, before: State, where: Where): readonly State[] {
    let states: readonly State[] = [
      { ...before, status: node.name ? before.status : 0, carries: node.name ? before.carries : false },
    ]
    const declares = node.name && declaring.has(node.name.value)
    for (const part of [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix]) {
      if (part.type === 'Assignment')
        states = this.each(states, state => {
          const asked = { ...state, status: before.status, carries: before.carries }
          const value = part.value.type === 'Word' ? textOf(part.value, asked) : undefined
          const ran = this.substituted(part, [state], where, node.name ? 'discard' : 'keep')
          // `A=1 command` sets A for that command alone.
          if (node.name && !declares) return ran.map(s => ({ ...s, status: before.status, carries: before.carries }))
          return ran.map(s => ({ ...s, variables: assigned(s.variables, part, value) }))
        })
      else
        states = this.each(states, state =>
          this.substituted(part, [state], where, 'discard').map(s => ({
            ...s,
            status: before.status,
            carries: before.carries,
          })),
        )
    }
    if (!node.name) return this.each(states, s => this.settle({ ...s, pipe: [s] }, where))
    return this.each(states, s => this.named(node, s, where))
  }

  named(node: Command, state: State, where: Where): readonly State[] {
    const words = [node.name, ...node.suffix.filter(w => w.type === 'Word')].filter(w => w !== undefined)
    const texts = words.map(constantOf)
    const name = texts[0]
    const at = spotOf(where, node)
    const ends = (status: number, extra: Partial<State> = {}): readonly State[] =>
      this.settle({ ...state, status, carries: false, pipe: [{ status, carries: false }], ...extra }, where)

    if (this.run.failing.has(node)) {
      const fails = !(this.once && state.runs > 0)
      const failed: State = {
        ...state,
        status: fails ? 1 : 0,
        carries: fails,
        runs: state.runs + 1,
        pipe: [{ status: fails ? 1 : 0, carries: fails }],
      }
      if (name === 'exec') return [{ ...failed, ended: 'exit' }]
      return this.settle(failed, where).map(s =>
        s.carries && !s.ended && !where.ignoring && !s.errexit ? { ...s, survived: s.relaxed ?? 'no -e' } : s,
      )
    }

    const fn = name === undefined ? undefined : state.functions.get(name)
    if (fn) {
      if (where.depth >= most.depth) return [doubted(state, `\`${name}\` calls itself`, at)]
      const body = fn.node.body
      const inside: Where = { ...where, script: fn.script, depth: where.depth + 1, inFunction: true }
      const after =
        body.type === 'CompoundList' ? this.list(body.commands, [state], inside) : this.node(body, state, inside)
      return after.flatMap(s =>
        this.settle({ ...s, ended: s.ended === 'return' ? undefined : s.ended, pipe: [s] }, where),
      )
    }

    const followed = this.run.follow(node)
    if (followed) return this.followed(followed, state, where)

    switch (name) {
      case ':':
      case 'true':
        return ends(0)
      case 'false':
        return ends(1)
      case 'exit':
      case 'return': {
        const given = words[1] ? textOf(words[1], state) : { text: String(state.status), carries: state.carries }
        const number = given && /^\d{1,9}$/.test(given.text) ? Number(given.text) & 255 : undefined
        if (number === undefined)
          return [doubted(state, `it ends with \`${name} ${words[1]?.text ?? ''}\`, which is not known`, at)]
        const after: State = { ...state, status: number, carries: given?.carries === true && number !== 0 }
        return [
          {
            ...after,
            ended: name,
            lost: dropped(state, after, `\`${name} ${words[1]?.text ?? ''}\` ends it with a status of its own`, at),
          },
        ]
      }
      case 'break':
      case 'continue':
        return words.length > 1 && texts[1] !== '1'
          ? [doubted(state, `\`${name}\` out of several loops is not followed`, at)]
          : [{ ...state, status: 0, carries: false, ended: name }]
      case 'set':
        return [this.set(texts.slice(1), state, where, at)]
      case 'shopt':
        return ends(0, texts.includes('inherit_errexit') ? { inherit: texts.includes('-s') } : {})
      case 'trap':
        return [trapped(texts.slice(1), state, at)]
      case 'eval':
        return [doubted(state, '`eval` runs text that is not known', at)]
      case 'source':
      case '.':
        // The activation script of a virtual environment sets no option and returns 0.
        return /(^|[/\\])(activate|env|\.?profile|conda\.sh|nvm\.sh|\.bashrc)$/.test(words[1]?.value ?? '')
          ? ends(0)
          : [doubted(state, `\`${name} ${words[1]?.text ?? ''}\` may change what failure means`, at)]
      case 'wait': {
        if (words.length === 1) return ends(0)
        const [job] = state.jobs
        return state.jobs.length === 1 && job
          ? this.settle({ ...state, status: job.status, carries: job.carries }, where)
          : [doubted(state, '`wait` for one of several commands is not followed', at)]
      }
      case 'exec':
        return words.length === 1 ? ends(0) : [{ ...state, status: 0, carries: false, ended: 'exit' }]
      case 'test':
      case '[':
        return this.tested(bracketOf(words.slice(1), name === '[', state), state, node, where)
      case 'let': {
        return [...ends(0, { depends: at }), ...(where.ignoring ? ends(1, { depends: at }) : [])]
      }
      case undefined:
        break
      default:
        if (testers.has(name) || asks(name, texts))
          return [...ends(0, { depends: at }), ...this.asked(state, node, where)]
    }
    const unset = name === 'unset' ? dropTexts(state.variables, texts.slice(1)) : state.variables
    const read = name === 'read' || name === 'mapfile' || name === 'readarray' ? texts.slice(1) : []
    return ends(0, { variables: dropTexts(unset, read) })
  }

  /** A question such as `grep -q` answered no. Outside a condition `set -e` would end the step there. */
  asked(state: State, node: Command, where: Where): readonly State[] {
    return this.settle(
      { ...state, status: 1, carries: false, depends: spotOf(where, node), pipe: [{ status: 1, carries: false }] },
      where,
    )
  }

  followed(followed: Followed, state: State, where: Where): readonly State[] {
    if (followed.runs === 'here') {
      let states: readonly State[] = [state]
      for (const { script } of followed.parts)
        states = this.each(states, s =>
          this.list(script.tree.commands, [s], { ...where, script, depth: where.depth + 1 }),
        )
      return states.flatMap(s =>
        s.ended === 'return' ? this.settle({ ...s, ended: undefined }, where) : this.settle(s, where),
      )
    }
    let states: readonly State[] = [{ ...state, status: 0, carries: false }]
    for (const { script, flags, ignored } of followed.parts)
      states = states.flatMap(s => {
        if (s.status !== 0 || s.doubt) return [s]
        const own: ShellFlags = flags ?? { dialect: 'sh', errexit: false, pipefail: false }
        const fresh: State = {
          ...start(own),
          variables: state.variables,
          runs: s.runs,
          lost: s.lost,
          depends: s.depends,
        }
        const inside = {
          ...where,
          dialect: own.dialect,
          script,
          depth: where.depth + 1,
          ignoring: false,
          inFunction: false,
        }
        return this.list(script.tree.commands, [fresh], inside)
          .flatMap(after => this.atExit(after, inside))
          .map(after => ({
            ...after,
            lost: after.lost ?? (after.status === 0 ? overwritten(after, script) : undefined),
          }))
          .map(after =>
            ignored && after.status !== 0
              ? {
                  ...after,
                  status: 0,
                  carries: false,
                  lost: after.carries
                    ? (after.lost ?? { because: 'make ignores its failure (`-`)', at: ignored })
                    : after.lost,
                }
              : after,
          )
      })
    return states.flatMap(child => this.checked(state, child, where))
  }

  set(words: readonly (string | undefined)[], state: State, where: Where, at: Spot): State {
    let next: State = { ...state, status: 0, carries: false }
    const option = (name: string | undefined, on: boolean): void => {
      if (name === 'errexit') next = { ...next, errexit: on, relaxed: on ? undefined : at }
      else if (name === 'pipefail') next = { ...next, pipefail: on }
      else if (name === 'errtrace') next = { ...next, errtrace: on }
      else if (name === 'noexec' || name === 'posix')
        next = doubted(next, `\`set -o ${name}\` changes what failure means`, at)
    }
    for (let i = 0; i < words.length; i++) {
      const word = words[i]
      if (word === undefined) return doubted(next, '`set` with options that are not known', at)
      if (word === '--' || word === '-' || !/^[-+]/.test(word)) break
      const on = word.startsWith('-')
      for (const letter of word.slice(1)) {
        if (letter === 'e') option('errexit', on)
        else if (letter === 'E') option('errtrace', on)
        else if (letter === 'n') option('noexec', on)
        else if (letter === 'o') {
          const name = words[++i]
          if (name === 'pipefail' && where.dialect === 'sh')
            return doubted(next, '`set -o pipefail` is not known to every sh', at)
          option(name, on)
        }
      }
    }
    return next
  }
}

const spotOf = (where: Where, node: { readonly pos: number; readonly end: number }): Spot => ({
  script: where.script,
  start: node.pos,
  end: node.end,
})

const doubted = (state: State, because: string, at: Spot | undefined): State => ({
  ...state,
  doubt: state.doubt ?? { because, at },
})

/** What lost the failing status between two states, if anything did; the first loss is the one that is told. */
const dropped = (before: State, after: State, because: string, at: Spot | undefined): State['lost'] =>
  before.carries && !after.carries && after.status === 0 ? (before.lost ?? { because, at }) : after.lost

const unloop = (states: readonly State[]): readonly State[] =>
  states.map(s => (s.ended === 'break' || s.ended === 'continue' ? { ...s, ended: undefined } : s))

const withText = (
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

const assigned = (variables: State['variables'], { name, append }: Assignment, value: Text | undefined) =>
  withText(variables, name, value && append ? undefined : value?.text, value?.carries ?? false)

const dropTexts = (variables: State['variables'], names: readonly (string | undefined)[]): State['variables'] => {
  if (!names.some(n => n !== undefined && variables.has(n))) return variables
  const next = new Map(variables)
  for (const name of names) if (name !== undefined) next.delete(name)
  return next
}

const declaring: ReadonlySet<string> = new Set(['export', 'local', 'declare', 'typeset', 'readonly'])

/** Commands that exist to answer a question: both answers are looked at. */
const testers: ReadonlySet<string> = new Set([
  'grep',
  'egrep',
  'fgrep',
  'rg',
  'which',
  'type',
  'hash',
  'cmp',
  'diff',
  'read',
  'expr',
  'pgrep',
  'getopts',
  'is',
])

const asks = (name: string, texts: readonly (string | undefined)[]): boolean =>
  (name === 'command' && (texts[1] === '-v' || texts[1] === '-V')) ||
  (name === 'git' && texts.includes('diff') && (texts.includes('--quiet') || texts.includes('--exit-code')))

const trapped = (words: readonly (string | undefined)[], state: State, at: Spot): State => {
  const next: State = { ...state, status: 0, carries: false }
  const [action, ...signals] = words[0] === '--' ? words.slice(1) : words
  const named = signals.map(s => s?.toUpperCase().replace(/^SIG/, ''))
  const decides = named.some(
    s => s === undefined || s === 'EXIT' || s === '0' || s === 'ERR' || s === 'DEBUG' || s === 'RETURN',
  )
  if (!decides || words.length < 2) return next
  if (action === undefined || named.includes(undefined) || named.includes('DEBUG') || named.includes('RETURN'))
    return doubted(next, 'a trap that is not followed may change its status', at)
  const handler = action === '-' || action === '' ? undefined : { text: action, at }
  return {
    ...next,
    onExit: named.includes('EXIT') || named.includes('0') ? handler : next.onExit,
    onError: named.includes('ERR') ? handler : next.onError,
  }
}

/** The first word of a command, for a message: never its arguments, which may hold anything. */
const headOf = (node: SyntaxNode): string => {
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

/** What a word becomes where the walk knows it: `$?`, variables it saw assigned, `${PIPESTATUS[n]}`. */
const textOf = (word: Word, state: State): Text | undefined => {
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

const bracketOf = (words: readonly Word[], closed: boolean, state: State): boolean | undefined => {
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
          : undefined
  return outcome === undefined ? undefined : outcome !== negated
}

const testOf = (expression: TestExpression, state: State): boolean | undefined => {
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
      return expression.operator === '-n' ? operand !== '' : expression.operator === '-z' ? operand === '' : undefined
    }
    case 'TestNot': {
      const of = testOf(expression.operand, state)
      return of === undefined ? undefined : of === (expression.negations.length % 2 === 0)
    }
    case 'TestGroup':
      return testOf(expression.expression, state)
    case 'TestLogical': {
      const outcomes = expression.operands.map(o => testOf(o, state))
      const decides = expression.operator === '||'
      if (outcomes.includes(decides)) return decides
      return outcomes.includes(undefined) ? undefined : !decides
    }
  }
}

/** Value and state after an arithmetic expression; undefined where a value is not known. */
const arithmetic = (expression: ArithmeticExpression, state: State): readonly [number | undefined, State] => {
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

const start = (flags: ShellFlags): State => ({
  errexit: flags.errexit,
  pipefail: flags.pipefail,
  inherit: false,
  errtrace: false,
  status: 0,
  carries: false,
  pipe: [],
  variables: new Map(),
  functions: new Map(),
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
const overwritten = ({ survived }: State, script: ShellScript): State['lost'] =>
  survived === undefined
    ? undefined
    : survived === 'no -e'
      ? {
          because: 'the shell runs without `-e`, so only the last command decides',
          at: { script, start: 0, end: 0 },
        }
      : { because: '`set +e` lets the step go on after it', at: survived }

/** What the script ends with when the commands in `failing` return 1 and everything else succeeds. */
export const endingOf = (run: Run): Ending => {
  if (run.script.errors.length > 0) return { is: 'unknown', because: 'the script is not understood', at: undefined }
  const always = walk(run, false)
  if (always.is !== 'fails' || run.times === 'always') return always
  const once = walk(run, true)
  return once.is === 'fails'
    ? once
    : {
        is: 'unknown',
        because: 'a later round can hide the failure of an earlier one',
        at: 'at' in once ? once.at : undefined,
      }
}

const walk = (run: Run, once: boolean): Ending => {
  const walker = new Walk(run, once)
  const where: Where = {
    dialect: run.flags.dialect,
    script: run.script,
    ignoring: false,
    depth: 0,
    inFunction: false,
  }
  const states = walker.list(run.script.tree.commands, [start(run.flags)], where).flatMap(s => walker.atExit(s, where))
  const doubt = states.find(s => s.doubt)?.doubt
  if (doubt) return { is: 'unknown', ...doubt }
  const reached = states.filter(s => s.runs > 0)
  if (reached.length === 0) return { is: 'unreached' }
  const swallowed = reached.filter(s => s.status === 0)
  const first = swallowed[0]
  if (swallowed.length === reached.length && first) {
    const lost = first.lost ?? overwritten(first, run.script)
    return { is: 'succeeds', because: lost?.because ?? 'what follows it decides', at: lost?.at }
  }
  if (first)
    return {
      is: 'unknown',
      because: `${first.lost?.because ?? 'its status is lost'} in some cases`,
      at: first.lost?.at ?? first.depends,
    }
  const missed = states.find(s => s.runs === 0 && s.status === 0)
  if (missed) return { is: 'skippable', because: 'the script runs it under a condition', at: missed.depends }
  return { is: 'fails' }
}
