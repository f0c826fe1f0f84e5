import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collector as compose } from '../../src/collect/compose.ts'
import { collector as dockerfile } from '../../src/collect/dockerfile.ts'
import type { Collected, Question } from '../../src/model.ts'
import { showPlace } from '../../src/place.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'

const inputs = { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' }
const questions: Readonly<Record<'compose' | 'dockerfile', readonly Question[]>> = {
  compose: [
    { kind: 'compose.set' },
    { kind: 'compose.service' },
    { kind: 'compose.user' },
    { kind: 'compose.port' },
    { kind: 'compose.variable' },
    { kind: 'compose.secret' },
  ],
  dockerfile: [{ kind: 'dockerfile.stage' }, { kind: 'dockerfile.base' }, { kind: 'dockerfile.variable' }],
}
const collect = (of: 'compose' | 'dockerfile', tree: MemoryTree): Promise<Collected> => {
  const factory = of === 'compose' ? compose : dockerfile
  return factory({
    workspace: memoryWorkspace(tree),
    inputs,
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect(questions[of])
}
const ids = ({ answers }: Collected): string[] => answers.flatMap(({ facts }) => [...facts].map(fact => fact.id))

describe('what is collected', () => {
  test('an id says which thing it is, scope first', async () => {
    const text =
      'services: { db: { image: postgres, ports: ["5432:5432", "53:53/udp"], environment: { DB_PASSWORD: x1y2 } } }\nsecrets: { a: { environment: A } }\n'
    expect(ids(await collect('compose', { files: { 'deploy/compose.yaml': text } }))).toEqual([
      'compose.set:deploy/compose.yaml',
      'compose.service:deploy/db',
      'compose.user:deploy/db',
      'compose.port:deploy/db/5432/tcp',
      'compose.port:deploy/db/53/udp',
      'compose.variable:deploy/db/environment/DB_PASSWORD',
      'compose.secret:deploy/a',
    ])
    const docker = 'FROM a AS build\nARG X_TOKEN\nFROM b:1\nCOPY --from=c/d:2 x y\n'
    expect(ids(await collect('dockerfile', { files: { 'web/Dockerfile': docker } })).sort()).toEqual([
      'dockerfile.base:web/Dockerfile/build/a',
      'dockerfile.base:web/Dockerfile/stage 2/COPY --from/c/d',
      'dockerfile.base:web/Dockerfile/stage 2/b',
      'dockerfile.stage:web/Dockerfile/',
      'dockerfile.stage:web/Dockerfile/build',
      'dockerfile.variable:web/Dockerfile/build/ARG/X_TOKEN',
    ])
  })

  test('reading a file moved by line or text does not change an id', async () => {
    const before = 'services:\n  db:\n    image: postgres\n    ports: ["5432:5432"]\n'
    const after =
      '# moved\nservices:\n  web: { image: w }\n  db:\n    image: postgres:17\n    ports: ["127.0.0.1:5432:5432"]\n'
    const [a, b] = await Promise.all(
      [before, after].map(text => collect('compose', { files: { 'compose.yaml': text } })),
    )
    expect(a && b && ids(b)).toEqual(expect.arrayContaining(a ? ids(a) : []))
  })

  test('only what can concern it is read', async () => {
    const files = {
      'src/main.yml': 'services: {}\n',
      'docker/other.yml': 'services:\n  a: { image: x }\n',
      'docker/prometheus.yml': 'scrape_configs: []\n',
      'compose.yaml': 'services: {}\n',
      'config/services.yaml': 'services:\n  _defaults: { autowire: true }\n',
      'templates/Dockerfile.j2': 'FROM a\n',
      'Dockerfile.dockerignore': '*\n',
    }
    const collected = await collect('compose', { files })
    expect(collected.deposits?.map(({ source }) => source.uri)).toEqual(['compose.yaml', 'docker/other.yml'])
    expect((await collect('dockerfile', { files })).deposits).toEqual([])
  })

  test('a file that another one names is read too, once', async () => {
    const files = {
      'compose.yaml':
        'include: [base/services.yml]\nservices:\n  a: { extends: { file: base/services.yml, service: b } }\n',
      'base/services.yml': 'include: [../compose.yaml]\nservices:\n  b: { image: x, privileged: true }\n',
    }
    const collected = await collect('compose', { files })
    expect(ids(collected)).toEqual([
      'compose.set:compose.yaml',
      'compose.service:./a',
      'compose.service:base/b',
      'compose.user:./a',
      'compose.user:base/b',
    ])
    expect(collected.answers.flatMap(({ gaps }) => gaps)).toEqual([])
  })

  test('the same value through an anchor is one fact that names all its services', async () => {
    const text =
      'x-e: &e { A_TOKEN: value }\nservices:\n  a: { image: i, environment: *e }\n  b: { image: i, environment: { <<: *e } }\n'
    const { answers } = await collect('compose', { files: { 'compose.yaml': text } })
    const facts = answers
      .flatMap(answer => [...answer.facts])
      .flatMap(f => (f.kind === 'compose.variable' ? [f.data.services] : []))
    expect(facts).toEqual([['a', 'b']])
  })
})

describe('what keeps a set from starting', () => {
  test('is said at the value that is wrong, all of it', async () => {
    const { readFile } = await import('node:fs/promises')
    const folder = 'fixtures/compose-sets-can-start/fail-every-obstacle'
    const files = {
      'compose.yaml': await readFile(`${folder}/compose.yaml`, 'utf8'),
      'web/Dockerfile': await readFile(`${folder}/web/Dockerfile`, 'utf8'),
    }
    const { answers } = await collect('compose', { files })
    const facts = answers.flatMap(answer => [...answer.facts])
    const obstacles = facts.flatMap(fact => (fact.kind === 'compose.set' ? fact.data.obstacles : []))
    expect(obstacles.map(({ says, place }) => `${showPlace(place)}: ${says}`)).toEqual([
      'compose.yaml:17:19: services that extend each other: one, two, one',
      'compose.yaml:19:32: service "three" extends "gone", which compose.yaml does not define',
      'compose.yaml:4:19: service "web" depends on "cache", which is not defined',
      'compose.yaml:5:16: service "web" joins network "front", which is not defined',
      'compose.yaml:6:15: service "web" uses secret "token", which is not defined',
      'compose.yaml:7:25: service "web" uses config "site", which is not defined',
      'compose.yaml:8:15: service "web" mounts volume "data", which is not defined',
      'compose.yaml:8:29: service "web" mounts loki.yml at /etc/loki/loki.yml, which is not in the tree',
      'compose.yaml:3:42: service "web" is built from web/Dockerfile.prod, which is not in the tree',
      'compose.yaml:12:19: service "api" shares the network of "vpn", which is not defined',
      'compose.yaml:11:12: service "api" is built in api, which is not in the tree',
      'compose.yaml:17:3: service "one" has neither image nor build',
      'compose.yaml:18:3: service "two" has neither image nor build',
      'compose.yaml:13:13: services "web" and "api" both publish 8080',
      'compose.yaml:16:13: services "api" and "db" both publish 8081',
    ])
  })
})

describe('secrets', () => {
  const word = 'h0rse-b4ttery'
  const cases: Readonly<Record<string, readonly ['compose' | 'dockerfile', MemoryTree]>> = {
    'in the environment': [
      'compose',
      { files: { 'compose.yaml': `services:\n  a:\n    image: i\n    environment:\n      DB_PASSWORD: "${word}"\n` } },
    ],
    'in a list': [
      'compose',
      { files: { 'compose.yaml': `services:\n  a:\n    image: i\n    environment: ['DB_PASSWORD=${word}']\n` } },
    ],
    'in a default': [
      'compose',
      { files: { 'compose.yaml': `services:\n  a:\n    image: i\n    command: x --token \${T:-${word}}\n` } },
    ],
    'in a URL': [
      'compose',
      { files: { 'compose.yaml': `services:\n  a:\n    image: i\n    labels: { u: 'redis://:${word}@h' }\n` } },
    ],
    'in a block': [
      'compose',
      {
        files: {
          'compose.yaml': `services:\n  a:\n    image: i\n    command: |\n      x\n      y --password=${word}\n`,
        },
      },
    ],
    'in an environment file': [
      'compose',
      { files: { 'compose.yaml': 'services: { a: { image: i, env_file: x.env } }', 'x.env': `A_SECRET="${word}"\n` } },
    ],
    'in ENV': ['dockerfile', { files: { Dockerfile: `FROM a\nENV X=1 API_KEY="${word}"\n` } }],
    'in ARG': ['dockerfile', { files: { Dockerfile: `FROM a\nARG API_KEY=\${API_KEY:-${word}}\n` } }],
    'in RUN': ['dockerfile', { files: { Dockerfile: `FROM a\nRUN a && \\\n  export API_KEY='${word}'\n` } }],
  }
  for (const [name, [of, tree]] of Object.entries(cases))
    test(`${name}: the deposit hides the value, and no fact holds it`, async () => {
      const { answers, deposits = [] } = await collect(of, tree)
      const facts = answers.flatMap(answer => [...answer.facts])
      expect(facts.filter(fact => fact.kind.endsWith('.variable'))).toHaveLength(1)
      expect(JSON.stringify(facts)).not.toContain(word)
      const shown = deposits.map(({ text, secrets }) =>
        [...secrets]
          .sort((a, b) => b.start - a.start)
          .reduce((t, { start, end }) => `${t.slice(0, start)}…${t.slice(end)}`, text),
      )
      expect(shown.join('\n')).not.toContain(word)
      expect(shown.join('\n')).toContain('…')
    })
})

describe('hostile input', () => {
  test('a circle of files, a link, a bomb, a path out of the tree: gaps, and an end', async () => {
    const bomb = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
    for (let i = 1; i < 9; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(',')}]`,
      )
    const { answers } = await collect('compose', {
      files: {
        'a/compose.yaml': 'include: [../b/compose.yaml, ../../etc/compose.yaml, "${X}"]\nservices: {}\n',
        'b/compose.yaml': 'include: [../a/compose.yaml]\nservices: {}\n',
        'c/compose.yaml': `services: {}\n${bomb.join('\n')}\n`,
        'd/compose.yaml': `services: ${'['.repeat(50_000)}`,
        'e/compose.yaml': new Uint8Array([0xff, 0xfe, 0x00]),
      },
      links: { 'f/compose.yaml': '/etc/passwd' },
    })
    const causes = answers[0]?.gaps.map(
      gap =>
        `${gap.place.in === 'span' ? gap.place.source.uri : 'uri' in gap.place ? gap.place.uri : '.'} ${gap.cause}`,
    )
    expect(causes?.sort()).toEqual([
      'a/compose.yaml unresolved',
      'a/compose.yaml unresolved',
      'c/compose.yaml too-large',
      'd/compose.yaml too-large',
      'e/compose.yaml unparsed',
      'f/compose.yaml denied',
    ])
  })

  const piece = fc.constantFrom(
    'services:\n',
    '  a:\n',
    '    image: x\n',
    '    build: .\n',
    '    ports:\n',
    '      - "80:80"\n',
    '      - {target: 1}\n',
    '    ports: 1\n',
    '    environment:\n',
    '      A_TOKEN: ${B:-c}\n',
    '      - A_TOKEN=x\n',
    '    volumes: [/:/a, {source: 1}]\n',
    '    networks: {a: }\n',
    '    privileged: [x]\n',
    'networks: [a]\n',
    'secrets: {a: 1, b: {file: ../../x}}\n',
    '    <<: *x\n',
    'x: &x {a: 1}\n',
    '    env_file: [a, {path: b}]\n',
    '    cap_add: x\n',
    '    extends: {file: 1}\n',
    'include: {path: a}\n',
    '---\n',
    '    command: [--password, "x"]\n',
    '  b: !reset null\n',
    '    devices: [[a]]\n',
  )
  test('whatever a Compose file holds, nothing is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 25 }).map(p => p.join('')),
        async text => {
          const { answers } = await collect('compose', { files: { 'compose.yaml': text, a: 'A_TOKEN=x\n' } })
          expect(answers).toHaveLength(6)
        },
      ),
      { numRuns: 1500 },
    )
  })

  const line = fc.constantFrom(
    'FROM a\n',
    'FROM ${X} AS b\n',
    'FROM b\n',
    'FROM\n',
    'ARG X=1\n',
    'ARG X\n',
    'USER\n',
    'USER $X\n',
    'USER ${U:-0}\n',
    'ENV A_TOKEN\n',
    'ENV A_TOKEN=$X B=\n',
    'RUN --mount=type=secret x\n',
    'RUN --mount=from= y\n',
    'COPY --from= a b\n',
    'COPY --from=9 a b\n',
    'RUN <<E\n',
    'E\n',
    '# escape=`\n',
    'ONBUILD FROM x\n',
    '\\\n',
    'x\n',
    'FROM c-${TARGETARCH}\n',
    'FROM x AS c-(\n',
  )
  test('whatever a Dockerfile holds, nothing is thrown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 20 }).map(p => p.join('')),
        async text => {
          const { answers } = await collect('dockerfile', { files: { Dockerfile: text } })
          expect(answers).toHaveLength(3)
        },
      ),
      { numRuns: 1500 },
    )
  })
})
