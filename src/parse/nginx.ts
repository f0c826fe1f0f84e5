import type { Position } from '../place.ts'

/** A stretch of the text: positions for people, UTF-16 offsets for slicing; ends exclusive. */
export interface NginxSpan {
  readonly start: Position
  readonly end: Position
  readonly from: number
  readonly to: number
}

/** One word, as nginx hands it to a directive: quotes taken off, escapes resolved. The span includes the quotes. */
export interface NginxWord {
  readonly text: string
  readonly quoted: boolean
  readonly span: NginxSpan
}

/** `block` is undefined for a directive that ends in `;`, and a list for one with braces. Lua source has an empty list. */
export interface NginxDirective {
  readonly name: NginxWord
  readonly args: readonly NginxWord[]
  readonly block: readonly NginxDirective[] | undefined
  /** An error broke the block off: what is not in it may have stood behind. */
  readonly cut: boolean
  /** From the first letter of the name to the `;`, or to the `}` that closes the block. */
  readonly span: NginxSpan
}

export interface NginxSyntaxError {
  readonly message: string
  readonly span: NginxSpan
}

/** The tree up to the first error: nginx reads no further either. */
export interface NginxConfig {
  readonly directives: readonly NginxDirective[]
  readonly error: NginxSyntaxError | undefined
}

/** nginx's read buffer (NGX_CONF_BUFFER): no word or comment may be longer, in bytes. */
const longestWord = 4096
/** nginx recurses for each level; nobody nests locations this deep. */
const deepest = 64

/** Blocks whose lines are rows of a table, read by a handler that refuses a further `{` (ngx_conf_parse). */
const tables = new Set(['types', 'map', 'geo', 'charset_map', 'split_clients'])

/**
 * Directives of nginx that never open a block, and some that always do: what ngx_conf_handler looks up in its modules, for those
 * whose loss would matter. `listen 443 ssl location / {` is a forgotten `;`, not a block.
 */
const simple =
  /^(?:listen|server_name|root|alias|index|return|rewrite|set|break|include|try_files|error_page|internal|add_header|add_header_inherit|expires|allow|deny|satisfy|resolver|default_type|log_format|(?:access|error)_log|(?:ssl|proxy|fastcgi|uwsgi|scgi|grpc|gzip|auth)_[a-z0-9_]+)$/
const blocks =
  /^(?:http|events|stream|mail|server|location|if|limit_except|types|map|geo|split_clients|charset_map|upstream)$/

interface Open {
  readonly name: NginxWord
  readonly args: readonly NginxWord[]
  readonly block: NginxDirective[]
}

const isSpace = (ch: string): boolean => ch === ' ' || ch === '\t' || ch === '\r' || ch === '\n'

const bytesOf = (code: number): number => {
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  // A surrogate is half of a four-byte character.
  return code >= 0xd800 && code <= 0xdfff ? 2 : 3
}

