import type { Held } from '../facts/git.ts'
import type { Entry, Refusal, Tree } from '../workspace/workspace.ts'

/** How much of a file is looked at to tell what it is: enough for a dump's first rows. */
const lookAt = 256 * 1024
/** Enough for the magic of every database known here. */
const magicAt = 32

export interface Seen {
  readonly holds: Held | undefined
  readonly credentials: number
  readonly unread?: Refusal
}

const nothing: Seen = { holds: undefined, credentials: 0 }

/** Names that say by themselves what is inside, and names that make the first bytes worth a look. */
const byName: readonly {
  readonly name: RegExp
  readonly look: (bytes: string) => Held | undefined
  /** What the name says where Git LFS keeps the content elsewhere. */
  readonly pointed?: Held
}[] = [
  // `.env.example` and its kin are the right way to document variables.
  {
    name: /(^|\/)\.env(\.(?!(example|sample|template|dist|schema|defaults?|tpl|tmpl|j2|erb)\b)[\w.-]+)?$/i,
    look: () => 'environment file',
  },
  // Named after what they configure: many hold defaults and no secret, so only what they hold makes them one.
  {
    name: /(^|\/)(\.envrc|(?!.*(example|sample|template|dist)\b)[\w.-]+\.env)$/i,
    look: bytes => (credentialsIn(bytes) > 0 ? 'environment file' : undefined),
  },
  {
    name: /\.(pem|key|crt|cer|ppk|asc)$|(^|\/)(id_(rsa|dsa|ecdsa|ed25519)(_sk)?|[\w.-]*(private|secret)[_-]?key)$/i,
    look: bytes =>
      /-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----/.test(bytes) || /^PuTTY-User-Key-File-/.test(bytes)
        ? 'private key'
        : undefined,
  },
  { name: /\.(p12|pfx|jks|keystore|kdbx)$/i, look: () => 'key store', pointed: 'key store' },
  { name: /\.tfstate(\.backup)?$/i, look: () => 'Terraform state', pointed: 'Terraform state' },
  {
    name: /\.(sqlite3?|db3?|duckdb|ddb|mdb|accdb|rdb|dbf)$/i,
    look: bytes => (databaseMagic(bytes) || /^\0/.test(bytes.slice(0, 1)) ? 'database' : undefined),
    pointed: 'database',
  },
  {
    name: /\.(dump|pgdump|sql|psql)$/i,
    look: bytes => (isDumpWithRows(bytes) ? 'database dump' : undefined),
    pointed: 'database dump',
  },
  // What is inside a compressed dump cannot be looked at, and nobody compresses a schema to track it.
  { name: /\.(sql|dump|pgdump)\.(gz|bz2|xz|zst|lz4|zip|7z)$/i, look: () => 'database dump', pointed: 'database dump' },
  {
    name: /(^|[/._-])(backups?|dumps?)([._-][\w.-]*)?\.(tar|tgz|tbz2?|txz|zip|gz|bz2|xz|zst|7z|rar)$/i,
    look: () => 'backup copy',
    pointed: 'backup copy',
  },
  { name: /\.(bak|backup|old|orig|save|swp|swo)$|~$/i, look: () => 'backup copy' },
  { name: /\.log(\.\d+)?$/i, look: bytes => (bytes.trim() === '' ? undefined : 'log') },
]

/** SQLite (file format §1.3), DuckDB (`DUCK` at 8), Access, Redis RDB, dBase is by name only. */
const databaseMagic = (bytes: string): boolean =>
  bytes.startsWith('SQLite format 3\0') ||
  bytes.slice(8, 12) === 'DUCK' ||
  bytes.slice(4, 19) === 'Standard Jet DB' ||
  bytes.slice(4, 19) === 'Standard ACE DB' ||
  bytes.startsWith('REDIS0')

/** A schema without rows is source code; rows make it data. */
const isDumpWithRows = (bytes: string): boolean =>
  bytes.startsWith('PGDMP') ||
  (/^(--|\/\*).{0,20}(PostgreSQL database dump|MySQL dump|MariaDB dump|SQLite database dump)/m.test(bytes) &&
    /^(COPY [^;\n]{1,400} FROM stdin|INSERT INTO )/im.test(bytes))

/** A variable that names a credential and has a value that is no placeholder or reference. */
const credential =
  /^\s*(?:export\s+)?[A-Z0-9_.]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?|DSN)[A-Z0-9_]*\s*=\s*["']?(?!\$\{?|<|["']?\s*$)[^\s"'#]/gim

const credentialsIn = (bytes: string): number => bytes.match(credential)?.length ?? 0

/** What a tracked file is, when it is something a repository should not hold. */
export const whatItHolds = async (entry: Entry, tree: Tree): Promise<Seen> => {
  if (entry.type !== 'file') return nothing
  if (entry.bytes === 0) return nothing
  const rule = byName.find(r => r.name.test(entry.uri))
  const head = await tree.head(entry.uri, rule ? lookAt : magicAt)
  if (!head.ok) return { ...nothing, unread: head.refusal }
  const bytes = Buffer.from(head.value).toString('latin1')
  // A database is one under any name.
  if (!rule) return databaseMagic(bytes) ? { holds: 'database', credentials: 0 } : nothing
  // A pointer of Git LFS stands for content that is not here: the name alone decides.
  const lfs = bytes.startsWith('version https://git-lfs.github.com/spec/')
  const holds = lfs ? rule.pointed : rule.look(bytes)
  return { holds, credentials: holds === 'environment file' ? credentialsIn(bytes) : 0 }
}
