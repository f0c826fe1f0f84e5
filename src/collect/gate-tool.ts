import type { Gate } from '../facts/workflow.ts'
import type { Word } from '../parse/shell.ts'

/** A word of a command as the shell gives it to the program; no text where an expansion decides. */
export type Arg = { readonly text: string | undefined; readonly word: Word }

/** One program that does the work of a gate; or of several: `ruff check` lints, `trivy fs` looks for three things. */
export interface ToolRun {
  readonly gates: readonly Gate[]
  /** As a person would call it, without arguments: `pytest`, `ruff check`. */
  readonly tool: string
  /** An option that keeps it from failing, or from looking at anything. */
  readonly disarmed: { readonly because: string; readonly word: Word } | undefined
  /** Nothing but its default keeps it from failing: its configuration or environment may say otherwise. */
  readonly byDefault?: true
  /** It can fail, for less than it looks for by default. */
  readonly narrowed?: { readonly because: string; readonly word: Word } | undefined
}

/** What follows the options; options known to take a value take the next word with them. */
export const afterOptions = (args: readonly Arg[], values: readonly string[]): readonly Arg[] => {
  let at = 0
  while (at < args.length) {
    const word = args[at]
    const text = word?.text ?? word?.word.text ?? ''
    if (text === '--') return args.slice(at + 1)
    if (!text.startsWith('-') || text === '-m' || text === '-c') break
    at += values.includes(text) ? 2 : 1
  }
  return args.slice(at)
}

export const has = (args: readonly Arg[], ...options: readonly string[]): Arg | undefined =>
  args.find(a => a.text !== undefined && options.some(o => a.text === o || a.text?.startsWith(`${o}=`)))

/** The value of an option, written `--option value` or `--option=value`; null where only the run knows it. */
export const optionOf = (args: readonly Arg[], ...options: readonly string[]): string | null | undefined => {
  for (const [i, { text, word }] of args.entries())
    for (const option of options) {
      if (text === option) return args[i + 1] === undefined ? undefined : (args[i + 1]?.text ?? null)
      if (text?.startsWith(`${option}=`)) return text.slice(option.length + 1)
      if (text === undefined && word.text.startsWith(`${option}=`)) return null
    }
  return undefined
}

export const asksOnly = (args: readonly Arg[]): boolean => has(args, '--version', '--help', '-h') !== undefined

export const disarm = (found: Arg | undefined, because: string): ToolRun['disarmed'] =>
  found && { because: `\`${found.text}\` ${because}`, word: found.word }

const runs = (gates: Gate | readonly Gate[], tool: string, disarmed?: ToolRun['disarmed']): readonly ToolRun[] => [
  { gates: typeof gates === 'string' ? [gates] : gates, tool, disarmed },
]
const none: readonly ToolRun[] = []

/** A tool that succeeds whatever it finds, unless an option says otherwise. */
const unless = (args: readonly Arg[], first: Arg, because: string, ...options: readonly string[]) =>
  has(args, ...options) ? undefined : { because, word: first.word }

/**
 * What a program with these arguments does for the gates, by its own manual; undefined: it is no tool that is known
 * here. Whatever finds nothing wrong by looking at nothing (`--version`, a list) is no run.
 */
export const toolRuns = (name: string, first: Arg, rest: readonly Arg[]): readonly ToolRun[] | undefined => {
  if (asksOnly(rest)) return known.test(name) ? none : undefined
  const texts = rest.map(a => a.text)
  const verb = afterOptions(rest, [])[0]?.text
  return (
    testRuns(name, first, rest, texts, verb) ??
    styleRuns(name, first, rest, texts, verb) ??
    scanRuns(name, first, rest, texts, verb)
  )
}
const known = /^(pytest|py\.test|bandit|pip-audit|ruff|black|trivy|grype|gitleaks|trufflehog|hadolint|eslint|prettier)$/

type Read = (
  name: string,
  first: Arg,
  rest: readonly Arg[],
  texts: readonly (string | undefined)[],
  verb: string | undefined,
) => readonly ToolRun[] | undefined

const listsTests = 'lists the tests and runs none'

