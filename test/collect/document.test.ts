import { expect, test } from 'vitest'
import { collector } from '../../src/collect/document.ts'
import { namedIn } from '../../src/collect/policy-people.ts'
import type { Question } from '../../src/model.ts'
import { showPlace } from '../../src/place.ts'
import { type MemoryTree, memoryWorkspace } from '../../src/workspace/memory.ts'

const paths = ['docs/compliance/**']
const questions: readonly Question[] = [
  { kind: 'document.policy', paths },
  { kind: 'document.placeholder', paths },
  { kind: 'document.residue', paths },
]
const collect = (tree: MemoryTree, asked = questions) =>
  collector({
    workspace: memoryWorkspace(tree),
    inputs: { endpoints: [], ca: [], ciLogs: [], reports: [], asOf: '2026-11-24' },
    signal: new AbortController().signal,
    isSample: () => false,
  }).collect(asked)

const policies = async (files: MemoryTree['files']): Promise<string[]> => {
  const { answers } = await collect({ files }, [{ kind: 'document.policy', paths }])
  return answers.flatMap(a => [...a.facts]).map(f => showPlace(f.place).replace(/:\d+:\d+$/, ''))
}

test('every file below the declared folders is a policy, pages about the repository excepted', async () => {
  const page = '# Anything\n'
  const files = {
    'docs/compliance/a.md': page,
    'docs/compliance/deep/b.markdown': page,
    'docs/compliance/c.txt': 'Anything\n',
    'docs/compliance/README.md': page,
    'docs/compliance/CHANGELOG.md': page,
    'docs/compliance/d.png': page,
    'docs/other.md': page,
  }
  expect(await policies(files)).toEqual([
    'docs/compliance/a.md',
    'docs/compliance/c.txt',
    'docs/compliance/deep/b.markdown',
  ])
})

test('elsewhere a policy is known by its title and by what it says, not by either alone', async () => {
  const body = '\n## Purpose\n\nTo be safe.\n\n## Scope\n\nAll of us.\n'
  const files = {
    'a/incident.md': `# Incident Response Plan\n${body}`,
    'b/incident.md': '# Incident Response Plan\n\nCall somebody.\n',
    'c/rules.md': `# House rules\n${body}`,
    'd/guide.md': '# Security & Compliance Guide\n\nFor HIPAA and SOC 2.\n',
    'e/guide.md': '# Security Guide\n\nFor HIPAA and SOC 2.\n',
    'f/SECURITY_POLICY.md': '# Rules\n',
    'node_modules/x/plan.md': `# Incident Response Plan\n${body}`,
    'docs/security.md': `# Security Policy\n${body}`,
    'g/x.md': '---\nowner: Ada\napprovedBy: Grace\neffectiveDate: 2026-01-01\n---\n# House rules\n',
    'h/csp.md': `# Content Security Policy\n${body}`,
  }
  expect(await policies(files)).toEqual(['a/incident.md', 'd/guide.md', 'f/SECURITY_POLICY.md', 'g/x.md'])
})

test('a person is told from a role and a firm', () => {
  const named = (text: string) => {
    const { person, role } = namedIn(text, 'Harrowgate Health')
    return [person, role]
  }
  expect(named('Mina Okafor (Head of Platform)')).toEqual(['Mina Okafor', 'Head of Platform'])
  expect(named('Mina Okafor\nFounder & CEO\nHarrowgate Health Ltd')).toEqual(['Mina Okafor', 'Founder'])
  expect(named('CISO Jonas Weil')).toEqual(['Jonas Weil', 'CISO'])
  expect(named('Dr. J. van den Berg, 2026-03-01')).toEqual(['J. van den Berg', undefined])
  expect(named('jonas.weil@example.org')).toEqual(['jonas.weil@example.org', undefined])
  expect(named('Chief Security Officer – Harrowgate Health Ltd')).toEqual([undefined, 'Chief Security Officer'])
  expect(named('Director of Clinical Quality')).toEqual([undefined, 'Director of Clinical Quality'])
  expect(named('Harrowgate Health')).toEqual([undefined, undefined])
  expect(named('the board of directors')).toEqual([undefined, 'the board of directors'])
})

test('a role is no person wherever the name of the firm stands', () => {
  const firm = 'Harrowgate Health, Inc.'
  const persons = (text: string) => namedIn(text, firm).person
  for (const text of [
    'Managing Director, Harrowgate Health, Inc.',
    'Managing Director – Harrowgate Health, Inc.',
    'Managing Director of Harrowgate Health, Inc.',
    'Managing Director, Harrowgate Health',
    'Managing Director, Harrowgate',
    'Harrowgate Health, Inc. – Managing Director',
    'Harrowgate Health, Inc., Managing Director',
    'Managing Director\nHarrowgate Health, Inc.\nBoston',
    'Managing Director, Other Wick Clinics, LLC',
    'Managing Director, Other Wick Clinics',
    'Chair of the Board, Other Wick, P.C.',
    'Chief Security Officer, CISSP',
    'Geschäftsführung, Wick GmbH',
    'Harrowgate Health, Inc.',
    'Other Wick, Inc.',
    'Approved',
  ])
    expect([text, persons(text)]).toEqual([text, undefined])
  expect(namedIn('Managing Director, Other Wick, Inc.', undefined)).toEqual({
    person: undefined,
    role: 'Managing Director',
  })
})

