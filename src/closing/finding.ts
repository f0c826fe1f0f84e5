import { canonical, sha256 } from '../digest.ts'
import type { Evidence } from '../evidence.ts'
import type { Judged, Rows, Subject } from '../judge.ts'
import { type Severity, severities } from '../model.ts'
import { type Place, placeKey } from '../place.ts'
import type { Plan, PlannedUse } from '../plan.ts'
import type { Finding, ReportRule } from '../report/report.ts'
import { located, rowOf } from './located.ts'
import type { Decided, Run } from './run.ts'

export const rank = (severity: Severity): number => severities.indexOf(severity)
const lower = (a: Severity, b: Severity | undefined): Severity => (b === undefined || rank(a) <= rank(b) ? a : b)

interface Draft {
  readonly finding: Finding
  readonly place: Place
}

/** One finding per fingerprint: all controls whose uses say it, the highest severity and the worst use's words. */
export const findingsOf = (found: Run, decided: readonly Decided[], evidence: Evidence): readonly Finding[] => {
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
    ...located(s.place, evidence),
    fingerprint: s.fingerprint,
    check: check.id,
    controls: [control],
    subject: evidence.clear(s.id),
    verdict: s.verdict === 'violates' ? 'violates' : 'unsure',
    severity: s.sample ? 'low' : lower(use.severity, s.severity),
    confidence: check.confidence,
    message: evidence.clear(s.message) + sampled,
    observed: evidence.clear(s.observed),
    related: s.related.map(r => ({ ...located(r.place, evidence), message: evidence.clear(r.message) })),
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
    ...located(rows.first.place, evidence),
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

export const rulesOf = (plan: Plan): readonly ReportRule[] => {
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
