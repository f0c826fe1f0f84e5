import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'git-history-is-not-replaced',
  about: 'git.repository',
  asks: () => [{ kind: 'git.repository' }],
  ifNone: { unsure: 'no repository to judge' },
  title: 'No replace ref and no graft shows another history than the one that was made.',
  why: 'With a replace ref or a graft, git shows other commits than those whose names are recorded, and everybody who looks at the history is shown the stand-in. An auditor samples changes that were never made, or misses some that were.',
  fix: '`git replace -d` the refs and delete `.git/info/grafts`; where history was rewritten for a reason, say so in a document and keep the old tips under a tag.',
  samples: { bad: 'git replace 1a2b3c4 5d6e7f8', good: 'git replace -d 1a2b3c4' },
  source: 'Git documentation, git-replace(1); gitglossary(7), grafts',
  blind:
    'A history that was rewritten and pushed leaves no mark here: earlier tips must be known from elsewhere. Replace refs are not cloned unless asked for.',
  confidence: 'high',
  judge: ({ data }) => {
    const replaced = data.cut.includes('replaced')
    const grafted = data.cut.includes('grafted')
    if (!replaced && !grafted) return { verdict: 'conforms', observed: 'no replace refs and no grafts' }
    const what = [...(replaced ? ['replace refs'] : []), ...(grafted ? ['grafts'] : [])].join(' and ')
    return {
      verdict: 'violates',
      observed: `${what} present`,
      message: `${what} make git show another history than the one that was made`,
    }
  },
})