/** What makes a test runner list what it would run, by the runners' manuals. */
const listing = (name: string, rest: readonly Arg[], verb: string | undefined): Arg | undefined =>
  has(rest, '--listTests', '--list', '--list-tests', '-N', '--show-only', '--dry-run', '--collect-only') ??
  (name === 'vitest' && verb === 'list' ? rest.find(a => a.text === 'list') : undefined) ??
  (name === 'bats' ? has(rest, '-c', '--count') : undefined) ??
  (name === 'behave' ? has(rest, '-d') : undefined) ??
  (name === 'prove' ? has(rest, '-D', '--dry') : undefined)

/** `rspec --failure-exit-code 0`. */
const lettingTests = (name: string, rest: readonly Arg[]): ToolRun['disarmed'] =>
  name === 'rspec' && optionOf(rest, '--failure-exit-code') === '0' ? zero(rest, '--failure-exit-code') : undefined

const testRuns: Read = (name, _first, rest, texts, verb) => {
  switch (name) {
    case 'pytest':
    case 'py.test':
      if (has(rest, '-V', '--fixtures', '--markers', '--cache-show')) return none
      return runs(
        'tests',
        'pytest',
        disarm(
          has(rest, '--collect-only', '--collectonly', '--co', '--setup-plan', '--setup-only'),
          'collects the tests and runs none',
        ) ?? disarm(has(rest, '--suppress-tests-failed-exit-code'), 'lets failing tests pass'),
      )
    case 'unittest':
    case 'nose2':
    case 'nosetests':
    case 'trial':
    case 'ward':
    case 'behave':
    case 'gotestsum':
    case 'rspec':
    case 'phpunit':
    case 'paratest':
    case 'pest':
    case 'codecept':
    case 'ctest':
    case 'bats':
    case 'prove':
    case 'shellspec':
    case 'jest':
    case 'mocha':
    case 'ava':
    case 'tap':
    case 'tape':
    case 'karma':
    case 'vitest':
    case 'playwright':
    case 'cypress':
    case 'busted':
    case 'kuttl':
    case 'container-structure-test':
    case 'goss':
    case 'dgoss':
    case 'molecule':
    case 'ginkgo':
      if ((name === 'playwright' || name === 'molecule') && verb !== 'test') return none
      if (name === 'cypress' && verb !== 'run') return none
      return runs('tests', name, disarm(listing(name, rest, verb), listsTests) ?? lettingTests(name, rest))
    case 'manage.py':
    case 'django-admin':
      return verb === 'test' ? runs('tests', `${name} test`) : none
    case 'setup.py':
      return verb === 'test' ? runs('tests', 'setup.py test') : none
    case 'stestr':
      return verb === 'run' ? runs('tests', 'stestr run') : none
    case 'node':
      return has(rest, '--test') ? runs('tests', 'node --test') : none
    case 'react-scripts':
    case 'ng':
    case 'craco':
      return verb === 'test' ? runs('tests', `${name} test`) : none
    case 'vue-cli-service':
      return /^test:/.test(verb ?? '') ? runs('tests', `${name} ${verb}`) : none
    case 'go':
      if (verb === 'run' || verb === 'tool') return undefined
      if (verb === 'vet') return runs('lint', 'go vet')
      // `-run` takes a pattern of test names (go help testflag). `^$` matches none, as that help says for benchmarks;
      // NONE and XXX are what people write for it, and no Go test is called so: a test's name begins with Test.
      return verb === 'test' && !has(rest, '-c', '-list') && !texts.some(t => /^(-run=)?(\^\$|NONE|XXX)$/.test(t ?? ''))
        ? runs('tests', 'go test')
        : none
    case 'cargo':
      return cargo(rest, texts)
    case 'cabal':
      if (/^(v[12]-|new-)?test$/.test(verb ?? '')) return runs('tests', 'cabal test')
      return none
    case 'stack': {
      if (verb === 'test') return has(rest, '--no-run-tests') ? none : runs('tests', 'stack test')
      return verb === 'build' && has(rest, '--test') && !has(rest, '--no-run-tests')
        ? runs('tests', 'stack build --test')
        : none
    }
    case 'mvn':
    case 'mvnw': {
      const goals = ['test', 'verify', 'install', 'package', 'deploy', 'integration-test']
      if (!texts.some(t => t !== undefined && goals.includes(t))) return none
      if (rest.some(a => a.text !== undefined && /^-D(skipTests|maven\.test\.skip)(=true)?$/.test(a.text))) return none
      const lets = has(rest, '-Dmaven.test.failure.ignore', '-fn', '--fail-never', '-DtestFailureIgnore')
      return runs('tests', 'mvn', disarm(lets, 'lets failing tests pass'))
    }
    case 'gradle':
    case 'gradlew': {
      const excluded = texts.some((t, i) => (t === '-x' || t === '--exclude-task') && texts[i + 1] === 'test')
      if (excluded || has(rest, '-m', '--dry-run')) return none
      return texts.some(t => t !== undefined && /(^|:)(test|check|build)$/.test(t)) ? runs('tests', 'gradle') : none
    }
    case 'dotnet':
    case 'mix':
    case 'swift':
    case 'sbt':
    case 'lein':
    case 'clj':
    case 'clojure':
    case 'rebar3':
    case 'gleam':
    case 'dune':
    case 'forge':
    case 'bazel':
    case 'bazelisk':
    case 'meson':
    case 'ninja':
    case 'rails':
    case 'flutter':
    case 'dart':
    case 'crystal':
    case 'zig':
    case 'mill': {
      if (name === 'mix' && verb === 'format')
        return has(rest, '--check-formatted') ? runs('format', 'mix format --check-formatted') : none
      if (name === 'dotnet' && verb === 'format')
        return has(rest, '--verify-no-changes') ? runs('format', 'dotnet format --verify-no-changes') : none
      if (name === 'dart' && verb === 'format')
        return has(rest, '--set-exit-if-changed') ? runs('format', 'dart format') : none
      if ((name === 'dart' || name === 'flutter') && verb === 'analyze') return runs('lint', `${name} analyze`)
      if (name === 'mix' && verb === 'credo') return runs('lint', 'mix credo')
      const word = texts.find(t => t !== undefined && /^\+?(\w+\.?)?(test|runtest|eunit|spec|testOnly)s?$/.test(t))
      if (name === 'crystal') return verb === 'spec' ? runs('tests', 'crystal spec') : none
      return word === undefined ? none : runs('tests', `${name} ${word.slice(0, 20)}`)
    }
    case 'rake':
      if (texts.includes('rubocop')) return runs('lint', 'rake rubocop')
      return texts.some(t => t === 'test' || t === 'spec') ? runs('tests', 'rake') : none
    default:
      return undefined
  }
}

