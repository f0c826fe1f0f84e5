import { layout } from './layout.ts'
import type { Render, Report } from './report.ts'

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
  'networks',
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

/** The report as it is. */
export const render: Render = report =>
  layout(
    Object.fromEntries(
      keys.filter(key => key !== 'networks' || report.networks !== undefined).map(key => [key, report[key]]),
    ),
    normal,
  )
