/** A stretch of a text that is a secret: UTF-16 offsets, end exclusive. */
export interface SecretSeen {
  readonly start: number
  readonly end: number
  /** `password`, `GitHub token`, `private key`. */
  readonly kind: string
  /** The variable, key or header it is given to; not for tokens that stand alone. */
  readonly name: string | undefined
  /**
   * `high`: says itself that it is one, or was made by a machine and is named so. `medium`: named so. `low`: named so,
   * and a word that everybody tries first.
   */
  readonly confidence: 'high' | 'medium' | 'low'
}
