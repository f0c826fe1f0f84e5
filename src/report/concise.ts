import { placeOf, whereOf } from './reading.ts'
import type { Finding, Render } from './report.ts'
import { visible } from './visible.ts'

/** `path:line:col: message [check]`: one line a finding, in the order of the report. */
export const lineOf = (f: Finding): string => {
  const unsure = f.verdict === 'unsure' ? 'unsure: ' : ''
  return visible(`${whereOf(placeOf(f))}: ${unsure}${f.message} [${f.check}]`)
}

/** What violates and what could not be judged; what was waived is left to the other formats. */
export const render: Render = function* (report) {
  for (const f of report.findings) if (f.state !== 'waived') yield `${lineOf(f)}\n`
}
