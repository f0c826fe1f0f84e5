/** Sets of Compose files by a seed: the same seed gives the same files. They use what merging treats in a way of its own. */
export type Tree = Readonly<Record<string, string>>

type Made = string | number | boolean | null | readonly Made[] | { readonly [key: string]: Made } | Tagged
class Tagged {
  readonly tag: string
  readonly value: Made
  constructor(tag: string, value: Made) {
    this.tag = tag
    this.value = value
  }
}

/** mulberry32 */
const randomOf = (seed: number): (() => number) => {
  let state = seed * 2_654_435_761
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

const emit = (value: Made): string => {
  if (value instanceof Tagged) return `${value.tag} ${emit(value.value)}`
  if (Array.isArray(value)) return `[${value.map(emit).join(', ')}]`
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, one]) => `${key === '<<' ? '<<' : JSON.stringify(key)}: ${emit(one)}`)
      .join(', ')}}`
  return typeof value === 'string' && value.startsWith('*') ? value : JSON.stringify(value)
}

const document = (root: { readonly [key: string]: Made }): string =>
  `${Object.entries(root)
    .map(([key, value]) => {
      if (value !== null && typeof value === 'object' && !Array.isArray(value) && !(value instanceof Tagged)) {
        const inner = Object.entries(value).map(([name, one]) => `  ${JSON.stringify(name)}: ${emit(one)}`)
        return inner.length === 0 ? `${key}: {}` : `${key}:\n${inner.join('\n')}`
      }
      return `${key}: ${emit(value)}`
    })
    .join('\n')}\n`

export const generated = (seed: number): { readonly tree: Tree; readonly files: readonly string[] } => {
  const random = randomOf(seed)
  const chance = (of: number): boolean => random() < of
  const pick = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T
  const several = <T>(some: readonly T[], most: number): T[] =>
    Array.from({ length: Math.floor(random() * (most + 1)) }, () => pick(some))
  const distinct = <T>(some: readonly T[], most: number): T[] => [...new Set(several(some, most))]
  const pairs = (names: readonly string[], values: readonly string[]): Made => {
    const chosen = distinct(names, 3)
    const valued = chosen.map((name): [string, Made] => [name, pick<Made>([...values, 7, true, null])])
    return chance(0.5)
      ? Object.fromEntries(valued)
      : valued.map(([name, value]) => (value === null ? name : `${name}=${String(value)}`))
  }
  const words = [
    'a',
    'b',
    '${SET}',
    '${UNSET:-d}',
    '${EMPTY-x}',
    '${EMPTY:-y}',
    '${SET:+z}',
    'pre-${SET}-$$x',
    '${UNSET:-${SET}}',
  ]
  const names = ['one', 'two', 'three']
  const keys = ['K', 'L', 'M', 'com.example.x']
  const port = (): Made =>
    pick<Made>([
      '80:80',
      '8080:80',
      '127.0.0.1:8080:80',
      '8000-8002:8000-8002',
      '8001:8001',
      '${PORT:-9000}:9000',
      '9000:9000',
      '53:53/udp',
      '443',
      443,
      { target: 80, published: '8080' },
      { target: 80, published: 8080, host_ip: '127.0.0.1' },
      { target: 443, published: '443', protocol: 'tcp', mode: 'host' },
    ])
  const volume = (): Made =>
    pick<Made>([
      './x:/data',
      './y:/data:ro',
      'named:/data',
      '/abs:/etc/x',
      '/anon',
      'named:/var/lib/',
      '../up:/up',
      { type: 'bind', source: './long', target: '/data' },
      { type: 'volume', source: 'named', target: '/data', read_only: true },
    ])
  const mount = (): Made => pick<Made>(['s1', 's2', { source: 's1', target: 't' }, { source: 's2', mode: 256 }])
  const features: Readonly<Record<string, () => Made>> = {
    command: () => pick<Made>(['run me', ['run', 'me'], ['other'], null]),
    entrypoint: () => pick<Made>(['sh', ['sh', '-c'], null]),
    environment: () => pairs(keys, words),
    labels: () => pairs(keys, words),
    annotations: () => pairs(keys, ['a', 'b']),
    sysctls: () => pairs(['net.core.somaxconn', 'net.ipv4.ip_forward'], ['1', '2']),
    ports: () => several([0, 1, 2], 3).map(port),
    volumes: () => several([0, 1, 2], 3).map(volume),
    expose: () => several<Made>(['80', '81', 82], 3),
    cap_add: () => distinct(['NET_ADMIN', 'SYS_PTRACE', 'CHOWN'], 2),
    cap_drop: () => distinct(['ALL', 'CHOWN'], 2),
    security_opt: () => distinct(['no-new-privileges:true', 'seccomp:unconfined'], 2),
    dns: () => pick<Made>(['1.1.1.1', ['1.1.1.1', '8.8.8.8'], ['9.9.9.9']]),
    dns_search: () => pick<Made>(['example.org', ['example.org', 'example.com']]),
    tmpfs: () => pick<Made>(['/tmp', ['/tmp', '/run'], ['/run']]),
    env_file: () => pick<Made>(['a.env', ['a.env', 'b.env'], [{ path: 'b.env', required: false }], ['b.env', 'a.env']]),
    extra_hosts: () => pick<Made>([['h=1.2.3.4'], ['h=1.2.3.4', 'i=1.2.3.5'], { h: '1.2.3.6' }]),
    networks: () =>
      pick<Made>([['front'], ['front', 'back'], { back: { aliases: distinct(['x', 'y'], 2) } }, { front: null }]),
    depends_on: () =>
      pick<Made>([
        ['two'],
        ['two', 'three'],
        { two: { condition: 'service_healthy' } },
        { three: { condition: 'service_started', required: false } },
      ]),
    build: () =>
      pick<Made>([
        './ctx',
        { context: './ctx', args: pairs(keys, ['1', '2']) },
        { target: 't' },
        { context: '.', dockerfile: 'D', labels: pairs(keys, ['x']) },
        { context: '.', tags: distinct(['r/a:1', 'r/b:2'], 2), cache_from: distinct(['c1', 'c2'], 2) },
      ]),
    image: () =>
      pick<Made>([
        'img:1',
        'img:${SET}',
        'img@sha256:0000000000000000000000000000000000000000000000000000000000000000',
      ]),
    healthcheck: () =>
      pick<Made>([
        { test: ['CMD', 'x'], interval: '5s' },
        { test: 'curl x', retries: 3 },
        { disable: true },
        { timeout: '1s' },
      ]),
    logging: () =>
      pick<Made>([
        { driver: 'json-file', options: { 'max-size': '1m' } },
        { driver: 'syslog' },
        { options: { 'max-file': '3' } },
      ]),
    deploy: () =>
      pick<Made>([
        { replicas: 2 },
        { labels: pairs(keys, ['x']), resources: { limits: { memory: '1g' } } },
        { resources: { limits: { cpus: '0.5' } } },
      ]),
    ulimits: () => pick<Made>([{ nofile: 10 }, { nofile: { soft: 1, hard: 2 } }, { nproc: 5 }]),
    profiles: () => distinct(['p', 'q'], 2),
    user: () => pick<Made>(['1000', '${SET}', 'root']),
    privileged: () => pick<Made>([true, false]),
    read_only: () => pick<Made>([true, false]),
    secrets: () => several([0, 1], 2).map(mount),
    configs: () =>
      several([0, 1], 2).map(() =>
        pick<Made>(['c1', { source: 'c1', target: '/c1' }, { source: 'c1', target: '/other' }]),
      ),
    devices: () =>
      several<Made>(
        ['/dev/a:/dev/x', '/dev/b:/dev/x:r', '/dev/a', { source: '/dev/c', target: '/dev/x', permissions: 'rw' }],
        2,
      ),
    links: () => distinct(['two', 'three:alias'], 2),
    group_add: () => distinct(['g1', 'g2'], 2),
    network_mode: () => pick<Made>(['host', 'none']),
    restart: () => pick<Made>(['always', 'no']),
    stop_signal: () => 'SIGINT',
    'x-own': () =>
      pick<Made>([
        { a: [1], b: 'x' },
        { a: [2], c: null },
      ]),
  }
  const featureNames = Object.keys(features)
  const service = (isLater: boolean): Record<string, Made> => {
    const made: Record<string, Made> = {}
    for (const name of distinct(featureNames, 8)) {
      const value = features[name]?.() ?? null
      made[name] =
        isLater && chance(0.12)
          ? new Tagged('!reset', Array.isArray(value) ? [] : null)
          : isLater && chance(0.1) && value !== null
            ? new Tagged('!override', value)
            : value
    }
    return made
  }
  const model = (isLater: boolean): Record<string, Made> => {
    const services: Record<string, Made> = {}
    for (const name of isLater ? distinct(names, 3) : names) services[name] = service(isLater)
    const root: Record<string, Made> = { services }
    if (!isLater || chance(0.4)) {
      root['networks'] = {
        front: pick<Made>([null, { driver: 'bridge' }, { internal: true }]),
        back: pick<Made>([
          { labels: pairs(keys, ['1']) },
          {
            driver: 'bridge',
            ipam: { config: [{ subnet: pick(['10.0.0.0/24', '10.1.0.0/24']), gateway: '10.0.0.1' }] },
          },
        ]),
      }
      root['volumes'] = { named: pick<Made>([null, { driver: 'local' }, { labels: pairs(keys, ['1']) }]) }
      root['secrets'] = { s1: { file: './s1' }, s2: pick<Made>([{ file: './s2' }, { external: true }]) }
      root['configs'] = { c1: { file: './c1' } }
    }
    return root
  }

  const tree: Record<string, string> = {
    '.env': 'SET=value\nEMPTY=\nQUOTED="a ${SET} \\n b"\nSINGLE=\'$SET\'\n',
    'a.env': 'A=1\n',
    'b.env': 'B=2\n',
    s1: 'x',
    s2: 'x',
    c1: 'x',
  }
  const base = model(false)
  const services = base['services'] as Record<string, Made>
  if (chance(0.35)) {
    const own = services['one'] as Record<string, Made>
    own['extends'] = pick<Made>([{ service: 'two' }, 'two'])
    if (chance(0.3)) (services['two'] as Record<string, Made>)['extends'] = { service: 'three' }
  }
  if (chance(0.35)) {
    ;(services['three'] as Record<string, Made>)['extends'] = { file: 'sub/base.yml', service: 'b' }
    const b = service(false)
    if (chance(0.4)) b['extends'] = { service: 'c' }
    tree['sub/base.yml'] = document({ services: { b, c: service(false) } })
    tree['sub/a.env'] = 'A=2\n'
    tree['sub/b.env'] = 'B=2\n'
  }
  if (chance(0.3)) {
    const inc = model(false)
    const own = inc['services'] as Record<string, Made>
    const renamed = chance(0.6)
    tree['inc/compose.yaml'] = document({
      ...inc,
      services: renamed ? { inner: own['one'] ?? null } : { one: own['one'] ?? null },
    })
    if (chance(0.5)) tree['inc/.env'] = 'SET=inner\nUNSET=there\nPORT=9009\n'
    for (const name of ['a.env', 'b.env']) tree[`inc/${name}`] = 'X=1\n'
    base['include'] = pick<Made>([
      ['inc/compose.yaml'],
      [{ path: 'inc/compose.yaml', project_directory: '.' }],
      [{ path: ['inc/compose.yaml'], env_file: 'a.env' }],
    ])
  }
  if (chance(0.3)) {
    const [first] = Object.entries(services)
    if (first !== undefined) services[first[0]] = { '<<': '*shared', ...(first[1] as Record<string, Made>) }
    tree['compose.yaml'] = `x-shared: &shared ${emit(service(false))}\n${document(base)}`
  } else tree['compose.yaml'] = document(base)
  const files = ['compose.yaml']
  for (let i = 0; i < 2; i++) {
    if (!chance(0.7 - i * 0.3)) break
    const name = `over${i}.yaml`
    tree[name] = document(model(true))
    if (chance(0.15)) tree[name] += `---\n${document(model(true))}`
    files.push(name)
  }
  if (chance(0.5)) {
    // compose-go's own program takes no variables but those of an included project.
    tree['root.yaml'] = document({ include: [{ path: files, project_directory: '.' }], services: {} })
    return { tree, files: ['root.yaml'] }
  }
  delete tree['.env']
  return { tree, files }
}
