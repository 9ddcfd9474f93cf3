import type { Check, DoctorFinding } from "./check.ts";
import { apiKeys } from "./checks/api-keys.ts";
import { authorizers } from "./checks/authorizers.ts";
import { build } from "./checks/build.ts";
import { clocks } from "./checks/clocks.ts";
import { deployment } from "./checks/deployment.ts";
import { authorizerFunction } from "./checks/function.ts";
import { gatewayResponses } from "./checks/gateway-responses.ts";
import { invokePermission } from "./checks/invoke-permission.ts";
import { issuers } from "./checks/issuers.ts";
import { logs, responseCache } from "./checks/logs-and-cache.ts";
import { preflight } from "./checks/preflight.ts";
import { resourcePolicy } from "./checks/resource-policy.ts";
import { routes } from "./checks/routes.ts";
import { stageVariables } from "./checks/stage-variables.ts";
import { table } from "./checks/table.ts";
import { tableProtection } from "./checks/table-protection.ts";
import { token } from "./checks/token.ts";
import type { State } from "./state.ts";

/** All checks, in the order in which they concern a request, which is also the order in which to fix problems. */
export const CHECKS: readonly Check[] = [
  build,
  issuers,
  token,
  clocks,
  routes,
  authorizers,
  authorizerFunction,
  invokePermission,
  stageVariables,
  apiKeys,
  deployment,
  resourcePolicy,
  gatewayResponses,
  preflight,
  responseCache,
  logs,
  table,
  tableProtection,
];

/** The checks of what an HTTP API has. */
const HTTP_CHECKS: ReadonlySet<Check> = new Set([
  build,
  issuers,
  token,
  clocks,
  routes,
  authorizers,
  authorizerFunction,
  invokePermission,
  stageVariables,
  table,
  tableProtection,
]);

/** A check with its findings. */
export interface Checked {
  readonly check: string;
  readonly claim: string;
  readonly findings: readonly DoctorFinding[];
}

/** Runs all checks that concern the API's type. */
export const examine = (state: State): Checked[] =>
  CHECKS.filter((check) => !state.build.http || HTTP_CHECKS.has(check)).map((check) => ({
    check: check.name,
    claim: check.claim,
    findings: runCheck(check, state),
  }));

function runCheck({ find, theirsIfAdopted }: Check, state: State): readonly DoctorFinding[] {
  const findings = find(state);
  if (!state.target.adopted || theirsIfAdopted !== true) return findings;
  return findings.map((finding) =>
    finding.severity === "error" ? { ...finding, severity: "warning" } : finding,
  );
}

/** Returns whether no check found an error. */
export const isSound = (checked: readonly Checked[]): boolean =>
  checked.every(({ findings }) => findings.every(({ severity }) => severity !== "error"));
