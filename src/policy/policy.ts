import type { Check } from '../check.ts'
import type { Condition } from '../decide.ts'
import type { Role, Severity } from '../model.ts'
import type { Position } from '../place.ts'

/** What is wrong with an instruction of the user, where, and what was probably meant. Exit 2. */
export interface Complaint {
  readonly uri: string
  readonly at: Position
  readonly message: string
  /** `did you mean "…"?` without the question. */
  readonly suggestion?: string
}
export type Loaded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly complaints: readonly Complaint[] }

/** A file that decides something, for the head of the report. */
export interface PolicyFile {
  readonly uri: string
  readonly sha256: string
}

export interface Requirement {
  readonly id: string
  readonly title: string
  /** soc2: `common`, `availability` …; hipaa: the family (`164.308 Administrative safeguards` …). */
  readonly category: string
  /** HIPAA: Std (standard), R (required), A (addressable); absent elsewhere. */
  readonly designation?: 'Std' | 'R' | 'A'
  /** Cited for context, not counted in the matrix (definitions, Breach and Privacy Rule cites). */
  readonly cited?: boolean
}

export interface Catalog {
  readonly id: string
  readonly version: string
  readonly title: string
  readonly file: PolicyFile
  readonly requirements: readonly Requirement[]
}

export interface Parameter {
  readonly type: 'enum' | 'integer' | 'text' | 'boolean' | 'list'
  readonly default: string
  readonly values?: readonly string[]
  /** `higher`: a profile may only raise it (for an enum: move right in `values`); `lower`: only lower it. */
  readonly stricter?: 'higher' | 'lower'
  readonly says?: string
}

export interface ControlUse {
  readonly check: Check
  /** Literal text, or `$name` for a parameter of the control. A YAML sequence arrives joined by newlines. */
  readonly with: Readonly<Record<string, string>>
  readonly role: Role
  readonly severity?: Severity
}

export interface Attested {
  readonly form: string
  readonly question: string
  /** ISO 8601 duration: P3M, P12M, P30D. */
  readonly validFor: string
}

/** A sample of a custom control: a small tree, and what one of its checks must say of it. */
export interface ControlTest {
  readonly name: string
  readonly check: string
  /** Path → text. */
  readonly files: Readonly<Record<string, string>>
  readonly expect: 'pass' | 'fail' | 'unsure' | 'none'
}

export interface Control {
  readonly id: string
  readonly revision: number
  readonly title: string
  readonly level: 'repository' | 'system'
  readonly severity: Severity
  readonly statement: string
  readonly rationale: string
  /** Framework id → requirement ids. */
  readonly supports: Readonly<Record<string, readonly string[]>>
  readonly claims: readonly string[]
  readonly parameters: Readonly<Record<string, Parameter>>
  readonly appliesWhen: Condition | undefined
  readonly uses: readonly ControlUse[]
  readonly planned: readonly { readonly what: string; readonly role: Role }[]
  readonly attestation: Attested | undefined
  readonly remediation: readonly string[]
  readonly references: readonly { readonly title: string; readonly url?: string }[]
  readonly file: PolicyFile
  /** Custom controls only. */
  readonly tests?: readonly ControlTest[]
}

/** A value a profile gives to a parameter, and where. */
export interface Setting {
  readonly value: string
  readonly uri: string
  readonly at: Position
}

export interface Exclusion {
  readonly glob: string
  readonly reason: string
  /** `YYYY-MM-DD`, inclusive; afterwards the exclusion no longer holds. */
  readonly until: string
}

export interface Disposition {
  readonly disposition: 'implemented' | 'not-applicable' | 'inherited' | 'shared'
  readonly reason: string
  readonly until: string
  readonly evidence?: string
}

/** `iip-audit.yaml`: what the organisation says of itself. */
export interface Profile {
  readonly organisation: string | undefined
  readonly system: string | undefined
  readonly people: Readonly<Record<string, { readonly name: string; readonly role?: string }>>
  /** Framework id → chosen categories, empty for all. */
  readonly frameworks: Readonly<Record<string, readonly string[]>>
  readonly exclude: readonly Exclusion[]
  /** Folders declared to hold samples or tests: judged with lower severity. */
  readonly samples: readonly string[]
  readonly services: Readonly<Record<string, { readonly kind: string }>>
  readonly endpoints: readonly string[]
  readonly parameters: Readonly<Record<string, Setting>>
  readonly controls: Readonly<Record<string, Disposition>>
}

export interface Waiver {
  readonly id: string
  readonly check: string
  /** Fingerprint, or its first 16 or more hex digits. */
  readonly finding: string
  /** The text that was accepted; another text is another deed. */
  readonly observed: string
  readonly control?: string
  readonly reason: string
  readonly requestedBy: string
  readonly approvedBy: string
  readonly approvedOn: string
  readonly expires: string
  readonly uri: string
  readonly at: Position
}

export interface Attestation {
  readonly form: string
  readonly control: string
  readonly answer: 'yes' | 'no'
  readonly by: string
  readonly role?: string
  readonly on: string
  readonly note?: string
  readonly uri: string
}

/** Everything that decides, besides the facts. */
export interface Policy {
  readonly catalogs: readonly Catalog[]
  readonly controls: readonly Control[]
  readonly profile: Profile
  readonly waivers: readonly Waiver[]
  readonly attestations: readonly Attestation[]
  /** The user's own policy files that were read: profile, waivers, attestations, custom controls. */
  readonly files: readonly PolicyFile[]
}
