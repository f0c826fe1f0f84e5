import { readFile } from 'node:fs/promises'
import type { Check } from '../check.ts'
import type { Catalog, Control } from '../policy/policy.ts'
import { reviveControls, type StoredControl } from '../policy/stored.ts'

/** What the build compiles from controls/: validated there, so that a run parses none of it. */
export interface StoredPolicy {
  readonly catalogs: readonly Catalog[]
  readonly controls: readonly StoredControl[]
}

/**
 * The controls and catalogs this version ships, from the file the build writes beside the bundle.
 *
 * @throws when the file is missing or of another build: the installation is broken
 */
export const shipped = async (
  checks: ReadonlyMap<string, Check>,
): Promise<{ readonly catalogs: readonly Catalog[]; readonly controls: readonly Control[] }> => {
  const stored = JSON.parse(await readFile(new URL('./policy.json', import.meta.url), 'utf8')) as StoredPolicy
  return { catalogs: stored.catalogs, controls: reviveControls(stored.controls, checks) }
}

/** What a check says in its fixtures, by verdict; for whoever wants to know how it judges. */
export interface Verdicts {
  readonly conforms: readonly string[]
  readonly violates: readonly string[]
  readonly unsure: readonly string[]
  readonly exempt: readonly string[]
}

/** @throws when the file is missing: the installation is broken */
export const shippedVerdicts = async (check: string): Promise<Verdicts | undefined> => {
  const stored = await readFile(new URL('./verdicts.json', import.meta.url), 'utf8')
  return (JSON.parse(stored) as Readonly<Record<string, Verdicts>>)[check]
}
