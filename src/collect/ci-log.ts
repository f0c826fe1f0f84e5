import type { LogStep, ToolRun } from '../facts/report.ts'
import { type BanditRead, banditJson, banditText, beginsBanditText } from '../parse/bandit.ts'
import { blackClosing, blackText, ruffFormatClosing, saidOf } from '../parse/black.ts'
import type { CiStep } from '../parse/ci-log.ts'
import type { Range } from '../parse/lines.ts'
import type { OutputLine } from '../parse/output.ts'
import {
  belongsToPipAudit,
  type PipAuditRead,
  pipAuditJson,
  pipAuditSummary,
  pipAuditText,
} from '../parse/pip-audit.ts'
import { pytestSummary } from '../parse/pytest.ts'
import { isRuffFixable, ruffClosing, ruffText } from '../parse/ruff.ts'
import type { ScanRead } from '../parse/scan.ts'
import { type Command, constantOf, nodesOf, parseShell, type ShellScript } from '../parse/shell.ts'
import { endingOf, type ShellFlags } from './exit-status.ts'

/** What a step of a log shows of one tool: what its script started, and what was printed. */
export interface StepReading {
  readonly runs: readonly (Omit<ToolRun, 'place'> & { readonly range: Range })[]
  readonly bandit: readonly BanditRead[]
  readonly pipAudit: readonly PipAuditRead[]
  readonly scans: Readonly<Record<'ruff' | 'black', readonly ScanRead[]>>
  /** pip-audit was told to write its list to a file: the log has the summary alone, and not what was skipped. */
  readonly pipAuditWritesAFile: boolean
}

const toolNames = ['bandit', 'pip-audit', 'pytest', 'ruff', 'ruff format', 'black'] as const
type ToolName = (typeof toolNames)[number]

const runners: readonly (readonly string[])[] = [
  ['sudo'],
  ['time'],
  ['exec'],
  ['xvfb-run'],
  ['uv', 'run'],
  ['uvx'],
  ['poetry', 'run'],
  ['pdm', 'run'],
  ['pipenv', 'run'],
  ['hatch', 'run'],
  ['rye', 'run'],
  ['pipx', 'run'],
  ['coverage', 'run', '-m'],
]

/** The tool a command starts, looking through `python -m`, `uv run` and the like; asking for a version starts none. */
const toolOf = (words: readonly string[]): ToolName | undefined => {
  let rest = words
  for (let turn = 0; turn < 8; turn += 1) {
    const [first] = rest
    if (first === undefined) return undefined
    if (/^[A-Za-z_]\w*=/.test(first)) rest = rest.slice(1)
    else if (/^(?:\S*\/)?python[\d.]*$/.test(first) && rest[1] === '-m') rest = rest.slice(2)
    else {
      const runner = runners.find(r => r.every((w, i) => w === rest[i]))
      if (!runner) break
      rest = rest.slice(runner.length)
    }
  }
  // `uvx ruff@0.14.6`: the version is no part of the name.
  const name = rest[0]?.split('/').at(-1)?.split('@')[0]?.replaceAll('_', '-')
  if (rest.some(w => w === '--version' || w === '--help' || w === '-h')) return undefined
  if (name === 'py.test') return 'pytest'
  if (name === 'ruff') {
    // Before 0.5 `ruff .` was `ruff check .`.
    const command = rest.slice(1).find(w => !w.startsWith('-'))
    return command === 'format' ? 'ruff format' : ruffCommands.has(command ?? '') ? undefined : 'ruff'
  }
  return toolNames.find(t => t === name)
}

/** What ruff does besides checking and formatting. */
const ruffCommands: ReadonlySet<string> = new Set(['rule', 'config', 'linter', 'clean', 'server', 'analyze', 'version'])

/** A command of the step's script that starts a tool. */
interface Start {
  readonly tool: ToolName
  readonly words: readonly string[]
  readonly command: Command
  readonly range: Range
}

