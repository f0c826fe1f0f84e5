import { Chalk } from 'chalk'
import { besides, counted, fromOutside, networkFindings, networkWords, roleWord, sayTopology } from './network-words.ts'
import { placeOf, whereOf } from './reading.ts'
import type { Finding, Report, ReportTopology } from './report.ts'
import { visible } from './visible.ts'
import { columnsOf, cut, padEnd, window, wrap } from './width.ts'

/** Longest lists a terminal shows; `--format json` has the rest. */
const most = { sets: 8, services: 60, findings: 24, gaps: 5 }

/** The networks for a terminal: a table for each set, then what is wrong and where. */
export const networkText = (report: Report, how: { readonly color: boolean; readonly columns: number }): string => {
  const chalk = new Chalk({ level: how.color ? 1 : 0 })
  const topologies = report.networks ?? []
  const { all, of } = networkFindings(report)
  const bad = all.filter(one => one.verdict === 'violates')
  const lines: string[] = ['', chalk.bold(visible(`Networks of ${report.target.path}`))]
  if (topologies.length === 0) {
    lines.push(report.gaps.length > 0 ? 'No Compose file could be read.' : 'No Compose file says what is deployed.')
  } else {
    const findings = bad.length === 0 ? 'nothing is found' : counted(bad.length, 'finding')
    lines.push(`${counted(topologies.length, 'deployment')} in Compose files; ${findings}.`)
  }
  for (const topology of topologies.slice(0, most.sets)) {
    lines.push('', `${chalk.bold(visible(topology.name))}`, chalk.dim(sayTopology(topology)), '')
    lines.push(...matrix(topology, service => of(service).length > 0, how, chalk))
  }
  if (topologies.length > most.sets)
    lines.push('', `and ${topologies.length - most.sets} more deployments: --format json shows all`)
  if (topologies.length > 0)
    lines.push('', chalk.dim('  ● on the network   ✗ with a finding below   ports: where the host listens'))
  for (const one of all.slice(0, most.findings)) lines.push('', ...finding(one, how, chalk))
  if (all.length > most.findings) lines.push('', `and ${all.length - most.findings} more: iip-audit check shows all`)
  for (const gap of report.gaps.slice(0, most.gaps)) {
    const said = wrap(`${visible(whereOf(placeOf(gap)))}: ${visible(gap.reason)}`, how.columns - 2)
    lines.push('', ...said.map((line, i) => `${i === 0 ? chalk.yellow('?') : ' '} ${line}`))
  }
  if (report.gaps.length > most.gaps)
    lines.push('', `and ${report.gaps.length - most.gaps} more that could not be read`)
  lines.push('', chalk.dim('A picture: --format svg=networks.svg   For a document: --format mermaid or markdown'), '')
  return `${lines.join('\n')}\n`
}

const matrix = (
  topology: ReportTopology,
  isBad: (service: ReportTopology['services'][number]) => boolean,
  how: { readonly columns: number },
  chalk: InstanceType<typeof Chalk>,
): readonly string[] => {
  const services = fromOutside(topology.services)
  const shown = services.slice(0, most.services)
  const nameWidth = Math.min(26, Math.max(...shown.map(one => columnsOf(visible(one.name))), 7)) + 2
  const roleWidth = Math.max(0, ...shown.map(one => roleWord(one).length)) + 2
  const names = topology.networks.map(({ name }) => visible(name))
  const wide = names.map(name => Math.max(columnsOf(name), 8) + 2)
  const left = 4 + nameWidth + roleWidth
  // Where the names do not fit over their columns, letters stand for them.
  const asLetters = left + wide.reduce((a, b) => a + b, 0) > how.columns - 24
  const widths = asLetters ? names.map(() => 4) : wide
  const heads = asLetters ? names.map((_, i) => letters(i)) : names
  const pad = ' '.repeat(left)
  const across = (cells: readonly string[]): string => cells.map((cell, i) => padEnd(cell, widths[i] ?? 4)).join('')
  const lines: string[] = [`${pad}${chalk.bold(across(heads).trimEnd())}`]
  const kinds = topology.networks.map(({ is }) => (asLetters ? kindLetters[is] : shortKinds[is]))
  lines.push(`${pad}${chalk.dim(across(kinds).trimEnd())}`)
  for (const service of shown) {
    const mark = isBad(service) ? chalk.red('✗') : ' '
    const cells = across(topology.networks.map(({ name }) => (service.networks.includes(name) ? '●' : '·')))
    const name = padEnd(cut(visible(service.name), nameWidth - 2), nameWidth)
    const row = `${padEnd(roleWord(service), roleWidth)}${cells}`
    const said = visible(besides(service))
    const room = how.columns - left - columnsOf(cells)
    const [first = '', ...rest] = said === '' ? [] : wrap(said, Math.max(room, 20))
    lines.push(`  ${mark} ${chalk.bold(name)}${`${row}${first}`.trimEnd()}`)
    for (const more of rest) lines.push(`${' '.repeat(left + columnsOf(cells))}${more}`)
  }
  if (services.length > shown.length) lines.push(`    and ${services.length - shown.length} more services`)
  if (asLetters) {
    lines.push('')
    for (const [i, { name, is }] of topology.networks.entries())
      lines.push(
        `    ${chalk.bold(letters(i))}  ${cut(visible(name), how.columns - 24)} ${chalk.dim(networkWords[is])}`,
      )
  }
  return lines
}

const shortKinds = { internal: 'internal', outside: 'way out', external: 'external', unknown: '?' } as const
const kindLetters = { internal: 'int', outside: 'out', external: 'ext', unknown: '?' } as const

const letters = (i: number): string =>
  i < 26 ? String.fromCharCode(65 + i) : `${letters(Math.floor(i / 26) - 1)}${letters(i % 26)}`

const finding = (
  one: Finding,
  how: { readonly columns: number },
  chalk: InstanceType<typeof Chalk>,
): readonly string[] => {
  const isViolation = one.verdict === 'violates'
  const paint = isViolation ? chalk.red : chalk.yellow
  const lines = wrap(visible(one.message), how.columns - 4).map((line, i) =>
    i === 0 ? `${paint(isViolation ? '✗' : '?')} ${line}` : `  ${line}`,
  )
  lines.push(
    `  ${chalk.dim(`${visible(whereOf(placeOf(one)))}  ${isViolation ? `${one.severity}, ` : ''}${one.check}`)}`,
  )
  if (one.excerpt === undefined) return lines
  const number = `${one.excerpt.line}`.padStart(6)
  const at = window(one.excerpt.text, one.excerpt.from, one.excerpt.to, how.columns - 11)
  return [
    ...lines,
    `  ${chalk.dim(`${number} │`)} ${visible(at.text)}`,
    `  ${' '.repeat(6)} ${chalk.dim('│')} ${' '.repeat(at.at)}${paint('^'.repeat(at.length))}`,
  ]
}
