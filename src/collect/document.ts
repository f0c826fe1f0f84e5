import type { DocumentScope } from '../facts/document.ts'
import type { Answer, Deposit, Fact, Gap, Question, SecretSpan } from '../model.ts'
import { readDate } from '../parse/date.ts'
import type { Range } from '../parse/lines.ts'
import { type Markdown, parseMarkdown } from '../parse/markdown.ts'
import { doubleStopsIn, type Placeholder, placeholdersIn } from '../parse/placeholder.ts'
import type { Place } from '../place.ts'
import type { Entry, Refusal, TextFile, Workspace } from '../workspace/workspace.ts'
import { asked, type CollectorFactory } from './collector.ts'
import { byPath, covers, holdsPolicies, isPolicy, lookAt, looksLikePolicy } from './policy-document.ts'
import { identityOf } from './policy-identity.ts'

const kinds = ['document.policy', 'document.placeholder', 'document.residue'] as const
type Kind = (typeof kinds)[number]

/** Of one document: more are not listed one by one. */
const mostPlaceholders = 200

/** Facts of the policy documents in the tree: what they say about themselves, and what was left blank in them. */
export const collector: CollectorFactory = ({ workspace, signal }) => ({
  answers: kinds,
  collect: async questions => {
    const own = kinds.flatMap((kind): readonly Question<Kind>[] => asked(questions, kind))
    const documents = new Map<string, ReadDocument>()
    const found = new Map<string, Promise<Found>>()
    const answers: Answer[] = []
    for (const question of own) {
      const key = JSON.stringify(question.paths)
      const finding = found.get(key) ?? findPolicies(question.paths, workspace, documents, signal)
      found.set(key, finding)
      const { policies, gaps } = await finding
      answers.push({
        question,
        facts: policies.flatMap(policy => policy.facts.filter(fact => fact.kind === question.kind)),
        gaps: [...gaps, ...policies.flatMap(policy => policy.gaps)].filter(gap => gap.kinds.includes(question.kind)),
        query:
          `Markdown and text files under ${question.paths.join(', ')}; ` +
          'elsewhere, Markdown files whose title and content are those of a policy',
      })
    }
    const deposits: Deposit[] = [...documents.values()]
      .filter(document => document.deposited)
      .map(({ file }) => ({ source: file.source, text: file.text, secrets: defaultsOfCredentials(file.text) }))
    return { answers, deposits }
  },
})

interface ReadDocument {
  readonly file: TextFile
  readonly facts: readonly Fact<Kind>[]
  readonly gaps: readonly Gap[]
  deposited: boolean
}

interface Found {
  readonly policies: readonly ReadDocument[]
  readonly gaps: readonly Gap[]
}

const gapAt = (place: Place, { cause, reason }: Refusal): Gap => ({ kinds, place, cause, reason })

const findPolicies = async (
  paths: readonly string[],
  { tree }: Workspace,
  documents: Map<string, ReadDocument>,
  signal: AbortSignal,
): Promise<Found> => {
  const { entries, unseen } = await tree.list()
  const gaps: Gap[] = unseen.map(({ uri, refusal }) => gapAt({ in: 'file', uri }, refusal))
  const policies: ReadDocument[] = []
  const isDeclared = covers(paths)
  for (const entry of entries) {
    signal.throwIfAborted()
    const kind = byPath(entry, isDeclared)
    // A declared document that is a link is refused when it is read; a folder would not be met at all.
    if (entry.leaves && kind !== 'document' && (holdsPolicies(entry.uri) || isDeclared(`${entry.uri}/a.md`))) {
      const reason = 'is a symbolic link that leads out of the tree; no policy behind it was read'
      gaps.push(gapAt({ in: 'file', uri: entry.uri }, { cause: 'denied', reason }))
      continue
    }
    if (kind === undefined) continue
    const place: Place = { in: 'file', uri: entry.uri }
    // Beside the declared folders a link's target, if it is in the tree, is met under its own name.
    if (entry.type !== 'file' && !isDeclared(entry.uri)) continue
    if (kind === 'not read') {
      gaps.push(
        gapAt(place, { cause: 'unparsed', reason: 'only Markdown and plain text are read as policy documents' }),
      )
      continue
    }
    if (kind === 'candidate' && !(await beginsLikePolicy(entry, tree, refusal => gaps.push(gapAt(place, refusal)))))
      continue
    let known = documents.get(entry.uri)
    if (!known) {
      const read = await tree.text(entry.uri)
      if (!read.ok) {
        gaps.push(gapAt(place, read.refusal))
        continue
      }
      known = readDocument(read.value)
      documents.set(entry.uri, known)
    }
    if (kind === 'candidate' && !isPolicy(entry.uri, known.file.text)) continue
    known.deposited = true
    policies.push(known)
  }
  return { policies, gaps }
}

const loose = new TextDecoder('utf-8')

const beginsLikePolicy = async (
  entry: Entry,
  tree: Workspace['tree'],
  missed: (refusal: Refusal) => void,
): Promise<boolean> => {
  const head = await tree.head(entry.uri, lookAt)
  if (!head.ok) {
    missed(head.refusal)
    return false
  }
  return looksLikePolicy(entry.uri, loose.decode(head.value))
}

