import { checkIndex, put } from './check-index.ts'

/** Rewrites what is derived: the check registry, documents, schemas. Never an expectation. */
const written: string[] = []
const accept = async (path: string, text: string) => {
  if (await put(path, text)) written.push(path)
}
await accept('src/checks/index.ts', await checkIndex())
console.log(written.length > 0 ? `rewrote ${written.join(', ')}` : 'nothing to rewrite')
