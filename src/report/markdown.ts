import type { Outcome, Severity, Verdict } from '../model.ts'
import { code, external, join, link, type Marked, md, prose, slug, table } from './marked.ts'
import { networkBlocks } from './network-markdown.ts'
import {
  bySeverity,
  count,
  frameworksOf,
  hides,
  inOrder,
  isUnsure,
  isViolation,
  matrixOf,
  placeOf,
  plural,
  rank,
  repositoryName,
  sampleTest,
  sentence,
  standings,
  standingWords,
  statuses,
  statusWords,
  uriOf,
  whereOf,
} from './reading.ts'
import type {
  Excerpt,
  Finding,
  Located,
  Render,
  Report,
  ReportControl,
  ReportFramework,
  ReportGap,
  ReportRow,
  ReportUse,
} from './report.ts'
import { visible } from './visible.ts'

/**
 * The evidence report: what an auditor opens. One section for each control, always in the order status, definition,
 * parameters, population, exceptions, what could not be seen, evidence.
 */

/** Longest lists that stand in the document; the JSON report has the rest, and the text says so. */
const most = { subjects: 25, exceptions: 200, gaps: 100, inputs: 1000, excerpt: 160, observed: 300 }

export const render: Render = function* (report) {
  for (const block of document(report)) {
    for (const line of block) yield `${line}\n`
    yield '\n'
  }
  yield `_${selfAssessment}_\n`
}

const selfAssessment = 'Management’s self-assessment, not an auditor’s report.'

type Block = readonly string[]

function* document(report: Report): Iterable<Block> {
  const isSample = sampleTest(report)
  yield* head(report)
  yield* summary(report, isSample)
  yield* criteria(report)
  yield ['# Controls']
  for (const control of report.controls) yield* section(report, control, isSample)
  if (report.networks !== undefined && report.networks.length > 0) {
    yield ['# Networks']
    yield ['Who is on which network in each deployment, as the Compose files say.']
    yield* networkBlocks(report, '##')
  }
  yield* appendix(report, isSample)
}

const cutTo = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length - 1)}…`)

const digest = (sha256: string): Marked => code(`${sha256.slice(0, 12)}…`)

const where = (at: Located): Marked => {
  const place = placeOf(at)
  if ('location' in place && place.location.uri === '.') return md`the repository`
  if ('commit' in place) return md`commit ${code(place.commit.slice(0, 10))}`
  return code(whereOf(place))
}

/** `IIP-CHG-01 · Signed commits`, the heading of its section. */
const headingOf = (control: ReportControl): string => `${control.id} · ${visible(control.title)}`

const toControl = (report: Report, id: string): Marked => {
  const control = report.controls.find(c => c.id === id)
  return control ? link(id, slug(headingText(control))) : md`${id}`
}

/** The heading as it reads once Markdown is gone: what anchors are made of. */
const headingText = (control: ReportControl): string => prose(headingOf(control)).md.replaceAll('`', '')

/* ---- head ---- */

