import type { AuditRequest } from '../audit.ts'
import type { Status } from '../model.ts'
import type { Finding, Report } from '../report/report.ts'
import { rank } from './finding.ts'
import { type Decided, plural } from './run.ts'

/** The exit code, first match: 4 our bug, 1 findings, 3 `--strict`, 0 (2 never gets this far). */
export const exitOf = (
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
