import { defineCheck, oneOf, whole } from '../../check.ts'
import { daysUntil } from '../../facts/report.ts'

export const check = defineCheck({
  id: 'pip-audit-report-is-clean',
  about: 'report.pip-audit',
  asks: () => [{ kind: 'report.pip-audit' }],
  ifNone: 'not-applicable',
  title: 'The pip-audit report handed in shows no known vulnerability, nothing skipped or ignored, and is recent',
  why: 'A vulnerable dependency that is known and not updated is what an attacker tries first. A dependency pip-audit skipped was not looked up at all, yet the tool ends with "No known vulnerabilities found" and exit code 0; the same happens with an empty requirements file, with --dry-run, and without a network.',
  fix: 'Update to a version the report names as fixed; pin what is skipped to a version the index knows; run pip-audit again and hand in its log, which carries the date and the commit.',
  samples: {
    bad: '{"dependencies": [{"name": "sampleweb", "version": "1.0.0", "vulns": [{"id": "PYSEC-2026-101", "fix_versions": ["1.0.4"]}]}], "fixes": []}',
    good: '{"dependencies": [{"name": "sampleweb", "version": "1.0.4", "vulns": []}], "fixes": []}',
  },
  source: 'pip-audit 2.10.1, formats json and columns; exit code 1 when a vulnerability is found',
  blind:
    'The JSON of pip-audit carries no date, no commit, no severity and nothing of --ignore-vuln; only a CI log shows when it was made. What the requirements file leaves out is not audited.',
  confidence: 'high',
  params: {
    maxAgeDays: whole('days after which a report says nothing any more', { least: 0, most: 3650 }, 7),
    undated: oneOf('what a report is that does not say when it was made', ['unsure', 'accept'], 'unsure'),
  },
  judge: ({ data, place }, { maxAgeDays, undated }, _facts, { asOf }) => {
    const { commit, generatedAt, scanned, skipped, worst, listed, ignored } = data
    if (commit?.is === 'other')
      return {
        verdict: 'unsure',
        reason: `report of commit ${commit.oid.slice(0, 10)}, which is not the one checked out`,
      }
    if (generatedAt !== undefined) {
      const age = daysUntil(asOf, generatedAt)
      const day = generatedAt.slice(0, 10)
      if (age < 0) return { verdict: 'unsure', reason: `the report is dated ${day}, after the day of this audit` }
      if (age > maxAgeDays)
        return { verdict: 'unsure', reason: `the report is of ${day}, older than ${maxAgeDays} days` }
    }

    const found = listed.unknown
    if (found > 0) {
      const [first] = worst
      const ids = [...new Set(worst.map(w => w.id))]
      const shown = `${ids.slice(0, 3).join(', ')}${found > 3 ? ', …' : ''}`
      const named = first ? ` (${shown}); the first is in ${first.where}` : ''
      return {
        verdict: 'violates',
        observed: `${found} known: ${[...new Set(worst.map(w => `${w.where} ${w.id}`))].join(', ') || 'not listed'}`,
        message: `pip-audit reports ${found} known ${found === 1 ? 'vulnerability' : 'vulnerabilities'}${named}`,
        place: first?.place ?? place,
      }
    }
    if (skipped.count > 0) {
      const [first] = skipped.shown
      return {
        verdict: 'unsure',
        reason: `pip-audit skipped ${skipped.count} ${skipped.count === 1 ? 'dependency' : 'dependencies'}: ${first?.name ?? '?'}: ${first?.reason ?? '?'}`,
        ...(data.skippedAt ? { place: data.skippedAt } : {}),
      }
    }
    if (data.idle !== undefined) return { verdict: 'unsure', reason: 'a dry run: pip-audit looked nothing up' }
    if (scanned.count === 0)
      return {
        verdict: 'unsure',
        reason: 'pip-audit looked up no dependency: a dry run, or an empty list of requirements',
      }
    if ((ignored.count ?? 0) > 0)
      return {
        verdict: 'unsure',
        reason: `pip-audit was told to ignore ${ignored.count} ${ignored.count === 1 ? 'vulnerability' : 'vulnerabilities'} and does not say which`,
      }
    // The list of known vulnerabilities grows by itself, so even of this very commit a report ages.
    if (generatedAt === undefined && undated === 'unsure')
      return { verdict: 'unsure', reason: 'the report does not say when it was made; a CI log of the run does' }
    const version = data.version === undefined ? '' : ` ${data.version}`
    const when = generatedAt === undefined ? ', undated' : `, ${generatedAt}`
    const over = scanned.count === undefined ? 'the number of dependencies not shown' : `${scanned.count} looked up`
    return { verdict: 'conforms', observed: `pip-audit${version}${when}: no known vulnerability, ${over}` }
  },
})