const cargo = (rest: readonly Arg[], texts: readonly (string | undefined)[]): readonly ToolRun[] => {
  const at = rest.find(a => a.text !== undefined && !a.text.startsWith('-') && !a.text.startsWith('+'))?.text
  switch (at) {
    case 'test':
    case 't':
      return has(rest, '--no-run', '--list') ? none : runs('tests', 'cargo test')
    case 'nextest':
      return texts.includes('run') && !has(rest, '--no-run') ? runs('tests', 'cargo nextest') : none
    case 'clippy':
      return runs('lint', 'cargo clippy')
    case 'fmt':
      return has(rest, '--check') ? runs('format', 'cargo fmt --check') : none
    case 'audit':
      return runs('dependency-audit', 'cargo audit')
    case 'deny':
      return runs('dependency-audit', 'cargo deny')
    default:
      return none
  }
}

const styleRuns: Read = (name, first, rest, _texts, verb) => {
  switch (name) {
    case 'ruff': {
      if (verb === 'format') return has(rest, '--check', '--diff') ? runs('format', 'ruff format --check') : none
      if (verb === 'check' || verb === undefined || !/^[a-z]+$/.test(verb))
        return runs(
          'lint',
          'ruff check',
          disarm(has(rest, '--exit-zero', '-e'), 'lets it succeed whatever it finds') ??
            disarm(has(rest, '--fix-only'), 'mends what it can and succeeds') ??
            ruffLooksAtNothing(rest),
        )
      return none
    }
    case 'black':
    case 'isort':
    case 'autopep8':
    case 'yapf':
    case 'docformatter': {
      const checks =
        name === 'black'
          ? has(rest, '--check')
          : name === 'autopep8'
            ? has(rest, '--exit-code')
            : name === 'yapf'
              ? has(rest, '--diff', '-d')
              : // `isort --diff` and `docformatter --diff` show what is wrong and succeed.
                has(rest, '--check', '--check-only', '-c')
      // Without it the tool rewrites the files and succeeds.
      return checks ? runs('format', `${name} --check`) : none
    }
    case 'prettier':
    case 'dprint':
      if (name === 'dprint') return verb === 'check' ? runs('format', 'dprint check') : none
      return has(rest, '--check', '-c', '--list-different', '-l') ? runs('format', 'prettier --check') : none
    case 'biome':
    case 'rome':
      if (verb === 'ci' || (verb === 'check' && !has(rest, '--write', '--fix', '--apply')))
        return runs(['lint', 'format'], `${name} ${verb}`)
      if (verb === 'lint') return runs('lint', `${name} lint`)
      return verb === 'format' && !has(rest, '--write', '--fix') ? runs('format', `${name} format`) : none
    case 'clang-format':
      return has(rest, '--dry-run', '-n') && has(rest, '--Werror', '-Werror') ? runs('format', name) : none
    case 'shfmt':
      return has(rest, '-d', '--diff', '-l') ? runs('format', 'shfmt -d') : none
    case 'gofmt':
    case 'goimports':
    case 'gofumpt':
      return has(rest, '-l', '-d')
        ? runs('format', `${name} -l`, { because: `\`${name}\` lists what is wrong and succeeds`, word: first.word })
        : none
    case 'ormolu':
    case 'fourmolu':
      return has(rest, '--mode=check', '--mode') && optionOf(rest, '--mode') === 'check' ? runs('format', name) : none
    case 'rustfmt':
    case 'stylua':
    case 'taplo':
    case 'nixfmt':
      return has(rest, '--check') ? runs('format', `${name} --check`) : none
    case 'terraform':
    case 'tofu':
      return verb === 'fmt' && has(rest, '-check') ? runs('format', `${name} fmt -check`) : none
    case 'pylint': {
      // Exit code 0 at or above the score, which is 10 at most and may be negative.
      const under = Number(optionOf(rest, '--fail-under') ?? Number.NaN)
      return runs(
        'lint',
        name,
        disarm(has(rest, '--exit-zero'), 'lets it succeed whatever it finds') ??
          (under <= 0 ? disarm(has(rest, '--fail-under'), 'lets it succeed') : undefined),
      )
    }
    case 'flake8':
    case 'pycodestyle':
    case 'pyflakes':
    case 'prospector':
    case 'pylama':
      return runs('lint', name, disarm(has(rest, '--exit-zero'), 'lets it succeed whatever it finds'))
    case 'eslint':
    case 'oxlint':
    case 'standard':
    case 'xo':
    case 'tslint':
    case 'stylelint':
    case 'rubocop':
    case 'standardrb':
    case 'phpcs':
    case 'phpstan':
    case 'psalm':
    case 'ktlint':
    case 'detekt':
    case 'hlint':
    case 'swiftlint':
    case 'luacheck':
    case 'shellcheck':
    case 'staticcheck':
    case 'clippy-driver':
    case 'cppcheck':
    case 'clang-tidy':
    case 'semgrep-lint':
    case 'selene':
      return runs(
        'lint',
        name,
        name === 'cppcheck'
          ? unless(rest, first, '`cppcheck` succeeds whatever it finds without `--error-exitcode`', '--error-exitcode')
          : disarm(has(rest, '--fail-level=fatal'), 'lets it succeed on all but crashes'),
      )
    case 'golangci-lint':
      return verb === 'run' || verb === undefined
        ? runs(
            'lint',
            'golangci-lint',
            optionOf(rest, '--issues-exit-code') === '0' ? zero(rest, '--issues-exit-code') : undefined,
          )
        : none
    default:
      return undefined
  }
}

