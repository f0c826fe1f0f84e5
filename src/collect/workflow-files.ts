import type { Deposit, FactKind, Gap, SecretSpan } from '../model.ts'
import { canBeSecret, credentialNamed } from '../parse/credential.ts'
import { masked } from '../parse/expression.ts'
import { parseShell } from '../parse/shell.ts'
import { compositeOf, type Step, workflowOf } from '../parse/workflow.ts'
import { entry, parseYaml, textOf, type YamlNode } from '../parse/yaml.ts'
import { root } from '../place.ts'
import type { TextFile, Workspace } from '../workspace/workspace.ts'
import type { WorkflowFile } from './gate.ts'
import { inFile } from './gate-script.ts'

/** A composite action of the tree; no steps where it is of another kind. */
export interface ActionFile {
  readonly file: TextFile
  readonly steps: readonly Step[]
}

export interface WorkflowFiles {
  readonly workflows: readonly WorkflowFile[]
  readonly actions: readonly ActionFile[]
  readonly gaps: readonly Gap[]
  readonly deposits: readonly Deposit[]
}

/** GitHub reads no other place; a suffix such as `.bak` or `.disabled` takes a file out. */
const workflowFile = /^\.github\/workflows\/[^/]+\.ya?ml$/
/** An action stands in a folder of its own, wherever a workflow says (`uses: ./tools/setup`). */
const actionFile = /(^|\/)action\.ya?ml$/
const mostWorkflows = 500

/**
 * The workflows GitHub would run and the composite actions beside them. `kinds` may be missing where a workflow could not
 * be read, `actionKinds` where an action could not.
 */
export const readWorkflowFiles = async (
  { tree, prefix }: Workspace,
  signal: AbortSignal,
  kinds: readonly FactKind[],
  actionKinds: readonly FactKind[],
): Promise<WorkflowFiles> => {
  const { entries, unseen } = await tree.list()
  const gaps: Gap[] = []
  const deposits: Deposit[] = []
  // GitHub runs the workflows at the root alone, and what they do for this folder decides as much as its own files.
  if (prefix !== '')
    gaps.push({
      kinds,
      place: { in: 'file', uri: '.github/workflows' },
      cause: 'denied',
      reason: 'the target is a folder of a larger repository, whose workflows stand outside it and were not read',
    })
  for (const { uri, type } of entries)
    if (type === 'link' && (uri === '.github' || uri === '.github/workflows'))
      gaps.push({
        kinds,
        place: { in: 'file', uri },
        cause: 'denied',
        reason: 'is a symbolic link; links are not followed, so no workflow behind it was read',
      })
  for (const { uri, refusal } of unseen)
    if (uri === '' || uri === '.' || uri.startsWith('.github'))
      gaps.push({ kinds, place: uri === '' || uri === '.' ? root : { in: 'file', uri }, ...refusal })

  const workflows: WorkflowFile[] = []
  const found = entries.map(e => e.uri).filter(uri => workflowFile.test(uri))
  if (found.length > mostWorkflows)
    gaps.push({
      kinds,
      place: { in: 'file', uri: '.github/workflows' },
      cause: 'too-large',
      reason: `more than ${mostWorkflows} workflows; the rest was not read`,
    })
  for (const uri of found.slice(0, mostWorkflows)) {
    signal.throwIfAborted()
    const read = await tree.text(uri)
    if (!read.ok) {
      gaps.push({ kinds, place: { in: 'file', uri }, ...read.refusal })
      continue
    }
    const file = read.value
    const yaml = parseYaml(file.text)
    const at = inFile(file)
    const document = yaml.documents[0]
    deposits.push({ source: file.source, text: file.text, secrets: secretsIn(document?.root) })
    const [error] = yaml.errors
    if (error) {
      gaps.push({ kinds, place: at(error.range.start, error.range.end), cause: error.cause, reason: error.reason })
      continue
    }
    const shaped = workflowOf(document?.root)
    if (!shaped.ok) {
      const range = shaped.node?.range ?? { start: 0, end: 0 }
      const place = at(range.start, Math.min(range.end, range.start + 1))
      gaps.push({ kinds, place, cause: 'unparsed', reason: shaped.reason })
      continue
    }
    workflows.push({ uri, file, workflow: shaped.value })
  }

  const actions: ActionFile[] = []
  const actionUris = entries.map(e => e.uri).filter(uri => actionFile.test(uri) && !uri.includes('node_modules/'))
  if (actionUris.length > mostWorkflows)
    gaps.push({
      kinds: actionKinds,
      place: root,
      cause: 'too-large',
      reason: `more than ${mostWorkflows} actions; the rest was not read`,
    })
  for (const uri of actionUris.slice(0, mostWorkflows)) {
    const read = await tree.text(uri)
    if (!read.ok) {
      gaps.push({ kinds: actionKinds, place: { in: 'file', uri }, ...read.refusal })
      continue
    }
    const yaml = parseYaml(read.value.text)
    const [error] = yaml.errors
    if (error) {
      const place = inFile(read.value)(error.range.start, error.range.end)
      gaps.push({ kinds: actionKinds, place, cause: error.cause, reason: error.reason })
      continue
    }
    deposits.push({ source: read.value.source, text: read.value.text, secrets: [] })
    actions.push({ file: read.value, steps: compositeOf(yaml.documents[0]?.root) ?? [] })
  }
  return { workflows, actions, gaps, deposits }
}

