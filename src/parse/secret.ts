import { credentialNamed } from './credential.ts'
import { tokensIn } from './secret-format.ts'
import { entropyOf, type Standing, standingOf } from './secret-value.ts'

/** A stretch of a text that is a secret: UTF-16 offsets, end exclusive. */
export interface SecretSeen {
  readonly start: number
  readonly end: number
  /** `password`, `GitHub token`, `private key`. */
  readonly kind: string
  /** The variable, key or header it is given to; not for tokens that stand alone. */
  readonly name: string | undefined
  /** `high`: says itself that it is one, or was made by a machine and is named so. `medium`: named so. */
  readonly confidence: 'high' | 'medium'
}

/**
 * What sort of text a file is, by its name: whether a bare word can be a value, and whether a plain word can be a
 * password.
 */
export type TextClass =
  | 'environment'
  | 'settings'
  | 'json'
  | 'nginx'
  | 'shell'
  | 'code'
  | 'test code'
  | 'prose'
  | 'records'

const ofExtension: Readonly<Record<string, TextClass>> = Object.fromEntries(
  (
    [
      ['environment', 'env envrc properties ini cfg cnf netrc npmrc pypirc pgpass'],
      ['settings', 'yml yaml toml conf config xml plist hcl tf tfvars tfstate service htaccess'],
      ['json', 'json json5 jsonc webmanifest'],
      ['shell', 'sh bash zsh fish ksh ps1 bat cmd dockerfile containerfile mk'],
      [
        'code',
        'py js mjs cjs ts mts cts tsx jsx go java kt kts scala groovy gradle rb php cs fs vb c h cc cpp hpp rs swift dart lua pl pm r ex exs erl clj vue svelte ipynb m mm nix jsonnet cue rego',
      ],
      ['prose', 'md mdx markdown rst txt adoc asciidoc html htm tex org 1 5 8'],
      ['records', 'sql psql csv tsv log dump eml har http'],
    ] as const
  ).flatMap(([is, extensions]) => extensions.split(' ').map(extension => [extension, is])),
)

export const textClassOf = (uri: string): TextClass => {
  const name = uri.slice(uri.lastIndexOf('/') + 1).toLowerCase()
  if (/^\.env(?:\.|rc$|$)|^env(?:\.|$)|\.env(?:\.\w+)?$|^\.(?:netrc|npmrc|pgpass|pypirc)$|^_netrc$/.test(name))
    return 'environment'
  if (/nginx|\.vhost$|^default\.conf/.test(name) || (/\.(conf|inc|template)$/.test(name) && /nginx/i.test(uri)))
    return 'nginx'
  // Descriptions of interfaces hold examples, as prose does.
  if (/openapi|swagger/.test(name)) return 'prose'
  // `Dockerfile.prod` is one, `dockerfile.ts` is a program about them.
  const named = ofExtension[name.replace(/^.*\./, '')]
  if (/^(dockerfile|containerfile|makefile|justfile|jenkinsfile|procfile|vagrantfile)/.test(name) && named !== 'code')
    return 'shell'
  const is =
    ofExtension[
      name.replace(/\.(?:example|sample|template|tmpl|tpl|j2|dist|in|erb|bak|old|orig)$/, '').replace(/^.*\./, '')
    ] ?? 'settings'
  if (
    is === 'code' &&
    /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|e2e|cypress|testing|testutils?)\/|(?:^|\/)(?:test_|conftest)|[._-](?:test|spec|tests)\.\w+$|Tests?\.\w+$/.test(
      uri,
    )
  )
    return 'test code'
  return is
}

/** Files whose long values are digests or translations by their nature. */
export const holdsNoSecrets = (uri: string): boolean =>
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|[Cc]argo\.lock|[Pp]oetry\.lock|uv\.lock|[Pp]ipfile\.lock|pdm\.lock|composer\.lock|Gemfile\.lock|go\.sum|go\.work\.sum|mix\.lock|pubspec\.lock|Podfile\.lock|flake\.lock|packages\.lock\.json|gradle\.lockfile|\.terraform\.lock\.hcl|deno\.lock|.*[.-]bundle\.js|\.secrets\.baseline|\.gitleaksignore|.*\.(?:min\.(?:js|css)|map|svg|po|pot|mo|xlf|xliff|sum|ics|css|scss|less|wasm|ttf|woff2?))$/.test(
    uri,
  )

/** Hits in one text at most: more of them is no list anybody reads. */
export const mostSecrets = 200

/**
 * Every secret of a text, in order, none inside another: at most `mostSecrets`. Linear: each look is bounded, and starts
 * at a word that promises something.
 */
