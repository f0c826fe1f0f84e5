import { loadShipped } from '../../.build/shipped.ts'
import { audit } from '../../src/audit.ts'
import { checks } from '../../src/checks/index.ts'
import { collectors } from '../../src/collect/index.ts'
import { kinds } from '../../src/facts/index.ts'
import { showComplaint } from '../../src/policy/complaint.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { Located, Report } from '../../src/report/report.ts'
import { type MemoryHistory, type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'
import type { Tree } from '../../src/workspace/workspace.ts'
import { readCase } from '../fixture.ts'
import { type CommitText, commitText, type Signer, signerNamed, tagText } from './signer.ts'

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
    Object.entries(files).map(([uri, bytes]) => [
      uri,
      typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString(),
    ]),
  )
}

/** Object names as memoryWorkspace numbers them. */
const commitNumber = (n: number): string => n.toString(16).padStart(10, '0').padEnd(40, '0')

export const ines = signerNamed('Ines Falkner', 'ines@harbor-wick.example')

/** One of twelve commits, newest first, a day apart. */
const commitNumbered = (index: number): CommitText => ({
  tree: 'a'.repeat(40),
  parent: index === 11 ? undefined : commitNumber(11 - index),
  by: ines,
  at: new Date(Date.UTC(2026, 10, 20 - index, 9)).toISOString(),
  subject: `${index === 0 ? 'Sign all commits from now on' : `change ${12 - index}`} (#${40 - index})`,
})

export const commitAt = (index: number, signer: Signer | undefined): { readonly raw: string } => ({
  raw: commitText(commitNumbered(index), signer),
})

/** The newest. */
export const commitZero = commitNumbered(0)

export const headOfHistory = commitNumber(12)

export const releaseTag = (signed: 'signed' | 'unsigned') => ({
  name: 'v2.1.0',
  commit: headOfHistory,
  raw: tagText('v2.1.0', headOfHistory, ines, signed),
})

export const signedHistory: MemoryHistory = {
  commits: Array.from({ length: 12 }, (_, i) => commitAt(i, ines)),
  tags: [releaseTag('signed')],
}

let shipped: ReturnType<typeof loadShipped> | undefined
let withoutProfile: Promise<Policy> | undefined

/** No sample company has a profile of its own: the policy is loaded once. */
const policyFor = async (tree: Tree): Promise<Policy> => {
  shipped ??= loadShipped()
  const loaded = await loadPolicy({ tree, shipped: await shipped, checks, kinds: Object.keys(kinds) })
  if (!loaded.ok) throw new Error(loaded.complaints.map(showComplaint).join('\n'))
  return loaded.value
}

/** The whole audit, in memory, under the shipped policy and the tree's own profile. */
export const auditOf = async ({ tree, ciLogs, reports, endpoints }: Company): Promise<Report> => {
  const workspace = memoryWorkspace(tree)
  const hasProfile = Object.keys(tree.files).some(uri => uri.includes('iip-audit'))
  if (!hasProfile) withoutProfile ??= policyFor(workspace.tree)
  const policy = await (withoutProfile && !hasProfile ? withoutProfile : policyFor(workspace.tree))
  return audit(
    {
      policy,
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
  if ('row' in located) return located.row.uri
  return JSON.stringify(located)
}

/** What a reader of the report acts on, one line each: deeds, doubts, and what was not seen. */
export const linesOf = (report: Report): readonly string[] => {
  if (report.crashes.length > 0) throw new Error(report.crashes.map(c => `${c.where}: ${c.message}`).join('\n'))
  // One file that cannot be read is one line, however many kinds of fact it hides.
  const gaps = new Set(report.gaps.map(g => `gap ${g.cause} ${where(g)}`))
  return [...report.findings.map(f => `${f.check} ${f.verdict} ${where(f)}`), ...gaps].sort()
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
      found[use.check] =
        found[use.check] === undefined || found[use.check] === said ? said : `${found[use.check]}, ${said}`
    }
  return found
}
