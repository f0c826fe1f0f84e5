import { defineCheck, flag, oneOf, whole, words } from '../../src/check.ts'
import { loadCatalogs } from '../../src/policy/catalogs.ts'
import { showComplaint } from '../../src/policy/complaint.ts'
import { type KnownToControls, loadControls } from '../../src/policy/controls.ts'
import type { Catalog, Complaint, Control, Loaded } from '../../src/policy/policy.ts'
import type { PolicyText } from '../../src/policy/positioned.ts'

/** A small world for the loader: two catalogs, a few checks that judge nothing, two controls. */

const aboutCommits = {
  about: 'git.commit',
  asks: () => [{ kind: 'git.commit', branches: ['HEAD'] }] as const,
  ifNone: 'not-applicable',
  title: 'A claim',
  why: 'A reason.',
  fix: 'A deed.',
  confidence: 'high',
  judge: () => ({ verdict: 'conforms', observed: 'seen' }) as const,
} as const

export const checks = new Map(
  [
    defineCheck({
      ...aboutCommits,
      id: 'nginx-tls-floor',
      params: { minVersion: oneOf('Lowest version.', ['1.2', '1.3'], '1.3') },
    }),
    defineCheck({
      ...aboutCommits,
      id: 'logs-are-kept',
      params: { days: whole('Days.', { least: 1, most: 3650 }, 365), encrypted: flag('At rest.', true) },
    }),
    defineCheck({ ...aboutCommits, id: 'ports-stay-closed', params: { allow: words('Ports.', []) } }),
    defineCheck({ ...aboutCommits, id: 'commits-are-signed' }),
  ].map(check => [check.id, check]),
)

export const kinds = ['git.commit', 'nginx.server', 'tls.endpoint']

export const file = (uri: string, text: string): PolicyText => ({ uri, text, sha256: `hash of ${uri}` })

export const soc2 = `id: soc2
version: "2017"
title: SOC 2
requirements:
  - { id: CC6.1, category: common, title: Access }
  - { id: CC6.7, category: common, title: Transit }
  - { id: A1.2, category: availability, title: Backups }
`
export const hipaa = `id: hipaa
version: "2013"
title: HIPAA Security Rule
requirements:
  - { id: "164.310", category: "164.310 Physical", title: Physical, designation: Std }
  - { id: "164.312(e)(1)", category: "164.312 Technical", title: Transmission, designation: Std }
  - { id: "164.402", category: Breach, title: Definitions, cited: true }
`

export const tls = `id: IIP-CRY-01
revision: 1
title: TLS 1.3 protects data in transit
level: repository
severity: high
statement: Every path is encrypted.
rationale: A recorded session opens if a key leaks.
supports:
  soc2: [CC6.1, CC6.7]
  hipaa: [164.310, "164.312(e)(1)"]
parameters:
  tls.minVersion: { type: enum, values: ["1.2", "1.3"], default: "1.2", stricter: higher }
applies_when: found('nginx.server') || found('tls.endpoint')
checks:
  - { use: nginx-tls-floor, with: { minVersion: $tls.minVersion } }
`

export const logs = `id: IIP-LOG-01
revision: 2
title: Logs are kept
level: system
severity: medium
statement: Logs are kept for a year.
rationale: Incidents are found late.
supports:
  soc2: [A1.2]
parameters:
  log.retentionDays: { type: integer, default: 365, stricter: higher }
  log.encrypted: { type: boolean, default: false, stricter: higher }
  ports.allow: { type: list, default: [80, 443], stricter: lower }
  branch: { type: text, default: main }
checks:
  - { use: logs-are-kept, with: { days: $log.retentionDays, encrypted: $log.encrypted } }
  - { use: ports-stay-closed, with: { allow: $ports.allow }, role: supporting, severity: low }
  - { planned: the default branch is protected, role: supporting }
attestation: { form: log-review, question: Were the logs read?, validFor: P3M }
`

export const value = <T>(result: Loaded<T>): T => {
  if (result.ok) return result.value
  throw new Error(result.complaints.map(showComplaint).join('\n'))
}

export const catalogs: readonly Catalog[] = value(
  await loadCatalogs([file('controls/frameworks/soc2.yaml', soc2), file('controls/frameworks/hipaa.yaml', hipaa)]),
)

export const known: KnownToControls = { checks, catalogs, kinds, origin: 'shipped' }

export const controls: readonly Control[] = value(
  await loadControls([file('controls/IIP-CRY-01.yaml', tls), file('controls/IIP-LOG-01.yaml', logs)], known),
)

export const said = (complaints: readonly Complaint[]): readonly string[] => complaints.map(showComplaint)

/** The sample with one piece replaced; the piece must be in it. */
export const change = (sample: string, from: string, to: string): string => {
  if (!sample.includes(from)) throw new Error(`the sample does not hold: ${from}`)
  return sample.replace(from, () => to)
}
