import type { BoundCheck } from './check.ts'
import { noTally, type Tally, withSilence } from './decide.ts'
import { canonical, sha256 } from './digest.ts'
import type { Answer, Fact, FactKind, FactView, Gap, IfNone, Judgement, Related, Severity, Verdict } from './model.ts'
import { isRow, type Place, root } from './place.ts'

/** One thing a check judged, and what it said. */
export interface Subject {
  readonly id: string
  readonly fingerprint: string
  readonly place: Place
  readonly verdict: Verdict
  /** What was seen (conforms, violates), or the reason (unsure, exempt): the text a waiver is bound to. */
  readonly observed: string
  readonly message: string
  readonly related: readonly Related[]
  readonly severity: Severity | undefined
  readonly waiver: string | undefined
  /** In a sample folder: reported with low severity, decides nothing. */
  readonly sample: boolean
}

/** All rows of one verdict in a population: counts and a few rows; the rest can be drawn again from the answer. */
export interface Rows {
  readonly verdict: Verdict
  readonly count: number
  readonly waived: number
  readonly first: Subject
  readonly last: Subject
  readonly shown: readonly Subject[]
}

/** What one use of a check came to. */
export interface Judged {
  readonly bound: BoundCheck
  readonly tally: Tally
  readonly subjects: readonly Subject[]
  readonly rows: readonly Rows[]
  readonly gaps: readonly Gap[]
  readonly crashes: readonly { readonly subject: string; readonly error: unknown }[]
  readonly query: string | undefined
}

export interface JudgeContext {
  readonly asOf: string
  readonly isSample: (uri: string) => boolean
  /** The id of the waiver that accepts exactly this deed, if any. */
  readonly waiverFor: (check: string, fingerprint: string, observed: string, shared: boolean) => string | undefined
}

/** How many rows of a population are kept to be shown, per verdict. */
const shownRows = 10

/** `fingerprint = sha256(["v1", check, fact.id])`: no line, no text, no parameter, no clock. */
export const fingerprintOf = (check: string, id: string): string => sha256(canonical(['v1', check, id]))

export const uriOf = (place: Place): string | undefined =>
  place.in === 'span' ? place.source.uri : place.in === 'file' || place.in === 'row' ? place.uri : undefined

/** Judges every subject of a use, each alone; a judge that throws loses its own subject and no other. */
export const judge = (bound: BoundCheck, answers: readonly Answer[], context: JudgeContext): Judged => {
  const { check } = bound
  const view: FactView<FactKind> = {
    *of<P extends FactKind>(kind: P): Iterable<Fact<P>> {
      for (const answer of answers) if (answer.question.kind === kind) yield* answer.facts as Iterable<Fact<P>>
    },
  }
  const inSample = (place: Place): boolean => {
    const uri = uriOf(place)
    return uri !== undefined && context.isSample(uri)
  }
  const gaps = answers.flatMap(answer => answer.gaps)
  const counted = gaps.filter(gap => !inSample(gap.place))
  const tally = {
    ...noTally,
    crashes: counted.filter(gap => gap.cause === 'bug').length,
    notAsked: counted.filter(gap => gap.cause === 'not-asked').length,
    gaps: counted.filter(gap => gap.cause !== 'bug' && gap.cause !== 'not-asked').length,
  }

  const count = (subject: Subject): void => {
    if (subject.sample) return
    if (subject.verdict !== 'conforms' && subject.verdict !== 'exempt' && subject.waiver !== undefined) tally.waived++
    else tally[subject.verdict]++
  }
  const subjectOf = (id: string, place: Place, judgement: Judgement, shared: boolean): Subject => {
    const fingerprint = fingerprintOf(check.id, id)
    const observed = 'observed' in judgement ? judgement.observed : judgement.reason
    const { verdict } = judgement
    const waivable = verdict === 'violates' || verdict === 'unsure'
    return {
      id,
      fingerprint,
      verdict,
      observed,
      place: 'place' in judgement && judgement.place ? judgement.place : place,
      message: verdict === 'violates' ? judgement.message : observed,
      related: verdict === 'violates' ? (judgement.related ?? []) : [],
      severity: verdict === 'violates' ? judgement.severity : undefined,
      waiver: waivable ? context.waiverFor(check.id, fingerprint, observed, shared) : undefined,
      sample: inSample(place),
    }
  }

  const subjects: Subject[] = []
  const rows = new Map<Verdict, { count: number; waived: number; first: Subject; last: Subject; shown: Subject[] }>()
  const crashes: { subject: string; error: unknown }[] = []
  const single: Fact[] = []
  const times = new Map<string, number>()
  const judged = (fact: Fact, id: string, shared: boolean): Subject | undefined => {
    try {
      return subjectOf(id, fact.place, bound.judge(fact, view, { asOf: context.asOf }), shared)
    } catch (error) {
      crashes.push({ subject: fact.id, error })
      tally.crashes++
      return undefined
    }
  }

  for (const fact of view.of(check.about)) {
    if (!isRow(fact.place)) {
      single.push(fact)
      times.set(fact.id, (times.get(fact.id) ?? 0) + 1)
      continue
    }
    const subject = judged(fact, fact.id, false)
    if (!subject) continue
    count(subject)
    const same = rows.get(subject.verdict)
    const waived = subject.waiver === undefined ? 0 : 1
    if (!same)
      rows.set(subject.verdict, {
        count: 1,
        waived,
        first: subject,
        last: subject,
        shown: waived === 0 ? [subject] : [],
      })
    else {
      same.count++
      same.waived += waived
      same.last = subject
      if (same.shown.length < shownRows && waived === 0) same.shown.push(subject)
    }
  }

  const seen = new Map<string, number>()
  for (const fact of single) {
    const nth = (seen.get(fact.id) ?? 0) + 1
    seen.set(fact.id, nth)
    const subject = judged(fact, nth === 1 ? fact.id : `${fact.id}#${nth}`, (times.get(fact.id) ?? 0) > 1)
    if (!subject) continue
    count(subject)
    subjects.push(subject)
  }

  const silence = silenceOf(check.ifNone, check.about)
  if (silence) {
    const subject = subjectOf(`none:${check.about}`, root, silence, false)
    const spoken = withSilence(tally, check.ifNone, subject.waiver !== undefined)
    if (spoken !== tally) {
      Object.assign(tally, spoken)
      subjects.push(subject)
    }
  }

  const backwards = answers.some(answer => answer.newestFirst)
  const queries = [...new Set(answers.flatMap(answer => answer.query ?? []))]
  return {
    bound,
    tally,
    subjects,
    rows: [...rows].map(([verdict, r]) => ({
      verdict,
      count: r.count,
      waived: r.waived,
      first: backwards ? r.last : r.first,
      last: backwards ? r.first : r.last,
      shown: r.shown,
    })),
    gaps,
    crashes,
    query: queries.length > 0 ? queries.join('; ') : undefined,
  }
}

const silenceOf = (ifNone: IfNone, kind: FactKind): Judgement | undefined => {
  if (ifNone === 'not-applicable') return undefined
  return 'violates' in ifNone
    ? { verdict: 'violates', observed: `no ${kind} seen`, message: ifNone.violates }
    : { verdict: 'unsure', reason: ifNone.unsure }
}
