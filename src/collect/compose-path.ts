/** The folder a file of the tree is in; `.` for the root. */
export const folderOf = (uri: string): string => (uri.includes('/') ? uri.slice(0, uri.lastIndexOf('/')) : '.')

/** A path relative to a folder of the tree, as a uri (empty for the root); undefined when it leaves the tree. */
export const joinPath = (folder: string, path: string): string | undefined => {
  if (/^([/~]|[A-Za-z]:|[a-z+]+:\/\/)/.test(path) || path.includes('$')) return undefined
  const parts: string[] = folder === '.' || folder === '' ? [] : folder.split('/')
  for (const part of path.split(/[\\/]/)) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return undefined
  }
  return parts.join('/')
}
