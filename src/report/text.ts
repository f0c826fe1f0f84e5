import { Chalk } from 'chalk'
import type { Severity, Status } from '../model.ts'
import { formatNamed } from './index.ts'
import {
  bySeverity,
  count,
  countBy,
  frameworksOf,
  hides,
  homeOf,
  inOrder,
  isUnsure,
  isViolation,
  matrixOf,
  placeOf,
  plural,
  rank,
  repositoryName,
  sampleTest,
  shortId,
  standings,
  standingWords,
  statuses,
  statusWords,
  usesOf,
  whereOf,
  worstFirst,
} from './reading.ts'
import type { Excerpt, Finding, Located, Render, Rendering, Report, ReportControl, ReportRow } from './report.ts'
import { visible } from './visible.ts'
import { columnsOf, cut, padEnd, window, wrap } from './width.ts'

/** How much is shown unless everything is asked for: two screens of fifty lines. */
const most = {
  /** Lines of findings; what no longer fits stands as one line a control. */
  findingLines: 54,
  checksPerControl: 3,
  findingsPerCheck: 3,
  related: 3,
  rows: 3,
  controls: 6,
  unseen: 8,
  remarks: 3,
  fixLines: 2,
}
const everything: typeof most = {
  findingLines: Number.POSITIVE_INFINITY,
  checksPerControl: Number.POSITIVE_INFINITY,
  findingsPerCheck: Number.POSITIVE_INFINITY,
  related: Number.POSITIVE_INFINITY,
  rows: Number.POSITIVE_INFINITY,
  controls: Number.POSITIVE_INFINITY,
  unseen: Number.POSITIVE_INFINITY,
  remarks: Number.POSITIVE_INFINITY,
  fixLines: Number.POSITIVE_INFINITY,
}

/** What a severity is called where a compiler would say it. */
const labels: Readonly<Record<Severity, string>> = { critical: 'error', high: 'error', medium: 'warning', low: 'note' }

interface Page {
  readonly report: Report
  readonly columns: number
  readonly limit: typeof most
  readonly all: boolean
  readonly paint: {
    readonly bad: (text: string) => string
    readonly warn: (text: string) => string
    readonly good: (text: string) => string
    readonly strong: (text: string) => string
    readonly faint: (text: string) => string
  }
}

export const render: Render = function* (report, how) {
  const page = pageOf(report, how)
  if (how.quiet) {
    for (const line of tail(page, sampleTest(report))) yield `${line}\n`
    return
  }
  const isSample = sampleTest(report)
  const violations = report.findings.filter(isViolation)
  const blocks = [
    head(page),
    ...failures(
      page,
      violations.filter(f => !isSample(f)),
    ),
    unseen(page, isSample),
    others(page, isSample),
    matrix(page),
    tail(page, isSample),
  ]
  let first = true
  for (const block of blocks) {
    if (block.length === 0) continue
    if (!first) yield '\n'
    first = false
    for (const line of block) yield `${line.trimEnd()}\n`
  }
}

const pageOf = (report: Report, how: Rendering): Page => {
  // The level is given, never detected: equal options give equal bytes.
  const chalk = new Chalk({ level: how.color ? 1 : 0 })
  return {
    report,
    columns: Math.max(40, how.columns),
    limit: how.all ? everything : most,
    all: how.all,
    paint: {
      bad: text => chalk.red(text),
      warn: text => chalk.yellow(text),
      good: text => chalk.green(text),
      strong: text => chalk.bold(text),
      faint: text => chalk.dim(text),
    },
  }
}

/** Lines under a label, the next ones indented to where the first began. */
const hanging = (label: string, text: string, columns: number, lines = Number.POSITIVE_INFINITY): string[] => {
  const indent = columnsOf(label)
  const wrapped = wrap(text, Math.max(30, columns - indent))
  const kept = wrapped.slice(0, lines)
  if (kept.length < wrapped.length) kept.push(cut(`${kept.pop() ?? ''} …………`, columns - indent).replace(/[ …]*$/, ' …'))
  return kept.map((line, i) => (i === 0 ? label : ' '.repeat(indent)) + line)
}

