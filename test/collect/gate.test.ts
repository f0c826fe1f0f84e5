import { describe, expect, test } from 'vitest'
import { collector } from '../../src/collect/workflow.ts'
import type { Gate } from '../../src/facts/workflow.ts'
import type { Question } from '../../src/model.ts'
import { memoryWorkspace } from '../../src/workspace/memory.ts'

type Tree = Readonly<Record<string, string>>
const standings = async (question: Question, files: Tree): Promise<readonly string[]> => {
  const { answers } = await collector({
    workspace: memoryWorkspace({ files }),
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' },
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect([question])
  return [...(answers[0]?.facts ?? [])].map(f =>
    f.kind === 'ci.gate' || f.kind === 'ci.release' ? f.data.standing : '',
  )
}
const workflow = (step: string): Tree => ({
  '.github/workflows/ci.yml': `on: pull_request\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n      - ${step}\n`,
})
const gate = (of: Gate, run: string, files: Tree = {}): Promise<readonly string[]> =>
  standings({ kind: 'ci.gate', gate: of }, { ...workflow(`run: ${run}`), ...files })

test('a long configuration is a configuration', async () => {
  const padding = `# ${'x'.repeat(600 * 1024)}\n`
  const files = {
    'pyproject.toml': `${padding}[tool.pytest.ini_options]\naddopts = "--collect-only"\n`,
    'test_a.py': '',
  }
  expect(await gate('tests', 'pytest', files)).toEqual(['cannot-block'])
  const tox = { 'tox.toml': `${padding}[env_run_base]\ncommands = [["pytest", "--collect-only"]]\n`, 'test_a.py': '' }
  expect(await gate('tests', 'tox', tox)).not.toContain('blocks')
})

describe('what runs nothing, or cannot fail, by the manual of its tool', () => {
  test.each<readonly [gate: Gate, run: string, standing: readonly string[]]>([
    ['tests', 'npx vitest list', ['cannot-block']],
    ['tests', 'npx vitest run', ['blocks']],
    ['tests', 'npx mocha --dry-run', ['cannot-block']],
    ['tests', 'bats --count test', ['cannot-block']],
    ['tests', 'bats test', ['blocks']],
    ['tests', 'behave -d', ['cannot-block']],
    ['tests', 'prove --dry', ['cannot-block']],
    ['tests', 'rspec --failure-exit-code 0', ['cannot-block']],
    ['tests', 'rspec --failure-exit-code 3', ['blocks']],
    ['tests', 'cargo test -- --list', []],
    ['tests', 'go test -run XXX -bench . ./...', []],
    ['tests', 'bash -n test.sh', []],
    ['format', 'isort --diff .', ['never-runs']],
    ['format', 'isort --check --diff .', ['blocks']],
    ['format', 'yapf --diff .', ['blocks']],
    ['dependency-audit', 'npm audit --audit-level=none', ['cannot-block']],
    ['dependency-audit', 'npm audit --audit-level=high', ['blocks']],
    ['dependency-audit', 'govulncheck -format sarif ./...', ['cannot-block']],
    ['dependency-audit', 'govulncheck -json ./...', ['cannot-block']],
    ['dependency-audit', 'govulncheck ./...', ['blocks']],
    ['misconfiguration-scan', 'hadolint --failure-threshold none Dockerfile', ['cannot-block']],
    ['misconfiguration-scan', 'hadolint --failure-threshold error Dockerfile', ['blocks']],
    ['misconfiguration-scan', 'dockle app:1', ['cannot-block']],
    ['misconfiguration-scan', 'dockle --exit-code 1 app:1', ['blocks']],
    ['misconfiguration-scan', 'conftest test --no-fail x.yaml', ['cannot-block']],
    ['misconfiguration-scan', 'kics scan --ignore-on-exit results', ['cannot-block']],
    ['misconfiguration-scan', 'kics scan --ignore-on-exit errors', ['blocks']],
    ['misconfiguration-scan', 'zizmor --format sarif .', ['cannot-block']],
    ['misconfiguration-scan', 'zizmor --format plain .', ['blocks']],
  ])('%s: %s', async (of, run, standing) => {
    expect(await gate(of, run, { 'app.py': 'x = 1\n', 'test.sh': '#!/bin/bash\npytest\n' })).toEqual(standing)
  })

  test.each<readonly [gate: Gate, uses: string, standing: string]>([
    ['lint', '{ uses: golangci/golangci-lint-action@v9, with: { args: --issues-exit-code=0 } }', 'cannot-block'],
    ['lint', '{ uses: golangci/golangci-lint-action@v9, with: { args: --verbose } }', 'blocks'],
    ['lint', '{ uses: oxsecurity/megalinter@v9, env: { DISABLE_ERRORS: true } }', 'cannot-block'],
    ['lint', '{ uses: oxsecurity/megalinter@v9, env: { DISABLE_ERRORS: false } }', 'blocks'],
    ['lint', '{ uses: super-linter/super-linter@v8, env: { DISABLE_ERRORS: "${{ vars.X }}" } }', 'unknown'],
    ['format', '{ uses: psf/black@stable, with: { options: --diff } }', 'never-runs'],
    ['format', '{ uses: psf/black@stable }', 'blocks'],
    ['dependency-audit', '{ uses: golang/govulncheck-action@v1, with: { output-format: sarif } }', 'cannot-block'],
    ['dependency-audit', '{ uses: golang/govulncheck-action@v1 }', 'blocks'],
  ])('%s: %s', async (of, step, standing) => {
    expect(await standings({ kind: 'ci.gate', gate: of }, { ...workflow(step), 'app.py': '' })).toEqual([standing])
  })
})

describe('what a file of the tree makes of its own commands', () => {
  const makefile = (text: string, run = 'make test', more: Tree = {}) => gate('tests', run, { Makefile: text, ...more })
  const nox = (line: string, run = 'nox -s tests', more: Tree = {}) =>
    gate('tests', run, { 'noxfile.py': `@nox.session\ndef tests(session):\n    ${line}\n`, ...more })

  test('make: a recipe under a condition is not known to run, nor is one that is defined as text', async () => {
    expect(await makefile('test:\nifdef CI\n\ttrue\nelse\n\tpytest\nendif\n')).toEqual(['unknown'])
    expect(await makefile('define X\ntest:\n\tpytest\nendef\n')).toEqual(['unknown'])
    expect(await makefile('ifdef CI\nA = 1\nendif\ntest:\n\tpytest\n')).toEqual(['blocks'])
  })
  test('make: the last recipe of a target is the one that runs; of a double colon all do', async () => {
    expect(await makefile('test:\n\tpytest\n\ntest:\n\t@true\n')).toEqual([])
    expect(await makefile('test:\n\ttrue\n\ntest:\n\tpytest\n')).toEqual(['blocks'])
    expect(await makefile('test::\n\tpytest\n\ntest::\n\t@true\n')).toEqual(['blocks'])
  })
  test.each([
    '.IGNORE:',
    'MAKEFLAGS += -i',
    'MAKEFLAGS = ki',
    'MAKEFLAGS := --ignore-errors',
    'ifdef X\nendif\n.ONESHELL:',
  ])('make: under `%s` a failure may be none', async line => {
    expect(await makefile(`${line}\ntest:\n\tpytest\n`)).toEqual(['unknown'])
  })
  test('make: flags that change no failure change nothing', async () => {
    expect(await makefile('MAKEFLAGS += --no-print-directory -j4 -rR\ntest:\n\tpytest\n')).toEqual(['blocks'])
  })
  test('make: what it exports reaches what it runs, and nothing after it', async () => {
    expect(await makefile('export PYTEST_ADDOPTS := --co\ntest:\n\tpytest\n')).toEqual(['cannot-block'])
    expect(await makefile('PYTEST_ADDOPTS = --co\nexport PYTEST_ADDOPTS\ntest:\n\tpytest\n')).toEqual(['cannot-block'])
    expect(await makefile('PYTEST_ADDOPTS = --co\ntest:\n\tpytest\n')).toEqual(['blocks'])
    expect(await makefile('export PYTEST_ADDOPTS := --co\nx:\n\ttrue\n', 'make x && pytest')).toEqual(['blocks'])
  })
  test('make: a target that stands in the tree and is not phony may have nothing to do', async () => {
    const tree = { 'tests/test_a.py': '' }
    expect(await makefile('tests:\n\tpytest\n', 'make tests', tree)).toEqual(['unknown'])
    expect(await makefile('.PHONY: tests\ntests:\n\tpytest\n', 'make tests', tree)).toEqual(['blocks'])
    expect(await makefile('tests: build\n\tpytest\nbuild:\n\ttrue\n', 'make tests', tree)).toEqual(['blocks'])
  })
  test('make: options are read letter by letter', async () => {
    const text = 'test:\n\tpytest\n'
    expect(await makefile(text, 'make -ki test')).toEqual(['cannot-block'])
    expect(await makefile(text, 'make -sk test')).toEqual(['blocks'])
    expect(await makefile(text, 'make -sn test')).toEqual([])
    expect(await makefile(text, 'make -t test')).toEqual([])
    expect(await makefile(text, 'make -fci.mk test')).toEqual(['unknown'])
    expect(await makefile(text, 'make -Csub test')).toEqual(['unknown'])
    expect(await makefile(text, 'make --directory=. test')).toEqual(['blocks'])
  })
  test('nox: success codes, suppressed errors and conditions on one line', async () => {
    expect(await nox('session.run("pytest")')).toEqual(['blocks'])
    expect(await nox('session.run("pytest", success_codes=[0, 5])')).toEqual(['blocks'])
    expect(await nox('session.run("pytest", success_codes=range(256))')).toEqual(['cannot-block'])
    expect(await nox('session.run("pytest", success_codes=CODES)')).toEqual(['unknown'])
    expect(await nox('with suppress(Exception):\n        session.run("pytest")')).toEqual(['unknown'])
    expect(await nox('with session.chdir("x"):\n        session.run("pytest")')).toEqual(['blocks'])
    expect(await nox('if X: session.run("pytest")')).toEqual(['unknown'])
  })
  test('nox and tox read the configuration they are given', async () => {
    const idle = { 'ci/noxfile.py': '@nox.session\ndef tests(session):\n    session.run("true")\n' }
    expect(await nox('session.run("pytest")', 'nox -f ci/noxfile.py -s tests', idle)).toEqual([])
    const tox = { 'tox.ini': '[testenv]\ncommands = pytest\n', 'ci/tox.ini': '[testenv]\ncommands = true\n' }
    expect(await gate('tests', 'tox -c ci/tox.ini -e py', tox)).toEqual([])
    expect(await gate('tests', 'tox -c ci -e py', tox)).toEqual([])
    expect(await gate('tests', 'tox', tox)).toEqual(['blocks'])
  })
  test('just: a recipe that is a script, and a variable that is exported', async () => {
    const just = (text: string) => gate('tests', 'just test', { justfile: text })
    expect(await just("[script('bash')]\ntest:\n  pytest\n  echo\n")).toEqual(['cannot-block'])
    expect(await just('[script]\ntest:\n  pytest\n  echo\n')).toEqual(['blocks'])
    expect(await just("export PYTEST_ADDOPTS := '--co'\ntest:\n  pytest\n")).toEqual(['cannot-block'])
  })
  test('task: what may be passed by is not known to run', async () => {
    const task = (more: string) =>
      gate('tests', 'task test', { 'Taskfile.yml': `tasks:\n  test:\n    ${more}\n    cmds: [pytest]\n` })
    expect(await task('silent: true')).toEqual(['blocks'])
    expect(await task('status: ["true"]')).toEqual(['unknown'])
  })
  test('pre-commit: looks at files only where it is told which', async () => {
    const hook = (text: string, run = 'pre-commit run --all-files', head = '') =>
      gate('bandit', run, {
        'a.py': '',
        '.pre-commit-config.yaml': `${head}repos:\n  - repo: local\n    hooks:\n      - ${text}\n`,
      })
    expect(await hook('{ id: bandit }')).toEqual(['blocks'])
    expect(await hook('{ id: bandit }', 'pre-commit run')).toEqual(['cannot-block'])
    expect(await hook('{ id: bandit }', 'pre-commit run --from-ref a --to-ref b')).toEqual(['blocks'])
    expect(await hook('{ id: bandit, always_run: true }', 'pre-commit run')).toEqual(['blocks'])
    expect(await hook('{ id: x, entry: bandit --exit-zero -r . }')).toEqual(['cannot-block'])
    expect(await hook('{ id: bandit, entry: "true" }')).toEqual(['never-runs'])
    expect(await hook('{ id: bandit }', 'pre-commit run -a', 'default_stages: [manual]\n')).toEqual(['never-runs'])
  })
})

test('a called workflow is held to what its own caller gives it', async () => {
  const build =
    'on: { workflow_call: { inputs: { test: { type: boolean } } } }\njobs:\n  t:\n    runs-on: ubuntu-latest\n    steps:\n      - { if: inputs.test, run: pytest }\n'
  const call = (on: string, given: boolean, more = '') =>
    `on: ${on}\njobs:\n  b:\n    uses: ./.github/workflows/build.yml\n    with: { test: ${given} }\n${more}`
  const publish = '  publish:\n    needs: b\n    runs-on: ubuntu-latest\n    steps:\n      - run: twine upload dist/*\n'
  const release = (given: boolean) =>
    standings(
      { kind: 'ci.release', gate: 'tests' },
      {
        '.github/workflows/build.yml': build,
        '.github/workflows/ci.yml': call('push', true),
        '.github/workflows/release.yml': call('{ push: { tags: ["v*"] } }', given, publish),
      },
    )
  expect(await release(false)).toEqual(['toothless'])
  expect(await release(true)).toEqual(['holds'])
})

describe('files made to hurt', () => {
  const soon = async (run: string, files: Tree): Promise<void> => {
    const began = performance.now()
    await gate('tests', run, files)
    expect(performance.now() - began).toBeLessThan(3_000)
  }
  test('a pipe of questions', () => soon(`"${Array(40).fill('grep -q x').join(' | ')} | pytest"`, {}))
  test('a noxfile of brackets', () =>
    soon('nox -s tests', {
      'noxfile.py': `@nox.session\ndef tests(session):\n    session.run(${'['.repeat(9000)}${']'.repeat(9000)})\n`,
    }))
  test('an environment list of one word', () =>
    soon('tox', { 'tox.ini': `[tox]\nenvlist = ${'a'.repeat(300_000)}\n[testenv]\ncommands = pytest\n` }))
  test('comments in a line that goes on', () =>
    soon('tox -e py', { 'tox.ini': `[testenv]\ncommands = ${' #'.repeat(150_000)}\u2028x\n` }))
  test('an environment of tox.toml whose name is a pattern', () =>
    soon(`tox -e ${'-'.repeat(60)}`, {
      'tox.toml': `[env_run_base]\ncommands = [["pytest"]]\nx = """\n[env.${'-'.repeat(90)}\n"""\n[env."${'-'.repeat(60)}"]\ncommands = [["pytest"]]\n`,
    }))
  test('a justfile of parentheses', () => soon('just test', { justfile: `test: ${'(a'.repeat(150_000)}\n  pytest\n` }))
})
