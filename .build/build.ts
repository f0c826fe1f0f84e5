import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { checks } from '../src/checks/index.ts'
import { storeControls } from '../src/policy/stored.ts'
import { loadShipped } from './shipped.ts'
import { verdictsOf } from './verdicts.ts'

/** Builds dist/: the bundle in lazily loaded pieces, and the shipped policy compiled from controls/. */
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string }
const { catalogs, controls } = await loadShipped()
await rm('dist', { recursive: true, force: true })
await mkdir('dist')
await writeFile('dist/policy.json', JSON.stringify({ catalogs, controls: storeControls(controls) }))
const verdicts = await Promise.all([...checks.keys()].map(async id => [id, await verdictsOf(id)] as const))
await writeFile('dist/verdicts.json', JSON.stringify(Object.fromEntries(verdicts)))
await build({
  entryPoints: ['src/cli.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'linked',
  chunkNames: '[name]-[hash]',
  define: { IIP_AUDIT_VERSION: JSON.stringify(version) },
  // CommonJS dependencies call require for built-in modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
  logLevel: 'warning',
})
