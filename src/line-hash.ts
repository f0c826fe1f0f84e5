/**
 * GitHub code scanning knows an alert again by `primaryLocationLineHash`: a polynomial hash over the first 100
 * characters, blanks and tabs left out, from the start of the line, and which time in the file that hash occurs.
 * codeql-action warns where a given hash differs from the one it computes, so this is exact or nothing
 * (github/codeql-action, src/fingerprints.ts).
 */
export interface LineHash {
  /** `<hex>:<n>`: the hash, and that it is the n-th line of the file with it. */
  readonly hash: string
  /** What the hash covers, as offsets into the text, end exclusive: it tells something about all of this. */
  readonly start: number
  readonly end: number
}

const window = 100
const factor = 37
/** `factor ** window` modulo 2^64, in halves: what a character weighs when it leaves the window. */
const leaving = (() => {
  const weight = BigInt.asUintN(64, BigInt(factor) ** BigInt(window))
  return { high: Number(weight >> 32n), low: Number(weight & 0xffffffffn) }
})()
const two32 = 2 ** 32
const endOfFile = 65535

const [tab, lf, cr, space] = [9, 10, 13, 32]

/** 16 hex digits at most, without leading zeros, as the original prints them. */
const hex = (high: number, low: number): string =>
  high === 0 ? (low >>> 0).toString(16) : (high >>> 0).toString(16) + (low >>> 0).toString(16).padStart(8, '0')

/**
 * The hashes of the lines asked for (1-based; CR, LF and CRLF end a line). One pass, linear in the text.
 * The original hashes the file as decoded from UTF-8 with its byte order mark: give the text with it.
 * A line beyond the end has no hash.
 */
export const lineHashes = (text: string, lines: Iterable<number>): ReadonlyMap<number, LineHash> => {
  const wanted = new Map<number, { start: number; end: number }>()
  let last = 0
  for (const line of lines) {
    wanted.set(line, { start: -1, end: -1 })
    if (line > last) last = line
  }

  // The window is a ring; `startsAt` holds the line that starts at a slot of it (0: none).
  const ring = new Uint16Array(window)
  const startsAt = new Uint32Array(window)
  // The hash of every line, line 1 first: equal ones before a line count, whoever asks.
  const highs: number[] = []
  const lows: number[] = []
  // 64 bits as two signed halves: 32-bit multiplication, and carries that are small. BigInt would be far slower.
  let high = 0
  let low = 0
  let slot = 0
  let line = 0
  let atStart = true

  const settle = (end: number): void => {
    const covers = wanted.get(startsAt[slot] ?? 0)
    if (covers) covers.end = end
    startsAt[slot] = 0
    highs.push(high)
    lows.push(low)
  }
  const push = (unit: number): void => {
    const left = ring[slot] ?? 0
    ring[slot] = unit
    const grown = Math.imul(low, factor)
    const lost = Math.imul(leaving.low, left)
    const sum = (grown >>> 0) + unit - (lost >>> 0)
    const carry =
      ((((low >>> 0) * factor) / two32) | 0) -
      (((leaving.low * left) / two32) | 0) +
      (sum < 0 ? -1 : sum >= two32 ? 1 : 0)
    low = (grown + unit - lost) | 0
    high = (Math.imul(high, factor) - Math.imul(leaving.high, left) + carry) | 0
    slot = slot === window - 1 ? 0 : slot + 1
  }
  const take = (unit: number, offset: number): void => {
    if (startsAt[slot] !== 0) settle(offset)
    if (atStart) {
      atStart = false
      startsAt[slot] = ++line
      const covers = wanted.get(line)
      if (covers) covers.start = offset
    }
    if (unit === lf) atStart = true
    push(unit)
  }

  let afterCr = false
  for (let i = 0; i < text.length && lows.length < last; i++) {
    const unit = text.charCodeAt(i)
    if (unit === space || unit === tab || (afterCr && unit === lf)) {
      afterCr = false
      continue
    }
    afterCr = unit === cr
    take(afterCr ? lf : unit, i)
  }
  if (lows.length < last) {
    take(endOfFile, text.length)
    for (let i = 0; i < window; i++) {
      if (startsAt[slot] !== 0) settle(text.length)
      push(0)
    }
  }
  return counted(wanted, highs, lows)
}

/** Adds to each wanted line which time its hash occurs. */
const counted = (
  wanted: ReadonlyMap<number, { readonly start: number; readonly end: number }>,
  highs: readonly number[],
  lows: readonly number[],
): ReadonlyMap<number, LineHash> => {
  const times = new Map<number, Map<number, number>>()
  for (const line of wanted.keys()) {
    const low = lows[line - 1]
    if (low !== undefined) times.set(low, new Map())
  }
  const found = new Map<number, LineHash>()
  for (let i = 0; i < lows.length; i++) {
    const [high = 0, low = 0] = [highs[i], lows[i]]
    const same = times.get(low)
    if (!same) continue
    const nth = (same.get(high) ?? 0) + 1
    same.set(high, nth)
    const covers = wanted.get(i + 1)
    if (covers) found.set(i + 1, { hash: `${hex(high, low)}:${nth}`, ...covers })
  }
  return found
}
