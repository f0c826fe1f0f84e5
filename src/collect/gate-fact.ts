import type { Gate, WorkflowFacts } from '../facts/workflow.ts'
import type { Fact } from '../model.ts'
import { type Place, root } from '../place.ts'
import type { GateReading, Opaque } from './gate.ts'
import { names } from './gate-name.ts'
import { standingOf } from './gate-result.ts'

/** Gates whose absence the check itself words: nothing stands for it here. */
const silent: ReadonlySet<Gate> = new Set(['tests', 'secret-scan'])

/** Steps of one job that are not read for the same reason are told once. */
const told = (opaque: readonly Opaque[]): readonly Opaque[] => {
  const byReason = new Map<string, { readonly first: Opaque; more: number }>()
  for (const o of opaque) {
    const key = JSON.stringify([o.workflow, o.job, o.because])
    const known = byReason.get(key)
    if (known) known.more++
    else byReason.set(key, { first: o, more: 0 })
  }
  return [...byReason.values()].map(({ first, more }) =>
    more === 0
      ? first
      : {
          ...first,
          because: `${first.because} (nor ${more === 1 ? 'is another step' : `are ${more} more steps`} of the job)`,
        },
  )
}

/** One fact per place a gate is invoked; where nothing invokes it, one per sign that it was meant to be. */
export const gateFacts = (
  gate: Gate,
  reading: GateReading,
  signs: {
    readonly setUp: readonly { readonly name: string; readonly place: Place; readonly because: string }[]
    readonly otherSystems: readonly { readonly name: string; readonly place: Place }[]
    readonly hosted: { readonly place: Place } | undefined
    readonly needed: boolean
  },
): readonly Fact<'ci.gate'>[] => {
  const own = reading.gated.filter(g => g.gate === gate)
  const blocked = own.some(g => g.result.is === 'blocks')
  const facts: Fact<'ci.gate'>[] = []
  const times = new Map<string, number>()
  const add = (id: string, place: Place, data: Omit<WorkflowFacts['ci.gate'], 'gate'>): void => {
    const before = times.get(id) ?? 0
    times.set(id, before + 1)
    facts.push({
      kind: 'ci.gate',
      id: before === 0 ? id : `${id}#${before + 1}`,
      place,
      data: { gate, ...data },
    })
  }
  const results = own.map(o => o.result)
  for (const g of own) {
    add(`ci.gate:${gate}:${g.workflow}/${g.job}/${g.step}`, g.place, {
      standing: standingOf(g.result, results),
      because: g.result.because,
      command: g.command,
      workflow: g.workflow,
      job: g.job,
      step: g.step,
      brokenBy: g.result.at,
      reliedOnBy: g.reliedOnBy,
    })
  }
  if (own.length > 0 && (blocked || own.some(g => g.result.is !== 'beside' && g.result.is !== 'off'))) return facts
  const unseen = told(reading.opaque.filter(o => o.passed && o.mentions(gate)))
  for (const o of unseen)
    add(`ci.gate:${gate}:${o.workflow}/${o.job}/${o.step}`, o.place, {
      standing: 'unknown',
      because: o.because,
      command: undefined,
      workflow: o.workflow,
      job: o.job,
      step: o.step,
      brokenBy: undefined,
      reliedOnBy: [],
    })
  const nowhere = {
    command: undefined,
    workflow: undefined,
    job: undefined,
    step: undefined,
    brokenBy: undefined,
    reliedOnBy: [],
  }
  if (unseen.length === 0 && signs.needed)
    for (const { name, place } of signs.otherSystems)
      add(`ci.gate:${gate}:${name}`, place, {
        ...nowhere,
        standing: 'unknown',
        because: `another CI system is configured (${name}), which is not read`,
      })
  if (facts.length > 0) return facts
  if (signs.hosted && signs.setUp.some(s => s.name === 'pre-commit'))
    add(`ci.gate:${gate}:pre-commit.ci`, signs.hosted.place, {
      ...nowhere,
      standing: 'unknown',
      because: 'pre-commit.ci is configured; whether it is installed for this repository is not visible',
    })
  else
    for (const { name, place, because } of signs.setUp)
      add(`ci.gate:${gate}:${name}`, place, { ...nowhere, standing: 'never-runs', because })
  if (facts.length === 0 && !silent.has(gate) && signs.needed)
    add(`ci.gate:${gate}:none`, root, {
      ...nowhere,
      standing: 'never-runs',
      because: `nothing in this repository runs or installs ${names[gate].called}`,
    })
  return facts
}
