import type { Gate } from '../facts/workflow.ts'
import type { Step } from '../parse/workflow.ts'
import { entry, textOf, type YamlNode } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import { type Result, spanOf } from './gate-result.ts'
import type { Hook } from './gate-script.ts'
import { scannersOf } from './gate-tool.ts'

/** An action that does the work of a gate, and whether what it finds fails its step. */
export interface ActionGate {
  readonly gates: readonly Gate[]
  readonly command: string
  readonly place: Place
  readonly result: Result
}

interface Input {
  /** Undefined: not given. Null: an expression. */
  readonly value: string | null | undefined
  readonly node: YamlNode | undefined
}
type Reading = (input: (name: string) => Input, variable: (name: string) => Input) => Judged
interface Judged {
  readonly gates: readonly Gate[]
  /** What keeps it from failing: undefined where nothing does. */
  readonly lets?: { readonly because: string; readonly node: YamlNode | undefined } | undefined
}

const always =
  (...gates: readonly Gate[]): Reading =>
  () => ({ gates })
/** It fails unless one of its inputs has that value. */
const unless =
  (gates: readonly Gate[], name: string, values: RegExp, because: string): Reading =>
  input => {
    const { value, node } = input(name)
    return {
      gates,
      lets: value !== undefined && (value === null || values.test(value)) ? { because, node } : undefined,
    }
  }
/** It fails only if one of its inputs has such a value. */
const only =
  (gates: readonly Gate[], name: string, values: RegExp, because: string): Reading =>
  input => {
    const { value, node } = input(name)
    return { gates, lets: value === null || !values.test(value ?? '') ? { because, node } : undefined }
  }

const isTrue = /^true$/i
const reviewdog: Reading = input => {
  const level = input('fail_level')
  const old = input('fail_on_error')
  const fails = (level.value !== undefined && level.value !== 'none') || old.value === 'true'
  return {
    gates: ['lint'],
    lets: fails ? undefined : { because: 'without `fail_level` it comments and succeeds', node: level.node },
  }
}

/** aquasecurity/trivy-action, action.yaml: `scan-type` image, `exit-code` none, unless given. */
const trivy: Reading = input => {
  const type = input('scan-type').value ?? 'image'
  const code = input('exit-code')
  const format = input('format').value ?? ''
  const gates: readonly Gate[] = /^(cyclonedx|spdx)/.test(format)
    ? ['sbom']
    : type === 'image'
      ? ['image-scan']
      : type === 'config'
        ? ['misconfiguration-scan']
        : scannersOf(input('scanners').value ?? undefined)
  if (gates[0] === 'sbom') return { gates }
  return {
    gates,
    lets:
      code.value === undefined
        ? { because: 'it succeeds whatever it finds without `exit-code`', node: undefined }
        : code.value === null || code.value === '0'
          ? { because: '`exit-code: 0` lets it succeed whatever it finds', node: code.node }
          : undefined,
  }
}

/** Super-Linter and MegaLinter, "Configuration": `DISABLE_ERRORS` lets them succeed. */
const allLinters: Reading = (_, variable) => {
  const { value, node } = variable('DISABLE_ERRORS')
  return {
    gates: ['lint'],
    lets:
      value === null || isTrue.test(value ?? '') ? { because: '`DISABLE_ERRORS` lets it succeed', node } : undefined,
  }
}

