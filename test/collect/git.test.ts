import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { check } from '../../src/checks/git/git-commits-are-signed.ts'
import type { TrustFiles } from '../../src/collect/collector.ts'
import { collector } from '../../src/collect/git.ts'
import type { SignatureSeen } from '../../src/facts/git.ts'
import type { Answer, Fact, Question } from '../../src/model.ts'
import { diskWorkspace } from '../../src/workspace/disk.ts'
import { memoryWorkspace } from '../../src/workspace/memory.ts'
import type { Workspace } from '../../src/workspace/workspace.ts'
import { git, put, repository, scratch } from '../scratch.ts'
import { signedHistory, withHeader } from '../signing.ts'
import { namedSigner } from '../ssh-signer.ts'

const ask = async (workspace: Workspace, question: Question, trust: Partial<TrustFiles> = {}): Promise<Answer> => {
  const none: TrustFiles = { allowedSigners: [], keyrings: [], revokedKeys: [] }
  const { answers } = await collector({
    workspace,
    isSample: () => false,
    signal: new AbortController().signal,
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24', trust: { ...none, ...trust } },
  }).collect([question])
  const [answer] = answers
  if (!answer) throw new Error('no answer')
  return answer
}
const commits = (answer: Answer) => [...(answer.facts as Iterable<Fact<'git.commit'>>)].map(f => f.data)
const open = (folder: string, home?: string): Workspace => {
  const { signal } = new AbortController()
  const opened = diskWorkspace(folder, { path: process.env['PATH'], home, signal })
  if (!opened.ok) throw new Error(opened.refusal.reason)
  return opened.value
}
const head = { kind: 'git.commit', branches: ['HEAD'] } as const
const line = (...names: readonly string[]): string =>
  names.map(n => `${n}@example.org ${namedSigner(n).line}\n`).join('')

/** Commits what the folder holds, signed by a name, as git writes it. */
let second = Date.UTC(2026, 5, 2) / 1000
const commit = (folder: string, subject: string, by: string | undefined, ...parents: readonly string[]): string => {
  git(folder, 'add', '-A')
  const tree = git(folder, 'write-tree').trim()
  second += 60
  const who = `Ada <ada@example.org> ${second} +0000`
  const payload = `tree ${tree}\n${parents.map(p => `parent ${p}\n`).join('')}author ${who}\ncommitter ${who}\n\n${subject}\n`
  const body = by === undefined ? payload : withHeader(payload, namedSigner(by).sign(Buffer.from(payload)))
  const input = { cwd: folder, input: body, encoding: 'utf8' } as const
  const oid = execFileSync('git', ['hash-object', '-w', '-t', 'commit', '--stdin'], input).trim()
  git(folder, 'update-ref', 'HEAD', oid)
  return oid
}
const list = '.github/allowed_signers'

describe('a list of signers in the tree', () => {
  test('is believed for what stands before it, and never by the commit that changes it for its own key', async () => {
    const folder = repository({ 'a.txt': '1' })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    put(folder, { [list]: line('ada') })
    const own = commit(folder, 'Ada trusts herself', 'ada', first)
    put(folder, { [list]: line('ada', 'ben') })
    const ben = commit(folder, 'Ada trusts Ben', 'ada', own)
    put(folder, { [list]: line('ada', 'ben', 'eve') })
    const eve = commit(folder, 'Eve trusts herself', 'eve', ben)
    const later = commit(folder, 'Ben goes on', 'ben', eve)
    const states = commits(await ask(open(folder), head)).map(c => [c.subject, c.signature.state])
    expect(states).toEqual([
      ['Ben goes on', 'good'],
      ['Eve trusts herself', 'self-introduced'],
      ['Ada trusts Ben', 'good'],
      ['Ada trusts herself', 'self-introduced'],
      ['first', 'unsigned'],
    ])
    expect(git(folder, 'rev-parse', 'HEAD').trim()).toBe(later)
  })

  test('a merge that brings the list from a branch is good by the list of that branch', async () => {
    const folder = repository({ 'a.txt': '1' })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    put(folder, { [list]: line('ben') })
    const base = commit(folder, 'trust Ben', undefined, first)
    put(folder, { [list]: line('ben', 'ada') })
    const side = commit(folder, 'trust Ada', 'ben', base)
    const merge = commit(folder, 'merge', 'ada', base, side)
    const states = commits(await ask(open(folder), head)).map(c => [c.subject, c.signature.state, c.parents])
    expect(states.slice(0, 2)).toEqual([
      ['merge', 'good', 2],
      ['trust Ada', 'good', 1],
    ])
    expect(merge).toHaveLength(40)
  })

  test('counts as the branch holds it, not as it lies in the folder', async () => {
    const folder = repository({ 'a.txt': '1', [list]: line('ada') })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    commit(folder, 'by Ada', 'ada', first)
    const next = git(folder, 'rev-parse', 'HEAD').trim()
    commit(folder, 'by Eve', 'eve', next)
    put(folder, { [list]: line('ada', 'eve') })
    const states = commits(await ask(open(folder), head)).map(c => c.signature.state)
    expect(states).toEqual(['unknown-key', 'good', 'unsigned'])
  })

  test('named on the command line it is still part of the tree', async () => {
    const folder = repository({ 'a.txt': '1' })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    put(folder, { 'people.txt': line('eve') })
    commit(folder, 'Eve trusts herself', 'eve', first)
    const inside = await ask(open(folder), head, { allowedSigners: [`${folder}/people.txt`] })
    expect(commits(inside).map(c => c.signature.state)).toEqual(['self-introduced', 'unsigned'])
    const outside = scratch()
    put(outside, { 'people.txt': line('eve') })
    const beside = await ask(open(folder), head, { allowedSigners: [`${outside}/people.txt`] })
    expect(commits(beside).map(c => c.signature.state)).toEqual(['good', 'unsigned'])
  })
})

