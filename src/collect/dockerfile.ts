import type { DockerfileFacts, ImageUser } from '../facts/dockerfile.ts'
import type { Deposit, Fact, FactKind, Gap, GapCause, SecretSpan } from '../model.ts'
import { parseTemplate, type Resolved, resolveTemplate } from '../parse/compose-template.ts'
import {
  type Credential,
  canBeSecret,
  credentialNamed,
  isReference,
  passwordsInUrls,
  saysDummy,
} from '../parse/credential.ts'
import {
  type DockerInstruction,
  type DockerStage,
  type DockerTree,
  type Property,
  parseDockerfile,
} from '../parse/dockerfile.ts'
import type { Range } from '../parse/lines.ts'
import { entry, mergedEntries, parseYaml, rangeIn, textOf } from '../parse/yaml.ts'
import type { Place, Source } from '../place.ts'
import type { Entry, TextFile, Tree } from '../workspace/workspace.ts'
import { imageReference, isOfficial, userOfImage } from './base-image.ts'
import { answerAll, type CollectorContext, type CollectorFactory } from './collector.ts'
import { folderOf, joinPath } from './compose-path.ts'
import { credentialsInCommand, veiled } from './credential-command.ts'
import { buildersOf, type Target, targetsOf } from './dockerfile-target.ts'

const kinds = ['dockerfile.stage', 'dockerfile.base', 'dockerfile.variable'] as const satisfies readonly FactKind[]

