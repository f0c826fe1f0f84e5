import picomatch from 'picomatch'
import type { WorkflowFacts } from '../facts/workflow.ts'
import type { Fact } from '../model.ts'
import { type Expression, expressionsIn, masked, parseExpression } from '../parse/expression.ts'
import { type Command, constantOf, nodesOf, parseShell, type SyntaxNode, substitutionsIn } from '../parse/shell.ts'
import type { Job, Step } from '../parse/workflow.ts'
import { entry, itemsOf, rangeIn, textOf, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import type { WorkflowFile } from './gate.ts'
import { inFile } from './gate-script.ts'

/**
 * Context values that whoever opens an issue, a pull request or a discussion writes (GitHub Docs, "Script injections";
 * zizmor's list). `*` stands for any one step of a path.
 */
const foreign: readonly string[] = [
  'github.head_ref',
  'github.event.issue.title',
  'github.event.issue.body',
  'github.event.comment.body',
  'github.event.discussion.title',
  'github.event.discussion.body',
  'github.event.review.body',
  'github.event.review_comment.body',
  'github.event.pages.*.page_name',
  'github.event.pull_request.title',
  'github.event.pull_request.body',
  'github.event.pull_request.head.ref',
  'github.event.pull_request.head.label',
  'github.event.pull_request.head.repo.default_branch',
  'github.event.pull_request.head.repo.description',
  'github.event.head_commit.message',
  'github.event.head_commit.author.name',
  'github.event.head_commit.author.email',
  'github.event.head_commit.committer.name',
  'github.event.head_commit.committer.email',
  'github.event.commits.*.message',
  'github.event.commits.*.author.name',
  'github.event.commits.*.author.email',
  'github.event.workflow_run.head_branch',
  'github.event.workflow_run.display_title',
  'github.event.workflow_run.head_commit.message',
  'github.event.workflow_run.head_commit.author.name',
  'github.event.workflow_run.head_commit.author.email',
]
const foreignPaths = foreign.map(f => f.split('.'))

/** The foreign values whose text an expression may give. */
export const foreignIn = (tree: Expression): readonly string[] => givenBy(tree).flatMap(path => foreignAt(path) ?? [])

/** The foreign value a context path gives, or is part of (`toJSON(github.event)`). */
const foreignAt = (path: readonly (string | undefined)[]): string | undefined => {
  const shown = path.map(p => p ?? '*').join('.')
  const meets = (other: readonly string[]): boolean =>
    path.length <= other.length &&
    path.length >= 2 &&
    path.every((p, i) => p === undefined || other[i] === '*' || p === other[i])
  return foreignPaths.some(meets) ? shown : undefined
}

/** The contexts whose text an expression may give: a comparison gives true or false, whatever stands in it. */
export const givenBy = (tree: Expression): readonly (readonly (string | undefined)[])[] => {
  switch (tree.is) {
    case 'context':
      return [tree.path]
    case 'call':
      return ['contains', 'startswith', 'endswith', 'hashfiles'].includes(tree.name) ? [] : tree.args.flatMap(givenBy)
    case 'and':
      return tree.of.slice(-1).flatMap(givenBy)
    case 'or':
    case 'other':
      return tree.of.flatMap(givenBy)
    case 'literal':
    case 'not':
    case 'compare':
      return []
  }
}

interface Scope {
  readonly uri: string
  readonly file: TextFile
  /** `<job>` of a workflow; empty for an action. */
  readonly job: string
  readonly events: readonly string[]
}

/** One fact per step that runs a script: what others write into it, and what it fetches and runs unseen. */
export const scriptsOf = (
  workflows: readonly WorkflowFile[],
  actions: readonly { readonly file: TextFile; readonly steps: readonly Step[] }[],
): readonly Fact<'workflow.script'>[] => {
  const facts: Fact<'workflow.script'>[] = []
  const times = new Map<string, number>()
  const add = (scope: Scope, step: Step): void => {
    const script = step.run ?? scriptInput(step)
    if (!script) return
    const id = `workflow.script:${scope.uri}/${scope.job === '' ? '' : `${scope.job}/`}${step.label}`
    const n = (times.get(id) ?? 0) + 1
    times.set(id, n)
    const at = inFile(scope.file)
    const placed = (start: number, end: number): Place => {
      const range = rangeIn(scope.file.text, script, start, end)
      return at(range.start, range.end)
    }
    const injected = expressionsIn(script.value).flatMap(({ start, end, inner }) => {
      const parsed = parseExpression(inner)
      const found = parsed.ok ? givenBy(parsed.tree).flatMap(path => foreignAt(path) ?? []) : []
      return found[0] === undefined ? [] : [{ context: found[0], place: placed(start, end) }]
    })
    facts.push({
      kind: 'workflow.script',
      id: n === 1 ? id : `${id}#${n}`,
      place: at(script.range.start, Math.min(script.range.end, script.range.start + 1)),
      data: {
        workflow: scope.uri,
        job: scope.job,
        step: step.label,
        events: scope.events,
        injected,
        ...(step.run ? downloadsIn(step.run.value, placed) : { downloads: [], unread: undefined }),
      },
    })
  }
  for (const { uri, file, workflow } of workflows)
    for (const job of workflow.jobs)
      for (const step of job.steps) add({ uri, file, job: job.id, events: workflow.triggers.map(t => t.event) }, step)
  for (const { file, steps } of actions)
    for (const step of steps) add({ uri: file.source.uri, file, job: '', events: [] }, step)
  return facts
}

/** The `script` of actions/github-script: JavaScript, into which expressions are pasted just the same. */
export const scriptInput = (step: Step): YamlScalar | undefined => {
  if (!/^actions\/github-script(@|$)/i.test(step.uses?.value ?? '')) return undefined
  const script = entry(step.with, 'script')
  return script?.is === 'scalar' ? script : undefined
}

const fetchers = new Set(['curl', 'wget'])
const interpreters = /^(sh|bash|dash|zsh|ash|ksh|python\d?(\.\d+)?|perl|ruby|node|pwsh|iex)$/

const programOf = (command: Command): string | undefined => {
  const words = [command.name, ...command.suffix].flatMap(w => (w?.type === 'Word' ? [constantOf(w) ?? ''] : []))
  const plain = words[0] === 'sudo' ? words.slice(1).find(w => !w.startsWith('-') && !/^\w+=/.test(w)) : words[0]
  return plain?.replace(/^.*\//, '')
}

/** `curl … | sh`, `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(wget …)"`. */
const downloadsIn = (
  text: string,
  placed: (start: number, end: number) => Place,
): Pick<WorkflowFacts['workflow.script'], 'downloads' | 'unread'> => {
  const script = parseShell(masked(text))
  const found: { place: Place }[] = []
  const fetches = (node: SyntaxNode): boolean =>
    [...nodesOf(node)].some(n => n.type === 'Command' && fetchers.has(programOf(n) ?? ''))
  for (const node of nodesOf(script.tree)) {
    if (node.type === 'Pipeline') {
      const [first, ...rest] = node.commands
      const last = rest.at(-1)
      if (first && last?.type === 'Command' && interpreters.test(programOf(last) ?? '') && fetches(first))
        found.push({ place: placed(node.pos, node.end) })
    }
    if (node.type !== 'Command') continue
    const program = programOf(node) ?? ''
    if (!interpreters.test(program) && !['eval', 'source', '.'].includes(program)) continue
    const fetched = node.suffix.some(w => substitutionsIn(w).some(s => s.script && fetches(s.script)))
    if (fetched) found.push({ place: placed(node.pos, node.end) })
  }
  return { downloads: found, unread: script.errors[0]?.reason }
}

/** Events that give a run secrets and a token that writes, on what a stranger sent. */
export const privileged = [
  'pull_request_target',
  'workflow_run',
  'issue_comment',
  'issues',
  'discussion',
  'discussion_comment',
]

export const pullRequestCode =
  /github\.event\.pull_request\.(head\.(sha|ref)|merge_commit_sha)|github\.head_ref|github\.event\.workflow_run\.(head_sha|head_branch|pull_requests)|github\.event\.(pull_request\.number|number|issue\.number)|refs\/pull\//i

/** One fact per checkout: what code it fetches, and whether its token stays where a later step could publish it. */
export const checkoutsOf = (workflows: readonly WorkflowFile[]): readonly Fact<'workflow.checkout'>[] =>
  workflows.flatMap(({ uri, file, workflow }) =>
    workflow.jobs.flatMap(job => {
      const at = inFile(file)
      const span = (node: YamlNode): Place => at(node.range.start, node.range.end)
      const events = workflow.triggers.map(t => t.event).filter(e => privileged.includes(e))
      const uploads = job.steps.filter(s => upload.test(s.uses?.value ?? ''))
      const times = new Map<string, number>()
      return job.steps.flatMap((step): readonly Fact<'workflow.checkout'>[] => {
        const uses = step.uses && /^actions\/checkout(@|$)/i.test(step.uses.value) ? step.uses : undefined
        const command = step.run && checksOut(step.run, file)
        const node = uses ?? step.run
        if (!node || !(uses || command)) return []
        const ref = entry(step.with, 'ref')
        const named = uses ? textOf(ref) : undefined
        const persist = entry(step.with, 'persist-credentials')
        const persists = textOf(persist)
        const id = `workflow.checkout:${uri}/${job.id}/${step.label}`
        const n = (times.get(id) ?? 0) + 1
        times.set(id, n)
        return [
          {
            kind: 'workflow.checkout',
            id: n === 1 ? id : `${id}#${n}`,
            place: uses ? span(uses) : (command ?? span(node)),
            data: {
              workflow: uri,
              job: job.id,
              step: step.label,
              privileged: events,
              foreign: uses ? named !== undefined && pullRequestCode.test(named) : true,
              foreignAt: uses ? ref && span(ref) : command,
              guarded: [job.if, step.if].some(c => guards.test(c?.value ?? '')),
              token: !uses
                ? 'none'
                : persists === undefined
                  ? 'stays'
                  : persists.includes('${{')
                    ? 'unknown'
                    : persists === 'false'
                      ? 'removed'
                      : 'stays',
              uploads:
                uploads.length === 0
                  ? 'nothing'
                  : uploads.some(s => mayTakeAlong(s, textOf(entry(step.with, 'path')) ?? ''))
                    ? 'perhaps the checkout'
                    : 'other files',
            },
          },
        ]
      })
    }),
  )

const upload = /^actions\/upload-(artifact|pages-artifact)(@|$)/i

/** `./dist/` as `dist`; undefined for a path that is computed, absolute or leads upwards. */
const inWorkspace = (path: string): string | undefined => {
  if (path.includes('${{') || /^[/~\\]|^[A-Za-z]:/.test(path)) return undefined
  const parts = path.split(/[/\\]/).filter(p => p !== '' && p !== '.')
  return parts.includes('..') ? undefined : parts.join('/')
}

/**
 * Whether the paths of an upload may cover the `.git/config` of a checkout: by naming it, a folder above it, or a glob for
 * one of these (README of actions/upload-artifact: a folder is taken with all that is in it). Where that cannot be told,
 * they may.
 */
const mayTakeAlong = (step: Step, checkout: string): boolean => {
  const home = inWorkspace(checkout)
  if (home === undefined) return true
  const config = [...(home === '' ? [] : home.split('/')), '.git', 'config']
  const above = config.map((_, i) => config.slice(0, i + 1).join('/'))
  const given = textOf(entry(step.with, 'path'))
  const paths = given ?? (/pages-artifact/i.test(step.uses?.value ?? '') ? '_site/' : '.')
  return paths.split('\n').some(line => {
    const path = line.trim()
    if (path === '' || path.startsWith('!')) return false
    const named = inWorkspace(path)
    if (named === undefined || named === '') return true
    const covers = picomatch(named, { dot: true })
    return above.some(folder => covers(folder))
  })
}

/** Conditions on where a pull request comes from, or on who asks. */
const guards = /head\.repo\.(full_name|fork|owner)|author_association|event\.label|labels\b/i

/** `gh pr checkout`, `git fetch … pull/…`. */
export const checksOut = (run: YamlScalar, file: TextFile): Place | undefined => {
  if (!/pr checkout|pull\//.test(run.value)) return undefined
  const script = parseShell(masked(run.value))
  for (const node of nodesOf(script.tree)) {
    if (node.type !== 'Command') continue
    const words = [node.name, ...node.suffix].flatMap(w => (w?.type === 'Word' ? [w.text] : []))
    const fetched =
      (words[0] === 'gh' && words[1] === 'pr' && words[2] === 'checkout') ||
      (words[0] === 'git' && words.includes('fetch') && words.some(w => /pull\/.*\/(head|merge)/.test(w)))
    if (!fetched) continue
    const range = rangeIn(file.text, run, node.pos, node.end)
    return inFile(file)(range.start, range.end)
  }
  return undefined
}

/** By its labels; undefined where an expression decides. Docs: every self-hosted runner has the label `self-hosted`. */
export const selfHosted = (job: Job): boolean | undefined => {
  const labels = job.runsOn
  if (labels === undefined) return false
  const nodes =
    labels.is === 'map'
      ? [...itemsOf(entry(labels, 'labels')), entry(labels, 'labels')]
      : labels.is === 'list'
        ? labels.items
        : [labels]
  const texts = nodes.map(n => textOf(n) ?? '')
  if (texts.some(t => t.toLowerCase() === 'self-hosted')) return true
  return texts.some(t => t.includes('${{') && /self-hosted/i.test(t)) ? undefined : false
}

/** Where ACTIONS_ALLOW_UNSECURE_COMMANDS is switched on for a job. */
export const unsecureCommandsOf = ({ file, workflow }: WorkflowFile, job: Job): Place | undefined => {
  for (const env of [workflow.env, entry(job.node, 'env'), ...job.steps.map(s => s.env)]) {
    const value = entry(env, 'ACTIONS_ALLOW_UNSECURE_COMMANDS')
    if (value && textOf(value)?.toLowerCase() === 'true') return inFile(file)(value.range.start, value.range.end)
  }
  return undefined
}
