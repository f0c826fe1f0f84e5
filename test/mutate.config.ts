import { defineConfig } from 'vitest/config'

/** What a mutated file has to fail: `.build/mutate.ts` names the tests that speak for it. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: [process.env['MUTATE_TESTS'] ?? 'test/checks.test.ts'],
    setupFiles: ['test/seed.ts'],
    testTimeout: 30_000,
    passWithNoTests: false,
  },
})
