import { defineCheck, type Judgement, whole, words } from '../../check.ts'
import type { StatedDate } from '../../facts/document.ts'

/** Days from one ISO day to another. */
const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)

/** Why a date is not one day everybody reads the same way. */
const problem = (date: StatedDate): { readonly message: string; readonly low?: true } | undefined => {
  const hint = date.suggestion === undefined ? '' : `; if that day is meant, write ${date.suggestion}`
  if (date.unfilled === 'nothing') return { message: 'the effective date is left empty' }
  if (date.unfilled !== undefined)
    return { message: `the effective date was never filled in: ${date.text} is a ${date.unfilled}${hint}` }
  switch (date.form) {
    case 'iso':
    case 'named':
      return undefined
    case 'numeric':
      return { message: `the effective date ${date.text} is not in ISO form${hint}`, low: true }
    case 'ambiguous':
      return {
        message: `the effective date ${date.text} is two different days, month first or day first; write YYYY-MM-DD`,
      }
    case 'month':
      return { message: `the effective date "${date.text}" names a month, not a day`, low: true }
    case 'impossible':
      return { message: `the effective date ${date.text} is a day no calendar has` }
    case 'none':
      return { message: `the effective date "${date.text}" is no date` }
  }
}

export const check = defineCheck({
  id: 'policy-effective-date-is-resolved',
  about: 'document.policy',
  asks: ({ paths }) => [{ kind: 'document.policy', paths }],
  ifNone: 'not-applicable',
  title: 'Each policy document says from which day it is in force, as a date that is resolved.',
  why: 'An auditor tests a period: a policy without a date, or with `$(date)` where the date should be, cannot be shown to have been in force on any day of it. Resolving the placeholder when the page is built would give a new date on each build.',
  fix: 'Write the day of approval as `effectiveDate: 2026-03-01` (ISO 8601) into the front matter, and commit it.',
  samples: { bad: '**Effective Date:** $(date +%F)', good: '**Effective Date:** 2026-03-01' },
  source: '45 CFR 164.316(b)(1), (b)(2)(i); ISO 8601',
  blind: 'Whether the policy really came into force that day. Documents in Word or PDF are not read.',
  params: {
    paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']),
    futureDays: whole('How many days ahead an effective date may lie.', { least: 0, most: 3650 }, 90),
  },
  confidence: 'high',
  judge: ({ data: policy }, { futureDays }, _facts, { asOf }): Judgement => {
    if (policy.type === 'template')
      return { verdict: 'exempt', reason: 'a template: it may hold blanks and is in force for nobody' }
    if (policy.standing === 'withdrawn') {
      return {
        verdict: 'exempt',
        reason: `no longer in force: it calls itself "${policy.status?.text ?? 'withdrawn'}"`,
      }
    }
    const { effectiveDate: date, updated } = policy
    if (!date) {
      const only = updated ? `; "${updated.text}" says only when it was last edited` : ''
      if (policy.unread) {
        const reason = `whether "${policy.title}" states an effective date cannot be seen: its front matter cannot be read`
        return { verdict: 'unsure', reason, place: policy.unread }
      }
      const observed = `the document states no effective date${only}`
      return { verdict: 'violates', observed, message: `"${policy.title}" states no effective date${only}` }
    }
    const wrong = problem(date)
    if (wrong) {
      return {
        verdict: 'violates',
        observed: wrong.message,
        message: wrong.message,
        place: date.place,
        ...(wrong.low ? { severity: 'low' as const } : {}),
      }
    }
    const day = date.iso ?? ''
    if (daysBetween(asOf, day) > futureDays) {
      const message = `the effective date ${day} lies more than ${futureDays} days ahead`
      return { verdict: 'violates', observed: `effective ${day}`, message, place: date.place }
    }
    const firmer = date.from === 'front matter' ? '' : ' (stated in the text; front matter would be firmer)'
    return { verdict: 'conforms', observed: `effective ${day}${firmer}` }
  },
})
