import { type Gate, gates } from '../facts/workflow.ts'
import type { Gap } from '../model.ts'
import { nodesOf, parseShell } from '../parse/shell.ts'
import { entry, itemsOf, parseYaml, textOf } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { type Invocation, meaningOf } from './gate-command.ts'
import { names } from './gate-name.ts'
import { type Hook, inFile } from './gate-script.ts'
import type { Population } from './workflow-occasion.ts'

/** A sign that a gate was meant to be: a requirement, a hook, an installation in a step. */
export interface Sign {
  readonly gate: Gate
  /** `requirements-dev.txt`, `pre-commit`. */
  readonly name: string
  readonly place: Place
  readonly because: string
}

/** Hooks of pre-commit by their ids in the repositories that define them. A hook that changes a file fails. */
const hookGates: readonly (readonly [RegExp, readonly Gate[]])[] = [
  [
    /^(ruff|ruff-check|flake8|pylint|eslint|golangci-lint(-full)?|shellcheck(-py)?|rubocop|clippy|hlint|oxlint|biome-lint)$/,
    ['lint'],
  ],
  [
    /^(black|black-jupyter|ruff-format|isort|prettier|fmt|cargo-fmt|go-fmt|gofmt|terraform_fmt|shfmt|biome-format|ormolu)$/,
    ['format'],
  ],
  [/^biome-(check|ci)$/, ['lint', 'format']],
  [/^bandit$/, ['bandit']],
  [/^pip[-_]audit$/, ['pip-audit', 'dependency-audit']],
  [/^(gitleaks(-docker|-system)?|detect-secrets|trufflehog|ggshield)$/, ['secret-scan']],
  [
    /^(hadolint(-docker|-bin)?|checkov(_container)?|actionlint(-docker|-system)?|zizmor|terraform_(trivy|tfsec|checkov|tflint)|kube-linter)$/,
    ['misconfiguration-scan'],
  ],
  [/^(pytest|tox|nox|tests?)$/, ['tests']],
]
const gatesOfHook = (id: string): readonly Gate[] => hookGates.find(([pattern]) => pattern.test(id))?.[1] ?? []

const invocationsOf = (command: string | undefined): readonly Invocation[] =>
  command === undefined
    ? []
    : [...nodesOf(parseShell(command).tree)].flatMap(n => (n.type === 'Command' ? meaningOf(n).invocations : []))

/** A local hook says what it runs. A formatter that writes fails the hook when it has changed a file. */
const gatesOfEntry = (command: string | undefined): readonly Gate[] => {
  if (command === undefined) return []
  const found = invocationsOf(command).map(i => i.gate)
  return /(^|[\s/])(ruff format|black|prettier|gofmt|rustfmt|biome format)(\s|$)/.test(command)
    ? [...found, 'format']
    : found
}

/** A hook that is called like a gate and does nothing. */
const idleEntry = /^\s*(true|:|echo|printf)(\s|$)/

const gateOf = (distribution: string): readonly Gate[] =>
  gates.filter(gate => names[gate].distributions.includes(distribution.toLowerCase()))

const requirementFile =
  /(^|\/)(requirements[\w.-]*|constraints[\w.-]*|[\w.-]*requirements)\.(txt|in|pip)$|(^|\/)requirements\/[\w.-]+\.(txt|in)$/i
const projectFile = /(^|\/)(pyproject\.toml|setup\.cfg|setup\.py|Pipfile|environment\.ya?ml)$/

/** Files that may list what is installed, most telling first; bounded. */
export const listingFiles = (uris: readonly string[]): readonly string[] =>
  uris
    .filter(uri => (requirementFile.test(uri) || projectFile.test(uri)) && uri.split('/').length <= 4)
    .sort((a, b) => a.split('/').length - b.split('/').length)
    .slice(0, 60)

/** The first line of each file that lists a gate's tool. */
export const listedIn = (file: TextFile): readonly Sign[] => {
  const signs: Sign[] = []
  const at = inFile(file)
  const requirements = requirementFile.test(file.source.uri)
  let offset = 0
  for (const line of file.text.split('\n')) {
    const found = line.length > 2000 ? undefined : named(line, requirements)
    for (const gate of found ? gateOf(found.name) : [])
      if (found && !signs.some(s => s.gate === gate))
        signs.push({
          gate,
          name: file.source.uri,
          place: at(offset + found.at, offset + found.at + found.name.length),
          because: `${found.name} is installed (${file.source.uri}), and no workflow runs it`,
        })
    offset += line.length + 1
  }
  return signs
}

