import type { TlsCertificateSeen, TlsFacts, TlsVersionSeen } from '../facts/tls.ts'
import type { Deposit, Fact, FactKind, Gap, SecretSpan } from '../model.ts'
import type { Place } from '../place.ts'
import { authorityOf, endpointOf } from '../workspace/endpoint.ts'
import {
  type EndpointAt,
  type EndpointSeen,
  type PeerCertificate,
  type Refusal,
  tlsVersions,
  type VersionAnswer,
} from '../workspace/workspace.ts'
import { answerAll, type CollectorFactory } from './collector.ts'

const kinds = ['tls.endpoint', 'tls.certificate', 'tls.hsts'] as const
type Kind = (typeof kinds)[number]

/** Bytes of a file with roots: the system's whole bundle is a quarter of it. */
const mostRoots = 1024 * 1024

/** Facts of the TLS endpoints that were asked for. Without one there is nothing to say, and nothing is opened. */
export const collector: CollectorFactory = ({ workspace, inputs, signal }) => ({
  answers: kinds,
  collect: async questions => {
    const facts: Fact<Kind>[] = []
    const gaps: Gap[] = []
    const gap = (concerned: readonly FactKind[], place: Place, { cause, reason }: Refusal): void => {
      gaps.push({ kinds: concerned, place, cause, reason })
    }
    const roots: string[] = []
    const deposits: Deposit[] = []
    if (inputs.endpoints.length > 0) {
      for (const path of inputs.ca) {
        const read = await workspace.inputs.text(path, { most: mostRoots })
        const place: Place = { in: 'file', uri: path }
        if (!read.ok) gap(['tls.certificate'], place, read.refusal)
        else if (!/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/.test(read.value.text)) {
          gap(['tls.certificate'], place, { cause: 'unparsed', reason: 'no PEM certificate in this file' })
        } else {
          roots.push(read.value.text)
          deposits.push({ ...read.value, secrets: privateKeysIn(read.value.text) })
        }
      }
    }
    const known = new Set<string>()
    const probes = inputs.endpoints.map(async written => {
      const at = endpointOf(written)
      if (!at) {
        const place: Place = { in: 'endpoint', authority: written }
        return () => gap(kinds, place, { cause: 'unresolved', reason: 'not a host and port, such as example.org:443' })
      }
      const authority = authorityOf(at)
      const place: Place = { in: 'endpoint', authority }
      if (known.has(authority)) return () => {}
      known.add(authority)
      const { endpoints } = workspace
      if (!endpoints) return () => gap(kinds, place, { cause: 'not-asked', reason: 'no network in this run' })
      const seen = await endpoints.probe(at, roots)
      return () => {
        if (!seen.ok) gap(kinds, place, seen.refusal)
        else factsOf(at, authority, place, seen.value, roots.length, facts, (of, refusal) => gap(of, place, refusal))
      }
    })
    // In the order they were asked for, however long each of them took.
    for (const add of await Promise.all(probes)) add()
    signal.throwIfAborted()
    for (const written of inputs.endpointsNotAsked ?? []) {
      const at = endpointOf(written)
      const authority = at ? authorityOf(at) : written
      const reason = 'declared in the profile, and not asked in this run'
      if (!known.has(authority)) gap(kinds, { in: 'endpoint', authority }, { cause: 'not-asked', reason })
    }
    return { answers: answerAll(questions, kind => facts.filter(fact => fact.kind === kind), gaps), deposits }
  },
})

/** A bundle may hold the key beside the certificate. */
const privateKeysIn = (text: string): SecretSpan[] => {
  const found: SecretSpan[] = []
  for (const begin of text.matchAll(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g)) {
    const end = text.indexOf('-----END', begin.index)
    found.push({ start: begin.index, end: end === -1 ? text.length : end, kind: 'private key' })
  }
  return found
}

/** Ports whose protocol is no HTTP (IANA): what browsers are told does not concern them. */
const otherProtocols: Readonly<Record<number, string>> = {
  465: 'SMTP',
  563: 'NNTP',
  636: 'LDAP',
  853: 'DNS',
  989: 'FTP',
  990: 'FTP',
  992: 'Telnet',
  993: 'IMAP',
  994: 'IRC',
  995: 'POP3',
  3269: 'LDAP',
  5061: 'SIP',
  5432: 'PostgreSQL',
  5671: 'AMQP',
  6380: 'Redis',
  6514: 'syslog',
  6697: 'IRC',
  8883: 'MQTT',
}

