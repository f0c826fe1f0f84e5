import { Chalk } from 'chalk'
import type { Evidence } from '../evidence.ts'
import { showPlace } from '../place.ts'
import { visible } from '../report/visible.ts'
import { cut, padEnd, window, wrap } from '../report/width.ts'
import type { Break, Cell, GatesPage } from './gates.ts'

/** What each gate is called in the table. */
const titles: Readonly<Record<string, string>> = {
  tests: 'tests',
  lint: 'lint',
  format: 'format',
  bandit: 'bandit',
  'pip-audit': 'pip-audit',
  'dependency-audit': 'dependency audit',
  'secret-scan': 'secret scan',
  'image-scan': 'image scan',
  'misconfiguration-scan': 'configuration scan',
  sbom: 'SBOM',
  environment: 'environment',
}
const marks: Readonly<Record<Cell, string>> = { holds: '✓', breaks: '✗', unknown: '?', absent: '–', none: '·' }
const titleOf = (gate: string): string => titles[gate] ?? gate

/** Reasons shown in full; the rest is counted. */
const mostBreaks = 24
const mostPaths = 15
const mostPlaces = 6

const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

const summary = ({ paths, rows }: GatesPage): string => {
  const merge = rows.filter(r => r.cells[0] !== 'none' && !['sbom', 'image-scan'].includes(r.gate))
  const holding = merge.filter(r => r.cells[0] === 'holds').length
  const first = `${holding} of ${counted(merge.length, 'gate')} can stop a merge`
  const jobs = paths.length - 1
  if (jobs === 0) return `${first}; no job publishes anything.`
  const waiting =
    rows
      .find(r => r.gate === 'tests')
      ?.cells.slice(1)
      .filter(c => c === 'holds').length ?? 0
  return `${first}; ${waiting} of ${counted(jobs, 'publishing job')} ${waiting === 1 ? 'waits' : 'wait'} for the tests.`
}

const targets = ({ at }: Break): string => {
  const gates = [...new Set(at.map(a => a.gate))]
  const all = gates.map(g => [titleOf(g), at.filter(a => a.gate === g).map(a => a.path)] as const)
  const same = all.every(([, p]) => p.join() === all[0]?.[1].join())
  const list = (paths: readonly string[]): string => [...new Set(paths)].join(', ')
  return same
    ? `${all.map(([g]) => g).join(', ')} → ${list(all[0]?.[1] ?? [])}`
    : all.map(([g, p]) => `${g} → ${list(p)}`).join('; ')
}