/** How the runner started the script, from `shell: /usr/bin/bash -e {0}`; undefined for what is no such shell. */
const flagsOf = (shell: string | undefined): ShellFlags | undefined => {
  const [, program] = shell?.match(/^(?:\S*\/)?(bash|sh)(?: |$)/) ?? []
  if (shell === undefined || program === undefined) return undefined
  const flags = { errexit: / -[a-z]*e[a-z]*(?: |$)/.test(shell), pipefail: / -[a-z]*o pipefail(?: |$)/.test(shell) }
  return { dialect: program === 'bash' ? 'bash' : 'sh', ...flags }
}

const startsIn = (step: CiStep, script: ShellScript): Start[] => {
  const lineStarts: number[] = []
  let length = 0
  for (const { text } of step.script) {
    lineStarts.push(length)
    length += text.length + 1
  }
  return [...nodesOf(script.tree)].flatMap(node => {
    if (node.type !== 'Command') return []
    const words = [node.name, ...node.suffix].map(w => (w?.type === 'Word' ? (constantOf(w) ?? '') : ''))
    const tool = toolOf(words)
    const range = step.script[lineStarts.findLastIndex(start => start <= node.pos)]?.range ?? step.range
    return tool === undefined ? [] : [{ tool, words, command: node, range }]
  })
}

/** Whether a failure of the tool fails the step, by the script the log shows. */
const standingOf = (
  step: CiStep,
  script: ShellScript,
  starts: readonly Start[],
): Pick<ToolRun, 'standing' | 'because'> => {
  const flags = flagsOf(step.shell)
  if (starts.length === 0 || !flags) return { standing: 'unknown', because: undefined }
  if (starts.some(s => s.words.includes('--exit-zero')))
    return { standing: 'cannot-block', because: '`--exit-zero` makes it 0 whatever it finds' }
  const failing = new Set(starts.map(s => s.command))
  const ending = endingOf({ script, flags, failing, follow: () => undefined })
  switch (ending.is) {
    case 'fails':
      return { standing: 'blocks', because: undefined }
    case 'succeeds':
      return { standing: 'cannot-block', because: ending.because }
    case 'unreached':
      return { standing: 'unknown', because: 'no way through the script reaches it' }
    case 'skippable':
    case 'unknown':
      return { standing: 'unknown', because: ending.because }
  }
}

/** A stretch of the log's lines as one text without time stamps, and the way back to the log. */
const joined = (text: string, lines: readonly OutputLine[]): { text: string; back: (range: Range) => Range } => {
  const starts: number[] = []
  const parts: string[] = []
  let length = 0
  for (const { range } of lines) {
    const raw = text.slice(range.start, range.end)
    const part = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    starts.push(length)
    parts.push(part)
    length += part.length + 1
  }
  const backTo = (offset: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return Math.min((lines[low]?.range.start ?? 0) + offset - (starts[low] ?? 0), lines[low]?.range.end ?? 0)
  }
  return { text: parts.join('\n'), back: ({ start, end }) => ({ start: backTo(start), end: backTo(end) }) }
}

/** So many runs of one tool in one step are told apart; what follows is one stretch, which its reader refuses. */
const runsMost = 50

/** JSON documents a step printed are tried at so many lines; more is no report but a stream. */
const tries = 4

const jsonIn = <R extends { ok: boolean }>(
  text: string,
  output: readonly OutputLine[],
  begins: (line: string) => boolean,
  read: (json: string) => R,
): { readonly at: OutputLine; readonly read: R; readonly back: (range: Range) => Range }[] => {
  const found: { at: OutputLine; read: R; back: (range: Range) => Range }[] = []
  let tried = 0
  for (const [index, line] of output.entries()) {
    if (!begins(line.text)) continue
    tried += 1
    if (tried > tries) break
    const part = joined(text, output.slice(index))
    const result = read(part.text)
    if (result.ok) found.push({ at: line, read: result, back: part.back })
  }
  return found
}

