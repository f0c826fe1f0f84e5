import type { ReverseProxy } from '../facts/compose.ts'
import { entriesIn, itemsIn, type SaidEntry, type SaidMap, type SaidNode, valueAt } from '../parse/compose-tree.ts'
import { mountTarget, splitMount } from '../parse/compose-value.ts'
import { parseDockerfile } from '../parse/dockerfile.ts'
import type { Entry, Tree } from '../workspace/workspace.ts'
import { imageReference } from './base-image.ts'
import { proxyIn } from './compose-file.ts'
import { joinPath } from './compose-path.ts'
import { textOf, writtenOf } from './compose-said.ts'

/** What is read of a service's configuration at most: files, and bytes of each. */
const bounds = { files: 100, bytes: 256 * 1024 } as const

/**
 * The reverse proxy a service runs, and what the tree shows of it. An image alone makes no edge: the configuration that the
 * service mounts or its Dockerfile copies must pass requests on, and terminate TLS.
 */
export const proxyOf = async (
  one: SaidEntry,
  service: SaidMap,
  model: SaidMap,
  tree: Tree,
  inTree: ReadonlyMap<string, Entry>,
): Promise<ReverseProxy | undefined> => {
  const image = writtenOf(valueAt(service, 'image'))?.text
  const built = await builtFrom(one, service, tree, inTree)
  const name = built === undefined ? proxyIn(image) : (proxyIn(built.image) ?? proxyIn(image))
  if (name === undefined) return undefined
  const family = families[name]
  // Images that write their configuration themselves out of what else runs, and get certificates for it.
  if (family === undefined) return { name, lacks: [], unseen: undefined }

  const files = filesUnder(inTree)
  const uris = new Set<string>(built?.copied.flatMap(files) ?? [])
  let unseen: string | undefined
  for (const { source, target } of mountsOf(service, model)) {
    const uri = source === undefined ? undefined : joinPath(source.base, source.text)
    const found = uri === undefined || source?.unknown.length !== 0 ? [] : files(uri)
    for (const file of found) uris.add(file)
    if (found.length === 0 && family.home.test(target)) unseen ??= `what is mounted at ${target} is not in the tree`
  }
  const official =
    image === undefined || /^(nginxinc\/|openresty\/|haproxytech\/|envoyproxy\/)?[\w-]+$/.test(nameOf(image))
  if (!official && built === undefined) unseen ??= `${image} is built elsewhere`

  const texts = [said(service)]
  if (name === 'traefik') for (const { value } of entriesIn(valueAt(model, 'services'))) texts.push(said(value))
  for (const config of itemsIn(valueAt(service, 'configs'))) {
    const named = textOf(config.is === 'map' ? valueAt(config, 'source') : config)
    const content = named === undefined ? undefined : textOf(valueAt(model, 'configs', named, 'content'))
    if (content !== undefined) texts.push(content)
  }
  for (const uri of [...uris].slice(0, bounds.files)) {
    const read = await tree.text(uri, { most: bounds.bytes })
    if (read.ok) texts.push(read.value.text)
    else unseen ??= `${uri} cannot be read`
  }
  const text = texts.join('\n').replace(/^[ \t]*#.*$/gm, '')
  const lacks = (['proxying', 'TLS'] as const).filter(what => !family[what](text))
  return { name, lacks, unseen: lacks.length > 0 ? unseen : undefined }
}

interface Family {
  /** Where the program reads its configuration in the container. */
  readonly home: RegExp
  readonly proxying: (text: string) => boolean
  readonly TLS: (text: string) => boolean
}

const nginx: Family = {
  home: /^\/(etc\/(nginx|openresty)|usr\/local\/openresty\/nginx\/conf|opt\/bitnami\/nginx\/conf)(\/|$)/,
  proxying: text => /\b(?:proxy|fastcgi|uwsgi|grpc|scgi)_pass\s/.test(text),
  TLS: text => /\blisten\s[^;\n]{0,200}\bssl\b/.test(text) || /\bssl_certificate\s/.test(text),
}
const caddy: Family = {
  home: /^\/etc\/caddy(\/|$)/,
  proxying: text => /\b(?:reverse_proxy|php_fastcgi|forward_auth)\b/.test(text),
  // Caddy gets a certificate for every site that is not said to be plain HTTP (caddyserver.com, Automatic HTTPS).
  TLS: text =>
    !/\bauto_https\s+(?:off|disable_certs)\b/.test(text) &&
    (/^[ \t]+tls\b/m.test(text) || /^(?!http:\/\/|:80\b|:8080\b|\(|\{\s*$)\S[^\n]{0,300}\{[ \t]*$/m.test(text)),
}
const haproxy: Family = {
  home: /^\/usr\/local\/etc\/haproxy(\/|$)/,
  proxying: text => /^[ \t]*(?:default_backend|use_backend|server)[ \t]/m.test(text),
  TLS: text => /^[ \t]*bind[ \t][^\n]{0,500}\bssl\b/m.test(text),
}
const envoy: Family = {
  home: /^\/etc\/envoy(\/|$)/,
  proxying: text => /\bclusters\b/.test(text),
  TLS: text => /\b(?:DownstreamTlsContext|tls_certificates|tls_context)\b/.test(text),
}
const traefik: Family = {
  home: /^\/etc\/traefik(\/|$)/,
  proxying: () => true,
  TLS: text => /\btls\b|cert-?resolver|certificates-?resolvers/i.test(text),
}
const families: Readonly<Record<string, Family>> = {
  nginx,
  'nginx-unprivileged': nginx,
  openresty: nginx,
  caddy,
  haproxy,
  envoy,
  'envoy-alpine': envoy,
  traefik,
}

const nameOf = (image: string): string => imageReference(image).name

/** The files of the tree at a path: itself, or those below it that can be a configuration. */
const filesUnder =
  (inTree: ReadonlyMap<string, Entry>) =>
  (uri: string): readonly string[] => {
    if (inTree.has(uri)) return [uri]
    const below = uri === '' ? '' : `${uri}/`
    return [...inTree.keys()]
      .filter(
        one =>
          one.startsWith(below) && /(\.(conf|cfg|template|tmpl|ya?ml|toml|json|inc)|caddyfile|\/[\w-]+)$/i.test(one),
      )
      .slice(0, bounds.files)
  }

/** Words of the service that configure a proxy: command, environment, labels. */
const said = (service: SaidNode): string => {
  const words: string[] = []
  const pending: SaidNode[] = ['command', 'entrypoint', 'environment', 'labels', 'deploy'].flatMap(
    key => valueAt(service, key) ?? [],
  )
  for (let node = pending.pop(); node !== undefined && words.length < 2_000; node = pending.pop()) {
    if (node.is === 'scalar') words.push(node.value)
    else if (node.is === 'list') for (const next of node.items) pending.push(next)
    else
      for (const { key, value } of node.entries) {
        words.push(key.value)
        pending.push(value)
      }
  }
  return words.join('\n')
}

interface Mount {
  readonly source: ReturnType<typeof writtenOf>
  readonly target: string
}

const mountsOf = (service: SaidMap, model: SaidMap): readonly Mount[] => [
  ...itemsIn(valueAt(service, 'volumes')).flatMap((item): Mount[] => {
    if (item.is === 'map') {
      if (textOf(valueAt(item, 'type')) !== 'bind') return []
      return [{ source: writtenOf(valueAt(item, 'source')), target: textOf(valueAt(item, 'target')) ?? '' }]
    }
    const written = writtenOf(item)
    if (written === undefined) return []
    const [from = ''] = splitMount(written.text)
    const isPath = /^[./~$\\]/.test(from)
    return isPath ? [{ source: { ...written, text: from }, target: mountTarget(written.text) }] : []
  }),
  ...itemsIn(valueAt(service, 'configs')).flatMap((item): Mount[] => {
    const name = textOf(item.is === 'map' ? valueAt(item, 'source') : item)
    const file = name === undefined ? undefined : writtenOf(valueAt(model, 'configs', name, 'file'))
    if (file === undefined) return []
    return [{ source: file, target: (item.is === 'map' ? textOf(valueAt(item, 'target')) : undefined) ?? `/${name}` }]
  }),
]

interface Built {
  /** What the stage that runs starts from. */
  readonly image: string
  /** Paths of the tree that it copies. */
  readonly copied: readonly string[]
}

const builtFrom = async (
  { key }: SaidEntry,
  service: SaidMap,
  tree: Tree,
  inTree: ReadonlyMap<string, Entry>,
): Promise<Built | undefined> => {
  const build = valueAt(service, 'build')
  if (build === undefined) return undefined
  const context = writtenOf(build.is === 'map' ? valueAt(build, 'context') : build)
  const folder = joinPath(context?.base ?? key.reading.base, context?.text ?? '.')
  const inline = writtenOf(valueAt(build, 'dockerfile_inline'))?.text
  const uri =
    folder === undefined ? undefined : joinPath(folder, writtenOf(valueAt(build, 'dockerfile'))?.text ?? 'Dockerfile')
  const read = inline === undefined && uri !== undefined && inTree.has(uri) ? await tree.text(uri) : undefined
  const parsed = parseDockerfile(inline ?? (read?.ok ? read.value.text : ''))
  if (!parsed.ok) return undefined
  const { stages } = parsed.tree
  const target = writtenOf(valueAt(build, 'target'))?.text.toLowerCase()
  let stage = target === undefined ? stages.at(-1) : stages.find(({ name }) => name === target)
  const copied: string[] = []
  for (let depth = 0; stage !== undefined && depth <= stages.length; depth++) {
    for (const { keyword, flags, words } of stage.instructions) {
      if ((keyword !== 'COPY' && keyword !== 'ADD') || flags.some(({ text }) => text.startsWith('--from='))) continue
      const paths = words.map(({ text }) => text.replace(/^\[?["']?|["']?[,\]]*$/g, '')).filter(text => text !== '')
      copied.push(
        ...paths
          .slice(0, -1)
          .flatMap(path => joinPath(folder ?? '', path.replace(/^\//, '').replace(/\/?\*.*$/, '')) ?? []),
      )
    }
    const image: string = stage.image.text
    const parent = stages.slice(0, stages.indexOf(stage)).find(({ name }) => name === image.toLowerCase())
    if (parent === undefined) return { image, copied }
    stage = parent
  }
  return undefined
}
