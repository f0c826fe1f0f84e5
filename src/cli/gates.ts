import { collectors } from '../collect/index.ts'
import { answersTo, collect } from '../collect/run.ts'
import { canonical } from '../digest.ts'
import { type Evidence, evidenceOf } from '../evidence.ts'
import { gates as allGates, type Gate, type WorkflowFacts } from '../facts/workflow.ts'
import type { Fact, FactKind, Gap, Question } from '../model.ts'
import { type Place, root } from '../place.ts'
import { sampleTest } from '../scope.ts'
import { gatesMarkdown, gatesText } from './gates-page.ts'
import { openTarget } from './target.ts'
import type { Terminal } from './usage.ts'

/** `holds`: a failure stops it. `breaks`: it does not. `unknown`: not to be told from the tree. */
export type Cell = 'holds' | 'breaks' | 'unknown' | 'absent' | 'none'

export interface GatePath {
  /** `merge`, then `A`, `B` … */
  readonly key: string
  readonly workflow: string | undefined
  readonly job: string | undefined
  readonly publishes: readonly string[]
}

/** One reason why a gate does not hold, and every place in the table that it explains. */
export interface Break {
  readonly is: 'breaks' | 'unknown'
  readonly at: readonly { readonly gate: string; readonly path: string }[]
  readonly place: Place
  /** Other places of which the same is true; `because` then speaks of each. */
  readonly also: readonly Place[]
  readonly because: string
}

/** The table of gates and of the ways a change takes to where it is used. */
export interface GatesPage {
  readonly target: string
  readonly paths: readonly GatePath[]
  readonly rows: readonly { readonly gate: string; readonly cells: readonly Cell[] }[]
  readonly breaks: readonly Break[]
  readonly gaps: readonly Gap[]
}

/** `iip-audit gates [path]`: which gate can say no, on which way to release. */
export const gates = async (
  path: string,
  options: { readonly format: 'text' | 'markdown' | 'json'; readonly profile?: string; readonly color: boolean },
  terminal: Terminal,
): Promise<number> => {
  const { workspace, policy } = await openTarget(path, { profile: options.profile, asOf: terminal.today }, terminal)
  const questions: readonly Question[] = [
    { kind: 'workflow.job' },
    ...allGates.flatMap((gate): readonly Question[] => [
      { kind: 'ci.gate', gate },
      { kind: 'ci.release', gate },
    ]),
  ]
  const inputs = { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: terminal.today }
  const isSample = sampleTest(workspace.prefix, policy.profile.samples)
  const gathered = await collect(questions, { workspace, inputs, isSample, signal: terminal.signal }, collectors)
  const [crash] = gathered.crashes
  if (crash) throw crash.error
  const answers = answersTo(questions, new Map(gathered.answers.map(a => [canonical(a.question), a])))
  const facts = answers
    .flatMap(a => [...a.facts])
    .filter(f => !('uri' in sourceOf(f.place)) || !isSample(sourceOf(f.place).uri))
  const gaps = [...new Map(answers.flatMap(a => a.gaps).map(g => [canonical([g.place, g.reason]), g])).values()]
  const page = pageOf(path, facts, gaps)
  const evidence: Evidence = evidenceOf(gathered.deposits)
  const color = options.color && terminal.outIsTty && !terminal.env['NO_COLOR']
  await terminal.out(
    options.format === 'json'
      ? `${JSON.stringify(page, null, 2)}\n`
      : options.format === 'markdown'
        ? gatesMarkdown(page, evidence)
        : gatesText(page, evidence, { color, columns: Math.min(terminal.columns, 100) }),
  )
  return 0
}

const sourceOf = (place: Place): { readonly uri: string } =>
  place.in === 'span' ? place.source : { uri: place.in === 'file' ? place.uri : '' }

const only = <K extends FactKind>(facts: readonly Fact[], kind: K): readonly Fact<K>[] =>
  facts.filter((f): f is Fact<K> => f.kind === kind)

