import type { X509Certificate } from 'node:crypto'
import { lookup } from 'node:dns/promises'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls, rootCertificates, type TLSSocket } from 'node:tls'
import { certificateOf, printable } from './certificate.ts'
import { authorityOf } from './endpoint.ts'
import { clientHello, readAnswer, refusals, type ServerAnswer } from './tls-hello.ts'
import {
  type EndpointAt,
  type EndpointSeen,
  type Endpoints,
  got,
  type HttpAnswer,
  type PeerCertificate,
  type Read,
  refused,
  type TlsSession,
  type TlsVersion,
  tlsVersions,
  type VersionAnswer,
} from './workspace.ts'

/** Milliseconds: of one connection with its answer, and of everything about one endpoint. */
const probeTime = 3_000
const endpointTime = 15_000
/** Sockets open to one endpoint at once, and endpoints probed at once: eight sockets in all. */
const socketsEach = 4
const endpointsAtOnce = 2
/** Bytes read of any answer. */
const mostAnswer = 64 * 1024
const mostHeaders = 16 * 1024

/** Sockets to TLS endpoints. The only file that opens one to a server somebody declared. */
export const netEndpoints = (signal: AbortSignal): Endpoints => {
  const slot = limiter(endpointsAtOnce)
  return {
    probe: (at, roots) =>
      slot(async () => {
        signal.throwIfAborted()
        const within = new AbortController()
        const cancel = until(signal, endpointTime, () => within.abort())
        try {
          const seen = await probe(at, roots, within.signal)
          // What is cut off by the user is not what the server did.
          signal.throwIfAborted()
          return seen
        } finally {
          cancel()
        }
      }),
  }
}

/**
 * Calls `stop` when time is up or the signal says so; the result takes both back. Own timers, because signals made by
 * AbortSignal.any and AbortSignal.timeout can be collected before they fire (Node 20), and a probe would hang.
 */
const until = (signal: AbortSignal, milliseconds: number, stop: () => void): (() => void) => {
  const timer = setTimeout(stop, signal.aborted ? 0 : milliseconds)
  signal.addEventListener('abort', stop, { once: true })
  return () => {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}

const limiter = (most: number): (<T>(task: () => Promise<T>) => Promise<T>) => {
  let running = 0
  const waiting: (() => void)[] = []
  return async task => {
    if (running >= most) await new Promise<void>(resolve => waiting.push(resolve))
    else running++
    try {
      return await task()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

const probe = async (at: EndpointAt, roots: readonly string[], signal: AbortSignal): Promise<Read<EndpointSeen>> => {
  const addresses = await addressesOf(at, signal)
  if (!addresses.ok) return addresses
  let failure = 'no address'
  let address: string | undefined
  for (const candidate of addresses.value) {
    const socket = await open(candidate, at.port, signal)
    if (socket.ok) {
      socket.value.destroy()
      address = candidate
      break
    }
    failure = socket.refusal.reason
  }
  if (address === undefined) return refused('unreadable', failure)
  const there = address

  const slot = limiter(socketsEach)
  const session = slot(() => handshake(there, at, roots, signal))
  const answers = await Promise.all(tlsVersions.map(version => slot(() => offer(there, at, version, signal))))
  const versions = Object.fromEntries(tlsVersions.map((v, n) => [v, answers[n]])) as Record<TlsVersion, VersionAnswer>
  const spoken = await session
  const version = spoken.ok ? tlsVersions.find(v => v === spoken.value.version) : undefined
  // A handshake that was finished is more than any hello.
  if (version) versions[version] = { is: 'accepted' }
  return got({ address: there, versions, session: spoken })
}

const addressesOf = async ({ host, by }: EndpointAt, signal: AbortSignal): Promise<Read<readonly string[]>> => {
  if (by === 'address') return got([host])
  try {
    const found = await raced(lookup(host, { all: true, verbatim: true }), signal)
    if (found === undefined) return refused('unreadable', 'the name was not resolved within 3 s')
    return found.length > 0
      ? got(found.slice(0, 4).map(a => a.address))
      : refused('unreadable', 'the name has no address')
  } catch (error) {
    return refused('unreadable', `the name does not resolve (${codeOf(error)})`)
  }
}

/** The result, or undefined when time is up; `lookup` itself cannot be stopped. */
const raced = <T>(task: Promise<T>, signal: AbortSignal): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    const cancel = until(signal, probeTime, () => resolve(undefined))
    task.then(resolve, reject).finally(cancel)
  })

/** A code such as ECONNREFUSED: set by this machine, never by the server. */
const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^[A-Z0-9_]{1,80}$/.test(code) ? code : 'unknown error'
}

const connectReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection is refused: nothing listens on this port',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ECONNRESET: 'the connection was reset before anything was said',
  EACCES: 'this machine may not open the connection',
}

