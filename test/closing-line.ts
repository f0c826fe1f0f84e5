import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one line that says how many tests passed, failed and were skipped. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result()
        if (state === 'pending') count.failed++
        else count[state]++
      }
      // A file that fails to load has no tests to fail.
      if (module.errors().length > 0) count.failed += module.errors().length
    }
    console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  }
}