/** `--select ''`, `--ignore ALL`, `--exclude .`: nothing is left to find. */
const ruffLooksAtNothing = (rest: readonly Arg[]): ToolRun['disarmed'] => {
  const select = optionOf(rest, '--select')
  if (typeof select === 'string' && select.trim() === '') return disarm(has(rest, '--select'), 'selects no rule')
  if (/(^|,)ALL(,|$)/.test(optionOf(rest, '--ignore', '--extend-ignore') ?? ''))
    return disarm(has(rest, '--ignore', '--extend-ignore'), 'ignores every rule')
  return /(^|,)(\.|\*|\*\*)(,|$)/.test(optionOf(rest, '--exclude', '--extend-exclude') ?? '')
    ? disarm(has(rest, '--exclude', '--extend-exclude'), 'excludes everything')
    : undefined
}

/** Bandit manual, "Command-line options": what it is told to leave out or to let pass. */
const bandit = (rest: readonly Arg[]): readonly ToolRun[] => {
  const targets = operandsOf(rest, banditValues)
  const excluded = (optionOf(rest, '-x', '--exclude') ?? '')
    .split(',')
    .map(e => e.trim().replace(/^\.\/(?=.)|\/+$/g, ''))
  const plain = (path: string | undefined): string => path?.replace(/^\.\/(?=.)|\/+$/g, '') ?? ''
  const everything =
    excluded.includes('.') ||
    excluded.includes('*') ||
    (targets.length > 0 && targets.every(t => t !== undefined && excluded.includes(plain(t))))
  const letters = rest.find(a => /^-(l{3}|i{3})$/.test(a.text ?? ''))
  const counted = (option: string): Arg | undefined =>
    rest.filter(a => a.text === option).length >= 3 ? rest.find(a => a.text === option) : undefined
  const high = rest.find(
    (a, i) =>
      /^--(severity|confidence)-level(=high)?$/.test(a.text ?? '') &&
      (a.text?.endsWith('=high') || rest[i + 1]?.text === 'high'),
  )
  const skipped = (optionOf(rest, '-s', '--skip') ?? '').split(',').filter(s => s.trim() !== '' && s.trim() !== 'B101')
  const narrow = (arg: Arg | undefined, because: string): ToolRun['narrowed'] => arg && disarm(arg, because)
  return [
    {
      gates: ['bandit'],
      tool: 'bandit',
      disarmed:
        disarm(has(rest, '--exit-zero'), 'lets it succeed whatever it finds') ??
        (everything ? disarm(has(rest, '-x', '--exclude'), 'excludes everything it is given') : undefined),
      narrowed:
        narrow(letters ?? counted('-l') ?? counted('-i') ?? high, 'lets all but its highest findings pass') ??
        narrow(has(rest, '-t', '--tests'), 'looks for what it names and for nothing else') ??
        narrow(has(rest, '-b', '--baseline'), 'lets pass what the baseline holds') ??
        (skipped.length > 0
          ? narrow(has(rest, '-s', '--skip'), 'leaves out checks other than that for assert')
          : undefined),
    },
  ]
}
const banditValues = [
  '-x',
  '--exclude',
  '-s',
  '--skip',
  '-t',
  '--tests',
  '-b',
  '--baseline',
  '-c',
  '--configfile',
  '-f',
  '--format',
  '-o',
  '--output',
  '-p',
  '--profile',
  '-n',
  '--number',
  '-a',
  '--ini',
  '--severity-level',
  '--confidence-level',
  '--msg-template',
]

