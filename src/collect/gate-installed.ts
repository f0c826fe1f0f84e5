import { constantOf, nodesOf } from '../parse/shell.ts'
import type { Step } from '../parse/workflow.ts'
import type { FoundInvocation, ScriptReading } from './gate-script.ts'

/**
 * Tools of gates that no hosted runner image brings: none of them stands in the lists of installed software of the
 * images for Ubuntu 22.04, 24.04 and 26.04, Windows 2022 and 2025, macOS 14, 15 and 26 (github.com/actions/runner-images,
 * the Readme of each image, versions 20260727 to 20260818, read 25 November 2026). What is there (shellcheck, yamllint,
 * PHPUnit on Ubuntu, SwiftLint on macOS, rustfmt, Maven, Gradle) is not in this list.
 */
const notOnTheImages: ReadonlySet<string> = new Set(
  (
    'pytest py.test bandit pip-audit ruff black flake8 pylint isort tox nox gitleaks trufflehog trivy grype syft ' +
    'hadolint checkov zizmor actionlint semgrep safety osv-scanner detect-secrets golangci-lint'
  ).split(' '),
)

/** Actions that set up a language, fetch or keep files, and install no tool of a gate. */
const bare =
  /^actions\/(checkout|setup-(python|node|go|java|dotnet)|cache(\/(restore|save))?|upload-artifact|download-artifact|github-script)$/

/** Commands that install nothing. */
const idle: ReadonlySet<string> = new Set(
  (
    ': true false echo printf exit return set cd pushd popd export readonly local declare unset shift sleep test [ ls cat ' +
    'pwd mkdir rm cp mv touch tee grep sed awk head tail sort wc find date env git which command python python3 node'
  ).split(' '),
)

/** Whether a step may bring a tool to those that follow; only what is known to bring none does not. */
export const mayInstall = (step: Step, reading: ScriptReading | undefined): boolean => {
  if (step.uses) return !bare.test(step.uses.value.replace(/@.*$/, '').toLowerCase())
  if (!step.run) return false
  if (!reading || reading.script.errors.length > 0 || reading.paths.length > 0 || reading.unfollowed.length > 0)
    return true
  for (const node of nodesOf(reading.script.tree)) {
    if (node.type !== 'Command') continue
    const name = constantOf(node.name)
    if (node.name === undefined) continue
    if (name === undefined || !(idle.has(name) || notOnTheImages.has(name))) return true
    // `python -m pip install`, `python setup.py develop`.
    if (/^python3?$/.test(name) && node.suffix.some(w => w.type === 'Word' && /^(-m|-c|-)$|\.py$/.test(w.text)))
      return true
  }
  return false
}

/** A tool that is called by its bare name, and is not on the image. */
export const missing = ({ program, command }: FoundInvocation): boolean =>
  program !== undefined && notOnTheImages.has(program) && constantOf(command.name) === program