function* head(report: Report): Iterable<Block> {
  const { target, policy, selection, exit } = report
  const name = target.repository === undefined ? target.path : repositoryName(target.repository)
  yield [md`# Evidence report: ${name}`.md]
  yield [
    `> ${selfAssessment} It says which criteria the evidence supports, contradicts or leaves open; it certifies nothing.`,
  ]
  const commit =
    target.commit === undefined
      ? md`no git history: files as they lay there`
      : md`commit ${code(target.commit)}${target.branch === undefined ? md`, no branch` : md` of ${code(target.branch)}`}${target.tree === undefined ? '' : md`, tree ${code(target.tree)}`}`
  const dirty =
    target.dirty.length === 0
      ? []
      : [
          [
            'Modified',
            md`${plural(target.dirty.length, 'file')} differ from the commit: ${join(target.dirty.slice(0, 20).map(code), ', ')}${target.dirty.length > 20 ? md` and ${target.dirty.length - 20} more` : ''}`,
          ],
        ]
  const history = target.shallow
    ? 'shallow clone: the history is cut off'
    : target.commit === undefined
      ? 'none'
      : 'not shallow'
  yield table(
    ['', ''],
    [
      ['Target', md`${code(target.path)}${target.repository === undefined ? '' : md`, ${code(target.repository)}`}`],
      ['State', commit],
      ...dirty,
      ['History', history],
      [
        'Read',
        `${plural(target.files, 'file')}${target.commits === undefined ? '' : `, ${plural(target.commits, 'commit')}`}`,
      ],
      ['As of', report.asOf],
      ['Tool', `iip-audit ${report.tool.version}`],
      ['Rules', policy.from],
      ...policy.files.map(f => ['Rule file', md`${code(f.path)} sha256 ${code(f.sha256)}`]),
      ...report.catalogs.map(c => ['Catalog', md`${c.id} ${c.version}, sha256 ${digest(c.sha256)}`]),
      [
        'Asked for',
        selection.partial
          ? md`**partial run:** ${selection.partial.controls} of ${plural(selection.partial.of, 'control')}`
          : 'everything in scope',
      ],
      ...(selection.live === undefined
        ? []
        : [['Network', selection.live ? 'live sources were asked' : 'none: offline']]),
      ['Result', md`exit ${exit.code}: ${exit.because}`],
    ],
  )
}

/* ---- summary ---- */

const ofSeverity = (a: { readonly severity: Severity }, b: { readonly severity: Severity }): number =>
  rank(b.severity) - rank(a.severity)

function* summary(report: Report, isSample: (f: Finding) => boolean): Iterable<Block> {
  const inSamples = report.findings.filter(isSample).length
  const findings = report.findings.filter(f => !isSample(f))
  const violations = findings.filter(isViolation)
  const unsure = findings.filter(isUnsure).length
  const waived = findings.filter(f => f.state === 'waived').length
  const gaps = report.gaps.filter(hides).length
  yield ['# Summary']
  yield [
    md`${plural(violations.length, 'finding')}${violations.length > 0 ? `: ${bySeverity(violations)}` : ''}. ${plural(unsure, 'finding')} could not be judged, ${plural(gaps, 'place')} could not be seen, ${plural(waived, 'finding')} waived${inSamples > 0 ? `; ${count(inSamples)} in sample folders decide nothing` : ''}.`
      .md,
  ]
  const matrix = inFrameworkOrder(report).map(f => [f, matrixOf(f)] as const)
  const right = ['left', ...statuses.map(() => 'right' as const), 'right'] as const
  if (matrix.length > 0) {
    yield table(
      ['Controls', ...statuses.map(s => statusWords[s]), 'total'],
      matrix.map(([f, m]) => [f.title, ...statuses.map(s => m.controls[s]), m.controlsTotal]),
      right,
    )
    yield table(
      ['Criteria', ...standings.map(s => standingWords[s]), 'total'],
      matrix.map(([f, m]) => [f.title, ...standings.map(s => m.criteria[s]), m.criteriaTotal]),
      right,
    )
  }
  yield table(
    ['Control', 'Title', 'Severity', 'Status', 'Why'],
    [...report.controls]
      .sort(
        (a, b) => statuses.indexOf(a.status) - statuses.indexOf(b.status) || ofSeverity(a, b) || (a.id < b.id ? -1 : 1),
      )
      .map(c => [
        toControl(report, c.id),
        prose(c.title),
        c.severity,
        statusOf(c),
        prose(cutTo(c.reason, most.observed)),
      ]),
  )
}

const inFrameworkOrder = (report: Report): readonly ReportFramework[] =>
  inOrder(report.frameworks.map(f => f.id)).flatMap(id => report.frameworks.find(f => f.id === id) ?? [])

const statusOf = (control: ReportControl): Marked => {
  const word = statusWords[control.status]
  const attested = control.attested ? ', attested' : ''
  return control.status === 'fail' ? md`**${word}**` : md`${word}${attested}`
}

