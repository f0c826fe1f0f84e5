import type { CollectorEntry } from './run.ts'

/** Which collector answers which kinds; its module is loaded when one of them is asked. */
export const collectors: readonly CollectorEntry[] = [
  {
    name: 'git',
    answers: ['git.repository', 'git.commit', 'git.tracked-file'],
    load: () => import('./git.ts').then(m => m.collector),
  },
]
