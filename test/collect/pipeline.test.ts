import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { collector } from '../../src/collect/pipeline.ts'
import { installationOf } from '../../src/collect/pipeline-install.ts'
import type { Fact, FactKind } from '../../src/model.ts'
import { nodesOf, parseShell } from '../../src/parse/shell.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'

const kinds = collector({
  workspace: memoryWorkspace({ files: {} }),
  inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' },
  isSample: () => false,
  signal: new AbortController().signal,
}).answers

const collect = async (tree: MemoryTree, of: readonly FactKind[] = kinds) => {
  const { answers, deposits } = await collector({
    workspace: memoryWorkspace(tree),
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' },
    isSample: () => false,
    signal: new AbortController().signal,
  }).collect(of.map(kind => ({ kind }) as never))
  return { facts: answers.flatMap((a): readonly Fact[] => [...a.facts]), answers, deposits: deposits ?? [] }
}
const ci = '.github/workflows/ci.yml'

/** Pieces that the parts of the collector look for, in any order and any nesting. */
const pieces = [
  'on: { pull_request_target: , push: { tags: ["v*"] } }\n',
  'on: workflow_run\n',
  'permissions: { contents: write, id-token: write }\n',
  'env: { A: "${{ secrets.A }}", B: "${{ github.event.issue.title }}" }\n',
  'jobs:\n  a:\n    runs-on: x\n    steps:\n',
  'jobs:\n  a:\n    uses: ./x.yml\n    secrets: { a: "${{ toJSON(secrets) }}" }\n',
  "    if: github.actor == 'dependabot[bot]' || ${{ x }}\n",
  '    container: { image: x, credentials: { username: a, password: b } }\n',
  '      - run: |\n          echo "$A" | base64 >> "$GITHUB_ENV"\n          cat <<END > $GITHUB_OUTPUT\n          $B\n          END\n',
  '      - run: "echo ${{ secrets.A }} ${{ fromJSON(secrets.A).b.c }} $("\n',
  '      - run: pip install a b>=1 -r x && npx y && docker run z; gh pr merge "$(\n',
  '      - if: |\n          ${{ a && \'\' || b }}\n        uses: actions/cache@v4\n        with: { lookup-only: "${{ x" }\n',
  '      - uses: actions/download-artifact@0000000000000000000000000000000000000000 # v4.1\n        with: { run-id: 1, path: [a] }\n',
  '      - uses: pypa/gh-action-pypi-publish@v1\n',
  '      - gh run download 1\n',
  '    needs: [a, b]\n',
  '\u0000',
  '\u202e',
  '${{',
  '}}',
  '"',
  "'",
  '\n',
  '  ',
]

describe('no workflow makes it throw', () => {
  test('and every place lies inside of the file', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...pieces), { maxLength: 14 }), async parts => {
        const text = parts.join('')
        const { facts } = await collect({ files: { [ci]: text, '.github/actions/a/action.yml': text } })
        const lines = text.split('\n')
        for (const { place } of facts)
          if (place.in === 'span') {
            expect(place.start.line).toBeGreaterThanOrEqual(1)
            expect(place.end.line).toBeLessThanOrEqual(lines.length)
            expect(place.end.column).toBeLessThanOrEqual((lines[place.end.line - 1] ?? '').length + 1)
          }
        expect(new Set(facts.map(f => f.id)).size).toBe(facts.length)
      }),
      { numRuns: 300 },
    )
  })

  test('a script nested without end is no reason to hang', async () => {
    const run = `echo ${'$('.repeat(5000)}`
    const { answers } = await collect({ files: { [ci]: `on: push\njobs:\n  a:\n    steps:\n      - run: ${run}\n` } })
    expect(answers).toHaveLength(kinds.length)
  })
})

test('the password of a registry is marked as a secret of the deposit', async () => {
  const text =
    'on: push\njobs:\n  a:\n    container:\n      image: x\n      credentials: { username: ci, password: pudding }\n'
  const { deposits } = await collect({ files: { [ci]: text } })
  const [deposit] = deposits
  expect(deposit?.secrets.map(s => deposit.text.slice(s.start, s.end))).toEqual(['pudding'])
})

describe('a command installs', () => {
  const installed = (line: string): string => {
    for (const node of nodesOf(parseShell(line).tree)) {
      const found = node.type === 'Command' ? installationOf(node, name => name === 'listed') : undefined
      if (found) return found.tools.map(t => `${t.name} ${t.version}`).join(', ')
    }
    return ''
  }
  const cases: readonly (readonly [line: string, tools: string])[] = [
    ['pip3.13 install a==1.0 b', 'a exact, b open'],
    ['pip install "a[x,y]==1.0; python_version>\'3.8\'"', 'a exact'],
    ['pip install -U --upgrade-strategy eager a', 'a open'],
    ['pip install -t lib a~=1.0', 'a range'],
    ['pip install --group dev', ''],
    ['pip install https://example.com/a.tar.gz', ''],
    ['pip uninstall a', ''],
    ['uvx --with b --from a==1 c', 'a exact'],
    ['uvx --spec', ''],
    ['npx listed run', ''],
    ['npx listed@latest run', ''],
    ['npx -y @a/b@1.2.3-rc.1', '@a/b exact'],
    ['npx github:a/b', ''],
    ['npm install --registry https://r.example a@1', 'a range'],
    ['npm install --prefix x', ''],
    ['go install ./...', ''],
    ['cargo install --version=1.2.3 a', 'a exact'],
    ['cargo install --features x a@=1.2.3', 'a exact'],
    ['gem install --version=1.0 a', 'a exact'],
    ['gem install a -s https://example.com', 'a open'],
    ['docker run --network host -e A=b --rm x/y:1', 'x/y range'],
    ['docker run --name a', ''],
    ['docker build .', ''],
  ]
  test.each(cases)('%s: %s', (line, tools) => {
    expect(installed(line)).toBe(tools)
  })
})
