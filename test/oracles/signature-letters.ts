import { collector } from '../../src/collect/git.ts'
import type { Fact } from '../../src/model.ts'
import { diskWorkspace } from '../../src/workspace/disk.ts'
import type { SignedRepository } from '../signed-repository.ts'

/** Our letter of each commit, with the files that git was given. */
export const lettersOfOurs = async (repository: SignedRepository): Promise<ReadonlyMap<string, string>> => {
  const { signal } = new AbortController()
  const opened = diskWorkspace(repository.folder, { path: process.env['PATH'], signal })
  if (!opened.ok) throw new Error(opened.refusal.reason)
  const { answers } = await collector({
    workspace: opened.value,
    isSample: () => false,
    signal,
    inputs: {
      endpoints: [],
      ca: [],
      ciLogs: [],
      reports: [],
      asOf: new Date().toISOString().slice(0, 10),
      trust: {
        allowedSigners: [repository.allowedSigners],
        keyrings: [repository.keyring],
        revokedKeys: [repository.revokedKeys],
      },
    },
  }).collect([{ kind: 'git.commit', branches: ['HEAD'] }])
  const [answer] = answers
  if (!answer || answer.gaps.length > 0) throw new Error(answer?.gaps.map(g => g.reason).join('; ') ?? 'no answer')
  return new Map([...(answer.facts as Iterable<Fact<'git.commit'>>)].map(f => [f.data.oid, f.data.signature.letter]))
}
