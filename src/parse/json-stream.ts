import type { JsonNode } from './json.ts'
import type { Range } from './lines.ts'

/**
 * JSON (RFC 8259) read as it arrives, for files of which the tree would not fit: only what a visitor takes becomes
 * nodes. Offsets are UTF-16 code units of the whole text, end exclusive. As in `json.ts`, a key given twice in an object
 * that is looked at is an error. Linear; what it holds at a time is bounded.
 */
export type JsonKey = string | number
/** The keys down to a value: `runs`, 0, `results`, 12. Valid only during the call. */
export type JsonPath = readonly JsonKey[]

export interface JsonVisitor {
  /** What to do with the value at a path: make it a node, look at what is in it, or pass over it. */
  wish(path: JsonPath): 'take' | 'enter' | 'skip'
  take(path: JsonPath, node: JsonNode): void
  /** The end of an object or array that was entered. */
  leave?(path: JsonPath, range: Range, is: 'object' | 'array'): void
}

export type JsonEnded =
  | { readonly ok: true; readonly end: number }
  | { readonly ok: false; readonly at: number; readonly reason: string }

export interface JsonStream {
  /** @returns false once the text is known not to be JSON: the rest need not be given. */
  write(text: string): boolean
  end(): JsonEnded
}

const deepest = 100
/** Longest string and largest value that is taken, in characters; most values in one. */
const longest = 4 * 1024 * 1024
const largest = 32 * 1024 * 1024
const most = 500_000

class Stop extends Error {
  readonly at: number
  constructor(at: number, reason: string) {
    super(reason)
    this.at = at
  }
}

// Most frames are passed over, and need none of their own.
const nothing: Map<string, JsonNode> = new Map()
const none: JsonNode[] = []
const noKeys: Set<string> = new Set()

const literals = { t: ['true', true], f: ['false', false], n: ['null', null] } as const

interface Frame {
  readonly is: 'object' | 'array'
  readonly wish: 'take' | 'enter' | 'skip'
  readonly start: number
  readonly entries: Map<string, JsonNode>
  readonly items: JsonNode[]
  readonly keys: Set<string>
  key: string | undefined
  index: number
}

type Next = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing'

