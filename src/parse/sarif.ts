import type { JsonNode } from './json.ts'
import { countIn, stringIn, under } from './json.ts'
import type { JsonPath } from './json-stream.ts'
import type { Range } from './lines.ts'
import { instantOf, type ScanReader, type ScanSeverity, short, tally, textOf } from './scan.ts'

/**
 * SARIF 2.1.0 (OASIS), as it arrives. All runs of a file are one scan; they must be of one tool. A result counts unless
 * its `kind` is something other than `fail`, its `baselineState` is `absent`, or it carries a suppression that was not
 * rejected. `open` and `review` (§3.27.9) are what the tool left undecided. The severity is the rule's `security-severity` (GitHub: 9.0 and above critical, 7.0 high, 4.0 medium, above
 * 0 low), else the level: error high, warning medium, note and none low (§3.27.10: a result without one takes the
 * rule's default, and that is `warning`).
 */
interface Pending {
  readonly level: string | undefined
  readonly id: string | undefined
  /** Where its rule stands: `<component>:<index>`, as rules are kept. */
  readonly at: string | undefined
  count: number
  readonly shown: { where: string; range: Range }[]
}

interface Rule {
  readonly id: string | undefined
  readonly level: string | undefined
  readonly security: string | undefined
}

const rulesMost = 50_000
const kindsMost = 50_000
const shownMost = 10
/** A level that is none: its severity is not known, and what is not known counts. */
const uncounted = '(too many kinds of result)'

const fromLevel = (level: string | undefined): ScanSeverity => {
  switch (level ?? 'warning') {
    case 'error':
      return 'high'
    case 'warning':
      return 'medium'
    case 'note':
    case 'none':
      return 'low'
    default:
      return 'unknown'
  }
}

const severityOf = (level: string | undefined, rule: Rule | undefined): ScanSeverity => {
  const score = rule?.security === undefined || rule.security.trim() === '' ? Number.NaN : Number(rule.security)
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  if (score >= 4) return 'medium'
  if (score > 0) return 'low'
  return fromLevel(level ?? rule?.level)
}

const whereOf = (location: JsonNode | undefined): string => {
  const physical = under(location, 'physicalLocation')
  const uri = stringIn(under(physical, 'artifactLocation'), 'uri')
  if (uri === undefined) return short(stringIn(under(location, 'logicalLocations'), 'fullyQualifiedName'), 'no file')
  const line = countIn(under(physical, 'region'), 'startLine')
  return short(`${uri.replace(/^file:\/\//, '')}${line === undefined ? '' : `:${line}`}`)
}

/** Where a result quotes scanned text. */
const quotesIn = (location: JsonNode | undefined): Range[] =>
  ['region', 'contextRegion'].flatMap(region => {
    const text = under(location, 'physicalLocation', region, 'snippet', 'text')
    return text ? [text.range] : []
  })

/** Whether what a list of suppressions says is that the result was accepted; §3.35.3. */
const accepted = (suppressions: JsonNode): boolean =>
  suppressions.is === 'array' &&
  suppressions.items.length > 0 &&
  suppressions.items.every(s => !['rejected', 'underReview'].includes(stringIn(s, 'status') ?? 'accepted'))

const resultKeys = new Set([
  'level',
  'kind',
  'ruleId',
  'ruleIndex',
  'rule',
  'baselineState',
  'suppressions',
  'locations',
])

