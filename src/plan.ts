import type { BoundCheck } from './check.ts'
import type { Condition } from './decide.ts'
import { canonical } from './digest.ts'
import { kinds } from './facts/index.ts'
import type { FactKind, Question, Role, Severity } from './model.ts'
import { resolved, valuesOf } from './policy/parameters.ts'
import type { Catalog, Control, Policy } from './policy/policy.ts'

/** What of the policy a run is about. Empty lists mean everything. */
export interface Selection {
  /** `soc2`, or `soc2:security,availability`. */
  readonly frameworks: readonly FrameworkChoice[]
  readonly controls: readonly string[]
  readonly checks: readonly string[]
}

export interface FrameworkChoice {
  readonly id: string
  /** Empty: all categories. */
  readonly categories: readonly string[]
}

export interface PlannedUse {
  readonly role: Role
  readonly severity: Severity
  readonly with: Readonly<Record<string, string>>
  readonly bound: BoundCheck
  /** Uses equal in check and parameters share a key and are judged once. */
  readonly key: string
  /** Left out by `--control` or `--check`, or left to the roll-up: counts as not asked. */
  readonly selected: boolean
}

export interface PlannedControl {
  readonly control: Control
  readonly uses: readonly PlannedUse[]
  readonly parameters: Readonly<Record<string, { value: string; default: string; setBy: string }>>
  readonly selected: boolean
  /** A system's control in a repository that is one of several: judged by the roll-up. */
  readonly leftToRollUp: boolean
}

export interface Plan {
  readonly catalogs: readonly Catalog[]
  readonly controls: readonly PlannedControl[]
  /** Every distinct use that is selected, by key. */
  readonly uses: ReadonlyMap<string, BoundCheck>
  readonly questions: readonly Question[]
}

const inScope = (catalogs: readonly Catalog[], control: Control): boolean =>
  catalogs.some(catalog => {
    const ids = new Set(catalog.requirements.map(r => r.id))
    return control.supports[catalog.id]?.some(id => ids.has(id)) ?? false
  })

/** A catalog cut down to the chosen categories. The common criteria (`security`) belong to every choice: TSP section 100. */
const chosen = (catalog: Catalog, categories: readonly string[]): Catalog =>
  categories.length === 0
    ? catalog
    : {
        ...catalog,
        requirements: catalog.requirements.filter(r => r.category === 'common' || categories.includes(r.category)),
      }

/** The controls in scope, their uses with parameters filled in, and the union of what they ask. */
export const plan = (policy: Policy, selection: Selection): Plan => {
  const catalogs = policy.catalogs.flatMap(catalog => {
    const asked = selection.frameworks.find(f => f.id === catalog.id)
    if (selection.frameworks.length > 0 && !asked) return []
    const inProfile = policy.profile.frameworks[catalog.id]
    const declared = Object.keys(policy.profile.frameworks)
    if (!asked && declared.length > 0 && !inProfile) return []
    const categories = asked && asked.categories.length > 0 ? asked.categories : (inProfile ?? [])
    return [chosen(catalog, categories)]
  })
  const controls = policy.controls
    .filter(control => inScope(catalogs, control))
    .map(control => planControl(control, policy, selection))
  const uses = new Map<string, BoundCheck>()
  const questions = new Map<string, Question>()
  for (const { uses: own, control, leftToRollUp, selected } of controls) {
    if (!selected) continue
    for (const use of own) {
      if (!use.selected) continue
      uses.set(use.key, use.bound)
      for (const question of use.bound.questions) questions.set(canonical(question), question)
    }
    if (control.appliesWhen && !leftToRollUp)
      for (const kind of kindsOf(control.appliesWhen)) {
        const already = [...questions.values()].some(q => q.kind === kind)
        if (!already) questions.set(canonical({ kind }), { kind } as Question)
      }
  }
  return { catalogs, controls, uses, questions: [...questions.values()] }
}

const planControl = (control: Control, policy: Policy, selection: Selection): PlannedControl => {
  const leftToRollUp = control.level === 'system' && policy.profile.system !== undefined
  const selected =
    (selection.controls.length === 0 || selection.controls.includes(control.id)) &&
    (selection.checks.length === 0 || control.uses.some(use => selection.checks.includes(use.check.id)))
  const values = valuesOf(control, policy.profile)
  const parameters = Object.fromEntries(
    Object.entries(control.parameters).map(([name, parameter]) => {
      const setting = policy.profile.parameters[name]
      return [
        name,
        {
          value: values[name] ?? parameter.default,
          default: parameter.default,
          setBy: setting ? `${setting.uri}:${setting.at.line}:${setting.at.column}` : 'default',
        },
      ]
    }),
  )
  const uses = control.uses.map(use => {
    const filled = resolved(use, values)
    const bound = use.check.bind(filled)
    // The loader has tried the same values: a failure here is our bug, not the user's instruction.
    if (!bound.ok) throw new TypeError(`${control.id}: ${use.check.id} expects ${bound.key} to be ${bound.expected}`)
    return {
      role: use.role,
      severity: use.severity ?? control.severity,
      with: filled,
      bound: bound.use,
      key: canonical([use.check.id, filled]),
      selected: selected && !leftToRollUp && (selection.checks.length === 0 || selection.checks.includes(use.check.id)),
    }
  })
  return { control, uses, parameters, selected, leftToRollUp }
}

/** The kinds a condition looks for. */
export const kindsOf = (condition: Condition): readonly FactKind[] => {
  switch (condition.is) {
    case 'constant':
      return []
    case 'found':
      return condition.kind in kinds ? [condition.kind as FactKind] : []
    case 'not':
      return kindsOf(condition.of)
    case 'and':
    case 'or':
      return condition.of.flatMap(kindsOf)
  }
}