const pageOf = (target: string, facts: readonly Fact[], gaps: readonly Gap[]): GatesPage => {
  const jobs = only(facts, 'workflow.job').filter(j => j.data.publishes.length > 0)
  const paths: readonly GatePath[] = [
    { key: 'merge', workflow: undefined, job: undefined, publishes: [] },
    ...jobs.map(({ data }, i) => ({
      key: letters(i),
      workflow: data.workflow,
      job: data.job,
      publishes: data.publishes,
    })),
  ]
  const breaks: Break[] = []
  const told = new Map<string, number>()
  // What breaks several gates, or one on several ways, is told once.
  const say = (is: Break['is'], gate: string, path: string, place: Place, because: string, own = true): void => {
    const key = canonical(own ? [is, place, because] : [is, place])
    const known = told.get(key)
    const found = known === undefined ? undefined : breaks[known]
    if (found && known !== undefined) breaks[known] = { ...found, at: [...found.at, { gate, path }] }
    else {
      told.set(key, breaks.length)
      breaks.push({ is, at: [{ gate, path }], place, also: [], because })
    }
  }
  /** The same of many jobs or steps is one reason with many places. */
  const sayOfEach = (
    is: Break['is'],
    gate: string,
    path: string,
    place: Place,
    because: string,
    ofEach: string,
  ): void => {
    const key = canonical([is, gate, ofEach])
    const known = told.get(key)
    const found = known === undefined ? undefined : breaks[known]
    if (!found || known === undefined) {
      told.set(key, breaks.length)
      breaks.push({ is, at: [{ gate, path }], place, also: [], because })
    } else
      breaks[known] = {
        ...found,
        at: found.at.some(a => a.path === path) ? found.at : [...found.at, { gate, path }],
        also: [...found.also, place],
        because: ofEach,
      }
  }
  const rows = allGates.map(gate => {
    const runs = only(facts, 'ci.gate').filter(f => f.data.gate === gate)
    const best = mergeCell(gate, runs)
    // What is published is scanned where it is built: before the merge nobody asks for it.
    const merge = atRelease.has(gate) && best !== 'holds' ? 'none' : best
    if (merge !== 'none')
      for (const { data, place } of runs) {
        const is = cellOf(data.standing)
        if (place.in !== 'root' && (is === 'breaks' || (is === 'unknown' && merge !== 'holds')))
          say(is, gate, 'merge', data.brokenBy ?? place, saying(data), data.brokenBy === undefined)
      }
    if (merge === 'breaks' && runs.length === 0) say('breaks', gate, 'merge', root, 'no workflow runs them')
    const releases = only(facts, 'ci.release').filter(f => f.data.gate === gate)
    const byJob = new Map(releases.map(r => [`${r.data.workflow}\n${r.data.job}`, r]))
    const cells = paths.slice(1).map(({ key, workflow, job }): Cell => {
      const found = byJob.get(`${workflow}\n${job}`)
      if (!found) return 'none'
      const { standing, because, brokenBy, occasion } = found.data
      if (standing === 'holds') return 'holds'
      if (best === 'absent' && standing === 'open') return atRelease.has(gate) ? 'absent' : 'none'
      if (standing !== 'toothless' && gate !== 'tests' && !atRelease.has(gate)) return 'none'
      const is = standing === 'unknown' || standing === 'by-hand' ? 'unknown' : 'breaks'
      const said = `job "${job}" ${occasion}: ${because}`
      if (brokenBy === undefined) sayOfEach(is, gate, key, found.place, said, `each of these jobs ${because}`)
      else say(is, gate, key, brokenBy, said, false)
      return is
    })
    return { gate, cells: [merge, ...cells] }
  })
  const environment = jobs.map(({ data, place }, i): Cell => {
    if (data.environment?.is === 'named') return 'holds'
    const is = data.environment ? 'unknown' : 'breaks'
    const because = data.environment
      ? `job "${data.job}": which environment it is under is known only to the run`
      : `job "${data.job}" names no environment, so nobody has to approve it`
    const each = data.environment
      ? 'which environment each of these jobs is under is known only to the run'
      : 'none of these jobs names an environment, so nobody has to approve what they publish'
    sayOfEach(is, 'environment', letters(i), place, because, each)
    return is
  })
  return {
    target,
    paths,
    rows: [...rows, ...(jobs.length > 0 ? [{ gate: 'environment', cells: ['none' as const, ...environment] }] : [])],
    breaks: ordered(breaks),
    gaps,
  }
}

/** What breaks before what is not known, the way to the default branch before the ways to release. */
const ordered = (breaks: readonly Break[]): readonly Break[] => {
  const rank = (b: Break): number => (b.is === 'breaks' ? 0 : 2) + (b.at.some(a => a.path === 'merge') ? 0 : 1)
  // Word for word the same of the same gates: one reason with many places.
  const merged = new Map<string, Break>()
  for (const b of breaks) {
    const key = canonical([b.is, b.because, b.at])
    const known = merged.get(key)
    merged.set(key, known ? { ...known, also: [...known.also, b.place, ...b.also] } : b)
  }
  return [...merged.values()].sort((a, b) => rank(a) - rank(b))
}

/** Gates over what is published, not over a change. */
const atRelease: ReadonlySet<Gate> = new Set(['image-scan', 'sbom'])

const letters = (i: number): string =>
  i < 26 ? String.fromCharCode(65 + i) : `${letters(Math.floor(i / 26) - 1)}${letters(i % 26)}`

const cellOf = (standing: WorkflowFacts['ci.gate']['standing']): Cell => {
  switch (standing) {
    case 'blocks':
      return 'holds'
    case 'cannot-block':
    case 'never-runs':
      return 'breaks'
    case 'unknown':
      return 'unknown'
    case 'extra':
      return 'none'
  }
}

/** Before the merge the best run of a gate counts; nothing at all is an absence where the gate is called for. */
const mergeCell = (gate: Gate, runs: readonly Fact<'ci.gate'>[]): Cell => {
  const cells = runs.map(r => cellOf(r.data.standing))
  if (runs.length === 0) return gate === 'tests' ? 'breaks' : gate === 'secret-scan' ? 'absent' : 'none'
  if (runs.every(r => r.place.in === 'root')) return 'absent'
  return cells.includes('holds')
    ? 'holds'
    : cells.includes('unknown')
      ? 'unknown'
      : cells.includes('breaks')
        ? 'breaks'
        : 'none'
}

const saying = ({ command, job, because }: WorkflowFacts['ci.gate']): string =>
  `${command === undefined ? '' : `${command}${job === undefined ? '' : ` in job "${job}"`}: `}${because}`
