import type { NginxCiphers, NginxListen, NginxSetting, NginxWordAt } from '../facts/nginx.ts'
import { expandCipherList } from '../parse/cipher-list.ts'
import type { Place } from '../place.ts'
import { type Loaded, namePlace, spanPlace, valuePlace } from './nginx-load.ts'

export type NginxModule = 'http' | 'stream' | 'mail'

/** An http{}, stream{} or mail{} block; for fragments nobody includes, the one they are assumed to stand in. */
export interface Context {
  readonly module: NginxModule
  readonly children: readonly Loaded[]
  /** A file that could not be read, and that may be what stands around these children, or beside them. */
  readonly unread?: NginxWordAt | undefined
}

/** A server block of a context, with its sockets worked out against its neighbours. */
export interface Server {
  readonly block: Loaded
  readonly context: Context
  readonly names: readonly string[]
  readonly listens: readonly NginxListen[]
  readonly tls: 'terminates' | 'rejects' | 'none' | 'unknown'
  readonly protocols: NginxSetting | undefined
  readonly ciphers: NginxCiphers | undefined
  readonly overrides: readonly NginxWordAt[]
}

const indexes = new WeakMap<readonly Loaded[], ReadonlyMap<string, readonly Loaded[]>>()

/** The directives of a name in a block. Indexed once: a block may hold thousands of servers that all look at it. */
export const named = (list: readonly Loaded[], name: string): readonly Loaded[] => {
  const known = indexes.get(list)
  if (known) return known.get(name) ?? []
  const index = new Map<string, Loaded[]>()
  for (const entry of list) {
    const same = index.get(entry.directive.name.text)
    if (same) same.push(entry)
    else index.set(entry.directive.name.text, [entry])
  }
  indexes.set(list, index)
  return index.get(name) ?? []
}

/** What is worked out of a block once, however many servers it holds. */
export const perBlock = <T>(work: (list: readonly Loaded[]) => T): ((list: readonly Loaded[]) => T) => {
  const done = new WeakMap<readonly Loaded[], { readonly value: T }>()
  return list => {
    const known = done.get(list)
    if (known) return known.value
    const value = work(list)
    done.set(list, { value })
    return value
  }
}

export const firstArg = ({ directive }: Loaded): string => directive.args[0]?.text ?? ''

export const nameOf = (block: Loaded): string => {
  const names = serverNames(block)
  return names.find(name => name !== '' && name !== '_') ?? '_'
}

/** What to call a server in a sentence. */
export const labelOf = (block: Loaded): string => {
  const name = nameOf(block)
  if (name !== '_') return `server "${name.length > 100 ? `${name.slice(0, 100)}…` : name}"`
  const listens = named(block.children, 'listen').map(firstArg)
  return `server on ${listens.length > 0 ? listens.slice(0, 4).join(', ') : '80'}`
}

const serverNames = (block: Loaded): readonly string[] =>
  named(block.children, 'server_name').flatMap(({ directive }) => directive.args.map(arg => arg.text))

type Setting = 'ssl_protocols' | 'ssl_ciphers' | 'ssl_reject_handshake' | 'ssl'

const wordsNamed = (name: Setting): ((list: readonly Loaded[]) => readonly NginxWordAt[]) =>
  perBlock(list =>
    named(list, name).flatMap(({ directive, from }) =>
      directive.args.map(arg => ({ text: arg.text, place: spanPlace(from, arg.span) })),
    ),
  )
const wordsOf = {
  ssl_protocols: wordsNamed('ssl_protocols'),
  ssl_ciphers: wordsNamed('ssl_ciphers'),
  ssl_reject_handshake: wordsNamed('ssl_reject_handshake'),
  ssl: wordsNamed('ssl'),
} as const satisfies Record<Setting, unknown>

