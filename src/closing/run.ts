import type { AuditRequest } from '../audit.ts'
import type { Gathered } from '../collect/run.ts'
import type { Judged } from '../judge.ts'
import type { Answer, Outcome, Status } from '../model.ts'
import type { Plan, PlannedControl } from '../plan.ts'
import type { WaiverBook } from '../policy/waiver-book.ts'
import type { ReportControl } from '../report/report.ts'
import type { Listing, Read, RepositoryHead } from '../workspace/workspace.ts'

/** Everything a run came to, before it is closed into the one report all formats render. */
export interface Run {
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

/** A control with the status the algebra gave it, and why. */
export interface Decided {
  readonly planned: PlannedControl
  readonly status: Status
  readonly reason: string
  readonly attested: boolean
  readonly attestation: ReportControl['attestation']
  readonly outcomes: readonly Outcome[]
}

/** `1 finding`, `2 findings`. */
export const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
