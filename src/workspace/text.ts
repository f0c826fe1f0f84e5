import { sha256 } from '../digest.ts'
import { got, type Read, refused, type TextFile } from './workspace.ts'

/** Largest file read as text unless the collector says otherwise: 2 MiB. */
export const textLimit = 2 * 1024 * 1024

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })

/**
 * The text of a file as everything else counts in it. Not UTF-8, or with a NUL byte: refused, since a guess at the
 * encoding would move every position and could hide a directive.
 */
export const decode = (uri: string, bytes: Uint8Array): Read<TextFile> => {
  if (bytes.includes(0)) return refused('unparsed', 'holds NUL bytes: not a text file')
  try {
    return got({ source: { uri, sha256: sha256(bytes), bytes: bytes.length }, text: strict.decode(bytes) })
  } catch {
    return refused('unparsed', 'not UTF-8 text')
  }
}

export const tooLarge = (bytes: number, most: number): Read<never> =>
  refused('too-large', `${bytes.toLocaleString('en')} bytes; at most ${most.toLocaleString('en')} are read`)

/** The same in pieces: what `decode` refuses as a whole, this refuses when it comes to it. */
export const decodePieces = (take: (text: string) => void) => {
  const pieces = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
  let refusal: Read<never> | undefined
  const give = (bytes: Uint8Array | undefined): Read<never> | undefined => {
    if (refusal) return refusal
    try {
      if (bytes?.includes(0)) refusal = refused('unparsed', 'holds NUL bytes: not a text file')
      else {
        const text = bytes ? pieces.decode(bytes, { stream: true }) : pieces.decode()
        if (text !== '') take(text)
      }
    } catch {
      refusal = refused('unparsed', 'not UTF-8 text')
    }
    return refusal
  }
  return { give, end: () => give(undefined) }
}