export const secretsIn = (text: string, uri: string): readonly SecretSeen[] => {
  const is = textClassOf(uri)
  const seen: SecretSeen[] = [
    ...keyBlocks(text),
    ...tokens(text, is),
    ...inUrls(text, is),
    ...namedValues(text, is, uri),
    ...pairs(text, is),
    ...defaults(text, is, uri),
    ...spoken(text, is),
  ]
  if (is === 'nginx') seen.push(...nginxKeys(text))
  if (/\.ya?ml$/.test(uri) && /^kind:[ \t]{1,4}Secret[ \t]*\r?$/m.test(text)) seen.push(...kubernetesSecrets(text))
  return apart(seen).slice(0, mostSecrets)
}

/** In order; of two that overlap the surer one, then the one found first, stays. */
const apart = (seen: readonly SecretSeen[]): SecretSeen[] => {
  const rank = (one: SecretSeen): number => (one.confidence === 'high' ? 0 : 1)
  const kept: SecretSeen[] = []
  for (const one of [...seen].sort((a, b) => a.start - b.start || rank(a) - rank(b) || b.end - a.end)) {
    const last = kept.at(-1)
    if (last === undefined || one.start >= last.end) kept.push(one)
    else if (rank(one) < rank(last)) kept[kept.length - 1] = one
  }
  return kept
}

/* ---- keys in blocks ---- */

