import { resolve } from 'node:path'
import { audit } from '../audit.ts'
import { collectors } from '../collect/index.ts'
import { reportTools } from '../facts/report.ts'
import type { Severity } from '../model.ts'
import type { FrameworkChoice, Selection } from '../plan.ts'
import { nearest } from '../policy/complaint.ts'
import { isDate } from '../policy/dates.ts'
import type { Policy } from '../policy/policy.ts'
import { isEndpoint } from '../policy/schemas.ts'
import { formatNamed, formats } from '../report/index.ts'
import type { Render, Rendering, Report } from '../report/report.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { openTarget } from './target.ts'
import { type Terminal, UsageError } from './usage.ts'
import { version } from './version.ts'
import { writeWhole } from './write-whole.ts'

/** Options of the contract that are not built yet: refused, never ignored. */
const unbuilt: Readonly<Record<string, string>> = {
  live: '--live',
  policyFrom: '--policy-from',
  since: '--since',
  baseline: '--baseline',
}

interface Output {
  readonly render: Render
  readonly name: string
  /** `undefined`: standard output. */
  readonly file: string | undefined
}

const texts = (options: Record<string, unknown>, key: string): readonly string[] => {
  const value = options[key]
  return Array.isArray(value) ? value.map(String) : []
}

const suggest = (word: string, known: readonly string[]): string => {
  const near = nearest(word, known)
  return near === undefined ? '' : ` (did you mean "${near}"?)`
}

/** `iip-audit check`: options → audit → reports → exit code. */
export const check = async (path: string, options: Record<string, unknown>, terminal: Terminal): Promise<number> => {
  const began = terminal.clock()
  const startedAt = terminal.now()
  for (const [key, flag] of Object.entries(unbuilt))
    if (options[key] !== undefined) throw new UsageError(`${flag} is not built yet; leave it out`)
  const outputs = await outputsOf(texts(options, 'format'))
  const asOf = dayOf(options['asOf'], terminal.today)
  const endpoints = texts(options, 'endpoint')
  for (const endpoint of endpoints)
    if (!isEndpoint(endpoint)) throw new UsageError(`--endpoint: "${endpoint}" is not host:port`)
  const reports = texts(options, 'report').map(reportOf)

  const profile = options['profile'] === undefined ? undefined : String(options['profile'])
  const { workspace, policy } = await openTarget(path, { profile, asOf }, terminal)
  const selection = selectionOf(options, policy)
  await mustExist('--ci-logs', texts(options, 'ciLogs'), workspace)
  await mustExist(
    '--report',
    reports.map(r => r.path),
    workspace,
  )
  await mustExist('--ca', texts(options, 'ca'), workspace)
  const trust = {
    allowedSigners: texts(options, 'allowedSigners'),
    keyrings: texts(options, 'keyring'),
    revokedKeys: texts(options, 'revokedKeys'),
  }
  await mustExist('--allowed-signers', trust.allowedSigners, workspace)
  await mustExist('--keyring', trust.keyrings, workspace)
  await mustExist('--revoked-keys', trust.revokedKeys, workspace)

  const report: Report = await audit(
    {
      policy,
      workspace,
      selection,
      path,
      version,
      policyFrom: policy.files.length > 0 ? 'rules from the tree under test' : 'built-in defaults',
      failOn: String(options['failOn']) as Severity | 'none',
      strict: options['strictAll'] ? 'all' : options['strict'] ? 'inconclusive' : 'off',
      inputs: {
        endpoints: [...new Set(endpoints)],
        endpointsNotAsked: policy.profile.endpoints.filter(endpoint => !endpoints.includes(endpoint)),
        ca: texts(options, 'ca'),
        trust,
        ciLogs: texts(options, 'ciLogs'),
        reports,
        asOf,
      },
      signal: terminal.signal,
    },
    collectors,
  )
  const finished: Report = {
    ...report,
    run: { startedAt, seconds: Math.round(terminal.clock() - began) / 1000 },
  }
  const how: Rendering = {
    all: options['all'] === true,
    quiet: options['quiet'] === true,
    color:
      options['color'] !== false &&
      !terminal.env['NO_COLOR'] &&
      (terminal.outIsTty || Boolean(terminal.env['FORCE_COLOR'])) &&
      terminal.env['TERM'] !== 'dumb',
    columns: Math.max(40, Math.min(terminal.columns, 100)),
  }
  for (const output of outputs) await write(output, finished, how, terminal)
  for (const crash of finished.crashes) terminal.err(`iip-audit: bug in ${crash.where}: ${crash.message}\n`)
  return finished.exit.code
}

