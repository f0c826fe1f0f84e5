import type { NginxFacts, NginxWordAt } from '../facts/nginx.ts'
import type { Deposit, Fact, FactKind, Gap, Related, SecretSpan } from '../model.ts'
import { type NginxDirective, parseNginx } from '../parse/nginx.ts'
import { showPlace } from '../place.ts'
import type { Refusal } from '../workspace/workspace.ts'
import { answerAll, type CollectorFactory } from './collector.ts'
import { deployments, includeIn, isCompose, loadedBy, mainOf, usualFragments } from './nginx-deployed.ts'
import { headerLevels } from './nginx-headers.ts'
import {
  type ConfFile,
  type ConfFiles,
  everyKind,
  folderOf,
  type Loaded,
  load,
  loading,
  namePlace,
  resolveInclude,
  spanPlace,
} from './nginx-load.ts'
import { plainAnswers } from './nginx-plaintext.ts'
import { type Context, labelOf, type NginxModule, named, nameOf, serversOf } from './nginx-server.ts'

/** By its name alone this is a configuration of nginx: if it cannot be read, something is missing. */
const surelyNginx = (uri: string): boolean =>
  /(?:^|\/)nginx[^/]*\.conf(?:\.[\w-]+)*$/i.test(uri) ||
  /(?:^|\/)(?:sites-enabled|sites-available)\/[^/]+$/.test(uri) ||
  /(?:^|\/)[^/]*nginx[^/]*\/(?:[^/]+\/)*[^/]+\.conf(?:\.template)?$/i.test(uri) ||
  /\.(?:nginx|nginxconf|vhost)$/.test(uri)

/** It may be one, if it looks like one. */
const maybeNginx = (uri: string): boolean =>
  surelyNginx(uri) ||
  /\.conf(?:\.(?:template|sample|example|dist|default|in|tmpl|tpl|j2|jinja2?|erb|ejs|mustache|gotmpl))*$/i.test(uri) ||
  /\.(?:stream-)?template$/.test(uri) ||
  /(?:^|\/)[^/]*nginx[^/]*\.(?:tmpl|tpl|j2|jinja2?|erb|ejs|mustache|gotmpl|template|sample|example)$/i.test(uri) ||
  /(?:^|\/)nginx\/(?:[^/]+\/)*[^/.]+$/.test(uri)

