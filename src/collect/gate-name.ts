import type { Gate } from '../facts/workflow.ts'
import type { Population } from './workflow-occasion.ts'

/** What is looked for where a gate may be in a text that is not read, and by which names a script promises it. */
interface Names {
  /** Names of tools in a text: whether the gate may be in there. */
  readonly tools: RegExp
  /** Names of targets, environments and scripts that may hold the gate. */
  readonly targets: RegExp
  /** Names that promise the gate outright. */
  readonly promise: RegExp
  /** Distributions of the tools, as Python requirements name them. */
  readonly distributions: readonly string[]
  /** `pytest`, `a linter`: the rest of `nothing in this repository runs or installs`. */
  readonly called: string
}

export const names: Readonly<Record<Gate, Names>> = {
  tests: {
    tools:
      /(^|[^\w-])(pytest|py\.test|unittest|tox|nox|go test|cargo test|npm (run )?test|yarn test|pnpm test|jest|vitest|mocha|ctest|dotnet test|phpunit|rspec|cabal test|stack test|mix test|bats|prove|Invoke-Pester)(?![\w-])/,
    targets: /(^|[^a-z])(tests?|unit|check|ci|cov(erage)?|verify|validate|specs?|e2e|pytest|tox|nox)([^a-z]|$)/i,
    promise: /(^|[^a-z])((run)?tests?|unit|integration|specs?|e2e|pytest|sut)([^a-z]|$)|^(check|verify|ci)(\.\w+)?$/i,
    distributions: ['pytest', 'tox', 'nox'],
    called: 'tests',
  },
  lint: {
    tools:
      /(^|[^\w-])(ruff( check)?|flake8|pylint|eslint|oxlint|golangci-lint|clippy|rubocop|shellcheck|hlint|phpcs|phpstan|biome)(?![\w-])/,
    targets: /lint|style|ruff|flake|(^|[^a-z])(check|checks|ci|quality|static|verify|analy[sz]e)([^a-z]|$)/i,
    promise: /lint|(^|[^a-z])(ruff|flake8|style)([^a-z]|$)/i,
    distributions: ['ruff', 'flake8', 'pylint'],
    called: 'a linter',
  },
  format: {
    tools: /(^|[^\w-])(black|ruff format|prettier|gofmt|rustfmt|cargo fmt|isort|biome)(?![\w-])/,
    targets: /format|fmt|style|black|prettier|(^|[^a-z])(lint|check|checks|ci|quality|verify)([^a-z]|$)/i,
    promise: /(^|[^a-z])(format|fmt|black|prettier)([-_:.]?check)?([^a-z]|$)/i,
    distributions: ['black'],
    called: 'a formatter in checking mode',
  },
  bandit: {
    tools: /(^|[^\w-])bandit(?![\w])/,
    targets: /bandit|secur|(^|[^a-z])sast([^a-z]|$)/i,
    promise: /bandit|(^|[^a-z])(security|sast)([^a-z]|$)/i,
    distributions: ['bandit'],
    called: 'bandit',
  },
  'pip-audit': {
    tools: /(^|[^\w-])pip[-_]audit(?![\w])/,
    targets: /audit|secur|vuln/i,
    promise: /audit|(^|[^a-z])security([^a-z]|$)/i,
    distributions: ['pip-audit', 'pip_audit'],
    called: 'pip-audit',
  },
  'dependency-audit': {
    tools: /(^|[^\w-])(pip[-_]audit|(npm|pnpm|yarn|cargo|composer) audit|osv-scanner|govulncheck|safety|snyk)(?![\w])/,
    targets: /audit|secur|vuln|depend/i,
    promise: /audit|vuln|(^|[^a-z])security([^a-z]|$)/i,
    distributions: ['pip-audit', 'pip_audit', 'safety'],
    called: 'a dependency audit',
  },
  'secret-scan': {
    tools: /(^|[^\w-])(gitleaks|trufflehog|detect-secrets|ggshield|git-secrets)(?![\w])/,
    targets: /secret|leak|secur/i,
    promise: /secret.?scan|leaks|(^|[^a-z])security([^a-z]|$)/i,
    distributions: ['detect-secrets'],
    called: 'a secret scan',
  },
  'image-scan': {
    tools: /(^|[^\w-])(trivy (image|i)|grype|docker scout|snyk container)(?![\w])/,
    targets: /trivy|grype|scan|secur/i,
    promise: /trivy|grype|(image|container).?scan|scan.?(image|container)/i,
    distributions: [],
    called: 'an image scan',
  },
  'misconfiguration-scan': {
    tools:
      /(^|[^\w-])(checkov|trivy (config|conf)|hadolint|zizmor|actionlint|kube-linter|tfsec|tflint|kics|conftest)(?![\w])/,
    targets: /checkov|hadolint|zizmor|actionlint|trivy|iac|misconf|secur/i,
    promise: /checkov|hadolint|zizmor|actionlint|misconf/i,
    distributions: ['checkov', 'zizmor'],
    called: 'a configuration scanner',
  },
  sbom: {
    tools: /(^|[^\w-])(syft|cyclonedx[\w-]*|cdxgen)(?![\w])/,
    targets: /sbom|bom/i,
    promise: /sbom/i,
    distributions: [],
    called: 'an SBOM tool',
  },
}

/** What a run of a gate looks at, by its tool: a change to anything else need not start it. */
export const populationOf = (gate: Gate, command: string): Population => {
  switch (gate) {
    case 'tests':
      return 'code'
    case 'lint':
    case 'format':
      if (/ruff|flake8|pylint|black|isort|autopep8|yapf|pycodestyle|pyflakes/.test(command)) return 'python'
      if (/eslint|prettier|biome|oxlint|xo$|standard$|tslint/.test(command)) return 'javascript'
      if (/golangci|gofmt|gofumpt|goimports|go vet|staticcheck/.test(command)) return 'go'
      if (/clippy|cargo fmt|rustfmt/.test(command)) return 'rust'
      return /shellcheck|shfmt/.test(command) ? 'shell' : 'code'
    case 'bandit':
      return 'python'
    case 'pip-audit':
      return 'python dependencies'
    case 'dependency-audit':
      return /pip-audit|safety/.test(command) ? 'python dependencies' : 'dependencies'
    case 'secret-scan':
      return 'anything'
    case 'misconfiguration-scan':
      if (/zizmor|actionlint/.test(command)) return 'workflows'
      return /hadolint/.test(command) ? 'dockerfiles' : 'infrastructure'
    case 'image-scan':
    case 'sbom':
      return 'infrastructure'
  }
}