const readDocument = (file: TextFile): ReadDocument => {
  const { source, text } = file
  const doc = parseMarkdown(text, /\.te?xt$/i.test(source.uri) ? 'text' : 'markdown')
  const placeOf = (range: Range): Place => ({ in: 'span', source, ...doc.lines.span(range) })
  const { data, title, problems } = identityOf(source.uri, doc, placeOf)
  const place: Place = title ? placeOf(title) : { in: 'file', uri: source.uri }
  const scope: DocumentScope = { uri: data.uri, title: data.title, type: data.type, standing: data.standing }
  const gaps: Gap[] = problems.map(({ range, reason }) => gapAt(placeOf(range), { cause: 'unparsed', reason }))
  if (doc.unclosedFence) {
    const reason = 'this code fence is never closed: the rest of the document is code, and was not read as text'
    gaps.push(gapAt(placeOf(doc.unclosedFence), { cause: 'unparsed', reason }))
  }
  const unclosed = doc.comments.find(({ end }) => end === text.length && !text.endsWith('-->'))
  if (unclosed) {
    const reason = 'this comment is never closed: readers of the page do not see the rest of the document'
    gaps.push(gapAt(placeOf({ start: unclosed.start, end: unclosed.start + 4 }), { cause: 'unparsed', reason }))
  }

  const blanks = placeholdersIn(doc.withoutCode).filter(blank => !isListInFrontMatter(blank, doc))
  if (blanks.length > mostPlaceholders) {
    const reason = `${blanks.length} placeholders; the first ${mostPlaceholders} are listed`
    gaps.push({ ...gapAt(place, { cause: 'too-large', reason }), kinds: ['document.placeholder'] })
  }
  const stops = doubleStopsIn(doc.withoutCode).filter(stop => !inComment(doc, stop.start))
  const name = namer(doc)
  const facts: Fact<Kind>[] = [
    { kind: 'document.policy', id: `document.policy:${source.uri}`, place, data },
    ...blanks.slice(0, mostPlaceholders).map(
      (blank): Fact<'document.placeholder'> => ({
        kind: 'document.placeholder',
        id: name(`document.placeholder:${source.uri}`, blank.rule, blank.range),
        place: placeOf(blank.range),
        data: {
          is: 'placeholder',
          document: scope,
          rule: blank.rule,
          text: showBlank(text.slice(blank.range.start, blank.range.end)),
          hidden: inComment(doc, blank.range.start),
          suggestion: suggestionIn(text.slice(blank.range.start, blank.range.end)),
        },
      }),
    ),
    ...stops.slice(0, mostPlaceholders).map(
      (stop): Fact<'document.residue'> => ({
        kind: 'document.residue',
        id: name(`document.residue:${source.uri}`, 'double full stop', stop),
        place: placeOf(stop),
        data: { is: 'double full stop', document: scope, after: lastWord(text, stop) },
      }),
    ),
  ]
  if (blanks.length === 0) {
    const id = `document.placeholder:${source.uri}`
    facts.push({ kind: 'document.placeholder', id, place, data: { is: 'none', document: scope } })
  }
  if (stops.length === 0) {
    const id = `document.residue:${source.uri}`
    facts.push({ kind: 'document.residue', id, place, data: { is: 'none', document: scope } })
  }
  return { file, facts, gaps, deposited: false }
}

/** `tags: [name, date]` is a list, and only looks like a prompt. */
const isListInFrontMatter = ({ rule, range }: Placeholder, { frontMatter, text }: Markdown): boolean =>
  rule === 'bracketed prompt' &&
  frontMatter !== undefined &&
  range.start < frontMatter.range.end &&
  (text.slice(range.start, range.end).includes(',') ||
    /(?:tags|keywords|categories|labels):[ \t]*$/i.test(text.slice(Math.max(0, range.start - 40), range.start)))

const inComment = ({ comments }: Markdown, at: number): boolean =>
  comments.some(({ start, end }) => start <= at && at < end)

/** Section and rule name a place in a document across edits; what shares a name is numbered in order. */
const namer = (doc: Markdown): ((scope: string, rule: string, range: Range) => string) => {
  const taken = new Map<string, number>()
  let section = 0
  let last = 0
  return (scope, rule, range) => {
    if (range.start < last) section = 0
    last = range.start
    while ((doc.headings[section]?.range.start ?? Number.POSITIVE_INFINITY) <= range.start) section++
    const heading = doc.headings[section - 1]?.text.slice(0, 60) ?? ''
    const id = `${scope}/${heading}/${rule}`
    const n = (taken.get(id) ?? 0) + 1
    taken.set(id, n)
    return n === 1 ? id : `${id}#${n}`
  }
}

/** What may follow a variable's name is a default, and a default may be a password. */
const showBlank = (written: string): string => {
  const bare = written.replace(/^(\$\{[A-Za-z_]\w*)[^}]+\}$/, '$1…}').replace(/\s+/g, ' ')
  return bare.length > 80 ? `${bare.slice(0, 79)}…` : bare
}

/** `${SMTP_PASSWORD:-hunter2}`: what follows the name must not reach an excerpt. */
const defaultsOfCredentials = (text: string): SecretSpan[] =>
  [...text.matchAll(/\$\{(\w{0,60}(?:PASS|SECRET|TOKEN|KEY|CREDENTIAL)\w{0,60}:?[-=+?])([^}\n]{1,80})\}/gi)].map(
    match => {
      const start = match.index + 2 + (match[1]?.length ?? 0)
      return { start, end: start + (match[2]?.length ?? 0), kind: 'default of a variable' }
    },
  )

const suggestionIn = (written: string): string | undefined => {
  const read = readDate(written)
  return read?.is === 'day' ? read.iso : undefined
}

const lastWord = (text: string, { start }: Range): string =>
  /[\p{L}\p{N}-]{1,40}$/u.exec(text.slice(Math.max(0, start - 40), start + 1))?.[0] ?? ''
