import { describe, expect, test } from 'vitest'
import type { WorkflowFile } from '../../src/collect/gate.ts'
import { statesOf } from '../../src/collect/release.ts'
import { occasionsOf, surroundingsOf } from '../../src/collect/workflow-occasion.ts'
import { workflowOf } from '../../src/parse/workflow.ts'
import { parseYaml } from '../../src/parse/yaml.ts'

/**
 * Which jobs still run when others fail, by the rules GitHub documents: "Using jobs in a workflow" (needs), "Using
 * conditions to control job execution", and "Evaluate expressions" (status check functions).
 */
const states = (jobs: string, ...failing: readonly string[]): string => {
  const text = `on: { push: { branches: [main] } }\njobs:\n${jobs.replace(/^/gm, '  ')}`
  const shaped = workflowOf(parseYaml(text).documents[0]?.root)
  if (!shaped.ok) throw new Error(shaped.reason)
  const source = { uri: '.github/workflows/ci.yml', sha256: '', bytes: text.length }
  const file: WorkflowFile = { uri: source.uri, file: { source, text }, workflow: shaped.value }
  const [occasion] = occasionsOf(
    file.workflow,
    surroundingsOf('refs/heads/main', undefined, () => []),
  )
  if (!occasion) throw new Error('no occasion')
  const stateOf = statesOf(file, occasion, new Set(failing))
  return file.workflow.jobs.map(j => `${j.id} ${stateOf(j.id)}`).join(', ')
}

describe('jobs after a failure', () => {
  test('a job that needs a failed one is skipped, and so is one that needs the skipped one', () => {
    expect(states('a: {}\nb: { needs: a }\nc: { needs: b }\nd: {}', 'a')).toBe(
      'a failure, b skipped, c skipped, d success',
    )
  })
  test('all that it needs must have succeeded', () => {
    expect(states('a: {}\nb: {}\nc: { needs: [a, b] }', 'b')).toBe('a success, b failure, c skipped')
  })
  test('always() runs whatever happened', () => {
    expect(states('a: {}\nb: { needs: a, if: always() }', 'a')).toBe('a failure, b success')
  })
  test('!cancelled() runs after a failure too', () => {
    expect(states("a: {}\nb: { needs: a, if: '!cancelled()' }", 'a')).toBe('a failure, b success')
  })
  test('failure() asks all ancestors', () => {
    expect(states('a: {}\nb: { needs: a }\nc: { needs: b, if: failure() }', 'a')).toBe(
      'a failure, b skipped, c success',
    )
    expect(states('a: {}\nb: { needs: a, if: failure() }')).toBe('a success, b skipped')
  })
  test('success() asks all ancestors, also past one that ran all the same', () => {
    expect(states('a: {}\nb: { needs: a, if: always() }\nc: { needs: b }', 'a')).toBe('a failure, b success, c skipped')
  })
  test('a condition without a status function is asked only when all went well', () => {
    expect(states("a: {}\nb: { needs: a, if: github.ref == 'refs/heads/main' }", 'a')).toBe('a failure, b skipped')
    expect(states("a: {}\nb: { needs: a, if: github.ref == 'refs/heads/main' }")).toBe('a success, b success')
    expect(states("a: {}\nb: { needs: a, if: github.ref == 'refs/heads/other' }\nc: { needs: b }")).toBe(
      'a success, b skipped, c skipped',
    )
  })
  test('always() with the result of a need is what the result says', () => {
    const asking = 'a: {}\nb: { needs: a, if: "always() && needs.a.result == \'success\'" }'
    expect(states(asking, 'a')).toBe('a failure, b skipped')
    expect(states(asking)).toBe('a success, b success')
    expect(states('a: {}\nb: { needs: a, if: "always() && needs.a.result != \'skipped\'" }', 'a')).toBe(
      'a failure, b success',
    )
  })
  test('what only the run knows is unknown, and so is what depends on it', () => {
    expect(states('a: {}\nb: { needs: a, if: always() && vars.x }\nc: { needs: b }', 'a')).toBe(
      'a failure, b unknown, c skipped',
    )
    expect(states('a: { if: vars.x }\nb: { needs: a }')).toBe('a unknown, b unknown')
  })
  test('text around an expression is true, but does not run after a failure', () => {
    expect(states("a: {}\nb: { needs: a, if: '${{ false }} ' }\nc: { needs: a, if: '${{ false }} or not' }", 'a')).toBe(
      'a failure, b skipped, c skipped',
    )
  })
  test('needs in a circle end', () => {
    expect(states('a: { needs: b }\nb: { needs: a }')).toBe('a unknown, b unknown')
  })
})
