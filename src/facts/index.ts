import { type ComposeFacts, type ComposeQuestions, composeKinds } from './compose.ts'
import { type DockerfileFacts, type DockerfileQuestions, dockerfileKinds } from './dockerfile.ts'
import { type DocumentFacts, type DocumentQuestions, documentKinds } from './document.ts'
import { type GitFacts, type GitQuestions, gitKinds } from './git.ts'
import { type NetworkFacts, type NetworkQuestions, networkKinds } from './network.ts'
import { type NginxFacts, type NginxQuestions, nginxKinds } from './nginx.ts'
import { type PipelineFacts, type PipelineQuestions, pipelineKinds } from './pipeline.ts'
import { type PolicyHistoryFacts, type PolicyHistoryQuestions, policyHistoryKinds } from './policy-history.ts'
import { type ReportFacts, type ReportQuestions, reportKinds } from './report.ts'
import { type SecretFacts, type SecretQuestions, secretKinds } from './secret.ts'
import { type TlsFacts, type TlsQuestions, tlsKinds } from './tls.ts'
import { type WorkflowFacts, type WorkflowQuestions, workflowKinds } from './workflow.ts'

/** Every kind of fact and the shape of its data. */
export interface Facts
  extends ComposeFacts,
    DockerfileFacts,
    DocumentFacts,
    GitFacts,
    NetworkFacts,
    NginxFacts,
    PolicyHistoryFacts,
    PipelineFacts,
    ReportFacts,
    SecretFacts,
    TlsFacts,
    WorkflowFacts {}

/** What must be said to ask for a kind: total over the kinds, `{}` where there is nothing to say. */
export interface Questions
  extends ComposeQuestions,
    DockerfileQuestions,
    DocumentQuestions,
    GitQuestions,
    NetworkQuestions,
    NginxQuestions,
    PolicyHistoryQuestions,
    PipelineQuestions,
    ReportQuestions,
    SecretQuestions,
    TlsQuestions,
    WorkflowQuestions {}

export type FactKind = keyof Facts & keyof Questions

/** The vocabulary at run time: one sentence for each kind. */
export const kinds: Readonly<Record<FactKind, string>> = {
  ...composeKinds,
  ...dockerfileKinds,
  ...documentKinds,
  ...gitKinds,
  ...networkKinds,
  ...nginxKinds,
  ...policyHistoryKinds,
  ...pipelineKinds,
  ...reportKinds,
  ...secretKinds,
  ...tlsKinds,
  ...workflowKinds,
}
