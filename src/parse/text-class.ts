/**
 * What sort of text a file is, by its name: whether a bare word can be a value, and whether a plain word can be a
 * password.
 */
export type TextClass =
  | 'environment'
  | 'settings'
  | 'json'
  | 'nginx'
  | 'shell'
  | 'code'
  | 'test code'
  | 'prose'
  | 'records'

const ofExtension: Readonly<Record<string, TextClass>> = Object.fromEntries(
  (
    [
      ['environment', 'env envrc properties ini cfg cnf netrc npmrc pypirc pgpass'],
      ['settings', 'yml yaml toml conf config xml plist hcl tf tfvars tfstate service htaccess'],
      ['json', 'json json5 jsonc webmanifest'],
      ['shell', 'sh bash zsh fish ksh ps1 bat cmd dockerfile containerfile mk'],
      [
        'code',
        'py js mjs cjs ts mts cts tsx jsx go java kt kts scala groovy gradle rb php cs fs vb c h cc cpp hpp rs swift dart lua pl pm r ex exs erl clj vue svelte ipynb m mm nix jsonnet cue rego',
      ],
      ['prose', 'md mdx markdown rst txt adoc asciidoc html htm tex org 1 5 8'],
      ['records', 'sql psql csv tsv log dump eml har http'],
    ] as const
  ).flatMap(([is, extensions]) => extensions.split(' ').map(extension => [extension, is])),
)

export const textClassOf = (uri: string): TextClass => {
  const name = uri.slice(uri.lastIndexOf('/') + 1).toLowerCase()
  if (/^\.env(?:\.|rc$|$)|^env(?:\.|$)|\.env(?:\.\w+)?$|^\.(?:netrc|npmrc|pgpass|pypirc)$|^_netrc$/.test(name))
    return 'environment'
  if (/nginx|\.vhost$|^default\.conf/.test(name) || (/\.(conf|inc|template)$/.test(name) && /nginx/i.test(uri)))
    return 'nginx'
  // Descriptions of interfaces hold examples, as prose does.
  if (/openapi|swagger/.test(name)) return 'prose'
  // `Dockerfile.prod` is one, `dockerfile.ts` is a program about them.
  const named = ofExtension[name.replace(/^.*\./, '')]
  if (/^(dockerfile|containerfile|makefile|justfile|jenkinsfile|procfile|vagrantfile)/.test(name) && named !== 'code')
    return 'shell'
  const is =
    ofExtension[
      name.replace(/\.(?:example|sample|template|tmpl|tpl|j2|dist|in|erb|bak|old|orig)$/, '').replace(/^.*\./, '')
    ] ?? 'settings'
  if (
    is === 'code' &&
    /(?:^|\/)(?:tests?|specs?|__tests__|__mocks__|e2e|cypress|testing|testutils?)\/|(?:^|\/)(?:test_|conftest)|[._-](?:test|spec|tests)\.\w+$|Tests?\.\w+$/.test(
      uri,
    )
  )
    return 'test code'
  return is
}

/** Where a word is good enough for a password: it lives as long as the job, and nobody else can reach it. */
export const runsOnlyTests = (uri: string): 'CI job' | 'tests' | undefined => {
  // A job that deploys reaches what lives on after it; `spec` and `specs` are specifications as often as tests.
  if (/(?:deploy|release|publish|prod|rollout)[^/]{0,60}$/i.test(uri)) return undefined
  if (/(?:^|\/)specs?\//.test(uri) && textClassOf(uri) !== 'test code') return undefined
  if (
    /(?:^|\/)(?:\.github\/workflows|\.circleci|\.forgejo\/workflows|\.gitea\/workflows|\.buildkite)\/|(?:^|\/)(?:\.gitlab-ci|\.travis|\.drone|azure-pipelines|bitbucket-pipelines|appveyor|\.appveyor)\.ya?ml$/.test(
      uri,
    )
  )
    return 'CI job'
  return /(?:^|\/)(?:tests?|specs?|__tests__|e2e|_?integration[-_]tests?)\/|(?:^|\/)(?:[\w-]{1,40}[.-])?(?:compose|settings|config|conftest|env)[._-](?:tests?|testing|ci|e2e)(?:\.\w{1,8})?$|(?:^|\/)\.env\.(?:tests?|testing|ci|e2e)$|[._-](?:test|spec|tests)\.\w{1,6}$/i.test(
    uri,
  )
    ? 'tests'
    : undefined
}

/** Files whose long values are digests or translations by their nature. */
export const holdsNoSecrets = (uri: string): boolean =>
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?|[Cc]argo\.lock|[Pp]oetry\.lock|uv\.lock|[Pp]ipfile\.lock|pdm\.lock|composer\.lock|Gemfile\.lock|go\.sum|go\.work\.sum|mix\.lock|pubspec\.lock|Podfile\.lock|flake\.lock|packages\.lock\.json|gradle\.lockfile|\.terraform\.lock\.hcl|deno\.lock|.*[.-]bundle\.js|\.secrets\.baseline|\.gitleaksignore|.*\.(?:min\.(?:js|css)|map|svg|po|pot|mo|xlf|xliff|sum|ics|css|scss|less|wasm|ttf|woff2?))$/.test(
    uri,
  )
