import { createHash } from 'node:crypto'
import type { CommitHeader } from './workspace.ts'

/** Git's name for an object with these bytes. */
export const objectName = (type: string, bytes: Uint8Array, digits: number): string =>
  createHash(digits === 64 ? 'sha256' : 'sha1')
    .update(`${type} ${bytes.length}\0`)
    .update(bytes)
    .digest('hex')

/**
 * The header of a raw commit object. Continuation lines start with a blank, so nothing inside a signature is a header.
 * Every text is copied out of the bytes: a slice of a longer text would keep all of it alive, a million times.
 */
export const parseCommit = (
  body: Buffer,
): Pick<CommitHeader, 'parents' | 'author' | 'authoredAt' | 'committer' | 'committedAt' | 'subject'> => {
  const parents: string[] = []
  let author = ''
  let authoredAt = 0
  let committer = ''
  let committedAt = 0
  let line = 0
  while (line < body.length && body[line] !== 10) {
    const found = body.indexOf(10, line)
    const end = found === -1 ? body.length : found
    switch (body[line]) {
      case 0x70: // p
        if (startsWith(body, line, 'parent ')) parents.push(body.toString('latin1', line + 7, Math.min(end, line + 71)))
        break
      case 0x61: // a
        if (author === '' && startsWith(body, line, 'author ')) {
          const person = who(body, line + 7, end)
          author = person.name
          authoredAt = person.at
        }
        break
      case 0x63: // c
        if (committer === '' && startsWith(body, line, 'committer ')) {
          const person = who(body, line + 10, end)
          committer = person.name
          committedAt = person.at
        }
        break
    }
    line = end + 1
  }
  return { parents, author, authoredAt, committer, committedAt, subject: subjectOf(body, line + 1) }
}

const startsWith = (body: Buffer, at: number, word: string): boolean =>
  body.toString('latin1', at, at + word.length) === word

const blank = (byte: number | undefined): boolean => byte === 32 || byte === 10 || byte === 9 || byte === 13

/** First line of the message that says something, at most 120 characters. */
const subjectOf = (body: Buffer, from: number): string => {
  let at = from
  while (at < body.length && blank(body[at])) at++
  const found = body.indexOf(10, at)
  const text = body.toString('utf8', at, Math.min(found === -1 ? body.length : found, at + 400))
  return text.length > 120 ? Buffer.from(text.slice(0, 120)).toString() : text
}

/** `Name <mail> 1780315200 +0200`, within [from, end). */
const who = (body: Buffer, from: number, end: number): { name: string; at: number } => {
  const tail = / (-?\d{1,15}) [+-]\d{4}$/.exec(body.toString('latin1', Math.max(from, end - 40), end))
  const stop = tail ? end - tail[0].length : end
  return { name: body.toString('utf8', from, Math.min(stop, from + 200)), at: tail ? Number(tail[1]) : 0 }
}

/** The tagger of a raw tag object. */
export const parseTag = (body: Buffer): { tagger: string; taggedAt: number } => {
  let line = 0
  while (line < body.length && body[line] !== 10) {
    const found = body.indexOf(10, line)
    const end = found === -1 ? body.length : found
    if (startsWith(body, line, 'tagger ')) {
      const person = who(body, line + 7, end)
      return { tagger: person.name, taggedAt: person.at }
    }
    line = end + 1
  }
  return { tagger: '', taggedAt: 0 }
}
