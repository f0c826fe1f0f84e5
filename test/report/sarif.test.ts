import type { Log, Result, Run } from 'sarif'
import { describe, expect, test } from 'vitest'
import type { Finding, Render, Report } from '../../src/report/report.ts'
import { full, upload } from '../../src/report/sarif.ts'
import { expectGolden } from './golden.ts'
import { bare, clean, files, huge, plain, sample } from './sample.ts'

const text = (render: Render, report: Report): string => [...render(report, plain)].join('')
const runOf = (render: Render, report: Report): Run => {
  const log = JSON.parse(text(render, report)) as Log
  expect(log.runs).toHaveLength(1)
  const [run] = log.runs
  if (!run) throw new Error('no run')
  return run
}
const results = (render: Render, report: Report): readonly Result[] => runOf(render, report).results ?? []
const region = (r: Result | undefined) => r?.locations?.[0]?.physicalLocation?.region
const uri = (r: Result | undefined) => r?.locations?.[0]?.physicalLocation?.artifactLocation?.uri
const finding = (check: string, more: Partial<Finding> = {}): Finding => {
  const known = sample.findings.find(f => f.check === check)
  if (!known) throw new Error(`the sample has no finding of ${check}`)
  return { ...known, ...more } as Finding
}

test('as it is written', () => {
  expectGolden('sample.sarif', text(upload, sample))
  expectGolden('sample-full.sarif', text(full, sample))
})