function* criteria(report: Report): Iterable<Block> {
  yield ['# Criteria']
  yield [
    'A criterion has no verdict. *Contradicted*: a control that supports it fails. *Open*: a control could not be judged, waits for a person, was not run or is waived. *Supported by n*: n controls pass, the rest do not apply. *Not covered*: no control of this tool supports it.',
  ]
  for (const framework of inFrameworkOrder(report)) {
    yield [md`## ${framework.title}`.md]
    const designated = framework.requirements.some(r => r.designation !== undefined)
    yield table(
      ['Criterion', 'Title', ...(designated ? ['Designation'] : []), 'Standing', 'Controls'],
      framework.requirements.map(r => [
        r.id,
        prose(r.title),
        ...(designated ? [r.designation ?? ''] : []),
        r.standing === 'supported'
          ? `supported by ${count(r.passes)}`
          : r.standing === 'contradicted'
            ? md`**contradicted**`
            : standingWords[r.standing],
        r.controls.length === 0
          ? '–'
          : join(
              r.controls.map(c => md`${toControl(report, c.id)} ${statusWords[c.status]}`),
              ', ',
            ),
      ]),
    )
  }
}

/* ---- one control ---- */

function* section(report: Report, control: ReportControl, isSample: (f: Finding) => boolean): Iterable<Block> {
  const own = report.findings.filter(f => f.controls.includes(control.id) && !isSample(f))
  const exceptions = own.filter(f => f.verdict === 'violates')
  const unsure = own.filter(f => f.verdict === 'unsure')
  const gaps = report.gaps.filter(g => g.controls.includes(control.id))

  yield [`## ${prose(headingOf(control)).md}`]
  const unseen = unsure.length + gaps.filter(hides).length
  const partly =
    unseen > 0 && control.status !== 'inconclusive'
      ? md` Part of it could not be seen: ${plural(unseen, 'item')} below.`
      : ''
  const word = control.attested ? `${statusWords[control.status]}, attested` : statusWords[control.status]
  yield [md`**Status: ${marked(word.toUpperCase())}** (${prose(cutTo(control.reason, 1000))}).${partly}`.md]
  yield definition(report, control, unseen)
  yield* parameters(control)
  yield* populations(report, control)
  yield* exceptionsOf(report, control, exceptions)
  yield* unseenOf(report, control, unsure, gaps)
  yield* evidence(report, control, own, gaps)
  yield closing(report, control, own)
}

const marked = (upper: string): Marked => ({ md: upper })

const frameworkName = (id: string): string => (id === 'soc2' ? 'SOC 2' : id.toUpperCase())

const supportsOf = (report: Report, control: ReportControl): Marked =>
  join(
    frameworksOf(control.supports).map(id => {
      const known = report.frameworks.find(f => f.id === id)?.requirements ?? []
      const ids = (control.supports[id] ?? []).map(r => {
        const designation = known.find(k => k.id === r)?.designation
        return designation === undefined ? r : `${r} ${designation}`
      })
      return md`${frameworkName(id)} ${ids.join(', ')}`
    }),
    ' · ',
  )

const answerWords = {
  missing: 'a person’s answer, not given yet',
  expired: 'a person’s answer, expired',
  yes: 'a person’s answer',
  no: 'a person’s answer',
} as const

/** What the status rests on, and that nothing was drawn by lot. */
const evidenceKind = (control: ReportControl, unseen: number): string => {
  const judged = control.checks.reduce((n, use) => n + use.population.count, 0)
  const checks = control.checks.filter(use => use.population.count > 0).length
  const kinds = [
    ...(judged > 0
      ? [
          `${plural(judged, 'subject')} judged one by one by ${plural(checks, 'check')}; no sample was drawn${unseen > 0 ? '; not everything could be seen' : ''}`,
        ]
      : []),
    ...(control.attestation ? [answerWords[control.attestation.state]] : []),
  ]
  return kinds.length > 0 ? kinds.join('; ') : 'none in this run'
}

