/**
 * The short forms of Compose values after variables are filled in: ports (github.com/docker/go-connections nat) and
 * mounts (compose-go format/volume.go).
 */
export interface PortNumbers {
  readonly hostIp: string | undefined
  readonly published: string | undefined
  readonly target: string
  readonly protocol: string
}

/** Ports a range may stand for and still be taken apart. */
const widest = 2_000

/** Splits at colons, but not inside `${…}` and `[…]`. */
export const splitOutsideBraces = (text: string): string[] => {
  const parts: string[] = []
  let from = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth = Math.max(0, depth - 1)
    else if (character === ':' && depth === 0) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

/** `[[host address:][host port]:]container port[/protocol]`, split from the right as Docker does. */
export const splitPort = (text: string): PortNumbers => {
  const trimmed = text.trim()
  const slash = trimmed.lastIndexOf('/')
  const parts = splitOutsideBraces(slash === -1 ? trimmed : trimmed.slice(0, slash))
  const published = parts.at(-2) ?? ''
  const address = parts.length > 2 ? parts.slice(0, -2).join(':') : ''
  return {
    hostIp: address === '' ? undefined : address.replace(/^\[(.*)\]$/, '$1'),
    published: published === '' ? undefined : published,
    target: parts.at(-1) ?? '',
    protocol: slash === -1 ? 'tcp' : trimmed.slice(slash + 1).toLowerCase(),
  }
}

const rangeOf = (text: string): readonly [number, number] | undefined => {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text)
  if (match === null) return undefined
  const first = Number(match[1])
  const last = match[2] === undefined ? first : Number(match[2])
  return last < first || last > 65_535 ? undefined : [first, last]
}

/** Each port of a mapping by itself; undefined where a number is not known or the range is out of all measure. */
export const expandedPorts = (text: string): readonly PortNumbers[] | undefined => {
  const port = splitPort(text)
  const target = rangeOf(port.target)
  const published = port.published === undefined ? undefined : rangeOf(port.published)
  if (target === undefined || (port.published !== undefined && published === undefined)) return undefined
  const count = target[1] - target[0] + 1
  if (count > widest) return undefined
  if (published !== undefined && published[1] - published[0] + 1 !== count) {
    // Several host ports for one container port: Docker picks one of them.
    return count === 1 ? [port] : undefined
  }
  return Array.from({ length: count }, (_, i) => ({
    ...port,
    target: String(target[0] + i),
    published: published === undefined ? undefined : String(published[0] + i),
  }))
}

/** Splits `source:target:mode` at colons outside of `${…}`, keeping a drive letter with its path. */
export const splitMount = (text: string): string[] => {
  const parts: string[] = []
  let from = 0
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth++
    else if (text[at] === '}') depth = Math.max(0, depth - 1)
    else if (text[at] === ':' && depth === 0 && !(at - from === 1 && /[A-Za-z]/.test(text[from] ?? ''))) {
      parts.push(text.slice(from, at))
      from = at + 1
    }
  }
  return [...parts, text.slice(from)]
}

/** Where a mount in short form stands in the container, cleaned as Go's path.Clean does it. */
export const mountTarget = (text: string): string => {
  const parts = text.length <= 2 ? [text] : splitMount(text)
  return cleanPath((parts.length === 1 ? parts[0] : parts[1]) ?? '')
}

export const cleanPath = (path: string): string => {
  if (path === '') return ''
  const absolute = path.startsWith('/')
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else if (!absolute) parts.push('..')
  }
  return `${absolute ? '/' : ''}${parts.join('/')}` || '.'
}
