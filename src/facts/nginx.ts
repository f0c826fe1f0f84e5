import type { Place } from '../place.ts'

/** One word of a setting, and where it stands. */
export interface NginxWordAt {
  readonly text: string
  readonly place: Place
}

/**
 * The value of a directive that holds for a server, after inheritance. `level` is the block it was found in. Several
 * directives of the same level add up where nginx adds them up (`ssl_protocols`).
 */
export interface NginxSetting {
  readonly words: readonly NginxWordAt[]
  readonly level: 'http' | 'stream' | 'mail' | 'server'
  /** No value was seen (`words` is empty), but this include or file, which could not be read, may set one. */
  readonly hidden: NginxWordAt | undefined
}

/** One `listen`. Whether a socket speaks TLS is decided by all servers on it, not by this line alone. */
export interface NginxListen {
  /** As written, without its parameters: `443`, `[::]:8443`, `unix:/run/app.sock`. `80` where there is no listen. */
  readonly text: string
  readonly place: Place
  readonly transport: 'plain' | 'tls' | 'quic' | 'unknown'
  /** From where it can be reached, by its address alone. */
  readonly reach: 'loopback' | 'network' | 'unknown'
  /** The server whose `ssl_protocols` opens the handshake on this socket, when it is another one. */
  readonly defaultServer:
    | { readonly label: string; readonly place: Place; readonly protocols: NginxSetting | undefined }
    | undefined
}

/** What a cipher string comes to, for TLS 1.2 and below. Names are OpenSSL's. */
export interface NginxCiphers {
  readonly written: string
  readonly place: Place
  readonly withoutForwardSecrecy: readonly string[]
  readonly suites: number
  /** Words that are in no list of OpenSSL we know: a policy file, a variable, a misspelling. */
  readonly unknown: readonly string[]
  /** No list was seen, but this include or file, which could not be read, may set one. */
  readonly hidden: NginxWordAt | undefined
}

/** Strict-Transport-Security as nginx would send it. */
export type NginxHsts =
  | { readonly sent: 'no' }
  | {
      readonly sent: 'yes'
      readonly value: string
      /** Seconds; undefined if the value has no max-age. */
      readonly maxAge: number | undefined
      /** Also on 4xx and 5xx. */
      readonly always: boolean
      readonly place: Place
    }
  /** The value is a variable nobody in the configuration gives a fixed value; or (`hidden`) an include or a file that cannot be seen may set it. */
  | { readonly sent: 'unknown'; readonly value: string; readonly place: Place; readonly hidden: boolean }

/** Something a plaintext listener does with a request. */
export interface NginxPlainAnswer {
  /** `location /`, or `server`. */
  readonly where: string
  /** Completes the sentence "it …": `proxies to http://app`, `serves files`, `redirects to http://…`. */
  readonly does: string
  readonly place: Place
}

interface NginxScope {
  /** What to call it in a sentence: `server "shop.example"`, or `server on 443` where it has no name. */
  readonly label: string
  /** The file nginx starts from, or the folder of fragments that is judged as if included in http{}. */
  readonly root: string
  /** Set where nothing in the tree includes this file, so that the http{} around it is unknown. */
  readonly alone: boolean
  /**
   * The mount or COPY by which a container of the tree runs this file; `nothing` where the tree says which files run and this
   * is none of them; `unseen` where it has Compose files and none runs nginx; undefined where it says nothing about it.
   */
  readonly loadedBy: { readonly place: Place; readonly message: string } | 'nothing' | 'unseen' | undefined
}

export interface NginxFacts {
  'nginx.server': NginxScope & {
    readonly module: 'http' | 'stream' | 'mail'
    readonly names: readonly string[]
    readonly listens: readonly NginxListen[]
    /** `rejects`: ssl_reject_handshake, no connection is ever made. `unknown`: a variable may make it TLS. */
    readonly tls: 'terminates' | 'rejects' | 'none' | 'unknown'
    readonly protocols: NginxSetting | undefined
    /** The ciphers in force; `written` is empty where nginx's own default holds. Undefined without TLS. */
    readonly ciphers: NginxCiphers | undefined
    /** `ssl_conf_command` lines that may move protocols or ciphers behind the directives' back. */
    readonly overrides: readonly NginxWordAt[]
  }
  'nginx.plaintext': NginxScope & {
    readonly listens: readonly NginxListen[]
    /** Requests that are answered in plain HTTP with something other than a redirect to https or a refusal. */
    readonly answers: readonly NginxPlainAnswer[]
    /** Answers that depend on what nobody can tell from here: a variable target, a header of a proxy in front. */
    readonly unclear: readonly NginxPlainAnswer[]
    /** What happens to all the rest. */
    readonly otherwise: 'redirects to https' | 'refuses' | undefined
    /** Left out of `answers` on purpose, said to the auditor: ACME challenges, fixed words, loopback-only locations. */
    readonly harmless: readonly string[]
  }
  'nginx.headers': NginxScope & {
    /** `server`, `location /static/`, `if in location /`. */
    readonly where: string
    readonly hsts: NginxHsts
    /** Locations that take their headers from here, without the level itself. */
    readonly covers: readonly string[]
    /** What at this level keeps an inherited Strict-Transport-Security out: `add_header Cache-Control`. */
    readonly drops: { readonly by: Place; readonly directive: string; readonly inherited: Place } | undefined
    /** Every answer from here is a refusal (4xx, 444): nothing is served that could be downgraded. */
    readonly refuses: boolean
  }
}

export interface NginxQuestions {
  'nginx.server': Record<never, never>
  'nginx.plaintext': Record<never, never>
  'nginx.headers': Record<never, never>
}

export const nginxKinds = {
  'nginx.server': 'One server block of nginx with its sockets, protocols and ciphers after include and inheritance.',
  'nginx.plaintext': 'One nginx server that listens without TLS on more than loopback, and what it answers there.',
  'nginx.headers':
    'One level of an nginx server with TLS that decides response headers: the server, or a location with its own.',
} as const satisfies Record<keyof NginxFacts, string>
