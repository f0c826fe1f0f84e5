import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collector } from '../../src/collect/network.ts'
import { packagesIn, roleOf } from '../../src/collect/service-role.ts'
import type { NetworkFacts } from '../../src/facts/network.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'

const inputs = { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' }
const topology = async (files: MemoryTree['files']): Promise<NetworkFacts['compose.topology'][]> => {
  const signal = new AbortController().signal
  const context = { workspace: memoryWorkspace({ files }), inputs, isSample: () => false, signal }
  const { answers } = await collector(context).collect([{ kind: 'compose.topology' }])
  return answers.flatMap(({ facts }) =>
    [...facts].flatMap(fact => (fact.kind === 'compose.topology' ? [fact.data] : [])),
  )
}
const attached = async (text: string): Promise<Record<string, unknown>> =>
  Object.fromEntries((await topology({ 'compose.yaml': text }))[0]?.services.map(one => [one.name, one.attached]) ?? [])

test('a set of samples stands among them, though a workflow starts it; one real file makes it real', async () => {
  const run = (files: string) =>
    `on: push\njobs:\n  a:\n    runs-on: x\n    steps: [{ run: docker compose ${files} up -d }]\n`
  const three = 'services: { a: { image: x }, b: { image: x }, c: { image: x } }\n'
  const workspace = memoryWorkspace({
    files: {
      '.github/workflows/a.yml': run('-f examples/one.yaml'),
      '.github/workflows/b.yml': run('-f examples/base.yaml -f deploy/prod.yaml'),
      'examples/one.yaml': three,
      'examples/base.yaml': three,
      'deploy/prod.yaml': three,
    },
  })
  const context = {
    workspace,
    inputs,
    isSample: (uri: string) => uri.startsWith('examples/'),
    signal: new AbortController().signal,
  }
  const { answers } = await collector(context).collect([{ kind: 'compose.topology' }])
  const places = answers.flatMap(({ facts }) =>
    [...facts].map(({ id, place }) => [id, place.in === 'span' ? place.source.uri : place]),
  )
  expect(Object.fromEntries(places)).toMatchObject({
    'compose.topology:examples/one.yaml': { in: 'file', uri: 'examples/one.yaml' },
    'compose.topology:examples/base.yaml + deploy/prod.yaml': '.github/workflows/b.yml',
  })
})

describe('which networks a service is on', () => {
  test('without networks, or with an empty list or mapping of them, it is on the default one', async () => {
    const found = await attached(
      'services: { a: { image: x }, b: { image: x, networks: [] }, c: { image: x, networks: {} }, d: { image: x, networks: } }',
    )
    const onDefault = { to: 'networks', shares: undefined, names: ['default'] }
    expect(found).toEqual({ a: onDefault, b: onDefault, c: onDefault, d: onDefault })
  })
  test('a chain of shared networks ends at the last service', async () => {
    const found = await attached(
      'services: { a: { image: x, network_mode: "service:b" }, b: { image: x, network_mode: "container:cc" }, c: { image: x, container_name: cc, networks: [n] } }\nnetworks: { n: }',
    )
    expect(found['a']).toEqual({ to: 'networks', shares: 'c', names: ['n'] })
  })
  test('host, none, bridge and what nobody knows', async () => {
    const found = await attached(
      'services: { a: { image: x, network_mode: host }, b: { image: x, network_mode: none }, c: { image: x, network_mode: bridge }, d: { image: x, network_mode: "${M:-host}" }, e: { image: x, network_mode: "service:a" } }',
    )
    expect(found).toEqual({
      a: { to: 'host', shares: undefined },
      b: { to: 'nothing' },
      c: { to: 'networks', shares: undefined, names: ['bridge'] },
      d: { to: 'host', shares: undefined },
      e: { to: 'host', shares: 'a' },
    })
  })
  test('a network made by another project of the tree is as that project says', async () => {
    const [app] = await topology({
      'app/compose.yaml':
        'services: { a: { image: x, networks: [n] } }\nnetworks: { n: { external: true, name: shared } }',
      'edge/compose.yaml':
        'services: { b: { image: x, networks: [m] } }\nnetworks: { m: { name: shared, internal: true } }',
    })
    expect(app?.networks).toMatchObject([{ name: 'n', realName: 'shared', is: 'internal', madeBy: 'edge' }])
  })
  test('one file more than are merged is said', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 501 }, (_, i) => [`n${i}.yml`, `services: { s${i}: { image: x } }\n`]),
    )
    const include = Object.keys(files).map(uri => `  - ${uri}\n`)
    const signal = new AbortController().signal
    const workspace = memoryWorkspace({ files: { ...files, 'compose.yaml': `include:\n${include.join('')}` } })
    const { answers } = await collector({ workspace, inputs, isSample: () => false, signal }).collect([
      { kind: 'compose.datastore', edge: [], data: [], addresses: [] },
    ])
    expect(answers[0]?.gaps).toMatchObject([{ place: { uri: 'n499.yml' } }, { place: { uri: 'n500.yml' } }])
  })
  test("a port takes no effect where all networks are internal, or the network is another one's", async () => {
    const [one] = await topology({
      'compose.yaml':
        'services: { a: { image: x, ports: ["1:1"] }, b: { image: x, ports: ["2:2"], networks: [n] }, c: { image: x, ports: ["3:3"], network_mode: "service:a" } }\nnetworks: { n: { internal: true } }',
    })
    expect(one?.services.map(({ ports }) => ports[0]?.takesEffect)).toEqual([true, false, false])
  })
})

