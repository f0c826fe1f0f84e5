/** How pytest closed a run: its last line, as printed without the rules around it. */
export interface PytestSummary {
  readonly said: string
  readonly failed: boolean
}

/** `2 failed, 10 passed in 0.12s`, with or without `=` around; `no tests ran` ends with exit code 5, so it failed. */
export const pytestSummary = (text: string): PytestSummary | undefined => {
  if (!text.includes(' in ')) return undefined
  const said = text.match(
    /^=* ?((?:\d{1,9} [a-z]{4,12}(?:, )?){1,10}|no tests ran) in (?:\d{1,9}\.\d{1,3}s(?: \(\d[\d:, day]{0,30}\))?) ?=*$/,
  )?.[1]
  if (said === undefined) return undefined
  const words = said.split(', ').map(part => part.split(' ')[1] ?? '')
  const known = ['failed', 'passed', 'skipped', 'deselected', 'xfailed', 'xpassed', 'warning', 'warnings', 'error']
  if (said !== 'no tests ran' && words.some(w => !known.includes(w) && w !== 'errors' && w !== 'rerun'))
    return undefined
  const nothing = !words.some(w => ['passed', 'failed', 'error', 'errors', 'xfailed', 'xpassed', 'skipped'].includes(w))
  return { said, failed: nothing || words.some(w => w === 'failed' || w === 'error' || w === 'errors') }
}
