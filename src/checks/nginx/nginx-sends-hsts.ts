import { defineCheck, whole } from '../../check.ts'
import { asRun } from '../../facts/nginx-run.ts'
import type { Fact, Judgement } from '../../model.ts'

const judgementOf = (subject: Fact<'nginx.headers'>, minSeconds: number): Judgement => {
  const { label, where, hsts, covers, drops, refuses, alone } = subject.data
  const at = where === 'server' ? label : `${label}, ${where}`
  const note = alone ? '; judged alone, the http{} around it is not in the tree' : ''
  if (refuses) return { verdict: 'exempt', reason: `${at} only refuses` }
  switch (hsts.sent) {
    case 'unknown':
      return {
        verdict: 'unsure',
        reason: hsts.hidden
          ? `${at} sends no Strict-Transport-Security that can be seen; ${hsts.value} may`
          : `${at}: Strict-Transport-Security is ${hsts.value}, which has no fixed value in this configuration`,
        place: hsts.place,
      }
    case 'no': {
      if (drops)
        return {
          verdict: 'violates',
          observed: `${where}: ${drops.directive} drops the inherited Strict-Transport-Security${note}`,
          message: `${at} sends no Strict-Transport-Security: its own ${drops.directive} drops the inherited one`,
          place: drops.by,
          related: [{ place: drops.inherited, message: 'set here, and not inherited' }],
        }
      const through =
        where === 'server' && covers.length > 0
          ? ` (${covers
              .slice(0, 3)
              .map(path => (path.length > 60 ? `${path.slice(0, 60)}…` : path))
              .join(', ')})`
          : ''
      return {
        verdict: 'violates',
        observed: `${where}: no Strict-Transport-Security${note}`,
        message: `${at} sends no Strict-Transport-Security${through}`,
      }
    }
    case 'yes': {
      const observed = `${where}: Strict-Transport-Security ${hsts.value}${hsts.always ? '' : ', not on error pages (no always)'}${note}`
      if (hsts.maxAge === undefined)
        return {
          verdict: 'violates',
          observed,
          message: `${at} sends Strict-Transport-Security without a max-age, which browsers ignore`,
          place: hsts.place,
        }
      if (hsts.maxAge < minSeconds)
        return {
          verdict: 'violates',
          observed,
          message: `${at} sends Strict-Transport-Security for ${hsts.maxAge} seconds, less than ${minSeconds}`,
          place: hsts.place,
        }
      return { verdict: 'conforms', observed: `${label}: ${observed}` }
    }
  }
}

export const check = defineCheck({
  id: 'nginx-sends-hsts',
  about: 'nginx.headers',
  asks: () => [{ kind: 'nginx.headers' }],
  ifNone: 'not-applicable',
  title: 'Every nginx server with TLS sends Strict-Transport-Security for long enough, in each of its locations',
  why: 'Without it a browser that was here before can still be led to plain HTTP. One add_header in a location drops every header set outside of it, so a header at the top says little about what is sent.',
  fix: 'Set `add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;` in the server, and repeat it in each location that has an add_header of its own (or `add_header_inherit merge;`, from 1.29.3).',
  samples: {
    bad: 'server {\n  listen 443 ssl;\n  add_header Strict-Transport-Security "max-age=31536000" always;\n  location /static/ { add_header Cache-Control public; }\n}',
    good: 'server {\n  listen 443 ssl;\n  add_header Strict-Transport-Security "max-age=31536000" always;\n  location /static/ { expires 30d; }\n}',
  },
  source: 'RFC 6797; ngx_http_headers_module, add_header and add_header_inherit; CIS NGINX Benchmark 3.0.0',
  blind:
    'A header the application behind proxy_pass sends itself, headers set from Lua or njs, and values a map makes from anything but $scheme or $https.',
  params: {
    minSeconds: whole('The shortest max-age in seconds', { least: 0, most: 3_153_600_000 }, 31_536_000),
  },
  confidence: 'high',
  judge: (subject, { minSeconds }) => asRun(subject.data.loadedBy, judgementOf(subject, minSeconds)),
})
