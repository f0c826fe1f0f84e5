import type { Range } from './lines.ts'

/**
 * INI files as Python's configparser reads them (Python documentation, "Supported INI File Structure"): sections, keys
 * in lower case, values that go on over indented lines. Lenient: what is no key is passed over. Linear.
 */
export interface IniEntry {
  readonly section: string
  readonly key: string
  readonly keyRange: Range
  /** One for each line of the value that is neither empty nor a comment, trimmed; offsets in the text. */
  readonly lines: readonly { readonly text: string; readonly start: number; readonly end: number }[]
}

export interface Ini {
  readonly sections: ReadonlySet<string>
  readonly entries: readonly IniEntry[]
}

export const parseIni = (text: string): Ini => {
  const sections = new Set<string>()
  const entries: { section: string; key: string; keyRange: Range; lines: IniEntry['lines'][number][] }[] = []
  let section = ''
  let current: (typeof entries)[number] | undefined
  let at = 0
  while (at <= text.length) {
    const feed = text.indexOf('\n', at)
    const end = feed === -1 ? text.length : feed
    const line = text.slice(at, end)
    const start = at
    at = end + 1
    const body = line.trim()
    if (body === '' || body.startsWith('#') || body.startsWith(';')) {
      if (feed === -1) break
      continue
    }
    const lead = line.length - line.trimStart().length
    if (lead > 0 && current) current.lines.push({ text: body, start: start + lead, end: start + lead + body.length })
    else {
      const header = /^\[([^\]\n]{1,200})\]/.exec(body)
      const equals = body.search(/[=:]/)
      current = undefined
      if (header) {
        section = header[1] ?? ''
        sections.add(section)
      } else if (equals > 0) {
        const key = body.slice(0, equals).trimEnd()
        const value = body.slice(equals + 1).trim()
        const from = start + lead + body.length - value.length
        current = {
          section,
          key: key.toLowerCase(),
          keyRange: { start: start + lead, end: start + lead + key.length },
          lines: value === '' ? [] : [{ text: value, start: from, end: from + value.length }],
        }
        entries.push(current)
      }
    }
    if (feed === -1) break
  }
  return { sections, entries }
}

export const iniEntry = (ini: Ini, section: string, key: string): IniEntry | undefined =>
  ini.entries.find(e => e.section === section && e.key === key)
