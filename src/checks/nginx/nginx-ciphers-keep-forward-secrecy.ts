import { defineCheck } from '../../check.ts'
import type { NginxSetting } from '../../facts/nginx.ts'
import { asRun } from '../../facts/nginx-run.ts'
import type { Fact, Judgement } from '../../model.ts'

const onlyTls13 = (setting: NginxSetting | undefined): boolean =>
  setting !== undefined &&
  setting.words.length > 0 &&
  setting.words.every(word => word.text.toLowerCase() === 'tlsv1.3')

const judgementOf = (subject: Fact<'nginx.server'>): Judgement => {
  const { label, listens, tls, protocols, ciphers, overrides, alone } = subject.data
  if (tls === 'none') return { verdict: 'exempt', reason: `${label} does not terminate TLS` }
  if (tls === 'rejects') return { verdict: 'exempt', reason: `${label} rejects every TLS handshake` }
  if (tls === 'unknown' || !ciphers)
    return { verdict: 'unsure', reason: `whether ${label} speaks TLS is known only when it is deployed` }
  const override = overrides[0]
  if (override)
    return {
      verdict: 'unsure',
      reason: `${label}: ssl_conf_command ${override.text} sets what ssl_protocols and ssl_ciphers say otherwise; OpenSSL commands are not evaluated`,
      place: override.place,
    }
  const sockets = listens.filter(listen => listen.transport === 'tls')
  const quicOnly = sockets.length === 0 && listens.some(listen => listen.transport === 'quic')
  // Up to nginx 1.29.1 it is the default server of the socket whose versions are negotiated.
  const modern = onlyTls13(protocols) && sockets.every(s => !s.defaultServer || onlyTls13(s.defaultServer.protocols))
  if (quicOnly || modern)
    return { verdict: 'conforms', observed: `${label}: TLS 1.3 only, every suite of it has forward secrecy` }

  if (ciphers.hidden)
    return {
      verdict: 'unsure',
      reason: `${label} sets no ssl_ciphers that can be seen; ${ciphers.hidden.text} may`,
      place: ciphers.hidden.place,
    }

  const note = alone && ciphers.written === '' ? '; judged alone, the http{} around it is not in the tree' : ''
  const list = ciphers.written === '' ? 'no ssl_ciphers (nginx: HIGH:!aNULL:!MD5)' : `ssl_ciphers ${ciphers.written}`
  const [first, ...rest] = ciphers.withoutForwardSecrecy
  if (first)
    return {
      verdict: 'violates',
      observed: `${list}: ${rest.length + 1} of ${ciphers.suites} suites for TLS 1.2 and below without forward secrecy${note}`,
      message:
        ciphers.written === ''
          ? `${label} sets no ssl_ciphers; the default HIGH:!aNULL:!MD5 accepts ${first} and ${rest.length} more suites without forward secrecy`
          : `${label} accepts ${first}${rest.length > 0 ? ` and ${rest.length} more suites` : ''} without forward secrecy`,
      place: ciphers.place,
    }
  const strange = ciphers.unknown[0]
  if (strange !== undefined)
    return {
      verdict: 'unsure',
      reason: `${label}: what ${strange} adds to ssl_ciphers is not known here`,
      place: ciphers.place,
    }
  if (ciphers.suites === 0)
    return {
      verdict: 'unsure',
      reason: `${label}: ssl_ciphers names no suite for TLS 1.2 and below`,
      place: ciphers.place,
    }
  return { verdict: 'conforms', observed: `${label}: ${list}: all ${ciphers.suites} suites have forward secrecy` }
}

export const check = defineCheck({
  id: 'nginx-ciphers-keep-forward-secrecy',
  about: 'nginx.server',
  asks: () => [{ kind: 'nginx.server' }],
  ifNone: 'not-applicable',
  title: 'Every cipher suite an nginx server accepts keeps forward secrecy',
  why: 'With RSA key exchange, who records the traffic today and gets the private key later reads all of it. `HIGH:!aNULL:!MD5`, the default of nginx, still holds such suites.',
  fix: 'Allow TLS 1.3 only, or name ephemeral suites: `ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;`.',
  samples: {
    bad: 'server {\n  listen 443 ssl;\n  ssl_protocols TLSv1.2 TLSv1.3;\n  ssl_ciphers HIGH:!aNULL:!MD5;\n}',
    good: 'server {\n  listen 443 ssl;\n  ssl_protocols TLSv1.2 TLSv1.3;\n  ssl_ciphers ECDHE+AESGCM:ECDHE+CHACHA20;\n}',
  },
  source: 'openssl-ciphers(1); ngx_http_ssl_module, ssl_ciphers; NIST SP 800-52 Rev. 2 §3.3.1',
  blind:
    'The certificate: with an ECDSA certificate alone, RSA key exchange cannot be chosen although the list allows it. Session tickets with a key that never changes undo forward secrecy and are not judged here.',
  confidence: 'high',
  judge: subject => asRun(subject.data.loadedBy, judgementOf(subject)),
})
