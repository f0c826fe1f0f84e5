import type { Place } from '../place.ts'

/** Something a document says about itself. `text` is at most 120 characters, on one line. */
export interface Stated {
  readonly text: string
  readonly place: Place
  readonly from: 'front matter' | 'prose' | 'table'
  /** What was left in the place of a value: `shell substitution`, `to-do mark`; undefined for a value. */
  readonly unfilled: string | undefined
}

/** Who is named. A role without a person leaves `person` undefined; what is neither stands in `text` alone. */
export interface StatedPerson extends Stated {
  readonly person: string | undefined
  readonly role: string | undefined
}

/**
 * A day. `iso` (YYYY-MM-DD) is set when the text says exactly one day; `form` is how it is written. `suggestion` is the
 * ISO day that is probably meant where the text does not say it, or says it in another form.
 */
export interface StatedDate extends Stated {
  readonly iso: string | undefined
  readonly form: 'iso' | 'named' | 'numeric' | 'ambiguous' | 'month' | 'impossible' | 'none'
  readonly suggestion: string | undefined
}

/** A version: `number` is the dotted number in it (`1.2`), undefined where there is none (`draft`). */
export interface StatedVersion extends Stated {
  readonly number: string | undefined
}

export interface DocumentReview {
  readonly date: StatedDate
  readonly by: string | undefined
  /** As written: `approved`, `no changes`. */
  readonly outcome: string | undefined
}

/** Facts seen in policy documents. */
export interface DocumentFacts {
  'document.policy': {
    readonly uri: string
    readonly title: string
    /** Lower-case word: from the front matter, else from the title: `policy`, `brief`, `template`, `guide`. */
    readonly type: string
    /** Draft and withdrawn are what the document says of itself. */
    readonly standing: 'in force' | 'draft' | 'withdrawn'
    readonly status: Stated | undefined
    readonly organisation: Stated | undefined
    readonly owner: StatedPerson | undefined
    readonly author: StatedPerson | undefined
    readonly approver: StatedPerson | undefined
    readonly version: StatedVersion | undefined
    /** Of the newest row of a revision history. */
    readonly newestRevision: StatedVersion | undefined
    readonly effectiveDate: StatedDate | undefined
    /** When it was last edited, by its own words: no date of effect and no review. */
    readonly updated: StatedDate | undefined
    /** What time a brief speaks of. */
    readonly period: Stated | undefined
    /** In the order they are written. */
    readonly reviews: readonly DocumentReview[]
    readonly nextReview: StatedDate | undefined
    /** A sentence that promises a review of the document itself; `months` between two reviews. */
    readonly promise: (Stated & { readonly months: number }) | undefined
    /** Front matter that cannot be read: whatever is missing above may stand there. */
    readonly unread: Place | undefined
  }
  'document.placeholder':
    | {
        readonly is: 'placeholder'
        readonly document: DocumentScope
        readonly rule: string
        /** As written, at most 80 characters; the default of a variable is left out. */
        readonly text: string
        /** Stands in an HTML comment, invisible to readers of the rendered page. */
        readonly hidden: boolean
        /** The ISO day inside of it, if there is one. */
        readonly suggestion: string | undefined
      }
    | { readonly is: 'none'; readonly document: DocumentScope }
  'document.residue':
    | { readonly is: 'double full stop'; readonly document: DocumentScope; readonly after: string }
    | { readonly is: 'none'; readonly document: DocumentScope }
}

/** The document something stands in. */
export interface DocumentScope {
  readonly uri: string
  readonly title: string
  readonly type: string
  readonly standing: 'in force' | 'draft' | 'withdrawn'
}

/** `paths`: globs of the folders in which every document is a policy document. */
interface WhichDocuments {
  readonly paths: readonly string[]
}

export interface DocumentQuestions {
  'document.policy': WhichDocuments
  'document.placeholder': WhichDocuments
  'document.residue': WhichDocuments
}

export const documentKinds = {
  'document.policy':
    'One policy, procedure, plan or brief, and what it says about itself: owner, approval, version, dates.',
  'document.placeholder': 'One blank left in a policy document, or that a document has none.',
  'document.residue': 'One double full stop in a policy document, or that a document has none.',
} as const satisfies Record<keyof DocumentFacts, string>
