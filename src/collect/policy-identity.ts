import type {
  DocumentFacts,
  DocumentReview,
  Stated,
  StatedDate,
  StatedPerson,
  StatedVersion,
} from '../facts/document.ts'
import { readDate } from '../parse/date.ts'
import { labelledIn } from '../parse/labelled.ts'
import type { Range } from '../parse/lines.ts'
import { type Cell, type Markdown, plain, type Table } from '../parse/markdown.ts'
import { placeholdersIn } from '../parse/placeholder.ts'
import { itemsOf, parseYaml, type YamlNode } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import { legalForm, namedIn } from './policy-people.ts'

export type PolicyData = DocumentFacts['document.policy']

export interface Identity {
  readonly data: PolicyData
  /** Of the title, or of nothing where the document has none. */
  readonly title: Range | undefined
  /** What keeps the front matter from being understood. */
  readonly problems: readonly { readonly range: Range; readonly reason: string }[]
}

type Field =
  | 'owner'
  | 'approver'
  | 'author'
  | 'version'
  | 'effective'
  | 'date'
  | 'updated'
  | 'reviewed'
  | 'reviewer'
  | 'reviewDate'
  | 'nextReview'
  | 'cycle'
  | 'status'
  | 'type'
  | 'organisation'
  | 'period'
  | 'title'
  | 'change'
  | 'outcome'

