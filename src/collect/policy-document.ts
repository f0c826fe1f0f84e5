import picomatch from 'picomatch'
import { parseMarkdown } from '../parse/markdown.ts'
import type { Entry, Tree } from '../workspace/workspace.ts'

/** What a path alone says: read it, look into it first, or report that this form of document is not read. */
export type ByPath = 'document' | 'candidate' | 'not read' | undefined

const readable = /\.(?:md|markdown|mdown|txt|text)$/i
/** Forms in which people write policies and that are not text. */
const unread = /\.(?:mdx|docx?|odt|rtf|pdf|pages|rst|adoc|asciidoc|org|html?|tex)$/i

/** Pages about the repository, not about the organisation. */
const aboutRepository =
  /^(?:readme|changelog|changes|history|contributing|code[-_]of[-_]conduct|licen[cs]e|copying|notice|support|governance|maintainers|authors|codeowners|agents|claude|index|_index|_sidebar|summary|toc|roadmap|todo|install|upgrading|migration|pull_request_template|issue_template)(?:[._-][\w-]+)?\.\w+$/i
/** Where GitHub looks for the rules on reporting a vulnerability. */
const disclosure = /^(?:(?:\.github|docs?)\/)?security\.(?:md|markdown|txt)$/i
const dependencies = /(?:^|\/)(?:node_modules|vendor|third[-_]party|bower_components|site-packages|\.venv|venv)\//i
const policyFolder = /(?:^|\/)(?:compliance|policies|policy|procedures|isms)\//i
const policyName = /(?:^|\/)SECURITY[-_]POLICY[^/]*$/i

const subject =
  /\b(?:security|privacy|incident|breach|access|compliance|hipaa|soc ?2|iso ?27001|gdpr|ccpa|phi|data (?:protection|retention|classification|handling|management|disposal)|risk|vendor|third[- ]party|supplier|acceptable use|password|authentication|encryption|cryptograph\w*|key management|change (?:management|control)|configuration management|backup|business continuity|disaster recovery|contingency|asset|logging|audit|monitoring|vulnerabilit\w+|patch|retention|disposal|training|awareness|workstation|remote (?:work|access)|mobile device|sanctions?|physical|network|readiness|secure development|software development|human resources?|onboarding|offboarding)\b/i
/** Subjects that name an organisation's own rules wherever the file stands. */
const ownSubject =
  /\b(?:security|privacy|incident response|breach|access control|compliance|hipaa|soc ?2|iso ?27001|data (?:protection|retention|classification)|risk (?:management|assessment)|vendor management|acceptable use|business continuity|disaster recovery)\b/gi
const form = /\b(?:polic(?:y|ies)|procedures?|plan|standards?|briefs?|guide(?:lines?)?|playbook)\b/i
const strongForm = /\b(?:policy|procedures?|plan)(?:\s*(?:template|v?[\d.]+|\([^)]*\)))?$/i
const regime = /\b(?:HIPAA|SOC ?2|ISO(?:\/IEC)? ?27001|GDPR|CCPA|PCI[- ]DSS|HITRUST|164\.3\d\d)\b/gi
/** Pages for the public, or for users of a product, that only sound like policies. */
const otherKind =
  /^(?:adr|rfc)\b|\b(?:minutes|dashboard|register|checklist|matrix|inventory|report|tracker|roadmap)\b|^(?:cookie|privacy) (?:policy|notice|statement)$|\b(?:content|pod|network|row[- ]level|referrer|permissions?)[- ]security[- ]polic|terms of (?:use|service)/i
const aboutItself = /^(?:owner|approved ?by|approver|effective ?date|reviews|next ?review|version|policy ?owner)$/i
const statement =
  /^[\s>*_#|-]{0,12}(?:(?:policy |document )?owner|approved by|approver|effective date|version|prepared by|last reviewed|next review|document status)\b[\s*_]{0,6}[:|]/gim
const anatomy =
  /^#{1,4}[\s\d.*]{0,8}(?:purpose|scope|applicability|roles and responsibilities|responsibilities|enforcement|exceptions|policy statement|compliance)\b/gim
const reporting =
  /^#{1,4}\s[^\n]{0,40}(?:report\w*[^\n]{0,30}vulnerabilit|supported versions|vulnerability disclosure)/im

const nameOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1)