/** Users, base images and credentials of Dockerfiles. */
export const collector: CollectorFactory = ({ workspace, signal }: CollectorContext) => ({
  answers: kinds,
  collect: async questions => {
    const { entries, unseen } = await workspace.tree.list()
    const facts: Fact[] = []
    const gaps: Gap[] = unseen.map(({ uri, refusal }) => ({ kinds, place: { in: 'file', uri }, ...refusal }))
    const deposits: Deposit[] = []
    const named = await namedByCompose(workspace.tree, entries)
    const { targets, gaps: unnamed } = await targetsOf(workspace.tree, entries)
    for (const { uri } of entries) {
      if (isCompose(uri)) {
        const inline = await inlineDockerfiles(workspace.tree, uri, targets)
        facts.push(...inline.facts)
        gaps.push(...inline.gaps)
        deposits.push(...inline.deposits)
      }
      if (!isDockerfile(uri) && !named.has(uri)) continue
      signal.throwIfAborted()
      const gap = (place: Place, cause: GapCause, reason: string): void => {
        gaps.push({ kinds, place, cause, reason })
      }
      const read = await workspace.tree.text(uri)
      if (!read.ok) {
        gap({ in: 'file', uri }, read.refusal.cause, read.refusal.reason)
        continue
      }
      const parsed = parseDockerfile(read.value.text)
      if (!parsed.ok) {
        gap({ in: 'file', uri }, parsed.cause, parsed.reason)
        continue
      }
      const { tree } = parsed
      if (tree.stages.length > mostStages) {
        gap({ in: 'file', uri }, 'too-large', `more than ${mostStages} stages`)
        continue
      }
      const stray = tree.strays[0]
      if (stray !== undefined || tree.stages.length === 0) {
        // Docker builds nothing from such a file, and a guess at what was meant could hide an instruction.
        const place: Place = stray
          ? { in: 'span', source: read.value.source, ...tree.lines.span(stray.range) }
          : { in: 'file', uri }
        const what = stray ? `not an instruction at this place: ${stray.keyword.slice(0, 40)}` : 'no FROM'
        gap(place, 'unparsed', /\{\{|\{%|<%/.test(read.value.text) ? `a template, or no Dockerfile: ${what}` : what)
        continue
      }
      const seen = factsOf(read.value, tree, targets)
      facts.push(...seen.facts)
      deposits.push({ source: read.value.source, text: read.value.text, secrets: seen.secrets })
    }
    // What may name a stage to build hides nothing where there is none but the last.
    if (facts.some(fact => fact.kind === 'dockerfile.stage' && !fact.data.final)) gaps.push(...unnamed)
    const byKind = new Map<FactKind, readonly Fact[]>(
      kinds.map(kind => [kind, facts.filter(fact => fact.kind === kind)]),
    )
    return { answers: answerAll(questions, kind => byKind.get(kind) ?? [], gaps), deposits }
  },
})

/** The users of a Dockerfile's stages, for whoever runs them; undefined where Docker would build nothing from it. */
export const usersOf = (file: TextFile): readonly DockerfileFacts['dockerfile.stage'][] | undefined => {
  const parsed = parseDockerfile(file.text)
  if (!parsed.ok) return undefined
  const { stages, strays } = parsed.tree
  if (strays.length > 0 || stages.length === 0 || stages.length > mostStages) return undefined
  return factsOf(file, parsed.tree, []).facts.flatMap(fact => (fact.kind === 'dockerfile.stage' ? [fact.data] : []))
}

/** Dockerfiles that stand in a Compose file (`build.dockerfile_inline`), with the places they have there. */
const inlineDockerfiles = async (
  tree: Tree,
  uri: string,
  targets: readonly Target[],
): Promise<{
  readonly facts: readonly Fact[]
  readonly gaps: readonly Gap[]
  readonly deposits: readonly Deposit[]
}> => {
  const facts: Fact[] = []
  const gaps: Gap[] = []
  const secrets: SecretSpan[] = []
  const read = await tree.text(uri)
  // What cannot be read of a Compose file is said by those who judge Compose files.
  if (!read.ok || !read.value.text.includes('dockerfile_inline')) return { facts, gaps, deposits: [] }
  const { source, text } = read.value
  const { documents, lines } = parseYaml(text)
  for (const { root } of documents) {
    const services = entry(root, 'services')
    for (const { key, value } of services?.is === 'map' ? mergedEntries(services) : []) {
      const scalar = entry(value, 'build', 'dockerfile_inline')
      if (scalar?.is !== 'scalar') continue
      const at = (range: Range): Range => rangeIn(text, scalar, range.start, range.end)
      const parsed = parseDockerfile(scalar.value)
      const placeOf = (range: Range): Place => ({ in: 'span', source, ...lines.span(range) })
      if (!parsed.ok || parsed.tree.strays.length > 0 || parsed.tree.stages.length === 0) {
        gaps.push({
          kinds,
          place: placeOf(scalar.range),
          cause: 'unparsed',
          reason: `the Dockerfile of service "${key.value}" is not understood`,
        })
        continue
      }
      const inner = { source: { ...source, uri: `${uri}#${key.value}` }, text: scalar.value }
      const seen = factsOf(inner, parsed.tree, targets, range => placeOf(at(range)))
      facts.push(...seen.facts)
      for (const { start, end, kind } of seen.secrets) secrets.push({ ...at({ start, end }), kind })
    }
  }
  return { facts, gaps, deposits: facts.length > 0 ? [{ source, text, secrets }] : [] }
}

const isCompose = (uri: string): boolean => /\.ya?ml$/i.test(uri) && /compose/i.test(uri)

/** Files a Compose file builds from, whatever they are called: `build: { dockerfile: images/prod }`. */
const namedByCompose = async (tree: Tree, entries: readonly Entry[]): Promise<ReadonlySet<string>> => {
  const named = new Set<string>()
  for (const { uri } of entries) {
    if (!isCompose(uri)) continue
    const read = await tree.text(uri)
    if (!read.ok || !/\bdockerfile\b/.test(read.value.text)) continue
    for (const { root } of parseYaml(read.value.text).documents) {
      const services = entry(root, 'services')
      for (const { value } of services?.is === 'map' ? mergedEntries(services) : []) {
        const dockerfile = textOf(entry(value, 'build', 'dockerfile'))
        if (dockerfile === undefined) continue
        const context = joinPath(folderOf(uri), textOf(entry(value, 'build', 'context')) ?? '.')
        const file = context === undefined ? undefined : joinPath(context, dockerfile)
        if (file !== undefined) named.add(file)
      }
    }
  }
  return named
}

/** Each stage may inherit the variables of all before it. */
const mostStages = 500

/** Dockerfile, Containerfile, with a suffix or before one; not what lists ignored files, templates, scripts or documents. */
const isDockerfile = (uri: string): boolean => {
  const name = uri.slice(uri.lastIndexOf('/') + 1)
  return (
    /^(dockerfile|containerfile)([._-][\w.-]+)?$|[\w-]+\.(dockerfile|containerfile)$/i.test(name) &&
    !/(ignore|\.(j2|jinja2?|tmpl|tpl|template|erb|in|mustache|ejs|hbs|m4|md|rst|txt|adoc|bak|orig|swp|sh|py|js|ts|go|rs|rb|json|ya?ml|toml|xml|html|lock|patch|diff|vim|snap))$|~$/i.test(
      name,
    )
  )
}

type Values = ReadonlyMap<string, { readonly value: string; readonly from: string } | undefined>

/** What a stage's variables are after its last instruction, and whom it runs as. */
interface Built {
  readonly user: ImageUser
  readonly environment: ReadonlyMap<string, string | undefined>
  readonly assumed: readonly string[]
}

interface Seen {
  readonly facts: readonly Fact[]
  readonly secrets: readonly SecretSpan[]
}

/** Set by BuildKit for each platform: never known before the build. */
const platform = /^(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)$/

const factsOf = (
  { source, text }: TextFile,
  tree: DockerTree,
  targets: readonly Target[],
  at?: (range: Range) => Place,
): Seen => {
  const { uri } = source
  const builders = buildersOf(targets, uri)
  const facts: Fact[] = []
  const secrets: SecretSpan[] = []
  const placeOf = at ?? ((range: Range): Place => ({ in: 'span', source, ...tree.lines.span(range) }))

  const globals = new Map<string, { value: string; from: string } | undefined>()
  for (const { name, value } of tree.globals) {
    const resolved = value === undefined ? undefined : resolveIn(value, globals)
    globals.set(
      name,
      resolved && resolved.unknown.length === 0 ? { value: resolved.text, from: 'its default' } : undefined,
    )
  }
  facts.push(
    ...credentialFacts(
      source,
      'before FROM',
      tree.globals.map(property => ({ property, by: 'ARG' })),
      new Set(),
      placeOf,
      secrets,
    ),
  )

  const byName = new Map<string, Built>()
  for (const [index, stage] of tree.stages.entries()) {
    const name = stage.name ?? `stage ${index + 1}`
    const image = resolveIn(stage.image.text, globals)
    const parent = byName.get(image.text.toLowerCase()) ?? perPlatform(image.text, byName)
    facts.push(baseFact(uri, name, 'FROM', stage.image.text, image, parent !== undefined, placeOf(stage.image.range)))

    const values = new Map<string, { value: string; from: string } | undefined>()
    for (const [key, value] of parent?.environment ?? []) {
      values.set(key, value === undefined ? undefined : { value, from: 'ENV' })
    }
    const environment = new Map(parent?.environment ?? [])
    let user: ImageUser = parent?.user ?? inheritedUser(image)
    let assumed: readonly string[] = parent?.assumed ?? []
    const args = new Set<string>()
    const named: { property: Property; by: string }[] = []
    for (const instruction of stage.instructions) {
      for (const property of instruction.properties) {
        named.push({ property, by: instruction.keyword })
        const { name: key, value } = property
        if (instruction.keyword === 'ARG') {
          args.add(key)
          // ENV wins over ARG of the same name (docs.docker.com, Dockerfile reference, ARG).
          if (environment.has(key)) continue
          const resolved = value === undefined ? undefined : resolveIn(value, values)
          const known =
            resolved && resolved.unknown.length === 0 ? { value: resolved.text, from: 'its default' } : undefined
          values.set(key, value === undefined ? globals.get(key) : known)
        } else {
          const resolved = resolveIn(value ?? '', values)
          const known = resolved.unknown.length === 0 ? resolved.text : undefined
          environment.set(key, known)
          const origin = resolved.assumed.find(one => one.from !== 'ENV')
          const from =
            origin === undefined
              ? 'ENV'
              : origin.from === 'its default' && origin.name !== key
                ? `the default of ${origin.name}`
                : origin.from
          values.set(key, known === undefined ? undefined : { value: known, from })
        }
      }
      if (instruction.keyword === 'USER') {
        const set = userSet(instruction, values, placeOf)
        user = set.user
        assumed = set.assumed
      }
      facts.push(...otherBases(uri, name, instruction, globals, byName, placeOf))
      if (instruction.keyword === 'RUN') facts.push(...commandFacts(source, name, instruction, text, placeOf, secrets))
    }
    facts.push(...credentialFacts(source, name, named, args, placeOf, secrets))
    const result = { user, environment, assumed }
    if (stage.name !== undefined) byName.set(stage.name, result)
    const final = index === tree.stages.length - 1
    const built = {
      final,
      builtBy: final ? undefined : builders.byName(stage.name),
      mayBeBuiltBy: final || stage.name === undefined ? undefined : builders.open,
    }
    facts.push(stageFact(uri, name, built, stage, result, placeOf))
  }
  return { facts, secrets }
}

/** `FROM base-${TARGETARCH}` starts from the stage of the platform: of all that could be meant, one that runs as root. */
const perPlatform = (image: string, stages: ReadonlyMap<string, Built>): Built | undefined => {
  const pattern = image
    .toLowerCase()
    .replace(/[.*+?^()|[\]\\]/g, '\\$&')
    .replace(/\$\{(?:target|build)[a-z]+\}/g, '[a-z0-9]{1,20}')
  if (pattern.includes('$') || !image.includes('$')) return undefined
  const exact = new RegExp(`^${pattern}$`)
  const meant = [...stages].filter(([name]) => exact.test(name)).map(([, built]) => built)
  return meant.find(({ user }) => !('root' in user) || user.root) ?? meant[0]
}

const resolveIn = (text: string, values: Values): Resolved =>
  resolveTemplate(parseTemplate(text), name => (platform.test(name) ? undefined : values.get(name)))

const says = ({ assumed }: Resolved): readonly string[] =>
  assumed.filter(({ from }) => from !== 'ENV').map(({ name, value, from }) => `${name} is ${value} by ${from}`)

export const isRoot = (user: string): boolean => /^(0+|root|containeradministrator)$/i.test(user.split(':', 1)[0] ?? '')

const userSet = (
  instruction: DockerInstruction,
  values: Values,
  placeOf: (range: Range) => Place,
): { user: ImageUser; assumed: readonly string[] } => {
  const [first] = instruction.words
  const written = (first?.text ?? '').replace(/["']/g, '')
  const place = placeOf(first?.range ?? instruction.range)
  const resolved = resolveIn(written, values)
  const name = resolved.text.split(':', 1)[0] ?? ''
  return name === '' || name.includes('$')
    ? { user: { is: 'unknown variable', written, place }, assumed: [] }
    : { user: { is: 'set', user: resolved.text, root: isRoot(resolved.text), place }, assumed: says(resolved) }
}

const inheritedUser = (image: Resolved): ImageUser => {
  if (image.text.toLowerCase() === 'scratch') return { is: 'inherited', user: 'root', root: true, base: 'scratch' }
  const user = image.text.startsWith('$') ? undefined : userOfImage(imageReference(image.text))
  return user === undefined
    ? { is: 'unknown base', base: image.text }
    : { is: 'inherited', user, root: isRoot(user), base: image.text }
}

const stageFact = (
  uri: string,
  name: string,
  built: Pick<DockerfileFacts['dockerfile.stage'], 'final' | 'builtBy' | 'mayBeBuiltBy'>,
  stage: DockerStage,
  { user, assumed }: Built,
  placeOf: (range: Range) => Place,
): Fact<'dockerfile.stage'> => ({
  kind: 'dockerfile.stage',
  // The final image keeps its id when its stage is renamed.
  id: `dockerfile.stage:${uri}/${built.final ? '' : name}`,
  place: user.is === 'set' || user.is === 'unknown variable' ? user.place : placeOf(stage.image.range),
  data: { file: uri, stage: name, ...built, user, assumed },
})

const baseFact = (
  uri: string,
  stage: string,
  by: string,
  written: string,
  image: Resolved,
  isStage: boolean,
  place: Place,
): Fact<'dockerfile.base'> => {
  const { name, tag, digest } = imageReference(image.text)
  const is: DockerfileFacts['dockerfile.base']['is'] = isStage
    ? 'stage'
    : image.text.toLowerCase() === 'scratch'
      ? 'scratch'
      : digest === undefined && (image.text.includes('$') || (by !== 'FROM' && mayBeContext(image.text)))
        ? 'unknown'
        : 'image'
  return {
    kind: 'dockerfile.base',
    id: `dockerfile.base:${uri}/${stage}/${by === 'FROM' ? '' : `${by}/`}${is === 'unknown' ? written : name}`,
    place,
    data: { file: uri, stage, by, image: image.text, is, tag, digest, assumed: says(image), unknown: image.unknown },
  }
}

/** A bare name after `--from` may be that of a build context (`--build-context name=…`), which only the build knows. */
const mayBeContext = (image: string): boolean => /^[\w.-]+$/.test(image) && !isOfficial(image.toLowerCase())

/** Images that COPY and mounts take from. */
const otherBases = (
  uri: string,
  stage: string,
  { keyword, flags }: DockerInstruction,
  globals: Values,
  stages: ReadonlyMap<string, unknown>,
  placeOf: (range: Range) => Place,
): readonly Fact<'dockerfile.base'>[] =>
  flags.flatMap(({ text, range }) => {
    const from = keyword === 'RUN' ? /^--mount=(?:.*,)?from=([^,]+)/.exec(text)?.[1] : /^--from=(.+)$/.exec(text)?.[1]
    if (from === undefined) return []
    const image = resolveIn(from, globals)
    const isStage = stages.has(image.text.toLowerCase()) || /^\d+$/.test(image.text)
    const at = text.indexOf(from)
    const place = placeOf({ start: range.start + at, end: range.start + at + from.length })
    return isStage
      ? []
      : [baseFact(uri, stage, keyword === 'RUN' ? 'RUN --mount' : `${keyword} --from`, from, image, false, place)]
  })

const variableFact = (
  uri: string,
  stage: string,
  said: Pick<DockerfileFacts['dockerfile.variable'], 'name' | 'by' | 'credential' | 'value'>,
  place: Place,
): Fact<'dockerfile.variable'> => ({
  kind: 'dockerfile.variable',
  id: `dockerfile.variable:${uri}/${stage}/${said.by}/${said.name}`,
  place,
  data: { file: uri, stage, ...said },
})

/** ENV and ARG with the name of a credential, or with a password in a URL. */
const credentialFacts = (
  { uri }: Source,
  stage: string,
  named: readonly { readonly property: Property; readonly by: string }[],
  args: ReadonlySet<string>,
  placeOf: (range: Range) => Place,
  secrets: SecretSpan[],
): readonly Fact<'dockerfile.variable'>[] =>
  named.flatMap(({ property, by }): Fact<'dockerfile.variable'>[] => {
    const { name, value, nameRange, valueRange } = property
    const parts = parseTemplate(value ?? '')
    const credential = credentialNamed(name)
    if (credential === undefined) {
      const [url] = passwordsInUrls(veiled(value ?? '', parts))
      if (url === undefined || /^[$V]/.test((value ?? '').slice(url.from, url.to))) return []
      secrets.push({ ...valueRange, kind: 'password in a URL' })
      return [
        variableFact(
          uri,
          stage,
          { name, by, credential: 'password in a URL', value: { is: 'literal' } },
          placeOf(valueRange),
        ),
      ]
    }
    const fact = (source: DockerfileFacts['dockerfile.variable']['value'], range = valueRange) => [
      variableFact(uri, stage, { name, by, credential, value: source }, placeOf(range)),
    ]
    if (value === undefined) return fact({ is: 'build argument' }, nameRange)
    const variable = parts.find(part => part.is === 'variable')
    if (variable?.is === 'variable') {
      const fallback = variable.operator === 'default' ? resolveTemplate(variable.operand, () => undefined).text : ''
      if (fallback !== '' && canBeSecret(fallback, credential)) {
        secrets.push({ ...valueRange, kind: credential })
        return fact({ is: 'literal' })
      }
      return by === 'ENV' && args.has(variable.name) ? fact({ is: 'kept argument', argument: variable.name }) : []
    }
    if (value.trim() === '') return fact({ is: 'empty' }, nameRange)
    if (isReference(value) || !canBeSecret(value, credential)) return []
    secrets.push({ ...valueRange, kind: credential })
    return fact({ is: 'literal' })
  })

/** What a RUN writes into the image's history, and the secrets it is lent instead. */
const commandFacts = (
  { uri }: Source,
  stage: string,
  { range, flags }: DockerInstruction,
  text: string,
  placeOf: (range: Range) => Place,
  secrets: SecretSpan[],
): readonly Fact<'dockerfile.variable'>[] => {
  const facts: Fact<'dockerfile.variable'>[] = []
  for (const flag of flags) {
    const mount = /^--mount=(?=.*\btype=secret\b)/.test(flag.text)
    const id = /\bid=([^,]+)/.exec(flag.text)?.[1] ?? /\b(?:target|dst|destination)=([^,]+)/.exec(flag.text)?.[1]
    if (!mount) continue
    const name = id ?? 'secret'
    facts.push(
      variableFact(
        uri,
        stage,
        { name, by: 'RUN', credential: 'secret', value: { is: 'mounted' } },
        placeOf(flag.range),
      ),
    )
  }
  const command = text.slice(range.start, range.end)
  const add = (name: string, credential: Credential, from: number, to: number): void => {
    const value = command.slice(from, to)
    // `$X`, `$(…)`, backticks and `%X%` are read when the command runs.
    if (/[$`]|^%\w+%$/.test(value) || !canBeSecret(value, credential) || isReference(value) || value === '') return
    const at = { start: range.start + from, end: range.start + to }
    secrets.push({ ...at, kind: credential })
    const is = saysDummy(value) ? 'dummy' : 'literal'
    facts.push(variableFact(uri, stage, { name, by: 'RUN', credential, value: { is } }, placeOf(at)))
  }
  for (const { name, credential, from, to } of credentialsInCommand(command)) add(name, credential, from, to)
  for (const { from, to } of passwordsInUrls(veiled(command, parseTemplate(command)))) {
    add('URL', 'password in a URL', from, to)
  }
  return facts
}
