import { type Gate, gates } from '../facts/workflow.ts'
import type { Job, Step } from '../parse/workflow.ts'
import { mergedEntries, textOf, type YamlScalar } from '../parse/yaml.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { isLocal, type Opaque } from './gate.ts'
import { names } from './gate-name.ts'
import { spanOf } from './gate-result.ts'
import type { Hook, Unfollowed } from './gate-script.ts'

type At = Pick<Opaque, 'workflow' | 'job' | 'step' | 'passed'>

/** What a workflow is for that is no gate, by the words in its name. */
const elsewhere =
  /deploy|releas|publish|label|stale|announc|docs?([^a-z]|$)|notif|pages|triage|lock|welcome|greet|assign|backport|changelog|renovate|sync|clean|issue|comment|report|badge|version|tag([^a-z]|$)|merge/i

/** A workflow that is called and not read: what its name does not rule out may be in there. */
export const calledWorkflow = (
  job: Job,
  uses: YamlScalar,
  target: string | undefined,
): Pick<Opaque, 'step' | 'because' | 'mentions'> => {
  const file = uses.value.replace(/@.*$/, '').replace(/^.*\//, '')
  const said = `${job.id} ${uses.value.replace(/@.*$/, '')}`
  const own = gates.filter(gate => names[gate].promise.test(file) || names[gate].promise.test(job.id))
  return {
    step: 'uses',
    because:
      target === undefined
        ? 'a workflow of another repository is not read'
        : 'the workflow it calls is not among those read',
    mentions: gate =>
      names[gate].targets.test(said) ||
      /(^|[^a-z])(ci|checks?|quality|lint|tox|nox)([^a-z]|$)/i.test(said) ||
      (own.length === 0 && !elsewhere.test(`${job.id} ${file}`)),
  }
}

export const opaqueAction = (step: Step, file: TextFile, at: At): readonly Opaque[] => {
  const uses = step.uses
  if (!uses) return []
  const name = uses.value.split('@')[0] ?? ''
  const place = spanOf(file, uses)
  const says = (because: string, mentions: (gate: Gate) => boolean): readonly Opaque[] => [
    { ...at, place, because, mentions },
  ]
  if (isLocal(name)) return says('the local action it uses is not read', gate => names[gate].targets.test(name))
  const handed = commandsIn(step)
  return says(
    'the action it uses is not read',
    gate =>
      names[gate].tools.test(handed) ||
      (gate === 'tests' ? /(^|[-_/])(pytest|tox|nox|run-tests?)([-_]|$)/i.test(name) : names[gate].tools.test(name)),
  )
}

/** What a step hands to an action under the name of a command. */
const commandsIn = (step: Step): string =>
  step.with?.is === 'map'
    ? mergedEntries(step.with)
        .filter(({ key }) => /(^|[-_])(run|cmds?|commands?|scripts?|args|arguments|tasks?)$|^runcmd$/i.test(key.value))
        .map(({ value }) => textOf(value) ?? '')
        .join('\n')
        .slice(0, 10_000)
    : ''

export const opaqueIn = (
  unfollowed: readonly Unfollowed[],
  at: At,
  jobText: string,
  hooks: readonly Hook[] | undefined,
): readonly Opaque[] =>
  unfollowed.map(({ delegation, place, because, written, content, did }) => ({
    ...at,
    place,
    because,
    mentions: (gate: Gate): boolean => {
      const promised = delegation.names.some(n => n !== undefined && names[gate].promise.test(lastOf(n)))
      // It was read to the end: only its name is left to say that it is the gate.
      if (did) return promised && !did.has(gate)
      // Whether tox runs tests was told by the names of its environments, or is asked of the run.
      const named = delegation.names.some(n => n !== undefined && names[gate].targets.test(n))
      if (gate === 'tests' && (delegation.to === 'tox' || delegation.to === 'nox')) return named
      if (names[gate].tools.test(written)) return true
      if (content !== undefined && !(gate === 'tests' && delegation.to === 'task runner')) {
        if (delegation.to === 'script') return promised || names[gate].tools.test(startedIn(content))
        if (names[gate].tools.test(content)) return true
        if (/(^|[^\w-])(pre-commit|prek)(?![\w-])/.test(content) && hooks?.some(h => h.gates.includes(gate)))
          return true
      }
      // What the variable may hold is written somewhere in the job, as a rule in its matrix.
      if (delegation.to === 'variable') return names[gate].tools.test(jobText)
      // Nothing more to read: only its name can promise something.
      if (delegation.to === 'container' || (delegation.to === 'script' && content !== undefined)) return promised
      return named
    },
  }))

/** What a script that is no shell could start: the words of its string literals, not its comments or documentation. */
const startedIn = (content: string): string =>
  [
    ...content
      .slice(0, 200_000)
      .replace(/("""|''')[\s\S]*?\1/g, '')
      .replace(/(^|\s)(#|\/\/).*$/gm, '')
      .matchAll(/(["'`])((?:(?!\1)[^\n\\]){1,200})\1|(pytest)\.main\(/g),
  ]
    .map(m => m[2] ?? m[3] ?? '')
    .join('\n')

/** The last part of a path or image: `scripts/test.sh` → `test.sh`, `ghcr.io/x/tests:1` → `tests`. */
const lastOf = (name: string): string =>
  name
    .replace(/^.*\//, '')
    .replace(/[:@].*$/, m => (m.startsWith(':') && /^:[\w.-]+$/.test(m) && /^\d|latest/.test(m.slice(1)) ? '' : m))
