import { famous } from './secret-name.ts'
import type { SecretSeen } from './secret-seen.ts'
import { standingOf } from './secret-value.ts'

/** Keys that requests are compared with: `if ($http_x_api_key != "…")` and the left sides of `map`. */
export const nginxKeys = (text: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  const add = (start: number, value: string, name: string): void => {
    const standing = standingOf(value)
    if (standing === 'none' || (standing === 'guessable' && !famous.test(value)) || value.length < 6) return
    seen.push({
      start,
      end: start + value.length,
      kind: 'API key',
      name,
      confidence: standing === 'random' ? 'high' : 'medium',
    })
  }
  const variable =
    '\\$((?:http|arg|cookie|sent_http)_\\w{0,60}?(?:key|token|secret|auth|password|credential)\\w{0,40}|http_authorization)'
  for (const match of text.matchAll(
    new RegExp(
      `${variable}[ \\t]{0,8}!?[=~]{1,2}\\*?[ \\t]{0,8}["']?\\^?(?:Bearer[ \\t]{1,2}|Basic[ \\t]{1,2})?([\\w+/=.~!@#%-]{6,200})`,
      'gi',
    ),
  ))
    add(match.index + match[0].length - (match[2] ?? '').length, match[2] ?? '', `$${match[1]}`)
  const header = `\\bmap[ \\t]{1,8}"?${variable}"?[ \\t]{1,8}\\$\\w{1,60}[ \\t]{0,8}\\{`
  const maps = [...text.matchAll(new RegExp(header, 'gi'))]
  for (const [i, match] of maps.entries()) {
    const from = match.index + match[0].length
    // A map ends before the next begins: each character is looked at once.
    const block = text.slice(from, maps[i + 1]?.index ?? text.length)
    const end = block.indexOf('}')
    for (const line of block
      .slice(0, Math.max(end, 0))
      .matchAll(
        /^[ \t]{0,40}["']?(?:Bearer[ \t]{1,2}|Basic[ \t]{1,2})?([\w+/=.~!@#%-]{6,200})["']?[ \t]{1,40}["']?[^\n;]{1,100};/gm,
      ))
      add(from + line.index + line[0].indexOf(line[1] ?? ''), line[1] ?? '', `$${match[1]}`)
  }
  return seen
}
