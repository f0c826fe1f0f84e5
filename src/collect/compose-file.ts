import { type Lookup, parseTemplate, type Resolved, resolveTemplate } from '../parse/compose-template.ts'
import type { Lines, Range } from '../parse/lines.ts'
import { mergedEntries, pair, rangeIn, type YamlMap, type YamlNode, type YamlScalar } from '../parse/yaml.ts'
import type { Place, Source } from '../place.ts'

/** One document of a Compose file, and what its variables are known to be. */
export interface ComposeFile {
  readonly source: Source
  readonly text: string
  readonly lines: Lines
  readonly root: YamlMap
  /** `.` for the root of the repository. */
  readonly project: string
  readonly lookup: Lookup
}

/** A value with its variables filled in, and where it is written. */
export interface Written extends Resolved {
  readonly raw: string
  readonly place: Place
}

export const placeOf = (file: ComposeFile, range: Range): Place => ({
  in: 'span',
  source: file.source,
  ...file.lines.span(range),
})

/** The value of a scalar from `from` on; undefined for null, `!reset` and what is no scalar. */
export const writtenOf = (file: ComposeFile, node: YamlNode | undefined, from = 0): Written | undefined => {
  if (node?.is !== 'scalar' || node.type === 'null' || node.tag === '!reset') return undefined
  const raw = node.value.slice(from)
  const range = from === 0 ? node.range : rangeIn(file.text, node, from, node.value.length)
  return { raw, place: placeOf(file, range), ...resolveTemplate(parseTemplate(raw), file.lookup) }
}

/** The value under a key, unless it is taken away by `!reset`. */
export const given = (node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined => {
  let at = node
  for (const key of path) {
    at = pair(at, key)?.value
    if (at?.tag === '!reset') return undefined
  }
  return at
}

/** Compose takes these words for true (compose-go, cast of `toBoolean`). */
export const isTrue = (text: string): boolean => /^(true|yes|y|on|1)$/i.test(text.trim())

/** A name and its value, out of a mapping or of a list of `NAME=value`. */
export interface NamedValue {
  readonly name: string
  readonly scalar: YamlScalar
  /** Where in the scalar the value begins; undefined where there is no value. */
  readonly from: number | undefined
}

export const namedValues = (node: YamlNode | undefined): readonly NamedValue[] => {
  if (node?.is === 'map') {
    return mergedEntries(node).flatMap(({ key, value }) =>
      value.is === 'scalar' && value.tag !== '!reset'
        ? [{ name: key.value, scalar: value, from: value.type === 'null' ? undefined : 0 }]
        : [],
    )
  }
  if (node?.is !== 'list') return []
  return node.items.flatMap((item): NamedValue[] => {
    if (item.is !== 'scalar' || item.type === 'null') return []
    const equals = item.value.indexOf('=')
    return equals === -1
      ? [{ name: item.value.trim(), scalar: item, from: undefined }]
      : [{ name: item.value.slice(0, equals).trim(), scalar: item, from: equals + 1 }]
  })
}

/** `image` without registry, tag and digest: `ghcr.io/x/traefik:v3` → `traefik`. */
export const imageName = (image: string): string =>
  (image.split('@', 1)[0] ?? '')
    .replace(/:[^/:]*$/, '')
    .split('/')
    .at(-1)
    ?.toLowerCase() ?? ''

const proxies: ReadonlySet<string> = new Set(
  (
    'nginx nginx-unprivileged nginx-proxy nginx-proxy-manager openresty swag traefik caddy caddy-docker-proxy haproxy ' +
    'envoy envoy-alpine'
  ).split(' '),
)

/** The reverse proxy an image is, by its name. */
export const proxyIn = (image: string | undefined): string | undefined => {
  const name = image === undefined ? '' : imageName(image)
  return proxies.has(name) ? name : undefined
}