/** The value in force: of the server if it says anything, else of the block around it. */
const setting = (block: Loaded, context: Context, name: Setting): NginxSetting | undefined => {
  for (const [list, level] of [
    [block.children, 'server'],
    [context.children, context.module],
  ] as const) {
    const words = wordsOf[name](list)
    if (words.length > 0) return { words, level, hidden: undefined }
    const hole = holeIn(list)
    if (hole) return { words, level, hidden: hole }
  }
  return context.unread && { words: [], level: context.module, hidden: context.unread }
}

/** Folders of whole servers: a missing one hides servers, which the gap says, hardly a setting of http{}. */
const serverFolder = /(?:conf\.d|http\.d|sites-enabled|sites|vhosts?(?:\.d)?|servers?)\/[^/]*\*/

/** An include that could not be followed is left in the tree; it may set anything. */
export const holeIn = perBlock((list): NginxWordAt | undefined => {
  const hole = named(list, 'include').find(entry => entry.unread || !serverFolder.test(firstArg(entry)))
  return hole && { text: `include ${firstArg(hole)}`, place: valuePlace(hole) }
})

/** ngx_http_ssl_module: the value of `ssl_ciphers` where none is set. */
const defaultCiphers = 'HIGH:!aNULL:!MD5'

const ciphersOf = (block: Loaded, context: Context, place: Place): NginxCiphers => {
  const set = setting(block, context, 'ssl_ciphers')
  const written = set?.words[0]
  const list = expandCipherList(written?.text ?? defaultCiphers)
  return {
    written: written?.text ?? '',
    place: written?.place ?? place,
    withoutForwardSecrecy: list.withoutForwardSecrecy,
    suites: list.suites.length,
    unknown: list.unknown,
    hidden: set?.hidden,
  }
}

/** OpenSSL commands (SSL_CONF_cmd(3)) that set versions or cipher lists; nginx applies them last. */
const overriding = /^(?:Protocol|MinProtocol|MaxProtocol|CipherString)$/i

const overridesIn = perBlock((list): readonly NginxWordAt[] =>
  named(list, 'ssl_conf_command')
    .filter(entry => overriding.test(firstArg(entry)))
    .map(entry => ({ text: entry.directive.args.map(arg => arg.text).join(' '), place: valuePlace(entry) })),
)

const isOn = (block: Loaded, context: Context, name: Setting): boolean =>
  setting(block, context, name)?.words.at(-1)?.text.toLowerCase() === 'on'

