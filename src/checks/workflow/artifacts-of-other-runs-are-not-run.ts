import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'artifacts-of-other-runs-are-not-run',
  about: 'pipeline.artifact',
  asks: () => [{ kind: 'pipeline.artifact' }],
  ifNone: 'not-applicable',
  title: "No workflow with secrets runs or publishes what a run on a stranger's code made.",
  why: 'A run on a pull request makes its artifacts from the pull request. A second workflow that unpacks them into its folder and goes on to build, or publishes them, does with secrets what the first was not allowed to do.',
  fix: "Unpack into a folder of its own below the runner's temporary folder, read only what is checked, and ask for `github.event.workflow_run.event == 'push'` before anything is run or published.",
  samples: {
    bad: 'on: workflow_run\n…\n      - uses: actions/download-artifact@<commit sha>\n        with: { run-id: "${{ github.event.workflow_run.id }}" }\n      - run: make release',
    good: 'on: workflow_run\n…\n      - uses: actions/download-artifact@<commit sha>\n        with: { run-id: "${{ github.event.workflow_run.id }}", path: "${{ runner.temp }}/report" }\n      - run: gh pr comment "$NUMBER" --body-file "$RUNNER_TEMP/report/summary.md"',
  },
  source: 'GitHub Security Lab, Preventing pwn requests; CodeQL, actions/artifact-poisoning; OWASP CICD-SEC-9',
  blind: 'What an action does with the files; whether the files are checked before they are used.',
  confidence: 'medium',
  judge: ({ data }) => {
    const job = data.job === '' ? 'the action' : `job "${data.job}"`
    if (data.from === 'this run') return { verdict: 'conforms', observed: `${job} takes artifacts of its own run` }
    const on = data.privileged.join(', ')
    if (on === '')
      return { verdict: 'conforms', observed: `${job} takes artifacts of another run, on nothing a stranger sent` }
    if (!data.use)
      return { verdict: 'conforms', observed: `${job} takes artifacts of another run on ${on} and runs none of them` }
    if (data.guarded)
      return { verdict: 'conforms', observed: `${job} takes artifacts on ${on} under a condition on whose run it was` }
    const where = data.mixed ? 'into its own folder' : 'into a folder'
    return {
      verdict: 'violates',
      observed: `${data.use.does} ${data.use.what} after ${data.by} ${where} on ${on}`,
      message: `${job} unpacks artifacts of another run ${where} on ${on} and then ${data.use.does} ${data.use.what}`,
      related: [{ place: data.use.place, message: `${data.use.does} here` }],
    }
  },
})
