import { canonical, sha256 } from '../digest.ts'
import type { Evidence } from '../evidence.ts'
import { uriOf } from '../judge.ts'
import type { Gap } from '../model.ts'
import { placeKey, showPlace } from '../place.ts'
import type { ReportGap } from '../report/report.ts'
import { located } from './located.ts'
import type { Run } from './run.ts'

/** A gap's identity: cause, kinds, and the path or authority; not its line, not its words. */
const gapId = (gap: Gap, evidence: Evidence): string => {
  const where = located(gap.place, evidence)
  const at =
    'location' in where
      ? where.location.uri
      : 'endpoint' in where
        ? where.endpoint
        : 'commit' in where
          ? where.commit
          : canonical(where)
  return sha256(canonical(['v1', 'gap', gap.cause, [...gap.kinds].sort(), at]))
}

export const gapsOf = (found: Run, evidence: Evidence): readonly ReportGap[] => {
  const gaps = new Map<string, { gap: Gap; controls: Set<string> }>()
  for (const { control, uses } of found.plan.controls)
    for (const use of uses)
      for (const gap of (use.selected ? found.judged.get(use.key)?.gaps : undefined) ?? []) {
        const key = canonical([gapId(gap, evidence), showPlace(gap.place), gap.reason])
        const known = gaps.get(key) ?? { gap, controls: new Set<string>() }
        known.controls.add(control.id)
        gaps.set(key, known)
      }
  const order = ({ gap }: { gap: Gap }) => placeKey(gap.place)
  return [...gaps.values()]
    .sort((a, b) => {
      const [[p, l, c], [q, m, d]] = [order(a), order(b)]
      return p !== q ? (p < q ? -1 : 1) : l - m || c - d || (a.gap.reason < b.gap.reason ? -1 : 1)
    })
    .map(({ gap, controls }) => ({
      ...located(gap.place, evidence),
      id: gapId(gap, evidence),
      cause: gap.cause,
      kinds: [...gap.kinds],
      reason: evidence.clear(gap.reason),
      controls: [...controls].sort(),
      ...(found.isSample(uriOf(gap.place) ?? '') ? { sample: true as const } : {}),
    }))
}
