import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readSignedCommit } from '../../src/signature/signed-object.ts'
import { parseCommit } from '../../src/workspace/commit-object.ts'
import { diskWorkspace } from '../../src/workspace/disk.ts'
import type { Workspace } from '../../src/workspace/workspace.ts'
import { git, put, repository, scratch } from '../scratch.ts'

const open = (folder: string): Workspace => {
  const opened = diskWorkspace(folder, { path: process.env['PATH'], signal: new AbortController().signal })
  if (!opened.ok) throw new Error(opened.refusal.reason)
  return opened.value
}
const value = <T>(read: { ok: true; value: T } | { ok: false; refusal: { reason: string } }): T => {
  if (!read.ok) throw new Error(read.refusal.reason)
  return read.value
}
const oidsOf = async (w: Workspace, rev: string): Promise<string[]> => {
  const walk = value(await w.history.commits(value(await w.history.resolve(rev))))
  return Array.from({ length: walk.count }, (_, i) => walk.at(i).oid)
}

describe('the walk over history', () => {
  test('sees the commits that git rev-list sees, merges included', async () => {
    const folder = repository({ 'a.txt': '1' })
    for (let i = 0; i < 6; i++) {
      git(folder, 'checkout', '-q', '-b', `topic${i}`)
      put(folder, { [`t${i}.txt`]: String(i) })
      git(folder, 'add', '-A')
      git(folder, 'commit', '-q', '-m', `topic ${i}`)
      git(folder, 'checkout', '-q', 'main')
      git(folder, 'merge', '-q', '--no-ff', '-m', `merge ${i}`, `topic${i}`)
    }
    const seen = await oidsOf(open(folder), 'HEAD')
    expect(seen.toSorted()).toEqual(git(folder, 'rev-list', 'HEAD').trim().split('\n').toSorted())
    expect(await oidsOf(open(folder), 'topic2')).toHaveLength(
      git(folder, 'rev-list', 'topic2').trim().split('\n').length,
    )
  })

  test('reads the form of a signature from the header, not from what a message quotes', () => {
    const commit = (header: string, message = 'subject\n') =>
      Buffer.from(
        `tree ${'0'.repeat(40)}\nauthor A <a@b> 1780315200 +0000\ncommitter C <c@d> 1780315201 +0200\n${header}\n${message}`,
      )
    const form = (header: string, message?: string) => readSignedCommit(commit(header, message), 'sha1').form
    expect(form('gpgsig -----BEGIN SSH SIGNATURE-----\n x\n -----END SSH SIGNATURE-----\n')).toBe('ssh')
    expect(form('gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n')).toBe('openpgp')
    expect(form('gpgsig-sha256 -----BEGIN SIGNED MESSAGE-----\n')).toBe('x509')
    expect(form('gpgsig something\n')).toBe('unknown')
    expect(form('mergetag object 1\n gpgsig -----BEGIN PGP SIGNATURE-----\n')).toBe('none')
    expect(form('', 'quote\n\ngpgsig -----BEGIN SSH SIGNATURE-----\n')).toBe('none')
    expect(parseCommit(commit(''))).toEqual({
      parents: [],
      author: 'A <a@b>',
      committer: 'C <c@d>',
      authoredAt: 1780315200,
      committedAt: 1780315201,
      subject: 'subject',
    })
  })

  test('of a shallow clone ends where the clone ends and says so', async () => {
    const origin = repository({ 'a.txt': '1' })
    for (let i = 0; i < 3; i++) git(origin, 'commit', '-q', '--allow-empty', '-m', `c${i}`)
    const clone = scratch()
    git(clone, 'clone', '-q', '--depth', '2', `file://${origin}`, 'here')
    const w = open(join(clone, 'here'))
    expect(await oidsOf(w, 'HEAD')).toHaveLength(2)
    expect(value(await w.history.head()).cut).toEqual(['shallow'])
  })

  test('names a missing object and goes on with the rest', async () => {
    const folder = repository({ 'a.txt': '1' })
    for (let i = 0; i < 3; i++) git(folder, 'commit', '-q', '--allow-empty', '-m', `c${i}`)
    const lost = git(folder, 'rev-parse', 'HEAD~2').trim()
    rmSync(join(folder, '.git', 'objects', lost.slice(0, 2), lost.slice(2)))
    const w = open(folder)
    const walk = value(await w.history.commits(value(await w.history.resolve('HEAD'))))
    expect([walk.count, walk.missing]).toEqual([2, [lost]])
  })

  test('judges the commits themselves, not what replace refs or grafts show instead', async () => {
    const folder = repository({ 'a.txt': '1' })
    git(folder, 'commit', '-q', '--allow-empty', '-m', 'second')
    const [head, first] = [git(folder, 'rev-parse', 'HEAD').trim(), git(folder, 'rev-parse', 'HEAD~1').trim()]
    git(folder, 'replace', head, first)
    put(folder, { '.git/info/grafts': `${head}\n` })
    const w = open(folder)
    expect(await oidsOf(w, 'HEAD')).toEqual([head, first])
    expect(value(await w.history.head()).cut).toEqual(['grafted', 'replaced'])
  })
})

