import type { ComposeFacts, CredentialSource } from '../facts/compose.ts'
import type { SecretSpan } from '../model.ts'
import { type Lookup, parseTemplate, type TemplatePart } from '../parse/compose-template.ts'
import { entriesIn, type SaidMap, type SaidNode, type SaidScalar, valueAt } from '../parse/compose-tree.ts'
import { type Credential, canBeSecret, credentialNamed, isReference, passwordsInUrls } from '../parse/credential.ts'
import type { Place } from '../place.ts'
import { namedValues, placeOf, rangeWithin } from './compose-said.ts'
import { credentialsInCommand, veiled } from './credential-command.ts'

/** A credential as one service is given it. */
export interface GivenCredential {
  readonly name: string
  readonly where: ComposeFacts['compose.variable']['where']
  readonly credential: Credential
  readonly value: CredentialSource
  readonly place: Place
  /** Where the value stands in the text, when it stands there. */
  readonly secret: SecretSpan | undefined
}

/** Whether a file of the tree is in git's index; undefined outside git. */
export type IsTracked = (uri: string) => boolean | undefined

/**
 * How many characters of values are still looked through for credentials in a file. Anchors can make a small file large:
 * a long command, shared by very many services.
 */
export interface ScanBudget {
  left: number
  /** Where it gave out. */
  spentAt: SaidScalar | undefined
}
export const scanBudget = (): ScanBudget => ({ left: 3 * 1024 * 1024, spentAt: undefined })

const afford = (budget: ScanBudget, scalar: SaidScalar): boolean => {
  budget.left -= scalar.value.length
  if (budget.left < 0) budget.spentAt ??= scalar
  return budget.left >= 0
}

/**
 * Every credential a service is given in its Compose file: environment, build arguments, command, labels, URLs.
 * `fromFiles`: what the environment files of the service set.
 */
