/**
 * Where a text (Makefile, script, workflow, README) runs Docker Compose, and with which files. Nothing is run and no
 * shell is imitated: words are read as they stand, and a word with a variable in it is not known. Offsets are UTF-16
 * units of the text.
 */
export interface ComposeCommand {
  readonly start: number
  readonly end: number
  /** In order. Undefined: a file named by a variable. */
  readonly files: readonly (string | undefined)[]
  readonly projectDirectory: string | undefined
}

interface Word {
  readonly text: string | undefined
  readonly end: number
}

const mostCommands = 500

/** Flags of `docker compose` that take a value in the next word (docs.docker.com/reference/cli/docker/compose). */
const valued: ReadonlySet<string> = new Set(
  '-f --file -p --project-name --project-directory --env-file --profile --parallel --progress --ansi -H --host --context'.split(
    ' ',
  ),
)

export const composeCommands = (text: string): readonly ComposeCommand[] => {
  const found: ComposeCommand[] = []
  const named = new Map<string, { command: ComposeCommand; used: boolean }>()
  for (const match of text.matchAll(
    /(?<![\w./-])(?:docker|podman|nerdctl)(?:[ \t]+|-)compose(?:\.exe)?(?=[ \t\\"')]|$)/gm,
  )) {
    if (found.length + named.size >= mostCommands) break
    const command = commandAt(text, match.index, match.index + match[0].length)
    const name = assigned(text, match.index)
    if (name === undefined) found.push(command)
    else named.set(name, { command, used: false })
  }
  if (named.size === 0) return found
  // `DC = docker compose -f base.yaml`, and `$(DC) -f more.yaml up` elsewhere.
  for (const match of text.matchAll(/\$(?:\((\w+)\)|\{(\w+)\}|(\w+))/g)) {
    const name = match[1] ?? match[2] ?? match[3] ?? ''
    const variable = named.get(name)
    if (variable === undefined || found.length >= mostCommands) continue
    const more = commandAt(text, match.index, match.index + match[0].length)
    const { files, projectDirectory } = variable.command
    variable.used = true
    found.push({
      ...more,
      files: [...files, ...more.files],
      projectDirectory: more.projectDirectory ?? projectDirectory,
    })
  }
  for (const { command, used } of named.values()) if (!used) found.push(command)
  return found
}

/** The name a command is assigned to, if the line does that. */
const assigned = (text: string, at: number): string | undefined => {
  const start = Math.max(text.lastIndexOf('\n', at - 1) + 1, at - 120)
  return /^[ \t]*(?:export[ \t]+)?(\w+)[ \t]*[:?]?=[ \t]*["'(]?$/.exec(text.slice(start, at))?.[1]
}

const commandAt = (text: string, start: number, from: number): ComposeCommand => {
  const files: (string | undefined)[] = []
  let projectDirectory: string | undefined
  let end = from
  for (let word = wordAt(text, from); word !== undefined; word = wordAt(text, end)) {
    if (word.text === undefined || !word.text.startsWith('-')) break
    end = word.end
    const equals = word.text.indexOf('=')
    const flag = equals === -1 ? word.text : word.text.slice(0, equals)
    let value: string | undefined = equals === -1 ? undefined : word.text.slice(equals + 1)
    if (equals === -1 && valued.has(flag)) {
      const next = wordAt(text, end)
      if (next === undefined) break
      end = next.end
      value = next.text
    }
    if (flag === '-f' || flag === '--file') files.push(value)
    else if (/^-f./.test(flag)) files.push(word.text.slice(2))
    else if (flag === '--project-directory') projectDirectory = value
  }
  return { start, end, files, projectDirectory }
}

const longest = 1_000

/** The next word of a command line, quotes removed; `text` is undefined where a variable is in it. */
const wordAt = (text: string, from: number): Word | undefined => {
  let at = from
  for (;;) {
    while (text[at] === ' ' || text[at] === '\t') at++
    const continued = /^\\\r?\n/.exec(text.slice(at, at + 3))
    if (continued === null) break
    at += continued[0].length
  }
  let word = ''
  const start = at
  for (; at < text.length && at - start < longest; at++) {
    const character = text[at] ?? ''
    if (character === '"' || character === "'") {
      const close = text.indexOf(character, at + 1)
      if (close === -1 || close - at > longest || text.slice(at, close).includes('\n')) break
      word += text.slice(at + 1, close)
      at = close
    } else if (/[\s;&|()<>`]/.test(character) && !(character === '(' && word.endsWith('$'))) break
    else word += character
  }
  if (at === start) return undefined
  return { text: word.includes('$') ? undefined : word, end: at }
}

/** `COMPOSE_FILE` where it is set: in an environment file, a script, a workflow. */
export const composeFileVariables = (
  text: string,
): readonly { readonly start: number; readonly end: number; readonly files: readonly string[] }[] =>
  [...text.matchAll(/(?<![\w$])COMPOSE_FILE["']?[ \t]*[:=][ \t]*["']?([^\s"'#$]{1,1000})/g)]
    .slice(0, mostCommands)
    .flatMap(match => {
      const value = match[1] ?? ''
      const files = value.split(value.includes(';') ? ';' : ':').filter(file => file !== '')
      return files.length > 0 && files.every(file => /\.ya?ml$/i.test(file))
        ? [{ start: match.index, end: match.index + match[0].length, files }]
        : []
    })
