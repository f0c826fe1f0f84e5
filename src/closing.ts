import type { AuditRequest } from './audit.ts'
import type { Gathered } from './collect/run.ts'
import {
  type AttestationState,
  type ControlTally,
  outcomeOf,
  standingOf,
  statusOf,
  type Truth,
  truthOf,
} from './decide.ts'
import { canonical, sha256 } from './digest.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import { type Judged, type Rows, type Subject, uriOf } from './judge.ts'
import { type Answer, type Gap, type Outcome, type Severity, type Status, severities } from './model.ts'
import { isRow, type Place, placeKey, showPlace } from './place.ts'
import type { Plan, PlannedControl, PlannedUse } from './plan.ts'
import { addDuration, parseDuration } from './policy/dates.ts'
import type { WaiverBook } from './policy/waiver-book.ts'
import type {
  Finding,
  Located,
  Report,
  ReportControl,
  ReportGap,
  ReportRow,
  ReportRule,
  ReportTarget,
  ReportUse,
} from './report/report.ts'
import type { Listing, Read, RepositoryHead } from './workspace/workspace.ts'

/** Everything a run came to, before it is closed into the one report all formats render. */
export interface Findings {
  readonly request: AuditRequest
  readonly plan: Plan
  readonly judged: ReadonlyMap<string, Judged>
  readonly gathered: Gathered
  readonly byQuestion: ReadonlyMap<string, Answer>
  readonly waivers: WaiverBook
  readonly head: Read<RepositoryHead>
  readonly isSample: (uri: string) => boolean
  readonly listing: Listing
}

interface Decided {
  readonly planned: PlannedControl
  readonly status: Status
  readonly reason: string
  readonly attested: boolean
  readonly attestation: ReportControl['attestation']
  readonly outcomes: readonly Outcome[]
}

export const close = (found: Findings): Report => {
  const { request, plan, judged, gathered } = found
  const evidence = evidenceOf(gathered.deposits)
  const notes: string[] = []
  const decided = plan.controls.map(planned => decide(planned, found, notes))
  const statuses = new Map(decided.map(d => [d.planned.control.id, d.status]))
  const findings = findingsOf(found, decided, evidence)
  const crashes = [
    ...gathered.crashes.map(c => ({ where: c.where, error: c.error })),
    ...[...judged.values()].flatMap(j =>
      j.crashes.map(c => ({ where: `check ${j.bound.check.id} on ${c.subject}`, error: c.error })),
    ),
  ].map(c => ({
    where: evidence.clear(c.where),
    message: evidence.clear(c.error instanceof Error ? `${c.error.name}: ${c.error.message}` : String(c.error)),
  }))
  for (const { waiver, state } of found.waivers.states())
    if (state === 'observed differs' || state === 'shared id')
      notes.push(
        `waiver ${waiver.id} does not apply: ${state === 'shared id' ? 'several things share its fingerprint' : 'what was observed is no longer what it accepts'}`,
      )
  return {
    schema: 'iip-audit-report/1',
    tool: { name: 'iip-audit', version: request.version },
    run: { startedAt: '', seconds: 0 },
    asOf: request.inputs.asOf,
    target: targetOf(found),
    policy: {
      from: request.policyFrom,
      files: request.policy.files.map(f => ({ path: f.uri, sha256: f.sha256 })),
    },
    selection: {
      frameworks: plan.catalogs.map(c => c.id),
      partial: plan.controls.every(c => c.selected && c.uses.every(u => u.selected || c.leftToRollUp))
        ? undefined
        : { controls: plan.controls.filter(c => c.selected).length, of: plan.controls.length },
      // Only an endpoint named for this run opens a socket.
      live: request.inputs.endpoints.length > 0,
    },
    catalogs: plan.catalogs.map(c => ({ id: c.id, version: c.version, sha256: c.file.sha256 })),
    frameworks: plan.catalogs.map(catalog => ({
      id: catalog.id,
      title: catalog.title,
      requirements: catalog.requirements
        .filter(r => !r.cited)
        .map(r => {
          const controls = decided
            .filter(d => d.planned.control.supports[catalog.id]?.includes(r.id))
            .map(d => ({ id: d.planned.control.id, status: d.status }))
          return {
            id: r.id,
            title: r.title,
            category: r.category,
            ...(r.designation ? { designation: r.designation } : {}),
            standing: standingOf(controls.map(c => c.status)),
            passes: controls.filter(c => c.status === 'pass').length,
            controls,
          }
        }),
    })),
    controls: decided.map(d => controlOf(d, found, evidence)),
    rules: rulesOf(plan),
    findings,
    gaps: gapsOf(found, evidence),
    inputs: evidence.inputs,
    excluded: request.policy.profile.exclude.map(e => ({ ...e, files: found.listing.excluded?.get(e.glob) ?? 0 })),
    waivers: found.waivers.states().map(({ waiver: w, state }) => ({
      id: w.id,
      check: w.check,
      finding: w.finding,
      reason: w.reason,
      requestedBy: w.requestedBy,
      approvedBy: w.approvedBy,
      approvedOn: w.approvedOn,
      expires: w.expires,
      state,
    })),
    crashes,
    notes: notes.map(evidence.clear),
    exit: exitOf(request, findings, decided, statuses, crashes.length),
  }
}