export const jsonStream = (visitor: JsonVisitor): JsonStream => {
  const plain = /[^"\\\u0000-\u001f]*/y
  const numeral = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
  const numeralPart = /[-+0-9.eE]*/y
  const blank = /[ \t\r\n]*/y
  const path: JsonKey[] = []
  const frames: Frame[] = []
  let next: Next = 'value'
  let buffer = ''
  /** Offset of the buffer's first character. */
  let base = 0
  let at = 0
  /** Within a string that is passed over: everything of it so far has gone. */
  let within: 'key' | 'value' | undefined
  /** How far an unfinished string at `at` has been looked through. */
  let looked = 0
  /** Of the value that is being taken: how many containers are open, how many values it has, where it began. */
  let taken = 0
  let values = 0
  let since = 0
  let stopped: Stop | undefined
  let final = false

  const fail = (reason: string, where = at): never => {
    throw new Stop(base + where, final && where >= buffer.length ? 'ends in the middle of a value' : reason)
  }
  const top = (): Frame | undefined => frames.at(-1)
  const wished = (): Frame['wish'] => {
    const frame = top()
    return frame?.wish === 'enter' || frame === undefined ? visitor.wish(path) : frame.wish
  }

  const completed = (node: JsonNode | undefined, wish: Frame['wish']): void => {
    const frame = top()
    if (frame?.wish === 'take' && node) {
      if (frame.is === 'array') frame.items.push(node)
      else frame.entries.set(frame.key ?? '', node)
    } else if (wish === 'take' && node) visitor.take(path, node)
    if (frame?.is === 'array') {
      frame.index += 1
      path[path.length - 1] = frame.index
    } else if (frame) path.pop()
    next = frame ? 'comma or end' : 'nothing'
  }

  const open = (is: Frame['is'], wish: Frame['wish']): void => {
    if (frames.length >= deepest) fail(`nested more than ${deepest} levels deep`)
    if (wish === 'take') taken += 1
    frames.push({
      is,
      wish,
      start: base + at,
      entries: wish === 'take' && is === 'object' ? new Map() : nothing,
      items: wish === 'take' && is === 'array' ? [] : none,
      keys: wish !== 'skip' && is === 'object' ? new Set() : noKeys,
      key: undefined,
      index: 0,
    })
    at += 1
    if (is === 'array') path.push(0)
    next = is === 'array' ? 'value or end' : 'key or end'
  }

  const close = (): void => {
    const frame = frames.pop()
    if (!frame) return
    at += 1
    const range = { start: frame.start, end: base + at }
    if (frame.is === 'array') path.pop()
    if (frame.wish === 'take') taken -= 1
    if (frame.wish === 'enter') visitor.leave?.(path, range, frame.is)
    const node: JsonNode | undefined =
      frame.wish !== 'take'
        ? undefined
        : frame.is === 'array'
          ? { is: 'array', items: frame.items, range }
          : { is: 'object', entries: frame.entries, range }
    completed(node, frame.wish)
  }

  /** A whole string from `at`, or undefined until more of it is there. */
  const string = (): { value: string; range: Range } | undefined => {
    let end = at + 1 + looked
    for (;;) {
      plain.lastIndex = end
      end += plain.exec(buffer)?.[0].length ?? 0
      if (end - at > longest) fail(`a string of more than ${longest.toLocaleString('en')} characters`)
      if (end >= buffer.length || (buffer[end] === '\\' && end + 1 >= buffer.length)) {
        if (final) fail('', buffer.length)
        looked = end - at - 1
        return undefined
      }
      if (buffer[end] === '\\') end += 2
      else if (buffer[end] === '"') break
      else fail('a control character in a string', end)
    }
    looked = 0
    const raw = buffer.slice(at, end + 1)
    const range = { start: base + at, end: base + end + 1 }
    let value: string
    try {
      value = JSON.parse(raw) as string
    } catch {
      return fail('a string with an escape that JSON does not know')
    }
    at = end + 1
    return { value, range }
  }

  /** Goes on through a string that is passed over; false until more of it is there. */
  const passed = (): boolean => {
    for (;;) {
      plain.lastIndex = at
      at += plain.exec(buffer)?.[0].length ?? 0
      if (at >= buffer.length || (buffer[at] === '\\' && at + 1 >= buffer.length)) {
        if (final) fail('', buffer.length)
        return false
      }
      if (buffer[at] === '\\') at += 2
      else if (buffer[at] === '"') break
      else fail('a control character in a string')
    }
    at += 1
    return true
  }

  const key = (): boolean => {
    const frame = top()
    if (buffer[at] !== '"') fail('expected a key')
    if (frame?.wish === 'skip') {
      within = 'key'
      at += 1
      if (!passed()) return false
      within = undefined
      path.push('')
      next = 'colon'
      return true
    }
    const read = string()
    if (!read) return false
    if (frame) {
      if (frame.keys.has(read.value)) {
        at = read.range.start - base
        fail(`a key is given twice: ${read.value.slice(0, 40)}`)
      }
      frame.keys.add(read.value)
      if (frame.keys.size > most) fail(`more than ${most.toLocaleString('en')} keys in one object`)
      frame.key = read.value
    }
    path.push(read.value)
    next = 'colon'
    return true
  }

  const value = (): boolean => {
    const first = buffer[at]
    const wish = wished()
    if (wish === 'take') {
      if (taken === 0) {
        values = 0
        since = base + at
      }
      values += 1
      if (values > most) fail(`more than ${most.toLocaleString('en')} values in one entry`)
      if (base + at - since > largest) fail(`an entry of more than ${largest.toLocaleString('en')} characters`)
    }
    if (first === '{' || first === '[') {
      open(first === '{' ? 'object' : 'array', wish)
      return true
    }
    if (first === '"') {
      if (wish !== 'take') {
        within = 'value'
        at += 1
        if (!passed()) return false
        within = undefined
        completed(undefined, wish)
        return true
      }
      const read = string()
      if (!read) return false
      completed({ is: 'string', ...read }, wish)
      return true
    }
    const start = at
    if (first === 't' || first === 'f' || first === 'n') {
      const [word, literal] = literals[first]
      const there = buffer.length - at < word.length && word.startsWith(buffer.slice(at))
      if (there && !final) return false
      if (!buffer.startsWith(word, at)) fail('not a JSON value', there ? buffer.length : at)
      at += word.length
      completed({ is: 'literal', value: literal, range: { start: base + start, end: base + at } }, wish)
      return true
    }
    // A number goes on until something else comes.
    numeralPart.lastIndex = at
    const reach = at + (numeralPart.exec(buffer)?.[0].length ?? 0)
    if (reach - at > 1000) fail('a number of more than 1,000 digits')
    if (reach >= buffer.length && !final) return false
    numeral.lastIndex = at
    const digits = numeral.exec(buffer)?.[0]
    if (digits === undefined || digits === '')
      return fail('not a JSON value', reach > at && reach >= buffer.length ? buffer.length : at)
    at += digits.length
    completed({ is: 'number', value: Number(digits), range: { start: base + start, end: base + at } }, wish)
    return true
  }

  const run = (): void => {
    if (within !== undefined) {
      if (!passed()) return
      const was = within
      within = undefined
      if (was === 'value') completed(undefined, 'skip')
      else {
        path.push('')
        next = 'colon'
      }
    }
    for (;;) {
      blank.lastIndex = at
      at += blank.exec(buffer)?.[0].length ?? 0
      if (at >= buffer.length) {
        if (final && next !== 'nothing') fail('', buffer.length)
        return
      }
      const here = buffer[at]
      switch (next) {
        case 'nothing':
          fail('something follows the JSON value')
          break
        case 'colon':
          if (here !== ':') fail('expected ":"')
          at += 1
          next = 'value'
          break
        case 'comma or end': {
          const { is } = top() ?? { is: 'array' }
          if (here === (is === 'array' ? ']' : '}')) close()
          else if (here === ',') {
            at += 1
            next = is === 'array' ? 'value' : 'key'
          } else fail(is === 'array' ? 'expected "," or "]"' : 'expected "," or "}"')
          break
        }
        case 'key or end':
        case 'key':
          if (here === '}' && next === 'key or end') close()
          else if (!key()) return
          break
        case 'value or end':
        case 'value':
          if (here === ']' && next === 'value or end') close()
          else if (!value()) return
          break
      }
    }
  }

  const step = (text: string): boolean => {
    if (stopped) return false
    base += at
    buffer = at === buffer.length ? text : buffer.slice(at) + text
    at = 0
    try {
      run()
      return true
    } catch (error) {
      if (!(error instanceof Stop)) throw error
      stopped = error
      buffer = ''
      return false
    }
  }

  return {
    write: text => step(text),
    end: () => {
      final = true
      step('')
      return stopped ? { ok: false, at: stopped.at, reason: stopped.message } : { ok: true, end: base + at }
    },
  }
}
