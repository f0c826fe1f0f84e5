import { type Change, edit, rewrite } from './edits.ts'
import { bandit, jobLog } from './harbor.ts'
import { ci, compose } from './names.ts'

/** Changes that more than one table needs. */

export const port = '- "127.0.0.1:5432:5432"'
export const onRecords = (line: string): Change =>
  edit(compose, '    networks: [data, operations]', `    ${line}\n    networks: [data, operations]`)
export const onBridge = (line: string): Change =>
  edit(
    compose,
    '      MODEL_PATH: /models/diary-summary.gguf',
    `      MODEL_PATH: /models/diary-summary.gguf\n    ${line}`,
  )
export const mounting = (line: string): Change =>
  edit(compose, '      - models:/models:ro', `      - models:/models:ro\n      ${line}`)
export const inGateway = (line: string): Change =>
  edit(compose, '      DATABASE_HOST: records', `      DATABASE_HOST: records\n      ${line}`)
export const testRun = 'run: pytest -q gateway/tests --junitxml=junit.xml'
export const banditStep = '      - name: Bandit\n        run: bandit -r gateway/app llm-bridge'
export const onPullRequests = '  pull_request:\n  push:\n    branches: [main]\n'
export const testsRun = (script: string): Change =>
  edit(ci, testRun, script.includes('\n') ? `run: |\n${script.replace(/^/gm, '          ')}` : `run: ${script}`)
export const testsUnder = (line: string): Change =>
  edit(ci, `        ${testRun}`, `        ${line}\n        ${testRun}`)
export const jobUnder = (line: string): Change =>
  edit(ci, '  tests:\n    runs-on', `  tests:\n    ${line}\n    runs-on`)
export const issue = (severity: string) =>
  bandit({ high: severity === 'HIGH' ? 1 : 0, medium: severity === 'MEDIUM' ? 1 : 0, low: severity === 'LOW' ? 1 : 0 })
export const banditSays = (text: string): Change => rewrite('inputs/bandit.json', () => text)
export const scanLog = (command: string, ...output: readonly string[]): Change =>
  rewrite('inputs/scans.log', () => jobLog('scans', [[command, output]]))
