import type { Gap } from '../model.ts'
import { linesOf } from '../parse/lines.ts'
import { workflowOf } from '../parse/workflow.ts'
import { entry, mergedEntries, parseYaml, textOf } from '../parse/yaml.ts'
import { type Place, root } from '../place.ts'
import type { Entry, TextFile, Tree } from '../workspace/workspace.ts'
import { folderOf, joinPath } from './compose-path.ts'
import { maySayHow } from './compose-sets.ts'
import { foldText, legsOf } from './workflow-occasion.ts'

/** A stage somebody builds by its name: `target` of Compose, of a workflow or of a bake file, `--target` of a script. */
export interface Target {
  /** Lower case; undefined where only the run knows it. */
  readonly stage: string | undefined
  /** Dockerfiles it may stand in; empty: any that has a stage of this name. */
  readonly files: readonly string[]
  readonly place: Place
}

const mostFiles = 2_000
const mostTargets = 2_000

/** Every stage of the tree's Dockerfiles that somebody builds by name, and what might name more. */
export const targetsOf = async (
  tree: Tree,
  entries: readonly Entry[],
): Promise<{ readonly targets: readonly Target[]; readonly gaps: readonly Gap[] }> => {
  const has = new Set(entries.map(({ uri }) => uri))
  const found: Target[] = []
  const gaps: Gap[] = []
  const gap = (place: Place, refusal: Pick<Gap, 'cause' | 'reason'>): void => {
    gaps.push({ kinds: ['dockerfile.stage'], place, ...refusal })
  }
  const more = (most: number, what: string): void =>
    gap(root, { cause: 'too-large', reason: `more than ${most.toLocaleString('en')} ${what}` })
  const texts = entries.filter(one => isYaml(one) || isBake(one) || maySayHow(one))
  if (texts.length > mostFiles) more(mostFiles, 'texts that may name a stage to build')
  for (const { uri } of texts.slice(0, mostFiles)) {
    const read = await tree.text(uri)
    if (!read.ok) {
      gap({ in: 'file', uri }, read.refusal)
      continue
    }
    if (!/\btarget\b/.test(read.value.text)) continue
    if (/^\.github\/workflows\/[^/]+\.ya?ml$/.test(uri)) found.push(...inWorkflow(read.value, has))
    else if (/\.ya?ml$/i.test(uri) && /compose|stack/i.test(uri)) found.push(...inCompose(read.value, has))
    if (/\.hcl$/.test(uri)) found.push(...inBake(read.value))
    else found.push(...inCommands(read.value, has))
    if (found.length > mostTargets) {
      more(mostTargets, 'builds of a stage by its name')
      break
    }
  }
  return { targets: found.slice(0, mostTargets), gaps }
}

