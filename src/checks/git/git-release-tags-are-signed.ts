import { defineCheck, oneOf } from '../../check.ts'
import type { Judgement } from '../../model.ts'

export const check = defineCheck({
  id: 'git-release-tags-are-signed',
  about: 'git.tag',
  params: {
    forgeTags: oneOf(
      'what a signature by the forge itself counts for, once its key is trusted',
      ['accept', 'unsure'],
      'unsure',
    ),
  },
  asks: () => [{ kind: 'git.tag' }],
  ifNone: 'not-applicable',
  title: 'Every tag that names a version is annotated and carries a signature that verifies against an approved key.',
  why: 'A tag says what was released, when and by whom. A lightweight one is a name anybody with push access can move without a trace, and an unsigned one names any tagger it likes.',
  fix: '`git tag -s v1.2.3` (or `git config tag.gpgSign true`), and let the forge refuse to move or delete release tags.',
  samples: { bad: 'git tag v1.2.3', good: 'git tag -s v1.2.3 -m "1.2.3"' },
  source: 'Git documentation, git-tag(1) --sign; NIST SP 800-218 PS.2.1',
  blind:
    'Which names are releases is told by their form (v1.2.3, release-2026-06-01). Whether a tag was moved is not seen.',
  confidence: 'high',
  rows: {
    noun: 'release tags',
    violates: 'are not signed by a key that counts',
    unsure: 'carry a signature that proves nothing here',
  },
  judge: ({ data }, { forgeTags }): Judgement => {
    const { name, signature: s, taggedAt, tagger } = data
    if (!data.isVersion) return { verdict: 'exempt', reason: 'names no version' }
    const key = s.keyId === undefined ? 'an unnamed key' : `key ${s.keyId}`
    const astray = data.commit === undefined ? ', leads to no commit' : data.onBranch ? '' : ', not on the branch'
    const who = taggedAt === undefined ? '' : `; tagged ${taggedAt} by ${tagger ?? 'nobody'}`
    const violates = (what: string): Judgement => ({
      verdict: 'violates',
      observed: `${what}${astray}${who}`,
      message: `tag ${name} ${what}`,
    })
    const detail = s.detail === undefined ? '' : ` (${s.detail})`
    if (!data.annotated) return violates('is lightweight: a name without tagger, date or signature')
    switch (s.state) {
      case 'good':
        return { verdict: 'conforms', observed: `signed by ${s.signer ?? 'the owner'} with ${key}${astray}` }
      case 'forge':
        return forgeTags === 'accept'
          ? { verdict: 'conforms', observed: `signed by ${s.signer ?? 'the forge'} itself with ${key}${astray}` }
          : {
              verdict: 'unsure',
              reason: `signed by ${s.signer ?? 'the forge'} itself with ${key}, which does not prove who made it`,
            }
      case 'unsigned':
        return violates('carries no signature')
      case 'bad':
        return violates(`carries a signature with ${key} that does not verify`)
      case 'malformed':
        return violates(`carries a signature that cannot be one (${s.form})`)
      case 'revoked':
        return violates(`is signed with ${key}, which is revoked`)
      case 'unknown-key':
      case 'no-trust':
      case 'forge-unknown':
        return { verdict: 'unsure', reason: `signed with ${key}, which no list that was given trusts` }
      case 'retired':
      case 'not-valid-then':
      case 'self-introduced':
      case 'expired-signature':
      case 'expired-key':
      case 'expired-before':
        return {
          verdict: 'unsure',
          reason: `signed with ${key}, which does not count for its date: ${s.state.replaceAll('-', ' ')}${detail}`,
        }
      case 'not-evaluated':
        return {
          verdict: 'unsure',
          reason: `signed, not evaluated (${s.form}${s.detail === undefined ? '' : `: ${s.detail}`})`,
        }
    }
  },
})
