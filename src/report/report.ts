import type { Confidence, GapCause, Outcome, Role, Severity, Standing, Status, Verdict } from '../model.ts'

/**
 * The closed report: what every format renders and `json` prints as it is. Nothing in it refers to the outside world
 * any more; every text in it has been cleared of secrets. docs/schema/report.json is its published schema.
 */
export interface Report {
  readonly schema: 'iip-audit-report/1'
  readonly tool: { readonly name: 'iip-audit'; readonly version: string }
  /** Wall times: the only part that differs between two runs over the same input. */
  readonly run: { readonly startedAt: string; readonly seconds: number }
  /** `YYYY-MM-DD`: the only clock that verdicts know. */
  readonly asOf: string
  readonly target: ReportTarget
  readonly policy: {
    readonly from: string
    readonly files: readonly { readonly path: string; readonly sha256: string }[]
  }
  /** What was asked for: `all`, or the part, for the head of the report. */
  readonly selection: {
    readonly frameworks: readonly string[]
    readonly partial: { readonly controls: number; readonly of: number } | undefined
    /** Whether the network might be asked; absent where the run does not say. */
    readonly live?: boolean
  }
  readonly catalogs: readonly { readonly id: string; readonly version: string; readonly sha256: string }[]
  readonly frameworks: readonly ReportFramework[]
  readonly controls: readonly ReportControl[]
  /** Every check that took part, once: what the reports quote as rule. */
  readonly rules: readonly ReportRule[]
  /** Sorted by path, line, column, check. */
  readonly findings: readonly Finding[]
  readonly gaps: readonly ReportGap[]
  readonly inputs: readonly { readonly uri: string; readonly sha256: string; readonly bytes: number }[]
  /** Who is on which network, for each set of Compose files; absent where nobody asked. Sample folders are left out. */
  readonly networks?: readonly ReportTopology[]
  readonly excluded: readonly {
    readonly glob: string
    readonly reason: string
    readonly until: string
    readonly files: number
  }[]
  readonly waivers: readonly ReportWaiver[]
  /** Judges or collectors that threw: our bugs, each with the check or collector it happened in. */
  readonly crashes: readonly { readonly where: string; readonly message: string }[]
  /** Remarks that move no verdict: a waiver that no longer applies, a control left to the roll-up. */
  readonly notes: readonly string[]
  readonly exit: { readonly code: 0 | 1 | 2 | 3 | 4; readonly because: string }
}

/** The services and networks of one set of Compose files that is started together. */
export interface ReportTopology {
  /** Its files in the order they are merged: `compose.yaml + compose.prod.yaml`. */
  readonly name: string
  readonly services: readonly ReportService[]
  readonly networks: readonly {
    readonly name: string
    readonly is: 'internal' | 'outside' | 'external' | 'unknown'
    readonly isolatesMembers: boolean
  }[]
}

export interface ReportService {
  /** Its project's folder and its name: what findings about it are about. */
  readonly id: string
  readonly name: string
  readonly image?: string
  readonly role?: string
  /** `its image is postgres`. */
  readonly because?: string
  readonly attached: 'networks' | 'host' | 'nothing' | 'unknown'
  readonly networks: readonly string[]
  /** The service whose network it runs in. */
  readonly shares?: string
  /** Of `unknown`: why. */
  readonly remark?: string
  readonly ports: readonly {
    /** Host port or range; absent: chosen by Docker. */
    readonly published?: string
    readonly target: string
    readonly protocol: string
    readonly address?: string
    readonly reach: 'loopback' | 'address' | 'every interface' | 'unknown'
    readonly takesEffect: boolean
  }[]
  readonly profiles: readonly string[]
  readonly location: ReportLocation
}

export interface ReportTarget {
  /** As given on the command line. */
  readonly path: string
  readonly repository: string | undefined
  readonly branch: string | undefined
  readonly commit: string | undefined
  readonly tree: string | undefined
  /** Tracked files whose bytes differ from the commit. */
  readonly dirty: readonly string[]
  readonly shallow: boolean
  readonly files: number
  readonly commits: number | undefined
}

export interface ReportFramework {
  readonly id: string
  readonly title: string
  readonly requirements: readonly {
    readonly id: string
    readonly title: string
    readonly category: string
    readonly designation?: 'Std' | 'R' | 'A'
    readonly standing: Standing
    /** How many controls support it with a pass. */
    readonly passes: number
    readonly controls: readonly { readonly id: string; readonly status: Status }[]
  }[]
}

export interface ReportControl {
  readonly id: string
  readonly revision: number
  readonly title: string
  readonly level: 'repository' | 'system'
  readonly severity: Severity
  readonly status: Status
  /** One sentence: why it has this status. */
  readonly reason: string
  /** The pass rests on a person's word alone. */
  readonly attested: boolean
  readonly statement: string
  readonly rationale: string
  readonly supports: Readonly<Record<string, readonly string[]>>
  readonly definition: { readonly uri: string; readonly sha256: string }
  readonly parameters: Readonly<Record<string, ReportParameter>>
  readonly checks: readonly ReportUse[]
  readonly planned: readonly { readonly what: string; readonly role: Role }[]
  readonly attestation:
    | {
        readonly form: string
        readonly question: string
        readonly state: 'missing' | 'expired' | 'yes' | 'no'
        readonly by?: string
        readonly on?: string
        readonly until?: string
      }
    | undefined
  readonly remediation: readonly string[]
  readonly references: readonly { readonly title: string; readonly url?: string }[]
}

