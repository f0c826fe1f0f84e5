import type {
  Invocation,
  Location,
  Log,
  Notification,
  PhysicalLocation,
  PropertyBag,
  Region,
  ReportingDescriptor,
  ReportingDescriptorReference,
  Result,
  Run,
  Suppression,
  ToolComponent,
  VersionControlDetails,
} from 'sarif'
import { canonical, sha256 } from '../digest.ts'
import type { Confidence, GapCause, Severity, Status, Verdict } from '../model.ts'
import { layout } from './layout.ts'
import { count, hides, isUnsure, isViolation, placeOf, plural, rank, sentence, whereOf } from './reading.ts'
import type {
  Finding,
  Located,
  Render,
  Report,
  ReportControl,
  ReportLocation,
  ReportRule,
  ReportUse,
} from './report.ts'
import { visible } from './visible.ts'

/**
 * SARIF 2.1.0 (OASIS, errata 01) in two profiles. `upload` is for GitHub code scanning: violations alone, each in a
 * file, within the limits of the service. `full` is for the record: every result of any kind, what was waived and why,
 * and the frameworks as taxonomies.
 */

/** Only the 5,000 most severe results of a run are kept by code scanning. */
const mostResults = 5000
const mostNotifications = 1000
/** 20 tags a rule are kept, 10 shown. */
const mostTags = 20
const mostRelated = 10
/** Limits of code scanning, in characters. */
const longestDescription = 1024
const longestMessage = 1000

const levels = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const satisfies Record<
  Severity,
  Result.level
>

/** Over 9.0 is critical, from 7.0 high, from 4.0 medium: the middle of each of GitHub's ranges. */
const securitySeverity: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' }

const precision: Readonly<Record<Confidence, string>> = { high: 'high', medium: 'medium', low: 'low' }

export const upload: Render = report => layout(log(uploadRun(report)))
export const full: Render = report => layout(log(fullRun(report)))

/** A run whose results may be made while they are written. */
type LazyRun = Omit<Run, 'results'> & { readonly results: Iterable<Result> }

const log = (run: LazyRun): Omit<Log, 'runs'> & { readonly runs: readonly LazyRun[] } => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [run],
})

/* ---- texts ---- */

const clip = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`

/** `[text](target)` in a message is a link (SARIF 3.11.6): what a tree says never becomes one. */
const unlinked = (text: string): string => text.replaceAll('](', '] (')

const said = (text: string): string => unlinked(visible(clip(text, longestMessage)))

/** A fence longer than any run of backticks in the text. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(m => m[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text.trimEnd()}\n${fence}`
}

/* ---- rules ---- */

/** The id code scanning knows a finding's rule by. Severity belongs to a rule there: a lower one is another rule. */
const ruleId = (check: string, severity: Severity, base: Severity): string =>
  severity === base ? check : `${check}/${severity}`

const pascal = (id: string): string =>
  id
    .split(/[^A-Za-z0-9]+/)
    .filter(word => word !== '')
    .map(word => word[0]?.toUpperCase() + word.slice(1))
    .join('')

const tagsOf = (rule: ReportRule): string[] =>
  [...new Set(['security', ...rule.controls, ...Object.values(rule.supports).flat()])].slice(0, mostTags)

const supportsText = (supports: ReportRule['supports']): string =>
  Object.entries(supports)
    .map(([framework, ids]) => `${framework} ${ids.join(', ')}`)
    .join('; ')

