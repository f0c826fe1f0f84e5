/** Calendar dates as text (`YYYY-MM-DD`), which compare as text; no clock and no time zone. */

const lastDay = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()

const show = (year: number, month: number, day: number): string =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`

const split = (date: string): readonly [number, number, number] | undefined => {
  const parts = /^([12]\d{3})-(\d{2})-(\d{2})$/.exec(date)
  if (!parts) return undefined
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDay(year, month) ? [year, month, day] : undefined
}

/** A day that exists, `1000-01-01` to `2999-12-31`, as ISO 8601 writes it. */
export const isDate = (text: string): boolean => split(text) !== undefined

/** A stretch of calendar time: months are added first, then days. */
export interface Duration {
  readonly months: number
  readonly days: number
}

/**
 * ISO 8601 duration of whole days or longer: `P3M`, `P1Y6M`, `P2W`, `P30D`. Undefined for anything else: lower case,
 * fractions, times of day, and durations of nothing.
 */
export const parseDuration = (text: string): Duration | undefined => {
  const parts = /^P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/.exec(text)
  if (!parts) return undefined
  const [years = 0, months = 0, weeks = 0, days = 0] = parts.slice(1).map(part => Number(part ?? 0))
  const duration = { months: years * 12 + months, days: weeks * 7 + days }
  return duration.months + duration.days > 0 ? duration : undefined
}

/**
 * The day a duration after `date`. A month that is too short ends the sum on its last day (`2026-08-31` and `P6M` give
 * `2027-02-28`), so nothing that is due "in six months" slips into the seventh. Never later than `2999-12-31`.
 *
 * @param date a date for which `isDate` holds; another text comes back as it is
 */
export const addDuration = (date: string, duration: Duration): string => {
  const start = split(date)
  if (!start) return date
  const months = start[0] * 12 + (start[1] - 1) + duration.months
  const [year, month] = [Math.floor(months / 12), (months % 12) + 1]
  if (year > 2999) return '2999-12-31'
  const day = Math.min(start[2], lastDay(year, month))
  if (duration.days === 0) return show(year, month, day)
  const sum = new Date(Date.UTC(year, month - 1, day + duration.days))
  if (sum.getUTCFullYear() > 2999) return '2999-12-31'
  return show(sum.getUTCFullYear(), sum.getUTCMonth() + 1, sum.getUTCDate())
}
