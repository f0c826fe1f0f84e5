/** A file as it was read: where, how big (bytes), and the SHA-256 of its bytes in lower-case hex. */
export interface Source {
  readonly uri: string
  readonly sha256: string
  readonly bytes: number
}

/** 1-based line and 1-based column in UTF-16 code units, as editors and SARIF count. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Where something is. `uri` is relative to the repository's root, with `/`, and not percent-encoded. */
export type Place =
  | { readonly in: 'span'; readonly source: Source; readonly start: Position; readonly end: Position }
  | { readonly in: 'file'; readonly uri: string }
  | { readonly in: 'root' }
  | { readonly in: 'commit'; readonly oid: string }
  | { readonly in: 'endpoint'; readonly authority: string }
  | { readonly in: 'api'; readonly url: string; readonly pointer: string }
  | { readonly in: 'row'; readonly uri: string; readonly key: string }
  | { readonly in: 'database'; readonly authority: string; readonly object: string }

export const root: Place = { in: 'root' }

/** A row of a population (a commit, a line of a report): judged one by one, reported together. */
export const isRow = (place: Place): boolean => place.in === 'commit' || place.in === 'row'

/** The place as a person would type it: `path:line:col`, a short commit, `host:port`. */
export const showPlace = (place: Place): string => {
  switch (place.in) {
    case 'span':
      return `${place.source.uri}:${place.start.line}:${place.start.column}`
    case 'file':
      return place.uri
    case 'root':
      return '.'
    case 'commit':
      return place.oid.slice(0, 10)
    case 'endpoint':
      return place.authority
    case 'api':
      return `${place.url}#${place.pointer}`
    case 'row':
      return `${place.uri} (${place.key})`
    case 'database':
      return `${place.authority}/${place.object}`
  }
}

/** What orders places in every report: the path or authority, then line, then column. */
export const placeKey = (place: Place): readonly [string, number, number] => {
  switch (place.in) {
    case 'span':
      return [place.source.uri, place.start.line, place.start.column]
    case 'file':
      return [place.uri, 0, 0]
    case 'root':
      return ['', 0, 0]
    case 'commit':
      return ['\u{ffff}commit', 0, 0]
    case 'endpoint':
      return [`\u{ffff}endpoint ${place.authority}`, 0, 0]
    case 'api':
      return [`\u{ffff}api ${place.url}`, 0, 0]
    case 'row':
      return [place.uri, 0, 0]
    case 'database':
      return [`\u{ffff}database ${place.authority}/${place.object}`, 0, 0]
  }
}
