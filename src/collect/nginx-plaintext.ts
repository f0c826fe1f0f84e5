import type { NginxPlainAnswer } from '../facts/nginx.ts'
import { type Loaded, namePlace, valuePlace } from './nginx-load.ts'
import { firstArg, holeIn, named, perBlock, type Server } from './nginx-server.ts'

/** What becomes of plain HTTP requests at one level: they end here, or go on to the locations. */
export interface PlainReport {
  readonly answers: readonly NginxPlainAnswer[]
  readonly unclear: readonly NginxPlainAnswer[]
  readonly otherwise: 'redirects to https' | 'refuses' | undefined
  readonly harmless: readonly string[]
}

type End =
  | { readonly end: 'https' | 'refused' }
  | { readonly end: 'plain' | 'unclear'; readonly does: string; readonly place: Place }
  /** A redirect that a header of the proxy in front decides: all that follows is for what that proxy let through. */
  | { readonly end: 'forwarded'; readonly does: string; readonly place: Place }
  /** Fixed words without a variable: `return 200 "ok"`. */
  | { readonly end: 'words'; readonly does: string; readonly place: Place }

type Place = NginxPlainAnswer['place']

/** What the rewrite directives of a level come to: how every request ends, how some do, and whether any goes on. */
interface Rewrites {
  readonly always: End | undefined
  readonly sometimes: readonly End[]
}

/** URL without user, password and query: what may be shown. */
export const shownUrl = (url: string): string => {
  const bare = url.replace(/^([a-z][a-z0-9+.-]{0,20}:\/\/)[^/@]*@/i, '$1').replace(/\?.*$/s, '')
  return bare.length > 120 ? `${bare.slice(0, 120)}…` : bare
}

