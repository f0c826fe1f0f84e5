import type { PipelineFacts } from '../facts/pipeline.ts'
import type { Fact } from '../model.ts'
import { masked } from '../parse/expression.ts'
import { constantOf, nodesOf, parseShell } from '../parse/shell.ts'
import type { Job, Permissions, Step } from '../parse/workflow.ts'
import { entry, mergedEntries, textOf, type YamlNode } from '../parse/yaml.ts'
import type { WorkflowFile } from './gate.ts'
import { inFile } from './gate-script.ts'
import { actionOf, inputOf } from './pipeline-scan.ts'

type Needed = PipelineFacts['pipeline.permission']['needed']

/** Every scope that may be written, and the step that needs it. */
export const permissionNeedsOf = (workflows: readonly WorkflowFile[]): readonly Fact<'pipeline.permission'>[] =>
  workflows.flatMap(whole => {
    const { uri, file, workflow } = whole
    const facts = (
      id: string,
      jobs: readonly Job[],
      given: Permissions | undefined,
    ): readonly Fact<'pipeline.permission'>[] =>
      given?.node.is !== 'map' || jobs.length === 0
        ? []
        : mergedEntries(given.node).flatMap(({ key, value }): readonly Fact<'pipeline.permission'>[] =>
            textOf(value) !== 'write'
              ? []
              : [
                  {
                    kind: 'pipeline.permission',
                    id: `pipeline.permission:${id}/${key.value}`,
                    place: inFile(file)(key.range.start, value.range.end),
                    data: {
                      workflow: uri,
                      jobs: jobs.map(j => j.id),
                      scope: key.value,
                      needed: neededBy(whole, jobs, key.value),
                    },
                  },
                ],
          )
    return [
      ...facts(
        uri,
        workflow.jobs.filter(j => !j.permissions),
        workflow.permissions,
      ),
      ...workflow.jobs.flatMap(job => facts(`${uri}/${job.id}`, [job], job.permissions)),
    ]
  })

/** What known actions write, by the permissions their own documentation asks for. */
const writers: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^(softprops\/action-gh-release|ncipollo\/release-action|actions\/(create-release|upload-release-asset)|goreleaser\/goreleaser-action|stefanzweifel\/git-auto-commit-action|endbug\/add-and-commit|ad-m\/github-push-action|peaceiris\/actions-gh-pages|jamesives\/github-pages-deploy-action|svenstaro\/upload-release-action|anothrnick\/github-tag-action|mathieudutour\/github-tag-action)$/,
    ['contents'],
  ],
  [
    /^(release-drafter\/release-drafter|googleapis\/release-please-action|google-github-actions\/release-please-action|peter-evans\/create-pull-request|changesets\/action|tiangolo\/latest-changes|crowdin\/github-action)/,
    ['contents', 'pull-requests', 'issues'],
  ],
  [
    /^(pypa\/gh-action-pypi-publish|aws-actions\/configure-aws-credentials|google-github-actions\/auth|azure\/login|sigstore\/|actions\/deploy-pages|hashicorp\/vault-action|codecov\/codecov-action|rubygems\/|step-security\/|depot\/|astral-sh\/attest-action|codspeedhq\/action|anthropics\/)/,
    ['id-token'],
  ],
  [/^(actions\/attest|docker\/build-push-action)/, ['attestations', 'id-token', 'packages', 'artifact-metadata']],
  [
    /^(docker\/(login-action|build-push-action|bake-action)|redhat-actions\/push-to-registry|actions\/delete-package-versions)/,
    ['packages'],
  ],
  [
    /^(github\/codeql-action\/|ossf\/scorecard-action|zizmorcore\/|anchore\/scan-action|aquasecurity\/trivy-action|google\/osv-scanner)/,
    ['security-events'],
  ],
  [/^ossf\/scorecard-action$/, ['id-token']],
  [/^actions\/(deploy-pages|configure-pages)$/, ['pages']],
  [
    /^(actions\/(labeler|stale|first-interaction)|peter-evans\/|marocchino\/|dessant\/|thollander\/|mshick\/|release-drafter\/|amannn\/|tiangolo\/|micnncim\/|codelytv\/|py-cov-action\/|romeovs\/|actions-cool\/|dependabot\/fetch-metadata)/,
    ['pull-requests', 'issues', 'discussions', 'actions', 'contents'],
  ],
  [
    /^(dorny\/test-reporter|enricomi\/|mikepenz\/|reviewdog\/|wagoid\/|re-actors\/)/,
    ['checks', 'statuses', 'pull-requests'],
  ],
  [/^(chrnorm\/|bobheadxi\/deployments)/, ['deployments']],
]