interface Line {
  readonly text: string
  readonly place: Place
  /** Where to point when `ssl` is the matter. */
  readonly socket: string
  readonly saysTls: boolean
  readonly quic: boolean
  readonly saysDefault: boolean
  readonly unknown: boolean
  readonly reach: NginxListen['reach']
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '[::1]' || host === '[0:0:0:0:0:0:0:1]'

const isVariable = (text: string): boolean => /\$|\{\{|<%/.test(text)

const lineOf = (listen: Loaded, module: NginxModule): Line => {
  const [address, ...params] = listen.directive.args
  const text = address?.text ?? ''
  const flags = params.map(p => p.text)
  const quic = flags.includes('quic')
  const place = address ? valuePlace(listen) : namePlace(listen)
  const common = {
    text,
    place,
    saysTls: flags.includes('ssl'),
    quic,
    saysDefault: flags.includes('default_server') || flags.includes('default'),
    // `listen 443 ${TLS};`: the parameter that matters may be in there.
    unknown: flags.some(isVariable),
  }
  if (text.startsWith('unix:')) return { ...common, socket: text, reach: 'loopback' }
  const port = /(?:^|:)(\d{1,5})$/.exec(text)?.[1]
  const isPortOnly = /^\d{1,5}$/.test(text)
  const host = isPortOnly ? '*' : port !== undefined ? text.slice(0, -(port.length + 1)) : text
  const any = host === '0.0.0.0' || host === '' ? '*' : host
  const socket = `${any}:${port ?? (module === 'http' ? '80' : '?')}${quic ? '/quic' : ''}`
  return {
    ...common,
    socket,
    reach: isLoopback(host)
      ? 'loopback'
      : isVariable(host) && !isPortOnly && !/^\$\{?\w+\}?$/.test(text)
        ? 'unknown'
        : 'network',
  }
}

/** Without a `listen`, an http server listens on port 80 (8000 if nginx does not run as root), unless an include says more. */
const impliedOr = (hole: NginxWordAt | undefined, block: Loaded): Line => ({
  text: hole ? hole.text : '80',
  place: hole ? hole.place : namePlace(block),
  socket: hole ? hole.text : '*:80',
  saysTls: false,
  quic: false,
  saysDefault: false,
  unknown: hole !== undefined,
  reach: hole ? 'unknown' : 'network',
})

/**
 * The servers of a block. Two things are decided by the socket, not by the server (ngx_http_add_addresses): it speaks TLS as
 * soon as one `listen` on it says `ssl`, and the handshake starts with the context of its default server, which is the one
 * marked so, or the first.
 */
export const serversOf = (context: Context): readonly Server[] => {
  // Of a server that a syntax error breaks off, nobody can say what it lacks: the gap speaks for it.
  const blocks = named(context.children, 'server').filter(({ directive }) => directive.block && !directive.cut)
  const drafts = blocks.map(block => {
    const lines = named(block.children, 'listen').map(listen => lineOf(listen, context.module))
    if (lines.length === 0 && context.module === 'http') lines.push(impliedOr(holeIn(block.children), block))
    return { block, lines }
  })

  interface Socket {
    tls: boolean
    first: Loaded
    marked: Loaded | undefined
  }
  const sockets = new Map<string, Socket>()
  for (const { block, lines } of drafts)
    for (const line of lines) {
      const socket = sockets.get(line.socket) ?? { tls: false, first: block, marked: undefined }
      if (line.saysTls) socket.tls = true
      if (line.saysDefault) socket.marked ??= block
      sockets.set(line.socket, socket)
    }
  // `ssl on`, gone since 1.25.1, spoke for the sockets whose default server said it (ngx_http_init_connection).
  for (const socket of sockets.values()) if (isOn(socket.marked ?? socket.first, context, 'ssl')) socket.tls = true

  return drafts.map(({ block, lines }) => {
    const protocols = setting(block, context, 'ssl_protocols')
    const listens = lines.map((line): NginxListen => {
      const socket = sockets.get(line.socket)
      const first = socket?.marked ?? socket?.first
      const transport = line.quic ? 'quic' : socket?.tls ? 'tls' : line.unknown ? 'unknown' : 'plain'
      const theirs = first && first !== block ? setting(first, context, 'ssl_protocols') : undefined
      return {
        text: line.text,
        place: line.place,
        transport,
        reach: line.reach,
        defaultServer:
          first && first !== block && transport === 'tls'
            ? { label: labelOf(first), place: namePlace(first), protocols: theirs }
            : undefined,
      }
    })
    const startTls = [...named(block.children, 'starttls'), ...named(context.children, 'starttls').slice(-1)].find(
      d => firstArg(d) !== 'off',
    )
    const encrypted = listens.find(l => l.transport === 'tls' || l.transport === 'quic')
    const speaks = encrypted !== undefined || (context.module === 'mail' && startTls !== undefined)
    const tls = !speaks
      ? listens.some(l => l.transport === 'unknown')
        ? 'unknown'
        : 'none'
      : isOn(block, context, 'ssl_reject_handshake')
        ? 'rejects'
        : 'terminates'
    const place = encrypted?.place ?? namePlace(block)
    return {
      block,
      context,
      names: serverNames(block),
      listens,
      tls,
      protocols,
      ciphers: speaks ? ciphersOf(block, context, place) : undefined,
      overrides: [...overridesIn(block.children), ...overridesIn(context.children)],
    }
  })
}