const block = /(?:^|[\s;{}])(?:http|server|stream|mail)\s{0,200}\{/
const directive =
  /(?:^|[\s;{}])(?:listen|server_name|proxy_pass|ssl_certificate|ssl_protocols|return|include|root|fastcgi_pass|worker_processes|worker_connections)[ \t][^;{}\n=]{1,1100};/

/** A block nginx has and a directive nginx has, ended as nginx ends them: HOCON, Logstash and Apache do not pass. */
const looksLikeNginx = (text: string): boolean => block.test(text) && directive.test(text)

const templateMarks = /\{\{|\{%|<%|\$\{?[A-Z_]{3,}|@[A-Z_]{3,}@|%%\w/

/** Folders whose files nginx's packages and images include side by side in one http{}. */
const sharedFolder = /(?:^|\/)(?:conf\.d|http\.d|sites-enabled|vhosts\.d|templates)$/

const inShared = (uri: string): boolean => {
  const folder = folderOf(uri)
  if (!sharedFolder.test(folder)) return false
  return (
    folder.endsWith('sites-enabled') || (folder.endsWith('templates') ? /\.template$/.test(uri) : /\.conf$/.test(uri))
  )
}

const topLevel = (conf: ConfFile): ReadonlySet<string> => new Set(conf.config.directives.map(d => d.name.text))

const isMain = (names: ReadonlySet<string>): boolean =>
  ['http', 'events', 'stream', 'mail'].some(name => names.has(name))

const maxFiles = 2000
/** More than the largest hosts of names have; a file of two megabytes could hold a hundred thousand servers. */
const maxFacts = 20_000

export const collector: CollectorFactory = ({ workspace, signal, isSample }) => ({
  answers: ['nginx.server', 'nginx.plaintext', 'nginx.headers'],
  collect: async questions => {
    const { tree } = workspace
    const listing = await tree.list()
    const gaps: Gap[] = listing.unseen
      .filter(({ uri }) => /nginx|conf\.d|sites-enabled/i.test(uri))
      .map(({ uri, refusal }) => ({ kinds: everyKind, place: { in: 'file', uri }, ...refusal }))

    const read = new Map<string, ConfFile | Refusal>()
    const files: ConfFiles = {
      uris: listing.entries.filter(entry => entry.type !== 'special').map(entry => entry.uri),
      read: async uri => {
        const known = read.get(uri)
        if (known) return known
        const text = await tree.text(uri)
        const conf: ConfFile | Refusal = text.ok
          ? {
              file: text.value,
              config: parseNginx(text.value.text),
              template: /template$/.test(uri),
            }
          : text.refusal
        read.set(uri, conf)
        return conf
      },
    }

    /** Main files that could not be read: any of them may be what holds http{} around a fragment. */
    let mainUnread: NginxWordAt | undefined
    const wordFor = (uri: string): NginxWordAt => ({ text: uri, place: { in: 'file', uri } })

    // What looks like a configuration of its own: a main file, or a fragment with servers.
    const starts: ConfFile[] = []
    let looked = 0
    for (const { uri, type } of listing.entries) {
      signal.throwIfAborted()
      if (type === 'special' || !maybeNginx(uri)) continue
      looked += 1
      if (looked > maxFiles) {
        gaps.push({
          kinds: everyKind,
          place: { in: 'root' },
          reason: `more than ${maxFiles} files could be configurations of nginx; the rest was not read`,
          cause: 'too-large',
        })
        break
      }
      const text = await tree.text(uri)
      if (!text.ok) {
        if (surelyNginx(uri)) gaps.push({ kinds: everyKind, place: { in: 'file', uri }, ...text.refusal })
        if (/(?:^|\/)nginx[^/]*\.conf$/i.test(uri) && !isSample(uri)) mainUnread ??= wordFor(uri)
        continue
      }
      if (!looksLikeNginx(text.value.text)) continue
      const conf = await files.read(uri)
      if ('file' in conf) starts.push(conf)
    }

    const state = loading(files)
    const facts: Fact[] = []
    const add = factsInto(facts, gaps)

    // What Compose files and Dockerfiles run comes first: it is judged as it runs there.
    const deployed = await deployments(tree, listing.entries, signal)
    gaps.push(...deployed.gaps)
    const judgedAs = new Set<string>()
    let saysWhatRuns = false
    for (const deployment of deployed.found) {
      const main = mainOf(deployment, files.uris)
      const home = main?.home ?? '/etc/nginx'
      const resolve = includeIn(deployment, home, files.uris)
      const roots = main
        ? [main.uri]
        : usualFragments.flatMap(path => {
            const resolved = resolve(path)
            return typeof resolved === 'object' && 'uris' in resolved ? resolved.uris : []
          })
      state.taken.clear()
      const contexts = new Map<Context, boolean>()
      const loose: Loaded[] = []
      let unread: NginxWordAt | undefined
      for (const uri of roots) {
        const conf = await files.read(uri)
        if (!('file' in conf)) {
          gaps.push({ kinds: everyKind, place: { in: 'file', uri }, ...conf })
          unread ??= wordFor(uri)
          if (main) mainUnread ??= unread
          continue
        }
        if (conf.config.error) unread ??= { text: uri, place: spanPlace(conf, conf.config.error.span) }
        state.included.add(uri)
        state.taken.add(uri)
        const loaded = await load(conf, resolve, state)
        for (const context of contextsOf(loaded)) contexts.set(context, false)
        // A main file may be mounted into conf.d by mistake; nginx would refuse it, and what it says is judged all the same.
        if (!isMain(new Set(loaded.map(l => l.directive.name.text)))) loose.push(...loaded)
      }
      if (loose.length > 0) contexts.set({ module: 'http', children: loose, unread }, !main)
      // Two services that run the same files are one configuration.
      const signature = [...state.taken].sort().join('\n')
      if (signature === '') continue
      // An example of how it could be run says nothing about what else is.
      if (!isSample(deployment.from)) saysWhatRuns = true
      if (judgedAs.has(signature)) continue
      judgedAs.add(signature)
      for (const [context, alone] of contexts)
        add(context, { root: main?.uri ?? folderOf(roots[0] ?? ''), alone, loads: uri => loadedBy(deployment, uri) })
    }
    // Where the tree says what runs, a file it does not name may run elsewhere, or nowhere.
    // Where it says what runs and nginx is not among it, a file may still be deployed by other means.
    const describes =
      deployed.found.length === 0 &&
      listing.entries.some(e => e.type === 'file' && isCompose(e.uri) && !isSample(e.uri))
    const loads = (): undefined | 'nothing' | 'unseen' => (saysWhatRuns ? 'nothing' : describes ? 'unseen' : undefined)
    const rest = starts.filter(conf => !state.included.has(conf.file.source.uri))

    const mains = rest.filter(conf => isMain(topLevel(conf)))
    for (const main of mains) {
      const { uri } = main.file.source
      const prefix = folderOf(uri)
      const loaded = await load(main, path => resolveInclude(path, prefix, files.uris), state)
      for (const context of contextsOf(loaded)) add(context, { root: uri, alone: false, loads })
    }

    const alone = rest.filter(conf => !mains.includes(conf) && !state.included.has(conf.file.source.uri))
    const groups = new Map<string, ConfFile[]>()
    for (const conf of alone) {
      const { uri } = conf.file.source
      const key = inShared(uri) ? folderOf(uri) : uri
      groups.set(key, [...(groups.get(key) ?? []), conf])
    }
    for (const [key, starters] of groups) {
      const members = [...starters]
      let unread = mainUnread
      if (sharedFolder.test(key)) {
        // Their neighbours may set what holds for all of http{}: they are read whatever they look like.
        for (const uri of files.uris) {
          if (folderOf(uri) !== key || !inShared(uri) || members.some(m => m.file.source.uri === uri)) continue
          if (state.included.has(uri)) continue
          const conf = await files.read(uri)
          if ('file' in conf) members.push(conf)
          else {
            gaps.push({ kinds: everyKind, place: { in: 'file', uri }, ...conf })
            unread ??= wordFor(uri)
          }
        }
        members.sort((a, b) => (a.file.source.uri < b.file.source.uri ? -1 : 1))
      }
      // /etc/nginx of a fragment in /etc/nginx/conf.d; of one that stands alone, its own folder.
      const prefix = folderOf(key)
      const byModule = new Map<NginxModule, Loaded[]>()
      for (const member of members) {
        const loaded = await load(member, path => resolveInclude(path, prefix, files.uris), state)
        const module = moduleOf(member, loaded)
        byModule.set(module, [...(byModule.get(module) ?? []), ...loaded])
      }
      for (const [module, children] of byModule) add({ module, children, unread }, { root: key, alone: true, loads })
    }

    // A file nginx would stop reading hides what stands behind the error, here or in what includes it.
    for (const conf of read.values()) {
      if (!('file' in conf) || !conf.config.error) continue
      const marks = templateMarks.test(conf.file.text)
      gaps.push({
        kinds: everyKind,
        place: spanPlace(conf, conf.config.error.span),
        reason: marks
          ? `${conf.config.error.message}; it looks like a template, and what it becomes is known only when it is filled in`
          : conf.config.error.message,
        cause: /longer than|deeper than/.test(conf.config.error.message)
          ? 'too-large'
          : marks
            ? 'unresolved'
            : 'unparsed',
      })
    }

    const deposits: Deposit[] = [
      ...[...read.values()].flatMap(conf =>
        'file' in conf ? [{ ...conf.file, secrets: secretsOf(conf.config.directives) }] : [],
      ),
      ...deployed.files.map(file => ({ ...file, secrets: [] })),
    ]
    const all = distinct([...gaps, ...state.gaps])
    const byKind = (kind: FactKind): readonly Fact[] => facts.filter(fact => fact.kind === kind)
    return { answers: answerAll(questions, byKind, all), deposits }
  },
})

/** A shared file with a gap in it is one gap, however many include it. */
const distinct = (gaps: readonly Gap[]): readonly Gap[] => [
  ...new Map(gaps.map(gap => [`${showPlace(gap.place)} ${gap.cause} ${gap.reason} ${gap.kinds.join()}`, gap])).values(),
]

/** Fragments do not say which block they are for; a server that proxies by itself, without a location, is a stream's. */
const moduleOf = (conf: ConfFile, loaded: readonly Loaded[]): NginxModule => {
  if (/(?:^|\/)stream[^/]*\/|stream-template$|(?:^|[./-])stream\.conf/.test(conf.file.source.uri)) return 'stream'
  const servers = named(loaded, 'server')
  const isStream = (server: Loaded): boolean =>
    named(server.children, 'proxy_pass').length > 0 || named(server.children, 'ssl_preread').length > 0
  return servers.length > 0 && servers.every(isStream) ? 'stream' : 'http'
}

const contextsOf = (loaded: readonly Loaded[]): readonly Context[] =>
  (['http', 'stream', 'mail'] as const).flatMap(module =>
    named(loaded, module).map((outer): Context => ({ module, children: outer.children })),
  )

/** Where a context comes from, and who runs it: `nothing` where the tree says what runs, and this is not it. */
interface Origin {
  readonly root: string
  readonly alone: boolean
  readonly loads: (uri: string) => Related | 'nothing' | 'unseen' | undefined
}

const factsInto = (facts: Fact[], gaps: Gap[]): ((context: Context, origin: Origin) => void) => {
  const seen = new Map<string, number>()
  const unique = (id: string): string => {
    const count = (seen.get(id) ?? 0) + 1
    seen.set(id, count)
    return count === 1 ? id : `${id}#${count}`
  }
  return (context, { root, alone, loads }) => {
    for (const server of serversOf(context)) {
      if (facts.length >= maxFacts) {
        gaps.push({
          kinds: everyKind,
          place: namePlace(server.block),
          reason: `more than ${maxFacts} servers and locations; this and the following were not judged`,
          cause: 'too-large',
        })
        return
      }
      const name = nameOf(server.block)
      const scope = { label: labelOf(server.block), root, alone, loadedBy: loads(server.block.from.file.source.uri) }
      const key = `${root}/${name}:${server.listens.map(l => l.text).join('+')}`
      const place = namePlace(server.block)
      facts.push({
        kind: 'nginx.server',
        id: unique(`nginx.server:${key}`),
        place,
        data: {
          ...scope,
          module: context.module,
          names: server.names,
          listens: server.listens,
          tls: server.tls,
          protocols: server.protocols,
          ciphers: server.ciphers,
          overrides: server.overrides,
        },
      })
      if (context.module !== 'http') continue

      const plain = server.listens.filter(
        l => (l.transport === 'plain' || l.transport === 'unknown') && l.reach !== 'loopback',
      )
      if (plain.length > 0) {
        const report = plainAnswers(server)
        const unclear = plain
          .filter(l => l.transport === 'unknown')
          .map(l => ({
            where: l.text.startsWith('include ') ? l.text : `listen ${l.text}`,
            does: 'decides whether it speaks TLS, and cannot be seen',
            place: l.place,
          }))
        const onlyUnknown = unclear.length === plain.length
        facts.push({
          kind: 'nginx.plaintext',
          id: unique(`nginx.plaintext:${key}`),
          place: plain[0]?.place ?? place,
          data: {
            ...scope,
            listens: plain,
            ...report,
            answers: onlyUnknown ? [] : report.answers,
            unclear: onlyUnknown && report.answers.length > 0 ? unclear : report.unclear,
          },
        })
      }
      if (server.tls === 'terminates' || server.tls === 'unknown')
        for (const { place: at, ...level } of headerLevels(server))
          facts.push({
            kind: 'nginx.headers',
            id: unique(`nginx.headers:${key}/${level.where}`),
            place: at,
            data: { ...scope, ...level } satisfies NginxFacts['nginx.headers'],
          })
    }
  }
}

const sensitive = /(?:authorization|api[_-]?key|apikey|token|secret|passw)/i

/** Literal credentials that nginx configurations carry: keys a map compares with, headers set for an upstream. */
const secretsOf = (directives: readonly NginxDirective[]): readonly SecretSpan[] => {
  const spans: SecretSpan[] = []
  const mark = (word: NginxDirective['args'][number] | undefined, kind: string): void => {
    if (word && word.text.replace(/\$\{?\w+\}?/g, '').trim().length >= 6)
      spans.push({ start: word.span.from, end: word.span.to, kind })
  }
  const visit = (list: readonly NginxDirective[]): void => {
    for (const { name, args, block: inner } of list) {
      const first = args[0]?.text ?? ''
      if (
        /^(?:proxy|fastcgi|uwsgi|scgi|grpc)_(?:set_header|param|pass_header)$|^set$|^fastcgi_param$/.test(name.text) &&
        sensitive.test(first)
      )
        mark(args[1], 'credential')
      if (name.text === 'map' && sensitive.test(first))
        for (const row of inner ?? []) if (row.name.text !== 'default') mark(row.name, 'credential')
      if (name.text === 'if' && sensitive.test(first))
        for (const arg of args.slice(1)) if (!/^[=!~*()]+$/.test(arg.text)) mark(arg, 'credential')
      if (name.text === 'secure_link_md5') mark(args[0], 'secret')
      for (const arg of args) {
        const login = /^[a-z][a-z0-9+.-]{0,20}:\/\/([^/@\s]{1,400})@/i.exec(arg.text)
        if (login) spans.push({ start: arg.span.from, end: arg.span.to, kind: 'password' })
      }
      if (inner) visit(inner)
    }
  }
  visit(directives)
  return spans
}
