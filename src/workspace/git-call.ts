import { execa } from 'execa'

/**
 * Settings that win over anything the repository configures. No protocol may be used (the variable beats every
 * `protocol.*` key), no program runs, no replacement or graft is believed, nothing is locked or written.
 */
export const config = [
  'protocol.allow=never',
  'core.fsmonitor=false',
  'core.untrackedCache=false',
  'core.hooksPath=/dev/null',
  'core.commitGraph=false',
  'core.excludesFile=/dev/null',
  'core.quotePath=false',
]
export const environment = (path: string | undefined): Record<string, string> => ({
  ...(path === undefined ? {} : { PATH: path }),
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_GRAFT_FILE: '/dev/null',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_TERMINAL_PROMPT: '0',
})

/** How git is called: everything but the verb. */
export interface Call {
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Record<string, string>
  readonly signal: AbortSignal
}

const start = (call: Call, args: readonly string[]) =>
  execa('git', [...call.args, ...args], {
    cwd: call.cwd,
    env: call.env,
    extendEnv: false,
    encoding: 'buffer',
    buffer: false,
    stdin: 'pipe',
    stderr: 'ignore',
    cancelSignal: call.signal,
    // Plumbing that only reads leaves nothing half done, and may be deaf to anything gentler.
    killSignal: 'SIGKILL',
    reject: false,
  })
type Child = ReturnType<typeof start>

/**
 * Several programs of git at once, for as long as `work` takes. However it ends, none of them is running afterwards.
 *
 * @throws the reason of the signal, if it was given; whatever `work` throws
 */
const withChildren = async <T>(
  call: Call,
  commands: readonly (readonly string[])[],
  work: (...children: Child[]) => Promise<T>,
): Promise<T> => {
  const children = commands.map(args => start(call, args))
  // A reader that ends early is no error of ours.
  for (const child of children) child.stdin.on('error', () => undefined)
  let done: T
  try {
    done = await work(...children)
  } catch (error) {
    if (call.signal.aborted) throw call.signal.reason
    throw error
  } finally {
    for (const child of children) child.kill()
    await Promise.all(children)
  }
  if (call.signal.aborted) throw call.signal.reason
  return done
}

/** See History.commits. */
export type Ready = () => Promise<void> | undefined

/** What one program prints, given what it reads; its exit code where it ended by itself. */
export const print = (
  call: Call,
  args: readonly string[],
  input: string,
  take: (chunk: Buffer) => void,
  ready: Ready = () => undefined,
): Promise<number | undefined> =>
  withChildren(call, [args], async child => {
    child?.stdin.end(input)
    for await (const chunk of child?.stdout ?? []) {
      take(chunk as Buffer)
      await ready()
    }
    return (await child)?.exitCode
  })

/**
 * What the second program prints about what the first one prints. The exit code: the second one's where it failed, for
 * then the first one is cut short, else the first one's; undefined where a signal ended it.
 */
export const pipe = (
  call: Call,
  first: readonly string[],
  second: readonly string[],
  take: (chunk: Buffer) => void,
  ready: Ready = () => undefined,
): Promise<number | undefined> =>
  withChildren(call, [first, second], async (list, reader) => {
    list?.stdin.end()
    if (list && reader) list.stdout.pipe(reader.stdin)
    for await (const chunk of reader?.stdout ?? []) {
      take(chunk as Buffer)
      await ready()
    }
    const { exitCode } = (await reader) ?? {}
    // Nobody reads the first one any more: it would wait for ever.
    return exitCode === 0 ? (await list)?.exitCode : exitCode
  })

/** Cuts a stream into lines; call the last with nothing to hand over a line without its end. */
export const lineReader = (take: (line: string) => void): ((chunk?: Buffer) => void) => {
  let rest: Buffer = Buffer.alloc(0)
  return chunk => {
    if (chunk === undefined) {
      if (rest.length > 0) take(rest.toString('utf8'))
      rest = Buffer.alloc(0)
      return
    }
    const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    for (let end = data.indexOf(10, at); end !== -1; end = data.indexOf(10, at)) {
      take(data.toString('utf8', at, end))
      at = end + 1
    }
    rest = data.subarray(at)
  }
}

