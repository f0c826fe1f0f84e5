import type { Check } from '../check.ts'
import type { Listing, Tree } from '../workspace/workspace.ts'
import { loaded, readCatalogs } from './catalogs.ts'
import { quote } from './complaint.ts'
import { readControls } from './controls.ts'
import type { Catalog, Complaint, Control, Loaded, Policy, PolicyFile } from './policy.ts'
import { type PolicyText, policyLimit } from './positioned.ts'
import { noProfile, type ReadText, readProfile } from './profile.ts'
import { readAttestations, readWaivers } from './waivers.ts'

export interface PolicyRequest {
  /** The tree the rules are read from: the target, or the revision of `--policy-from`. */
  readonly tree: Tree
  /** Uri of the profile where the user names one; it must then exist. */
  readonly profilePath?: string
  /** Folder of the target inside the tree, with a trailing `/`, where the policy files stand; empty for the root. */
  readonly folder?: string
  readonly shipped: { readonly catalogs: readonly Catalog[]; readonly controls: readonly Control[] }
  readonly checks: ReadonlyMap<string, Check>
  /** The vocabulary of `found('…')`. */
  readonly kinds: readonly string[]
}

/** More files of one sort than an organisation has controls. */
const mostFiles = 1000

const isYaml = (uri: string): boolean => /\.ya?ml$/i.test(uri)

const wholeFile = (uri: string, message: string, suggestion?: string): Complaint => ({
  uri,
  at: { line: 1, column: 1 },
  message,
  ...(suggestion === undefined ? {} : { suggestion }),
})

/** Files that look like policy but stand where nothing reads them: a waiver nobody reads is not in force. */
const misplaced = (uris: readonly string[], folder: string, files: readonly PolicyFile[]): readonly Complaint[] => {
  const own = `${folder}.iip-audit/`
  const profile = `${folder}iip-audit.yaml`
  const meant: Readonly<Record<string, string>> = {
    [`${folder}iip-audit.yml`]: profile,
    [`${folder}.iip-audit.yaml`]: profile,
    [`${folder}.iip-audit.yml`]: profile,
    [`${own}iip-audit.yaml`]: profile,
    [`${own}profile.yaml`]: profile,
    [`${own}waivers.yml`]: `${own}waivers.yaml`,
  }
  const read = new Set(files.map(file => file.uri))
  return uris.flatMap(uri => {
    if (read.has(uri)) return []
    if (Object.hasOwn(meant, uri)) return [wholeFile(uri, 'nothing reads a file of this name', meant[uri])]
    const name = uri.startsWith(own) && isYaml(uri) ? uri.slice(own.length) : 'controls/'
    if (name === 'waivers.yaml' || /^(?:controls|frameworks|attestations)\//.test(name)) return []
    return [
      wholeFile(uri, `nothing reads this file; read in ${own} are waivers.yaml, controls/, frameworks/, attestations/`),
    ]
  })
}

const notListed = ({ unseen }: Listing, folder: string): readonly Complaint[] =>
  unseen.flatMap(({ uri, refusal }) => {
    const own = `${folder}.iip-audit`
    const inside = uri === own || uri.startsWith(`${own}/`)
    return inside ? [wholeFile(uri, `this folder cannot be listed: ${refusal.reason}`)] : []
  })

/**
 * Everything that decides, besides the facts: the shipped controls and catalogs, and what the user's files add. Read
 * through the tree alone. All complaints about all files come together; a file that cannot be read is one of them, and
 * so is one that looks like policy but would not be read.
 */
export const loadPolicy = async (request: PolicyRequest): Promise<Loaded<Policy>> => {
  const { tree, shipped, checks, kinds, folder = '' } = request
  const complaints: Complaint[] = []
  const files: PolicyFile[] = []

  const read: ReadText = async uri => {
    const text = await tree.text(uri, { most: policyLimit })
    if (!text.ok) return { ok: false, reason: text.refusal.reason }
    return { ok: true, file: { uri, sha256: text.value.source.sha256, text: text.value.text } }
  }
  const listing = await tree.list()
  const uris = listing.entries.map(entry => entry.uri)
  complaints.push(...notListed(listing, folder))

  const below = async (name: string): Promise<readonly PolicyText[]> => {
    const found = uris.filter(uri => uri.startsWith(`${folder}.iip-audit/${name}/`) && isYaml(uri))
    const texts: PolicyText[] = []
    for (const uri of found.slice(0, mostFiles)) {
      const text = await read(uri)
      if (text.ok) texts.push(text.file)
      else complaints.push(wholeFile(uri, `this file cannot be read: ${text.reason}`))
    }
    const rest = found[mostFiles]
    if (rest !== undefined)
      complaints.push(wholeFile(rest, `more than ${mostFiles} files in ${name}/; this and later ones are not read`))
    files.push(...texts.map(({ uri, sha256 }) => ({ uri, sha256 })))
    return texts
  }
  /** A file that need not exist; git may ignore it, so the listing alone does not say that it is missing. */
  const maybe = async (uri: string): Promise<PolicyText | undefined> => {
    const text = await read(uri)
    if (text.ok) {
      files.push({ uri, sha256: text.file.sha256 })
      return text.file
    }
    const exists = uris.includes(uri) || listing.unseen.some(u => u.uri === uri || uri.startsWith(`${u.uri}/`))
    if (exists) complaints.push(wholeFile(uri, `this file cannot be read: ${text.reason}`))
    return undefined
  }

  const ownCatalogs = await readCatalogs(await below('frameworks'), shipped.catalogs)
  const catalogs = [...shipped.catalogs, ...ownCatalogs.values]
  const ownControls = await readControls(await below('controls'), {
    checks,
    catalogs,
    kinds,
    origin: 'custom',
    controls: shipped.controls,
    brokenCatalogs: ownCatalogs.ids,
  })
  const controls = [...shipped.controls, ...ownControls.values]
  complaints.push(...ownCatalogs.complaints, ...ownControls.complaints)
  const broken = new Set<string>()
  if (ownCatalogs.complaints.length > 0) for (const id of ownCatalogs.ids) broken.add(id)
  if (ownControls.complaints.length > 0) for (const id of ownControls.ids) broken.add(id)

  let profile = noProfile
  const named = request.profilePath
  const first = named === undefined ? await maybe(`${folder}iip-audit.yaml`) : undefined
  const asked = named === undefined ? undefined : await read(named)
  if (named !== undefined && asked && !asked.ok) {
    complaints.push(wholeFile(named, `the profile ${quote(named)} cannot be read: ${asked.reason}`))
  }
  const profileText = asked?.ok ? asked.file : first
  if (profileText) {
    const result = await readProfile(profileText, read, { controls, catalogs, broken })
    profile = result.profile
    complaints.push(...result.complaints)
    files.push(...result.files.filter(file => !files.some(f => f.uri === file.uri)))
  }

  const waiverText = await maybe(`${folder}.iip-audit/waivers.yaml`)
  const waivers = waiverText && (await readWaivers(waiverText, { checks, controls, broken, people: profile.people }))
  const attestations = await readAttestations(await below('attestations'), { controls, broken })
  complaints.push(...(waivers?.complaints ?? []), ...attestations.complaints)
  complaints.push(...misplaced(uris, folder, files))

  const policy: Policy = {
    catalogs,
    controls,
    profile,
    waivers: waivers?.values ?? [],
    attestations: attestations.values,
    files: files.sort((a, b) => (a.uri < b.uri ? -1 : 1)),
  }
  return loaded(policy, complaints)
}
