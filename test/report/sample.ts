import { sha256 } from '../../src/digest.ts'
import { lineHashes } from '../../src/line-hash.ts'
import type { Severity, Standing, Status } from '../../src/model.ts'
import type {
  Excerpt,
  Finding,
  Rendering,
  Report,
  ReportControl,
  ReportGap,
  ReportLocation,
  ReportRow,
  ReportRule,
  ReportUse,
} from '../../src/report/report.ts'

/** A report as one run might close it: every severity, verdict, cause, status and kind of place, and hostile names. */

export const plain: Rendering = { quiet: false, all: false, color: false, columns: 100 }

const digest = sha256

/** Where a text stands in a file, its excerpt and line hash, as the engine makes them. */
export const spot = (
  uri: string,
  text: string,
  needle: string,
): { readonly location: ReportLocation; readonly excerpt: Excerpt; readonly lineHash: string } => {
  const at = text.indexOf(needle)
  const before = text.slice(0, at).split('\n')
  const line = before.length
  const from = before.at(-1)?.length ?? 0
  const shown = text.split('\n')[line - 1] ?? ''
  const to = Math.min(from + needle.length, shown.length)
  const endLine = line + needle.split('\n').length - 1
  const endColumn = endLine === line ? to + 1 : (needle.split('\n').at(-1)?.length ?? 0) + 1
  return {
    location: { uri, startLine: line, startColumn: from + 1, endLine, endColumn },
    excerpt: { line, text: shown, from, to, redacted: false },
    lineHash: lineHashes(text, [line]).get(line)?.hash ?? '',
  }
}

export const files = {
  'compose.yaml': `services:
  web:
    image: intake
    ports:
      - "443:8443"
  records-db:
    image: postgres:17
    ports:
      - "5432:5432"
  loki:
    image: grafana/loki:3
    ports:
      - "3100:3100"
  grafana:
    image: grafana/grafana:12
    ports:
      - "3000:3000"
  search:
    image: opensearchproject/opensearch:2
    ports: ["9200:9200", "9300:9300"]
  cache:
    image: valkey/valkey:8
    ports:
      - target: 6379
        published: "6379"
`,
  'deploy/nginx/edge.conf': `http {
  server {
    listen 443 ssl;
    ssl_protocols TLSv1.2 TLSv1.3;
\t\tadd_header X-Frame-Options "証明書🔒" always;
  }
}
`,
  '.github/workflows/ci.yml': `on: [push]
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
      - run: pytest -q || echo "tests failed, continuing"
`,
  'docs/policies/access.md': `# Access

${'Access is reviewed on every change of role and at least once a quarter; '.repeat(3)}Effective date: $(date +%F) ${'and so on, in one paragraph without an end '.repeat(3)}
`,
  'iip-audit.yaml': `organisation: Northlight
frameworks: [soc2, hipaa]
`,
} as const

/** What a hostile tree can put into every text that it has a say in. */
export const hostile =
  '\u{1b}[2Ja|b`c`<img src=x onerror=1>\u{202e}gnp.exe\u{200b} [x](https://evil.example) @owner #1 https://evil.example/a {0}'
export const hostilePath = 'docs/\u{1b}[31mred\nname|`x`<b>[a](b) 100%.md'

const rules: readonly ReportRule[] = [
  rule('compose-ports-stay-on-loopback', 'high', ['IIP-NET-01', 'IIP-NET-05'], {
    title: 'Published ports are bound to the loopback interface',
    why: 'A port published without a host address listens on every interface, and Docker inserts its own firewall rules: the host firewall does not help.',
    fix: 'Write "127.0.0.1:5432:5432", or drop `ports` and use the internal network.',
    samples: { bad: 'ports: ["5432:5432"]', good: 'ports: ["127.0.0.1:5432:5432"]' },
    source: 'Docker documentation, Packet filtering and firewalls',
    blind: 'What a firewall outside the host drops.',
  }),
  rule('nginx-tls-floor', 'critical', ['IIP-CRY-01'], {
    title: 'The nginx that runs accepts no TLS version below the floor',
    why: 'A recorded session without forward secrecy opens when a key leaks.',
    fix: 'Write `ssl_protocols TLSv1.3;` in http{} and in the default_server of every listen socket.',
    source: 'NIST SP 800-52 Rev. 2',
  }),
  rule('nginx-sends-hsts', 'medium', ['IIP-NET-05'], {
    title: 'Every TLS server sends Strict-Transport-Security',
    why: 'Without it the first request of a browser may go out in clear text.',
    fix: 'Add `add_header Strict-Transport-Security "max-age=31536000" always;`.',
  }),
  rule('tls-endpoint-floor', 'high', ['IIP-CRY-01'], {
    title: 'The endpoint accepts no TLS version below the floor',
    why: 'What is configured is not always what runs.',
    fix: 'Raise the floor where TLS is terminated.',
  }),
  rule('tests-block-the-merge', 'high', ['IIP-CHG-03'], {
    title: 'A failing test run stops the merge',
    why: 'An auditor tests whether the gate could have said no. A step that always succeeds never could.',
    fix: 'Drop `|| echo …`; upload the report in a later step with `if: always()`.',
    confidence: 'medium',
  }),
  rule('git-commits-are-signed', 'high', ['IIP-CHG-01'], {
    title: 'Commits on protected branches are signed',
    why: 'An unsigned commit can carry any author.',
    fix: 'Set commit.gpgsign and gpg.format, and require signed commits on the branch.',
  }),
  rule('policy-has-no-placeholders', 'medium', ['IIP-GOV-05'], {
    title: 'A policy in force has no blanks left to fill',
    why: 'A policy that was never completed was never in force.',
    fix: 'Fill in the blank, or mark the document `type: template`.',
  }),
  rule('readme-names-an-owner', 'low', ['IIP-GOV-05'], {
    title: 'The repository names who owns it',
    why: 'Questions need somebody who answers.',
    fix: 'Name the owner in README.md.',
    confidence: 'low',
  }),
  rule('forge-requires-reviews', 'high', ['IIP-CHG-02'], {
    title: 'The forge asks for a review before it merges',
    why: 'What no one must review, no one has reviewed.',
    fix: 'Require one approving review on the default branch.',
  }),
  rule('postgres-forces-tls', 'high', ['IIP-CRY-01'], {
    title: 'The database refuses connections without TLS',
    why: 'Records in clear text can be read on the way.',
    fix: 'Use hostssl lines only in pg_hba.conf.',
  }),
  rule('dependencies-have-no-known-vulnerability', 'high', ['IIP-VUL-02'], {
    title: 'No dependency has a known vulnerability',
    why: 'What is published is tried.',
    fix: 'Upgrade to the fixed version the advisory names.',
  }),
  rule('loki-keeps-logs', 'medium', ['IIP-LOG-03'], {
    title: 'Logs are kept as long as the policy says',
    why: 'An incident is often noticed months later.',
    fix: 'Set limits_config.retention_period and compactor.retention_enabled.',
  }),
].sort((a, b) => (a.id < b.id ? -1 : 1))

