import { type LogStep, type NamedCommit, type ReportTool, reportTools, type ToolRun } from '../facts/report.ts'
import type { Deposit, Fact, FactKind, Gap, SecretSpan } from '../model.ts'
import type { BanditReport } from '../parse/bandit.ts'
import { type CiJob, type CiStep, parseCiLog } from '../parse/ci-log.ts'
import { growingLines, type Lines, linesOf, type Range } from '../parse/lines.ts'
import type { Place } from '../place.ts'
import type { InputFile, TextFile } from '../workspace/workspace.ts'
import { endOf, nameOf, readStep } from './ci-log.ts'
import { answerAll, type CollectorContext, type CollectorFactory } from './collector.ts'
import { banditFact, pipAuditFact, reportKindOf, type Scope, scanFact } from './report-fact.ts'
import { type FileRead, readAs, scanStream } from './report-file.ts'

const largest = {
  log: 64 * 1024 * 1024,
  report: 512 * 1024 * 1024,
  together: 1024 * 1024 * 1024,
  files: 2000,
} as const

/** Tools whose reports are looked for in what a step prints. */
const loggedTools = ['bandit', 'pip-audit', 'ruff', 'black'] as const
type LoggedTool = (typeof loggedTools)[number]
const logKinds: readonly FactKind[] = ['ci.log-step', ...loggedTools.map(t => reportKindOf[t])]

/** Reports of tools and CI logs named on the command line. Nothing is read that was not handed in. */
export const collector: CollectorFactory = context => ({
  answers: ['ci.log-step', ...Object.values(reportKindOf)],
  collect: async questions => {
    const asked = new Set<FactKind>(questions.map(q => q.kind))
    const found = emptyFound()
    for (const tool of reportTools) {
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
  readonly elsewhere: { readonly tool: LoggedTool; readonly place: Place }[]
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
      gap(file.uri, 'too-large', 'more than 1 GiB of logs and reports in one run')
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

/** Reports up to this size are read whole, and lines of them can be shown. */
const whole = 16 * 1024 * 1024
const linesMost = 20_000_000

const readReports = async (context: CollectorContext, tool: ReportTool, path: string, found: Found): Promise<void> => {
  const kind = reportKindOf[tool]
  for (const { uri, bytes } of await filesAt(context, path, [kind], found)) {
    context.signal.throwIfAborted()
    const gap = (place: Place, cause: Gap['cause'], reason: string) => {
      found.gaps.push({ kinds: [kind], place, reason, cause })
    }
    if (bytes > whole) {
      await readLarge(context, tool, uri, found, gap)
      continue
    }
    const read = await context.workspace.inputs.text(uri, { most: whole })
    if (!read.ok) {
      gap({ in: 'file', uri }, read.refusal.cause, read.refusal.reason)
      continue
    }
    const file = read.value
    const { text, source } = file
    if (text.trim() === '') {
      gap({ in: 'file', uri }, 'unparsed', 'an empty file: no report, and no sign that anything was scanned')
      continue
    }
    const at = spanOf(file, linesOf(text))
    const report = readAs(tool, text)
    if (report.is === 'refused') {
      gap(at(report.range), 'unparsed', report.reason)
      continue
    }
    found.facts.push(await fileFact(context, tool, source.uri, report, at, found))
    found.deposits.push({ source, text, secrets: quotesOf(report) })
  }
}

/** What does not fit in memory: as it arrives, without a deposit, so no line of it is ever shown. */
const readLarge = async (
  context: CollectorContext,
  tool: ReportTool,
  uri: string,
  found: Found,
  gap: (place: Place, cause: Gap['cause'], reason: string) => void,
): Promise<void> => {
  const stream = scanStream(tool)
  const lines = growingLines(linesMost)
  const read = await context.workspace.inputs.stream(uri, { most: largest.report }, text => {
    lines.add(text)
    stream.write(text)
  })
  if (!read.ok) {
    gap({ in: 'file', uri }, read.refusal.cause, read.refusal.reason)
    return
  }
  const report = stream.done(
    `${read.value.bytes.toLocaleString('en')} bytes, and not SARIF; at most ${whole.toLocaleString('en')} are read of other forms`,
  )
  const source = read.value
  const counted = lines.lines()
  const at = (range: Range): Place =>
    lines.full ? { in: 'file', uri: source.uri } : { in: 'span', source, ...counted.span(range) }
  if (report.is === 'refused') gap(at(report.range), 'unparsed', report.reason)
  else found.facts.push(await fileFact(context, tool, source.uri, report, at, found))
}

const fileFact = async (
  context: CollectorContext,
  tool: ReportTool,
  uri: string,
  report: Exclude<FileRead, { is: 'refused' }>,
  at: (range: Range) => Place,
  found: Found,
): Promise<Fact> => {
  const kind = reportKindOf[tool]
  const commit = report.is === 'scan' ? await bondOf(context, report.scan.commit, undefined, found) : undefined
  const scope = {
    id: `${kind}:${uri}`,
    from: 'file',
    commit,
    version: undefined,
    seenAt: undefined,
    exit: undefined,
  } as const
  switch (report.is) {
    case 'bandit':
      return banditFact(report.report, scope, at)
    case 'pip-audit':
      return pipAuditFact(report.report, scope, at)
    case 'scan':
      return scanFact(kind, report.scan, scope, at)
  }
}

const quoted = (report: BanditReport): SecretSpan[] => report.quotes.map(q => ({ ...q, kind: 'password' }))

const quotesOf = (report: Exclude<FileRead, { is: 'refused' }>): SecretSpan[] => {
  switch (report.is) {
    case 'bandit':
      return quoted(report.report)
    case 'pip-audit':
      return []
    case 'scan':
      return report.scan.quotes.map(q => ({ ...q, kind: 'quoted text' }))
  }
}

/** Whether the commit a log names is the one checked out. A log that names none asks nothing of git. */
const bondOf = async (
  context: CollectorContext,
  oid: string | undefined,
  mergeOf: string | undefined,
  found: Found,
): Promise<NamedCommit | undefined> => {
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
      const commit = await bondOf(context, job.commit, job.mergeOf, found)
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

/** Linters told to be quiet print nothing over clean code; the step's exit code, where it is theirs, says the rest. */
const quietly = (tool: string, standing: ToolRun['standing'], ended: LogStep['ended']): boolean =>
  (tool === 'ruff' || tool === 'black') && standing === 'blocks' && ended === 'succeeded'

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
  const reportScope = (tool: LoggedTool): Scope => ({
    id: `${reportKindOf[tool]}:${scope}`,
    from: 'log',
    commit,
    version: job.versions.get(tool),
    seenAt: step.startedAt,
    exit: ended.exit,
  })
  // One per tool and step says enough, and bounds what a log of nothing but headings gives.
  const unread = (tool: LoggedTool, range: Range, reason: string) => {
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
  for (const tool of ['ruff', 'black'] as const)
    for (const read of reading.scans[tool])
      if (read.ok) found.facts.push(scanFact(reportKindOf[tool], read.scan, reportScope(tool), at))
      else unread(tool, read.range, read.reason)
  for (const tool of loggedTools)
    for (const run of reading.runs)
      if (run.tool === tool && run.result === 'not-shown' && !quietly(run.tool, run.standing, ended.ended))
        found.elsewhere.push({ tool, place: at(run.range) })
}
