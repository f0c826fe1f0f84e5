import { standingOf } from '../decide.ts'
import { type Evidence, evidenceOf } from '../evidence.ts'
import type { Answer } from '../model.ts'
import { isRow } from '../place.ts'
import type { Report, ReportTarget } from '../report/report.ts'
import { controlOf } from './control.ts'
import { decide } from './decided.ts'
import { exitOf } from './exit.ts'
import { findingsOf, rulesOf } from './finding.ts'
import { gapsOf } from './gap.ts'
import type { Run } from './run.ts'
import { topologiesOf } from './topology.ts'

/** Closes a run into the one report that every format renders: decided, cleared of secrets, sorted. */
export const close = (found: Run): Report => {
  const { request, plan, judged, gathered } = found
  const evidence = evidenceOf(gathered.deposits)
  const networks = topologiesOf(found, evidence)
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
    target: targetOf(found, evidence),
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
    inputs: evidence.inputs.map(i => ({ ...i, uri: evidence.clear(i.uri) })),
    ...(networks === undefined ? {} : { networks }),
    excluded: request.policy.profile.exclude.map(e => ({
      ...e,
      reason: evidence.clear(e.reason),
      files: found.listing.excluded?.get(e.glob) ?? 0,
    })),
    waivers: found.waivers.states().map(({ waiver: w, state }) => ({
      id: w.id,
      check: w.check,
      finding: w.finding,
      reason: evidence.clear(w.reason),
      requestedBy: evidence.clear(w.requestedBy),
      approvedBy: evidence.clear(w.approvedBy),
      approvedOn: w.approvedOn,
      expires: w.expires,
      state,
    })),
    crashes,
    notes: notes.map(evidence.clear),
    exit: exitOf(request, findings, decided, statuses, crashes.length),
  }
}

const targetOf = ({ head, listing, byQuestion, request }: Run, { clear }: Evidence): ReportTarget => {
  const at = head.ok ? head.value : undefined
  const commits = [...byQuestion.values()].find(a => a.question.kind === 'git.commit')
  return {
    path: request.path,
    repository: at?.origin === undefined ? undefined : clear(at.origin),
    branch: at?.ref === undefined ? undefined : clear(at.ref.replace(/^refs\/heads\//, '')),
    commit: at?.commit,
    tree: at?.tree,
    dirty: (listing.dirty ?? []).map(clear),
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
