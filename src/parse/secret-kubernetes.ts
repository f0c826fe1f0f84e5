import { fromBase64 } from './base64.ts'
import { nameSaysSecret } from './secret-name.ts'
import type { SecretSeen } from './secret-seen.ts'
import { standingOf } from './secret-value.ts'

/** `kind: Secret` on a line of its own, as YAML lets it be written. */
export const isKindSecret = /^kind:[ \t]{1,4}["']?Secret["']?[ \t]*(?:#.*)?\r?$/m

/** Every value below `data:` (base64) and `stringData:` of a Secret is one, unless it is to be filled in. */
export const kubernetesSecrets = (text: string): SecretSeen[] => {
  const seen: SecretSeen[] = []
  let at = 0
  let isSecret = false
  let looks = 0
  let block: 'data' | 'stringData' | undefined
  for (const line of text.split('\n')) {
    const from = at
    at += line.length + 1
    if (/^---/.test(line)) isSecret = false
    if (/^\S/.test(line)) {
      if (/^kind:/.test(line)) isSecret = isKindSecret.test(line)
      block = /^data:/.test(line) ? 'data' : /^stringData:/.test(line) ? 'stringData' : undefined
      // `kind` mostly stands before the data; a document that has it after is looked at too.
      if (/^(?:data|stringData):/.test(line) && !isSecret && looks++ < 50)
        isSecret = isKindSecret.test(text.slice(at, at + 20_000).split('\n---')[0] ?? '')
      continue
    }
    const match =
      isSecret && block !== undefined && line.length <= 20_000
        ? /^[ \t]{1,8}["']?([\w.-]{1,100})["']?:[ \t]{1,8}(["']?)(\S{3,8000}?)\2[ \t]*\r?$/.exec(line)
        : null
    const value = match?.[3] ?? ''
    const name = match?.[1] ?? ''
    if (value === '' || /\.(?:crt|pem|cert)$|^ca/.test(name)) continue
    const plainValue = block === 'data' ? fromBase64(value) : value
    if (plainValue === '' || standingOf(plainValue.replace(/\n$/, '')) === 'none' || standingOf(value) === 'none')
      continue
    // A user or a host in a Secret is none: by its name, or because it is a word that nothing calls a credential.
    const called = nameSaysSecret(name)
    if (
      called === undefined &&
      (/user|host|port|name|database|url|endpoint|region/i.test(name) || standingOf(plainValue) === 'guessable')
    )
      continue
    const start = from + line.lastIndexOf(value)
    seen.push({ start, end: start + value.length, kind: called ?? 'secret', name, confidence: 'high' })
  }
  return seen
}
