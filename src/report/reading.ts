import { type Severity, type Standing, type Status, severities } from '../model.ts'
import type { Finding, Located, Report, ReportControl, ReportFramework, ReportGap, ReportUse } from './report.ts'

/** What several formats read out of a report in the same way, so that they cannot disagree. */

export const rank = (severity: Severity): number => severities.indexOf(severity)

export const statuses = [
  'fail',
  'inconclusive',
  'manual',
  'not-run',
  'waived',
  'pass',
  'not-applicable',
] as const satisfies readonly Status[]

export const standings = [
  'contradicted',
  'open',
  'supported',
  'not-covered',
  'does-not-apply',
] as const satisfies readonly Standing[]

/** A status in the words reports use, upper case where it stands alone. */
export const statusWords: Readonly<Record<Status, string>> = {
  fail: 'fail',
  inconclusive: 'inconclusive',
  manual: 'needs a person',
  'not-run': 'not run',
  waived: 'waived',
  pass: 'pass',
  'not-applicable': 'not applicable',
}

export const standingWords: Readonly<Record<Standing, string>> = {
  contradicted: 'contradicted',
  open: 'open',
  supported: 'supported',
  'not-covered': 'not covered',
  'does-not-apply': 'does not apply',
}

export const count = (n: number): string => n.toLocaleString('en-US')

export const plural = (n: number, one: string, many = `${one}s`): string => `${count(n)} ${n === 1 ? one : many}`

/** Ends as a sentence does. */
export const sentence = (text: string): string => (/[.!?…]$/.test(text) ? text : `${text}.`)

/** An object name as people read it. */
export const shortId = (oid: string): string => oid.slice(0, 10)

/** The place as a person would type it: `path:line:col`, `commit 9b07d1e4aa`, `host:port`. */
export const whereOf = (at: Located): string => {
  if ('location' in at) {
    const { uri, startLine, startColumn } = at.location
    return startLine === undefined ? uri : `${uri}:${startLine}:${startColumn ?? 1}`
  }
  if ('commit' in at) return `commit ${shortId(at.commit)}`
  if ('endpoint' in at) return at.endpoint
  if ('api' in at) return `${at.api.url}#${at.api.pointer}`
  if ('row' in at) return `${at.row.uri} (${at.row.key})`
  return `${at.database.authority}/${at.database.object}`
}

/** Only the place out of something that has one. */
export const placeOf = (at: Located): Located => {
  if ('location' in at) return { location: at.location }
  if ('commit' in at) return { commit: at.commit }
  if ('endpoint' in at) return { endpoint: at.endpoint }
  if ('api' in at) return { api: at.api }
  if ('row' in at) return { row: at.row }
  return { database: at.database }
}

/** The file a place lies in; the root and what is no file have none. */
export const uriOf = (at: Located): string | undefined =>
  'location' in at ? (at.location.uri === '.' ? undefined : at.location.uri) : 'row' in at ? at.row.uri : undefined

/** Violates, and nobody has accepted it. */
export const isViolation = (f: Finding): boolean => f.verdict === 'violates' && f.state !== 'waived'
/** Could not be judged, and nobody has accepted that. */
export const isUnsure = (f: Finding): boolean => f.verdict === 'unsure' && f.state !== 'waived'

/** Whether a finding lies in a sample folder: reported as low, decides no control. */
export const sampleTest = (report: Report): ((f: Finding) => boolean) => {
  const samples = new Set<string>()
  for (const control of report.controls)
    for (const use of control.checks)
      for (const subject of use.subjects) if (subject.sample) samples.add(`${use.check} ${subject.id}`)
  return f => samples.has(`${f.check} ${f.subject}`)
}

/** New before known, then the worst first; equal ones keep the order of the report (path, line, column, check). */
export const worstFirst = (a: Finding, b: Finding): number =>
  Number(a.state === 'known') - Number(b.state === 'known') || rank(b.severity) - rank(a.severity)

const statusRank = (status: Status): number => statuses.indexOf(status)

/** The uses by which a control asks what a finding answers. */
export const usesOf = (control: ReportControl, check: string): readonly ReportUse[] =>
  control.checks.filter(use => use.check === check)

/**
 * The one control a finding is shown under: where it weighs most. A control it fails before one that only notes it,
 * a required use before a supporting one, then the more severe, then by id.
 */
export const homeOf = (report: Report): ((f: Finding) => ReportControl | undefined) => {
  const byId = new Map(report.controls.map(c => [c.id, c]))
  const weight = (control: ReportControl, check: string): readonly [number, number, number] => {
    const uses = usesOf(control, check)
    return [
      statusRank(control.status),
      uses.some(use => use.role === 'required') ? 0 : 1,
      -Math.max(...uses.map(use => rank(use.severity)), rank('low')),
    ]
  }
  return f => {
    let home: { control: ReportControl; weight: readonly [number, number, number] } | undefined
    for (const id of f.controls) {
      const control = byId.get(id)
      if (!control) continue
      const own = weight(control, f.check)
      const than = home?.weight
      const less = than === undefined || own[0] - than[0] || own[1] - than[1] || own[2] - than[2]
      if (less === true || (typeof less === 'number' && less < 0)) home = { control, weight: own }
    }
    return home?.control
  }
}

export const countBy = <K extends string>(keys: readonly K[], of: Iterable<K>): Readonly<Record<K, number>> => {
  const counts = Object.fromEntries(keys.map(key => [key, 0])) as Record<K, number>
  for (const key of of) counts[key]++
  return counts
}

/** The controls that support a framework, each once, and how its requirements stand. */
export const matrixOf = (
  framework: ReportFramework,
): {
  readonly controls: Readonly<Record<Status, number>>
  readonly controlsTotal: number
  readonly criteria: Readonly<Record<Standing, number>>
  readonly criteriaTotal: number
} => {
  const controls = new Map(framework.requirements.flatMap(r => r.controls.map(c => [c.id, c.status] as const)))
  return {
    controls: countBy(statuses, controls.values()),
    controlsTotal: controls.size,
    criteria: countBy(
      standings,
      framework.requirements.map(r => r.standing),
    ),
    criteriaTotal: framework.requirements.length,
  }
}

/** Counts of open violations, worst severity first, those that occur: `9 high, 5 medium`. */
export const bySeverity = (findings: readonly Finding[]): string =>
  [...severities]
    .reverse()
    .flatMap(severity => {
      const n = findings.filter(f => f.severity === severity).length
      return n === 0 ? [] : [`${count(n)} ${severity}`]
    })
    .join(', ')

/** Gaps that leave something open: not those that were simply not asked for, nor those in sample folders. */
export const hides = (gap: ReportGap): boolean => gap.cause !== 'not-asked' && gap.sample === undefined

/** `owner/name` of a remote address, without scheme, host, credentials and suffix; other texts as they are. */
export const repositoryName = (origin: string): string => {
  const path = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/]*\/|[^/@:]{1,100}@[^/:]{1,253}:)(.+)$/i.exec(origin)?.[1] ?? origin
  return path.replace(/\/+$/, '').replace(/\.git$/, '')
}

/** Framework ids in the order reports name them: soc2 first, then by id. */
export const inOrder = (ids: readonly string[]): readonly string[] =>
  [...ids].sort((a, b) => (a === b ? 0 : a === 'soc2' || (b !== 'soc2' && a < b) ? -1 : 1))

export const frameworksOf = (supports: Readonly<Record<string, readonly string[]>>): readonly string[] =>
  inOrder(Object.keys(supports))