/** Decides by path what to do with a file; `isDeclared` is whether `policy.paths` covers it. */
export const byPath = (entry: Entry, isDeclared: (uri: string) => boolean): ByPath => {
  const { uri } = entry
  const name = nameOf(uri)
  const declared = isDeclared(uri)
  if (unread.test(uri)) {
    if (declared) return 'not read'
    const words = name.replace(/[-_.]+/g, ' ')
    const named = policyName.test(uri) || (policyFolder.test(uri) && subject.test(words) && form.test(words))
    return named && !dependencies.test(uri) ? 'not read' : undefined
  }
  if (!readable.test(uri)) return undefined
  if (disclosure.test(uri)) return undefined
  if (aboutRepository.test(name)) return declared || policyFolder.test(uri) ? 'candidate' : undefined
  if (declared) return 'document'
  if (dependencies.test(uri) || /(?:^|\/)\.github\//.test(uri)) return undefined
  if (/\.te?xt$/i.test(uri) && !policyFolder.test(uri) && !policyName.test(uri)) return undefined
  return 'candidate'
}

/** Whether a folder of this name, behind a link that leaves the tree, would be searched for policies. */
export const holdsPolicies = (uri: string): boolean => policyFolder.test(`${uri}/`)

/** How much of a file is looked at for its title and front matter, in bytes. */
export const lookAt = 8 * 1024

/**
 * Whether the beginning of a file makes it worth reading whole: its title or front matter speaks of a policy. A page of
 * the repository (README, index) must say so in its front matter.
 */
export const looksLikePolicy = (uri: string, beginning: string): boolean => {
  const doc = parseMarkdown(beginning)
  const front = doc.frontMatter ? beginning.slice(doc.frontMatter.range.start, doc.frontMatter.range.end) : ''
  if (keysAboutItself(front) >= 3) return true
  if (aboutRepository.test(nameOf(uri))) return false
  const title = titleIn(doc, front)
  if (otherKind.test(title)) return false
  const typed = /^type:\s*["']?(?:policy|procedure|plan|standard|brief|template)\b/im.test(front)
  return (subject.test(title) && (typed || form.test(title) || policyName.test(uri))) || policyName.test(uri)
}

/**
 * Whether a whole text is a policy. In a folder for policies the title is enough; elsewhere the document must also
 * state something about itself, be built like a policy, or name the regimes it serves: a product's "Security guide"
 * does none of that.
 */
export const isPolicy = (uri: string, text: string): boolean => {
  const doc = parseMarkdown(text.slice(0, 256 * 1024))
  const front = doc.frontMatter ? text.slice(doc.frontMatter.range.start, doc.frontMatter.range.end) : ''
  const title = titleIn(doc, front)
  const body = doc.withoutCode
  const keys = keysAboutItself(front)
  const stated = keys + count(body.slice(doc.frontMatter?.range.end ?? 0), statement)
  if (keys >= 3) return true
  const subjects = count(title, ownSubject)
  if (stated >= 3 && subject.test(title)) return true
  if (reporting.test(body) && stated < 2) return false
  if (policyFolder.test(uri) || policyName.test(uri)) return true
  if (subjects === 0) return false
  const regimes = new Set([...body.matchAll(regime)].map(([word]) => word.toUpperCase().replace(/\s/g, '')))
  if (strongForm.test(title)) return stated >= 2 || distinct(body, anatomy) >= 2 || regimes.size >= 2
  return stated >= 2 || (subjects >= 2 && regimes.size >= 2)
}

/** How many keys of the front matter are those of a policy. */
const keysAboutItself = (front: string): number =>
  [...front.matchAll(/^([A-Za-z][\w-]{0,40}):/gm)].filter(([, key]) =>
    aboutItself.test((key ?? '').replace(/([a-z])([A-Z])/g, '$1 $2').replace(/[-_]/g, ' ')),
  ).length

const count = (text: string, pattern: RegExp): number => {
  let n = 0
  for (const _ of text.matchAll(pattern)) n++
  return n
}

const distinct = (text: string, pattern: RegExp): number =>
  new Set(
    [...text.matchAll(pattern)].map(([heading]) =>
      heading
        .toLowerCase()
        .replace(/[^a-z ]/g, '')
        .trim(),
    ),
  ).size

const titleIn = (doc: ReturnType<typeof parseMarkdown>, front: string): string =>
  /^(?:title|name):[ \t]*["']?([^\n"']{1,200})/m.exec(front)?.[1]?.trim() ??
  doc.headings.find(h => h.level === 1)?.text ??
  doc.headings[0]?.text ??
  ''

/** A glob over uris, as the profile writes them: `docs/compliance/**`. */
export const covers = (globs: readonly string[]): ((uri: string) => boolean) => {
  const match = picomatch([...globs], { dot: true })
  return uri => match(uri)
}

const beginning = new TextDecoder('utf-8')

/** The files of a tree that are read as policies: those below the declared folders, and those that look like it. */
export const policyFiles = async (
  paths: readonly string[],
  tree: Tree,
  signal: AbortSignal,
): Promise<readonly string[]> => {
  const isDeclared = covers(paths)
  const found: string[] = []
  for (const entry of (await tree.list()).entries) {
    signal.throwIfAborted()
    const kind = byPath(entry, isDeclared)
    if (kind === 'document') found.push(entry.uri)
    if (kind !== 'candidate' || entry.type !== 'file') continue
    const head = await tree.head(entry.uri, lookAt)
    if (!head.ok || !looksLikePolicy(entry.uri, beginning.decode(head.value))) continue
    const text = await tree.text(entry.uri)
    if (text.ok && isPolicy(entry.uri, text.value.text)) found.push(entry.uri)
  }
  return found
}