/** Lines of which the first and the next ones have each their own indent. */
const indented = (text: string, columns: number, first: number, next: number): string[] => {
  const [line = '', ...rest] = wrap(text, columns - first)
  return [' '.repeat(first) + line, ...wrap(rest.join(' '), columns - next).map(l => ' '.repeat(next) + l)]
}

/* ---- head ---- */

const head = ({ report, columns, paint, all }: Page): string[] => {
  const { target, selection } = report
  const at =
    target.commit === undefined
      ? ''
      : [
          shortId(target.commit),
          target.branch === undefined ? 'detached' : `on ${target.branch}`,
          ...(target.dirty.length === 0 ? [] : [`(${plural(target.dirty.length, 'file')} modified)`]),
          ...(target.shallow ? ['(shallow clone)'] : []),
        ].join(' ')
  const name = target.repository === undefined ? target.path : repositoryName(target.repository)
  const folder = target.repository !== undefined && target.path !== '.' && target.path !== '' ? ` (${target.path})` : ''
  const title = [
    `iip-audit ${report.tool.version}`,
    at === '' ? `${name}, no git history` : `${name}${folder} @ ${at}`,
    inOrder(selection.frameworks).join(' ') || 'no framework',
    `as of ${report.asOf}`,
  ].map(visible)
  const notAsked = new Set(
    report.controls.flatMap(c => c.checks.filter(use => use.outcome === 'not-asked').map(use => use.check)),
  ).size
  const remarks = [
    ...(selection.live === undefined ? [] : [selection.live ? 'live' : 'offline']),
    visible(/^rules/.test(report.policy.from) ? report.policy.from : `rules: ${report.policy.from}`),
    ...(selection.partial
      ? [`partial run: ${count(selection.partial.controls)} of ${plural(selection.partial.of, 'control')}`]
      : notAsked === 0
        ? []
        : [`${plural(notAsked, 'check')} not asked`]),
  ].join('; ')
  return [
    ...spread(title, columns).map(line => paint.strong(line)),
    ...wrap(remarks, columns).map(line => paint.faint(line)),
    ...(all && target.dirty.length > 0
      ? hanging('modified: ', target.dirty.map(visible).join(' '), columns).map(line => paint.faint(line))
      : []),
  ]
}

/** Parts on one line with three blanks between, or on as many lines as it takes. */
const spread = (parts: readonly string[], columns: number): string[] => {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && columnsOf(last) + 3 + columnsOf(part) <= columns)
      lines[lines.length - 1] = `${last}   ${part}`
    else lines.push(part)
  }
  return lines
}

/* ---- findings ---- */

/** What is shown under one control: its own findings, those of other controls named at each. */
interface Block {
  readonly control: ReportControl | undefined
  readonly checks: readonly (readonly Finding[])[]
  readonly worst: Finding
}

const blocksOf = (report: Report, violations: readonly Finding[]): readonly Block[] => {
  const home = homeOf(report)
  const byControl = new Map<ReportControl | undefined, Map<string, Finding[]>>()
  for (const f of violations) {
    const control = home(f)
    const checks = byControl.get(control) ?? new Map<string, Finding[]>()
    byControl.set(control, checks)
    const same = checks.get(f.check)
    if (same) same.push(f)
    else checks.set(f.check, [f])
  }
  const blocks: Block[] = []
  for (const [control, checks] of byControl) {
    const sorted = [...checks.values()].map(findings => [...findings].sort(worstFirst))
    sorted.sort((a, b) => (a[0] && b[0] ? worstFirst(a[0], b[0]) : 0))
    const worst = sorted[0]?.[0]
    if (worst) blocks.push({ control, checks: sorted, worst })
  }
  const order = ({ control }: Block): readonly [number, number, string] => [
    control ? statuses.indexOf(control.status) : statuses.length,
    control ? -rank(control.severity) : 0,
    control?.id ?? '',
  ]
  return blocks.sort((a, b) => {
    const [x, y] = [order(a), order(b)]
    return worstFirst(a.worst, b.worst) || x[0] - y[0] || x[1] - y[1] || (x[2] < y[2] ? -1 : 1)
  })
}

