import { readFileSync } from 'node:fs'
import { commitAt, commitZero, ines, releaseTag, signedHistory } from './company.ts'
import { add, type Change, edit, gap, remove, unsure, violates } from './edits.ts'
import {
  data,
  ignored,
  keys,
  policiesSigned,
  policyHistory,
  promises,
  requests,
  signed,
  signedTags,
  versionsRise,
} from './names.ts'
import { commitText, signerNamed } from './signer.ts'
import { changeOneThing, type Row } from './table.ts'

const pem = '-----BEGIN PRIVATE KEY-----\nRVhBTVBMRS1OT1QtQS1LRVk=\n-----END PRIVATE KEY-----\n'
const newest = (raw: string): Change => ({
  does: 'history',
  history: { ...signedHistory, commits: [{ raw }, ...signedHistory.commits.slice(1)] },
})

const policy = 'docs/compliance/access-control-policy.md'
const today = readFileSync(`fixtures/repos/harbor/${policy}`, 'utf8')
/** The newest commit made the policy what it is; before it, it read as given. */
const policyWas = (text: string, raw = commitAt(0, ines).raw): Change => ({
  does: 'history',
  history: {
    ...signedHistory,
    commits: signedHistory.commits.map((commit, i) => ({
      ...commit,
      ...(i === 0 ? { raw, writes: { [policy]: today } } : i === 11 ? { writes: { [policy]: text } } : {}),
    })),
  },
})
const reviewed = 'Access rights must be reviewed within 30 days of a change of role.\n'

const policies: readonly Row[] = [
  [
    'a promise taken out of a policy, under the same version',
    [policyWas(`${today}\n${reviewed}`)],
    [violates(versionsRise, policy), violates(promises, policy)],
  ],
  [
    'a promise taken out of a policy that got a new version',
    [policyWas(`${today.replace('"1.4"', '"1.3"')}\n${reviewed}`)],
    [violates(promises, policy)],
  ],
  [
    'a policy that names another person, under the same version',
    [policyWas(today.replace('the VPN', 'the VPN of Ellery'))],
    [violates(versionsRise, policy)],
  ],
  ['a policy whose version goes back', [policyWas(today.replace('"1.4"', '"1.10"'))], [violates(versionsRise, policy)]],
  [
    'a change to a policy that nobody signed, and that came by no request',
    [policyWas(today.replace('Access is', 'Access  is'), commitAt(0, undefined).raw.replace(' (#40)', ''))],
    [violates(signed, 'commit'), unsure(policiesSigned, policy), unsure(requests, 'commit')],
  ],
  [
    'a commit that names no request',
    [newest(commitText({ ...commitZero, subject: 'hotfix' }, ines))],
    [unsure(requests, 'commit')],
  ],
]

changeOneThing('how policies and commits came to be', policies)