const helpOf = (rule: ReportRule): { readonly text: string; readonly markdown: string } => {
  const parts: readonly (readonly [string, string | undefined])[] = [
    ['Why', rule.why],
    ['Fix', rule.fix],
    ['Controls', rule.controls.join(', ')],
    ['Supports', supportsText(rule.supports)],
    ['Cannot see', rule.blind],
    ['Source', rule.source],
  ]
  const known = parts.flatMap(([name, text]) => (text === undefined || text === '' ? [] : [[name, text] as const]))
  const samples = rule.samples
    ? {
        text: `\n\nBad:\n${rule.samples.bad}\n\nGood:\n${rule.samples.good}`,
        markdown: `\n\n**Bad**\n\n${fenced(rule.samples.bad)}\n\n**Good**\n\n${fenced(rule.samples.good)}`,
      }
    : { text: '', markdown: '' }
  return {
    text: `${sentence(rule.title)}\n\n${known.map(([name, text]) => `${name}: ${text}`).join('\n\n')}${samples.text}`,
    markdown: `${sentence(rule.title)}\n\n${known.map(([name, text]) => `**${name}** ${text}`).join('\n\n')}${samples.markdown}`,
  }
}

const descriptorOf = (rule: ReportRule, id: string, severity: Severity): ReportingDescriptor => ({
  id,
  name: clip(pascal(id), 255),
  shortDescription: { text: clip(sentence(rule.title), longestDescription) },
  fullDescription: { text: clip(sentence(rule.why), longestDescription) },
  help: helpOf(rule),
  defaultConfiguration: { level: levels[severity] },
  properties: {
    tags: tagsOf(rule),
    precision: precision[rule.confidence],
    'security-severity': securitySeverity[severity],
  },
})

/* ---- places ---- */

/** A path inside the tree as a relative URI reference; `undefined` for one that would leave it. */
const uriIn = (path: string): string | undefined => {
  const parts = path.split('/')
  if (path === '' || path === '.' || parts.some(part => part === '' || part === '..') || /^[A-Za-z]:/.test(path))
    return undefined
  // Half a surrogate pair has no UTF-8 form; encodeURIComponent would throw.
  return parts.map(part => encodeURIComponent(part.replace(/[\u{d800}-\u{dfff}]/gu, '\u{fffd}'))).join('/')
}

/**
 * Where a result stands that is about no file: a file that a reader expects to be looked at, the same in every run.
 * Code scanning shows no alert without one.
 */
const anchorOf = (report: Report): string => {
  const known = [...report.policy.files.map(f => f.path), ...report.inputs.map(i => i.uri)].filter(uriIn).sort()
  const wanted: readonly ((path: string) => boolean)[] = [
    path => path === 'iip-audit.yaml',
    path => path.startsWith('.github/workflows/'),
    path => /^readme(\.[a-z]+)?$/i.test(path),
    path => !path.includes('/'),
    () => true,
  ]
  for (const fits of wanted) {
    const found = known.find(fits)
    if (found !== undefined) return found
  }
  return 'README.md'
}

/** One line, columns as in the file; a span of several lines is clipped to its first. */
const regionOf = (location: ReportLocation, excerpt: Finding['excerpt']): Region => {
  const { startLine, startColumn = 1, endLine = startLine, endColumn = startColumn + 1 } = location
  // A whole file: an empty region at its start is true of every file.
  if (startLine === undefined) return { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 }
  if (endLine === startLine)
    return { startLine, startColumn, endLine: startLine, endColumn: Math.max(startColumn, endColumn) }
  const shown = excerpt && !excerpt.redacted ? excerpt.to - excerpt.from : 0
  return { startLine, startColumn, endLine: startLine, endColumn: startColumn + Math.max(1, shown) }
}

interface Placed {
  readonly physicalLocation: PhysicalLocation
  /** The result is about something else than this file. */
  readonly anchored: boolean
}

/** Files known to exist: what was read. A whole file that was not read may be missing, and is anchored elsewhere. */
interface Files {
  readonly index: ReadonlyMap<string, number>
  readonly anchor: string
  /** Whether `artifacts[]` is written, so that places may point into it. */
  readonly indexed: boolean
}

const filesOf = (report: Report, indexed: boolean): Files => ({
  index: new Map(report.inputs.map((input, i) => [input.uri, i])),
  anchor: anchorOf(report),
  indexed,
})

