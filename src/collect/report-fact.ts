import type { NamedCommit, ReportedFinding, ReportedSeverity, ReportTool, ToolReport } from '../facts/report.ts'
import type { Fact, FactKind } from '../model.ts'
import type { BanditReport } from '../parse/bandit.ts'
import type { Range } from '../parse/lines.ts'
import type { PipAuditReport } from '../parse/pip-audit.ts'
import type { Scan } from '../parse/scan.ts'
import type { Place } from '../place.ts'

export const reportKindOf = {
  bandit: 'report.bandit',
  'pip-audit': 'report.pip-audit',
  ruff: 'report.ruff',
  black: 'report.black',
  gitleaks: 'report.gitleaks',
  zizmor: 'report.zizmor',
  hadolint: 'report.hadolint',
  checkov: 'report.checkov',
  sarif: 'report.sarif',
} as const satisfies Record<ReportTool, FactKind>
export type ScanKind = (typeof reportKindOf)[ReportTool]

/** Where a report comes from, and what that place adds to what the report itself says. */
export interface Scope {
  readonly id: string
  readonly from: ToolReport['from']
  readonly commit: NamedCommit | undefined
  readonly version: string | undefined
  /** When a log shows the tool's output. */
  readonly seenAt: string | undefined
  readonly exit: number | undefined
}

type At = (range: Range) => Place

const shownMost = 10

const none: Readonly<Record<ReportedSeverity, number>> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }

/** A fact whose kind is known only at run time. */
const factOf = (kind: ScanKind, id: string, place: Place, data: ToolReport): Fact<ScanKind> =>
  ({ kind, id, place, data }) as Fact<ScanKind>

export const banditFact = (report: BanditReport, scope: Scope, at: At): Fact<ScanKind> => {
  const { counted, issues, skipped } = report
  const order = ['high', 'medium', 'low', 'unknown'] as const
  const named = issues.map(i => ({ ...i, severity: i.severity === 'undefined' ? ('unknown' as const) : i.severity }))
  const listed = { ...none }
  for (const { severity } of named) listed[severity] += 1
  const worst = order
    .flatMap(s => named.filter(i => i.severity === s))
    .slice(0, shownMost)
    .map(({ id, severity, where, range }): ReportedFinding => ({ id, severity, where, place: at(range) }))
  const [firstSkipped] = skipped
  return factOf('report.bandit', scope.id, at(report.totals), {
    tool: 'bandit',
    version: report.version ?? scope.version,
    format: report.format,
    from: scope.from,
    commit: scope.commit,
    generatedAt: report.generatedAt ?? scope.seenAt,
    exit: scope.exit,
    target: undefined,
    scanned: { count: report.linesOfCode, unit: 'lines of code' },
    listed,
    counted: { ...none, high: counted.high, medium: counted.medium, low: counted.low, unknown: counted.undefined },
    worst,
    ignored: { count: report.nosec + report.skippedTests, how: 'nosec' },
    skipped: {
      count: skipped.length,
      shown: skipped.slice(0, shownMost).map(({ name, reason }) => ({ name, reason })),
    },
    skippedAt: firstSkipped && at(firstSkipped.range),
    idle: undefined,
  })
}

export const pipAuditFact = (report: PipAuditReport, scope: Scope, at: At): Fact<ScanKind> => {
  const { vulnerabilities, skipped } = report
  const [firstSkipped] = skipped
  return factOf('report.pip-audit', scope.id, at(report.result), {
    tool: 'pip-audit',
    version: scope.version,
    format: report.format,
    from: scope.from,
    commit: scope.commit,
    generatedAt: scope.seenAt,
    exit: scope.exit,
    target: undefined,
    scanned: { count: report.audited, unit: 'dependencies' },
    listed: { ...none, unknown: report.found },
    counted: undefined,
    worst: vulnerabilities.slice(0, shownMost).map(v => ({
      id: v.id,
      severity: 'unknown',
      where: `${v.package} ${v.version}`,
      place: at(v.range),
    })),
    ignored: { count: report.ignored, how: '--ignore-vuln' },
    skipped: {
      count: skipped.length,
      shown: skipped.slice(0, shownMost).map(({ name, reason }) => ({ name, reason })),
    },
    skippedAt: firstSkipped && at(firstSkipped.range),
    idle: report.dryRun ? 'a dry run' : undefined,
  })
}

export const scanFact = (kind: ScanKind, scan: Scan, scope: Scope, at: At): Fact<ScanKind> => {
  const [firstSkipped] = scan.skipped.shown
  return factOf(kind, scope.id, at(scan.result), {
    tool: scan.tool,
    version: scan.version ?? scope.version,
    format: scan.format,
    from: scope.from,
    commit: scope.commit,
    generatedAt: scan.generatedAt ?? scope.seenAt,
    exit: scope.exit,
    target: scan.target,
    scanned: scan.scanned,
    listed: scan.listed,
    counted: scan.counted,
    worst: scan.worst.map(({ range, ...finding }) => ({ ...finding, place: at(range) })),
    ignored: scan.ignored,
    skipped: { count: scan.skipped.count, shown: scan.skipped.shown.map(({ name, reason }) => ({ name, reason })) },
    skippedAt: firstSkipped && at(firstSkipped.range),
    idle: scan.idle,
  })
}
