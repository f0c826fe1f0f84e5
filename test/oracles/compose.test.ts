import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type ComposeProject,
  type ComposeReader,
  loadProject,
  noVariables,
  withEnvironment,
} from '../../src/collect/compose-project.ts'
import { parseTemplate, resolveTemplate } from '../../src/parse/compose-template.ts'
import { entriesIn, type SaidNode } from '../../src/parse/compose-tree.ts'
import { expandedPorts, mountTarget, splitMount } from '../../src/parse/compose-value.ts'
import { environmentOf, parseDotenv } from '../../src/parse/dotenv.ts'
import { linesOf } from '../../src/parse/lines.ts'
import { parseYaml } from '../../src/parse/yaml.ts'
import { generated, type Tree } from './compose-generator.ts'

/**
 * The oracle is compose-go, the library Docker Compose loads its files with: both read the same files, and the models
 * must be equal. Its own program (`go install github.com/compose-spec/compose-go/v2/cmd`) must be on the path as
 * `compose-go`; without it these tests are skipped.
 */
const available = spawnSync('compose-go', ['-h'], { encoding: 'utf8' }).error === undefined
const folder = mkdtempSync(join(tmpdir(), 'iip-compose-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Plain = null | string | Plain[] | { [key: string]: Plain }

const run = (
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<{ code: number; out: string; err: string }> =>
  new Promise(done => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: '/nowhere' }
    const child = spawn(program, args, { cwd, env })
    let [out, err] = ['', '']
    child.stdout.on('data', chunk => (out += chunk))
    child.stderr.on('data', chunk => (err += chunk))
    child.on('close', code => done({ code: code ?? 1, out, err }))
  })

const theirs = async (at: string, files: readonly string[]): Promise<Plain | { refused: string }> => {
  const { code, out, err } = await run('compose-go', ['-no-normalization', '-format', 'json', ...files], at)
  return code === 0 ? texts(JSON.parse(out)) : { refused: err.split('\n').at(-1) ?? '' }
}

/** Numbers and truth values as the texts they are written as: which type a setting has is no matter of merging. */
const texts = (value: unknown): Plain => {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return value.map(texts)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, texts(v)]))
  return String(value)
}

const readerOf = (tree: Tree): ComposeReader => ({
  has: uri => Object.hasOwn(tree, uri),
  file: async uri => {
    const text = tree[uri]
    if (text === undefined) return undefined
    const { documents, errors } = parseYaml(text)
    expect(errors).toEqual([])
    const roots = documents.flatMap(({ root }) => (root?.is === 'map' ? [root] : []))
    return { source: { uri, sha256: '', bytes: text.length }, text, lines: linesOf(text), roots }
  },
  environment: async uri => {
    const text = tree[uri]
    return text === undefined ? undefined : environmentOf(parseDotenv(text), () => undefined)
  },
})

const ours = async (tree: Tree, files: readonly string[]): Promise<ComposeProject> => {
  const reader = readerOf(tree)
  return loadProject(files, '.', await withEnvironment(noVariables, ['.env'], reader), reader)
}

const textOf = (node: SaidNode): string | null => {
  if (node.is !== 'scalar' || (node.type === 'null' && node.name === undefined)) return null
  const { text } = resolveTemplate(parseTemplate(node.value), node.reading.lookup, '')
  if (node.name !== undefined) return node.type === 'null' ? node.name : `${node.name}=${text}`
  return text
}
const plainOf = (node: SaidNode): Plain => {
  if (node.is === 'map')
    return Object.fromEntries(node.entries.map(({ key, value }): [string, Plain] => [key.value, plainOf(value)]))
  return node.is === 'list' ? node.items.map(plainOf) : textOf(node)
}

/** A path as Compose resolves it: against the folder its file is read in. */
const absolute = (at: string, node: SaidNode | undefined, path: string): string =>
  path.startsWith('/') || node === undefined ? path : join(at, node.reading.base, path)

