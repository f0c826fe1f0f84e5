import fc from 'fast-check'
import type { Nodes, Root } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { render } from '../../src/report/markdown.ts'
import { code, external, md, prose, slug, table, words } from '../../src/report/marked.ts'
import type { Report } from '../../src/report/report.ts'
import { visible } from '../../src/report/visible.ts'
import { expectGolden } from './golden.ts'
import { bare, clean, hostile, huge, plain, sample } from './sample.ts'

const parse = (text: string): Root => fromMarkdown(text, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })

function* nodes(node: Nodes): Iterable<Nodes> {
  yield node
  if ('children' in node) for (const child of node.children) yield* nodes(child)
}
const textOf = (node: Nodes): string =>
  node.type === 'text' || node.type === 'inlineCode'
    ? node.value
    : 'children' in node
      ? node.children.map(textOf).join('')
      : ''
const typesOf = (node: Nodes): Set<string> => new Set([...nodes(node)].map(n => n.type))
const documentOf = (report: Report): string => [...render(report, plain)].join('')

/** What GitHub makes links and pictures of in finished text, outside of code: docs.github.com, Autolinked references. */
const linked =
  /(^|[^\w`])@[a-z0-9]|#\d|\bgh-\d|:\/\/|www\.|:[a-z0-9_+-]+:|\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b/i

/** Text a hostile tree would choose, and any other. */
const token = fc.constantFrom(
  ...[
    '|',
    '\\|',
    '`',
    '``',
    '<b>',
    '<!--',
    '-->',
    '](',
    '[a](b)',
    '![a](b)',
    '[^1]',
    '*x*',
    '_x_',
    '__',
    '~~x~~',
    '$x$',
    '&lt;',
    '&#64;',
  ],
  ...[
    'https://evil.example',
    'www.evil.example',
    'a@evil.example',
    '@owner',
    '#1',
    'gh-1',
    'owner/repo#1',
    '4f1c2e9d',
    ':tada:',
    'mailto:a@b.c',
  ],
  ...[
    '-',
    '+',
    '=',
    '---',
    '1.',
    '#',
    '>',
    '    x',
    '\t',
    '\n',
    '\r\n',
    '\\',
    '\u{1b}[2J',
    '\u{202e}',
    '\u{200b}',
    '"',
    "'",
    '(',
    ')',
    '.',
    'é',
    '証明',
    'word',
    ' ',
  ],
)
const anyText = fc.oneof(
  fc.array(token, { minLength: 1, maxLength: 12 }).map(parts => parts.join('')),
  fc.array(token, { minLength: 1, maxLength: 12 }).map(parts => parts.join(' ')),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
)
const squeezed = (text: string): string =>
  visible(text)
    .split(' ')
    .filter(w => w !== '')
    .join(' ')

