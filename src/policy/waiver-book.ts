import type { Waiver } from './policy.ts'

export type WaiverState = 'applied' | 'expired' | 'not yet approved' | 'unused' | 'observed differs' | 'shared id'

/** Which waivers a run used, and why the others did not apply: both stand in the report. */
export interface WaiverBook {
  readonly waiverFor: (check: string, fingerprint: string, observed: string, shared: boolean) => string | undefined
  readonly states: () => readonly { readonly waiver: Waiver; readonly state: WaiverState }[]
}

/**
 * A waiver accepts one deed: the fingerprint and the text that was observed. A deed that got worse, or a subject that
 * shares its id with another, is a finding again.
 *
 * @param asOf `YYYY-MM-DD`; the day a waiver expires is its last.
 */
export const waiverBook = (waivers: readonly Waiver[], asOf: string): WaiverBook => {
  const states = new Map<Waiver, WaiverState>(
    waivers.map(w => [w, w.expires < asOf ? 'expired' : w.approvedOn > asOf ? 'not yet approved' : 'unused']),
  )
  return {
    waiverFor: (check, fingerprint, observed, shared) => {
      for (const waiver of waivers) {
        if (waiver.check !== check || !fingerprint.startsWith(waiver.finding.toLowerCase())) continue
        if (waiver.expires < asOf || waiver.approvedOn > asOf) continue
        if (shared) states.set(waiver, 'shared id')
        else if (waiver.observed !== observed) states.set(waiver, 'observed differs')
        else {
          states.set(waiver, 'applied')
          return waiver.id
        }
      }
      return undefined
    },
    states: () => [...states].map(([waiver, state]) => ({ waiver, state })),
  }
}
