import { plural } from "../../core/model/plural.ts";
import { compilePolicies } from "../../core/policy-files/compile/compile.ts";
import { runPolicyTests } from "../../core/policy-files/simulate/run-policy-tests.ts";
import { createSimulator } from "../../core/policy-files/simulate/simulator.ts";
import { loadEnvironments } from "../shared/load-environments.ts";
import { failureLines, policyTestsFor, skippedNote } from "../shared/policy-tests.ts";
import { type DeployStep, StepFailed } from "./step.ts";

/** Checks the policy files of every environment, because all of them share the API's layout. */
export const checkPolicies: DeployStep = {
  name: "check the policy files",
  next: "correct the files named above; npx portcullis check prints the same problems",
  run({ policyFolder, environment, print }) {
    const policies = loadEnvironments(policyFolder, environment, { all: true });
    if (policies === undefined) throw new StepFailed("the policy files have errors", undefined, 2);
    const names = policies.map((set) => set.environment).join(", ");
    print(`${policyFolder} is fine for ${names}`);
    return { policies };
  },
};

/** Runs the policy tests of the environment against the layout that is deployed. */
export const testPolicies: DeployStep = {
  name: "policy tests",
  next: "correct the policy files or the policy test; npx portcullis explain shows how a request is decided",
  run({ policyFolder, cache, layout, print }, { policies }) {
    if (policies === undefined) throw new Error("The policy files were not read");
    const [current] = policies;
    const policyTests = policyTestsFor(current, policyFolder);
    const simulator = createSimulator(current, compilePolicies(policies, cache, layout));
    const results = runPolicyTests(simulator, policyTests);
    const failed = results.filter(({ met }) => !met);
    for (const result of failed)
      for (const line of failureLines(result, current, simulator, policyFolder)) print(line);
    if (failed.length > 0)
      throw new StepFailed(`${failed.length} of ${plural(results.length, "policy test")} failed`);
    print(`${plural(results.length, "policy test")} passed${skippedNote(current, policyTests)}`);
    return {};
  },
};
