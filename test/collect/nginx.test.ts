import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collector } from '../../src/collect/nginx.ts'
import type { Fact, FactKind, Question } from '../../src/model.ts'
import { showPlace } from '../../src/place.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'

const questions: readonly Question[] = [
  { kind: 'nginx.server' },
  { kind: 'nginx.plaintext' },
  { kind: 'nginx.headers' },
]

const collectIn = async (tree: MemoryTree) => {
  const context = {
    workspace: memoryWorkspace(tree),
    inputs: { asOf: '2026-11-24', endpoints: [], ca: [], ciLogs: [], reports: [] },
    isSample: (uri: string) => uri.startsWith('examples/'),
    signal: new AbortController().signal,
  }
  const { answers, deposits = [] } = await collector(context).collect(questions)
  const facts = answers.flatMap(a => [...a.facts])
  const of = <K extends FactKind>(kind: K): readonly Fact<K>[] => facts.filter((f): f is Fact<K> => f.kind === kind)
  const gaps = [...new Set(answers.flatMap(a => a.gaps).map(g => `${showPlace(g.place)}: ${g.cause}: ${g.reason}`))]
  return { facts, of, gaps, deposits, servers: of('nginx.server').map(f => f.id.replace('nginx.server:', '')) }
}
const files = (entries: Record<string, string>) => collectIn({ files: entries })

const server = (name: string, listen = '443 ssl') => `server { listen ${listen}; server_name ${name}; }\n`

