import { defineCheck, type Judgement, oneOf } from '../../check.ts'
import type { TlsVersionSeen } from '../../facts/tls.ts'

const list = (versions: readonly TlsVersionSeen[]): string => {
  const names = versions.map(({ version }) => version)
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

export const check = defineCheck({
  id: 'tls-endpoint-floor',
  about: 'tls.endpoint',
  asks: () => [{ kind: 'tls.endpoint' }],
  ifNone: 'not-applicable',
  title: 'Each TLS endpoint refuses every version of the protocol below the floor.',
  why: 'Whoever stands in the path chooses the oldest version both sides take. Only the running server can show what that is: configuration says what was meant.',
  fix: 'Raise the floor where TLS ends: `ssl_protocols TLSv1.3;` in nginx, in http{} and in the default_server of the socket; the security policy of a load balancer.',
  samples: {
    bad: 'example.org:443 answers a ClientHello for TLS 1.0 with a ServerHello',
    good: 'example.org:443 answers TLS 1.3, and every older hello with the alert protocol_version',
  },
  source: 'RFC 8446, RFC 8996 (TLS 1.0 and 1.1 are not to be used), RFC 7568 (SSL 3), NIST SP 800-52 Rev. 2',
  blind:
    'SSL 2; STARTTLS (SMTP, PostgreSQL and the like on their plain ports); other addresses of the same name, and servers behind a balancer that are set up otherwise; what the endpoint does for clients from elsewhere. A server that hangs up without an alert has not refused: it is unsure.',
  params: { minVersion: oneOf('Oldest version of TLS an endpoint may take.', ['1.2', '1.3'], '1.3') },
  confidence: 'high',
  judge: ({ data }, { minVersion }): Judgement => {
    const floor = data.versions.findIndex(({ version }) => version === `TLS ${minVersion}`)
    const below = data.versions.slice(0, floor)
    const taken = data.versions.filter(({ answer }) => answer === 'accepted')
    const tooOld = below.filter(({ answer }) => answer === 'accepted')
    if (tooOld.length > 0) {
      return {
        verdict: 'violates',
        observed: `takes ${list(taken)}`,
        message: `${data.authority} takes ${list(tooOld)}; the floor is TLS ${minVersion}`,
      }
    }
    const open = below.filter(({ answer }) => answer === 'unsure')
    if (open.length > 0) {
      const reasons = [...new Set(open.map(({ because }) => because))].join('; ')
      return { verdict: 'unsure', reason: `whether it takes ${list(open)} is not known: ${reasons}` }
    }
    const how = below.map(({ version, because }) => `${version} (${because})`).join(', ')
    return { verdict: 'conforms', observed: `takes ${list(taken)}; refuses ${how}` }
  },
})
