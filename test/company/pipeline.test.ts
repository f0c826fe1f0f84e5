import { add, edit, violates } from './edits.ts'
import {
  agreeing,
  canBeFalse,
  ci,
  everySecret,
  masked,
  nightly,
  noCache,
  oneVersion,
  pastedSecret,
  release,
  triage,
  usedScopes,
} from './names.ts'
import { changeOneThing, type Row, type Same, sayTheSame } from './table.ts'

const hook = 'HOOK: ${{ secrets.CHAT_HOOK }}'
const install =
  'run: pip install --require-hashes -r gateway/requirements.txt -r gateway/requirements-dev.txt\n      - name: Tests'
const uploadIf = '        if: always()\n'
const setup =
  'uses: actions/setup-python@722b8b5a44ba329e2181d4e5262c2c6737823464 # v6.0.0\n        with:\n          python-version: "3.13"\n      - run: pip install --require-hashes -r gateway/requirements-dev.txt\n      - run: bandit'

const pipelines: readonly Row[] = [
  [
    'every secret at once',
    [edit(triage, hook, 'HOOK: ${{ toJSON(secrets) }}')],
    [violates(everySecret, triage, 'toJSON(secrets)')],
  ],
  [
    'a secret whose name is computed',
    [edit(triage, hook, 'HOOK: ${{ secrets[github.event.action] }}')],
    [violates(everySecret, triage, 'secrets[')],
  ],
  [
    'a secret taken apart',
    [edit(triage, hook, 'HOOK: ${{ fromJSON(secrets.CHAT).hook }}')],
    [violates(masked, triage, 'fromJSON')],
  ],
  [
    'a token printed in another form',
    [edit(triage, 'run: gh pr edit', 'run: printf %s "${{ secrets.GITHUB_TOKEN }}" | rev && gh pr edit')],
    [violates(masked, triage, '| rev'), violates(pastedSecret, triage, '| rev')],
  ],
  [
    'layers of an image from the cache',
    [edit(release, '          load: true', '          load: true\n          cache-from: type=gha')],
    [
      violates(
        noCache,
        release,
        'docker/build-push-action@1ae4a3b05fba0e829c6ff47a16eefcbb3181bc2f # v6.18.0\n        with:\n          context: gateway\n          load',
      ),
    ],
  ],
  [
    'a scope nobody needs',
    [edit(nightly, '      contents: read', '      contents: read\n      issues: write')],
    [violates(usedScopes, nightly, 'issues: write')],
  ],
  [
    'a tool at whatever version is newest',
    [edit(ci, 'uvx ruff@0.14.6 check', 'uvx ruff check')],
    [violates(oneVersion, ci, 'uvx ruff check')],
  ],
  [
    'a tool beside what is locked',
    [edit(ci, install, install.replace('run: pip', 'run: pip install -U pip && pip'))],
    [violates(oneVersion, ci, 'install -U pip')],
  ],
  [
    'a comment that names another version',
    [edit(nightly, setup, setup.replace('v6.0.0', 'v5.6.0'))],
    [violates(agreeing, nightly, 'v5.6.0')],
  ],
  [
    'a condition that is always true',
    [edit(ci, uploadIf, '        if: ${{ failure() }} || ${{ cancelled() }}\n')],
    [violates(canBeFalse, ci, 'cancelled()')],
  ],
]
changeOneThing('what workflows do with secrets, caches and tools', pipelines)

const same: readonly Same[] = [
  ['a condition in its fence', [edit(ci, uploadIf, '        if: ${{ always() }}\n')]],
  ['a condition on many lines', [edit(ci, uploadIf, '        if: |\n          always()\n')]],
  ['a secret by its name in brackets', [edit(triage, hook, "HOOK: ${{ secrets['CHAT_HOOK'] }}")]],
  ['the newer way to name one version', [edit(ci, 'uvx ruff@0.14.6 check', 'uvx --from ruff==0.14.6 ruff check')]],
  ['a script that prints no secret', [edit(triage, 'run: gh pr edit', 'run: test -n "$GH_TOKEN" && gh pr edit')]],
  [
    'a folder of actions that do nothing',
    [add('.github/actions/none/action.yml', 'runs:\n  using: composite\n  steps: []\n')],
  ],
]
sayTheSame('the same workflow in other words', same)
