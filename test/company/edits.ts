import type { MemoryHistory, MemoryTree } from '../../src/workspace/memory.ts'
import type { Company } from './company.ts'

/** One small thing done to a company. */
export type Change =
  | {
      readonly does: 'edit'
      readonly file: string
      readonly find: string
      readonly put: string
      readonly everywhere?: true
    }
  | { readonly does: 'add'; readonly file: string; readonly text: string | Uint8Array }
  | { readonly does: 'remove'; readonly file: string }
  | { readonly does: 'rename'; readonly file: string; readonly to: string }
  | { readonly does: 'rewrite'; readonly file: string; readonly by: (text: string) => string | Uint8Array }
  | { readonly does: 'lock'; readonly file: string }
  | { readonly does: 'link'; readonly file: string; readonly to: string }
  | { readonly does: 'history'; readonly history: MemoryHistory }
  | { readonly does: 'hand in'; readonly tool: string; readonly path: string }
  | { readonly does: 'hand in log'; readonly path: string }

/** Replaces a text that stands in the file exactly once. */
export const edit = (file: string, find: string, put: string): Change => ({ does: 'edit', file, find, put })
/** Replaces a text everywhere in the file; it must be there. */
export const editAll = (file: string, find: string, put: string): Change => ({
  does: 'edit',
  file,
  find,
  put,
  everywhere: true,
})
export const add = (file: string, text: string | Uint8Array): Change => ({ does: 'add', file, text })
export const remove = (file: string): Change => ({ does: 'remove', file })
export const rename = (file: string, to: string): Change => ({ does: 'rename', file, to })
export const rewrite = (file: string, by: (text: string) => string | Uint8Array): Change => ({
  does: 'rewrite',
  file,
  by,
})
/** The file is there and cannot be read. */
export const lock = (file: string): Change => ({ does: 'lock', file })
export const link = (file: string, to: string): Change => ({ does: 'link', file, to })

const textIn = (text: string | Uint8Array): string => (typeof text === 'string' ? text : Buffer.from(text).toString())

const occurrences = (text: string, part: string): number => text.split(part).length - 1

interface Draft {
  readonly files: Map<string, string | Uint8Array>
  readonly outside: Map<string, string | Uint8Array>
  readonly unreadable: string[]
  readonly links: Record<string, string>
  readonly reports: { tool: string; path: string }[]
  readonly ciLogs: string[]
  history: MemoryHistory | undefined
}

/** Does the changes in order; @throws when one of them does not apply, so that no line of a table tests nothing. */
export const changed = (company: Company, changes: readonly Change[]): Company => {
  const draft: Draft = {
    files: new Map(Object.entries(company.tree.files)),
    outside: new Map(Object.entries(company.tree.outside ?? {})),
    unreadable: [...(company.tree.unreadable ?? [])],
    links: { ...company.tree.links },
    reports: [...company.reports],
    ciLogs: [...company.ciLogs],
    history: company.tree.history,
  }
  for (const change of changes) apply(change, draft)
  const tree: MemoryTree = {
    files: Object.fromEntries(draft.files),
    outside: Object.fromEntries(draft.outside),
    unreadable: draft.unreadable,
    links: draft.links,
    ...(draft.history ? { history: draft.history } : {}),
  }
  return { ...company, tree, reports: draft.reports, ciLogs: draft.ciLogs }
}

const apply = (change: Change, draft: Draft): void => {
  const homeOf = (file: string) => {
    const home = draft.files.has(file) ? draft.files : draft.outside
    const text = home.get(file)
    if (text === undefined) throw new Error(`there is no ${file} to ${change.does}`)
    return { home, text }
  }
  switch (change.does) {
    case 'edit': {
      const { home, text } = homeOf(change.file)
      const before = textIn(text)
      const times = occurrences(before, change.find)
      if (change.everywhere ? times === 0 : times !== 1)
        throw new Error(`${change.file} holds ${JSON.stringify(change.find)} ${times} times`)
      home.set(
        change.file,
        before.replaceAll(change.find, () => change.put),
      )
      return
    }
    case 'add':
      if (draft.files.has(change.file)) throw new Error(`${change.file} is there already`)
      ;(change.file.startsWith('inputs/') ? draft.outside : draft.files).set(change.file, change.text)
      return
    case 'remove':
      homeOf(change.file).home.delete(change.file)
      return
    case 'rename': {
      const { home, text } = homeOf(change.file)
      home.delete(change.file)
      home.set(change.to, text)
      return
    }
    case 'rewrite': {
      const { home, text } = homeOf(change.file)
      const before = textIn(text)
      const after = change.by(before)
      if (textIn(after) === before) throw new Error(`${change.file} is as before`)
      home.set(change.file, after)
      return
    }
    case 'lock':
      homeOf(change.file)
      draft.unreadable.push(change.file)
      return
    case 'link':
      draft.files.delete(change.file)
      draft.links[change.file] = change.to
      return
    case 'history':
      draft.history = change.history
      return
    case 'hand in':
      draft.reports.push({ tool: change.tool, path: change.path })
      return
    case 'hand in log':
      draft.ciLogs.push(change.path)
  }
}

