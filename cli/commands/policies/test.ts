import { DEFAULT_LAYOUT_OPTIONS } from "../../../core/policy-files/compile/build-layout.ts";
import { compilePolicies } from "../../../core/policy-files/compile/compile.ts";
import { guardedRoutes } from "../../../core/policy-files/model/operation.ts";
import type { PolicySet } from "../../../core/policy-files/model/policy-set.ts";
import type { PolicyTest } from "../../../core/policy-files/simulate/policy-tests.ts";
import {
  allGrants,
  mutations,
  type PolicyTestResult,
  printPolicyTest,
  printRoleGrant,
  runPolicyTests,
  untouchedGrants,
} from "../../../core/policy-files/simulate/run-policy-tests.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulator, createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { policyTestsIn } from "../../shared/policy-tests-of.ts";
import { progress } from "../../shared/progress.ts";

const USAGE = `npx portcullis test [--mutate] [--json] [--policies DIR] [--environment NAME]

Makes the requests of policies/tests/*.yaml and tells which do not answer as expected, and which grants
no expectation touches. --mutate drops or widens one grant at a time and lists what no expectation notices.
Exit status 0: all are met, 1: some are not, or there are none, 2: wrong use.`;

export const test: Command = { usage: USAGE, run };

function run(args: readonly string[]): number {
  const { values } = readFlags(args, {
    ...COMMON,
    mutate: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  });
  if (values.help) return print(USAGE, 0);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  const [current] = policies;
  if (current.policyTests.length === 0)
    return print(`${values.policies}/tests holds no expectation: nothing is tested`, 1);

  const compiled = compilePolicies(policies, "auto", DEFAULT_LAYOUT_OPTIONS);
  const simulator = createSimulator(current, compiled);
  const asked = policyTestsIn(current, values.policies);
  const results = runPolicyTests(simulator, asked);
  const failed = results.filter(({ met }) => !met);
  const untouched = untouchedGrants(simulator, results);
  const unnoticed = values.mutate
    ? unnoticedMutations(current, asked, simulator, compiled.items.get(values.environment) ?? [])
    : undefined;
  const grants = allGrants(simulator).length;
  if (values.json) {
    const summary = {
      expectations: results.length,
      failed: failed.map(toJson),
      grants,
      untouched,
      ...(unnoticed && { unnoticed }),
    };
    return print(JSON.stringify(summary, null, 2), failed.length === 0 ? 0 : 1);
  }
  for (const result of failed) print(printPolicyTest(result), 1);
  const left = current.policyTests.length - asked.length;
  const skipped = left === 0 ? "" : `; ${left} left out: their tenants are not in ${current.environment}`;
  print(`${results.length - failed.length} of ${results.length} expectations are met${skipped}`, 0);
  print(
    `${grants - untouched.length} of ${grants} grants are touched by an expectation (${percent(grants - untouched.length, grants)})`,
    0,
  );
  for (const grant of untouched) print(`  untouched: ${printRoleGrant(grant)}`, 0);
  if (unnoticed !== undefined) print(`${unnoticed.length} changes of one grant would go unnoticed`, 0);
  for (const text of unnoticed ?? []) print(`  unnoticed: ${text}`, 0);
  return failed.length === 0 ? 0 : 1;
}

function unnoticedMutations(
  policies: PolicySet,
  asked: readonly PolicyTest[],
  simulator: PolicySimulator,
  items: Parameters<typeof createSimulatorOn>[1],
): string[] {
  const routes = guardedRoutes(policies.api).map(({ key }) => key);
  const tick = progress("mutations tried");
  const unnoticed: string[] = [];
  for (const { text, items: changed } of mutations(items, routes)) {
    const results = runPolicyTests(createSimulatorOn(policies, changed, simulator.layout), asked);
    if (results.every(({ met }) => met)) unnoticed.push(text);
    tick();
  }
  return unnoticed;
}

const toJson = (result: PolicyTestResult) => ({
  ...result.test.at,
  message: printPolicyTest(result),
});

const percent = (part: number, whole: number): string =>
  `${whole === 0 ? 100 : Math.floor((100 * part) / whole)} %`;

function print(text: string, status: number): number {
  process.stdout.write(`${text}\n`);
  return status;
}
