import { type ReportTool, reportTools } from '../facts/report.ts'
import { type BanditRead, banditJson, banditText, beginsBanditText } from '../parse/bandit.ts'
import { banditCsv, isBanditCsv } from '../parse/bandit-csv.ts'
import { blackText } from '../parse/black.ts'
import { jsonStream } from '../parse/json-stream.ts'
import type { Range } from '../parse/lines.ts'
import { outputOf } from '../parse/output.ts'
import { type PipAuditRead, pipAuditJson, pipAuditText } from '../parse/pip-audit.ts'
import { ruffText } from '../parse/ruff.ts'
import { sarifReader } from '../parse/sarif.ts'
import { type ScanRead, type ScanReader, together } from '../parse/scan.ts'
import { checkovReader, gitleaksReader, hadolintReader, ruffReader, zizmorReader } from '../parse/scanner-json.ts'

/** What a file given as the report of a tool says: in one of the tool's own forms, or why it is none. */
export type FileRead =
  | { readonly is: 'bandit'; readonly report: Extract<BanditRead, { ok: true }>['report'] }
  | { readonly is: 'pip-audit'; readonly report: Extract<PipAuditRead, { ok: true }>['report'] }
  | { readonly is: 'scan'; readonly scan: Extract<ScanRead, { ok: true }>['scan'] }
  | { readonly is: 'refused'; readonly range: Range; readonly reason: string }

const ownJson: Readonly<Record<ReportTool, (() => ScanReader) | undefined>> = {
  bandit: undefined,
  'pip-audit': undefined,
  ruff: ruffReader,
  black: undefined,
  gitleaks: gitleaksReader,
  zizmor: zizmorReader,
  hadolint: hadolintReader,
  checkov: checkovReader,
  sarif: undefined,
}

/** Tools that write SARIF; its driver must bear their name. */
const sarifNames: Readonly<Record<ReportTool, string | undefined>> = {
  bandit: 'bandit',
  'pip-audit': undefined,
  ruff: 'ruff',
  black: undefined,
  gitleaks: 'gitleaks',
  zizmor: 'zizmor',
  hadolint: 'hadolint',
  checkov: 'checkov',
  sarif: undefined,
}

/** A report in JSON as it arrives, whatever its size. */
export const scanStream = (tool: ReportTool) => {
  const sarif = sarifReader()
  const own = ownJson[tool]?.()
  const json = jsonStream(own ? together([own, sarif]) : sarif)
  return {
    write: (text: string): void => {
      json.write(text)
    },
    /** @param otherwise why it is none of the tool's forms, where only its SARIF is read so. */
    done: (otherwise?: string): FileRead => {
      const ended = json.end()
      if (!ended.ok)
        return {
          is: 'refused',
          range: { start: ended.at, end: ended.at },
          reason: `not whole JSON: ${ended.reason}`,
        }
      const asSarif = sarif.done()
      const asOwn = own?.done()
      if (asSarif.ok) {
        const name = sarifNames[tool]
        const { tool: named } = asSarif.scan
        if (tool === 'sarif' || named === name) return { is: 'scan', scan: withoutFalseVersion(asSarif.scan) }
        return { is: 'refused', range: asSarif.scan.result, reason: `a report of ${named}, not of ${tool}` }
      }
      if (asOwn?.ok) return { is: 'scan', scan: asOwn.scan }
      const said = asSarif.reason.startsWith('not a SARIF') && tool !== 'sarif' ? asOwn : asSarif
      if (said && !said.ok) return { is: 'refused', range: said.range, reason: said.reason }
      return { is: 'refused', range: { start: 0, end: 0 }, reason: otherwise ?? `not a report of ${tool}` }
    },
  }
}

/** gitleaks calls itself v8.0.0 in the SARIF of every version 8. */
const withoutFalseVersion = <S extends { tool: string; version: string | undefined }>(scan: S): S =>
  scan.tool === 'gitleaks' && scan.version === 'v8.0.0' ? { ...scan, version: undefined } : scan

const isJson = (text: string): boolean => /^\s*[{[]/.test(text.slice(0, 4096))

const scanned = (read: ScanRead): FileRead =>
  read.ok ? { is: 'scan', scan: read.scan } : { is: 'refused', range: read.range, reason: read.reason }

const streamed = (tool: ReportTool, text: string): FileRead => {
  const stream = scanStream(tool)
  stream.write(text)
  return stream.done()
}

const asTool = (tool: ReportTool, text: string): FileRead => {
  const json = isJson(text)
  switch (tool) {
    case 'bandit': {
      if (json && /"runs"\s*:/.test(text)) return streamed(tool, text)
      if (isBanditCsv(text)) return scanned(banditCsv(text))
      const read = json ? banditJson(text) : banditFile(text)
      return read.ok ? { is: 'bandit', report: read.report } : { is: 'refused', range: read.range, reason: read.reason }
    }
    case 'pip-audit': {
      const read = json ? pipAuditJson(text) : pipAuditText(outputOf(text))
      return read.ok
        ? { is: 'pip-audit', report: read.report }
        : { is: 'refused', range: read.range, reason: read.reason }
    }
    case 'ruff':
      return json ? streamed(tool, text) : scanned(ruffText(outputOf(text)))
    case 'black':
      return scanned(blackText(outputOf(text)))
    case 'gitleaks':
    case 'zizmor':
    case 'hadolint':
    case 'checkov':
    case 'sarif':
      if (json) return streamed(tool, text)
      return {
        is: 'refused',
        range: { start: 0, end: 0 },
        reason: `not JSON: reports of ${tool === 'sarif' ? 'other tools' : tool} are read as ${tool === 'sarif' ? 'SARIF' : 'json or sarif'}`,
      }
  }
}

/** Reads a whole file as the report of a tool. */
export const readAs = (tool: ReportTool, text: string): FileRead => {
  const read = asTool(tool, text)
  if (read.is !== 'refused') return read
  // Handing in one tool's report under another's name is easily done, and worth saying.
  const other = reportTools.find(t => t !== tool && t !== 'sarif' && isReport(asTool(t, text)))
  return other === undefined ? read : { ...read, reason: `a report of ${other}, not of ${tool}` }
}

/** An empty list may be anybody's. */
const isReport = (read: FileRead): boolean =>
  read.is === 'scan'
    ? read.scan.format !== 'json' || read.scan.worst.length > 0 || read.scan.version !== undefined
    : read.is !== 'refused'

/** `-o` writes the report alone; a redirected stderr puts log lines before it. */
const banditFile = (text: string): BanditRead => {
  const lines = outputOf(text)
  const begins = lines.flatMap((l, i) => (beginsBanditText(l.text) ? [i] : []))
  if (begins.length > 1)
    return { ok: false, range: lines[begins[1] ?? 0]?.range ?? { start: 0, end: 0 }, reason: 'two reports in one file' }
  return banditText(lines.slice(begins[0] ?? 0))
}
