import { defineCheck, type Judgement, whole } from '../../check.ts'

const days = (seconds: number): string => {
  const n = Math.floor(seconds / 86_400)
  if (n === 0) return `${seconds} s`
  return n === 1 ? '1 day' : `${n} days`
}

export const check = defineCheck({
  id: 'tls-endpoint-sends-hsts',
  about: 'tls.hsts',
  asks: () => [{ kind: 'tls.hsts' }],
  ifNone: 'not-applicable',
  title: 'Each HTTPS endpoint tells browsers to come back by TLS only, for long enough.',
  why: 'A browser that was told keeps away from plain HTTP and lets nobody click a certificate error away. Only the response shows whether the header survives the proxy, the application and the error pages.',
  fix: 'Send `Strict-Transport-Security: max-age=31536000; includeSubDomains` with every response, errors too (nginx: `always`).',
  samples: {
    bad: 'GET / at example.org:443 answers 200 without Strict-Transport-Security',
    good: 'GET / at example.org:443 answers 200 with max-age=31536000; includeSubDomains',
  },
  source: 'RFC 6797; OWASP HTTP Security Response Headers Cheat Sheet',
  blind:
    'Responses to other paths than `/` and to those who are logged in. Browsers also ignore the header where the certificate does not hold.',
  params: { minSeconds: whole('The shortest max-age in seconds.', { least: 0, most: 3_153_600_000 }, 31_536_000) },
  confidence: 'high',
  judge: ({ data }, { minSeconds }): Judgement => {
    if (data.is === 'not for browsers') return { verdict: 'exempt', reason: data.because }
    const { authority, status, value, maxAge } = data
    if (value === undefined) {
      const error = status >= 400 ? ', an error page,' : ''
      return {
        verdict: 'violates',
        observed: `status ${status}, no Strict-Transport-Security`,
        message: `${authority} answers / with ${status}${error} and no Strict-Transport-Security`,
      }
    }
    const observed = `status ${status}, Strict-Transport-Security: ${value}`
    if (maxAge === undefined) {
      return {
        verdict: 'violates',
        observed,
        message: `${authority} sends a Strict-Transport-Security that browsers ignore: ${value}`,
      }
    }
    if (maxAge === 0 && minSeconds > 0) {
      return {
        verdict: 'violates',
        observed,
        message: `${authority} tells browsers to forget Strict-Transport-Security: ${value}`,
      }
    }
    if (maxAge < minSeconds) {
      const message = `${authority} sends Strict-Transport-Security for ${days(maxAge)}; ${days(minSeconds)} are asked`
      return { verdict: 'violates', observed, message, severity: 'low' }
    }
    return { verdict: 'conforms', observed }
  },
})