/** The names people give to a field, in front matter (`effectiveDate`), before a colon or in a table's header. */
const names: readonly (readonly [Field, RegExp])[] = [
  [
    'owner',
    /^(?:(?:document|policy|process|procedure|plan) owner|owner|owned by|maintained by|maintainer|(?:document|policy) (?:custodian|steward)|responsible (?:party|person|officer|role))$/,
  ],
  [
    'approver',
    /^(?:approved by|approver|approvers|approver\(s\)|(?:document|policy) approver|approved|approval|authori[sz]ed by|signed by|signed off by|approving authority|approval authority)$/,
  ],
  ['author', /^(?:authors?|author\(s\)|prepared by|written by|drafted by|created by)$/],
  ['version', /^(?:(?:document |policy )?(?:version|revision)(?: number| no| #)?|rev|ver)$/],
  [
    'effective',
    /^(?:effective|effective (?:date|from|as of|on)|date effective|in force (?:since|from)|valid from|date of effect)$/,
  ],
  [
    'date',
    /^(?:date|issue date|date of issue|issued(?: on)?|published(?: on)?|publication date|approval date|date approved|approved on|date of approval|adopted(?: on)?|as of)$/,
  ],
  [
    'updated',
    /^(?:last (?:updated|modified|revised|changed|update|revision|edited)(?: on)?|updated(?: on)?|revision date|date updated)$/,
  ],
  [
    'reviewed',
    /^(?:last reviewed(?: on)?|last review(?: date)?|reviewed(?: on)?|date of (?:last )?review|date reviewed|review completed)$/,
  ],
  ['reviewer', /^(?:reviewed by|last reviewed by|reviewers?|reviewer\(s\))$/],
  ['reviewDate', /^review date$/],
  [
    'nextReview',
    /^(?:next review(?: date| due| due date)?|next scheduled review|review due(?: date| by)?|to be reviewed by)$/,
  ],
  ['cycle', /^(?:review (?:cycle|frequency|period|interval|schedule|cadence)|policy review|reviewed every|review)$/],
  ['status', /^(?:(?:document |policy )?status)$/],
  ['type', /^(?:(?:document )?type|document class)$/],
  ['organisation', /^(?:organi[sz]ation|company|entity|organi[sz]ation name|company name)$/],
  [
    'period',
    /^(?:period|period covered|covered period|reporting period|observation (?:window|period)|coverage(?: period)?|period under review|as of)$/,
  ],
  ['title', /^(?:(?:document |policy )?title|policy name|document name|name)$/],
  [
    'change',
    /^(?:changes?|description(?: of changes?)?|summary(?: of changes?)?|comments?|notes?|reason(?: for change)?|details)$/,
  ],
  ['outcome', /^(?:outcome|result|decision)$/],
]

const normal = (label: string): string =>
  label
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[-_.]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

const fieldsNamed = (label: string): readonly Field[] => {
  const name = normal(label)
  return name.length > 40 ? [] : names.filter(([, pattern]) => pattern.test(name)).map(([field]) => field)
}

/** A value that may belong to a field. */
interface Candidate {
  readonly field: Field
  readonly text: string
  readonly range: Range
  readonly from: Stated['from']
  readonly person?: string | undefined
  readonly role?: string | undefined
}

/** What stands where a value should, without being one. */
const filler =
  /^(?:tb[dca]|to ?do|pending|to be (?:determined|confirmed|decided|announced|defined|assigned)|n\/?a|none|unknown|unassigned|[-–—?.]+|x{2,})$/i

const shown = (text: string): string => {
  const line = text
    // The default of a variable may be a password.
    .replace(/\$\{([A-Za-z_]\w{0,80})[^}\n]{1,80}\}/g, (_, name: string) => `\${${name}…}`)
    .replace(/\s*\n\s*/g, ', ')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}

const unfilledIn = (text: string): string | undefined => {
  const value = text.trim()
  if (value === '') return 'nothing'
  if (filler.test(value)) return 'to-do mark'
  return placeholdersIn(value.slice(0, 1000))[0]?.rule
}

const typeWord =
  /\b(template|brief|policy|procedures?|plan|standards?|guide|guidelines?|handbook|manual|playbook|runbook|agreement|program(?:me)?)\b/i
const typeWords = new RegExp(typeWord, 'gi')

const typeFrom = (title: string, uri: string): string => {
  const file = uri.slice(uri.lastIndexOf('/') + 1)
  // A title that ends in "Template" names one; "Template Management Policy" does not.
  if (/\btemplate\W*$|^template\b\s*[:—–-]/i.test(title)) return 'template'
  if (/(?:^|[-_. ])template[-_. ]/i.test(file) || /(?:^|\/)(?:templates?|themes)\//i.test(uri)) return 'template'
  // English names the thing last: "Incident Response Plan Policy" is a policy.
  const last = [...title.matchAll(typeWords)].at(-1)?.[1]?.toLowerCase()
  return last?.replace(/^(procedure|standard|guideline)s$/, '$1') ?? 'document'
}

/** Reads what a document says about itself. Front matter first, then labels in prose and tables, then revision tables. */
export const identityOf = (uri: string, doc: Markdown, placeOf: (range: Range) => Place): Identity => {
  const front = frontMatter(doc)
  const histories = doc.tables.map(historyOf).filter(h => h !== undefined)
  const candidates: Candidate[] = [...front.candidates]
  for (const { label, value, range, form } of labelledIn(doc)) {
    // In the header of a revision table one name stands beside another.
    if (form === 'table' && fieldsNamed(value).length > 0) continue
    if (form === 'heading' && value.length > 120) continue
    for (const field of fieldsNamed(label)) {
      candidates.push({ field, text: value, range, from: form === 'table' ? 'table' : 'prose' })
    }
  }
  const newest = histories.map(h => newestOf(h)).find(row => row !== undefined)
  for (const [field, cell] of newest ?? []) {
    candidates.push({ field, text: cell.text, range: cell.range, from: 'table' })
  }

  const stated = ({ text, range, from }: Candidate): Stated => ({
    text: shown(text),
    place: placeOf(range),
    from,
    unfilled: unfilledIn(text),
  })
  const first = <T>(fields: readonly Field[], read: (candidate: Candidate) => T | undefined): T | undefined => {
    for (const field of fields) {
      for (const candidate of candidates) {
        if (candidate.field !== field) continue
        const value = read(candidate)
        if (value !== undefined) return value
      }
    }
    return undefined
  }

  const heading = doc.headings.find(h => h.level === 1) ?? doc.headings[0]
  const titled = front.candidates.find(c => c.field === 'title')
  const title = shown(titled?.text || heading?.text || '') || nameOf(uri)
  const organisation = first(['organisation'], stated) ?? organisationIn(doc, heading, title, placeOf)
  const type =
    (front.candidates
      .find(c => c.field === 'type')
      ?.text.trim()
      .toLowerCase() ||
      undefined) ??
    typeFrom(title, uri)

  const person = (candidate: Candidate): StatedPerson | undefined => {
    const base = stated(candidate)
    const named =
      candidate.person !== undefined || candidate.role !== undefined
        ? { person: candidate.person, role: candidate.role }
        : namedIn(candidate.text, organisation?.text)
    if (base.unfilled !== undefined) return { ...base, person: undefined, role: undefined }
    // "Owner: the person who …" defines a word; it names nobody.
    const defines = /^(?:the|an?|any|each|all|every|who|persons?|individuals?)\b/i.test(base.text)
    const words = base.text.split(/\s+/).length
    if (candidate.from !== 'front matter') {
      if ((defines && words > 5) || words > 14) return undefined
      if (named.person === undefined && named.role === undefined) return undefined
    }
    return { ...base, ...named }
  }
  const date = (candidate: Candidate): StatedDate | undefined => {
    const read = dateIn(candidate, stated(candidate))
    // A sentence that begins with "Date:" and holds none is about something else.
    return read.form === 'none' && read.unfilled === undefined && candidate.text.length > 60 ? undefined : read
  }
  const version = (candidate: Candidate): StatedVersion | undefined => {
    const base = stated(candidate)
    if (candidate.from !== 'front matter' && base.text.length > 40) return undefined
    return { ...base, number: base.unfilled === undefined ? versionIn(base.text) : undefined }
  }
  const status = first(['status'], c => (c.text.length > 60 ? undefined : stated(c)))
  const reviewDate = first(['reviewDate'], date)

  const data: PolicyData = {
    uri,
    title,
    type,
    status,
    standing: standingOf(status?.text ?? ''),
    organisation,
    owner: first(['owner'], person),
    author: first(['author'], person),
    approver: first(['approver'], c => (readDate(c.text) && !/\p{L}{3}/u.test(c.text) ? undefined : person(c))),
    version: first(['version'], version),
    newestRevision: versionOf(newest, placeOf),
    effectiveDate: first(['effective', 'date'], date),
    updated: first(['updated'], date),
    period: first(['period'], c => (c.text.length > 120 ? undefined : stated(c))),
    reviews: [
      ...front.reviews(placeOf),
      ...proseReviews(candidates, date, reviewDate),
      ...histories.flatMap(h => reviewsIn(h, placeOf)),
    ],
    nextReview: first(['nextReview'], date),
    promise: promiseIn(doc, candidates, placeOf),
    unread: front.unread && placeOf(front.unread),
  }
  return { data, title: titled?.text ? titled.range : heading?.range, problems: front.problems }
}

const nameOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)

const standingOf = (status: string): PolicyData['standing'] => {
  if (
    /^(?:draft|proposed|planned|outline|stub|in (?:review|progress)|under review|work in progress|wip|to ?do|not (?:yet )?(?:approved|started|written|in force))\b/i.test(
      status,
    )
  )
    return 'draft'
  return /^(?:retired|superseded|withdrawn|obsolete|archived|deprecated|rescinded|replaced)\b/i.test(status)
    ? 'withdrawn'
    : 'in force'
}

const versionIn = (text: string): string | undefined =>
  /(?:^|[\s(])(?:v|version |rev\.? ?|r)?(\d{1,6}(?:\.\d{1,6}){0,4})(?![\d/]|[-/]\d)/i.exec(text)?.[1]

const dateIn = (candidate: { readonly text: string }, base: Stated): StatedDate => {
  const read = readDate(candidate.text)
  const suggestion = read?.is === 'day' ? read.iso : read?.is === 'ambiguous' ? read.monthFirst : undefined
  if (base.unfilled !== undefined) return { ...base, iso: undefined, form: 'none', suggestion }
  switch (read?.is) {
    case 'day':
      return { ...base, iso: read.iso, form: read.form, suggestion: read.form === 'iso' ? undefined : read.iso }
    case 'ambiguous':
    case 'month':
    case 'impossible':
      return { ...base, iso: undefined, form: read.is, suggestion }
    case undefined:
      return { ...base, iso: undefined, form: 'none', suggestion: undefined }
  }
}

/** Words that titles of policies are made of. */
const titleWord =
  /^(?:the|an?|and|or|of|for|in|on|to|our|use|user|information|data|security|privacy|access|control|management|managing|incident|response|risk|assessment|analysis|disaster|recovery|business|continuity|contingency|workforce|employee|personnel|human|resources?|audit|auditing|logging|log|encryption|cryptograph\w*|key|retention|disposal|destruction|media|breach|notification|compliance|readiness|regulatory|patch|vulnerabilit\w+|change|configuration|asset|inventory|vendor|supplier|third|part(?:y|ies)|acceptable|password|authentication|authori[sz]ation|identity|backup|firewall|email|network|physical|facility|remote|mobile|device|workstation|cloud|software|system|systems|secure|development|operations?|operational|training|awareness|sanctions?|code|conduct|quality|general|master|corporate|company|internal|external|protection|classification|handling|minimum|necessary|testing|monitoring|hipaa|soc|ii|iii|iv|i|iso|gdpr|ccpa|phi|ephi|pii|os|it|ai|guide|guidelines?|polic(?:y|ies)|procedures?|plan|standards?|brief|template|manual|handbook|program(?:me)?|framework|overview|summary|statement)$/i

const organisationIn = (
  doc: Markdown,
  heading: Markdown['headings'][number] | undefined,
  title: string,
  placeOf: (range: Range) => Place,
): Stated | undefined => {
  if (heading?.level === 1) {
    const parted = /^(.{2,80}?)\s*(?:[—–|:]|\s-\s)\s*(.{2,120})$/.exec(heading.text)
    if (parted?.[1] && typeWord.test(parted[2] ?? '') && !typeWord.test(parted[1])) {
      return { text: shown(parted[1]), place: placeOf(heading.range), from: 'prose', unfilled: unfilledIn(parted[1]) }
    }
  }
  const named = legalForm.exec(doc.withoutCode.slice(0, 100_000))
  if (!named) {
    // "Northlight Security Policy": a word of the title that is no word of policies may be the organisation's name.
    const name = [...title.matchAll(/\p{Lu}[\p{L}\p{N}.'’™®]*/gu)].find(([word]) => !titleWord.test(word))?.[0]
    return name && heading
      ? { text: name, place: placeOf(heading.range), from: 'prose', unfilled: undefined }
      : undefined
  }
  const range = { start: named.index, end: named.index + named[0].length }
  return { text: shown(plain(named[0])), place: placeOf(range), from: 'prose', unfilled: undefined }
}

type Row = ReadonlyMap<Field, Cell>
interface History {
  readonly fields: ReadonlySet<Field>
  readonly rows: readonly Row[]
}

/** A table whose header names versions, approvals or reviews: the document's history. */
const historyOf = (table: Table): History | undefined => {
  const columns = table.header.map(cell => fieldsNamed(cell.text))
  const known = columns.filter(fields => fields.length > 0).length
  const fields = new Set(columns.flat())
  const about =
    fields.has('version') ||
    fields.has('approver') ||
    fields.has('reviewed') ||
    fields.has('reviewer') ||
    fields.has('reviewDate')
  if (!about || known < 2 || (known < columns.length - 1 && !fields.has('version'))) return undefined
  const rows = table.rows.map(cells => {
    const row = new Map<Field, Cell>()
    for (const [at, names] of columns.entries()) {
      const cell = cells[at]
      if (cell) for (const field of names) if (!row.has(field)) row.set(field, cell)
    }
    return row
  })
  return { fields, rows: rows.filter(row => [...row.values()].some(cell => cell.text !== '')) }
}

const dateOfRow = (row: Row): string => {
  for (const field of ['effective', 'date', 'reviewed', 'reviewDate', 'updated'] as const) {
    const read = readDate(row.get(field)?.text ?? '')
    if (read?.is === 'day') return read.iso
  }
  return ''
}

/** Dotted numbers, part by part: negative where the first is lower. */
export const compareVersions = (a: string, b: string): number => {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** By version, where versions are given; then by date. */
const newestOf = ({ fields, rows }: History): Row | undefined => {
  if (!fields.has('version')) return undefined
  const versionOfRow = (row: Row): string => versionIn(row.get('version')?.text ?? '') ?? '0'
  return rows.reduce<Row | undefined>((best, row) => {
    if (!best) return row
    const order = compareVersions(versionOfRow(row), versionOfRow(best))
    return order > 0 || (order === 0 && dateOfRow(row) > dateOfRow(best)) ? row : best
  }, undefined)
}

const versionOf = (row: Row | undefined, placeOf: (range: Range) => Place): StatedVersion | undefined => {
  const cell = row?.get('version')
  if (!cell) return undefined
  return {
    text: shown(cell.text),
    place: placeOf(cell.range),
    from: 'table',
    unfilled: unfilledIn(cell.text),
    number: versionIn(cell.text),
  }
}

/** Rows that somebody reviewed or approved, and rows that say they were a review. */
const reviewsIn = ({ fields, rows }: History, placeOf: (range: Range) => Place): DocumentReview[] =>
  rows.flatMap(row => {
    const cell =
      row.get('reviewed') ?? row.get('reviewDate') ?? row.get('date') ?? row.get('effective') ?? row.get('updated')
    if (!cell) return []
    const by = row.get('reviewer')?.text || row.get('approver')?.text
    const change = row.get('change')?.text ?? ''
    const says =
      /\breview(?:ed)?\b/i.test(change) &&
      !/\b(?:for|pending|awaiting|before|scheduled|planned) (?:\w+ )?review/i.test(change)
    const isRecord = fields.has('reviewed') || fields.has('reviewDate')
    if (!(by && unfilledIn(by) === undefined) && !says && !isRecord) return []
    const base: Stated = {
      text: shown(cell.text),
      place: placeOf(cell.range),
      from: 'table',
      unfilled: unfilledIn(cell.text),
    }
    const outcome = row.get('outcome')?.text || row.get('status')?.text || change
    const name = by || row.get('author')?.text
    return [
      { date: dateIn(cell, base), by: name ? shown(name) : undefined, outcome: outcome ? shown(outcome) : undefined },
    ]
  })

const proseReviews = (
  candidates: readonly Candidate[],
  date: (candidate: Candidate) => StatedDate | undefined,
  reviewDate: StatedDate | undefined,
): DocumentReview[] => {
  const by = candidates.find(c => c.field === 'reviewer' && unfilledIn(c.text) === undefined)?.text
  const reviewer = by ? shown(by) : undefined
  const dated = candidates.filter(c => c.field === 'reviewed').map(date)
  return [...dated, reviewDate]
    .filter(d => d !== undefined)
    .filter(d => d.form !== 'none' || d.unfilled !== undefined)
    .map(d => ({ date: d, by: reviewer, outcome: undefined }))
}

const numbers: Readonly<Record<string, number>> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  six: 6,
  nine: 9,
  twelve: 12,
  eighteen: 18,
  'twenty-four': 24,
}

const often: readonly (readonly [number, RegExp])[] = [
  [12, /\b(?:annual(?:ly)?|yearly|once (?:a|per|each|every) year|each year|per year)\b/i],
  [6, /\b(?:semi-?annual(?:ly)?|bi-?annual(?:ly)?|half-?yearly|twice (?:a|per) year)\b/i],
  [3, /\bquarterly\b/i],
  [1, /\bmonthly\b/i],
]

/** The months between two events of which a text says how often they come: what it says first. */
const everyMonths = (text: string): number | undefined => {
  const found: { at: number; months: number }[] = []
  const every =
    /\bevery (?:(\d{1,3}|one|two|three|four|six|nine|twelve|eighteen|twenty-four)[ -])?(month|quarter|year)s?\b/i.exec(
      text,
    )
  if (every) {
    const n = every[1] === undefined ? 1 : (numbers[every[1].toLowerCase()] ?? Number(every[1]))
    const unit = every[2]?.toLowerCase()
    found.push({ at: every.index, months: n * (unit === 'year' ? 12 : unit === 'quarter' ? 3 : 1) })
  }
  for (const [months, word] of often) {
    const at = word.exec(text)?.index
    // `semi-annual` holds `annual`.
    if (at !== undefined && !(months === 12 && /(?:semi|bi)-$/i.test(text.slice(0, at)))) found.push({ at, months })
  }
  return found.sort((a, b) => a.at - b.at)[0]?.months
}

const ofItself =
  /\b(?:this|these|the|our|all|each|every)\b[^.|\n]{0,40}\b(?:polic(?:y|ies)|documents?|plan|procedures?|standard|guide|brief)\b([^.|\n]{0,80}?)\breview(?:ed|s)?\b|\breviews? (?:of )?(?:this|the|our|all|these) (?:polic|document|plan|procedure|standard)/i
const ofSomethingElse = /\b(?:access|logs?|alerts?|accounts?|users?|vendors?|permissions|privileges|firewall|rules?)\b/i

/** A sentence such as "This policy is reviewed every 12 months", or a stated cycle. */
const promiseIn = (
  doc: Markdown,
  candidates: readonly Candidate[],
  placeOf: (range: Range) => Place,
): PolicyData['promise'] => {
  const cycle = candidates.find(c => c.field === 'cycle' && c.text.length <= 300 && everyMonths(c.text) !== undefined)
  const ranges: { range: Range; from: Stated['from'] }[] = doc.prose.map(({ range }) => ({ range, from: 'prose' }))
  for (const table of doc.tables)
    for (const row of table.rows) for (const { range } of row) ranges.push({ range, from: 'table' })
  ranges.sort((a, b) => a.range.start - b.range.start)
  for (const { range, from } of ranges) {
    const line = doc.withoutCode.slice(range.start, Math.min(range.end, range.start + 2000))
    if (!/review/i.test(line)) continue
    let start = 0
    for (const sentence of line.split(/(?<=\.)\s/)) {
      const text = plain(sentence)
      const itself = ofItself.exec(text)
      const months = everyMonths(text)
      if (itself && months !== undefined && !ofSomethingElse.test(itself[1] ?? '')) {
        const at = range.start + start
        return {
          text: shown(text),
          place: placeOf({ start: at, end: at + sentence.trimEnd().length }),
          from,
          unfilled: undefined,
          months,
        }
      }
      start += sentence.length + 1
    }
  }
  const months = everyMonths(cycle?.text ?? '')
  if (!cycle || months === undefined) return undefined
  return { text: shown(cycle.text), place: placeOf(cycle.range), from: cycle.from, unfilled: undefined, months }
}

interface Front {
  readonly candidates: readonly Candidate[]
  readonly reviews: (placeOf: (range: Range) => Place) => readonly DocumentReview[]
  readonly problems: Identity['problems']
  /** Where it stops being readable; it may hold anything from here on. */
  readonly unread: Range | undefined
}

const frontMatter = (doc: Markdown): Front => {
  const none: Front = { candidates: [], reviews: () => [], problems: [], unread: undefined }
  if (!doc.frontMatter) return none
  const { format, range } = doc.frontMatter
  if (format === 'toml') {
    const mark: Range = { start: 0, end: 3 }
    const reason = 'front matter in TOML is not read; only YAML between `---` lines is'
    return { ...none, problems: [{ range: mark, reason }], unread: mark }
  }
  const text = doc.text.slice(range.start, range.end)
  const moved = (r: Range): Range => ({ start: r.start + range.start, end: r.end + range.start })
  const yaml = parseYaml(text)
  const blanks = placeholdersIn(text)
  const problems = yaml.errors
    // `{{ date }}` is no YAML either; it is reported as the blank it is.
    .filter(error => !blanks.some(b => b.range.start <= error.range.end && error.range.start <= b.range.end))
    .slice(0, 1)
    .map(error => ({ range: moved(error.range), reason: `the front matter is not YAML: ${error.reason}` }))
  const unread = problems[0]?.range
  const root = yaml.documents[0]?.root
  if (root?.is !== 'map') {
    // Text between two rules is all there; it only says nothing.
    const reason = 'the front matter is no mapping of keys to values'
    return { ...none, problems: root && !unread ? [{ range: moved(root.range), reason }] : problems, unread }
  }
  /** A value the error cuts short or swallows is none; what follows it may belong elsewhere. */
  const isRead = ({ range: r }: YamlNode): boolean => unread === undefined || r.end + range.start < unread.start
  const written = (node: YamlNode): string =>
    node.is === 'scalar' ? (node.type === 'null' ? '' : node.value) : text.slice(node.range.start, node.range.end)
  const field = (node: YamlNode, name: Field): string | undefined => {
    if (node.is !== 'map') return undefined
    const found = node.entries.find(({ key }) => fieldsNamed(key.value).includes(name))
    return found ? written(found.value) : undefined
  }
  const candidates: Candidate[] = []
  let reviews: readonly YamlNode[] = []
  for (const { key, value } of root.entries.filter(entry => isRead(entry.value))) {
    if (/^reviews?$/i.test(key.value) && value.is === 'list') reviews = value.items
    if (/^(?:major_?)?revisions$|^(?:revision_?)?history$/i.test(key.value)) {
      for (const item of itemsOf(value)) {
        const date =
          item.is === 'map' ? item.entries.find(({ key: name }) => /^date$/i.test(name.value))?.value : undefined
        if (date)
          candidates.push({ field: 'date', text: written(date), range: moved(date.range), from: 'front matter' })
      }
    }
    for (const name of fieldsNamed(key.value)) {
      const [single] =
        value.is === 'list' && itemsOf(value)[0]?.is !== undefined && !unfilledIn(written(value))
          ? itemsOf(value)
          : [value]
      const node = single ?? value
      const person = textIn(node, /^(?:name|person|by)$/i)
      candidates.push({
        field: name,
        text: person ?? written(node),
        range: moved(node.range),
        from: 'front matter',
        ...(person === undefined ? {} : { person, role: textIn(node, /^(?:role|title|position)$/i) }),
      })
    }
  }
  return {
    candidates,
    problems,
    unread,
    reviews: placeOf =>
      reviews.map(node => {
        const dated =
          node.is === 'map'
            ? (node.entries.find(({ key }) => /^(?:date|on|reviewed_?on)$/i.test(key.value))?.value ?? node)
            : node
        const textOfDate = node.is === 'map' && dated === node ? '' : written(dated)
        const base: Stated = {
          text: shown(textOfDate),
          place: placeOf(moved(dated.range)),
          from: 'front matter',
          unfilled: unfilledIn(textOfDate),
        }
        const by = textIn(node, /^(?:by|reviewer|reviewed_?by|name)$/i)
        const outcome = field(node, 'outcome') ?? field(node, 'status')
        return {
          date: dateIn({ text: textOfDate }, base),
          by: by && unfilledIn(by) === undefined ? shown(by) : undefined,
          outcome: outcome ? shown(outcome) : undefined,
        }
      }),
  }
}

const textIn = (node: YamlNode, key: RegExp): string | undefined => {
  if (node.is !== 'map') return undefined
  const value = node.entries.find(entry => key.test(entry.key.value))?.value
  return value?.is === 'scalar' && value.type !== 'null' ? value.value : undefined
}
