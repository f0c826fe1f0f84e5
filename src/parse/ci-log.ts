import type { Range } from './lines.ts'
import { type OutputLine, visible } from './output.ts'

/**
 * Logs of GitHub Actions as text: what the API and the download of a job give (`2026-11-20T10:11:12.1234567Z …`), what
 * `gh run view --log` prints (job, tab, step, tab, the same line), and either without the time stamps. Several jobs may
 * stand one after the other.
 *
 * A step that runs a script prints its header first (`##[group]Run <first line>`, the script, `shell: …`, `env:`,
 * `##[endgroup]`), then what the script prints, then, only if its exit code was not 0, `##[error]Process completed with
 * exit code N.` (actions/runner, ScriptHandler and ActionRunner). A program can print lines of these forms itself; a
 * log is as trustworthy as what ran in it.
 */
export interface CiLog {
  readonly jobs: readonly CiJob[]
}

export interface CiJob {
  /** As the log names it (`Complete job name:`, or the first column of `gh run view --log`). */
  readonly name: string | undefined
  readonly steps: readonly CiStep[]
  /** What `actions/checkout` checked out first: an object name, whole or shortened to 7 or more digits. */
  readonly commit: string | undefined
  /** Where that is a merge made for a pull request: the head of the pull request. */
  readonly mergeOf: string | undefined
  /** Packages pip said it installed, and versions tools printed: name → version. */
  readonly versions: ReadonlyMap<string, string>
}

export interface CiStep {
  /** The step's name, which only `gh run view --log` prints. */
  readonly name: string | undefined
  /** `Run pytest -q`, `Run actions/checkout@v4`; of what has no header, the phase: `Set up job`, `Post job cleanup`. */
  readonly title: string
  readonly range: Range
  readonly startedAt: string | undefined
  readonly run: 'script' | 'action' | 'phase'
  /** Lines of the script. */
  readonly script: readonly OutputLine[]
  /** `/usr/bin/bash -e {0}`: `{0}` stands for the script. */
  readonly shell: string | undefined
  readonly output: readonly OutputLine[]
  readonly end: CiEnd
  /** A later step of the job ran, other than the clean-up that runs in any case. */
  readonly wentOn: boolean
}

/** How a step ended: with an error the runner printed, followed by something else (so exit code 0), or not seen. */
export type CiEnd =
  | { readonly is: 'failed'; readonly exit: number | undefined; readonly range: Range }
  | { readonly is: 'succeeded' }
  | { readonly is: 'not-seen' }

export type CiLogRead =
  | { readonly ok: true; readonly log: CiLog }
  | { readonly ok: false; readonly range: Range; readonly reason: string }

const stamped = /^\uFEFF?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z(?: |$)/
const tabbed = /^([^\t\n]{1,300})\t([^\t\n]{0,300})\t(?=\uFEFF?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z(?: |\r?$))/

interface Raw extends OutputLine {
  readonly job: string | undefined
  readonly step: string | undefined
}

type Form = 'gh' | 'stamped' | 'bare'

const rawLine = (text: string, start: number, end: number, form: Form): Raw => {
  // A prefix longer than this is none; the slice keeps matching bounded on a line of any length.
  const head = text.slice(start, Math.min(end, start + 800))
  let from = 0
  let job: string | undefined
  let step: string | undefined
  if (form === 'gh') {
    const columns = tabbed.exec(head)
    if (columns) {
      from = columns[0].length
      job = columns[1]
      step = columns[2] === '' || columns[2] === 'UNKNOWN STEP' ? undefined : columns[2]
    }
  }
  const stamp = form === 'bare' ? undefined : stamped.exec(head.slice(from, from + 60))
  if (stamp) from += stamp[0].length
  const line = { text: visible(text.slice(start + from, end)), range: { start: start + from, end }, job, step }
  return stamp?.[1] === undefined ? line : { ...line, at: `${stamp[1]}Z` }
}

