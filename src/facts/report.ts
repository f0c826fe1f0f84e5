import type { Place } from '../place.ts'

/** Facts of what scanners reported and what CI logs show; inputs of the run, not files of the tree. */
export interface ReportFacts {
  'report.bandit': ToolReport
  'report.pip-audit': ToolReport
  'report.ruff': ToolReport
  'report.black': ToolReport
  'report.gitleaks': ToolReport
  'report.zizmor': ToolReport
  'report.hadolint': ToolReport
  'report.checkov': ToolReport
  'report.sarif': ToolReport
  'ci.log-step': LogStep
}

/** The names `--report` knows. `sarif` is any scanner's SARIF. */
export const reportTools = [
  'bandit',
  'pip-audit',
  'ruff',
  'black',
  'gitleaks',
  'zizmor',
  'hadolint',
  'checkov',
  'sarif',
] as const
export type ReportTool = (typeof reportTools)[number]

/**
 * What one run of a tool reported, whatever the tool and the format. `undefined` always means: the report does not say.
 */
export interface ToolReport {
  readonly tool: string
  readonly version: string | undefined
  /** As the tool names it: `json`, `txt`, `columns`, `sarif`. */
  readonly format: string
  readonly from: 'file' | 'log'
  readonly commit: NamedCommit | undefined
  /** RFC 3339 UTC: what the report says, else when the log shows it. */
  readonly generatedAt: string | undefined
  /** Exit code of the step that ran the tool, where a log shows it. */
  readonly exit: number | undefined
  /** What was scanned, in the report's words: an image, a folder. */
  readonly target: string | undefined
  readonly scanned: { readonly count: number | undefined; readonly unit: ScannedUnit }
  /** What the report lists. */
  readonly listed: Readonly<Record<ReportedSeverity, number>>
  /** What the tool counted before a threshold or a baseline cut the list, where it says so. */
  readonly counted: Readonly<Record<ReportedSeverity, number>> | undefined
  /** Up to ten of what is listed, worst first. */
  readonly worst: readonly ReportedFinding[]
  /** What the tool was told to pass over: `nosec` lines, `--ignore-vuln`. */
  readonly ignored: { readonly count: number | undefined; readonly how: string }
  /** What the tool could not look at: the first ten, and how many there are. */
  readonly skipped: {
    readonly count: number
    readonly shown: readonly { readonly name: string; readonly reason: string }[]
  }
  /** Where the first skipped thing is named. */
  readonly skippedAt: Place | undefined
  /** The tool was started so that it judges nothing (`--dry-run`, a formatter without `--check`): how. */
  readonly idle: string | undefined
}

export type ScannedUnit = 'lines of code' | 'dependencies' | 'files' | 'checks' | 'targets'

export interface ReportedFinding {
  /** The tool's or the database's own: `B602`, `PYSEC-2026-101`. */
  readonly id: string
  readonly severity: ReportedSeverity
  /** `app/runner.py:6`, `sampleweb 1.0.0`. */
  readonly where: string
  readonly place: Place
}

/** `unknown`: the tool gives no severity, or one without a place in this order. */
export const reportedSeverities = ['critical', 'high', 'medium', 'low', 'unknown'] as const
export type ReportedSeverity = (typeof reportedSeverities)[number]

/** The commit a report or log says it is of, against what is checked out; `unknown` where there is no history to ask. */
export interface NamedCommit {
  /** An object name, whole or shortened. */
  readonly oid: string
  readonly is: 'head' | 'other' | 'unknown'
}

/** A step that ran a script or an action, as a log of GitHub Actions shows it. */
export interface LogStep {
  readonly job: string | undefined
  /** Its name where the log has it, else `Run <first line of the script>`, shortened. */
  readonly step: string
  readonly startedAt: string | undefined
  readonly commit: NamedCommit | undefined
  /** `not-seen`: the log ends before the step does. */
  readonly ended: 'failed' | 'succeeded' | 'not-seen'
  /** Of a step that ended; a step without an error line had exit code 0. */
  readonly exit: number | undefined
  /** Later steps of the same job ran, clean-up not counted. */
  readonly wentOn: boolean
  /** Runs of tools whose output is understood; empty for every other step. */
  readonly tools: readonly ToolRun[]
}

export interface ToolRun {
  readonly tool: string
  readonly version: string | undefined
  /** `passed-later`: one run in the step failed and the last one did not. `not-shown`: it ran, its result is elsewhere. */
  readonly result: 'clean' | 'failed' | 'passed-later' | 'not-shown'
  /** The result in the tool's words: `2 failed, 10 passed`. */
  readonly said: string | undefined
  readonly place: Place
  /** Whether, by the script and the shell in the log, a failure of the tool fails the step; and what decides it. */
  readonly standing: 'blocks' | 'cannot-block' | 'unknown'
  readonly because: string | undefined
}

export interface ReportQuestions {
  'report.bandit': Record<never, never>
  'report.pip-audit': Record<never, never>
  'report.ruff': Record<never, never>
  'report.black': Record<never, never>
  'report.gitleaks': Record<never, never>
  'report.zizmor': Record<never, never>
  'report.hadolint': Record<never, never>
  'report.checkov': Record<never, never>
  'report.sarif': Record<never, never>
  'ci.log-step': Record<never, never>
}

export const reportKinds = {
  'report.bandit': 'One report of bandit: a file handed in, or one printed in a CI log.',
  'report.pip-audit': 'One report of pip-audit: a file handed in, or one printed in a CI log.',
  'report.ruff': 'One report of ruff: a file handed in, or one printed in a CI log.',
  'report.black': 'One report of black: a file handed in, or one printed in a CI log.',
  'report.gitleaks': 'One report of gitleaks, handed in as a file.',
  'report.zizmor': 'One report of zizmor, handed in as a file.',
  'report.hadolint': 'One report of hadolint, handed in as a file.',
  'report.checkov': 'One report of checkov, handed in as a file.',
  'report.sarif': 'One SARIF file of any scanner, handed in.',
  'ci.log-step': 'One step of a job in a CI log: what it ran, what the tools in it said, how it ended.',
} as const satisfies Record<keyof ReportFacts, string>

/** Whole days from an instant (RFC 3339 UTC) to the end of a day (`YYYY-MM-DD`); negative when it lies after that day. */
export const daysUntil = (asOf: string, instant: string): number =>
  Math.floor((Date.parse(`${asOf}T23:59:59Z`) - Date.parse(instant)) / 86_400_000)
