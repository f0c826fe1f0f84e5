import type { NginxFacts, NginxHsts } from '../facts/nginx.ts'
import type { Place } from '../place.ts'
import { type Loaded, namePlace, valuePlace } from './nginx-load.ts'
import { isCatchAll, locationName } from './nginx-plaintext.ts'
import { firstArg, holeIn, named, perBlock, type Server } from './nginx-server.ts'

const hstsName = 'strict-transport-security'

/** A level that decides headers, as the fact wants it; the place is where a reader should look first. */
export interface HeaderLevel {
  readonly where: string
  readonly place: Place
  readonly hsts: NginxHsts
  readonly covers: readonly string[]
  readonly drops: NginxFacts['nginx.headers']['drops']
  readonly refuses: boolean
}

interface Header {
  readonly name: string
  readonly value: string
  readonly always: boolean
  readonly place: Place
}

const headersOf = perBlock((list): readonly Header[] =>
  named(list, 'add_header').map(entry => {
    const [name, value, last] = entry.directive.args
    return {
      name: name?.text ?? '',
      value: value?.text ?? '',
      always: last?.text === 'always',
      place: valuePlace(entry),
    }
  }),
)

/** headers-more-nginx-module: `more_set_headers "Name: value"`; inner levels add to outer ones. Not for error pages by -s. */
const moreHeaders = (list: readonly Loaded[]): readonly Header[] =>
  named(list, 'more_set_headers').flatMap(entry => {
    const words = entry.directive.args.map(arg => arg.text)
    const narrowed = words.some(word => word === '-s' || word === '-t')
    return words
      .filter(word => /^[A-Za-z-]+:/.test(word))
      .map(word => ({
        name: word.slice(0, word.indexOf(':')),
        value: word.slice(word.indexOf(':') + 1).trim(),
        always: !narrowed,
        place: valuePlace(entry),
      }))
  })

const isHsts = (header: Header): boolean => header.name.toLowerCase() === hstsName

/** `max-age` in seconds, RFC 6797 §6.1.1: directive names in any case, the value may be quoted. */
export const maxAgeOf = (value: string): number | undefined => {
  for (const part of value.split(';')) {
    const found = /^\s*max-age\s*=\s*"?(\d{1,15})"?\s*$/i.exec(part)
    if (found) return Number(found[1])
  }
  return undefined
}

const mapsIn = perBlock((list): ReadonlyMap<string, readonly Loaded[]> => {
  const byVariable = new Map<string, Loaded[]>()
  for (const map of named(list, 'map')) {
    const variable = map.directive.args[1]?.text ?? ''
    byVariable.set(variable, [...(byVariable.get(variable) ?? []).slice(0, 1), map])
  }
  return byVariable
})

/** `map $scheme $hsts { https "max-age=…"; }`: what the variable is over TLS, if that is fixed. */
const valueOverTls = (variable: string, http: readonly Loaded[]): string | undefined => {
  const [map, more] = mapsIn(http).get(`$${variable}`) ?? []
  if (!map || more) return undefined
  const source = firstArg(map)
  const key = source === '$scheme' ? 'https' : source === '$https' ? 'on' : undefined
  if (key === undefined) return undefined
  const row = (name: string): string | undefined =>
    map.children.find(r => r.directive.name.text === name)?.directive.args[0]?.text
  const value = row(key) ?? row('default') ?? ''
  return value.includes('$') ? undefined : value
}

const hstsOf = (header: Header | undefined, http: readonly Loaded[]): NginxHsts => {
  if (!header) return { sent: 'no' }
  const variable = /^\$\{?(\w+)\}?$/.exec(header.value)?.[1]
  const value = variable === undefined ? header.value : valueOverTls(variable, http)
  // nginx leaves out a header whose value is empty.
  if (value === '') return { sent: 'no' }
  const maxAge = value === undefined ? undefined : maxAgeOf(value)
  if (value === undefined || (maxAge === undefined && value.includes('$')))
    return { sent: 'unknown', value: header.value, place: header.place, hidden: false }
  return { sent: 'yes', value, maxAge, always: header.always, place: header.place }
}

type Inherit = 'on' | 'off' | 'merge'

/** What holds at a level after inheritance: add_header_inherit (1.29.3) included. */
interface State {
  /** The first Strict-Transport-Security of those in force: RFC 6797 §8.1, of several a browser takes the first. */
  readonly hsts: Header | undefined
  /** Any add_header is in force. */
  readonly any: boolean
  readonly more: Header | undefined
  readonly inherit: Inherit
}

