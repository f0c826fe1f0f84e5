import { readdir } from 'node:fs/promises'
import { execa } from 'execa'

/**
 * Mutates one file at a time and asks only the tests that speak for it: those of a check are its fixtures. All at once
 * would collect every fixture again for each of some two thousand mutants.
 *
 * Arguments: parts of paths to keep; none means all of `src/checks`, `src/decide.ts` and `src/policy`.
 */

interface Unit {
  readonly file: string
  readonly tests: string
}

const unitsIn = async (): Promise<readonly Unit[]> => {
  const units: Unit[] = [{ file: 'src/decide.ts', tests: 'test/decide.test.ts' }]
  for (const name of await readdir('src/policy'))
    units.push({ file: `src/policy/${name}`, tests: 'test/policy/*.test.ts' })
  for (const entry of await readdir('src/checks', { withFileTypes: true }))
    if (entry.isDirectory())
      for (const name of await readdir(`src/checks/${entry.name}`))
        units.push({ file: `src/checks/${entry.name}/${name}`, tests: 'test/checks.test.ts' })
  return units
}

const wanted = process.argv.slice(2)
const units = (await unitsIn()).filter(u => wanted.length === 0 || wanted.some(w => u.file.includes(w)))
const surviving: string[] = []
let killed = 0
let survived = 0
for (const { file, tests } of units) {
  const only = /([^/]+)\.ts$/.exec(file)?.[1] ?? ''
  const { all = '' } = await execa('npx', ['stryker', 'run', '.build/stryker.json', '--mutate', file], {
    all: true,
    reject: false,
    env: { MUTATE_TESTS: tests, ONLY_CHECK: tests === 'test/checks.test.ts' ? only : '' },
  })
  const row = new RegExp(`^\\s*${only}\\.ts\\s*\\|(.*)$`, 'm')
    .exec(all)?.[1]
    ?.split('|')
    .map(cell => Number(cell.trim()))
  // Columns of the clear-text table: total, covered, killed, timed out, survived, no coverage, errors.
  const [, , dead, late, alive, uncovered] = row ?? []
  if (dead === undefined) {
    const none = all.includes('0 Mutant(s) generated') || all.includes('No mutants')
    process.stdout.write(`${file}: ${none ? 'nothing to mutate' : `no result\n${all.slice(-2_000)}`}\n`)
    if (!none) surviving.push(`${file}: no result`)
    continue
  }
  killed += dead + (late ?? 0)
  survived += (alive ?? 0) + (uncovered ?? 0)
  process.stdout.write(`${file}: ${dead + (late ?? 0)} killed, ${(alive ?? 0) + (uncovered ?? 0)} survived\n`)
  if ((alive ?? 0) + (uncovered ?? 0) > 0) {
    surviving.push(file)
    const from = all.indexOf('[Survived]') >= 0 ? all.indexOf('[Survived]') : all.indexOf('[NoCoverage]')
    process.stdout.write(`${all.slice(from, all.lastIndexOf('Ran '))}\n`)
  }
}
process.stdout.write(`${killed} killed, ${survived} survived in ${units.length} files\n`)
process.exitCode = surviving.length > 0 ? 1 : 0
