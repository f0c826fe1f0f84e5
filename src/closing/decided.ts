import { type AttestationState, type ControlTally, outcomeOf, statusOf, type Truth, truthOf } from '../decide.ts'
import { type Judged, uriOf } from '../judge.ts'
import type { Outcome, Status } from '../model.ts'
import type { PlannedControl, PlannedUse } from '../plan.ts'
import { addDuration, parseDuration } from '../policy/dates.ts'
import type { ReportControl } from '../report/report.ts'
import { type Decided, plural, type Run } from './run.ts'

/** Silence of a kind is `false` only where nothing could have hidden it. */
const foundIn =
  ({ byQuestion, isSample }: Run) =>
  (kind: string): Truth => {
    const answers = [...byQuestion.values()].filter(a => a.question.kind === kind)
    for (const answer of answers)
      for (const fact of answer.facts) {
        const uri = uriOf(fact.place)
        if (uri === undefined || !isSample(uri)) return true
      }
    const gaps = answers
      .flatMap(a => a.gaps)
      .filter(gap => {
        const uri = uriOf(gap.place)
        return uri === undefined || !isSample(uri)
      })
    if (gaps.some(g => g.cause !== 'not-asked')) return undefined
    return answers.length === 0 || gaps.length > 0
  }

export const decide = (planned: PlannedControl, found: Run, notes: string[]): Decided => {
  const { control, uses, leftToRollUp, selected } = planned
  const { asOf } = found.request.inputs
  const disposition = found.request.policy.profile.controls[control.id]
  const inDate = disposition !== undefined && disposition.until >= asOf
  if (disposition && !inDate)
    notes.push(
      `${control.id}: the profile's "${disposition.disposition}" ended on ${disposition.until} and no longer holds`,
    )

  const outcomes = uses.map(use => outcomeOfUse(use, found))
  const person = leftToRollUp || !selected ? undefined : attestationOf(planned, found)
  const provider = inDate && (disposition.disposition === 'inherited' || disposition.disposition === 'shared')
  const state: AttestationState =
    person?.state === 'no'
      ? 'no'
      : provider && disposition.evidence
        ? 'yes'
        : provider
          ? 'missing'
          : (person?.state ?? 'none')
  const tally: ControlTally = {
    applies: control.appliesWhen && selected ? truthOf(control.appliesWhen, foundIn(found)) : true,
    setAside: inDate && disposition.disposition === 'not-applicable',
    uses: [
      ...uses.map((use, i) => ({ role: use.role, outcome: outcomes[i] ?? 'not-asked' })),
      ...control.planned.map(p => ({ role: p.role, outcome: 'not-asked' as const })),
      ...(leftToRollUp || !selected ? [{ role: 'required' as const, outcome: 'not-asked' as const }] : []),
    ],
    attestation: state,
  }
  const status = statusOf(tally)
  return {
    planned,
    status,
    outcomes,
    attestation: person,
    attested: status === 'pass' && !tally.uses.some(u => u.role === 'required' && u.outcome === 'held'),
    reason: reasonOf(status, tally, planned, outcomes, found, person, disposition?.reason),
  }
}

const outcomeOfUse = (use: PlannedUse, { judged }: Run): Outcome => {
  const result = use.selected ? judged.get(use.key) : undefined
  return result ? outcomeOf(result.tally) : 'not-asked'
}

const attestationOf = ({ control }: PlannedControl, { request }: Run): ReportControl['attestation'] => {
  const asked = control.attestation
  if (!asked) return undefined
  const { asOf } = request.inputs
  const given = request.policy.attestations
    .filter(a => a.control === control.id && a.form === asked.form && a.on <= asOf)
    .sort((a, b) => (a.on < b.on ? 1 : -1))[0]
  const said = { form: asked.form, question: asked.question }
  if (!given) return { ...said, state: 'missing' }
  const validFor = parseDuration(asked.validFor)
  // The loader refuses a control with another form of duration: an unreadable one ends on its first day.
  const until = validFor ? addDuration(given.on, validFor) : given.on
  const by = given.role === undefined ? given.by : `${given.by} (${given.role})`
  // A "no" is a failure until somebody says "yes": it does not lapse with time.
  const state = given.answer === 'no' ? 'no' : until < asOf ? 'expired' : 'yes'
  return { ...said, state, by, on: given.on, until }
}

