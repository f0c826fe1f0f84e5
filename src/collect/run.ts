import { canonical } from '../digest.ts'
import type { Answer, Collected, Deposit, FactKind, Question } from '../model.ts'
import { root } from '../place.ts'
import type { CollectorContext, CollectorFactory } from './collector.ts'

export interface CollectorEntry {
  readonly name: string
  readonly answers: readonly FactKind[]
  readonly load: () => Promise<CollectorFactory>
}

export interface Gathered {
  /** One answer per question, by the question's canonical JSON: see `answerTo`. */
  readonly answers: readonly Answer[]
  readonly deposits: readonly Deposit[]
  readonly crashes: readonly { readonly where: string; readonly error: unknown }[]
}

/** Asks every collector what it can answer, side by side. One that throws is our bug and hides its kinds, not others'. */
export const collect = async (
  questions: readonly Question[],
  context: CollectorContext,
  collectors: readonly CollectorEntry[],
): Promise<Gathered> => {
  const crashes: { where: string; error: unknown }[] = []
  const bug = (question: Question, reason: string): Answer => ({
    question,
    facts: [],
    gaps: [{ kinds: [question.kind], place: root, reason, cause: 'bug' }],
  })
  const askOne = async (entry: CollectorEntry, own: readonly Question[]): Promise<Collected> => {
    try {
      const factory = await entry.load()
      const collected = await factory(context).collect(own)
      const answered = new Set(collected.answers.map(a => canonical(a.question)))
      const forgotten = own.filter(q => !answered.has(canonical(q)))
      return {
        ...collected,
        answers: [
          ...collected.answers,
          ...forgotten.map(q => bug(q, `the ${entry.name} collector left ${q.kind} unanswered`)),
        ],
      }
    } catch (error) {
      if (context.signal.aborted) throw error
      crashes.push({ where: `the ${entry.name} collector`, error })
      return { answers: own.map(q => bug(q, `the ${entry.name} collector failed: a bug in iip-audit`)) }
    }
  }

  const unique = [...new Map(questions.map(q => [canonical(q), q])).values()]
  const taken = new Set<FactKind>(collectors.flatMap(c => c.answers))
  const nobody = unique.filter(q => !taken.has(q.kind)).map(q => bug(q, `no collector answers ${q.kind}`))
  const collected = await Promise.all(
    collectors.flatMap(entry => {
      const own = unique.filter(q => entry.answers.includes(q.kind))
      return own.length > 0 ? [askOne(entry, own)] : []
    }),
  )
  return {
    answers: [...nobody, ...collected.flatMap(c => c.answers)],
    deposits: collected.flatMap(c => c.deposits ?? []),
    crashes,
  }
}

/** The answers to a use's own questions, in the order it asked. */
export const answersTo = (questions: readonly Question[], byQuestion: ReadonlyMap<string, Answer>): Answer[] =>
  questions.flatMap(q => byQuestion.get(canonical(q)) ?? [])