/** What an edit must give: a finding or a gap, at the line of a file that holds `mark` (once), or at the whole file. */
export type Gives =
  | {
      readonly is: 'violates' | 'unsure'
      readonly check: string
      readonly file: string
      readonly mark: string | undefined
    }
  | {
      readonly is: 'gap'
      readonly cause: string
      readonly file: string
      readonly mark: string | undefined
      /** Checks that held before and must not hold now, for what they need could not be seen. */
      readonly undecided: readonly string[]
    }
  | { readonly is: 'outcome'; readonly check: string; readonly outcome: string }

export const violates = (check: string, file: string, mark?: string): Gives => ({ is: 'violates', check, file, mark })
export const unsure = (check: string, file: string, mark?: string): Gives => ({ is: 'unsure', check, file, mark })
export const gap = (cause: string, file: string, mark: string | undefined, undecided: readonly string[]): Gives => ({
  is: 'gap',
  cause,
  file,
  mark,
  undecided,
})
/** An outcome that changes with neither a finding nor a gap: nothing is left to judge. */
export const becomes = (check: string, outcome: string): Gives => ({ is: 'outcome', check, outcome })

const lineOf = ({ tree }: Company, file: string, mark: string | undefined): string => {
  if (mark === undefined) return file
  const text = tree.files[file] ?? tree.outside?.[file]
  if (text === undefined) throw new Error(`there is no ${file}`)
  const whole = textIn(text)
  const times = occurrences(whole, mark)
  if (times !== 1) throw new Error(`${file} holds ${JSON.stringify(mark)} ${times} times`)
  return `${file}:${whole.slice(0, whole.indexOf(mark)).split('\n').length}`
}

/** The lines a report must hold besides those of before, in the form of `linesOf`. */
export const linesGiven = (company: Company, gives: readonly Gives[]): readonly string[] =>
  gives.flatMap((one): readonly string[] => {
    if (one.is === 'outcome') return []
    const what = one.is === 'gap' ? `gap ${one.cause}` : `${one.check} ${one.is}`
    return [`${what} ${lineOf(company, one.file, one.mark)}`]
  })

/** Check → outcome, for the checks whose outcome must change. */
export const outcomesGiven = (gives: readonly Gives[]): Readonly<Record<string, string>> => {
  const given: Record<string, string> = {}
  const say = (check: string, outcome: string) => {
    if (given[check] !== 'violated') given[check] = outcome
  }
  for (const one of gives) {
    if (one.is === 'violates') say(one.check, 'violated')
    if (one.is === 'unsure') say(one.check, 'undecided')
    if (one.is === 'gap') for (const check of one.undecided) say(check, 'undecided')
    if (one.is === 'outcome') say(one.check, one.outcome)
  }
  return given
}

/** What the nginx checks say of harbor's files where no Compose file that can be read runs them. */
export const nginxUnseen: readonly Gives[] = [
  unsure('nginx-tls-floor', 'nginx/conf.d/diary.conf', 'server {\n    listen 8443'),
  unsure('nginx-ciphers-keep-forward-secrecy', 'nginx/conf.d/diary.conf', 'server {\n    listen 8443'),
  unsure('nginx-plaintext-redirects', 'nginx/conf.d/00-default.conf', '8080 default_server'),
  unsure('nginx-plaintext-redirects', 'nginx/conf.d/diary.conf', '8080'),
  unsure('nginx-sends-hsts', 'nginx/snippets/headers.conf', 'add_header Strict-Transport-Security'),
  unsure('nginx-sends-hsts', 'nginx/snippets/headers.conf', 'add_header Strict-Transport-Security'),
]
