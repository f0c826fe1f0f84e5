import { keyBlocks } from './private-key.ts'
import { tokensIn } from './secret-format.ts'
import { isKindSecret, kubernetesSecrets } from './secret-kubernetes.ts'
import { famous, isForTests, isThrowAway, nameSaysSecret } from './secret-name.ts'
import { nginxKeys } from './secret-nginx.ts'
import { spoken } from './secret-phrase.ts'
import type { SecretSeen } from './secret-seen.ts'
import { entropyOf, standingOf } from './secret-value.ts'
import { runsOnlyTests, type TextClass, textClassOf } from './text-class.ts'

export type { SecretSeen } from './secret-seen.ts'
export { holdsNoSecrets, runsOnlyTests } from './text-class.ts'

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
  if (/\.ya?ml$/.test(uri) && isKindSecret.test(text)) seen.push(...kubernetesSecrets(text))
  return apart(seen)
    .slice(0, mostSecrets)
    .map(one => graded(one, text, uri))
}

/**
 * A word for tests is no more than that anywhere; one that everybody knows is, where only tests run or on this machine.
 * None of them is where it opens a host with a name of its own: that one is no service of a job.
 */
const graded = (one: SecretSeen, text: string, uri: string): SecretSeen => {
  if (one.confidence !== 'medium' || one.end - one.start > 60) return one
  const host = hostOf(one, text)
  if (host !== undefined && isElsewhere(host)) return one
  const value = text.slice(one.start, one.end)
  const isHere = one.kind === 'password in a URL' && host !== undefined && thisMachine.test(host)
  return isForTests(value) || ((isHere || runsOnlyTests(uri) !== undefined) && isThrowAway(value))
    ? { ...one, confidence: 'low' }
    : one
}

const thisMachine = /^(?:localhost|127\.0\.0\.1|\[::1\])$/

/** The host a password in a URL or connection string is for. */
const hostOf = (one: SecretSeen, text: string): string | undefined => {
  if (one.kind === 'password in a URL')
    return /^@(\[[^\]\s]{1,60}\]|[\w.-]{1,200})/.exec(text.slice(one.end, one.end + 202))?.[1]
  const before = text.slice(Math.max(0, one.start - 400), one.start)
  return /\b(?:server|data source|host)[ \t]{0,2}=[ \t]{0,2}(?:tcp:)?([\w.-]{1,200})[^"'\n]*$/i.exec(before)?.[1]
}

/** Neither this machine nor a service by one word, as Compose and CI jobs name them. */
const isElsewhere = (host: string): boolean =>
  host.includes('.')
    ? !/^(?:127\.|0\.0\.0\.0$|host\.docker\.internal$)|(?:^|\.)(?:localhost|test|invalid|example)\.?$/i.test(host)
    : host.startsWith('[') && host !== '[::1]'

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

/** `user:password@host`, from after the two slashes; a host may be a variable. */
const inUrl = /([^\s:@/'"<>`]{0,100}):([^\s@/'"<>`]{1,200})@(?:([\w.[\]-]{1,200})|(?=\$|\{\{|%))/y

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
  return /^(?:[ \t]*(?:\r?\n|$)|[ \t]+(?:#|\/\/|--|;)|[;,&"'<]|[ \t]{1,2}\\)|^[ \t]*[}\]]/.test(rest)
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
