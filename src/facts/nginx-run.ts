import type { Judgement, Related } from '../model.ts'
import type { NginxFacts } from './nginx.ts'

const unused = 'no Compose file or Dockerfile of the tree runs this file'

/**
 * What a judgement about a configuration comes to, given who runs it: a good one that nothing runs is no evidence, a bad one that
 * nothing runs is a finding of low severity, a good one beside Compose files that run no nginx is unsure, and any other names the mount or COPY that puts it to work.
 */
export const asRun = (loadedBy: NginxFacts['nginx.server']['loadedBy'], judgement: Judgement): Judgement => {
  switch (judgement.verdict) {
    case 'conforms':
      if (loadedBy === 'nothing')
        return { verdict: 'exempt', reason: `${judgement.observed}, but ${unused}: not evidence` }
      if (loadedBy === 'unseen')
        return {
          verdict: 'unsure',
          reason: `${judgement.observed}; no Compose file that could be read runs nginx, so whether this file runs cannot be seen`,
        }
      return judgement
    case 'violates': {
      if (loadedBy === undefined || loadedBy === 'unseen') return judgement
      if (loadedBy === 'nothing')
        return {
          ...judgement,
          observed: `${judgement.observed}; ${unused}`,
          message: `${judgement.message}; ${unused}`,
          severity: 'low',
        }
      const related: readonly Related[] = [loadedBy, ...(judgement.related ?? [])]
      return { ...judgement, related }
    }
    case 'unsure':
    case 'exempt':
      return judgement
  }
}
