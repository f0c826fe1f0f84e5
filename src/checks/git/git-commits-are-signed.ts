import { day, defineCheck, oneOf, words } from '../../check.ts'
import type { SignatureSeen } from '../../facts/git.ts'
import type { Judgement } from '../../model.ts'

export const check = defineCheck({
  id: 'git-commits-are-signed',
  about: 'git.commit',
  params: {
    branches: words('branches whose commits are judged; HEAD is what is checked out', ['HEAD']),
    since: day('first day that counts (YYYY-MM-DD); empty for the whole branch'),
    forgeMerges: oneOf(
      'what a signature by the forge itself counts for, once its key is trusted',
      ['accept', 'unsure'],
      'accept',
    ),
  },
  asks: ({ branches, since }) => [
    since === '' ? { kind: 'git.commit', branches } : { kind: 'git.commit', branches, since },
  ],
  ifNone: { unsure: 'no commit to judge' },
  title: 'Every commit on the branch carries a signature that verifies against an approved key.',
  why: 'A signature binds a change to a person. Without it anybody with push access can commit under any name, and an auditor cannot tell who made a change.',
  fix: 'Sign commits (`git config commit.gpgsign true`, with `gpg.format ssh` and a key), publish the public keys in an allowed-signers file, and let the forge refuse unsigned pushes.',
  samples: {
    bad: 'git commit -m "hotfix"',
    good: 'git commit -S -m "hotfix"   # and the key in .github/allowed_signers',
  },
  source: 'Git documentation, git-commit(1) --gpg-sign and pretty formats %G?; SLSA source track, verified history',
  blind:
    'Dates are set by authors. That the signer is the author the commit names is not asked. X.509 signatures and SSH certificates are not evaluated. Times without `Z` in an allowed-signers file are read as UTC.',
  confidence: 'high',
  rows: {
    noun: 'commits',
    violates: 'are not signed by a key that counts',
    unsure: 'carry a signature that proves nothing here',
  },
  judge: ({ data }, { forgeMerges }) => {
    const { signature: s, scope } = data
    if (scope === 'before') return { verdict: 'exempt', reason: 'committed before the date signing was enforced' }
    const judged = judgeSignature(s, forgeMerges, commitOf(data))
    if (scope === 'doubtful' && judged.verdict !== 'conforms')
      return {
        verdict: 'unsure',
        reason: `dated ${data.committedAt.slice(0, 10)}, before signing was enforced, but built on a commit dated after that`,
      }
    return judged
  },
})

const commitOf = (data: { oid: string; author: string; committedAt: string; subject: string }) => ({
  short: `commit ${data.oid.slice(0, 10)} of ${data.committedAt.slice(0, 10)}`,
  whole: `committed ${data.committedAt} by ${data.author}: ${data.subject}`,
  subject: data.subject,
})

/** What the letters of git come to. Bad, revoked and missing signatures are certain; what cannot be told is unsure. */
const judgeSignature = (
  s: SignatureSeen,
  forge: 'accept' | 'unsure',
  commit: { readonly short: string; readonly whole: string; readonly subject: string },
): Judgement => {
  const { detail = '' } = s
  const key = s.keyId === undefined ? 'an unnamed key' : `key ${s.keyId}`
  const violates = (what: string): Judgement => ({
    verdict: 'violates',
    observed: `${what}; ${commit.whole}`,
    message: `${commit.short} carries ${what}: ${commit.subject}`,
  })
  const unsure = (reason: string): Judgement => ({ verdict: 'unsure', reason })
  switch (s.state) {
    case 'good':
      return { verdict: 'conforms', observed: `signed by ${s.signer ?? 'the owner'} with ${key}` }
    case 'forge':
      return forge === 'accept'
        ? {
            verdict: 'conforms',
            observed: `signed by ${s.signer ?? 'the forge'} itself with ${key}: proves the button, not the author`,
          }
        : unsure(`signed by ${s.signer ?? 'the forge'} itself with ${key}, which does not prove who wrote it`)
    case 'unsigned':
      return violates('no signature')
    case 'bad':
      return violates(`a signature with ${key} that does not verify${detail === '' ? '' : ` (${detail})`}`)
    case 'malformed':
      return violates(`a signature that cannot be one (${s.form}${detail === '' ? '' : `: ${detail}`})`)
    case 'revoked':
      return violates(`a signature with ${key}, which is revoked${detail === '' ? '' : ` since ${detail}`}`)
    case 'retired':
      return unsure(
        `signed with ${key}, which was retired on ${detail}, after the date of the signature; that date is the signer's own word`,
      )
    case 'unknown-key':
      return unsure(
        s.form === 'ssh'
          ? `signed with ${key}, which ${detail === '' ? 'no allowed-signers file lists' : `is ${detail}`}`
          : `signed with ${key}, which no keyring that was given holds`,
      )
    case 'no-trust':
      return unsure(
        `signed with ${key}; no ${s.form === 'ssh' ? 'allowed-signers file' : 'keyring'} was given to say whose it is`,
      )
    case 'forge-unknown':
      return unsure(`signed by ${s.signer ?? 'the forge'} itself with ${key}, which no keyring that was given holds`)
    case 'not-valid-then':
      return unsure(`signed with ${key}, which is listed but not for ${detail}, the date of the commit`)
    case 'self-introduced':
      return unsure(`signed with ${key}, which counts only by the list that this commit itself changes`)
    case 'expired-signature':
      return unsure(`signed with ${key} for a term that ended on ${detail}`)
    case 'expired-key':
      return unsure(
        `signed with ${key}, which ended on ${detail}, after the date of the signature; that date is the signer's own word`,
      )
    case 'expired-before':
      return unsure(
        `signed with ${key}, which ended on ${detail}, before the date of the signature; the keyring may be older than the key`,
      )
    case 'not-evaluated':
      return unsure(
        `signed${s.keyId === undefined ? '' : ` with ${key}`}, not evaluated (${s.form}${detail === '' ? '' : `: ${detail}`})`,
      )
  }
}