describe('the upload profile', () => {
  test('holds what violates and was not waived, nothing else', () => {
    const violations = sample.findings.filter(f => f.verdict === 'violates' && f.state !== 'waived')
    expect(results(upload, sample)).toHaveLength(violations.length)
    for (const r of results(upload, sample)) {
      expect(r.kind).toBeUndefined()
      expect(r.suppressions).toBeUndefined()
    }
    expect(results(upload, clean)).toEqual([])
  })

  test('comes worst first', () => {
    const order = ['error', 'warning', 'note']
    const levels = results(upload, sample).map(r => order.indexOf(r.level ?? 'warning'))
    expect(levels).toEqual([...levels].sort())
  })

  test('every result stands in one line of one file, with true columns', () => {
    for (const r of results(upload, sample)) {
      expect(r.locations).toHaveLength(1)
      expect(region(r)?.endLine).toBe(region(r)?.startLine)
      const lines = Object.entries(files)
        .find(([path]) => path === uri(r))?.[1]
        .split('\n')
      const line = lines?.[(region(r)?.startLine ?? 0) - 1]
      if (line !== undefined) expect(region(r)?.endColumn).toBeLessThanOrEqual(line.length + 1)
    }
    const cache = results(upload, sample).find(r => r.message.text?.includes('"cache"'))
    expect(region(cache)).toEqual({ startLine: 24, startColumn: 9, endLine: 24, endColumn: 21 })
  })

  test('a severity below that of the rule is a rule of its own: code scanning knows severity by rule alone', () => {
    const rules = runOf(upload, sample).tool.driver.rules ?? []
    const severity = (id: string) => rules.find(r => r.id === id)?.properties?.['security-severity'] as unknown
    expect(severity('compose-ports-stay-on-loopback')).toBe('8.0')
    expect(severity('compose-ports-stay-on-loopback/medium')).toBe('5.5')
    expect(severity('compose-ports-stay-on-loopback/low')).toBe('2.0')
    expect(severity('nginx-tls-floor')).toBe('9.5')
  })

  test('every rule that ran is there, with what code scanning requires', () => {
    const rules = runOf(upload, sample).tool.driver.rules ?? []
    for (const rule of sample.rules) expect(rules.some(r => r.id === rule.id)).toBe(true)
    expect(new Set(rules.map(r => r.id)).size).toBe(rules.length)
    for (const r of rules) {
      for (const said of [r.shortDescription?.text, r.fullDescription?.text, r.help?.text, r.help?.markdown])
        expect(said).toMatch(/\S/)
      expect(r.shortDescription?.text.length).toBeLessThanOrEqual(1024)
      const tags = r.properties?.tags ?? []
      expect(tags[0]).toBe('security')
      expect(tags.length).toBeLessThanOrEqual(20)
    }
    for (const r of results(upload, sample)) expect(rules[r.ruleIndex ?? -1]?.id).toBe(r.ruleId)
  })

  test('a rule of many controls keeps the first twenty tags and clips its texts', () => {
    const [rule] = sample.rules
    if (!rule) throw new Error('no rule')
    const long = {
      ...rule,
      title: 'x'.repeat(5000),
      why: 'y'.repeat(5000),
      controls: Array.from({ length: 40 }, (_, i) => `IIP-${i}`),
    }
    const [written] = runOf(upload, { ...clean, rules: [long] }).tool.driver.rules ?? []
    expect(written?.properties?.tags).toHaveLength(20)
    expect(written?.shortDescription?.text).toHaveLength(1024)
    expect(written?.fullDescription?.text).toHaveLength(1024)
  })

  test('paths are relative URI references, percent-encoded, from the root of the repository', () => {
    for (const r of results(upload, sample)) {
      expect(uri(r)).toMatch(/^[A-Za-z0-9._~!'()*%/-]+$/)
      expect(r.locations?.[0]?.physicalLocation?.artifactLocation?.uriBaseId).toBe('%SRCROOT%')
    }
    expect(results(upload, sample).map(uri)).toContain(
      'docs/%1B%5B31mred%0Aname%7C%60x%60%3Cb%3E%5Ba%5D(b)%20100%25.md',
    )
  })

  test('a path that would leave the repository, or half a surrogate pair, does no harm', () => {
    const at = (path: string) =>
      finding('nginx-tls-floor', {
        location: { uri: path, startLine: 1, startColumn: 1, endLine: 1, endColumn: 2 },
      } as Partial<Finding>)
    for (const path of ['../up.conf', '/etc/passwd', 'C:\\x', 'a//b', 'a/../b'])
      expect(results(upload, { ...sample, findings: [at(path)] }).map(uri)).toEqual(['iip-audit.yaml'])
    expect(results(upload, { ...sample, findings: [at('a\u{d800}b')] }).map(uri)).toEqual(['a%EF%BF%BDb'])
  })

  test('what is about no file is one result for each rule, at a file that is there', () => {
    const endpoints = ['a.example:443', 'b.example:443', 'c.example:443'].map((endpoint, i) =>
      finding('tls-endpoint-floor', { endpoint, fingerprint: String(i).repeat(64) } as Partial<Finding>),
    )
    const [r, ...rest] = results(upload, { ...sample, findings: [...endpoints, finding('readme-names-an-owner')] })
    expect(rest).toHaveLength(1)
    expect(uri(r)).toBe('iip-audit.yaml')
    expect(r?.message.text).toContain('2 more findings of this rule: b.example:443')
    expect(r?.partialFingerprints?.['primaryLocationLineHash']).toBeUndefined()
  })

  test('a whole file that was read stands at its start, one that is missing at the anchor', () => {
    const whole = (path: string) => finding('nginx-tls-floor', { location: { uri: path } } as Partial<Finding>)
    const [read] = results(upload, { ...sample, findings: [whole('compose.yaml')] })
    expect([uri(read), region(read)]).toEqual([
      'compose.yaml',
      { startLine: 1, startColumn: 1, endLine: 1, endColumn: 1 },
    ])
    const [missing] = results(upload, { ...sample, findings: [whole('missing.conf')] })
    expect(uri(missing)).toBe('iip-audit.yaml')
    expect(missing?.message.text).toMatch(/^missing\.conf: /)
  })

  test('the anchor is the profile, else a workflow, else a README, else whatever was read', () => {
    const anchor = (paths: readonly string[]) =>
      results(upload, {
        ...sample,
        policy: { ...sample.policy, files: [] },
        inputs: paths.map(p => ({ uri: p, sha256: '0'.repeat(64), bytes: 1 })),
        findings: [finding('readme-names-an-owner')],
      }).map(uri)[0]
    expect(anchor(['a/b.txt', '.github/workflows/ci.yml', 'README.md'])).toBe('.github/workflows/ci.yml')
    expect(anchor(['a/b.txt', 'README.md'])).toBe('README.md')
    expect(anchor(['a/b.txt', 'z.txt'])).toBe('z.txt')
    expect(anchor(['a/b.txt'])).toBe('a/b.txt')
    expect(anchor(['../outside.log'])).toBe('README.md')
  })

  test('the line hash of code scanning and our own fingerprint stand side by side', () => {
    const tls = results(upload, sample).find(r => r.ruleId === 'nginx-tls-floor')
    expect(tls?.partialFingerprints).toEqual({
      primaryLocationLineHash: finding('nginx-tls-floor').lineHash,
      'iipAuditFingerprint/v1': finding('nginx-tls-floor').fingerprint,
    })
  })

  test('what a tree says never becomes a link; related places do', () => {
    for (const r of results(upload, sample)) {
      const links = [...(r.message.text ?? '').matchAll(/\]\(([^)]*)\)/g)].map(m => m[1])
      expect(links).toEqual((r.relatedLocations ?? []).map(l => String(l.id)))
    }
  })

  test('what could not be judged is a notification and a property, never a result', () => {
    const run = runOf(upload, sample)
    const [invocation] = run.invocations ?? []
    const ids = (invocation?.toolExecutionNotifications ?? []).map(n => n.descriptor?.id)
    for (const gap of sample.gaps) expect(ids).toContain(`gap/${gap.cause}`)
    expect(ids.filter(id => id === 'unsure')).toHaveLength(2)
    expect(ids[0]).toBe('crash')
    expect(invocation?.executionSuccessful).toBe(false)
    expect(run.properties?.['iipAudit']).toMatchObject({
      couldNotJudge: { controls: ['IIP-ACC-06', 'IIP-LOG-03'], unsure: 2, gaps: 7, notAsked: 1, crashes: 1 },
    })
    for (const n of invocation?.toolExecutionNotifications ?? [])
      expect(run.tool.driver.notifications?.[n.descriptor?.index ?? -1]?.id).toBe(n.descriptor?.id)
  })

  test('a run without a crash is a success, whatever it found', () => {
    expect(runOf(upload, { ...sample, crashes: [] }).invocations?.[0]?.executionSuccessful).toBe(true)
  })

  test('5,000 results are written, and how many are left out is said', () => {
    const run = runOf(upload, huge(6000))
    expect(run.results).toHaveLength(5000)
    const notes = run.invocations?.[0]?.toolExecutionNotifications ?? []
    expect(notes[0]?.message.text).toContain('1,000 results of lower severity are left out')
    expect(notes.length).toBeLessThanOrEqual(1002)
  })

  test('nothing in it depends on when or where it ran', () => {
    const other = { ...sample, run: { startedAt: '2030-01-01T00:00:00Z', seconds: 99 } }
    expect(text(upload, other)).toBe(text(upload, sample))
    expect(text(full, other)).toBe(text(full, sample))
    const elsewhere = { ...sample, target: { ...sample.target, path: '/tmp/checkout-7' } }
    expect(text(upload, elsewhere)).toBe(text(upload, sample))
  })

  test('another selection is another category, so that it closes no alerts of a whole run', () => {
    const category = (report: Report) => runOf(upload, report).automationDetails?.id
    expect(category(sample)).toBe('iip-audit/hipaa+soc2/')
    expect(category(bare)).toBe('iip-audit/soc2/some/folder/partial/')
  })

  test('the repository is named without credentials, or not at all', () => {
    const provenance = (repository: string | undefined) =>
      runOf(upload, { ...sample, target: { ...sample.target, repository } }).versionControlProvenance?.[0]
        ?.repositoryUri
    expect(provenance('https://user:secret@forge.example/a/b.git')).toBe('https://forge.example/a/b.git')
    expect(provenance('git@forge.example:a/b.git')).toBe('ssh://forge.example/a/b.git')
    expect(provenance('/srv/git/b.git')).toBeUndefined()
    expect(provenance('file:///srv/git/b.git')).toBeUndefined()
    expect(provenance(undefined)).toBeUndefined()
  })
})