/* ---- controls ---- */

/** Silence of a kind is `false` only where nothing could have hidden it. */
const foundIn =
  ({ byQuestion, isSample }: Findings) =>
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

const decide = (planned: PlannedControl, found: Findings, notes: string[]): Decided => {
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

const outcomeOfUse = (use: PlannedUse, { judged }: Findings): Outcome => {
  const result = use.selected ? judged.get(use.key) : undefined
  return result ? outcomeOf(result.tally) : 'not-asked'
}

const attestationOf = ({ control }: PlannedControl, { request }: Findings): ReportControl['attestation'] => {
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

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

const reasonOf = (
  status: Status,
  tally: ControlTally,
  planned: PlannedControl,
  outcomes: readonly Outcome[],
  found: Findings,
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

const controlOf = (d: Decided, found: Findings, evidence: Evidence): ReportControl => {
  const { control, parameters, uses } = d.planned
  return {
    id: control.id,
    revision: control.revision,
    title: control.title,
    level: control.level,
    severity: control.severity,
    status: d.status,
    reason: evidence.clear(d.reason),
    attested: d.attested,
    statement: control.statement,
    rationale: control.rationale,
    supports: Object.fromEntries(
      found.plan.catalogs.flatMap(c => {
        const ids = control.supports[c.id]
        return ids ? [[c.id, ids]] : []
      }),
    ),
    definition: { uri: control.file.uri, sha256: control.file.sha256 },
    parameters,
    checks: uses.map((use, i) => useOf(use, d.outcomes[i] ?? 'not-asked', found, evidence)),
    planned: control.planned,
    attestation: d.attestation,
    remediation: control.remediation,
    references: control.references,
  }
}

const useOf = (use: PlannedUse, outcome: Outcome, found: Findings, evidence: Evidence): ReportUse => {
  const base = { check: use.bound.check.id, with: use.with, role: use.role, severity: use.severity, outcome }
  const j = use.selected ? found.judged.get(use.key) : undefined
  if (!j) {
    const none = { count: 0, conforms: 0, violates: 0, unsure: 0, waived: 0, exempt: 0 }
    return { ...base, population: none, subjects: [] }
  }
  const { conforms, violates, unsure, waived, exempt } = j.tally
  return {
    ...base,
    population: {
      count: conforms + violates + unsure + waived,
      conforms,
      violates,
      unsure,
      waived,
      exempt,
      ...(j.query === undefined ? {} : { query: evidence.clear(j.query) }),
      ...(j.rows.length === 0
        ? {}
        : {
            rows: j.rows.map(r => ({
              verdict: r.verdict,
              count: r.count,
              first: rowOf(r.first, evidence),
              last: rowOf(r.last, evidence),
              shown: r.shown.map(s => rowOf(s, evidence)),
            })),
          }),
    },
    subjects: j.subjects.map(s => ({
      ...located(s.place),
      id: evidence.clear(s.id),
      verdict: s.verdict,
      observed: evidence.clear(s.observed),
      ...(s.sample ? { sample: true as const } : {}),
    })),
  }
}

const rowOf = (s: Subject, evidence: Evidence): ReportRow => ({
  id: evidence.clear(s.id),
  place: evidence.clear(showPlace(s.place)),
  observed: evidence.clear(s.observed),
})

export const located = (place: Place): Located => {
  switch (place.in) {
    case 'span':
      return {
        location: {
          uri: place.source.uri,
          startLine: place.start.line,
          startColumn: place.start.column,
          endLine: place.end.line,
          endColumn: place.end.column,
        },
      }
    case 'file':
      return { location: { uri: place.uri } }
    case 'root':
      return { location: { uri: '.' } }
    case 'commit':
      return { commit: place.oid }
    case 'endpoint':
      return { endpoint: place.authority }
    case 'api':
      return { api: { url: place.url, pointer: place.pointer } }
    case 'row':
      return { row: { uri: place.uri, key: place.key } }
    case 'database':
      return { database: { authority: place.authority, object: place.object } }
  }
}

/* ---- findings ---- */

const rank = (severity: Severity): number => severities.indexOf(severity)
const lower = (a: Severity, b: Severity | undefined): Severity => (b === undefined || rank(a) <= rank(b) ? a : b)

interface Draft {
  readonly finding: Finding
  readonly place: Place
}

/** One finding per fingerprint: all controls whose uses say it, the highest severity and the worst use's words. */
const findingsOf = (found: Findings, decided: readonly Decided[], evidence: Evidence): readonly Finding[] => {
  const drafts = new Map<string, Draft>()
  const add = (draft: Draft): void => {
    const { fingerprint } = draft.finding
    const known = drafts.get(fingerprint)
    if (!known) {
      drafts.set(fingerprint, draft)
      return
    }
    const [a, b] = [known.finding, draft.finding]
    const worse =
      (b.verdict === 'violates') !== (a.verdict === 'violates')
        ? b.verdict === 'violates'
        : a.state === 'waived' && b.state !== 'waived'
          ? true
          : rank(b.severity) > rank(a.severity)
    const chosen = worse ? draft : known
    const controls = [...new Set([...a.controls, ...b.controls])].sort()
    drafts.set(fingerprint, { place: chosen.place, finding: { ...chosen.finding, controls } })
  }
  for (const { planned, status } of decided) {
    for (const use of planned.uses) {
      const j = use.selected ? found.judged.get(use.key) : undefined
      if (!j) continue
      for (const subject of j.subjects) {
        if (subject.verdict !== 'violates' && subject.verdict !== 'unsure') continue
        // A control that does not apply makes no finding of its own; samples are shown all the same.
        if (status === 'not-applicable' && !subject.sample) continue
        add({ place: subject.place, finding: findingOf(subject, use, planned.control.id, j, evidence) })
      }
      if (status === 'not-applicable') continue
      for (const rows of j.rows)
        if (rows.verdict === 'violates' || rows.verdict === 'unsure')
          add({ place: rows.first.place, finding: rowsFinding(rows, use, planned.control.id, j, evidence) })
    }
  }
  const compare = (a: Draft, b: Draft): number => {
    const [x, y] = [
      [...placeKey(a.place), a.finding.check, a.finding.subject],
      [...placeKey(b.place), b.finding.check, b.finding.subject],
    ]
    for (let i = 0; i < x.length; i++) {
      const [p, q] = [x[i] ?? '', y[i] ?? '']
      if (p !== q) return p < q ? -1 : 1
    }
    return 0
  }
  return [...drafts.values()].sort(compare).map(d => d.finding)
}

const findingOf = (s: Subject, use: PlannedUse, control: string, j: Judged, evidence: Evidence): Finding => {
  const { check } = j.bound
  const excerpt = evidence.excerpt(s.place)
  const lineHash = evidence.lineHash(s.place)
  const sampled = s.sample ? ' (in a sample folder: decides no control)' : ''
  return {
    ...located(s.place),
    fingerprint: s.fingerprint,
    check: check.id,
    controls: [control],
    subject: evidence.clear(s.id),
    verdict: s.verdict === 'violates' ? 'violates' : 'unsure',
    severity: s.sample ? 'low' : lower(use.severity, s.severity),
    confidence: check.confidence,
    message: evidence.clear(s.message) + sampled,
    observed: evidence.clear(s.observed),
    related: s.related.map(r => ({ ...located(r.place), message: evidence.clear(r.message) })),
    ...(excerpt
      ? { excerpt: { ...excerpt, text: excerpt.redacted ? excerpt.text : evidence.clear(excerpt.text) } }
      : {}),
    ...(lineHash === undefined ? {} : { lineHash }),
    state: s.waiver === undefined ? 'new' : 'waived',
    ...(s.waiver === undefined ? {} : { waiver: s.waiver }),
  }
}

/** The one finding that stands for all rows of a population with the same verdict. */
const rowsFinding = (rows: Rows, use: PlannedUse, control: string, j: Judged, evidence: Evidence): Finding => {
  const { check } = j.bound
  const { tally } = j
  const total = tally.conforms + tally.violates + tally.unsure + tally.waived
  const open = rows.count - rows.waived
  const words = check.rows ?? { noun: 'rows', violates: 'do not conform', unsure: 'could not be judged' }
  const verdict = rows.verdict === 'violates' ? 'violates' : 'unsure'
  const subject = `${check.about}:*`
  return {
    ...located(rows.first.place),
    fingerprint: sha256(canonical(['v1', check.id, 'rows', verdict, check.about])),
    check: check.id,
    controls: [control],
    subject,
    verdict,
    severity: use.severity,
    confidence: check.confidence,
    message: evidence.clear(`${open} of ${total} ${words.noun} ${words[verdict]}`),
    observed: evidence.clear(j.query ?? ''),
    related: [],
    rows: {
      count: rows.count,
      of: total,
      new: open,
      waived: rows.waived,
      shown: rows.shown.map(s => rowOf(s, evidence)),
    },
    state: open === 0 ? 'waived' : 'new',
  }
}

const rulesOf = (plan: Plan): readonly ReportRule[] => {
  const rules = new Map<string, ReportRule>()
  for (const { control, uses } of plan.controls)
    for (const use of uses) {
      const { check } = use.bound
      const known = rules.get(check.id)
      const supports: Record<string, readonly string[]> = { ...known?.supports }
      for (const c of plan.catalogs) {
        const ids = [...new Set([...(supports[c.id] ?? []), ...(control.supports[c.id] ?? [])])]
        if (ids.length > 0) supports[c.id] = ids
      }
      rules.set(check.id, {
        id: check.id,
        title: check.title,
        why: check.why,
        fix: check.fix,
        confidence: check.confidence,
        severity: known && rank(known.severity) >= rank(use.severity) ? known.severity : use.severity,
        controls: [...new Set([...(known?.controls ?? []), control.id])],
        supports,
        ...(check.samples ? { samples: check.samples } : {}),
        ...(check.source === undefined ? {} : { source: check.source }),
        ...(check.blind === undefined ? {} : { blind: check.blind }),
      })
    }
  return [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
}

/* ---- gaps ---- */

/** A gap's identity: cause, kinds, and the path or authority; not its line, not its words. */
const gapId = (gap: Gap): string => {
  const where = located(gap.place)
  const at =
    'location' in where
      ? where.location.uri
      : 'endpoint' in where
        ? where.endpoint
        : 'commit' in where
          ? where.commit
          : canonical(where)
  return sha256(canonical(['v1', 'gap', gap.cause, [...gap.kinds].sort(), at]))
}

const gapsOf = (found: Findings, evidence: Evidence): readonly ReportGap[] => {
  const gaps = new Map<string, { gap: Gap; controls: Set<string> }>()
  for (const { control, uses } of found.plan.controls)
    for (const use of uses)
      for (const gap of (use.selected ? found.judged.get(use.key)?.gaps : undefined) ?? []) {
        const key = canonical([gapId(gap), showPlace(gap.place), gap.reason])
        const known = gaps.get(key) ?? { gap, controls: new Set<string>() }
        known.controls.add(control.id)
        gaps.set(key, known)
      }
  const order = ({ gap }: { gap: Gap }) => placeKey(gap.place)
  return [...gaps.values()]
    .sort((a, b) => {
      const [[p, l, c], [q, m, d]] = [order(a), order(b)]
      return p !== q ? (p < q ? -1 : 1) : l - m || c - d || (a.gap.reason < b.gap.reason ? -1 : 1)
    })
    .map(({ gap, controls }) => ({
      ...located(gap.place),
      id: gapId(gap),
      cause: gap.cause,
      kinds: [...gap.kinds],
      reason: evidence.clear(gap.reason),
      controls: [...controls].sort(),
      ...(found.isSample(uriOf(gap.place) ?? '') ? { sample: true as const } : {}),
    }))
}

/* ---- head and tail ---- */

const targetOf = ({ head, listing, byQuestion, request }: Findings): ReportTarget => {
  const at = head.ok ? head.value : undefined
  const commits = [...byQuestion.values()].find(a => a.question.kind === 'git.commit')
  return {
    path: request.path,
    repository: at?.origin,
    branch: at?.ref?.replace(/^refs\/heads\//, ''),
    commit: at?.commit,
    tree: at?.tree,
    dirty: listing.dirty ?? [],
    shallow: at?.cut.includes('shallow') ?? false,
    files: listing.entries.filter(e => e.type === 'file').length,
    commits: commits && isRowAnswer(commits) ? count(commits.facts) : undefined,
  }
}

const isRowAnswer = (answer: Answer): boolean => {
  for (const fact of answer.facts) return isRow(fact.place)
  return true
}

const count = (facts: Iterable<unknown>): number => {
  let n = 0
  for (const _ of facts) n++
  return n
}

const exitOf = (
  request: AuditRequest,
  findings: readonly Finding[],
  decided: readonly Decided[],
  statuses: ReadonlyMap<string, Status>,
  crashes: number,
): Report['exit'] => {
  if (crashes > 0)
    return {
      code: 4,
      because: `${plural(crashes, 'crash', 'crashes')}: a bug in iip-audit; everything else was judged`,
    }
  const { failOn, strict } = request
  if (failOn !== 'none') {
    const counted = findings.filter(
      f =>
        f.verdict === 'violates' &&
        f.state !== 'waived' &&
        rank(f.severity) >= rank(failOn) &&
        f.controls.some(c => statuses.get(c) !== 'not-applicable'),
    ).length
    if (counted > 0) return { code: 1, because: `${plural(counted, 'finding')} at or above ${failOn}` }
  }
  if (strict !== 'off') {
    const open = decided.filter(
      d => d.status === 'inconclusive' || (strict === 'all' && (d.status === 'not-run' || d.status === 'manual')),
    ).length
    if (open > 0) return { code: 3, because: `${plural(open, 'control')} could not be decided (--strict)` }
  }
  const seen = findings.filter(f => f.verdict === 'violates' && f.state !== 'waived').length
  return {
    code: 0,
    because:
      failOn === 'none'
        ? 'findings do not count (--fail-on none)'
        : seen === 0
          ? 'no finding'
          : `no finding at or above ${failOn}`,
  }
}
