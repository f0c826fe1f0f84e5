import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { loadShipped } from '../.build/shipped.ts'
import { audit } from '../src/audit.ts'
import { checks } from '../src/checks/index.ts'
import { collectors } from '../src/collect/index.ts'
import { kinds } from '../src/facts/index.ts'
import { loadPolicy } from '../src/policy/load.ts'
import { formats } from '../src/report/index.ts'
import { diskWorkspace } from '../src/workspace/disk.ts'
import { git, put, scratch } from './scratch.ts'
import { dice, distinctValues, tokenKinds } from './secret/corpus.ts'

/**
 * Some 700 known values, one in each place a secret was ever found in, and not a character of them in any report. A value
 * nothing calls a secret and that stands in a text nobody reads is beyond any tool: each stands with a name, in a form of
 * its own, or in a file that is read.
 */
interface Planted {
  readonly files: Record<string, string>
  readonly values: readonly string[]
  readonly tokens: readonly string[]
  readonly commits: readonly { readonly subject: string; readonly author: string }[]
  readonly tags: readonly string[]
}

const plant = (): Planted => {
  const values = [...distinctValues(7, 700)]
  const used: string[] = []
  const v = (): string => {
    const value = values[used.length] ?? ''
    used.push(value)
    return value
  }
  const d = dice(11)
  const tokens = Object.values(tokenKinds).flatMap(make => [make(d), make(d)])
  const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i))
  const files: Record<string, string> = {}

  for (const i of times(8, n => n)) {
    files[`deploy/stack${i}/compose.yaml`] = `services:
  db:
    image: postgres:17
    command: ["postgres", "--password", "${v()}"]
    ports: ["5432:5432"]
    environment:
      POSTGRES_PASSWORD: ${v()}
      API_TOKEN: \${API_TOKEN:-${v()}}
      DATABASE_URL: postgres://app:${v()}@db:5432/app
    labels:
      - "traefik.auth.password=${v()}"
    healthcheck:
      test: ["CMD-SHELL", "PGPASSWORD=${v()} psql -c 'select 1'"]
  cache:
    image: redis
    command: redis-server --requirepass ${v()}
    environment: ["REDIS_PASSWORD=${v()}", "SESSION_SECRET=${v()}"]
    build:
      context: .
      args: { NPM_TOKEN: ${v()} }
    env_file: [app.env]
`
    files[`deploy/stack${i}/app.env`] = `SECRET_KEY=${v()}\nSMTP_PASSWORD="${v()}"\nexport STRIPE_SECRET='${v()}'\n`
    files[`images/app${i}/Dockerfile`] = `FROM node:24
ARG NPM_TOKEN=${v()}
ENV API_KEY=${v()} DB_PASSWORD="${v()}"
RUN curl -H "Authorization: Bearer ${v()}" https://files.example/x && PGPASSWORD=${v()} psql -h db
RUN echo "//npm.internal/:_authToken=${v()}" > .npmrc
USER root
`
    files[`deploy/nginx${i}/nginx.conf`] = `events {}
http {
  map $http_x_api_key $client {
    default "";
    "${v()}" reports;
    "${v()}" imports;
  }
  server {
    listen 80;
    server_name a${i}.internal;
    if ($http_x_admin_token != "${v()}") { return 403; }
    location / {
      proxy_set_header Authorization "Bearer ${v()}";
      proxy_pass http://app:${v()}@up:8080;
      add_header Strict-Transport-Security "max-age=1; token=${v()}";
    }
  }
  server {
    listen 443 ssl;
    ssl_protocols TLSv1.2 password=${v()};
    ssl_ciphers "token=${v()}";
  }
}
`
    files[`.github/workflows/ci${i}.yml`] = `name: ci
on: [push, pull_request]
permissions: write-all
env:
  API_TOKEN: ${v()}
jobs:
  test:
    runs-on: ubuntu-latest
    env: { DB_PASSWORD: "${v()}" }
    steps:
      - uses: actions/checkout@v4
        with: { token: ${v()} }
      - run: PASSWORD=${v()} pytest || true
      - run: bandit -r . --token ${v()} || true
      - run: curl -u ci:${v()} https://files.example && pip-audit --password ${v()}
`
    files[`docs/policy${i}.md`] = `# Access policy

Version: password=${v()}
Owner: token: ${v()}
Effective date: $(date) secret=${v()}
Approved by: [name] api_key=${v()}
Last reviewed: 2020-01-01

Everyone signs in with password: ${v()} .. and \`token=${v()}\`. TODO rotate password=${v()}
`
    files[`docs/notes${i}.md`] =
      `# Notes\n\n\`\`\`sh\nexport TOKEN=${v()}\nmysql -p${v()} app\ncurl -u ops:${v()} https://x\n\`\`\`\n`
    files[`app/settings${i}.py`] = `SECRET_KEY = "${v()}"
DATABASE_URL = "postgresql://app:${v()}@db/app"
password = '${v()}'
CLIENT = dict(api_key="${v()}", token="${v()}")
`
    files[`app/config${i}.json`] =
      `{ "password": "${v()}", "client_secret": "${v()}", "nested": { "apiKey": "${v()}" } }\n`
    files[`db/init${i}.sql`] = `CREATE ROLE app LOGIN PASSWORD '${v()}';\nCREATE USER x IDENTIFIED BY '${v()}';\n`
    files[`k8s/secret${i}.yaml`] =
      `apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData:\n  token: ${v()}\n  password: ${v()}\n`
    files[`logs/ci${i}.log`] = `2026-06-01T12:00:00Z login password=${v()}
2026-06-01T12:00:01Z ##[group]Run PASSWORD=${v()} pytest || true
2026-06-01T12:00:02Z ##[error]token=${v()} failed
2026-06-01T12:00:03Z FAILED tests/test_a.py::test_x - AssertionError: secret=${v()}
`
    files[`backup/password=${v()}.sql`] = `-- PostgreSQL database dump\nCOPY users FROM stdin;\n1\t${v()}\n`
    files[`data/token=${v()}.db`] = 'SQLite format 3\0rows'
  }
  tokens.forEach((token, i) => {
    files[`src/client${i}.ts`] = `export const client = connect('${token}')\n`
  })
  files['bandit.json'] = JSON.stringify({
    errors: [{ filename: 'app/a.py', reason: `syntax error near password=${v()}` }],
    generated_at: '2026-11-20T10:12:00Z',
    metrics: { _totals: { 'SEVERITY.HIGH': 1, loc: 8, nosec: 0, skipped_tests: 0 } },
    results: [
      {
        code: `1 password = "${v()}"\n`,
        col_offset: 0,
        end_col_offset: 9,
        filename: `app/token=${v()}.py`,
        issue_confidence: 'HIGH',
        issue_cwe: { id: 259, link: 'https://cwe.example/259' },
        issue_severity: 'HIGH',
        issue_text: `Possible hardcoded password: password='${v()}'`,
        line_number: 1,
        line_range: [1],
        more_info: `https://user:${v()}@docs.example/x`,
        test_id: 'B105',
        test_name: `token=${v()}`,
      },
    ],
  })
  files['pip-audit.json'] = JSON.stringify({
    dependencies: [
      {
        name: `pkg token=${v()}`,
        version: `1.0 password=${v()}`,
        vulns: [{ id: `PYSEC-1 token=${v()}`, fix_versions: [], aliases: [], description: `secret=${v()}` }],
      },
    ],
    fixes: [],
  })
  files['iip-audit.yaml'] = `organisation: "Acme password=${v()}"
people: { ada: { name: "Ada token=${v()}", role: "secret=${v()}" } }
scope:
  exclude:
    - { glob: "vendor/**", reason: "password=${v()}", until: 2027-01-01 }
controls:
  IIP-CHG-01: { disposition: not-applicable, reason: "token=${v()}", until: 2027-01-01 }
`
  files['.iip-audit/waivers.yaml'] = `waivers:
  - id: w1
    check: compose-ports-stay-on-loopback
    finding: 0123456789abcdef
    observed: "password=${v()}"
    reason: "accepted, token=${v()}"
    requestedBy: "Ada password=${v()}"
    approvedBy: "Bo secret=${v()}"
    approvedOn: 2026-06-01
    expires: 2027-01-01
`
  const commits = times(20, () => ({ subject: `Set password=${v()} and token: ${v()}`, author: `Ada token=${v()}` }))
  const tags = times(10, () => `v1-token=${v()}`)
  return { files, commits, tags, values: used, tokens }
}

