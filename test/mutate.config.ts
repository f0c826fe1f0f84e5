import { defineConfig } from 'vitest/config'

/** What a mutated check has to fail: its fixtures, and the laws of the algebra. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/checks.test.ts', 'test/decide.test.ts'],
    testTimeout: 30_000,
    passWithNoTests: false,
  },
})
