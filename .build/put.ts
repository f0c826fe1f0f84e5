import { readFile, writeFile } from 'node:fs/promises'

/** `--check`: nothing is written, and what would be is an error. */
export const checking = process.argv.includes('--check')

/** Writes the file when it differs; says whether it does. */
export const put = async (path: string, text: string): Promise<boolean> => {
  const now = await readFile(path, 'utf8').catch(() => undefined)
  if (now === text) return false
  if (!checking) await writeFile(path, text)
  return true
}

/** Says what was rewritten; under `--check` what should have been, and fails. */
export const conclude = (paths: readonly string[]): void => {
  if (paths.length === 0) return
  if (!checking) console.log(`rewrote ${paths.join(', ')}`)
  else {
    console.error(`stale, run \`npm run accept\`: ${paths.join(', ')}`)
    process.exitCode = 1
  }
}
