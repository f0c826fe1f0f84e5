import type { SecretSeen } from './secret-seen.ts'
import { standingOf } from './secret-value.ts'

/** Blocks that are looked at in one text. */
const mostBlocks = 200

const armour = /-----BEGIN ((?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?)-----/g

/** Private keys in a text: PEM, OpenPGP, PuTTY, JSON web keys. */
export const keyBlocks = (text: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  let blocks = 0
  if (text.includes('PRIVATE KEY'))
    for (const match of text.matchAll(armour)) {
      if (++blocks > mostBlocks) break
      const from = match.index + match[0].length
      const body = text.slice(from, from + 8000)
      const ends = body.indexOf('-----END')
      // A block that is never closed is a key only as far as it looks like one: prose and code quote the first line alone.
      const open = /^(?:\\[nrt]|[\s\w+/=:;,.-])*/.exec(body.slice(0, 2000))?.[0] ?? ''
      const inside = (ends === -1 ? open : body.slice(0, ends)).replace(
        /^(?:Proc-Type|DEK-Info|Version|Comment):.*$/gm,
        '',
      )
      const material = inside.replace(/\\[nrt]|[^A-Za-z0-9+/=]/g, '')
      // A real key is dense; `MIIE...` and `<key>` are a picture of one.
      if (
        material.length < Math.max(64, inside.length * 0.6) ||
        /\.{3}|…|\*{3}|<|EXAMPLE/.test(inside) ||
        new Set(material).size < 24
      )
        continue
      const encrypted = /ENCRYPTED/.test(match[0]) || /ENCRYPTED/.test(body.slice(0, 200))
      const length = ends === -1 ? Math.min(body.length, 2000) : Math.min(ends + 40, body.length)
      const tail = /^[\s\S]*?-----END [A-Z0-9 ]{1,40}-----/.exec(body.slice(0, length))?.[0].length ?? length
      seen.push({
        start: match.index,
        end: from + tail,
        kind: encrypted ? 'encrypted private key' : 'private key',
        name: undefined,
        confidence: encrypted ? 'medium' : 'high',
      })
    }
  for (const match of text.matchAll(
    /^PuTTY-User-Key-File-\d[^\n]{0,200}\n(?:[^\n]{0,400}\n){1,60}?Private-Lines: \d{1,3}\r?\n(?:[A-Za-z0-9+/=]{1,80}\r?\n){1,100}/gm,
  ))
    seen.push({
      start: match.index,
      end: match.index + match[0].length,
      kind: 'private key',
      name: undefined,
      confidence: 'high',
    })
  if (text.includes('"kty"'))
    for (const match of text.matchAll(/"d"[ \t]{0,8}:[ \t]{0,8}"([\w-]{40,1000})"/g)) {
      const end = match.index + match[0].length - 1
      const value = match[1] ?? ''
      if (standingOf(value) === 'random')
        seen.push({ start: end - value.length, end, kind: 'private key', name: 'd', confidence: 'high' })
    }
  return seen
}