export const credentialsOf = (
  service: SaidMap,
  tracked: IsTracked,
  budget: ScanBudget,
  fromFiles: Lookup = () => undefined,
): readonly GivenCredential[] => {
  const found: GivenCredential[] = []
  const add = (
    at: { scalar: SaidScalar; from: number; to: number },
    said: { name: string; where: string; credential: Credential; value: CredentialSource },
  ): void => {
    const range = rangeWithin(at.scalar, at.from, at.to)
    const holds = said.value.is === 'literal' || said.value.is === 'default'
    found.push({
      ...said,
      place: at.from === at.to ? placeOf(at.scalar) : placeOf(at.scalar, range),
      secret: holds && range.end > range.start ? { ...range, kind: said.credential } : undefined,
    })
  }

  /** A value that as a whole is a credential. */
  const whole = (
    name: string,
    where: string,
    credential: Credential,
    scalar: SaidScalar,
    from: number,
    to: number,
  ): void => {
    const raw = scalar.value.slice(from, to)
    const value = sourceOf(name, raw, credential, scalar.reading.lookup, tracked)
    if (value === undefined) return
    const inner = value.is === 'default' ? defaultIn(parseTemplate(raw)) : undefined
    const at = inner ? { scalar, from: from + inner.from, to: from + inner.to } : { scalar, from, to }
    add(at, { name, where, credential, value })
  }

  /** Credentials inside of a value that is something else: passwords in URLs, defaults, flags, assignments. */
  const inside = (name: string, where: string, scalar: SaidScalar, from: number): void => {
    if (!afford(budget, scalar)) return
    const raw = scalar.value.slice(from)
    const parts = parseTemplate(raw)
    for (const { from: start, to } of passwordsInUrls(veiled(raw, parts))) {
      whole(name, where, 'password in a URL', scalar, from + start, from + to)
    }
    for (const part of variablesIn(parts)) {
      const set = scalar.reading.lookup(part.name)
      if (set !== undefined && credentialNamed(part.name) === undefined && holdsPassword(set.value)) {
        const value = takenFrom(part.name, part.name, set, tracked)
        const at = { scalar, from: from + part.from, to: from + part.to }
        add(at, { name: part.name, where, credential: 'password in a URL', value })
      }
      const text = raw.slice(part.from, part.to)
      const nested = part.operand[0]
      const last = part.operand.at(-1)
      if (part.operator !== 'default' || nested === undefined || last === undefined) continue
      const [start, to] = [nested.from, last.to]
      for (const url of passwordsInUrls(veiled(raw.slice(start, to), parseTemplate(raw.slice(start, to))))) {
        whole(name, where, 'password in a URL', scalar, from + start + url.from, from + start + url.to)
      }
      const credential = credentialNamed(part.name)
      if (credential === undefined || text === '') continue
      const value = sourceOf(part.name, text, credential, scalar.reading.lookup, tracked)
      if (value?.is !== 'default') continue
      add({ scalar, from: from + start, to: from + to }, { name: part.name, where, credential, value })
    }
  }

  /** A name alone takes its value from `.env` of the project, else from an environment file of the service. */
  const passedThrough = (name: string, where: string, scalar: SaidScalar, credential: Credential | undefined): void => {
    const set = scalar.reading.lookup(name)
    // What an environment file of the service sets is judged where it stands there.
    if (set === undefined && fromFiles(name) !== undefined) return
    if (credential !== undefined) {
      add({ scalar, from: 0, to: 0 }, { name, where, credential, value: takenFrom(name, name, set, tracked) })
    } else if (set !== undefined && holdsPassword(set.value)) {
      const value = takenFrom(name, name, set, tracked)
      add({ scalar, from: 0, to: 0 }, { name, where, credential: 'password in a URL', value })
    }
  }

  const named = (where: string, node: SaidNode | undefined): void => {
    for (const { name, scalar, from } of namedValues(node)) {
      const credential = credentialNamed(name)
      const filed = /_FILE$|^FILE__/i.test(name) ? credentialNamed(name.replace(/_+FILE$|^FILE__/i, '')) : undefined
      const turnedOff = from === undefined ? undefined : switchedOff(name, scalar.value.slice(from))
      if (turnedOff !== undefined) {
        add(
          { scalar, from: from ?? 0, to: scalar.value.length },
          { name, where, credential: 'password', value: { is: 'switched off', setting: turnedOff } },
        )
      } else if (filed !== undefined) {
        add(
          { scalar, from: from ?? 0, to: scalar.value.length },
          { name, where, credential: filed, value: { is: 'file' } },
        )
      } else if (from === undefined) {
        passedThrough(name, where, scalar, credential)
      } else if (credential !== undefined) {
        whole(name, where, credential, scalar, from, scalar.value.length)
      } else {
        inside(name, where, scalar, from)
      }
    }
  }

  named('environment', valueAt(service, 'environment'))
  named('build.args', valueAt(service, 'build', 'args'))
  for (const { key, value } of entriesIn(service)) {
    if (key.value === 'environment') continue
    for (const { scalar, path, before } of scalarsBelow(value, key.value)) {
      if (path.startsWith('build.args')) continue
      inside(path, path, scalar, 0)
      if (budget.left < 0) continue
      if (!/^(command|entrypoint|healthcheck\.test|post_start|pre_stop)/.test(path)) continue
      for (const { name, credential, from, to } of credentialsInCommand(scalar.value, before)) {
        whole(name, path, credential, scalar, from, to)
      }
    }
  }
  return withoutRepeats(found)
}

