// Written by `npm run accept` from the files below src/checks/; do not edit.
import type { Check } from '../check.ts'
import { check as composeContainersAreIsolated } from './compose/compose-containers-are-isolated.ts'
import { check as composeCredentialsHaveNoDefault } from './compose/compose-credentials-have-no-default.ts'
import { check as composeDataStaysOffTheEdge } from './compose/compose-data-stays-off-the-edge.ts'
import { check as composeImagesNameADigest } from './compose/compose-images-name-a-digest.ts'
import { check as composeLlmIsIsolated } from './compose/compose-llm-is-isolated.ts'
import { check as composeNetworksAreSegmented } from './compose/compose-networks-are-segmented.ts'
import { check as composePortsStayOnLoopback } from './compose/compose-ports-stay-on-loopback.ts'
import { check as composeSecretFilesAreNotTracked } from './compose/compose-secret-files-are-not-tracked.ts'
import { check as composeSetsCanStart } from './compose/compose-sets-can-start.ts'
import { check as composeUsersAreNotRoot } from './compose/compose-users-are-not-root.ts'
import { check as dockerfileBasesArePinned } from './dockerfile/dockerfile-bases-are-pinned.ts'
import { check as dockerfileFinalUserIsNotRoot } from './dockerfile/dockerfile-final-user-is-not-root.ts'
import { check as dockerfileHoldsNoSecret } from './dockerfile/dockerfile-holds-no-secret.ts'
import { check as dockerfileSetsItsOwnUser } from './dockerfile/dockerfile-sets-its-own-user.ts'
import { check as policyChangesAreSignedOrReviewed } from './document/policy-changes-are-signed-or-reviewed.ts'
import { check as policyEffectiveDateIsResolved } from './document/policy-effective-date-is-resolved.ts'
import { check as policyHasAnIdentity } from './document/policy-has-an-identity.ts'
import { check as policyHasNoPlaceholders } from './document/policy-has-no-placeholders.ts'
import { check as policyIsReviewed } from './document/policy-is-reviewed.ts'
import { check as policyPromisesDoNotWeaken } from './document/policy-promises-do-not-weaken.ts'
import { check as policyTextIsProofread } from './document/policy-text-is-proofread.ts'
import { check as policyVersionsRise } from './document/policy-versions-rise.ts'
import { check as gitChangesNameARequestOrIssue } from './git/git-changes-name-a-request-or-issue.ts'
import { check as gitCommitsAreSigned } from './git/git-commits-are-signed.ts'
import { check as gitHistoryIsNotReplaced } from './git/git-history-is-not-replaced.ts'
import { check as gitReleaseTagsAreSigned } from './git/git-release-tags-are-signed.ts'
import { check as gitTracksNoData } from './git/git-tracks-no-data.ts'
import { check as gitTracksNoKeysOrEnvironment } from './git/git-tracks-no-keys-or-environment.ts'
import { check as gitTracksNothingIgnored } from './git/git-tracks-nothing-ignored.ts'
import { check as nginxCiphersKeepForwardSecrecy } from './nginx/nginx-ciphers-keep-forward-secrecy.ts'
import { check as nginxPlaintextRedirects } from './nginx/nginx-plaintext-redirects.ts'
import { check as nginxSendsHsts } from './nginx/nginx-sends-hsts.ts'
import { check as nginxTlsFloor } from './nginx/nginx-tls-floor.ts'
import { check as banditReportIsClean } from './report/bandit-report-is-clean.ts'
import { check as blackReportIsClean } from './report/black-report-is-clean.ts'
import { check as checkovReportIsClean } from './report/checkov-report-is-clean.ts'
import { check as ciLogShowsNoSwallowedFailure } from './report/ci-log-shows-no-swallowed-failure.ts'
import { check as gitleaksReportIsClean } from './report/gitleaks-report-is-clean.ts'
import { check as hadolintReportIsClean } from './report/hadolint-report-is-clean.ts'
import { check as pipAuditReportIsClean } from './report/pip-audit-report-is-clean.ts'
import { check as ruffReportIsClean } from './report/ruff-report-is-clean.ts'
import { check as sarifReportIsClean } from './report/sarif-report-is-clean.ts'
import { check as zizmorReportIsClean } from './report/zizmor-report-is-clean.ts'
import { check as noSecretInTree } from './secret/no-secret-in-tree.ts'
import { check as removedSecretsAreOutOfHistory } from './secret/removed-secrets-are-out-of-history.ts'
import { check as tlsEndpointCertificateHolds } from './tls/tls-endpoint-certificate-holds.ts'
import { check as tlsEndpointFloor } from './tls/tls-endpoint-floor.ts'
import { check as tlsEndpointSendsHsts } from './tls/tls-endpoint-sends-hsts.ts'
import { check as actionsArePinnedToACommit } from './workflow/actions-are-pinned-to-a-commit.ts'
import { check as artifactsOfOtherRunsAreNotRun } from './workflow/artifacts-of-other-runs-are-not-run.ts'
import { check as banditBlocksTheMerge } from './workflow/bandit-blocks-the-merge.ts'
import { check as calledWorkflowsGetNamedSecrets } from './workflow/called-workflows-get-named-secrets.ts'
import { check as checkoutLeavesNoTokenInArtifacts } from './workflow/checkout-leaves-no-token-in-artifacts.ts'
import { check as choicesCanPickEitherValue } from './workflow/choices-can-pick-either-value.ts'
import { check as conditionsCanBeFalse } from './workflow/conditions-can-be-false.ts'
import { check as conditionsCompareWholeValues } from './workflow/conditions-compare-whole-values.ts'
import { check as conditionsTrustNoName } from './workflow/conditions-trust-no-name.ts'
import { check as containersTakeNoLiteralCredential } from './workflow/containers-take-no-literal-credential.ts'
import { check as downloadsAreNotPipedIntoAShell } from './workflow/downloads-are-not-piped-into-a-shell.ts'
import { check as formatBlocksTheMerge } from './workflow/format-blocks-the-merge.ts'
import { check as imageScanBlocksTheRelease } from './workflow/image-scan-blocks-the-release.ts'
import { check as jobsGetOnlyTheSecretsTheyName } from './workflow/jobs-get-only-the-secrets-they-name.ts'
import { check as jobsWithSecretsNameAnEnvironment } from './workflow/jobs-with-secrets-name-an-environment.ts'
import { check as lintBlocksTheMerge } from './workflow/lint-blocks-the-merge.ts'
import { check as mergesAskWhoWroteTheChange } from './workflow/merges-ask-who-wrote-the-change.ts'
import { check as misconfigurationScanBlocksTheMerge } from './workflow/misconfiguration-scan-blocks-the-merge.ts'
import { check as nothingForeignSetsTheEnvironment } from './workflow/nothing-foreign-sets-the-environment.ts'
import { check as pinnedCommitsAgreeWithTheirComments } from './workflow/pinned-commits-agree-with-their-comments.ts'
import { check as pipAuditBlocksTheMerge } from './workflow/pip-audit-blocks-the-merge.ts'
import { check as privilegedWorkflowsCheckOutNoForeignCode } from './workflow/privileged-workflows-check-out-no-foreign-code.ts'
import { check as publishingJobsNameAnEnvironment } from './workflow/publishing-jobs-name-an-environment.ts'
import { check as publishingJobsNeedTheTests } from './workflow/publishing-jobs-need-the-tests.ts'
import { check as publishingJobsRestoreNoCaches } from './workflow/publishing-jobs-restore-no-caches.ts'
import { check as scriptsExpandNoForeignText } from './workflow/scripts-expand-no-foreign-text.ts'
import { check as secretScanBlocksTheMerge } from './workflow/secret-scan-blocks-the-merge.ts'
import { check as secretsReachScriptsThroughVariables } from './workflow/secrets-reach-scripts-through-variables.ts'
import { check as secretsStayMasked } from './workflow/secrets-stay-masked.ts'
import { check as selfHostedRunnersTakeNoPullRequests } from './workflow/self-hosted-runners-take-no-pull-requests.ts'
import { check as testsBlockTheMerge } from './workflow/tests-block-the-merge.ts'
import { check as toolsAreInstalledAtAVersion } from './workflow/tools-are-installed-at-a-version.ts'
import { check as unsecureWorkflowCommandsStayOff } from './workflow/unsecure-workflow-commands-stay-off.ts'
import { check as workflowDebugLoggingStaysOff } from './workflow/workflow-debug-logging-stays-off.ts'
import { check as workflowPermissionsAreLeast } from './workflow/workflow-permissions-are-least.ts'
import { check as writePermissionsAreUsed } from './workflow/write-permissions-are-used.ts'