const physical = (uri: string, path: string, region: Region, files: Files): PhysicalLocation => {
  const index = files.indexed ? files.index.get(path) : undefined
  return { artifactLocation: { uri, uriBaseId: '%SRCROOT%', ...(index === undefined ? {} : { index }) }, region }
}

const placed = (at: Located, excerpt: Finding['excerpt'], files: Files): Placed => {
  const own = 'location' in at ? uriIn(at.location.uri) : undefined
  if (
    'location' in at &&
    own !== undefined &&
    (at.location.startLine !== undefined || files.index.has(at.location.uri))
  )
    return { physicalLocation: physical(own, at.location.uri, regionOf(at.location, excerpt), files), anchored: false }
  const uri = uriIn(files.anchor) ?? 'README.md'
  return { physicalLocation: physical(uri, files.anchor, regionOf({ uri }, undefined), files), anchored: true }
}

/** The place in words, as a logical location of its own kind. */
const logical = (at: Located): Location['logicalLocations'] => {
  const kind = Object.keys(placeOf(at))[0] ?? 'thing'
  return [{ fullyQualifiedName: visible(whereOf(at)), kind: kind === 'location' ? 'file' : kind }]
}

/* ---- results ---- */

/** Related places in files, each linked from the message by its number. */
const relatedOf = (f: Finding, files: Files): { readonly text: string; readonly locations: Location[] } => {
  const texts: string[] = []
  const locations: Location[] = []
  for (const related of f.related) {
    if (locations.length === mostRelated) break
    const { physicalLocation, anchored } = placed(related, undefined, files)
    if (anchored) {
      texts.push(` See ${said(whereOf(related))}: ${sentence(said(related.message))}`)
      continue
    }
    const id = locations.length + 1
    const label = said(whereOf(related)).replaceAll(/[[\]]/g, '\\$&')
    texts.push(` See [${label}](${id}): ${sentence(said(related.message))}`)
    locations.push({ id, physicalLocation, message: { text: sentence(said(related.message)) } })
  }
  return { text: texts.join(''), locations }
}

/** The underlined text and its line, where no secret had to be replaced in it. */
const quoted = (at: PhysicalLocation, excerpt: Finding['excerpt']): PhysicalLocation => {
  if (!excerpt || excerpt.redacted || !at.region || excerpt.to <= excerpt.from) return at
  const { line, text, from, to } = excerpt
  return {
    ...at,
    region: { ...at.region, snippet: { text: text.slice(from, to) } },
    contextRegion: { startLine: line, endLine: line, snippet: { text } },
  }
}

const fingerprintsOf = (f: Finding, anchored: boolean): Result['partialFingerprints'] => ({
  // The uploader computes it where it is absent, and complains where it differs from the line the result stands in.
  ...(f.lineHash === undefined || anchored ? {} : { primaryLocationLineHash: f.lineHash }),
  'iipAuditFingerprint/v1': f.fingerprint,
})

interface RuleBook {
  readonly descriptors: readonly ReportingDescriptor[]
  readonly idOf: (f: Finding) => string
  readonly index: ReadonlyMap<string, number>
}

/** All rules that took part, whatever they found, then those that a lower severity needs. */
const ruleBook = (report: Report, findings: readonly Finding[], split: boolean): RuleBook => {
  const byId = new Map(report.rules.map(rule => [rule.id, rule]))
  const idOf = (f: Finding): string =>
    split ? ruleId(f.check, f.severity, byId.get(f.check)?.severity ?? f.severity) : f.check
  const descriptors = report.rules.map(rule => descriptorOf(rule, rule.id, rule.severity))
  const known = new Set(descriptors.map(d => d.id))
  const lower = new Map<string, ReportingDescriptor>()
  for (const f of findings) {
    const rule = byId.get(f.check)
    const id = idOf(f)
    if (rule && !known.has(id)) lower.set(id, descriptorOf(rule, id, f.severity))
  }
  descriptors.push(...[...lower.values()].sort((a, b) => (a.id < b.id ? -1 : 1)))
  return { descriptors, idOf, index: new Map(descriptors.map((d, i) => [d.id, i])) }
}

