import { masked } from '../parse/expression.ts'
import { constantOf, nodesOf, parseShell } from '../parse/shell.ts'
import type { Job, Step } from '../parse/workflow.ts'
import { entry, textOf } from '../parse/yaml.ts'

/** One step that publishes or deploys. */
export interface Publication {
  readonly what: string
  readonly step: Step
  /** Its place among the steps of the job: 0 is the first. */
  readonly index: number
}

/** What a job publishes or deploys, by its actions and commands; what it deploys by other means is not seen. */
export const publicationsOf = (job: Job): readonly Publication[] => {
  const known =
    publications.get(job) ??
    job.steps.flatMap((step, index) => (byAction(step) ?? byCommand(step)).map(what => ({ what, step, index })))
  publications.set(job, known)
  return known
}
/** Every gate asks again. */
const publications = new WeakMap<Job, readonly Publication[]>()

export const publishedBy = (job: Job): readonly string[] => [...new Set(publicationsOf(job).map(p => p.what))]

const actions: readonly (readonly [RegExp, string])[] = [
  [/^pypa\/gh-action-pypi-publish$/, 'a PyPI package'],
  [/^(softprops|ncipollo|actions)\/(action-gh-release|release-action|create-release)$/, 'a GitHub release'],
  [/^actions\/(deploy-pages|upload-release-asset)$/, 'GitHub Pages or a release asset'],
  [/^peaceiris\/actions-gh-pages$|^jamesives\/github-pages-deploy-action$/, 'GitHub Pages'],
  [/^goreleaser\/goreleaser-action$/, 'a GitHub release'],
  [/^js-devtools\/npm-publish$|^changesets\/action$/, 'an npm package'],
  [/^azure\/(webapps-deploy|functions-action|k8s-deploy)$/, 'a deployment to Azure'],
  [/^aws-actions\/(amazon-ecs-deploy-task-definition|aws-cloudformation-github-deploy)$/, 'a deployment to AWS'],
  [
    /^google-github-actions\/(deploy-cloudrun|deploy-appengine|deploy-cloud-functions)$/,
    'a deployment to Google Cloud',
  ],
  [/^superfly\/flyctl-actions$|^akhileshns\/heroku-deploy$|^amondnet\/vercel-action$/, 'a deployment'],
  [/^appleboy\/(ssh-action|scp-action)$|^easingthemes\/ssh-deploy$/, 'a deployment over SSH'],
]

const byAction = (step: Step): readonly string[] | undefined => {
  if (!step.uses) return undefined
  const name = step.uses.value.split('@')[0]?.toLowerCase() ?? ''
  if (name === 'docker/build-push-action') {
    const push = textOf(entry(step.with, 'push'))
    const outputs = textOf(entry(step.with, 'outputs')) ?? ''
    return (push !== undefined && push !== 'false') || outputs.includes('push=true') ? ['a container image'] : []
  }
  return actions.filter(([pattern]) => pattern.test(name)).map(([, what]) => what)
}

const commands: readonly (readonly [RegExp, string])[] = [
  [/^twine upload\b|^(poetry|uv|flit|hatch|maturin|pdm) publish\b/, 'a PyPI package'],
  [/^(npm|yarn|pnpm) (npm )?publish\b/, 'an npm package'],
  [/^cargo publish\b/, 'a crate'],
  [/^gem push\b/, 'a gem'],
  [
    /^(docker|podman|buildah|skopeo) (push|copy)\b|^docker (buildx build|compose build|compose) .*--push\b/,
    'a container image',
  ],
  [/^gh release (create|upload)\b/, 'a GitHub release'],
  [/^kubectl (apply|set|rollout|create|replace)\b|^helm (upgrade|install)\b/, 'a deployment to Kubernetes'],
  [/^(terraform|tofu|terragrunt) apply\b|^pulumi up\b/, 'infrastructure'],
  [
    /^(fly|flyctl) deploy\b|^heroku \b.*release|^vercel\b.*--prod|^netlify deploy\b|^wrangler (deploy|publish)\b|^serverless deploy\b|^cdk deploy\b|^sam deploy\b|^firebase deploy\b|^gcloud (run|app|functions) deploy\b|^eb deploy\b|^az webapp (deploy|up)\b/,
    'a deployment',
  ],
  [/^(ssh|scp|rsync|sftp) /, 'something over SSH'],
  [/^mvn\b.* deploy\b/, 'a Maven artifact'],
]

/** A word of `commands` stands in the text: only then is it worth parsing. */
const mayPublish =
  /publish|upload|push|copy|release|kubectl|helm|apply|pulumi|deploy|vercel|heroku|\baz\b|\beb\b|\b(ssh|scp|rsync|sftp)\b/

const byCommand = (step: Step): readonly string[] => {
  if (!step.run || !mayPublish.test(step.run.value)) return []
  const script = parseShell(masked(step.run.value))
  const found: string[] = []
  for (const node of nodesOf(script.tree)) {
    if (node.type !== 'Command') continue
    const words = [node.name, ...node.suffix].flatMap(w => (w?.type === 'Word' ? [constantOf(w) ?? '…'] : []))
    const plain = words[0] === 'sudo' ? words.slice(1) : words
    const line = (/^(uv|poetry)$/.test(plain[0] ?? '') && plain[1] === 'run' ? plain.slice(2) : plain)
      .join(' ')
      .replace(/^(python3? -m|uvx|pipx run|npx) /, '')
      .slice(0, 500)
    const dry = words.includes('--dry-run') || words.includes('--help') || words.includes('--version')
    if (!dry) for (const [pattern, what] of commands) if (pattern.test(line)) found.push(what)
  }
  return found
}