/** Where many controls fail, each shows its worst check, so that no one of them takes the room of the others. */
const manyControls = 4

const failures = (asked: Page, violations: readonly Finding[]): string[][] => {
  const { columns, report } = asked
  const blocks = blocksOf(report, violations)
  const limit =
    blocks.length > manyControls && !asked.all
      ? { ...asked.limit, checksPerControl: 1, findingsPerCheck: 2 }
      : asked.limit
  const page = { ...asked, limit }
  const shown: string[][] = []
  const rest: Block[] = []
  let lines = 0
  for (const block of blocks) {
    if (rest.length === 0) {
      const text = blockLines(page, block)
      if (lines === 0 || lines + text.length + 1 <= limit.findingLines) {
        lines += text.length + 1
        shown.push(text)
        continue
      }
    }
    rest.push(block)
  }
  const homes = new Set(blocks.map(b => b.control?.id))
  const failing = report.controls.filter(c => c.status === 'fail' && !homes.has(c.id))
  const concerned = new Set(violations.flatMap(f => f.controls))
  // A control that fails without a finding of a check: a person answered no.
  const answered = failing.filter(c => !concerned.has(c.id))
  const short = [
    ...rest.map(block => [header(page, block.control, block.worst.severity), `  ${cut(shortly(block), columns - 2)}`]),
    ...answered.map(control => [
      header(page, control, control.severity),
      ...hanging('  ', visible(control.reason), columns, 2),
    ]),
  ]
  const kept = short.slice(0, limit.controls)
  if (kept.length > 0) shown.push(kept.flat())
  const left = short.length - kept.length
  const last: string[] = []
  if (left > 0) {
    const ids = [...rest.map(b => b.control?.id ?? '-'), ...answered.map(c => c.id)].slice(kept.length)
    last.push(...hanging(`and ${plural(left, 'more control')} with findings (--all): `, ids.join(' '), columns, 3))
  }
  const same = failing.filter(c => concerned.has(c.id)).map(c => c.id)
  if (same.length > 0)
    last.push(...hanging(`FAIL by the same findings (${plural(same.length, 'control')}): `, same.join(' '), columns, 3))
  if (last.length > 0) shown.push(last)
  return shown
}

/** What a control comes to in one line: its finding, or how many of which checks. */
const shortly = ({ checks, worst }: Block): string => {
  const n = checks.reduce((sum, findings) => sum + findings.length, 0)
  if (n === 1)
    return `${labels[worst.severity]}[${worst.check}]: ${isAbsence(worst) ? '' : `${where(worst)} `}${visible(worst.message)}`
  return `${count(n)} findings${isAbsence(worst) ? '' : `, first ${where(worst)}`}: ${checks.map(f => f[0]?.check ?? '').join(', ')}`
}

/** It has no place a person could open: the whole repository, or rows of a population. */
const isAbsence = (f: Finding): boolean => f.rows !== undefined || isRoot(f)

const isRoot = (at: Located): boolean => 'location' in at && at.location.uri === '.'

