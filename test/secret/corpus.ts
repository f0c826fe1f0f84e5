/**
 * A labelled corpus, made when it is needed: true secrets of many kinds in the places they are found in, and what looks
 * like one and is none. Formats are true, values are nobody's. Nothing here is a token until the parts are joined.
 */
export interface Sample {
  readonly kind: string
  readonly uri: string
  readonly text: string
  /** What must be found; undefined where nothing may be. */
  readonly value: string | undefined
}

export interface Dice {
  readonly pick: <T>(from: readonly T[]) => T
  readonly below: (n: number) => number
  readonly text: (alphabet: string, length: number) => string
}

/** Numbers that are the same in every run (mulberry32). */
export const dice = (seed: number): Dice => {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number): number => Math.floor(next() * n)
  return {
    below,
    pick: from => from[below(from.length)] as (typeof from)[number],
    text: (alphabet, length) => Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(''),
  }
}

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
const digit = '0123456789'
const hex = '0123456789abcdef'
const alnum = lower + upper + digit
const base64 = `${alnum}+/`
const url = `${alnum}-_`
const base32 = `${upper}234567`

type Maker = (d: Dice) => string

const join = (...parts: readonly string[]): string => parts.join('')

/** Tokens with a form of their own. */
export const tokenKinds: Readonly<Record<string, Maker>> = {
  'AWS access key id': d => join('AK', 'IA', d.text(base32, 16)),
  'AWS temporary key id': d => join('AS', 'IA', d.text(base32, 16)),
  'GitHub classic token': d => join('gh', 'p_', d.text(alnum, 36)),
  'GitHub app token': d => join('gh', 's_', d.text(alnum, 36)),
  'GitHub fine-grained token': d => join('github', '_pat_', d.text(alnum, 22), '_', d.text(alnum, 59)),
  'GitLab token': d => join('gl', 'pat-', d.text(url.replace('-', ''), 20)),
  'Slack bot token': d => join('xo', 'xb-', d.text(digit, 12), '-', d.text(digit, 12), '-', d.text(alnum, 24)),
  'Slack app token': d => join('xa', 'pp-1-A', d.text(upper + digit, 10), '-', d.text(digit, 13), '-', d.text(hex, 64)),
  'Slack webhook': d =>
    join(
      'https://hooks.sl',
      'ack.com/services/T',
      d.text(upper + digit, 10),
      '/B',
      d.text(upper + digit, 10),
      '/',
      d.text(alnum, 24),
    ),
  'Discord webhook': d => join('https://disc', 'ord.com/api/webhooks/', d.text('123456789', 18), '/', d.text(url, 68)),
  'Stripe live key': d => join('sk', '_live_', d.text(alnum, 24)),
  'Stripe restricted key': d => join('rk', '_live_', d.text(alnum, 24)),
  'Google API key': d => join('AI', 'za', 'Sy', d.text(url, 33)),
  'Google OAuth secret': d => join('GOC', 'SPX-', d.text(url, 28)),
  'SendGrid key': d => join('S', 'G.', d.text(alnum, 22), '.', d.text(url, 43)),
  'Mailgun key': d => join('ke', 'y-', d.text(hex, 32)),
  'Mailchimp key': d => join(d.text(hex, 32), '-u', 's', String(1 + d.below(20))),
  'OpenAI key': d => join('s', 'k-proj-', d.text(alnum, 48)),
  'Anthropic key': d => join('s', 'k-ant-api03-', d.text(url, 93), 'AA'),
  'Hugging Face token': d => join('h', 'f_', d.text(lower + upper, 34 - 4), d.text(digit, 4)),
  'npm token': d => join('np', 'm_', d.text(alnum, 36)),
  'PyPI token': d => join('py', 'pi-AgEIcHlwaS5vcmc', d.text(url, 70)),
  'RubyGems key': d => join('ruby', 'gems_', d.text(hex, 48)),
  'Docker token': d => join('dckr', '_pat_', d.text(url, 27)),
  'Shopify token': d => join('shp', 'at_', d.text(hex, 32)),
  'DigitalOcean token': d => join('do', 'p_v1_', d.text(hex, 64)),
  'Databricks token': d => join('da', 'pi', d.text(`${hex.slice(0, 14)}ab`, 32)),
  'Linear key': d => join('lin', '_api_', d.text(alnum, 40)),
  'Postman key': d => join('PM', 'AK-', d.text(hex, 24), '-', d.text(hex, 34)),
  'Vault token': d => join('hv', 's.', d.text(url, 92)),
  'Terraform Cloud token': d => join(d.text(alnum, 14), '.atl', 'asv1.', d.text(alnum, 67)),
  'Grafana token': d => join('gl', 'sa_', d.text(alnum, 32), '_', d.text(hex, 8)),
  'New Relic key': d => join('NR', 'AK-', d.text(upper + digit, 27)),
  'PlanetScale token': d => join('psc', 'ale_tkn_', d.text(url, 43)),
  'Telegram bot token': d => join(d.text('123456789', 10), ':A', 'A', d.text(url, 33)),
  'age key': d => join('AGE-SEC', 'RET-KEY-1', d.text('QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L', 58)),
  'Tailscale key': d => join('tsk', 'ey-auth-', d.text(alnum, 12), 'CNTRL-', d.text(alnum, 32)),
  'Doppler token': d => join('dp', '.pt.', d.text(alnum, 43)),
  'SonarQube token': d => join('sq', 'p_', d.text(hex, 40)),
  'JSON web token': d =>
    [
      Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url'),
      Buffer.from(`{"sub":"${d.text(digit, 9)}","name":"${d.text(lower, 8)}","iat":17${d.text(digit, 8)}}`).toString(
        'base64url',
      ),
      d.text(url, 43),
    ].join('.'),
}