/** Our model in the long forms Compose gives its own. */
const canonical = (at: string, root: SaidNode): Plain => {
  const of = (value: Plain): { [key: string]: Plain } =>
    value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
  const service = (node: SaidNode, named: SaidNode): Plain => {
    const made = of(plainOf(node))
    for (const { key, value } of entriesIn(node)) {
      const items = value.is === 'list' ? value.items : [value]
      const name = key.value
      if (name === 'build') {
        const build = value.is === 'map' ? of(plainOf(value)) : { context: plainOf(value) }
        const context =
          entriesIn(value).find(entry => entry.key.value === 'context')?.value ?? (value.is === 'map' ? named : value)
        build['context'] = absolute(at, context, String(build['context'] ?? '.'))
        made[name] = build
      }
      if (name === 'ports') {
        made[name] = items.flatMap((item): Plain[] => {
          if (item.is === 'map') return [{ protocol: 'tcp', mode: 'ingress', ...of(plainOf(item)) }]
          return (expandedPorts(textOf(item) ?? '') ?? []).map(({ hostIp, published, target, protocol }) => ({
            target,
            protocol,
            mode: 'ingress',
            ...(published === undefined ? {} : { published }),
            ...(hostIp === undefined ? {} : { host_ip: hostIp }),
          }))
        })
      }
      if (name === 'volumes') {
        made[name] = items.map((item): Plain => {
          if (item.is === 'map') {
            const long = of(plainOf(item))
            const source = item.entries.find(entry => entry.key.value === 'source')?.value
            return long['type'] === 'bind' ? { ...long, source: absolute(at, source, String(long['source'])) } : long
          }
          const text = textOf(item) ?? ''
          const [source = '', , mode = ''] = splitMount(text)
          const target = mountTarget(text)
          if (splitMount(text).length === 1) return { type: 'volume', target, volume: {} }
          const readOnly: { [key: string]: Plain } = mode.split(',').includes('ro') ? { read_only: 'true' } : {}
          return /^[./~]/.test(source)
            ? {
                type: 'bind',
                source: absolute(at, item, source),
                target,
                bind: { create_host_path: 'true' },
                ...readOnly,
              }
            : { type: 'volume', source, target, volume: {}, ...readOnly }
        })
      }
      if (name === 'devices') {
        made[name] = items.map((item): Plain => {
          if (item.is === 'map') return plainOf(item)
          const [source = '', target = source, permissions = 'rwm'] = (textOf(item) ?? '').split(':')
          return { source, target, permissions }
        })
      }
      if (name === 'secrets' || name === 'configs') {
        made[name] = items.map((item): Plain => {
          const long = item.is === 'map' ? of(plainOf(item)) : { source: textOf(item) }
          return name === 'secrets' ? { target: `/run/secrets/${String(long['source'])}`, ...long } : long
        })
      }
      if (name === 'env_file') {
        made[name] = items.map((item): Plain => {
          const long = item.is === 'map' ? of(plainOf(item)) : { path: textOf(item) }
          return { required: 'true', ...long, path: absolute(at, item, String(long['path'])) }
        })
      }
      if (name === 'networks' || name === 'depends_on') {
        const before = made[name]
        const started = { condition: 'service_started', required: 'true' }
        made[name] = Array.isArray(before)
          ? Object.fromEntries(
              before.map((one): [string, Plain] => [String(one), name === 'networks' ? null : started]),
            )
          : name === 'networks' || before === undefined
            ? (before ?? null)
            : Object.fromEntries(
                Object.entries(of(before)).map(([k, v]): [string, Plain] => [k, { ...started, ...of(v) }]),
              )
      }
      if (name === 'dns') made[name] = items.map(textOf)
    }
    return made
  }
  const model = of(plainOf(root))
  for (const { key, value } of entriesIn(root)) {
    if (key.value === 'services')
      model['services'] = Object.fromEntries(
        entriesIn(value).map((one): [string, Plain] => [one.key.value, service(one.value, one.key)]),
      )
    if (key.value === 'secrets' || key.value === 'configs') {
      model[key.value] = Object.fromEntries(
        entriesIn(value).map((one): [string, Plain] => {
          const file = entriesIn(one.value).find(entry => entry.key.value === 'file')?.value
          const made = of(plainOf(one.value))
          return [one.key.value, file === undefined ? made : { ...made, file: absolute(at, file, textOf(file) ?? '') }]
        }),
      )
    }
  }
  return model
}