/** Words that are no option and no option's value. */
const operandsOf = (rest: readonly Arg[], values: readonly string[]): readonly (string | undefined)[] =>
  rest.flatMap((a, i) =>
    (a.text ?? a.word.text).startsWith('-') || values.includes(rest[i - 1]?.text ?? '') ? [] : [a.text],
  )

const zero = (rest: readonly Arg[], ...options: readonly string[]): ToolRun['disarmed'] =>
  disarm(has(rest, ...options), 'of 0 lets it succeed whatever it finds')

const scanRuns: Read = (name, first, rest, _texts, verb) => {
  switch (name) {
    case 'bandit':
      return bandit(rest)
    case 'pip-audit':
      if (has(rest, '-V')) return none
      return runs(
        ['pip-audit', 'dependency-audit'],
        'pip-audit',
        disarm(has(rest, '--dry-run'), 'audits nothing') ??
          disarm(has(rest, '--fix'), 'upgrades what it finds on the runner alone, and succeeds'),
      )
    case 'safety':
      return verb === 'check' || verb === 'scan'
        ? runs(
            'dependency-audit',
            `safety ${verb}`,
            disarm(has(rest, '--continue-on-error'), 'lets it succeed whatever it finds'),
          )
        : none
    case 'govulncheck': {
      // Its documentation, "Exit codes": 0 for JSON, SARIF and OpenVEX, whatever it finds.
      const format = optionOf(rest, '-format', '--format')
      const lets =
        has(rest, '-json', '--json') ??
        (format !== undefined && format !== 'text' ? has(rest, '-format', '--format') : undefined)
      return runs('dependency-audit', name, disarm(lets, 'lets it succeed whatever it finds'))
    }
    case 'osv-scanner':
    case 'bundler-audit':
    case 'bundle-audit':
    case 'audit-ci':
    case 'auditjs':
    case 'better-npm-audit':
    case 'dependency-check':
      return runs('dependency-audit', name)
    case 'gitleaks': {
      if (!/^(detect|protect|git|dir|directory|file|stdin)$/.test(verb ?? '')) return none
      return runs(
        'secret-scan',
        'gitleaks',
        optionOf(rest, '--exit-code') === '0' ? zero(rest, '--exit-code') : undefined,
      )
    }
    case 'trufflehog':
      return runs(
        'secret-scan',
        'trufflehog',
        unless(rest, first, '`trufflehog` succeeds whatever it finds without `--fail`', '--fail'),
      )
    case 'detect-secrets-hook':
      return runs('secret-scan', name)
    case 'detect-secrets':
      return verb === 'scan'
        ? runs('secret-scan', 'detect-secrets scan', {
            because: '`detect-secrets scan` lists secrets and succeeds (its hook fails)',
            word: first.word,
          })
        : none
    case 'ggshield':
      return verb === 'secret'
        ? runs('secret-scan', name, disarm(has(rest, '--exit-zero'), 'lets it succeed whatever it finds'))
        : none
    case 'git-secrets':
      return has(rest, '--scan', '--scan-history') ? runs('secret-scan', name) : none
    case 'trivy':
      return trivy(first, rest)
    case 'grype': {
      const gates = scansTree(rest) ? 'dependency-audit' : 'image-scan'
      const lets = unless(rest, first, '`grype` succeeds whatever it finds without `--fail-on`', '--fail-on', '-f')
      return [{ gates: [gates], tool: 'grype', disarmed: lets, ...(lets ? { byDefault: true } : {}) }]
    }
    case 'snyk': {
      if (verb === 'test') return runs('dependency-audit', 'snyk test')
      if (verb === 'container') return runs('image-scan', 'snyk container test')
      return verb === 'iac' ? runs('misconfiguration-scan', 'snyk iac test') : none
    }
    case 'docker-scout':
      return scout(first, rest)
    case 'syft':
    case 'cyclonedx-py':
    case 'cyclonedx-bom':
    case 'cyclonedx-npm':
    case 'cyclonedx':
    case 'cdxgen':
      return runs('sbom', name)
    case 'checkov':
      return runs(
        'misconfiguration-scan',
        'checkov',
        disarm(has(rest, '-s', '--soft-fail'), 'lets it succeed whatever it finds'),
      )
    case 'tfsec':
    case 'terrascan':
    case 'tflint':
    case 'kics':
    case 'kube-linter':
    case 'kube-score':
    case 'kubesec':
    case 'conftest':
    case 'gixy':
    case 'actionlint':
      return runs(
        'misconfiguration-scan',
        name,
        disarm(
          has(rest, '--soft-fail', '--force') ??
            (name === 'tfsec' ? has(rest, '-s') : undefined) ??
            (name === 'conftest' ? has(rest, '--no-fail') : undefined) ??
            (name === 'kics' && /^(all|results)$/.test(optionOf(rest, '--ignore-on-exit') ?? '')
              ? has(rest, '--ignore-on-exit')
              : undefined),
          'lets it succeed whatever it finds',
        ),
      )
    case 'dockle':
      return runs(
        'misconfiguration-scan',
        name,
        unless(rest, first, '`dockle` succeeds whatever it finds without `--exit-code`', '--exit-code', '-c'),
      )
    case 'hadolint':
      return runs(
        'misconfiguration-scan',
        'hadolint',
        disarm(
          has(rest, '--no-fail') ??
            (optionOf(rest, '-t', '--failure-threshold') === 'none'
              ? has(rest, '-t', '--failure-threshold')
              : undefined),
          'lets it succeed whatever it finds',
        ),
      )
    case 'zizmor':
      return runs(
        'misconfiguration-scan',
        'zizmor',
        // Its manual, "Exit codes": SARIF output turns them off as well.
        disarm(
          has(rest, '--no-exit-codes') ?? (optionOf(rest, '--format') === 'sarif' ? has(rest, '--format') : undefined),
          'lets it succeed whatever it finds',
        ),
      )
    case 'iip-audit':
      return verb === 'check'
        ? runs(
            'misconfiguration-scan',
            'iip-audit check',
            optionOf(rest, '--fail-on') === 'none'
              ? disarm(has(rest, '--fail-on'), 'none lets it succeed whatever it finds')
              : undefined,
          )
        : none
    default:
      return undefined
  }
}