describe('which files are judged, and as what', () => {
  test('a file included by a main file is judged in its place, and not again by itself', async () => {
    const { servers, gaps } = await files({
      'nginx.conf': 'http { include conf.d/*.conf; include /etc/nginx/sites-enabled/*; }',
      'conf.d/a.conf': server('a.example'),
      'conf.d/.hidden.conf': server('hidden.example'),
      'sites-enabled/b': server('b.example'),
      'conf.d/notes.txt': server('notes.example'),
    })
    expect(servers).toEqual([
      'nginx.conf/a.example:443',
      'nginx.conf/b.example:443',
      // Not matched by the glob, so it stands in its folder as a fragment nobody includes.
      'conf.d/hidden.example:443',
    ])
    expect(gaps).toEqual([])
  })

  test('an include is relative to the folder of the main file, not to the file it stands in', async () => {
    const { servers, gaps } = await files({
      'etc/nginx.conf': 'http { include sub/one.conf; }',
      'etc/sub/one.conf': 'include two.conf;',
      'etc/two.conf': server('right.example'),
      'etc/sub/two.conf': server('wrong.example'),
    })
    expect(servers).toContain('etc/nginx.conf/right.example:443')
    expect(servers).not.toContain('etc/nginx.conf/wrong.example:443')
    expect(gaps).toEqual([])
  })

  test('the layout of the image is mapped onto the tree where one folder fits, and is a gap where two do', async () => {
    const main = 'http { include /etc/nginx/conf.d/*.conf; }'
    const one = await files({ 'docker/nginx.conf': main, 'site/conf.d/a.conf': server('a.example') })
    expect(one.servers).toEqual(['docker/nginx.conf/a.example:443'])
    const two = await files({
      'docker/nginx.conf': main,
      'x/conf.d/a.conf': server('a.example'),
      'y/conf.d/b.conf': server('b.example'),
    })
    expect(two.gaps).toEqual([
      'docker/nginx.conf:1:16: unresolved: include /etc/nginx/conf.d/*.conf: several folders of the tree could be meant: x/conf.d, y/conf.d',
    ])
  })

  test('a conf.d of another program is not taken for the one of nginx', async () => {
    const { gaps } = await files({
      'nginx/nginx.conf': 'http { include conf.d/*.conf; }',
      'httpd/conf.d/site.conf': '<VirtualHost "*:80">\n</VirtualHost>',
    })
    expect(gaps).toEqual(['nginx/nginx.conf:1:16: unresolved: include conf.d/*.conf: no file of the tree matches it'])
  })

  test('templates of the image become conf.d', async () => {
    const { of } = await files({
      'nginx.conf': 'http { ssl_protocols TLSv1.3; include /etc/nginx/conf.d/*.conf; }',
      'templates/shop.conf.template': `server { listen 443 ssl; server_name \${SHOP}; }`,
    })
    expect(of('nginx.server').map(f => f.data.protocols?.words.map(w => w.text))).toEqual([['TLSv1.3']])
  })

  test('fragments side by side in conf.d share one http{}, and their sockets', async () => {
    const { of } = await files({
      'conf.d/00-tls.conf': 'ssl_protocols TLSv1.3;\n',
      'conf.d/a.conf': server('a.example'),
      'conf.d/b.conf': server('b.example'),
    })
    expect(of('nginx.server').map(f => [f.data.protocols?.level, f.data.listens[0]?.defaultServer?.label])).toEqual([
      ['http', undefined],
      ['http', 'server "a.example"'],
    ])
  })

  test('files of other programs are left alone', async () => {
    const { facts, gaps, deposits } = await files({
      'conf/application.conf': 'akka { http { server { port = 80 } } }',
      'pipeline/logstash.conf': 'input { http { port => 8080 } }\noutput { stdout { } }',
      'httpd.conf': '<VirtualHost *:80>\n  ServerName a\n</VirtualHost>',
      'redis.conf': 'bind 127.0.0.1\nport 6379',
    })
    expect([facts, gaps, deposits]).toEqual([[], [], []])
  })

  test('two servers of one name are told apart by their sockets, and equal ones by number', async () => {
    const { servers } = await files({
      'nginx.conf': `http { ${server('a.example', '80')} ${server('a.example')} ${server('a.example')} }`,
    })
    expect(servers).toEqual(['nginx.conf/a.example:80', 'nginx.conf/a.example:443', 'nginx.conf/a.example:443#2'])
  })

  test('a link is a gap, not a way out', async () => {
    const { gaps } = await collectIn({
      files: { 'nginx.conf': 'http { include sites-enabled/*; }' },
      links: { 'sites-enabled/shop': '/etc/passwd' },
    })
    expect(gaps).toEqual([
      'sites-enabled/shop: denied: is a symbolic link to /etc/passwd; links are not followed',
      'nginx.conf:1:16: denied: include sites-enabled/*: sites-enabled/shop is a symbolic link to /etc/passwd; links are not followed',
    ])
  })

  test('an include out of the tree is a gap', async () => {
    const { gaps } = await files({ 'nginx.conf': 'http { include ../../etc/shadow; include /etc/nginx/mime.types; }' })
    expect(gaps).toEqual(['nginx.conf:1:16: unresolved: include ../../etc/shadow: it leads out of the tree'])
  })
})

describe('sockets', () => {
  test('"ssl on" makes a socket TLS where the default server says it, and not where another one does', async () => {
    const one = 'server { listen 443; server_name one.example; ssl on; }'
    const two = 'server { listen 443; server_name two.example; }'
    const transports = async (http: string) =>
      (await files({ 'nginx.conf': `http { ${http} }` })).of('nginx.server').map(f => f.data.listens[0]?.transport)
    expect(await transports(`${one} ${two}`)).toEqual(['tls', 'tls'])
    expect(await transports(`${two} ${one}`)).toEqual(['plain', 'plain'])
    expect(await transports(`ssl on; ${two}`)).toEqual(['tls'])
  })

  test('addresses are one socket however they are written, and two where they differ', async () => {
    const { of } = await files({
      'nginx.conf': `http { ${['443 ssl', '*:443', '0.0.0.0:443', '10.0.0.1:443', '[::]:443', '443 quic'].map(l => server('a.example', l)).join(' ')} }`,
    })
    expect(of('nginx.server').map(f => f.data.listens[0]?.transport)).toEqual([
      'tls',
      'tls',
      'tls',
      'plain',
      'plain',
      'quic',
    ])
  })
})

