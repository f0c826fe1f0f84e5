import type { Render, Report } from './report.ts'
import { visibleJson } from './visible.ts'

/** The order of the keys at the top: part of the published format, whatever builds the report. */
const keys = [
  'schema',
  'tool',
  'run',
  'asOf',
  'target',
  'policy',
  'selection',
  'catalogs',
  'frameworks',
  'controls',
  'rules',
  'findings',
  'gaps',
  'inputs',
  'excluded',
  'waivers',
  'crashes',
  'notes',
  'exit',
] as const satisfies readonly (keyof Report)[]

/** Objects whose keys are data: sorted, since nothing else gives them an order. */
const maps: ReadonlySet<string> = new Set(['supports', 'parameters', 'with'])

/** What is known to be unknown is `null`; maps are sorted. */
const normal = (key: string, value: unknown): unknown => {
  if (value === undefined) return null
  if (maps.has(key) && value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  return value
}

/** Objects and lists are entered down to here (a subject of a use of a control), what lies deeper is one piece. */
const deepest = 6

function* pieces(key: string, raw: unknown, indent: string, depth: number): Iterable<string> {
  const value = normal(key, raw)
  const inner = `${indent}  `
  if (value === null || typeof value !== 'object' || depth >= deepest) {
    yield JSON.stringify(value, normal, 2).replaceAll('\n', `\n${indent}`)
    return
  }
  const entries: Iterable<readonly [string, unknown]> = Array.isArray(value)
    ? value.map(v => ['', v] as const)
    : Object.entries(value)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  let first = true
  for (const [name, v] of entries) {
    yield `${first ? `${open}\n` : ',\n'}${inner}${Array.isArray(value) ? '' : `${JSON.stringify(name)}: `}`
    first = false
    yield* pieces(name, v, inner, depth + 1)
  }
  yield first ? `${open}${close}` : `\n${indent}${close}`
}

/** How much text is gathered before it is handed on, in UTF-16 units. */
const chunk = 1 << 16

/** The report as it is, two blanks deep. A huge report never becomes one string. */
export const render: Render = function* (report) {
  const ordered = Object.fromEntries(keys.map(key => [key, report[key]]))
  let text = ''
  for (const piece of pieces('', ordered, '', 0)) {
    text += piece
    if (text.length < chunk) continue
    yield visibleJson(text)
    text = ''
  }
  yield visibleJson(`${text}\n`)
}
