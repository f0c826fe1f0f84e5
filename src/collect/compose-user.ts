import type { ComposeFacts } from '../facts/compose.ts'
import type { DockerfileFacts } from '../facts/dockerfile.ts'
import { isNull, type SaidEntry, type SaidMap, type SaidNode, valueAt } from '../parse/compose-tree.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { imageReference, userOfImage } from './base-image.ts'
import { joinPath } from './compose-path.ts'
import { overridden, placeOf, type Written, writtenOf } from './compose-said.ts'
import { isRoot, usersOf } from './dockerfile.ts'

type User = Pick<ComposeFacts['compose.user'], 'user' | 'dockerfile' | 'stage'> & { readonly place: Place }

/** A Dockerfile of the tree; undefined where there is none, or it cannot be read. */
export type ReadDockerfile = (uri: string) => Promise<TextFile | undefined>

/** Services that build an image, by the name they give it. */
export const makersOf = (services: readonly SaidEntry[]): ReadonlyMap<string, SaidEntry> => {
  const makers = new Map<string, SaidEntry>()
  for (const one of services) {
    const build = valueAt(one.value, 'build')
    const image = build === undefined || isNull(build) ? undefined : writtenOf(valueAt(one.value, 'image'))
    if (image !== undefined && !makers.has(image.text)) makers.set(image.text, one)
  }
  return makers
}

/** Whom a service runs as: `user` of the Compose file, else USER of its image, else what its base is known to set. */
export const userOfService = async (
  one: SaidEntry,
  service: SaidMap,
  makers: ReadonlyMap<string, SaidEntry>,
  read: ReadDockerfile,
): Promise<User> => {
  const { dockerfile, stage } = await builtFrom(one, service, makers, read)
  const user = valueAt(service, 'user')
  const said = writtenOf(user)
  const built = { dockerfile, stage: stage?.stage }
  if (user !== undefined && said !== undefined && said.text !== '') {
    return {
      ...built,
      place: said.place,
      user:
        said.unknown.length > 0
          ? { is: 'unknown', because: `\`user\` is ${said.raw}, known only at deploy time` }
          : { is: 'user', name: said.text, root: isRoot(said.text), over: overridden(user) },
    }
  }
  const imageNode = valueAt(service, 'image')
  const image = writtenOf(imageNode)
  const buildNode = valueAt(service, 'build')
  const place = placeOf((buildNode !== undefined && !isNull(buildNode) ? buildNode : imageNode) ?? one.key)
  if (stage !== undefined) return { ...built, place, user: ofStage(stage) }
  if (buildNode !== undefined && !isNull(buildNode))
    return { ...built, place, user: { is: 'unknown', because: 'the Dockerfile it is built from cannot be seen' } }
  return { ...built, place, user: ofImage(image) }
}

const ofImage = (image: Written | undefined): User['user'] => {
  if (image === undefined || image.text === '') return { is: 'fragment' }
  const reference = imageReference(image.text)
  const name = reference.name.includes('$') ? undefined : userOfImage(reference)
  return name === undefined
    ? { is: 'unknown', because: `no \`user\` is set, and whom ${image.text} runs as is not known here` }
    : { is: 'image', name, root: isRoot(name), image: image.text }
}

const ofStage = ({ user, stage }: DockerfileFacts['dockerfile.stage']): User['user'] => {
  switch (user.is) {
    case 'set':
      return { is: 'built', name: user.user, root: user.root, because: `USER of ${stage}` }
    case 'inherited':
      return { is: 'built', name: user.user, root: user.root, because: `no USER is set, and ${user.base} runs as it` }
    case 'unknown base':
      return { is: 'unknown', because: `no USER is set, and whom ${user.base} runs as is not known here` }
    case 'unknown variable':
      return { is: 'unknown', because: `USER is ${user.written}, known only when the image is built` }
  }
}

interface BuiltFrom {
  readonly dockerfile: string | undefined
  readonly stage: DockerfileFacts['dockerfile.stage'] | undefined
}

/** The Dockerfile and stage behind a service: its own build, or that of the service that makes the image it names. */
const builtFrom = async (
  one: SaidEntry,
  service: SaidMap,
  makers: ReadonlyMap<string, SaidEntry>,
  read: ReadDockerfile,
): Promise<BuiltFrom> => {
  const own = valueAt(service, 'build')
  if (own !== undefined && !isNull(own)) return stageOf(one, own, read)
  const image = writtenOf(valueAt(service, 'image'))
  if (image === undefined || image.unknown.length > 0) return { dockerfile: undefined, stage: undefined }
  const maker = makers.get(image.text)
  const build = valueAt(maker?.value, 'build')
  if (maker !== undefined && build !== undefined) return stageOf(maker, build, read)
  return { dockerfile: undefined, stage: undefined }
}

const stageOf = async ({ key }: SaidEntry, build: SaidNode, read: ReadDockerfile): Promise<BuiltFrom> => {
  const context = writtenOf(build.is === 'map' ? valueAt(build, 'context') : build)
  const inline = valueAt(build, 'dockerfile_inline')
  const named = writtenOf(valueAt(build, 'dockerfile'))
  const none = { dockerfile: undefined, stage: undefined }
  let dockerfile: string | undefined
  let file: TextFile | undefined
  if (inline?.is === 'scalar') {
    dockerfile = `${inline.reading.source.uri}#${key.value}`
    file = { source: inline.reading.source, text: inline.value }
  } else {
    if ((context?.unknown.length ?? 0) + (named?.unknown.length ?? 0) > 0) return none
    const folder = joinPath(context?.base ?? key.reading.base, context?.text ?? '.')
    dockerfile = folder === undefined ? undefined : joinPath(folder, named?.text ?? 'Dockerfile')
    file = dockerfile === undefined ? undefined : await read(dockerfile)
  }
  const stages = file === undefined ? undefined : usersOf(file)
  if (stages === undefined) return { dockerfile, stage: undefined }
  const target = writtenOf(valueAt(build, 'target'))
  if (target === undefined || target.text === '') return { dockerfile, stage: stages.at(-1) }
  if (target.unknown.length > 0) return none
  const byNumber = /^\d+$/.test(target.text) ? stages[Number(target.text)] : undefined
  return { dockerfile, stage: stages.find(({ stage }) => stage === target.text.toLowerCase()) ?? byNumber }
}
