import { fromMarkdown } from 'mdast-util-from-markdown'
import type { Log } from 'sarif'
import { describe, expect, test } from 'vitest'
import { render as concise } from '../../src/report/concise.ts'
import { render as json } from '../../src/report/json.ts'
import { render as markdown } from '../../src/report/markdown.ts'
import { placeOf, whereOf } from '../../src/report/reading.ts'
import type { Finding, Render, Report } from '../../src/report/report.ts'
import { full, upload } from '../../src/report/sarif.ts'
import { render as text } from '../../src/report/text.ts'
import { visible } from '../../src/report/visible.ts'
import { bare, clean, plain, sample } from './sample.ts'

/** All formats tell of the same run: what one of them says, none of the others leaves out or adds to. */

const written = (render: Render, report: Report, all = true): string => [...render(report, { ...plain, all })].join('')
const sarif = (render: Render, report: Report) => (JSON.parse(written(render, report)) as Log).runs[0]
/** Without the marks of Markdown, on one line. */
const unmarked = (md: string): string => md.replaceAll('\\|', '|').replaceAll(/[`*\n]| {2,}/g, '')
const plainly = (said: string): string => visible(said).replaceAll(/[`*\n]| {2,}/g, '')

describe.each(Object.entries({ sample, clean, bare }))('the report "%s"', (_name, report) => {
  const findings = (JSON.parse(written(json, report)) as Report).findings
  const open = findings.filter(f => f.state !== 'waived')
  const violations = open.filter(f => f.verdict === 'violates')

  test('concise has one line for each finding that is not waived', () => {
    const lines = written(concise, report).split('\n').slice(0, -1)
    expect(lines).toEqual(
      open.map(f =>
        visible(`${whereOf(placeOf(f))}: ${f.verdict === 'unsure' ? 'unsure: ' : ''}${f.message} [${f.check}]`),
      ),
    )
  })

  test('sarif-full has one result for each finding, of its kind', () => {
    const kinds = { violates: 'fail', unsure: 'open' } as const
    const results = sarif(full, report)?.results ?? []
    const own = new Set(findings.map(f => f.fingerprint))
    const found = results.filter(r => own.has(r.partialFingerprints?.['iipAuditFingerprint/v1'] ?? ''))
    expect(found.map(r => [r.partialFingerprints?.['iipAuditFingerprint/v1'], r.ruleId, r.kind])).toEqual(
      findings.map(f => [f.fingerprint, f.check, kinds[f.verdict]]),
    )
    expect(results.filter(r => r.suppressions).length).toBe(findings.length - open.length)
  })

  test('sarif has each violation, alone or among those gathered at the anchor', () => {
    const results = sarif(upload, report)?.results ?? []
    const carried = results.flatMap(r => {
      const together = r.properties?.['findings'] as readonly { fingerprint: string }[] | undefined
      return together ? together.map(t => t.fingerprint) : [r.partialFingerprints?.['iipAuditFingerprint/v1'] ?? '']
    })
    expect(carried.sort()).toEqual(violations.map(f => f.fingerprint).sort())
  })

  test('markdown has each finding under every control it concerns', () => {
    const md = written(markdown, report)
    for (const f of findings) {
      if (f.message.includes('in a sample folder')) continue
      for (const id of f.controls) {
        const from = md.indexOf(`\n## ${id} `)
        const section = md.slice(from, md.indexOf('\n## ', from + 1))
        expect(unmarked(section), `${id} ${f.message}`).toContain(plainly(f.message))
      }
    }
  })

  test('text with everything shown has each violation once', () => {
    const said = written(text, report).replaceAll(/\n {4,}/g, ' ')
    for (const f of violations) {
      const count = (part: string) => said.split(part).length - 1
      const same = violations.filter((g: Finding) => g.message === f.message).length
      // Hostile words may be broken across lines; their place is enough.
      expect(count(visible(f.message)) >= same || count(visible(whereOf(placeOf(f)))) > 0, f.message).toBe(true)
    }
  })

  test('the counts agree', () => {
    const seen = violations.filter(f => !f.message.includes('in a sample folder')).length
    expect(written(text, report)).toMatch(new RegExp(`(^|   )${seen} findings?`, 'm'))
    expect(written(markdown, report)).toContain(`\n${seen} finding`)
    const summary = sarif(upload, report)?.properties?.['iipAudit'] as { couldNotJudge: Record<string, unknown> }
    const inconclusive = report.controls.filter(c => c.status === 'inconclusive').map(c => c.id)
    expect(summary.couldNotJudge['controls']).toEqual(inconclusive)
    expect(summary.couldNotJudge['unsure']).toBe(open.length - violations.length)
  })

  test('every gap is in json, sarif, sarif-full and markdown', () => {
    const md = unmarked(written(markdown, report))
    for (const gap of report.gaps) {
      expect(md).toContain(plainly(gap.reason))
      for (const render of [upload, full]) {
        const notes = sarif(render, report)?.invocations?.[0]?.toolExecutionNotifications ?? []
        expect(notes.some(n => n.properties?.['id'] === gap.id)).toBe(true)
      }
    }
  })

  test('a status is the same word wherever it stands', () => {
    const md = written(markdown, report)
    for (const control of report.controls) {
      const inText = written(text, report)
      if (control.status === 'pass')
        expect(inText.split('\n').find(line => line.startsWith('PASS'))).toContain(control.id)
      const heading = md.slice(md.indexOf(`\n## ${control.id} `))
      expect(heading.slice(0, 400)).toMatch(
        new RegExp(
          `Status: ${control.status === 'manual' ? 'NEEDS A PERSON' : control.status.toUpperCase().replace('-', ' ')}`,
        ),
      )
    }
    expect(fromMarkdown(md).children.length).toBeGreaterThan(5)
  })
})
