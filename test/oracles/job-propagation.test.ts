import { describe, expect, test } from 'vitest'
import type { WorkflowFile } from '../../src/collect/gate.ts'
import { statesOf } from '../../src/collect/release.ts'
import { occasionsOf, surroundingsOf } from '../../src/collect/workflow-occasion.ts'
import { workflowOf } from '../../src/parse/workflow.ts'
import { parseYaml } from '../../src/parse/yaml.ts'

/**
 * What GitHub documents of jobs that fail or are skipped, as a model that is run, and our propagation held against it on
 * every small workflow. The model knows nothing of our code: it takes conditions as functions of what went before.
 *
 * Sources, docs.github.com as read in November 2026:
 *   N  "Workflow syntax", `jobs.<job_id>.needs`: if a job fails or is skipped, all jobs that need it are skipped unless
 *      they use a conditional expression that lets them go on; this holds for the whole chain from there on.
 *   S  "Evaluate expressions", status check functions: `success()` is applied unless one of the functions stands in the
 *      condition.
 *   F  the same, `failure()`: in a chain of jobs, true if any ancestor failed.
 *   A  the same, `always()`: true even when the run was cancelled.
 *   C  the same, `cancelled()`: true if the run was cancelled. Nobody cancels here.
 *   R  "Contexts", `needs.<job_id>.result`: success, failure, cancelled or skipped.
 * That `success()` asks all ancestors, and that a skipped one is no success, is N for the chain; actions/runner#491 and
 * actions/runner#2205 show what it does to a job behind one that ran under `always()`.
 */
type State = 'success' | 'failure' | 'skipped'
interface Before {
  /** Direct needs first to last. */
  readonly needs: readonly State[]
  readonly ancestors: readonly State[]
}
interface Condition {
  readonly text: string | undefined
  readonly runs: (before: Before) => boolean
}

const allSucceeded = ({ ancestors }: Before): boolean => ancestors.every(s => s === 'success')
const anyFailed = ({ ancestors }: Before): boolean => ancestors.includes('failure')

/** `${first}` stands for the first job that is needed. */
const conditions: readonly Condition[] = [
  { text: undefined, runs: allSucceeded }, // S
  { text: 'success()', runs: allSucceeded },
  { text: 'always()', runs: () => true }, // A
  { text: '!cancelled()', runs: () => true }, // C
  { text: 'cancelled()', runs: () => false }, // C
  { text: 'failure()', runs: anyFailed }, // F
  { text: 'success() || failure()', runs: b => allSucceeded(b) || anyFailed(b) },
  { text: "github.ref == 'refs/heads/main'", runs: allSucceeded }, // S: true, behind success()
  { text: "github.ref == 'refs/heads/other'", runs: () => false },
  { text: 'false', runs: () => false },
  { text: "always() && needs.FIRST.result == 'success'", runs: b => b.needs[0] === 'success' }, // R
  { text: "always() && needs.FIRST.result != 'failure'", runs: b => b.needs[0] !== 'failure' },
  { text: "needs.FIRST.result == 'skipped'", runs: b => allSucceeded(b) && b.needs[0] === 'skipped' }, // S, R
  { text: "failure() && needs.FIRST.result == 'skipped'", runs: b => anyFailed(b) && b.needs[0] === 'skipped' },
  { text: "always() && contains(needs.*.result, 'failure')", runs: b => b.needs.includes('failure') },
  {
    text: "always() && join(needs.*.result, ' ') == 'success success'",
    runs: b => b.needs.join() === 'success,success',
  },
]

interface ModelJob {
  readonly id: string
  readonly needs: readonly string[]
  readonly condition: Condition
}

const model = (jobs: readonly ModelJob[], failing: ReadonlySet<string>): ReadonlyMap<string, State> => {
  const states = new Map<string, State>()
  const ancestors = (job: ModelJob): readonly string[] => [
    ...new Set(job.needs.flatMap(n => [n, ...jobs.filter(j => j.id === n).flatMap(ancestors)])),
  ]
  // Jobs are written in an order in which each stands behind what it needs.
  for (const job of jobs) {
    const stateOf = (id: string): State => states.get(id) ?? 'skipped'
    const before = { needs: job.needs.map(stateOf), ancestors: ancestors(job).map(stateOf) }
    states.set(job.id, !job.condition.runs(before) ? 'skipped' : failing.has(job.id) ? 'failure' : 'success')
  }
  return states
}