describe('the configuration of a person', () => {
  test('of their own is read, through links and with what it names; that of the target is not', async () => {
    const home = scratch()
    put(home, {
      'dot/gitconfig': '[gpg "ssh"]\n\tallowedSignersFile = ~/.ssh/allowed\n',
      '.ssh/allowed': line('ada'),
    })
    execFileSync('ln', ['-s', 'dot/gitconfig', `${home}/.gitconfig`])
    const folder = repository({ 'a.txt': '1' })
    commit(folder, 'by Ada', 'ada', git(folder, 'rev-parse', 'HEAD').trim())
    git(folder, 'config', 'gpg.ssh.allowedSignersFile', `${home}/.ssh/allowed`)
    expect(commits(await ask(open(folder), head)).map(c => c.signature.state)).toEqual(['no-trust', 'unsigned'])
    const answer = await ask(open(folder, home), head)
    expect(commits(answer).map(c => c.signature.state)).toEqual(['good', 'unsigned'])
    expect(answer.query).toContain(
      'signatures held against ~/.ssh/allowed (1 key); 2 commits: 1 signed by a trusted key, 1 unsigned',
    )
  })

  test('that names a list that is not there trusts nobody, and says so; unread revocations leave a gap', async () => {
    const home = scratch()
    put(home, { '.gitconfig': '[gpg "ssh"]\n\tallowedSignersFile = ~/.ssh/allowed\n' })
    const folder = repository({ 'a.txt': '1' })
    const answer = await ask(open(folder, home), head)
    expect(answer.gaps).toEqual([])
    expect(answer.query).toContain('not read: ~/.ssh/allowed (no such file or folder)')
    put(home, { '.gitconfig': '[gpg "ssh"]\n\trevocationFile = ~/.ssh/revoked\n' })
    const { gaps } = await ask(open(folder, home), head)
    expect(gaps).toMatchObject([{ cause: 'unreadable', reason: 'trusted signers: no such file or folder' }])
  })

  test('that names a file of the repository means the one of the branch, if there is one', async () => {
    const home = scratch()
    put(home, { '.gitconfig': '[gpg "ssh"]\n\tallowedSignersFile = people.txt\n' })
    const folder = repository({ 'people.txt': line('ada') })
    commit(folder, 'by Ada', 'ada', git(folder, 'rev-parse', 'HEAD').trim())
    expect(commits(await ask(open(folder, home), head)).map(c => c.signature.state)).toEqual(['good', 'unsigned'])
    const without = await ask(open(repository({ 'a.txt': '1' }), home), head)
    expect([without.gaps, commits(without).map(c => c.signature.state)]).toEqual([[], ['unsigned']])
  })
})

