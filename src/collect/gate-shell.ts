import type { Job, Step, Workflow } from '../parse/workflow.ts'
import { entry, mergedEntries, textOf, type YamlScalar } from '../parse/yaml.ts'
import type { ShellFlags } from './exit-status.ts'
import type { Look, Placed } from './gate-result.ts'
import { type FoundInvocation, flagsOf, joined, type ScriptReading } from './gate-script.ts'

export type Looked = Look['text']

export const folderOf = (workflow: Workflow, job: Job, placed: Placed): string | undefined => {
  const given =
    placed.step.workingDirectory ??
    (placed.outer.length > 0 ? undefined : (job.defaults.workingDirectory ?? workflow.defaults.workingDirectory))
  if (!given) return ''
  return given.value.includes('${{') ? undefined : joined('', given.value)
}

export const shellText = (workflow: Workflow, job: Job, placed: Placed, look: Looked): string | undefined | null => {
  const given =
    placed.step.shell ?? (placed.outer.length > 0 ? undefined : (job.defaults.shell ?? workflow.defaults.shell))
  return given === undefined ? undefined : (look(given) ?? null)
}

export type ShellOf =
  | { readonly flags: ShellFlags }
  /** `lastDecides`: the runner ends the script with the status of its last program. `lets`: it succeeds whatever happens. */
  | { readonly because: string; readonly lastDecides: boolean; readonly lets?: true }

/** A plain command that is the last line of a script: what its shell does before does not matter. */
export const isLastLine = ({ command }: FoundInvocation, { script }: ScriptReading): boolean => {
  const statement = script.tree.commands.at(-1)
  if (script.errors.length > 0 || statement?.command !== command || statement.background) return false
  const text = script.text.slice(command.pos)
  return /^[\w@./:=,+\-" \ue000[\]]+$/.test(text.trim())
}

/**
 * How the runner starts a script. Docs: `jobs.<job_id>.steps[*].shell`: unspecified is `bash -e {0}` (`sh -e {0}` in a
 * container, PowerShell on Windows), `bash` is `bash --noprofile --norc -eo pipefail {0}`, `sh` is `sh -e {0}`; anything
 * else is a command line with `{0}`.
 */
export const shellOf = (given: string | undefined | null, system: string | undefined, container: boolean): ShellOf => {
  if (given === null) return { because: 'its shell is an expression that only the run knows', lastDecides: false }
  if (given === undefined) {
    if (system === 'Windows' && !container)
      return { because: 'its shell is PowerShell, which is not read', lastDecides: true }
    return container
      ? { flags: { dialect: 'sh', errexit: true, pipefail: false } }
      : { flags: { dialect: 'bash', errexit: true, pipefail: false } }
  }
  const text = given.trim()
  if (text === 'bash') return { flags: { dialect: 'bash', errexit: true, pipefail: true } }
  if (text === 'sh') return { flags: { dialect: 'sh', errexit: true, pipefail: false } }
  const words = text.split(/\s+/)
  const at = words.findIndex(w => /^(.*\/)?(bash|sh|dash)$/.test(w))
  if (at !== -1 && words.includes('{0}'))
    return { flags: flagsOf((words[at] ?? 'sh').replace(/^.*\//, ''), words.slice(at + 1)) }
  // Docs: pwsh and powershell end with $LASTEXITCODE, cmd with the last program's ERRORLEVEL.
  const lastDecides = ['pwsh', 'powershell', 'cmd'].includes(text)
  return { because: `its shell is ${/^[\w-]{1,20}/.exec(text)?.[0] ?? 'another'}, which is not read`, lastDecides }
}

/**
 * Actions that run what one of their inputs says, by their own action.yml as read in November 2026, and what they do
 * with its exit status.
 */
const carriers: readonly (readonly [action: RegExp, input: string, (step: Step) => ShellOf])[] = [
  [
    // Starts `<shell> -c`, by default bash without -e, until it succeeds or the attempts are used up.
    /^nick-(fields|invision)\/retry$/,
    'command',
    step => {
      const shell = textOf(entry(step.with, 'shell')) ?? 'bash'
      const lets = textOf(entry(step.with, 'continue_on_error'))
      if (lets !== undefined && lets !== 'false')
        return { because: '`continue_on_error` lets it succeed', lastDecides: false, lets: true }
      return shell === 'bash' || shell === 'sh'
        ? { flags: { dialect: shell, errexit: false, pipefail: false } }
        : { because: `its shell is ${shell.slice(0, 20)}, which is not read`, lastDecides: true }
    },
  ],
  [/^wandalen\/wretry\.action(\/main)?$/, 'command', () => apart],
  [/^(gabrielbb\/xvfb-action|coactions\/setup-xvfb)$/, 'run', () => apart],
  [/^reactivecircus\/android-emulator-runner$/, 'script', () => apart],
  [/^devcontainers\/ci$/, 'runcmd', () => apart],
  [/^(addnab\/docker-run-action|uraimo\/run-on-arch-action|cross-platform-actions\/action)$/, 'run', () => apart],
  [/^vmactions\/[\w-]+-vm$/, 'run', () => apart],
]
/** Fails with the last of what it runs; what it does with the others is not followed. */
const apart: ShellOf = {
  because: 'the action that runs it decides what a failure before its last line does',
  lastDecides: true,
}

/** The script that a step hands to an action to run. */
export const handedText = (step: Step): { readonly text: YamlScalar; readonly shell: ShellOf } | undefined => {
  const name = step.uses?.value.split('@')[0]?.toLowerCase() ?? ''
  const [, input, shell] = carriers.find(([pattern]) => pattern.test(name)) ?? []
  if (input === undefined || shell === undefined || step.with?.is !== 'map') return undefined
  const text = mergedEntries(step.with).find(e => e.key.value.toLowerCase() === input)?.value
  return text?.is === 'scalar' ? { text, shell: shell(step) } : undefined
}
