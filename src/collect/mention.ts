/** What the message of a commit names: the request it came by, an issue, and whether somebody is said to have reviewed it. */
export interface Mentions {
  /** Number of a pull or merge request, or of a change under review; 0 where none is named. */
  readonly request: number
  /** For each pattern of an issue, whether it is found. */
  readonly issue: readonly boolean[]
  readonly reviewed: boolean
}

/** Characters of a message that are looked at. */
const longest = 4000

/** As the forges write subjects of merges, in their default templates. */
const inSubject = [
  // GitHub: merge, and squash; Forgejo and Gitea write the same.
  /^Merge pull request #(\d{1,9})\b/,
  /\(#(\d{1,9})\)$/,
  /^Merge pull request '[^'\n]{0,200}' \(#(\d{1,9})\)/,
  // Bitbucket and Azure DevOps.
  /^Merged in .{1,200} \(pull request #(\d{1,9})\)/,
  /^Merged PR (\d{1,9})\b/,
  // bors, homu and merge queues.
  /^(?:Auto merge of|Rollup merge of|Merge) #(\d{1,9})\b/,
]
const inBody = [
  // GitLab; Gerrit and Gitea.
  /^See merge request \S{0,200}!(\d{1,9})\s*$/m,
  /^Reviewed-on: \S{1,300}\/(?:\+|pulls|pull|c)\/(?:[\w.-]{1,80}\/){0,4}\+?\/?(\d{1,9})\s*$/m,
  /^PR-URL: \S{1,300}\/pull\/(\d{1,9})\s*$/m,
]
const reviewer = /^(?:Reviewed|Approved|Acked)-by: (\S[^\n]{0,200})/gm

/** Somebody other than the author: whoever writes a change cannot review it. The author of a merge may not have written it. */
const isReviewed = (message: string, header: string): boolean => {
  const names = [...message.matchAll(reviewer)].map(([, name = '']) => name.trim().toLowerCase())
  const isMerge = (header.match(/^parent /gm)?.length ?? 0) > 1
  const [, author = '', mail = ''] = /^author (.{0,200}?) ?<([^>\n]{0,200})>/m.exec(header) ?? []
  const own = [author, mail].filter(word => word !== '').map(word => word.toLowerCase())
  return names.some(
    name => isMerge || !own.some(word => name === word || name.startsWith(`${word} <`) || name.includes(`<${word}>`)),
  )
}

/**
 * @param body a raw commit object
 * @param issues what the name of an issue looks like; without flags
 */
export const mentionsIn = (body: Buffer, issues: readonly RegExp[]): Mentions => {
  const start = body.indexOf('\n\n')
  const message = start === -1 ? '' : body.toString('utf8', start + 2, start + 2 + longest).trimStart()
  const end = message.indexOf('\n')
  const subject = (end === -1 ? message : message.slice(0, end)).trimEnd().slice(0, 500)
  const matched =
    inSubject.map(pattern => pattern.exec(subject)).find(m => m) ??
    inBody.map(pattern => pattern.exec(message)).find(m => m)
  return {
    request: Number(matched?.[1] ?? 0),
    issue: issues.map(pattern => pattern.test(message)),
    reviewed: isReviewed(message, body.toString('utf8', 0, Math.min(Math.max(start, 0), longest))),
  }
}
