import { day, defineCheck, words } from '../../check.ts'
import type { Judgement } from '../../model.ts'

/** Dotted numbers, part by part. */
const rises = (before: string, after: string): boolean => {
  const [a, b] = [before.split('.').map(Number), after.split('.').map(Number)]
  for (let i = 0; i < Math.max(a.length, b.length); i++)
    if ((a[i] ?? 0) !== (b[i] ?? 0)) return (b[i] ?? 0) > (a[i] ?? 0)
  return false
}

export const check = defineCheck({
  id: 'policy-versions-rise',
  about: 'policy.change',
  params: {
    paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']),
    since: day('First day that counts (YYYY-MM-DD); empty for the whole history.'),
  },
  asks: ({ paths }) => [{ kind: 'policy.change', paths }],
  ifNone: { unsure: 'the history of the branch shows no policy document in force, and no change that counts' },
  title: 'A policy’s version rises whenever a number, a modal verb or a name in it changes.',
  why: 'The version is how people say which rules they were trained on, approved and audited against. Two texts under one number make every such record ambiguous; 45 CFR 164.316(b)(1) asks for documentation that is kept as it was.',
  fix: 'Raise `version` in the front matter in the same change, and say in the revision history what changed. A version that was forgotten can still be raised within a day.',
  samples: {
    bad: '-Backups are kept for seven years.\n+Backups are kept for five years.\n version: "1.2"',
    good: '-version: "1.2"\n+version: "1.3"\n-Backups are kept for seven years.\n+Backups are kept for five years.',
  },
  source: '45 CFR 164.316(b)(1), (b)(2)(iii); SOC 2 CC5.3',
  blind:
    'Compares what landed on the branch, step by step. White space, links and spelling do not count, nor a changed sentence without number, modal verb or name. A file that was moved is followed while half of its sentences stay.',
  confidence: 'medium',
  rows: {
    noun: 'changes to policies',
    violates: 'left the version as it was',
    unsure: 'cannot be told to have raised the version',
  },
  judge: ({ data }, { since }): Judgement => {
    const { version, substance, uri } = data
    const day = data.at.slice(0, 10)
    if (since !== '' && day < since) return { verdict: 'exempt', reason: `changed on ${day}, before ${since}` }
    if (data.type === 'template') return { verdict: 'exempt', reason: 'a template is in force for nobody' }
    if (data.is === 'ended') return { verdict: 'exempt', reason: 'the document ends here' }
    if (data.standing === 'draft') return { verdict: 'exempt', reason: 'a draft is in force for nobody' }
    const [before, after] = [version.before, version.after]
    const commit = `commit ${data.commit.slice(0, 10)} of ${day}`
    const [first = ''] = substance
    const more =
      substance.length > 1 ? ` and ${substance.length === 5 ? 'at least ' : ''}${substance.length - 1} more` : ''
    const violates = (what: string): Judgement => ({
      verdict: 'violates',
      observed: `${what}; ${first === '' ? 'no sentence of substance' : first}${more}`,
      message: `${commit} changed ${uri} and ${what}${first === '' ? '' : `: ${first}${more}`}`,
    })
    if (before !== undefined && after !== undefined && rises(after, before))
      return violates(`set the version back from ${before} to ${after}`)
    if (substance.length === 0)
      return {
        verdict: 'conforms',
        observed: `no number, modal verb or name changed${data.movedFrom === undefined ? '' : `; moved from ${data.movedFrom}`}`,
      }
    if (after === undefined) return violates(before === undefined ? 'states no version' : `took version ${before} out`)
    if (before === undefined) return { verdict: 'conforms', observed: `version ${after} was added with the change` }
    if (rises(before, after)) return { verdict: 'conforms', observed: `version ${before} became ${after}` }
    if (data.raisedSoon)
      return {
        verdict: 'conforms',
        observed: `version ${after} became ${data.raisedSoon.version} within a day, by commit ${data.raisedSoon.commit.slice(0, 10)}`,
      }
    return violates(`left version ${after} as it was`)
  },
})
