import { banditStep, jobUnder, onPullRequests, testRun, testsRun, testsUnder } from './changes.ts'
import { add, becomes, type Change, edit, type Gives, gap, lock, rename, rewrite, unsure, violates } from './edits.ts'
import {
  auditGate,
  banditGate,
  canBeFalse,
  ci,
  configurationScan,
  environment,
  expands,
  foreignCode,
  format,
  gates,
  imageScan,
  inherited,
  least,
  lint,
  nightly,
  oneVersion,
  ownMachine,
  pinned,
  piped,
  release,
  releaseTests,
  secretScan,
  tests,
  tokenStays,
  triage,
  unsecure,
  usedScopes,
  workflowChecks,
} from './names.ts'
import { changeOneThing, type Row } from './table.ts'

const auditRun = 'pip-audit --require-hashes -r llm-bridge/requirements.txt'
/** Runs on tags and on a schedule stop no merge: where the gate before the merge is gone, they are named with it. */
const elsewhere: Readonly<Record<string, readonly Gives[]>> = {
  [tests]: [violates(tests, release, 'pytest')],
  [banditGate]: [violates(banditGate, nightly, 'bandit -r'), violates(banditGate, release, 'bandit -r')],
  [auditGate]: [violates(auditGate, nightly, 'pip-audit --'), violates(auditGate, release, 'pip-audit --')],
}
const besideTheMerge = gates.flatMap(gate => elsewhere[gate] ?? [])
const notBefore = 'runs beside the merge are judged as if the gate before it were known to be missing'
/** The gate is broken at `mark`. */
const broken = (gate: string, change: Change, mark: string): readonly [readonly Change[], readonly Gives[]] => [
  [change],
  [violates(gate, ci, mark), ...(elsewhere[gate] ?? [])],
]
const allGates = [
  violates(tests, ci, testRun),
  violates(banditGate, ci, 'bandit -r'),
  violates(auditGate, ci, 'pip-audit --require-hashes -r gateway'),
  violates(auditGate, ci, 'pip-audit --require-hashes -r llm'),
  violates(lint, ci, 'uvx ruff@0.14.6 check'),
  violates(format, ci, 'uvx ruff@0.14.6 format'),
  violates(secretScan, ci, 'docker run'),
  violates(configurationScan, ci, 'hadolint/hadolint-action'),
]

