import type { FactKind, Facts, Questions } from './facts/index.ts'
import type { Place, Source } from './place.ts'

export type { FactKind }

type FactOf = {
  readonly [P in FactKind]: { readonly kind: P; readonly id: string; readonly place: Place; readonly data: Facts[P] }
}
/**
 * Something seen, with its place. `id` is unique in a run and says which thing it is, scope first
 * (`compose.port:deploy/grafana/3000/tcp`): no line, no text, no parameter, no clock.
 */
export type Fact<K extends FactKind = FactKind> = FactOf[K]

type QuestionOf = { readonly [P in FactKind]: { readonly kind: P } & Questions[P] }
/** What a collector must be told to collect a kind: a branch, a gate, globs; nothing for most kinds. */
export type Question<K extends FactKind = FactKind> = QuestionOf[K]

export interface Answer<K extends FactKind = FactKind> {
  readonly question: Question<K>
  readonly facts: Iterable<Fact<K>>
  readonly gaps: readonly Gap[]
  /** How the population was drawn, in words an auditor can repeat. */
  readonly query?: string
  /** Rows arrive newest first: reports name the last one yielded as the first in time. */
  readonly newestFirst?: true
}

export type GapCause = 'unreadable' | 'unparsed' | 'unresolved' | 'too-large' | 'not-asked' | 'denied' | 'bug'

/** What could not be seen, and which kinds of fact might therefore be missing. Never a silent skip. */
export interface Gap {
  readonly kinds: readonly FactKind[]
  readonly place: Place
  readonly reason: string
  readonly cause: GapCause
}

/** A stretch of a deposited text that must never be shown: UTF-16 offsets, end exclusive. */
export interface SecretSpan {
  readonly start: number
  readonly end: number
  /** What it is, for the reader: `password`, `private key`, `API key`. */
  readonly kind: string
}

/** A file a collector read, its text as decoded once, and the secrets the collector knows to be in it. */
export interface Deposit {
  readonly source: Source
  readonly text: string
  readonly secrets: readonly SecretSpan[]
}

export interface Collected {
  readonly answers: readonly Answer[]
  readonly deposits?: readonly Deposit[]
}

export interface Collector {
  readonly answers: readonly FactKind[]
  collect(questions: readonly Question[]): Promise<Collected>
}

/** The facts a check may see: the answers to its own questions and nothing else. */
export interface FactView<K extends FactKind> {
  of<P extends K>(kind: P): Iterable<Fact<P>>
}

export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]
export type Confidence = 'high' | 'medium' | 'low'

/** A second place that belongs to a finding, and what it adds: who loads the file, what was overridden. */
export interface Related {
  readonly place: Place
  readonly message: string
}

export type Judgement =
  | { readonly verdict: 'conforms'; readonly observed: string }
  | {
      readonly verdict: 'violates'
      readonly observed: string
      readonly message: string
      readonly place?: Place
      readonly related?: readonly Related[]
      /** May only lower the severity of the control's use. */
      readonly severity?: Severity
    }
  | { readonly verdict: 'unsure'; readonly reason: string; readonly place?: Place }
  | { readonly verdict: 'exempt'; readonly reason: string }

export type Verdict = Judgement['verdict']

/** What silence means: no subject and no gap. Decided by the check, never inherited. */
export type IfNone = 'not-applicable' | { readonly violates: string } | { readonly unsure: string }

export type Outcome = 'violated' | 'crashed' | 'undecided' | 'not-asked' | 'waived' | 'held' | 'empty'
export type Status = 'fail' | 'inconclusive' | 'manual' | 'not-run' | 'waived' | 'pass' | 'not-applicable'
export type Standing = 'contradicted' | 'open' | 'supported' | 'does-not-apply' | 'not-covered'
export type Role = 'required' | 'supporting'
