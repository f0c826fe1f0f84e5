import type { Deposit, Fact, FactKind } from '../model.ts'
import { entry, parseYaml, type YamlNode } from '../parse/yaml.ts'
import type { Workspace } from '../workspace/workspace.ts'
import { answerAll, type CollectorContext, type CollectorFactory } from './collector.ts'
import { pipelineJobsOf } from './pipeline-cache.ts'
import { choicesOf, conditionsOf } from './pipeline-condition.ts'
import { installsOf } from './pipeline-install.ts'
import { mergesOf } from './pipeline-merge.ts'
import { permissionNeedsOf } from './pipeline-permission.ts'
import { pinsOf } from './pipeline-pin.ts'
import { stepsAt } from './pipeline-scan.ts'
import { containerCredentialsOf, secretsOf } from './pipeline-secret.ts'
import { artifactsOf } from './pipeline-stranger.ts'
import { writesOf } from './pipeline-write.ts'
import { readWorkflowFiles, unreadScripts } from './workflow-files.ts'

const kinds = [
  'pipeline.job',
  'pipeline.secret',
  'pipeline.container-credential',
  'pipeline.condition',
  'pipeline.choice',
  'pipeline.write',
  'pipeline.artifact',
  'pipeline.install',
  'pipeline.permission',
  'pipeline.merge',
  'pipeline.pin',
] as const satisfies readonly FactKind[]

/** Kinds of which composite actions hold some. */
const ofActions = kinds.filter(
  k => !['pipeline.job', 'pipeline.container-credential', 'pipeline.permission', 'pipeline.merge'].includes(k),
)

/** Kinds of which scripts hold some. */
const ofScripts: readonly FactKind[] = [
  'pipeline.secret',
  'pipeline.write',
  'pipeline.artifact',
  'pipeline.install',
  'pipeline.permission',
  'pipeline.merge',
]

/** What GitHub workflows do with secrets, conditions, caches, artifacts and the tools they fetch. */
export const collector: CollectorFactory = ({ workspace, signal }: CollectorContext) => ({
  answers: kinds,
  collect: async questions => {
    const read = await readWorkflowFiles(workspace, signal, kinds, ofActions)
    const { workflows, actions, deposits } = read
    const gaps = [...read.gaps, ...unreadScripts(read, ofScripts)]
    const steps = stepsAt(workflows, actions)
    const asksForTools = questions.some(q => q.kind === 'pipeline.install')
    const packages = asksForTools ? await packagesListed(workspace) : { names: new Set<string>(), deposits: [] }
    const facts = new Map<FactKind, readonly Fact[]>([
      ['pipeline.job', pipelineJobsOf(workflows)],
      ['pipeline.secret', secretsOf(workflows, steps)],
      ['pipeline.container-credential', containerCredentialsOf(workflows)],
      ['pipeline.condition', conditionsOf(workflows, steps)],
      ['pipeline.choice', choicesOf(workflows, steps)],
      ['pipeline.write', writesOf(steps)],
      ['pipeline.artifact', artifactsOf(steps)],
      ['pipeline.install', asksForTools ? installsOf(steps, name => packages.names.has(name)) : []],
      ['pipeline.permission', permissionNeedsOf(workflows)],
      ['pipeline.merge', mergesOf(steps)],
      ['pipeline.pin', pinsOf(workflows, steps)],
    ])
    return {
      answers: answerAll(questions, kind => facts.get(kind) ?? [], gaps),
      deposits: [...deposits, ...packages.deposits],
    }
  },
})

const mostPackages = 200

/** Names that some package.json of the tree depends on: `npx` takes these from what is installed. */
const packagesListed = async ({
  tree,
}: Workspace): Promise<{ readonly names: ReadonlySet<string>; readonly deposits: readonly Deposit[] }> => {
  const { entries } = await tree.list()
  const names = new Set<string>()
  const deposits: Deposit[] = []
  const uris = entries.map(e => e.uri).filter(uri => /(^|\/)package\.json$/.test(uri) && !uri.includes('node_modules/'))
  for (const uri of uris.slice(0, mostPackages)) {
    // One that cannot be read hides that a tool is listed: the tool is then reported, never passed over.
    const read = await tree.text(uri)
    if (!read.ok) continue
    const root = parseYaml(read.value.text).documents[0]?.root
    const before = names.size
    for (const key of ['dependencies', 'devDependencies', 'optionalDependencies']) addKeys(entry(root, key), names)
    if (names.size > before) deposits.push({ source: read.value.source, text: read.value.text, secrets: [] })
  }
  return { names, deposits }
}

const addKeys = (node: YamlNode | undefined, names: Set<string>): void => {
  if (node?.is === 'map') for (const { key } of node.entries) names.add(key.value)
}
