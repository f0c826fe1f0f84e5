import { defineCheck } from '../../check.ts'

export const check = defineCheck({
  id: 'compose-images-name-a-digest',
  about: 'compose.service',
  asks: () => [{ kind: 'compose.service' }],
  ifNone: 'not-applicable',
  title: 'Every image a Compose file pulls is named by its digest.',
  why: 'A tag can be moved: what was scanned and approved is then not what starts. A digest names the bytes.',
  fix: 'Write `image: name:tag@sha256:…` (`docker buildx imagetools inspect name:tag` prints the digest) and let a bot raise it.',
  samples: {
    bad: 'services:\n  cache:\n    image: redis:7',
    good: `services:\n  cache:\n    image: redis:7.2.5@sha256:${'0123456789abcdef'.repeat(4)}`,
  },
  source: 'CIS Docker Benchmark 5.28; SLSA, dependencies by immutable reference',
  blind: 'Whether the digest is what the tag once named, and who signed it.',
  confidence: 'high',
  judge: ({ data }) => {
    const { image, service } = data
    if (image === undefined)
      return {
        verdict: 'exempt',
        reason: `service "${service}" names no image: it is built here or completed elsewhere`,
      }
    if (image.includes('@sha256:'))
      return { verdict: 'conforms', observed: `service "${service}" runs an image by digest` }
    if (image.includes('$'))
      return { verdict: 'unsure', reason: `service "${service}" runs ${image}, known only at deploy time` }
    // A colon before the last slash belongs to the port of a registry.
    const [, tag = 'latest'] = image.slice(image.lastIndexOf('/') + 1).split(':')
    const [how, severity] =
      tag === 'latest'
        ? (['whatever is latest when it starts', 'medium'] as const)
        : (['by a tag that can be moved', 'low'] as const)
    return {
      verdict: 'violates',
      severity,
      observed: `image ${image}`,
      message: `service "${service}" runs ${image}: ${how}`,
    }
  },
})
