import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'nothing-foreign-sets-the-environment',
  about: 'pipeline.write',
  asks: () => [{ kind: 'pipeline.write' }],
  ifNone: 'not-applicable',
  title: 'Nothing that a stranger writes is written to GITHUB_ENV, GITHUB_PATH or GITHUB_OUTPUT.',
  why: 'A line in GITHUB_ENV sets any variable of later steps: LD_PRELOAD, NODE_OPTIONS, PATH. Text with a line end in it, or a file out of a pull request, adds lines of its own and so runs code with the secrets of the job.',
  fix: 'Write only values that are checked first; pass foreign text through `env:` of the one step that needs it; delimit many lines by a random word.',
  samples: {
    bad: '      - run: echo "BODY=${{ github.event.issue.body }}" >> "$GITHUB_ENV"',
    good: '      - run: echo "VERSION=1.4.2" >> "$GITHUB_ENV"',
  },
  source:
    'zizmor, github-env; GitHub Security Lab, GitHub Actions: environment variable injection; CodeQL, actions/envvar-injection',
  blind: 'Writes by actions and by programs a script calls; PowerShell and Python steps.',
  confidence: 'medium',
  judge: ({ data }) => {
    const where = data.job === '' ? `step "${data.step}"` : `step "${data.step}" of job "${data.job}"`
    const to = `${data.file}${data.file === 'GITHUB_OUTPUT' ? '' : ', which later steps take'}`
    if (data.foreign !== undefined)
      return {
        verdict: 'violates',
        observed: `${data.foreign} is written to ${data.file}`,
        message: `${where} writes ${data.foreign} to ${to}: whoever writes that text can add lines of their own`,
        ...(data.file === 'GITHUB_OUTPUT' || data.privileged.length === 0 ? { severity: 'medium' } : {}),
      }
    if (data.content === 'constant')
      return { verdict: 'conforms', observed: `${where} writes constant text to ${data.file}` }
    const on = data.privileged.join(', ')
    if (on === '' || data.beside === undefined || data.content === 'computed')
      return {
        verdict: 'conforms',
        observed: `${where} writes to ${data.file} what this repository's own steps compute`,
      }
    const what = data.beside === 'code' ? 'the code of a pull request' : 'an artifact of another run'
    return {
      verdict: 'violates',
      observed: `read beside ${what} and written to ${data.file} on ${on}`,
      message: `${where} reads what it writes to ${data.file} beside ${what}, on ${on}`,
      ...(data.file === 'GITHUB_OUTPUT' ? { severity: 'medium' } : {}),
    }
  },
})