/** `dir:.`, `.`, `sbom:…`: a tree or a list, no image. */
const scansTree = (rest: readonly Arg[]): boolean => {
  const target = afterOptions(rest, ['-f', '--fail-on', '-o', '--output', '-c', '--config', '--file'])[0]
  return /^(dir:|sbom:|file:|\.|\/)/.test(target?.text ?? '')
}

/** Trivy manual, "Exit Code": 0 unless `--exit-code` says otherwise, whatever is found. */
const trivy = (first: Arg, rest: readonly Arg[]): readonly ToolRun[] => {
  const operands = afterOptions(rest, ['-c', '--config', '--cache-dir'])
  const verb = operands[0]?.text
  const code = optionOf(rest, '--exit-code')
  const disarmed: ToolRun['disarmed'] =
    code === undefined
      ? { because: '`trivy` succeeds whatever it finds without `--exit-code`', word: first.word }
      : code === '0'
        ? zero(rest, '--exit-code')
        : undefined
  const runs = (gates: Gate | readonly Gate[], tool: string, lets?: ToolRun['disarmed']): readonly ToolRun[] => [
    {
      gates: typeof gates === 'string' ? [gates] : gates,
      tool,
      disarmed: lets,
      ...(lets && code === undefined ? { byDefault: true } : {}),
    },
  ]
  const format = optionOf(rest, '--format', '-f')
  if (format === 'cyclonedx' || format === 'spdx' || format === 'spdx-json') return runs('sbom', `trivy ${verb}`)
  switch (verb) {
    case 'image':
    case 'i':
      return runs('image-scan', 'trivy image', disarmed)
    case 'config':
    case 'conf':
      return runs('misconfiguration-scan', 'trivy config', disarmed)
    case 'fs':
    case 'filesystem':
    case 'repo':
    case 'repository':
    case 'rootfs': {
      const gates = scannersOf(optionOf(rest, '--scanners', '--security-checks') ?? undefined)
      return runs(verb === 'rootfs' ? ['image-scan'] : gates, `trivy ${verb}`, disarmed)
    }
    case 'sbom':
      return runs('dependency-audit', 'trivy sbom', disarmed)
    default:
      return none
  }
}

