import type { NamedCommit, ReportedFinding, ReportedSeverity, ToolReport } from '../facts/report.ts'
import type { Deposit, Fact, FactKind, Gap, SecretSpan } from '../model.ts'
import { type BanditReport, banditJson, banditText, beginsBanditText } from '../parse/bandit.ts'
import { type CiJob, type CiStep, parseCiLog } from '../parse/ci-log.ts'
import { type Lines, linesOf, type Range } from '../parse/lines.ts'
import { outputOf } from '../parse/output.ts'
import { type PipAuditReport, pipAuditJson, pipAuditText } from '../parse/pip-audit.ts'
import type { Place } from '../place.ts'
import type { InputFile, TextFile } from '../workspace/workspace.ts'
import { endOf, nameOf, readStep } from './ci-log.ts'
import { answerAll, type CollectorContext, type CollectorFactory } from './collector.ts'

const largest = { log: 64 * 1024 * 1024, report: 16 * 1024 * 1024, together: 256 * 1024 * 1024, files: 2000 } as const

const reportKindOf = { bandit: 'report.bandit', 'pip-audit': 'report.pip-audit' } as const
type KnownTool = keyof typeof reportKindOf
const knownTools = Object.keys(reportKindOf) as KnownTool[]
const logKinds: readonly FactKind[] = ['ci.log-step', ...Object.values(reportKindOf)]

/** Reports of tools and CI logs named on the command line. Nothing is read that was not handed in. */
export const collector: CollectorFactory = context => ({
  answers: ['report.bandit', 'report.pip-audit', 'ci.log-step'],
  collect: async questions => {
    const asked = new Set<FactKind>(questions.map(q => q.kind))
    const found = emptyFound()
    for (const tool of knownTools) {
      const kind = reportKindOf[tool]
      if (!asked.has(kind)) continue
      for (const { path } of context.inputs.reports.filter(r => r.tool === tool))
        await readReports(context, tool, path, found)
    }
    for (const path of context.inputs.ciLogs) await readLogs(context, path, found)
    const facts = numbered(found.facts)
    return {
      answers: answerAll(questions, kind => facts.filter(f => f.kind === kind), [...found.gaps, ...notHandedIn(found)]),
      deposits: found.deposits,
    }
  },
})

interface Found {
  readonly facts: Fact[]
  readonly gaps: Gap[]
  readonly deposits: Deposit[]
  /** Steps that ran a scanner whose report is not in the log. */
  readonly elsewhere: { readonly tool: KnownTool; readonly place: Place }[]
  readonly head: { oid?: Promise<string | undefined> }
  bytes: number
  files: number
}

const emptyFound = (): Found => ({ facts: [], gaps: [], deposits: [], elsewhere: [], head: {}, bytes: 0, files: 0 })

/** Facts that would share an id get `#2`, `#3` in the order they were found. */
const numbered = (facts: readonly Fact[]): Fact[] => {
  const seen = new Map<string, number>()
  return facts.map(fact => {
    const times = (seen.get(fact.id) ?? 0) + 1
    seen.set(fact.id, times)
    return times === 1 ? fact : { ...fact, id: `${fact.id}#${times}` }
  })
}

/** A scanner ran, and its report is neither in the log nor handed in: what it found is not known. */
const notHandedIn = ({ facts, gaps, elsewhere }: Found): Gap[] =>
  elsewhere
    .filter(({ tool }, i) => elsewhere.findIndex(e => e.tool === tool) === i)
    .filter(({ tool }) => !facts.some(f => f.kind === reportKindOf[tool]))
    .filter(({ tool }) => !gaps.some(g => g.kinds.includes(reportKindOf[tool])))
    .map(({ tool, place }) => ({
      kinds: [reportKindOf[tool]],
      place,
      reason: `${tool} ran here, and its report is neither in the log nor handed in`,
      cause: 'unresolved',
    }))

/** The files at a path of the user's, within the bounds of a run; what is left out is a gap. */
const filesAt = async (
  context: CollectorContext,
  path: string,
  kinds: readonly FactKind[],
  found: Found,
): Promise<InputFile[]> => {
  const listed = await context.workspace.inputs.files(path)
  const gap = (uri: string, cause: Gap['cause'], reason: string) => {
    found.gaps.push({ kinds, place: { in: 'file', uri }, reason, cause })
  }
  if (!listed.ok) {
    gap(path, listed.refusal.cause, listed.refusal.reason)
    return []
  }
  if (listed.value.length === 0) gap(path, 'unreadable', 'a folder without files')
  const within: InputFile[] = []
  for (const file of listed.value) {
    if (found.files >= largest.files) {
      gap(path, 'too-large', `more than ${largest.files.toLocaleString('en')} files; the rest are not read`)
      break
    }
    if (found.bytes + file.bytes > largest.together) {
      gap(file.uri, 'too-large', 'more than 256 MiB of logs and reports in one run')
      continue
    }
    found.files += 1
    found.bytes += file.bytes
    within.push(file)
  }
  return within
}

