import { showAccess } from "./access-step.ts";
import { findLogRole } from "./account-step.ts";
import { settleAlias } from "./alias-step.ts";
import { chooseCanary } from "./canary-step.ts";
import { compareHttpApi } from "./http-api-step.ts";
import { checkPolicies, testPolicies } from "./policy-steps.ts";
import { checkOutputs, printUrl, smoke } from "./smoke-step.ts";
import type { DeployStep } from "./step.ts";
import { apply, build, confirm, findTerraform, init, plan, publish } from "./terraform-steps.ts";

/** Returns the steps of a deployment, in order. */
export function stepsFor({
  planOnly,
  yes,
  http,
}: {
  planOnly: boolean;
  yes: boolean;
  /** The API is an HTTP API. */
  http: boolean;
}): readonly DeployStep[] {
  const beforePlan = [findTerraform, checkPolicies, testPolicies, build, init, chooseCanary, showAccess];
  const untilPlan = [...beforePlan, plan, findLogRole];
  if (planOnly) return untilPlan;
  return [
    ...untilPlan,
    ...(yes ? [] : [confirm]),
    apply,
    checkOutputs,
    ...(http ? [compareHttpApi] : []),
    publish,
    smoke,
    settleAlias,
    printUrl,
  ];
}