describe('what Compose files and Dockerfiles run', () => {
  const compose = (volumes: string, more = '') =>
    `services:\n  edge:\n    image: nginx:1.28\n    volumes: [${volumes}]\n${more}`

  test('a mount is found from the folder of the Compose file, or from the root', async () => {
    const near = await files({
      'deploy/compose.yaml': compose('"./a.conf:/etc/nginx/conf.d/default.conf"'),
      'deploy/a.conf': server('a.example'),
      'a.conf': server('b.example'),
    })
    expect(near.of('nginx.server').map(f => [f.data.names[0], f.data.loadedBy === 'nothing'])).toEqual([
      ['a.example', false],
      ['b.example', true],
    ])
    const far = await files({
      'test/compose.test.yml': compose('"./test/nginx:/etc/nginx"'),
      'test/nginx/nginx.conf': `http { ${server('a.example')} }`,
    })
    expect([far.servers, far.gaps]).toEqual([['test/nginx/nginx.conf/a.example:443'], []])
  })

  test('an example that runs nginx does not say that nothing else runs', async () => {
    const { of } = await files({
      'examples/compose.yaml': compose('"./a.conf:/etc/nginx/conf.d/default.conf"'),
      'examples/a.conf': server('a.example'),
      'nginx.conf': `http { ${server('b.example')} }`,
    })
    expect(of('nginx.server').map(f => [f.data.names[0], typeof f.data.loadedBy])).toEqual([
      ['a.example', 'object'],
      ['b.example', 'undefined'],
    ])
  })

  test('a variable with a default is taken at its default; one without is a gap', async () => {
    const { servers, gaps } = await files({
      'compose.yaml': compose(
        `"\${CONF:-./conf}/a.conf:/etc/nginx/conf.d/a.conf", "\${MORE}/b.conf:/etc/nginx/conf.d/b.conf"`,
      ),
      'conf/a.conf': server('a.example'),
    })
    expect(servers).toEqual(['conf/a.example:443'])
    expect(gaps).toEqual([
      'compose.yaml:4:66: unresolved: what service "edge" mounts at /etc/nginx/conf.d/b.conf depends on MORE',
    ])
  })

  test('configs bring files like mounts do', async () => {
    const { servers, gaps } = await files({
      'compose.yaml':
        'services:\n  edge:\n    image: nginx\n    configs:\n      - source: site\n        target: /etc/nginx/conf.d/site.conf\n      - source: inline\n        target: /etc/nginx/conf.d/inline.conf\nconfigs:\n  site:\n    file: site.conf\n  inline:\n    content: server {}\n',
      'site.conf': server('a.example'),
    })
    expect(servers).toEqual(['./a.example:443'.slice(1)])
    expect(gaps).toEqual([
      'compose.yaml:7:9: unresolved: /etc/nginx/conf.d/inline.conf of service "edge" is a config whose text is not a file of the tree',
    ])
  })

  test('a service that only shares a volume with nginx is not nginx', async () => {
    const { gaps } = await files({
      'compose.yaml': 'services:\n  companion:\n    image: acme\n    volumes: ["vhost:/etc/nginx/vhost.d"]\n',
    })
    expect(gaps).toEqual([])
  })

  test('what the image copies is below what the service mounts, and the same files are judged once', async () => {
    const { of, servers } = await files({
      'compose.yaml': 'services:\n  one: { build: web }\n  two: { build: web }\n',
      'web/Dockerfile':
        'FROM nginx:1.28 AS base\nWORKDIR /etc/nginx\nFROM base\nCOPY ["a.conf", "b.conf", "/etc/nginx/conf.d/"]\n',
      'web/a.conf': server('a.example'),
      'web/b.conf': server('b.example'),
    })
    expect(servers).toEqual(['web/a.example:443', 'web/b.example:443'])
    expect(
      of('nginx.server').map(f => (typeof f.data.loadedBy === 'object' ? f.data.loadedBy.message : undefined)),
    ).toEqual(['web/a.conf is copied into service "one"', 'web/b.conf is copied into service "one"'])
  })

  test('the context of a Dockerfile without a Compose file is the nearest folder that holds what it copies', async () => {
    const { servers } = await files({
      'docker/edge/Dockerfile':
        'FROM nginx\nCOPY docker/edge/nginx.conf /etc/nginx/\nCOPY sites /etc/nginx/sites-enabled\n',
      'docker/edge/nginx.conf': 'http { include sites-enabled/*; }',
      'sites/shop': server('shop.example'),
    })
    expect(servers).toEqual(['docker/edge/nginx.conf/shop.example:443'])
  })
})

