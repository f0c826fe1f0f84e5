import { type Command, constantOf, substitutionsIn } from '../parse/shell.ts'
import {
  assigned,
  doubted,
  dropped,
  dropTexts,
  type Followed,
  most,
  overwritten,
  type ShellFlags,
  type Spot,
  type State,
  spotOf,
  start,
  type Where,
} from './shell-state.ts'
import { bracketOf, textOf } from './shell-value.ts'
import type { Walk } from './shell-walk.ts'

/** One simple command, as the walk meets it: what it is, and what is left after it. */
export const commanded = (walk: Walk, node: Command, before: State, where: Where): readonly State[] => {
  let states: readonly State[] = [
    { ...before, status: node.name ? before.status : 0, carries: node.name ? before.carries : false },
  ]
  const declares = node.name && declaring.has(node.name.value)
  for (const part of [...node.prefix, ...(node.name ? [node.name] : []), ...node.suffix]) {
    if (part.type === 'Assignment')
      states = walk.each(states, state => {
        const asked = { ...state, status: before.status, carries: before.carries }
        const value = part.value.type === 'Word' ? textOf(part.value, asked) : undefined
        // `x=$(echo $?)`: inside the first substitution `$?` is still that of the command before.
        const first = !node.name && part === node.prefix.find(p => substitutionsIn(p).length > 0)
        const ran = walk.substituted(part, [first ? asked : state], where, node.name ? 'discard' : 'keep')
        // `A=1 command` sets A for that command alone.
        if (node.name && !declares) return ran.map(s => ({ ...s, status: before.status, carries: before.carries }))
        return ran.map(s => ({ ...s, variables: assigned(s.variables, part, value) }))
      })
    else
      states = walk.each(states, state =>
        walk.substituted(part, [state], where, 'discard').map(s => ({
          ...s,
          status: before.status,
          carries: before.carries,
        })),
      )
  }
  if (!node.name) return walk.each(states, s => walk.settle({ ...s, pipe: [s] }, where))
  return walk.each(states, s => named(walk, node, s, where))
}

