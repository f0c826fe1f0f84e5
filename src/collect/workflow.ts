import type { Gate, WorkflowFacts } from '../facts/workflow.ts'
import type { Deposit, Fact, FactKind, Gap, SecretSpan } from '../model.ts'
import type { Job, Permissions } from '../parse/workflow.ts'
import { entry, mergedEntries, textOf, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile, Workspace } from '../workspace/workspace.ts'
import { asked, type CollectorContext, type CollectorFactory } from './collector.ts'
import { isLocal, readGates, type WorkflowFile } from './gate.ts'
import { gateFacts } from './gate-fact.ts'
import { names } from './gate-name.ts'
import { type Files, inFile } from './gate-script.ts'
import {
  callsFor,
  filesOf,
  listedIn,
  listingFiles,
  otherSystems,
  type PreCommit,
  preCommitOf,
  type Sign,
} from './gate-sign.ts'
import { releasesOf } from './release.ts'
import { type ActionFile, readWorkflowFiles } from './workflow-files.ts'
import { checkoutsOf, scriptsOf, selfHosted, unsecureCommandsOf } from './workflow-hardening.ts'
import { surroundingsOf } from './workflow-occasion.ts'
import { publishedBy } from './workflow-publish.ts'

const kinds = [
  'workflow.job',
  'workflow.action',
  'workflow.permissions',
  'workflow.script',
  'workflow.checkout',
  'ci.gate',
  'ci.release',
] as const satisfies readonly FactKind[]

/** GitHub workflows: jobs, actions, token permissions, and where each gate stands. */
export const collector: CollectorFactory = ({ workspace, signal, isSample }: CollectorContext) => ({
  answers: kinds,
  collect: async questions => {
    const reading = await readAll(workspace, signal)
    const forGates = [...asked(questions, 'ci.gate'), ...asked(questions, 'ci.release')].length > 0
    const gates = forGates ? await readAllGates(reading, workspace, isSample) : undefined
    const plain = {
      'workflow.job': reading.workflows.flatMap(jobsOf),
      'workflow.action': actionsOf(reading),
      'workflow.permissions': reading.workflows.flatMap(permissionsOf),
      'workflow.script': scriptsOf(reading.workflows, reading.actions),
      'workflow.checkout': checkoutsOf(reading.workflows),
    }
    return {
      answers: questions.map(question => {
        const gaps = reading.gaps.filter(gap => gap.kinds.includes(question.kind))
        if (question.kind === 'ci.gate')
          return { question, gaps, facts: gates ? gates.standing(question.gate, gaps) : [] }
        if (question.kind === 'ci.release')
          return { question, gaps, facts: gates ? gates.releases(question.gate, gaps) : [] }
        if (question.kind === 'workflow.job') return { question, gaps, facts: plain['workflow.job'] }
        if (question.kind === 'workflow.action') return { question, gaps, facts: plain['workflow.action'] }
        if (question.kind === 'workflow.permissions') return { question, gaps, facts: plain['workflow.permissions'] }
        if (question.kind === 'workflow.script') return { question, gaps, facts: plain['workflow.script'] }
        if (question.kind === 'workflow.checkout') return { question, gaps, facts: plain['workflow.checkout'] }
        return { question, gaps, facts: [] }
      }),
      deposits: [...reading.deposits.values()],
    }
  },
})

const actionKinds = [
  'workflow.action',
  'workflow.script',
  'ci.gate',
  'ci.release',
] as const satisfies readonly FactKind[]

interface Reading {
  readonly uris: readonly string[]
  readonly workflows: readonly WorkflowFile[]
  readonly actions: readonly ActionFile[]
  readonly files: Files
  readonly gaps: Gap[]
  readonly deposits: Map<string, Deposit>
}

const readAll = async (workspace: Workspace, signal: AbortSignal): Promise<Reading> => {
  const { tree } = workspace
  const { entries } = await tree.list()
  const gaps: Gap[] = []
  const deposits = new Map<string, Deposit>()
  const types = new Map(entries.map(e => [e.uri, e.type]))
  const texts = new Map<string, Promise<TextFile | undefined>>()
  let folders: ReadonlySet<string> | undefined
  const files: Files = {
    uris: [...types.keys()],
    hasFolder: uri => {
      folders ??= foldersOf([...types.keys()])
      return uri === '' || folders.has(uri)
    },
    has: uri => types.has(uri),
    text: uri => {
      const known = texts.get(uri)
      if (known) return known
      const read = tree.text(uri).then(given => {
        if (!given.ok) {
          gaps.push({ kinds: ['ci.gate', 'ci.release'], place: { in: 'file', uri }, ...given.refusal })
          return undefined
        }
        deposit(deposits, given.value, [])
        return given.value
      })
      texts.set(uri, read)
      return read
    },
  }
  const read = await readWorkflowFiles(workspace, signal, kinds, actionKinds)
  gaps.push(...read.gaps)
  for (const given of read.deposits) deposits.set(given.source.uri, given)
  const { workflows, actions } = read
  return { uris: [...types.keys()], workflows, actions, files, gaps, deposits }
}

