import { defineCheck, type Judgement, whole, words } from '../../check.ts'
import type { DocumentFacts, DocumentReview } from '../../facts/document.ts'
import type { Related } from '../../model.ts'

type Policy = DocumentFacts['document.policy']

/** The same day `months` later, or the last of that month: 2026-08-31 and 6 give 2027-02-28. */
const monthsLater = (iso: string, months: number): string => {
  const [year = 0, month = 1, day = 1] = iso.split('-').map(Number)
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0))
  last.setUTCDate(Math.min(day, last.getUTCDate()))
  return last.toISOString().slice(0, 10)
}

/** Outcomes that say the review has not been done, or did not end in approval. */
const undone =
  /\b(?:reject|fail|pending|open|draft|planned|scheduled|in progress|not (?:done|approved|completed)|cancel)/i

const describe = ({ date, by, outcome }: DocumentReview): string =>
  `reviewed ${date.iso ?? date.text}${by ? ` by ${by}` : ', no reviewer named'}${outcome ? `: ${outcome}` : ''}`

/** The longest time between two reviews: the parameter, or what the document promises where that is stricter. */
const limitOf = (policy: Policy, months: number): { readonly months: number; readonly promised: boolean } =>
  policy.promise && policy.promise.months < months
    ? { months: policy.promise.months, promised: true }
    : { months, promised: false }

const judgementOf = (policy: Policy, months: number, asOf: string): Judgement => {
  if (policy.type === 'template')
    return { verdict: 'exempt', reason: 'a template: it may hold blanks and is in force for nobody' }
  if (policy.type === 'brief')
    return { verdict: 'exempt', reason: 'a brief speaks of one period: it is replaced, not reviewed' }
  if (policy.standing === 'withdrawn') {
    return {
      verdict: 'exempt',
      reason: `no longer in force: it calls itself "${policy.status?.text ?? 'withdrawn'}"`,
    }
  }
  const { promise, effectiveDate, approver, nextReview, reviews } = policy
  const limit = limitOf(policy, months)
  const every = limit.promised ? `the ${limit.months} months the document itself promises` : `${limit.months} months`
  const related: Related[] = promise
    ? [{ place: promise.place, message: `promises a review every ${promise.months} months` }]
    : []
  const more = related.length > 0 ? { related } : {}

  const done = reviews
    .filter(({ date, outcome }) => date.iso !== undefined && date.iso <= asOf && !undone.test(outcome ?? ''))
    .sort((a, b) => ((a.date.iso ?? '') < (b.date.iso ?? '') ? 1 : -1))
  const [newest] = done
  if (newest?.date.iso !== undefined) {
    const due = monthsLater(newest.date.iso, limit.months)
    const seen = describe(newest)
    if (due < asOf) {
      const message = `the newest review is of ${newest.date.iso}; it was due again within ${every}, by ${due}`
      return { verdict: 'violates', observed: seen, message, place: newest.date.place, ...more }
    }
    if (nextReview?.iso !== undefined && nextReview.iso < asOf && newest.date.iso < nextReview.iso) {
      const message = `the document set its next review for ${nextReview.iso}, and records none since ${newest.date.iso}`
      return { verdict: 'violates', observed: seen, message, place: nextReview.place, ...more }
    }
    const firmer = newest.date.from === 'front matter' ? '' : ' (stated in the text; front matter would be firmer)'
    return { verdict: 'conforms', observed: `${seen}${firmer}` }
  }

  const [unusable] = reviews
  if (unusable) {
    const { date, outcome } = unusable
    const why =
      date.iso === undefined
        ? `its review record has no readable date: ${date.text || 'nothing'}`
        : date.iso > asOf
          ? `its only review is dated ${date.iso}, a day that is still to come`
          : `its only review did not end in approval: ${outcome ?? ''}`
    return { verdict: 'violates', observed: why, message: why, place: date.place, ...more }
  }

  const since = effectiveDate?.iso
  const approved = approver !== undefined && approver.unfilled === undefined
  if (since !== undefined && approved) {
    if (since > asOf && since <= monthsLater(asOf, 3)) {
      return { verdict: 'exempt', reason: `not yet in force: effective ${since}` }
    }
    if (since <= asOf) {
      const set = nextReview?.iso !== undefined && nextReview.iso > since ? nextReview.iso : undefined
      const due = [monthsLater(since, limit.months), set ?? '9999'].sort()[0] ?? ''
      if (due >= asOf) {
        return {
          verdict: 'conforms',
          observed: `approved and in force since ${since}; a first review is due by ${due}`,
        }
      }
      const message = `in force since ${since} and never reviewed; a review was due ${due === set ? 'as the document says' : `within ${every}`}, by ${due}`
      const place = promise?.place ?? effectiveDate?.place
      return {
        verdict: 'violates',
        observed: `effective ${since}, no review recorded`,
        message,
        ...(place ? { place } : {}),
      }
    }
  }
  const start =
    since === undefined
      ? effectiveDate
        ? 'its effective date is unresolved'
        : 'it states no effective date'
      : since > asOf
        ? `its effective date ${since} is still to come`
        : 'it names no approver'
  const message = promise
    ? `a review is promised every ${promise.months} months, none is recorded, and ${start}`
    : `no review is recorded, and ${start}`
  return {
    verdict: 'violates',
    observed: message,
    message,
    ...(promise ? { place: promise.place } : {}),
    ...(effectiveDate ? { related: [{ place: effectiveDate.place, message: 'the effective date' }] } : {}),
  }
}

export const check = defineCheck({
  id: 'policy-is-reviewed',
  about: 'document.policy',
  asks: ({ paths }) => [{ kind: 'document.policy', paths }],
  ifNone: { unsure: 'no policy document was found in the repository; reviews kept elsewhere cannot be seen from here' },
  title: 'Each policy document records a review no older than the review period.',
  why: 'HIPAA requires documentation to be reviewed periodically, and most policies promise it. A promise without a record is the first thing an auditor asks about; a commit that mends a typo is no review.',
  fix: 'After each review append `- { date: 2026-03-01, by: <person>, outcome: approved }` to `reviews:` in the front matter.',
  samples: {
    bad: '# Access Policy\n\nThis policy is reviewed every 12 months.',
    good: '---\nreviews:\n  - { date: 2026-03-01, by: Mina Okafor, outcome: approved }\n---\n# Access Policy\n\nThis policy is reviewed every 12 months.',
  },
  source: '45 CFR 164.316(b)(2)(iii); SOC 2 CC5.3',
  blind: 'Whether the review took place, and reviews after major changes. The record is the document’s own word.',
  params: {
    paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']),
    months: whole('Most months between two reviews.', { least: 1, most: 120 }, 12),
  },
  confidence: 'high',
  judge: ({ data: policy }, { months }, _facts, { asOf }): Judgement => {
    const judgement = judgementOf(policy, months, asOf)
    if (judgement.verdict !== 'violates' || !policy.unread) return judgement
    // Each violation says that a review is missing, and it may be recorded where nobody can read.
    const reason = `${judgement.message}; its front matter cannot be read and may record a review`
    return { verdict: 'unsure', reason, place: policy.unread }
  },
})