const ruleOf = (book: RuleBook, id: string): Pick<Result, 'ruleId' | 'ruleIndex'> => {
  const index = book.index.get(id)
  return { ruleId: id, ...(index === undefined ? {} : { ruleIndex: index }) }
}

const propertiesOf = (f: Finding): PropertyBag => ({
  controls: [...f.controls],
  subject: f.subject,
  observed: f.observed,
  severity: f.severity,
  confidence: f.confidence,
  state: f.state,
  ...(f.rows ? { rows: { count: f.rows.count, of: f.rows.of, new: f.rows.new, waived: f.rows.waived } } : {}),
})

const messageOf = (f: Finding): string => {
  const rows = f.rows ? f.rows.shown.slice(0, 3).map(row => said(`${row.place} ${row.observed}`)) : []
  const left = f.rows ? f.rows.new - rows.length : 0
  const shown = rows.length === 0 ? '' : ` ${rows.join('; ')}${left > 0 ? `; and ${count(left)} more` : ''}.`
  return `${sentence(said(f.message))}${shown}`
}

/** Violations, worst first. Those about no file are one result for each rule at the anchor. */
const uploadResults = (report: Report, book: RuleBook, files: Files): readonly Result[] => {
  const worst = report.findings.filter(isViolation).sort((a, b) => rank(b.severity) - rank(a.severity))
  const groups = new Map<string, Finding[]>()
  for (const f of worst) {
    const { anchored } = placed(f, f.excerpt, files)
    const key = anchored ? `anchored ${book.idOf(f)}` : `own ${f.fingerprint}`
    const group = groups.get(key)
    if (group) group.push(f)
    else groups.set(key, [f])
  }
  return [...groups.values()].flatMap(group => {
    const [f] = group
    return f ? [resultOf(f, group, book, files)] : []
  })
}

const resultOf = (f: Finding, group: readonly Finding[], book: RuleBook, files: Files): Result => {
  const { physicalLocation, anchored } = placed(f, f.excerpt, files)
  const related = relatedOf(f, files)
  const one = group.length === 1
  const where =
    anchored && !('location' in f && f.location.uri === '.') && !f.rows ? `${said(whereOf(placeOf(f)))}: ` : ''
  const more = one
    ? ''
    : ` ${plural(group.length - 1, 'more finding')} of this rule: ${group
        .slice(1, 6)
        .map(g => said(`${whereOf(placeOf(g))}: ${g.message}`))
        .join('; ')}${group.length > 6 ? '; …' : ''}.`
  return {
    ...ruleOf(book, book.idOf(f)),
    level: levels[f.severity],
    message: { text: `${where}${messageOf(f)}${more}${related.text}` },
    locations: [{ physicalLocation }],
    ...(related.locations.length > 0 ? { relatedLocations: related.locations } : {}),
    partialFingerprints: one
      ? fingerprintsOf(f, anchored)
      : {
          'iipAuditFingerprint/v1': sha256(
            canonical(['v1', 'together', f.check, group.map(g => g.fingerprint).sort()]),
          ),
        },
    properties: one
      ? propertiesOf(f)
      : { findings: group.map(g => ({ fingerprint: g.fingerprint, ...propertiesOf(g) })) },
  }
}

const kinds = { conforms: 'pass', violates: 'fail', unsure: 'open', exempt: 'notApplicable' } as const satisfies Record<
  Verdict,
  Result.kind
>

const ofControl: Readonly<Record<Status, Result.kind>> = {
  fail: 'informational',
  inconclusive: 'open',
  manual: 'review',
  'not-run': 'open',
  waived: 'informational',
  pass: 'pass',
  'not-applicable': 'notApplicable',
}

