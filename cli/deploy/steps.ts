import { showAccess } from "./access-step.ts";
import { chooseCanary } from "./canary-step.ts";
import { checkPolicies, testPolicies } from "./policy-steps.ts";
import { printUrl, readUrl, smoke } from "./smoke-step.ts";
import type { DeployStep } from "./step.ts";
import { apply, build, confirm, findTerraform, init, plan } from "./terraform-steps.ts";

/** Returns the steps of a deployment, in order. */
export function stepsFor({ planOnly, yes }: { planOnly: boolean; yes: boolean }): readonly DeployStep[] {
  const untilPlan = [findTerraform, checkPolicies, testPolicies, build, init, chooseCanary, showAccess, plan];
  if (planOnly) return untilPlan;
  return [...untilPlan, ...(yes ? [] : [confirm]), apply, readUrl, smoke, printUrl];
}