describe('what HEAD names', () => {
  test('is no commit yet in a new repository, and a broken store where its object is missing', async () => {
    const empty = scratch()
    git(empty, 'init', '-q')
    expect(await open(empty).history.head()).toMatchObject({
      ok: false,
      refusal: { reason: 'the repository has no commit yet' },
    })
    const broken = repository({ 'a.txt': '1' })
    const lost = git(broken, 'rev-parse', 'HEAD').trim()
    rmSync(join(broken, '.git', 'objects', lost.slice(0, 2), lost.slice(2)))
    expect(await open(broken).history.head()).toMatchObject({ ok: false, refusal: { cause: 'unreadable' } })
  })
})

describe('the list of files', () => {
  test('holds tracked files and untracked ones that are not ignored; a target inside a repository keeps root URIs', async () => {
    const folder = repository({ '.gitignore': '*.log\n', 'app/a.ts': '1', 'other/b.ts': '2' })
    put(folder, { 'app/new.ts': '3', 'app/x.log': '4' })
    const uris = async (at: string) => (await open(at).tree.list()).entries.map(e => [e.uri, e.tracked])
    expect(await uris(folder)).toEqual([
      ['.gitignore', true],
      ['app/a.ts', true],
      ['app/new.ts', false],
      ['other/b.ts', true],
    ])
    expect(await uris(join(folder, 'app'))).toEqual([
      ['app/a.ts', true],
      ['app/new.ts', false],
    ])
    const read = await open(join(folder, 'app')).tree.text('other/b.ts')
    expect(read).toMatchObject({ ok: false, refusal: { cause: 'denied' } })
  })

  test('names modified files by their bytes; turned line ends are no modification', async () => {
    const folder = repository({ 'same.txt': '1\n2\n', 'changed.txt': '1\n', 'crlf.txt': '1\n2\n', 'gone.txt': '1' })
    put(folder, { 'changed.txt': '2\n', 'crlf.txt': '1\r\n2\r\n' })
    rmSync(join(folder, 'gone.txt'))
    expect((await open(folder).tree.list()).dirty).toEqual(['changed.txt', 'gone.txt'])
  })

  test('names a file that is tracked although a rule ignores it', async () => {
    const folder = repository({ 'build/out.csv': '1', '.gitignore': '' })
    put(folder, { '.gitignore': 'build/\n' })
    expect(value(await open(folder).history.ignoredYetTracked())).toEqual(['build/out.csv'])
  })
})