const ours = (jobs: readonly ModelJob[], failing: ReadonlySet<string>): string => {
  const written = jobs.map(({ id, needs, condition }) => {
    const given = condition.text?.replaceAll('FIRST', needs[0] ?? 'nobody')
    return `  ${id}:\n    needs: [${needs.join(', ')}]\n${given === undefined ? '' : `    if: "\${{ ${given} }}"\n`}`
  })
  const text = `on: { push: { branches: [main] } }\njobs:\n${written.join('')}`
  const shaped = workflowOf(parseYaml(text).documents[0]?.root)
  if (!shaped.ok) throw new Error(shaped.reason)
  const source = { uri: '.github/workflows/ci.yml', sha256: '', bytes: text.length }
  const file: WorkflowFile = { uri: source.uri, file: { source, text }, workflow: shaped.value }
  const [occasion] = occasionsOf(
    file.workflow,
    surroundingsOf('refs/heads/main', undefined, () => []),
  )
  if (!occasion) throw new Error('no occasion')
  const stateOf = statesOf(file, occasion, failing)
  return jobs.map(j => `${j.id} ${stateOf(j.id)}`).join(', ')
}

const subsets = <T>(all: readonly T[]): readonly (readonly T[])[] => {
  const [first, ...rest] = all
  if (first === undefined) return [[]]
  const without = subsets(rest)
  return [...without, ...without.map(s => [first, ...s])]
}

describe('jobs of a run stand as the documented rules say', () => {
  const known = { text: undefined, runs: allSucceeded }
  /** Each shape: the needs of b, c and d, over what is written before them. */
  const shapes = subsets(['a']).flatMap(b =>
    subsets(['a', 'b']).flatMap(c => subsets(['a', 'b', 'c']).map(d => ({ b, c, d }))),
  )

  test('in every workflow of three jobs, under every condition, whichever of them fail', () => {
    const wrong: string[] = []
    let total = 0
    for (const { b, c } of shapes.filter(s => s.d.length === 0))
      for (const first of conditions)
        for (const second of conditions) {
          const jobs: readonly ModelJob[] = [
            { id: 'a', needs: [], condition: known },
            { id: 'b', needs: b, condition: first },
            { id: 'c', needs: c, condition: second },
          ]
          // A condition on a need that is not there asks for nothing.
          if (jobs.some(j => j.needs.length === 0 && j.condition.text?.includes('FIRST'))) continue
          for (const failing of subsets(['a', 'b'])) {
            const expected = model(jobs, new Set(failing))
            // Who fails has run.
            if (failing.some(f => expected.get(f) !== 'failure')) continue
            total++
            const given = ours(jobs, new Set(failing))
            const wanted = jobs.map(j => `${j.id} ${expected.get(j.id)}`).join(', ')
            if (given !== wanted)
              wrong.push(
                `${jobs.map(j => `${j.id}[${j.needs}] ${j.condition.text}`).join('; ')}: ${given}, not ${wanted}`,
              )
          }
        }
    expect(wrong.slice(0, 5)).toEqual([])
    expect(total).toBeGreaterThan(2_000)
  })

  test('in chains and diamonds of four, where the one in the middle runs in spite of all', () => {
    const wrong: string[] = []
    const middle = conditions.filter(c => !c.text?.includes('FIRST') && !c.text?.includes('needs.'))
    for (const { b, c, d } of shapes.filter(s => s.d.length > 0))
      for (const second of middle)
        for (const third of middle) {
          const jobs: readonly ModelJob[] = [
            { id: 'a', needs: [], condition: known },
            { id: 'b', needs: b, condition: second },
            { id: 'c', needs: c, condition: third },
            { id: 'd', needs: d, condition: known },
          ]
          const expected = model(jobs, new Set(['a']))
          const wanted = jobs.map(j => `${j.id} ${expected.get(j.id)}`).join(', ')
          const given = ours(jobs, new Set(['a']))
          if (given !== wanted)
            wrong.push(
              `${jobs.map(j => `${j.id}[${j.needs}] ${j.condition.text}`).join('; ')}: ${given}, not ${wanted}`,
            )
        }
    expect(wrong.slice(0, 5)).toEqual([])
  })
})
