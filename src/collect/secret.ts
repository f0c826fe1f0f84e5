import type { Deposit, Fact, Gap } from '../model.ts'
import { linesOf } from '../parse/lines.ts'
import { holdsNoSecrets, mostSecrets, runsOnlyTests, type SecretSeen, secretsIn } from '../parse/secret.ts'
import { type Place, root } from '../place.ts'
import { lengthClassOf } from '../secrets.ts'
import type { Entry, Tree } from '../workspace/workspace.ts'
import { asked, type CollectorContext, type CollectorFactory } from './collector.ts'
import { pastSecrets } from './secret-past.ts'
import { whatItHolds } from './tracked-file.ts'

/** Secrets in the files of the tree and in their earlier versions. Values stay here: facts carry none. */
export const collector: CollectorFactory = context => ({
  answers: ['secret.value', 'secret.past'],
  collect: async questions => {
    const present = asked(questions, 'secret.value')
    const past = asked(questions, 'secret.past')
    const scan = await treeSecrets(context)
    const told = present.length > 0 ? await toldElsewhere(scan, context) : new Map<Hit, Told>()
    const answers = present.map(question => ({
      question,
      facts: factsOf(scan, told),
      gaps: scan.gaps,
      query: 'every file that is tracked (outside git: every file), as text',
    }))
    // A word that counts for nothing where tests run says nothing of where it was removed.
    const values = new Set(scan.hits.flatMap(({ seen, value }) => (seen.confidence === 'low' ? [] : [value])))
    return {
      answers: [...answers, ...(await Promise.all(past.map(question => pastSecrets(question, context, values))))],
      deposits: present.length > 0 ? scan.deposits : [],
    }
  },
})

/** A text is read up to here. */
const largestText = 8 * 1024 * 1024
/** All texts together. */
const mostBytes = 512 * 1024 * 1024

interface Hit {
  readonly uri: string
  readonly seen: SecretSeen
  readonly value: string
  readonly place: Place
  readonly line: number
}

interface Scan {
  readonly hits: readonly Hit[]
  readonly clean: number
  readonly binaries: number
  readonly byName: number
  readonly gaps: readonly Gap[]
  readonly deposits: readonly Deposit[]
  readonly entries: readonly Entry[]
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

const gapAt = (uri: string, cause: Gap['cause'], reason: string): Gap => ({
  kinds: ['secret.value'],
  place: uri === '.' ? root : { in: 'file', uri },
  cause,
  reason,
})

const treeSecrets = async ({ workspace: { tree }, signal }: CollectorContext): Promise<Scan> => {
  const { entries, unseen } = await tree.list()
  const gaps: Gap[] = unseen.map(({ uri, refusal }) => gapAt(uri, refusal.cause, refusal.reason))
  const hits: Hit[] = []
  const deposits: Deposit[] = []
  const count = { clean: 0, binaries: 0, byName: 0 }
  let left = mostBytes
  for (const { uri, type, tracked, bytes } of entries) {
    // A link is no text of its own: what it leads to is read where it stands.
    if (type !== 'file' || tracked === false) continue
    if (holdsNoSecrets(uri)) {
      count.byName++
      continue
    }
    signal.throwIfAborted()
    const start = bytes > 65_536 ? await tree.head(uri, 8192) : undefined
    if (start?.ok && isBinary(start.value)) {
      count.binaries++
      continue
    }
    if (bytes > largestText || bytes > left) {
      gaps.push(gapAt(uri, 'too-large', `${bytes.toLocaleString('en')} bytes; not searched for secrets`))
      continue
    }
    const read = await tree.head(uri, largestText)
    if (!read.ok) {
      gaps.push(gapAt(uri, read.refusal.cause, read.refusal.reason))
      continue
    }
    left -= read.value.length
    if (isBinary(read.value)) {
      count.binaries++
      continue
    }
    const found = secretsIn(textOf(read.value), uri)
    if (found.length === 0) {
      count.clean++
      continue
    }
    if (found.length === mostSecrets)
      gaps.push(gapAt(uri, 'too-large', `more than ${mostSecrets} secrets; the rest of the file is not listed`))
    await add(uri, textOf(read.value), found, tree, hits, deposits)
  }
  return { hits, ...count, gaps, deposits, entries }
}

/** A NUL byte makes it no text, wherever it stands in what is looked at. */
const isBinary = (bytes: Uint8Array): boolean => bytes.includes(0)

/** What is not UTF-8 is read byte by byte: a secret is ASCII in every encoding that is still met. */
const textOf = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes)
  } catch {
    return Buffer.from(bytes).toString('latin1')
  }
}