describe('a hostile tree', () => {
  test('reads nothing through links, FIFOs or paths that leave it', async () => {
    const outside = scratch()
    put(outside, { 'secret.txt': 'outside' })
    const folder = repository({ 'a.txt': 'inside' })
    symlinkSync(join(outside, 'secret.txt'), join(folder, 'link.txt'))
    symlinkSync(outside, join(folder, 'dir'))
    execFileSync('mkfifo', [join(folder, 'pipe.yaml')])
    const { tree } = open(folder)
    for (const uri of [
      'link.txt',
      'dir/secret.txt',
      'pipe.yaml',
      '../x',
      '/etc/hostname',
      `..${outside}/secret.txt`,
      'a.txt/../../x',
    ])
      expect((await tree.text(uri)).ok, uri).toBe(false)
    expect(await tree.text('a.txt')).toMatchObject({ ok: true, value: { text: 'inside' } })
  })

  test('a .git file is followed only where the place it names points back', async () => {
    const real = repository({ 'a.txt': '1' })
    git(real, 'worktree', 'add', '-q', join(real, 'wt'), '-b', 'side')
    expect(value(await open(join(real, 'wt')).history.head()).ref).toBe('refs/heads/side')
    const thief = scratch()
    put(thief, { '.git': `gitdir: ${join(real, '.git')}\n` })
    expect(await open(thief).history.head()).toMatchObject({ ok: false, refusal: { cause: 'denied' } })
  })

  test('a pipe where git expects a file costs a gap at once, and no wait', async () => {
    for (const name of ['config', 'packed-refs', 'index', 'info/exclude']) {
      const folder = repository({ 'a.txt': '1' })
      rmSync(join(folder, '.git', name), { force: true })
      mkdirSync(join(folder, '.git', 'info'), { recursive: true })
      execFileSync('mkfifo', [join(folder, '.git', name)])
      const began = Date.now()
      expect(await open(folder).history.head()).toMatchObject({ ok: false, refusal: { cause: 'denied' } })
      expect((await open(folder).tree.list()).entries.map(e => e.uri)).toEqual(['a.txt'])
      expect(Date.now() - began).toBeLessThan(5000)
    }
  })

  test('objects borrowed from outside are not read', async () => {
    const other = repository({ 'a.txt': '1' })
    const folder = repository({ 'b.txt': '1' })
    put(folder, { '.git/objects/info/alternates': `${join(other, '.git', 'objects')}\n` })
    expect(await open(folder).history.head()).toMatchObject({ ok: false, refusal: { cause: 'denied' } })
  })

  test('a .gitignore that takes git exponential time costs a gap, not the run', async () => {
    const name = `${'a'.repeat(200)}.yaml`
    const folder = repository({ '.gitignore': `${'*a'.repeat(40)}b\n` })
    put(folder, { [name]: 'x', 'compose.yaml': 'services: {}\n' })
    const began = Date.now()
    const listing = await open(folder).tree.list()
    expect(listing.unseen.map(u => u.refusal.cause)).toEqual(['unreadable'])
    expect(listing.entries.map(e => e.uri)).toContain('.gitignore')
    expect(Date.now() - began).toBeLessThan(60_000)
  }, 90_000)

  test('no program that the repository configures ever runs', async () => {
    const folder = repository({ '.gitattributes': '* filter=evil diff=evil merge=evil\n', 'a.txt': '1', 'b.txt': '2' })
    const ran = join(folder, '..', `ran-${process.pid}-${folder.length}`)
    const program = join(folder, 'evil.sh')
    writeFileSync(program, `#!/bin/sh\necho "$0 $@" >> ${ran}\ncat\n`)
    chmodSync(program, 0o755)
    for (const key of [
      'core.fsmonitor',
      'core.pager',
      'core.editor',
      'core.sshCommand',
      'core.gitProxy',
      'core.askPass',
      'core.alternateRefsCommand',
      'gpg.program',
      'gpg.ssh.program',
      'gpg.x509.program',
      'gpg.openpgp.program',
      'gpg.ssh.defaultKeyCommand',
      'diff.external',
      'diff.evil.command',
      'diff.evil.textconv',
      'filter.evil.clean',
      'filter.evil.smudge',
      'filter.evil.process',
      'merge.evil.driver',
      'credential.helper',
      'uploadpack.packObjectsHook',
      'pager.log',
      'pager.cat-file',
      'alias.ls-files',
      'alias.cat-file',
      'remote.origin.uploadpack',
      'remote.origin.vcs',
      'sequence.editor',
      'interactive.diffFilter',
      'trailer.evil.command',
      'browser.evil.cmd',
      'man.evil.cmd',
    ])
      git(folder, 'config', key, program)
    for (const [key, v] of [
      ['core.hooksPath', folder],
      ['extensions.partialClone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', `file://${folder}`],
      ['protocol.file.allow', 'always'],
      ['protocol.ext.allow', 'always'],
      ['core.worktree', '/'],
      ['log.showSignature', 'true'],
      ['core.untrackedCache', 'true'],
      ['submodule.recurse', 'true'],
    ])
      git(folder, 'config', '--file', join(folder, '.git', 'config'), key ?? '', v ?? '')
    git(folder, 'config', '--file', join(folder, '.git', 'config'), 'core.repositoryFormatVersion', '1')
    mkdirSync(join(folder, '.git', 'hooks'), { recursive: true })
    for (const hook of [
      'post-index-change',
      'reference-transaction',
      'fsmonitor-watchman',
      'pre-auto-gc',
      'post-checkout',
      'query-watchman',
    ]) {
      writeFileSync(join(folder, '.git', 'hooks', hook), `#!/bin/sh\necho hook >> ${ran}\n`)
      chmodSync(join(folder, '.git', 'hooks', hook), 0o755)
      writeFileSync(join(folder, hook), `#!/bin/sh\necho hook >> ${ran}\n`)
      chmodSync(join(folder, hook), 0o755)
    }
    // A missing blob and commit would be fetched from the promisor, by the program it names.
    const first = readdirSync(join(folder, '.git', 'objects')).filter(n => n.length === 2)
    const w = open(folder)
    await w.tree.list()
    await w.history.head()
    await w.history.ignoredYetTracked()
    await w.history.commits('feedc0ffee00000000000000000000000000feed')
    for (const name of first.slice(0, 1)) rmSync(join(folder, '.git', 'objects', name), { recursive: true })
    const again = open(folder)
    await again.tree.list()
    const tip = await again.history.resolve('HEAD')
    if (tip.ok) {
      await again.history.commits(tip.value)
      await again.history.tags()
      await again.history.file(tip.value, 'a.txt')
      await again.history.pastBlobs(tip.value, { most: 1e6, largest: 1e6, wants: () => true }, () => undefined)
      await again.history.holders(tip.value, [{ uri: 'a.txt', blobs: new Set(['0']) }])
    }
    const planted = existsSync(ran)
    rmSync(ran, { force: true })
    expect(planted).toBe(false)
  })
})