const reasonOf = (
  status: Status,
  tally: ControlTally,
  planned: PlannedControl,
  outcomes: readonly Outcome[],
  found: Run,
  person: ReportControl['attestation'],
  disposition: string | undefined,
): string => {
  const { control, uses } = planned
  const required = (outcome: Outcome) =>
    uses.flatMap((use, i) => {
      const judged = found.judged.get(use.key)
      return use.role === 'required' && outcomes[i] === outcome && judged ? [judged] : []
    })
  switch (status) {
    case 'fail': {
      if (tally.attestation === 'no')
        return `${person?.by ?? 'a person'} answered no on ${person?.on ?? 'an unknown date'}`
      return required('violated')
        .map(j => failure(j))
        .join('; ')
    }
    case 'inconclusive': {
      if (tally.applies === undefined) return 'whether the control applies could not be seen'
      const crashed = required('crashed')
      if (crashed.length > 0) return `${crashed.map(j => j.bound.check.id).join(', ')} crashed: a bug in iip-audit`
      const undecided = required('undecided')
      const unsure = undecided.reduce((n, j) => n + j.tally.unsure, 0)
      const gaps = undecided.reduce((n, j) => n + j.tally.gaps, 0)
      return [
        ...(unsure > 0 ? [`${plural(unsure, 'subject')} could not be judged`] : []),
        ...(gaps > 0 ? [`${plural(gaps, 'gap')} in what could be seen`] : []),
      ].join(', ')
    }
    case 'manual':
      return person?.state === 'expired'
        ? `stale since ${person.until ?? ''}: ${person.question}`
        : `a person has to answer: ${person?.question ?? control.attestation?.question ?? 'evidence of the provider is missing'}`
    case 'not-run': {
      if (planned.leftToRollUp) return 'a control of the whole system: left to the roll-up'
      if (!planned.selected) return 'not selected in this run'
      const missing = control.planned.filter(p => p.role === 'required').map(p => p.what)
      const unasked = uses
        .filter((u, i) => u.role === 'required' && outcomes[i] === 'not-asked')
        .map(u => u.bound.check.id)
      return [
        ...(unasked.length > 0 ? [`not asked: ${unasked.join(', ')}`] : []),
        ...(missing.length > 0
          ? [`${plural(missing.length, 'required check')} not built yet: ${missing.join('; ')}`]
          : []),
      ].join('; ')
    }
    case 'waived':
      return `${plural(
        required('waived').reduce((n, j) => n + j.tally.waived, 0),
        'finding',
      )} waived`
    case 'pass': {
      const held = required('held')
      if (held.length === 0)
        return person?.by
          ? `attested by ${person.by} on ${person.on ?? ''}, valid until ${person.until ?? ''}`
          : `attested by the provider: ${disposition ?? ''}`
      return held
        .map(j => `${j.bound.check.id}: ${j.tally.conforms} of ${j.tally.conforms + j.tally.waived} conform`)
        .join('; ')
    }
    case 'not-applicable': {
      if (tally.setAside) return `set aside by the profile: ${disposition ?? ''}`
      if (tally.applies === false) return 'nothing it applies to was found'
      return 'none of its checks found anything to judge'
    }
  }
}

/** One line on a use that is violated, with its denominator. */
const failure = (j: Judged): string => {
  const { tally } = j
  const total = tally.conforms + tally.violates + tally.unsure + tally.waived
  const noun = j.bound.check.rows?.noun
  if (noun) return `${tally.violates} of ${total} ${noun} ${j.bound.check.rows?.violates ?? ''}`
  const only = j.subjects.filter(s => s.verdict === 'violates' && !s.sample && s.waiver === undefined)
  if (only.length === 1 && only[0]) return only[0].message
  return `${j.bound.check.id}: ${tally.violates} of ${total} do not conform`
}
