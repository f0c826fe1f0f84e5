import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

/** Compares with the file under golden/, exactly; `UPDATE=1` writes it instead. */
export const expectGolden = (name: string, text: string): void => {
  const file = new URL(`golden/${name}`, import.meta.url)
  if (process.env['UPDATE'] === '1') writeFileSync(file, text)
  expect(existsSync(file), `test/report/golden/${name} is missing; UPDATE=1 writes it`).toBe(true)
  expect(text).toBe(readFileSync(file, 'utf8'))
}