/** Programs named git that this process started and that still run. */
const gitChildren = (): string[] => {
  const listed = spawnSync('ps', ['--ppid', String(process.pid), '-o', 'stat=,comm='], { encoding: 'utf8' })
  return listed.stdout.split('\n').filter(line => /\bgit$/.test(line) && !line.startsWith('Z'))
}

describe('a run that is interrupted', () => {
  test('leaves no git behind, and its answer is no answer', async () => {
    const folder = repository({ '.gitignore': `${'*a'.repeat(40)}b\n` })
    put(folder, { [`${'a'.repeat(200)}.yaml`]: 'x' })
    const abort = new AbortController()
    const opened = diskWorkspace(folder, { path: process.env['PATH'], signal: abort.signal })
    if (!opened.ok) throw new Error(opened.refusal.reason)
    const { tree, history } = opened.value
    const listing = tree.list().then(
      () => 'a list',
      error => error,
    )
    const walking = history.commits(git(folder, 'rev-parse', 'HEAD').trim(), () => {
      abort.abort(new Error('interrupted'))
      return 0
    })
    await expect(walking).rejects.toThrow('interrupted')
    expect(await listing).toMatchObject({ message: 'interrupted' })
    await expect.poll(gitChildren).toEqual([])
  }, 20_000)
})