function rule(
  id: string,
  severity: Severity,
  controls: readonly string[],
  said: Pick<ReportRule, 'title' | 'why' | 'fix'> & Partial<ReportRule>,
): ReportRule {
  return {
    id,
    severity,
    controls,
    confidence: 'high',
    supports: { soc2: ['CC6.1', 'CC6.6'], hipaa: ['164.312(e)(1)'] },
    ...said,
  }
}

type Found = Omit<Finding, 'fingerprint' | 'observed' | 'confidence' | 'related' | 'state' | 'verdict'> &
  Partial<Finding>

const finding = (f: Found & Pick<Finding, 'check' | 'controls' | 'subject' | 'severity' | 'message'>): Finding =>
  ({
    fingerprint: digest(`${f.check} ${f.subject}`),
    verdict: 'violates',
    confidence: rules.find(r => r.id === f.check)?.confidence ?? 'high',
    observed: f.message,
    related: [],
    state: 'new',
    ...f,
  }) as Finding

const port = (service: string, needle: string, more: Partial<Finding> = {}): Finding =>
  finding({
    ...spot('compose.yaml', files['compose.yaml'], needle),
    check: 'compose-ports-stay-on-loopback',
    controls: ['IIP-NET-01', 'IIP-NET-05'],
    subject: `compose.port:./${service}/${needle.replaceAll(/\D+/g, ' ').trim().split(' ')[0]}/tcp`,
    severity: 'high',
    message: `service "${service}" publishes ${needle.replaceAll(/\D+/g, ' ').trim().split(' ')[0]} on every interface`,
    observed: `${needle.replaceAll('"', '')} without a host address`,
    ...more,
  } as Found & Pick<Finding, 'check' | 'controls' | 'subject' | 'severity' | 'message'>)

const row = (oid: string, date: string, said: string): ReportRow => ({
  id: `git.commit:${oid}`,
  place: oid.slice(0, 10),
  observed: `${date} ${said}`,
})
const unsigned = [
  row('9b07d1e4aa0c5d5b6a0c11a9f7e3c2d1b0a99887', '2026-11-19', 'no signature: "hotfix: intake timeout"'),
  row('e41b9d2c33f0a1b2c3d4e5f60718293a4b5c6d7e', '2026-07-30', 'no signature: "bump base image"'),
  row('77aa0126f5e4d3c2b1a0998877665544332211ff', '2026-07-29', `no signature: "${hostile}"`),
  row('c0d1f3b0a1b2c3d4e5f60718293a4b5c6d7e8f90', '2026-07-28', 'no signature: "a fourth one"'),
]
const signed = row('4f1c2e9d00112233445566778899aabbccddeeff', '2026-11-24', 'signed by an approved key')

