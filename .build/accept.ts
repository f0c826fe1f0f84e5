import { mkdir, rm } from 'node:fs/promises'
import { checks } from '../src/checks/index.ts'
import { editorSchemas } from '../src/policy/schemas.ts'
import { checkPage, checksIndexPage, controlsPage, stalePages } from './pages.ts'
import { checking, conclude, put } from './put.ts'
import { loadShipped } from './shipped.ts'

/** Rewrites what is derived from checks and controls: documents and schemas. Never an expectation. */
const { catalogs, controls } = await loadShipped()
await mkdir('docs/checks', { recursive: true })
await mkdir('docs/schema', { recursive: true })
const written: string[] = []
const accept = async (path: string, text: string): Promise<void> => {
  if (await put(path, text)) written.push(path)
}
for (const check of checks.values()) await accept(`docs/checks/${check.id}.md`, await checkPage(check, controls))
for (const name of await stalePages(checks)) {
  if (!checking) await rm(`docs/checks/${name}`)
  written.push(`docs/checks/${name} (removed)`)
}
await accept('docs/checks/README.md', checksIndexPage(checks))
await accept('docs/controls.md', await controlsPage(controls, catalogs))
for (const [name, schema] of Object.entries(editorSchemas()))
  await accept(`docs/schema/${name}`, `${JSON.stringify(schema, null, 2)}\n`)
conclude(written)