/** Trivy manual: vulnerabilities and secrets unless `--scanners` says otherwise. */
export const scannersOf = (scanners: string | undefined): readonly Gate[] => {
  const asked = (scanners ?? 'vuln,secret').split(',').map(s => s.trim())
  const gates: Gate[] = []
  if (asked.includes('vuln')) gates.push('dependency-audit')
  if (asked.includes('secret')) gates.push('secret-scan')
  if (asked.includes('misconfig') || asked.includes('config')) gates.push('misconfiguration-scan')
  return gates
}

/** `docker scout cves`: succeeds unless `--exit-code` (Docker CLI reference). */
export const scout = (first: Arg, rest: readonly Arg[]): readonly ToolRun[] => {
  const verb = afterOptions(rest, [])[0]?.text
  if (verb === 'sbom') return runs('sbom', 'docker scout sbom')
  if (verb !== 'cves' && verb !== 'quickview') return none
  const because = '`docker scout` succeeds whatever it finds without `--exit-code`'
  return runs('image-scan', `docker scout ${verb}`, unless(rest, first, because, '--exit-code', '-e'))
}

/** `npm audit`, `pnpm audit`, `yarn npm audit`: fail on what they find, `npm audit fix` changes files. */
export const packageAudit = (name: string, words: readonly Arg[]): readonly ToolRun[] | undefined => {
  const operands = words.filter(a => !(a.text ?? a.word.text).startsWith('-')).map(a => a.text)
  const at = operands[0] === 'npm' ? 1 : 0
  if (operands[at] !== 'audit') {
    if (name === 'npm' && operands[0] === 'sbom') return runs('sbom', 'npm sbom')
    return undefined
  }
  if (operands[at + 1] === 'fix' || operands[at + 1] === 'signatures') return none
  // npm-audit(1), `audit-level`: with `none` nothing makes it fail.
  const level = optionOf(words, '--audit-level') === 'none' ? has(words, '--audit-level') : undefined
  return runs('dependency-audit', `${name} audit`, disarm(level, 'of none lets it succeed whatever it finds'))
}
