import { checks } from '../checks/index.ts'
import { nearest } from '../policy/complaint.ts'
import type { Catalog, Control } from '../policy/policy.ts'
import { shipped } from '../workspace/shipped.ts'
import { type Terminal, UsageError } from './usage.ts'

/** How far a control is decided without a person: what the table in docs/ counts too. */
export const stateOf = (control: Control): 'automated' | 'partly automated' | 'manual' | 'planned' => {
  const built = control.uses.some(u => u.role === 'required')
  const missing = control.planned.some(p => p.role === 'required')
  if (built) return missing || control.attestation ? 'partly automated' : 'automated'
  return control.attestation && !missing ? 'manual' : 'planned'
}

/** `iip-audit controls [id]`: the list, or one control with everything that decides it. */
export const controls = async (
  id: string | undefined,
  format: 'text' | 'json',
  terminal: Terminal,
): Promise<number> => {
  const policy = await shipped(checks)
  if (id === undefined) {
    await terminal.out(format === 'json' ? json(policy.controls.map(plain)) : list(policy.controls, policy.catalogs))
    return 0
  }
  const control = policy.controls.find(c => c.id === id.toUpperCase())
  if (!control) {
    const near = nearest(
      id.toUpperCase(),
      policy.controls.map(c => c.id),
    )
    throw new UsageError(
      `no control "${id}"${near === undefined ? '' : ` (did you mean "${near}"?)`}; see: iip-audit controls`,
    )
  }
  await terminal.out(format === 'json' ? json(plain(control)) : one(control))
  return 0
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

const plain = (control: Control) => ({
  ...control,
  uses: control.uses.map(({ check, ...use }) => ({ check: check.id, title: check.title, ...use })),
  state: stateOf(control),
})

const list = (all: readonly Control[], catalogs: readonly Catalog[]): string => {
  const supports = (c: Control) => catalogs.flatMap(k => c.supports[k.id] ?? []).slice(0, 4)
  const rows = all.map(c => {
    const built = c.uses.filter(u => u.role === 'required').length
    const missing = c.planned.filter(p => p.role === 'required').length
    return `${c.id.padEnd(11)}  ${c.title.slice(0, 46).padEnd(46)}  ${c.severity.padEnd(8)}  ${stateOf(c).padEnd(16)}  ${built}/${built + missing}  ${supports(c).join(' ')}`
  })
  const count = (state: string) => all.filter(c => stateOf(c) === state).length
  return [
    `${'CONTROL'.padEnd(11)}  ${'TITLE'.padEnd(46)}  ${'SEVERITY'.padEnd(8)}  ${'DECIDED'.padEnd(16)}  REQUIRED CHECKS BUILT, CRITERIA`,
    ...rows,
    '',
    `${all.length} controls: ${count('automated')} automated, ${count('partly automated')} partly automated, ${count('manual')} answered by a person, ${count('planned')} planned.`,
    'One control: iip-audit controls <id>',
    '',
  ].join('\n')
}

/** Paragraph of at most 96 columns under a label. */
export const paragraph = (label: string, body: string, indent = 17): string => {
  const lines: string[] = []
  let line = ''
  for (const word of body.split(/\s+/)) {
    if (line !== '' && line.length + word.length + 1 > 96 - indent) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.map((l, i) => (i === 0 ? label.padEnd(indent) : ' '.repeat(indent)) + l).join('\n')
}

const one = (c: Control): string => {
  const parameters = Object.entries(c.parameters).map(
    ([name, p]) =>
      `${name} = ${p.default === '' ? '(empty)' : p.default}${p.values ? ` (${p.values.join(', ')})` : ''}${p.stricter ? `, a profile may only make it ${p.stricter}` : ''}`,
  )
  return [
    `${c.id}   ${c.title}`,
    `revision ${c.revision} · ${c.severity} · ${c.level} · ${stateOf(c)}`,
    '',
    paragraph('Statement', c.statement),
    paragraph('Why', c.rationale),
    ...Object.entries(c.supports).map(([id, ids]) => paragraph(`Supports ${id}`, ids.join(' '))),
    ...c.uses.map((u, i) => paragraph(i === 0 ? 'Checks' : '', `${u.check.id} (${u.role}): ${u.check.title}`)),
    ...c.planned.map((p, i) => paragraph(i === 0 ? 'Not built yet' : '', `${p.what} (${p.role})`)),
    ...(c.attestation
      ? [paragraph('A person answers', `${c.attestation.question} (valid for ${c.attestation.validFor})`)]
      : []),
    ...parameters.map((p, i) => paragraph(i === 0 ? 'Parameters' : '', p)),
    ...c.remediation.map((r, i) => paragraph(i === 0 ? 'Fix' : '', r)),
    ...c.references.map((r, i) =>
      paragraph(i === 0 ? 'Sources' : '', r.url === undefined ? r.title : `${r.title} ${r.url}`),
    ),
    '',
  ].join('\n')
}