const definition = (report: Report, control: ReportControl, unseen: number): string[] => {
  const { target } = report
  const at =
    target.commit === undefined
      ? md`files of ${code(target.path)}`
      : md`commit ${code(target.commit.slice(0, 10))}${target.branch === undefined ? '' : md` of ${code(target.branch)}`}`
  return table(
    ['', ''],
    [
      ['Statement', prose(control.statement)],
      ['Rationale', prose(control.rationale)],
      ['Supports', supportsOf(report, control)],
      [
        'Definition',
        md`revision ${control.revision}, ${code(control.definition.uri)}, sha256 ${code(control.definition.sha256)}`,
      ],
      ['Level / severity', md`${control.level} / ${control.severity}`],
      ['Observed', md`${at}, as of ${report.asOf}, by iip-audit ${report.tool.version}`],
      ['Type of evidence', evidenceKind(control, unseen)],
    ],
  )
}

function* parameters(control: ReportControl): Iterable<Block> {
  const names = Object.keys(control.parameters).sort()
  if (names.length === 0) return
  yield ['### Parameters in force']
  yield table(
    ['Parameter', 'Value', 'Default', 'Set by'],
    names.flatMap(name => {
      const p = control.parameters[name]
      if (!p) return []
      const value = (text: string): Piece => (text === '' ? '–' : cutTo(text.replaceAll('\n', ', '), most.observed))
      return [[code(name), value(p.value), value(p.default), p.setBy === 'default' ? 'default' : code(p.setBy)]]
    }),
  )
}

type Piece = Marked | string | number

const verdictWords: Readonly<Record<Verdict, string>> = {
  conforms: 'conforms',
  violates: 'violates',
  unsure: 'could not be judged',
  exempt: 'outside the population',
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  violated: 'violated',
  crashed: 'crashed: a bug in iip-audit',
  undecided: 'undecided',
  'not-asked': 'not asked',
  waived: 'waived',
  held: 'held',
  empty: 'nothing to judge',
}

function* populations(report: Report, control: ReportControl): Iterable<Block> {
  if (control.checks.length === 0) return
  yield ['### Population']
  for (const use of control.checks) {
    const rule = report.rules.find(r => r.id === use.check)
    const given = Object.entries(use.with)
      .filter(([, v]) => v !== '')
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const values =
      given.length === 0
        ? ''
        : md` with ${join(
            given.map(([k, v]) => code(`${k}: ${cutTo(v.replaceAll('\n', ', '), 120)}`)),
            ', ',
          )}`
    yield [
      md`**${code(use.check)}** (${use.role}, ${use.severity})${values}: ${outcomeWords[use.outcome]}.${rule ? md` Should be true: ${prose(sentence(rule.title))}` : ''}`
        .md,
    ]
    if (use.population.query !== undefined) yield [md`Drawn from: ${sentence(use.population.query)}`.md]
    yield* tally(use)
    yield* subjects(use)
  }
}

const rowOf = (r: ReportRow): Marked => md`${code(r.place)} ${cutTo(r.observed, 120)}`

function* tally(use: ReportUse): Iterable<Block> {
  const { population: p } = use
  if (p.count + p.exempt === 0) return
  const ends = (verdict: Verdict): readonly Piece[] => {
    const rows = p.rows?.find(r => r.verdict === verdict)
    return p.rows ? (rows ? [rowOf(rows.first), rowOf(rows.last)] : ['', '']) : []
  }
  const line = (verdict: Verdict, n: number): readonly (readonly Piece[])[] =>
    n === 0
      ? []
      : [[verdict === 'violates' ? md`**${verdictWords[verdict]}**` : verdictWords[verdict], n, ...ends(verdict)]]
  const blank = p.rows ? ['', ''] : []
  yield table(
    ['Result', 'Count', ...(p.rows ? ['First', 'Last'] : [])],
    [
      ...line('conforms', p.conforms),
      ...line('violates', p.violates),
      ...line('unsure', p.unsure),
      ...(p.waived > 0 ? [['waived', p.waived, ...blank]] : []),
      [md`**total**`, md`**${p.count}**`, ...blank],
      ...line('exempt', p.exempt),
    ],
    ['left', 'right'],
  )
}

