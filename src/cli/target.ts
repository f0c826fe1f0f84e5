import { checks } from '../checks/index.ts'
import { kinds } from '../facts/index.ts'
import { showComplaint } from '../policy/complaint.ts'
import { loadPolicy } from '../policy/load.ts'
import type { Policy } from '../policy/policy.ts'
import { diskWorkspace } from '../workspace/disk.ts'
import { excluding } from '../workspace/excluding.ts'
import { shipped } from '../workspace/shipped.ts'
import type { Tree, Workspace } from '../workspace/workspace.ts'
import { type Terminal, UsageError } from './usage.ts'

/** The target and everything that decides over it; wrong instructions end here, each with its place. */
export const openTarget = async (
  path: string,
  given: { readonly profile: string | undefined; readonly asOf: string },
  terminal: Terminal,
): Promise<{ workspace: Workspace; policy: Policy }> => {
  // An empty variable in a script would otherwise mean this folder.
  if (path === '') throw new UsageError('the path to check is empty')
  const opened = diskWorkspace(path, {
    path: terminal.env['PATH'],
    home: terminal.env['HOME'],
    configHome: terminal.env['XDG_CONFIG_HOME'],
    signal: terminal.signal,
  })
  if (!opened.ok) throw new UsageError(`${path}: ${opened.refusal.reason}`)
  const workspace = opened.value
  const policy = await loadPolicy({
    tree: given.profile === undefined ? workspace.tree : withProfile(workspace, given.profile),
    ...(given.profile === undefined ? {} : { profilePath: given.profile }),
    folder: workspace.prefix,
    shipped: await shipped(checks),
    checks,
    kinds: Object.keys(kinds),
  })
  if (!policy.ok)
    throw new UsageError(`the policy has mistakes:\n${policy.complaints.map(c => `  ${showComplaint(c)}`).join('\n')}`)
  return {
    policy: policy.value,
    workspace: { ...workspace, tree: excluding(workspace.tree, policy.value.profile.exclude, given.asOf) },
  }
}

/** A profile named on the command line may stand anywhere: it is an instruction, not part of what is judged. */
const withProfile = ({ tree, inputs }: Workspace, profile: string): Tree => ({
  ...tree,
  text: (uri, bounds) => (uri === profile ? inputs.text(uri, bounds) : tree.text(uri, bounds)),
})
