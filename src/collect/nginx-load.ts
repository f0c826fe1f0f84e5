import type { FactKind, Gap, GapCause } from '../model.ts'
import type { NginxConfig, NginxDirective, NginxSpan } from '../parse/nginx.ts'
import type { Place } from '../place.ts'
import type { Refusal, TextFile } from '../workspace/workspace.ts'

/** A configuration file of the tree, read and parsed once. */
export interface ConfFile {
  readonly file: TextFile
  readonly config: NginxConfig
  /** `envsubst` fills it in when the container starts: `${NAME}` is not nginx's variable. */
  readonly template: boolean
}

/** A directive in the place where nginx sees it: includes are gone, and each knows the file it came from. */
export interface Loaded {
  readonly directive: NginxDirective
  readonly from: ConfFile
  readonly children: readonly Loaded[]
  /** An include whose file is there and could not be read, or not to its end: it stands for whatever is in there. */
  readonly unread?: true
}

/** Names and texts of the tree, as this collector sees them. `uris` is sorted. */
export interface ConfFiles {
  readonly uris: readonly string[]
  read(uri: string): Promise<ConfFile | Refusal>
}

export const everyKind: readonly FactKind[] = ['nginx.server', 'nginx.plaintext', 'nginx.headers']
/** TLS cannot be set inside a location. */
const locationKinds: readonly FactKind[] = ['nginx.plaintext', 'nginx.headers']

export const spanPlace = (from: ConfFile, span: NginxSpan): Place => ({
  in: 'span',
  source: from.file.source,
  start: span.start,
  end: span.end,
})

/** All arguments of a directive, or its name if it has none. */
export const valuePlace = ({ directive, from }: Loaded): Place => {
  const first = directive.args[0]
  const last = directive.args.at(-1)
  if (!first || !last) return spanPlace(from, directive.name.span)
  return { in: 'span', source: from.file.source, start: first.span.start, end: last.span.end }
}

export const namePlace = ({ directive, from }: Loaded): Place => spanPlace(from, directive.name.span)

/** Files every distribution of nginx ships; none of them can hold a server, TLS or a security header. */
const shipped = new Set([
  'mime.types',
  'fastcgi.conf',
  'fastcgi_params',
  'uwsgi_params',
  'scgi_params',
  'proxy_params',
  'koi-utf',
  'koi-win',
  'win-utf',
  'naxsi_core.rules',
])
/** Folders of `load_module` lines. */
const moduleFolder = /(?:^|\/)(?:modules|modules-enabled|modules\.d)\/\*(?:\.conf)?$/

/** Where packages and images keep the configuration: an absolute include below them is one below our main file. */
const prefixes = [
  '/etc/nginx/',
  '/usr/local/nginx/conf/',
  '/usr/local/etc/nginx/',
  '/usr/local/openresty/nginx/conf/',
  '/opt/bitnami/nginx/conf/',
  '/etc/openresty/',
  '/etc/angie/',
]

const maxDirectives = 200_000
const maxIncludeDepth = 32
const maxGaps = 2000
const maxPattern = 1024

/** glob(3) within one path segment: `*`, `?`, `[a-z]`; a leading dot must be named. At most length × length steps. */
const matchSegment = (pattern: string, name: string): boolean => {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  let p = 0
  let n = 0
  let starP = -1
  let starN = 0
  while (n < name.length) {
    const ch = pattern[p]
    if (ch === '*') {
      starP = p
      starN = n
      p += 1
      continue
    }
    const close = ch === '[' ? pattern.indexOf(']', p + 2) : -1
    const fits =
      close > 0
        ? inSet(pattern.slice(p + 1, close), name.charAt(n))
        : ch !== undefined && (ch === '?' || ch === name[n])
    if (fits) {
      p = close > 0 ? close + 1 : p + 1
      n += 1
    } else if (starP >= 0) {
      starN += 1
      n = starN
      p = starP + 1
    } else return false
  }
  while (pattern[p] === '*') p += 1
  return p >= pattern.length
}

