import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composeCommands, composeFileVariables } from '../../src/parse/compose-command.ts'

const filesIn = (text: string) => composeCommands(text).map(({ files }) => files)

describe('a text that runs Compose', () => {
  const table: readonly (readonly [string, string, readonly (readonly (string | undefined)[])[]])[] = [
    ['names no files', 'docker compose up -d', [[]]],
    ['names two', 'docker compose -f a.yml -f b.yml up', [['a.yml', 'b.yml']]],
    ['says it the old way', 'docker-compose -f a.yml --file=b.yml up', [['a.yml', 'b.yml']]],
    ['without a space', 'docker compose -fa.yml up', [['a.yml']]],
    [
      'with other flags between',
      'docker compose -p x --env-file .e -f a.yml --profile p -f "b c.yml" up',
      [['a.yml', 'b c.yml']],
    ],
    ['over several lines', 'docker compose \\\n  -f a.yml \\\n  -f b.yml \\\n  up', [['a.yml', 'b.yml']]],
    ['where -f belongs to the subcommand', 'docker compose logs -f web', [[]]],
    ['with a variable for a file', 'docker compose -f $DIR/a.yml -f b.yml up', [[undefined, 'b.yml']]],
    ['twice in a line', 'docker compose -f a.yml down && docker compose -f b.yml up', [['a.yml'], ['b.yml']]],
    ['in a Makefile, by a variable', 'DC = docker compose -f a.yml\nup:\n\t$(DC) -f b.yml up\n', [['a.yml', 'b.yml']]],
    [
      'in a script, by a variable',
      'dc="docker compose -f a.yml"\n$dc up\n${dc} -f b.yml up\n',
      [['a.yml'], ['a.yml', 'b.yml']],
    ],
    ['as part of another word', 'my-docker-compose -f a.yml up', []],
    ['as the name of a file', 'cp docker-compose.yml x', []],
  ]
  for (const [name, text, files] of table) test(name, () => expect(filesIn(text)).toEqual(files))

  test('COMPOSE_FILE is a list of files', () => {
    const of = (text: string) => composeFileVariables(text).map(({ files }) => files)
    expect(of('COMPOSE_FILE=a.yml:b.yaml\n')).toEqual([['a.yml', 'b.yaml']])
    expect(of('COMPOSE_FILE: "a.yml;b.yml"')).toEqual([['a.yml', 'b.yml']])
    expect(of('echo $COMPOSE_FILE\nMY_COMPOSE_FILE=a.yml\nCOMPOSE_FILE=$X\nCOMPOSE_FILE=none')).toEqual([])
  })

  test('whatever it holds, nothing is thrown, and ranges lie in the text', () => {
    const piece = fc.constantFrom(
      'docker compose',
      'docker-compose',
      ' -f',
      ' ',
      'a.yml',
      '\\\n',
      '\n',
      '"',
      "'",
      '$(DC)',
      'DC=',
      '=',
      '--file=',
      '$',
      '(',
      ';',
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 60 }).map(parts => parts.join('')),
        text => {
          for (const { start, end } of composeCommands(text))
            expect(start >= 0 && start < end && end <= text.length).toBe(true)
        },
      ),
      { numRuns: 2000 },
    )
  })

  test('a long text ends soon', () => {
    const before = performance.now()
    composeCommands('docker compose -f "'.repeat(20_000))
    composeCommands(`DC=docker compose\n${'$(DC) -f a.yml '.repeat(50_000)}`)
    composeFileVariables('COMPOSE_FILE='.repeat(50_000))
    expect(performance.now() - before).toBeLessThan(3_000)
  })
})
