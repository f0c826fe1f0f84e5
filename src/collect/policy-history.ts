import type { PolicyChange, PolicyPromise } from '../facts/policy-history.ts'
import type { Answer, Collected, Deposit, Fact, Gap, Question } from '../model.ts'
import { type Markdown, parseMarkdown } from '../parse/markdown.ts'
import { type Statement, statementsIn } from '../parse/statement.ts'
import { type Place, root, type Source } from '../place.ts'
import { withoutSecrets } from '../secrets.ts'
import type { CommitHeader, PathChange, PathHistory, Read, Refusal, Tree } from '../workspace/workspace.ts'
import type { CollectorContext } from './collector.ts'
import { cutReasons, shownSubject, stamp, type Walked, type Walks } from './git-walk.ts'
import { differenceOf, isSubstance, likenessOf, type Pair, weakeningOf } from './policy-difference.ts'
import { byPath, covers, policyFiles } from './policy-document.ts'
import { compareVersions, identityOf } from './policy-identity.ts'

type Kind = 'policy.change' | 'policy.promise'

const bounds = { mostChanges: 4000, most: 64 * 1024 * 1024, largest: 1024 * 1024 }

/** Facts of the history of policy documents, each step of the branch compared with the one before it. */
export const policyHistory = async (
  questions: readonly Question<Kind>[],
  context: CollectorContext,
  walks: Walks,
): Promise<Collected> => {
  const told = new Map<string, Promise<Told>>()
  const answers = await Promise.all(
    questions.map(async (question): Promise<Answer> => {
      const key = JSON.stringify(question.paths)
      const telling = told.get(key) ?? tell(question.paths, context, walks)
      told.set(key, telling)
      const { facts, gaps, says } = await telling
      return {
        question,
        facts: facts.filter(fact => fact.kind === question.kind),
        gaps: gaps.map(gap => ({ ...gap, kinds: [question.kind] })),
        newestFirst: true,
        query: says,
      }
    }),
  )
  return { answers, deposits: (await Promise.all(told.values())).flatMap(t => t.deposits) }
}

interface Told {
  readonly facts: readonly Fact<Kind>[]
  readonly gaps: readonly Omit<Gap, 'kinds'>[]
  readonly deposits: readonly Deposit[]
  readonly says: string
}

/** Where a sentence of a document stands in the tree now. */
const shelfOf = (tree: Tree) => {
  const deposits: Deposit[] = []
  const texts = new Map<string, { readonly doc: Markdown; readonly source: Source } | undefined>()
  return {
    deposits,
    placeOf: async (uri: string, sentence: string | undefined): Promise<Place> => {
      if (sentence === undefined) return { in: 'file', uri }
      if (!texts.has(uri)) {
        const read = await tree.text(uri)
        if (read.ok) deposits.push({ source: read.value.source, text: read.value.text, secrets: [] })
        texts.set(uri, read.ok ? { doc: markdownOf(uri, read.value.text), source: read.value.source } : undefined)
      }
      const text = texts.get(uri)
      const statement = text && statementsIn(text.doc).find(s => s.text === sentence)
      return text && statement
        ? { in: 'span', source: text.source, ...text.doc.lines.span(statement.range) }
        : { in: 'file', uri }
    },
  }
}

const markdownOf = (uri: string, text: string): Markdown =>
  parseMarkdown(text, /\.te?xt$/i.test(uri) ? 'text' : 'markdown')

const untold = ({ cause, reason }: Refusal): Told => ({
  facts: [],
  gaps: [{ place: root, cause, reason }],
  deposits: [],
  says: '',
})

