// Bundles one TypeScript file in memory and runs it: Node 20 cannot strip types itself.
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const [entry, ...args] = process.argv.slice(2)
const dir = await mkdtemp(join(resolve('node_modules'), '.run-'))
try {
  const outfile = join(dir, 'run.mjs')
  await build({
    entryPoints: [resolve(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  })
  process.argv.splice(2, process.argv.length, ...args)
  await import(pathToFileURL(outfile).href)
} finally {
  await rm(dir, { recursive: true, force: true })
}
