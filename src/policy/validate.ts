import type { ErrorObject, ValidateFunction } from 'ajv'
import { listed, nearest, quote } from './complaint.ts'
import type { Complaint } from './policy.ts'
import type { Node } from './positioned.ts'
import { formats, loaderSchema, type SchemaName } from './schemas.ts'

const compiled = new Map<SchemaName, ValidateFunction>()

/** Compiled on first need: a run without files of the user's never loads the validator. */
const validatorOf = async (name: SchemaName): Promise<ValidateFunction> => {
  const known = compiled.get(name)
  if (known) return known
  const { Ajv } = await import('./ajv.ts')
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, strictTypes: false, strictRequired: false })
  for (const [format, { test }] of Object.entries(formats)) ajv.addFormat(format, test)
  const validate = ajv.compile(loaderSchema(name))
  compiled.set(name, validate)
  return validate
}

const describe = (value: unknown): string => {
  if (typeof value === 'string') return value === '' ? 'nothing' : `text ${quote(value)}`
  return Array.isArray(value) ? 'a list' : 'a map'
}

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object' ? (value as Readonly<Record<string, unknown>>) : {}

/** The path of an error as a person says it: the last key, with the indexes behind it. */
const label = (path: readonly string[]): string => {
  let from = path.length - 1
  while (from > 0 && /^\d+$/.test(path[from] ?? '')) from--
  const [key = 'the file', ...indexes] = path.slice(Math.max(from, 0))
  return /^\d+$/.test(key) && path.length > 0
    ? `entry ${Number(key) + 1}`
    : `${key}${indexes.map(index => `[${index}]`).join('')}`
}

/** The shape of a file against its schema: every complaint at its place, in words. */
export const validate = async (name: SchemaName, root: Node): Promise<readonly Complaint[]> => {
  const check = await validatorOf(name)
  if (root.value === undefined) return [{ uri: root.uri, at: root.at, message: 'the file is empty' }]
  if (check(root.value)) return []
  const errors = check.errors ?? []
  const complaints: Complaint[] = []
  /** `path key` of missing keys that an unknown key beside them was surely meant to be. */
  const misspelt = new Set<string>()
  const complain = (node: Node, at: 'value' | 'key', message: string, suggestion?: string) =>
    complaints.push({
      uri: node.uri,
      at: at === 'key' ? node.keyAt : node.at,
      message,
      ...(suggestion === undefined ? {} : { suggestion }),
    })

  const pathOf = (error: ErrorObject): readonly string[] =>
    error.instancePath
      .split('/')
      .slice(1)
      .map(part => part.replace(/~1/g, '/').replace(/~0/g, '~'))
  const nodeAt = (path: readonly string[]): Node => path.reduce((node, key) => node.get(key), root)

  for (const error of errors) {
    if (error.keyword !== 'additionalProperties') continue
    const path = pathOf(error)
    const key = String(record(error.params)['additionalProperty'])
    const known = Object.keys(record(error.parentSchema?.['properties']))
    const suggestion = nearest(key, known)
    const place = path.length === 0 ? '' : ` in ${label(path)}`
    const rest = suggestion === undefined ? `; known are ${listed(known, 20)}` : ''
    complain(nodeAt([...path, key]), 'key', `unknown key ${quote(key)}${place}${rest}`, suggestion)
    if (suggestion !== undefined) misspelt.add(`${error.instancePath} ${suggestion}`)
  }
  for (const error of errors) {
    const path = pathOf(error)
    const node = nodeAt(path)
    const what = label(path)
    const text = typeof error.data === 'string' ? error.data : ''
    switch (error.keyword) {
      case 'additionalProperties':
      case 'if':
        break
      case 'required': {
        const missing = String(record(error.params)['missingProperty'])
        if (misspelt.has(`${error.instancePath} ${missing}`)) break
        complain(node, 'key', `${quote(missing)} is missing${path.length === 0 ? '' : ` in ${what}`}`)
        break
      }
      case 'type': {
        const wanted = String(record(error.params)['type'])
        const words = wanted === 'array' ? 'a list' : wanted === 'object' ? 'a map' : 'text'
        complain(node, 'value', `${what} must be ${words}, but is ${describe(error.data)}`)
        break
      }
      case 'enum': {
        const known = (Array.isArray(error.schema) ? error.schema : []).map(String)
        if (text === '') complain(node, 'value', `${what} is empty; it is one of ${listed(known)}`)
        else complain(node, 'value', `${what} ${quote(text)} is not one of ${listed(known)}`, wordFor(text, known))
        break
      }
      case 'format': {
        const format = Object.entries(formats).find(([key]) => key === error.schema)?.[1]
        if (text !== '') complain(node, 'value', `${what} ${quote(text)} is not ${format?.expected ?? 'right'}`)
        break
      }
      case 'minLength':
        complain(node, 'value', `${what} is empty`)
        break
      case 'minItems':
      case 'minProperties':
        complain(node, 'value', `${what} holds no entry; it needs at least one`)
        break
      default:
        complain(node, 'value', `${what} ${error.message ?? 'is not right'}`)
    }
  }
  return complaints
}

const wordFor = (text: string, known: readonly string[]): string | undefined => {
  const other = { true: 'yes', false: 'no', yes: 'true', no: 'false' }[text]
  return other !== undefined && known.includes(other) ? other : nearest(text, known)
}