const tell = async (paths: readonly string[], context: CollectorContext, walks: Walks): Promise<Told> => {
  const { workspace, signal } = context
  const tip = await workspace.history.resolve('HEAD')
  if (!tip.ok) return untold(tip.refusal)
  const head = await workspace.history.head()
  const gaps: Omit<Gap, 'kinds'>[] = []
  const isDeclared = covers(paths)
  const elsewhere = new Set((await policyFiles(paths, workspace.tree, signal)).filter(uri => !isDeclared(uri)))
  const wants = (uri: string): boolean =>
    elsewhere.has(uri) || byPath({ uri, bytes: 0, type: 'file', tracked: true }, isDeclared) === 'document'
  const roots = [...new Set([...paths.map(folderOf), ...elsewhere])]
  const read: Read<PathHistory> = await workspace.history.paths(tip.value, roots, { ...bounds, wants })
  if (!read.ok) return untold(read.refusal)
  const history = read.value
  if (history.changes.length === 0)
    return {
      facts: [],
      gaps: [],
      deposits: [],
      says: `documents under ${paths.join(', ')}, and policies elsewhere: no commit holds one`,
    }
  const walk = await walks(tip.value)
  if (!walk.ok) return untold(walk.refusal)

  const cut = head.ok ? head.value.cut.filter(c => c !== 'replaced') : []
  gaps.push(...cut.map(c => ({ place: root, cause: 'unresolved' as const, reason: cutReasons[c] })))
  if (walk.value.commits.missing.length + walk.value.commits.damaged.length + history.missing > 0)
    gaps.push({
      place: root,
      cause: 'unreadable',
      reason: 'objects of the history are missing or damaged: changes to policies may be among them',
    })
  if (history.left.changes > 0)
    gaps.push({
      place: root,
      cause: 'too-large',
      reason: `policies changed more than ${bounds.mostChanges} times; ${history.left.changes} older changes were not compared`,
    })
  if (history.left.blobs > 0)
    gaps.push({
      place: root,
      cause: 'too-large',
      reason: `${history.left.blobs} versions of policies are larger than 1 MiB, or more than 64 MiB in all, and were not compared`,
    })
  const shelf = shelfOf(workspace.tree)
  const facts = await storyOf(history, walk.value, gaps, shelf.placeOf)
  return {
    facts,
    gaps,
    deposits: shelf.deposits,
    says: `each commit on the first-parent line of ${tip.value.slice(0, 10)} that changed a document under ${paths.join(', ')} or a policy elsewhere, compared with its first parent`,
  }
}

