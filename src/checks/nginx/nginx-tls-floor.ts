import { defineCheck, oneOf } from '../../check.ts'
import type { NginxSetting } from '../../facts/nginx.ts'
import { asRun } from '../../facts/nginx-run.ts'
import type { Fact, Judgement, Related } from '../../model.ts'

/** ngx_http_ssl_protocols, oldest first; nginx compares without regard to case. */
const versions: readonly string[] = ['sslv2', 'sslv3', 'tlsv1', 'tlsv1.1', 'tlsv1.2', 'tlsv1.3']
const spoken: Readonly<Record<string, string>> = {
  sslv2: 'SSL 2',
  sslv3: 'SSL 3',
  tlsv1: 'TLS 1.0',
  'tlsv1.1': 'TLS 1.1',
  'tlsv1.2': 'TLS 1.2',
  'tlsv1.3': 'TLS 1.3',
}

const rank = (word: string): number => versions.indexOf(word.toLowerCase())

const say = (words: readonly { readonly text: string }[]): string => {
  const names = [...new Set(words.map(word => spoken[word.text.toLowerCase()] ?? word.text))]
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? '')
}

const written = (setting: NginxSetting | undefined): string =>
  setting ? `ssl_protocols ${setting.words.map(w => w.text).join(' ')} (${setting.level}{})` : 'no ssl_protocols'

const byDefault = 'TLS 1.2 and TLS 1.3 by default, before 1.23.4 TLS 1.0 and 1.1 too'

const judgementOf = (subject: Fact<'nginx.server'>, minVersion: string): Judgement => {
  const { label, listens, tls, protocols, overrides, alone } = subject.data
  if (tls === 'none') return { verdict: 'exempt', reason: `${label} does not terminate TLS` }
  if (tls === 'rejects') return { verdict: 'exempt', reason: `${label} rejects every TLS handshake` }
  const variable = listens.find(listen => listen.transport === 'unknown')
  if (tls === 'unknown')
    return {
      verdict: 'unsure',
      reason: `whether ${label} speaks TLS is known only when it is deployed: ${variable?.text ?? ''}`,
      ...(variable ? { place: variable.place } : {}),
    }
  const override = overrides.find(o => /protocol/i.test(o.text))
  if (override)
    return {
      verdict: 'unsure',
      reason: `${label}: ssl_conf_command ${override.text} sets versions behind ssl_protocols; OpenSSL commands are not evaluated`,
      place: override.place,
    }
  const sockets = listens.filter(listen => listen.transport === 'tls')
  const on = [...new Set(listens.filter(l => l.transport !== 'plain').map(l => l.text))].join(', ')
  const where = on === '' ? '' : ` on ${on}`
  // QUIC has no older version than TLS 1.3 (RFC 9001 §4.2).
  if (sockets.length === 0 && on !== '') return { verdict: 'conforms', observed: `${label}: QUIC only${where}` }

  const floor = rank(`TLSv${minVersion}`)
  const note = alone ? '; judged alone, the http{} around it is not in the tree' : ''
  const observed = `${written(protocols)}${where}`
  if (protocols?.hidden)
    return {
      verdict: 'unsure',
      reason: `${label} sets no ssl_protocols that can be seen; ${protocols.hidden.text} may`,
      place: protocols.hidden.place,
    }
  if (!protocols)
    return {
      verdict: 'violates',
      observed: `${observed}${note}`,
      message: `${label} sets no ssl_protocols; nginx accepts ${byDefault}`,
      place: sockets[0]?.place ?? subject.place,
    }

  const below = protocols.words.filter(word => rank(word.text) >= 0 && rank(word.text) < floor)
  const first = below[0]
  if (first) {
    const broken = below.some(word => rank(word.text) < rank('TLSv1.2'))
    return {
      verdict: 'violates',
      observed: `${observed}${note}`,
      message: `${label} accepts ${say(below)}${where}${broken ? ', which RFC 8996 withdraws' : ''}; the floor is TLS ${minVersion}`,
      place: first.place,
    }
  }
  const strange = protocols.words.find(word => rank(word.text) < 0)
  if (strange)
    return {
      verdict: 'unsure',
      reason: `${label}: ${strange.text} is no version of TLS that nginx knows`,
      place: strange.place,
    }

  // Up to 1.29.1 the default server's versions hold for every name on the socket; later ones still for clients without SNI.
  for (const socket of sockets) {
    const other = socket.defaultServer
    if (!other) continue
    const related: readonly Related[] = [
      { place: protocols.words[0]?.place ?? subject.place, message: `${written(protocols)}, set for ${label}` },
    ]
    if (other.protocols?.hidden)
      return {
        verdict: 'unsure',
        reason: `${label} is reached on ${socket.text} through the default ${other.label}, which sets no ssl_protocols that can be seen; ${other.protocols.hidden.text} may`,
        place: other.protocols.hidden.place,
      }
    if (!other.protocols)
      return {
        verdict: 'violates',
        observed: `${observed}; default ${other.label} of ${socket.text}: no ssl_protocols${note}`,
        message: `${label} is reached on ${socket.text} through the default ${other.label}, which sets no ssl_protocols and accepts ${byDefault}`,
        place: other.place,
        related,
      }
    const weak = other.protocols.words.filter(word => rank(word.text) < floor)
    const weakest = weak[0]
    if (weakest && rank(weakest.text) < 0)
      return {
        verdict: 'unsure',
        reason: `${label} is reached on ${socket.text} through the default ${other.label}; ${weakest.text} is no version of TLS that nginx knows`,
        place: weakest.place,
      }
    if (weakest)
      return {
        verdict: 'violates',
        observed: `${observed}; default ${other.label} of ${socket.text}: ${written(other.protocols)}${note}`,
        message: `${label} is reached on ${socket.text} through the default ${other.label}, which accepts ${say(weak)}; the floor is TLS ${minVersion}`,
        place: weakest.place,
        related,
      }
  }
  return { verdict: 'conforms', observed: `${label}: ${observed}${note}` }
}

export const check = defineCheck({
  id: 'nginx-tls-floor',
  about: 'nginx.server',
  asks: () => [{ kind: 'nginx.server' }],
  ifNone: 'not-applicable',
  title: 'Every nginx server that terminates TLS accepts only versions at or above the floor',
  why: 'A client that offers an old version gets it, and what it sends then rests on the weakest version the server accepts. Without ssl_protocols the version of nginx decides, which nobody reviews.',
  fix: 'Set `ssl_protocols TLSv1.3;` in http{}, and take it out of the servers, or repeat it in each, the default_server of every socket first.',
  samples: {
    bad: 'server {\n  listen 443 ssl;\n  ssl_protocols TLSv1.2 TLSv1.3;\n}',
    good: 'server {\n  listen 443 ssl;\n  ssl_protocols TLSv1.3;\n}',
  },
  source:
    'ngx_http_ssl_module, ssl_protocols; nginx 1.29.2 ("now the ssl_protocols directive works in a virtual server different from the default server"); RFC 8996; NIST SP 800-52 Rev. 2',
  blind:
    'Configurations inside other files (a Kubernetes ConfigMap, a script), and what a load balancer in front accepts. Whether the running nginx loads these files is not seen here.',
  params: {
    minVersion: oneOf('The oldest version of TLS a server may accept', ['1.2', '1.3'], '1.3'),
  },
  confidence: 'high',
  judge: (subject, { minVersion }) => asRun(subject.data.loadedBy, judgementOf(subject, minVersion)),
})
