import picomatch from 'picomatch'
import type { Exclusion } from '../policy/policy.ts'
import { type Listing, refused, type Tree } from './workspace.ts'

/**
 * A tree without the files the profile excludes. An exclusion whose day has passed takes nothing away; what was taken
 * away is counted, and reading it by another way (an include, a mount) is refused, so that it becomes a gap.
 */
export const excluding = (tree: Tree, exclusions: readonly Exclusion[], asOf: string): Tree => {
  const active = exclusions
    .filter(e => e.until >= asOf)
    .map(e => ({ glob: e.glob, matches: picomatch(e.glob, { dot: true }) }))
  if (active.length === 0) return tree
  const by = (uri: string): string | undefined => active.find(e => e.matches(uri))?.glob
  const no = (glob: string) => refused('denied', `excluded by the profile (${glob})`)
  let listing: Promise<Listing> | undefined
  const list = async (): Promise<Listing> => {
    const all = await tree.list()
    const excluded = new Map<string, number>(active.map(e => [e.glob, 0]))
    const entries = all.entries.filter(entry => {
      const glob = by(entry.uri)
      if (glob !== undefined) excluded.set(glob, (excluded.get(glob) ?? 0) + 1)
      return glob === undefined
    })
    return { ...all, entries, unseen: all.unseen.filter(u => by(u.uri) === undefined), excluded }
  }
  return {
    list: () => {
      listing ??= list()
      return listing
    },
    text: async (uri, bounds) => {
      const glob = by(uri)
      return glob === undefined ? tree.text(uri, bounds) : no(glob)
    },
    head: async (uri, most) => {
      const glob = by(uri)
      return glob === undefined ? tree.head(uri, most) : no(glob)
    },
  }
}