/** What stands before the first wildcard, as a folder; empty for the whole tree. */
const folderOf = (glob: string): string => {
  const fixed = /^[^*?[\]{}()!+@]*/.exec(glob.replace(/^\.?\//, ''))?.[0] ?? ''
  return fixed === glob ? fixed : fixed.slice(0, Math.max(0, fixed.lastIndexOf('/')))
}

/* ---- documents as they were ---- */

interface Version {
  readonly statements: readonly Statement[]
  readonly number: string | undefined
  readonly type: string
  readonly standing: PolicyChange['standing']
}

const loose = new TextDecoder('utf-8')

/** Reads each blob once. */
const library = (blobs: PathHistory['blobs']) => {
  const versions = new Map<string, Version | undefined>()
  return (uri: string, blob: string | undefined): Version | undefined => {
    if (blob === undefined) return undefined
    const bytes = blobs.get(blob)
    const key = `${blob} ${uri}`
    if (!versions.has(key)) versions.set(key, bytes && versionIn(uri, loose.decode(bytes)))
    return versions.get(key)
  }
}

const versionIn = (uri: string, text: string): Version => {
  const doc = markdownOf(uri, text)
  const { data } = identityOf(uri, doc, () => root)
  return {
    statements: statementsIn(doc),
    number: data.version?.number ?? data.newestRevision?.number,
    type: data.type,
    standing: data.standing,
  }
}

/* ---- the story of each document, from its first step to its last ---- */

interface Step {
  readonly change: PathChange
  readonly commit: CommitHeader
  readonly from: string | undefined
  readonly to: string | undefined
}
interface Document {
  steps: Step[]
}

/** Two texts are one document under another name from here on. */
const renamedFrom = 0.5
/** Pairs of documents that one step took away and added, compared at most; beyond, only those that are equal are paired. */
const mostLikened = 2500

/** Where what came was before, by its new name: equal texts first, then the most alike. */
const movesOf = (
  gone: readonly string[],
  come: readonly string[],
  change: PathChange,
  version: ReturnType<typeof library>,
  tooMany: (gone: number, come: number) => void,
): ReadonlyMap<string, string> => {
  const moved = new Map<string, string>()
  const left = new Set(gone)
  const equals = new Map<string, string[]>()
  for (const from of gone) {
    const blob = change.before.get(from) ?? ''
    equals.set(blob, [...(equals.get(blob) ?? []), from])
  }
  const move = (from: string | undefined, to: string): void => {
    if (from === undefined) return
    moved.set(to, from)
    left.delete(from)
  }
  for (const to of come) move(equals.get(change.after.get(to) ?? '')?.shift(), to)
  const fresh = come.filter(to => !moved.has(to))
  if (left.size * fresh.length > mostLikened) {
    tooMany(left.size, fresh.length)
    return moved
  }
  for (const to of fresh) {
    const [like] = [...left]
      .map(from => ({ from, like: likenessAcross(from, to, change, version) }))
      .filter(one => one.like >= renamedFrom)
      .sort((a, b) => b.like - a.like)
    move(like?.from, to)
  }
  return moved
}

/** Follows each document through the steps, oldest first; a file that goes where a like one comes has moved. */
const documentsOf = (
  steps: readonly { readonly change: PathChange; readonly commit: CommitHeader }[],
  version: ReturnType<typeof library>,
  gaps: Omit<Gap, 'kinds'>[],
): readonly Document[] => {
  const documents: Document[] = []
  const standing = new Map<string, Document>()
  for (const { change, commit } of steps) {
    const { before, after } = change
    const gone = [...before.keys()].filter(uri => !after.has(uri))
    const come = [...after.keys()].filter(uri => !before.has(uri))
    const moved = movesOf(gone, come, change, version, (from, to) =>
      gaps.push({
        place: root,
        cause: 'too-large',
        reason: `commit ${commit.oid.slice(0, 10)} took ${from} documents away and added ${to}; which of them only moved was not compared`,
      }),
    )
    const add = (from: string | undefined, to: string | undefined): void => {
      const known = from === undefined ? undefined : standing.get(from)
      const document = known ?? { steps: [] }
      if (!known) documents.push(document)
      document.steps.push({ change, commit, from, to })
      if (from !== undefined) standing.delete(from)
      if (to !== undefined) standing.set(to, document)
    }
    const movedAway = new Set(moved.values())
    for (const uri of gone) if (!movedAway.has(uri)) add(uri, undefined)
    for (const to of come) add(moved.get(to), to)
    for (const uri of after.keys()) if (before.has(uri)) add(uri, uri)
  }
  return documents
}

const likenessAcross = (
  from: string,
  to: string,
  { before, after }: PathChange,
  version: ReturnType<typeof library>,
): number => {
  const [old, next] = [version(from, before.get(from)), version(to, after.get(to))]
  return old && next ? likenessOf(old.statements, next.statements) : 0
}

const storyOf = async (
  history: PathHistory,
  walk: Walked,
  gaps: Omit<Gap, 'kinds'>[],
  placeOf: (uri: string, sentence: string | undefined) => Promise<Place>,
): Promise<readonly Fact<Kind>[]> => {
  const version = library(history.blobs)
  const steps = history.changes
    .filter(change => change.mainline)
    .toReversed()
    .flatMap(change => {
      const commit = walk.commits.of(change.oid)
      return commit ? [{ change, commit }] : []
    })
  const brought = new Map<string, PathChange[]>()
  for (const change of history.changes.filter(c => !c.mainline)) {
    const landed = walk.commits.of(change.oid)?.landed
    if (landed !== undefined) brought.set(landed, [...(brought.get(landed) ?? []), change])
  }
  /** Every sentence that stands somewhere after a step: what moved to another document is not gone. */
  const afterStep = (change: PathChange): ReadonlySet<string> => {
    const said = new Set<string>()
    for (const [uri, blob] of change.after)
      for (const { text } of version(uri, blob)?.statements ?? []) said.add(text.toLowerCase())
    return said
  }

  const facts: Fact<Kind>[] = []
  const ids = new Map<string, number>()
  for (const document of documentsOf(steps, version, gaps)) {
    const last = document.steps.at(-1)
    const uri = last?.to ?? last?.from
    if (!last || uri === undefined) continue
    const changes = document.steps.map((step): ChangeSeen => seen(step, version))
    let agreed: Version | undefined
    for (const [i, change] of changes.entries()) {
      const { step, old, next } = change
      // What a draft changed takes effect when it is one no more.
      const base = counts(next) && !counts(old) && agreed ? agreed : old
      const { pairs, uncompared } =
        base && base !== old && next ? differenceOf(base.statements, next.statements) : change
      if (counts(next)) agreed = next
      if (uncompared > 0)
        gaps.push({
          place: { in: 'file', uri },
          cause: 'too-large',
          reason: `${uncompared} sentences that commit ${step.commit.oid.slice(0, 10)} changed were not compared`,
        })
      facts.push({
        kind: 'policy.change',
        id: `policy.change:${uri}/${step.commit.oid}`,
        place: { in: 'row', uri, key: step.commit.oid.slice(0, 10) },
        data: {
          uri,
          commit: step.commit.oid,
          at: stamp(step.commit.committedAt),
          subject: shownSubject(step.commit.subject),
          is: step.from === undefined ? 'begun' : step.to === undefined ? 'ended' : 'changed',
          movedFrom: step.from !== undefined && step.to !== undefined && step.from !== step.to ? step.from : undefined,
          type: (next ?? old)?.type ?? 'document',
          standing: (next ?? old)?.standing ?? 'in force',
          version: { before: base?.number, after: next?.number },
          substance: pairs.filter(isSubstance).slice(0, 5).map(shownPair),
          raisedSoon: raisedSoon(changes, i),
          arrival: walk.arrivalOf(step.commit),
          reviewTrailer: walk.saysReviewed(step.commit),
          signatures: signaturesOf(step, brought.get(step.commit.oid) ?? [], walk),
        },
      })
    }
    for (const { data, sentence } of promisesOf(uri, changes, afterStep)) {
      const id = `policy.promise:${uri}/${data.is === 'none' ? '' : `${data.commit}/${data.by}`}`
      const n = (ids.get(id) ?? 0) + 1
      ids.set(id, n)
      facts.push({
        kind: 'policy.promise',
        id: n === 1 ? id : `${id}#${n}`,
        place: await placeOf(uri, sentence),
        data,
      })
    }
  }
  return facts.sort((a, b) => timeOf(b) - timeOf(a) || (a.id < b.id ? -1 : 1))
}

/** Binds somebody: no draft, no template, and not withdrawn. */
const counts = (version: Version | undefined): boolean =>
  version !== undefined && version.standing === 'in force' && version.type !== 'template'

const timeOf = ({ data }: Fact<Kind>): number => ('at' in data ? Date.parse(data.at) : 0)

interface ChangeSeen {
  readonly step: Step
  readonly old: Version | undefined
  readonly next: Version | undefined
  readonly pairs: readonly Pair[]
  readonly uncompared: number
}

const seen = (step: Step, version: ReturnType<typeof library>): ChangeSeen => {
  const { change, from, to } = step
  const old = from === undefined ? undefined : version(from, change.before.get(from))
  const next = to === undefined ? undefined : version(to, change.after.get(to))
  const difference = old && next ? differenceOf(old.statements, next.statements) : { pairs: [], uncompared: 0 }
  return { step, old, next, ...difference }
}

/** Seconds within which a version that was forgotten may be raised. */
const soon = 86_400

const raisedSoon = (changes: readonly ChangeSeen[], i: number): PolicyChange['raisedSoon'] => {
  const own = changes[i]
  const number = own?.next?.number
  if (!own || number === undefined) return undefined
  for (const later of changes.slice(i + 1)) {
    if (Math.abs(later.step.commit.committedAt - own.step.commit.committedAt) > soon) return undefined
    const raised = later.next?.number
    if (raised !== undefined && compareVersions(raised, number) > 0)
      return { commit: later.step.commit.oid, version: raised }
  }
  return undefined
}

/**
 * The commits behind a step that touched this very document: those a merge brought, and the step itself where it wrote
 * what none of them did: a merge can hold edits of its own.
 */
const signaturesOf = (step: Step, brought: readonly PathChange[], walk: Walked): PolicyChange['signatures'] => {
  const uris = [step.from, step.to].filter(uri => uri !== undefined)
  const touching = brought.filter(({ before, after }) => uris.some(uri => before.get(uri) !== after.get(uri)))
  const asBrought = uris.every(uri => touching.some(({ after }) => after.get(uri) === step.change.after.get(uri)))
  const oids = [...touching.map(c => c.oid), ...(asBrought ? [] : [step.commit.oid])]
  return oids.flatMap(oid => {
    const commit = walk.commits.of(oid)
    return commit ? [{ commit: oid, state: walk.signatureOf(commit).state }] : []
  })
}

/* ---- promises ---- */

type Weakened = Exclude<PolicyPromise, { is: 'none' }>
interface Promised {
  readonly data: PolicyPromise
  /** The sentence that stands now, whole. */
  readonly sentence?: string | undefined
}

interface Open {
  /** As it was when it was strongest. */
  readonly before: string
  after: string | undefined
  data: Pick<Weakened, 'is' | 'by' | 'said' | 'commit' | 'at' | 'versionRose'>
}

/**
 * Promises that got weaker, followed to what stands now: one that a later step makes good again is restored, one that
 * changes further is compared with what it was at first.
 */
const promisesOf = (
  uri: string,
  changes: readonly ChangeSeen[],
  afterStep: (change: PathChange) => ReadonlySet<string>,
): readonly Promised[] => {
  const open: Open[] = []
  for (const { step, old, next, pairs } of changes) {
    if (!old || !next) continue
    const [commit, at] = [step.commit.oid, stamp(step.commit.committedAt)]
    const versionRose =
      next.number !== undefined && (old.number === undefined || compareVersions(next.number, old.number) > 0)
    const stands = pairs.some(p => p.after === undefined) ? afterStep(step.change) : new Set<string>()
    for (const pair of pairs) {
      const known = open.find(o => o.data.is !== 'restored' && o.after !== undefined && o.after === pair.before)
      if (known) {
        known.after = pair.after
        const now = weakeningOf({ before: known.before, after: pair.after })
        if (now === undefined) known.data = { ...known.data, is: 'restored' }
        else if (now === 'removed')
          known.data = { is: 'weaker', by: 'removal', said: 'the sentence was taken out', commit, at, versionRose }
        else known.data = { ...known.data, ...now }
        continue
      }
      if (pair.before === undefined) {
        // What was taken out may come back.
        const back = open.find(
          o =>
            o.after === undefined &&
            o.data.is !== 'restored' &&
            pair.after !== undefined &&
            sameMatter(o.before, pair.after),
        )
        if (back) {
          back.after = pair.after
          const now = weakeningOf({ before: back.before, after: pair.after })
          back.data =
            now === undefined || now === 'removed' ? { ...back.data, is: 'restored' } : { ...back.data, ...now }
        }
        continue
      }
      const weakening = weakeningOf(pair)
      if (weakening === undefined) continue
      if (weakening === 'removed') {
        if (stands.has(pair.before.toLowerCase())) continue
        open.push({
          before: pair.before,
          after: undefined,
          data: { is: 'weaker', by: 'removal', said: 'the sentence was taken out', commit, at, versionRose },
        })
      } else open.push({ before: pair.before, after: pair.after, data: { ...weakening, commit, at, versionRose } })
    }
  }
  const last = changes.at(-1)
  const ended = last?.next === undefined
  const { type = 'document', standing = 'in force' } = last?.next ?? last?.old ?? {}
  // A document that is gone promises nothing any more; that it went is a change of its own.
  if (open.length === 0 || ended) return ended ? [] : [{ data: { is: 'none', uri, changes: changes.length - 1, type } }]
  return open.map(({ before, after, data }) => ({
    sentence: after,
    data: {
      ...data,
      uri,
      before: after === undefined ? shownText(before) : around(before, after),
      after: after === undefined ? undefined : around(after, before),
      type,
      standing,
    },
  }))
}

const sameMatter = (a: string, b: string): boolean =>
  likenessOf(
    a.split(/\s+/).map(text => ({ text, range: { start: 0, end: 0 } })),
    b.split(/\s+/).map(text => ({ text, range: { start: 0, end: 0 } })),
  ) >= 0.5

/* ---- what is shown ---- */

/** A sentence as a report may quote it: bounded, and without what might be a secret in an old version. */
const shownText = (text: string): string => {
  const clear = withoutSecrets(text)
  return clear.length > 160 ? `${clear.slice(0, 159)}…` : clear
}

/** Of a long sentence, the stretch where it differs from the other. */
const around = (text: string, other: string): string => {
  if (text.length <= 160) return shownText(text)
  let same = 0
  while (same < text.length && text[same] === other[same]) same++
  const from = same <= 60 ? 0 : text.lastIndexOf(' ', same - 40) + 1
  return from === 0 ? shownText(text) : `…${shownText(text.slice(from))}`
}

const shownPair = ({ before, after }: Pair): string => {
  if (before === undefined) return `added: "${shownText(after ?? '')}"`
  if (after === undefined) return `taken out: "${shownText(before)}"`
  return `"${around(before, after)}" became "${around(after, before)}"`
}