const header = ({ columns, paint }: Page, control: ReportControl | undefined, severity: Severity): string => {
  const status = control ? statusWords[control.status].toUpperCase() : 'NO CONTROL'
  const id = control?.id ?? ''
  const left = visible(`${status}  ${id}  ${control?.title ?? ''}`)
  // As many criteria as leave the title whole; the counts say what is missing.
  const right =
    [3, 2, 1]
      .map(most => visible(`${severity}  ${control ? criteria(control.supports, most) : ''}`.trimEnd()))
      .find(text => columnsOf(left) + 2 + columnsOf(text) <= columns) ?? severity
  const room = columns - columnsOf(right) - 2
  const shown = padEnd(cut(left, Math.max(room, columnsOf(`${status}  ${id}`) + 12)), room)
  const color = control?.status === 'fail' ? paint.bad : paint.warn
  return `${color(shown.slice(0, status.length))}${paint.strong(shown.slice(status.length))}  ${right}`
}

const criteria = (supports: ReportControl['supports'], most: number): string =>
  frameworksOf(supports)
    .map(framework => {
      const ids = supports[framework] ?? []
      const left = ids.length - most
      return ids.slice(0, most).join(' ') + (left > 0 ? ` +${left}` : '')
    })
    .join('  ')

const blockLines = (page: Page, block: Block): string[] => {
  const { limit, columns } = page
  const lines = [header(page, block.control, block.worst.severity)]
  for (const findings of block.checks.slice(0, limit.checksPerControl)) lines.push(...checkLines(page, block, findings))
  const rest = block.checks.slice(limit.checksPerControl)
  if (rest.length > 0) {
    const named = rest.map(f => `${f[0]?.check ?? ''} (${f.length})`).join(', ')
    lines.push(...hanging('  and ', `${plural(rest.length, 'more check')} (--all): ${named}`, columns, 2))
  }
  return lines
}

/** All findings of one check under one control: the first in full, others as a place and a message. */
const checkLines = (page: Page, { control }: Block, findings: readonly Finding[]): string[] => {
  const { report, limit, columns, all, paint } = page
  const lines: string[] = []
  const shown = findings.slice(0, limit.findingsPerCheck)
  const population = control ? usesOf(control, findings[0]?.check ?? '') : []
  // "2 of 7": only where one use counted exactly what is listed here.
  const judged = population.length === 1 && !findings[0]?.rows ? population[0]?.population : undefined
  const of =
    judged && judged.violates === findings.length && judged.count > 1
      ? `${count(findings.length)} of ${count(judged.count)}`
      : ''
  for (const [i, f] of shown.entries()) {
    if (i === 0 || all) {
      const label = labels[f.severity]
      const known = f.state === 'known' ? ' (known)' : ''
      const paintLabel = label === 'error' ? paint.bad : label === 'warning' ? paint.warn : paint.faint
      const heading = `${label}[${f.check}]`
      const message = `${heading}${known}: ${visible(f.message)}${i === 0 && of !== '' ? ` (${of} judged)` : ''}`
      const [first = '', ...more] = indented(message, columns, 2, 4)
      lines.push(
        first.replace(heading, () => paintLabel(heading)),
        ...more,
      )
      lines.push(...placeLines(page, f))
      continue
    }
    const place = `     --> ${visible(whereOf(placeOf(f)))}`
    const known = f.state === 'known' ? '(known) ' : ''
    lines.push(beside(place, `${known}${visible(f.message)}`, columns))
  }
  if (findings.length > shown.length) lines.push(`     and ${count(findings.length - shown.length)} more (--all)`)
  const also = [...new Set(findings.flatMap(f => f.controls))].filter(id => id !== control?.id)
  if (also.length > 0) lines.push(...hanging('     = also: ', also.join(' '), columns, 1))
  const fix = report.rules.find(rule => rule.id === findings[0]?.check)?.fix
  if (fix) lines.push(...hanging('     = fix: ', visible(fix.replaceAll(/\s+/g, ' ')), columns, limit.fixLines))
  return lines
}

/** A path and what is said of it on one line; the path is never cut, so that it stays clickable. */
const beside = (place: string, text: string, columns: number): string => {
  const room = columns - columnsOf(place) - 2
  return room < 20 ? place : `${place}  ${cut(text, room)}`
}

