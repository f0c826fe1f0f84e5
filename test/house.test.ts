import { readdir, readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { loadShipped } from '../.build/shipped.ts'
import { checks } from '../src/checks/index.ts'
import { kinds } from '../src/facts/index.ts'

/** The rules of the house: who may know whom. A file that breaks one is named with the import that does. */

const walk = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true, recursive: true }))
    .filter(e => e.isFile() && e.name.endsWith('.ts'))
    .map(e => `${e.parentPath}/${e.name}`)

const files = await Promise.all(
  (await walk('src')).map(async path => {
    const text = await readFile(path, 'utf8')
    const imports = [
      ...text.matchAll(
        /^(?:import|export)\b[^'`\n=]* from '([^']+)'|^import '([^']+)'|^\} from '([^']+)'|\bimport\('([^']+)'\)/gm,
      ),
    ].map(m => m[1] ?? m[2] ?? m[3] ?? m[4] ?? '')
    return {
      path,
      text,
      imports: imports.map(i => (i.startsWith('.') ? new URL(i, `file:///${path}`).pathname.slice(1) : i)),
    }
  }),
)
const below = (folder: string) => files.filter(f => f.path.startsWith(folder))
const breaking = (some: readonly (typeof files)[number][], bad: (imported: string) => boolean) =>
  some.flatMap(f => f.imports.filter(bad).map(i => `${f.path} imports ${i}`))

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

describe('the house', () => {
  test('a check imports check, model, place and facts, and nothing else', () => {
    const allowed = (i: string) =>
      ['src/check.ts', 'src/model.ts', 'src/place.ts'].includes(i) || i.startsWith('src/facts/')
    expect(
      breaking(
        below('src/checks/').filter(f => f.path !== 'src/checks/index.ts'),
        i => !allowed(i),
      ),
    ).toEqual([])
  })

  test('parse knows no fact, collect knows no check and no control', () => {
    // Positions are places' own, and no fact.
    expect(
      breaking(below('src/parse/'), i => i.startsWith('src/') && !i.startsWith('src/parse/') && i !== 'src/place.ts'),
    ).toEqual([])
    expect(breaking(below('src/collect/'), i => /^src\/(checks|policy|report|cli)\//.test(i))).toEqual([])
  })

  test('only collect, policy, the audit and the command line know the workspace', () => {
    const others = files.filter(
      f => !/^src\/(collect|policy|workspace|cli|bundle)\/|^src\/(audit|cli)\.ts$|^src\/closing\/run\.ts$/.test(f.path),
    )
    expect(breaking(others, i => i.startsWith('src/workspace/'))).toEqual([])
  })

  test('a report is rendered from the report alone', () => {
    expect(
      breaking(
        below('src/report/'),
        i => i.startsWith('node:') || /^src\/(workspace|collect|parse|policy|cli|checks)\//.test(i),
      ),
    ).toEqual([])
    expect(
      below('src/report/')
        .filter(f => /\bprocess\.|Date\.now|new Date\(\)/.test(f.text))
        .map(f => f.path),
    ).toEqual([])
  })

  test('files, processes and sockets stay in the workspace, the bundle and the command line', () => {
    const elsewhere = files.filter(f => !/^src\/(workspace|bundle|cli)\/|^src\/cli\.ts$/.test(f.path))
    const reaching =
      /^(node:)?(fs|fs\/promises|child_process|net|tls|http|https|dns|dgram|worker_threads)$|^execa$|^simple-git$/
    expect(breaking(elsewhere, i => reaching.test(i))).toEqual([])
  })

  test('the clock and the environment are known to the command line alone', () => {
    const elsewhere = files.filter(f => !/^src\/cli(\/|\.ts$)/.test(f.path))
    expect(
      elsewhere
        .filter(f => /\bprocess\.(env|argv|stdout|exit|cwd)|Date\.now\(|new Date\(\)/.test(f.text))
        .map(f => f.path),
    ).toEqual([])
  })

  test('place imports nothing, and the model only the facts and places', () => {
    expect(files.find(f => f.path === 'src/place.ts')?.imports).toEqual([])
    expect(
      breaking(
        files.filter(f => f.path === 'src/model.ts'),
        i => !/^src\/(facts\/|place)/.test(i),
      ),
    ).toEqual([])
  })

  test('nothing is called utils, helpers or common', () => {
    expect(files.map(f => f.path).filter(p => /(^|\/)(utils?|helpers?|common|misc|shared)(\/|\.ts$)/i.test(p))).toEqual(
      [],
    )
  })

  test('no type escapes: no any, no suppression', () => {
    expect(
      files
        .filter(
          f =>
            /@ts-(ignore|expect-error|nocheck)|biome-ignore/.test(f.text) ||
            /:\s*any\b|\bas any\b|<any>/.test(withoutComments(f.text)),
        )
        .map(f => f.path),
    ).toEqual([])
  })
})

describe('checks and controls', async () => {
  const { controls, catalogs } = await loadShipped()

  test('every check is used by a control', () => {
    const used = new Set(controls.flatMap(c => c.uses.map(u => u.check.id)))
    expect([...checks.keys()].filter(id => !used.has(id))).toEqual([])
  })

  test('the name of a check is the name of its file', async () => {
    const names = (await walk('src/checks'))
      .filter(p => p !== 'src/checks/index.ts')
      .map(p => p.replace(/^.*\//, '').replace('.ts', ''))
    expect([...checks.keys()].sort()).toEqual(names.sort())
  })

  test('every kind a check is about is in the vocabulary, and every kind is read by a check', () => {
    const read = new Set([...checks.values()].flatMap(c => c.kinds))
    expect([...read].filter(k => !(k in kinds))).toEqual([])
    const conditions = JSON.stringify(controls.map(c => c.appliesWhen))
    expect(Object.keys(kinds).filter(k => !read.has(k as never) && !conditions.includes(`"${k}"`))).toEqual([])
  })

  test('every criterion a control supports is in its catalog', () => {
    const known = new Map(catalogs.map(c => [c.id, new Set(c.requirements.map(r => r.id))]))
    const stray = controls.flatMap(c =>
      Object.entries(c.supports).flatMap(([id, ids]) =>
        ids.filter(r => !known.get(id)?.has(r)).map(r => `${c.id}: ${id} ${r}`),
      ),
    )
    expect(stray).toEqual([])
  })
})