const suppressionsOf = (report: Report, f: Finding): Suppression[] => {
  const waiver = report.waivers.find(w => w.id === f.waiver)
  const justification = waiver
    ? said(
        `${waiver.id}: ${waiver.reason} (requested by ${waiver.requestedBy}, approved by ${waiver.approvedBy} on ${waiver.approvedOn}, until ${waiver.expires})`,
      )
    : 'Waived.'
  return [{ kind: 'external', status: 'accepted', justification }]
}

/** Every subject of every use, then every control. */
function* fullResults(report: Report, book: RuleBook, files: Files): Iterable<Result> {
  for (const f of report.findings) {
    const { physicalLocation, anchored } = placed(f, f.excerpt, files)
    const related = relatedOf(f, files)
    const location = anchored ? physicalLocation : quoted(physicalLocation, f.excerpt)
    yield {
      ...ruleOf(book, f.check),
      kind: kinds[f.verdict],
      level: f.verdict === 'violates' ? levels[f.severity] : 'none',
      message: { text: `${messageOf(f)}${related.text}` },
      locations: [{ physicalLocation: location, logicalLocations: logical(f) ?? [] }],
      ...(related.locations.length > 0 ? { relatedLocations: related.locations } : {}),
      partialFingerprints: fingerprintsOf(f, anchored),
      ...(f.rows ? { occurrenceCount: Math.max(1, f.state === 'waived' ? f.rows.count : f.rows.new) } : {}),
      ...(f.state === 'waived' ? { suppressions: suppressionsOf(report, f) } : {}),
      properties: propertiesOf(f),
    }
  }
  // Uses equal in check and parameters were judged once: their subjects are listed once.
  const uses = new Map<string, { readonly use: ReportUse; readonly controls: string[] }>()
  for (const control of report.controls)
    for (const use of control.checks) {
      const key = canonical([use.check, use.with])
      const known = uses.get(key)
      if (known) known.controls.push(control.id)
      else uses.set(key, { use, controls: [control.id] })
    }
  for (const { use, controls } of uses.values()) {
    for (const subject of use.subjects) {
      if (subject.verdict === 'violates' || subject.verdict === 'unsure') continue
      const { physicalLocation } = placed(subject, undefined, files)
      yield {
        ...ruleOf(book, use.check),
        kind: kinds[subject.verdict],
        level: 'none',
        message: { text: sentence(said(subject.observed)) },
        locations: [{ physicalLocation, logicalLocations: logical(subject) ?? [] }],
        partialFingerprints: { 'iipAuditFingerprint/v1': sha256(canonical(['v1', use.check, subject.id])) },
        properties: { controls, subject: subject.id, with: use.with },
      }
    }
    for (const rows of use.population.rows ?? []) {
      if (rows.verdict === 'violates' || rows.verdict === 'unsure') continue
      const { physicalLocation } = placed({ location: { uri: '.' } }, undefined, files)
      const ends = [rows.first, rows.last].map(row => `${row.place} ${row.observed}`)
      const text = `${plural(rows.count, 'row')} ${rows.verdict === 'exempt' ? 'outside the population' : 'conforming'}: first ${ends[0]}, last ${ends[1]}`
      yield {
        ...ruleOf(book, use.check),
        kind: kinds[rows.verdict],
        level: 'none',
        message: { text: sentence(said(text)) },
        locations: [{ physicalLocation }],
        partialFingerprints: { 'iipAuditFingerprint/v1': sha256(canonical(['v1', use.check, 'rows', rows.verdict])) },
        occurrenceCount: Math.max(1, rows.count),
        properties: { controls, with: use.with, query: use.population.query ?? '' },
      }
    }
  }
  for (const control of report.controls) {
    const { physicalLocation } = placed({ location: { uri: '.' } }, undefined, files)
    const refused = control.status === 'fail' && control.attestation?.state === 'no'
    yield {
      ...ruleOf(book, control.id),
      kind: refused ? 'fail' : ofControl[control.status],
      level: refused ? levels[control.severity] : 'none',
      message: { text: sentence(said(control.reason)) },
      locations: [{ physicalLocation, logicalLocations: [{ fullyQualifiedName: control.id, kind: 'control' }] }],
      partialFingerprints: { 'iipAuditFingerprint/v1': sha256(canonical(['v1', 'control', control.id])) },
      properties: { status: control.status, attested: control.attested },
    }
  }
}

