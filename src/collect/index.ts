import type { CollectorEntry } from './run.ts'

/** Which collector answers which kinds; its module is loaded when one of them is asked. */
export const collectors: readonly CollectorEntry[] = [
  {
    name: 'git',
    answers: ['git.repository', 'git.commit', 'git.tag', 'git.tracked-file', 'policy.change', 'policy.promise'],
    load: () => import('./git.ts').then(m => m.collector),
  },
  {
    name: 'report',
    answers: [
      'report.bandit',
      'report.pip-audit',
      'report.ruff',
      'report.black',
      'report.gitleaks',
      'report.zizmor',
      'report.hadolint',
      'report.checkov',
      'report.sarif',
      'ci.log-step',
    ],
    load: () => import('./report.ts').then(m => m.collector),
  },
  {
    name: 'nginx',
    answers: ['nginx.server', 'nginx.plaintext', 'nginx.headers'],
    load: () => import('./nginx.ts').then(m => m.collector),
  },
  {
    name: 'document',
    answers: ['document.policy', 'document.placeholder', 'document.residue'],
    load: () => import('./document.ts').then(m => m.collector),
  },
  {
    name: 'compose',
    answers: ['compose.set', 'compose.service', 'compose.user', 'compose.port', 'compose.variable', 'compose.secret'],
    load: () => import('./compose.ts').then(m => m.collector),
  },
  {
    name: 'network',
    answers: ['compose.topology', 'compose.datastore', 'compose.inference'],
    load: () => import('./network.ts').then(m => m.collector),
  },
  {
    name: 'dockerfile',
    answers: ['dockerfile.stage', 'dockerfile.base', 'dockerfile.variable'],
    load: () => import('./dockerfile.ts').then(m => m.collector),
  },
  {
    name: 'secret',
    answers: ['secret.value', 'secret.past'],
    load: () => import('./secret.ts').then(m => m.collector),
  },
  {
    name: 'tls',
    answers: ['tls.endpoint', 'tls.certificate', 'tls.hsts'],
    load: () => import('./tls.ts').then(m => m.collector),
  },
  {
    name: 'pipeline',
    answers: [
      'pipeline.job',
      'pipeline.secret',
      'pipeline.container-credential',
      'pipeline.condition',
      'pipeline.choice',
      'pipeline.write',
      'pipeline.artifact',
      'pipeline.install',
      'pipeline.permission',
      'pipeline.merge',
      'pipeline.pin',
    ],
    load: () => import('./pipeline.ts').then(m => m.collector),
  },
  {
    name: 'workflow',
    answers: [
      'workflow.job',
      'workflow.action',
      'workflow.permissions',
      'workflow.script',
      'workflow.checkout',
      'ci.gate',
      'ci.release',
    ],
    load: () => import('./workflow.ts').then(m => m.collector),
  },
]
