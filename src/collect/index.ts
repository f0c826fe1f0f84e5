import type { FactKind } from '../model.ts'
import type { CollectorFactory } from './collector.ts'

/** Which collector answers which kinds; its module is loaded when one of them is asked. */
export const collectors: readonly {
  readonly name: string
  readonly answers: readonly FactKind[]
  readonly load: () => Promise<CollectorFactory>
}[] = []
