import { day, defineCheck, words } from '../../check.ts'
import type { SignatureState } from '../../facts/git.ts'
import type { Judgement } from '../../model.ts'

/** What is certain to be no signature of anybody who counts. */
const certain: ReadonlySet<SignatureState> = new Set(['bad', 'malformed', 'revoked'])

export const check = defineCheck({
  id: 'policy-changes-are-signed-or-reviewed',
  about: 'policy.change',
  params: {
    paths: words('Folders in which every document is a policy document, as globs.', ['docs/compliance/**']),
    since: day('First day that counts (YYYY-MM-DD); empty for the whole history.'),
  },
  asks: ({ paths }) => [{ kind: 'policy.change', paths }],
  ifNone: { unsure: 'the history of the branch shows no policy document in force, and no change that counts' },
  title: 'Every change to a policy is signed by a key that counts, or came by a request that somebody approved.',
  why: 'Whoever can change the rules alone and unseen can allow themselves anything. An auditor asks of each version who made it and who agreed.',
  fix: 'Change policies by pull request with a review, sign the commits, and name the policies’ folder in CODEOWNERS so that the forge asks for the review.',
  samples: {
    bad: 'git commit -am "relax retention" && git push',
    good: 'git commit -S …, by a pull request that a code owner approves',
  },
  source: '45 CFR 164.316(b)(1); SOC 2 CC5.3, CC8.1',
  blind:
    'Git records no approval: a pull request that only its number shows is unsure, whoever approved it. A change that names none and is not signed may have been merged by rebase, which leaves no trace; it is unsure as well.',
  confidence: 'high',
  rows: {
    noun: 'changes to policies',
    violates: 'carry a signature that does not count',
    unsure: 'are not shown to be signed or approved',
  },
  judge: ({ data }, { since }): Judgement => {
    const day = data.at.slice(0, 10)
    if (since !== '' && day < since) return { verdict: 'exempt', reason: `changed on ${day}, before ${since}` }
    if (data.type === 'template') return { verdict: 'exempt', reason: 'a template is in force for nobody' }
    const { signatures, arrival } = data
    const states = (...some: SignatureState[]) => signatures.filter(s => some.includes(s.state))
    const good = states('good')
    const own = `${signatures.length === 1 ? 'its commit' : `its ${signatures.length} commits`}`
    const wrong = signatures.find(s => certain.has(s.state))
    if (wrong)
      return {
        verdict: 'violates',
        observed: `commit ${wrong.commit.slice(0, 10)}: signature is ${wrong.state}`,
        message: `commit ${wrong.commit.slice(0, 10)} changed ${data.uri} with a signature that is ${wrong.state}`,
      }
    if (signatures.length > 0 && good.length === signatures.length)
      return { verdict: 'conforms', observed: `${own} signed by a key that counts` }
    const request = arrival.by === 'request' ? `request #${arrival.number}` : undefined
    if (request !== undefined && data.reviewTrailer)
      return { verdict: 'conforms', observed: `came by ${request}, and its message names who reviewed it` }
    const unsigned = signatures.length - good.length
    const not = `${unsigned} of ${signatures.length} commits not shown to be signed`
    return {
      verdict: 'unsure',
      reason:
        request === undefined
          ? `${not}, and no request is named; a merge by rebase would look the same`
          : `${not}; came by ${request}, and whether somebody approved it is known to the forge alone`,
    }
  },
})