export const printLines = async (
  call: Call,
  args: readonly string[],
  input: string,
  take: (line: string) => void,
): Promise<number | undefined> => {
  const lines = lineReader(take)
  const ended = await print(call, args, input, lines)
  lines()
  return ended
}

/** An object as `cat-file --batch` gives it; the bytes belong to the stream and are gone after the call. */
export type ObjectSeen =
  | { readonly is: 'object'; readonly oid: string; readonly type: string; readonly body: Buffer }
  | { readonly is: 'too-large'; readonly oid: string; readonly type: string }
  | { readonly is: 'missing'; readonly name: string }

/** Larger objects are passed over, not held. */
const largestObject = 16 * 1024 * 1024

/** Cuts the output of `cat-file --batch` into objects, in the order they were asked for. */
export const objectReader = (take: (object: ObjectSeen) => void): ((chunk: Buffer) => void) => {
  let chunks: Buffer[] = []
  let have = 0
  let need = 0
  let skip = 0
  return chunk => {
    const fresh = skip > 0 ? chunk.subarray(skip) : chunk
    skip = Math.max(0, skip - chunk.length)
    if (fresh.length === 0) return
    chunks.push(fresh)
    have += fresh.length
    if (have < need) return
    const data = chunks.length === 1 ? fresh : Buffer.concat(chunks)
    need = 0
    let at = 0
    while (at < data.length) {
      const lineEnd = data.indexOf(10, at)
      if (lineEnd === -1) break
      const line = data.toString('latin1', at, lineEnd)
      const found = /^([0-9a-f]{40,64}) ([a-z]{3,6}) (\d{1,15})$/.exec(line)
      if (!found) {
        take({ is: 'missing', name: line.replace(/ (missing|ambiguous)$/, '') })
        at = lineEnd + 1
        continue
      }
      // The name is copied: a slice would keep the whole line alive.
      const oid = data.toString('latin1', at, at + (found[1]?.length ?? 0))
      const type = found[2] ?? ''
      const bodyEnd = lineEnd + 1 + Number(found[3])
      if (Number(found[3]) > largestObject) {
        take({ is: 'too-large', oid, type })
        at = bodyEnd + 1
        skip = Math.max(0, at - data.length)
        continue
      }
      if (data.length < bodyEnd + 1) {
        need = bodyEnd + 1 - at
        break
      }
      take({ is: 'object', oid, type, body: data.subarray(lineEnd + 1, bodyEnd) })
      at = bodyEnd + 1
    }
    const rest = data.subarray(Math.min(at, data.length))
    chunks = rest.length > 0 ? [rest] : []
    have = rest.length
  }
}

/** Asks for objects by name; `take` may return more names to ask for, until nothing is open. */
export const converse = async (
  call: Call,
  first: readonly string[],
  take: (object: ObjectSeen) => readonly string[],
  ready: Ready = () => undefined,
): Promise<void> => {
  if (first.length === 0) return
  await withChildren(call, [['cat-file', '--batch']], async child => {
    let open = 0
    let wanted: string[] = [...first]
    const ask = (): void => {
      if (wanted.length === 0) return
      open += wanted.length
      child?.stdin.write(`${wanted.join('\n')}\n`)
      wanted = []
    }
    const read = objectReader(object => {
      open--
      wanted.push(...take(object))
    })
    ask()
    for await (const chunk of child?.stdout ?? []) {
      read(chunk as Buffer)
      ask()
      if (open === 0) child?.stdin.end()
      await ready()
    }
    if (open > 0) throw new Error(`git cat-file ended early (exit ${(await child)?.exitCode ?? 'unknown'})`)
  })
}
