import { audit } from '../src/audit.ts'
import { collectors } from '../src/collect/index.ts'
import { kinds } from '../src/facts/index.ts'
import type { Located, Report } from '../src/report/report.ts'
import { checks } from '../src/checks/index.ts'
import { showComplaint } from '../src/policy/complaint.ts'
import { loadPolicy } from '../src/policy/load.ts'
import { loadShipped } from '../.build/shipped.ts'
import { readCase } from './fixture.ts'
import { type MemoryHistory, type MemoryTree, memoryWorkspace } from '../src/workspace/memory.ts'

/** A whole repository out of fixtures/repos, and what a person hands in beside it. */
export interface Company {
  readonly tree: MemoryTree
  readonly ciLogs: readonly string[]
  readonly reports: readonly { readonly tool: string; readonly path: string }[]
  readonly endpoints: readonly string[]
}

/** The day of every audit of a sample company. */
export const asOf = '2026-11-24'

export const filesOf = async (name: string): Promise<Readonly<Record<string, string>>> => {
  const { files } = await readCase(`fixtures/repos/${name}`)
  // Latin-1 where a file is no text, so that its bytes survive; no sample edits those.
  return Object.fromEntries(
    Object.entries(files).map(([uri, bytes]) => [uri, typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString()]),
  )
}

/** Object names as memoryWorkspace numbers them. */
const commitNumber = (n: number): string => n.toString(16).padStart(10, '0').padEnd(40, '0')

export const signedHistory: MemoryHistory = {
  commits: Array.from({ length: 12 }, (_, i) => ({ subject: `change ${12 - i}`, signature: 'ssh' as const })),
}
export const headOfHistory = commitNumber(12)

let policy: ReturnType<typeof loadShipped> | undefined

/** The whole audit, in memory, under the shipped policy and the tree's own profile. */
export const auditOf = async ({ tree, ciLogs, reports, endpoints }: Company): Promise<Report> => {
  policy ??= loadShipped()
  const workspace = memoryWorkspace(tree)
  const loaded = await loadPolicy({ tree: workspace.tree, shipped: await policy, checks, kinds: Object.keys(kinds) })
  if (!loaded.ok) throw new Error(loaded.complaints.map(showComplaint).join('\n'))
  return audit(
    {
      policy: loaded.value,
      workspace,
      selection: { frameworks: [], controls: [], checks: [] },
      inputs: { asOf, ciLogs, reports, endpoints, ca: [] },
      path: '.',
      policyFrom: 'built-in defaults',
      failOn: 'high',
      strict: 'off',
      version: '0.0.0',
      signal: new AbortController().signal,
    },
    collectors,
  )
}

/** `path:line`, a path, a commit: without the column, which says more than a table of edits should. */
const where = (located: Located): string => {
  if ('location' in located) {
    const { uri, startLine } = located.location
    return startLine === undefined ? uri : `${uri}:${startLine}`
  }
  if ('commit' in located) return 'commit'
  if ('endpoint' in located) return located.endpoint
  return JSON.stringify(located)
}

/** What a reader of the report acts on, one line each: deeds, doubts, and what was not seen. */
export const linesOf = (report: Report): readonly string[] => {
  if (report.crashes.length > 0) throw new Error(report.crashes.map(c => `${c.where}: ${c.message}`).join('\n'))
  return [
    ...report.findings.map(f => `${f.check} ${f.verdict} ${where(f)}`),
    ...report.gaps.map(g => `gap ${g.cause} ${where(g)}`),
  ].sort()
}

/** With the words, for whoever writes a line of the table. */
export const wordsOf = (report: Report): readonly string[] => [
  ...report.findings.map(f => `${f.check} ${f.verdict} ${where(f)}   # ${f.message}`),
  ...report.gaps.map(g => `gap ${g.cause} ${where(g)}   # ${g.reason} [${g.kinds.join(' ')}]`),
]

/** Outcome of each check, and how much it saw: check → `held 4`. A check used twice has one outcome, or two lines. */
export const outcomesOf = (report: Report): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const { checks: uses } of report.controls)
    for (const use of uses) {
      const { conforms, violates, unsure } = use.population
      const said = `${use.outcome} ${[conforms, violates, unsure].join('/')}`
      found[use.check] = found[use.check] === undefined || found[use.check] === said ? said : `${found[use.check]}, ${said}`
    }
  return found
}
