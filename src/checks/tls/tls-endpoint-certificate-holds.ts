import { defineCheck, type Judgement, whole } from '../../check.ts'
import type { TlsCertificateSeen, TlsFacts } from '../../facts/tls.ts'

const day = 86_400_000

/** What OpenSSL says of a chain, for a person. */
const distrust: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is signed by itself',
  SELF_SIGNED_CERT_IN_CHAIN: 'leads to a root that is not trusted',
  UNABLE_TO_GET_ISSUER_CERT: 'leads to no root: an issuer is missing from the chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'leads to no trusted root: an intermediate is missing, or its root must be given',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'leads to no trusted root: an intermediate is missing, or its root must be given',
  CERT_HAS_EXPIRED: 'had expired when it was seen, it or one of its issuers',
  CERT_NOT_YET_VALID: 'was not yet valid when it was seen, it or one of its issuers',
  CERT_SIGNATURE_FAILURE: 'has a signature that does not hold',
  INVALID_PURPOSE: 'is not meant for servers',
  INVALID_CA: 'was issued by a certificate that may not issue',
  PATH_LENGTH_EXCEEDED: 'has a longer chain than its issuer allows',
}

const weakKey = ({ keyType, keyBits }: TlsCertificateSeen): string | undefined => {
  if (keyType === 'dsa') return 'a DSA key'
  if (keyBits === undefined) return undefined
  if ((keyType === 'rsa' || keyType === 'rsa-pss') && keyBits < 2048) return `an RSA key of ${keyBits} bits`
  return keyType === 'ec' && keyBits < 224 ? `an elliptic key of ${keyBits} bits` : undefined
}

const weakSignature = ({ signature }: TlsCertificateSeen): string | undefined =>
  /^(?:md[245]|sha1)\b/i.test(signature) ? signature : undefined

const wrongs = (
  data: TlsFacts['tls.certificate'],
  leaf: TlsCertificateSeen,
  asOf: string,
): { readonly what: string }[] => {
  const found: { what: string }[] = []
  const [today, begins, ends] = [Date.parse(asOf), Date.parse(leaf.notBefore), Date.parse(leaf.notAfter)]
  // The last day counts: asOf is a day, notAfter an instant.
  const expired = ends < today
  const early = begins >= today + day
  if (expired) found.push({ what: `expired on ${leaf.notAfter.slice(0, 10)}` })
  if (early) found.push({ what: `is valid only from ${leaf.notBefore.slice(0, 10)}` })
  const dated = (expired && data.trust === 'CERT_HAS_EXPIRED') || (early && data.trust === 'CERT_NOT_YET_VALID')
  if (data.trust !== 'trusted' && !dated) {
    found.push({ what: `${distrust[data.trust] ?? `is not trusted (${data.trust})`}; issued by "${leaf.issuer}"` })
  }
  if (!data.nameMatches) {
    const names = leaf.names.length > 0 ? leaf.names.slice(0, 5).join(', ') : 'no name at all'
    found.push({ what: `is not for ${data.host}: it names ${names}${leaf.names.length > 5 ? ' …' : ''}` })
  }
  for (const [index, certificate] of data.chain.entries()) {
    // A root is trusted for what it is, not for its signature over itself.
    if (index > 0 && certificate.selfIssued) continue
    const issuer = index === 0 ? '' : `has an issuer "${certificate.subject}" `
    const key = weakKey(certificate)
    const signature = weakSignature(certificate)
    if (key) found.push({ what: `${issuer === '' ? 'has ' : `${issuer}with `}${key}` })
    if (signature) found.push({ what: `${issuer === '' ? 'is ' : issuer}signed with ${signature}` })
  }
  return found
}

export const check = defineCheck({
  id: 'tls-endpoint-certificate-holds',
  about: 'tls.certificate',
  asks: () => [{ kind: 'tls.certificate' }],
  ifNone: 'not-applicable',
  title: 'The certificate of each TLS endpoint is trusted, in date, for its name, and strong enough.',
  why: 'People and programs that meet a bad certificate learn to click it away or to switch the check off, and then nobody notices another server in between.',
  fix: 'Renew the certificate by a job that runs well before its end, send the whole chain without the root, and use RSA from 2048 bits or an elliptic key with a SHA-2 signature. For a private authority give its root with --ca.',
  samples: {
    bad: 'example.org:443 sends a certificate that expired on 2026-11-01',
    good: 'example.org:443 sends a certificate for example.org, trusted, valid until 2027-01-30',
  },
  source:
    'RFC 5280, RFC 9525 (names; the common name does not count), NIST SP 800-52 Rev. 2, CA/Browser Forum Baseline Requirements',
  blind:
    'Revocation (OCSP and CRL are not asked), certificate transparency, and other certificates the endpoint has for other names or keys. Trust is judged against the authorities shipped with Node.js and those given with --ca.',
  params: {
    minDays: whole(
      'Days of validity that must be left; for short-lived certificates a third of their life, if less.',
      { least: 0, most: 365 },
      21,
    ),
  },
  confidence: 'high',
  judge: ({ data }, { minDays }, _facts, { asOf }): Judgement => {
    const [leaf] = data.chain
    if (!leaf) return { verdict: 'unsure', reason: 'no certificate was sent' }
    const found = wrongs(data, leaf, asOf)
    const until = leaf.notAfter.slice(0, 10)
    if (found.length > 0) {
      const what = found.map(wrong => wrong.what).join('; it ')
      return { verdict: 'violates', observed: what, message: `the certificate of ${data.authority} ${what}` }
    }
    const left = Math.floor((Date.parse(leaf.notAfter) - Date.parse(asOf)) / day)
    const life = (Date.parse(leaf.notAfter) - Date.parse(leaf.notBefore)) / day
    if (left < Math.min(minDays, life / 3)) {
      return {
        verdict: 'violates',
        observed: `valid until ${until}, not renewed in time`,
        message: `the certificate of ${data.authority} ends in ${left} days, on ${until}, and has not been renewed`,
        severity: 'low',
      }
    }
    const key = `${leaf.keyType}${leaf.keyBits === undefined ? '' : ` ${leaf.keyBits}`}`
    const roots = data.extraRoots > 0 ? ', with roots given for this run' : ''
    return {
      verdict: 'conforms',
      observed: `for ${data.host}, issued by "${leaf.issuer}", trusted${roots}, valid until ${until} (${left} days left), ${key}, ${leaf.signature}`,
    }
  },
})
