import { signedHistory } from './company.ts'
import { add, type Change, edit, gap, unsure, violates } from './edits.ts'
import { data, ignored, keys, signed } from './names.ts'
import { changeOneThing, type Row } from './table.ts'

const pem = '-----BEGIN PRIVATE KEY-----\nRVhBTVBMRS1OT1QtQS1LRVk=\n-----END PRIVATE KEY-----\n'
const newest = (of: Partial<(typeof signedHistory.commits)[number]>): Change => ({
  does: 'history',
  history: { commits: [{ ...signedHistory.commits[0], ...of }, ...signedHistory.commits.slice(1)] },
})

const tracked: readonly Row[] = [
  [
    'one commit without a signature',
    [newest({ signature: 'none', subject: 'sign all commits from now on' })],
    [violates(signed, 'commit'), unsure(signed, 'commit')],
  ],
  [
    'a shallow clone',
    [
      { does: 'history', history: { commits: signedHistory.commits.slice(0, 1), cut: ['shallow'] } },
      edit('inputs/tests.log', '000000000c', '0000000001'),
      edit('inputs/scans.log', '000000000c', '0000000001'),
    ],
    [gap('unresolved', '.', undefined, [])],
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
    'only names that begin with .env are looked at',
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
    'compressed dumps are not recognised',
  ],
  ['a log', [add('gateway/access.log', 'GET /api/v1/entries 200\n')], [violates(data, 'gateway/access.log')]],
  ['a backup copy', [add('nginx/nginx.conf.bak', 'events {}\n')], [violates(data, 'nginx/nginx.conf.bak')]],
  [
    'a tracked file that is ignored',
    [{ does: 'history', history: { ...signedHistory, ignoredYetTracked: ['gateway/app/records.py'] } }],
    [violates(ignored, 'gateway/app/records.py')],
  ],
]

changeOneThing('what git tracks', tracked)