const open = (host: string, port: number, signal: AbortSignal): Promise<Read<Socket>> =>
  new Promise(resolve => {
    const socket = connectTcp({ host, port })
    const finish = (result: Read<Socket>): void => {
      cancel()
      socket.removeListener('error', failed)
      // Whoever gets the socket listens; until then an error must not end the process.
      socket.on('error', () => {})
      if (!result.ok) socket.destroy()
      resolve(result)
    }
    const cancel = until(signal, probeTime, () => finish(refused('unreadable', 'no connection within 3 s')))
    const failed = (error: Error): void => {
      const code = codeOf(error)
      finish(refused('unreadable', connectReasons[code] ?? `no connection (${code})`))
    }
    socket.once('error', failed)
    socket.once('connect', () => finish(got(socket)))
  })

type Heard = ServerAnswer | { readonly is: 'closed' } | { readonly is: 'silent'; readonly bytes: number }

const ask = async (address: string, port: number, hello: Buffer, signal: AbortSignal): Promise<Heard | string> => {
  const opened = await open(address, port, signal)
  if (!opened.ok) return opened.refusal.reason
  const socket = opened.value
  return new Promise<Heard>(resolve => {
    let bytes = Buffer.alloc(0)
    const finish = (heard: Heard): void => {
      cancel()
      socket.destroy()
      resolve(heard)
    }
    const cancel = until(signal, probeTime, () => finish({ is: 'silent', bytes: bytes.length }))
    const ended = (): void => finish({ is: 'closed' })
    socket.on('error', ended)
    socket.on('close', ended)
    socket.on('end', ended)
    socket.on('data', (chunk: Buffer) => {
      if (bytes.length + chunk.length > mostAnswer) return finish({ is: 'not TLS', speaks: 'an endless answer' })
      bytes = Buffer.concat([bytes, chunk])
      const answer = readAnswer(bytes)
      if (answer.is !== 'more') finish(answer)
    })
    socket.write(hello)
  })
}

/** Offers one version as the highest; a server that only closes is asked again with the suites everybody knows. */
const offer = async (
  address: string,
  at: EndpointAt,
  version: TlsVersion,
  signal: AbortSignal,
): Promise<VersionAnswer> => {
  const first = answerTo(version, await ask(address, at.port, clientHello(version, at, 'all'), signal))
  if (first.is !== 'unsure' || version === 'TLS 1.3' || !first.reason.startsWith('it closed')) return first
  return answerTo(version, await ask(address, at.port, clientHello(version, at, 'common'), signal))
}

const answerTo = (version: TlsVersion, heard: Heard | string): VersionAnswer => {
  if (typeof heard === 'string') return { is: 'unsure', reason: heard }
  switch (heard.is) {
    case 'hello':
      if (heard.version === version) return { is: 'accepted' }
      return heard.version !== undefined && tlsVersions.indexOf(heard.version) < tlsVersions.indexOf(version)
        ? { is: 'refused', by: heard.version }
        : { is: 'unsure', reason: 'it chose a version that was not offered' }
    case 'alert':
      return refusals.has(heard.number)
        ? { is: 'refused', by: heard.name }
        : { is: 'unsure', reason: `it answered with the alert ${heard.name}, which says nothing about the version` }
    case 'closed':
      return { is: 'unsure', reason: 'it closed the connection without an alert' }
    case 'silent': {
      const what = heard.bytes > 0 ? 'no complete answer' : 'no answer'
      return { is: 'unsure', reason: `${what} within 3 s` }
    }
    case 'not TLS':
      return { is: 'unsure', reason: `it speaks ${heard.speaks}` }
    case 'more':
      return { is: 'unsure', reason: 'no complete answer' }
  }
}

/** Reasons of this machine's TLS, by code; others are shown as the code. */
const handshakeReasons: Readonly<Record<string, string>> = {
  ECONNRESET: 'it closed the connection during the handshake',
  EPROTO: 'it broke the protocol',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it takes no version this machine can speak',
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE:
    'it refused the handshake: no suite in common, or it wants a client certificate',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it takes no version this machine can speak',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it wants a client certificate',
}

/** OpenSSL's SSL_OP_LEGACY_SERVER_CONNECT: servers without RFC 5746 are still to be looked at. */
const legacyServerConnect = 0x4