/* ---- what could not be judged ---- */

const notices = {
  unreadable: 'A file could not be read',
  unparsed: 'A text could not be understood',
  unresolved: 'Something refers to what is not in the tree',
  'too-large': 'A file is larger than what is read',
  'not-asked': 'A source was not asked in this run',
  denied: 'A source refused to answer',
  bug: 'A collector failed',
} as const satisfies Record<GapCause, string>

const notificationIds = [...Object.keys(notices).map(cause => `gap/${cause}`), 'unsure', 'crash', 'limit'] as const

const notificationDescriptors = (): ReportingDescriptor[] => {
  const said: Readonly<Record<string, string>> = {
    ...Object.fromEntries(Object.entries(notices).map(([cause, text]) => [`gap/${cause}`, text])),
    unsure: 'A subject could not be judged from what the repository says',
    crash: 'A part of the tool failed; the rest of the run is complete',
    limit: 'More was found than this profile may carry',
  }
  return notificationIds.map(id => ({
    id,
    shortDescription: { text: sentence(said[id] ?? id) },
    fullDescription: { text: `${sentence(said[id] ?? id)} What depends on it is inconclusive, never a pass.` },
    help: {
      text: 'Run iip-audit check --all for the whole list.',
      markdown: 'Run `iip-audit check --all` for the whole list.',
    },
  }))
}

const descriptor = (id: string): ReportingDescriptorReference => ({ id, index: notificationIds.indexOf(id) })

const notificationsOf = (
  report: Report,
  book: RuleBook,
  files: Files,
  cutResults: number,
  most: number,
): Notification[] => {
  const locationsOf = (at: Located): Pick<Notification, 'locations'> => {
    const { physicalLocation, anchored } = placed(at, undefined, files)
    return anchored ? {} : { locations: [{ physicalLocation }] }
  }
  const crashes = report.crashes.map(
    (crash): Notification => ({
      descriptor: descriptor('crash'),
      level: 'error',
      message: { text: sentence(said(`${crash.where}: ${crash.message}`)) },
    }),
  )
  const unsure = report.findings.filter(isUnsure).map(
    (f): Notification => ({
      descriptor: descriptor('unsure'),
      associatedRule: { id: f.check, ...(book.index.has(f.check) ? { index: book.index.get(f.check) ?? 0 } : {}) },
      level: 'warning',
      message: { text: sentence(said(`${whereOf(placeOf(f))}: ${f.message}`)) },
      ...locationsOf(f),
      properties: { controls: [...f.controls], fingerprint: f.fingerprint },
    }),
  )
  const gaps = [...report.gaps]
    .sort((a, b) => Number(hides(b)) - Number(hides(a)))
    .map(
      (gap): Notification => ({
        descriptor: descriptor(`gap/${gap.cause}`),
        level: gap.cause === 'bug' ? 'error' : hides(gap) ? 'warning' : 'note',
        message: { text: sentence(said(`${whereOf(placeOf(gap))}: ${gap.reason}`)) },
        ...locationsOf(gap),
        properties: { controls: [...gap.controls], kinds: [...gap.kinds], id: gap.id },
      }),
    )
  const limit = (text: string): Notification => ({
    descriptor: descriptor('limit'),
    level: 'warning',
    message: { text },
  })
  const all = [...crashes, ...unsure, ...gaps]
  const left = all.length - most
  return [
    ...(cutResults > 0
      ? [
          limit(
            `${count(cutResults)} results of lower severity are left out: code scanning keeps ${count(mostResults)}. The JSON report has them all.`,
          ),
        ]
      : []),
    ...(left > 0
      ? [
          limit(
            `${plural(left, 'more notification')} of what could not be judged are left out. The JSON report has them all.`,
          ),
        ]
      : []),
    ...all.slice(0, most),
  ]
}

