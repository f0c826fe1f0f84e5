import type { Judgement } from '../model.ts'
import type { WorkflowFacts } from './workflow.ts'

/** How a sentence about a gate is put: `the tests`, `the tests run`, `the tests never run`, `their`. */
export interface GateWords {
  readonly called: string
  readonly runs: string
  readonly never: string
  readonly its: string
}

/** The standing of one run of a gate as a judgement: the same for every gate, in the gate's own words. */
export const judgeGate = (data: WorkflowFacts['ci.gate'], { called, runs, never, its }: GateWords): Judgement => {
  const where = data.job === undefined ? '' : ` in job "${data.job}"`
  const tool = data.command ?? called
  const place = data.brokenBy ? { place: data.brokenBy } : {}
  switch (data.standing) {
    case 'blocks':
      return { verdict: 'conforms', observed: `${tool}${where} fails the job ${data.because}` }
    case 'extra':
      return {
        verdict: 'exempt',
        reason: `another run of the gate decides, not this one: ${tool}${where}: ${data.because}`,
      }
    case 'unknown':
      return {
        verdict: 'unsure',
        reason: `whether ${tool}${where} can stop a change is not known: ${data.because}`,
        ...place,
      }
    case 'never-runs':
      return {
        verdict: 'violates',
        observed: `never runs: ${data.because}`,
        message: `${never}: ${data.because}`,
        ...place,
      }
    case 'cannot-block':
      return {
        verdict: 'violates',
        observed: `${tool}${where} cannot block: ${data.because}`,
        message: `${runs} (${tool}${where}), but ${its} failure cannot stop the merge: ${data.because}`,
        ...place,
        related: data.reliedOnBy.map(({ job, place: at }) => ({ place: at, message: `job "${job}" relies on it` })),
      }
  }
}

/** Whether a publishing job is held back by a gate, as a judgement. */
export const judgeRelease = (data: WorkflowFacts['ci.release'], gate: string): Judgement => {
  const job = `job "${data.job}" publishes ${data.publishes.join(', ')}`
  const place = data.brokenBy ? { place: data.brokenBy } : {}
  switch (data.standing) {
    case 'holds':
      return { verdict: 'conforms', observed: `${job} ${data.occasion}: ${data.because}` }
    case 'by-hand':
      return {
        verdict: 'unsure',
        reason: `${job}; started by hand it ${data.because}, and which branches it may be started on is set in the forge`,
        ...place,
      }
    case 'unknown':
      return {
        verdict: 'unsure',
        reason: `whether ${gate} holds back job "${data.job}", which publishes ${data.publishes.join(', ')}, is not known: ${data.because}`,
        ...place,
      }
    case 'toothless':
      return {
        verdict: 'violates',
        observed: `waits for a gate that cannot say no: ${data.because}`,
        message: `${job} ${data.occasion}, and ${data.because}`,
        ...place,
      }
    case 'open':
      return {
        verdict: 'violates',
        observed: `not held back ${data.occasion}: ${data.because}`,
        message: `${job} ${data.occasion}, and ${data.because}`,
        ...place,
      }
  }
}
