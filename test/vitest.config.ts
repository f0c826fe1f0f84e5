import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/seed.ts'],
    exclude: process.env['ORACLES'] === 'full' ? [] : ['test/oracles/full/**'],
    testTimeout: 30_000,
    reporters: [process.env['CI'] ? 'dot' : 'default', new URL('./closing-line.ts', import.meta.url).pathname],
  },
})
