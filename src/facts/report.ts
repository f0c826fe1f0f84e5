/** Facts seen in report. */
export type ReportFacts = Record<never, never>

export type ReportQuestions = Record<never, never>

export const reportKinds = {} as const satisfies Record<keyof ReportFacts, string>
