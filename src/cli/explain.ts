import { audit } from '../audit.ts'
import type { Check } from '../check.ts'
import { checks } from '../checks/index.ts'
import { collectors } from '../collect/index.ts'
import { kinds } from '../facts/index.ts'
import type { GapCause } from '../model.ts'
import { nearest } from '../policy/complaint.ts'
import type { Catalog, Control, Policy } from '../policy/policy.ts'
import type { Report, ReportUse } from '../report/report.ts'
import { visible } from '../report/visible.ts'
import { shippedVerdicts, type Verdicts } from '../workspace/shipped.ts'
import { paragraph } from './controls.ts'
import { openTarget } from './target.ts'
import { type Terminal, UsageError } from './usage.ts'
import { version } from './version.ts'

/** What each cause of a gap means, and what brings the missing thing into sight. */
const causes: Readonly<Record<GapCause, string>> = {
  unreadable:
    'A file, folder or endpoint is there (or should be) and could not be read: permissions, a broken object store, a refused connection. Make it readable and run again.',
  unparsed:
    'Something was read and not understood: a syntax error, an unknown format, no text. The reason names the place. Nothing behind it was assumed to be fine.',
  unresolved:
    'A name leads nowhere that can be seen: an include outside the tree, a missing mount source, history cut off by a shallow clone. Bring the thing into the tree, or judge where it is.',
  'too-large': 'A bound was reached. Bounds keep a hostile tree from hanging the run; the reason names the bound.',
  'not-asked':
    'The run did not ask: a live check without --live, an input that was not given. The control is at best not run.',
  denied:
    'Reading was refused on purpose: a symbolic link, a path outside the target, a file the profile excludes. What is behind it was not judged.',
  bug: 'iip-audit failed here. Everything else was judged, and the run ends with exit code 4. Please report it.',
}

const exits: readonly string[] = [
  'Nothing that counts at or above --fail-on (default high). It does not say that every control passed: read the report.',
  'At least one finding violates a control that applies, is not waived, and is at or above --fail-on.',
  'The instructions are wrong: options, profile, controls, waivers, attestations, or a report that could not be written. Nothing was judged.',
  '--strict was given and a control is inconclusive (with --strict=all: also not run, or waiting for a person).',
  'A bug in iip-audit: a check or collector crashed. Everything else was judged and every report written.',
]

/** `iip-audit explain <id>`. */
export const explain = async (id: string, terminal: Terminal): Promise<number> => {
  const cause = Object.entries(causes).find(([name]) => name === id)
  if (cause) {
    await terminal.out(`${cause[0]}   why something could not be seen\n\n${paragraph('', cause[1], 0)}\n`)
    return 0
  }
  const exit = /^(?:exit-?)?([0-4])$/.exec(id)
  if (exit) {
    await terminal.out(`exit ${exit[1]}\n\n${paragraph('', exits[Number(exit[1])] ?? '', 0)}\n`)
    return 0
  }
  const { workspace, policy } = await openTarget('.', { profile: undefined, asOf: terminal.today }, terminal)
  const check = checks.get(id)
  const control = policy.controls.find(c => c.id === id.toUpperCase())
  const criterion = policy.catalogs.flatMap(c =>
    c.requirements.filter(r => r.id.toLowerCase() === id.toLowerCase()).map(r => ({ c, r })),
  )[0]
  const usedBy = policy.controls.filter(c => c.uses.some(u => u.check.id === id))
  const selected = check
    ? usedBy
    : control
      ? [control]
      : criterion
        ? controlsFor(policy, criterion.c, criterion.r.id)
        : []
  if (!check && !control && !criterion) {
    const known = [
      ...checks.keys(),
      ...policy.controls.map(c => c.id),
      ...policy.catalogs.flatMap(c => c.requirements.map(r => r.id)),
      ...Object.keys(causes),
      ...exits.map((_, i) => `exit-${i}`),
    ]
    const near = nearest(id, known)
    throw new UsageError(`nothing is called "${id}"${near === undefined ? '' : ` (did you mean "${near}"?)`}`)
  }
  const report =
    selected.length === 0
      ? undefined
      : await audit(
          {
            policy,
            workspace,
            path: '.',
            version,
            policyFrom: '',
            selection: { frameworks: [], controls: selected.map(c => c.id), checks: check ? [check.id] : [] },
            failOn: 'none',
            strict: 'off',
            inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: terminal.today },
            signal: terminal.signal,
          },
          collectors,
        )
  const lines = check
    ? ofCheck(check, usedBy, await shippedVerdicts(check.id), report)
    : control
      ? ofControl(control, report)
      : criterion
        ? ofCriterion(criterion.c, criterion.r.id, report)
        : []
  await terminal.out(`${lines.join('\n')}\n`)
  return 0
}

const controlsFor = (policy: Policy, catalog: Catalog, id: string): readonly Control[] =>
  policy.controls.filter(c => c.supports[catalog.id]?.includes(id))

const indented = (label: string, body: string): readonly string[] =>
  body.split('\n').map((line, i) => `${i === 0 ? label.padEnd(17) : ' '.repeat(17)}${line}`)