describe('what a service is', () => {
  const of = (image: string) => roleOf({ image, base: undefined, words: [], environment: [], packages: [] })?.role
  test.each([
    ['postgres:17', 'database'],
    ['docker.io/bitnami/postgresql:17', 'database'],
    ['timescale/timescaledb-ha:pg17', 'database'],
    ['registry.example/postgres-with-pgaudit:1', 'database'],
    ['mcr.microsoft.com/mssql/server:2022-latest', 'database'],
    ['prodrigestivill/postgres-backup-local', undefined],
    ['prometheuscommunity/postgres-exporter', 'collector'],
    ['grafana/agent', 'collector'],
    ['example/agent', undefined],
    ['jaegertracing/all-in-one:1', 'observability store'],
    ['example/all-in-one', undefined],
    ['grafana/grafana:12', 'dashboard'],
    ['ghcr.io/open-webui/open-webui:main', undefined],
    ['ollama/ollama@sha256:aa', 'LLM runtime'],
    ['ghcr.io/ggml-org/llama.cpp:server-cuda', 'LLM runtime'],
    ['traefik', 'reverse proxy'],
  ])('%s', (image, role) => {
    expect(of(image)).toBe(role)
  })
  test('names of packages as the index has them', () => {
    expect(packagesIn('Llama_Cpp.Python==1\n# vllm\n-r more.txt\n  torch>=2\n')).toEqual(['llama-cpp-python', 'torch'])
  })
  test('a long list of hashes does not hide the last package', () => {
    expect(packagesIn(`${'a==1 \\\n    --hash=sha256:00\n'.repeat(2_000)}vllm==0.11\n`).at(-1)).toBe('vllm')
  })
})

test('whatever a Compose file holds, the networks of it are read to an end', async () => {
  const name = fc.constantFrom('a', 'b', 'default', 'host', '${X}', 'bridge', 'n\u0000', '__proto__')
  const mode = fc.oneof(
    fc.constant(undefined),
    fc.constantFrom('host', 'none', 'service:a', 'service:b', 'container:a', 'service:', ':', '${M}'),
  )
  const service = fc.record(
    {
      image: fc.constantFrom('nginx', 'postgres', 'ollama/ollama'),
      network_mode: mode,
      networks: fc.oneof(fc.constant(undefined), fc.array(name), fc.dictionary(name, fc.constant(null))),
      ports: fc.array(fc.constantFrom('80:80', '${P}', 'x', '1-9:1-9')),
    },
    { requiredKeys: ['image'] },
  )
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__'), service),
      fc.dictionary(
        name,
        fc.oneof(
          fc.constant(null),
          fc.record({ internal: fc.constantFrom(true, false, '${I}'), external: fc.constantFrom(true, false, '${E}') }),
        ),
      ),
      async (services, networks) => {
        for (const one of await topology({ 'compose.yaml': JSON.stringify({ services, networks }) }))
          for (const { attached } of one.services)
            if (attached.to === 'networks')
              for (const key of attached.names) expect(one.networks.map(n => n.name)).toContain(key)
      },
    ),
    { numRuns: 60 },
  )
})
