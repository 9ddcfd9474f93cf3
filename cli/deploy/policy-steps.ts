import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { printPolicyTest, runPolicyTests } from "../../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../../core/policy-files/simulate/simulator.ts";
import { loadEnvironments } from "../shared/load-environments.ts";
import { policyTestsIn } from "../shared/policy-tests-of.ts";
import { type DeployStep, StepFailed } from "./step.ts";

/** Every environment's files must be fine: the API's layout is made of all of them. */
export const checkPolicies: DeployStep = {
  name: "check the policy files",
  next: "correct the files named above; npx portcullis check tells the same",
  run({ policyFolder, environment, say }) {
    const policies = loadEnvironments(policyFolder, environment, { all: true });
    if (policies === undefined) throw new StepFailed("the policy files have errors");
    const names = policies.map((set) => set.environment).join(", ");
    say(`${policyFolder} is fine for ${names}`);
    return { policies };
  },
};

/** The expectations of `policies/tests`, against the layout that is deployed. */
export const testPolicies: DeployStep = {
  name: "policy tests",
  next: "correct the policy files or the expectation; npx portcullis policy shows what a caller gets",
  run({ policyFolder, cache, layout, say }, { policies }) {
    if (policies === undefined) throw new Error("The policy files were not read");
    const [current] = policies;
    const asked = policyTestsIn(current, policyFolder);
    const skipped = current.policyTests.length - asked.length;
    const results = runPolicyTests(createSimulator(current, compilePolicies(policies, cache, layout)), asked);
    const failed = results.filter(({ met }) => !met);
    for (const result of failed) say(printPolicyTest(result));
    if (failed.length > 0)
      throw new StepFailed(`${failed.length} of ${results.length} expectations are not met`);
    const left =
      skipped === 0 ? "" : `; ${skipped} left out: their tenants are not in ${current.environment}`;
    say(`${results.length} expectations are met${left}`);
    return {};
  },
};
