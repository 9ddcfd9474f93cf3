import type { Item } from "../../../core/model/items.ts";
import { readLayout } from "../../../core/model/layout.ts";
import { plural } from "../../../core/model/plural.ts";
import type { PolicySets } from "../../../core/policy-files/compile/build-layout.ts";
import {
  DEFAULT_LAYOUT_OPTIONS,
  singleGroupLayout,
} from "../../../core/policy-files/compile/build-layout.ts";
import { CachingError } from "../../../core/policy-files/compile/compile.ts";
import { permissionItems } from "../../../core/policy-files/compile/permission-items.ts";
import { explainUngroupable } from "../../../core/policy-files/compile/proof-report.ts";
import { readForeignRequest, replayForeign } from "../../../core/policy-files/replay/foreign.ts";
import { type ReplayDeps, replay as replayRecords } from "../../../core/policy-files/replay/replay.ts";
import type { Difference, ReplayReport } from "../../../core/policy-files/replay/tally.ts";
import type { PolicySimulator } from "../../../core/policy-files/simulate/simulate.ts";
import { createSimulatorOn } from "../../../core/policy-files/simulate/simulator.ts";
import { loadTrust } from "../../explain/explain-token.ts";
import { foreignCallers } from "../../explain/foreign-callers.ts";
import { LOG_FLAG, readLines, readLog } from "../../explain/read-log.ts";
import { defineCommand } from "../../shared/command.ts";
import { COMMON, type FlagValues, FORMAT, UsageError } from "../../shared/flags.ts";
import { loadEnvironments } from "../../shared/load-environments.ts";
import { print, printJson } from "../../shared/output.ts";
import { withRunTimeState } from "../../table/run-time-state.ts";
import { TABLE_FLAG } from "../../table/table-flag.ts";

const FLAGS = {
  log: LOG_FLAG,
  foreign: {
    type: "string",
    multiple: true,
    default: [] as string[],
    value: "FILE",
    about: `A file with decisions of another authorizer (- is standard input): one {method, path, claims, allowed} on each
line, where claims is the payload of the token. docs/migrate.md has a wrapper that logs them.`,
    example: "decisions.ndjson",
  },
  issuers: {
    type: "string",
    value: "FILE",
    otherwise: "the only issuer of the policy files",
    about: `The issuers of the claims of --foreign, by their iss (JSON, in the form of the function's variable ISSUERS). With
it, audiences are checked too.`,
    example: "issuers.json",
  },
  client: {
    type: "string",
    value: "C",
    otherwise: "all requests",
    about: "Only the requests of one OAuth client, by its id in the decision lines.",
    example: "quill-assistant",
  },
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
  forms: ["--log FILE …", "--foreign FILE … [--issuers FILE]"],
  about: `Decides the requests of an access log again by the policy files. Prints those that are newly denied and newly allowed,
by tenant and route. FILE has one JSON document on each line, from the access log and the authorizer's decision log, in
any order. An access log has no roles, so the roles come from the decision line of the same request, or of the same
caller with the same permissions. A decision line has only the roles that the tenant had.
Requests that cannot be decided again are counted. With --foreign, another authorizer decided the requests.`,
  flags: FLAGS,
  examples: [
    "replay --log access.ndjson --log decisions.ndjson",
    "replay --foreign decisions.ndjson --issuers issuers.json",
  ],
  statuses: ["every decision stays the same", "some change"],
  run,
});

async function run(values: FlagValues<typeof FLAGS>): Promise<number> {
  const replayIn = values.foreign.length > 0 ? await foreignReplay(values) : await ownReplay(values);
  const policies = loadEnvironments(values.policies, values.environment, { all: false });
  if (policies === undefined) return 2;
  return withRunTimeState(values.table, policies[0], ({ tenants, stateOf }) => {
    const simulator = createRouteSimulator(policies, tenants);
    const folder = `${values.policies.replace(/\/*$/, "")}/`;
    const deps = { rules: policies[0], simulator, stateOf: stateOf(simulator.catalogue), folder };
    const report = replayIn(deps);
    const status = report.newlyDenied.length + report.newlyAllowed.length > 0 ? 1 : 0;
    return values.format === "json" ? printJson(report, status) : print(asLines(report), status);
  });
}

type Replay = (deps: ReplayDeps) => ReplayReport;

async function ownReplay({ log, issuers, client }: FlagValues<typeof FLAGS>): Promise<Replay> {
  if (issuers !== undefined) throw new UsageError("--issuers: only with --foreign");
  if (log.length === 0)
    throw new UsageError("name a file with log lines: --log, or --foreign for those of another authorizer");
  const records = await readLog(log);
  return (deps) => replayRecords(records, { ...deps, client });
}

async function foreignReplay({ foreign, issuers, log, client }: FlagValues<typeof FLAGS>): Promise<Replay> {
  if (client !== undefined) throw new UsageError("--client: only with --log");
  if (log.length > 0)
    throw new UsageError("--log and --foreign: give one of them, because they have other decisions");
  const trust = issuers === undefined ? undefined : await loadTrust(issuers, "");
  const requests = await readLines("foreign", foreign, readForeignRequest);
  if (requests.every((request) => request === undefined))
    throw new UsageError(
      "--foreign: no line has a method, a path, claims and allowed, as in " +
        '{"method":"GET","path":"/documents","claims":{"sub":"ann"},"allowed":true}',
    );
  return (deps) =>
    replayForeign(requests, {
      ...deps,
      readCaller: foreignCallers(deps.simulator.catalogue.issuers, deps.simulator.tenants, trust),
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
  const read = decisions === undefined ? "" : `, ${plural(decisions, "decision")}`;
  const others = otherLines === 0 ? "" : `, ${plural(otherLines, "other line")}`;
  return [
    ...section("Newly denied", newlyDenied),
    ...section("Newly allowed", newlyAllowed),
    ...(unjudged.length === 0 ? [] : [`Not judged (${sum(unjudged)}):`]),
    ...unjudged.map(({ why, count }) => `  ${count} × ${why}`),
    `${plural(requests, "request")}${read}${others}: ${same} unchanged, ${sum(newlyDenied)} newly denied, ${sum(newlyAllowed)} newly allowed, ${sum(unjudged)} not judged`,
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
