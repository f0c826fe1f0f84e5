import { defineCheck, whole } from '../../check.ts'
import { daysUntil, type ToolRun } from '../../facts/report.ts'

const ran = ({ tool, version }: ToolRun): string => (version === undefined ? tool : `${tool} ${version}`)

export const check = defineCheck({
  id: 'ci-log-shows-no-swallowed-failure',
  about: 'ci.log-step',
  asks: () => [{ kind: 'ci.log-step' }],
  ifNone: 'not-applicable',
  title: 'In the CI logs handed in, every step whose tests or scanner failed failed itself',
  why: 'A step that succeeds although pytest, bandit or pip-audit in it reported a failure is a gate that cannot say no: the run is green, the change is merged, and the log is the proof that somebody could have known.',
  fix: 'Take away what hides the exit code (`|| true`, `--exit-zero`, `set +e`, a pipe without pipefail); upload reports in a later step with `if: always()`.',
  samples: {
    bad: '##[group]Run pytest -q || true\npytest -q || true\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n2 failed, 10 passed in 0.51s\n##[group]Run echo done',
    good: '##[group]Run pytest -q\npytest -q\nshell: /usr/bin/bash -e {0}\n##[endgroup]\n2 failed, 10 passed in 0.51s\n##[error]Process completed with exit code 1.',
  },
  source: 'GitHub documentation, "Setting exit codes for actions" and "Workflow syntax: jobs.<job_id>.steps[*].shell"',
  blind:
    'Only the output of pytest, bandit and pip-audit is understood. A log does not show continue-on-error of a job, nor required checks. A program can print lines that look like the runner’s.',
  confidence: 'high',
  params: {
    maxAgeDays: whole('days after which a log that names no commit says nothing any more', { least: 0, most: 3650 }, 7),
  },
  judge: ({ data }, { maxAgeDays }, _facts, { asOf }) => {
    const { tools, commit, startedAt, ended, exit, wentOn, step } = data
    if (tools.length === 0) return { verdict: 'exempt', reason: 'runs no tool whose output is understood' }
    if (commit?.is === 'other')
      return { verdict: 'unsure', reason: `log of commit ${commit.oid.slice(0, 10)}, which is not the one checked out` }
    if (commit?.is !== 'head') {
      const age = startedAt === undefined ? undefined : daysUntil(asOf, startedAt)
      if (age === undefined || startedAt === undefined)
        return { verdict: 'unsure', reason: 'the log shows neither when it was made nor of which commit' }
      if (age < 0)
        return { verdict: 'unsure', reason: `the log is dated ${startedAt.slice(0, 10)}, after the day of this audit` }
      if (age > maxAgeDays)
        return { verdict: 'unsure', reason: `the log is of ${startedAt.slice(0, 10)}, older than ${maxAgeDays} days` }
    }

    const failed = tools.find(t => t.result === 'failed')
    if (failed && ended === 'succeeded') {
      const because = failed.because === undefined ? '' : `: ${failed.because}`
      return {
        verdict: 'violates',
        observed: `${failed.tool}: ${failed.said ?? 'failed'}; the step succeeded${because}`,
        message: `step "${step}" succeeded although ${failed.tool} reported ${failed.said ?? 'a failure'}${because}`,
        place: failed.place,
      }
    }
    if (ended === 'not-seen') return { verdict: 'unsure', reason: `the log ends before step "${step}" does` }
    const retried = tools.find(t => t.result === 'passed-later')
    if (retried && ended === 'succeeded')
      return {
        verdict: 'unsure',
        reason: `${retried.tool} reported ${retried.said ?? 'a failure'} and then none in one step: a retry, or a failure that does not count`,
        place: retried.place,
      }
    if (failed && wentOn)
      return {
        verdict: 'unsure',
        reason: `step "${step}" failed with ${failed.tool}, and the job went on: with if: always() that is right, with continue-on-error the failure counts for nothing`,
        place: failed.place,
      }
    const hidden = tools.find(t => t.result === 'not-shown' && t.standing !== 'blocks')
    if (hidden && ended === 'succeeded')
      return {
        verdict: 'unsure',
        reason: `${hidden.tool} ran, its result is not in the log, and the exit code of the step need not be its own${hidden.because === undefined ? '' : `: ${hidden.because}`}`,
        place: hidden.place,
      }
    const said = tools.map(t => `${ran(t)}: ${t.said ?? 'result not shown'}`).join('; ')
    return { verdict: 'conforms', observed: `${said}; exit ${exit ?? 'not shown'}` }
  },
})