export const sarifReader = (): ScanReader => {
  const findings = tally()
  const tools = new Set<string>()
  const versions = new Set<string>()
  const times: string[] = []
  const commits = new Set<string>()
  let schema: string | undefined
  let runs = 0
  let seen = false
  let resultsAt: Range | undefined
  let ignored = 0
  let loc: number | undefined
  let passedOver: number | undefined
  let counted: Record<ScanSeverity, number> | undefined
  let broken: { range: Range; reason: string } | undefined
  let rules = new Map<string, Rule>()
  let byId = new Map<string, Rule>()
  let pending = new Map<string, Pending>()
  let hasResults = false
  let result = new Map<string, JsonNode>()

  /** What a run's results are worth is known once its rules are, and those may come after them. */
  const settle = (): void => {
    for (const { level, id, at, count, shown } of pending.values()) {
      const placed = at === undefined ? undefined : rules.get(at)
      // A rule with sub-rules is named before the slash (§3.27.5); an index that leads to another rule is not believed.
      const fits = placed?.id === undefined || id === undefined || id === placed.id || id.startsWith(`${placed.id}/`)
      const rule = (fits ? placed : undefined) ?? (id === undefined ? undefined : byId.get(id))
      const severity = rule === undefined && rules.size >= rulesMost ? 'unknown' : severityOf(level, rule)
      const name = short(id ?? rule?.id, 'a result without a rule')
      for (const [i, one] of shown.entries())
        findings.add({ id: name, severity, ...one }, i === 0 ? count - shown.length + 1 : 1)
    }
    rules = new Map()
    byId = new Map()
    pending = new Map()
  }

  const closeResult = (range: Range): void => {
    const read = (key: string) => textOf(result.get(key))
    const suppressions = result.get('suppressions')
    const locations = result.get('locations')
    const first = locations?.is === 'array' ? locations.items[0] : undefined
    if (locations?.is === 'array') for (const l of locations.items) for (const q of quotesIn(l)) findings.quote(q)
    const kind = read('kind') ?? 'fail'
    if (read('baselineState') === 'absent') return
    if (suppressions && accepted(suppressions)) {
      ignored += 1
      return
    }
    const id = read('ruleId') ?? stringIn(result.get('rule'), 'id')
    if (kind === 'open' || kind === 'review') {
      const name = short(id, 'a result without a rule')
      findings.skip({ name, reason: `left undecided (${kind})`, range: anchorOf(result, range) })
      return
    }
    if (kind !== 'fail') return
    const given = result.get('ruleIndex')
    const index = given?.is === 'number' && given.value >= 0 ? given.value : countIn(result.get('rule'), 'index')
    const component = countIn(under(result.get('rule'), 'toolComponent'), 'index')
    const at = index === undefined ? undefined : `${component ?? 'driver'}:${index}`
    const level = read('level')
    const own = JSON.stringify([level, id, at])
    const full = !pending.has(own) && pending.size >= kindsMost
    const key = full ? uncounted : own
    const before = pending.get(key)
    const entry = before ?? {
      level: full ? uncounted : level,
      id: full ? undefined : id,
      at: full ? undefined : at,
      count: 0,
      shown: [],
    }
    if (!before) pending.set(key, entry)
    entry.count += 1
    if (entry.shown.length < shownMost) entry.shown.push({ where: whereOf(first), range: anchorOf(result, range) })
  }

  const takeRule = (at: string, node: JsonNode): void => {
    const security = under(node, 'properties', 'security-severity')
    const rule: Rule = {
      id: stringIn(node, 'id'),
      level: stringIn(under(node, 'defaultConfiguration'), 'level'),
      security:
        security?.is === 'string' ? security.value : security?.is === 'number' ? String(security.value) : undefined,
    }
    if (rules.size >= rulesMost) return
    rules.set(at, rule)
    if (rule.id !== undefined) byId.set(rule.id, rule)
  }

  /** bandit's own totals, which its formatter keeps in the run's properties. */
  const takeTotals = (node: JsonNode): void => {
    loc = (loc ?? 0) + (countIn(node, 'loc') ?? 0)
    const [nosec, skipped] = [countIn(node, 'nosec'), countIn(node, 'skipped_tests')]
    if (nosec !== undefined) passedOver = (passedOver ?? 0) + nosec + (skipped ?? 0)
    for (const [name, key] of [
      ['HIGH', 'high'],
      ['MEDIUM', 'medium'],
      ['LOW', 'low'],
      ['UNDEFINED', 'unknown'],
    ] as const) {
      const count = countIn(node, `SEVERITY.${name}`)
      if (count === undefined) continue
      counted ??= { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 }
      counted[key] += count
    }
  }

  const takeInvocation = (node: JsonNode): void => {
    const at = instantOf(stringIn(node, 'endTimeUtc') ?? stringIn(node, 'startTimeUtc'))
    if (at !== undefined) times.push(at)
    const success = under(node, 'executionSuccessful')
    if (success?.is === 'literal' && success.value === false)
      findings.skip({ name: 'the run', reason: 'the tool says it did not succeed', range: success.range })
    for (const key of ['toolExecutionNotifications', 'toolConfigurationNotifications']) {
      const list = under(node, key)
      if (list?.is !== 'array') continue
      for (const item of list.items)
        if (stringIn(item, 'level') === 'error') {
          const places = under(item, 'locations')
          const name = whereOf(places?.is === 'array' ? places.items[0] : undefined)
          findings.skip({
            name,
            reason: short(stringIn(under(item, 'message'), 'text'), 'an error'),
            range: item.range,
          })
        }
    }
  }

  return {
    wish: path => {
      const [a, , b, c, d, e] = path
      switch (path.length) {
        case 0:
          return 'enter'
        case 1:
          return a === 'runs' ? 'enter' : a === 'version' || a === '$schema' ? 'take' : 'skip'
        case 2:
          return a === 'runs' ? 'enter' : 'skip'
        case 3:
          if (a !== 'runs') return 'skip'
          if (b === 'tool' || b === 'results' || b === 'invocations' || b === 'properties') return 'enter'
          return b === 'versionControlProvenance' || b === 'externalPropertyFileReferences' ? 'take' : 'skip'
        case 4:
          if (b === 'results') return 'enter'
          if (b === 'tool') return c === 'driver' || c === 'extensions' ? 'enter' : 'skip'
          if (b === 'properties') return c === 'metrics' ? 'enter' : 'skip'
          return b === 'invocations' ? 'take' : 'skip'
        case 5:
          if (b === 'results') return resultKeys.has(String(d)) ? 'take' : 'skip'
          if (b === 'properties') return d === '_totals' ? 'take' : 'skip'
          if (b !== 'tool') return 'skip'
          if (c === 'extensions') return typeof d === 'number' ? 'enter' : 'skip'
          return d === 'rules' ? 'enter' : d === 'name' || d === 'version' || d === 'semanticVersion' ? 'take' : 'skip'
        case 6:
          if (b === 'tool' && c === 'extensions') return e === 'rules' ? 'enter' : 'skip'
          return b === 'tool' && d === 'rules' && typeof e === 'number' ? 'take' : 'skip'
        case 7:
          return b === 'tool' && c === 'extensions' && typeof path[6] === 'number' ? 'take' : 'skip'
        default:
          return 'skip'
      }
    },
    take: (path: JsonPath, node) => {
      const [a, , b, c, d, e, f] = path
      if (path.length === 1) {
        if (a === 'version') schema = textOf(node)
        return
      }
      if (b === 'versionControlProvenance') {
        if (node.is === 'array')
          for (const item of node.items) {
            const revision = stringIn(item, 'revisionId')
            if (revision !== undefined && /^[0-9a-f]{7,64}$/.test(revision)) commits.add(revision)
          }
      } else if (b === 'externalPropertyFileReferences') {
        // §3.14.2: results may be kept in other files, and an empty list here then says nothing.
        if (under(node, 'results'))
          broken ??= { range: node.range, reason: 'its results are kept in other files, which were not handed in' }
      } else if (b === 'invocations') takeInvocation(node)
      else if (b === 'properties') takeTotals(node)
      else if (b === 'results') result.set(String(d), node)
      else if (c === 'extensions') takeRule(`${d}:${f}`, node)
      else if (d === 'rules' && typeof e === 'number') takeRule(`driver:${e}`, node)
      else if (d === 'name') {
        const name = textOf(node)
        if (name !== undefined) tools.add(name.toLowerCase())
      } else if (d === 'version' || (d === 'semanticVersion' && versions.size === 0)) {
        const version = textOf(node)
        if (version !== undefined) versions.add(short(version))
      }
    },
    leave: (path, range, is) => {
      const [a, , b] = path
      if (a !== 'runs') return
      if (path.length === 1) seen = is === 'array'
      else if (path.length === 2) {
        runs += 1
        if (!hasResults)
          broken ??= {
            range: { start: range.start, end: range.start + 1 },
            reason: 'a run without a list of results: nothing was scanned',
          }
        hasResults = false
        settle()
      } else if (b === 'results' && path.length === 3) {
        hasResults = is === 'array'
        resultsAt ??= { start: range.start, end: Math.min(range.end, range.start + 1) }
      } else if (b === 'results' && path.length === 4) {
        closeResult(range)
        result = new Map()
      }
    },
    done: () => {
      const no = (reason: string, range = { start: 0, end: 0 }) => ({ ok: false, range, reason }) as const
      if (!seen) return no('not a SARIF file: it has no list of runs')
      if (schema !== '2.1.0') return no(`SARIF ${short(schema, 'without a version')}: 2.1.0 is read`)
      if (broken) return no(broken.reason, broken.range)
      if (runs === 0 || !resultsAt) return no('a SARIF file without a run: nothing was scanned')
      const [tool] = tools
      if (tool === undefined) return no('a SARIF file that does not name its tool')
      if (tools.size > 1) return no(`a SARIF file of several tools (${[...tools].map(t => short(t)).join(', ')})`)
      return {
        ok: true,
        scan: {
          tool: short(tool),
          version: [...versions][0],
          format: 'sarif',
          generatedAt: times.sort()[0],
          commit: commits.size === 1 ? [...commits][0] : undefined,
          target: undefined,
          scanned: { count: loc, unit: 'lines of code' },
          counted,
          ...findings.get(),
          ignored:
            passedOver === undefined ? { count: ignored, how: 'suppressions' } : { count: passedOver, how: 'nosec' },
          idle: undefined,
          result: resultsAt,
        },
      }
    },
  }
}

/** A result may be long; its rule's name is enough to be found by. */
const anchorOf = (result: ReadonlyMap<string, JsonNode>, range: Range): Range =>
  result.get('ruleId')?.range ?? { start: range.start, end: range.start + 1 }