const named = (line: string, requirements: boolean): { name: string; at: number } | undefined => {
  const pattern = requirements
    ? /^[ \t]*()(pytest|tox|nox|bandit|pip[-_]audit|ruff|black|flake8|pylint|detect-secrets|safety|checkov|zizmor)(?=[ \t]*([[=<>~!;@#\r]|$))/i
    : /(["' \t]|^)(pytest|tox|nox|bandit|pip[-_]audit|ruff|black|flake8|pylint|detect-secrets|safety|checkov|zizmor)(?=(\[[\w,]{1,40}\])?["']?[ \t]*([=<>~!;,\]\r]|$))/i
  // The project's own name and its entry points install nothing.
  if (/^[ \t]*name[ \t]*=/.test(line) || /=[ \t]*["']?[\w.]+:\w/.test(line)) return undefined
  const comment = line.search(/(^|[ \t])#/)
  const found = pattern.exec(comment === -1 ? line : line.slice(0, comment))
  return found ? { name: found[2] ?? '', at: found.index + found[0].length - (found[2] ?? '').length } : undefined
}

export interface PreCommit {
  readonly hooks: readonly Hook[]
  /** The `ci:` section of pre-commit.ci. */
  readonly hosted: Place | undefined
}

/** The gates among the hooks of a pre-commit configuration. */
export const preCommitOf = (file: TextFile, gap: (gap: Omit<Gap, 'kinds'>) => void): PreCommit | undefined => {
  const yaml = parseYaml(file.text)
  const at = inFile(file)
  const [error] = yaml.errors
  if (error) {
    gap({ place: at(error.range.start, error.range.end), cause: error.cause, reason: error.reason })
    return undefined
  }
  const root = yaml.documents[0]?.root
  const hooks: Hook[] = []
  for (const repo of itemsOf(entry(root, 'repos')))
    for (const hook of itemsOf(entry(repo, 'hooks'))) {
      const node = entry(hook, 'id')
      const id = textOf(node)
      const run = entry(hook, 'entry')
      const found =
        id === undefined || idleEntry.test(textOf(run) ?? '')
          ? []
          : [...new Set([...gatesOfHook(id), ...gatesOfEntry(textOf(run))])]
      if (!node || id === undefined || found.length === 0) continue
      const place = at(node.range.start, node.range.end)
      const stages = itemsOf(entry(hook, 'stages') ?? entry(root, 'default_stages')).map(textOf)
      const args = itemsOf(entry(hook, 'args'))
      const zero = args.find(
        a => textOf(a) === '--exit-zero' || textOf(a) === '--dry-run' || textOf(a) === '--collect-only',
      )
      const lets = invocationsOf(textOf(run)).find(i => i.disarmed)?.disarmed
      hooks.push({
        gates: found,
        id,
        place,
        manual:
          stages.length > 0 &&
          stages.every(s => s === 'manual' || s === 'pre-push' || s === 'push' || s === 'commit-msg'),
        always: textOf(entry(hook, 'always_run')) === 'true',
        disarmed: zero
          ? {
              because: `\`${textOf(zero) ?? ''}\` keeps the hook from failing`,
              at: at(zero.range.start, zero.range.end),
            }
          : lets && run && { because: lets.because, at: at(run.range.start, run.range.end) },
      })
    }
  const ci = entry(root, 'ci')
  return { hooks, hosted: ci && at(ci.range.start, Math.min(ci.range.end, ci.range.start + 1)) }
}

/** Configurations of other CI systems, which are not read. */
const others: readonly (readonly [RegExp, string])[] = [
  [/^\.gitlab-ci\.ya?ml$/, 'GitLab CI'],
  [/^Jenkinsfile$/, 'Jenkins'],
  [/^\.circleci\/config\.ya?ml$/, 'CircleCI'],
  [/^\.?azure-pipelines\.ya?ml$/, 'Azure Pipelines'],
  [/^\.travis\.ya?ml$/, 'Travis CI'],
  [/^bitbucket-pipelines\.ya?ml$/, 'Bitbucket Pipelines'],
  [/^\.drone\.ya?ml$/, 'Drone'],
  [/^\.buildkite\/[\w.-]+\.ya?ml$/, 'Buildkite'],
  [/^\.cirrus\.ya?ml$/, 'Cirrus CI'],
  [/^appveyor\.ya?ml$|^\.appveyor\.ya?ml$/, 'AppVeyor'],
  [/^\.forgejo\/workflows\/[^/]+\.ya?ml$|^\.gitea\/workflows\/[^/]+\.ya?ml$/, 'Forgejo or Gitea Actions'],
  [/^\.zuul\.ya?ml$|^zuul\.d\//, 'Zuul'],
  [/(^|\/)cloudbuild[\w.-]*\.ya?ml$/, 'Google Cloud Build'],
]

export const otherSystems = (uris: readonly string[]): readonly { readonly name: string; readonly place: Place }[] =>
  others.flatMap(([pattern, name]) => {
    const uri = uris.find(u => pattern.test(u))
    return uri === undefined ? [] : [{ name, place: { in: 'file' as const, uri } }]
  })

/** Manifests and lock files of package managers. */
const manifest =
  /(^|\/)(package(-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|go\.(mod|sum)|Cargo\.(toml|lock)|Gemfile(\.lock)?|composer\.(json|lock)|pom\.xml|build\.gradle(\.kts)?|mix\.(exs|lock)|packages\.lock\.json|[\w.-]+\.csproj|pubspec\.(yaml|lock))$/
const infrastructure =
  /(^|\/)(Dockerfile[\w.-]*|[\w.-]+\.Dockerfile|Containerfile|(docker-)?compose[\w.-]*\.ya?ml|[\w.-]+\.tf|Chart\.yaml|kustomization\.ya?ml)$|^\.github\/workflows\/[^/]+\.ya?ml$/i
const imageFile = /(^|\/)(Dockerfile[\w.-]*|[\w.-]+\.Dockerfile|Containerfile)$/i

/** Whether what the tree holds calls for the gate at all. */
export const callsFor = (gate: Gate, uris: readonly string[], publishes: readonly string[]): boolean => {
  switch (gate) {
    case 'tests':
    case 'secret-scan':
      return true
    case 'lint':
    case 'format':
      return codeIn(uris).length > 0
    case 'bandit':
      return hasPython(uris)
    case 'pip-audit':
      return hasPythonDependencies(uris)
    case 'dependency-audit':
      return hasPythonDependencies(uris) || uris.some(u => manifest.test(u))
    case 'image-scan':
      return publishes.includes('a container image') || uris.some(u => imageFile.test(u))
    case 'misconfiguration-scan':
      return uris.some(u => infrastructure.test(u))
    case 'sbom':
      return publishes.length > 0
  }
}

const pythonProject = /(^|\/)(pyproject\.toml|setup\.(cfg|py)|Pipfile(\.lock)?|poetry\.lock|uv\.lock|pdm\.lock)$/
const hasPython = (uris: readonly string[]): boolean => uris.some(u => /\.pyi?$/.test(u))
const hasPythonDependencies = (uris: readonly string[]): boolean =>
  uris.some(u => requirementFile.test(u) || pythonProject.test(u))

/** Source files: what a path filter must not leave out. */
const code =
  /\.(py|pyx|js|jsx|mjs|cjs|ts|tsx|vue|svelte|go|rs|java|kt|scala|rb|php|cs|fs|swift|c|cc|cpp|h|hpp|ex|exs|erl|clj|dart|lua|pl|r|jl|zig)$/i
const notCode =
  /(^|\/)(docs?|documentation|examples?|samples?|tutorials?|website|site|\.github|\.devcontainer|scripts|tools|bin|benchmarks?)\//i

const languages: Partial<Record<Population, RegExp>> = {
  python: /\.(py|pyi|pyx)$/i,
  javascript: /\.([cm]?[jt]sx?|vue|svelte)$/i,
  go: /\.go$/i,
  rust: /\.rs$/i,
}

/** The files of a kind, as far as they are what the repository is about. */
export const filesOf = (population: Population, uris: readonly string[]): readonly string[] => {
  switch (population) {
    case 'code':
      return codeIn(uris)
    case 'python':
    case 'javascript':
    case 'go':
    case 'rust':
      return codeIn(uris).filter(u => languages[population]?.test(u))
    case 'shell':
      return uris.filter(u => /\.(sh|bash)$/.test(u) && !notCode.test(`/${u}`)).slice(0, 5_000)
    case 'workflows':
      return uris.filter(u => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(u))
    case 'dockerfiles':
      return uris.filter(u => imageFile.test(u)).slice(0, 5_000)
    case 'infrastructure':
      return uris.filter(u => infrastructure.test(u)).slice(0, 5_000)
    case 'python dependencies':
      return uris.filter(u => requirementFile.test(u) || pythonProject.test(u)).slice(0, 5_000)
    case 'dependencies':
      return uris.filter(u => requirementFile.test(u) || pythonProject.test(u) || manifest.test(u)).slice(0, 5_000)
    case 'anything':
      return codeIn(uris)
  }
}

export const codeIn = (uris: readonly string[]): readonly string[] =>
  uris.filter(uri => code.test(uri) && !notCode.test(`/${uri}`)).slice(0, 5_000)
