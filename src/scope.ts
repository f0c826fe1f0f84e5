import picomatch from 'picomatch'

/** Folders whose files show how something could be, not how it is. Names used across ecosystems for test data. */
const sampleFolders: ReadonlySet<string> = new Set([
  'fixtures',
  'fixture',
  '__fixtures__',
  'testdata',
  'test-data',
  'test_data',
  'examples',
  'example',
  'samples',
  'sample',
  // Whole suites by themselves. `test`, `tests` and `spec` are none: they stand for code that a pipeline runs with its own
  // credentials, and `spec` for specifications. Nor is `e2e`: it is where programs keep their end-to-end encryption, too.
  '__tests__',
  '__mocks__',
  '__snapshots__',
  'e2e-tests',
  'integration-test',
  'integration-tests',
])

/** `_integration-test`, `integration_tests`, `IntegrationTests` are one name. */
const plain = (folder: string): string =>
  folder
    .replace(/^[_-]+/, '')
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/_/g, '-')
    .toLowerCase()

/**
 * Whether a file is a sample: by a folder name below the target (not of the target itself), or because the profile
 * declares its folder. Samples neither support nor contradict a control; what is wrong in them is reported as low.
 */
export const sampleTest = (prefix: string, declared: readonly string[]): ((uri: string) => boolean) => {
  const globs = declared.map(folder => folder.replace(/\/+$/, ''))
  const inDeclared =
    globs.length > 0
      ? picomatch(
          globs.flatMap(g => [g, `${g}/**`]),
          { dot: true },
        )
      : () => false
  return uri => {
    if (inDeclared(uri)) return true
    const below = uri.startsWith(prefix) ? uri.slice(prefix.length) : uri
    const folders = below.split('/').slice(0, -1)
    return folders.some(folder => sampleFolders.has(folder.toLowerCase()) || sampleFolders.has(plain(folder)))
  }
}
