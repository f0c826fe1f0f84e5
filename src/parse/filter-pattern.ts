/**
 * Filter patterns of GitHub workflows (branches, tags, paths): `*` and `**`, `?` and `+` after a character, `[…]`, `!`.
 * Docs: "Workflow syntax for GitHub Actions", filter pattern cheat sheet.
 */
type Step =
  | { readonly is: 'one'; readonly matches: (character: string) => boolean; readonly times: '1' | '?' | '+' }
  | { readonly is: 'any'; readonly slash: boolean }

const longest = 1024

const stepsOf = (pattern: string): readonly Step[] => {
  const steps: Step[] = []
  let at = 0
  while (at < pattern.length) {
    const character = pattern[at] ?? ''
    if (character === '*') {
      let stars = 1
      while (pattern[at + stars] === '*') stars++
      at += stars
      // `**/x` also matches `x`.
      if (stars > 1 && pattern[at] === '/' && (at === stars || pattern[at - stars - 1] === '/')) at++
      steps.push({ is: 'any', slash: stars > 1 })
      continue
    }
    let matches = (c: string): boolean => c === character
    let next = at + 1
    if (character === '\\' && next < pattern.length) {
      const escaped = pattern[next]
      matches = c => c === escaped
      next++
    } else if (character === '[') {
      const close = pattern.indexOf(']', next + 1)
      if (close !== -1) {
        const set = pattern.slice(next, close)
        matches = c => inSet(set, c)
        next = close + 1
      }
    }
    const times = pattern[next] === '?' ? '?' : pattern[next] === '+' ? '+' : '1'
    steps.push({ is: 'one', matches, times })
    at = times === '1' ? next : next + 1
  }
  return steps
}

const inSet = (set: string, character: string): boolean => {
  for (let i = 0; i < set.length; i++) {
    if (set[i + 1] === '-' && i + 2 < set.length) {
      if (character >= (set[i] ?? '') && character <= (set[i + 2] ?? '')) return true
      i += 2
    } else if (set[i] === character) return true
  }
  return false
}

/** Whether one pattern (without `!`) covers a name. Work is the product of the two lengths, both bounded. */
export const coversName = (pattern: string, name: string): boolean => {
  if (pattern.length > longest || name.length > longest) return false
  const steps = stepsOf(pattern)
  let states = new Set<number>([0])
  const reach = (from: Set<number>): Set<number> => {
    for (const state of from) {
      const step = steps[state]
      if (step && (step.is === 'any' || step.times === '?')) from.add(state + 1)
    }
    return from
  }
  reach(states)
  for (const character of name) {
    const next = new Set<number>()
    for (const state of states) {
      const step = steps[state]
      if (!step) continue
      if (step.is === 'any') {
        if (step.slash || character !== '/') next.add(state)
      } else if (step.matches(character)) {
        next.add(state + 1)
        if (step.times === '+') next.add(state)
      }
    }
    states = reach(next)
    if (states.size === 0) return false
  }
  return states.has(steps.length)
}

/** A list as GitHub reads it: in order, a later `!pattern` takes away what an earlier one gave. */
export const coveredBy = (patterns: readonly string[], name: string): boolean =>
  patterns.reduce(
    (covered, pattern) =>
      pattern.startsWith('!') ? covered && !coversName(pattern.slice(1), name) : covered || coversName(pattern, name),
    false,
  )