describe('text in Markdown', () => {
  test('plain words stay plain, the rest is code', () => {
    expect(words('service "grafana" publishes 3000 on every interface').md).toBe(
      'service "grafana" publishes 3000 on every interface',
    )
    expect(words('ask @owner, see https://evil.example.').md).toBe('ask `@owner`, see `https://evil.example`.')
    expect(words('a <b>bold c</b> d').md).toBe('a `<b>bold c</b>` d')
    expect(code('a`b').md).toBe('``a`b``')
    expect(code('`').md).toBe('`` ` ``')
    expect(code('').md).toBe('(empty)')
  })

  test('backticks of a control are code, and stay apart', () => {
    expect(prose('Set `ssl_protocols TLSv1.3;` in http{}.').md).toBe('Set `ssl_protocols TLSv1.3;` in `http{}`.')
    expect(prose('`a``b`').md).not.toContain('``b')
  })

  test('whatever a tree says is text or code in one paragraph, and reads as it was', () => {
    fc.assert(
      fc.property(anyText, text => {
        const root = parse(md`x ${text}`.md)
        for (const type of typesOf(root)) expect(['root', 'paragraph', 'text', 'inlineCode']).toContain(type)
        expect(textOf(root).trimEnd()).toBe(`x ${squeezed(text)}`.trimEnd())
        for (const node of nodes(root)) if (node.type === 'text') expect(node.value).not.toMatch(linked)
      }),
      { numRuns: 1000 },
    )
  })

  test('the same in an item of a list, where a dash or a number would begin another', () => {
    fc.assert(
      fc.property(anyText, text => {
        const root = parse(`- ${md`${text}`.md}\n- second`)
        for (const type of typesOf(root))
          expect(['root', 'list', 'listItem', 'paragraph', 'text', 'inlineCode']).toContain(type)
        expect(root.children).toHaveLength(1)
        expect([...nodes(root)].filter(n => n.type === 'listItem')).toHaveLength(2)
      }),
      { numRuns: 1000 },
    )
  })

  test('a table keeps its rows and cells, whatever is in them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText), { minLength: 1, maxLength: 4 }), rows => {
        const root = parse(
          table(
            ['a', 'b'],
            rows.map(([x, y]) => [md`x ${x}`, code(y)]),
          ).join('\n'),
        )
        expect(root.children).toHaveLength(1)
        const [only] = root.children
        if (only?.type !== 'table') throw new Error(`a ${only?.type}, not a table`)
        expect(only.children.map(r => r.children.length)).toEqual([2, ...rows.map(() => 2)])
        for (const [i, [x, y]] of rows.entries()) {
          const bars = (t: string) => t.replaceAll('\\|', '\\\\u{7c}')
          const cells = only.children[i + 1]?.children.map(textOf) ?? []
          expect(cells[0]?.trimEnd()).toBe(bars(`x ${squeezed(x)}`).trimEnd())
          if (visible(y).trim() !== '') expect(cells[1]).toBe(bars(visible(y)))
        }
        for (const type of typesOf(root))
          expect(['root', 'table', 'tableRow', 'tableCell', 'text', 'inlineCode']).toContain(type)
      }),
      { numRuns: 1000 },
    )
  })

  test('what a control says is text or code as well', () => {
    fc.assert(
      fc.property(anyText, text => {
        const root = parse(`x ${prose(text).md}`)
        for (const type of typesOf(root)) expect(['root', 'paragraph', 'text', 'inlineCode']).toContain(type)
        for (const node of nodes(root)) if (node.type === 'text') expect(node.value).not.toMatch(linked)
      }),
      { numRuns: 1000 },
    )
  })

  test('only a plain https address becomes a link', () => {
    expect(external('NIST', 'https://doi.org/10.6028/NIST.SP.800-52r2').md).toBe(
      '[NIST](https://doi.org/10.6028/NIST.SP.800-52r2)',
    )
    for (const url of [
      'javascript:alert(1)',
      'http://a.example',
      'https://a@b.example',
      'https://a.example/) <b>',
      'https://a.example/`',
    ])
      expect(typesOf(parse(external('x', url).md)).has('link')).toBe(false)
  })
})