/**
 * One gap for each file in which a script is no shell that can be read (PowerShell and Python are not): `kinds` are those
 * that hold what scripts do.
 */
export const unreadScripts = ({ workflows, actions }: WorkflowFiles, kinds: readonly FactKind[]): readonly Gap[] => {
  const files = [
    ...workflows.map(({ file, workflow }) => ({ file, steps: workflow.jobs.flatMap(job => job.steps) })),
    ...actions,
  ]
  return files.flatMap(({ file, steps }): readonly Gap[] => {
    const unread = steps.flatMap(({ run }) => {
      const error = run && parseShell(masked(run.value)).errors[0]
      return error ? [{ run, error }] : []
    })
    const [first, ...more] = unread
    if (!first) return []
    const at = Math.min(first.run.range.start + 1, first.run.range.end)
    const others = more.length === 0 ? '' : `, nor ${more.length === 1 ? 'is' : 'are'} ${more.length} more of this file`
    return [
      {
        kinds,
        place: inFile(file)(first.run.range.start, at),
        cause: first.error.reason.startsWith('a script longer') ? 'too-large' : 'unparsed',
        reason: `this script is no shell that can be read (${first.error.reason})${others}: what it does was not all seen`,
      },
    ]
  })
}

/** Values written out whose name promises a credential: under `env:`, `with:`, `credentials:`. */
const secretsIn = (node: YamlNode | undefined): readonly SecretSpan[] => {
  const spans: SecretSpan[] = []
  const passwords = new Set<number>()
  const pending: YamlNode[] = node ? [node] : []
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    if (at.is === 'list') for (const next of at.items) pending.push(next)
    if (at.is !== 'map') continue
    for (const { key, value } of at.entries) {
      pending.push(value)
      if (key.value === 'credentials') {
        const password = entry(value, 'password')
        if (password?.is === 'scalar' && !(textOf(password) ?? '').includes('${{')) {
          passwords.add(password.range.start)
          spans.push({ start: password.range.start, end: password.range.end, kind: 'password' })
        }
      }
      const kind = value.is === 'scalar' && !value.value.includes('${{') ? credentialNamed(key.value) : undefined
      if (
        !passwords.has(value.range.start) &&
        kind !== undefined &&
        value.is === 'scalar' &&
        canBeSecret(value.value, kind)
      )
        spans.push({ start: value.range.start, end: value.range.end, kind })
    }
  }
  return spans
}
