import type { LogStep, ToolRun } from '../facts/report.ts'
import { type BanditRead, banditJson, banditText, beginsBanditText } from '../parse/bandit.ts'
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

/** What a step of a log shows of one tool: what its script started, and what was printed. */
export interface StepReading {
  readonly runs: readonly (Omit<ToolRun, 'place'> & { readonly range: Range })[]
  readonly bandit: readonly BanditRead[]
  readonly pipAudit: readonly PipAuditRead[]
  /** pip-audit was told to write its list to a file: the log has the summary alone, and not what was skipped. */
  readonly pipAuditWritesAFile: boolean
}

const toolNames = ['bandit', 'pip-audit', 'pytest'] as const
type ToolName = (typeof toolNames)[number]

/** A command of a script, roughly: words without their quotes, and the operator after it. */
interface Command {
  readonly words: readonly string[]
  readonly operator: '' | '|' | '||' | '&&' | ';' | '&'
  readonly range: Range
}

/**
 * The commands of a script as far as a tool's name can be told from its arguments: quotes, comments, continued lines
 * and the operators between commands. No grammar: what it cannot follow, `plain` below refuses.
 */
const commandsOf = (script: readonly OutputLine[]): Command[] => {
  const commands: Command[] = []
  let words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  const push = () => {
    if (word !== undefined) words.push(word)
    word = undefined
  }
  for (const { text, range } of script) {
    let continued = false
    for (let i = 0; i < text.length; i += 1) {
      const c = text[i] ?? ''
      if (quote !== undefined) {
        if (c === quote) quote = undefined
        else word = (word ?? '') + c
      } else if (c === "'" || c === '"') {
        quote = c
        word ??= ''
      } else if (c === '\\') {
        if (i === text.length - 1) continued = true
        else {
          i += 1
          word = (word ?? '') + (text[i] ?? '')
        }
      } else if (c === ' ' || c === '\t') push()
      else if (c === '#' && word === undefined) break
      // `2>&1` and `>&2` are redirections, no operators.
      else if (c === '|' || c === ';' || (c === '&' && text[i - 1] !== '>' && text[i + 1] !== '>')) {
        push()
        const operator = text[i + 1] === c && c !== ';' ? (`${c}${c}` as '||' | '&&') : c
        if (operator.length === 2) i += 1
        commands.push({ words, operator: operator as Command['operator'], range })
        words = []
      } else word = (word ?? '') + c
    }
    if (continued || quote !== undefined) continue
    push()
    if (words.length > 0) commands.push({ words, operator: '', range })
    words = []
  }
  push()
  const last = script.at(-1)
  if (words.length > 0 && last) commands.push({ words, operator: '', range: last.range })
  return commands
}

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
  const name = rest[0]?.split('/').at(-1)?.replaceAll('_', '-')
  if (rest.some(w => w === '--version' || w === '--help' || w === '-h')) return undefined
  return name === 'py.test' ? 'pytest' : toolNames.find(t => t === name)
}

const stopsAtFirst = (shell: string | undefined): boolean =>
  shell !== undefined && /(?:^|\/)(?:bash|sh)(?: --?[\w-]+)* -[a-z]*e[a-z]*(?: |$)/.test(shell)

const hasPipefail = (shell: string | undefined): boolean => shell?.includes('-o pipefail') ?? false

/** Every line is one simple command (or a pipe that fails as its parts do) and the shell stops at the first that fails: exit code 0 is everyone's. */
const isPlain = (step: CiStep, commands: readonly Command[]): boolean =>
  stopsAtFirst(step.shell) &&
  commands.every(
    ({ words: [first = '', ...rest], operator }) =>
      (operator === '' || (operator === '|' && hasPipefail(step.shell))) &&
      !/^(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|select|function|set|trap|eval|source|\.|exec|exit|return|!|\{|\}|\[\[?)$/.test(
        first,
      ) &&
      ![first, ...rest].some(w => /[`(){}]|<</.test(w.replaceAll(/\$\{\w+\}/g, ''))),
  )

const maskOf = (step: CiStep, commands: readonly Command[], tool: ToolName): string | undefined => {
  for (const [index, command] of commands.entries()) {
    if (toolOf(command.words) !== tool) continue
    if (command.words.includes('--exit-zero')) return '--exit-zero'
    if (command.operator === '||') return `|| ${commands[index + 1]?.words[0] ?? ''}`.trim()
    if (command.operator === '|' && !hasPipefail(step.shell)) return `| ${commands[index + 1]?.words[0] ?? ''}`.trim()
    if (command.operator === '&') return '&'
    const relaxed = commands.slice(0, index).some(c => c.words[0] === 'set' && c.words[1] === '+e')
    if (relaxed) return 'set +e'
  }
  return undefined
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
  const begins = output.flatMap((l, i) => (beginsBanditText(l.text) ? [i] : []))
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
  const summaries = output.flatMap((l, i) => (pipAuditSummary(l.text) ? [i] : []))
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

interface Result {
  readonly failed: boolean
  readonly said: string
  readonly range: Range
}

const many = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

const resultsOf = (step: CiStep, bandit: readonly BanditRead[], pipAudit: readonly PipAuditRead[]) => {
  const results: Record<ToolName, Result[]> = { bandit: [], 'pip-audit': [], pytest: [] }
  for (const read of bandit)
    if (read.ok) {
      const { issues, totals } = read.report
      results.bandit.push({ failed: issues.length > 0, said: many(issues.length, 'issue'), range: totals })
    }
  for (const read of pipAudit)
    if (read.ok) {
      const { found, result } = read.report
      const said = found === 1 ? '1 known vulnerability' : `${found} known vulnerabilities`
      results['pip-audit'].push({ failed: found > 0, said, range: result })
    }
  for (const { text, range } of step.output) {
    const pytest = pytestSummary(text)
    if (pytest) results.pytest.push({ ...pytest, range })
    if (text.startsWith('ERROR:pip_audit._cli:'))
      results['pip-audit'].push({ failed: true, said: 'an error of its own', range })
  }
  return results
}

/** Reads what a step printed. `versions` are those its job installed or printed. */
export const readStep = (text: string, step: CiStep, versions: ReadonlyMap<string, string>): StepReading => {
  const bandit = banditIn(text, step.output)
  const pipAudit = pipAuditIn(text, step.output)
  const results = resultsOf(step, bandit, pipAudit)
  const commands = commandsOf(step.script)
  const plain = isPlain(step, commands)
  const runs = toolNames.flatMap((tool): StepReading['runs'] => {
    const said = results[tool]
    const started = commands.find(c => toolOf(c.words) === tool)
    const shared = { tool, version: versions.get(tool), mask: maskOf(step, commands, tool), plain }
    const failure = said.findLast(r => r.failed)
    const last = said.at(-1)
    if (failure && last && !last.failed)
      return [{ ...shared, result: 'passed-later', said: failure.said, range: failure.range }]
    if (failure) return [{ ...shared, result: 'failed', said: failure.said, range: failure.range }]
    if (last) return [{ ...shared, result: 'clean', said: last.said, range: last.range }]
    return started ? [{ ...shared, result: 'not-shown', said: undefined, range: started.range }] : []
  })
  const pipAuditWritesAFile = commands.some(
    c => toolOf(c.words) === 'pip-audit' && c.words.some(w => /^(?:-o|--output|1?>)/.test(w)),
  )
  return { runs, bandit, pipAudit, pipAuditWritesAFile }
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
