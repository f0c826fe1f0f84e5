/**
 * A calendar day as people write it. `ambiguous` gives both readings, month first and day first; `impossible` is a day
 * no calendar has. Days are ISO 8601 (`2026-03-01`), months `2026-03`.
 */
export type WrittenDate =
  | { readonly is: 'day'; readonly iso: string; readonly form: 'iso' | 'named' | 'numeric' }
  | { readonly is: 'ambiguous'; readonly monthFirst: string; readonly dayFirst: string }
  | { readonly is: 'month'; readonly iso: string }
  | { readonly is: 'impossible' }

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const monthName =
  '(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?'

const isoYear = /(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])/
const yearFirst = /(?<!\d)(\d{4})[./](\d{1,2})[./](\d{1,2})(?!\d)/
const yearLast = /(?<![\d.-])(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?![\d]|\.\d)/
const dayMonth = new RegExp(`(?<!\\d)(\\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -]${monthName},?[ -](\\d{4})(?!\\d)`, 'i')
const monthDay = new RegExp(`\\b${monthName} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})(?!\\d)`, 'i')
const monthOnly = new RegExp(`\\b${monthName},? (\\d{4})(?!\\d)`, 'i')
const isoMonth = /(?<![\d-])(\d{4})-(\d{2})(?![\d-])/

const two = (n: number): string => String(n).padStart(2, '0')

const dayOf = (year: number, month: number, day: number): string | undefined => {
  const date = new Date(Date.UTC(year, month - 1, day))
  const real = year >= 1900 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && month >= 1
  return real ? `${year}-${two(month)}-${two(day)}` : undefined
}

const monthNumber = (name: string): number => months.indexOf(name.slice(0, 3).toLowerCase()) + 1

/** The first date in a text of at most 200 characters; undefined where there is none. */
export const readDate = (written: string): WrittenDate | undefined => {
  const text = written.slice(0, 200)
  const day = (iso: string | undefined, form: 'iso' | 'named' | 'numeric'): WrittenDate =>
    iso === undefined ? { is: 'impossible' } : { is: 'day', iso, form }

  const iso = isoYear.exec(text)
  if (iso) {
    const exact = iso[2]?.length === 2 && iso[3]?.length === 2
    return day(dayOf(Number(iso[1]), Number(iso[2]), Number(iso[3])), exact ? 'iso' : 'numeric')
  }
  const first = yearFirst.exec(text)
  if (first) return day(dayOf(Number(first[1]), Number(first[2]), Number(first[3])), 'numeric')
  const named = dayMonth.exec(text)
  if (named) return day(dayOf(Number(named[3]), monthNumber(named[2] ?? ''), Number(named[1])), 'named')
  const american = monthDay.exec(text)
  if (american) return day(dayOf(Number(american[3]), monthNumber(american[1] ?? ''), Number(american[2])), 'named')
  const last = yearLast.exec(text)
  if (last) {
    const [a, b, year] = [Number(last[1]), Number(last[3]), Number(last[4])]
    const monthFirst = dayOf(year, a, b)
    const dayFirst = dayOf(year, b, a)
    // With dots the day comes first wherever dots are used.
    if (last[2] === '.' || monthFirst === undefined) return day(dayFirst, 'numeric')
    if (dayFirst === undefined || dayFirst === monthFirst) return day(monthFirst, 'numeric')
    return { is: 'ambiguous', monthFirst, dayFirst }
  }
  const month = monthOnly.exec(text)
  if (month) return { is: 'month', iso: `${month[2]}-${two(monthNumber(month[1] ?? ''))}` }
  const short = isoMonth.exec(text)
  if (short && Number(short[2]) >= 1 && Number(short[2]) <= 12) return { is: 'month', iso: short[0] }
  return undefined
}
