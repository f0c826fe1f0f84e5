import { readdir, readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import type { Check } from '../src/check.ts'
import { stateOf } from '../src/cli/controls.ts'
import { kinds } from '../src/facts/index.ts'
import type { Catalog, Control } from '../src/policy/policy.ts'
import { verdictsOf } from './verdicts.ts'

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
const fence = (text: string): string => `\`\`\`\n${text}\n\`\`\``

/** Whether both a case that must fail and one that must pass exist: without them nothing counts as automated. */
export const casesOf = async (check: string): Promise<readonly string[]> => {
  const text = await readFile(`fixtures/${check}/expect.yaml`, 'utf8').catch(() => '')
  return Object.keys((parse(text) as Record<string, unknown> | null) ?? {})
}
export const isProven = async (check: string): Promise<boolean> => {
  const cases = await casesOf(check)
  return ['pass', 'fail'].every(kind => cases.some(c => c === kind || c.startsWith(`${kind}-`)))
}

/** One page per check. */
export const checkPage = async (check: Check, controls: readonly Control[]): Promise<string> => {
  const used = controls.flatMap(c => c.uses.filter(u => u.check.id === check.id).map(u => ({ c, u })))
  const ifNone =
    check.ifNone === 'not-applicable'
      ? 'nothing to judge; the check is empty'
      : 'violates' in check.ifNone
        ? `a finding: ${check.ifNone.violates}`
        : `unsure: ${check.ifNone.unsure}`
  const cases = await casesOf(check.id)
  const verdicts = Object.entries(await verdictsOf(check.id)).filter(([, said]) => said.length > 0)
  return [
    `# ${check.id}`,
    '',
    check.title,
    '',
    `*Confidence: ${check.confidence}.* ${check.why}`,
    '',
    '## What it looks at',
    '',
    ...check.kinds.map(kind => `- \`${kind}\`: ${kinds[kind]}`),
    '',
    `When there is none: ${ifNone}.`,
    ...(check.blind === undefined ? [] : ['', `What it cannot see: ${check.blind}`]),
    ...(Object.keys(check.params).length === 0
      ? []
      : [
          '',
          '## Parameters',
          '',
          '| Parameter | Meaning | Default |',
          '|---|---|---|',
          ...Object.entries(check.params).map(
            ([name, p]) =>
              `| \`${name}\` | ${cell(p.says)} | ${String(p.default) === '' ? 'empty' : `\`${cell(String(p.default))}\``} |`,
          ),
        ]),
    ...(check.samples
      ? [
          '',
          '## Samples',
          '',
          'Violates:',
          '',
          fence(check.samples.bad),
          '',
          'Conforms:',
          '',
          fence(check.samples.good),
        ]
      : []),
    '',
    '## What it says',
    '',
    ...verdicts.flatMap(([verdict, said]) => [
      `*${verdict}*`,
      '',
      ...said.map(text => `- ${text.replaceAll('<', '&lt;')}`),
      '',
    ]),
    '## Fix',
    '',
    check.fix,
    ...(check.source === undefined ? [] : ['', `Source: ${check.source}.`]),
    '',
    '## Used by',
    '',
    ...(used.length === 0
      ? ['No control.']
      : used.map(({ c, u }) => `- ${c.id} ${c.title} (${u.role}, ${u.severity ?? c.severity})`)),
    '',
    `Samples and expectations: \`fixtures/${check.id}/\` (${cases.length} cases).`,
    '',
  ].join('\n')
}

/** The table of all controls: what decides each, honestly. */
export const controlsPage = async (controls: readonly Control[], catalogs: readonly Catalog[]): Promise<string> => {
  const proven = new Map<string, boolean>()
  for (const c of controls)
    for (const u of c.uses) if (!proven.has(u.check.id)) proven.set(u.check.id, await isProven(u.check.id))
  const automated = (c: Control) => c.uses.some(u => u.role === 'required' && proven.get(u.check.id))
  const rows = controls.map(c => {
    const built = c.uses.filter(u => u.role === 'required').map(u => `\`${u.check.id}\``)
    const planned = c.planned.filter(p => p.role === 'required').length
    return `| ${c.id} | ${cell(c.title)} | ${c.level} | ${c.severity} | ${stateOf(c)} | ${[...new Set(built)].join(', ') || 'none'} | ${planned} | ${c.attestation ? 'yes' : 'no'} | ${catalogs.flatMap(k => c.supports[k.id] ?? []).join(' ')} |`
  })
  const of = (state: string) => controls.filter(c => stateOf(c) === state).length
  const covered = (k: Catalog) => {
    const reached = new Set(controls.flatMap(c => c.supports[k.id] ?? []))
    const counted = k.requirements.filter(r => !r.cited)
    return `${k.id} ${k.version}: ${counted.filter(r => reached.has(r.id)).length} of ${counted.length} requirements are reached by a control`
  }
  return [
    '# Controls',
    '',
    `${controls.length} controls. ${of('automated')} are automated: every required check is built and no person is asked.`,
    `${of('partly automated')} are partly automated: some required checks are built, the rest are planned or answered by a person, so the control is at best *not run* or *manual*, never *pass*.`,
    `${of('manual')} are answered by a person. ${of('planned')} are planned: no required check is built yet.`,
    `${controls.filter(automated).length} have at least one required check with samples that must fail and samples that must pass.`,
    '',
    ...catalogs.map(k => `- ${covered(k)}.`),
    '',
    '| Control | Title | Level | Severity | Decided | Required checks built | Required checks planned | Asks a person | Supports |',
    '|---|---|---|---|---|---|---:|---|---|',
    ...rows,
    '',
  ].join('\n')
}

/** Pages that no check stands behind any more. */
export const stalePages = async (checks: ReadonlyMap<string, Check>): Promise<readonly string[]> =>
  (await readdir('docs/checks').catch(() => [])).filter(
    name => name.endsWith('.md') && name !== 'README.md' && !checks.has(name.slice(0, -3)),
  )

export const checksIndexPage = (checks: ReadonlyMap<string, Check>): string =>
  [
    '# Checks',
    '',
    '| Check | Should be true |',
    '|---|---|',
    ...[...checks.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map(c => `| [${c.id}](${c.id}.md) | ${cell(c.title)} |`),
    '',
  ].join('\n')