const unescaped = (raw: string): string =>
  raw.replace(/\\(["'\\trn])/g, (_, ch: string) => {
    if (ch === 't') return '\t'
    if (ch === 'r') return '\r'
    return ch === 'n' ? '\n' : ch
  })

/**
 * Reads an nginx configuration file word for word as nginx does: ngx_conf_read_token and ngx_conf_parse in
 * src/core/ngx_conf_file.c (1.22 to 1.31), and the block lexer of lua-nginx-module for `…_by_lua_block`. Grammar only: which
 * directives exist, where they may stand and how many arguments they take is not its business. Never throws; linear.
 */
export const parseNginx = (text: string): NginxConfig => {
  const top: NginxDirective[] = []
  const open: Open[] = []
  let block = top
  let at = 0
  let line = 1
  let lineStart = 0

  const here = (offset = at): Position => ({ line, column: offset - lineStart + 1 })
  const span = (from: number, start: Position, to: number, end: Position): NginxSpan => ({ start, end, from, to })

  let words: NginxWord[] = []
  let error: NginxSyntaxError | undefined
  /** At the character before `at`; a line end points at itself, not at the next line. */
  const fail = (message: string, from = Math.max(0, at - 1), start = here(from)): void => {
    const to = Math.min(text.length, from + 1)
    const width = to - from
    error ??= { message, span: span(from, start, to, { line: start.line, column: start.column + width }) }
  }

  /** Closes all blocks that are still open, so that the tree so far can be used. */
  const finish = (): NginxConfig => {
    while (open.length > 0) {
      const last = open.pop()
      if (!last) break
      block = open.at(-1)?.block ?? top
      block.push({ ...last, cut: true, span: span(last.name.span.from, last.name.span.start, at, here()) })
    }
    return { directives: top, error }
  }

  /** Passes over Lua source to the brace that closes it. Strings, long brackets and comments may hold braces. */
  const skipLua = (): boolean => {
    let depth = 1
    const step = (): string => {
      const ch = text[at] ?? ''
      at = Math.min(text.length, at + 1)
      if (ch === '\n') {
        line += 1
        lineStart = at
      }
      return ch
    }
    const longBracket = (): number | undefined => {
      let level = 0
      while (text[at + 1 + level] === '=') level += 1
      return text[at] === '[' && text[at + 1 + level] === '[' ? level : undefined
    }
    const skipLong = (level: number): boolean => {
      const close = text.indexOf(`]${'='.repeat(level)}]`, at)
      if (close < 0) return false
      while (at < close + level + 2) step()
      return true
    }
    while (at < text.length) {
      const ch = text[at]
      if (ch === '-' && text[at + 1] === '-') {
        at += 2
        const level = longBracket()
        if (level !== undefined) {
          if (!skipLong(level)) return false
        } else {
          while (at < text.length && text[at] !== '\n') at += 1
        }
      } else if (ch === '"' || ch === "'") {
        step()
        while (at < text.length && text[at] !== ch) {
          if (text[at] === '\\') step()
          step()
        }
        step()
      } else if (ch === '[') {
        const level = longBracket()
        if (level === undefined) step()
        else if (!skipLong(level)) return false
      } else {
        step()
        if (ch === '{') depth += 1
        if (ch === '}') depth -= 1
        if (depth === 0) return true
      }
    }
    return false
  }

  const inTable = (): boolean => tables.has(open.at(-1)?.name.text ?? '')

  const endDirective = (): boolean => {
    const [name, ...args] = words
    words = []
    if (!name) return true
    // `server` of an upstream is the one name that is both.
    if (blocks.test(name.text) && !(name.text === 'server' && open.at(-1)?.name.text === 'upstream') && !inTable()) {
      fail(`"${name.text}" has no opening "{"`, name.span.from, name.span.start)
      return false
    }
    block.push({ name, args, block: undefined, cut: false, span: span(name.span.from, name.span.start, at, here()) })
    return true
  }

  const beginBlock = (): boolean => {
    const [name, ...args] = words
    words = []
    if (!name) return true
    if (inTable()) {
      fail('unexpected "{"')
      return false
    }
    if (/_by_lua_block$/.test(name.text)) {
      const closed = skipLua()
      block.push({ name, args, block: [], cut: false, span: span(name.span.from, name.span.start, at, here()) })
      if (!closed) fail(`Lua block of "${name.text}" is never closed`, name.span.from, name.span.start)
      return closed
    }
    if (simple.test(name.text)) {
      fail(`"${name.text}" is not ended by ";"`, name.span.from, name.span.start)
      return false
    }
    if (open.length >= deepest) {
      fail(`blocks nested deeper than ${deepest}`)
      return false
    }
    const inner: NginxDirective[] = []
    open.push({ name, args, block: inner })
    block = inner
    return true
  }

  const endBlock = (): boolean => {
    const last = open.pop()
    if (!last) {
      fail('unexpected "}"')
      return false
    }
    block = open.at(-1)?.block ?? top
    block.push({ ...last, cut: false, span: span(last.name.span.from, last.name.span.start, at, here()) })
    return true
  }

  // The names of the states are nginx's own.
  let needSpace = false
  let lastSpace = true
  let comment = false
  let variable = false
  let escaped = false
  let quote = ''
  let from = 0
  let start: Position = here()
  let bytes = 0

  while (at < text.length) {
    const ch = text[at] ?? ''
    const code = text.charCodeAt(at)
    if (lastSpace && !comment) {
      from = at
      start = here()
      bytes = 0
    }
    bytes += bytesOf(code)
    at += 1
    // What nginx looks at is the buffer from the start of the word, without the opening quote.
    if (bytes > longestWord && (!lastSpace || comment)) {
      fail(`a word or comment longer than ${longestWord} bytes`, from, start)
      break
    }
    if (ch === '\n') {
      comment = false
      // The position of the line end itself is still that of the old line.
      line += 1
      lineStart = at
    }
    if (comment) continue
    if (escaped) {
      escaped = false
      continue
    }
    if (needSpace) {
      if (isSpace(ch)) {
        lastSpace = true
        needSpace = false
        continue
      }
      if (ch === ';' || ch === '{') {
        needSpace = false
        lastSpace = true
        if (!(ch === ';' ? endDirective() : beginBlock())) break
        continue
      }
      if (ch !== ')') {
        fail(`unexpected "${ch}" after a closing quote`)
        break
      }
      lastSpace = true
      needSpace = false
      from = at - 1
      start = here(from)
      bytes = 1
    }
    if (lastSpace) {
      if (isSpace(ch)) continue
      if (ch === ';' || ch === '{') {
        if (words.length === 0) {
          fail(`unexpected "${ch}"`)
          break
        }
        if (!(ch === ';' ? endDirective() : beginBlock())) break
        continue
      }
      if (ch === '}') {
        if (words.length > 0) {
          fail(`unexpected "}": "${words[0]?.text ?? ''}" is not ended by ";"`)
          break
        }
        if (!endBlock()) break
        continue
      }
      if (ch === '#') {
        comment = true
        continue
      }
      lastSpace = false
      if (ch === '\\') escaped = true
      else if (ch === '"' || ch === "'") {
        quote = ch
        bytes = 0
      } else if (ch === '$') variable = true
      continue
    }
    if (ch === '{' && variable) continue
    variable = false
    if (ch === '\\') {
      escaped = true
      continue
    }
    if (ch === '$') {
      variable = true
      continue
    }
    if (quote !== '') {
      if (ch !== quote) continue
      quote = ''
      needSpace = true
      words.push({ text: unescaped(text.slice(from + 1, at - 1)), quoted: true, span: span(from, start, at, here()) })
      continue
    }
    if (!isSpace(ch) && ch !== ';' && ch !== '{') continue
    lastSpace = true
    const to = at - 1
    const raw = text.slice(from, to)
    // A bare word may run over a line end only behind a backslash.
    const end = ch === '\n' || raw.includes('\n') ? positionAt(text, start, from, to) : here(to)
    words.push({ text: unescaped(raw), quoted: false, span: span(from, start, to, end) })
    if (ch === ';' && !endDirective()) break
    if (ch === '{' && !beginBlock()) break
  }

  if (!error) {
    const first = words[0]
    if (quote !== '') fail(`missing closing ${quote}`, from, start)
    else if (first) fail(`"${first.text}" is not ended by ";" or a block`, first.span.from, first.span.start)
    else if (!lastSpace) fail('unexpected end of file, ";" expected', from, start)
    const last = open.at(-1)
    if (last) fail(`block of "${last.name.text}" is never closed`, last.name.span.from, last.name.span.start)
  }
  return finish()
}

/** Position of offset `to`, counted on from a known one. */
const positionAt = (text: string, start: Position, from: number, to: number): Position => {
  const passed = text.slice(from, to)
  const lines = passed.split('\n')
  const last = lines.at(-1) ?? ''
  return lines.length === 1
    ? { line: start.line, column: start.column + passed.length }
    : { line: start.line + lines.length - 1, column: last.length + 1 }
}