export const checks: ReadonlyMap<string, Check> = new Map(
  [
    composeContainersAreIsolated,
    composeCredentialsHaveNoDefault,
    composeDataStaysOffTheEdge,
    composeImagesNameADigest,
    composeLlmIsIsolated,
    composeNetworksAreSegmented,
    composePortsStayOnLoopback,
    composeSecretFilesAreNotTracked,
    composeSetsCanStart,
    composeUsersAreNotRoot,
    dockerfileBasesArePinned,
    dockerfileFinalUserIsNotRoot,
    dockerfileHoldsNoSecret,
    dockerfileSetsItsOwnUser,
    policyChangesAreSignedOrReviewed,
    policyEffectiveDateIsResolved,
    policyHasAnIdentity,
    policyHasNoPlaceholders,
    policyIsReviewed,
    policyPromisesDoNotWeaken,
    policyTextIsProofread,
    policyVersionsRise,
    gitChangesNameARequestOrIssue,
    gitCommitsAreSigned,
    gitHistoryIsNotReplaced,
    gitReleaseTagsAreSigned,
    gitTracksNoData,
    gitTracksNoKeysOrEnvironment,
    gitTracksNothingIgnored,
    nginxCiphersKeepForwardSecrecy,
    nginxPlaintextRedirects,
    nginxSendsHsts,
    nginxTlsFloor,
    banditReportIsClean,
    blackReportIsClean,
    checkovReportIsClean,
    ciLogShowsNoSwallowedFailure,
    gitleaksReportIsClean,
    hadolintReportIsClean,
    pipAuditReportIsClean,
    ruffReportIsClean,
    sarifReportIsClean,
    zizmorReportIsClean,
    noSecretInTree,
    removedSecretsAreOutOfHistory,
    tlsEndpointCertificateHolds,
    tlsEndpointFloor,
    tlsEndpointSendsHsts,
    actionsArePinnedToACommit,
    artifactsOfOtherRunsAreNotRun,
    banditBlocksTheMerge,
    calledWorkflowsGetNamedSecrets,
    checkoutLeavesNoTokenInArtifacts,
    choicesCanPickEitherValue,
    conditionsCanBeFalse,
    conditionsCompareWholeValues,
    conditionsTrustNoName,
    containersTakeNoLiteralCredential,
    downloadsAreNotPipedIntoAShell,
    formatBlocksTheMerge,
    imageScanBlocksTheRelease,
    jobsGetOnlyTheSecretsTheyName,
    jobsWithSecretsNameAnEnvironment,
    lintBlocksTheMerge,
    mergesAskWhoWroteTheChange,
    misconfigurationScanBlocksTheMerge,
    nothingForeignSetsTheEnvironment,
    pinnedCommitsAgreeWithTheirComments,
    pipAuditBlocksTheMerge,
    privilegedWorkflowsCheckOutNoForeignCode,
    publishingJobsNameAnEnvironment,
    publishingJobsNeedTheTests,
    publishingJobsRestoreNoCaches,
    scriptsExpandNoForeignText,
    secretScanBlocksTheMerge,
    secretsReachScriptsThroughVariables,
    secretsStayMasked,
    selfHostedRunnersTakeNoPullRequests,
    testsBlockTheMerge,
    toolsAreInstalledAtAVersion,
    unsecureWorkflowCommandsStayOff,
    workflowDebugLoggingStaysOff,
    workflowPermissionsAreLeast,
    writePermissionsAreUsed,
  ].map(check => [check.id, check]),
)
