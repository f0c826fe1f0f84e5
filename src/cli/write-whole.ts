import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { UsageError } from './usage.ts'

/**
 * To a temporary name beside the file and renamed, so that nobody ever reads half a report.
 * @throws UsageError, which names the option, where the file cannot be written
 */
export const writeWhole = async (file: string, pieces: Iterable<string>, option: string): Promise<void> => {
  try {
    // What is no regular file (a terminal, a pipe behind /dev/stdout) is written to; a link is written through.
    const there = await stat(file).catch(() => undefined)
    if (there && !there.isFile()) {
      await writeFile(file, pieces)
      return
    }
    const target = there ? await realpath(file) : file
    const draft = resolve(dirname(target), `.iip-audit-${process.pid}-${option.replaceAll(/\W/g, '')}.tmp`)
    try {
      await writeFile(draft, pieces)
      await rename(draft, target)
    } catch (error) {
      await rm(draft, { force: true })
      throw error
    }
  } catch (error) {
    throw new UsageError(`${option}: cannot write ${file}: ${error instanceof Error ? error.message : String(error)}`)
  }
}