/** What conforms and what is exempt, thing by thing; what violates stands under the exceptions. */
function* subjects(use: ReportUse): Iterable<Block> {
  const shown = use.subjects.filter(s => !s.sample && (s.verdict === 'conforms' || s.verdict === 'exempt'))
  if (shown.length === 0) return
  yield table(
    ['Result', 'Place', 'Observed'],
    shown.slice(0, most.subjects).map(s => [verdictWords[s.verdict], where(s), cutTo(s.observed, most.observed)]),
  )
  if (shown.length > most.subjects)
    yield [md`${shown.length - most.subjects} more that conform or are exempt stand in the JSON report.`.md]
}

/** The line, cut around what is underlined. */
const quote = ({ text, from, to }: Excerpt): Marked => {
  if (text.trim().length <= most.excerpt) return code(text.trim())
  const start = Math.max(0, Math.min(from - 40, text.length - most.excerpt))
  const end = Math.min(text.length, Math.max(to, start + most.excerpt))
  const shown = cutTo(text.slice(start, end), most.excerpt * 2).trim()
  return code(`${start > 0 ? '…' : ''}${shown}${end < text.length ? '…' : ''}`)
}

const stateOf = (f: Finding): Marked =>
  f.state === 'waived'
    ? md`waived${f.waiver === undefined ? '' : md` (${f.waiver})`}`
    : md`${f.state === 'known' ? 'open, known before' : 'open'}`

function* exceptionsOf(report: Report, control: ReportControl, exceptions: readonly Finding[]): Iterable<Block> {
  if (exceptions.length === 0) return
  yield ['### Exceptions']
  const sorted = [...exceptions].sort(
    (a, b) => Number(a.state === 'waived') - Number(b.state === 'waived') || ofSeverity(a, b),
  )
  const rows: Piece[][] = []
  const after: string[] = []
  let n = 0
  for (const f of sorted) {
    if (n >= most.exceptions) break
    if (f.rows) {
      for (const r of f.rows.shown)
        rows.push([
          `E-${++n}`,
          code(r.place),
          md`${cutTo(f.message, most.observed)}`,
          cutTo(r.observed, most.observed),
          f.severity,
          stateOf(f),
        ])
      const left = f.rows.new - f.rows.shown.length
      if (left > 0)
        after.push(md`- ${left} more of: ${f.message}. Their count is in the table above; every one is judged.`.md)
      if (f.rows.waived > 0) after.push(md`- ${f.rows.waived} of them ${f.rows.waived === 1 ? 'is' : 'are'} waived.`.md)
      continue
    }
    const id = `E-${++n}`
    const line = f.excerpt ? quote(f.excerpt) : ''
    const observed =
      f.observed === f.message ? line : md`${cutTo(f.observed, most.observed)}${line === '' ? '' : md`: ${line}`}`
    rows.push([id, where(f), cutTo(f.message, most.observed), observed, f.severity, stateOf(f)])
    for (const r of f.related) after.push(md`- ${id}: ${where(r)} ${cutTo(r.message, most.observed)}`.md)
    const also = f.controls.filter(c => c !== control.id)
    if (also.length > 0)
      after.push(
        md`- ${id} also concerns ${join(
          also.map(c => toControl(report, c)),
          ', ',
        )}.`.md,
      )
  }
  yield table(['Id', 'Place', 'What', 'Observed', 'Severity', 'State'], rows)
  const left = exceptions.reduce((sum, f) => sum + (f.rows ? f.rows.shown.length : 1), 0) - n
  if (left > 0) after.push(md`- ${left} more exceptions stand in the JSON report.`.md)
  if (after.length > 0) yield after
  yield ['Management’s response (cause, impact, correction): _to be written by the owner; the tool writes none._']
}

const causeWords: Readonly<Record<ReportGap['cause'], string>> = {
  unreadable: 'could not be read',
  unparsed: 'not understood',
  unresolved: 'refers to what is not there',
  'too-large': 'too large',
  'not-asked': 'not asked',
  denied: 'refused',
  bug: 'a bug in iip-audit',
}

