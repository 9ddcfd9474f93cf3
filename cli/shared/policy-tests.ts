import { join } from "node:path";
import { supposedCaller } from "../../core/decision/caller.ts";
import { reasonLines } from "../../core/policy-files/explain/reason-lines.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { PolicyTest } from "../../core/policy-files/simulate/policy-tests.ts";
import { type PolicyTestResult, printPolicyTest } from "../../core/policy-files/simulate/run-policy-tests.ts";
import { type StateOf, WITHOUT_TABLE } from "../../core/policy-files/simulate/run-time-state.ts";
import type { PolicySimulator } from "../../core/policy-files/simulate/simulate.ts";
import { requireEnvironment } from "./load-environments.ts";

/**
 * Returns the policy tests to run for an environment: those that are marked for it, and of those without a mark all but
 * the ones that only another environment has a tenant for; with `must: true` these too. They name files by paths from
 * the working directory.
 *
 * @throws UsageError if a test is marked for an environment that does not exist
 */
export function policyTestsFor({ policyTests, environment }: PolicySet, folder: string): PolicyTest[] {
  const tests = policyTests.map(({ at, ...rest }) => ({
    ...rest,
    at: { ...at, file: join(folder, at.file) },
  }));
  for (const { environments, at } of tests)
    for (const name of environments ?? [])
      requireEnvironment(folder, name, `${at.file}:${at.line}: environment`);
  return tests.filter((test) => isFor(test, environment));
}

/** Returns whether a policy test is run for an environment. */
export const isFor = ({ environments, must, elsewhere }: PolicyTest, environment: string): boolean =>
  environments === null ? must || !elsewhere : environments.includes(environment);

/** Returns the policy tests of a folder that are not among those to run. */
export function skippedTests(
  { policyTests }: PolicySet,
  run: readonly PolicyTest[],
  folder: string,
): PolicyTest[] {
  const id = ({ file, line, column }: PolicyTest["at"]): string => `${file}:${line}:${column}`;
  const ids = new Set(run.map(({ at }) => id(at)));
  const all = policyTests.map((test) => ({ ...test, at: { ...test.at, file: join(folder, test.at.file) } }));
  return all.filter(({ at }) => !ids.has(id(at)));
}

/** Returns the end of a message that says how many policy tests were not run; empty if all were. */
export function skippedNote({ policyTests, environment }: PolicySet, run: readonly PolicyTest[]): string {
  const skipped = policyTests.length - run.length;
  return skipped === 0
    ? ""
    : `; ${skipped} skipped, because they are for other environments than ${environment}`;
}

/** Prints a failed policy test, and why its request is decided as it is. */
export function failureLines(
  result: PolicyTestResult,
  policies: PolicySet,
  simulator: PolicySimulator,
  folder: string,
  stateOf: StateOf = WITHOUT_TABLE,
): [string, ...string[]] {
  const { as, method, path } = result.test;
  const caller = supposedCaller(as);
  const from = { membershipState: stateOf(caller), folder: `${folder.replace(/\/*$/, "")}/` };
  const reasons = reasonLines(policies, simulator, caller, { method, path }, from);
  return [printPolicyTest(result), ...reasons.map((line) => `  ${line}`)];
}
