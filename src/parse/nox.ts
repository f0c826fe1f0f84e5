/**
 * The sessions of a noxfile as far as they are plain (nox documentation, "Configuration & API"): what `session.run` is
 * given, in the order it is written. A line scanner, no Python: what it does not understand is `unknown`.
 */
export interface NoxRun {
  /** As a shell would write it, with what only the run knows replaced by `unknown`. */
  readonly text: string
  readonly start: number
  readonly end: number
  /** It stands below an `if`, `try` or the like. */
  readonly conditional: boolean
  /** `success_codes` that hold more than 0. */
  readonly successCodes:
    | { readonly codes: readonly number[] | 'all' | 'unknown'; readonly start: number; readonly end: number }
    | undefined
  readonly installs: boolean
}

export interface NoxSession {
  readonly name: string
  /** Not among those of a plain `nox`. */
  readonly onRequest: boolean
  readonly runs: readonly NoxRun[]
  readonly notifies: readonly string[]
}

export interface Noxfile {
  readonly sessions: readonly NoxSession[]
  /** `nox.options.sessions`; undefined where it is not set to a plain list. */
  readonly chosen: readonly string[] | undefined
}

export const parseNox = (text: string, unknown: string): Noxfile => {
  const lines = withOffsets(text)
  const sessions: NoxSession[] = []
  let decorator: string | undefined
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    if (!line) break
    if (/^@(nox\.)?session\b/.test(line.text)) {
      let whole = line.text
      for (let n = i + 1; n < lines.length && n < i + 20 && !balanced(whole); n++) whole += `\n${lines[n]?.text ?? ''}`
      decorator = whole
    }
    const [, name] = /^(?:async\s+)?def\s+(\w{1,100})\s*\(/.exec(line.text) ?? []
    if (name === undefined) continue
    const given = decorator
    decorator = undefined
    if (given === undefined) continue
    let end = i + 1
    // The signature may close on a line of its own.
    while (end < lines.length && (/^(\s|$|\)|#)/.test(lines[end]?.text ?? '') || end === i)) end++
    const body = lines.slice(i + 1, end)
    sessions.push({
      name: /\bname\s*=\s*["']([^"']{1,100})["']/.exec(given)?.[1] ?? name,
      onRequest: /\bdefault\s*=\s*False\b/.test(given),
      runs: runsIn(body, text, unknown),
      notifies: body.flatMap(l =>
        [...l.text.matchAll(/\bsession\.notify\(\s*["']([^"']{1,100})["']/g)].map(m => m[1] ?? ''),
      ),
    })
  }
  const options = /^nox\.options\.sessions\s*=\s*[[(]([^\])]{0,2000})[\])]/m.exec(text)?.[1]
  return {
    sessions,
    chosen: options === undefined ? undefined : [...options.matchAll(/["']([^"']{1,100})["']/g)].map(m => m[1] ?? ''),
  }
}

interface Line {
  readonly text: string
  readonly start: number
}

const withOffsets = (text: string): readonly Line[] => {
  let start = 0
  return text.split('\n').map(line => {
    const at = start
    start += line.length + 1
    return { text: line, start: at }
  })
}

const balanced = (text: string): boolean => {
  let open = 0
  for (const c of text) open += c === '(' ? 1 : c === ')' ? -1 : 0
  return open <= 0
}

const indentOf = (text: string): number => text.length - text.trimStart().length

/** Whether what stands below may be passed by, or may fail without the session failing. */
const decides = (header: string, line: string): boolean =>
  header === 'with' ? /suppress/.test(line) : header !== 'for' && header !== 'finally'

const runsIn = (body: readonly Line[], text: string, unknown: string): readonly NoxRun[] => {
  const runs: NoxRun[] = []
  const blocks: { readonly indent: number; readonly conditional: boolean }[] = []
  let after = 0
  for (const line of body) {
    const trimmed = line.text.trim()
    if (trimmed === '' || trimmed.startsWith('#') || line.start < after) continue
    const indent = indentOf(line.text)
    for (let last = blocks.at(-1); last && last.indent >= indent; last = blocks.at(-1)) blocks.pop()
    const header = /^(if|elif|else|try|except|finally|while|for|with|match|case|def)\b/.exec(trimmed)?.[1]
    if (header !== undefined && trimmed.endsWith(':')) blocks.push({ indent, conditional: decides(header, trimmed) })
    const call = /\bsession\.(run|run_always|run_install|install)\s*\(/.exec(line.text)
    if (!call) continue
    const from = line.start + call.index
    const read = argumentsAt(text, from + call[0].length, unknown)
    after = read.end
    runs.push({
      text: read.words.join(' '),
      start: from,
      end: read.end,
      // `if x: session.run(…)` on one line as well.
      conditional:
        blocks.some(b => b.conditional) ||
        (header !== undefined && !trimmed.endsWith(':') && decides(header, trimmed)) ||
        read.codes?.codes === 'unknown',
      successCodes: read.codes,
      installs: call[1] === 'install',
    })
  }
  return runs
}

/** The arguments of a call from behind its `(`: string literals as words. */
const argumentsAt = (
  text: string,
  from: number,
  unknown: string,
): { readonly words: readonly string[]; readonly end: number; readonly codes: NoxRun['successCodes'] } => {
  const words: string[] = []
  let codes: NoxRun['successCodes']
  let at = from
  const stop = Math.min(text.length, from + 20_000)
  while (at < stop) {
    const c = text[at] ?? ''
    if (/[\s,]/.test(c)) {
      at++
      continue
    }
    if (c === '#') {
      const feed = text.indexOf('\n', at)
      at = feed === -1 ? stop : feed
      continue
    }
    if (c === ')') return { words, end: at + 1, codes }
    const end = argumentEnd(text, at, stop)
    const argument = text.slice(at, end).trim()
    const keyword = /^([A-Za-z_]\w*)\s*=(?!=)/.exec(argument)
    if (keyword?.[1] === 'success_codes') codes = { codes: codesIn(argument), start: at, end: at + argument.length }
    else if (!keyword) words.push(...wordsOf(argument, unknown))
    at = Math.max(end, at + 1)
  }
  return { words, end: stop, codes }
}

const codesIn = (argument: string): readonly number[] | 'all' | 'unknown' =>
  /^success_codes\s*=\s*[[(][\d\s,]*[\])]$/.test(argument)
    ? [...argument.matchAll(/\d{1,3}/g)].map(m => Number(m[0]))
    : /=\s*(?:\w+\()?range\(/.test(argument)
      ? 'all'
      : 'unknown'

/** Where an argument ends: at the comma or bracket that is neither quoted nor inside another bracket. */
const argumentEnd = (text: string, from: number, stop: number): number => {
  let depth = 0
  let at = from
  while (at < stop) {
    const c = text[at] ?? ''
    if (c === '"' || c === "'") {
      const triple = text.startsWith(c.repeat(3), at) ? 3 : 1
      at += triple
      while (at < stop && !text.startsWith(c.repeat(triple), at)) at += text[at] === '\\' ? 2 : 1
      at += triple
      continue
    }
    if ('([{'.includes(c)) depth++
    else if (')]}'.includes(c)) {
      if (depth === 0) return at
      depth--
    } else if (c === ',' && depth === 0) return at
    at++
  }
  return Math.min(at, stop)
}

const wordsOf = (argument: string, unknown: string, depth = 0): readonly string[] => {
  const literal = /^([A-Za-z]{0,2})(["'])((?:(?!\2)[^\\\n])*)\2$/.exec(argument)
  if (!literal) {
    const list = /^\*?[[(]([\s\S]*)[\])]$/.exec(argument)?.[1]
    // `*session.posargs` is empty unless somebody gives some.
    if (/^\*session\.posargs$/.test(argument)) return []
    return list === undefined || depth > 8
      ? [unknown]
      : list.split(',').flatMap(p => (p.trim() === '' ? [] : wordsOf(p.trim(), unknown, depth + 1)))
  }
  const value = literal[3] ?? ''
  const text = /f/i.test(literal[1] ?? '') ? value.replace(/\{[^{}]*\}/g, unknown) : value
  return [/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`]
}