/* ---- runs ---- */

/** The address of the repository without credentials, if it is one. `git@host:owner/name` is ssh. */
const provenanceOf = ({ target }: Report): VersionControlDetails[] => {
  const { repository, commit, branch } = target
  if (repository === undefined) return []
  const short = /^(?:[^/@:]{1,100}@)?([A-Za-z0-9.-]{1,253}):(?!\/\/)(.+)$/.exec(repository)
  const address = short ? `ssh://${short[1]}/${short[2]}` : repository
  if (!URL.canParse(address)) return []
  const url = new URL(address)
  if (!/^(https?|ssh|git):$/.test(url.protocol)) return []
  url.username = ''
  url.password = ''
  return [
    {
      repositoryUri: url.href,
      ...(commit === undefined ? {} : { revisionId: commit }),
      ...(branch === undefined ? {} : { branch }),
      mappedTo: { uriBaseId: '%SRCROOT%' },
    },
  ]
}

/**
 * The category under which code scanning compares this run with earlier ones: what was not looked at must not close
 * alerts, so another selection is another category. The trailing slash leaves the run's own id empty.
 */
const categoryOf = ({ selection, target }: Report): string => {
  const safe = (text: string): string => text.replace(/[^A-Za-z0-9._:+-]+/g, '-')
  const folder = target.path.split('/').filter(part => part !== '.' && part !== '')
  const inside = !target.path.startsWith('/') && !folder.includes('..') && !/^[A-Za-z]:/.test(target.path)
  return [
    'iip-audit',
    ...(selection.frameworks.length > 0 ? [[...selection.frameworks].sort().map(safe).join('+')] : []),
    ...(inside ? folder.map(safe) : []),
    ...(selection.partial ? ['partial'] : []),
    '',
  ].join('/')
}

const summaryOf = (report: Report): PropertyBag => ({
  asOf: report.asOf,
  policy: report.policy.from,
  partial: report.selection.partial ?? null,
  selfAssessment: "Management's self-assessment, not an auditor's report.",
  couldNotJudge: {
    controls: report.controls.filter(c => c.status === 'inconclusive').map(c => c.id),
    unsure: report.findings.filter(isUnsure).length,
    gaps: report.gaps.filter(hides).length,
    notAsked: report.gaps.filter(g => g.cause === 'not-asked').length,
    crashes: report.crashes.length,
  },
  exit: { ...report.exit },
})

const runOf = (
  report: Report,
  driver: Partial<ToolComponent>,
  notifications: Notification[],
  results: Iterable<Result>,
  more: Partial<Run>,
): LazyRun => {
  const invocation: Invocation = {
    executionSuccessful: report.crashes.length === 0,
    exitCode: report.exit.code,
    exitCodeDescription: visible(report.exit.because),
    ...(notifications.length > 0 ? { toolExecutionNotifications: notifications } : {}),
  }
  const provenance = provenanceOf(report)
  return {
    tool: {
      driver: {
        name: 'iip-audit',
        version: report.tool.version,
        semanticVersion: report.tool.version,
        informationUri: 'https://www.npmjs.com/package/iip-audit',
        ...driver,
        notifications: notificationDescriptors(),
      },
    },
    invocations: [invocation],
    automationDetails: { id: categoryOf(report) },
    ...(provenance.length > 0 ? { versionControlProvenance: provenance } : {}),
    originalUriBaseIds: { '%SRCROOT%': { description: { text: 'The root of the repository.' } } },
    columnKind: 'utf16CodeUnits',
    ...more,
    properties: { iipAudit: summaryOf(report) },
    results,
  }
}