/** The page for a terminal, at most `columns` wide. */
export const gatesText = (
  page: GatesPage,
  evidence: Evidence,
  how: { readonly color: boolean; readonly columns: number },
): string => {
  const chalk = new Chalk({ level: how.color ? 1 : 0 })
  const paint: Readonly<Record<Cell, (text: string) => string>> = {
    holds: t => chalk.green(t),
    breaks: t => chalk.red(t),
    unknown: t => chalk.yellow(t),
    absent: t => chalk.red(t),
    none: t => chalk.dim(t),
  }
  const paths = page.paths.slice(0, mostPaths)
  const first = 20
  const cell = (text: string, i: number): string => padEnd(text, i === 0 ? 8 : 4)
  const lines: string[] = [
    '',
    chalk.bold(visible(`Gates of ${page.target}`)),
    summary(page),
    '',
    `${' '.repeat(2 + first)}${chalk.dim(
      paths
        .map((p, i) => cell(p.key, i))
        .join('')
        .trimEnd(),
    )}`,
  ]
  for (const { gate, cells } of page.rows.filter(r => r.cells.some(c => c !== 'none')))
    lines.push(
      `  ${padEnd(titleOf(gate), first)}${cells
        .slice(0, mostPaths)
        .map((c, i) => paint[c](marks[c]) + cell(marks[c], i).slice(marks[c].length))
        .join('')
        .trimEnd()}`,
    )
  lines.push(
    '',
    `  ${chalk.dim('✓ stops it   ✗ does not   ? not to be told from the tree   – nothing runs   · not asked for')}`,
    '',
  )
  lines.push(`  ${chalk.bold(padEnd('merge', 7))} a change on its way to the default branch`)
  for (const { key, job, workflow, publishes } of paths.slice(1)) {
    const what = visible(`${publishes.join(', ')}, by job "${job}" of ${workflow?.replace('.github/workflows/', '')}`)
    lines.push(`  ${chalk.bold(padEnd(key, 7))} ${cut(what, how.columns - 10)}`)
  }
  if (page.paths.length > mostPaths)
    lines.push(`          and ${page.paths.length - mostPaths} more publishing jobs: --format json shows all`)
  const told = page.breaks.filter(b => b.place.in !== 'root' || b.at.some(a => a.gate === 'tests'))
  for (const b of told.slice(0, mostBreaks)) {
    lines.push('', `${paint[b.is](marks[b.is])} ${chalk.bold(targets(b))}`)
    for (const line of wrap(visible(evidence.clear(`${b.because}`)), how.columns - 4)) lines.push(`  ${line}`)
    const places = [b.place, ...b.also]
    for (const place of places.slice(0, mostPlaces)) lines.push(`  ${chalk.dim(visible(showPlace(place)))}`)
    if (places.length > mostPlaces) lines.push(`  ${chalk.dim(`and ${places.length - mostPlaces} more`)}`)
    const shown = b.also.length > 0 ? undefined : evidence.excerpt(b.place)
    if (!shown) continue
    const number = `${shown.line}`.padStart(6)
    const at = window(shown.text, shown.from, shown.to, how.columns - 11)
    lines.push(
      `  ${chalk.dim(`${number} │`)} ${visible(at.text)}`,
      `  ${' '.repeat(6)} ${chalk.dim('│')} ${' '.repeat(at.at)}${paint[b.is]('^'.repeat(at.length))}`,
    )
  }
  if (told.length > mostBreaks) lines.push('', `  and ${told.length - mostBreaks} more: --format json shows all`)
  const missing = page.rows.filter(r => r.cells.includes('absent')).map(r => titleOf(r.gate))
  if (missing.length > 0) lines.push('', `${paint.absent('–')} ${chalk.bold('nothing runs')}: ${missing.join(', ')}`)
  for (const gap of page.gaps.slice(0, 5))
    lines.push('', `${paint.unknown('?')} ${visible(showPlace(gap.place))}: ${visible(gap.reason)}`)
  lines.push(
    '',
    chalk.dim(
      visible('Which jobs a merge requires is set in the forge. More: iip-audit explain tests-block-the-merge'),
    ),
    '',
  )
  return `${lines.join('\n')}\n`
}

const escaped = (text: string): string => visible(text).replace(/[\\`*_{}[\]<>|]/g, c => `\\${c}`)
const code = (text: string): string => {
  const shown = visible(text).replaceAll('|', '\\|')
  return shown.includes('`') ? `\`\` ${shown} \`\`` : `\`${shown}\``
}

/** The page as GitHub Markdown. */
export const gatesMarkdown = (page: GatesPage, evidence: Evidence): string => {
  const words: Readonly<Record<Cell, string>> = { holds: '✓', breaks: '✗', unknown: '?', absent: '–', none: '·' }
  const lines = [
    `# Gates of ${escaped(page.target)}`,
    '',
    summary(page),
    '',
    `| | ${page.paths.map(p => p.key).join(' | ')} |`,
    `|---|${page.paths.map(() => ':-:').join('|')}|`,
    ...page.rows
      .filter(r => r.cells.some(c => c !== 'none'))
      .map(r => `| ${titleOf(r.gate)} | ${r.cells.map(c => words[c]).join(' | ')} |`),
    '',
    '✓ stops it, ✗ does not, ? not to be told from the tree, – nothing runs, · not asked for',
    '',
    '- **merge**: a change on its way to the default branch',
    ...page.paths
      .slice(1)
      .map(
        p =>
          `- **${p.key}**: ${escaped(p.publishes.join(', '))}, by job ${code(p.job ?? '')} of ${code(p.workflow ?? '')}`,
      ),
  ]
  if (page.breaks.length > 0) lines.push('', '| | What | Why | Where |', '|---|---|---|---|')
  for (const b of page.breaks)
    lines.push(
      `| ${words[b.is]} | ${escaped(targets(b))} | ${escaped(evidence.clear(b.because))} | ${[b.place, ...b.also]
        .map(place => code(showPlace(place)))
        .join('<br>')} |`,
    )
  for (const gap of page.gaps) lines.push('', `? ${code(showPlace(gap.place))}: ${escaped(gap.reason)}`)
  return `${lines.join('\n')}\n`
}