/** Where a token stands. */
const tokenPlaces: readonly { readonly uri: string; readonly around: (value: string) => string }[] = [
  { uri: 'src/client.py', around: v => `import client\n\nc = client.Client("${v}")\nc.connect()\n` },
  { uri: 'config/app.yaml', around: v => `service:\n  url: https://api.internal\n  token: ${v}\n` },
  { uri: '.env.production', around: v => `LOG_LEVEL=info\nSERVICE_TOKEN=${v}\n` },
  { uri: 'src/app.ts', around: v => `export const connect = () => fetch('/x', { headers: { 'x-token': '${v}' } })\n` },
  { uri: 'docs/setup.md', around: v => `# Setup\n\nRun \`login ${v}\` once.\n` },
  { uri: 'config/settings.json', around: v => `{ "endpoint": "https://api.internal", "token": "${v}" }\n` },
  { uri: 'scripts/deploy.sh', around: v => `#!/bin/sh\nexport SERVICE_TOKEN=${v}\n./deploy\n` },
  {
    uri: 'notebooks/load.ipynb',
    around: v =>
      JSON.stringify({ cells: [{ cell_type: 'code', source: [`token = "${v}"\n`, 'load(token)'] }] }, null, 1),
  },
]

const strong: Maker = d => {
  const length = 12 + d.below(10)
  return `${d.text(lower, 3)}${d.text(upper, 2)}${d.text(digit, 2)}${d.pick(['!', '-', '#', '_', '+'])}${d.text(alnum, length - 8)}`
}

