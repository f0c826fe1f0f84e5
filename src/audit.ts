import { close } from './closing/close.ts'
import type { CollectorContext, RunInputs } from './collect/collector.ts'
import type { CollectorEntry } from './collect/run.ts'
import { answersTo, collect } from './collect/run.ts'
import { canonical } from './digest.ts'
import { judge } from './judge.ts'
import type { Severity } from './model.ts'
import { plan, type Selection } from './plan.ts'
import type { Policy } from './policy/policy.ts'
import { waiverBook } from './policy/waiver-book.ts'
import type { Report } from './report/report.ts'
import { sampleTest } from './scope.ts'
import type { Workspace } from './workspace/workspace.ts'

/** What a run is: a policy, a world, what was asked, and the day it is. */
export interface AuditRequest {
  readonly policy: Policy
  readonly workspace: Workspace
  readonly selection: Selection
  readonly inputs: RunInputs
  /** As the user named it; shown, never opened. */
  readonly path: string
  readonly policyFrom: string
  readonly failOn: Severity | 'none'
  readonly strict: 'off' | 'inconclusive' | 'all'
  readonly version: string
  readonly signal: AbortSignal
}

/** Plan → collect → judge → decide and close. Pure but for the workspace. */
export const audit = async (request: AuditRequest, collectors: readonly CollectorEntry[]): Promise<Report> => {
  const { policy, workspace, inputs, signal } = request
  const planned = plan(policy, request.selection)
  const isSample = sampleTest(workspace.prefix, policy.profile.samples)
  const context: CollectorContext = { workspace, inputs, isSample, signal }
  const gathered = await collect(planned.questions, context, collectors)
  const byQuestion = new Map(gathered.answers.map(answer => [canonical(answer.question), answer]))

  const waivers = waiverBook(policy.waivers, inputs.asOf)
  const head = await workspace.history.head()
  const judged = new Map(
    [...planned.uses].map(([key, bound]) => [
      key,
      judge(bound, answersTo(bound.questions, byQuestion), {
        asOf: inputs.asOf,
        isSample,
        waiverFor: waivers.waiverFor,
      }),
    ]),
  )
  return close({
    request,
    plan: planned,
    judged,
    gathered,
    byQuestion,
    waivers,
    head,
    isSample,
    listing: await workspace.tree.list(),
  })
}