test('a person keeps the name beside degrees, roles and firms', () => {
  const named = (text: string) => {
    const { person, role } = namedIn(text, 'Harrowgate Health, Inc.')
    return [person, role]
  }
  expect(named('Dr. Ana María López-Reyes, MD')).toEqual(['Ana María López-Reyes', 'MD'])
  expect(named('J. Doe (CISO)')).toEqual(['J. Doe', 'CISO'])
  expect(named('Kim Lee, Chief Security Officer, Harbor Health, Inc.')).toEqual(['Kim Lee', 'Chief Security Officer'])
  expect(named('Chief Security Officer, Kim Lee, Harbor Health, Inc.')).toEqual(['Kim Lee', 'Chief Security Officer'])
  expect(named('Kim Lee of Harrowgate Health, Inc.')).toEqual(['Kim Lee', undefined])
  expect(named('Kim Lee at Harbor Health')).toEqual(['Kim Lee', undefined])
  expect(named('Kim Lee, PhD, CISSP')).toEqual(['Kim Lee', undefined])
  expect(named('CISO\nKim Lee\nHarrowgate Health, Inc.')).toEqual(['Kim Lee', 'CISO'])
  expect(named('Jean-Luc O’Brien Jr., President')).toEqual(['Jean-Luc O’Brien Jr.', 'President'])
  expect(named('Weil (CISO)')).toEqual(['Weil', 'CISO'])
  expect(named('jdoe')).toEqual(['jdoe', undefined])
  expect(named('Harrowgate Health, Inc.\nKim Lee')).toEqual(['Kim Lee', undefined])
})

test('ids are unique, and keep when lines move', async () => {
  const text = '# A Policy\n\n## One\n\nTBD and TBD.\n\n## Two\n\nTBD..\n'
  const ids = async (written: string): Promise<string[]> => {
    const { answers } = await collect({ files: { 'docs/compliance/a.md': written } })
    return answers.flatMap(a => [...a.facts]).map(f => f.id)
  }
  const first = await ids(text)
  expect(new Set(first).size).toBe(first.length)
  expect(await ids(text.replace('## One', 'Some words.\n\nMore words.\n\n## One'))).toEqual(first)
})

test('each question of a kind gets the documents its own globs name', async () => {
  const files = { 'docs/compliance/a.md': '# A\n', 'rules/b.md': '# B\n' }
  const { answers, deposits } = await collect({ files }, [
    { kind: 'document.policy', paths },
    { kind: 'document.policy', paths: ['rules/**'] },
  ])
  expect(answers.map(a => [...a.facts].map(f => f.id))).toEqual([
    ['document.policy:docs/compliance/a.md'],
    ['document.policy:rules/b.md'],
  ])
  expect(deposits?.map(d => d.source.uri)).toEqual(['docs/compliance/a.md', 'rules/b.md'])
})

test('what cannot be read is a gap: bytes, size, permission, form, a link', async () => {
  const { answers } = await collect(
    {
      files: {
        'docs/compliance/a.md': new Uint8Array([0x23, 0x20, 0xff, 0xfe]),
        'docs/compliance/b.md': `# B\n${'x'.repeat(2 * 1024 * 1024)}`,
        'docs/compliance/c.md': '# C\n',
        'docs/compliance/d.pdf': '%PDF',
        'docs/compliance/f.md': '# \0F\n',
        'docs/compliance/g.md': '+++\ntitle = "G"\n+++\n',
      },
      unreadable: ['docs/compliance/c.md'],
      links: { 'docs/compliance/e.md': '/etc/passwd' },
    },
    [{ kind: 'document.policy', paths }],
  )
  expect(answers[0]?.gaps.map(g => `${showPlace(g.place)} ${g.cause}`).sort()).toEqual([
    'docs/compliance/a.md unparsed',
    'docs/compliance/b.md too-large',
    'docs/compliance/c.md unreadable',
    'docs/compliance/d.pdf unparsed',
    'docs/compliance/e.md denied',
    'docs/compliance/f.md unparsed',
    'docs/compliance/g.md:1:1 unparsed',
  ])
})

test('a document that cannot be read is one gap, for all that it may hide', async () => {
  const { answers } = await collect({
    files: { 'docs/compliance/a.md': '# A\n' },
    unreadable: ['docs/compliance/a.md'],
  })
  const kinds = ['document.policy', 'document.placeholder', 'document.residue']
  expect(new Set(answers.flatMap(a => a.gaps.map(g => `${showPlace(g.place)} ${g.kinds.join()}`)))).toEqual(
    new Set([`docs/compliance/a.md ${kinds.join()}`]),
  )
  expect(answers.map(a => a.gaps.length)).toEqual([1, 1, 1])
})

test('more placeholders than are listed is a gap, not silence', async () => {
  const { answers } = await collect({ files: { 'docs/compliance/a.md': `# A Policy\n\n${'TBD\n\n'.repeat(201)}` } }, [
    { kind: 'document.placeholder', paths },
  ])
  expect([...(answers[0]?.facts ?? [])].length).toBe(200)
  expect(answers[0]?.gaps.map(g => g.cause)).toEqual(['too-large'])
})

test('the value a variable falls back to is not shown', async () => {
  const { answers } = await collect(
    {
      files: {
        'docs/compliance/a.md':
          '# A Policy\n\nUse $' + '{SMTP_PASSWORD:-hunter2}.\n\n**Owner:** $' + '{OWNER:-hunter2}\n',
      },
    },
    questions,
  )
  const facts = answers.flatMap(a => [...a.facts])
  expect(facts.length).toBeGreaterThan(2)
  expect(JSON.stringify(facts)).not.toContain('hunter2')
})