const redirectTo = (url: string, place: Place): End => {
  if (/^https:\/\//i.test(url)) return { end: 'https' }
  if (/^\$(?!scheme\b)/.test(url) || /^\$\{(?!scheme\})/.test(url))
    return { end: 'unclear', does: `redirects to ${shownUrl(url)}`, place }
  return { end: 'plain', does: `redirects to ${shownUrl(url)}`, place }
}

const returned = (ret: Loaded, handlers: ReadonlyMap<string, Loaded>): End | Loaded => {
  const [first, second] = ret.directive.args
  const place = valuePlace(ret)
  const code = first?.text ?? ''
  // `return URL;` is a 302.
  if (second === undefined && !/^\d+$/.test(code)) return redirectTo(code, place)
  if (/^30[12378]$/.test(code)) return redirectTo(second?.text ?? '', place)
  const handler = handlers.get(code)
  if (handler) return handler
  if (/^[45]\d\d$/.test(code)) return { end: 'refused' }
  if (code === '204') return { end: 'words', does: 'answers 204', place }
  const body = second?.text ?? ''
  return body.includes('$')
    ? { end: 'plain', does: `answers ${code} with a body made of variables`, place }
    : { end: 'words', does: `answers ${code} with fixed words`, place }
}

/** A condition of `if` on a request that came without TLS to a port: always true, never, a guess of a proxy, or unknown. */
const condition = (branch: Loaded): 'true' | 'false' | 'forwarded' | 'unknown' => {
  const words = branch.directive.args.map(arg => arg.text).join(' ')
  const text = words.replace(/^\(\s*/, '').replace(/\s*\)$/, '')
  const parts = /^\$(\w+)\s*(!?[=~]\*?)\s*(.*)$/s.exec(text)
  if (!parts) return text === '$https' ? 'false' : 'unknown'
  const [, variable = '', operator = '', operand = ''] = parts
  const value = operand.trim().replace(/^["']|["']$/g, '')
  if (variable === 'http_x_forwarded_proto' || variable === 'http_x_forwarded_scheme' || variable === 'http_cf_visitor')
    return 'forwarded'
  const actual = variable === 'scheme' ? 'http' : variable === 'https' || variable === 'ssl_protocol' ? '' : undefined
  if (actual === undefined) return 'unknown'
  if (operator === '=') return actual === value ? 'true' : 'false'
  if (operator === '!=') return actual === value ? 'false' : 'true'
  return 'unknown'
}

/** Patterns of `rewrite` that every URI matches. */
const matchesAll = new Set([
  '^',
  '.*',
  '^.*',
  '^.*$',
  '(.*)',
  '^(.*)',
  '^(.*)$',
  '^/',
  '/',
  '^/(.*)',
  '^/(.*)$',
  '^/.*$',
  '^/?(.*)$',
  '^(.+)$',
  '^/.*',
])

/** The rewrite phase of a level, in order: ngx_http_rewrite_module runs its directives before any content is made. */
const rewrites = (
  list: readonly Loaded[],
  handlers: ReadonlyMap<string, Loaded>,
  ends: (l: Loaded) => End,
): Rewrites => {
  const sometimes: End[] = []
  /** Some requests leave the rewrite phase early; what follows is not for all. */
  let leaks = false
  const settle = (end: End): Rewrites =>
    leaks ? { always: undefined, sometimes: [...sometimes, end] } : { always: end, sometimes }
  const endOf = (ret: Loaded): End => {
    const end = returned(ret, handlers)
    return 'directive' in end ? ends(end) : end
  }
  for (const entry of list) {
    const { name, args } = entry.directive
    if (name.text === 'return') return settle(endOf(entry))
    if (name.text === 'break') return { always: undefined, sometimes }
    if (name.text === 'rewrite') {
      const target = args[1]?.text ?? ''
      const flag = args[2]?.text
      const redirects = /^(?:https?:\/\/|\$scheme)/i.test(target) || flag === 'permanent' || flag === 'redirect'
      if (redirects) {
        const end = redirectTo(target, valuePlace(entry))
        if (matchesAll.has(args[0]?.text ?? '')) return settle(end)
        sometimes.push(end)
      } else if (flag === 'last' || flag === 'break') leaks = true
    }
    if (name.text === 'if') {
      const holds = condition(entry)
      if (holds === 'false') continue
      const inner = rewrites(entry.children, handlers, ends)
      if (holds === 'true') {
        if (inner.always) return settle(inner.always)
        sometimes.push(...inner.sometimes)
      } else if (holds === 'forwarded') {
        if (inner.always?.end === 'https')
          sometimes.push({
            end: 'forwarded',
            does: 'redirects to https by a header that a proxy in front must set',
            place: valuePlace(entry),
          })
        else if (inner.always) sometimes.push(inner.always)
      } else {
        if (inner.always) sometimes.push(inner.always)
        sometimes.push(...inner.sometimes)
      }
      if (
        entry.children.some(
          c => c.directive.name.text === 'break' || /^(?:last|break)$/.test(c.directive.args[2]?.text ?? ''),
        )
      )
        leaks = true
    }
  }
  return { always: undefined, sometimes }
}

/** Codes that `error_page` hands to a named location: the answer is then what that location does. */
const handlersOf = (list: readonly Loaded[], byName: ReadonlyMap<string, Loaded>): ReadonlyMap<string, Loaded> => {
  const out = new Map<string, Loaded>()
  for (const page of named(list, 'error_page')) {
    const words = page.directive.args.map(arg => arg.text)
    const target = byName.get(words.at(-1) ?? '')
    if (target) for (const code of words.slice(0, -1)) if (/^\d{3}$/.test(code)) out.set(code, target)
  }
  return out
}

const passes = ['proxy_pass', 'fastcgi_pass', 'uwsgi_pass', 'scgi_pass', 'grpc_pass', 'memcached_pass'] as const

/** What a location does with a request that the rewrite phase let through. */
const content = (location: Loaded): { readonly does: string; readonly place: Place } => {
  const inside = [...location.children, ...named(location.children, 'limit_except').flatMap(l => l.children)]
  for (const pass of passes) {
    const found = named(inside, pass)[0]
    if (!found) continue
    const to = shownUrl(firstArg(found))
    const does = pass === 'proxy_pass' ? `proxies to ${to}` : `passes ${pass.replace('_pass', '')} requests to ${to}`
    return { does, place: valuePlace(found) }
  }
  const conditional = named(location.children, 'if').flatMap(branch => named(branch.children, 'proxy_pass'))[0]
  if (conditional) return { does: `proxies to ${shownUrl(firstArg(conditional))}`, place: valuePlace(conditional) }
  if (named(inside, 'stub_status').length > 0) return { does: 'shows the status page', place: namePlace(location) }
  const lua = inside.find(d => /^content_by_lua/.test(d.directive.name.text) || d.directive.name.text === 'js_content')
  if (lua) return { does: 'answers from a script', place: namePlace(lua) }
  const files = inside.find(d => ['root', 'alias', 'try_files'].includes(d.directive.name.text))
  return { does: 'serves files', place: files ? valuePlace(files) : namePlace(location) }
}

/** The access list in force: a level with rules of its own drops those around it (ngx_http_access_merge_loc_conf). */
interface Access {
  readonly rules: readonly Loaded[]
  /** `satisfy any`: the list is not the last word. */
  readonly loose: boolean
}

const rulesIn = perBlock((list): readonly Loaded[] =>
  list.filter(({ directive }) => directive.name.text === 'allow' || directive.name.text === 'deny'),
)

const accessOf = (list: readonly Loaded[], outer: Access): Access => {
  const own = rulesIn(list)
  const satisfy = named(list, 'satisfy').map(firstArg).at(-1)
  return { rules: own.length > 0 ? own : outer.rules, loose: satisfy === undefined ? outer.loose : satisfy === 'any' }
}

/** Nobody but the machine itself, or nobody at all, gets past the list: its first match decides. */
const isClosed = ({ rules, loose }: Access): 'closed' | 'loopback' | undefined => {
  if (loose) return undefined
  let allowed = false
  for (const rule of rules) {
    const who = firstArg(rule)
    if (rule.directive.name.text === 'deny' && who === 'all') return allowed ? 'loopback' : 'closed'
    if (rule.directive.name.text === 'allow') {
      if (!/^(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}(?:\/(?:8|16|24|32))?|::1|unix:)$/.test(who)) return undefined
      allowed = true
    }
  }
  return undefined
}

/** A pattern with alternatives may match more than challenges. */
const isChallenge = (location: Loaded): boolean => {
  const path = (location.directive.args.at(-1)?.text ?? '').replace(/^\^/, '').replaceAll('\\', '')
  return /^\/?\.well-known\/acme-challenge(?:\/|$|\b)/.test(path) && !path.includes('|')
}

/** The parts of `location = /x`, for people and for "does it match everything". */
export const locationName = (location: Loaded): string =>
  `location ${location.directive.args.map(a => a.text).join(' ')}`

export const isCatchAll = (location: Loaded): boolean => {
  const words = location.directive.args.map(arg => arg.text)
  const path = words.at(-1) ?? ''
  const modifier = words.length > 1 ? (words[0] ?? '') : ''
  if (modifier === '' || modifier === '^~') return path === '/'
  return (modifier === '~' || modifier === '~*') && matchesAll.has(path)
}

/** A `rewrite` that stays within the server can lead into an internal location. */
const hasInternalRewrite = (list: readonly Loaded[]): boolean =>
  list.some(
    ({ directive, children }) =>
      (directive.name.text === 'rewrite' && !/^(?:https?:\/\/|\$scheme)/i.test(directive.args[1]?.text ?? '')) ||
      hasInternalRewrite(children),
  )

/** What a server answers to a request without TLS. */
export const plainAnswers = (server: Server): PlainReport => {
  const { block, context } = server
  const answers: NginxPlainAnswer[] = []
  const unclear: NginxPlainAnswer[] = []
  const harmless: string[] = []
  let redirects = false
  let refuses = false

  const topLocations = named(block.children, 'location')
  const byName = new Map(topLocations.filter(l => firstArg(l).startsWith('@')).map(l => [firstArg(l), l]))
  // A level with error_page of its own drops those around it, but a named location exists in one server only.
  const handlers = new Map([...handlersOf(context.children, byName), ...handlersOf(block.children, byName)])

  /** Worked out once each; one that leads back to itself through error_page ends in the error. */
  const ends = new Map<Loaded, End>()
  const endOfNamed = (location: Loaded): End => {
    const known = ends.get(location)
    if (known) return known
    ends.set(location, { end: 'refused' })
    const own = rewrites(location.children, handlers, endOfNamed)
    const end: End = own.always ?? { end: 'plain', ...content(location) }
    ends.set(location, end)
    return end
  }

  const note = (end: End, where: string, catchAll: boolean): void => {
    if (end.end === 'https') redirects = true
    else if (end.end === 'refused') refuses = true
    else if (end.end === 'unclear' || end.end === 'forwarded') unclear.push({ where, does: end.does, place: end.place })
    else if (end.end === 'words' && !catchAll) harmless.push(`${where} ${end.does}`)
    else if ('does' in end) answers.push({ where, does: end.does, place: end.place })
  }

  const rewritten = hasInternalRewrite(block.children)

  const visit = (location: Loaded, inherited: ReadonlyMap<string, Loaded>, outer: Access): void => {
    const where = locationName(location)
    if (firstArg(location).startsWith('@')) return
    // Only a rewrite, or an answer that counts already, leads into an internal location.
    if (named(location.children, 'internal').length > 0 && !rewritten) return
    if (isChallenge(location)) {
      harmless.push(`${where} answers ACME challenges`)
      return
    }
    const nested = named(location.children, 'location')
    const own = handlersOf(location.children, byName)
    const merged = own.size > 0 ? new Map([...inherited, ...own]) : inherited
    const access = accessOf(location.children, outer)
    // The innermost location is found first; the outer one's `return` does not reach it.
    for (const inner of nested) visit(inner, merged, access)
    const { always, sometimes } = rewrites(location.children, merged, endOfNamed)
    for (const end of sometimes) note(end, where, false)
    if (always) {
      note(always, where, isCatchAll(location))
      return
    }
    const closed = isClosed(access)
    const handler = closed ? merged.get('403') : undefined
    if (handler) note(endOfNamed(handler), where, true)
    if (closed === 'closed') refuses = true
    else if (closed === 'loopback') harmless.push(`${where} answers loopback only`)
    // Requests that no nested location takes. A redirect by a proxy's header stands for all of them.
    else if (!nested.some(isCatchAll) && !sometimes.some(end => end.end === 'forwarded'))
      answers.push({ where, ...content(location) })
  }

  const { always, sometimes } = rewrites(block.children, handlers, endOfNamed)
  for (const end of sometimes) note(end, 'server', false)
  if (always) note(always, 'server', true)
  // Said once: everything behind depends on that header.
  else if (!sometimes.some(end => end.end === 'forwarded')) {
    const access = accessOf(block.children, accessOf(context.children, { rules: [], loose: false }))
    for (const location of topLocations) visit(location, handlers, access)
    if (!topLocations.some(isCatchAll)) {
      const closed = isClosed(access)
      const handler = closed ? handlers.get('403') : undefined
      const root = named(block.children, 'root')[0]
      const hole = holeIn(block.children)
      if (handler) note(endOfNamed(handler), 'server', true)
      if (closed === 'closed') refuses = true
      else if (closed === 'loopback') harmless.push('everything else answers loopback only')
      else if (!root && hole)
        unclear.push({
          where: 'server',
          does: `may redirect or serve by ${hole.text}, which cannot be seen`,
          place: hole.place,
        })
      else answers.push({ where: 'server', does: 'serves files', place: root ? valuePlace(root) : namePlace(block) })
    }
  }
  const isRedirect = (answer: NginxPlainAnswer): boolean => answer.does.startsWith('redirects')
  return {
    // What hands out content first, redirects within plain HTTP after it.
    answers: [...answers.filter(a => !isRedirect(a)), ...answers.filter(isRedirect)],
    unclear,
    harmless: [...new Set(harmless)],
    otherwise: redirects ? 'redirects to https' : refuses ? 'refuses' : undefined,
  }
}
