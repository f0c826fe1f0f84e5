import { defineCheck, flag, type Judgement, words } from '../../check.ts'
import type { DocumentFacts, Stated, StatedPerson } from '../../facts/document.ts'

type Policy = DocumentFacts['document.policy']
type Wrong = { readonly what: string; readonly at: Stated; readonly graver: boolean }

/** What does not hold of the values that are there: each with the value that is wrong. */
const wrongValues = (policy: Policy, distinct: boolean): Wrong[] => {
  const wrong: Wrong[] = []
  const blank = (what: string, stated: Stated | undefined): void => {
    if (stated?.unfilled === undefined) return
    const left = stated.unfilled === 'nothing' ? 'left empty' : `still a placeholder: ${stated.text}`
    wrong.push({ what: `the ${what} is ${left}`, at: stated, graver: true })
  }
  const { owner, author, approver, version, newestRevision, status, period } = policy
  if (policy.standing === 'draft' && status) {
    wrong.push({ what: `the document calls itself "${status.text}"`, at: status, graver: true })
  }
  blank(policy.type === 'brief' ? 'author' : 'owner', policy.type === 'brief' ? (author ?? owner) : owner)
  blank('approver', approver)
  blank('version', version)
  if (policy.type === 'brief') blank('period', period)
  if (approver && approver.unfilled === undefined && approver.person === undefined) {
    const what = approver.role === undefined ? 'names no person' : 'is a role without a person'
    wrong.push({ what: `approver "${approver.text}" ${what}`, at: approver, graver: false })
  }
  if (distinct && author && approver && samePerson(author, approver)) {
    wrong.push({ what: `${approver.person} wrote the document and approved it`, at: approver, graver: false })
  }
  if (version && version.unfilled === undefined && version.number === undefined) {
    wrong.push({ what: `version "${version.text}" has no number`, at: version, graver: true })
  }
  if (
    version?.number !== undefined &&
    newestRevision?.number !== undefined &&
    version.number !== newestRevision.number
  ) {
    const what = `version ${version.number} is not the newest in the revision history, ${newestRevision.number}`
    wrong.push({ what, at: version, graver: true })
  }
  return wrong
}

const samePerson = (a: StatedPerson, b: StatedPerson): boolean =>
  a.person !== undefined && b.person !== undefined && a.person.toLowerCase() === b.person.toLowerCase()

const missing = (policy: Policy): string[] => {
  const gone: string[] = []
  if (policy.type === 'brief') {
    if (!policy.author && !policy.owner) gone.push('author')
    if (!policy.approver) gone.push('approver')
    if (!policy.version) gone.push('version')
    if (!policy.period) gone.push('period it speaks of')
  } else {
    if (!policy.owner) gone.push('owner')
    if (!policy.approver) gone.push('approver')
    if (!policy.version) gone.push('version')
  }
  // Whoever is named belongs to an organisation; a document that names nobody does not say even whose it is.
  if (!policy.owner && !policy.author && !policy.approver && !policy.organisation) gone.push('organisation')
  return gone
}

const list = (words: readonly string[], last: string): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`

const who = ({ person, role, text }: StatedPerson): string =>
  person === undefined ? (role ?? text) : role === undefined ? person : `${person} (${role})`

const conforming = (policy: Policy): string => {
  const { owner, author, approver, version, period } = policy
  const by = owner ?? author
  const parts = [
    `version ${version?.number ?? ''}`,
    by ? `${owner ? 'owned' : 'written'} by ${who(by)}` : '',
    approver ? `approved by ${who(approver)}` : '',
    policy.type === 'brief' && period ? `speaks of ${period.text}` : '',
  ].filter(part => part !== '')
  const loose = [by, approver, version].some(stated => stated && stated.from !== 'front matter')
  return `${parts.join(', ')}${loose ? ' (stated in the text; front matter would be firmer)' : ''}`
}

export const check = defineCheck({
  id: 'policy-has-an-identity',
  about: 'document.policy',
  asks: ({ paths }) => [{ kind: 'document.policy', paths }],
  ifNone: {
    unsure: 'no policy document was found in the repository; policies kept elsewhere cannot be seen from here',
  },
  title: 'Each policy document names its owner, the person who approved it, and its version.',
  why: 'A policy nobody approved binds nobody. Without owner, approver and version an auditor cannot tell whose rules these are, nor which of them were in force; 45 CFR 164.316 asks for documentation that is maintained, and CC5.3 for policies that people are accountable for.',
  fix: 'Put `owner`, `approvedBy` (a person and their role), `version` and `effectiveDate` into the front matter, by a change the approver reviews.',
  samples: {
    bad: '# Data Retention Policy\n\n**Approved by:** Chief Security Officer',
    good: '---\nowner: Mina Okafor (Head of Platform)\napprovedBy: Jonas Weil (Security Officer)\nversion: "1.2"\neffectiveDate: 2026-03-01\n---\n# Data Retention Policy',
  },
  source: '45 CFR 164.316(b)(1); SOC 2 CC5.3, CC1.3',
  blind:
    'Whether the person named really approved it: that is in the review of the change, not in the text. A firm or department of two words without a legal form reads like a person. Documents in Word or PDF are not read.',
  params: {
    paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']),
    distinctApprover: flag('Whether the author and the approver must be two people.', true),
  },
  confidence: 'medium',
  judge: ({ data: policy }, { distinctApprover }): Judgement => {
    if (policy.type === 'template')
      return { verdict: 'exempt', reason: 'a template: it may hold blanks and is in force for nobody' }
    if (policy.standing === 'withdrawn') {
      return {
        verdict: 'exempt',
        reason: `no longer in force: it calls itself "${policy.status?.text ?? 'withdrawn'}"`,
      }
    }
    const absences = missing(policy)
    const wrong = wrongValues(policy, distinctApprover)
    if (policy.unread && absences.length > 0 && wrong.length === 0) {
      const reason = `whether "${policy.title}" names its ${list(absences, 'and')} cannot be seen: its front matter cannot be read`
      return { verdict: 'unsure', reason, place: policy.unread }
    }
    // What is wrong in the text is wrong whatever the front matter says; what is missing may stand there.
    const gone = policy.unread ? [] : absences
    if (gone.length === 0 && wrong.length === 0) return { verdict: 'conforms', observed: conforming(policy) }
    const absent = gone.length > 0 ? [`the document names no ${list(gone, 'or')}`] : []
    const message = [...wrong.map(w => w.what), ...absent].join('; ')
    const [first, ...rest] = wrong
    return {
      verdict: 'violates',
      observed: message,
      message: first ? message : `"${policy.title}" names no ${list(gone, 'or')}`,
      ...(first ? { place: first.at.place } : {}),
      ...(rest.length > 0 ? { related: rest.map(w => ({ place: w.at.place, message: w.what })) } : {}),
      ...(gone.length === 0 && wrong.every(w => !w.graver) ? { severity: 'low' as const } : {}),
    }
  },
})