const armour = /-----BEGIN ((?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----/g

const keyBlocks = (text: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  let blocks = 0
  if (text.includes('PRIVATE KEY'))
    for (const match of text.matchAll(armour)) {
      if (++blocks > mostSecrets) break
      const from = match.index + match[0].length
      const body = text.slice(from, from + 8000)
      const ends = body.indexOf('-----END')
      // A block that is never closed is a key only as far as it looks like one: prose and code quote the first line alone.
      const open = /^(?:\\[nrt]|[\s\w+/=:;,.-])*/.exec(body.slice(0, 2000))?.[0] ?? ''
      const inside = (ends === -1 ? open : body.slice(0, ends)).replace(
        /^(?:Proc-Type|DEK-Info|Version|Comment):.*$/gm,
        '',
      )
      const material = inside.replace(/\\[nrt]|[^A-Za-z0-9+/=]/g, '')
      // A real key is dense; `MIIE...` and `<key>` are a picture of one.
      if (
        material.length < Math.max(64, inside.length * 0.6) ||
        /\.{3}|…|\*{3}|<|EXAMPLE/.test(inside) ||
        new Set(material).size < 24
      )
        continue
      const encrypted = /ENCRYPTED/.test(match[0]) || /ENCRYPTED/.test(body.slice(0, 200))
      const length = ends === -1 ? Math.min(body.length, 2000) : Math.min(ends + 40, body.length)
      const tail = /^[\s\S]*?-----END [A-Z0-9 ]{1,40}-----/.exec(body.slice(0, length))?.[0].length ?? length
      seen.push({
        start: match.index,
        end: from + tail,
        kind: encrypted ? 'encrypted private key' : 'private key',
        name: undefined,
        confidence: encrypted ? 'medium' : 'high',
      })
    }
  for (const match of text.matchAll(
    /^PuTTY-User-Key-File-\d[^\n]{0,200}\n(?:[^\n]{0,400}\n){1,60}?Private-Lines: \d{1,3}\r?\n(?:[A-Za-z0-9+/=]{1,80}\r?\n){1,100}/gm,
  ))
    seen.push({
      start: match.index,
      end: match.index + match[0].length,
      kind: 'private key',
      name: undefined,
      confidence: 'high',
    })
  if (text.includes('"kty"'))
    for (const match of text.matchAll(/"d"[ \t]{0,8}:[ \t]{0,8}"([\w-]{40,1000})"/g)) {
      const end = match.index + match[0].length - 1
      const value = match[1] ?? ''
      if (standingOf(value) === 'random')
        seen.push({ start: end - value.length, end, kind: 'private key', name: 'd', confidence: 'high' })
    }
  return seen
}

/* ---- tokens that say what they are ---- */

/** Whose form alone is thin: a name near them has to say the same. */
const thin =
  /^(?:NuGet key|crates\.io token|Twilio key|Notion token|Pulumi token|Azure client secret|Bitbucket token|Buildkite token|Prefect key)$/

const tokens = (text: string, is: TextClass): SecretSeen[] =>
  tokensIn(text).flatMap(({ start, end, kind }) => {
    const value = text.slice(start, end)
    // A webhook is a URL, which is a reference elsewhere; of a long key its end tells.
    const tail = value.slice(-24)
    const standing = standingOf(/webhook|storage/i.test(kind) ? tail : value)
    // All letters is rare in a token, and common in a word.
    const isWord = standing === 'guessable' && (!/[A-Z]/.test(tail) || entropyOf(value.slice(-16)) < 3)
    if (standing === 'none' || isWord || new Set(value.slice(-20)).size < 6) return []
    if (thin.test(kind) && !/key|token|secret|auth|pass/i.test(text.slice(Math.max(0, start - 60), start))) return []
    const isTest =
      /^(?:sk|rk)_test_/.test(value) || (kind === 'JSON web token' && (is === 'test code' || is === 'prose'))
    return [{ start, end, kind, name: undefined, confidence: isTest ? ('medium' as const) : ('high' as const) }]
  })

/* ---- passwords in URLs and connection strings ---- */

/** `user:password@host`, from after the two slashes. */
const inUrl = /([^\s:@/'"<>`]{0,100}):([^\s@/'"<>`]{1,200})@([\w.[\]-]{1,200})/y

const inUrls = (text: string, is: TextClass): SecretSeen[] => {
  const seen: SecretSeen[] = []
  for (let colon = text.indexOf('://'); colon !== -1; colon = text.indexOf('://', colon + 3)) {
    inUrl.lastIndex = colon + 3
    const match = inUrl.exec(text)
    if (match === null || !/[a-z][a-z0-9+.-]{1,20}$/i.test(text.slice(Math.max(0, colon - 21), colon))) continue
    const [, user = '', value = '', host = ''] = match
    const start = colon + 3 + user.length + 1
    const standing = standingOf(value)
    // `docker://image:tag@sha256:…` is an image by tag and digest.
    if (/^sha\d{3}(?:$|:)/.test(host)) continue
    if (standing === 'none' || value.length < 3 || /[{}$%]{1}[A-Za-z(]|^\W+$/.test(value)) continue
    if (!/\w/.test(user) && /^pass(?:word|wd)?$/i.test(value) && is !== 'environment') continue
    const nowhere =
      /^(?:example\.|.*\.example(?:\.|$)|.*\.(?:test|invalid)$|host(?:name)?$|server$|domain|proxy\.)|example\.(?:com|org|net)$/i.test(
        host,
      )
    if (nowhere && (standing !== 'random' || is === 'test code' || is === 'prose')) continue
    if (/^(?:\W?\w*user(?:name)?|usr|login|name|me|foo|u)$/i.test(user) && standing !== 'random') continue
    const local = /^(?:localhost|127\.|\[::1|host$)/.test(host)
    if (
      standing === 'guessable' &&
      (is === 'prose' ||
        is === 'test code' ||
        (is === 'code' && local) ||
        (/^pass(?:word|wd)?$|^pw$/i.test(value) && is !== 'environment' && is !== 'settings' && is !== 'shell'))
    )
      continue
    if (standing === 'mixed' && (is === 'test code' || (local && is === 'prose'))) continue
    seen.push({
      start,
      end: start + value.length,
      kind: 'password in a URL',
      name: undefined,
      // As of other values: what stands in tests and manuals is invented more often than not.
      confidence: standing === 'random' && is !== 'test code' && is !== 'prose' ? 'high' : 'medium',
    })
  }
  if (/pwd=|password=/i.test(text))
    for (const match of text.matchAll(
      /\b(?:server|data source|host|user id|uid|username|user|database|initial catalog)[ \t]{0,2}=[^"'\n;]{1,200};[^"'\n]{0,200}?\b(?:password|pwd)[ \t]{0,2}=[ \t]{0,2}([^;"'\n\s]{3,200})/gi,
    )) {
      const value = match[1] ?? ''
      const end = match.index + match[0].length
      const standing = standingOf(value)
      // Code that joins one together: `n.password,c.host=…`.
      if (/[,()[\]]/.test(value) || standing === 'none') continue
      if (standing === 'guessable' && (is === 'prose' || is === 'test code')) continue
      seen.push({
        start: end - value.length,
        end,
        kind: 'password',
        name: 'Password',
        confidence: standing === 'random' ? 'high' : 'medium',
      })
    }
  return seen
}

/* ---- values by the name they are given to ---- */

const promising = /passw|passphrase|pass|pwd|secret|token|credential|key|auth|cookie|_pw/gi
const inName = /[\w.-]/
const longestName = 80

/** A separator and a value, from where a name ends. Group 1: the separator; 2 to 5: double, single, back quotes, bare. */
const given =
  /\\?["'`]?\]?(?:[ \t]{0,4}:[ \t]{0,4}(?:&'static )?[A-Za-z_][\w.<>|?[\] ]{0,40}?(?=[ \t]{0,4}=[^=]))?([ \t]{0,20}(?:=>|:=|\?=|\+=|===?|!==?|=|:(?!:)|,)[ \t]{0,20}|>)[rbuf@]?(?:\\?"([^"\n\\]{1,400})\\?"|\\?'([^'\n\\]{1,400})\\?'|`([^`\n]{1,400})`|([^\s"'`,;<>(){}[\]]{1,400}))/iy

interface Given {
  readonly name: string
  readonly before: string
  readonly separator: string
  readonly quoted: boolean
  readonly value: string
  readonly start: number
}

const namedValues = (text: string, is: TextClass, uri: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  let done = 0
  for (const { index, 0: word } of text.matchAll(promising)) {
    if (index < done) continue
    let from = index
    while (from > 0 && index - from < longestName && inName.test(text.charAt(from - 1))) from--
    let to = index + word.length
    while (to < text.length && to - index < longestName && inName.test(text.charAt(to))) to++
    done = to
    const name = text.slice(from, to).replace(/^[-.]+|[-.:]+$/g, '')
    // `${NAME:-x}` is read as a default, below.
    if (text.startsWith('${', from - 2)) continue
    // Variables of nginx are looked at where they are compared.
    if (!nameSaysSecret(name) || (is === 'nginx' && text.charAt(from - 1) === '$')) continue
    given.lastIndex = to
    const match = given.exec(text)
    if (match === null) {
      const flag = flagValue(text, from, to, is)
      if (flag) seen.push(...judged(flag, is, uri, text))
      continue
    }
    const value = match[2] ?? match[3] ?? match[4] ?? match[5] ?? ''
    const quoted = match[5] === undefined
    const end = match.index + match[0].length
    const tail = quoted ? (text.charAt(end - 2) === '\\' ? 2 : 1) : 0
    seen.push(
      ...judged(
        {
          name,
          before: text.slice(Math.max(0, from - 12), from),
          separator: (match[1] ?? '').trim(),
          quoted,
          value,
          start: end - tail - value.length,
        },
        is,
        uri,
        text,
      ),
    )
  }
  return seen
}

/** `--password x`, `.netrc`'s `password x`: nothing but blanks between. */
const flagValue = (text: string, from: number, to: number, is: TextClass): Given | undefined => {
  const isFlag = /--?$/.test(text.slice(Math.max(0, from - 2), from)) || text.startsWith('-', from)
  if (
    !isFlag &&
    !(is === 'environment' && /login[ \t]+\S{1,100}[ \t\n]+$/.test(text.slice(Math.max(0, from - 120), from)))
  )
    return undefined
  const match = /^[ \t]{1,4}(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|([^\s"'`,;<>(){}[\]|&]{1,200}))/.exec(
    text.slice(to, to + 220),
  )
  if (match === null) return undefined
  const value = match[1] ?? match[2] ?? match[3] ?? ''
  if (value.startsWith('-')) return undefined
  return {
    name: text.slice(from, to).replace(/^-+/, ''),
    before: '',
    separator: '=',
    quoted: match[3] === undefined,
    value,
    start: to + match[0].length - value.length - (match[3] === undefined ? 1 : 0),
  }
}

const nameSaysSecret = (name: string): string | undefined =>
  /^no_?pass/i.test(name)
    ? undefined
    : (credentialNamed(name) ?? (/(?:^|_)pw$|^_auth$/i.test(name) ? 'password' : undefined))

/** Passwords every installation manual has: no word of a text that merely speaks of passwords. */
const famous =
  /^(?:change[-_]?(?:me|it)(?:[-_]?\w{0,12})|admin(?:123)?|administrator|root|toor|postgres|mysql|mongo|redis|rabbitmq|guest|letmein|qwerty\w*|hunter2|welcome\d*|secret\d*|supersecret\w*|super[-_]secret\w*|s3cr3t\w*|passw[o0]rd\d*!?|p[a4@]ssw[o0]rd\w*|1234\w*|test(?:123)?|minioadmin|elastic|grafana|default|insecure\w*|topsecret|iloveyou|monkey|dragon)$/i

const judged = (one: Given, is: TextClass, uri: string, text: string): SecretSeen[] => {
  const { name, quoted, value, start, separator, before } = one
  const kind = nameSaysSecret(name)
  if (kind === undefined || value.length < 3) return []
  // Comparisons with words are the code's own; only a made value in one is a secret.
  const compares = /^[=!]==?$/.test(separator)
  const inCode = is === 'code' || is === 'test code'
  // `MYSQL_PWD: 'password'` in a program says what sort of thing the name stands for.
  if (inCode && /^(?:password|passphrase|secret|token|credentials?|key)$/i.test(value)) return []
  if (separator === '>' && !/<$/.test(before) && !/<[\w:.-]{0,40}$/.test(before)) return []
  if (separator === ',' && !(quoted && /\(\s*["']$/.test(before))) return []
  if (!quoted && inCode && separator !== '>') return []
  if (!quoted && is === 'json') return []
  const standing = standingOf(value)
  if (standing === 'none') return []
  if (!quoted && !endsWell(text, start + value.length, is)) return []
  const plainName = name.toLowerCase().replace(/[^a-z]/g, '')
  const plainValue = value.toLowerCase().replace(/[^a-z]/g, '')
  if (standing !== 'random' && /(?:^|\/)(?:locales?|i18n|lang(?:uages?)?|translations?|l10n)\//i.test(uri)) return []
  if (/fake|dummy|mock|sample|example|placeholder/i.test(name)) return []
  const isPassword = kind === 'password' || kind === 'credentials'
  const screaming = /^[A-Z][A-Z0-9_.]*$/.test(name.replace(/^.*\./, '')) && name.length > 2
  if (
    standing !== 'random' &&
    plainValue.length > 0 &&
    (plainName.endsWith(plainValue) || plainValue.startsWith(plainName)) &&
    /^[A-Za-z_. -]+$/.test(value)
  ) {
    // `password: password` is a label anywhere but where an environment is set.
    if (
      !(
        isPassword &&
        screaming &&
        /^pass(?:word|wd)?$/i.test(value) &&
        (is === 'environment' || is === 'settings' || is === 'shell')
      )
    )
      return []
  }
  if (
    /\s/.test(value) &&
    standing !== 'random' &&
    !(
      isPassword &&
      quoted &&
      /\d/.test(value) &&
      /[^\w\s.,:;'-]/.test(value) &&
      value.length < 60 &&
      !inCode &&
      is !== 'prose'
    )
  )
    return []
  if (
    /^[a-z]+(?:[A-Z][a-z]+)+$|^(?:[A-Za-z]+\.)+[A-Za-z]+\(?\)?$|^\d{1,5}(?:_[a-z]+)+$|^[\w.]+\(|^[a-z]+(?:[_:/.-][a-z]+)+$|^[A-Z]+(?:_[A-Z0-9]+)+$|^\W+$|^-{1,2}[a-z-]+$/.test(
      value,
    ) &&
    !(isPassword && famous.test(value))
  )
    return []
  const found = (confidence: 'high' | 'medium'): SecretSeen[] => [
    { start, end: start + value.length, kind, name, confidence },
  ]
  switch (standing) {
    case 'random':
      if (is === 'test code' && (value.length < 16 || !quoted)) return []
      if (is === 'prose' && value.length < 12) return []
      if (!isPassword && value.length < 10) return []
      return found(is === 'prose' || is === 'test code' || (compares && value.length < 16) ? 'medium' : 'high')
    case 'mixed': {
      if (compares || is === 'test code') return []
      const strong = /\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 8
      if (is === 'prose')
        return isPassword && strong && /[^\w.-]/.test(value) && !/[()/\\]/.test(value) ? found('medium') : []
      if (isPassword)
        return value.length >= 4 &&
          (!inCode || strong || famous.test(value)) &&
          !(is === 'json' && !strong && !screaming) &&
          !/^[#.][\w-]+$|[[\]^\\]|^\/.*\/$/.test(value)
          ? found('medium')
          : []
      // Words in a row and a number: the name of a thing.
      if (/^[a-z]+(?:[_:/.-][a-z0-9]+)+$/.test(value)) return []
      return strong && value.length >= (inCode ? 12 : 8) ? found('medium') : []
    }
    case 'guessable': {
      if (compares || is === 'test code' || is === 'prose' || is === 'records' || !/^[\w@!.#+-]+$/.test(value))
        return []
      const sets =
        is === 'environment' || (screaming && (is === 'settings' || is === 'shell' || is === 'json' || is === 'nginx'))
      if (isPassword) {
        if (sets) return value.length >= 4 ? found('medium') : []
        if (famous.test(value))
          return is === 'json' || (inCode && !screaming && plainValue === 'password') ? [] : found('medium')
        return is === 'settings' && /^[a-z][a-z0-9]{4,}$/.test(value) && separator === ':' && !/[?]/.test(before)
          ? found('medium')
          : []
      }
      return (sets && value.length >= 6 && /^[a-z][\w-]*$/.test(value) && kind !== 'token') ||
        (famous.test(value) && !inCode && value.length >= 6)
        ? found('medium')
        : []
    }
  }
}

/** A bare value ends its line, its flag or its field: a word in the middle of a sentence is none. */
const endsWell = (text: string, end: number, is: TextClass): boolean => {
  const rest = text.slice(end, end + 80)
  if (is === 'prose' || is === 'records' || is === 'shell')
    return /^(?:$|[\s,;"'`)&|<])/.test(rest) && !/^\(/.test(rest)
  return (
    /^(?:[ \t]*(?:\r?\n|$)|[ \t]+(?:#|\/\/|--|;)|[;,&"'<]|[ \t]{1,2}\\)|^[ \t]*[}\]]/.test(rest) ||
    (is === 'environment' && /^[ \t]/.test(rest) && false)
  )
}

/* ---- names and values side by side ---- */

/** `- name: DB_PASSWORD` / `value: x`, `{"name": …, "value": …}`, `<add key="…" value="…"/>`. */
const pairs = (text: string, is: TextClass): SecretSeen[] => {
  if (!/value/i.test(text) || is === 'prose') return []
  const seen: SecretSeen[] = []
  const pair =
    /\b(?:name|key)\\?["']?[ \t]{0,4}[:=][ \t]{0,4}\\?["']?([A-Za-z_][\w.:-]{2,80})\\?["']?[\s,]{1,60}\\?["']?value\\?["']?[ \t]{0,4}[:=][ \t]{0,4}(?:\\?"([^"\n\\]{1,400})\\?"|'([^'\n]{1,400})'|([^\s"'`,;<>(){}[\]]{1,400}))/gi
  for (const match of text.matchAll(pair)) {
    const name = match[1] ?? ''
    const value = match[2] ?? match[3] ?? match[4] ?? ''
    const quoted = match[4] === undefined
    const end = match.index + match[0].length
    const tail = quoted ? (text.charAt(end - 2) === '\\' ? 2 : 1) : 0
    seen.push(
      ...judged(
        { name, before: '', separator: ':', quoted, value, start: end - tail - value.length },
        is === 'json' ? 'settings' : is,
        '',
        text,
      ),
    )
  }
  return seen
}

/** `${DB_PASSWORD:-x}`: what is used wherever nobody sets another. */
const defaults = (text: string, is: TextClass, uri: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  if (!text.includes('${')) return seen
  for (const match of text.matchAll(/\$\{([A-Za-z_]\w{1,80})(?::?[-=]|:(?![?+]))["']?([^}\s"'$]{3,200})["']?\}/g)) {
    const value = match[2] ?? ''
    const start = match.index + match[0].lastIndexOf(value)
    // Shells, Compose and make fill this in; in a program it is a text about them.
    if ((is === 'code' || is === 'test code') && standingOf(value) !== 'random') continue
    seen.push(
      ...judged(
        { name: match[1] ?? '', before: '', separator: '=', quoted: true, value, start },
        is === 'code' ? 'shell' : is,
        uri,
        text,
      ),
    )
  }
  return seen
}

/* ---- commands, headers and statements that carry one ---- */

interface Phrase {
  readonly kind: string
  readonly hint: string
  readonly pattern: RegExp
  readonly least: readonly Standing[]
  readonly decoded?: true
}

const anyOf: readonly Standing[] = ['guessable', 'mixed', 'random']
const made: readonly Standing[] = ['mixed', 'random']

/** The last group is the value, and ends the match but for a closing quote. */
const phrases: readonly Phrase[] = [
  { kind: 'bearer token', hint: 'earer', pattern: /\bbearer[ \t]{1,4}([\w+/=.~-]{16,2000})/gi, least: ['random'] },
  {
    kind: 'password',
    hint: 'asic',
    pattern: /\bbasic[ \t]{1,4}([A-Za-z0-9+/]{8,400}={0,2})/gi,
    least: anyOf,
    decoded: true,
  },
  {
    kind: 'password',
    hint: '"auth"',
    pattern: /"auth"[ \t]{0,4}:[ \t]{0,4}"([A-Za-z0-9+/]{8,400}={0,2})"/g,
    least: anyOf,
    decoded: true,
  },
  {
    kind: 'password',
    hint: 'curl',
    pattern: /\bcurl\b[^\n|;]{0,200}?[ \t](?:-u|--user)[ \t=]{1,2}["']?[\w.@-]{1,60}:([^\s"'$@]{3,100})/g,
    least: made,
  },
  {
    kind: 'password',
    hint: 'sshpass',
    pattern: /\bsshpass[ \t]{1,4}-p[ \t]{0,2}["']?([^\s"'$]{3,100})/g,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'mysql',
    pattern: /\bmysql(?:admin|dump)?\b[^\n|;&]{0,100}?[ \t]-p(?!rintf?\b|ort\b|rotocol\b)["']?([^\s"'$]{3,100})/g,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'redis-cli',
    pattern: /\bredis-cli\b[^\n|;&]{0,100}?[ \t]-a[ \t]{1,2}["']?([^\s"'$]{3,100})/g,
    least: anyOf,
  },
  { kind: 'password', hint: 'requirepass', pattern: /\brequirepass[ \t]{1,4}["']?([^\s"'$]{3,100})/g, least: anyOf },
  {
    kind: 'password',
    hint: 'docker',
    pattern: /\bdocker[ \t]login\b[^\n|;&]{0,100}?[ \t](?:-p|--password)[ \t=]["']?([^\s"'$]{3,100})/g,
    least: made,
  },
  {
    kind: 'password',
    hint: 'dentified',
    pattern: /\bidentified[ \t]{1,4}(?:with[ \t]{1,4}\w{1,30}[ \t]{1,4})?by[ \t]{1,4}'([^'\n]{3,100})'/gi,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'DENTIFIED',
    pattern: /\bIDENTIFIED[ \t]{1,4}(?:WITH[ \t]{1,4}\w{1,30}[ \t]{1,4})?BY[ \t]{1,4}'([^'\n]{3,100})'/g,
    least: anyOf,
  },
  { kind: 'password', hint: 'PASSWORD ', pattern: /\bPASSWORD[ \t]{1,4}'([^'\n]{3,100})'/g, least: anyOf },
  {
    kind: 'password',
    hint: 'password ',
    pattern: /\b(?:with|user|role)\b[^\n;']{0,80}\bpassword[ \t]{1,4}'([^'\n]{3,100})'/g,
    least: anyOf,
  },
  {
    kind: 'password',
    hint: 'chpasswd',
    pattern:
      /\becho[ \t]{1,2}["']?[\w.-]{1,40}:([^\s"'$|]{3,100})["']?[ \t]{0,4}\|[ \t]{0,4}(?:sudo[ \t]{1,2})?chpasswd/g,
    least: anyOf,
  },
  { kind: 'signature key', hint: 'sig=', pattern: /[?&]sig=([A-Za-z0-9%+/]{43,80})/g, least: ['random', 'mixed'] },
]

/** One pass tells which phrases are worth a look. */
const hints = new RegExp([...new Set(phrases.map(({ hint }) => hint))].join('|'), 'g')

const spoken = (text: string, is: TextClass): SecretSeen[] => {
  const seen: SecretSeen[] = []
  const heard = new Set<string>()
  for (const [hint] of text.matchAll(hints)) heard.add(hint)
  for (const { kind, hint, pattern, least, decoded } of phrases) {
    if (!heard.has(hint)) continue
    for (const match of text.matchAll(pattern)) {
      const value = match[1] ?? ''
      // The pattern of such a statement, or what follows the end of a text that ends in its words.
      if (/\[\^|\(\?[:=!<]|^\s*[,;)\]}]/.test(value)) continue
      const start = match.index + match[0].lastIndexOf(value)
      let standing = standingOf(value)
      if (decoded) {
        // User and password in base64 (RFC 7617, Docker's config.json): what they say decides.
        const said = fromBase64(value)
        const password = /^[\x21-\x7e]{1,60}?:([\x21-\x7e]{3,200})$/.exec(said)?.[1]
        if (password === undefined) continue
        standing = standingOf(password)
        if (/^(?:user(?:name)?:pass(?:word)?|aladdin:open ?sesame)$/i.test(said)) continue
      }
      if (!least.includes(standing) || (standing !== 'random' && (is === 'test code' || is === 'prose'))) continue
      if (is === 'test code' && !decoded && kind === 'bearer token') continue
      if (standing !== 'random' && (value.startsWith('-') || /^[a-z]+[-_][a-z-_]+$/.test(value))) continue
      seen.push({
        start,
        end: start + value.length,
        kind,
        name: undefined,
        confidence: standing === 'random' && is !== 'prose' ? 'high' : 'medium',
      })
    }
  }
  return seen
}

const fromBase64 = (value: string): string => {
  try {
    return atob(value)
  } catch {
    return ''
  }
}

/* ---- nginx ---- */

/** Keys that requests are compared with: `if ($http_x_api_key != "…")` and the left sides of `map`. */
const nginxKeys = (text: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  const add = (start: number, value: string, name: string): void => {
    const standing = standingOf(value)
    if (standing === 'none' || (standing === 'guessable' && !famous.test(value)) || value.length < 6) return
    seen.push({
      start,
      end: start + value.length,
      kind: 'API key',
      name,
      confidence: standing === 'random' ? 'high' : 'medium',
    })
  }
  const variable =
    '\\$((?:http|arg|cookie|sent_http)_\\w{0,60}?(?:key|token|secret|auth|password|credential)\\w{0,40}|http_authorization)'
  for (const match of text.matchAll(
    new RegExp(
      `${variable}[ \\t]{0,8}!?[=~]{1,2}\\*?[ \\t]{0,8}["']?\\^?(?:Bearer[ \\t]{1,2}|Basic[ \\t]{1,2})?([\\w+/=.~!@#%-]{6,200})`,
      'gi',
    ),
  ))
    add(match.index + match[0].length - (match[2] ?? '').length, match[2] ?? '', `$${match[1]}`)
  const header = `\\bmap[ \\t]{1,8}"?${variable}"?[ \\t]{1,8}\\$\\w{1,60}[ \\t]{0,8}\\{`
  const maps = [...text.matchAll(new RegExp(header, 'gi'))]
  for (const [i, match] of maps.entries()) {
    const from = match.index + match[0].length
    // A map ends before the next begins: each character is looked at once.
    const block = text.slice(from, maps[i + 1]?.index ?? text.length)
    const end = block.indexOf('}')
    for (const line of block
      .slice(0, Math.max(end, 0))
      .matchAll(
        /^[ \t]{0,40}["']?(?:Bearer[ \t]{1,2}|Basic[ \t]{1,2})?([\w+/=.~!@#%-]{6,200})["']?[ \t]{1,40}["']?[^\n;]{1,100};/gm,
      ))
      add(from + line.index + line[0].indexOf(line[1] ?? ''), line[1] ?? '', `$${match[1]}`)
  }
  return seen
}

/* ---- Kubernetes ---- */

/** Every value below `data:` (base64) and `stringData:` of a Secret is one, unless it is to be filled in. */
const kubernetesSecrets = (text: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  let at = 0
  let isSecret = false
  let looks = 0
  let block: 'data' | 'stringData' | undefined
  for (const line of text.split('\n')) {
    const from = at
    at += line.length + 1
    if (/^---/.test(line)) isSecret = false
    if (/^\S/.test(line)) {
      if (/^kind:/.test(line)) isSecret = /^kind:[ \t]{1,4}Secret[ \t]*\r?$/.test(line)
      block = /^data:/.test(line) ? 'data' : /^stringData:/.test(line) ? 'stringData' : undefined
      // `kind` mostly stands before the data; a document that has it after is looked at too.
      if (/^(?:data|stringData):/.test(line) && !isSecret && looks++ < 50)
        isSecret = /^kind:[ \t]{1,4}Secret[ \t]*\r?$/m.test(text.slice(at, at + 20_000).split('\n---')[0] ?? '')
      continue
    }
    const match =
      isSecret && block !== undefined && line.length <= 20_000
        ? /^[ \t]{1,8}["']?([\w.-]{1,100})["']?:[ \t]{1,8}(["']?)(\S{3,8000}?)\2[ \t]*\r?$/.exec(line)
        : null
    const value = match?.[3] ?? ''
    const name = match?.[1] ?? ''
    if (value === '' || /\.(?:crt|pem|cert)$|^ca/.test(name)) continue
    const plainValue = block === 'data' ? fromBase64(value) : value
    if (plainValue === '' || standingOf(plainValue.replace(/\n$/, '')) === 'none' || standingOf(value) === 'none')
      continue
    // A user or a host in a Secret is none: by its name, or because it is a word that nothing calls a credential.
    const called = nameSaysSecret(name)
    if (
      called === undefined &&
      (/user|host|port|name|database|url|endpoint|region/i.test(name) || standingOf(plainValue) === 'guessable')
    )
      continue
    const start = from + line.lastIndexOf(value)
    seen.push({ start, end: start + value.length, kind: called ?? 'secret', name, confidence: 'high' })
  }
  return seen
}
