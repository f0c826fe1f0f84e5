import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

/**
 * Ratios measured in one run, on one machine, under one load: start-up against bare Node, and how the cost of a check
 * grows with the tree. Absolute times are printed for orientation and compared with nothing.
 */
const bin = resolve('bin/iip-audit.js')
const folder = mkdtempSync(join(tmpdir(), 'iip-audit-bench-'))

const millis = (args: readonly string[], cwd = folder): number => {
  const began = performance.now()
  spawnSync(process.execPath, args, { cwd, stdio: 'ignore' })
  return performance.now() - began
}
/** Both in turn, so that a change of load meets both alike. */
const medians = (runs: number, ...commands: readonly (readonly string[])[]): number[] => {
  const times = commands.map((): number[] => [])
  for (let i = 0; i < runs; i++) for (const [k, c] of commands.entries()) times[k]?.push(millis(c))
  return times.map(t => t.sort((a, b) => a - b)[Math.floor(t.length / 2)] ?? 0)
}

/** A tree of many kinds of file, `n` of them; a third are kinds that checks read. */
const tree = (at: string, n: number): void => {
  const put = (uri: string, text: string): void => {
    mkdirSync(dirname(join(at, uri)), { recursive: true })
    writeFileSync(join(at, uri), text)
  }
  for (let i = 0; i < n; i++) {
    const kind = i % 12
    if (kind === 0) put(`deploy/app${i}/compose.yaml`, compose(20))
    else if (kind === 1)
      put(
        `deploy/app${i}/Dockerfile`,
        'FROM python:3.13\nRUN pip install flask\nUSER app\nCMD ["python", "app.py"]\n'.repeat(3),
      )
    else if (kind === 2) put(`.github/workflows/w${i}.yml`, workflow(10))
    else if (kind === 3)
      put(`docs/policies/p${i}.md`, `# Access policy ${i}\n\n${'All access follows least privilege.\n\n'.repeat(60)}`)
    else put(`src/m${i % 40}/f${i}.py`, 'def f(x):\n    return x + 1\n\n'.repeat(80))
  }
  put(
    'nginx/nginx.conf',
    `events {}\nhttp {\n${'  server { listen 443 ssl; server_name a; ssl_protocols TLSv1.3; location / { return 204; } }\n'.repeat(40)}}\n`,
  )
  execFileSync('git', ['init', '-q'], { cwd: at })
  execFileSync('git', ['add', '-A'], { cwd: at })
  execFileSync('git', ['-c', 'user.name=b', '-c', 'user.email=b@example.org', 'commit', '-qm', 'x'], { cwd: at })
}
const compose = (n: number): string =>
  `services:\n${Array.from({ length: n }, (_, i) => `  s${i}:\n    image: redis:7.2.5\n    ports: ["127.0.0.1:${6000 + i}:6379"]\n    environment:\n      LEVEL: info\n`).join('')}`
const workflow = (n: number): string =>
  `on: [push, pull_request]\npermissions: {contents: read}\njobs:\n${Array.from({ length: n }, (_, i) => `  j${i}:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n      - run: |\n          set -e\n          pytest -q tests/\n`).join('')}`

const releases = (n: number): string => {
  const jobs = Array.from(
    { length: 10 },
    (_, i) =>
      `  test${i}:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n      - run: |\n          set -e\n          pip install -r requirements.txt\n          pytest -q tests/\n      - run: ruff check .\n      - run: black --check .\n      - run: bandit -r app\n      - run: pip-audit -r requirements.txt\n` +
      `  publish${i}:\n    needs: [test${i}]\n    if: startsWith(github.ref, 'refs/tags/')\n    runs-on: ubuntu-24.04\n    environment: production\n    steps:\n      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683\n      - run: |\n          docker build -t registry.example.org/a${i} .\n          trivy image --exit-code 1 registry.example.org/a${i}\n      - name: push\n        run: |\n          set -euo pipefail\n          echo pushing\n          docker push registry.example.org/a${i}\n          echo done\n`,
  )
  return `name: w${n}\non:\n  pull_request:\n  push:\n    branches: [main]\n    tags: ['v*']\npermissions: { contents: read }\njobs:\n${jobs.join('')}`
}

const row = (what: string, value: string): void => console.log(`${what.padEnd(58)} ${value}`)
try {
  const [bare = 1, version = 0, help = 0] = medians(11, ['-e', '0'], [bin, '--version'], [bin, '--help'])
  row('bare node', `${bare.toFixed(0)} ms`)
  row('--version / bare node', `${(version / bare).toFixed(2)} x`)
  row('--help / bare node', `${(help / bare).toFixed(2)} x`)
  const sizes = [500, 1000, 2000]
  for (const n of sizes) {
    mkdirSync(join(folder, String(n)))
    tree(join(folder, String(n)), n)
  }
  const checks = medians(5, ...sizes.map(n => [bin, 'check', String(n), '--fail-on', 'none']))
  sizes.forEach((n, i) => {
    row(
      `check over ${n} files`,
      `${(checks[i] ?? 0).toFixed(0)} ms, ${((checks[i] ?? 0) / bare).toFixed(1)} x bare node`,
    )
  })
  const growth =
    ((checks[2] ?? 0) - (checks[1] ?? 0)) / 1000 / Math.max(((checks[1] ?? 0) - (checks[0] ?? 0)) / 500, 0.001)
  row('cost of a file, 1000 to 2000 against 500 to 1000', `${growth.toFixed(2)} x (1 is linear)`)
  // Workflows of 300 lines, each with ten jobs that publish: every gate is asked for before the merge and before each of them.
  const counts = [50, 100, 200]
  for (const n of counts)
    for (let i = 0; i < n; i++) {
      const at = join(folder, `workflows${n}`, '.github/workflows')
      mkdirSync(at, { recursive: true })
      writeFileSync(join(at, `w${i}.yml`), releases(i))
    }
  const pages = medians(3, ...counts.map(n => [bin, 'gates', `workflows${n}`, '--format', 'json']))
  counts.forEach((n, i) => {
    row(
      `gates of ${n} workflows of ${releases(0).split('\n').length - 1} lines`,
      `${(pages[i] ?? 0).toFixed(0)} ms, ${((pages[i] ?? 0) / bare).toFixed(1)} x bare node`,
    )
  })
  const perWorkflow =
    ((pages[2] ?? 0) - (pages[1] ?? 0)) / 100 / Math.max(((pages[1] ?? 0) - (pages[0] ?? 0)) / 50, 0.001)
  row('cost of a workflow, 100 to 200 against 50 to 100', `${perWorkflow.toFixed(2)} x (1 is linear)`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