const placeLines = (page: Page, f: Finding): string[] => {
  const { columns, limit, paint } = page
  const lines: string[] = []
  if (f.rows) lines.push(...rowLines(page, f))
  else if (f.excerpt) {
    lines.push(`     ${paint.faint('-->')} ${visible(whereOf(f))}`, ...excerptLines(page, f, f.excerpt))
  } else {
    const place = `     ${'-->'} ${where(f)}`
    lines.push(f.message.includes(f.observed) ? place : beside(place, visible(f.observed), columns))
  }
  for (const r of f.related.slice(0, limit.related))
    lines.push(beside(`     ::: ${where(r)}`, visible(r.message), columns))
  if (f.related.length > limit.related)
    lines.push(`     ::: and ${count(f.related.length - limit.related)} more related places (--all)`)
  return lines
}

const where = (at: Located): string => {
  const place = placeOf(at)
  return isRoot(place) ? '. (the repository)' : visible(whereOf(place))
}

const rowLines = ({ columns, limit }: Page, f: Finding): string[] => {
  const { rows } = f
  if (!rows) return []
  const shown = rows.shown.slice(0, limit.rows)
  const width = Math.max(0, ...shown.map(row => columnsOf(visible(row.place))))
  const line = (row: ReportRow): string =>
    beside(`     --> ${padEnd(visible(row.place), Math.min(width, 40))}`, visible(row.observed), columns)
  const left = rows.new - shown.length
  const hints = [
    ...(rows.shown.length > shown.length ? ['--all'] : []),
    ...(formatNamed('csv')?.load ? ['every row: --format csv'] : []),
  ]
  const more = hints.length > 0 ? ` (${hints.join('; ')})` : ''
  return [
    ...shown.map(line),
    ...(left > 0 ? [`     and ${count(left)} more${more}`] : []),
    ...(rows.waived > 0 ? [`     ${count(rows.waived)} more waived`] : []),
  ]
}

/** The line with its number, and carets under what is wrong; beside them what was observed, if there is room. */
const excerptLines = ({ columns, paint }: Page, f: Finding, excerpt: Excerpt): string[] => {
  // Tabs stay for the moment, they become blanks when columns are counted.
  const clean = (text: string): string => text.split('\t').map(visible).join('\t')
  const before = clean(excerpt.text.slice(0, excerpt.from))
  const inside = clean(excerpt.text.slice(excerpt.from, excerpt.to))
  const after = clean(excerpt.text.slice(excerpt.to))
  const number = String(excerpt.line).padStart(4)
  const gutter = `${' '.repeat(number.length)} | `
  const room = columns - gutter.length
  const shown = window(before + inside + after, before.length, before.length + inside.length, room)
  const carets = '^'.repeat(shown.length)
  const line = `${gutter}${' '.repeat(shown.at)}${carets}`
  const said = visible(f.observed)
  const beside = !f.message.includes(f.observed) && columnsOf(line) + 1 + columnsOf(said) <= columns ? ` ${said}` : ''
  return [
    `${paint.faint(`${number} |`)} ${shown.text}`,
    `${paint.faint(gutter.trimEnd())} ${' '.repeat(shown.at)}${paint.bad(carets + beside)}`,
  ]
}

/* ---- what could not be judged ---- */