const findings: readonly Finding[] = [
  finding({
    location: { uri: '.' },
    check: 'readme-names-an-owner',
    controls: ['IIP-GOV-05'],
    subject: 'none:document.readme',
    severity: 'low',
    message: 'no README names an owner',
    observed: 'no document.readme seen',
  }),
  finding({
    ...spot('.github/workflows/ci.yml', files['.github/workflows/ci.yml'], '|| echo "tests failed, continuing"'),
    check: 'tests-block-the-merge',
    controls: ['IIP-CHG-03'],
    subject: 'ci.gate:.github/workflows/ci.yml/tests',
    severity: 'high',
    message: 'the tests run, but their failure cannot stop the merge',
    observed: 'the step succeeds whatever pytest returns',
    related: [
      {
        location: { uri: '.github/workflows/release.yml', startLine: 12, startColumn: 12, endLine: 12, endColumn: 16 },
        message: 'job "publish" relies on it (needs: test)',
      },
    ],
  }),
  port('records-db', '"5432:5432"'),
  port('loki', '"3100:3100"'),
  port('grafana', '"3000:3000"', { state: 'known' }),
  port('search', '"9200:9200"'),
  port('search', '"9300:9300"'),
  port('cache', 'target: 6379\n        published: "6379"', { severity: 'medium' }),
  finding({
    ...spot('compose.yaml', files['compose.yaml'], '"443:8443"'),
    check: 'compose-ports-stay-on-loopback',
    controls: ['IIP-NET-01', 'IIP-NET-05'],
    subject: 'compose.port:./web/443/tcp',
    severity: 'high',
    message: 'service "web" publishes 443 on every interface',
    observed: '443:8443 without a host address',
    state: 'waived',
    waiver: 'W-2026-01',
  }),
  finding({
    ...spot('deploy/nginx/edge.conf', files['deploy/nginx/edge.conf'], 'TLSv1.2'),
    check: 'nginx-tls-floor',
    controls: ['IIP-CRY-01'],
    subject: 'nginx.server:deploy/nginx/edge.conf/443',
    severity: 'critical',
    message: 'the nginx that runs accepts TLS 1.2',
    observed: 'ssl_protocols TLSv1.2 TLSv1.3; tls.minVersion is 1.3',
    related: [
      {
        location: { uri: 'compose.yaml', startLine: 33, startColumn: 9, endLine: 33, endColumn: 40 },
        message: 'this file is mounted into service "edge"',
      },
      {
        location: { uri: 'deploy/nginx/hardened.conf' },
        message: 'TLS 1.3 only, but nothing mounts this file: not evidence',
      },
    ],
  }),
  finding({
    ...spot('deploy/nginx/edge.conf', files['deploy/nginx/edge.conf'], '"証明書🔒"'),
    check: 'nginx-sends-hsts',
    controls: ['IIP-NET-05'],
    subject: 'nginx.server:deploy/nginx/edge.conf/443',
    severity: 'medium',
    message: 'the server on 443 sends no Strict-Transport-Security',
    observed: 'X-Frame-Options only',
  }),
  finding({
    ...spot('docs/policies/access.md', files['docs/policies/access.md'], '$(date +%F)'),
    check: 'policy-has-no-placeholders',
    controls: ['IIP-GOV-05'],
    subject: 'document.blank:docs/policies/access.md/1',
    severity: 'medium',
    message: 'the effective date of "Access" is a blank',
    observed: '$(date +%F)',
  }),
  finding({
    location: { uri: hostilePath, startLine: 1, startColumn: 1, endLine: 1, endColumn: 4 },
    excerpt: { line: 1, text: `\t${hostile}`, from: 1, to: 9, redacted: false },
    check: 'policy-has-no-placeholders',
    controls: ['IIP-GOV-05'],
    subject: `document.blank:${hostilePath}/1`,
    severity: 'medium',
    message: `the document "${hostile}" has a blank`,
    observed: hostile,
    related: [{ location: { uri: hostilePath }, message: hostile }],
  }),
  finding({
    location: { uri: 'examples/compose.yaml', startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
    check: 'compose-ports-stay-on-loopback',
    controls: ['IIP-NET-01'],
    subject: 'compose.port:examples/demo/80/tcp',
    severity: 'low',
    message: 'service "demo" publishes 80 on every interface (in a sample folder: decides no control)',
  }),
  finding({
    commit: '9b07d1e4aa0c5d5b6a0c11a9f7e3c2d1b0a99887',
    check: 'git-commits-are-signed',
    controls: ['IIP-CHG-01'],
    subject: 'git.commit:*',
    severity: 'high',
    message: '12 of 412 commits carry no signature',
    observed: 'commits reachable from 4f1c2e9d00, committed on or after 2026-06-01',
    rows: { count: 13, of: 412, new: 12, waived: 1, shown: unsigned },
  }),
  finding({
    commit: '5d5e0011aa0c5d5b6a0c11a9f7e3c2d1b0a99887',
    check: 'git-commits-are-signed',
    controls: ['IIP-CHG-01'],
    subject: 'git.commit:*',
    fingerprint: digest('git-commits-are-signed unsure'),
    verdict: 'unsure',
    severity: 'high',
    message: '7 of 412 commits are signed by a key nobody approved',
    observed: 'commits reachable from 4f1c2e9d00, committed on or after 2026-06-01',
    rows: {
      count: 7,
      of: 412,
      new: 7,
      waived: 0,
      shown: [row('5d5e0011aa0c5d5b6a0c11a9f7e3c2d1b0a99887', '2026-08-11', 'key SHA256:mV3 is not known')],
    },
  }),
  finding({
    endpoint: 'intake.northlight.example:443',
    check: 'tls-endpoint-floor',
    controls: ['IIP-CRY-01'],
    subject: 'tls.endpoint:intake.northlight.example:443',
    severity: 'high',
    message: 'intake.northlight.example:443 accepts TLS 1.2',
    observed: 'TLS 1.2 with ECDHE-RSA-AES128-GCM-SHA256',
  }),
  finding({
    api: {
      url: 'https://forge.example/repos/northlight/intake-api/branches/main/protection',
      pointer: '/required_pull_request_reviews',
    },
    check: 'forge-requires-reviews',
    controls: ['IIP-CHG-02'],
    subject: 'forge.branch:main',
    severity: 'high',
    message: 'main can be merged into without a review',
    observed: 'required_pull_request_reviews is absent',
  }),
  finding({
    row: { uri: 'ci-logs/pip-audit.json', key: 'PYSEC-2026-7' },
    check: 'dependencies-have-no-known-vulnerability',
    controls: ['IIP-VUL-02'],
    subject: 'report.vulnerability:*',
    severity: 'high',
    message: '1 of 3 dependencies has a known vulnerability',
    observed: 'rows of ci-logs/pip-audit.json',
    rows: {
      count: 1,
      of: 3,
      new: 1,
      waived: 0,
      shown: [
        {
          id: 'report.vulnerability:PYSEC-2026-7',
          place: 'ci-logs/pip-audit.json (PYSEC-2026-7)',
          observed: 'requests 2.1.0, fixed in 2.32.4',
        },
      ],
    },
  }),
  finding({
    database: { authority: 'records-db:5432', object: 'pg_hba line 3' },
    check: 'postgres-forces-tls',
    controls: ['IIP-CRY-01'],
    subject: 'postgres.hba:3',
    verdict: 'unsure',
    severity: 'high',
    message: 'whether line 3 is ever reached depends on the address of the client',
  }),
]

const gap = (g: Pick<ReportGap, 'cause' | 'reason' | 'controls'> & { uri: string; line?: number }): ReportGap => ({
  location: {
    uri: g.uri,
    ...(g.line === undefined ? {} : { startLine: g.line, startColumn: 9, endLine: g.line, endColumn: 12 }),
  },
  id: digest(`${g.cause}${g.uri}`),
  cause: g.cause,
  kinds: ['loki.config', 'compose.mount'],
  reason: g.reason,
  controls: g.controls,
})

const gaps: readonly ReportGap[] = [
  gap({
    cause: 'unresolved',
    uri: 'compose.metrics.yaml',
    line: 22,
    reason: 'deploy/loki/loki.yaml is mounted but is not in the tree',
    controls: ['IIP-LOG-03'],
  }),
  gap({
    cause: 'unparsed',
    uri: 'api/routes/export.py',
    line: 1,
    reason: 'not Python as Python 3.13 reads it',
    controls: ['IIP-ACC-06', 'IIP-CRY-01'],
  }),
  gap({
    cause: 'unparsed',
    uri: 'api/routes/import.py',
    line: 4,
    reason: 'not Python as Python 3.13 reads it',
    controls: ['IIP-ACC-06', 'IIP-CRY-01'],
  }),
  gap({ cause: 'unreadable', uri: hostilePath, reason: `cannot be read: ${hostile}`, controls: ['IIP-ACC-06'] }),
  gap({
    cause: 'too-large',
    uri: 'dump.sql',
    reason: '9,000,000 bytes; at most 2,097,152 are read',
    controls: ['IIP-ACC-06'],
  }),
  gap({
    cause: 'denied',
    uri: 'link.conf',
    reason: 'a link that leads out of the tree is not followed',
    controls: ['IIP-LOG-03'],
  }),
  gap({ cause: 'bug', uri: 'deploy/odd.yaml', reason: 'the collector compose threw', controls: ['IIP-NET-01'] }),
  {
    ...gap({ cause: 'unparsed', uri: 'examples/old.yaml', line: 2, reason: 'not YAML', controls: ['IIP-NET-01'] }),
    sample: true,
  },
  {
    endpoint: 'records.northlight.example:443',
    id: digest('not-asked'),
    cause: 'not-asked',
    kinds: ['tls.endpoint'],
    reason: 'declared in the profile; no --live in this run',
    controls: ['IIP-CRY-01'],
  },
]

const use = (check: string, outcome: ReportUse['outcome'], more: Partial<ReportUse> = {}): ReportUse => ({
  check,
  with: {},
  role: 'required',
  severity: rules.find(r => r.id === check)?.severity ?? 'high',
  outcome,
  population: { count: 0, conforms: 0, violates: 0, unsure: 0, waived: 0, exempt: 0 },
  subjects: [],
  ...more,
})

const subjectsOf = (check: string): ReportUse['subjects'] =>
  findings
    .filter(f => f.check === check && !f.rows)
    .map(f => {
      const at = Object.fromEntries(
        Object.entries(f).filter(([key]) => ['location', 'commit', 'endpoint', 'api', 'row', 'database'].includes(key)),
      )
      const sample = f.message.includes('sample folder') ? { sample: true as const } : {}
      return {
        ...at,
        id: f.subject,
        verdict: f.verdict,
        observed: f.observed,
        ...sample,
      } as ReportUse['subjects'][number]
    })

const control = (
  id: string,
  title: string,
  status: Status,
  reason: string,
  supports: ReportControl['supports'],
  more: Partial<ReportControl> = {},
): ReportControl => ({
  id,
  revision: 1,
  title,
  level: 'repository',
  severity: 'high',
  status,
  reason,
  attested: false,
  statement: `${title}, everywhere and always.`,
  rationale: 'Somebody relies on it.',
  supports,
  definition: { uri: `controls/${id}.yaml`, sha256: digest(id) },
  parameters: {},
  checks: [],
  planned: [],
  attestation: undefined,
  remediation: [],
  references: [],
  ...more,
})

const conforming = (uri: string, line: number, id: string, observed: string): ReportUse['subjects'][number] => ({
  location: { uri, startLine: line, startColumn: 9, endLine: line, endColumn: 20 },
  id,
  verdict: 'conforms',
  observed,
})

const controls: readonly ReportControl[] = [
  control(
    'IIP-ACC-03',
    'Access reviews',
    'manual',
    'stale since 2026-09-01: Were all accounts reviewed this quarter?',
    { soc2: ['CC6.2', 'CC6.3'], hipaa: ['164.308(a)(4)(ii)(C)'] },
    {
      level: 'system',
      severity: 'medium',
      attestation: {
        form: 'access-review',
        question: 'Were all accounts reviewed this quarter?',
        state: 'expired',
        by: 'm.ruiz (CISO)',
        on: '2026-06-01',
        until: '2026-09-01',
      },
    },
  ),
  control('IIP-ACC-06', 'Routes need a login', 'inconclusive', '3 gaps in what could be seen', {
    soc2: ['CC6.1'],
    hipaa: ['164.312(a)(1)', '164.312(d)'],
  }),
  control(
    'IIP-CHG-01',
    'Signed commits',
    'fail',
    '12 of 412 commits carry no signature',
    { soc2: ['CC8.1', 'CC6.8'], hipaa: ['164.312(c)(1)', '164.312(d)'] },
    {
      revision: 2,
      statement:
        'Every commit reachable from a protected branch since the enforcement date carries a signature that verifies against an approved key.',
      parameters: {
        'commits.branches': { value: 'main', default: 'main', setBy: 'default' },
        'commits.enforcedSince': { value: '2026-06-01', default: '', setBy: 'iip-audit.yaml:19:5' },
      },
      checks: [
        use('git-commits-are-signed', 'violated', {
          with: { since: '2026-06-01', branches: 'main' },
          population: {
            count: 412,
            conforms: 392,
            violates: 12,
            unsure: 7,
            waived: 1,
            exempt: 1694,
            query: 'commits reachable from 4f1c2e9d00, committed on or after 2026-06-01',
            rows: [
              {
                verdict: 'conforms',
                count: 392,
                first: row('1c20e4fa00112233445566778899aabbccddeeff', '2026-06-01', 'signed by an approved key'),
                last: signed,
                shown: [signed],
              },
              {
                verdict: 'violates',
                count: 13,
                first: row('e41b9d2c33f0a1b2c3d4e5f60718293a4b5c6d7e', '2026-07-30', 'no signature'),
                last: row('9b07d1e4aa0c5d5b6a0c11a9f7e3c2d1b0a99887', '2026-11-19', 'no signature'),
                shown: unsigned,
              },
              {
                verdict: 'unsure',
                count: 7,
                first: row('5d5e0011aa0c5d5b6a0c11a9f7e3c2d1b0a99887', '2026-08-11', 'key not known'),
                last: row('b3f7c88a00112233445566778899aabbccddeeff', '2026-10-02', 'key not known'),
                shown: [],
              },
              {
                verdict: 'exempt',
                count: 1694,
                first: row('0000000a00112233445566778899aabbccddeeff', '2024-01-02', 'before 2026-06-01'),
                last: row('0000000b00112233445566778899aabbccddeeff', '2026-05-31', 'before 2026-06-01'),
                shown: [],
              },
            ],
          },
        }),
      ],
      remediation: ['Turn on signing: `git config commit.gpgsign true`.', 'Require signed commits on the branch.'],
      references: [
        { title: 'git-commit(1), --gpg-sign', url: 'https://git-scm.com/docs/git-commit' },
        { title: 'Change policy, section 4' },
      ],
    },
  ),
  control(
    'IIP-CHG-02',
    'Reviewed changes',
    'fail',
    'main can be merged into without a review',
    { soc2: ['CC8.1'] },
    {
      checks: [
        use('forge-requires-reviews', 'violated', {
          population: { count: 1, conforms: 0, violates: 1, unsure: 0, waived: 0, exempt: 0 },
          subjects: subjectsOf('forge-requires-reviews'),
        }),
      ],
    },
  ),
  control(
    'IIP-CHG-03',
    'Test gate',
    'fail',
    'the tests run, but their failure cannot stop the merge',
    { soc2: ['CC8.1'] },
    {
      checks: [
        use('tests-block-the-merge', 'violated', {
          population: { count: 2, conforms: 1, violates: 1, unsure: 0, waived: 0, exempt: 0 },
          subjects: [
            ...subjectsOf('tests-block-the-merge'),
            conforming(
              '.github/workflows/release.yml',
              20,
              'ci.gate:release/tests',
              'blocks: the job fails with pytest',
            ),
          ],
        }),
      ],
    },
  ),
  control(
    'IIP-CRY-01',
    'TLS minimum version',
    'fail',
    'the nginx that runs accepts TLS 1.2; intake.northlight.example:443 accepts TLS 1.2',
    {
      soc2: ['CC6.1', 'CC6.7'],
      hipaa: ['164.312(e)(1)', '164.312(e)(2)(i)', '164.312(e)(2)(ii)', '164.312(a)(2)(iv)'],
    },
    {
      parameters: { 'tls.minVersion': { value: '1.3', default: '1.3', setBy: 'default' } },
      checks: [
        use('nginx-tls-floor', 'violated', {
          with: { minVersion: '1.3' },
          population: { count: 2, conforms: 1, violates: 1, unsure: 0, waived: 0, exempt: 0 },
          subjects: [
            ...subjectsOf('nginx-tls-floor'),
            conforming('deploy/nginx/edge.conf', 17, 'nginx.server:deploy/nginx/edge.conf/8443', 'TLSv1.3 only'),
          ],
        }),
        use('tls-endpoint-floor', 'violated', {
          with: { minVersion: '1.3' },
          population: { count: 1, conforms: 0, violates: 1, unsure: 0, waived: 0, exempt: 0 },
          subjects: subjectsOf('tls-endpoint-floor'),
        }),
        use('postgres-forces-tls', 'undecided', {
          population: { count: 1, conforms: 0, violates: 0, unsure: 1, waived: 0, exempt: 0 },
          subjects: subjectsOf('postgres-forces-tls'),
        }),
      ],
      planned: [{ what: 'ssl_min_protocol_version of postgresql.conf', role: 'required' }],
      references: [{ title: 'NIST SP 800-52 Rev. 2', url: 'https://doi.org/10.6028/NIST.SP.800-52r2' }],
    },
  ),
  control(
    'IIP-END-01',
    'Managed workstations',
    'manual',
    'a person has to answer: Are all workstations enrolled?',
    { soc2: ['CC6.8'] },
    {
      level: 'system',
      attestation: { form: 'workstations', question: 'Are all workstations enrolled?', state: 'missing' },
    },
  ),
  control(
    'IIP-GOV-05',
    'No unresolved placeholders',
    'fail',
    'policy-has-no-placeholders: 2 of 9 do not conform',
    { soc2: ['CC5.3'], hipaa: ['164.316(b)(1)'] },
    {
      severity: 'medium',
      checks: [
        use('policy-has-no-placeholders', 'violated', {
          population: { count: 9, conforms: 7, violates: 2, unsure: 0, waived: 0, exempt: 1 },
          subjects: [
            ...subjectsOf('policy-has-no-placeholders'),
            conforming('docs/policies/change.md', 1, 'document.policy:docs/policies/change.md', 'no blank'),
            {
              location: { uri: 'docs/templates/policy.md' },
              id: 'document.policy:docs/templates/policy.md',
              verdict: 'exempt',
              observed: 'a template may hold blanks',
            },
          ],
        }),
        use('readme-names-an-owner', 'violated', {
          role: 'supporting',
          severity: 'low',
          population: { count: 1, conforms: 0, violates: 1, unsure: 0, waived: 0, exempt: 0 },
          subjects: subjectsOf('readme-names-an-owner'),
        }),
      ],
    },
  ),
  control(
    'IIP-GOV-09',
    'Vendors are assessed',
    'fail',
    'k.lund (COO) answered no on 2026-10-10',
    { soc2: ['CC9.2'] },
    {
      attestation: {
        form: 'vendors',
        question: 'Was every vendor assessed this year?',
        state: 'no',
        by: 'k.lund (COO)',
        on: '2026-10-10',
        until: '2027-10-10',
      },
    },
  ),
  control(
    'IIP-INC-01',
    'Incident response plan',
    'pass',
    'attested by m.ruiz (CISO) on 2026-10-01, valid until 2027-10-01',
    { soc2: ['CC7.3', 'CC7.4'], hipaa: ['164.308(a)(6)(i)'] },
    {
      attested: true,
      attestation: {
        form: 'incident-plan',
        question: 'Was the plan exercised this year?',
        state: 'yes',
        by: 'm.ruiz (CISO)',
        on: '2026-10-01',
        until: '2027-10-01',
      },
    },
  ),
  control(
    'IIP-LOG-03',
    'Log retention',
    'inconclusive',
    '2 gaps in what could be seen',
    { soc2: ['CC7.2'], hipaa: ['164.312(b)'] },
    {
      checks: [use('loki-keeps-logs', 'undecided')],
    },
  ),
  control(
    'IIP-NET-01',
    'Network segmentation',
    'fail',
    'compose-ports-stay-on-loopback: 6 of 8 do not conform',
    { soc2: ['CC6.6'], hipaa: ['164.312(a)(1)'] },
    {
      checks: [
        use('compose-ports-stay-on-loopback', 'violated', {
          population: { count: 8, conforms: 1, violates: 6, unsure: 0, waived: 1, exempt: 0 },
          subjects: [
            ...subjectsOf('compose-ports-stay-on-loopback'),
            conforming('compose.yaml', 28, 'compose.port:./admin/9000/tcp', 'published on 127.0.0.1'),
          ],
        }),
      ],
    },
  ),
  control(
    'IIP-NET-05',
    'Edge hardening',
    'fail',
    'the server on 443 sends no Strict-Transport-Security',
    { soc2: ['CC6.6', 'CC6.7'], hipaa: ['164.312(e)(1)'] },
    {
      severity: 'medium',
      checks: [
        use('nginx-sends-hsts', 'violated', {
          population: { count: 2, conforms: 1, violates: 1, unsure: 0, waived: 0, exempt: 0 },
          subjects: subjectsOf('nginx-sends-hsts'),
        }),
        use('compose-ports-stay-on-loopback', 'violated', {
          role: 'supporting',
          severity: 'medium',
          population: { count: 8, conforms: 1, violates: 6, unsure: 0, waived: 1, exempt: 0 },
          subjects: subjectsOf('compose-ports-stay-on-loopback'),
        }),
      ],
    },
  ),
  control(
    'IIP-PEO-01',
    'Training',
    'not-run',
    'a control of the whole system: left to the roll-up',
    { soc2: ['CC1.4'], hipaa: ['164.308(a)(5)(i)'] },
    { level: 'system' },
  ),
  control(
    'IIP-RES-01',
    'Backups are restored',
    'not-run',
    '1 required check not built yet: a restore in the last 90 days',
    { soc2: ['A1.2'] },
    {
      planned: [{ what: 'a restore in the last 90 days', role: 'required' }],
    },
  ),
  control('IIP-SEC-01', 'No secrets in the tree', 'pass', 'no-secret-is-tracked: 418 of 418 conform', {
    soc2: ['CC6.1'],
    hipaa: ['164.312(d)'],
  }),
  control(
    'IIP-VUL-02',
    'Dependencies',
    'fail',
    '1 of 3 dependencies has a known vulnerability',
    { soc2: ['CC7.1'] },
    {
      checks: [
        use('dependencies-have-no-known-vulnerability', 'violated', {
          population: {
            count: 3,
            conforms: 2,
            violates: 1,
            unsure: 0,
            waived: 0,
            exempt: 0,
            query: 'rows of ci-logs/pip-audit.json',
          },
        }),
      ],
    },
  ),
  control('IIP-WEB-01', 'Session cookies', 'not-applicable', 'nothing it applies to was found', { soc2: ['CC6.1'] }),
  control('IIP-WVR-01', 'Edge ports', 'waived', '1 finding waived', { soc2: ['CC6.6'] }),
]

const standingOf = (list: readonly Status[]): Standing =>
  list.length === 0
    ? 'not-covered'
    : list.includes('fail')
      ? 'contradicted'
      : list.some(s => s === 'inconclusive' || s === 'manual' || s === 'not-run' || s === 'waived')
        ? 'open'
        : list.includes('pass')
          ? 'supported'
          : 'does-not-apply'

const requirement = (
  framework: string,
  id: string,
  title: string,
  category: string,
  designation?: 'Std' | 'R' | 'A',
) => {
  const own = controls.filter(c => c.supports[framework]?.includes(id)).map(c => ({ id: c.id, status: c.status }))
  return {
    id,
    title,
    category,
    ...(designation ? { designation } : {}),
    standing: standingOf(own.map(c => c.status)),
    passes: own.filter(c => c.status === 'pass').length,
    controls: own,
  }
}

export const sample: Report = {
  schema: 'iip-audit-report/1',
  tool: { name: 'iip-audit', version: '0.3.0' },
  run: { startedAt: '2026-11-24T09:30:00Z', seconds: 1.4 },
  asOf: '2026-11-24',
  target: {
    path: '.',
    repository: 'https://github.com/northlight/intake-api.git',
    branch: 'main',
    commit: '4f1c2e9d00112233445566778899aabbccddeeff',
    tree: 'aa11c2e9d00112233445566778899aabbccddeef',
    dirty: ['compose.yaml', 'docs/policies/access.md'],
    shallow: false,
    files: 418,
    commits: 2106,
  },
  policy: {
    from: 'rules from the tree under test',
    files: [
      { path: '.iip-audit/waivers.yaml', sha256: digest('waivers') },
      { path: 'iip-audit.yaml', sha256: digest('profile') },
    ],
  },
  selection: { frameworks: ['soc2', 'hipaa'], partial: undefined, live: false },
  catalogs: [
    { id: 'soc2', version: '2017+pof2022', sha256: digest('soc2') },
    { id: 'hipaa', version: '2013-omnibus', sha256: digest('hipaa') },
  ],
  frameworks: [
    {
      id: 'soc2',
      title: 'SOC 2 Trust Services Criteria',
      requirements: [
        requirement('soc2', 'CC1.4', 'Competent people are recruited, trained, developed and kept', 'common'),
        requirement('soc2', 'CC5.3', 'Policies say what is expected; procedures put it into practice', 'common'),
        requirement('soc2', 'CC6.1', 'Logical access protections guard information assets', 'common'),
        requirement('soc2', 'CC6.2', 'Users are registered and approved before credentials are issued', 'common'),
        requirement('soc2', 'CC6.3', 'Access follows role and least privilege', 'common'),
        requirement('soc2', 'CC6.4', 'Physical access is limited to authorised people', 'common'),
        requirement('soc2', 'CC6.6', 'Boundary defences resist threats from outside', 'common'),
        requirement('soc2', 'CC6.7', 'Moving information is limited and protected', 'common'),
        requirement('soc2', 'CC6.8', 'Unauthorised software is prevented or detected', 'common'),
        requirement('soc2', 'CC7.1', 'Newly disclosed vulnerabilities are detected', 'common'),
        requirement('soc2', 'CC7.2', 'Systems are monitored for anomalies', 'common'),
        requirement('soc2', 'CC7.3', 'Security events are evaluated', 'common'),
        requirement('soc2', 'CC7.4', 'Incidents are contained and communicated', 'common'),
        requirement('soc2', 'CC8.1', 'Changes are authorised, tested and released in a controlled way', 'common'),
        requirement('soc2', 'CC9.2', 'Vendors are assessed', 'common'),
        requirement('soc2', 'A1.2', 'Recovery is designed, run and watched', 'availability'),
      ],
    },
    {
      id: 'hipaa',
      title: 'HIPAA Security Rule',
      requirements: [
        requirement(
          'hipaa',
          '164.308(a)(4)(ii)(C)',
          'Access establishment and modification',
          '164.308 Administrative safeguards',
          'A',
        ),
        requirement(
          'hipaa',
          '164.308(a)(5)(i)',
          'Security awareness and training',
          '164.308 Administrative safeguards',
          'Std',
        ),
        requirement(
          'hipaa',
          '164.308(a)(6)(i)',
          'Security incident procedures',
          '164.308 Administrative safeguards',
          'Std',
        ),
        requirement('hipaa', '164.310(a)(1)', 'Facility access controls', '164.310 Physical safeguards', 'Std'),
        requirement('hipaa', '164.312(a)(1)', 'Access control', '164.312 Technical safeguards', 'Std'),
        requirement('hipaa', '164.312(a)(2)(iv)', 'Encryption and decryption', '164.312 Technical safeguards', 'A'),
        requirement('hipaa', '164.312(b)', 'Audit controls', '164.312 Technical safeguards', 'Std'),
        requirement('hipaa', '164.312(c)(1)', 'Integrity', '164.312 Technical safeguards', 'Std'),
        requirement('hipaa', '164.312(d)', 'Person or entity authentication', '164.312 Technical safeguards', 'Std'),
        requirement('hipaa', '164.312(e)(1)', 'Transmission security', '164.312 Technical safeguards', 'Std'),
        requirement('hipaa', '164.316(b)(1)', 'Documentation', '164.316 Policies and documentation', 'Std'),
      ],
    },
  ],
  controls,
  rules,
  findings,
  gaps,
  inputs: [
    ...Object.entries(files).map(([uri, text]) => ({ uri, sha256: digest(uri), bytes: text.length })),
    { uri: hostilePath, sha256: digest('hostile'), bytes: 99 },
  ].sort((a, b) => (a.uri < b.uri ? -1 : 1)),
  networks: [
    {
      name: 'deploy/compose.yaml + deploy/compose.prod.yaml',
      services: [
        {
          id: 'deploy/edge',
          name: 'edge',
          image: 'nginx:1.29',
          role: 'reverse proxy',
          because: 'its image is nginx',
          attached: 'networks',
          networks: ['front'],
          ports: [
            { published: '443', target: '8443', protocol: 'tcp', reach: 'every interface', takesEffect: true },
            {
              published: '8080',
              target: '80',
              protocol: 'udp',
              address: '127.0.0.1',
              reach: 'loopback',
              takesEffect: true,
            },
          ],
          profiles: [],
          location: { uri: 'deploy/compose.yaml', startLine: 2, startColumn: 3, endLine: 2, endColumn: 7 },
        },
        {
          id: 'deploy/search',
          name: 'search',
          attached: 'networks',
          networks: ['front', hostile],
          shares: 'edge',
          ports: [{ target: '9200', protocol: 'tcp', reach: 'unknown', takesEffect: false }],
          profiles: ['debug'],
          location: { uri: 'deploy/compose.yaml', startLine: 8, startColumn: 3, endLine: 8, endColumn: 9 },
        },
        {
          id: 'deploy/agent',
          name: hostile,
          attached: 'host',
          networks: [],
          ports: [],
          profiles: [],
          location: { uri: 'deploy/compose.yaml', startLine: 12, startColumn: 3, endLine: 12, endColumn: 8 },
        },
      ],
      networks: [
        { name: 'front', is: 'outside', isolatesMembers: false },
        { name: hostile, is: 'internal', isolatesMembers: true },
      ],
    },
  ],
  excluded: [
    { glob: 'vendor/**', reason: 'third-party code, scanned where it is built', until: '2027-03-31', files: 212 },
  ],
  waivers: [
    {
      id: 'W-2026-01',
      check: 'compose-ports-stay-on-loopback',
      finding: digest('compose-ports-stay-on-loopback compose.port:./web/443/tcp'),
      reason: 'the edge of the system',
      requestedBy: 'k.lund',
      approvedBy: 'm.ruiz',
      approvedOn: '2026-05-01',
      expires: '2027-05-01',
      state: 'applied',
    },
    {
      id: 'W-2026-02',
      check: 'nginx-tls-floor',
      finding: digest('nginx-tls-floor nginx.server:deploy/nginx/edge.conf/443'),
      reason: 'legacy scanners until they are replaced',
      requestedBy: 'k.lund',
      approvedBy: 'm.ruiz',
      approvedOn: '2025-05-01',
      expires: '2026-05-01',
      state: 'expired',
    },
  ],
  crashes: [{ where: 'collector compose', message: 'TypeError: cannot read properties of undefined' }],
  notes: ['IIP-WEB-01: the profile’s "not-applicable" ended on 2026-10-31 and no longer holds'],
  exit: { code: 4, because: '1 crash: a bug in iip-audit; everything else was judged' },
}

/** The same run over a tree where everything holds. */
export const clean: Report = {
  ...sample,
  target: { ...sample.target, dirty: [] },
  controls: controls.filter(c => c.status === 'pass' || c.status === 'not-applicable'),
  frameworks: sample.frameworks.map(f => ({
    ...f,
    requirements: f.requirements.map(r => {
      const own = r.controls.filter(c => c.status === 'pass' || c.status === 'not-applicable')
      return {
        ...r,
        controls: own,
        passes: own.filter(c => c.status === 'pass').length,
        standing: standingOf(own.map(c => c.status)),
      }
    }),
  })),
  findings: [],
  gaps: [],
  networks: [],
  excluded: [],
  waivers: [],
  crashes: [],
  notes: [],
  exit: { code: 0, because: 'no finding' },
}

/** Outside git, one control asked for, nothing found. */
export const bare: Report = {
  ...clean,
  target: {
    path: 'some/folder',
    repository: undefined,
    branch: undefined,
    commit: undefined,
    tree: undefined,
    dirty: [],
    shallow: false,
    files: 1,
    commits: undefined,
  },
  policy: { from: 'rules from commit b81d0aa111', files: [] },
  selection: { frameworks: ['soc2'], partial: { controls: 1, of: 19 } },
  catalogs: sample.catalogs.slice(0, 1),
  frameworks: clean.frameworks.slice(0, 1),
  rules: [],
  inputs: [],
}

/** Many findings of many checks in many controls, and as many gaps: what two screens must hold. */
export const huge = (n: number): Report => {
  const base = findings[2]
  if (!base) throw new Error('the sample has no third finding')
  const many = Array.from(
    { length: n },
    (_, i): Finding => ({
      ...base,
      fingerprint: digest(`huge ${i}`),
      check: `check-number-${i % 40}`,
      controls: [`IIP-X-${i % 60}`],
      subject: `thing:${i}`,
    }),
  )
  return {
    ...sample,
    controls: Array.from({ length: 60 }, (_, i) =>
      control(
        `IIP-X-${i}`,
        `Control number ${i}`,
        i % 3 === 0 ? 'inconclusive' : 'fail',
        'many things',
        { soc2: ['CC6.1'] },
        {
          checks: [use(`check-number-${i % 40}`, 'violated')],
        },
      ),
    ),
    findings: many,
    gaps: Array.from({ length: n }, (_, i) =>
      gap({
        cause: 'unparsed',
        uri: `file-${i}.conf`,
        reason: `line ${i} is not understood`,
        controls: [`IIP-X-${i % 60}`],
      }),
    ),
    notes: Array.from({ length: 50 }, (_, i) => `remark ${i}`),
  }
}