describe('the walk', () => {
  test('holds an object whose bytes are not what its name says for damaged', async () => {
    const folder = repository({ 'a.txt': '1' })
    const first = git(folder, 'rev-parse', 'HEAD').trim()
    const tip = commit(folder, 'second', undefined, first)
    const loose = (oid: string) => `${folder}/.git/objects/${oid.slice(0, 2)}/${oid.slice(2)}`
    const other = commit(folder, 'a stand-in', undefined)
    git(folder, 'update-ref', 'HEAD', tip)
    execFileSync('cp', ['-f', loose(other), loose(first)])
    const { gaps } = await ask(open(folder), head)
    expect(gaps).toMatchObject([{ place: { in: 'commit', oid: first }, cause: 'unreadable' }])
  })

  test('reads the same history whether git can list it or not', async () => {
    const folder = repository({ 'a.txt': '1' })
    let tip = git(folder, 'rev-parse', 'HEAD').trim()
    for (let i = 0; i < 20; i++) tip = commit(folder, `change ${i}`, undefined, tip)
    const whole = commits(await ask(open(folder), head)).map(c => c.oid)
    expect(whole).toEqual(git(folder, 'rev-list', 'HEAD').trim().split('\n'))
  })

  test('says which dates cannot all be right, and takes none for an excuse', async () => {
    const workspace = memoryWorkspace({
      files: {},
      history: signedHistory({
        commits: [
          { subject: 'from tomorrow', committedAt: Date.UTC(2027, 0, 1) / 1000 },
          { subject: 'back-dated', committedAt: Date.UTC(2020, 0, 1) / 1000 },
          { subject: 'second', committedAt: Date.UTC(2026, 5, 2) / 1000 },
          { subject: 'first', committedAt: Date.UTC(2026, 0, 1) / 1000 },
          { subject: 'beyond any calendar', committedAt: 999_999_999_999_999 },
        ],
      }),
    })
    const answer = await ask(workspace, { ...head, since: '2026-06-01' })
    expect(answer.query).toContain('4 dated before an ancestor; 2 dated after the day of this run')
    expect(commits(answer).at(-1)?.committedAt).toBe('9999-12-31T23:59:59Z')
    const sane = await ask(
      memoryWorkspace({
        files: {},
        history: signedHistory({
          commits: [
            { committedAt: Date.UTC(2020, 0, 1) / 1000 },
            { committedAt: Date.UTC(2026, 5, 2) / 1000 },
            { committedAt: Date.UTC(2026, 0, 1) / 1000 },
          ],
        }),
      }),
      { ...head, since: '2026-06-01' },
    )
    expect(commits(sane).map(c => c.scope)).toEqual(['doubtful', 'in', 'before'])
  })
})

describe('tags', () => {
  test('of every kind, through tags of tags, with what git itself signs', async () => {
    const folder = repository({ 'a.txt': '1', [list]: line('ada') })
    const tip = git(folder, 'rev-parse', 'HEAD').trim()
    const tag = (name: string, target: string, type: string, by?: string): string => {
      const payload = `object ${target}\ntype ${type}\ntag ${name}\ntagger Ada <ada@example.org> 1780315200 +0000\n\n${name}\n`
      const body = by === undefined ? payload : payload + namedSigner(by).sign(Buffer.from(payload))
      const input = { cwd: folder, input: body, encoding: 'utf8' } as const
      const oid = execFileSync('git', ['hash-object', '-w', '-t', 'tag', '--stdin'], input).trim()
      git(folder, 'update-ref', `refs/tags/${name}`, oid)
      return oid
    }
    git(folder, 'tag', 'v0.1.0')
    const signed = tag('v1.0.0', tip, 'commit', 'ada')
    tag('v1.0.1', tip, 'commit')
    tag('nested-1.0', signed, 'tag', 'eve')
    tag('tree-1.0', git(folder, 'rev-parse', 'HEAD^{tree}').trim(), 'tree', 'ada')
    const off = execFileSync('git', ['commit-tree', '-m', 'elsewhere', `${tip}^{tree}`], {
      cwd: folder,
      encoding: 'utf8',
      env: {
        ...process.env,
        GIT_AUTHOR_NAME: 'A',
        GIT_AUTHOR_EMAIL: 'a@b',
        GIT_COMMITTER_NAME: 'A',
        GIT_COMMITTER_EMAIL: 'a@b',
      },
    }).trim()
    tag('v9.0.0', off, 'commit', 'ada')
    const answer = await ask(open(folder), { kind: 'git.tag' })
    const seen = [...(answer.facts as Iterable<Fact<'git.tag'>>)].map(f => f.data)
    expect(seen.map(t => [t.name, t.annotated, t.signature.state, t.onBranch, t.commit !== undefined])).toEqual([
      ['nested-1.0', true, 'unknown-key', true, true],
      ['tree-1.0', true, 'good', false, false],
      ['v0.1.0', false, 'unsigned', true, true],
      ['v1.0.0', true, 'good', true, true],
      ['v1.0.1', true, 'unsigned', true, true],
      ['v9.0.0', true, 'good', false, true],
    ])
    expect(seen.find(t => t.name === 'v1.0.0')).toMatchObject({
      tagger: 'Ada <ada@example.org>',
      taggedAt: '2026-06-01T12:00:00Z',
    })
  })

  test('are releases by the form of their names', async () => {
    const names = [
      'v1.2.3',
      '1.0',
      'release-2026-06-01',
      'app/v2.0.0-rc.1',
      'pkg@1.2.3',
      'v1.2.3+build.5',
      'v1.0.0-alpha1',
      'go1.22.1',
      'latest',
      'v1',
      'pre-merge',
      '2026',
      'keep/x-9',
      'curl-8_1_0',
      '20260601',
      'backup-20260601',
      '12345678',
      'backup-2026-06-01',
      'pr-12-34',
    ]
    const workspace = memoryWorkspace({ files: {}, history: { commits: [{}], tags: names.map(name => ({ name })) } })
    const answer = await ask(workspace, { kind: 'git.tag' })
    const seen = [...(answer.facts as Iterable<Fact<'git.tag'>>)].map(f => f.data)
    expect(seen.filter(t => !t.isVersion).map(t => t.name)).toEqual([
      'latest',
      'v1',
      'pre-merge',
      '2026',
      'keep/x-9',
      'backup-20260601',
      '12345678',
      'backup-2026-06-01',
      'pr-12-34',
    ])
  })
})