const handshake = async (
  address: string,
  at: EndpointAt,
  roots: readonly string[],
  signal: AbortSignal,
): Promise<Read<TlsSession>> => {
  const { host, port } = at
  const opened = await open(address, port, signal)
  if (!opened.ok) return opened
  const named = at.by === 'name'
  return new Promise(resolve => {
    let socket: TLSSocket
    try {
      socket = connectTls({
        socket: opened.value,
        ...(named ? { servername: host } : {}),
        // Everything is looked at; what is trusted is asked afterwards.
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
        ca: [...rootCertificates, ...roots],
        minVersion: 'TLSv1',
        ciphers: 'ALL:@SECLEVEL=0',
        secureOptions: legacyServerConnect,
      })
    } catch (error) {
      opened.value.destroy()
      return resolve(refused('unreadable', `no handshake could be begun (${codeOf(error)})`))
    }
    let session: Omit<TlsSession, 'http'> | undefined
    let answer = ''
    const finish = (result: Read<TlsSession>): void => {
      cancel()
      socket.destroy()
      opened.value.destroy()
      resolve(result)
    }
    const end = (http: HttpAnswer, reason: string): void =>
      finish(session ? got({ ...session, http }) : refused('unreadable', reason))
    const cancel = until(signal, probeTime, () =>
      end({ is: 'unseen', reason: 'no HTTP response within 3 s' }, 'no handshake within 3 s'),
    )
    socket.on('error', error => {
      const code = codeOf(error)
      end(httpIn(answer, 'end'), handshakeReasons[code] ?? `the handshake failed (${code})`)
    })
    const closed = (): void => end(httpIn(answer, 'end'), 'it closed the connection during the handshake')
    socket.on('close', closed)
    socket.on('end', closed)
    socket.once('secureConnect', () => {
      session = sessionOf(socket, host, named)
      if (session === undefined) return finish(refused('unparsed', 'its certificate could not be read'))
      socket.write(
        `GET / HTTP/1.1\r\nHost: ${port === 443 ? authorityOf(at).replace(/:443$/, '') : authorityOf(at)}\r\n` +
          'User-Agent: iip-audit\r\nAccept: */*\r\nConnection: close\r\n\r\n',
      )
    })
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1')
      const http = httpIn(answer, 'more')
      if (http) end(http, '')
      else if (answer.length > mostHeaders)
        end({ is: 'unseen', reason: 'the response headers are longer than 16 KiB' }, '')
    })
  })
}

/** The final response's status and its Strict-Transport-Security fields; undefined while more may come. */
const httpIn = <S extends 'more' | 'end'>(
  answer: string,
  then: S,
): HttpAnswer | (S extends 'more' ? undefined : never) => {
  const nothing = (reason: string): HttpAnswer | undefined => (then === 'end' ? { is: 'unseen', reason } : undefined)
  let rest = answer
  for (let interim = 0; interim < 5; interim++) {
    if (rest === '') return nothing('it closed the connection without an HTTP response') as HttpAnswer
    const line = /^HTTP\/\d(?:\.\d)? (\d{3})(?: [^\r\n]*)?\r?\n/.exec(rest)
    if (!line) {
      const begun = 'HTTP/'.startsWith(rest.slice(0, 5)) && !/\n/.test(rest)
      return begun ? (nothing('its HTTP response broke off') as HttpAnswer) : { is: 'not HTTP' }
    }
    const end = /\r?\n\r?\n/.exec(rest)
    if (!end) return nothing('its HTTP response broke off') as HttpAnswer
    const status = Number(line[1])
    // 100 Continue, 103 Early Hints: the response is still to come.
    if (status >= 100 && status < 200 && status !== 101) {
      rest = rest.slice(end.index + end[0].length)
      continue
    }
    const hsts = rest
      .slice(line[0].length, end.index)
      .split(/\r?\n/)
      .flatMap(field => /^strict-transport-security:[ \t]*(.*)$/i.exec(field)?.[1] ?? [])
      .slice(0, 5)
      .map(value => printable(value, 200))
    return { is: 'response', status, hsts }
  }
  return { is: 'not HTTP' }
}

const sessionOf = (socket: TLSSocket, host: string, named: boolean): Omit<TlsSession, 'http'> | undefined => {
  try {
    const leaf = socket.getPeerX509Certificate()
    if (!leaf) return undefined
    const chain: PeerCertificate[] = []
    const seen = new Set<string>()
    for (let at: X509Certificate | undefined = leaf; at && chain.length < 10; at = at.issuerCertificate) {
      if (seen.has(at.fingerprint256)) break
      seen.add(at.fingerprint256)
      chain.push(certificateOf(at))
    }
    const trust = socket.authorized ? 'trusted' : String(socket.authorizationError)
    const matches = named ? leaf.checkHost(host, { subject: 'never', partialWildcards: false }) : leaf.checkIP(host)
    return {
      version: spokenVersion(socket.getProtocol()),
      cipher: printable(socket.getCipher().name, 60),
      chain,
      trust: /^[A-Z_]{1,60}$/.test(trust) || trust === 'trusted' ? trust : 'not trusted',
      nameMatches: matches !== undefined,
    }
  } catch {
    // A certificate OpenSSL reads and Node does not: a broken date or key.
    return undefined
  }
}

const spokenVersion = (protocol: string | null): string =>
  protocol === 'TLSv1' ? 'TLS 1.0' : (protocol ?? '').replace(/^TLSv/, 'TLS ')