function* unseenOf(
  report: Report,
  control: ReportControl,
  unsure: readonly Finding[],
  gaps: readonly ReportGap[],
): Iterable<Block> {
  const lines = [
    ...unsure.map(f => {
      const rows = f.rows ? md` First: ${join(f.rows.shown.slice(0, 5).map(rowOf), '; ')}.` : ''
      return md`- ${f.rows ? md`${f.message}.${rows}` : md`${where(f)}: ${f.message}`} (${code(f.check)}${f.state === 'waived' ? md`, ${stateOf(f)}` : ''}) It counts neither way.`
        .md
    }),
    ...gaps
      .slice(0, most.gaps)
      .map(
        g =>
          md`- ${where(g)}: ${g.reason} (${causeWords[g.cause]})${g.sample ? md` (in a sample folder: leaves nothing open)` : ''}`
            .md,
      ),
    ...(gaps.length > most.gaps ? [md`- ${gaps.length - most.gaps} more stand in the JSON report.`.md] : []),
    ...control.planned.map(p => md`- Not built yet (${p.role}): ${prose(sentence(p.what))}`.md),
    ...control.checks
      .filter(use => use.outcome === 'not-asked')
      .map(use => md`- ${code(use.check)}: not asked in this run. Design only; operation is not shown.`.md),
    ...[...new Set(control.checks.map(use => use.check))].flatMap(check => {
      const blind = report.rules.find(r => r.id === check)?.blind
      return blind === undefined ? [] : [md`- By its nature ${code(check)} cannot see: ${prose(sentence(blind))}`.md]
    }),
  ]
  if (lines.length === 0) return
  yield ['### What could not be seen']
  yield lines
}

/** Files this control's verdict rests on: those its subjects, findings and gaps stand in, as far as they were read. */
const filesOf = (report: Report, control: ReportControl, own: readonly Finding[], gaps: readonly ReportGap[]) => {
  const uris = new Set<string>()
  const add = (at: Located): void => {
    const uri = uriOf(at)
    if (uri !== undefined) uris.add(uri)
  }
  for (const use of control.checks) for (const s of use.subjects) if (!s.sample) add(s)
  for (const f of own) for (const at of [f, ...f.related]) add(at)
  for (const g of gaps) add(g)
  return report.inputs.filter(input => uris.has(input.uri))
}

function* evidence(
  report: Report,
  control: ReportControl,
  own: readonly Finding[],
  gaps: readonly ReportGap[],
): Iterable<Block> {
  const redacted = new Set(own.flatMap(f => (f.excerpt?.redacted ? [uriOf(f) ?? ''] : [])))
  const short = control.id.replace(/^IIP-/, '')
  const rows: Piece[][] = filesOf(report, control, own, gaps).map((input, i) => [
    `${short}/e${i + 1}`,
    code(input.uri),
    md`${input.bytes}, ${code(input.sha256)}`,
    redacted.has(input.uri) ? 'secrets, in what is quoted here' : 'no',
  ])
  const elsewhere = new Map<string, Marked>()
  for (const at of [...control.checks.flatMap(use => use.subjects), ...own])
    if ('endpoint' in at || 'api' in at || 'database' in at) elsewhere.set(whereOf(placeOf(at)), where(at))
  for (const at of elsewhere.values()) rows.push([`${short}/e${rows.length + 1}`, at, 'as observed in this run', 'no'])
  if (
    control.checks.some(use => use.population.rows?.some(r => r.first.id.startsWith('git.'))) &&
    report.target.commit !== undefined
  )
    rows.push([`${short}/e${rows.length + 1}`, 'git object store', md`commit ${code(report.target.commit)}`, 'no'])
  if (rows.length === 0) return
  yield ['### Evidence']
  yield table(['Id', 'What', 'Bytes, sha256', 'Redacted'], rows)
}

/** A path that needs no quotes in any shell. */
const isSimple = (text: string): boolean => /^[A-Za-z0-9_./-]+$/.test(text) && !text.startsWith('-')

const reperform = (report: Report, control: ReportControl, own: readonly Finding[]): Marked => {
  const again = code(`iip-audit check --control ${control.id} --as-of ${report.asOf}`)
  const { commit, dirty } = report.target
  const first = own.find(
    f =>
      'location' in f &&
      f.location.startLine !== undefined &&
      isSimple(f.location.uri) &&
      !dirty.includes(f.location.uri),
  )
  if (!first || !('location' in first) || commit === undefined || first.excerpt?.redacted) return md`${again}`
  const { uri, startLine } = first.location
  return md`${again}; ${code(`git show ${commit.slice(0, 10)}:${uri} | sed -n ${startLine}p`)} prints the line of the first exception`
}