/** Actions that are gates themselves, by their own action.yml as read in November 2026. */
const actions: readonly (readonly [RegExp, string, Reading])[] = [
  [
    /^pycqa\/bandit-action$/,
    'PyCQA/bandit-action',
    // `bandit … -f sarif -o results.sarif || true`.
    () => ({
      gates: ['bandit'],
      lets: {
        because: 'the action ends its own command in `|| true` and only uploads what bandit finds',
        node: undefined,
      },
    }),
  ],
  [
    /^pypa\/gh-action-pip-audit$/,
    'pypa/gh-action-pip-audit',
    input => {
      const allows = input('internal-be-careful-allow-failure')
      const extra = input('internal-be-careful-extra-flags')
      const gates: readonly Gate[] = ['pip-audit', 'dependency-audit']
      if (allows.value === null)
        return { gates, lets: { because: '`internal-be-careful-allow-failure` is an expression', node: allows.node } }
      if (allows.value === 'true')
        return { gates, lets: { because: '`internal-be-careful-allow-failure` lets it succeed', node: allows.node } }
      if (/(^|\s)--dry-run(\s|$)/.test(extra.value ?? ''))
        return { gates, lets: { because: '`--dry-run` audits nothing', node: undefined } }
      return { gates }
    },
  ],
  [/^(gitleaks|zricethezav)\/gitleaks-action$/, 'gitleaks/gitleaks-action', always('secret-scan')],
  [/^trufflesecurity\/trufflehog$/, 'trufflesecurity/trufflehog', always('secret-scan')],
  [/^aquasecurity\/trivy-action$/, 'aquasecurity/trivy-action', trivy],
  [
    /^anchore\/scan-action$/,
    'anchore/scan-action',
    input => ({
      gates: [
        input('path').value === undefined && input('sbom').value === undefined ? 'image-scan' : 'dependency-audit',
      ],
      lets:
        input('fail-build').value === 'false' || input('fail-build').value === null
          ? { because: '`fail-build: false` lets it succeed whatever it finds', node: input('fail-build').node }
          : undefined,
    }),
  ],
  [
    /^docker\/scout-action$/,
    'docker/scout-action',
    only(['image-scan'], 'exit-code', isTrue, 'it succeeds whatever it finds without `exit-code: true`'),
  ],
  [/^anchore\/sbom-action$/, 'anchore/sbom-action', always('sbom')],
  [/^cyclonedx\/gh-[\w-]+$/, 'CycloneDX action', always('sbom')],
  [
    /^hadolint\/hadolint-action$/,
    'hadolint/hadolint-action',
    unless(['misconfiguration-scan'], 'no-fail', isTrue, '`no-fail` lets it succeed whatever it finds'),
  ],
  [
    /^bridgecrewio\/checkov-action$/,
    'bridgecrewio/checkov-action',
    unless(['misconfiguration-scan'], 'soft_fail', isTrue, '`soft_fail` lets it succeed whatever it finds'),
  ],
  [
    /^(zizmorcore|woodruffw)\/zizmor-action$/,
    'zizmorcore/zizmor-action',
    only(
      ['misconfiguration-scan'],
      'advanced-security',
      /^false$/i,
      'with `advanced-security` (its default) it uploads what it finds and succeeds',
    ),
  ],
  [
    /^raven-actions\/actionlint$/,
    'raven-actions/actionlint',
    unless(['misconfiguration-scan'], 'fail-on-error', /^false$/i, '`fail-on-error: false` lets it succeed'),
  ],
  [/^docker:\/\/rhysd\/actionlint(:.*)?$/, 'rhysd/actionlint', always('misconfiguration-scan')],
  [
    /^actions\/dependency-review-action$/,
    'actions/dependency-review-action',
    unless(['dependency-audit'], 'warn-only', isTrue, '`warn-only` lets it succeed whatever it finds'),
  ],
  [/^(rustsec|actions-rs|actions-rust-lang)\/(audit-check|audit)$/, 'cargo audit', always('dependency-audit')],
  [/^embarkstudios\/cargo-deny-action$/, 'cargo deny', always('dependency-audit')],
  [
    /^golang\/govulncheck-action$/,
    'golang/govulncheck-action',
    input => {
      const { value, node } = input('output-format')
      return {
        gates: ['dependency-audit'],
        lets:
          value === undefined || value === 'text'
            ? undefined
            : { because: 'with this `output-format` it succeeds whatever it finds', node },
      }
    },
  ],
  [
    /^(astral-sh|chartboost)\/ruff-action$/,
    'ruff-action',
    input => {
      const args = input('args').value ?? 'check'
      if (/^format\b/.test(args)) return { gates: /--(check|diff)\b/.test(args) ? ['format'] : [] }
      return {
        gates: ['lint'],
        lets: /--exit-zero\b/.test(args)
          ? { because: '`--exit-zero` lets it succeed whatever it finds', node: input('args').node }
          : undefined,
      }
    },
  ],
  [
    /^psf\/black$/,
    'psf/black',
    // Its default options are `--check --diff`.
    input => ({ gates: /--check\b/.test(input('options').value ?? '--check') ? ['format'] : [] }),
  ],
  [
    /^golangci\/golangci-lint-action$/,
    'golangci-lint',
    input => ({
      gates: ['lint'],
      lets: /--issues-exit-code[= ]0\b/.test(input('args').value ?? '')
        ? { because: '`--issues-exit-code` of 0 lets it succeed whatever it finds', node: input('args').node }
        : undefined,
    }),
  ],
  [/^ludeeus\/action-shellcheck$/, 'shellcheck', always('lint')],
  [
    /^(haskell-actions|rwe)\/(hlint-run|actions-hlint-run)$/,
    'hlint',
    only(['lint'], 'fail-on', /./, 'without `fail-on` it comments and succeeds'),
  ],
  [/^(py-actions\/flake8|pycqa\/flake8-action|rickstaa\/action-black)$/, 'lint action', always('lint')],
  [/^(super-linter|github)\/super-linter(\/slim)?$/, 'super-linter', allLinters],
  [/^oxsecurity\/megalinter(\/.*)?$/, 'megalinter', allLinters],
  [/^biomejs\/setup-biome$/, 'biome', () => ({ gates: [] })],
  [/^reviewdog\/action-(?!setup)[\w-]+$/, 'reviewdog', reviewdog],
]