const unseen = (page: Page, isSample: (f: Finding) => boolean): string[] => {
  const { report, columns, limit, paint } = page
  const status = new Map(report.controls.map(c => [c.id, c.status]))
  /** What hides, by what it says: the same reason at many places is one line. */
  const said = new Map<
    string,
    { readonly controls: readonly string[]; readonly text: string; readonly places: string[] }
  >()
  const add = (controls: readonly string[], text: string, place: string): void => {
    const key = JSON.stringify([controls, text])
    const known = said.get(key)
    if (known) known.places.push(place)
    else said.set(key, { controls, text, places: [place] })
  }
  for (const f of report.findings)
    if (isUnsure(f) && !isSample(f)) add(f.controls, f.message, isAbsence(f) ? '' : where(f))
  for (const gap of report.gaps) if (hides(gap)) add(gap.controls, gap.reason, isRoot(gap) ? '' : where(gap))

  const inconclusive = report.controls.filter(c => c.status === 'inconclusive')
  const touched = [...new Set([...said.values()].flatMap(s => s.controls))].sort()
  const part = touched.filter(id => {
    const s = status.get(id)
    return s !== undefined && s !== 'inconclusive' && s !== 'not-applicable'
  })
  const covered = new Set(touched)
  for (const c of inconclusive) if (!covered.has(c.id)) add([c.id], c.reason, '')

  const weight = (s: { readonly controls: readonly string[] }): number =>
    Math.min(statuses.length, ...s.controls.map(id => (status.get(id) === 'inconclusive' ? 0 : 1)))
  // One line for each inconclusive control before a second one for any.
  const entries = [...said.values()].filter(s => page.all || s.controls.length > 0)
  const named = new Set<string>()
  const fresh: typeof entries = []
  const later: typeof entries = []
  for (const s of entries.sort((a, b) => weight(a) - weight(b))) {
    const news = s.controls.filter(id => !named.has(id))
    for (const id of news) named.add(id)
    ;(news.length > 0 ? fresh : later).push(s)
  }
  const ordered = [...fresh, ...later]
  const shown = ordered.slice(0, limit.unseen)
  const crashes = report.crashes.slice(0, limit.remarks)
  if (ordered.length === 0 && crashes.length === 0) return []

  const parts = part.length > 3 && !page.all ? [...part.slice(0, 3), `${count(part.length - 3)} more`] : part
  const scope = [
    ...(inconclusive.length > 0
      ? [`${count(inconclusive.length)} of ${plural(report.controls.length, 'control')}`]
      : []),
    ...(part.length > 0 ? [`part of ${parts.join(', ')}`] : []),
  ].join(', and ')
  const lines = hanging('COULD NOT JUDGE ', scope === '' ? '' : `(${scope})`, columns).map(line => paint.warn(line))
  if (lines.length === 0) lines.push(paint.warn('COULD NOT JUDGE'))
  const idColumns = Math.max(0, ...shown.map(s => columnsOf(idOf(s.controls, status))))
  for (const s of shown) {
    const label = `  ? ${padEnd(idOf(s.controls, status), idColumns)}  `
    const [place = '', ...more] = s.places.filter(p => p !== '')
    const at = place === '' ? '' : `${place}${more.length > 0 ? ` and ${count(more.length)} more` : ''}: `
    lines.push(...hanging(label, at + visible(s.text), columns, page.all ? undefined : 2))
    if (page.all) for (const p of more) lines.push(`${' '.repeat(columnsOf(label))}also ${p}`)
  }
  if (ordered.length > shown.length) {
    const seen = new Set(shown.flatMap(s => s.controls))
    const unnamed = [...new Set(ordered.flatMap(s => s.controls))].filter(id => !seen.has(id))
    const ids = unnamed.length > 0 ? `: ${unnamed.join(' ')}` : ''
    lines.push(...hanging('  ? ', `and ${count(ordered.length - shown.length)} more (--all)${ids}`, columns, 2))
  }
  for (const crash of crashes)
    lines.push(
      ...hanging(
        '  ? crashed  ',
        `${visible(crash.where)}: ${visible(crash.message)} (a bug in iip-audit)`,
        columns,
        2,
      ),
    )
  if (report.crashes.length > crashes.length)
    lines.push(`  ? and ${count(report.crashes.length - crashes.length)} more crashes (--all)`)
  return lines
}

/** The control that is undecided by it, and how many more it touches. */
const idOf = (controls: readonly string[], status: ReadonlyMap<string, Status>): string => {
  const first = controls.find(id => status.get(id) === 'inconclusive') ?? controls[0]
  return first === undefined ? '-' : controls.length === 1 ? first : `${first} +${controls.length - 1}`
}