const inSet = (set: string, ch: string): boolean => {
  const negated = set.startsWith('!') || set.startsWith('^')
  const body = negated ? set.slice(1) : set
  let found = false
  for (let i = 0; i < body.length; i += 1) {
    if (body[i + 1] === '-' && i + 2 < body.length) {
      if (ch >= body.charAt(i) && ch <= body.charAt(i + 2)) found = true
      i += 2
    } else if (body[i] === ch) found = true
  }
  return found !== negated
}

const isGlob = (path: string): boolean => /[*?[]/.test(path)

export const matchPath = (pattern: readonly string[], segments: readonly string[]): boolean =>
  pattern.length === segments.length && pattern.every((part, i) => matchSegment(part, segments[i] ?? ''))

/** `a/./b/../c` → `a/c`; undefined when it climbs out of the tree. */
export const normalise = (path: string): string | undefined => {
  const out: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') out.push(part)
    else if (out.pop() === undefined) return undefined
  }
  return out.join('/')
}

export const folderOf = (uri: string): string => uri.slice(0, Math.max(0, uri.lastIndexOf('/')))
const baseOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)
const join = (folder: string, path: string): string => (folder === '' ? path : `${folder}/${path}`)

/** A `conf.d` of another program is not the one an include of nginx means. */
const foreign =
  /(?:^|\/)(?:apache\w*|httpd|php[\w.-]*|mysql|mariadb|redis|supervisord?|fail2ban|logrotate|dovecot|postfix|postgres\w*|rsyslog|haproxy|varnish|squid|lighttpd|sysctl|modprobe)\.?\w*\//i

export type Resolved = { readonly uris: readonly string[] } | { readonly problem: string } | 'harmless'

/**
 * Which files of the tree an `include` names. nginx takes a relative path from the folder of the main file
 * (ngx_conf_full_name), not of the including one; an absolute one is looked for below the main file, and then anywhere in the
 * tree if only one folder fits.
 */