const eachLine = function* (text: string): Generator<readonly [number, number]> {
  for (let start = text.startsWith('\uFEFF') ? 1 : 0; start < text.length; ) {
    const feed = text.indexOf('\n', start)
    const end = feed === -1 ? text.length : feed
    yield [start, end]
    start = end + 1
  }
}

/** What the first lines say the form is; a single marker of the runner must be in the text as well. */
const formOf = (text: string): Form | { readonly refused: string } => {
  if (text.trim() === '') return { refused: 'an empty log' }
  if (/##\[section\]Starting: /.test(text.slice(0, 20_000)))
    return { refused: 'not a log format known: Azure Pipelines is not read yet' }
  let seen = 0
  let tabs = 0
  let stamps = 0
  for (const [start, end] of eachLine(text)) {
    if (end === start) continue
    const head = text.slice(start, Math.min(end, start + 800))
    if (tabbed.test(head)) tabs += 1
    else if (stamped.test(head)) stamps += 1
    seen += 1
    if (seen === 200) break
  }
  const runner = text.includes('##[group]') || text.includes('##[error]') || text.includes('Complete job name: ')
  if (runner && tabs * 2 >= seen) return 'gh'
  if (runner && stamps * 2 >= seen) return 'stamped'
  if (/^##\[group\]Run /m.test(text)) return 'bare'
  return { refused: 'not a log format known' }
}

interface OpenStep {
  readonly name: string | undefined
  title: string
  readonly range: Range
  readonly startedAt: string | undefined
  run: CiStep['run']
  header: OutputLine[] | undefined
  script: readonly OutputLine[]
  shell: string | undefined
  readonly output: OutputLine[]
  end: CiEnd
}

interface OpenJob {
  name: string | undefined
  readonly steps: OpenStep[]
  commit: string | undefined
  mergeOf: string | undefined
  readonly versions: Map<string, string>
  nextIsCommit: boolean
}

const openJob = (name: string | undefined): OpenJob => ({
  name,
  steps: [],
  commit: undefined,
  mergeOf: undefined,
  versions: new Map(),
  nextIsCommit: false,
})

const openStep = (line: Raw, title: string, run: CiStep['run']): OpenStep => ({
  name: line.step,
  title,
  range: line.range,
  startedAt: line.at,
  run,
  header: run === 'phase' ? undefined : [],
  script: [],
  shell: undefined,
  output: [],
  end: { is: 'not-seen' },
})

/** `Run x`: a script has its lines and then `shell:`; an action has `with:`, `env:` or nothing. */
const closeHeader = (step: OpenStep): void => {
  const header = step.header ?? []
  step.header = undefined
  const at = header.findLastIndex(l => l.text.startsWith('shell: '))
  if (at === -1) {
    step.run = 'action'
    return
  }
  step.script = header.slice(0, at)
  step.shell = header[at]?.text.slice('shell: '.length)
}

const checkoutOf = (job: OpenJob, text: string): void => {
  if (job.nextIsCommit) {
    job.nextIsCommit = false
    const oid = text.match(/^'?([0-9a-f]{40}|[0-9a-f]{64})'?$/)?.[1]
    if (oid !== undefined && (job.commit === undefined || oid.startsWith(job.commit))) job.commit = oid
  }
  if (text.startsWith('HEAD is now at ') && job.commit === undefined) {
    const [, oid, mergeOf] =
      text.match(/^HEAD is now at ([0-9a-f]{7,64})(?: Merge ([0-9a-f]{40}) into [0-9a-f]{40}$)?/) ?? []
    job.commit = oid
    job.mergeOf = mergeOf
  }
  if (text.startsWith('[command]') && /^\[command\]\S{1,200}git log -1 --format='?%H'?$/.test(text))
    job.nextIsCommit = true
}

const versionsOf = (job: OpenJob, text: string): void => {
  if (text.startsWith('Successfully installed '))
    for (const word of text.split(' ').slice(2)) {
      const [, name, version] = word.match(/^([A-Za-z0-9._-]{1,60})-(\d[\w.+!]{0,30})$/) ?? []
      if (name !== undefined && version !== undefined)
        job.versions.set(name.toLowerCase().replaceAll('_', '-'), version)
    }
  if (!text.startsWith('platform ')) return
  const pytest = text.match(/^platform .{1,100}, pytest-(\d[\w.]{0,20})/)?.[1]
  if (pytest !== undefined) job.versions.set('pytest', pytest)
}

export const parseCiLog = (text: string): CiLogRead => {
  const form = formOf(text)
  if (typeof form !== 'string') return { ok: false, range: { start: 0, end: 0 }, reason: form.refused }

  const jobs: OpenJob[] = []
  const byName = new Map<string, OpenJob>()
  let job: OpenJob | undefined
  let column: string | undefined

  const enter = (step: OpenStep, into: OpenJob): void => {
    const last = into.steps.at(-1)
    if (last) {
      if (last.header) closeHeader(last)
      // An action that fails says so in its own words; only of a script is the missing error line an exit code of 0.
      const sure = last.run === 'script' || !last.output.some(l => l.text.startsWith('##[error]'))
      if (last.end.is === 'not-seen' && sure) last.end = { is: 'succeeded' }
    }
    into.steps.push(step)
  }

  for (const [start, end] of eachLine(text)) {
    const line = rawLine(text, start, end, form)
    // Names of columns stay the same where a line of output has none.
    if (form === 'gh' && line.job !== undefined) {
      const known = byName.get(line.job)
      if (known !== job || !known) {
        job = known ?? openJob(line.job)
        if (!known) {
          jobs.push(job)
          byName.set(line.job, job)
        }
        column = undefined
      }
    }
    if (form !== 'gh' && (!job || (line.text.startsWith('Current runner version: ') && job.steps.length > 0))) {
      job = openJob(undefined)
      jobs.push(job)
    }
    if (!job) {
      job = openJob(undefined)
      jobs.push(job)
    }
    const current = job.steps.at(-1)
    if (line.text.startsWith('##[group]Run ')) {
      enter(openStep(line, line.text.slice('##[group]'.length), 'script'), job)
      column = line.step ?? column
      continue
    }
    const moved = line.step !== undefined && column !== undefined && line.step !== column
    if (current?.header && !moved) {
      if (line.text === '##[endgroup]') closeHeader(current)
      else current.header.push(line)
      continue
    }
    if (line.text === 'Post job cleanup.' || line.text === 'Cleaning up orphan processes') {
      enter(openStep(line, line.text.replace(/\.$/, ''), 'phase'), job)
      column = line.step ?? column
      continue
    }
    if (!current || moved) {
      enter(openStep(line, line.step ?? 'Set up job', 'phase'), job)
    }
    column = line.step ?? column
    if (line.text.startsWith('Complete job name: ')) job.name ??= line.text.slice('Complete job name: '.length, 219)
    checkoutOf(job, line.text)
    versionsOf(job, line.text)
    const step = job.steps.at(-1)
    if (!step) continue
    if (!line.text.startsWith('##[error]')) {
      step.output.push(line)
      continue
    }
    const exit = line.text.match(/^##\[error\]Process completed with exit code (-?\d{1,10})\.$/)?.[1]
    if (exit !== undefined) step.end = { is: 'failed', exit: Number(exit), range: line.range }
    else if (/^##\[error\]The (?:operation was canceled|job .{1,300} has exceeded the maximum)/.test(line.text))
      step.end = { is: 'failed', exit: undefined, range: line.range }
    else step.output.push(line)
  }

  for (const { steps } of jobs) {
    const last = steps.at(-1)
    if (last?.header) closeHeader(last)
  }
  return {
    ok: true,
    log: {
      jobs: jobs.map(({ nextIsCommit: _, ...j }) => {
        const lastRun = j.steps.findLastIndex(s => s.run !== 'phase')
        return { ...j, steps: j.steps.map(({ header: __, ...step }, i) => ({ ...step, wentOn: i < lastRun })) }
      }),
    },
  }
}