/** Names and values in one order and one form; lists whose order carries nothing sorted. */
const settle = (value: Plain, path: readonly string[] = []): Plain => {
  const name = path.at(-1) ?? ''
  const pairs = /^(environment|labels|annotations|sysctls|args|extra_hosts|additional_contexts|options)$/
  if (pairs.test(name) && value !== null && typeof value === 'object') {
    const list = Array.isArray(value)
      ? value.map(one => String(one))
      : Object.entries(value).map(([k, v]) => (v === null ? k : `${k}=${String(v)}`))
    return list.sort()
  }
  if (Array.isArray(value)) {
    const all = value.map(one => settle(one, [...path, '[]']))
    // A range stays the one thing it is where one of its ports is given again, and 8080 beside "8080" is no second port.
    const items = name === 'ports' ? [...new Map(all.map(one => [JSON.stringify(one), one])).values()] : all
    return /^(ports|volumes|devices|secrets|configs)$/.test(name)
      ? items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      : items
  }
  if (value === null || typeof value === 'string') return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .filter(key => !(path.length === 0 && key === 'version'))
      .map((key): [string, Plain] => [key, settle(value[key] ?? null, [...path, key])]),
  )
}

/** Each is something a reader who merges by general rules gets wrong. */
const written: readonly (readonly [string, Tree, readonly string[]])[] = [
  [
    'a port under another address is a second port',
    {
      'a.yaml': 'services:\n  db: { image: x, ports: ["5432:5432"] }\n',
      'b.yaml': 'services:\n  db: { ports: ["127.0.0.1:5432:5432"] }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    '!reset takes ports away, !override says them anew',
    {
      'a.yaml': 'services:\n  db: { image: x, ports: ["5432:5432"] }\n  web: { image: y, ports: ["80:80"] }\n',
      'b.yaml': 'services:\n  db: { ports: !reset [] }\n  web: { ports: !override ["127.0.0.1:80:80"] }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    'a capability cannot be dropped from cap_add by a later file',
    {
      'a.yaml': 'services:\n  s: { image: x, cap_add: [SYS_ADMIN], security_opt: ["seccomp:unconfined"] }\n',
      'b.yaml': 'services:\n  s: { cap_add: [CHOWN], security_opt: ["no-new-privileges:true"] }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    '!reset inside of a merge key, and beside one',
    {
      'a.yaml': 'services:\n  s: { image: x, ports: ["1:1"], user: root }\n  t: { image: y, ports: ["2:2"] }\n',
      'b.yaml':
        'x-r: &r { ports: !reset [] }\nx-p: &p { ports: ["3:3"] }\nservices:\n  s: { <<: *r }\n  t: { <<: *p, ports: !reset [] }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    'merge keys of merge keys, and several of them',
    {
      'a.yaml':
        'x-a: &a { image: x, environment: { A: 1 } }\nx-b: &b { <<: *a, user: "1" }\nx-c: &c { user: "2", init: true }\nservices:\n  s: { <<: [*b, *c] }\n  t: { <<: *c, image: y }\n',
    },
    ['a.yaml'],
  ],
  [
    'extends along a chain of files in folders of their own',
    {
      'a.yaml': 'services:\n  s: { extends: { file: x/b.yaml, service: b }, volumes: ["./a:/a"] }\n',
      'x/b.yaml':
        'services:\n  b: { extends: { file: ../y/c.yaml, service: c }, build: ., volumes: ["./b:/b", "./b:/c"] }\n',
      'y/c.yaml':
        'services:\n  c: { image: x, volumes: ["./c:/c", "./d:/d:ro"], depends_on: [z] }\n  z: { image: z }\n',
    },
    ['a.yaml'],
  ],
  [
    'the service that extends takes away from what it extends',
    {
      'a.yaml':
        'services:\n  b: { image: x, ports: ["1:1"], environment: { A: 1, B: 2 } }\n  s: { extends: b, ports: !reset [], environment: !override { C: 3 } }\n',
    },
    ['a.yaml'],
  ],
  [
    'an included project has a folder and variables of its own, and the one that includes wins',
    {
      'a.yaml': 'include: [x/b.yaml]\nservices:\n  s: { image: "a:${V:-0}", environment: { A: 2 } }\n',
      'x/b.yaml':
        'services:\n  s: { image: "b:${V:-0}", environment: [A=1, B=1] }\n  t: { build: ., image: "t:${V:-0}" }\n',
      'x/.env': 'V=inner\n',
    },
    ['a.yaml'],
  ],
  [
    'a list of paths in include is a list of files over each other',
    {
      'a.yaml': 'include:\n  - path: [x/b.yaml, x/c.yaml]\nservices: {}\n',
      'x/b.yaml': 'services:\n  s: { image: b, ports: ["1:1"] }\n',
      'x/c.yaml': 'services:\n  s: { image: c, ports: !reset [] }\n',
    },
    ['a.yaml'],
  ],
  [
    'null in a later file keeps lists and mappings, but takes away a command',
    {
      'a.yaml': 'services:\n  s: { image: x, command: run, ports: ["1:1"], environment: { A: 1 }, user: "1" }\n',
      'b.yaml': 'services:\n  s: { command: , ports: , environment: , user: }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    'logging is merged only within one driver',
    {
      'a.yaml':
        'services:\n  s: { image: x, logging: { driver: json-file, options: { max-size: 1m } } }\n  t: { image: x, logging: { driver: json-file, options: { max-size: 1m } } }\n',
      'b.yaml': 'services:\n  s: { logging: { driver: syslog } }\n  t: { logging: { options: { max-file: "3" } } }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    'the last of several documents in a file is the last word',
    { 'a.yaml': 'services:\n  s: { image: x, user: root }\n---\nservices:\n  s: { user: "1000", cap_drop: [ALL] }\n' },
    ['a.yaml'],
  ],
  [
    'secrets and configs meet by where they are mounted',
    {
      'a.yaml':
        'services:\n  s: { image: x, secrets: [p, { source: q, target: /run/secrets/r }], configs: [c] }\nsecrets: { p: { file: p }, q: { file: q }, r: { file: r } }\nconfigs: { c: { file: c }, d: { file: d } }\n',
      'b.yaml': 'services:\n  s: { secrets: [r], configs: [{ source: d, target: /c }] }\n',
    },
    ['a.yaml', 'b.yaml'],
  ],
  [
    'environment files may use what was set before them',
    {
      'a.yaml': 'include: [x/b.yaml]\nservices: {}\n',
      'x/b.yaml': 'services:\n  s: { image: "${A}/${B}/${C}/${D}/${E}" }\n',
      'x/.env': 'A=one # comment\nexport B="${A} two"\nC=\'$A\'\nD=${NONE:-d}\nE: "x\\ty"\n',
    },
    ['a.yaml'],
  ],
]

let nth = 0
const write = (tree: Tree): string => {
  const at = join(folder, `t${nth++}`)
  for (const [uri, text] of Object.entries(tree)) {
    mkdirSync(dirname(join(at, uri)), { recursive: true })
    writeFileSync(join(at, uri), text)
  }
  return at
}

const compare = async (tree: Tree, files: readonly string[]): Promise<'equal' | { readonly refused: string }> => {
  const at = write(tree)
  const [them, us] = [await theirs(at, files), await ours(tree, files)]
  rmSync(at, { recursive: true, force: true })
  const refused = (them as { refused?: unknown }).refused
  if (typeof refused === 'string') return { refused }
  expect(us.refusals).toEqual([])
  expect(us.root && settle(canonical(at, us.root))).toEqual(settle(them as Plain))
  return 'equal'
}

describe.skipIf(!available)('compose-go reads the same', () => {
  const count = process.env['ORACLES'] === 'full' ? 2_500 : 60

  test(`${count} generated sets of files`, { timeout: 600_000 }, async () => {
    let [refused, equal] = [0, 0]
    for (let seed = 1; seed <= count; seed++) {
      const { tree, files } = generated(seed)
      try {
        if ((await compare(tree, files)) === 'equal') equal++
        else refused++
      } catch (error) {
        const shown = Object.entries(tree)
          .map(([uri, text]) => `# ${uri}\n${text}`)
          .join('\n')
        throw new Error(`seed ${seed}, -f ${files.join(' -f ')}\n${shown}`, { cause: error })
      }
    }
    // What Compose refuses says nothing about merging: a generator that mostly makes such files would test nothing.
    expect(refused).toBeLessThan(count / 4)
    expect(equal + refused).toBe(count)
  })

  for (const [name, tree, files] of written)
    test(name, async () => {
      expect(await compare(tree, files)).toBe('equal')
    })
})
