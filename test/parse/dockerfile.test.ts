import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type DockerTree, dockerfileLimit, parseDockerfile } from '../../src/parse/dockerfile.ts'

const treeOf = (text: string): DockerTree => {
  const read = parseDockerfile(text)
  if (!read.ok) throw new Error(read.reason)
  return read.tree
}

describe('a Dockerfile', () => {
  test('is stages with the instructions between them', () => {
    const { stages, globals } = treeOf(
      'ARG V=3\nFROM --platform=linux/amd64 a:$V AS One\nuser x\nFROM one\nCOPY --from=One a b\n',
    )
    expect(globals.map(({ name, value }) => [name, value])).toEqual([['V', '3']])
    expect(stages.map(({ name, image, instructions }) => [name, image.text, instructions.map(i => i.keyword)])).toEqual(
      [
        ['one', 'a:$V', ['USER']],
        [undefined, 'one', ['COPY']],
      ],
    )
    expect(stages[1]?.instructions[0]?.flags.map(flag => flag.text)).toEqual(['--from=One'])
  })

  test('holds no instruction inside of a here-document, a comment or a continued line', () => {
    const { stages } = treeOf('FROM a\nRUN <<EOF\nUSER root\nFROM b\nEOF\nRUN x \\\n# USER root\n  USER root\n')
    expect(stages.map(({ instructions }) => instructions.map(i => i.keyword))).toEqual([['RUN', 'RUN']])
  })

  test('may choose another escape character', () => {
    const { stages } = treeOf('# escape=`\nFROM a\nRUN dir C:\\ `\n  /w\nUSER x\n')
    expect(stages[0]?.instructions.map(i => i.keyword)).toEqual(['RUN', 'USER'])
  })

  test('gives the exact place of a value, without its quotes', () => {
    const text = 'FROM a\nENV A="x y" B=z\nARG C\n'
    const properties = treeOf(text).stages[0]?.instructions.flatMap(i => i.properties) ?? []
    expect(
      properties.map(({ name, value, valueRange: { start, end } }) => [name, value, text.slice(start, end)]),
    ).toEqual([
      ['A', 'x y', 'x y'],
      ['B', 'z', 'z'],
      ['C', undefined, ''],
    ])
  })

  test('leaves out what ONBUILD keeps for images built on it', () => {
    expect(treeOf('FROM a\nONBUILD USER root\n').stages[0]?.instructions).toEqual([])
  })

  test('says what is no instruction, and what stands before FROM', () => {
    expect(treeOf('USER x\nFROM a\nFOO b\n').strays.map(({ keyword }) => keyword)).toEqual(['USER', 'FOO'])
  })

  test('that is too long is refused', () => {
    expect(parseDockerfile('#'.repeat(dockerfileLimit + 1))).toMatchObject({ ok: false, cause: 'too-large' })
  })

  test('of any text gives a tree whose places lie inside the text, or a reason', () => {
    const parts = fc.array(
      fc.constantFrom(
        'FROM ',
        'a',
        ':',
        '@',
        ' AS ',
        '\n',
        '\r\n',
        '\r',
        '\\\n',
        '`\n',
        '# escape=`\n',
        'ENV ',
        'ARG ',
        'A=',
        '"',
        "'",
        '$X',
        '${X:-',
        '}',
        'RUN ',
        '<<EOF',
        'EOF',
        '--from=',
        '--mount=type=secret,id=x',
        'USER ',
        'ONBUILD ',
        '\0',
        '😀',
        ' ',
        '\t',
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(
        parts.map(p => p.join('')),
        text => {
          const read = parseDockerfile(text)
          if (!read.ok) return
          const { globals, stages, strays } = read.tree
          const instructions = stages.flatMap(stage => [stage.from, ...stage.instructions])
          const properties = [...globals, ...instructions.flatMap(i => i.properties)]
          const ranges = [
            ...strays.map(s => s.range),
            ...stages.map(s => s.image.range),
            ...instructions.flatMap(i => [i.range, ...i.flags.map(f => f.range), ...i.words.map(w => w.range)]),
            ...properties.flatMap(p => [p.nameRange, p.valueRange]),
          ]
          for (const { start, end } of ranges) expect(start >= 0 && start <= end && end <= text.length).toBe(true)
        },
      ),
      { numRuns: 3000 },
    )
  })
})
