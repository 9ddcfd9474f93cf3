import { plural } from "../../../core/model/plural.ts";
import type { PolicySets } from "../../../core/policy-files/compile/build-layout.ts";
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
  printRequest,
  printRoleGrant,
  runPolicyTests,
  untouchedGrants,
} from "../../../core/policy-files/simulate/run-policy-tests.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulator, createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import { type JUnitTest, junitReport } from "../../report/junit.ts";
import { repositoryPath } from "../../report/repository-path.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues } from "../../shared/flags.ts";
import { withProgress } from "../../shared/layout-flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print, printError, printJson } from "../../shared/output.ts";
import { failureLines, policyTestsFor, skippedNote, skippedTests } from "../../shared/policy-tests.ts";
import { progress } from "../../shared/progress.ts";
import { type RunTimeState, withRunTimeState } from "../../table/run-time-state.ts";
import { TABLE_FLAG } from "../../table/table-flag.ts";

const FLAGS = {
  ...COMMON,
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: `Adds the run-time tenants of a table, and the memberships and revocations of callers with issuer and subject.
Reads the whole table.`,
  },
  mutate: {
    type: "boolean",
    about: "Drops or widens one grant at a time and lists the changes that no test detects.",
  },
  format: {
    type: "string",
    default: "text",
    values: ["text", "json", "junit"],
    about: "The form of the output. junit is JUnit XML.",
  },
} as const;

export const test = defineCommand({
  name: "test",
  about:
    "Runs the policy tests of policies/tests/*.yaml and prints those that fail, and the grants that no test covers.",
  flags: FLAGS,
  examples: ["test", "test --mutate"],
  statuses: ["all pass", "some fail, or there are none"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  const [current] = policies;
  if (current.policyTests.length === 0) {
    const problem = `${values.policies}/tests has no policy test: add one`;
    if (values.format !== "junit") return print(problem, 1);
    print(junitReport(JUNIT_NAME, []));
    return printError(problem);
  }
  return withRunTimeState(values.table, current, (state) => runTests(values, policies, state));
}

function runTests(
  values: FlagValues<typeof FLAGS>,
  policies: PolicySets,
  { tenants, stateOf }: RunTimeState,
): number {
  const [current] = policies;
  const compiled = compilePolicies(policies, "auto", withProgress(DEFAULT_LAYOUT_OPTIONS));
  const files = createSimulator(current, compiled);
  const items = [...(compiled.items.get(values.environment) ?? []), ...tenants];
  const simulator = createSimulatorOn(current, items, files.layout);
  const state = stateOf(simulator.catalogue);
  const policyTests = policyTestsFor(current, values.policies);
  const results = runPolicyTests(simulator, policyTests, state);
  const failed = results.filter(({ met }) => !met);
  const status = failed.length === 0 ? 0 : 1;
  const explain = (result: PolicyTestResult) =>
    failureLines(result, current, simulator, values.policies, state);
  if (values.format === "junit") {
    const skipped = skippedTests(current, policyTests, values.policies);
    return print(junitReport(JUNIT_NAME, junitTests(results, explain, skipped)), status);
  }
  const untouched = untouchedGrants(simulator, results);
  const unnoticed = values.mutate ? undetectedMutations(current, policyTests, simulator, items) : undefined;
  const grants = allGrants(simulator).length;
  if (values.format === "json") {
    const summary = {
      tests: results.length,
      failed: failed.map(toJson),
      grants,
      untouched,
      ...(unnoticed && { unnoticed }),
    };
    return printJson(summary, status);
  }
  const covered = grants - untouched.length;
  const lines = [
    ...failed.flatMap(explain),
    `${results.length - failed.length} of ${plural(results.length, "policy test")} passed${skippedNote(current, policyTests)}`,
    `${covered} of ${plural(grants, "grant")} covered by a policy test (${percent(covered, grants)})`,
    ...untouched.map((grant) => `  not covered: ${printRoleGrant(grant)}`),
    ...(unnoticed === undefined
      ? []
      : [`${plural(unnoticed.length, "change")} of a single grant not detected by any policy test`]),
    ...(unnoticed ?? []).map((text) => `  not detected: ${text}`),
  ];
  return print(lines, status);
}

function undetectedMutations(
  policies: PolicySet,
  policyTests: readonly PolicyTest[],
  simulator: PolicySimulator,
  items: Parameters<typeof createSimulatorOn>[1],
): string[] {
  const routes = guardedRoutes(policies.api).map(({ key }) => key);
  const tick = progress("mutations tried");
  const undetected: string[] = [];
  for (const { text, items: changed } of mutations(items, routes)) {
    const results = runPolicyTests(createSimulatorOn(policies, changed, simulator.layout), policyTests);
    if (results.every(({ met }) => met)) undetected.push(text);
    tick();
  }
  return undetected;
}

const JUNIT_NAME = "portcullis test";

function junitTests(
  results: readonly PolicyTestResult[],
  explain: (result: PolicyTestResult) => [string, ...string[]],
  skipped: readonly PolicyTest[],
): JUnitTest[] {
  const toTest = (test: PolicyTest): JUnitTest => ({
    file: repositoryPath(test.at.file) ?? test.at.file,
    line: test.at.line,
    name: printRequest(test),
  });
  return [
    ...results.map((result) => ({
      ...toTest(result.test),
      ...(!result.met && { failure: explain(result) }),
    })),
    ...skipped.map((test) => ({ ...toTest(test), skipped: "for another environment" })),
  ];
}

const toJson = (result: PolicyTestResult) => ({
  ...result.test.at,
  message: printPolicyTest(result),
});

const percent = (part: number, whole: number): string =>
  `${whole === 0 ? 100 : Math.floor((100 * part) / whole)} %`;