const banditIn = (text: string, output: readonly OutputLine[]): BanditRead[] => {
  const begins = output.flatMap((l, i) => (beginsBanditText(l.text) ? [i] : [])).slice(0, runsMost)
  const asText = begins.map((from, i) => banditText(output.slice(from, begins[i + 1])))
  const asJson = jsonIn(
    text,
    output,
    line => line === '{',
    json => banditJson(json, 'allow'),
  )
  return [
    ...asText,
    ...asJson.flatMap(({ read, back }): BanditRead[] => {
      if (!read.ok) return []
      const { report } = read
      return [
        {
          ok: true,
          report: {
            ...report,
            totals: back(report.totals),
            issues: report.issues.map(i => ({ ...i, range: back(i.range) })),
            skipped: report.skipped.map(s => ({ ...s, range: back(s.range) })),
            quotes: report.quotes.map(back),
          },
        },
      ]
    }),
  ]
}

const pipAuditIn = (text: string, output: readonly OutputLine[]): PipAuditRead[] => {
  if (!output.some(l => belongsToPipAudit(l.text))) return []
  const summaries = output.flatMap((l, i) => (pipAuditSummary(l.text) ? [i] : [])).slice(0, runsMost)
  const segments =
    summaries.length < 2
      ? [output]
      : summaries.map((from, i) => output.slice(i === 0 ? 0 : from, summaries[i + 1] ?? output.length))
  return segments.map(segment => {
    const said = pipAuditText(segment)
    const [json] = jsonIn(
      text,
      segment,
      line => line.startsWith('{"dependencies": ['),
      j => pipAuditJson(j, 'allow'),
    )
    if (!json?.read.ok) return said
    const { report } = json.read
    const whole = said.ok ? { ignored: said.report.ignored, dryRun: said.report.dryRun } : {}
    return {
      ok: true,
      report: {
        ...report,
        ...whole,
        result: json.back(report.result),
        vulnerabilities: report.vulnerabilities.map(v => ({ ...v, range: json.back(v.range) })),
        skipped: report.skipped.map(s => ({ ...s, range: json.back(s.range) })),
      },
    }
  })
}

/** Stretches of a step's output that each end with one closing line of a tool, and what follows it. */
const runsOf = (
  output: readonly OutputLine[],
  closes: (line: string) => boolean,
  read: (lines: readonly OutputLine[]) => ScanRead,
): ScanRead[] => {
  const ends = output.flatMap((l, i) => (closes(l.text) ? [i] : [])).slice(0, runsMost)
  return ends.map((end, i) =>
    read(output.slice(i === 0 ? 0 : (ends[i - 1] ?? 0) + 1, i === ends.length - 1 ? undefined : end + 1)),
  )
}

interface Result {
  readonly failed: boolean
  readonly said: string
  readonly range: Range
}

const many = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

const resultsOf = (
  step: CiStep,
  bandit: readonly BanditRead[],
  pipAudit: readonly PipAuditRead[],
  scans: StepReading['scans'],
) => {
  const results: Record<ToolName, Result[]> = {
    bandit: [],
    'pip-audit': [],
    pytest: [],
    ruff: [],
    'ruff format': [],
    black: [],
  }
  for (const read of scans.ruff)
    if (read.ok) {
      const { listed, result } = read.scan
      results.ruff.push({ failed: listed.unknown > 0, said: many(listed.unknown, 'violation'), range: result })
    }
  for (const read of bandit)
    if (read.ok) {
      const { issues, totals } = read.report
      results.bandit.push({ failed: issues.length > 0, said: many(issues.length, 'issue'), range: totals })
    }
  const found = (n: number, range: Range) => {
    const said = n === 1 ? '1 known vulnerability' : `${n} known vulnerabilities`
    results['pip-audit'].push({ failed: n > 0, said, range })
  }
  for (const { text, range } of step.output) {
    const pytest = pytestSummary(text)
    if (pytest) results.pytest.push({ ...pytest, range })
    const summary = pipAuditSummary(text)
    if (summary) found(summary.found, range)
    const black = blackClosing(text)
    if (black)
      results.black.push({
        failed: black.checked && black.reformat + black.failed > 0,
        said: saidOf(black),
        range,
      })
    const format = ruffFormatClosing(text)
    if (format)
      results['ruff format'].push({ failed: format.checked && format.reformat > 0, said: saidOf(format), range })
    if (text.startsWith('ERROR:pip_audit._cli:'))
      results['pip-audit'].push({ failed: true, said: 'an error of its own', range })
  }
  if (results['pip-audit'].length === 0)
    for (const read of pipAudit) if (read.ok) found(read.report.found, read.report.result)
  return results
}

