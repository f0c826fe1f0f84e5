import type { Place } from '../place.ts'

/** What a workflow does with secrets, names, caches and artifacts: how it could be turned against its repository. */
export interface PipelineFacts {
  'pipeline.job': {
    readonly workflow: string
    readonly job: string
    /** Names of the events the workflow is triggered by. */
    readonly events: readonly string[]
    /** Names of the secrets its steps are given, GITHUB_TOKEN left out. */
    readonly secrets: readonly string[]
    /** A called workflow is the whole job; only that one can name an environment. */
    readonly calls: boolean
    /** It names a deployment environment, be it computed. */
    readonly environment: boolean
    /** Where ACTIONS_STEP_DEBUG or ACTIONS_RUNNER_DEBUG is switched on. */
    readonly debug: Place | undefined
    /** What it publishes, by its own steps. */
    readonly publishes: readonly string[]
    /** Caches that are restored before what it publishes is made: its own, and those of jobs whose artifacts it takes. */
    readonly caches: readonly { readonly by: string; readonly job: string; readonly place: Place }[]
    /** A cache that only an expression decides on. */
    readonly maybeCaches: readonly { readonly by: string; readonly job: string; readonly place: Place }[]
  }
  'pipeline.secret': {
    readonly workflow: string
    /** Empty outside a job: at the top of a workflow, in a composite action. */
    readonly job: string
    /** Undefined where a name is computed or all are taken. */
    readonly name: string | undefined
    /** `every`: `toJSON(secrets)`. `computed`: `secrets[…]` by an expression, which needs them all as well. */
    readonly takes: 'one' | 'every' | 'computed'
    /** `fromJSON(secrets.X)`: what comes out of it is not masked in logs. */
    readonly decoded: boolean
    /** Pasted into the text of a script. */
    readonly pasted: boolean
    /** The command that prints it to the log: `echo`, `echo | base64`. */
    readonly printedBy: string | undefined
  }
  'pipeline.container-credential': {
    readonly workflow: string
    readonly job: string
    /** `container`, or the name of the service. */
    readonly container: string
    /** `literal`: the password is written out. */
    readonly password: 'literal' | 'secret' | 'other'
  }
  'pipeline.condition': {
    readonly workflow: string
    readonly job: string
    /** Empty for the condition of the job itself. */
    readonly step: string
    readonly events: readonly string[]
    /** Why it is true whatever stands in it. */
    readonly always: 'text' | 'line end' | 'literal' | undefined
    /** Compares the name of whoever did the last thing with that of a bot. */
    readonly actor: { readonly context: string; readonly bot: string; readonly place: Place } | undefined
    /** Looks for a value in a text instead of a list. */
    readonly inText: { readonly context: string; readonly chosen: boolean; readonly place: Place } | undefined
  }
  'pipeline.choice': {
    readonly workflow: string
    readonly job: string
    /** `a && '' || b`: the value that can never be chosen, as written. */
    readonly never: string | undefined
  }
  'pipeline.write': {
    readonly workflow: string
    readonly job: string
    readonly step: string
    readonly file: 'GITHUB_ENV' | 'GITHUB_PATH' | 'GITHUB_OUTPUT'
    /** What a stranger writes that is in it, if any: `github.event.issue.title`. */
    readonly foreign: string | undefined
    /** `constant`: the same text in every run. `read`: what files or programs of the folder say is in it. */
    readonly content: 'constant' | 'computed' | 'read'
    /** Events of the workflow that bring secrets to what a stranger sent. */
    readonly privileged: readonly string[]
    /** What of a stranger's lies in the folder at that moment. */
    readonly beside: 'code' | 'artifact' | undefined
  }
  'pipeline.artifact': {
    readonly workflow: string
    readonly job: string
    /** `actions/download-artifact`, `gh run download`. */
    readonly by: string
    /** Another run made it. */
    readonly from: 'another run' | 'this run' | 'unknown'
    readonly privileged: readonly string[]
    /** Into the folder the job works in, beside its own files. */
    readonly mixed: boolean
    /** What a later step does: runs a file or builds (`make`), publishes. */
    readonly use: { readonly does: 'runs' | 'publishes'; readonly what: string; readonly place: Place } | undefined
    /** A condition of the job asks which repository, event or branch the run was of. */
    readonly guarded: boolean
  }
  'pipeline.install': {
    readonly workflow: string
    readonly job: string
    /** `pip`, `npm`, `go`; for an action its name. */
    readonly by: string
    readonly name: string
    /** `exact`: one version. `hash`: checked against a digest or an installed lock. `open`: whatever is newest. */
    readonly version: 'exact' | 'hash' | 'range' | 'open' | 'computed'
  }
  'pipeline.permission': {
    readonly workflow: string
    readonly jobs: readonly string[]
    readonly scope: string
    /** The step that writes there; `none`: no step does; `unknown`: a step whose needs are not known. */
    readonly needed:
      | { readonly is: 'by'; readonly what: string }
      | { readonly is: 'none' }
      | {
          readonly is: 'unknown'
          readonly because: string
        }
  }
  'pipeline.merge': {
    readonly workflow: string
    readonly job: string
    readonly events: readonly string[]
    /** `approves`, `merges`. */
    readonly does: string
    /**
     * What its conditions ask: who wrote the change, who did the last thing to it, a label or a person's permission, or
     * nothing.
     */
    readonly asks: 'author' | 'actor' | 'other' | 'nothing'
    readonly askedAt: Place | undefined
  }
  'pipeline.pin': {
    readonly workflow: string
    readonly name: string
    readonly commit: string
    /** The version its comment names: `v4.2.2`. */
    readonly version: string
    /** Elsewhere in the tree the version stands for another commit, or the commit for another version. */
    readonly disagrees: { readonly with: string; readonly place: Place } | undefined
  }
}

export type PipelineQuestions = { readonly [K in keyof PipelineFacts]: Record<never, never> }

export const pipelineKinds = {
  'pipeline.job':
    'One job of a workflow: the secrets it is given, its environment, and the caches behind what it publishes.',
  'pipeline.secret': 'One use of the secrets context in a workflow: how much of it, and where the value goes.',
  'pipeline.container-credential': 'The registry credentials of one container of a job.',
  'pipeline.condition': 'One `if:` of a job or step: whether it can be false, and what it trusts.',
  'pipeline.choice': 'One expression that picks between two values with `&&` and `||`.',
  'pipeline.write': 'One write of a script to GITHUB_ENV, GITHUB_PATH or GITHUB_OUTPUT.',
  'pipeline.artifact': 'One download of artifacts in a workflow, whose they are, and what is done with them.',
  'pipeline.install': 'One tool or package that a workflow installs by name.',
  'pipeline.permission': 'One scope that the token of jobs may write, and which step needs it.',
  'pipeline.merge': 'One job that approves or merges pull requests, and whose it asks for.',
  'pipeline.pin': 'One action fixed to a commit whose comment names a version.',
} as const satisfies Record<keyof PipelineFacts, string>
