import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Check } from '../src/check.ts'
import type { TrustFiles } from '../src/collect/collector.ts'
import { collectors as allCollectors } from '../src/collect/index.ts'
import { collect } from '../src/collect/run.ts'
import { outcomeOf } from '../src/decide.ts'
import { type Judged, judge } from '../src/judge.ts'
import { showPlace } from '../src/place.ts'
import { type MemoryTree, memoryWorkspace } from '../src/workspace/memory.ts'
import type { Workspace } from '../src/workspace/workspace.ts'
import { signedHistory } from './signing.ts'

/** What a case of a check must give: written before the check, never rewritten by a tool. */
export interface Expectation {
  readonly outcome: string
  readonly with?: Readonly<Record<string, string>>
  readonly asOf?: string
  readonly inputs?: {
    readonly ciLogs?: readonly string[]
    readonly reports?: Readonly<Record<string, string>>
    readonly endpoints?: readonly string[]
    readonly trust?: Partial<TrustFiles>
    readonly signers?: Partial<TrustFiles>
  }
  readonly violates?: readonly string[]
  readonly unsure?: readonly string[]
  readonly conforms?: readonly string[]
  readonly exempt?: readonly string[]
  readonly gaps?: readonly string[]
  /** Complete where it is given: `place: low` for a severity the check sets, `place: <- place: text` for what is related. */
  readonly details?: readonly string[]
}

/** The tree of a case: its files, or the recipe in its case.yaml where a tree cannot hold what is meant. */
export const readCase = async (folder: string): Promise<MemoryTree & Record<string, unknown>> => {
  const files: Record<string, Uint8Array> = {}
  const walk = async (at: string): Promise<void> => {
    for (const name of await readdir(join(folder, at))) {
      const uri = at === '' ? name : `${at}/${name}`
      if ((await stat(join(folder, uri))).isDirectory()) await walk(uri)
      else if (uri !== 'case.yaml') files[uri] = await readFile(join(folder, uri))
    }
  }
  await walk('')
  const recipe = await readFile(join(folder, 'case.yaml'), 'utf8').then(
    text => parse(text) as Partial<MemoryTree>,
    () => ({}) as Partial<MemoryTree>,
  )
  // What a recipe says of signatures is made true: real keys sign the commits it names.
  const history = recipe.history && { history: signedHistory(recipe.history) }
  return { ...recipe, ...history, files: { ...files, ...recipe.files } }
}

const nobody: TrustFiles = { allowedSigners: [], keyrings: [], revokedKeys: [] }

export const runCheck = async (check: Check, workspace: Workspace, expectation: Expectation): Promise<Judged> => {
  const bound = check.bind(expectation.with ?? {})
  if (!bound.ok) throw new Error(`${check.id}: ${bound.key} expects ${bound.expected}`)
  const { answers } = await collect(
    bound.use.questions,
    {
      workspace,
      inputs: {
        asOf: expectation.asOf ?? '2026-11-24',
        endpoints: expectation.inputs?.endpoints ?? [],
        ca: [],
        ciLogs: expectation.inputs?.ciLogs ?? [],
        trust: { ...nobody, ...expectation.inputs?.trust },
        signers: { ...nobody, ...expectation.inputs?.signers },
        reports: Object.entries(expectation.inputs?.reports ?? {}).map(([tool, path]) => ({ tool, path })),
      },
      isSample: () => false,
      signal: new AbortController().signal,
    },
    allCollectors,
  )
  return judge(bound.use, answers, {
    asOf: expectation.asOf ?? '2026-11-24',
    isSample: () => false,
    waiverFor: () => undefined,
  })
}

/** What a run gave, in the form expectations are written in. */
export const observedOf = (judged: Judged): Required<Pick<Expectation, 'outcome'>> & Expectation => {
  const rows = judged.rows.flatMap(r => r.shown)
  const of = (verdict: string) =>
    [...judged.subjects, ...rows].filter(s => s.verdict === verdict).map(s => `${showPlace(s.place)}: ${s.message}`)
  const details = judged.subjects.flatMap(({ place, severity, related }) => [
    ...(severity === undefined ? [] : [`${showPlace(place)}: ${severity}`]),
    ...related.map(r => `${showPlace(place)}: <- ${showPlace(r.place)}: ${r.message}`),
  ])
  const crashed = judged.crashes.map(c => `${c.subject}: ${c.error instanceof Error ? c.error.stack : String(c.error)}`)
  if (crashed.length > 0) throw new Error(`the judge crashed: ${crashed.join('\n')}`)
  return {
    outcome: outcomeOf(judged.tally),
    violates: of('violates'),
    unsure: of('unsure'),
    conforms: of('conforms'),
    exempt: of('exempt'),
    gaps: judged.gaps.map(g => `${showPlace(g.place)}: ${g.cause}: ${g.reason}`),
    details,
  }
}

export const workspaceOf = async (folder: string): Promise<Workspace> => memoryWorkspace(await readCase(folder))
