import type { Arrival, SignatureState } from './git.ts'

/** One step of the branch that changed one policy document: a commit on its first-parent line. */
export interface PolicyChange {
  /** The path it has now, or had last. */
  readonly uri: string
  readonly commit: string
  /** RFC 3339 UTC, the committer's word. */
  readonly at: string
  readonly subject: string
  readonly is: 'begun' | 'changed' | 'ended'
  /** The path it had before, where this step moved it. */
  readonly movedFrom: string | undefined
  /** Of the document after the step (or before it, where it ended): `policy`, `template` …, and what it says of itself. */
  readonly type: string
  readonly standing: 'in force' | 'draft' | 'withdrawn'
  /** The dotted numbers it states; `before`: where a draft or template comes into force, that of the text last in force. */
  readonly version: { readonly before: string | undefined; readonly after: string | undefined }
  /**
   * What changed in a number, a modal verb or a name: some of it, bounded, as `"before" became "after"`. Empty where
   * nothing of the kind did.
   */
  readonly substance: readonly string[]
  /** The next step that raised the version, where it came within a day. */
  readonly raisedSoon: { readonly commit: string; readonly version: string } | undefined
  readonly arrival: Arrival
  /** Who is named in the message as having reviewed or approved. */
  readonly reviewTrailer: boolean
  /** The commits that made the change: those a merge brought, and the step itself where it wrote what none of them did. */
  readonly signatures: readonly { readonly commit: string; readonly state: SignatureState }[]
}

/** A promise of a policy document that history shows getting weaker. Texts are bounded. */
export type PolicyPromise =
  | {
      /** `unclear`: a number changed, and which way is weaker cannot be told. `restored`: a later step made it good. */
      readonly is: 'weaker' | 'unclear' | 'restored'
      readonly uri: string
      readonly by:
        | 'a modal verb'
        | 'a condition'
        | 'a prohibition'
        | 'its scope'
        | 'a number'
        | 'a version'
        | 'how often'
        | 'removal'
      /** The words that changed: `"seven years" became "five years"`. */
      readonly said: string
      readonly before: string
      /** As it reads now; undefined where it is gone. */
      readonly after: string | undefined
      readonly commit: string
      readonly at: string
      readonly versionRose: boolean
      readonly type: string
      readonly standing: 'in force' | 'draft' | 'withdrawn'
    }
  | { readonly is: 'none'; readonly uri: string; readonly changes: number; readonly type: string }

export interface PolicyHistoryFacts {
  'policy.change': PolicyChange
  'policy.promise': PolicyPromise
}

/** `paths`: globs of the folders in which every document is a policy document. */
export interface PolicyHistoryQuestions {
  'policy.change': { readonly paths: readonly string[] }
  'policy.promise': { readonly paths: readonly string[] }
}

export const policyHistoryKinds = {
  'policy.change': 'One step of the branch that began, changed, moved or ended a policy document.',
  'policy.promise': 'One promise of a policy document that got weaker in its history, or that a document has none.',
} as const satisfies Record<keyof PolicyHistoryFacts, string>