/* ---- everything that takes one line ---- */

const others = (page: Page, isSample: (f: Finding) => boolean): string[] => {
  const { report, columns, limit, paint, all } = page
  const lines: string[] = []
  const list = (word: string, said: string, ids: readonly string[], color: (t: string) => string): void => {
    const text = hanging(
      `${word} `,
      `(${said})${ids.length > 0 ? ':' : ''} ${ids.join(' ')}`,
      columns,
      all ? undefined : 2,
    )
    lines.push(...text.map((line, i) => (i === 0 ? line.replace(word, () => color(word)) : line)))
  }
  const of = (status: Status): readonly ReportControl[] => report.controls.filter(c => c.status === status)
  const total = report.controls.length
  const ids = (controls: readonly ReportControl[]): string[] => controls.map(c => c.id)

  const manual = of('manual')
  if (manual.length > 0) {
    const stale = manual.filter(c => c.attestation?.state === 'expired').length
    const said = `${count(manual.length)} of ${plural(total, 'control')}${stale > 0 ? `, ${count(stale)} stale` : ''}; see iip-audit controls <id>`
    list('NEEDS A PERSON', said, ids(manual), paint.warn)
  }
  const notRun = of('not-run')
  if (notRun.length > 0) {
    const planned = notRun.filter(c => c.planned.some(p => p.role === 'required')).length
    const why = planned > 0 ? `; ${count(planned)} for want of a check that is not built yet` : ''
    list('NOT RUN', `${count(notRun.length)} of ${plural(total, 'control')}${why}`, ids(notRun), paint.warn)
  }
  const waived = report.findings.filter(f => f.state === 'waived')
  if (waived.length > 0) {
    const applied = report.waivers.filter(w => w.state === 'applied')
    const named = applied.map(w => visible(`${w.id} until ${w.expires}`))
    list('WAIVED', plural(waived.length, 'finding'), [named.join(', ')], paint.warn)
  }
  const pass = of('pass')
  if (pass.length > 0) {
    const attested = pass.filter(c => c.attested).length
    const said = `${count(pass.length)} of ${plural(total, 'control')}${attested > 0 ? `, ${count(attested)} on a person's word alone` : ''}`
    list('PASS', said, ids(pass), paint.good)
  }
  const outside = of('not-applicable')
  if (outside.length > 0)
    list('NOT APPLICABLE', `${count(outside.length)} of ${plural(total, 'control')}`, ids(outside), paint.faint)

  const samples = report.findings.filter(f => isSample(f) && f.state !== 'waived')
  if (samples.length > 0) {
    list(
      'SAMPLES',
      `${plural(samples.length, 'finding')} in sample folders decide nothing${all ? '' : ': --all'}`,
      [],
      paint.faint,
    )
    if (all)
      for (const f of samples) lines.push(beside(`  --> ${where(f)}`, `${visible(f.message)} [${f.check}]`, columns))
  }
  const remarks = [
    ...report.excluded.map(
      e => `excluded by the profile until ${e.until}: ${e.glob} (${plural(e.files, 'file')}): ${e.reason}`,
    ),
    ...report.notes,
  ]
  for (const remark of remarks.slice(0, limit.remarks))
    lines.push(...hanging('note: ', visible(remark), columns, all ? undefined : 2))
  if (remarks.length > limit.remarks) lines.push(`note: ${count(remarks.length - limit.remarks)} more notes (--all)`)
  return lines
}

/* ---- matrix and closing lines ---- */

const table = (
  title: string,
  columns: readonly string[],
  rows: readonly (readonly [string, readonly number[]])[],
): string[] => {
  const first = Math.max(columnsOf(title), ...rows.map(([name]) => columnsOf(name) + 2))
  const widths = columns.map((c, i) => Math.max(columnsOf(c), ...rows.map(([, n]) => count(n[i] ?? 0).length)))
  return [
    padEnd(title, first) + columns.map((c, i) => `  ${c.padStart(widths[i] ?? 0)}`).join(''),
    ...rows.map(
      ([name, numbers]) =>
        padEnd(`  ${name}`, first) + numbers.map((n, i) => `  ${count(n).padStart(widths[i] ?? 0)}`).join(''),
    ),
  ]
}