const closing = (report: Report, control: ReportControl, own: readonly Finding[]): string[] => {
  const ids = new Set(own.flatMap(f => f.waiver ?? []))
  const waivers = report.waivers.filter(w => ids.has(w.id))
  const { attestation: a } = control
  const person =
    a === undefined
      ? md`none required`
      : a.state === 'missing'
        ? md`missing: ${prose(a.question)} (form ${code(a.form)})`
        : md`${prose(a.question)} ${a.state === 'expired' ? 'Answered' : `Answered **${a.state}**`} by ${a.by ?? 'somebody'} on ${a.on ?? 'an unknown day'}, ${a.state === 'expired' ? md`**expired** on` : 'valid until'} ${a.until ?? 'an unknown day'}`
  return [
    ...(control.remediation.length > 0 && control.status === 'fail'
      ? ['**To correct:**', '', ...control.remediation.map(step => md`- ${prose(step)}`.md), '']
      : []),
    ...(control.checks.length > 0 ? [md`**Re-perform:** ${reperform(report, control, own)}.  `.md] : []),
    md`**Waivers:** ${
      waivers.length === 0
        ? 'none'
        : join(
            waivers.map(
              w => md`${w.id}: ${w.reason} (approved by ${w.approvedBy} on ${w.approvedOn}, until ${w.expires})`,
            ),
            '; ',
          )
    }.  `.md,
    md`**Attestations:** ${person}.`.md,
    ...(control.references.length > 0
      ? [
          '',
          md`**References:** ${join(
            control.references.map(r => (r.url === undefined ? prose(r.title) : external(r.title, r.url))),
            '; ',
          )}.`.md,
        ]
      : []),
  ]
}

/* ---- appendix ---- */

function* appendix(report: Report, isSample: (f: Finding) => boolean): Iterable<Block> {
  const samples = report.findings.filter(isSample)
  if (report.waivers.length > 0) {
    yield ['# Waivers']
    yield table(
      ['Id', 'Check', 'Reason', 'Requested by', 'Approved by', 'Approved on', 'Until', 'State'],
      report.waivers.map(w => [
        w.id,
        code(w.check),
        w.reason,
        w.requestedBy,
        w.approvedBy,
        w.approvedOn,
        w.expires,
        w.state === 'applied' ? 'applied' : md`**${w.state}**`,
      ]),
    )
  }
  if (report.excluded.length > 0) {
    yield ['# Excluded by the profile']
    yield table(
      ['Files', 'Number', 'Reason', 'Until'],
      report.excluded.map(e => [code(e.glob), e.files, e.reason, e.until]),
      ['left', 'right'],
    )
  }
  if (samples.length > 0) {
    yield ['# In sample folders']
    yield ['These decide nothing.']
    yield table(
      ['Place', 'What', 'Check'],
      samples.slice(0, most.exceptions).map(f => [where(f), cutTo(f.message, most.observed), code(f.check)]),
    )
  }
  if (report.crashes.length > 0) {
    yield ['# Failures of the tool']
    yield report.crashes.map(c => md`- ${c.where}: ${c.message}`.md)
  }
  if (report.notes.length > 0) {
    yield ['# Notes']
    yield report.notes.map(n => md`- ${n}`.md)
  }
  yield ['# Inputs']
  yield [md`${plural(report.inputs.length, 'file')} read as evidence, with the digest of the bytes as read.`.md]
  if (report.inputs.length > 0)
    yield table(
      ['File', 'Bytes', 'sha256'],
      report.inputs.slice(0, most.inputs).map(i => [code(i.uri), i.bytes, code(i.sha256)]),
      ['left', 'right'],
    )
  if (report.inputs.length > most.inputs)
    yield [md`${report.inputs.length - most.inputs} more stand in the JSON report.`.md]
}
