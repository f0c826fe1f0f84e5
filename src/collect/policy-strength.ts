/** Reads how much a sentence of a policy promises, and whether another one promises less. */

/** Words that stand for numbers. */
const numberWords: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  forty: 40,
  sixty: 60,
  ninety: 90,
}
const numberWord = Object.keys(numberWords).join('|')

const firm = /\b(?:must|shall|will|(?:is|are|be) required|required to|mandatory|never|prohibited|forbidden)\b/gi
const loose =
  /\b(?:should|may|can|could|might|(?:is|are) (?:recommended|encouraged|expected|optional|allowed|permitted)|recommended|optional(?:ly)?|(?:aims?|strives?|intends?|plans?|tr(?:y|ies)) to)\b/gi
const negated = /\b(?:not|never|no|nor|without|prohibited|forbidden|cannot)\b/gi
const frequencies: readonly (readonly [RegExp, number, string])[] = [
  [/\b(?:continuous(?:ly)?|real[- ]time|immediate(?:ly)?)\b/i, 0, 'continuously'],
  [/\b(?:hourly|every hour|each hour)\b/i, 1, 'hourly'],
  [/\b(?:daily|every day|each day|nightly)\b/i, 24, 'daily'],
  [/\b(?:weekly|every week|each week)\b/i, 168, 'weekly'],
  [/\b(?:bi-?weekly|fortnightly|every two weeks)\b/i, 336, 'every two weeks'],
  [/\b(?:monthly|every month|each month)\b/i, 730, 'monthly'],
  [/\b(?:quarterly|every quarter|each quarter)\b/i, 2190, 'quarterly'],
  [/\b(?:semi-?annual(?:ly)?|bi-?annual(?:ly)?|half-?yearly|twice a year)\b/i, 4380, 'twice a year'],
  [/\b(?:annual(?:ly)?|yearly|every year|each year|once a year)\b/i, 8760, 'yearly'],
  [/\b(?:biennial(?:ly)?|every two years)\b/i, 17_520, 'every two years'],
]
const hedges =
  /\b(?:where|when|if|as|wherever|whenever)(?: (?:reasonably|practically))? (?:possible|feasible|practical|practicable|applicable|appropriate|convenient)\b|\bas (?:needed|necessary)\b|\bbest[- ]effort\b|\bwhen time permits\b|\bat (?:its|their|our) discretion\b|\bunless (?:otherwise|impractical|not feasible)\b|\b(?:generally|typically|normally|usually)\b/gi
const all = /\b(?:all|every|each|any|100 ?%)\b/i
/** `any approval` binds nobody; `all data is encrypted` does. */
const whole = /\b(?:all|every|each|100 ?%)\b/i
const some = /\b(?:some|most|many|selected|certain|critical|key|important|high[- ]risk|sensitive)\b/i

const found = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map(([word]) => word.toLowerCase())

/** Things that are counted, with the number of the smallest unit in each. */
const units: readonly (readonly [string, string, number])[] = [
  ['second', 'time', 1],
  ['minute', 'time', 60],
  ['hour', 'time', 3600],
  ['day', 'time', 86_400],
  ['week', 'time', 604_800],
  ['month', 'time', 2_629_800],
  ['year', 'time', 31_557_600],
  ['character', 'characters', 1],
  ['bit', 'bits', 1],
  ['approval', 'approvals', 1],
  ['approver', 'approvals', 1],
  ['reviewer', 'approvals', 1],
  ['attempt', 'attempts', 1],
  ['cop(?:y|ie)', 'copies', 1],
  ['%|percent', 'percent', 1],
]
const quantityPattern = new RegExp(
  `\\b(\\d{1,9}(?:\\.\\d{1,4})?|${numberWord})(?:\\s*\\(\\d{1,9}\\))?[\\s-]{0,2}(?:(?:calendar|business|working|consecutive|failed|unsuccessful)\\s)?(${units.map(([name]) => name).join('|')})s?(?![\\w])`,
  'gi',
)
const versionPattern = /\b(TLS|SSL)[ v]{0,2}(\d(?:\.\d)?)|\b(AES|RSA|SHA)[- ]?(\d{3,4})\b/gi

interface Quantity {
  readonly of: string
  readonly value: number
  readonly text: string
  /** `floor`: less promises less. `ceiling`: more promises less. */
  readonly is: 'floor' | 'ceiling' | 'unclear'
}

const ceilingBefore =
  /\b(?:within|no later than|not later than|at most|every|each|after|not exceed\w*|exceeding|maximum(?: of)?|up to|no more than|no longer than|less than|under|or)\W{1,3}(?:the (?:first|next) |a period of )?$/i
const floorBefore = /\b(?:at least|minimum(?: of)?|no less than|not less than|no fewer than|more than)\W{1,3}$/i
const kept = /\b(?:retain\w*|retention|kept|keep|keeps|store[ds]?|preserved?|archived?|maintain(?:ed)?|available)\b/i
const ends = /\b(?:delet\w+|dispos\w+|destroy\w*|purged?|expire\w*|erased?)\b/i

const boundOf = (of: string, before: string, whole: string): Quantity['is'] => {
  if (ceilingBefore.test(before)) return 'ceiling'
  if (floorBefore.test(before)) return 'floor'
  if (of === 'attempts') return 'ceiling'
  if (of !== 'time') return 'floor'
  if (kept.test(whole) && !ends.test(whole)) return 'floor'
  return /\bfor\W{1,3}$/i.test(before) && !ends.test(whole) ? 'floor' : 'unclear'
}

const countOf = (word: string): number => numberWords[word.toLowerCase()] ?? Number(word)

