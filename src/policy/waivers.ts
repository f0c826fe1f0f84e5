import type { Check } from '../check.ts'
import { complaintAt, type Reading, wordOf } from './catalogs.ts'
import { nearest, quote } from './complaint.ts'
import { addDuration, isDate } from './dates.ts'
import type { Attestation, Complaint, Control, Profile, Waiver } from './policy.ts'
import { type Node, type PolicyText, positioned } from './positioned.ts'
import { validate } from './validate.ts'

export interface KnownToWaivers {
  readonly checks: ReadonlyMap<string, Check>
  readonly controls: readonly Control[]
  /** Ids of controls whose file is broken. */
  readonly broken?: ReadonlySet<string>
  /** So that one person under two names is one person. */
  readonly people?: Profile['people']
}

const unknownControl = (node: Node, { controls, broken }: Pick<KnownToWaivers, 'controls' | 'broken'>) => {
  const id = node.text
  if (id === undefined || broken?.has(id)) return []
  const ids = controls.map(control => control.id)
  return ids.includes(id) ? [] : [complaintAt(node, 'at', `unknown control ${quote(id)}`, nearest(id, ids))]
}

/** One spelling per person: the profile's name for a key of `people`, without case or outer blanks. */
const personOf = (said: string, people: Profile['people']): string => {
  const key = said.trim()
  const name = Object.hasOwn(people, key) ? people[key]?.name : undefined
  return (name ?? key).trim().replace(/\s+/g, ' ').toLowerCase()
}

const waiverFaults = (node: Node, known: KnownToWaivers): readonly Complaint[] => {
  const faults: Complaint[] = []
  const fault = (at: Node, message: string, suggestion?: string) =>
    faults.push(complaintAt(at, 'at', message, suggestion))

  const check = node.get('check').text
  if (check !== undefined && !known.checks.has(check)) {
    fault(node.get('check'), `unknown check ${quote(check)}`, nearest(check, known.checks.keys()))
  }
  faults.push(...unknownControl(node.get('control'), known))
  const control = known.controls.find(c => c.id === node.get('control').text)
  if (control && check !== undefined && known.checks.has(check) && !control.uses.some(use => use.check.id === check)) {
    fault(node.get('control'), `control ${quote(control.id)} does not use check ${quote(check)}`)
  }

  const [asked, agreed] = [node.get('requestedBy').text, node.get('approvedBy').text]
  const people = known.people ?? {}
  if (asked !== undefined && agreed !== undefined && personOf(asked, people) === personOf(agreed, people)) {
    fault(node.get('approvedBy'), `${quote(agreed)} asked for this waiver and cannot approve it`)
  }

  const [approved, expires] = [node.get('approvedOn').text ?? '', node.get('expires').text ?? '']
  if (!isDate(approved) || !isDate(expires)) return faults
  const latest = addDuration(approved, { months: 12, days: 0 })
  if (expires <= approved) fault(node.get('expires'), `expires ${expires} is not after approvedOn ${approved}`)
  else if (expires > latest)
    fault(node.get('expires'), `expires ${expires} is more than a year after approval; at most ${latest}`)
  return faults
}

const waiverOf = (node: Node): Waiver => {
  const text = (key: string) => node.get(key).text ?? ''
  const control = node.get('control').text
  return {
    id: text('id'),
    check: text('check'),
    finding: text('finding'),
    observed: text('observed'),
    ...(control !== undefined && { control }),
    reason: text('reason'),
    requestedBy: text('requestedBy'),
    approvedBy: text('approvedBy'),
    approvedOn: text('approvedOn'),
    expires: text('expires'),
    uri: node.uri,
    at: node.at,
  }
}

/** `.iip-audit/waivers.yaml`: a list, bare or under `waivers:`. */
export const readWaivers = async (file: PolicyText, known: KnownToWaivers): Promise<Reading<Waiver>> => {
  const ids = new Set<string>()
  const yaml = positioned(file)
  if (!yaml.ok) return { values: [], ids, complaints: yaml.complaints }
  const { root } = yaml
  if (root.value === undefined) return { values: [], ids, complaints: [] }
  const complaints = [...(await validate('waivers', root))]
  const entries = root.items.length > 0 ? root.items : root.get('waivers').items
  for (const node of entries) {
    complaints.push(...waiverFaults(node, known))
    const id = node.get('id').text
    if (id === undefined) continue
    if (ids.has(id)) complaints.push(complaintAt(node.get('id'), 'at', `waiver ${quote(id)} stands here a second time`))
    ids.add(id)
  }
  return { values: complaints.length > 0 ? [] : entries.map(waiverOf), ids, complaints }
}

/** `.iip-audit/attestations/*.yaml`: one answer a file. Answers of earlier times may stay beside later ones. */
export const readAttestations = async (
  files: readonly PolicyText[],
  known: Pick<KnownToWaivers, 'controls' | 'broken'>,
): Promise<Reading<Attestation>> => {
  const complaints: Complaint[] = []
  const values: Attestation[] = []
  const answered = new Map<string, string>()
  for (const file of files) {
    const yaml = positioned(file)
    if (!yaml.ok) {
      complaints.push(...yaml.complaints)
      continue
    }
    const { root } = yaml
    const before = complaints.length
    complaints.push(...(await validate('attestation', root)))
    complaints.push(...unknownControl(root.get('control'), known))
    const [form, on] = [root.get('form').text ?? '', root.get('on').text ?? '']
    const control = known.controls.find(c => c.id === root.get('control').text)
    if (control && form !== '' && control.attestation?.form !== form) {
      const has = control.attestation?.form
      complaints.push(
        has === undefined
          ? complaintAt(root.get('control'), 'at', `control ${quote(control.id)} asks no person`)
          : complaintAt(
              root.get('form'),
              'at',
              `control ${quote(control.id)} has no form ${quote(form)}; its form is ${quote(has)}`,
              nearest(form, [has]),
            ),
      )
    }
    const key = JSON.stringify([control?.id, form, on])
    const other = answered.get(key)
    if (control && other !== undefined) {
      complaints.push(
        complaintAt(
          root.get('on'),
          'at',
          `form ${quote(form)} of ${control.id} is already answered for ${on} in ${other}`,
        ),
      )
    }
    answered.set(key, file.uri)
    const answer = wordOf(root.get('answer'), ['yes', 'no'])
    if (complaints.length > before || answer === undefined) continue
    const [role, note] = [root.get('role').text, root.get('note').text]
    values.push({
      form,
      control: root.get('control').text ?? '',
      answer,
      by: root.get('by').text ?? '',
      ...(role !== undefined && { role }),
      on,
      ...(note !== undefined && { note }),
      uri: file.uri,
    })
  }
  return { values, ids: new Set(), complaints }
}
