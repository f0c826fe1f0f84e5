import {
  type AndOr,
  type Case,
  type CompoundList,
  constantOf,
  type For,
  type If,
  type Pipeline,
  parseShell,
  type Redirection,
  type Script,
  type Statement,
  type SyntaxNode,
  substitutionsIn,
  type While,
} from '../parse/shell.ts'
import { commanded } from './shell-command.ts'
import {
  doubted,
  dropped,
  headOf,
  most,
  type Run,
  type State,
  spotOf,
  unloop,
  type Where,
  withText,
} from './shell-state.ts'
import { arithmetic, testOf, textOf } from './shell-value.ts'

/** Steps through a script along every way it can take. */
export class Walk {
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
        return commanded(this, node, state, where)
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
        return this.tested(
          testOf(node.expression, state, path => this.run.exists?.(path, where.script)),
          state,
          node,
          where,
        )
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
        hidden: child.hidden,
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
      for (const member of node.commands) {
        if (ways.length > most.ways)
          return [{ ...doubted(state, 'it has too many ways through it', undefined), runs: 1 }]
        ways = ways.flatMap(way =>
          this.apart(member, way.state, where).map(child => ({
            state: {
              ...way.state,
              runs: child.runs,
              lost: child.lost,
              doubt: child.doubt,
              depends: child.depends,
              hidden: child.hidden,
            },
            pipe: [...way.pipe, { status: child.status, carries: child.carries }],
          })),
        )
      }
      states = ways.flatMap(({ state: s, pipe }) => {
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
          hidden: child.hidden,
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
}
