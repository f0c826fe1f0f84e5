import { defineCheck, whole } from '../../check.ts'

export const check = defineCheck({
  id: 'removed-secrets-are-out-of-history',
  about: 'secret.past',
  asks: ({ mebibytes }) => [{ kind: 'secret.past', mebibytes }],
  ifNone: { unsure: 'no earlier version of any file to read' },
  title: 'A secret that was removed from the tree is out of the history too.',
  why: 'Deleting a line leaves the secret in every clone: one command shows it. Until it is revoked, whoever can read the repository, or an old copy of it, can use it.',
  fix: 'Revoke the secret, and record that; only then is the history harmless. To take it out as well, rewrite the history (`git filter-repo --replace-text`), have every clone made anew, and ask the forge to drop its caches. A waiver with the date of revocation says that the rest of the risk is accepted.',
  samples: {
    bad: 'git rm deploy/token.txt && git commit -m "Remove the token"\n',
    good: 'git filter-repo --invert-paths --path deploy/token.txt   # after revoking it\n',
  },
  source: 'OWASP Secrets Management Cheat Sheet; GitHub, Removing sensitive data from a repository; CWE-540',
  blind:
    'Reads what is reachable from the commit that is checked out: other branches, tags, forks, caches of the forge and earlier clones are not seen. Whether the secret was revoked, no repository can say.',
  params: {
    mebibytes: whole(
      'MiB of earlier versions that are read, the newest first; what is left out is a gap',
      { least: 1, most: 65_536 },
      8,
    ),
  },
  confidence: 'medium',
  judge: ({ data }) => {
    if (data.is === 'rest' && data.versions === 0)
      return { verdict: 'conforms', observed: 'no version of any file but those in the tree' }
    if (data.is === 'rest')
      return {
        verdict: 'conforms',
        observed: `${data.versions} earlier version${data.versions === 1 ? '' : 's'} of files without a secret`,
      }
    if (data.inTree) return { verdict: 'exempt', reason: 'still in the tree: judged there' }
    if (data.confidence === 'low')
      return { verdict: 'exempt', reason: 'a word everybody tries first: no secret to revoke' }
    const what = `${data.secret}${data.name === undefined ? '' : ` given to ${data.name}`}, ${data.length} characters`
    const where =
      data.first === undefined || data.last === undefined
        ? `${data.versions} version${data.versions === 1 ? '' : 's'} of the file`
        : data.first === data.last
          ? `commit ${data.first.slice(0, 10)}`
          : `commits ${data.first.slice(0, 10)} to ${data.last.slice(0, 10)}`
    return {
      verdict: 'violates',
      severity: data.confidence === 'high' ? 'high' : 'medium',
      observed: `${what}; removed from the tree, held by ${where}`,
      message: `remediation incomplete: ${data.uri} no longer shows the ${data.secret}${data.name === undefined ? '' : ` given to ${data.name}`}, and ${where} still ${/^commit /.test(where) ? 'holds' : 'hold'} it`,
    }
  },
})
