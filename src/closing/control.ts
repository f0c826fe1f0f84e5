import type { Evidence } from '../evidence.ts'
import type { Outcome } from '../model.ts'
import type { PlannedUse } from '../plan.ts'
import type { ReportControl, ReportUse } from '../report/report.ts'
import { located, rowOf } from './located.ts'
import type { Decided, Run } from './run.ts'

/** A decided control as the report holds it. */
export const controlOf = (d: Decided, found: Run, evidence: Evidence): ReportControl => {
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

const useOf = (use: PlannedUse, outcome: Outcome, found: Run, evidence: Evidence): ReportUse => {
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
      ...located(s.place, evidence),
      id: evidence.clear(s.id),
      verdict: s.verdict,
      observed: evidence.clear(s.observed),
      ...(s.sample ? { sample: true as const } : {}),
    })),
  }
}
