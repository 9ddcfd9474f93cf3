import type { Item } from "../../../core/model/items.ts";
import { readLayout } from "../../../core/model/layout.ts";
import type { PolicySets } from "../../../core/policy-files/compile/build-layout.ts";
import {
  DEFAULT_LAYOUT_OPTIONS,
  singleGroupLayout,
} from "../../../core/policy-files/compile/build-layout.ts";
import { CachingError } from "../../../core/policy-files/compile/compile.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { explainUngroupable } from "../../../core/policy-files/compile/proof-report.ts";
import {
  type Difference,
  type ReplayReport,
  replay as replayRecords,
} from "../../../core/policy-files/replay/replay.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import { LOG_FLAG, readLog } from "../../explain/read-log.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, FORMAT } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { plural, print, printJson } from "../../shared/output.ts";
import { withRunTimeState } from "../../table/run-time-state.ts";
import { TABLE_FLAG } from "../../table/table-flag.ts";

const FLAGS = {
  log: LOG_FLAG,
  table: {
    ...TABLE_FLAG.table,
    otherwise: "no table",
    about: "Adds the run-time tenants, memberships and revocations of a table. Reads the whole table.",
  },
  ...COMMON,
  ...FORMAT,
} as const;

export const replay = defineCommand({
  name: "replay",
  about: `Decides the requests of an access log again by the policy files. Prints those that are newly denied and newly allowed,
by tenant and route. FILE has one JSON document on each line, from the access log and the authorizer's decision log, in
any order. An access log has no roles, so the roles come from the decision line of the same request, or of the same
caller with the same permissions. A decision line has only the roles that the tenant had.
Requests that cannot be decided again are counted.`,
  flags: FLAGS,
  examples: ["replay --log access.ndjson --log decisions.ndjson"],
  statuses: ["every decision stays the same", "some change"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const records = await readLog(values.log);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  return withRunTimeState(values.table, policies[0], ({ tenants, stateOf }) => {
    const simulator = createRouteSimulator(policies, tenants);
    const folder = `${values.policies.replace(/\/*$/, "")}/`;
    const deps = { rules: policies[0], simulator, stateOf: stateOf(simulator.catalogue), folder };
    const report = replayRecords(records, deps);
    const status = report.newlyDenied.length + report.newlyAllowed.length > 0 ? 1 : 0;
    return values.format === "json" ? printJson(report, status) : print(asLines(report), status);
  });
}

/** Simulates mode `route`. The proof guarantees that decisions are the same in every caching mode. */
function createRouteSimulator(policies: PolicySets, tenants: readonly Item[]): PolicySimulator {
  const proven = singleGroupLayout(policies, "route", DEFAULT_LAYOUT_OPTIONS);
  if ("needed" in proven) throw new CachingError(explainUngroupable(proven, DEFAULT_LAYOUT_OPTIONS));
  const items = [...permissionItems(policies[0]), ...tenants];
  return createSimulatorOn(policies[0], items, readLayout(proven.layout));
}

function asLines(report: ReplayReport): string[] {
  const { requests, decisions, otherLines, same, newlyDenied, newlyAllowed, unjudged } = report;
  const others = otherLines === 0 ? "" : `, ${plural(otherLines, "other line")}`;
  return [
    ...section("Newly denied", newlyDenied),
    ...section("Newly allowed", newlyAllowed),
    ...(unjudged.length === 0 ? [] : [`Not judged (${sum(unjudged)}):`]),
    ...unjudged.map(({ why, count }) => `  ${count} × ${why}`),
    `${plural(requests, "request")}, ${plural(decisions, "decision")}${others}: ${same} unchanged, ${sum(newlyDenied)} newly denied, ${sum(newlyAllowed)} newly allowed, ${sum(unjudged)} not judged`,
  ];
}

const section = (title: string, differences: readonly Difference[]): string[] =>
  differences.length === 0
    ? []
    : [`${title} (${sum(differences)}):`, ...differences.flatMap(printDifference)];

function printDifference({ tenant, route, count, roles, reasons, why }: Difference): string[] {
  const who = roles.filter((role) => role !== "").join(", ");
  const line = `  ${count} × ${tenant}: ${route}${who === "" ? "" : `, as ${who}`}${reasons.length === 0 ? "" : `: ${reasons.join(", ")}`}`;
  return [line, ...why.map((text) => `      ${text}`)];
}

const sum = (counted: readonly { readonly count: number }[]): number =>
  counted.reduce((total, { count }) => total + count, 0);
