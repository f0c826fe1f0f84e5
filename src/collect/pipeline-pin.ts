import type { Fact } from '../model.ts'
import type { YamlScalar } from '../parse/yaml.ts'
import type { Place } from '../place.ts'
import type { TextFile } from '../workspace/workspace.ts'
import type { WorkflowFile } from './gate.ts'
import { numbered, placeOf, type StepAt } from './pipeline-scan.ts'

interface Pin {
  readonly uri: string
  readonly scope: string
  readonly name: string
  /** `owner/name` in lower case. */
  readonly repository: string
  readonly commit: string
  readonly version: string
  readonly place: Place
}

/** Every action fixed to a commit with a version behind it, held against the others: no forge is asked. */
export const pinsOf = (
  workflows: readonly WorkflowFile[],
  steps: readonly StepAt[],
): readonly Fact<'pipeline.pin'>[] => {
  const pins: Pin[] = []
  const add = (file: TextFile, scope: string, uses: YamlScalar | undefined): void => {
    const named = /^([\w.-]+\/[\w.-]+)(\/[^@]*)?@([0-9a-f]{40})$/i.exec(uses?.value.trim() ?? '')
    const version = uses && versionBehind(file.text, uses)
    if (!uses || !named?.[1] || !named[3] || version === undefined) return
    pins.push({
      uri: file.source.uri,
      scope,
      name: `${named[1]}${named[2] ?? ''}`,
      repository: named[1].toLowerCase(),
      commit: named[3].toLowerCase(),
      version,
      place: placeOf(file, uses),
    })
  }
  for (const { uri, file, workflow } of workflows)
    for (const job of workflow.jobs) add(file, `${uri}/${job.id}`, job.uses)
  for (const at of steps) add(at.file, [at.uri, at.job?.id ?? ''].filter(p => p !== '').join('/'), at.step.uses)

  const byRepository = new Map<string, Pin[]>()
  for (const pin of pins) byRepository.set(pin.repository, [...(byRepository.get(pin.repository) ?? []), pin])
  return numbered(
    pins.map(pin => {
      const others = (byRepository.get(pin.repository) ?? []).filter(o => contradicts(pin, o))
      // One that stands alone against many is the one that is wrong.
      const alike = (byRepository.get(pin.repository) ?? []).filter(
        o => o.commit === pin.commit && !contradicts(pin, o),
      )
      const other = others.length >= alike.length ? others[0] : undefined
      return {
        kind: 'pipeline.pin' as const,
        id: `pipeline.pin:${pin.scope}/${pin.name}`,
        place: pin.place,
        data: {
          workflow: pin.uri,
          name: pin.name,
          commit: pin.commit,
          version: pin.version,
          disagrees: other && {
            with:
              other.commit === pin.commit
                ? `elsewhere the same commit is called ${other.version}`
                : `elsewhere ${other.version} is commit ${other.commit.slice(0, 12)}`,
            place: other.place,
          },
        },
      }
    }),
  )
}

/** The version a comment on the line names first: `# v4.2.2`, `# tag=v4`, `# pin@v4`, `# ratchet:owner/name@v4`. */
const versionBehind = (text: string, uses: YamlScalar): string | undefined => {
  const end = text.indexOf('\n', uses.range.end)
  const rest = text.slice(uses.range.end, end === -1 ? text.length : end).slice(0, 200)
  return /^["']?[\s,}]*#\s*(?:tag\s*[=:]\s*|pin\s*@\s*|ratchet:[\w./-]+@|renovate:\s*tag=|@)?(v?\d+(?:\.\d+){0,3}(?:-[\w.]+)?)(?![\w.])/.exec(
    rest,
  )?.[1]
}

const numbersOf = (version: string): readonly string[] => version.replace(/^v/, '').split('.')

/**
 * A whole version (`v4.2.2`) is one commit; `v4` moves, so two commits may both have been it. One commit may be `v4`, `v4.2`
 * and `v4.2.2` at once, but not `v4.2.2` and `v4.1.0`.
 */
const contradicts = (a: Pin, b: Pin): boolean => {
  const [x, y] = [numbersOf(a.version), numbersOf(b.version)]
  if (a.commit !== b.commit) return x.length >= 3 && x.join('.') === y.join('.')
  return x.slice(0, y.length).some((part, i) => part !== y[i])
}
