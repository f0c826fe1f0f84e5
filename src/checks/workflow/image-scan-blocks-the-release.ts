import { defineCheck } from '../../check.ts'
import { judgeRelease } from '../../facts/gate-judgement.ts'

export const check = defineCheck({
  id: 'image-scan-blocks-the-release',
  about: 'ci.release',
  asks: () => [{ kind: 'ci.release', gate: 'image-scan' }],
  ifNone: 'not-applicable',
  title: 'Every container image is scanned before it is published, and what the scan finds stops the release.',
  why: 'A scanner that runs after the push, or succeeds whatever it finds, reports on an image that is already being pulled.',
  fix: 'Build with `load: true`, run `trivy image --exit-code 1 --severity CRITICAL,HIGH` on the result, and push afterwards; or let the pushing job need the scanning one.',
  samples: {
    bad: '      - run: docker push registry.example.org/app\n      - run: trivy image registry.example.org/app',
    good: '      - run: trivy image --exit-code 1 --severity CRITICAL,HIGH app\n      - run: docker push registry.example.org/app',
  },
  source: 'Trivy and Grype manuals (exit codes); NIST SP 800-190 §4.1; SOC 2 CC7.1, CC8.1; 45 CFR 164.308(a)(5)(ii)(B)',
  blind:
    'Whether the image that is scanned is the one that is pushed; scans by the registry; severities and ignores of the scanner.',
  confidence: 'high',
  judge: ({ data }) => judgeRelease(data, 'an image scan'),
})