/** Actions that write nowhere with the token of the job: they fetch code, set up a program, keep files of the run. */
const harmless =
  /^(actions\/(checkout|setup-[\w-]+|cache(\/\w+)?|upload-artifact|download-artifact|upload-pages-artifact|dependency-review-action)|astral-sh\/(setup-uv|ruff-action)|docker\/(setup-[\w-]+|metadata-action)|pre-commit\/action|psf\/black|hadolint\/hadolint-action|ruby\/setup-ruby|pnpm\/action-setup|dtolnay\/rust-toolchain|swatinem\/rust-cache|golangci\/golangci-lint-action|extractions\/setup-just|gradle\/actions\/[\w-]+|crate-ci\/typos|codecov\/codecov-action|step-security\/harden-runner|hynek\/(setup-cached-uv|build-and-inspect-python-package)|pypa\/cibuildwheel|taiki-e\/install-action|shogo82148\/actions-setup-perl|denoland\/setup-deno|oven-sh\/setup-bun|sigstore\/cosign-installer|anchore\/sbom-action\/download-syft)$/

const neededBy = (whole: WorkflowFile, jobs: readonly Job[], scope: string): Needed => {
  let unknown: string | undefined
  for (const job of jobs) {
    if (job.uses) unknown ??= `${job.uses.value.split('@')[0]} is called`
    for (const step of job.steps) {
      const answer = step.uses ? byAction(step, scope) : byScript(whole, job, step, scope)
      if (answer === 'yes') return { is: 'by', what: step.uses?.value.split('@')[0] ?? step.label }
      if (answer !== 'no') unknown ??= answer.because
    }
  }
  return unknown === undefined ? { is: 'none' } : { is: 'unknown', because: unknown }
}

type Answer = 'yes' | 'no' | { readonly because: string }

const byAction = (step: Step, scope: string): Answer => {
  const action = actionOf(step) ?? ''
  if (writers.some(([pattern, scopes]) => pattern.test(action) && scopes.includes(scope))) return 'yes'
  if (!harmless.test(action)) return { because: `what ${action.split('@')[0]} writes is not known here` }
  const token = inputOf(step, 'token') ?? inputOf(step, 'github-token')
  return token !== undefined && action !== 'actions/checkout' && /github\.token|github_token/i.test(token)
    ? { because: `${action} is handed the token` }
    : 'no'
}

/** `gh` and `git` subcommands that write, by scope. */
const commands: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^git (.* )?push\b|^gh release (create|upload|edit|delete)\b|^gh pr merge\b|^semantic-release\b|^mkdocs gh-deploy\b|^mike deploy\b/,
    ['contents'],
  ],
  [/^gh pr\b/, ['pull-requests', 'contents', 'issues']],
  [/^gh issue\b|^gh label\b/, ['issues', 'pull-requests']],
  [/^gh (workflow|run|cache)\b/, ['actions']],
  [/^(docker|podman|skopeo|crane|oras|helm|ko|buildah)\b/, ['packages']],
  [
    /^(cosign|twine|npm publish|uv publish|poetry publish|gcloud|aws|az|sigstore|gitsign|slsa)\b/,
    ['id-token', 'packages'],
  ],
]

const byScript = ({ workflow }: WorkflowFile, job: Job, step: Step, scope: string): Answer => {
  const script = step.run
  if (!script) return 'no'
  const held = [workflow.env, entry(job.node, 'env'), step.env].some(env => mentionsToken(env)) || tokenIn(script.value)
  for (const node of nodesOf(parseShell(masked(script.value)).tree)) {
    if (node.type !== 'Command') continue
    const line = [node.name, ...node.suffix].flatMap(w => (w?.type === 'Word' ? [constantOf(w) ?? '…'] : [])).join(' ')
    if (commands.some(([pattern, scopes]) => pattern.test(line) && scopes.includes(scope))) return 'yes'
    const named = line.split(' ')[0] ?? ''
    if (named.startsWith('…') || constantOf(node.name) === undefined)
      return { because: `step "${step.label}" runs what only the run knows` }
    // Any program may ask the runner for an identity token; only some have a reason to.
    if (
      scope === 'id-token' &&
      /^(curl|wget|gh|\.{0,2}\/|[\w-]+\/|make|npm|pnpm|yarn|uv|poetry|hatch|nox|tox|just|go|cargo|python\d?|node)/.test(
        named,
      )
    )
      return { because: `step "${step.label}" runs ${named.slice(0, 40)}, which may ask for an identity` }
    if (
      scope === 'contents' &&
      /^(\.{0,2}\/|[\w.-]+\/|make|just|npm|pnpm|yarn|nox|tox|bash|sh|python\d?|poetry|hatch|uv)/.test(named) &&
      persists(job)
    )
      return {
        because: `step "${step.label}" runs ${named.slice(0, 40)}, which may push with the token of the checkout`,
      }
  }
  return held ? { because: `step "${step.label}" is handed the token` } : 'no'
}

const persists = (job: Job): boolean =>
  job.steps.some(s => actionOf(s) === 'actions/checkout' && inputOf(s, 'persist-credentials') !== 'false')

const tokenIn = (text: string): boolean => /secrets\.GITHUB_TOKEN|github\.token\b/i.test(text)
const mentionsToken = (env: YamlNode | undefined): boolean =>
  env?.is === 'map' && mergedEntries(env).some(e => tokenIn(textOf(e.value) ?? ''))