const spanOf =
  ({ source }: TextFile, lines: Lines) =>
  (range: Range): Place => ({ in: 'span', source, ...lines.span(range) })

const readReports = async (context: CollectorContext, tool: KnownTool, path: string, found: Found): Promise<void> => {
  const kind = reportKindOf[tool]
  for (const { uri } of await filesAt(context, path, [kind], found)) {
    const read = await context.workspace.inputs.text(uri, { most: largest.report })
    const gap = (place: Place, cause: Gap['cause'], reason: string) => {
      found.gaps.push({ kinds: [kind], place, reason, cause })
    }
    if (!read.ok) {
      gap({ in: 'file', uri }, read.refusal.cause, read.refusal.reason)
      continue
    }
    const file = read.value
    const { text } = file
    if (text.trim() === '') {
      gap({ in: 'file', uri }, 'unparsed', 'an empty file: no report, and no sign that anything was scanned')
      continue
    }
    const at = spanOf(file, linesOf(text))
    const scope = { uri: file.source.uri, from: 'file', commit: undefined, seenAt: undefined, exit: undefined } as const
    const looksLikeJson = /^\s*[{[]/.test(text)
    const refused = (range: Range, reason: string) => gap(at(range), 'unparsed', wrongTool(tool, text) ?? reason)
    if (tool === 'bandit') {
      const report = looksLikeJson ? banditJson(text) : banditFile(text)
      if (!report.ok) {
        refused(report.range, report.reason)
        continue
      }
      found.facts.push(banditFact(report.report, { ...scope, id: `${kind}:${scope.uri}`, version: undefined }, at))
      found.deposits.push({ source: file.source, text, secrets: quoted(report.report) })
    } else {
      const report = looksLikeJson ? pipAuditJson(text) : pipAuditText(outputOf(text))
      if (!report.ok) {
        refused(report.range, report.reason)
        continue
      }
      found.facts.push(pipAuditFact(report.report, { ...scope, id: `${kind}:${scope.uri}`, version: undefined }, at))
      found.deposits.push({ source: file.source, text, secrets: [] })
    }
  }
}

/** `-o` writes the report alone; a redirected stderr puts log lines before it. */
const banditFile = (text: string) => {
  const lines = outputOf(text)
  const begins = lines.flatMap((l, i) => (beginsBanditText(l.text) ? [i] : []))
  if (begins.length > 1)
    return {
      ok: false,
      range: lines[begins[1] ?? 0]?.range ?? { start: 0, end: 0 },
      reason: 'two reports in one file',
    } as const
  if (begins.length === 0 && text.startsWith('filename,test_name,test_id,'))
    return {
      ok: false,
      range: { start: 0, end: 0 },
      reason: 'a CSV file: bandit reports are read as json or txt',
    } as const
  return banditText(lines.slice(begins[0] ?? 0))
}

/** Handing in one tool's report under another's name is easily done, and worth saying. */
const wrongTool = (tool: KnownTool, text: string): string | undefined => {
  const other = knownTools.find(t => t !== tool)
  const looksLike =
    other === 'bandit'
      ? banditJson(text).ok || banditFile(text).ok
      : pipAuditJson(text).ok || pipAuditText(outputOf(text)).ok
  return other !== undefined && looksLike ? `a report of ${other}, not of ${tool}` : undefined
}

const quoted = (report: BanditReport): SecretSpan[] => report.quotes.map(q => ({ ...q, kind: 'password' }))

interface Scope {
  readonly id: string
  readonly from: ToolReport['from']
  readonly commit: NamedCommit | undefined
  readonly version: string | undefined
  /** When a log shows the tool's output. */
  readonly seenAt: string | undefined
  readonly exit: number | undefined
}

const shownMost = 10

const none: Readonly<Record<ReportedSeverity, number>> = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }

const banditFact = (report: BanditReport, scope: Scope, at: (range: Range) => Place): Fact<'report.bandit'> => {
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
  return {
    kind: 'report.bandit',
    id: scope.id,
    place: at(report.totals),
    data: {
      tool: 'bandit',
      version: report.version ?? scope.version,
      format: report.format,
      from: scope.from,
      commit: scope.commit,
      generatedAt: report.generatedAt ?? scope.seenAt,
      exit: scope.exit,
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
      dryRun: false,
    },
  }
}

const pipAuditFact = (report: PipAuditReport, scope: Scope, at: (range: Range) => Place): Fact<'report.pip-audit'> => {
  const { vulnerabilities, skipped } = report
  const [firstSkipped] = skipped
  return {
    kind: 'report.pip-audit',
    id: scope.id,
    place: at(report.result),
    data: {
      tool: 'pip-audit',
      version: scope.version,
      format: report.format,
      from: scope.from,
      commit: scope.commit,
      generatedAt: scope.seenAt,
      exit: scope.exit,
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
      dryRun: report.dryRun,
    },
  }
}

/** Whether the commit a log names is the one checked out. A log that names none asks nothing of git. */
const bondOf = async (context: CollectorContext, job: CiJob, found: Found): Promise<NamedCommit | undefined> => {
  const { commit: oid, mergeOf } = job
  if (oid === undefined) return undefined
  found.head.oid ??= context.workspace.history.head().then(h => (h.ok ? h.value.commit : undefined))
  const head = await found.head.oid
  if (head === undefined) return { oid, is: 'unknown' }
  return { oid, is: head.startsWith(oid) || head === mergeOf ? 'head' : 'other' }
}

const readLogs = async (context: CollectorContext, path: string, found: Found): Promise<void> => {
  for (const { uri } of await filesAt(context, path, logKinds, found)) {
    context.signal.throwIfAborted()
    const gap = (place: Place, cause: Gap['cause'], reason: string, kinds = logKinds) => {
      found.gaps.push({ kinds, place, reason, cause })
    }
    if (/\.zip$/i.test(uri)) {
      gap({ in: 'file', uri }, 'unparsed', 'GitHub log zips are not read yet')
      continue
    }
    const read = await context.workspace.inputs.text(uri, { most: largest.log })
    if (!read.ok) {
      gap({ in: 'file', uri }, read.refusal.cause, read.refusal.reason)
      continue
    }
    const file = read.value
    const parsed = parseCiLog(file.text)
    if (!parsed.ok) {
      gap({ in: 'file', uri }, 'unparsed', parsed.reason)
      continue
    }
    const at = spanOf(file, linesOf(file.text))
    const secrets: SecretSpan[] = []
    for (const job of parsed.log.jobs) {
      const commit = await bondOf(context, job, found)
      for (const step of job.steps) {
        if (step.run === 'phase') continue
        stepFacts(file, job, step, commit, at, found, secrets)
      }
    }
    if (parsed.log.jobs.every(j => j.steps.every(s => s.run === 'phase')))
      gap(
        { in: 'file', uri },
        'unparsed',
        'a log without a single step that runs something: it is cut off, or of a job that never ran',
      )
    found.deposits.push({ source: file.source, text: file.text, secrets })
  }
}

const stepFacts = (
  file: TextFile,
  job: CiJob,
  step: CiStep,
  commit: NamedCommit | undefined,
  at: (range: Range) => Place,
  found: Found,
  secrets: SecretSpan[],
): void => {
  const reading = readStep(file.text, step, job.versions)
  const name = nameOf(step)
  const scope = [file.source.uri, ...(job.name === undefined ? [] : [job.name]), name].join('/')
  const ended = endOf(step)
  found.facts.push({
    kind: 'ci.log-step',
    id: `ci.log-step:${scope}`,
    place: at(step.range),
    data: {
      job: job.name,
      step: name,
      startedAt: step.startedAt,
      commit,
      ...ended,
      wentOn: step.wentOn,
      tools: reading.runs.map(({ range, ...run }) => ({ ...run, place: at(range) })),
    },
  })
  const reportScope = (tool: KnownTool): Scope => ({
    id: `${reportKindOf[tool]}:${scope}`,
    from: 'log',
    commit,
    version: job.versions.get(tool),
    seenAt: step.startedAt,
    exit: ended.exit,
  })
  // One per tool and step says enough, and bounds what a log of nothing but headings gives.
  const unread = (tool: KnownTool, range: Range, reason: string) => {
    const before = found.gaps.at(-1)
    const gap: Gap = { kinds: [reportKindOf[tool]], place: at(range), reason, cause: 'unparsed' }
    if (before?.reason !== reason || before.kinds[0] !== gap.kinds[0]) found.gaps.push(gap)
  }
  for (const read of reading.bandit)
    if (read.ok) {
      found.facts.push(banditFact(read.report, reportScope('bandit'), at))
      for (const quote of quoted(read.report)) secrets.push(quote)
    } else unread('bandit', read.range, read.reason)
  for (const read of reading.pipAudit)
    if (read.ok) {
      const { format, found: some, result } = read.report
      const half = reading.pipAuditWritesAFile && format === 'columns' && some === 0
      if (half) found.elsewhere.push({ tool: 'pip-audit', place: at(result) })
      else found.facts.push(pipAuditFact(read.report, reportScope('pip-audit'), at))
    } else unread('pip-audit', read.range, read.reason)
  for (const tool of knownTools)
    for (const run of reading.runs)
      if (run.tool === tool && run.result === 'not-shown') found.elsewhere.push({ tool, place: at(run.range) })
}
