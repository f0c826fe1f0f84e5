import { defineCheck, text } from '../../check.ts'

export const check = defineCheck({
  id: 'git-commits-are-signed',
  about: 'git.commit',
  params: {
    branch: text('branch whose commits are judged; HEAD is what is checked out', 'HEAD'),
    since: text('first day that counts (YYYY-MM-DD); empty for the whole branch', ''),
  },
  asks: ({ branch, since }) => [
    since === '' ? { kind: 'git.commit', branch } : { kind: 'git.commit', branch, since },
  ],
  ifNone: { unsure: 'no commit to judge' },
  title: 'Every commit on the branch carries a signature that verifies against an approved key.',
  why: 'A signature binds a change to a person. Without it anybody with push access can commit under any name, and an auditor cannot tell who made a change.',
  fix: 'Sign commits (`git config commit.gpgsign true`, with `gpg.format ssh` and a key), and let the forge refuse unsigned pushes.',
  samples: {
    bad: 'git commit -m "hotfix"',
    good: 'git commit -S -m "hotfix"',
  },
  source: 'Git documentation, git-commit(1) --gpg-sign; SLSA source track, verified history',
  blind: 'Signatures are not verified yet: a signed commit is unsure, an unsigned one certain. Commit dates are set by authors.',
  confidence: 'high',
  rows: {
    noun: 'commits',
    violates: 'carry no signature',
    unsure: 'carry a signature that was not verified',
  },
  judge: ({ data }) => {
    if (data.beforeScope) return { verdict: 'exempt', reason: 'committed before the date signing was enforced' }
    if (data.signature === 'none')
      return {
        verdict: 'violates',
        observed: `no signature; committed ${data.committedAt} by ${data.author}: ${data.subject}`,
        message: `commit ${data.oid.slice(0, 10)} of ${data.committedAt.slice(0, 10)} carries no signature: ${data.subject}`,
      }
    return { verdict: 'unsure', reason: `signed (${data.signature}), not verified` }
  },
})
