import { readFile, writeFile } from 'node:fs/promises'

/** Writes the file when it differs; says whether it did. */
export const put = async (path: string, text: string): Promise<boolean> => {
  const now = await readFile(path, 'utf8').catch(() => undefined)
  if (now === text) return false
  await writeFile(path, text)
  return true
}