describe('secrets', () => {
  test('literal keys in map, if, set and request headers are marked, and no fact holds a password', async () => {
    const text = `http {
  map $http_x_api_key $known { "k-1234567890" 1; default 0; }
  server {
    listen 80;
    set $token "t-1234567890";
    if ($http_authorization != "Bearer b-1234567890") { return 401; }
    location / { proxy_set_header Authorization "Basic dXNlcjpwYXNz"; proxy_pass http://user:pass-word@app; }
  }
}`
    const { deposits, facts } = await files({ 'nginx.conf': text })
    const marked = deposits.flatMap(d => d.secrets.map(s => d.text.slice(s.start, s.end)))
    for (const secret of ['k-1234567890', 't-1234567890', 'b-1234567890', 'dXNlcjpwYXNz', 'pass-word'])
      expect(
        marked.some(m => m.includes(secret)),
        secret,
      ).toBe(true)
    expect(JSON.stringify(facts)).not.toMatch(/k-123|t-123|b-123|dXNl|pass-word/)
  })
})

describe('hostile trees', () => {
  test('includes that double at each step end in a gap', async () => {
    const tree: Record<string, string> = { 'nginx.conf': 'http { include a0.conf; }' }
    for (let i = 0; i < 30; i += 1) tree[`a${i}.conf`] = `include a${i + 1}.conf; include a${i + 1}.conf;`
    tree['a30.conf'] = server('a.example')
    const { gaps } = await files(tree)
    expect(gaps.some(g => /more than 200000 directives/.test(g))).toBe(true)
  }, 20_000)

  test('globs made of stars are matched in bounded time', async () => {
    const name = 'a'.repeat(200)
    const { gaps } = await files({
      'nginx.conf': `http { include ${'*a'.repeat(400)}b; }`,
      [`${name}`]: '',
      [`conf.d/${name}`]: '',
    })
    expect(gaps).toHaveLength(1)
  })

  test('whatever stands in the files, nothing is thrown, ids are unique and places lie in the text', async () => {
    const word = fc.constantFrom(
      ...'http server location listen 443 80 ssl ssl_protocols TLSv1.3 return 301 https://$host add_header include conf.d/*.conf if ($a = b) map $x $y upstream / @a error_page 404 = rewrite ^ ; ; ; { { } } " \\ # \n'.split(
        ' ',
      ),
      '\u202e',
      '\u001b[31m',
    )
    const text = fc.array(word, { maxLength: 40 }).map(words => words.join(' '))
    await fc.assert(
      fc.asyncProperty(text, text, text, async (a, b, c) => {
        const { facts, deposits } = await files({
          'nginx.conf': `http { server { listen 80; } ${a}`,
          'conf.d/a.conf': `server { listen 443 ssl; ${b}`,
          'compose.yaml': `services:\n  a:\n    image: nginx\n    volumes: ["./conf.d:/etc/nginx/conf.d"]\n`,
          'sites-enabled/x': `server { return 200 ok; ${c} }`,
        })
        const ids = facts.map(f => f.id)
        expect(new Set(ids).size).toBe(ids.length)
        const texts = new Map(deposits.map(d => [d.source.uri, d.text.split('\n')]))
        for (const { place } of facts) {
          if (place.in !== 'span') throw new Error('a server stands somewhere')
          const line = texts.get(place.source.uri)?.[place.start.line - 1]
          expect(line).toBeDefined()
          expect(place.start.column).toBeLessThanOrEqual((line ?? '').length + 1)
        }
      }),
      { numRuns: 300 },
    )
  }, 30_000)
})