const ofCheck = (
  check: Check,
  usedBy: readonly Control[],
  verdicts: Verdicts | undefined,
  report: Report | undefined,
): readonly string[] => {
  const used = usedBy.map(c => {
    const use = c.uses.find(u => u.check.id === check.id)
    return `${c.id} (${use?.severity ?? c.severity})`
  })
  const ifNone =
    check.ifNone === 'not-applicable'
      ? 'the check is empty: nothing to judge'
      : 'violates' in check.ifNone
        ? `violates: ${check.ifNone.violates}`
        : `unsure: ${check.ifNone.unsure}`
  return [
    `${check.id}   ${check.confidence} confidence · used by ${used.join(', ') || 'no control'}`,
    '',
    paragraph('Should be true', check.title),
    paragraph('Why', check.why),
    ...check.kinds.map((kind, i) => paragraph(i === 0 ? 'Looks at' : '', `${kind}: ${kinds[kind]}`)),
    paragraph('If none is found', ifNone),
    ...(verdicts === undefined ? [] : ['Says', ...judged(verdicts)]),
    ...(check.blind === undefined ? [] : [paragraph('Cannot see', check.blind)]),
    ...Object.entries(check.params).map(([name, p], i) =>
      paragraph(i === 0 ? 'Parameters' : '', `${name}: ${p.says} (default ${String(p.default) || 'empty'})`),
    ),
    ...(check.samples ? ['', ...indented('Bad', check.samples.bad), ...indented('Good', check.samples.good), ''] : []),
    paragraph('Fix', check.fix),
    paragraph(
      'Not this case?',
      'Exclude the file in the profile (with reason and end date) or waive the finding; both show in the evidence.',
    ),
    ...(check.source === undefined ? [] : [paragraph('Source', check.source)]),
    ...here(report, check.id),
    paragraph('Tests', `fixtures/${check.id}/`),
  ]
}

/** In the words of its fixtures, in the order of a reader's interest. */
const judged = (verdicts: Verdicts | undefined): readonly string[] =>
  (['violates', 'unsure', 'conforms', 'exempt'] as const).flatMap(verdict =>
    (verdicts?.[verdict] ?? []).map((text, i) => paragraph(i === 0 ? `  ${verdict}` : '', `- ${text}`)),
  )

const here = (report: Report | undefined, check: string): readonly string[] => {
  const use = report?.controls.flatMap(c => c.checks).find(u => u.check === check)
  if (!report || !use) return []
  const p = use.population
  const counts = [
    `${p.conforms} conform${p.conforms === 1 ? 's' : ''}`,
    `${p.violates} violate${p.violates === 1 ? 's' : ''}`,
    ...(p.unsure > 0 ? [`${p.unsure} unsure`] : []),
    ...(p.waived > 0 ? [`${p.waived} waived`] : []),
    ...(p.exempt > 0 ? [`${p.exempt} exempt`] : []),
  ]
  const worst = report.findings.filter(f => f.check === check).slice(0, 3)
  return [
    paragraph('Here', `${use.outcome}: ${p.count} judged, ${counts.join(', ')}`),
    ...worst.map(f =>
      paragraph(
        '',
        visible(
          `${'location' in f ? `${f.location.uri}${f.location.startLine === undefined ? '' : `:${f.location.startLine}:${f.location.startColumn}`}: ` : ''}${f.message}`,
        ),
      ),
    ),
    ...report.gaps
      .slice(0, 3)
      .map(g => paragraph('', visible(`? ${'location' in g ? `${g.location.uri}: ` : ''}${g.reason}`))),
  ]
}

const outcomeLine = (use: ReportUse): string =>
  `${use.check} (${use.role}): ${use.outcome}, ${use.population.conforms} of ${use.population.count} conform`

const ofControl = (control: Control, report: Report | undefined): readonly string[] => {
  const judged = report?.controls.find(c => c.id === control.id)
  return [
    `${control.id}   ${control.title}   revision ${control.revision} · ${control.severity} · ${control.level}`,
    '',
    paragraph('Should be true', control.statement),
    paragraph('Why', control.rationale),
    ...Object.entries(control.supports).map(([id, ids]) => paragraph(`Supports ${id}`, ids.join(' '))),
    ...control.planned.map((p, i) => paragraph(i === 0 ? 'Not built yet' : '', `${p.what} (${p.role})`)),
    ...control.remediation.map((r, i) => paragraph(i === 0 ? 'Fix' : '', r)),
    ...(judged
      ? [
          paragraph('Here', `${judged.status}: ${visible(judged.reason)}`),
          ...judged.checks.map(u => paragraph('', outcomeLine(u))),
        ]
      : []),
  ]
}

const ofCriterion = (catalog: Catalog, id: string, report: Report | undefined): readonly string[] => {
  const requirement = catalog.requirements.find(r => r.id === id)
  const controls = report?.controls.filter(c => c.supports[catalog.id]?.includes(id)) ?? []
  const kind = { Std: 'standard', R: 'required specification', A: 'addressable specification' }
  return [
    `${id}   ${catalog.title}${requirement?.designation ? ` · ${kind[requirement.designation]}` : ''}`,
    '',
    paragraph('Says', requirement?.title ?? ''),
    ...(requirement?.designation === 'A'
      ? [
          paragraph(
            '',
            'Addressable is not optional: implement it, or document why not and what is done instead (164.306(d)(3)).',
          ),
        ]
      : []),
    paragraph('Controls', controls.length === 0 ? 'none reaches it: not covered' : `${controls.length} support it`),
    ...controls.map(c => paragraph('', `${c.id} ${c.title}: ${c.status}`)),
    paragraph(
      'Note',
      'A criterion has no verdict here, only a standing; the evidence supports it, contradicts it, or leaves it open.',
    ),
  ]
}
