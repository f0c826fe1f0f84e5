import { composeCommands, composeFileVariables } from '../parse/compose-command.ts'
import { linesOf } from '../parse/lines.ts'
import type { Place } from '../place.ts'
import type { Entry, TextFile } from '../workspace/workspace.ts'
import { folderOf, joinPath } from './compose-path.ts'

/** Compose files that are deployed together, as somebody says. */
export interface DeploymentSet {
  /** `compose.yaml + compose.prod.yaml`. */
  readonly name: string
  /** In the order of `-f`; the first one's folder is the project's, unless it is said. */
  readonly files: readonly string[]
  readonly base: string
  /** The folder the command runs in: its `.env` is read too, and first. */
  readonly from: string
  readonly because: 'default names' | 'a command' | 'COMPOSE_FILE' | 'no other set'
  /** Where a command or variable names it. */
  readonly said: Place | undefined
}

/** The names Compose looks for, in its order (compose-go cli/options.go). */
const defaultNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'] as const
const overrideNames = [
  'compose.override.yml',
  'compose.override.yaml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
] as const

const at = (folder: string, name: string): string => (folder === '.' ? name : `${folder}/${name}`)

export const setName = (files: readonly string[]): string => files.join(' + ')

/** What Compose starts in a folder when nobody names files. */
export const defaultSets = (composeFiles: ReadonlySet<string>): readonly DeploymentSet[] =>
  [...new Set([...composeFiles].map(folderOf))].flatMap((folder): DeploymentSet[] => {
    const main = defaultNames.map(name => at(folder, name)).find(uri => composeFiles.has(uri))
    if (main === undefined) return []
    const override = overrideNames.map(name => at(folder, name)).find(uri => composeFiles.has(uri))
    const files = override === undefined ? [main] : [main, override]
    return [{ name: setName(files), files, base: folder, from: folder, because: 'default names', said: undefined }]
  })

/** Texts in which people write down how a stack is started. */
export const maySayHow = ({ uri, type, bytes }: Entry): boolean => {
  if (type !== 'file' || bytes > 512 * 1024) return false
  const name = uri.slice(uri.lastIndexOf('/') + 1)
  return (
    /^(?:(?:gnu)?makefile|justfile|procfile|taskfile\.ya?ml|package\.json|readme[\w.-]*|\.env)$/i.test(name) ||
    /\.(?:sh|bash|mk|service|ps1|bat)$/i.test(name) ||
    /^(?:deploy|start|up|run|launch)$/i.test(name) ||
    /(?:^|\/)(?:\.github\/workflows\/[^/]+\.ya?ml|\.gitlab-ci\.yml)$/.test(uri) ||
    /(?:^|\/)docs?\/(?:[^/]+\/)?[^/]*(?:deploy|install|run|setup|operat|start)[^/]*\.(?:md|rst|txt)$/i.test(uri)
  )
}

export interface SaidSets {
  readonly sets: readonly DeploymentSet[]
  /** Sets of which a file is not in the tree. */
  readonly missing: readonly { readonly place: Place; readonly reason: string }[]
  /** Folders in which COMPOSE_FILE of `.env` takes the place of the default names. */
  readonly replaced: ReadonlySet<string>
}

/** The sets a text names, word for word. Files are looked for from its own folder upwards, and in folders it changes to. */
export const setsSaidIn = ({ source, text }: TextFile, has: (uri: string) => boolean): SaidSets => {
  const { uri } = source
  if (!/compose/i.test(text)) return { sets: [], missing: [], replaced: new Set() }
  const lines = linesOf(text)
  const own = folderOf(uri)
  const isEnvironment = /(?:^|\/)\.env$/.test(uri)
  const folders: string[] = []
  if (uri.startsWith('.github/')) folders.push('.')
  else
    for (let folder = own; ; folder = folderOf(folder)) {
      folders.push(folder)
      if (folder === '.' || isEnvironment) break
    }
  if (!isEnvironment) {
    for (const match of [
      ...text.matchAll(/(?:\bcd[ \t]+|working-directory:[ \t]*|-C[ \t]+)["']?([\w./-]{1,200})/g),
    ].slice(0, 50)) {
      for (const folder of [own, '.']) {
        const target = joinPath(folder, (match[1] ?? '').replace(/^\//, ''))
        if (target !== undefined && !folders.includes(target)) folders.push(target === '' ? '.' : target)
      }
    }
  }
  const sets: DeploymentSet[] = []
  const missing: { place: Place; reason: string }[] = []
  const replaced = new Set<string>()
  const add = (
    files: readonly (string | undefined)[],
    directory: string | undefined,
    because: DeploymentSet['because'],
    range: { readonly start: number; readonly end: number },
  ): void => {
    const place: Place = { in: 'span', source, ...lines.span(range) }
    const within = (folder: string): readonly (string | undefined)[] =>
      files.map(file => {
        const target = file === undefined ? undefined : joinPath(folder, file)
        return target !== undefined && has(target) ? target : undefined
      })
    const tries = folders.map(folder => ({ folder, uris: within(folder) }))
    const whole = tries.find(({ uris }) => uris.every(one => one !== undefined))
    if (whole === undefined) {
      // A document may name files the reader is to write; a script that names one runs without it nowhere.
      const part = tries.find(({ uris }) => uris.some(one => one !== undefined))
      const lost = part?.uris.indexOf(undefined) ?? -1
      if (part !== undefined && !/\.(?:md|rst|txt)$|(?:^|\/)readme[^/]*$/i.test(uri)) {
        const what = files[lost] ?? 'a file named by a variable'
        missing.push({
          place,
          reason: `deploys ${part.uris.filter(one => one !== undefined).join(' + ')} with ${what}, which is not in the tree`,
        })
      }
      return
    }
    const uris = whole.uris.flatMap(one => one ?? [])
    const [first] = uris
    if (first === undefined) return
    const base = directory === undefined ? folderOf(first) : joinPath(whole.folder, directory)
    if (because === 'COMPOSE_FILE' && isEnvironment) replaced.add(whole.folder)
    sets.push({
      name: setName(uris),
      files: uris,
      base: base === undefined || base === '' ? '.' : base,
      from: whole.folder,
      because,
      said: place,
    })
  }
  for (const command of composeCommands(text))
    if (command.files.length > 0) add(command.files, command.projectDirectory, 'a command', command)
  for (const variable of composeFileVariables(text)) add(variable.files, undefined, 'COMPOSE_FILE', variable)
  return { sets, missing, replaced }
}
