import { listed, quote } from './complaint.ts'
import type { Control, ControlUse, Parameter, Profile } from './policy.ts'

/** The parameter a text in `with` stands for: `tls.minVersion` for `$tls.minVersion`, undefined for a literal. */
export const parameterIn = (text: string): string | undefined => /^\$([A-Za-z][\w.-]{0,79})$/.exec(text)?.[1]

/** The members of a list value; lists travel as text joined by newlines. */
export const membersOf = (value: string): readonly string[] =>
  value
    .split(/[\n,]/)
    .map(member => member.trim())
    .filter(member => member !== '')

const wholeNumber = (text: string): number | undefined => (/^-?\d{1,15}$/.test(text) ? Number(text) : undefined)

/** What a value of this parameter must be, where `value` is not one; undefined where it is. */
export const expectedOf = (parameter: Parameter, value: string): string | undefined => {
  switch (parameter.type) {
    case 'enum':
      return parameter.values?.includes(value) ? undefined : `one of ${listed(parameter.values ?? [])}`
    case 'integer':
      return wholeNumber(value) === undefined ? 'a whole number' : undefined
    case 'boolean':
      return value === 'true' || value === 'false' ? undefined : 'true or false'
    case 'list': {
      const stray = parameter.values && membersOf(value).find(member => !parameter.values?.includes(member))
      return stray === undefined ? undefined : `a list of ${listed(parameter.values ?? [])}`
    }
    case 'text':
      return undefined
  }
}

/**
 * How `next` compares with `now` in strictness. An enum is ordered by its `values`, an integer by size, a flag by
 * `false` < `true`, a list by inclusion. `unordered`: neither is stricter, or the parameter has no direction.
 */
export const strictness = (
  parameter: Parameter,
  now: string,
  next: string,
): 'same' | 'stricter' | 'looser' | 'unordered' => {
  const upward = (up: boolean, down: boolean): 'same' | 'stricter' | 'looser' | 'unordered' => {
    if (up && down) return 'same'
    if (!up && !down) return 'unordered'
    if (parameter.stricter === undefined) return 'unordered'
    return up === (parameter.stricter === 'higher') ? 'stricter' : 'looser'
  }
  const byNumber = (a: number | undefined, b: number | undefined) =>
    a === undefined || b === undefined ? 'unordered' : upward(b >= a, b <= a)
  switch (parameter.type) {
    case 'enum': {
      const values = parameter.values ?? []
      return byNumber(values.indexOf(now), values.indexOf(next))
    }
    case 'integer':
      return byNumber(wholeNumber(now), wholeNumber(next))
    case 'boolean':
      return byNumber(now === 'true' ? 1 : 0, next === 'true' ? 1 : 0)
    case 'list': {
      const [before, after] = [new Set(membersOf(now)), new Set(membersOf(next))]
      return upward(
        [...before].every(member => after.has(member)),
        [...after].every(member => before.has(member)),
      )
    }
    case 'text':
      return now === next ? 'same' : 'unordered'
  }
}

/** In words, why a profile may not replace `now` by `next`; undefined where it may. */
export const looseningOf = (parameter: Parameter, now: string, next: string): string | undefined => {
  if (parameter.stricter === undefined) return undefined
  const compared = strictness(parameter, now, next)
  if (compared === 'same' || compared === 'stricter') return undefined
  const [value, floor] = [quote(next), quote(now)]
  return compared === 'looser' ? `${value} is looser than ${floor}` : `${value} cannot be compared with ${floor}`
}

/** Whether two controls mean the same by a parameter's name. */
export const sameParameter = (a: Parameter, b: Parameter): boolean =>
  a.type === b.type &&
  a.default === b.default &&
  a.stricter === b.stricter &&
  JSON.stringify(a.values ?? []) === JSON.stringify(b.values ?? [])

/** Value of each parameter of a control under a profile. */
export const valuesOf = (control: Control, profile: Pick<Profile, 'parameters'>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(control.parameters).map(([name, parameter]) => {
      const setting = Object.hasOwn(profile.parameters, name) ? profile.parameters[name] : undefined
      return [name, setting?.value ?? parameter.default]
    }),
  )

/** The `with` of a use as the check receives it: `$name` replaced by the parameter's value. */
export const resolved = (
  use: Pick<ControlUse, 'with'>,
  values: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(use.with).map(([key, text]) => {
      const name = parameterIn(text)
      return [key, name !== undefined && Object.hasOwn(values, name) ? (values[name] ?? text) : text]
    }),
  )