const outputsOf = async (asked: readonly string[]): Promise<readonly Output[]> => {
  const outputs: Output[] = []
  for (const word of asked) {
    const split = word.indexOf('=')
    const name = split === -1 ? word : word.slice(0, split)
    const file = split === -1 ? undefined : word.slice(split + 1)
    const format = formatNamed(name)
    const built = formats.filter(f => 'load' in f).map(f => f.name)
    if (!format)
      throw new UsageError(`--format: no format "${name}"${suggest(name, built)}; known: ${built.join(', ')}`)
    if (!format.load) throw new UsageError(`--format ${name} is not built yet; known: ${built.join(', ')}`)
    if (file === '') throw new UsageError(`--format ${name}= names no file`)
    outputs.push({ render: await format.load(), name, file })
  }
  const onTerminal = outputs.filter(o => o.file === undefined)
  if (onTerminal.length > 1)
    throw new UsageError(
      `--format ${onTerminal.map(o => o.name).join(' and ')} both write to standard output; give all but one a file: --format ${onTerminal[1]?.name}=<file>`,
    )
  const files = outputs.flatMap(o => o.file ?? [])
  const twice = files.find((f, i) => files.findIndex(g => resolve(g) === resolve(f)) !== i)
  if (twice !== undefined) throw new UsageError(`--format: two reports would be written to ${twice}`)
  if (onTerminal.length > 0) return outputs
  const { render } = await import('../report/text.ts')
  return [...outputs, { render, name: 'text', file: undefined }]
}

const dayOf = (given: unknown, today: string): string => {
  if (given === undefined) return today
  if (!isDate(String(given))) throw new UsageError(`--as-of: "${String(given)}" is not a day (YYYY-MM-DD)`)
  return String(given)
}

const reportOf = (word: string): { tool: string; path: string } => {
  const split = word.indexOf('=')
  const tool = split === -1 ? word : word.slice(0, split)
  const known = reportTools.find(t => t === tool)
  if (known === undefined)
    throw new UsageError(`--report: no tool "${tool}"${suggest(tool, reportTools)}; known: ${reportTools.join(', ')}`)
  const path = split === -1 ? '' : word.slice(split + 1)
  if (path === '') throw new UsageError(`--report ${tool} names no file; write --report ${tool}=<file>`)
  return { tool, path }
}

const mustExist = async (flag: string, paths: readonly string[], workspace: Workspace): Promise<void> => {
  for (const path of paths) {
    const found = await workspace.inputs.files(path)
    if (!found.ok) throw new UsageError(`${flag}: ${path}: ${found.refusal.reason}`)
  }
}

export const selectionOf = (options: Record<string, unknown>, policy: Policy): Selection => {
  const choices = new Map<string, FrameworkChoice>()
  for (const word of texts(options, 'framework')) {
    const [id = '', list] = word.split(':')
    const catalog = policy.catalogs.find(c => c.id === id)
    const ids = policy.catalogs.map(c => c.id)
    if (!catalog) throw new UsageError(`--framework: no framework "${id}"${suggest(id, ids)}; known: ${ids.join(', ')}`)
    const known = [
      ...new Set(
        catalog.requirements.filter(r => !r.cited).map(r => (r.category === 'common' ? 'security' : r.category)),
      ),
    ]
    const categories = (list ?? '').split(',').filter(c => c !== '')
    for (const category of categories)
      if (!known.includes(category))
        throw new UsageError(
          `--framework ${id}: no category "${category}"${suggest(category, known)}; known: ${known.join(', ')}`,
        )
    choices.set(id, { id, categories: [...(choices.get(id)?.categories ?? []), ...categories] })
  }
  const controlIds = policy.controls.map(c => c.id)
  const checkIds = [...new Set(policy.controls.flatMap(c => c.uses.map(u => u.check.id)))]
  for (const id of texts(options, 'control'))
    if (!controlIds.includes(id))
      throw new UsageError(`--control: no control "${id}"${suggest(id, controlIds)}; see: iip-audit controls`)
  for (const id of texts(options, 'check'))
    if (!checkIds.includes(id))
      throw new UsageError(`--check: no check "${id}"${suggest(id, checkIds)}; see: iip-audit controls`)
  return { frameworks: [...choices.values()], controls: texts(options, 'control'), checks: texts(options, 'check') }
}

const write = async (output: Output, report: Report, how: Rendering, terminal: Terminal): Promise<void> => {
  if (output.file === undefined) {
    for (const piece of output.render(report, how)) await terminal.out(piece)
    return
  }
  // Colour and brevity are for terminals.
  const pieces = output.render(report, { all: true, quiet: false, color: false, columns: 100 })
  await writeWhole(output.file, pieces, `--format ${output.name}`)
}