describe('the full profile', () => {
  const all = results(full, sample)

  test('has every finding once, by fingerprint', () => {
    for (const f of sample.findings)
      expect(all.filter(r => r.partialFingerprints?.['iipAuditFingerprint/v1'] === f.fingerprint)).toHaveLength(1)
  })

  test('names the kind of each result; only a failure has a level', () => {
    const kinds = new Set(all.map(r => r.kind))
    expect([...kinds].sort()).toEqual(['fail', 'informational', 'notApplicable', 'open', 'pass', 'review'])
    for (const r of all) expect(r.level === 'none').toBe(r.kind !== 'fail')
  })

  test('what was waived is suppressed, with who and until when', () => {
    const waived = all.filter(r => r.suppressions)
    expect(waived).toHaveLength(1)
    expect(waived[0]?.suppressions?.[0]).toMatchObject({ kind: 'external', status: 'accepted' })
    expect(waived[0]?.suppressions?.[0]?.justification).toContain('approved by m.ruiz on 2026-05-01, until 2027-05-01')
  })

  test('rules point into the frameworks', () => {
    const run = runOf(full, sample)
    expect(run.taxonomies?.map(t => t.name)).toEqual(['soc2', 'hipaa'])
    let seen = 0
    for (const rule of run.tool.driver.rules ?? [])
      for (const { target } of rule.relationships ?? []) {
        const taxonomy = run.taxonomies?.[target.toolComponent?.index ?? -1]
        expect(taxonomy?.name).toBe(target.toolComponent?.name)
        expect(taxonomy?.taxa?.[target.index ?? -1]?.id).toBe(target.id)
        seen++
      }
    expect(seen).toBeGreaterThan(40)
  })

  test('a person who answered no is a failure with a rule of its own', () => {
    expect(all.find(r => r.ruleId === 'IIP-GOV-09')).toMatchObject({ kind: 'fail', level: 'error' })
  })

  test('quotes no line in which a secret was replaced', () => {
    const f = finding('nginx-tls-floor')
    if (!f.excerpt) throw new Error('no excerpt')
    const [r] = results(full, { ...sample, findings: [{ ...f, excerpt: { ...f.excerpt, redacted: true } }] })
    expect(r?.locations?.[0]?.physicalLocation?.contextRegion).toBeUndefined()
    expect(region(r)?.snippet).toBeUndefined()
  })
})