const factsOf = (
  at: EndpointAt,
  authority: string,
  place: Place,
  seen: EndpointSeen,
  extraRoots: number,
  facts: Fact<Kind>[],
  gap: (concerned: readonly FactKind[], refusal: Refusal) => void,
): void => {
  const { session } = seen
  const versions = tlsVersions.map((version): TlsVersionSeen => ({ version, ...answerIn(seen.versions[version]) }))
  // A server that took nothing has said nothing about what it takes from others.
  if (versions.some(({ answer }) => answer === 'accepted')) {
    const cipher = session.ok ? session.value.cipher : undefined
    const data: TlsFacts['tls.endpoint'] = { authority, address: seen.address, versions, cipher }
    facts.push({ kind: 'tls.endpoint', id: `tls.endpoint:${authority}`, place, data })
  } else gap(['tls.endpoint'], { cause: 'unreadable', reason: whyNothing(versions) })

  if (!session.ok) {
    const nothing = versions.every(({ answer }) => answer !== 'accepted')
    gap(
      ['tls.certificate', 'tls.hsts'],
      nothing ? { ...session.refusal, reason: whyNothing(versions) } : session.refusal,
    )
    return
  }
  const { chain, trust, nameMatches, http } = session.value
  facts.push({
    kind: 'tls.certificate',
    id: `tls.certificate:${authority}`,
    place,
    data: { authority, host: at.host, chain: chain.map(certificateIn), trust, nameMatches, extraRoots },
  })

  const hsts = (data: TlsFacts['tls.hsts']): void => {
    facts.push({ kind: 'tls.hsts', id: `tls.hsts:${authority}`, place, data })
  }
  const other = otherProtocols[at.port]
  if (at.by === 'address') {
    // RFC 6797 §8.1.1: such a field is kept for names only.
    hsts({
      is: 'not for browsers',
      authority,
      because: 'an address: browsers keep Strict-Transport-Security for names',
    })
  } else if (http.is === 'response') hsts({ is: 'response', authority, status: http.status, ...policyIn(http.hsts[0]) })
  else if (other !== undefined) hsts({ is: 'not for browsers', authority, because: `port ${at.port} is ${other}` })
  else if (http.is === 'not HTTP') {
    hsts({ is: 'not for browsers', authority, because: 'it answers a GET with something other than HTTP' })
  } else gap(['tls.hsts'], { cause: 'unreadable', reason: http.reason })
}

const answerIn = (answer: VersionAnswer): Omit<TlsVersionSeen, 'version'> => {
  switch (answer.is) {
    case 'accepted':
      return { answer: 'accepted', because: '' }
    case 'refused':
      return { answer: 'refused', because: / /.test(answer.by) ? `chose ${answer.by}` : `alert ${answer.by}` }
    case 'unsure':
      return { answer: 'unsure', because: answer.reason }
  }
}

/** One reason for all versions where it is one, else of the newest that says most. */
const whyNothing = (versions: readonly TlsVersionSeen[]): string => {
  const unsure = versions.filter(({ answer }) => answer === 'unsure').map(({ because }) => because)
  const telling = unsure.find(reason => reason.startsWith('it speaks')) ?? unsure.at(-1)
  if (telling !== undefined) return `no version of TLS could be agreed on: ${telling}`
  return `it refuses every version of TLS that was offered (${versions.at(-1)?.because ?? ''})`
}

const certificateIn = ({ key, ...certificate }: PeerCertificate): TlsCertificateSeen => ({
  ...certificate,
  keyType: key.type,
  keyBits: key.bits,
})

/** RFC 6797 §6.1: the first field counts; a directive given twice makes it void. */
export const policyIn = (
  field: string | undefined,
): { readonly value: string | undefined; readonly maxAge: number | undefined; readonly includeSubDomains: boolean } => {
  const none = { value: field, maxAge: undefined, includeSubDomains: false }
  if (field === undefined) return none
  const directives = new Map<string, string>()
  for (const part of field.split(';')) {
    const [name = '', value = ''] = part.split('=', 2).map(word => word.trim())
    if (name === '') continue
    if (directives.has(name.toLowerCase())) return none
    directives.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'))
  }
  const age = directives.get('max-age') ?? ''
  return {
    value: field,
    maxAge: /^\d{1,12}$/.test(age) ? Number(age) : undefined,
    includeSubDomains: directives.has('includesubdomains'),
  }
}
