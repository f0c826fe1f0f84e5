import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'downloads-are-not-piped-into-a-shell',
  about: 'workflow.script',
  asks: () => [{ kind: 'workflow.script' }],
  ifNone: 'not-applicable',
  title: 'No step runs a program as it comes from the network, unseen.',
  why: 'What a server gives today may be another thing tomorrow, or another thing to a shell than to a browser. It runs with the token and secrets of the job, and nothing records what it was.',
  fix: 'Download a fixed version, compare its checksum, then run it; or use a pinned action or a package from a lock file.',
  samples: {
    bad: '      - run: curl -sSL https://get.example.org | sh',
    good: '      - run: |\n          curl -sSLo tool.tgz https://example.org/tool-1.4.2.tgz\n          echo "<sha256>  tool.tgz" | sha256sum --check\n          tar xf tool.tgz',
  },
  source:
    'OpenSSF Scorecard, Pinned-Dependencies (downloadThenRun); SLSA; CIS Software Supply Chain Security Guide 3.1',
  blind:
    'Programs that are saved first and run later without a checksum; installers inside images and scripts that are called.',
  confidence: 'high',
  judge: ({ data }) => {
    const [first] = data.downloads
    const where = data.job === '' ? `step "${data.step}"` : `step "${data.step}" of job "${data.job}"`
    if (!first)
      return data.unread === undefined
        ? { verdict: 'conforms', observed: `${where} pipes no download into a shell` }
        : { verdict: 'unsure', reason: `${where} is no shell that can be read: ${data.unread}` }
    return {
      verdict: 'violates',
      severity: 'medium',
      observed: 'a download is run unseen',
      message: `${where} runs what it downloads without looking at it`,
      place: first.place,
    }
  },
})
