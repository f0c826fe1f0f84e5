/** What a secret is, as far as anybody may be told: never the value, never a digest of it. */
interface Secret {
  readonly uri: string
  /** `password`, `GitHub token`, `private key`. */
  readonly secret: string
  /** The variable, key or header it is given to. */
  readonly name: string | undefined
  /** `8 to 15`: of characters. */
  readonly length: string
  /**
   * `high`: says itself that it is one, or a machine made it and a name says so. `medium`: a name says so. `low`: a word
   * that everybody tries first.
   */
  readonly confidence: 'high' | 'medium' | 'low'
}

export interface SecretFacts {
  /** A secret that stands in a file of the tree, or how much was read without finding one. */
  'secret.value':
    | (Secret & {
        readonly is: 'secret'
        /** Where nothing but tests runs: a word is good enough there. */
        readonly testsOnly: 'CI job' | 'tests' | undefined
        /** Another fact says the same of this very line. */
        readonly toldBy: 'compose.variable' | 'dockerfile.variable' | 'git.tracked-file' | undefined
      })
    | { readonly is: 'rest'; readonly files: number; readonly binaries: number; readonly byName: number }
  /** A secret that stands in an earlier version of a file, or how much was read without finding one. */
  'secret.past':
    | (Secret & {
        readonly is: 'secret'
        /** The same value stands in the tree that is checked out. */
        readonly inTree: boolean
        /** The oldest and the newest commit that wrote the file with it; undefined where they could not be told. */
        readonly first: string | undefined
        readonly last: string | undefined
        /** Versions of the file that hold it. */
        readonly versions: number
      })
    | { readonly is: 'rest'; readonly versions: number; readonly byName: number }
}

export interface SecretQuestions {
  'secret.value': Record<never, never>
  /** At most so many MiB of earlier versions are read, the newest first. */
  'secret.past': { readonly mebibytes: number }
}

export const secretKinds = {
  'secret.value':
    'One secret in a file of the tree: what it is and where, never its value; and the number of all files without one.',
  'secret.past': 'One secret in an earlier version of a file, and the commits that still hold it; never its value.',
} as const satisfies Record<keyof SecretFacts, string>
