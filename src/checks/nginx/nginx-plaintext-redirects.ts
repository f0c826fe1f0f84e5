import { defineCheck } from '../../check.ts'
import { asRun } from '../../facts/nginx-run.ts'
import type { Fact, Judgement } from '../../model.ts'

const judgementOf = (subject: Fact<'nginx.plaintext'>): Judgement => {
  const { label, listens, answers, unclear, otherwise, harmless } = subject.data
  const on = [...new Set(listens.map(listen => listen.text))].join(', ')
  const [first, ...rest] = answers
  if (first) {
    const deeds = [...new Set(answers.map(answer => `${answer.where} ${answer.does}`))]
    return {
      verdict: 'violates',
      observed: `${on} without TLS: ${deeds.slice(0, 10).join('; ')}${deeds.length > 10 ? `; and ${deeds.length - 10} more` : ''}`,
      message: `${label} ${first.does} without TLS on ${on}${first.where === 'server' ? '' : ` (${first.where})`}${rest.length > 0 ? `, and ${rest.length} more` : ''}`,
      place: first.place,
      related: rest.slice(0, 5).map(answer => ({ place: answer.place, message: `${answer.where} ${answer.does}` })),
    }
  }
  const doubt = unclear[0]
  if (doubt) return { verdict: 'unsure', reason: `${label} on ${on}: ${doubt.where} ${doubt.does}`, place: doubt.place }
  const deeds = [otherwise, ...harmless].filter(deed => deed !== undefined)
  return { verdict: 'conforms', observed: `${label} on ${on}: ${deeds.join('; ')}` }
}

export const check = defineCheck({
  id: 'nginx-plaintext-redirects',
  about: 'nginx.plaintext',
  asks: () => [{ kind: 'nginx.plaintext' }],
  ifNone: 'not-applicable',
  title: 'nginx answers plain HTTP with a redirect to https or a refusal, and nothing else',
  why: 'Whatever is served or proxied without TLS can be read and changed on the way: credentials, cookies, records. A load balancer in front that terminates TLS leaves the hop behind it open.',
  fix: 'Let the plaintext server do `return 301 https://$host$request_uri;` and nothing else but ACME challenges, or listen on 127.0.0.1 or a unix socket if only this machine needs it.',
  samples: {
    bad: 'server {\n  listen 80;\n  location / { proxy_pass http://app:8000; }\n}',
    good: 'server {\n  listen 80;\n  location /.well-known/acme-challenge/ { root /var/www/acme; }\n  location / { return 301 https://$host$request_uri; }\n}',
  },
  source: 'CIS NGINX Benchmark 3.0.0, 4.1.1; ngx_http_rewrite_module',
  blind:
    'Whether the port is published, and what stands in front of nginx: a server for plain HTTP behind a TLS load balancer is reported, since nothing in the tree shows that hop to be protected. Lua and njs are not read.',
  confidence: 'high',
  judge: subject => asRun(subject.data.loadedBy, judgementOf(subject)),
})
