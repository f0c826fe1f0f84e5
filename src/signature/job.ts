import { type KeyObject, verify } from 'node:crypto'

/** One question to OpenSSL: did this key sign this? All that is left of a signature once everything else is decided. */
export interface Job {
  /** `null` where the key's own algorithm hashes. */
  readonly hash: string | null
  readonly data: Buffer
  readonly key: KeyObject
  readonly signature: Buffer
  /** Signature as r and s side by side (IEEE P1363), not as DER. */
  readonly pair: boolean
}

const keyOf = ({ key, pair }: Job) => (pair ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key)

export const holds = (job: Job): boolean => {
  try {
    return verify(job.hash, job.data, keyOf(job), job.signature)
  } catch {
    // OpenSSL throws for some values that cannot be a signature of this key.
    return false
  }
}

/** On a thread of its own: a history of signatures takes as many processors as there are. */
export const holdsSoon = (job: Job, done: (good: boolean) => void): void => {
  try {
    verify(job.hash, job.data, keyOf(job), job.signature, (error, good) => done(!error && good))
  } catch {
    done(false)
  }
}
