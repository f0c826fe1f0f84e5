import type { ShellScript } from '../parse/shell.ts'
import { overwritten, type Run, type ShellFlags, type Spot, start, type Where } from './shell-state.ts'
import { Walk } from './shell-walk.ts'

export type { Followed, Run, ShellFlags, Spot } from './shell-state.ts'

/**
 * What becomes of a script when one of its commands fails: the shell is stepped through with every other command
 * succeeding and every condition that is not constant taken both ways. Bash Reference Manual §4.3.1 (`set -e`), §3.2.3
 * (pipelines), §3.7.5 (exit status); POSIX.1-2024, XCU 2.15 `set`. Held against real bash and dash in
 * test/oracles/shell.test.ts.
 */
export type Ending =
  | { readonly is: 'fails' }
  /** Success whatever the command returns; `at` is what discards its status. */
  | { readonly is: 'succeeds'; readonly because: string; readonly at: Spot | undefined }
  /** Some way through the script does not reach the command, and succeeds. */
  | { readonly is: 'skippable'; readonly because: string; readonly at: Spot | undefined }
  /** No way through the script reaches the command. */
  | { readonly is: 'unreached' }
  | { readonly is: 'unknown'; readonly because: string; readonly at: Spot | undefined }

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

/** Whether a script fails on every way through it, all its commands succeeding; undefined where some ways do. */
export const alwaysFails = (script: ShellScript, flags: ShellFlags): boolean | undefined => {
  if (script.errors.length > 0) return undefined
  const walker = new Walk({ script, flags, failing: new Set(), follow: () => undefined }, false)
  const where: Where = { dialect: flags.dialect, script, ignoring: false, depth: 0, inFunction: false }
  const states = walker.list(script.tree.commands, [start(flags)], where).flatMap(s => walker.atExit(s, where))
  if (states.some(s => s.doubt)) return undefined
  return states.every(s => s.status !== 0) ? true : states.every(s => s.status === 0) ? false : undefined
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
  const hidden = states.find(s => s.hidden)?.hidden
  if (reached.length === 0) return hidden ? { is: 'succeeds', ...hidden } : { is: 'unreached' }
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