/** One value may be found on two ways: as a default and as a flag. The first is kept. */
const withoutRepeats = (found: readonly GivenCredential[]): readonly GivenCredential[] => {
  const seen = new Set<string>()
  return found.filter(({ place, name }) => {
    const key = place.in === 'span' ? `${place.source.uri} ${place.start.line}:${place.start.column}` : name
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

const scalarsBelow = function* (
  node: SaidNode,
  path: string,
  before?: string,
): Generator<{ scalar: SaidScalar; path: string; before: string | undefined }> {
  switch (node.is) {
    case 'scalar':
      if (node.type !== 'null') yield { scalar: node, path, before }
      return
    case 'list': {
      let last: string | undefined
      for (const item of node.items) {
        const named = item.is === 'scalar' && item.name !== undefined ? `${path}.${item.name}` : path
        yield* scalarsBelow(item, named, last)
        last = item.is === 'scalar' ? item.value : undefined
      }
      return
    }
    case 'map':
      for (const { key, value } of entriesIn(node)) yield* scalarsBelow(value, `${path}.${key.value}`)
  }
}

const variablesIn = function* (parts: readonly TemplatePart[]): Generator<Extract<TemplatePart, { is: 'variable' }>> {
  for (const part of parts) {
    if (part.is !== 'variable') continue
    yield part
    yield* variablesIn(part.operand)
  }
}

/** The stretch of the first default with a value of its own. */
const defaultIn = (parts: readonly TemplatePart[]): { from: number; to: number } | undefined => {
  for (const part of parts) {
    if (part.is !== 'variable' || part.operator !== 'default') continue
    const [first, last] = [part.operand[0], part.operand.at(-1)]
    if (first === undefined || last === undefined) continue
    if (literalIn(part.operand).trim() !== '') return { from: first.from, to: last.to }
    const inner = defaultIn(part.operand)
    if (inner !== undefined) return inner
  }
  return undefined
}

const literalIn = (parts: readonly TemplatePart[]): string =>
  parts.map(part => (part.is === 'text' ? part.value : '')).join('')

const sourceOf = (
  name: string,
  raw: string,
  credential: Credential,
  lookup: Lookup,
  tracked: IsTracked,
): CredentialSource | undefined => {
  const parts = parseTemplate(raw)
  const variables = parts.filter(part => part.is === 'variable')
  const literal = literalIn(parts).trim()
  const first = variables[0]
  if (first === undefined) {
    if (literal === '') return { is: 'empty', variable: undefined, guards: guards(name) }
    if (isReference(literal)) return { is: 'file' }
    return canBeSecret(literal, credential) ? { is: 'literal' } : undefined
  }
  for (const variable of variables) {
    const found = defaultOf(variable, credential)
    if (found !== undefined) return { is: 'default', variable: found }
  }
  const set = lookup(first.name)
  if (set !== undefined && set.value !== '') return takenFrom(name, first.name, set, tracked)
  if (first.operator === 'default' && first.operand.length === 0) {
    return { is: 'empty', variable: first.name, guards: guards(name) }
  }
  return { is: 'reference', variable: first.name }
}

const holdsPassword = (value: string): boolean =>
  passwordsInUrls(value).some(({ from, to }) => !/^[$<]/.test(value.slice(from, to)))

/** What a variable without a value of its own comes to. */
const takenFrom = (name: string, variable: string, set: ReturnType<Lookup>, tracked: IsTracked): CredentialSource => {
  if (set === undefined) return { is: 'reference', variable: undefined }
  if (set.value.trim() === '') return { is: 'empty', variable, guards: guards(name) }
  if (isReference(set.value)) return { is: 'file' }
  return { is: 'environment file', uri: set.from, tracked: tracked(set.from) }
}

/** The variable whose default is a credential, looking into nested defaults. */
const defaultOf = (variable: Extract<TemplatePart, { is: 'variable' }>, credential: Credential): string | undefined => {
  if (variable.operator !== 'default') return undefined
  const literal = literalIn(variable.operand).trim()
  if (literal !== '' && canBeSecret(literal, credential) && !isReference(literal)) return variable.name
  for (const part of variable.operand) {
    const inner = part.is === 'variable' ? defaultOf(part, credential) : undefined
    if (inner !== undefined) return inner
  }
  return undefined
}

/**
 * Credentials of the service itself: where they are empty, nobody is asked for one, a well-known one holds, or what it
 * signs can be forged. The images of PostgreSQL, MySQL and MariaDB are not among them: they refuse to start.
 */
const guarding: ReadonlySet<string> = new Set(
  (
    'MONGO_INITDB_ROOT_PASSWORD REDIS_PASSWORD VALKEY_PASSWORD CLICKHOUSE_PASSWORD ' +
    'GF_SECURITY_ADMIN_PASSWORD MINIO_ROOT_PASSWORD MINIO_SECRET_KEY ADMIN_PASSWORD ' +
    'API_KEY API_TOKEN API_SECRET JWT_SECRET JWT_SECRET_KEY SECRET_KEY SECRET_KEY_BASE SESSION_SECRET APP_SECRET APP_KEY ' +
    'DJANGO_SECRET_KEY FLASK_SECRET_KEY'
  ).split(' '),
)
const guards = (name: string): boolean => guarding.has(name.toUpperCase())

/** Settings that do away with a password (manuals of the images named). */
const switchedOff = (name: string, value: string): string | undefined => {
  const text = value.trim().toLowerCase()
  switch (name.toUpperCase()) {
    case 'POSTGRES_HOST_AUTH_METHOD':
      return text === 'trust' ? 'POSTGRES_HOST_AUTH_METHOD=trust' : undefined
    case 'MYSQL_ALLOW_EMPTY_PASSWORD':
    case 'MARIADB_ALLOW_EMPTY_PASSWORD':
    case 'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD':
      // These images look only whether the variable is empty: `no` is as good as `yes`.
      return text === '' || text.includes('$') ? undefined : `${name.toUpperCase()} is set`
    case 'ALLOW_EMPTY_PASSWORD':
      return /^(yes|true|1)$/.test(text) ? 'ALLOW_EMPTY_PASSWORD=yes' : undefined
    case 'NEO4J_AUTH':
      return text === 'none' ? 'NEO4J_AUTH=none' : undefined
    default:
      return undefined
  }
}
