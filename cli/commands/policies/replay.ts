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
import { readLog } from "../../explain/read-log.ts";
import type { Command } from "../../shared/command.ts";
import { COMMON, readFlags } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";

const USAGE = `npx portcullis replay --log FILE [--log …] [--policies DIR] [--environment NAME] [--json]

Tells what the files would have answered to the requests of an access log: those newly refused and newly allowed,
by tenant and route. FILE has one JSON document a line, access log and the authorizer's decisions in any order
(- is standard input): an access log does not tell a caller's roles, so they are taken from the decision of the
same request, or from one of the same caller by the same permissions. A decision tells only those roles that the
tenant had. Requests of which it cannot be told are counted.
Exit status 0: everything would be answered as it was, 1: something would not, 2: wrong use.`;

export const replay: Command = { usage: USAGE, run };

async function run(args: readonly string[]): Promise<number> {
  const { values } = readFlags(args, {
    ...COMMON,
    log: { type: "string", multiple: true, default: [] },
    json: { type: "boolean", default: false },
  });
  if (values.help) return print([USAGE], 0);
  const records = await readLog(values.log);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 1;
  const report = replayRecords(records, standByRoute(policies));
  const differs = report.newlyRefused.length + report.newlyAllowed.length > 0;
  return print(values.json ? [JSON.stringify(report, null, 2)] : asLines(report), differs ? 1 : 0);
}

/** By route: what it answers is the same in every caching mode, which is what the proof is about. */
function standByRoute(policies: PolicySets): PolicySimulator {
  const proven = singleGroupLayout(policies, "route", DEFAULT_LAYOUT_OPTIONS);
  if ("needed" in proven) throw new CachingError(explainUngroupable(proven, DEFAULT_LAYOUT_OPTIONS));
  return createSimulatorOn(policies[0], permissionItems(policies[0]), readLayout(proven.layout));
}

function asLines(report: ReplayReport): string[] {
  const { requests, decisions, otherLines, same, newlyRefused, newlyAllowed, unjudged } = report;
  const others =
    otherLines === 0
      ? ""
      : `, and ${plural(otherLines, "line")} that ${otherLines === 1 ? "is" : "are"} neither`;
  return [
    ...section("Newly refused", newlyRefused),
    ...section("Newly allowed", newlyAllowed),
    ...(unjudged.length === 0 ? [] : [`Not judged (${sum(unjudged)}):`]),
    ...unjudged.map(({ why, count }) => `  ${count} × ${why}`),
    `${plural(requests, "request")}, ${plural(decisions, "decision")}${others}: ${same} would be answered as they were, ${sum(newlyRefused)} newly refused, ${sum(newlyAllowed)} newly allowed, ${sum(unjudged)} not judged`,
  ];
}

const section = (title: string, differences: readonly Difference[]): string[] =>
  differences.length === 0 ? [] : [`${title} (${sum(differences)}):`, ...differences.map(printDifference)];

function printDifference({ tenant, route, count, roles, reasons }: Difference): string {
  const who = roles.filter((role) => role !== "").join(", ");
  return `  ${count} × ${tenant}: ${route}${who === "" ? "" : `, as ${who}`}${reasons.length === 0 ? "" : `: ${reasons.join(", ")}`}`;
}

const sum = (counted: readonly { readonly count: number }[]): number =>
  counted.reduce((total, { count }) => total + count, 0);

const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

function print(lines: readonly string[], status: number): number {
  process.stdout.write(`${lines.join("\n")}\n`);
  return status;
}