const named = (walk: Walk, node: Command, state: State, where: Where): readonly State[] => {
  const words = [node.name, ...node.suffix.filter(w => w.type === 'Word')].filter(w => w !== undefined)
  const texts = words.map(constantOf)
  const name = texts[0]
  const at = spotOf(where, node)
  const ends = (status: number, extra: Partial<State> = {}): readonly State[] =>
    walk.settle({ ...state, status, carries: false, pipe: [{ status, carries: false }], ...extra }, where)

  const fn = name === undefined ? undefined : state.functions.get(name)
  // An alias is filled in as the script is read: dash and POSIX sh do so, bash only when it is told to.
  if (
    name !== undefined &&
    state.aliases.has(name) &&
    walk.run.failing.has(node) &&
    (where.dialect === 'sh' || state.expands)
  )
    return [doubted(state, `an alias stands for \`${name}\``, at)]
  if (walk.run.failing.has(node) && !fn) {
    const fails = !(walk.once && state.runs > 0)
    const failed: State = {
      ...state,
      status: fails ? 1 : 0,
      carries: fails,
      runs: state.runs + 1,
      pipe: [{ status: fails ? 1 : 0, carries: fails }],
    }
    if (name === 'exec') return [{ ...failed, ended: 'exit' }]
    return walk
      .settle(failed, where)
      .map(s => (s.carries && !s.ended && !where.ignoring && !s.errexit ? { ...s, survived: s.relaxed ?? 'no -e' } : s))
  }

  if (fn) {
    if (where.depth >= most.depth) return [doubted(state, `\`${name}\` calls itself`, at)]
    const body = fn.node.body
    const hides = walk.run.failing.has(node)
      ? {
          because: `a function of the script stands for \`${name}\``,
          at: spotOf({ ...where, script: fn.script }, fn.node),
        }
      : undefined
    const inside: Where = { ...where, script: fn.script, depth: where.depth + 1, inFunction: true }
    const after =
      body.type === 'CompoundList' ? walk.list(body.commands, [state], inside) : walk.node(body, state, inside)
    return after.flatMap(s =>
      walk.settle(
        { ...s, hidden: hides ?? s.hidden, ended: s.ended === 'return' ? undefined : s.ended, pipe: [s] },
        where,
      ),
    )
  }

  const followed = walk.run.follow(node)
  if (followed) return elsewhere(walk, followed, state, where)

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
      return [options(texts.slice(1), state, where, at)]
    case 'shopt':
      return ends(0, {
        ...(texts.includes('inherit_errexit') ? { inherit: texts.includes('-s') } : {}),
        ...(texts.includes('expand_aliases') ? { expands: texts.includes('-s') } : {}),
      })
    case 'alias': {
      const aliases = node.suffix.map(w => ('text' in w ? /^['"]?([\w.-]+)=/.exec(w.text)?.[1] : undefined))
      return ends(0, { aliases: new Set([...state.aliases, ...aliases.filter(n => n !== undefined)]) })
    }
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
        ? walk.settle({ ...state, status: job.status, carries: job.carries }, where)
        : [doubted(state, '`wait` for one of several commands is not followed', at)]
    }
    case 'exec':
      return words.length === 1 ? ends(0) : [{ ...state, status: 0, carries: false, ended: 'exit' }]
    case 'test':
    case '[':
      return walk.tested(
        bracketOf(words.slice(1), name === '[', state, path => walk.run.exists?.(path, where.script)),
        state,
        node,
        where,
      )
    case 'let': {
      return [...ends(0, { depends: at }), ...(where.ignoring ? ends(1, { depends: at }) : [])]
    }
    case undefined:
      break
    default:
      if (testers.has(name) || asks(name, texts))
        return [...ends(0, { depends: at }), ...asked(walk, state, node, where)]
  }
  if (name === 'unset' && texts.some(t => t !== undefined && state.functions.has(t)) && !texts.includes('-v'))
    return ends(0, { functions: new Map([...state.functions].filter(([fn]) => !texts.includes(fn))) })
  if (name === 'unalias')
    return ends(0, {
      aliases: texts.includes('-a') ? new Set() : new Set([...state.aliases].filter(a => !texts.includes(a))),
    })
  const unset = name === 'unset' ? dropTexts(state.variables, texts.slice(1)) : state.variables
  const read = name === 'read' || name === 'mapfile' || name === 'readarray' ? texts.slice(1) : []
  return ends(0, { variables: dropTexts(unset, read) })
}

/** A question such as `grep -q` answered no. Outside a condition `set -e` would end the step there. */
const asked = (walk: Walk, state: State, node: Command, where: Where): readonly State[] => {
  return walk.settle(
    { ...state, status: 1, carries: false, depends: spotOf(where, node), pipe: [{ status: 1, carries: false }] },
    where,
  )
}

const elsewhere = (walk: Walk, followed: Followed, state: State, where: Where): readonly State[] => {
  if (followed.runs === 'here') {
    let states: readonly State[] = [state]
    for (const { script } of followed.parts)
      states = walk.each(states, s =>
        walk.list(script.tree.commands, [s], { ...where, script, depth: where.depth + 1 }),
      )
    return states.flatMap(s =>
      s.ended === 'return' ? walk.settle({ ...s, ended: undefined }, where) : walk.settle(s, where),
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
      return walk
        .list(script.tree.commands, [fresh], inside)
        .flatMap(after => walk.atExit(after, inside))
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
                lost: after.carries ? (after.lost ?? ignored) : after.lost,
              }
            : after,
        )
    })
  return states.flatMap(child => walk.checked(state, child, where))
}

const options = (words: readonly (string | undefined)[], state: State, where: Where, at: Spot): State => {
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
