import type { Place } from '../place.ts'

/** What must be able to say no before a change is merged or released. */
export const gates = [
  'tests',
  'lint',
  'format',
  'bandit',
  'pip-audit',
  'dependency-audit',
  'secret-scan',
  'image-scan',
  'misconfiguration-scan',
  'sbom',
] as const
export type Gate = (typeof gates)[number]

/**
 * `blocks`: a failure fails a job on the way to the default branch. `cannot-block`: it runs there, or somewhere, and its
 * failure stops nothing. `never-runs`: installed, configured or switched off. `extra`: a run beside that way (by
 * schedule, by hand, under a condition) next to one that blocks. `unknown`: not to be told from the tree.
 */
export type GateStanding = 'blocks' | 'cannot-block' | 'never-runs' | 'extra' | 'unknown'

/**
 * Whether a publishing job gets to its work when the gate says no. `holds`: never. `by-hand`: only when it is started
 * by hand. `toothless`: it waits, for a gate that cannot fail. `open`: it does not wait.
 */
export type ReleaseStanding = 'holds' | 'by-hand' | 'toothless' | 'open' | 'unknown'

/** A job that publishes: pushes a package or an image, releases, deploys. */
export interface Reliance {
  readonly job: string
  readonly place: Place
}

/** A level of access that a workflow's token is given, by scope: `contents: write`. */
export type TokenAccess = 'read' | 'write'

export interface WorkflowFacts {
  'workflow.job': {
    readonly workflow: string
    readonly job: string
    /** Names of the events the workflow is triggered by, in the order they are written. */
    readonly events: readonly string[]
    readonly needs: readonly string[]
    /** What it publishes (`a PyPI package`, `a container image`), as far as its steps say. */
    readonly publishes: readonly string[]
    /** The deployment environment it names. `computed`: an expression that only the run knows. */
    readonly environment: { readonly is: 'named'; readonly name: string } | { readonly is: 'computed' } | undefined
    /** By its labels; undefined where an expression decides. */
    readonly selfHosted: boolean | undefined
    /** Where ACTIONS_ALLOW_UNSECURE_COMMANDS is switched on. */
    readonly unsecureCommands: Place | undefined
  }
  'workflow.action': {
    readonly workflow: string
    /** Without the reference: `actions/checkout`, `docker://alpine`, `./.github/actions/build`. */
    readonly name: string
    /** What stands after `@` (or after the image's last `:`), if anything. */
    readonly reference: string | undefined
    /** `commit`: a full SHA. `digest`: an image by sha256. `local`: a path of this repository, fixed with it. */
    readonly pin: 'commit' | 'digest' | 'local' | 'none'
    readonly is: 'action' | 'workflow' | 'image'
    /** Where a called workflow is handed every secret of the caller (`secrets: inherit`). */
    readonly inherits: Place | undefined
  }
  'workflow.script': {
    readonly workflow: string
    /** Empty for a composite action. */
    readonly job: string
    readonly step: string
    /** Names of the events the workflow is triggered by. */
    readonly events: readonly string[]
    /** Expressions over text that a stranger writes, pasted into the script before it is read. */
    readonly injected: readonly { readonly context: string; readonly place: Place }[]
    /** Programs that are fetched and run in one go. */
    readonly downloads: readonly { readonly place: Place }[]
    /** Why it is no shell that can be read; then more may be fetched than is seen. */
    readonly unread: string | undefined
  }
  'workflow.checkout': {
    readonly workflow: string
    readonly job: string
    readonly step: string
    /** Those of its events that bring secrets and a writing token to what a stranger sent. */
    readonly privileged: readonly string[]
    /** It fetches the code of a pull request by name. */
    readonly foreign: boolean
    readonly foreignAt: Place | undefined
    /** A condition asks where the pull request comes from, who asks, or for a label. */
    readonly guarded: boolean
    /** What becomes of the token it fetches with. */
    readonly token: 'removed' | 'stays' | 'unknown' | 'none'
    /** Artifacts of the job: none, none whose paths can take the `.git` of this checkout along, or one that may. */
    readonly uploads: 'nothing' | 'other files' | 'perhaps the checkout'
  }
  'workflow.permissions': {
    readonly workflow: string
    /** The jobs whose token these are: one that declares its own, or all that take the workflow's. */
    readonly jobs: readonly string[]
    /** Where the permissions are declared; `caller`: in whatever calls this workflow. */
    readonly declared: 'job' | 'workflow' | 'caller' | 'nowhere'
    /** `read-all` and `write-all` as such; else scopes that are not `none`, in the order they are written. */
    readonly all: 'read' | 'write' | undefined
    readonly scopes: readonly { readonly scope: string; readonly access: TokenAccess }[]
  }
  'ci.gate': {
    readonly gate: Gate
    readonly standing: GateStanding
    /** The rest of a sentence that begins with the gate: why it stands so. No argument of a command is quoted. */
    readonly because: string
    /** The tool, without arguments: `pytest`, `make test`, `PyCQA/bandit-action`; undefined where nothing runs it. */
    readonly command: string | undefined
    readonly workflow: string | undefined
    readonly job: string | undefined
    readonly step: string | undefined
    /** What takes its power away, where that is one place. */
    readonly brokenBy: Place | undefined
    readonly reliedOnBy: readonly Reliance[]
  }
  'ci.release': {
    readonly gate: Gate
    readonly workflow: string
    readonly job: string
    /** What the job publishes: `a container image`. */
    readonly publishes: readonly string[]
    readonly standing: ReleaseStanding
    /** `on tags`: when it stands so; the worst of its occasions. */
    readonly occasion: string
    /** The rest of a sentence that begins with the job. */
    readonly because: string
    /** What lets it through, where that is one place. */
    readonly brokenBy: Place | undefined
  }
}

export interface WorkflowQuestions {
  'workflow.job': Record<never, never>
  'workflow.action': Record<never, never>
  'workflow.permissions': Record<never, never>
  'workflow.script': Record<never, never>
  'workflow.checkout': Record<never, never>
  'ci.gate': { readonly gate: Gate }
  'ci.release': { readonly gate: Gate }
}

export const workflowKinds = {
  'workflow.job': 'One job of a GitHub workflow: what triggers it, what it needs, what it publishes.',
  'workflow.action':
    'One use of an action, a reusable workflow or an image in a GitHub workflow, and how it is pinned.',
  'workflow.permissions':
    'The permissions of the token that one job of a GitHub workflow, or all without their own, run with.',
  'workflow.script':
    'One script in a GitHub workflow or composite action: what is pasted into it, what it fetches and runs.',
  'workflow.checkout': 'One checkout in a GitHub workflow: whose code it fetches, and where its token stays.',
  'ci.gate':
    'One place where a gate (tests, bandit, pip-audit) is run or set up, and whether its failure stops a change.',
  'ci.release': 'One job that publishes or deploys, and whether a gate that fails keeps it from doing so.',
} as const satisfies Record<keyof WorkflowFacts, string>
