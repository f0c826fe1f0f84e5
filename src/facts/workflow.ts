/** Facts seen in workflow. */
export type WorkflowFacts = Record<never, never>

export type WorkflowQuestions = Record<never, never>

export const workflowKinds = {} as const satisfies Record<keyof WorkflowFacts, string>
