/**
 * Regular expressions that a profile supplies, cut down to what runs in linear time on any text: characters, classes,
 * groups, alternatives and repetitions, without references and looks around. A repetition without an end ends after
 * `mostRepeated`, and the ways in which all repetitions together can share a text are bounded.
 */

/** Times a `+` or `*` repeats at most. */
const mostRepeated = 40
/** Ways that go on from one place of a text; each is tried with up to `mostRepeated` lengths more. */
const mostWays = 256

interface Piece {
  readonly source: string
  readonly ways: number
  /** Of a single character: which of `sampled` it can be. Undefined: several characters, or none that were sampled. */
  readonly set?: ReadonlySet<string> | undefined
  readonly least: number
}

const sampled = [...Array.from({ length: 128 }, (_, i) => String.fromCharCode(i)), 'é', '\u{a0}', '漢']

const setOf = (source: string): ReadonlySet<string> | undefined => {
  if (/[^ -~]/.test(source)) return undefined
  const is = new RegExp(`^(?:${source})$`)
  return new Set(sampled.filter(c => is.test(c)))
}

/** Only one length of the first lets the second begin. */
const apart = (a: Piece, b: Piece | undefined): boolean => {
  const [one, other] = [a.set, b?.set]
  return one !== undefined && other !== undefined && (b?.least ?? 0) > 0 && ![...one].some(c => other.has(c))
}

/**
 * @param raw a regular expression without delimiters and flags
 * @returns the bounded expression; undefined where it is none, or uses more than the above
 */
export const boundedPattern = (raw: string): RegExp | undefined => {
  if (raw.length === 0 || raw.length > 200) return undefined
  let at = 0
  const eat = (pattern: RegExp): RegExpExecArray | null => {
    const sticky = new RegExp(pattern, 'y')
    sticky.lastIndex = at
    const match = sticky.exec(raw)
    if (match) at = sticky.lastIndex
    return match
  }
  const alternatives = (depth: number): Piece | undefined => {
    const branches: Piece[] = []
    do {
      const branch = depth > 20 ? undefined : sequence(depth)
      if (!branch) return undefined
      branches.push(branch)
    } while (eat(/\|/))
    return {
      source: branches.map(b => b.source).join('|'),
      ways: branches.reduce((n, b) => n + b.ways, 0),
      least: Math.min(...branches.map(b => b.least)),
    }
  }
  const sequence = (depth: number): Piece | undefined => {
    const pieces: Piece[] = []
    while (at < raw.length && !/[|)]/.test(raw.charAt(at))) {
      const piece = repeated(depth)
      if (!piece) return undefined
      pieces.push(piece)
    }
    const ways = pieces.reduce((n, piece, i) => n * (apart(piece, pieces[i + 1]) ? 1 : piece.ways), 1)
    return { source: pieces.map(p => p.source).join(''), ways, least: pieces.reduce((n, p) => n + p.least, 0) }
  }
  const repeated = (depth: number): Piece | undefined => {
    const one = atom(depth)
    if (!one) return undefined
    const quantifier = eat(/([*+?])(\??)|\{(\d{1,2})(,?)(\d{0,2})\}(\??)/)
    if (!quantifier) return one
    const [, sign, lazy = '', from, comma, to] = quantifier
    const least = sign === undefined ? Number(from) : sign === '+' ? 1 : 0
    const open = sign === '*' || sign === '+' || (comma === ',' && to === '')
    // A group without an end in a text that has one is where expressions run away.
    if (open && one.set === undefined && one.ways > 1) return undefined
    const most = open ? Math.max(least, mostRepeated) : sign === '?' ? 1 : comma === ',' ? Number(to) : least
    if (most < least) return undefined
    let ways = 0
    for (let n = least; n <= most; n++) ways += one.ways ** n
    return {
      source: `${one.source}{${least},${most}}${lazy || (quantifier[6] ?? '')}`,
      ways,
      set: one.set,
      least: one.least * least,
    }
  }
  const atom = (depth: number): Piece | undefined => {
    if (eat(/\((?:\?:)?/)) {
      const inner = alternatives(depth + 1)
      return inner && eat(/\)/) ? { source: `(?:${inner.source})`, ways: inner.ways, least: inner.least } : undefined
    }
    const edge = eat(/[\^$]|\\[bB]/)?.[0]
    if (edge !== undefined) return /[*+?{]/.test(raw.charAt(at)) ? undefined : { source: edge, ways: 1, least: 0 }
    const single = eat(/\[\^?(?:[^\]\\[]|\\[dDwWsStnr]|\\[^\w\s])+\]|\\[dDwWsStnr]|\\[^\w\s]|[^*+?{}()[\]|\\^$]/)?.[0]
    return single === undefined ? undefined : { source: single, ways: 1, set: setOf(single), least: 1 }
  }
  try {
    const whole = alternatives(0)
    return whole && at === raw.length && whole.ways <= mostWays ? new RegExp(whole.source) : undefined
  } catch {
    // `[z-a]` and its kin.
    return undefined
  }
}
