import type { Answer, Confidence, Fact, FactKind, FactView, IfNone, Judgement, Question } from './model.ts'
import { boundedPattern } from './parse/pattern.ts'
import { isDate } from './policy/dates.ts'

/** A parameter of a check: how its text in a control is read, and what it is when the control does not say. */
export interface Param<T> {
  readonly says: string
  readonly default: T
  /** The value, or what was expected instead. */
  readonly read: (raw: string) => { readonly value: T } | { readonly expected: string }
}
export type Params = Readonly<Record<string, Param<unknown>>>
export type Values<S extends Params> = { readonly [P in keyof S]: S[P] extends Param<infer T> ? T : never }

/** Any text. */
export const text = (says: string, fallback: string): Param<string> => ({
  says,
  default: fallback,
  read: raw => ({ value: raw }),
})

/** A day as `YYYY-MM-DD`, or empty for none: what is compared with it as text must be one. */
export const day = (says: string): Param<string> => ({
  says,
  default: '',
  read: raw => (raw === '' || isDate(raw) ? { value: raw } : { expected: 'a day (YYYY-MM-DD), or empty' }),
})

/** Messages of commits that name nothing. */
const saysNothing = ['', 'hotfix', 'Fix a typo']

/** A regular expression for names of things, which runs in linear time whatever the text, and is not found in every text. */
export const pattern = (says: string, fallback: string): Param<string> => ({
  says,
  default: fallback,
  read: raw => {
    const bounded = boundedPattern(raw)
    if (bounded === undefined)
      return {
        expected:
          'a regular expression of 1 to 200 characters: characters, classes, groups and alternatives, few repetitions, none of a group that varies, no references and no look-around',
      }
    return saysNothing.some(text => bounded.test(text))
      ? { expected: 'a regular expression that is not found in a text that names nothing' }
      : { value: raw }
  },
})

/** One of a closed set of words. */
export const oneOf = <const W extends string>(says: string, words: readonly W[], fallback: NoInfer<W>): Param<W> => ({
  says,
  default: fallback,
  read: raw => {
    const word = words.find(w => w === raw)
    return word === undefined ? { expected: `one of ${words.join(', ')}` } : { value: word }
  },
})

/** A whole number from `least` to `most`. */
export const whole = (
  says: string,
  range: { readonly least: number; readonly most: number },
  fallback: number,
): Param<number> => ({
  says,
  default: fallback,
  read: raw => {
    const n = /^-?\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
    return n >= range.least && n <= range.most
      ? { value: n }
      : { expected: `a whole number from ${range.least} to ${range.most}` }
  },
})

/** `true` or `false`. */
export const flag = (says: string, fallback: boolean): Param<boolean> => ({
  says,
  default: fallback,
  read: raw => (raw === 'true' || raw === 'false' ? { value: raw === 'true' } : { expected: 'true or false' }),
})

/** A list of words, in YAML a sequence (or one text with commas). */
export const words = (says: string, fallback: readonly string[]): Param<readonly string[]> => ({
  says,
  default: fallback,
  read: raw => ({
    value: raw
      .split(/[\n,]/)
      .map(w => w.trim())
      .filter(w => w !== ''),
  }),
})

/** `12 of 412 commits carry no signature`: noun and the two predicates. */
export interface RowWords {
  readonly noun: string
  readonly violates: string
  readonly unsure: string
}

/**
 * A check: one question that can be answered yes. It states what should be true, says which facts it is about, and
 * judges each of them alone. Pure and synchronous; it reads nothing but the facts it asked for.
 */
export interface CheckSpec<K extends FactKind, R extends FactKind, S extends Params> {
  /** The file's name, and a claim that can be true: `compose-ports-stay-on-loopback`. */
  readonly id: string
  readonly about: K
  readonly reads?: readonly R[]
  readonly asks: (params: Values<S>) => readonly Question<K | R>[]
  readonly ifNone: IfNone
  /** What should be true, one sentence. */
  readonly title: string
  /** What follows when it is not, for the engineer and for the auditor. */
  readonly why: string
  /** What to do. */
  readonly fix: string
  /** The smallest sample that violates and the same made right, as shown by `explain`. */
  readonly samples?: { readonly bad: string; readonly good: string }
  /** Where the rule comes from: a standard, a manual, a benchmark. */
  readonly source?: string
  /** What this check cannot see by its nature. */
  readonly blind?: string
  readonly params?: S
  readonly confidence: Confidence
  /** For populations: completes "12 of 412 <noun> …" in the one finding that stands for all rows of a verdict. */
  readonly rows?: RowWords
  readonly judge: (
    subject: Fact<K>,
    params: Values<S>,
    facts: FactView<K | R>,
    given: { readonly asOf: string },
  ) => Judgement
}

export interface BoundCheck {
  readonly check: Check
  readonly with: Readonly<Record<string, string>>
  readonly questions: readonly Question[]
  /** @throws what the check's judge throws, or a TypeError when the subject is not of the check's kind. */
  judge(subject: Fact, facts: FactView<FactKind>, given: { readonly asOf: string }): Judgement
}

export interface Check {
  readonly id: string
  readonly about: FactKind
  readonly kinds: readonly FactKind[]
  readonly ifNone: IfNone
  readonly title: string
  readonly why: string
  readonly fix: string
  readonly samples?: { readonly bad: string; readonly good: string }
  readonly source?: string
  readonly blind?: string
  readonly confidence: Confidence
  readonly params: Params
  readonly rows?: RowWords
  bind(
    raw: Readonly<Record<string, string>>,
  ):
    | { readonly ok: true; readonly use: BoundCheck }
    | { readonly ok: false; readonly key: string; readonly expected: string }
}

/** Seals the kinds and parameters of a check, so that the engine can hold many checks of different kinds. */
export const defineCheck = <K extends FactKind, R extends FactKind = never, S extends Params = Record<never, never>>(
  spec: CheckSpec<K, R, S>,
): Check => {
  const { about, reads = [], asks, judge, params, ...said } = spec
  const declared: Params = params ?? {}
  const check: Check = {
    ...said,
    about,
    kinds: [about, ...reads],
    params: declared,
    bind: raw => {
      const stray = Object.keys(raw).find(key => !Object.hasOwn(declared, key))
      if (stray !== undefined) {
        const known = Object.keys(declared)
        return { ok: false, key: stray, expected: known.length > 0 ? `one of ${known.join(', ')}` : 'no parameters' }
      }
      const values: Record<string, unknown> = {}
      for (const [key, param] of Object.entries(declared)) {
        const given = raw[key]
        const read = given === undefined ? { value: param.default } : param.read(given)
        if ('expected' in read) return { ok: false, key, expected: read.expected }
        values[key] = read.value
      }
      const bound = values as Values<S>
      return {
        ok: true,
        use: {
          check,
          with: raw,
          questions: asks(bound),
          judge: (subject, facts, given) => {
            if (subject.kind !== about) throw new TypeError(`${spec.id} judges ${about}, not ${subject.kind}`)
            return judge(subject as Fact<K>, bound, facts as FactView<K | R>, given)
          },
        },
      }
    },
  }
  return check
}

export type { Answer, Fact, FactView, Judgement, Question }
