import type { Gap, GapCause, Related } from '../model.ts'
import type { Lookup } from '../parse/compose-template.ts'
import { type DockerInstruction, type DockerStage, type DockerTree, parseDockerfile } from '../parse/dockerfile.ts'
import { itemsOf, mergedEntries, parseYaml, textOf, type YamlNode } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { Entry, TextFile, Tree } from '../workspace/workspace.ts'
import { type ComposeFile, given, imageName, placeOf, type Written, writtenOf } from './compose-file.ts'
import { everyKind, matchPath, normalise, type Resolved, whereShipped } from './nginx-load.ts'

/** One `COPY` or mount: what stands at `target` in the container comes from `source` in the tree. */
interface Layer {
  /** Absolute, without a trailing slash. */
  readonly target: string
  readonly source: string
  readonly folder: boolean
  /** A mount hides what the image holds below it; a COPY adds to it. */
  readonly hides: boolean
  readonly place: Place
}

/** A container that runs nginx, and where its configuration comes from, as Compose files and Dockerfiles say. */
export interface Deployment {
  /** `service "edge"`, or the Dockerfile's path. */
  readonly by: string
  readonly place: Place
  readonly layers: readonly Layer[]
  /** The Compose file or Dockerfile that says so. */
  readonly from: string
}

export interface Deployments {
  readonly found: readonly Deployment[]
  readonly gaps: readonly Gap[]
  /** Compose files and Dockerfiles that say what runs. */
  readonly files: readonly TextFile[]
}

/** Folders nginx reads its configuration from, in the images people use; the main file is `nginx.conf` below. */
const homes = [
  '/etc/nginx',
  '/usr/local/openresty/nginx/conf',
  '/opt/bitnami/nginx/conf',
  '/usr/local/nginx/conf',
  '/etc/openresty',
] as const

const isHome = (target: string): boolean =>
  homes.some(home => target === home || target.startsWith(`${home}/`)) ||
  target === '/opt/bitnami/nginx/conf/server_blocks'

/** Certificates, keys, pages: nothing nginx would read as configuration. */
const isMaterial = (target: string): boolean =>
  /\.(?:pem|crt|cer|key|p12|csr|html?|css|js|json|lua|txt|htpasswd|mmdb|dat|sh)$/.test(target) ||
  /\/(?:ssl|certs?|tls|keys?|lua|html|logs?|cache|dhparams?|htpasswd|auth|modules|geoip)$/i.test(target) ||
  /(?:^|\/)\.?htpasswd[^/]*$/.test(target)

const images = new Set(['nginx', 'nginx-unprivileged', 'nginx-alpine', 'openresty', 'angie', 'freenginx', 'tengine'])
/** Images that write the configuration themselves. */
const writers = new Set(['nginx-proxy', 'nginx-proxy-manager', 'swag', 'docker-gen'])

const folderOf = (uri: string): string => uri.slice(0, Math.max(0, uri.lastIndexOf('/')))

interface Names {
  readonly files: ReadonlySet<string>
  hasFolder(uri: string): boolean
}

const namesOf = (entries: readonly Entry[]): Names => {
  const folders = new Set<string>([''])
  for (const { uri } of entries)
    for (let at = folderOf(uri); at !== '' && !folders.has(at); at = folderOf(at)) folders.add(at)
  return {
    files: new Set(entries.filter(e => e.type === 'file').map(e => e.uri)),
    hasFolder: uri => folders.has(uri),
  }
}

const trimmed = (target: string): string => (target.length > 1 ? target.replace(/\/+$/, '') : target)

/** A file or folder of the tree at `path`, seen from `base`; undefined if it is neither. */
const layerAt = (names: Names, base: string, path: string): { source: string; folder: boolean } | undefined => {
  const source = normalise(base === '' ? path : `${base}/${path}`)
  if (source === undefined) return undefined
  if (names.files.has(source)) return { source, folder: false }
  return names.hasFolder(source) ? { source, folder: true } : undefined
}

