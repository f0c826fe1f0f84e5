import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'tools-are-installed-at-a-version',
  about: 'pipeline.install',
  asks: () => [{ kind: 'pipeline.install' }],
  ifNone: 'not-applicable',
  title: 'Every tool and package that a workflow installs by name is installed at one version.',
  why: 'An install without a version takes whatever was published last. A package that was taken over this morning runs this afternoon, with the token and the secrets of the job.',
  fix: 'Install from a lock file with hashes, or name one version: `pip install build==1.3.0`, `npx prettier@3.6.2`, `go install …@v1.7.7`, `docker run image@sha256:…`.',
  samples: {
    bad: '      - run: pip install build twine',
    good: '      - run: pip install --require-hashes -r requirements/release.txt',
  },
  source: 'OpenSSF Scorecard, Pinned-Dependencies; zizmor, adhoc-packages and unpinned-tools; OWASP CICD-SEC-3',
  blind:
    'System packages of the runner (apt, brew, choco); what a script of the tree installs; dependencies of what is installed at a version.',
  confidence: 'high',
  judge: ({ data }) => {
    const where = data.job === '' ? 'the action' : `job "${data.job}"`
    const installs = `${where} installs ${data.name} by ${data.by}`
    const observed = `${data.by}: ${data.name}`
    switch (data.version) {
      case 'exact':
        return { verdict: 'conforms', observed: `${installs} at one version` }
      case 'hash':
        return { verdict: 'conforms', observed: `${installs}, fixed by digest or constraints` }
      case 'computed':
        return { verdict: 'unsure', reason: `${installs} at a version that only the run knows` }
      case 'range':
        return {
          verdict: 'violates',
          observed: `${observed} within a range`,
          message: `${installs} at a version that can move`,
        }
      case 'open':
        return {
          verdict: 'violates',
          observed: `${observed} without a version`,
          message: `${installs} at whatever version is newest`,
        }
    }
  },
})