const foldersOf = (uris: readonly string[]): ReadonlySet<string> => {
  const folders = new Set<string>()
  for (const uri of uris)
    for (let at = uri.lastIndexOf('/'); at > 0; at = uri.lastIndexOf('/', at - 1)) {
      const folder = uri.slice(0, at)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  return folders
}

const deposit = (deposits: Map<string, Deposit>, file: TextFile, secrets: readonly SecretSpan[]): void => {
  if (!deposits.has(file.source.uri)) deposits.set(file.source.uri, { source: file.source, text: file.text, secrets })
}

interface Gates {
  readonly standing: (gate: Gate, gaps: readonly Gap[]) => readonly Fact<'ci.gate'>[]
  readonly releases: (gate: Gate, gaps: readonly Gap[]) => readonly Fact<'ci.release'>[]
}

const readAllGates = async (
  reading: Reading,
  workspace: Workspace,
  isSample: (uri: string) => boolean,
): Promise<Gates> => {
  const { files } = reading
  // What a sample holds calls for no gate and sets none up.
  const uris = reading.uris.filter(uri => !isSample(uri))
  const gap = (g: Omit<Gap, 'kinds'>): void => {
    reading.gaps.push({ kinds: ['ci.gate', 'ci.release'], ...g })
  }
  const configuration = ['.pre-commit-config.yaml', '.pre-commit-config.yml'].find(u => files.has(u))
  const config = configuration === undefined ? undefined : await files.text(configuration)
  const preCommit: PreCommit | undefined = config && preCommitOf(config, gap)
  const head = await workspace.history.head()
  const around = surroundingsOf(
    head.ok ? head.value.ref : undefined,
    head.ok ? head.value.origin : undefined,
    population => filesOf(population, uris),
  )
  const gates = await readGates({
    workflows: reading.workflows,
    around,
    files,
    hooks: configuration === undefined ? [] : preCommit?.hooks,
    gap,
    deposit: file => deposit(reading.deposits, file, []),
  })
  const listed: Sign[] = []
  for (const uri of listingFiles(uris)) {
    // One that cannot be read hides a better place for the finding, never the finding: nothing runs the gate either way.
    const read = await workspace.tree.text(uri)
    if (!read.ok) continue
    const signs = listedIn(read.value)
    if (signs.length > 0) deposit(reading.deposits, read.value, [])
    listed.push(...signs)
  }
  const hooks: Sign[] = (preCommit?.hooks ?? []).flatMap(h =>
    h.gates.map(gate => ({
      gate,
      name: 'pre-commit',
      place: h.place,
      because: `it is a pre-commit hook (${h.id}), and no workflow runs pre-commit`,
    })),
  )
  const publishes = reading.workflows.flatMap(w => w.workflow.jobs.flatMap(j => publishedBy(j)))
  const standing: Gates['standing'] = (gate, gaps) => {
    const installed: Sign[] = gates.installs
      .filter(i => names[gate].distributions.includes(i.name))
      .map(i => ({ gate, name: 'a step', place: i.place, because: `a step installs ${i.name}, and none runs it` }))
    const setUp = [...hooks, ...installed, ...listed].filter(s => s.gate === gate)
    const needed = callsFor(gate, uris, publishes)
    return gateFacts(gate, gates, {
      // What a file that was not read might run cannot be called absent.
      setUp: gaps.length > 0 ? [] : setUp.slice(0, 1),
      otherSystems: otherSystems(uris),
      hosted: preCommit?.hosted && { place: preCommit.hosted },
      needed: needed && gaps.length === 0,
    })
  }
  return {
    standing,
    releases: (gate, gaps) =>
      releasesOf(gate, {
        workflows: reading.workflows,
        reading: gates,
        branches: around.branches,
        unread: gaps.length > 0,
      }),
  }
}

const placeIn = (file: TextFile, node: YamlNode): Place => inFile(file)(node.range.start, node.range.end)

const jobsOf = (whole: WorkflowFile): readonly Fact<'workflow.job'>[] => {
  const { uri, file, workflow } = whole
  return workflow.jobs.map(job => ({
    kind: 'workflow.job',
    id: `workflow.job:${uri}/${job.id}`,
    place: placeIn(file, job.key),
    data: {
      workflow: uri,
      job: job.id,
      events: workflow.triggers.map(t => t.event),
      needs: job.needs.map(n => n.id),
      publishes: publishedBy(job),
      environment: environmentOf(job),
      selfHosted: selfHosted(job),
      unsecureCommands: unsecureCommandsOf(whole, job),
    },
  }))
}

const environmentOf = (job: Job): WorkflowFacts['workflow.job']['environment'] => {
  const name = textOf(job.environment) ?? textOf(entry(job.environment, 'name'))
  if (name === undefined || name.trim() === '') return undefined
  return name.includes('${{') ? { is: 'computed' } : { is: 'named', name }
}

const actionsOf = (reading: Reading): readonly Fact<'workflow.action'>[] => {
  const facts: Fact<'workflow.action'>[] = []
  const times = new Map<string, number>()
  const add = (
    file: TextFile,
    scope: string,
    node: YamlScalar,
    is: 'action' | 'workflow' | 'image',
    secrets?: YamlNode,
  ): void => {
    const written = node.value.trim()
    const used = useOf(is === 'image' && written !== '' ? `docker://${written}` : written, is)
    if (!used) return
    const id = `workflow.action:${scope}/${used.name}`
    const n = (times.get(id) ?? 0) + 1
    times.set(id, n)
    facts.push({
      kind: 'workflow.action',
      id: n === 1 ? id : `${id}#${n}`,
      place: placeIn(file, node),
      data: {
        workflow: file.source.uri,
        ...used,
        inherits: secrets && textOf(secrets) === 'inherit' ? placeIn(file, secrets) : undefined,
      },
    })
  }
  for (const { uri, file, workflow } of reading.workflows)
    for (const job of workflow.jobs) {
      if (job.uses) add(file, `${uri}/${job.id}`, job.uses, 'workflow', entry(job.node, 'secrets'))
      for (const step of job.steps) if (step.uses) add(file, `${uri}/${job.id}`, step.uses, 'action')
      for (const node of [job.container, ...job.services]) {
        const image = node?.is === 'map' ? entry(node, 'image') : node
        // Built or chosen by an earlier job where an expression names it.
        if (image?.is === 'scalar' && !image.value.includes('${{')) add(file, `${uri}/${job.id}`, image, 'image')
      }
    }
  for (const { file, steps } of reading.actions)
    for (const step of steps) if (step.uses) add(file, file.source.uri, step.uses, 'action')
  return facts
}

/** `owner/name/path@ref`, `docker://image:tag@sha256:…`, `./path`. Docs: `jobs.<job_id>.steps[*].uses`. */
const useOf = (
  uses: string,
  is: 'action' | 'workflow' | 'image',
): Omit<WorkflowFacts['workflow.action'], 'workflow' | 'inherits'> | undefined => {
  if (uses === '') return undefined
  if (isLocal(uses) || uses.startsWith('../')) return { name: uses, reference: undefined, pin: 'local', is }
  if (uses.startsWith('docker://')) {
    const digest = /^(.*)@(sha256:[0-9a-f]{64})$/i.exec(uses)
    if (digest) return { name: digest[1] ?? uses, reference: digest[2], pin: 'digest', is: 'image' }
    const tag = /^(.*):([^/:]+)$/.exec(uses.slice('docker://'.length))
    return tag
      ? { name: `docker://${tag[1]}`, reference: tag[2], pin: 'none', is: 'image' }
      : { name: uses, reference: undefined, pin: 'none', is: 'image' }
  }
  const at = uses.indexOf('@')
  const [name, reference] = at === -1 ? [uses, undefined] : [uses.slice(0, at), uses.slice(at + 1)]
  return { name, reference, pin: reference !== undefined && /^[0-9a-f]{40}$/i.test(reference) ? 'commit' : 'none', is }
}

const permissionsOf = ({ uri, file, workflow }: WorkflowFile): readonly Fact<'workflow.permissions'>[] => {
  const called = workflow.triggers.length > 0 && workflow.triggers.every(t => t.event === 'workflow_call')
  const fact = (
    id: string,
    jobs: readonly Job[],
    declared: WorkflowFacts['workflow.permissions']['declared'],
    given: Permissions | undefined,
  ): readonly Fact<'workflow.permissions'>[] => {
    const [first] = jobs
    if (!first) return []
    const scopes = (given?.scopes ?? []).flatMap(({ scope, access }) =>
      access === 'read' || access === 'write' ? [{ scope, access } as const] : [],
    )
    const place = given ? placeOfBlock(file, given.node) : placeIn(file, first.key)
    const data = { workflow: uri, jobs: jobs.map(j => j.id), declared, all: given?.all, scopes }
    return [{ kind: 'workflow.permissions', id: `workflow.permissions:${id}`, place, data }]
  }
  return [
    ...fact(
      uri,
      workflow.jobs.filter(j => !j.permissions),
      workflow.permissions ? 'workflow' : called ? 'caller' : 'nowhere',
      workflow.permissions,
    ),
    ...workflow.jobs.flatMap(job => (job.permissions ? fact(`${uri}/${job.id}`, [job], 'job', job.permissions) : [])),
  ]
}

/** A block of permissions may be long: its first entry that writes, else its beginning. */
const placeOfBlock = (file: TextFile, node: YamlNode): Place => {
  if (node.is !== 'map') return placeIn(file, node)
  const entries = mergedEntries(node)
  const first = entries.find(e => textOf(e.value) === 'write') ?? entries[0]
  return first ? inFile(file)(first.key.range.start, first.value.range.end) : placeIn(file, node)
}