export interface ReportParameter {
  readonly value: string
  readonly default: string
  /** `default`, or `path:line:col` of the profile. */
  readonly setBy: string
}

export interface ReportUse {
  readonly check: string
  readonly with: Readonly<Record<string, string>>
  readonly role: Role
  readonly severity: Severity
  readonly outcome: Outcome
  /** `count` = conforms + violates + unsure, waived included; `exempt` stands beside it. */
  readonly population: {
    readonly count: number
    readonly conforms: number
    readonly violates: number
    readonly unsure: number
    readonly waived: number
    readonly exempt: number
    readonly query?: string
    /** For rows: first and last of each verdict, in the order of time where rows have one. */
    readonly rows?: readonly {
      readonly verdict: Verdict
      readonly count: number
      readonly first: ReportRow
      readonly last: ReportRow
      readonly shown: readonly ReportRow[]
    }[]
  }
  /** Single things (not rows), whatever their verdict. */
  readonly subjects: readonly (Located & {
    readonly id: string
    readonly verdict: Verdict
    readonly observed: string
    /** In a sample folder: reported with low severity, decides nothing. */
    readonly sample?: true
  })[]
}

export interface ReportRow {
  readonly id: string
  readonly place: string
  readonly observed: string
}

/** Exactly one of these says where. An absence in the repository has `location{uri: "."}`. */
export type Located =
  | { readonly location: ReportLocation }
  | { readonly commit: string }
  | { readonly endpoint: string }
  | { readonly api: { readonly url: string; readonly pointer: string } }
  | { readonly row: { readonly uri: string; readonly key: string } }
  | { readonly database: { readonly authority: string; readonly object: string } }

/** Lines and columns are absent for a whole file; 1-based, UTF-16 code units, end exclusive. */
export interface ReportLocation {
  readonly uri: string
  readonly startLine?: number
  readonly startColumn?: number
  readonly endLine?: number
  readonly endColumn?: number
}

export interface Excerpt {
  /** Number of the one line shown: the line the place starts in. */
  readonly line: number
  /** The line, secrets replaced by what they are, control characters made visible, at most 400 characters. */
  readonly text: string
  /** 0-based offsets into `text` of what to underline, end exclusive. */
  readonly from: number
  readonly to: number
  readonly redacted: boolean
}

export type Finding = Located & {
  readonly fingerprint: string
  readonly check: string
  readonly controls: readonly string[]
  readonly subject: string
  readonly verdict: 'violates' | 'unsure'
  readonly severity: Severity
  readonly confidence: Confidence
  readonly message: string
  readonly observed: string
  readonly related: readonly (Located & { readonly message: string })[]
  readonly excerpt?: Excerpt
  /** GitHub's primaryLocationLineHash; absent where the lines it covers hold a secret, or there is no file. */
  readonly lineHash?: string
  readonly rows?: {
    readonly count: number
    readonly of: number
    readonly new: number
    readonly waived: number
    readonly shown: readonly ReportRow[]
  }
  readonly state: 'new' | 'known' | 'waived'
  readonly waiver?: string
}

export interface ReportGapBase {
  readonly id: string
  readonly cause: GapCause
  readonly kinds: readonly string[]
  readonly reason: string
  readonly controls: readonly string[]
  /** In a sample folder: leaves no control open. */
  readonly sample?: true
}
export type ReportGap = ReportGapBase & Located

export interface ReportRule {
  readonly id: string
  readonly title: string
  readonly why: string
  readonly fix: string
  readonly confidence: Confidence
  /** Highest severity of its uses in this run. */
  readonly severity: Severity
  readonly controls: readonly string[]
  readonly supports: Readonly<Record<string, readonly string[]>>
  readonly samples?: { readonly bad: string; readonly good: string }
  readonly source?: string
  readonly blind?: string
}

export interface ReportWaiver {
  readonly id: string
  readonly check: string
  readonly finding: string
  readonly reason: string
  readonly requestedBy: string
  readonly approvedBy: string
  readonly approvedOn: string
  readonly expires: string
  readonly state: 'applied' | 'expired' | 'not yet approved' | 'unused' | 'observed differs' | 'shared id'
}

/** Options a rendering may know; everything else is in the report. */
export interface Rendering {
  /** Closing lines only. */
  readonly quiet: boolean
  /** Show every finding and every gap, not the first few. */
  readonly all: boolean
  readonly color: boolean
  /** Terminal columns to wrap at. */
  readonly columns: number
}
export type Render = (report: Report, how: Rendering) => Iterable<string>