const isYaml = ({ uri, type }: Entry): boolean =>
  type === 'file' && /\.ya?ml$/i.test(uri) && (/compose|stack/i.test(uri) || /^\.github\/workflows\//.test(uri))
const isBake = ({ uri, type }: Entry): boolean => type === 'file' && /(^|\/)[\w.-]*bake[\w.-]*\.hcl$/i.test(uri)

/** The Dockerfiles of the tree a build in one of these folders may mean. */
const dockerfilesAt = (
  folders: readonly string[],
  context: string | undefined,
  file: string | undefined,
  has: ReadonlySet<string>,
): readonly string[] =>
  folders.flatMap(folder => {
    const within = context === undefined ? undefined : joinPath(folder, context)
    const named =
      file === undefined ? (within === undefined ? undefined : joinPath(within, 'Dockerfile')) : joinPath(folder, file)
    return named !== undefined && has.has(named) ? [named] : []
  })

const inCompose = ({ source, text }: TextFile, has: ReadonlySet<string>): readonly Target[] => {
  const { documents, lines } = parseYaml(text)
  return documents.flatMap(({ root }) => {
    const services = entry(root, 'services')
    return (services?.is === 'map' ? mergedEntries(services) : []).flatMap(({ key, value }): Target[] => {
      const target = entry(value, 'build', 'target')
      if (target?.is !== 'scalar' || target.value === '') return []
      const place: Place = { in: 'span', source, ...lines.span(target.range) }
      const stage = target.value.includes('$') ? undefined : target.value.toLowerCase()
      if (entry(value, 'build', 'dockerfile_inline') !== undefined)
        return [{ stage, files: [`${source.uri}#${key.value}`], place }]
      const context = textOf(entry(value, 'build', 'context')) ?? '.'
      const folder = joinPath(folderOf(source.uri), context)
      const file = textOf(entry(value, 'build', 'dockerfile')) ?? 'Dockerfile'
      const uri = folder === undefined ? undefined : joinPath(folder, file)
      return [{ stage, files: uri !== undefined && has.has(uri) ? [uri] : [], place }]
    })
  })
}

/** `docker/build-push-action` (its README: `context` is the root of the repository, `file` starts there too). */
const inWorkflow = ({ source, text }: TextFile, has: ReadonlySet<string>): readonly Target[] => {
  const { documents, lines } = parseYaml(text)
  const read = workflowOf(documents[0]?.root)
  if (!('value' in read)) return []
  return read.value.jobs.flatMap(job =>
    job.steps.flatMap(step => {
      if (!/^docker\/(build-push|bake)-action@/i.test(step.uses?.value ?? '')) return []
      const target = entry(step.with, 'target')
      if (target?.is !== 'scalar' || target.value === '') return []
      const place: Place = { in: 'span', source, ...lines.span(target.range) }
      return legsOf(job.matrix).map(({ values }): Target => {
        const filled = (raw: string | undefined): string | undefined =>
          raw === undefined
            ? undefined
            : foldText(raw, path => {
                const value = path[0] === 'matrix' ? values.get(path.slice(1).join('.').toLowerCase()) : undefined
                return value === undefined ? undefined : { value }
              })
        const stage = filled(target.value)
        const [context, file] = ['context', 'file'].map(key => textOf(entry(step.with, key)))
        const files =
          (context !== undefined && filled(context) === undefined) || (file !== undefined && filled(file) === undefined)
            ? []
            : dockerfilesAt(['.'], filled(context) ?? '.', filled(file), has)
        return { stage: stage?.toLowerCase(), files, place }
      })
    }),
  )
}

const inBake = ({ source, text }: TextFile): readonly Target[] => {
  const lines = linesOf(text)
  return [...text.matchAll(/^[ \t]*target[ \t]*=[ \t]*"([^"\n]{1,200})"/gm)].map(match => ({
    stage: (match[1] ?? '').includes('$') ? undefined : (match[1] ?? '').toLowerCase(),
    files: [],
    place: { in: 'span', source, ...lines.span({ start: match.index, end: match.index + match[0].length }) },
  }))
}

/** `docker build --target prod -f images/web.Dockerfile .` in a script, a Makefile or a step. */
const inCommands = ({ source, text }: TextFile, has: ReadonlySet<string>): readonly Target[] => {
  const lines = linesOf(text)
  const found: Target[] = []
  const folders = [...new Set([folderOf(source.uri), '.'])]
  for (const match of text.matchAll(
    /\b(?:docker(?:[ \t]+(?:buildx|image))?|podman|buildah|nerdctl)[ \t]+(?:build|bud)\b/g,
  )) {
    if (found.length >= mostTargets) break
    const line = /^(?:[^\n\\;&|]|\\\r?\n|\\.){0,2000}/.exec(text.slice(match.index + match[0].length))?.[0] ?? ''
    const words =
      line.match(/"[^"\n]{0,500}"|'[^'\n]{0,500}'|[^\s"']{1,500}/g)?.map(word => word.replace(/["']/g, '')) ?? []
    const flag = (names: RegExp): string | undefined => {
      const at = words.findIndex(word => names.test(word.split('=', 1)[0] ?? ''))
      const word = words[at]
      return word === undefined ? undefined : word.includes('=') ? word.slice(word.indexOf('=') + 1) : words[at + 1]
    }
    const target = flag(/^--target$/)
    if (target === undefined) continue
    const file = flag(/^(?:-f|--file)$/)
    const context = words.filter(word => word !== '\\').at(-1)
    const known = /^[\w.-]+$/.test(target)
    found.push({
      stage: known ? target.toLowerCase() : undefined,
      files: file?.includes('$') ? [] : dockerfilesAt(folders, context?.includes('$') ? undefined : context, file, has),
      place: { in: 'span', source, ...lines.span({ start: match.index, end: match.index + match[0].length }) },
    })
  }
  return found
}

/** Who builds a stage by name, and who may: a target that only the run knows may be any stage with a name. */
export const buildersOf = (
  targets: readonly Target[],
  file: string,
): { readonly byName: (stage: string | undefined) => Place | undefined; readonly open: Place | undefined } => {
  const here = targets.filter(({ files }) => files.length === 0 || files.includes(file))
  return {
    byName: stage => (stage === undefined ? undefined : here.find(one => one.stage === stage)?.place),
    open: here.find(one => one.stage === undefined && one.files.length > 0)?.place,
  }
}
