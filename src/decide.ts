import type { IfNone, Outcome, Role, Standing, Status } from './model.ts'

/**
 * The algebra of status: counts in, outcome, status and standing out. Pure, total, and nothing else decides.
 * Its laws are tested over every combination in test/decide.test.ts.
 */

/** What was counted for one use of a check. `waived` are violating or unsure subjects that a valid waiver covers. */
export interface Tally {
  readonly violates: number
  readonly unsure: number
  readonly waived: number
  readonly conforms: number
  readonly exempt: number
  /** Judges that threw, and gaps of cause `bug`. */
  readonly crashes: number
  /** Gaps of every other cause but `not-asked`. */
  readonly gaps: number
  readonly notAsked: number
}

export const noTally: Tally = {
  violates: 0,
  unsure: 0,
  waived: 0,
  conforms: 0,
  exempt: 0,
  crashes: 0,
  gaps: 0,
  notAsked: 0,
}

/** Silence is decided by `ifNone` only where nothing was seen and nothing was hidden. */
export const isSilent = (t: Tally): boolean =>
  t.violates + t.unsure + t.waived + t.conforms + t.crashes + t.gaps + t.notAsked === 0

/** The outcome of a use whose silence has already become a subject (or stays `empty`). */
export const outcomeOf = (t: Tally): Outcome => {
  if (t.violates > 0) return 'violated'
  if (t.crashes > 0) return 'crashed'
  if (t.unsure > 0 || t.gaps > 0) return 'undecided'
  if (t.notAsked > 0) return 'not-asked'
  if (t.waived > 0) return 'waived'
  if (t.conforms > 0) return 'held'
  return 'empty'
}

/** The tally after silence has spoken: one subject at the root, or nothing. */
export const withSilence = (t: Tally, ifNone: IfNone, waived: boolean): Tally => {
  if (!isSilent(t) || ifNone === 'not-applicable') return t
  if (waived) return { ...t, waived: 1 }
  return 'violates' in ifNone ? { ...t, violates: 1 } : { ...t, unsure: 1 }
}

/** Kleene's third value is `undefined`: something that would tell could not be seen. */
export type Truth = boolean | undefined

export type Condition =
  | { readonly is: 'found'; readonly kind: string }
  | { readonly is: 'not'; readonly of: Condition }
  | { readonly is: 'and' | 'or'; readonly of: readonly [Condition, Condition] }
  | { readonly is: 'constant'; readonly value: boolean }

export const truthOf = (condition: Condition, found: (kind: string) => Truth): Truth => {
  switch (condition.is) {
    case 'constant':
      return condition.value
    case 'found':
      return found(condition.kind)
    case 'not': {
      const of = truthOf(condition.of, found)
      return of === undefined ? undefined : !of
    }
    case 'and': {
      const [a, b] = [truthOf(condition.of[0], found), truthOf(condition.of[1], found)]
      return a === false || b === false ? false : a === undefined || b === undefined ? undefined : true
    }
    case 'or': {
      const [a, b] = [truthOf(condition.of[0], found), truthOf(condition.of[1], found)]
      return a === true || b === true ? true : a === undefined || b === undefined ? undefined : false
    }
  }
}

/** `none`: the control asks no person. */
export type AttestationState = 'none' | 'missing' | 'expired' | 'yes' | 'no'

export interface ControlTally {
  /** `undefined`: whether it applies could not be seen. */
  readonly applies: Truth
  /** The profile sets the control aside, with reason and end date. */
  readonly setAside: boolean
  readonly uses: readonly { readonly role: Role; readonly outcome: Outcome }[]
  readonly attestation: AttestationState
}

/** The status of a control, first match (DESIGN: the algebra of status). */
export const statusOf = (c: ControlTally): Status => {
  if (c.applies === false || c.setAside) return 'not-applicable'
  const required = (outcome: Outcome) => c.uses.some(u => u.role === 'required' && u.outcome === outcome)
  if (required('violated') || c.attestation === 'no') return 'fail'
  if (c.applies === undefined || required('undecided') || required('crashed')) return 'inconclusive'
  if (c.attestation === 'missing' || c.attestation === 'expired') return 'manual'
  if (required('not-asked')) return 'not-run'
  if (required('waived')) return 'waived'
  if (required('held') || c.attestation === 'yes') return 'pass'
  return 'not-applicable'
}

/** A criterion has no verdict, only a standing over the controls that support it. */
export const standingOf = (statuses: readonly Status[]): Standing => {
  if (statuses.length === 0) return 'not-covered'
  if (statuses.includes('fail')) return 'contradicted'
  if (statuses.some(s => s === 'inconclusive' || s === 'manual' || s === 'not-run' || s === 'waived')) return 'open'
  return statuses.includes('pass') ? 'supported' : 'does-not-apply'
}