/** Secrets that are known by where they stand. */
const contextKinds: readonly {
  readonly kind: string
  readonly uri: string
  readonly make: Maker
  readonly around: (value: string, d: Dice) => string
}[] = [
  {
    kind: 'AWS secret key',
    uri: 'deploy/credentials.ini',
    make: d => d.text(base64, 40),
    around: v => `[default]\naws_secret_access_key = ${v}\n`,
  },
  {
    kind: 'password in a database URL',
    uri: 'app/settings.py',
    make: strong,
    around: v => `DATABASE_URL = "postgresql://app:${v.replaceAll('#', 'x')}@db.internal:5432/app"\n`,
  },
  {
    kind: 'password in an AMQP URL',
    uri: 'config/worker.yaml',
    make: strong,
    around: v => `broker: amqp://worker:${v.replaceAll('#', 'x')}@mq.internal:5672/\n`,
  },
  {
    kind: 'ADO connection string',
    uri: 'appsettings.json',
    make: strong,
    around: v =>
      `{ "ConnectionStrings": { "Main": "Server=sql01;Database=app;User Id=app;Password=${v};Encrypt=true" } }\n`,
  },
  {
    kind: 'Azure storage key',
    uri: 'appsettings.Production.json',
    make: d => `${d.text(base64, 86)}==`,
    around: v =>
      `{ "Storage": "DefaultEndpointsProtocol=https;AccountName=app;AccountKey=${v};EndpointSuffix=core.windows.net" }\n`,
  },
  {
    kind: 'password in code',
    uri: 'src/db.py',
    make: strong,
    around: v => `def connect():\n    return psycopg.connect(host="db", user="app", password="${v}")\n`,
  },
  {
    kind: 'password in Java',
    uri: 'src/main/java/Db.java',
    make: strong,
    around: v => `class Db {\n  private static final String DB_PASSWORD = "${v}";\n}\n`,
  },
  {
    kind: 'password in Go',
    uri: 'cmd/app/main.go',
    make: strong,
    around: v => `package main\n\nvar dbPassword = "${v}"\n`,
  },
  {
    kind: 'password in PHP',
    uri: 'wp-config.php',
    make: strong,
    around: v => `<?php\ndefine('DB_PASSWORD', '${v}');\n`,
  },
  {
    kind: 'password in Ruby',
    uri: 'config/initializers/mail.rb',
    make: strong,
    around: v => `Mail.defaults { delivery_method :smtp, user_name: 'app', password: '${v}' }\n`,
  },
  {
    kind: 'hex key in code',
    uri: 'src/crypto.js',
    make: d => d.text(hex, 64),
    around: v => `const encryptionKey = '${v}'\n`,
  },
  {
    kind: 'base64 key in code',
    uri: 'src/session.go',
    make: d => `${d.text(base64, 43)}=`,
    around: v => `package session\n\nconst signingKey = "${v}"\n`,
  },
  {
    kind: 'Django secret',
    uri: 'app/settings.py',
    make: d => d.text(`${lower}${digit}!@#$%^&*(-_=+)`.replace(/[$%(]/g, ''), 50),
    around: v => `SECRET_KEY = '${v}'\n`,
  },
  {
    kind: 'variable with a default',
    uri: 'compose.yaml',
    make: strong,
    around: v =>
      `services:\n  app:\n    image: app\n    environment:\n      APP_PASSWORD: \${APP_PASSWORD:-${v.replaceAll('#', 'x')}}\n`,
  },
  {
    kind: 'compose environment list',
    uri: 'docker-compose.yml',
    make: strong,
    around: v => `services:\n  db:\n    image: postgres:17\n    environment:\n      - POSTGRES_PASSWORD=${v}\n`,
  },
  {
    kind: 'Kubernetes Secret',
    uri: 'k8s/secret.yaml',
    make: d => Buffer.from(d.text(alnum, 21)).toString('base64'),
    around: v => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  password: ${v}\n`,
  },
  {
    kind: 'Kubernetes stringData',
    uri: 'k8s/api-secret.yaml',
    make: strong,
    around: v =>
      `apiVersion: v1\nkind: Secret\nmetadata:\n  name: api\nstringData:\n  api-token: ${v.replaceAll('#', 'x')}\n`,
  },
  {
    kind: 'Kubernetes env',
    uri: 'k8s/deployment.yaml',
    make: strong,
    around: v =>
      `spec:\n  containers:\n    - name: app\n      env:\n        - name: DB_PASSWORD\n          value: "${v}"\n`,
  },
  {
    kind: 'nginx map key',
    uri: 'nginx/nginx.conf',
    make: d => d.text(alnum, 32),
    around: v => `map $http_x_api_key $client {\n  default "";\n  "${v}" reports;\n}\n`,
  },
  {
    kind: 'nginx if key',
    uri: 'deploy/nginx/site.conf',
    make: d => d.text(hex, 40),
    around: v => `server {\n  if ($http_x_api_key != "${v}") { return 401; }\n}\n`,
  },
  {
    kind: 'nginx upstream header',
    uri: 'nginx/conf.d/api.conf',
    make: d => d.text(alnum, 40),
    around: v => `location / {\n  proxy_set_header Authorization "Bearer ${v}";\n}\n`,
  },
  {
    kind: 'basic authorisation',
    uri: 'scripts/smoke.sh',
    make: d => Buffer.from(`app:${strong(d)}`).toString('base64'),
    around: v => `curl -H "Authorization: Basic ${v}" https://api.internal/health\n`,
  },
  {
    kind: 'curl user',
    uri: 'scripts/backup.sh',
    make: strong,
    around: v => `curl -sS -u backup:${v.replace(/[!#]/g, 'x')} https://files.example/x\n`,
  },
  {
    kind: 'mysql flag',
    uri: 'scripts/dump.sh',
    make: strong,
    around: v => `mysqldump -u root -p${v.replace(/[!#]/g, 'x')} app > app.sql\n`,
  },
  {
    kind: 'password flag',
    uri: 'Makefile',
    make: strong,
    around: v => `login:\n\ttool login --user app --password ${v.replace(/[!#]/g, 'x')}\n`,
  },
  { kind: '.netrc', uri: 'home/.netrc', make: strong, around: v => `machine api.internal\nlogin app\npassword ${v}\n` },
  {
    kind: '.npmrc',
    uri: '.npmrc',
    make: d => d.text(alnum, 40),
    around: v => `registry=https://npm.internal/\n//npm.internal/:_authToken=${v}\n`,
  },
  {
    kind: 'docker config',
    uri: 'deploy/config.json',
    make: d => Buffer.from(`robot:${d.text(alnum, 24)}`).toString('base64'),
    around: v => `{ "auths": { "registry.internal": { "auth": "${v}" } } }\n`,
  },
  { kind: 'SQL role', uri: 'db/init.sql', make: strong, around: v => `CREATE ROLE app LOGIN PASSWORD '${v}';\n` },
  {
    kind: 'MySQL user',
    uri: 'db/users.sql',
    make: strong,
    around: v => `CREATE USER 'app'@'%' IDENTIFIED BY '${v}';\n`,
  },
  {
    kind: 'properties',
    uri: 'src/main/resources/application.properties',
    make: strong,
    around: v => `spring.datasource.username=app\nspring.datasource.password=${v}\n`,
  },
  {
    kind: 'XML setting',
    uri: 'web.config',
    make: strong,
    around: v => `<configuration><appSettings><add key="SmtpPassword" value="${v}" /></appSettings></configuration>\n`,
  },
  {
    kind: 'XML element',
    uri: 'settings.xml',
    make: strong,
    around: v => `<server>\n  <username>app</username>\n  <password>${v}</password>\n</server>\n`,
  },
  { kind: 'TOML', uri: 'config.toml', make: strong, around: v => `[database]\nuser = "app"\npassword = "${v}"\n` },
  {
    kind: 'Terraform variable',
    uri: 'infra/prod.tfvars',
    make: strong,
    around: v => `db_username = "app"\ndb_password = "${v}"\n`,
  },
  {
    kind: 'workflow environment',
    uri: '.github/workflows/ci.yml',
    make: d => d.text(alnum, 32),
    around: v => `jobs:\n  test:\n    env:\n      API_TOKEN: ${v}\n`,
  },
  {
    kind: 'Dockerfile',
    uri: 'Dockerfile',
    make: d => d.text(alnum, 32),
    around: v => `FROM alpine:3\nENV API_TOKEN=${v}\n`,
  },
  {
    kind: 'log line',
    uri: 'logs/app.log',
    make: d => d.text(alnum, 24),
    around: v => `2026-06-01 12:00:00 DEBUG login user=app password=${v} ok\n`,
  },
  {
    kind: 'runbook',
    uri: 'docs/runbook.md',
    make: d => `${strong(d)}!`,
    around: v => `# Access\n\n- user: app\n- password: ${v}\n`,
  },
  {
    kind: 'notebook',
    uri: 'analysis.ipynb',
    make: strong,
    around: v => JSON.stringify({ cells: [{ cell_type: 'code', source: [`password = "${v}"\n`] }] }, null, 1),
  },
  {
    kind: 'weak password in an environment file',
    uri: 'prod.env',
    make: d => d.pick(['changeme', 'hunter2', 'letmein', 'admin123', 'password', 'postgres', 'welcome1']),
    around: v => `POSTGRES_PASSWORD=${v}\n`,
  },
  {
    kind: 'weak password in YAML',
    uri: 'config/database.yml',
    make: d => d.pick(['changeme', 'hunter2', 'letmein', 'admin123', 'postgres', 's3cret1']),
    around: v => `production:\n  username: app\n  password: ${v}\n`,
  },
  {
    kind: 'default in code',
    uri: 'app/config.py',
    make: d => d.pick(['changeme', 'hunter2', 'letmein1', 'admin123', 'postgres']),
    around: v => `PASSWORD = os.environ.get("DB_PASSWORD", "${v}")\n`,
  },
  {
    kind: 'client secret',
    uri: 'config/oauth.yaml',
    make: d => d.text(url, 36),
    around: v => `oauth:\n  client_id: app\n  client_secret: ${v}\n`,
  },
  { kind: 'private key', uri: 'deploy/tls/server.key', make: d => block(d, 'RSA ', 24), around: v => `${v}\n` },
  { kind: 'OpenSSH key', uri: 'deploy/id_ed25519', make: d => block(d, 'OPENSSH ', 6), around: v => `${v}\n` },
  {
    kind: 'private key in JSON',
    uri: 'gcp/service-account.json',
    make: d => block(d, '', 24).replaceAll('\n', '\\n'),
    around: v => `{ "type": "service_account", "private_key": "${v}" }\n`,
  },
  {
    kind: 'private key in code',
    uri: 'src/keys.ts',
    make: d => block(d, 'EC ', 3),
    around: v => `export const key = \`${v}\`\n`,
  },
]

const block = (d: Dice, kind: string, lines: number): string =>
  [
    `-----BEGIN ${kind}${['PRIV', 'ATE KEY'].join('')}-----`,
    ...Array.from({ length: lines }, () => d.text(base64, 64)),
    `-----END ${kind}${['PRIV', 'ATE KEY'].join('')}-----`,
  ].join('\n')

const words = [
  'river',
  'stone',
  'window',
  'garden',
  'market',
  'silver',
  'button',
  'candle',
  'forest',
  'bridge',
  'harbour',
  'meadow',
]
const uuid = (d: Dice): string => [8, 4, 4, 4, 12].map(n => d.text(hex, n)).join('-')

/** What looks like one. */
const lookAlikes: readonly { readonly kind: string; readonly uri: string; readonly text: (d: Dice) => string }[] = [
  {
    kind: 'variable',
    uri: 'compose.yaml',
    text: d => `services:\n  db:\n    environment:\n      ${d.text(upper, 4)}_PASSWORD: \${DB_PASSWORD}\n`,
  },
  {
    kind: 'required variable',
    uri: 'compose.yaml',
    text: () => 'services:\n  db:\n    environment:\n      DB_PASSWORD: ${DB_PASSWORD:?set it}\n',
  },
  {
    kind: 'workflow secret',
    uri: '.github/workflows/ci.yml',
    text: d => `env:\n  ${d.text(upper, 5)}_TOKEN: \${{ secrets.${d.text(upper, 5)}_TOKEN }}\n`,
  },
  {
    kind: 'template',
    uri: 'chart/values.yaml',
    text: () => 'password: "{{ .Values.password }}"\ntoken: {{ token }}\n',
  },
  {
    kind: 'placeholder in brackets',
    uri: 'config.yaml',
    text: d => `api_key: <your-${d.pick(words)}-key>\npassword: [insert password]\n`,
  },
  {
    kind: 'placeholder in words',
    uri: '.env.example',
    text: d => `API_KEY=your-${d.pick(words)}-key-here\nSECRET=replace-me\nTOKEN=xxxxxxxxxxxxxxxx\n`,
  },
  { kind: 'redaction', uri: 'logs/app.log', text: () => 'login user=app password=******** token=[REDACTED] ok\n' },
  {
    kind: 'documented AWS key',
    uri: 'docs/aws.md',
    text: () =>
      `aws_access_key_id = ${['AKIA', 'IOSFODNN7EXAMPLE'].join('')}\naws_secret_access_key = ${['wJalrXUtnFEMI', '/K7MDENG/bPxRfiCYEXAMPLEKEY'].join('')}\n`,
  },
  {
    kind: 'SHA-256',
    uri: 'src/assets.py',
    text: d => `digest = "${d.text(hex, 64)}"\nchecksum = "sha256:${d.text(hex, 64)}"\n`,
  },
  {
    kind: 'commit id',
    uri: 'deploy/release.yaml',
    text: d => `commit: ${d.text(hex, 40)}\nuses: actions/checkout@${d.text(hex, 40)}\n`,
  },
  {
    kind: 'image digest',
    uri: 'compose.yaml',
    text: d => `services:\n  app:\n    image: nginx@sha256:${d.text(hex, 64)}\n`,
  },
  {
    kind: 'lock file',
    uri: 'package-lock.json',
    text: d => `{ "integrity": "sha512-${d.text(base64, 86)}==", "token": "${d.text(alnum, 40)}" }\n`,
  },
  {
    kind: 'subresource integrity',
    uri: 'templates/base.html',
    text: d => `<script src="/x.js" integrity="sha384-${d.text(base64, 64)}" crossorigin></script>\n`,
  },
  {
    kind: 'UUID',
    uri: 'src/ids.ts',
    text: d => `export const tenantId = '${uuid(d)}'\nconst requestKey = '${uuid(d)}'\n`,
  },
  {
    kind: 'public key',
    uri: 'keys/ada.pub',
    text: d => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${d.text(base64, 43)} ada@example.org\n`,
  },
  {
    kind: 'certificate',
    uri: 'tls/ca.pem',
    text: d =>
      `-----BEGIN CERTIFICATE-----\n${Array.from({ length: 16 }, () => d.text(base64, 64)).join('\n')}\n-----END CERTIFICATE-----\n`,
  },
  {
    kind: 'public key block',
    uri: 'keys/app.pem',
    text: d =>
      `-----BEGIN PUBLIC KEY-----\n${Array.from({ length: 6 }, () => d.text(base64, 64)).join('\n')}\n-----END PUBLIC KEY-----\n`,
  },
  {
    kind: 'picture of a key',
    uri: 'docs/tls.md',
    text: () => '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg...\n-----END PRIVATE KEY-----\n',
  },
  {
    kind: 'password hash',
    uri: 'db/seed.sql',
    text: d => `INSERT INTO users (name, password) VALUES ('ada', '$2b$12$${d.text(alnum, 53)}');\n`,
  },
  {
    kind: 'named password hash',
    uri: 'config/users.yaml',
    text: d => `users:\n  - name: ada\n    password: "$6$rounds=5000$${d.text(alnum, 16)}$${d.text(alnum, 86)}"\n`,
  },
  {
    kind: 'label',
    uri: 'locales/en.json',
    text: d =>
      `{ "password": "Password", "token": "Access token", "reset_password": "Reset your ${d.pick(words)} password" }\n`,
  },
  {
    kind: 'form field',
    uri: 'templates/login.html',
    text: d =>
      `<label for="password">Password</label><input type="password" name="password" id="${d.pick(words)}-password">\n`,
  },
  {
    kind: 'read from the environment',
    uri: 'app/settings.py',
    text: d => `PASSWORD = os.environ["${d.text(upper, 6)}_PASSWORD"]\nTOKEN = getenv("TOKEN")\n`,
  },
  {
    kind: 'read from settings',
    uri: 'src/db.ts',
    text: d => `const password = config.${d.pick(words)}.password\nconst token = await getToken()\n`,
  },
  {
    kind: 'argument',
    uri: 'src/client.py',
    text: d => `client = Client(user=user, password=${d.pick(words)}_password, token=self.token)\n`,
  },
  {
    kind: 'type',
    uri: 'src/types.ts',
    text: () => 'interface Login { password: string; token?: string; apiKey: string | undefined }\n',
  },
  {
    kind: 'schema',
    uri: 'openapi.yaml',
    text: () => 'properties:\n  password:\n    type: string\n    format: password\n  token: { type: string }\n',
  },
  {
    kind: 'secret file',
    uri: 'compose.yaml',
    text: d =>
      `services:\n  db:\n    environment:\n      POSTGRES_PASSWORD_FILE: /run/secrets/${d.pick(words)}\nsecrets:\n  ${d.pick(words)}:\n    file: ./secrets/db\n`,
  },
  {
    kind: 'secret name',
    uri: 'k8s/deployment.yaml',
    text: d =>
      `env:\n  - name: DB_PASSWORD\n    valueFrom:\n      secretKeyRef:\n        name: ${d.pick(words)}-secret\n        key: password\n`,
  },
  {
    kind: 'vault reference',
    uri: 'config/app.yaml',
    text: d => `password: vault:secret/data/${d.pick(words)}#password\napi_key: op://prod/${d.pick(words)}/key\n`,
  },
  {
    kind: 'sops',
    uri: 'secrets.enc.yaml',
    text: d =>
      `password: ENC[AES256_GCM,data:${d.text(base64, 24)},iv:${d.text(base64, 43)}=,tag:${d.text(base64, 22)}==,type:str]\n`,
  },
  {
    kind: 'token of a parser',
    uri: 'src/lexer.py',
    text: d =>
      `token = "${d.pick(['LPAREN', 'identifier', 'string_literal', 'EOF'])}"\nif token == "${d.pick(words)}":\n    pass\n`,
  },
  {
    kind: 'cache key',
    uri: 'src/cache.py',
    text: d =>
      `cache_key = "user:${d.pick(words)}:profile"\nkey = f"{prefix}:{id}"\nsort_key = "${d.pick(words)}_${d.pick(words)}"\n`,
  },
  {
    kind: 'policy sentence',
    uri: 'docs/policy.md',
    text: d =>
      `Passwords: minimum ${8 + d.below(8)} characters. The password is ${d.pick(words)} rotated; tokens: never shared.\n`,
  },
  {
    kind: 'password policy',
    uri: 'config/policy.yaml',
    text: d =>
      `password_min_length: ${8 + d.below(8)}\npassword_expiry: 90d\ntoken_ttl: ${d.below(900)}s\nsecret_rotation: monthly\n`,
  },
  {
    kind: 'URL without password',
    uri: 'config.yaml',
    text: d =>
      `url: https://ada@${d.pick(words)}.example.org/x\nrepo: git@github.com:acme/${d.pick(words)}.git\nproxy: http://localhost:${3000 + d.below(999)}/@scope\n`,
  },
  {
    kind: 'URL with variables',
    uri: 'app/settings.py',
    text: () =>
      'URL = f"postgresql://{user}:{password}@{host}/app"\nOTHER = "postgres://user:password@localhost/app"\n',
  },
  {
    kind: 'sequence',
    uri: 'tests/test_auth.py',
    text: d => `token = "abcdefghijklmnopqrstuvwxyz"\nkey = "0123456789abcdef"\npassword = "${d.pick(words)}"\n`,
  },
  {
    kind: 'long base64 image',
    uri: 'styles/theme.html',
    text: d => `<img src="data:image/png;base64,${d.text(base64, 400)}">\n`,
  },
  {
    kind: 'minified code',
    uri: 'static/app.min.js',
    text: d => `var a={token:"${d.text(alnum, 32)}",password:"x"};${d.text(lower, 200)}\n`,
  },
  {
    kind: 'translation',
    uri: 'locale/de/LC_MESSAGES/django.po',
    text: () => 'msgid "password"\nmsgstr "Passwort123"\n',
  },
  {
    kind: 'test vector',
    uri: 'tests/test_totp.py',
    text: () => `secret = "${['GEZDGNBV', 'GY3TQOJQGEZDGNBVGY3TQOJQ'].join('')}"\n`,
  },
  {
    kind: 'publishable key',
    uri: 'src/pay.ts',
    text: d => `const stripe = load('${['pk', '_live_'].join('')}${d.text(alnum, 24)}')\n`,
  },
  {
    kind: 'example webhook',
    uri: 'docs/alerts.md',
    text: () => `url: https://hooks.slack.com/services/${'T0000000'}0/${'B0000000'}0/${'X'.repeat(24)}\n`,
  },
  {
    kind: 'class name',
    uri: 'src/Auth.java',
    text: d =>
      `PasswordEncoder passwordEncoder = new BCryptPasswordEncoder();\nString tokenName = "${d.pick(words)}Token";\n`,
  },
  {
    kind: 'selector',
    uri: 'cypress/login.js',
    text: d => `cy.get('[data-test="password"]').type(password)\nconst secretInput = '#${d.pick(words)}-secret'\n`,
  },
  {
    kind: 'migration',
    uri: 'db/migrations/001.sql',
    text: () =>
      'ALTER TABLE users ADD COLUMN password_hash text NOT NULL;\nCREATE INDEX token_idx ON sessions (token);\n',
  },
  {
    kind: 'command help',
    uri: 'README.md',
    text: d => `Usage: tool --password PASSWORD --token TOKEN --user ${d.pick(words)}\n`,
  },
  {
    kind: 'header of a licence',
    uri: 'LICENSE',
    text: d => `Copyright ${1990 + d.below(30)} ${d.pick(words)}. The key words MUST and SHALL; auth: none.\n`,
  },
  {
    kind: 'switch',
    uri: 'config/features.yaml',
    text: d => `password_login: true\ntoken_auth: enabled\nsecret_scanning: ${d.pick(['on', 'off'])}\nauth: required\n`,
  },
]

/** Equal numbers of every kind, from a seed. */
export const corpus = (
  seed: number,
  each: { readonly secrets: number; readonly lookAlikes: number },
): readonly Sample[] => {
  const d = dice(seed)
  const samples: Sample[] = []
  for (const [kind, make] of Object.entries(tokenKinds))
    for (let i = 0; i < each.secrets; i++) {
      const value = make(d)
      const place = d.pick(tokenPlaces)
      samples.push({ kind, uri: place.uri, text: place.around(value), value })
    }
  for (const { kind, uri, make, around } of contextKinds)
    for (let i = 0; i < each.secrets; i++) {
      const value = make(d)
      const text = around(value, d)
      // Some places cannot hold every character: there it is the value as it was written.
      const written = [value, value.replaceAll('#', 'x'), value.replace(/[!#]/g, 'x')].find(v => text.includes(v))
      samples.push({ kind, uri, text, value: written ?? value })
    }
  for (const { kind, uri, text } of lookAlikes)
    for (let i = 0; i < each.lookAlikes; i++) samples.push({ kind, uri, text: text(d), value: undefined })
  return samples
}

/** Values for planting, each different from all others. */
export const distinctValues = (seed: number, count: number): readonly string[] => {
  const d = dice(seed)
  const values = new Set<string>()
  while (values.size < count)
    values.add(`${d.text(lower, 4)}${d.text(digit, 3)}${d.text(upper, 3)}${d.text(alnum, 10)}`)
  return [...values]
}
