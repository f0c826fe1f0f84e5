import { readdir } from 'node:fs/promises'
import { conclude, put } from './put.ts'

/** Writes the check registry: one import per file under src/checks/<subject>/. */
const files: string[] = []
for (const subject of (await readdir('src/checks', { withFileTypes: true })).filter(e => e.isDirectory()))
  for (const name of await readdir(`src/checks/${subject.name}`))
    if (name.endsWith('.ts')) files.push(`${subject.name}/${name}`)
files.sort()
const camel = (path: string): string =>
  path
    .replace(/^.*\//, '')
    .replace(/\.ts$/, '')
    .replace(/-(\w)/g, (_, c: string) => c.toUpperCase())
const text = [
  '// Written by `npm run accept` from the files below src/checks/; do not edit.',
  "import type { Check } from '../check.ts'",
  ...files.map(f => `import { check as ${camel(f)} } from './${f}'`),
  '',
  'export const checks: ReadonlyMap<string, Check> = new Map(',
  '  [',
  ...files.map(f => `    ${camel(f)},`),
  '  ].map(check => [check.id, check]),',
  ')',
  '',
].join('\n')
conclude((await put('src/checks/index.ts', text)) ? ['src/checks/index.ts'] : [])