const quantitiesIn = (text: string): readonly Quantity[] => {
  const seen: (Quantity & { readonly at: number })[] = []
  for (const match of text.matchAll(quantityPattern)) {
    const unit = units.find(([name]) => new RegExp(`^(?:${name})$`, 'i').test(match[2] ?? ''))
    if (!unit) continue
    const before = text.slice(Math.max(0, match.index - 40), match.index)
    seen.push({
      at: match.index,
      of: unit[1],
      value: countOf(match[1] ?? '') * unit[2],
      text: match[0],
      is: boundOf(unit[1], before, text),
    })
  }
  for (const match of text.matchAll(versionPattern)) {
    const name = (match[1] ?? match[3] ?? '').toUpperCase()
    const value = name === 'SSL' ? 0 : Number(match[2] ?? match[4])
    seen.push({ at: match.index, of: name === 'SSL' ? 'TLS' : name, value, text: match[0], is: 'floor' })
  }
  return seen.sort((a, b) => a.at - b.at)
}

const frequencyIn = (text: string) => frequencies.find(([pattern]) => pattern.test(text))

export type Weakening =
  | 'a modal verb'
  | 'a condition'
  | 'a prohibition'
  | 'its scope'
  | 'a number'
  | 'a version'
  | 'how often'
export interface Weaker {
  readonly is: 'weaker' | 'unclear'
  readonly by: Weakening
  /** `"seven years" became "five years"`: the words that changed, short. */
  readonly said: string
}

const quoted = (from: string, to: string): string => `"${from}" became "${to}"`

/** What makes the second sentence promise less than the first, which it stands for; undefined where nothing does. */
export const weakerThan = (before: string, after: string): Weaker | undefined => {
  const weaker = (by: Weakening, said: string, is: Weaker['is'] = 'weaker'): Weaker => ({ is, by, said })
  const [was, now] = [quantitiesIn(before), quantitiesIn(after)]
  const changed: Weaker[] = []
  for (const of of new Set(was.map(q => q.of))) {
    const [a, b] = [was.filter(q => q.of === of), now.filter(q => q.of === of)]
    // Several of one kind, and not as many as before: which stands for which cannot be told.
    if (a.length !== b.length) continue
    for (const [i, old] of a.entries()) {
      const next = b[i]
      if (!next || next.value === old.value) continue
      const bound = old.is === 'unclear' ? next.is : old.is
      const less = bound === 'floor' ? next.value < old.value : next.value > old.value
      const by = ['TLS', 'AES', 'RSA', 'SHA'].includes(of) ? 'a version' : 'a number'
      if (bound === 'unclear') changed.push(weaker(by, quoted(old.text, next.text), 'unclear'))
      else if (less) changed.push(weaker(by, quoted(old.text, next.text)))
    }
  }
  const certain = changed.find(c => c.is === 'weaker')
  if (certain) return certain
  const [firmWas, firmNow] = [found(before, firm), found(after, firm)]
  const [looseWas, looseNow] = [found(before, loose), found(after, loose)]
  if (firmNow.length < firmWas.length && looseNow.length > looseWas.length)
    return weaker(
      'a modal verb',
      quoted(firmWas[0] ?? '', looseNow.find(w => !looseWas.includes(w)) ?? looseNow[0] ?? ''),
    )
  const hedge = found(after, hedges).find(h => !found(before, hedges).includes(h))
  if (hedge !== undefined) return weaker('a condition', `"${hedge}" was added`)
  if (all.test(before) && !all.test(after) && some.test(after) && !some.test(before))
    return weaker('its scope', quoted(all.exec(before)?.[0] ?? '', some.exec(after)?.[0] ?? ''))
  const [negativeWas, negativeNow] = [found(before, negated), found(after, negated)]
  if (firmWas.length > 0 && negativeWas.length > 0 && negativeNow.length === 0)
    return weaker('a prohibition', `"${negativeWas[0]}" was taken out`)
  const [oftenWas, oftenNow] = [frequencyIn(before), frequencyIn(after)]
  if (oftenWas && oftenNow && oftenNow[1] > oftenWas[1]) return weaker('how often', quoted(oftenWas[2], oftenNow[2]))
  return changed[0]
}

/** Whether taking a sentence out takes a promise out: it binds somebody, says how much or how often, or speaks of all. */
export const promises = (text: string): boolean => {
  if (found(text, firm).length > 0) return true
  return (
    (whole.test(text) || quantitiesIn(text).length > 0 || frequencyIn(text) !== undefined) &&
    /\b(?:is|are|be)\b/i.test(text)
  )
}

/** What settles whether a change is one of substance: numbers, modal verbs and the like, and names, in lower case. */
export const weightyWords = (text: string): readonly string[] => {
  const words: string[] = []
  for (const match of text.matchAll(/\d+(?:[.,:/-]\d+)*|[\p{L}][\p{L}\p{N}'’-]*/gu)) {
    const word = match[0]
    const lower = word.toLowerCase()
    if (/^\d/.test(word)) words.push(word)
    else if (Object.hasOwn(numberWords, lower)) words.push(String(numberWords[lower]))
    else if (
      /^(?:must|shall|should|will|may|can|could|might|cannot|not|never|no|always|required|optional|recommended|prohibited|all|every|each|any|some|most)$/.test(
        lower,
      )
    )
      words.push(lower)
    else if (frequencies.some(([pattern]) => pattern.test(lower))) words.push(lower)
    // The first word of a sentence begins with a capital whatever it is.
    else if (/^\p{Lu}/u.test(word) && match.index > 0 && !/[.!?:|]\W*$/.test(text.slice(0, match.index)))
      words.push(`${lower}\u{1}`)
  }
  return words
}