describe('what a signature by the forge counts for', () => {
  const judged = (signature: SignatureSeen, forgeMerges: string) => {
    const bound = check.bind({ forgeMerges })
    if (!bound.ok) throw new Error(bound.expected)
    const fact: Fact<'git.commit'> = {
      kind: 'git.commit',
      id: 'git.commit:1',
      place: { in: 'commit', oid: '1' },
      data: {
        oid: '1',
        author: 'A',
        committer: 'GitHub',
        committedAt: '2026-06-01T00:00:00Z',
        authoredAt: '2026-06-01T00:00:00Z',
        newestInPast: '2026-06-01T00:00:00Z',
        arrival: { by: 'merge', in: '1' },
        namesIssue: false,
        parents: 2,
        subject: 's',
        signature,
        scope: 'in',
      },
    }
    return bound.use.judge(fact, { of: () => [] }, { asOf: '2026-11-24' })
  }
  const forge: SignatureSeen = {
    form: 'openpgp',
    letter: 'G',
    state: 'forge',
    keyId: 'B5690EEEBB952194',
    signer: 'GitHub',
  }

  test('is what the parameter says, once its key is given', () => {
    expect(judged(forge, 'accept')).toEqual({
      verdict: 'conforms',
      observed: 'signed by GitHub itself with key B5690EEEBB952194: proves the button, not the author',
    })
    expect(judged(forge, 'unsure').verdict).toBe('unsure')
  })

  test('is nothing without its key', () => {
    expect(judged({ ...forge, letter: 'E', state: 'forge-unknown' }, 'accept')).toEqual({
      verdict: 'unsure',
      reason: 'signed by GitHub itself with key B5690EEEBB952194, which no keyring that was given holds',
    })
  })
})

test('each of many patterns of issues is looked for', async () => {
  const raw = (n: number) => `tree 0\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\nDo K${n}-1\n`
  const workspace = memoryWorkspace({
    files: {},
    history: { commits: Array.from({ length: 70 }, (_, n) => ({ raw: raw(n) })) },
  })
  const none: TrustFiles = { allowedSigners: [], keyrings: [], revokedKeys: [] }
  const { answers } = await collector({
    workspace,
    isSample: () => false,
    signal: new AbortController().signal,
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24', trust: none },
  }).collect(Array.from({ length: 70 }, (_, n): Question => ({ ...head, issues: `K${n}-` })))
  for (const [n, answer] of answers.entries())
    expect(commits(answer).flatMap(c => (c.namesIssue ? [c.subject] : []))).toEqual([`Do K${n}-1`])
})

test('a subject is quoted without the secret it names', async () => {
  const workspace = memoryWorkspace({
    files: {},
    history: { commits: [{ subject: 'Set the password: letmein, use it now' }, { subject: 'Keep the token short' }] },
  })
  expect(commits(await ask(workspace, head)).map(c => c.subject)).toEqual([
    'Set the password: [password, under 8 characters], use it now',
    'Keep the token short',
  ])
})

test('documents that moved in numbers too large to compare are a gap, equal ones are followed', async () => {
  const names = Array.from({ length: 60 }, (_, n) => n)
  const texts = (name: string, edit: string) =>
    Object.fromEntries(
      names.map(n => [`docs/compliance/${name}${n}.md`, `# Rule ${n} Policy\n\nRule ${n} must be kept.${edit}\n`]),
    )
  const removed = names.map(n => `docs/compliance/old${n}.md`)
  const change = async (edit: string) => {
    const commits = [{ writes: texts('new', edit), removes: removed }, { writes: texts('old', '') }]
    const workspace = memoryWorkspace({ files: texts('new', edit), history: { commits } })
    return ask(workspace, { kind: 'policy.change', paths: ['docs/compliance/**'] })
  }
  expect((await change('')).gaps).toEqual([])
  expect((await change(' Ask first.')).gaps.map(g => g.cause)).toEqual(['too-large'])
})