const tracked: readonly Row[] = [
  ['one commit without a signature', [newest(commitAt(0, undefined).raw)], [violates(signed, 'commit')]],
  [
    'a shallow clone',
    [
      { does: 'history', history: { commits: signedHistory.commits.slice(0, 1), cut: ['shallow'] } },
      edit('inputs/tests.log', '000000000c', '0000000001'),
      edit('inputs/scans.log', '000000000c', '0000000001'),
      edit('inputs/style.log', '000000000c', '0000000001'),
    ],
    [
      gap('unresolved', '.', undefined, [
        signed,
        signedTags,
        requests,
        ...policyHistory,
        'removed-secrets-are-out-of-history',
      ]),
    ],
  ],
  [
    'a release tag without a signature',
    [{ does: 'history', history: { ...signedHistory, tags: [releaseTag('unsigned')] } }],
    [violates(signedTags, 'refs/tags')],
  ],
  [
    'a commit changed after it was signed',
    [newest(commitAt(0, ines).raw.replace('Sign all commits', 'Trust all commits'))],
    [violates(signed, 'commit')],
  ],
  [
    'a commit that only speaks of a signature',
    [
      newest(
        `${commitAt(0, undefined).raw}\ngpgsig -----BEGIN SSH SIGNATURE-----\n RVhBTVBMRQ==\n -----END SSH SIGNATURE-----\n`,
      ),
    ],
    [violates(signed, 'commit')],
  ],
  [
    'a commit signed by somebody nobody knows',
    [newest(commitAt(0, signerNamed('Mallory', 'mallory@example.org')).raw)],
    [unsure(signed, 'commit')],
  ],
  [
    'a list of signers that is gone',
    [remove('.github/allowed_signers')],
    [
      unsure(signed, 'commit'),
      unsure(signedTags, 'refs/tags'),
      unsure(policiesSigned, 'docs/compliance/security-and-privacy-policy.md'),
    ],
  ],
  [
    'an environment file with a credential',
    [add('gateway/.env', 'API_KEY=EXAMPLE-0123456789\n')],
    [violates(keys, 'gateway/.env')],
  ],
  ['an environment file without a credential', [add('.env', 'COMPOSE_PROJECT_NAME=diary\n')], [violates(keys, '.env')]],
  [
    'an environment file of a name of its own',
    [add('deploy/production.env', 'POSTGRES_PASSWORD=EXAMPLE-tide-42\n')],
    [violates(keys, 'deploy/production.env')],
  ],
  ['a private key', [add('deploy/diary.key', pem)], [violates(keys, 'deploy/diary.key')]],
  [
    'a private key of SSH',
    [add('deploy/id_ed25519', pem.replaceAll('PRIVATE', 'OPENSSH PRIVATE'))],
    [violates(keys, 'deploy/id_ed25519')],
  ],
  [
    'a private key below its certificate',
    [add('deploy/bundle.pem', `-----BEGIN CERTIFICATE-----\nRVhBTVBMRQ==\n-----END CERTIFICATE-----\n${pem}`)],
    [violates(keys, 'deploy/bundle.pem')],
  ],
  [
    'a private key under the name of a Docker secret',
    [add('deploy/secrets/tls_key', pem)],
    [violates(keys, 'deploy/secrets/tls_key')],
    'private keys are looked for only under names of keys',
  ],
  [
    'a private key in a text file',
    [add('deploy/signing.txt', pem)],
    [violates(keys, 'deploy/signing.txt')],
    'private keys are looked for only under names of keys',
  ],
  ['a key store', [add('deploy/diary.p12', '0')], [violates(keys, 'deploy/diary.p12')]],
  ['the state of Terraform', [add('infra/terraform.tfstate', '{}')], [violates(keys, 'infra/terraform.tfstate')]],
  [
    'a DuckDB database',
    [add('analytics/extract.duckdb', '\0\0\0\0\0\0\0\0DUCK@\0\0\0')],
    [violates(data, 'analytics/extract.duckdb')],
  ],
  ['a SQLite database', [add('gateway/cache.db', 'SQLite format 3\0')], [violates(data, 'gateway/cache.db')]],
  [
    'a dump with rows',
    [add('db/seed.sql', '-- PostgreSQL database dump\nCOPY diary.entry (patient) FROM stdin;\n1\n\\.\n')],
    [violates(data, 'db/seed.sql')],
  ],
  [
    'a dump, compressed',
    [add('db/nightly.sql.gz', Buffer.from('1f8b0800', 'hex'))],
    [violates(data, 'db/nightly.sql.gz')],
  ],
  ['a log', [add('gateway/access.log', 'GET /api/v1/entries 200\n')], [violates(data, 'gateway/access.log')]],
  ['a backup copy', [add('nginx/nginx.conf.bak', 'events {}\n')], [violates(data, 'nginx/nginx.conf.bak')]],
  [
    'a tracked file that is ignored',
    [{ does: 'history', history: { ...signedHistory, ignoredYetTracked: ['gateway/app/records.py'] } }],
    [violates(ignored, 'gateway/app/records.py')],
  ],
  [
    'an environment file of direnv',
    [add('.envrc', 'export AWS_SECRET_ACCESS_KEY=EXAMPLEKEY/K7MDENG/bPxRfiCYEXAMPLEKEY\n')],
    [violates(keys, '.envrc')],
  ],
  [
    'the key file of a service account',
    [add('deploy/service-account.json', JSON.stringify({ type: 'service_account', private_key: pem }))],
    [violates(keys, 'deploy/service-account.json')],
    'private keys are looked for only under names of keys',
  ],
  [
    'a private key with a password',
    [add('deploy/locked.pem', pem.replaceAll('PRIVATE', 'ENCRYPTED PRIVATE'))],
    [violates(keys, 'deploy/locked.pem')],
  ],
]

changeOneThing('what git tracks', tracked)
