import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Log } from 'sarif'
import { describe, expect, test } from 'vitest'
import type { Render, Report } from '../../src/report/report.ts'
import { full, upload } from '../../src/report/sarif.ts'
import { bare, clean, huge, plain, sample } from '../report/sample.ts'

/**
 * The validator of the SARIF committee's editors, with the rules of GitHub code scanning. The binary of the platform is
 * called itself: through the npm wrapper a shell takes `;Ghas` for a command, and those rules never run.
 */
const binary = [
  process.env['SARIF_MULTITOOL'],
  new URL('../../.tools/node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool', import.meta.url).pathname,
].find(path => path !== undefined && existsSync(path))

const why =
  binary === undefined
    ? ' (skipped: no @microsoft/sarif-multitool 5.7.0 in .tools/, and SARIF_MULTITOOL names no binary)'
    : ''

/** Errors and warnings of the validator, as `rule: text`. It exits 0 whatever it says: its own log is counted. */
const complaints = async (render: Render, report: Report): Promise<string[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'iip-audit-sarif-'))
  try {
    const [input, output] = [join(folder, 'in.sarif'), join(folder, 'out.sarif')]
    await writeFile(input, render(report, plain))
    const levels = ['--level', 'Error;Warning', '--kind', 'Fail']
    await promisify(execFile)(
      binary ?? '',
      ['validate', input, '--rule-kind', 'Sarif;Ghas', ...levels, '--output', output],
      {
        timeout: 120_000,
      },
    ).catch((error: { stdout?: string }) => {
      if (!existsSync(output)) throw new Error(`the validator wrote no log: ${error.stdout}`)
    })
    const log = JSON.parse(await readFile(output, 'utf8')) as Log
    expect(log.runs[0]?.invocations?.[0]?.executionSuccessful).not.toBe(false)
    return (log.runs[0]?.results ?? []).map(
      r => `${r.ruleId}: ${r.message.text ?? `${r.message.id} ${r.message.arguments?.join(' ')}`}`,
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

describe.skipIf(binary === undefined)(`sarif-multitool with the rules of SARIF and of code scanning${why}`, () => {
  const reports = { sample, clean, bare, huge: { ...huge(200), rules: sample.rules, findings: sample.findings } }
  for (const [name, report] of Object.entries(reports)) {
    test(`has no error and no warning for the upload of the report "${name}"`, async () => {
      expect(await complaints(upload, report)).toEqual([])
    }, 180_000)
    test(`has no error and no warning for the full record of the report "${name}"`, async () => {
      expect(await complaints(full, report)).toEqual([])
    }, 180_000)
  }

  test('does complain about a file that deserves it', async () => {
    const bad: Render = () => [
      '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"message":{"text":"a"}}]}]}',
    ]
    expect((await complaints(bad, clean)).join('\n')).toMatch(/GH\d{4}/)
  }, 180_000)
})