const add = async (
  uri: string,
  text: string,
  found: readonly SecretSeen[],
  tree: Tree,
  hits: Hit[],
  deposits: Deposit[],
): Promise<void> => {
  const file = await tree.text(uri, { most: largestText })
  const lines = linesOf(text)
  const exact = file.ok && file.value.text === text
  for (const seen of found)
    hits.push({
      uri,
      seen,
      value: text.slice(seen.start, seen.end),
      place: exact ? { in: 'span', source: file.value.source, ...lines.span(seen) } : { in: 'file', uri },
      line: lines.position(seen.start).line,
    })
  if (exact)
    deposits.push({
      source: file.value.source,
      text,
      secrets: found.map(({ start, end, kind }) => ({ start, end, kind })),
    })
}

type Told = 'compose.variable' | 'dockerfile.variable' | 'git.tracked-file'

/**
 * Which hits another collector reports as well: those on a line that a fact about a credential of a Compose file or
 * Dockerfile points at, and those in tracked key and environment files, which are judged whole.
 */
const toldElsewhere = async ({ hits, entries }: Scan, context: CollectorContext): Promise<ReadonlyMap<Hit, Told>> => {
  const told = new Map<Hit, Told>()
  const byUri = new Map(entries.map(entry => [entry.uri, entry]))
  const whole = new Map<string, boolean>()
  for (const hit of hits) {
    const entry = byUri.get(hit.uri)
    if (!whole.has(hit.uri)) {
      const holds = entry?.tracked ? (await whatItHolds(entry, context.workspace.tree)).holds : undefined
      whole.set(hit.uri, holds === 'environment file' || holds === 'private key' || holds === 'Terraform state')
    }
    if (whole.get(hit.uri)) told.set(hit, 'git.tracked-file')
  }
  const rest = hits.filter(hit => !told.has(hit))
  const look = async (
    kind: 'compose.variable' | 'dockerfile.variable',
    some: readonly Hit[],
    load: () => Promise<CollectorFactory>,
  ) => {
    if (some.length === 0) return
    const { answers } = await (await load())(context).collect([{ kind }])
    const lines = new Set<string>()
    for (const answer of answers)
      for (const { place } of answer.facts)
        if (place.in === 'span')
          for (let line = place.start.line; line <= Math.min(place.end.line, place.start.line + 200); line++)
            lines.add(`${line} ${place.source.uri}`)
    for (const hit of some) if (lines.has(`${hit.line} ${hit.uri}`)) told.set(hit, kind)
  }
  await look(
    'compose.variable',
    rest.filter(({ uri }) => /\.(?:ya?ml|env|json)$|(?:^|\/)\.?env/i.test(uri)),
    () => import('./compose.ts').then(m => m.collector),
  )
  await look(
    'dockerfile.variable',
    rest.filter(({ uri }) => /dockerfile|containerfile/i.test(uri)),
    () => import('./dockerfile.ts').then(m => m.collector),
  )
  return told
}

const factsOf = ({ hits, clean, binaries, byName }: Scan, told: ReadonlyMap<Hit, Told>): Fact<'secret.value'>[] => {
  const facts = hits.map((hit): Fact<'secret.value'> => {
    const { uri, seen, place } = hit
    return {
      kind: 'secret.value',
      id: `secret.value:${uri}/${seen.name ?? seen.kind}`,
      place,
      data: {
        is: 'secret',
        uri,
        secret: seen.kind,
        name: seen.name,
        length: lengthClassOf(seen),
        confidence: seen.confidence,
        testsOnly: runsOnlyTests(uri),
        toldBy: told.get(hit),
      },
    }
  })
  if (clean > 0)
    facts.push({
      kind: 'secret.value',
      id: 'secret.value',
      place: root,
      data: { is: 'rest', files: clean, binaries, byName },
    })
  return facts
}
