import { readdir, readFile } from 'node:fs/promises'
import { checks } from '../src/checks/index.ts'
import { sha256 } from '../src/digest.ts'
import { kinds } from '../src/facts/index.ts'
import { loadCatalogs } from '../src/policy/catalogs.ts'
import { showComplaint } from '../src/policy/complaint.ts'
import { loadControls } from '../src/policy/controls.ts'
import type { Catalog, Complaint, Control } from '../src/policy/policy.ts'
import type { PolicyText } from '../src/policy/positioned.ts'

const texts = async (folder: string): Promise<readonly PolicyText[]> => {
  const names = (await readdir(folder)).filter(n => n.endsWith('.yaml')).sort()
  return Promise.all(
    names.map(async name => {
      const bytes = await readFile(`${folder}/${name}`)
      return { uri: `${folder}/${name}`, sha256: sha256(bytes), text: bytes.toString('utf8') }
    }),
  )
}

const refuse = (complaints: readonly Complaint[]): never => {
  throw new Error(`controls/ has mistakes:\n${complaints.map(showComplaint).join('\n')}`)
}

/** The shipped policy from its YAML; @throws with every complaint when there is one. */
export const loadShipped = async (): Promise<{ catalogs: readonly Catalog[]; controls: readonly Control[] }> => {
  const catalogs = await loadCatalogs(await texts('controls/frameworks'))
  if (!catalogs.ok) return refuse(catalogs.complaints)
  const controls = await loadControls(await texts('controls'), {
    checks,
    catalogs: catalogs.value,
    kinds: Object.keys(kinds),
    origin: 'shipped',
  })
  if (!controls.ok) return refuse(controls.complaints)
  return { catalogs: catalogs.value, controls: controls.value }
}
