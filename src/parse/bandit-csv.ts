import { parseCsv } from './csv.ts'
import { type ScanRead, short, tally } from './scan.ts'

/**
 * What bandit 1.9.4 writes with `-f csv`: one row for each issue below a line of names. It counts nothing: not the lines
 * of code, not what `nosec` passed over, and it names neither the files it could not parse nor the day.
 */
export const isBanditCsv = (text: string): boolean => /^\uFEFF?filename,test_name,test_id,/.test(text)

const columns = ['filename', 'test_id', 'issue_severity', 'line_number'] as const

export const banditCsv = (text: string): ScanRead => {
  const csv = parseCsv(text)
  if (!csv.ok)
    return { ok: false, range: { start: csv.at, end: csv.at }, reason: `not a whole CSV file: ${csv.reason}` }
  // bandit ends every row with a line break; a last field cut short would look like a whole one.
  if (!text.endsWith('\n'))
    return { ok: false, range: { start: text.length, end: text.length }, reason: 'ends in the middle of a row' }
  const [names, ...rows] = csv.rows
  const at = columns.map(c => names?.cells.indexOf(c) ?? -1)
  if (!names || at.includes(-1))
    return { ok: false, range: { start: 0, end: 0 }, reason: 'a CSV file without the columns of bandit' }
  const findings = tally()
  for (const { cells, range } of rows) {
    const [file, id, severity, line] = at.map(i => cells[i])
    if (cells.length !== names.cells.length)
      return { ok: false, range, reason: 'a row with another number of fields: the file is cut off' }
    const word = severity?.toLowerCase()
    findings.add({
      id: short(id),
      severity: (['high', 'medium', 'low'] as const).find(s => s === word) ?? 'unknown',
      where: short(`${file}:${line}`),
      range,
    })
    // The text of an issue about passwords quotes the literal.
    if (id === 'B105' || id === 'B106' || id === 'B107') findings.quote(range)
  }
  return {
    ok: true,
    scan: {
      tool: 'bandit',
      version: undefined,
      format: 'csv',
      generatedAt: undefined,
      commit: undefined,
      target: undefined,
      scanned: { count: undefined, unit: 'lines of code' },
      counted: undefined,
      ...findings.get(),
      ignored: { count: undefined, how: 'nosec' },
      idle: undefined,
      result: names.range,
    },
  }
}
