import type { Check } from '../check.ts'
import type { Control, ControlUse } from './policy.ts'

/**
 * A control as plain data: its checks stand as ids. The shipped controls are compiled to this form at build time, so
 * that a run parses and validates no YAML but the user's own.
 */
export type StoredControl = Omit<Control, 'uses' | 'appliesWhen' | 'attestation'> & {
  readonly uses: readonly (Omit<ControlUse, 'check'> & { readonly check: string })[]
  readonly appliesWhen?: Control['appliesWhen']
  readonly attestation?: Control['attestation']
}

export const storeControls = (controls: readonly Control[]): readonly StoredControl[] =>
  controls.map(({ uses, ...control }) => ({
    ...control,
    uses: uses.map(({ check, ...use }) => ({ ...use, check: check.id })),
  }))

/**
 * The controls again, with the checks themselves.
 *
 * @throws when a check is not among `checks`: the stored controls and the checks come from different builds
 */
export const reviveControls = (
  stored: readonly StoredControl[],
  checks: ReadonlyMap<string, Check>,
): readonly Control[] =>
  stored.map(({ uses, appliesWhen, attestation, ...control }) => ({
    ...control,
    appliesWhen,
    attestation,
    uses: uses.map(({ check: id, ...use }) => {
      const check = checks.get(id)
      if (!check) throw new Error(`${control.id} uses check "${id}", which this build does not have`)
      return { ...use, check }
    }),
  }))
