import { inOrder, nearest, quote } from './complaint.ts'
import type { Catalog, Complaint, Loaded, PolicyFile, Requirement } from './policy.ts'
import { type Node, type PolicyText, positioned } from './positioned.ts'
import { validate } from './validate.ts'

/** What could be read, and what is wrong with the rest. `ids` holds every id that is claimed, also by broken files. */
export interface Reading<T> {
  readonly values: readonly T[]
  readonly ids: ReadonlySet<string>
  readonly complaints: readonly Complaint[]
}

/** Nothing wrong: the values. Anything wrong: all complaints, in order. */
export const loaded = <T>(value: T, complaints: readonly Complaint[]): Loaded<T> =>
  complaints.length === 0 ? { ok: true, value } : { ok: false, complaints: inOrder(complaints) }

export const complaintAt = (node: Node, where: 'at' | 'keyAt', message: string, suggestion?: string): Complaint => ({
  uri: node.uri,
  at: node[where],
  message,
  ...(suggestion === undefined ? {} : { suggestion }),
})

/** The word of a closed set, once the schema has seen it. */
export const wordOf = <const W extends string>(node: Node, words: readonly W[]): W | undefined =>
  words.find(word => word === node.text)

/** `controls/ACME-01.yaml` → `ACME-01`. */
export const nameOf = (uri: string): string => uri.replace(/^.*\//, '').replace(/\.ya?ml$/i, '')

export const textsOf = (node: Node): readonly string[] => node.items.flatMap(item => item.text ?? [])

const requirementOf = (node: Node): Requirement => {
  const designation = wordOf(node.get('designation'), ['Std', 'R', 'A'])
  return {
    id: node.get('id').text ?? '',
    title: node.get('title').text ?? '',
    category: node.get('category').text ?? '',
    ...(designation && { designation }),
    ...(node.get('cited').text === 'true' && { cited: true }),
  }
}

export const readCatalogs = async (
  files: readonly PolicyText[],
  known: readonly Catalog[] = [],
): Promise<Reading<Catalog>> => {
  const complaints: Complaint[] = []
  const values: Catalog[] = []
  const places = new Map<string, string>(known.map(catalog => [catalog.id, catalog.file.uri]))
  const ids = new Set<string>()
  for (const { uri, sha256, text } of files) {
    const yaml = positioned({ uri, sha256, text })
    if (!yaml.ok) {
      complaints.push(...yaml.complaints)
      // The name of a file that cannot be parsed is the best guess at the id it claims.
      ids.add(nameOf(uri))
      continue
    }
    const { root } = yaml
    const before = complaints.length
    complaints.push(...(await validate('catalog', root)))
    const id = root.get('id').text
    if (id !== undefined) {
      const other = places.get(id)
      if (other !== undefined) {
        complaints.push(complaintAt(root.get('id'), 'at', `framework ${quote(id)} is already defined in ${other}`))
      }
      places.set(id, uri)
      ids.add(id)
    }
    const seen = new Set<string>()
    for (const node of root.get('requirements').items) {
      const requirement = node.get('id').text
      if (requirement === undefined) continue
      if (seen.has(requirement)) {
        complaints.push(
          complaintAt(node.get('id'), 'at', `requirement ${quote(requirement)} stands here a second time`),
        )
      }
      seen.add(requirement)
    }
    if (complaints.length > before) continue
    const file: PolicyFile = { uri, sha256 }
    values.push({
      id: id ?? '',
      version: root.get('version').text ?? '',
      title: root.get('title').text ?? '',
      file,
      requirements: root.get('requirements').items.map(requirementOf),
    })
  }
  return { values, ids, complaints }
}

/** The catalogs in these files, or everything that is wrong with them. Ids may not repeat those of `known`. */
export const loadCatalogs = async (
  files: readonly PolicyText[],
  known: readonly Catalog[] = [],
): Promise<Loaded<readonly Catalog[]>> => {
  const { values, complaints } = await readCatalogs(files, known)
  return loaded(values, complaints)
}

/** The categories of a catalog, in its order; cited rows have none that could be chosen. */
export const categoriesOf = (catalog: Catalog): readonly string[] => [
  ...new Set(catalog.requirements.filter(r => r.cited !== true).map(r => r.category)),
]

/**
 * The category a person means by a word. SOC 2 reports say "security" for the common criteria, which the security
 * category consists of (TSP section 100); the catalog calls them `common`.
 */
export const categoryNamed = (
  catalog: Catalog,
  word: string,
): { category: string } | { suggestion: string | undefined } => {
  const categories = categoriesOf(catalog)
  if (categories.includes(word)) return { category: word }
  if (word === 'security' && categories.includes('common')) return { category: 'common' }
  return { suggestion: nearest(word, [...categories, ...(categories.includes('common') ? ['security'] : [])]) }
}
