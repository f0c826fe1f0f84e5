import type { Evidence } from '../evidence.ts'
import type { Subject } from '../judge.ts'
import { type Place, showPlace } from '../place.ts'
import type { Located, ReportRow } from '../report/report.ts'

/** A place as reports write it down: even the name of a file can hold a secret. */
export const located = (place: Place, { clear }: Pick<Evidence, 'clear'>): Located => {
  switch (place.in) {
    case 'span':
      return {
        location: {
          uri: clear(place.source.uri),
          startLine: place.start.line,
          startColumn: place.start.column,
          endLine: place.end.line,
          endColumn: place.end.column,
        },
      }
    case 'file':
      return { location: { uri: clear(place.uri) } }
    case 'root':
      return { location: { uri: '.' } }
    case 'commit':
      return { commit: place.oid }
    case 'endpoint':
      return { endpoint: place.authority }
    case 'api':
      return { api: { url: clear(place.url), pointer: place.pointer } }
    case 'row':
      return { row: { uri: clear(place.uri), key: clear(place.key) } }
    case 'database':
      return { database: { authority: place.authority, object: place.object } }
  }
}

export const rowOf = (s: Subject, evidence: Evidence): ReportRow => ({
  id: evidence.clear(s.id),
  place: evidence.clear(showPlace(s.place)),
  observed: evidence.clear(s.observed),
})
