import type { Render } from './report.ts'

export interface Format {
  readonly name: string
  /** For `--help`: who reads it. */
  readonly says: string
  /** Absent: known, and not built yet. Its module is loaded when it is asked for. */
  readonly load?: () => Promise<Render>
}

/** Every format the command line knows, in the order of `--help`. */
export const formats = [
  { name: 'text', says: 'for the person at the terminal', load: () => import('./text.ts').then(m => m.render) },
  { name: 'concise', says: 'one line a finding, for editors', load: () => import('./concise.ts').then(m => m.render) },
  { name: 'json', says: 'the whole report, for programs', load: () => import('./json.ts').then(m => m.render) },
  { name: 'sarif', says: 'violations, for code scanning', load: () => import('./sarif.ts').then(m => m.upload) },
  { name: 'sarif-full', says: 'every result, for the record', load: () => import('./sarif.ts').then(m => m.full) },
  { name: 'markdown', says: 'the evidence report', load: () => import('./markdown.ts').then(m => m.render) },
  { name: 'html', says: 'the evidence report, to be printed' },
  { name: 'junit', says: 'for test dashboards' },
  { name: 'csv', says: 'every row of every population' },
  { name: 'github', says: 'annotations and step summary' },
  { name: 'oscal', says: 'assessment results' },
] as const satisfies readonly Format[]

export type FormatName = (typeof formats)[number]['name']

export const formatNamed = (name: string): Format | undefined => formats.find(f => f.name === name)