const ownHsts = perBlock((list): Header | undefined => headersOf(list).find(isHsts))
const ownMore = perBlock((list): Header | undefined => moreHeaders(list).find(isHsts))

const enter = (list: readonly Loaded[], outer: State): State => {
  const hasOwn = headersOf(list).length > 0
  const own = ownHsts(list)
  const said = named(list, 'add_header_inherit').map(firstArg).at(-1)
  const inherit: Inherit = said === 'on' || said === 'off' || said === 'merge' ? said : outer.inherit
  const keeps = inherit !== 'off' && (!hasOwn || inherit === 'merge')
  return {
    hsts: own ?? (keeps ? outer.hsts : undefined),
    any: hasOwn || (keeps && outer.any),
    more: ownMore(list) ?? outer.more,
    inherit,
  }
}

const decides = (list: readonly Loaded[]): boolean =>
  ['add_header', 'add_header_inherit', 'more_set_headers'].some(name => named(list, name).length > 0)

const refusing = (list: readonly Loaded[]): boolean => {
  const code = named(list, 'return').map(firstArg)[0]
  return code !== undefined && /^[45]\d\d$/.test(code)
}

/**
 * The levels of a TLS server that decide headers: the server itself if any request ends there or inherits from there, and each
 * location or `if` that sets headers of its own, since one add_header there drops all that were inherited
 * (ngx_http_headers_merge_conf).
 */
export const headerLevels = (server: Server): readonly HeaderLevel[] => {
  const { block, context } = server
  const outer = enter(context.children, { hsts: undefined, any: false, more: undefined, inherit: 'on' })
  const own = enter(block.children, outer)
  const levels: HeaderLevel[] = []
  /** An include around a level that has no header of its own may be where they are set. */
  const hiddenBy = holeIn(block.children) ?? holeIn(context.children) ?? context.unread

  const walk = (
    list: readonly Loaded[],
    state: State,
    where: string,
    place: Place,
    parent: State,
    answersHere: boolean,
  ): void => {
    const covers: string[] = []
    const visit = (inner: readonly Loaded[], path: string): void => {
      for (const entry of inner) {
        const kind = entry.directive.name.text
        if (!entry.directive.block || !['location', 'if', 'limit_except'].includes(kind)) continue
        const name = kind === 'location' ? locationName(entry) : `if in ${path}`
        // `if` in a server only rewrites; it has no headers of its own.
        if (kind === 'limit_except' || (kind === 'if' && path === 'server')) continue
        if (decides(entry.children)) {
          walk(entry.children, enter(entry.children, state), name, namePlace(entry), state, true)
        } else {
          if (kind === 'location' && !refusing(entry.children)) covers.push(name)
          visit(entry.children, name)
        }
      }
    }
    const ends = named(list, 'return').length > 0
    // A `return` of the server answers before any location is looked at.
    if (!(where === 'server' && ends)) visit(list, where)
    if (!answersHere && covers.length === 0 && !ends) return
    const seen = hstsOf(state.hsts ?? state.more, context.children)
    const hole = holeIn(list) ?? (state.any ? undefined : hiddenBy)
    const hsts: NginxHsts =
      seen.sent === 'no' && hole ? { sent: 'unknown', value: hole.text, place: hole.place, hidden: true } : seen
    const lost = parent.hsts ?? parent.more
    const blocker = headersOf(list)[0]
    const inheritOff = named(list, 'add_header_inherit').find(entry => firstArg(entry) === 'off')
    levels.push({
      where,
      // What may be set in another file is missing here.
      place: hsts.sent === 'no' || (hsts.sent === 'unknown' && hsts.hidden) ? place : hsts.place,
      hsts,
      covers,
      drops:
        hsts.sent === 'no' && lost && (blocker || inheritOff)
          ? {
              by: blocker ? blocker.place : inheritOff ? valuePlace(inheritOff) : place,
              directive: blocker ? `add_header ${blocker.name}` : 'add_header_inherit off',
              inherited: lost.place,
            }
          : undefined,
      refuses: refusing(list),
    })
  }
  const hasCatchAll = named(block.children, 'location').some(isCatchAll)
  walk(block.children, own, 'server', namePlace(block), outer, !hasCatchAll)
  return levels
}