describe('the evidence report', () => {
  test('as an auditor reads it', () => {
    expectGolden('sample.md', documentOf(sample))
    expectGolden('clean.md', documentOf(clean))
    expectGolden('bare.md', documentOf(bare))
  })

  /** Blocks and their sizes: the shape of a document without its words. */
  const shapeOf = (node: Nodes): unknown =>
    node.type === 'table'
      ? node.children.map(r => r.children.length)
      : 'children' in node && ['root', 'list', 'listItem', 'blockquote'].includes(node.type)
        ? [node.type, node.children.map(shapeOf)]
        : node.type === 'heading'
          ? `heading ${node.depth}`
          : node.type

  /** Every text that a tree has a say in, with something added. */
  const spoiled = (report: Report, text: string): Report => {
    const tainted = new Set([
      'message',
      'observed',
      'reason',
      'id',
      'subject',
      'uri',
      'place',
      'text',
      'branch',
      'path',
      'question',
      'by',
      'where',
      'glob',
      'key',
      'url',
      'query',
      'title',
      'statement',
      'rationale',
      'object',
      'authority',
      'endpoint',
      'requestedBy',
      'approvedBy',
      'value',
      'because',
      'from',
      'name',
      'networks',
      'shares',
      'address',
      'published',
    ])
    const walk = (value: unknown, key: string): unknown => {
      if (typeof value === 'string') return tainted.has(key) ? `${value}${text}` : value
      if (Array.isArray(value)) return value.map(v => walk(v, key))
      if (value !== null && typeof value === 'object')
        return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v, k)]))
      return value
    }
    // Ids of controls and requirements join one part of the report to another: they are the policy's, and left alone.
    const { controls, frameworks, rules } = report
    const keep = <T extends { readonly id: string }>(now: readonly T[], was: readonly T[]) =>
      now.map((v, i) => ({ ...v, id: was[i]?.id ?? '' }))
    const all = walk(report, '') as Report
    return {
      ...all,
      controls: keep(all.controls, controls),
      rules: keep(all.rules, rules),
      notes: report.notes.map(n => n + text),
      frameworks: all.frameworks.map((f, i) => ({
        ...f,
        id: frameworks[i]?.id ?? '',
        requirements: f.requirements.map((r, j) => ({
          ...r,
          id: frameworks[i]?.requirements[j]?.id ?? '',
          controls: frameworks[i]?.requirements[j]?.controls ?? [],
        })),
      })),
    }
  }

  test('no text of the tree becomes a link, a picture, HTML or another table', () => {
    const shape = JSON.stringify(shapeOf(parse(documentOf(spoiled(sample, ' more')))))
    const own = new Set(sample.controls.flatMap(c => c.references.flatMap(r => r.url ?? [])))
    fc.assert(
      fc.property(anyText, text => {
        const root = parse(documentOf(spoiled(sample, ` ${text} more`)))
        expect(JSON.stringify(shapeOf(root))).toBe(shape)
        for (const node of nodes(root)) {
          // Mermaid reads what stands between its quotes; a name has only letters, digits and numbers of signs there.
          if (node.type === 'code') {
            expect(node.lang).toBe('mermaid')
            for (const [, label = ''] of node.value.matchAll(/"([^"]*)"/g))
              expect(label.replaceAll(/<br\/><small>|<\/small>/g, '')).toMatch(/^[\w ./,:;#-]*$/)
            continue
          }
          expect([
            'html',
            'image',
            'imageReference',
            'linkReference',
            'definition',
            'footnoteReference',
            'footnoteDefinition',
          ]).not.toContain(node.type)
          if (node.type === 'link') expect(node.url.startsWith('#') || own.has(node.url), node.url).toBe(true)
          if (node.type === 'text') expect(node.value.replaceAll(/\b\d{2}:\d{2}\b/g, '')).not.toMatch(linked)
        }
      }),
      { numRuns: 20 },
    )
  }, 120_000)

  test('every link inside leads to a heading', () => {
    for (const report of [sample, clean, bare, spoiled(sample, ` ${hostile}`)]) {
      const root = parse(documentOf(report))
      const anchors = new Set([...nodes(root)].flatMap(n => (n.type === 'heading' ? [slug(textOf(n))] : [])))
      for (const node of nodes(root))
        if (node.type === 'link' && node.url.startsWith('#'))
          expect(anchors).toContain(decodeURIComponent(node.url.slice(1)))
    }
  })

  test('the parts of a control stand in the order an auditor expects', () => {
    const text = documentOf(sample)
    const section = text.slice(text.indexOf('## IIP-CHG-01'), text.indexOf('## IIP-CHG-02'))
    const order = [
      '**Status: FAIL**',
      '| Statement |',
      '### Parameters in force',
      '### Population',
      '### Exceptions',
      'Management’s response',
      '### What could not be seen',
      '### Evidence',
      '**Re-perform:**',
      '**Waivers:**',
      '**Attestations:**',
    ]
    const places = order.map(part => section.indexOf(part))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  test('a large report stays a document: lists are cut and say so', () => {
    const text = documentOf(huge(20_000))
    expect(text.length).toBeLessThan(10_000_000)
    expect(text).toContain('more stand in the JSON report')
  })
})