type Report = (place: Place, reason: string, cause?: GapCause) => void

interface Built {
  readonly runsNginx: boolean
  readonly layers: readonly Layer[]
}

/** Commands of RUN that make or change a configuration where nobody can see it from here. */
const rewritesConfig = (text: string): boolean =>
  /\/etc\/nginx|nginx\/conf/.test(text) &&
  /(?:\bsed\s[^|;&]{0,200}-i|\benvsubst\b|\btee\b|>\s{0,4}\/?[\w./-]{0,100}nginx[^\s]{0,100}\.conf|\bcurl\b|\bwget\b)/.test(
    text,
  )

/** What the last stage of a Dockerfile puts where. `context` is the folder COPY starts from. */
const builtBy = (read: TextFile, tree: DockerTree, context: string, names: Names, gap: Report): Built | undefined => {
  const { stages, lines } = tree
  const at = (range: DockerInstruction['range']): Place => ({ in: 'span', source: read.source, ...lines.span(range) })
  const last = stages.at(-1)
  if (!last) return undefined
  // FROM another stage of this file: its files are there too.
  const chain: DockerStage[] = []
  for (let stage: DockerStage | undefined = last; stage && chain.length <= stages.length; ) {
    chain.unshift(stage)
    const parent: string = stage.image.text.toLowerCase()
    const before = stages.slice(0, stages.indexOf(stage))
    stage = before.find(s => s.name === parent)
  }
  const layers: Layer[] = []
  const pending: { place: Place; reason: string }[] = []
  for (const stage of chain) {
    let workdir = '/'
    for (const instruction of stage.instructions) {
      const words = instruction.words.map(w => w.text)
      if (instruction.keyword === 'WORKDIR') {
        const to = words[0] ?? ''
        workdir = trimmed(to.startsWith('/') ? to : `${workdir === '/' ? '' : workdir}/${to}`)
      }
      if (
        instruction.keyword === 'RUN' &&
        rewritesConfig(read.text.slice(instruction.range.start, instruction.range.end))
      )
        pending.push({
          place: at(instruction.range),
          reason: 'RUN writes or changes the configuration of nginx; what it comes to is seen only in the image',
        })
      if (instruction.keyword !== 'COPY' && instruction.keyword !== 'ADD') continue
      const parts = words.map(w => w.replace(/^\[?["']?|["']?[,\]]*$/g, '')).filter(w => w !== '')
      const to = parts.at(-1) ?? ''
      const written = to.startsWith('/') ? to : `${workdir === '/' ? '' : workdir}/${to.replace(/^\.\/?/, '')}`
      const target = trimmed(written)
      const place = at(instruction.range)
      if (instruction.flags.some(flag => /^--from=/.test(flag.text))) {
        if (isHome(target) && !isMaterial(target))
          pending.push({ place, reason: `${target} is copied from another image or stage` })
        continue
      }
      for (const path of parts.slice(0, -1)) {
        const found = layerAt(names, context, path)
        if (!found) {
          if (isHome(target) && !isMaterial(target) && !isMaterial(path))
            pending.push({ place, reason: `${path} is copied to ${target}, but is not in the tree` })
          continue
        }
        // A file into a folder keeps its name.
        const into =
          !found.folder &&
          (written.endsWith('/') || parts.length > 2 || !/\.[\w-]+$|\/[^/]*(?:nginx|default)[^/]*$/.test(target))
        const name = path.slice(path.lastIndexOf('/') + 1)
        layers.push({ ...found, target: into ? `${trimmed(target)}/${name}` : target, hides: false, place })
      }
    }
  }
  const base = imageName(chain[0]?.image.text ?? '')
  const runsNginx =
    images.has(base) || writers.has(base) || layers.some(layer => isHome(layer.target) && !isMaterial(layer.target))
  const writer = chain[0]
  if (writer && writers.has(base))
    pending.push({ place: at(writer.image.range), reason: `${base} writes the configuration of nginx itself` })
  if (runsNginx) for (const { place, reason } of pending.slice(0, 20)) gap(place, reason)
  return { runsNginx, layers }
}

interface Mount {
  readonly target: string
  readonly source: Written
  readonly place: Place
  /** A word alone is a volume; not so the file of a config. */
  readonly isPath: boolean
}

const looksLikePath = (source: string): boolean => /^[./~]|\//.test(source)

/** `volumes` and `configs` of a service that bring files of the tree. */
const mountsOf = (file: ComposeFile, service: YamlNode): readonly Mount[] => {
  const mounts: Mount[] = []
  for (const item of itemsOf(given(service, 'volumes'))) {
    if (item.is === 'map') {
      const source = writtenOf(file, given(item, 'source'))
      const target = textOf(given(item, 'target'))
      if (source && target !== undefined)
        mounts.push({
          source,
          target: trimmed(target),
          place: source.place,
          isPath: looksLikePath(source.text) || textOf(given(item, 'type')) === 'bind',
        })
      continue
    }
    const whole = writtenOf(file, item)
    const parts = whole?.text.split(':') ?? []
    const [source, target] = parts
    if (!whole || source === undefined || target === undefined) continue
    mounts.push({
      source: { ...whole, text: source },
      target: trimmed(target),
      place: whole.place,
      isPath: looksLikePath(source),
    })
  }
  for (const item of itemsOf(given(service, 'configs'))) {
    const name = item.is === 'scalar' ? item.value : textOf(given(item, 'source'))
    if (name === undefined) continue
    const target = item.is === 'map' ? (textOf(given(item, 'target')) ?? `/${name}`) : `/${name}`
    const path = writtenOf(file, given(file.root, 'configs', name, 'file'))
    const place = placeOf(file, item.range)
    const none: Written = { raw: name, text: `config:${name}`, unknown: [], assumed: [], place }
    mounts.push({ target: trimmed(target), source: path ?? none, place, isPath: path !== undefined })
  }
  return mounts
}

export const isCompose = (uri: string): boolean =>
  /(?:^|\/)(?:[\w.-]*[._-])?compose(?:[._-][\w.-]*)?\.ya?ml$/i.test(uri)
const isDockerfile = (uri: string): boolean =>
  /(?:^|\/)(?:dockerfile|containerfile)(?:[._-][\w-]+)*$/i.test(uri) || /\.(?:dockerfile|containerfile)$/i.test(uri)

const maxFiles = 500

/** Every container of the tree that runs nginx. Only what Compose files and Dockerfiles say is known; both are bounded. */
export const deployments = async (tree: Tree, entries: readonly Entry[], signal: AbortSignal): Promise<Deployments> => {
  const names = namesOf(entries)
  const found: Deployment[] = []
  const gaps: Gap[] = []
  const files: TextFile[] = []
  const gap: Report = (place, reason, cause = 'unresolved') => {
    gaps.push({ kinds: everyKind, place, reason, cause })
  }
  const built = new Set<string>()

  const buildOf = async (uri: string, context: string): Promise<Built | undefined> => {
    const read = await tree.text(uri)
    if (!read.ok || !/nginx|openresty|angie/i.test(read.value.text)) return undefined
    const parsed = parseDockerfile(read.value.text)
    const result = parsed.ok ? builtBy(read.value, parsed.tree, context, names, gap) : undefined
    if (result?.runsNginx) files.push(read.value)
    return result
  }

  for (const { uri } of entries.filter(e => e.type === 'file' && isCompose(e.uri)).slice(0, maxFiles)) {
    signal.throwIfAborted()
    const read = await tree.text(uri)
    if (!read.ok || !/nginx|openresty|angie|\bbuild\b/i.test(read.value.text)) continue
    const yaml = parseYaml(read.value.text)
    // What a broken Compose file hides is said by those who judge Compose files.
    const root = yaml.errors.length === 0 ? yaml.documents[0]?.root : undefined
    if (root?.is !== 'map') continue
    const lookup: Lookup = () => undefined
    const file: ComposeFile = {
      source: read.value.source,
      text: read.value.text,
      lines: yaml.lines,
      root,
      project: '.',
      lookup,
    }
    const services = given(root, 'services')
    if (services?.is !== 'map') continue
    const project = folderOf(uri)
    let uses = false
    for (const { key, value } of mergedEntries(services)) {
      if (value.is !== 'map') continue
      const image = writtenOf(file, given(value, 'image'))
      const name = imageName(image?.text ?? '')
      const build = given(value, 'build')
      const context =
        build?.is === 'scalar' ? build.value : build ? (textOf(given(build, 'context')) ?? '.') : undefined
      const folder = context === undefined ? undefined : normalise(project === '' ? context : `${project}/${context}`)
      const layers: Layer[] = []
      let runs = images.has(name) || writers.has(name)
      if (folder !== undefined) {
        const dockerfile = normalise(`${folder}/${textOf(given(build, 'dockerfile')) ?? 'Dockerfile'}`)
        if (dockerfile !== undefined && names.files.has(dockerfile)) {
          built.add(dockerfile)
          const made = await buildOf(dockerfile, folder)
          if (made?.runsNginx) {
            runs = true
            layers.push(...made.layers)
          }
        }
      }
      const mounts = mountsOf(file, value)
      if (!runs && !mounts.some(m => m.isPath && isHome(m.target) && !isMaterial(m.target))) continue
      uses = true
      const by = `service "${key.value}"`
      for (const { source, target, place, isPath } of mounts) {
        // Relative to the first Compose file of the command line, which may be another one, at the root.
        const layer =
          isPath && !/^[/~]/.test(source.text)
            ? (layerAt(names, project, source.text) ?? layerAt(names, '', source.text))
            : undefined
        if (layer) layers.push({ ...layer, target, hides: true, place })
        else if (isHome(target) && !isMaterial(target)) gap(place, missing(source, target, by))
      }
      if (writers.has(name))
        gap(placeOf(file, key.range), `${by} runs ${name}, which writes the configuration of nginx itself`)
      else if (
        !layers.some(l => isHome(l.target)) &&
        !gaps.some(g => mounts.some(m => m.place === g.place)) &&
        folder === undefined
      )
        gap(
          placeOf(file, key.range),
          `${by} runs nginx with the configuration inside its image ${image?.text ?? ''}`.trim(),
        )
      found.push({ by, place: placeOf(file, key.range), layers, from: uri })
    }
    if (uses) files.push(read.value)
  }

  for (const { uri } of entries.filter(e => e.type === 'file' && isDockerfile(e.uri)).slice(0, maxFiles)) {
    signal.throwIfAborted()
    if (built.has(uri)) continue
    const read = await tree.text(uri)
    if (!read.ok || !/nginx|openresty|angie/i.test(read.value.text)) continue
    const parsed = parseDockerfile(read.value.text)
    if (!parsed.ok) continue
    // Without a Compose file nobody says what the build's context is: the nearest folder that holds what is copied.
    let context = folderOf(uri)
    let most = -1
    for (let at = context, up = 0; up < 8; at = folderOf(at), up += 1) {
      const layers = builtBy(read.value, parsed.tree, at, names, () => {})?.layers.length ?? 0
      if (layers > most) {
        most = layers
        context = at
      }
      if (at === '') break
    }
    const made = await buildOf(uri, context)
    const first = made?.runsNginx ? made.layers.find(l => isHome(l.target)) : undefined
    if (made && first) found.push({ by: uri, place: first.place, layers: made.layers, from: uri })
  }
  return { found, gaps, files }
}

const missing = (source: Written, target: string, by: string): string => {
  const variable = source.unknown[0]
  if (variable !== undefined) return `what ${by} mounts at ${target} depends on ${variable}`
  if (source.text.startsWith('config:')) return `${target} of ${by} is a config whose text is not a file of the tree`
  if (!source.text.includes('/') && !source.text.startsWith('.'))
    return `${target} of ${by} is the volume ${source.text}; what it holds is not in the tree`
  return `${by} mounts ${source.text} at ${target}, but it is not in the tree`
}

/** Files of the tree at an absolute path (or glob) of the container, by their place there. Later layers win. */
export const filesAt = (deployment: Deployment, pattern: string, uris: readonly string[]): readonly string[] => {
  const wanted = pattern.split('/').filter(part => part !== '')
  const found = new Map<string, string>()
  for (const layer of deployment.layers) {
    const target = layer.target.split('/').filter(part => part !== '')
    if (!layer.folder) {
      if (matchPath(wanted, target)) found.set(layer.target, layer.source)
      continue
    }
    // The folder's own path is written out; only what is below may be matched by a star.
    if (target.length >= wanted.length || target.some((part, i) => part !== wanted[i])) continue
    if (layer.hides) for (const key of [...found.keys()]) if (key.startsWith(`${layer.target}/`)) found.delete(key)
    const rest = wanted.slice(target.length)
    const prefix = layer.source === '' ? '' : `${layer.source}/`
    for (const uri of uris) {
      if (!uri.startsWith(prefix)) continue
      const below = uri.slice(prefix.length).split('/')
      if (matchPath(rest, below)) found.set(`${layer.target}/${below.join('/')}`, uri)
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, uri]) => uri)
}

/** Where a deployment's main file is, if the tree has it. */
export const mainOf = (deployment: Deployment, uris: readonly string[]): { uri: string; home: string } | undefined => {
  for (const home of homes) {
    const [uri] = filesAt(deployment, `${home}/nginx.conf`, uris)
    if (uri !== undefined) return { uri, home }
  }
  return undefined
}

/** The layer a file came through: what to show as the reason that it runs. */
export const loadedBy = (deployment: Deployment, uri: string): Related => {
  const layer = [...deployment.layers]
    .reverse()
    .find(l => l.source === uri || (l.folder && (l.source === '' || uri.startsWith(`${l.source}/`))))
  const how = layer?.hides ? 'mounted into' : 'copied into'
  return {
    place: layer?.place ?? deployment.place,
    message: `${uri} is ${how} ${deployment.by.startsWith('service') ? deployment.by : `the image of ${deployment.by}`}`,
  }
}

/** What the images' own main files include besides: official and Alpine, Debian, Bitnami. */
export const usualFragments = [
  '/etc/nginx/conf.d/*.conf',
  '/etc/nginx/http.d/*.conf',
  '/etc/nginx/sites-enabled/*',
  '/opt/bitnami/nginx/conf/server_blocks/*.conf',
] as const

/** `include` inside a container: what is copied or mounted there, or nothing. */
export const includeIn =
  (deployment: Deployment, home: string, uris: readonly string[]) =>
  (path: string): Resolved => {
    const absolute = path.startsWith('/') ? path : `${home}/${path}`
    const folded = normalise(absolute)
    if (folded === undefined || path.length > 1024) return { problem: 'it leads out of the container' }
    const direct = filesAt(deployment, `/${folded}`, uris)
    const templates = /^etc\/nginx\/conf\.d\/[^/]+$/.test(folded)
      ? filesAt(deployment, `/${folded.replace('conf.d/', 'templates/')}.template`, uris)
      : []
    if (direct.length + templates.length > 0) return { uris: [...direct, ...templates] }
    if (whereShipped(path)) return 'harmless'
    const covered = deployment.layers.some(l => l.folder && l.hides && `/${folded}`.startsWith(`${l.target}/`))
    // A mounted folder hides what the image had there: a glob that matches nothing is nothing.
    if (covered && /[*?[]/.test(path)) return 'harmless'
    return { problem: `nothing of the tree is copied or mounted there in ${deployment.by}` }
  }
