import { readdir, readFile, writeFile } from 'node:fs/promises'

/** The check registry as source text: one import per file under src/checks/<subject>/. */
export const checkIndex = async (): Promise<string> => {
  const files: string[] = []
  for (const subject of (await readdir('src/checks', { withFileTypes: true })).filter(e => e.isDirectory())) {
    for (const name of await readdir(`src/checks/${subject.name}`)) if (name.endsWith('.ts')) files.push(`${subject.name}/${name}`)
  }
  files.sort()
  const camel = (path: string) =>
    path.replace(/^.*\//, '').replace(/\.ts$/, '').replace(/-(\w)/g, (_, c: string) => c.toUpperCase())
  return [
    '// Written by `npm run accept` from the files below src/checks/; do not edit.',
    "import type { Check } from '../check.ts'",
    ...files.map(f => `import { check as ${camel(f)} } from './${f}'`),
    '',
    'export const checks: ReadonlyMap<string, Check> = new Map(',
    files.length === 0 ? '  [].map((check: Check) => [check.id, check]),' : `  [\n${files.map(f => `    ${camel(f)},`).join('\n')}\n  ].map(check => [check.id, check]),`,
    ')',
    '',
  ].join('\n')
}

/** Writes the file when it differs; says whether it did. */
export const put = async (path: string, text: string): Promise<boolean> => {
  const now = await readFile(path, 'utf8').catch(() => undefined)
  if (now === text) return false
  await writeFile(path, text)
  return true
}
