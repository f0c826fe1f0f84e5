/** One setting of a git configuration file (git-config(1), CONFIGURATION FILE). */
export interface GitSetting {
  /** `section.subsection.key`: section and key in lower case, the subsection as written. */
  readonly name: string
  readonly value: string
}

/** Settings in the order of the file; a line that is none is passed over, as a later line does not depend on it. */
export const readGitConfig = (text: string): readonly GitSetting[] => {
  const settings: GitSetting[] = []
  let section = ''
  const lines = text.replaceAll('\r\n', '\n').split('\n')
  for (let i = 0; i < lines.length; i++) {
    let line = lines[i] ?? ''
    const head = /^\s*\[\s*([\w.-]{1,200})(?:\s+"((?:[^"\\]|\\.){0,400})")?\s*\](.*)$/.exec(line)
    if (head) {
      const below = head[2]?.replace(/\\(.)/g, '$1')
      section = below === undefined ? (head[1] ?? '').toLowerCase() : `${(head[1] ?? '').toLowerCase()}.${below}`
      line = head[3] ?? ''
    }
    const pair = /^\s*([A-Za-z][A-Za-z0-9-]{0,200})\s*(?:=(.*))?$/.exec(line)
    if (!pair || section === '') continue
    let raw = pair[2] ?? 'true'
    while (trailingBackslashes(raw) % 2 === 1 && i + 1 < lines.length) raw = raw.slice(0, -1) + (lines[++i] ?? '')
    settings.push({ name: `${section}.${(pair[1] ?? '').toLowerCase()}`, value: unquoted(raw) })
  }
  return settings
}

/** Quotes and escapes undone, a comment and outer blanks dropped. */
const unquoted = (raw: string): string => {
  let value = ''
  let quoted = false
  /** Length up to the last character that is no blank outside quotes. */
  let kept = 0
  for (let i = 0; i < raw.length; i++) {
    const c = raw[i] ?? ''
    if (c === '"') {
      quoted = !quoted
      kept = value.length
      continue
    }
    if (!quoted && (c === '#' || c === ';')) break
    if (c === '\\') {
      const next = raw[++i] ?? ''
      value += { n: '\n', t: '\t', b: '\b' }[next] ?? next
      kept = value.length
      continue
    }
    if (value === '' && !quoted && /\s/.test(c)) continue
    value += c
    if (quoted || !/\s/.test(c)) kept = value.length
  }
  return value.slice(0, kept)
}

/** An odd number continues the line. */
const trailingBackslashes = (text: string): number => {
  let count = 0
  while (text[text.length - 1 - count] === '\\') count++
  return count
}