export const resolveInclude = (path: string, prefix: string, uris: readonly string[]): Resolved => {
  if (path.length > maxPattern) return { problem: 'its path is longer than any file name' }
  if (/\$|\{\{|<%|%%/.test(path)) return { problem: 'what it names is known only when the file is filled in' }
  const below = prefixes.find(p => path.startsWith(p))
  const relative = normalise(below ? path.slice(below.length) : path.replace(/^\/+/, ''))
  if (relative === undefined || relative === '') return { problem: 'it leads out of the tree' }
  const pattern = relative.split('/')
  const absolute = path.startsWith('/')

  const at = (folder: string): readonly string[] => {
    const full = normalise(join(folder, relative))
    if (full === undefined) return []
    if (!isGlob(full)) return uris.includes(full) ? [full] : []
    const parts = full.split('/')
    return uris.filter(uri => matchPath(parts, uri.split('/')))
  }
  // docker-entrypoint.d/20-envsubst-on-templates.sh of the official image: templates/x.conf.template → conf.d/x.conf
  const filledIn = (folder: string): readonly string[] => {
    const last = pattern.at(-1) ?? ''
    if (pattern.at(-2) !== 'conf.d') return []
    return uris.filter(
      uri => folderOf(uri) === join(folder, 'templates') && matchSegment(`${last}.template`, baseOf(uri)),
    )
  }
  const direct = [...at(prefix), ...filledIn(prefix)]
  if (direct.length > 0) return { uris: direct }

  if (pattern.length >= 2) {
    for (let skip = 0; pattern.length - skip >= 2; skip += 1) {
      const tail = pattern.slice(skip)
      const found = uris.filter(uri => matchPath(tail, uri.split('/').slice(-tail.length)) && !foreign.test(uri))
      const folders = new Set(found.map(folderOf))
      if (folders.size === 1) return { uris: found }
      if (folders.size > 1)
        return { problem: `several folders of the tree could be meant: ${[...folders].sort().slice(0, 3).join(', ')}` }
      if (!absolute || below) break
    }
    const templates =
      pattern.at(-2) === 'conf.d' ? uris.filter(uri => /(?:^|\/)templates\/[^/]*\.conf\.template$/.test(uri)) : []
    if (new Set(templates.map(folderOf)).size === 1) return { uris: templates }
  }
  if (whereShipped(path)) return 'harmless'
  return { problem: isGlob(path) ? 'no file of the tree matches it' : 'it is not in the tree' }
}

/** The distribution's own files: absent from the tree, and known to hold nothing that is judged. */
export const whereShipped = (path: string): boolean => shipped.has(baseOf(path)) || moduleFolder.test(path)

export interface Loading {
  readonly files: ConfFiles
  /** Files taken in so far, over all roots: each is judged where it is included, not again by itself. */
  readonly included: Set<string>
  /** The files the root at hand has taken in. */
  readonly taken: Set<string>
  readonly gaps: Gap[]
  budget: number
}

export const loading = (files: ConfFiles): Loading => ({
  files,
  included: new Set(),
  taken: new Set(),
  gaps: [],
  budget: maxDirectives,
})

/** The directives of a file with its includes put in place. What cannot be followed is a gap at the include. */
export const load = async (
  conf: ConfFile,
  resolve: (path: string) => Resolved,
  state: Loading,
): Promise<readonly Loaded[]> => {
  const gap = (cause: GapCause, place: Place, reason: string, kinds: readonly FactKind[] = everyKind): void => {
    // The first thousands say it; all of them would be the file again.
    if (kinds.length > 0 && state.gaps.length < maxGaps) state.gaps.push({ kinds, place, reason, cause })
  }

  const expand = async (
    from: ConfFile,
    directives: readonly NginxDirective[],
    inside: string,
    stack: readonly string[],
  ): Promise<readonly Loaded[]> => {
    const out: Loaded[] = []
    for (const directive of directives) {
      if (state.budget <= 0) return out
      state.budget -= 1
      if (state.budget === 0)
        gap('too-large', spanPlace(from, directive.name.span), `more than ${maxDirectives} directives after include`)
      const name = directive.name.text
      if (from.template && /\$\{?[A-Za-z_]/.test(name))
        gap(
          'unresolved',
          spanPlace(from, directive.name.span),
          `what ${name} stands for is known only when it is filled in`,
        )
      if (name !== 'include' || directive.block) {
        const children = directive.block ? await expand(from, directive.block, name, stack) : []
        out.push({ directive, from, children })
        continue
      }
      const path = directive.args[0]
      if (!path) continue
      const kinds = kindsInside(inside)
      const place = spanPlace(from, path.span)
      const resolved = resolve(path.text)
      if (resolved === 'harmless') continue
      if ('problem' in resolved) {
        gap('unresolved', place, `include ${path.text}: ${resolved.problem}`, kinds)
        // It stays in the tree as a hole: what is missing here cannot be called absent.
        out.push({ directive, from, children: [] })
        continue
      }
      for (const uri of resolved.uris) {
        if (stack.includes(uri)) {
          gap('unparsed', place, `include ${path.text}: ${uri} includes itself`, kinds)
          continue
        }
        if (stack.length >= maxIncludeDepth) {
          gap('too-large', place, `include ${path.text}: includes nested deeper than ${maxIncludeDepth}`, kinds)
          out.push({ directive, from, children: [], unread: true })
          continue
        }
        const read = await state.files.read(uri)
        if ('cause' in read) {
          gap(read.cause, place, `include ${path.text}: ${uri} ${read.reason}`, kinds)
          out.push({ directive, from, children: [], unread: true })
          continue
        }
        state.included.add(uri)
        state.taken.add(uri)
        for (const entry of await expand(read, read.config.directives, inside, [...stack, uri])) out.push(entry)
        if (read.config.error) out.push({ directive, from, children: [], unread: true })
      }
    }
    return out
  }
  return expand(conf, conf.config.directives, '', [conf.file.source.uri])
}

/** What a file that is missing here may have held. */
const kindsInside = (block: string): readonly FactKind[] => {
  if (block === 'location' || block === 'if' || block === 'limit_except') return locationKinds
  return ['upstream', 'types', 'map', 'geo', 'split_clients', 'charset_map', 'events'].includes(block) ? [] : everyKind
}
