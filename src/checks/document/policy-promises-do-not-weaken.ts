import { day, defineCheck, words } from '../../check.ts'
import type { PolicyPromise } from '../../facts/policy-history.ts'
import type { Judgement } from '../../model.ts'

/** What was done to the promise, before "in <file>". */
const deeds: Readonly<Record<Exclude<PolicyPromise, { is: 'none' }>['by'], string>> = {
  'a modal verb': 'made a promise less binding',
  'a condition': 'made a promise conditional',
  'a prohibition': 'dropped a prohibition',
  'its scope': 'narrowed a promise',
  'a number': 'lowered a promise',
  'a version': 'lowered a version',
  'how often': 'made a promise less frequent',
  removal: 'took a promise out',
}

export const check = defineCheck({
  id: 'policy-promises-do-not-weaken',
  about: 'policy.promise',
  params: {
    paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']),
    since: day('First day that counts (YYYY-MM-DD); empty for the whole history.'),
  },
  asks: ({ paths }) => [{ kind: 'policy.promise', paths }],
  ifNone: { unsure: 'the history of the branch shows no policy document in force, and no change that counts' },
  title: 'No promise of a policy was lowered, made conditional or taken out since it was first made.',
  why: 'A promise that shrinks between two audits, "must" that becomes "should", seven years that become five, passes every check of what stands there now. Only the history tells, and customers and auditors rely on the earlier text.',
  fix: 'Restore the sentence, or have the weaker one approved: raise the version, say in the revision history what was lowered and why, and accept this finding with a waiver that names who agreed.',
  samples: {
    bad: '-Audit logs must be kept for seven years.\n+Audit logs should be kept for five years.',
    good: '-Audit logs must be kept for five years.\n+Audit logs must be kept for seven years.',
  },
  source: '45 CFR 164.316(b)(2)(i); SOC 2 CC2.3, CC5.3',
  blind:
    'Reads English sentences: numbers with a unit, TLS versions and key lengths, modal verbs, conditions, scope and frequency, and sentences that are gone. A promise that is told in quite other words reads as one that was taken out.',
  confidence: 'medium',
  judge: ({ data }, { since }): Judgement => {
    if (data.type === 'template') return { verdict: 'exempt', reason: 'a template is in force for nobody' }
    if (data.is === 'none')
      return {
        verdict: 'conforms',
        observed: `${data.changes === 1 ? '1 change' : `${data.changes} changes`} since it began, none of which weakened a promise`,
      }
    const day = data.at.slice(0, 10)
    if (since !== '' && day < since) return { verdict: 'exempt', reason: `weakened on ${day}, before ${since}` }
    if (data.standing !== 'in force') return { verdict: 'exempt', reason: `the document is ${data.standing}` }
    const commit = `commit ${data.commit.slice(0, 10)} of ${day}`
    const texts = data.after === undefined ? `"${data.before}"` : `"${data.before}" now reads "${data.after}"`
    switch (data.is) {
      case 'restored':
        return { verdict: 'conforms', observed: `weakened by ${commit} and made good since: ${texts}` }
      case 'unclear':
        return {
          verdict: 'unsure',
          reason: `${commit}: ${data.said}, and which of the two promises less cannot be told: ${texts}`,
        }
      case 'weaker': {
        const rose = data.versionRose ? '; the version rose' : '; the version did not rise'
        return {
          verdict: 'violates',
          observed: `${data.said}${rose}: ${texts}`,
          message: `${commit} ${deeds[data.by]} in ${data.uri}: ${data.said}; ${texts}`,
          // Announced by a new version it is a decision, which somebody can be asked about.
          ...(data.versionRose ? { severity: 'low' as const } : {}),
        }
      }
    }
  },
})