const uploadRun = (report: Report): LazyRun => {
  const files = filesOf(report, false)
  const book = ruleBook(report, report.findings.filter(isViolation), true)
  const results = uploadResults(report, book, files)
  const cut = Math.max(0, results.length - mostResults)
  const notifications = notificationsOf(report, book, files, cut, mostNotifications)
  return runOf(report, { rules: [...book.descriptors] }, notifications, results.slice(0, mostResults), {})
}

/** Controls as rules of the record, so that what a person must answer has a rule too. */
const controlDescriptor = (control: ReportControl): ReportingDescriptor => ({
  id: control.id,
  name: clip(pascal(control.title), 255),
  shortDescription: { text: clip(sentence(control.title), longestDescription) },
  fullDescription: { text: clip(sentence(control.statement), longestDescription) },
  help: {
    text: [control.statement, control.rationale, ...control.remediation].filter(text => text !== '').join('\n\n'),
    markdown: [control.statement, control.rationale, ...control.remediation.map(step => `- ${step}`)]
      .filter(text => text !== '')
      .join('\n\n'),
  },
  defaultConfiguration: { level: levels[control.severity] },
  properties: {
    tags: [...new Set(['security', ...Object.values(control.supports).flat()])].slice(0, mostTags),
    'security-severity': securitySeverity[control.severity],
    revision: control.revision,
    definition: control.definition.sha256,
  },
})

const fullRun = (report: Report): LazyRun => {
  const files = filesOf(report, true)
  const plain = ruleBook(report, [], false)
  const taxonomies = report.frameworks.map(
    (framework): ToolComponent => ({
      name: framework.id,
      version: report.catalogs.find(c => c.id === framework.id)?.version ?? '0',
      informationUri: 'https://www.npmjs.com/package/iip-audit',
      shortDescription: { text: sentence(framework.title) },
      fullDescription: { text: sentence(`${framework.title}: requirements by id, under short titles`) },
      isComprehensive: false,
      taxa: framework.requirements.map(r => ({
        id: r.id,
        shortDescription: { text: sentence(r.title) },
        properties: {
          category: r.category,
          ...(r.designation ? { designation: r.designation } : {}),
          standing: r.standing,
          passes: r.passes,
        },
      })),
    }),
  )
  const taxon = new Map(
    report.frameworks.flatMap((f, component) =>
      f.requirements.map((r, index) => [`${f.id} ${r.id}`, { component, index }] as const),
    ),
  )
  const relationships = (supports: ReportRule['supports']): Pick<ReportingDescriptor, 'relationships'> => {
    const targets = Object.entries(supports).flatMap(([framework, ids]) =>
      ids.flatMap(id => {
        const at = taxon.get(`${framework} ${id}`)
        return at
          ? [
              {
                target: { id, index: at.index, toolComponent: { name: framework, index: at.component } },
                kinds: ['relevant'],
              },
            ]
          : []
      }),
    )
    return targets.length > 0 ? { relationships: targets } : {}
  }
  const supports = new Map([...report.rules, ...report.controls].map(r => [r.id, r.supports]))
  const descriptors = [...plain.descriptors, ...report.controls.map(controlDescriptor)].map(d => ({
    ...d,
    ...relationships(supports.get(d.id) ?? {}),
  }))
  const book: RuleBook = { ...plain, descriptors, index: new Map(descriptors.map((d, i) => [d.id, i])) }
  const notifications = notificationsOf(report, book, files, 0, Number.POSITIVE_INFINITY)
  return runOf(
    report,
    { rules: descriptors, supportedTaxonomies: taxonomies.map((t, index) => ({ name: t.name, index })) },
    notifications,
    fullResults(report, book, files),
    {
      taxonomies,
      artifacts: report.inputs.map(input => ({
        location: { uri: uriIn(input.uri) ?? encodeURIComponent(input.uri), uriBaseId: '%SRCROOT%' },
        length: input.bytes,
        hashes: { 'sha-256': input.sha256 },
      })),
    },
  )
}
