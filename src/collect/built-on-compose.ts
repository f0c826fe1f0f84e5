import type { FactKind } from '../model.ts'

/** Kinds that are concluded from Compose files by other collectors than the one that reads them. */
export const builtOnCompose: readonly FactKind[] = ['compose.topology', 'compose.datastore', 'compose.inference']
