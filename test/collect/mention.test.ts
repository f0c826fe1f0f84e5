import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mentionsIn } from '../../src/collect/mention.ts'

const of = (message: string) =>
  mentionsIn(Buffer.from(`tree 0\nauthor A <a@b> 0 +0000\n\n${message}`), [/#\d+/, /ABC-\d+/])

describe('the message of a commit', () => {
  test.each([
    ['Merge pull request #41 from topic/x\n\nRaise the limit', 41],
    ['Raise the limit (#42)', 42],
    ["Merge pull request 'Raise the limit' (#43) from topic into main", 43],
    ['Merged in topic (pull request #44)', 44],
    ['Merged PR 45: raise the limit', 45],
    ['Auto merge of #46 - ada:topic, r=ben', 46],
    ["Merge branch 'topic' into 'main'\n\nRaise\n\nSee merge request group/sub/project!47\n", 47],
    ['Raise\n\nChange-Id: I0\nReviewed-on: https://review.example.org/c/project/+/48\n', 48],
    ['Raise\n\nReviewed-on: https://git.example.org/a/b/pulls/49\n', 49],
    ['Raise\n\nPR-URL: https://github.com/a/b/pull/50\n', 50],
    ['Raise the limit, see #51', 0],
    ['Revert (#52) once more', 0],
    ["Merge branch 'topic'", 0],
    ['', 0],
  ])('names its request as forges do: %s', (message, request) => {
    expect(of(message).request).toBe(request)
  })

  test('names issues in each form asked for, and who reviewed', () => {
    expect(of('fix\n\nCloses #12')).toMatchObject({ issue: [true, false], reviewed: false })
    expect(of('ABC-7 fix\n\nReviewed-by: Ben <b@c>\n')).toMatchObject({ issue: [false, true], reviewed: true })
    expect(of(`fix${' '.repeat(5000)}#12`)).toMatchObject({ issue: [false, false] })
  })

  test('of any bytes is read', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), bytes => void mentionsIn(Buffer.from(bytes), [])))
  })
})

describe('a reviewer', () => {
  const by = (reviewer: string, parents = 1) =>
    mentionsIn(
      Buffer.from(
        `tree 0\n${'parent 1\n'.repeat(parents)}author Ada <ada@example.org> 0 +0000\n\nRaise (#7)\n\nReviewed-by: ${reviewer}\n`,
      ),
      [],
    ).reviewed

  test.each(['Ben <ben@example.org>', 'Ben', 'Adam <adam@example.org>'])('is somebody else: %s', name => {
    expect(by(name)).toBe(true)
  })

  test.each(['Ada <ada@example.org>', 'Ada', 'A. <ADA@example.org>', 'ada@example.org', 'Ada <private@example.org>'])(
    'is not who wrote the change: %s',
    name => {
      expect(by(name)).toBe(false)
    },
  )

  test('may be who made the merge', () => {
    expect(by('Ada <ada@example.org>', 2)).toBe(true)
  })
})