export const actionGate = (
  step: Step,
  file: TextFile,
  /** `env:` of the workflow, the job and the step, innermost last. */
  env: readonly (YamlNode | undefined)[],
): ActionGate | undefined => {
  const uses = step.uses
  const name = uses?.value.split('@')[0]?.toLowerCase() ?? ''
  const found = uses && actions.find(([pattern]) => pattern.test(name))
  if (!uses || !found) return undefined
  const [, command, read] = found
  const place = spanOf(file, uses)
  const given = (node: YamlNode | undefined): Input => {
    const value = textOf(node)
    return { node, value: value?.includes('${{') ? null : value }
  }
  const { gates, lets } = read(
    input => given(entry(step.with, input)),
    // Of a variable the value alone is taken: its place may be in another file.
    name => ({ ...given(env.map(e => entry(e, name)).findLast(n => n !== undefined)), node: entry(step.env, name) }),
  )
  const at = lets?.node ? spanOf(file, lets.node) : place
  const open = lets?.node && textOf(lets.node)?.includes('${{')
  const result: Result = !lets
    ? { is: 'blocks', because: '', at: undefined }
    : open
      ? { is: 'doubt', because: `an expression decides whether it can fail`, at }
      : { is: 'swallowed', because: lets.because, at }
  return { gates, command, place, result }
}

/** pre-commit/action runs every hook, as `pre-commit run --all-files` does; one named by `extra_args` alone. */
export const hooksOfAction = (step: Step, hooks: readonly Hook[] | undefined): readonly Hook[] | undefined => {
  const name = step.uses?.value.split('@')[0]?.toLowerCase()
  if (name !== 'pre-commit/action' && name !== 'j178/prek-action') return undefined
  const extra = textOf(entry(step.with, name === 'pre-commit/action' ? 'extra_args' : 'extra-args')) ?? ''
  const wanted = extra.split(/\s+/).find(w => w !== '' && !w.startsWith('-'))
  return hooks?.filter(h => !h.manual && (wanted === undefined || wanted === h.id)) ?? []
}
