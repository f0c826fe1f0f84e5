import type { Answer, Collector, Fact, FactKind, Gap, Question } from '../model.ts'
import type { Workspace } from '../workspace/workspace.ts'

/** What the person who started the run handed in, besides the tree. */
export interface RunInputs {
  readonly endpoints: readonly string[]
  /** Declared by the profile, and not to be spoken to in this run. */
  readonly endpointsNotAsked?: readonly string[]
  /** PEM files with roots for endpoints, besides the system's. */
  readonly ca: readonly string[]
  readonly ciLogs: readonly string[]
  readonly reports: readonly { readonly tool: string; readonly path: string }[]
  /** Files on the command line that say whose signatures count. */
  readonly trust?: TrustFiles
  /** The same, from the profile: paths from the repository's root. */
  readonly signers?: TrustFiles
  /** The run's only clock, `YYYY-MM-DD`. */
  readonly asOf: string
}

/** Allowed-signers files of SSH, OpenPGP keyrings (armoured or exported), and lists of revoked SSH keys. */
export interface TrustFiles {
  readonly allowedSigners: readonly string[]
  readonly keyrings: readonly string[]
  readonly revokedKeys: readonly string[]
}

export interface CollectorContext {
  readonly workspace: Workspace
  readonly inputs: RunInputs
  /**
   * Whether a file only shows how something could be. Facts of samples are collected like all others; a collector asks
   * only where it concludes from what is there to what there must be (Python sources, so bandit has something to scan).
   */
  readonly isSample: (uri: string) => boolean
  readonly signal: AbortSignal
}

export type CollectorFactory = (context: CollectorContext) => Collector

/** The questions of one kind, narrowed. */
export const asked = <K extends FactKind>(questions: readonly Question[], kind: K): readonly Question<K>[] =>
  questions.filter((q): q is Question<K> => q.kind === kind)

/** The same facts and gaps for every question of each kind: for kinds whose questions carry nothing. */
export const answerAll = (
  questions: readonly Question[],
  factsOf: (kind: FactKind) => readonly Fact[],
  gaps: readonly Gap[],
): readonly Answer[] =>
  questions.map(question => ({
    question,
    facts: factsOf(question.kind),
    gaps: gaps.filter(gap => gap.kinds.includes(question.kind)),
  }))