const hidesStdout = (command: Command): boolean =>
  command.redirects.some(
    r =>
      r.type === 'Redirect' &&
      ['>', '>>', '>|', '&>', '&>>'].includes(r.operator) &&
      (r.descriptor?.type !== 'FileDescriptor' || r.descriptor.value === 1),
  )

/** Reads what a step printed. `versions` are those its job installed or printed. */
export const readStep = (text: string, step: CiStep, versions: ReadonlyMap<string, string>): StepReading => {
  const bandit = banditIn(text, step.output)
  const pipAudit = pipAuditIn(text, step.output)
  // Most steps start none of the tools; a script is parsed only where a name of one is in it.
  const named = step.script.some(l => /bandit|pip.audit|py\.?test|ruff|black/.test(l.text))
  const script = parseShell(named ? step.script.map(l => l.text).join('\n') : '')
  const starts = startsIn(step, script)
  // "All checks passed!" is what others say too: ruff must have been started, or have left another sign.
  const isRuff = starts.some(s => s.tool === 'ruff') || step.output.some(l => isRuffFixable(l.text))
  const scans = {
    ruff: isRuff ? runsOf(step.output, l => ruffClosing(l) !== undefined, ruffText) : [],
    black: runsOf(step.output, l => blackClosing(l) !== undefined, blackText),
  }
  const results = resultsOf(step, bandit, pipAudit, scans)
  const runs = toolNames.flatMap((tool): StepReading['runs'] => {
    const said = results[tool]
    const own = starts.filter(s => s.tool === tool)
    const [started] = own
    if (said.length === 0 && !started) return []
    const shared = { tool, version: versions.get(tool), ...standingOf(step, script, own) }
    const failure = said.findLast(r => r.failed)
    const last = said.at(-1)
    if (failure && last && !last.failed)
      return [{ ...shared, result: 'passed-later', said: failure.said, range: failure.range }]
    if (failure) return [{ ...shared, result: 'failed', said: failure.said, range: failure.range }]
    if (last) return [{ ...shared, result: 'clean', said: last.said, range: last.range }]
    return started ? [{ ...shared, result: 'not-shown', said: undefined, range: started.range }] : []
  })
  const pipAuditWritesAFile = starts.some(
    ({ tool, words, command }) =>
      tool === 'pip-audit' && (words.some(w => /^(?:-o|--output)/.test(w)) || hidesStdout(command)),
  )
  return { runs, bandit, pipAudit, scans, pipAuditWritesAFile }
}

/** What a log may call a step, without what looks like a credential in a command line. */
export const nameOf = (step: CiStep): string => {
  const name = (step.name ?? step.title)
    .replaceAll(/:\/\/[^\s@/]{1,200}@/g, '://***@')
    .replaceAll(/((?:token|passw(?:or)?d|secret|api[_-]?key|authorization)["']?[=:\s]+)\S+/gi, '$1***')
  return name.length > 80 ? `${name.slice(0, 79)}…` : name
}

export const endOf = (step: CiStep): Pick<LogStep, 'ended' | 'exit'> => {
  switch (step.end.is) {
    case 'failed':
      return { ended: 'failed', exit: step.end.exit }
    case 'succeeded':
      return { ended: 'succeeded', exit: 0 }
    case 'not-seen':
      return { ended: 'not-seen', exit: undefined }
  }
}
