import { defineCheck, flag } from '../../check.ts'

export const check = defineCheck({
  id: 'dockerfile-bases-are-pinned',
  about: 'dockerfile.base',
  asks: () => [{ kind: 'dockerfile.base' }],
  ifNone: 'not-applicable',
  title: 'Images are built from bases pinned by digest.',
  why: 'A tag is a pointer its owner may move. Two builds of one commit can differ, a review says nothing about what was built, and a base that was taken over comes in without a change in the repository.',
  fix: 'Add the digest to the tag (`python:3.13-slim@sha256:…`), and let a bot raise both together.',
  samples: {
    bad: 'FROM python:latest\n',
    good: 'FROM python:3.13-slim@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n',
  },
  source: 'OpenSSF Scorecard, Pinned-Dependencies; CIS Docker Benchmark 4.2; hadolint DL3006, DL3007',
  blind: 'Packages a RUN installs are another matter. What a build context holds is not seen.',
  confidence: 'high',
  params: { tagSuffices: flag('Whether a tag with a version is enough, without a digest.', false) },
  judge: ({ data }, { tagSuffices }) => {
    const { image, tag, digest } = data
    const by = data.by === 'FROM' ? 'starts from' : `takes files from`
    const assumed = data.assumed.length > 0 ? ` (${data.assumed.join('; ')})` : ''
    const observed = `${data.stage} ${by} ${image}${assumed}`
    switch (data.is) {
      case 'stage':
        return { verdict: 'exempt', reason: `${image} is a stage of the same file` }
      case 'scratch':
        return { verdict: 'exempt', reason: 'scratch is empty' }
      case 'unknown':
        return {
          verdict: 'unsure',
          reason: image.includes('$')
            ? `${data.stage} ${by} ${image}, known only when the image is built`
            : `${data.stage} ${by} ${image}: an image or a build context, known only when the image is built`,
        }
      case 'image': {
        if (digest !== undefined) {
          return /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/.test(digest)
            ? { verdict: 'conforms', observed }
            : { verdict: 'violates', observed, message: `${observed}: what follows @ is no complete digest` }
        }
        if (tag === undefined)
          return {
            verdict: 'violates',
            observed,
            message: `${observed} without a tag: whatever is latest when it is built`,
          }
        if (tag === 'latest')
          return { verdict: 'violates', observed, message: `${observed}: whatever that is when it is built` }
        if (!/\d/.test(tag) && !codeName.test(tag)) {
          return {
            verdict: 'violates',
            severity: 'medium',
            observed,
            message: `${observed}: the tag names no version, and moves with every release`,
          }
        }
        return tagSuffices
          ? { verdict: 'conforms', observed }
          : {
              verdict: 'violates',
              severity: 'low',
              observed,
              message: `${observed} without a digest: the tag can be moved`,
            }
      }
    }
  },
})

/** Names of releases of Debian and Ubuntu, as good as numbers. */
const codeName = /(^|-)(buster|bullseye|bookworm|trixie|forky|bionic|focal|jammy|noble)(-|$)/
