import fc from 'fast-check'

/**
 * A merge must not fail for what it did not change: the suite always tries the same cases. The full run of the oracles
 * tries new ones each time, and so does `FC_SEED=any npm test`.
 */
const seed = process.env['FC_SEED'] ?? (process.env['ORACLES'] === 'full' ? 'any' : '20261124')
if (seed !== 'any') fc.configureGlobal({ seed: Number(seed) })
