import { audit } from '../audit.ts'
import { collectors } from '../collect/index.ts'
import { layout } from '../report/layout.ts'
import { networkMarkdown } from '../report/network-markdown.ts'
import { mermaidOf } from '../report/network-mermaid.ts'
import { svgOf } from '../report/network-svg.ts'
import { networkText } from '../report/network-text.ts'
import { networkChecks, networkFindings } from '../report/network-words.ts'
import type { Report } from '../report/report.ts'
import { openTarget } from './target.ts'
import { type Terminal, UsageError } from './usage.ts'
import { version } from './version.ts'
import { writeWhole } from './write-whole.ts'

export const networkFormats = ['text', 'markdown', 'mermaid', 'svg', 'json'] as const
type Format = (typeof networkFormats)[number]

interface Output {
  readonly format: Format
  /** Undefined: standard output. */
  readonly file: string | undefined
}

/** `iip-audit network [path]`: who is on which network, what is published, and what is wrong with it. */
export const network = async (
  path: string,
  options: {
    readonly format: readonly string[]
    readonly profile?: string
    readonly set?: string
    readonly color: boolean
  },
  terminal: Terminal,
): Promise<number> => {
  const outputs = outputsOf(options.format)
  const { workspace, policy } = await openTarget(path, { profile: options.profile, asOf: terminal.today }, terminal)
  const whole = await audit(
    {
      policy,
      workspace,
      selection: { frameworks: [], controls: [], checks: networkChecks },
      path,
      version,
      policyFrom: '',
      failOn: 'none',
      strict: 'off',
      inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: terminal.today },
      signal: terminal.signal,
    },
    collectors,
  )
  const [crash] = whole.crashes
  if (crash) throw new Error(`${crash.where}: ${crash.message}`)
  const report = chosen(whole, options.set)
  for (const { format, file } of outputs) {
    const text = render(format, report, {
      color: file === undefined && options.color && terminal.outIsTty && !terminal.env['NO_COLOR'],
      columns: file === undefined ? Math.max(60, Math.min(terminal.columns, 120)) : 100,
    })
    if (file === undefined) await terminal.out(text)
    else await writeWhole(file, [text], `--format ${format}`)
  }
  return 0
}

const outputsOf = (asked: readonly string[]): readonly Output[] => {
  const outputs = asked.map((word): Output => {
    const split = word.indexOf('=')
    const name = split === -1 ? word : word.slice(0, split)
    const file = split === -1 ? undefined : word.slice(split + 1)
    const format = networkFormats.find(one => one === name)
    if (format === undefined) throw new UsageError(`--format: no format "${name}"; known: ${networkFormats.join(', ')}`)
    if (file === '') throw new UsageError(`--format ${name}= names no file`)
    return { format, file }
  })
  const onTerminal = outputs.filter(({ file }) => file === undefined)
  if (onTerminal.length > 1)
    throw new UsageError(
      `--format ${onTerminal.map(({ format }) => format).join(' and ')} both write to standard output; give all but one a file`,
    )
  return onTerminal.length > 0 ? outputs : [...outputs, { format: 'text', file: undefined }]
}

/** The one deployment that is asked for: by its name, or by its first file where no other begins with it. */
const chosen = (report: Report, set: string | undefined): Report => {
  if (set === undefined) return report
  const all = report.networks ?? []
  const found = all.find(one => one.name === set)
  if (found === undefined) {
    const known = all.slice(0, 10).map(one => `\n  ${one.name}`)
    throw new UsageError(
      `--set: no deployment "${set}"; ${known.length === 0 ? 'there is none' : `there are:${known.join('')}`}`,
    )
  }
  return { ...report, networks: [found] }
}

const render = (format: Format, report: Report, how: { readonly color: boolean; readonly columns: number }): string => {
  switch (format) {
    case 'text':
      return networkText(report, how)
    case 'markdown':
      return networkMarkdown(report)
    case 'json': {
      const { all } = networkFindings(report)
      return `${[...layout({ target: report.target.path, networks: report.networks ?? [], findings: all, gaps: report.gaps }, (_key, value) => value)].join('')}`
    }
    case 'mermaid':
    case 'svg': {
      // One picture shows one deployment: the first, unless --set asks for another.
      const [topology] = report.networks ?? []
      if (topology === undefined) throw new UsageError(`--format ${format}: no Compose file says what is deployed`)
      return format === 'svg' ? svgOf(topology, networkFindings(report)) : mermaidOf(topology)
    }
  }
}