const workflows: readonly Row[] = [
  ['tests that end in || true', ...broken(tests, testsRun('pytest -q gateway/tests || true'), '|| true')],
  [
    'tests that end in || echo',
    ...broken(tests, testsRun('pytest -q gateway/tests || echo "tests failed, continuing"'), '|| echo'),
  ],
  ['tests that end in || :', ...broken(tests, testsRun("'pytest -q gateway/tests || :'"), '|| :')],
  ['tests that end in || exit 0', ...broken(tests, testsRun('pytest -q gateway/tests || exit 0'), 'exit 0')],
  [
    'tests in a pipe without pipefail',
    ...broken(tests, testsRun('pytest -q gateway/tests | tee out.txt'), 'tee out.txt'),
  ],
  ['tests after set +e', ...broken(tests, testsRun('set +e\npytest -q gateway/tests\necho done'), 'set +e')],
  ['tests in the background', ...broken(tests, testsRun('pytest -q gateway/tests &'), 'gateway/tests &')],
  [
    'tests in a condition',
    ...broken(tests, testsRun('if pytest -q gateway/tests; then echo ok; else echo failed; fi'), 'if pytest'),
  ],
  ['tests turned round', ...broken(tests, testsRun("'! pytest -q gateway/tests'"), '! pytest')],
  ['tests that are only collected', ...broken(tests, testsRun('pytest --collect-only gateway/tests'), 'collect-only')],
  [
    'tests behind an exit',
    [testsRun('exit 0\npytest -q gateway/tests')],
    [violates(tests, ci, 'pytest -q'), ...(elsewhere[tests] ?? [])],
  ],
  [
    'tests in a function nobody calls',
    ...broken(tests, testsRun('run_tests() { pytest -q gateway/tests; }\necho ok'), 'run_tests'),
  ],
  ['tests in a text', [testsRun('echo "pytest -q gateway/tests"')], elsewhere[tests] ?? []],
  [
    'tests in a file that is only written',
    [testsRun('cat > run.sh <<EOF\npytest -q gateway/tests\nEOF')],
    elsewhere[tests] ?? [],
  ],
  ['tests commented out', [testsRun(`echo ok # ${testRun}`)], elsewhere[tests] ?? []],
  [
    'tests under a shell without -e',
    [
      edit(
        ci,
        `        ${testRun}`,
        '        shell: bash {0}\n        run: |\n          pytest -q gateway/tests\n          echo done',
      ),
    ],
    [violates(tests, ci, 'pytest -q'), ...(elsewhere[tests] ?? [])],
  ],
  ['a step that may fail', ...broken(tests, testsUnder('continue-on-error: true'), 'continue-on-error')],
  [
    'a step that may fail, by an expression',
    ...broken(tests, testsUnder('continue-on-error: ${{ true }}'), 'continue-on-error'),
  ],
  [
    'tests that a variable of the job turns off',
    ...broken(tests, jobUnder('env: { PYTEST_ADDOPTS: --collect-only }'), '--collect-only }'),
  ],
  [
    'tests that a function of the script stands for',
    ...broken(tests, testsRun('pytest() { echo ok; }\npytest -q gateway/tests'), 'pytest() {'),
  ],
  [
    'a step that may fail on pull requests',
    ...broken(
      tests,
      testsUnder("continue-on-error: ${{ github.event_name == 'pull_request' }}"),
      "${{ github.event_name == 'pull_request' }}",
    ),
  ],
  ['a job that may fail', ...broken(tests, jobUnder('continue-on-error: true'), 'continue-on-error')],
  ['a step that is switched off', ...broken(tests, testsUnder('if: false'), 'if: false')],
  ['a job that is switched off', ...broken(tests, jobUnder('if: ${{ false }}'), 'if: ${{ false }}')],
  [
    'tests that are skipped on pull requests',
    [testsUnder("if: github.event_name != 'pull_request'")],
    [violates(tests, ci, 'pytest'), ...(elsewhere[tests] ?? [])],
  ],
  ['tests only after the merge', [edit(ci, '  pull_request:\n', '')], [...allGates, ...besideTheMerge]],
  [
    'a path filter around the tests',
    [edit(ci, onPullRequests, "  pull_request:\n    paths-ignore: ['gateway/**']\n")],
    [...allGates.map(g => ('check' in g ? unsure(g.check, ci, 'mark' in g ? g.mark : undefined) : g))],
  ],
  [
    'a branch filter past the default branch',
    [edit(ci, onPullRequests, '  pull_request:\n    branches: [develop]\n')],
    [...allGates, ...besideTheMerge],
  ],
  ['only started by hand', [edit(ci, onPullRequests, '  workflow_dispatch:\n')], [...allGates, ...besideTheMerge]],
  [
    'a workflow where nobody runs it',
    [rename(ci, '.github/ci.yml')],
    [
      becomes(canBeFalse, 'empty'),
      becomes(oneVersion, 'empty'),
      ...besideTheMerge,
      violates(lint, '.'),
      violates(format, '.'),
      violates(configurationScan, '.'),
      unsure(secretScan, '.'),
    ],
  ],
  [
    'tests that are skipped for one person',
    [testsUnder("if: github.actor != 'ines'")],
    [unsure(tests, ci, "if: github.actor != 'ines'")],
  ],
  [
    'a gate in a script that is not here',
    [testsRun('./scripts/test.sh')],
    [unsure(tests, ci, './scripts/test.sh')],
    notBefore,
  ],
  [
    'bandit that always succeeds',
    ...broken(banditGate, edit(ci, banditStep, `${banditStep} --exit-zero`), '--exit-zero'),
  ],
  [
    'bandit that leaves out all it is given',
    ...broken(banditGate, edit(ci, banditStep, `${banditStep} -x gateway/app,llm-bridge`), '-x gateway'),
  ],
  [
    'bandit that looks for one thing',
    [edit(ci, banditStep, `${banditStep} -t B101`)],
    [unsure(banditGate, ci, '-t B101')],
  ],
  ['bandit that may fail', ...broken(banditGate, edit(ci, banditStep, `${banditStep} || true`), '|| true')],
  ['bandit only installed', [edit(ci, `${banditStep}\n`, '')], elsewhere[banditGate] ?? []],
  [
    'bandit only asked for its version',
    [edit(ci, banditStep, banditStep.replace('-r gateway/app llm-bridge', '--version'))],
    elsewhere[banditGate] ?? [],
  ],
  ['pip-audit that may fail', [edit(ci, auditRun, `${auditRun} || true`)], [violates(auditGate, ci, '|| true')]],
  ['pip-audit that mends on the runner', [edit(ci, auditRun, `${auditRun} --fix`)], [violates(auditGate, ci, '--fix')]],
  [
    'pip-audit that looks nothing up',
    [edit(ci, auditRun, `${auditRun} --dry-run`)],
    [violates(auditGate, ci, '--dry-run')],
  ],
  [
    'a gate hidden in a script that swallows',
    [testsRun('./scripts/test.sh'), add('scripts/test.sh', '#!/bin/sh\npytest -q gateway/tests || true\n')],
    [violates(tests, 'scripts/test.sh', '|| true'), ...(elsewhere[tests] ?? [])],
  ],
  [
    'a gate hidden in a Makefile that swallows',
    [testsRun('make test'), add('Makefile', 'test:\n\t-pytest -q gateway/tests\n')],
    [violates(tests, 'Makefile', '-pytest'), ...(elsewhere[tests] ?? [])],
  ],
  [
    'a publishing job that does not wait',
    [edit(release, '    needs: verify\n', '')],
    [violates(releaseTests, release, 'image:')],
  ],
  [
    'a publishing job that runs always',
    [edit(release, '    needs: verify\n', '    needs: verify\n    if: always()\n')],
    [violates(releaseTests, release, 'if: always()')],
  ],
  [
    'a release whose tests cannot fail',
    [edit(release, 'run: pytest -q gateway/tests', 'run: pytest -q gateway/tests || true')],
    [violates(tests, release, '|| true'), violates(releaseTests, release, '|| true')],
  ],
  [
    'a release nobody has to approve',
    [edit(release, '    environment: production\n', '')],
    [violates(environment, release, 'image:')],
  ],
  [
    'an image scan that cannot fail',
    [edit(release, 'exit-code: "1"', 'exit-code: "0"')],
    [violates(imageScan, release, 'exit-code: "0"')],
  ],
  [
    'an image that is pushed as it is built',
    [edit(release, '          load: true', '          push: true')],
    [violates(imageScan, release, 'aquasecurity/trivy-action')],
  ],
  [
    'a title pasted into a script',
    [
      edit(
        triage,
        'gh pr edit "$NUMBER" --add-label',
        'gh pr edit "${{ github.event.pull_request.title }}" --add-label',
      ),
    ],
    [violates(expands, triage, 'pull_request.title')],
  ],
  [
    'the code of a pull request where the secrets are',
    [
      edit(
        triage,
        '          persist-credentials: false',
        '          persist-credentials: false\n          ref: ${{ github.event.pull_request.head.sha }}',
      ),
    ],
    [violates(foreignCode, triage, 'pull_request.head.sha')],
  ],
  [
    'a token left beside an artifact',
    [rewrite(ci, text => text.replace('persist-credentials: false', 'fetch-depth: 0'))],
    [violates(tokenStays, ci, '# v5.0.0\n        with:\n          fetch-depth: 0')],
  ],
  [
    'every secret for a workflow elsewhere',
    [edit(triage, '    secrets:\n      HOOK: ${{ secrets.CHAT_HOOK }}', '    secrets: inherit')],
    [violates(inherited, triage, 'secrets: inherit')],
  ],
  [
    'pull requests on a machine of our own',
    [edit(ci, '  tests:\n    runs-on: ubuntu-24.04', '  tests:\n    runs-on: [self-hosted, linux]')],
    [violates(ownMachine, ci, '  tests:')],
  ],
  [
    'an installer as it comes',
    [edit(ci, '      - name: Lint', '      - run: curl -sSL https://get.example.org | sh\n      - name: Lint')],
    [violates(piped, ci, 'curl -sSL')],
  ],
  [
    'commands in output',
    [edit(ci, 'permissions:\n', 'env: { ACTIONS_ALLOW_UNSECURE_COMMANDS: true }\n\npermissions:\n')],
    [
      violates(unsecure, ci, 'ACTIONS_ALLOW'),
      violates(unsecure, ci, 'ACTIONS_ALLOW'),
      violates(unsecure, ci, 'ACTIONS_ALLOW'),
    ],
  ],
  ['a formatter that writes', [edit(ci, 'format --check .', 'format .')], [violates(format, '.')]],
  [
    'a linter that always succeeds',
    [edit(ci, '6 check .', '6 check . --exit-zero')],
    [violates(lint, ci, '--exit-zero')],
  ],
  [
    'a scan for secrets that always succeeds',
    [edit(ci, 'git --redact /repo', 'git --redact --exit-code 0 /repo')],
    [violates(secretScan, ci, '--exit-code 0')],
  ],
  [
    'a linter of Dockerfiles that always succeeds',
    [edit(ci, '          recursive: true', '          no-fail: true')],
    [violates(configurationScan, ci, 'no-fail')],
  ],
  [
    'an action by its tag',
    [edit(release, 'docker/login-action@2736fab291f04e69b62d490c3c09361f5b82461a', 'docker/login-action@v3')],
    [violates(pinned, release, 'docker/login-action')],
  ],
  [
    'an action by a short commit',
    [edit(release, 'docker/login-action@2736fab291f04e69b62d490c3c09361f5b82461a', 'docker/login-action@2736fab291')],
    [violates(pinned, release, 'docker/login-action')],
  ],
  [
    'an action by its branch',
    [edit(release, 'docker/login-action@2736fab291f04e69b62d490c3c09361f5b82461a', 'docker/login-action@main')],
    [violates(pinned, release, 'docker/login-action')],
  ],
  [
    'an image by its tag',
    [edit(release, 'docker/login-action@2736fab291f04e69b62d490c3c09361f5b82461a', 'docker://alpine:3.22')],
    [violates(pinned, release, 'docker://alpine:3.22')],
  ],
  ['permissions left out', [edit(ci, 'permissions:\n  contents: read\n\n', '')], [violates(least, ci, '  tests:')]],
  [
    'a token that may write everything',
    [edit(ci, 'permissions:\n  contents: read\n', 'permissions: write-all\n')],
    [violates(least, ci, 'write-all')],
  ],
  [
    'a token that may write the repository',
    [edit(ci, '  contents: read\n', '  contents: write\n')],
    [violates(least, ci, 'contents: write'), violates(usedScopes, ci, 'contents: write')],
  ],
  [
    'a workflow nobody can parse',
    [edit(ci, 'jobs:\n', 'jobs:\n\tx: y\n')],
    [gap('unparsed', ci, '\tx: y', workflowChecks)],
    notBefore,
  ],
  ['a workflow nobody may read', [lock(ci)], [gap('unreadable', ci, undefined, workflowChecks)], notBefore],
  [
    'a workflow that is a list',
    [rewrite(nightly, text => text.replace(/^/gm, '  ').replace(/^ /, '-'))],
    [gap('unparsed', nightly, 'name: nightly', workflowChecks)],
  ],
  ['tests in a subshell that swallows', ...broken(tests, testsRun('(pytest -q gateway/tests || true)'), '|| true')],
  [
    'tests in another shell that swallows',
    ...broken(tests, testsRun(`bash -c "pytest -q gateway/tests || true"`), '|| true'),
  ],
  ['tests whose output is printed', ...broken(tests, testsRun('echo "$(pytest -q gateway/tests)"'), '$(pytest')],
  [
    'tests before a trap that ends well',
    ...broken(tests, testsRun("trap 'exit 0' EXIT\npytest -q gateway/tests"), 'trap'),
  ],
  [
    'tests whose status is kept and forgotten',
    ...broken(tests, testsRun('set +e\npytest -q gateway/tests\nstatus=$?\necho "status $status"'), 'set +e'),
  ],
  [
    'tests told to collect by a variable',
    [edit(ci, `        ${testRun}`, `        env: { PYTEST_ADDOPTS: --collect-only }\n        ${testRun}`)],
    [violates(tests, ci, 'PYTEST_ADDOPTS'), ...(elsewhere[tests] ?? [])],
  ],
  [
    'a matrix in which every leg may fail',
    [
      edit(
        ci,
        '  tests:\n    runs-on',
        '  tests:\n    strategy: { matrix: { experimental: [true] } }\n    continue-on-error: ${{ matrix.experimental }}\n    runs-on',
      ),
    ],
    [violates(tests, ci, 'continue-on-error'), ...(elsewhere[tests] ?? [])],
  ],
  [
    'only when a label is set',
    [edit(ci, onPullRequests, '  pull_request:\n    types: [labeled]\n')],
    [...allGates, ...besideTheMerge],
  ],
  [
    'a workflow of another repository by its branch',
    [edit(ci, '  scans:\n', '  extra:\n    uses: harbor-wick/workflows/.github/workflows/lint.yml@main\n\n  scans:\n')],
    [violates(pinned, ci, 'lint.yml@main')],
  ],
  [
    'a container for a job by its tag',
    [
      edit(
        ci,
        '  tests:\n    runs-on: ubuntu-24.04',
        '  tests:\n    container: python:3.13\n    runs-on: ubuntu-24.04',
      ),
    ],
    [violates(pinned, ci, 'python:3.13')],
  ],
  [
    'a service for a job by its tag',
    [
      edit(
        ci,
        '  tests:\n    runs-on: ubuntu-24.04',
        '  tests:\n    services: { db: { image: "postgres:17" } }\n    runs-on: ubuntu-24.04',
      ),
    ],
    [violates(pinned, ci, 'postgres:17')],
  ],
]

changeOneThing('workflows', workflows)
