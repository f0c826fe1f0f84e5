import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readGitConfig } from '../../src/parse/git-config.ts'

test('sections, subsections, quotes, escapes, comments and continued lines', () => {
  const text = [
    '[gpg]',
    '\tformat = ssh ; a comment',
    '[GPG "ssh"]',
    '  allowedSignersFile = "~/.ssh/allowed signers" # more',
    '  defaultKeyCommand=a \\',
    '    b',
    '[alias] x = "!echo \\"hi\\"" y',
    'bare',
    '[core]',
    '  path = C:\\\\git',
    'not a line = = =',
    '= nothing',
  ].join('\n')
  expect(readGitConfig(text)).toEqual([
    { name: 'gpg.format', value: 'ssh' },
    { name: 'gpg.ssh.allowedsignersfile', value: '~/.ssh/allowed signers' },
    { name: 'gpg.ssh.defaultkeycommand', value: 'a     b' },
    { name: 'alias.x', value: '!echo "hi" y' },
    { name: 'alias.bare', value: 'true' },
    { name: 'core.path', value: 'C:\\git' },
  ])
})

test('no text makes it throw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
      expect(Array.isArray(readGitConfig(text))).toBe(true)
    }),
  )
})