const matrix = ({ report, paint }: Page): string[] => {
  if (report.frameworks.length === 0) return [selfAssessment]
  const byId = new Map(report.frameworks.map(f => [f.id, f]))
  const all = inOrder([...byId.keys()]).flatMap(id => {
    const framework = byId.get(id)
    return framework ? [[visible(id), matrixOf(framework)] as const] : []
  })
  const controls = table(
    'controls',
    [...statuses.map(s => (s === 'manual' ? 'manual' : statusWords[s])), 'total'],
    all.map(([id, m]) => [id, [...statuses.map(s => m.controls[s]), m.controlsTotal]]),
  )
  const criteria = table(
    'criteria',
    [...standings.map(s => standingWords[s]), 'total'],
    all.map(([id, m]) => [id, [...standings.map(s => m.criteria[s]), m.criteriaTotal]]),
  )
  return [...[...controls, ...criteria].map(line => (/^\S/.test(line) ? paint.faint(line) : line)), selfAssessment]
}

const selfAssessment = "Management's self-assessment, not an auditor's report."

const tail = ({ report, columns, paint, all }: Page, isSample: (f: Finding) => boolean): string[] => {
  const { target, run, exit } = report
  const inSamples = report.findings.filter(isSample).length
  const findings = report.findings.filter(f => !isSample(f))
  const violations = findings.filter(isViolation)
  const unsure = findings.filter(isUnsure).length
  const waived = findings.filter(f => f.state === 'waived').length
  const known = violations.filter(f => f.state === 'known').length
  const seen = [
    plural(target.files, 'file'),
    ...(target.commits === undefined || target.commit === undefined ? [] : [plural(target.commits, 'commit')]),
  ].join(', ')
  const totals = [
    `${plural(violations.length, 'finding')}${violations.length > 0 ? `: ${bySeverity(violations)}` : ''}`,
    ...(known > 0 ? [`${count(known)} known before`] : []),
    ...(unsure > 0 ? [`${count(unsure)} not judged`] : []),
    ...(waived > 0 ? [`${count(waived)} waived`] : []),
    ...(inSamples > 0 ? [`${count(inSamples)} in samples`] : []),
  ].join('; ')
  const closing = `exit ${exit.code}: ${visible(exit.because)}.`
  const next = `Next: ${nextStep(report, violations)}`
  const paintExit = exit.code === 0 ? paint.good : paint.bad
  return [
    ...spread(
      [`${seen} in ${run.seconds.toFixed(1)} s.`, ...wrap(`${totals}${all ? '' : ' (--all)'}.`, columns)],
      columns,
    ),
    // The last line says which code and why: a next command that does not fit beside it stands before it.
    ...(columnsOf(closing) + 3 + columnsOf(next) <= columns
      ? [paintExit(`${closing}   ${next}`)]
      : [next, paintExit(closing)]),
  ]
}

/** The one command that helps most now. */
const nextStep = (report: Report, violations: readonly Finding[]): string => {
  const { exit, controls } = report
  const worst = [...violations].sort(worstFirst)[0]
  if (exit.code === 4) return 'iip-audit check --all, and report the crash'
  if (worst && exit.code !== 3) return `iip-audit explain ${worst.check}`
  const open = countBy(
    statuses,
    controls.map(c => c.status),
  )
  for (const status of ['inconclusive', 'manual', 'not-run'] as const) {
    const first = controls.find(c => c.status === status)
    if (open[status] > 0 && first) return `iip-audit controls ${first.id}`
  }
  return 'iip-audit check --format markdown=evidence.md'
}