/** The form of the planted values: one look at a text finds all of them. Tokens are looked for one by one. */
const form = /[a-z]{4}\d{3}[A-Z]{3}[A-Za-z0-9]{10}/g

test('no report and no diagnostic holds any of 500 planted secrets', { timeout: 120_000 }, async () => {
  const planted = plant()
  const { values } = planted
  expect(values.length).toBeGreaterThanOrEqual(500)
  const folder = scratch()
  git(folder, 'init', '-q')
  for (const [i, { subject, author }] of planted.commits.entries()) {
    writeFileSync(join(folder, 'old.env'), `API_TOKEN=${planted.values[i]}x\nn=${i}\n`)
    git(folder, 'add', '-A')
    git(folder, 'commit', '-q', '-m', subject, `--author=${author} <a@example.org>`)
  }
  git(folder, 'rm', '-q', 'old.env')
  put(folder, planted.files)
  git(folder, 'add', '-A', '--force')
  git(folder, 'commit', '-q', '-m', 'All')
  for (const tag of planted.tags) git(folder, 'tag', '-m', tag, tag)

  const signal = new AbortController().signal
  const opened = diskWorkspace(folder, { path: process.env['PATH'], signal })
  if (!opened.ok) throw new Error(opened.refusal.reason)
  const workspace = opened.value
  const policy = await loadPolicy({
    tree: workspace.tree,
    folder: '',
    shipped: await loadShipped(),
    checks,
    kinds: Object.keys(kinds),
  })
  if (!policy.ok) throw new Error(JSON.stringify(policy.complaints))
  const report = await audit(
    {
      policy: policy.value,
      workspace,
      selection: { frameworks: [], controls: [], checks: [] },
      path: folder,
      version: 'test',
      policyFrom: 'rules from the tree under test',
      failOn: 'high',
      strict: 'off',
      inputs: {
        endpoints: [],
        ca: [],
        ciLogs: [join(folder, 'logs')],
        reports: [
          { tool: 'bandit', path: join(folder, 'bandit.json') },
          { tool: 'pip-audit', path: join(folder, 'pip-audit.json') },
        ],
        asOf: '2026-11-24',
      },
      signal,
    },
    collectors,
  )
  expect(report.crashes).toEqual([])
  expect(report.findings.length).toBeGreaterThan(50)

  const known = new Set(values)
  const leaks: string[] = []
  for (const format of formats) {
    if (!('load' in format)) continue
    const render = await format.load()
    for (const all of [true, false]) {
      const text = [...render(report, { all, quiet: false, color: false, columns: 80 })].join('')
      expect(text.length, format.name).toBeGreaterThan(500)
      // Wrapped at the width of a terminal, a value could stand on two lines.
      const flat = text.replace(/\n[ \t│|]*/g, '')
      for (const where of [text, flat]) {
        const shown = [
          ...[...where.matchAll(form)].map(m => m[0]).filter(one => known.has(one)),
          ...planted.tokens.filter(token => where.includes(token)),
        ]
        for (const one of shown) {
          const at = where.indexOf(one)
          leaks.push(`${format.name}: ${where.slice(Math.max(0, at - 60), at + one.length + 20)}`)
        }
      }
    }
  }
  expect([...new Set(leaks)]).toEqual([])
})
