import { describe, expect, test } from 'vitest'
import { auditOf, linesOf } from './company.ts'
import { type Change, changed, edit } from './edits.ts'
import { harbor } from './harbor.ts'
import { compose, monitoring } from './names.ts'

const company = harbor()
const networkChecks = ['compose-data-stays-off-the-edge', 'compose-llm-is-isolated', 'compose-networks-are-segmented']

/** What the checks of the network say after a change: verdict and what they point at are in the line. */
const said = async (changes: readonly Change[]): Promise<readonly string[]> =>
  linesOf(await auditOf(changed(await company, changes))).filter(line => networkChecks.some(id => line.startsWith(id)))

const finds: Readonly<Record<string, readonly (readonly [string, Change])[]>> = {
  'compose-data-stays-off-the-edge violates': [
    [
      'the database joins the network of the edge',
      edit(compose, 'networks: [data, operations]', 'networks: [data, operations, front]'),
    ],
    ['the edge joins the network of the database', edit(compose, 'networks: [front]\n', 'networks: [front, data]\n')],
    [
      'the database runs in the network of the edge',
      edit(compose, '    networks: [data, operations]\n', '    network_mode: "service:edge"\n'),
    ],
    [
      'the store of logs is published',
      edit(
        monitoring,
        'networks: [monitoring]\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]\n\n  alloy',
        'networks: [reach]\n    ports: ["3100:3100"]\n    cap_drop: [ALL]\n    security_opt: ["no-new-privileges:true"]\n\n  alloy',
      ),
    ],
  ],
  'compose-data-stays-off-the-edge unsure': [
    [
      'the database joins a network made elsewhere',
      edit(compose, '  operations:\n', '  operations:\n    external: true\n'),
    ],
  ],
  'compose-llm-is-isolated violates': [
    ['the model joins a network with a way out', edit(compose, 'networks: [model]', 'networks: [model, front]')],
    ['the network of the model is no longer internal', edit(compose, '  model:\n    internal: true\n', '  model:\n')],
    ['the model is given a proxy', edit(compose, 'MODEL_PATH:', 'HTTPS_PROXY: http://proxy:3128\n      MODEL_PATH:')],
  ],
}

describe('one small thing changed on the networks of a healthy company', () => {
  test('before it, nothing is found', async () => {
    expect(await said([])).toEqual([])
  })
  for (const [gives, rows] of Object.entries(finds))
    for (const [name, change] of rows)
      test(name, async () => {
        const lines = await said([change])
        expect(lines.length, lines.join('\n')).toBeGreaterThan(0)
        for (const line of lines) expect(line).toContain(gives)
      })
})

describe('the same networks in other words', () => {
  const same: readonly (readonly [string, Change])[] = [
    ['a list of networks as a mapping', edit(compose, 'networks: [model]', 'networks: { model: { aliases: [llm] } }')],
    ['a network with a name', edit(compose, '  front:\n', '  front:\n    name: diary-front\n')],
    ['internal in quotes', edit(compose, '  model:\n    internal: true\n', '  model:\n    internal: "true"\n')],
    ['an empty proxy variable', edit(compose, 'MODEL_PATH:', 'HTTPS_PROXY: ""\n      MODEL_PATH:')],
  ]
  for (const [name, change] of same)
    test(name, async () => {
      expect(await said([change])).toEqual([])
    })
})
