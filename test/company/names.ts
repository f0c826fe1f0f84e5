/** The files of harbor that the tables change, and the checks that must say so. */

export const compose = 'compose.yaml'
export const monitoring = 'compose.monitoring.yaml'
export const ci = '.github/workflows/ci.yml'
export const nightly = '.github/workflows/nightly.yml'
export const release = '.github/workflows/release.yml'
export const triage = '.github/workflows/triage.yml'
export const site = 'nginx/conf.d/diary.conf'
export const defaults = 'nginx/conf.d/00-default.conf'
export const tls = 'nginx/snippets/tls.conf'
export const headers = 'nginx/snippets/headers.conf'
export const gateway = 'gateway/Dockerfile'
export const bridge = 'llm-bridge/Dockerfile'
export const policy = 'docs/compliance/security-and-privacy-policy.md'
export const access = 'docs/compliance/access-control-policy.md'
export const plan = 'docs/compliance/incident-response-plan.md'
export const brief = 'docs/compliance/readiness-brief.md'
export const agreement = 'docs/compliance/business-associate-agreement.template.md'

export const ports = 'compose-ports-stay-on-loopback'
export const isolated = 'compose-containers-are-isolated'
export const credentials = 'compose-credentials-have-no-default'
export const secretFiles = 'compose-secret-files-are-not-tracked'
export const startable = 'compose-sets-can-start'
export const users = 'compose-users-are-not-root'
/** What a Compose file that cannot be read leaves open; whom an image runs as may be said there too. */
export const composeChecks = [
  'compose-images-name-a-digest',
  ports,
  isolated,
  credentials,
  secretFiles,
  startable,
  users,
  'dockerfile-final-user-is-not-root',
  'dockerfile-sets-its-own-user',
]
export const floor = 'nginx-tls-floor'
export const ciphers = 'nginx-ciphers-keep-forward-secrecy'
export const plaintext = 'nginx-plaintext-redirects'
export const hsts = 'nginx-sends-hsts'
export const nginxChecks = [floor, ciphers, plaintext, hsts]
export const user = 'dockerfile-final-user-is-not-root'
/** The Compose file sets another user for every image that is built. */
export const ownUser = 'dockerfile-sets-its-own-user'
export const bases = 'dockerfile-bases-are-pinned'
export const inImage = 'dockerfile-holds-no-secret'
export const dockerfileChecks = [user, ownUser, bases, inImage]
export const identity = 'policy-has-an-identity'
export const effective = 'policy-effective-date-is-resolved'
export const reviewed = 'policy-is-reviewed'
export const placeholders = 'policy-has-no-placeholders'
export const proofread = 'policy-text-is-proofread'
export const documentChecks = [identity, effective, reviewed, placeholders, proofread]
export const signed = 'git-commits-are-signed'
export const signedTags = 'git-release-tags-are-signed'
export const keys = 'git-tracks-no-keys-or-environment'
export const data = 'git-tracks-no-data'
export const ignored = 'git-tracks-nothing-ignored'
export const tests = 'tests-block-the-merge'
export const banditGate = 'bandit-blocks-the-merge'
export const auditGate = 'pip-audit-blocks-the-merge'
export const lint = 'lint-blocks-the-merge'
export const format = 'format-blocks-the-merge'
export const secretScan = 'secret-scan-blocks-the-merge'
export const configurationScan = 'misconfiguration-scan-blocks-the-merge'
export const gates = [tests, banditGate, auditGate]
export const moreGates = [lint, format, secretScan, configurationScan]
export const releaseTests = 'publishing-jobs-need-the-tests'
export const imageScan = 'image-scan-blocks-the-release'
export const environment = 'publishing-jobs-name-an-environment'
export const releaseChecks = [releaseTests, imageScan, environment]
export const pinned = 'actions-are-pinned-to-a-commit'
export const least = 'workflow-permissions-are-least'
export const expands = 'scripts-expand-no-foreign-text'
export const foreignCode = 'privileged-workflows-check-out-no-foreign-code'
export const tokenStays = 'checkout-leaves-no-token-in-artifacts'
export const inherited = 'called-workflows-get-named-secrets'
export const ownMachine = 'self-hosted-runners-take-no-pull-requests'
export const piped = 'downloads-are-not-piped-into-a-shell'
export const unsecure = 'unsecure-workflow-commands-stay-off'
export const hardening = [expands, foreignCode, tokenStays, inherited, ownMachine, piped, unsecure]
export const everySecret = 'jobs-get-only-the-secrets-they-name'
export const masked = 'secrets-stay-masked'
export const pastedSecret = 'secrets-reach-scripts-through-variables'
export const noCache = 'publishing-jobs-restore-no-caches'
export const usedScopes = 'write-permissions-are-used'
export const oneVersion = 'tools-are-installed-at-a-version'
export const agreeing = 'pinned-commits-agree-with-their-comments'
export const canBeFalse = 'conditions-can-be-false'
export const pipelines = [everySecret, masked, pastedSecret, noCache, usedScopes, oneVersion, agreeing, canBeFalse]
export const workflowChecks = [...gates, ...moreGates, ...releaseChecks, pinned, least, ...hardening, ...pipelines]
export const banditReport = 'bandit-report-is-clean'
export const auditReport = 'pip-audit-report-is-clean'
export const ruffReport = 'ruff-report-is-clean'
export const blackReport = 'black-report-is-clean'
export const logs = 'ci-log-shows-no-swallowed-failure'

/** Those that look into every file: one that nobody may read leaves them open. */
export const everyFile = ['no-secret-in-tree', keys, data, ignored]

/**
 * The checks the tables answer for. A check that is not among them changes no expectation here, until somebody writes the
 * edits that it must find.
 */
export const requests = 'git-changes-name-a-request-or-issue'
export const versionsRise = 'policy-versions-rise'
export const policiesSigned = 'policy-changes-are-signed-or-reviewed'
export const promises = 'policy-promises-do-not-weaken'
export const policyHistory = [versionsRise, policiesSigned, promises]

export const told: ReadonlySet<string> = new Set([
  ...composeChecks,
  ...nginxChecks,
  ...dockerfileChecks,
  ...documentChecks,
  ...workflowChecks,
  ...everyFile,
  signed,
  signedTags,
  banditReport,
  ruffReport,
  blackReport,
  auditReport,
  logs,
  'git-history-is-not-replaced',
  requests,
  ...policyHistory,
  'removed-secrets-are-out-of-history',
  'tls-endpoint-floor',
  'tls-endpoint-certificate-holds',
  'tls-endpoint-sends-hsts',
])
