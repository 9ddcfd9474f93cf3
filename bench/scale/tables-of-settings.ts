import { CACHING_MODES } from "../../core/model/layout.ts";
import { dollars, ofMillion, ofTheirs, percent, seconds, type Table } from "./format.ts";
import type { Settings } from "./inputs.ts";
import { PRICES } from "./prices.ts";
import type { Result, Run } from "./scenarios.ts";

const TTLS = [30, 60, 300, 3_600];

/** Every mode with every TTL that is looked at; 0 is `off`. */
export const CACHINGS: readonly Pick<Settings, "mode" | "gatewayTtl">[] = [
  ...(["token", "route"] as const).flatMap((mode) => TTLS.map((gatewayTtl) => ({ mode, gatewayTtl }))),
  { mode: "off", gatewayTtl: 0 },
];

/** Caching modes and TTLs, at a thousand requests a second. */
export function cachingTable(run: Run): Table {
  const rows = CACHINGS.map((settings) => {
    const result = run({ settings });
    const { hitRatio, invocations, batches, readUnits, staleness } = result.outcome;
    return [
      `\`${settings.mode}\``,
      String(settings.gatewayTtl),
      percent(hitRatio),
      ...[invocations, batches, readUnits].map((value) => ofMillion(value, result)),
      seconds(staleness.bound),
      seconds(staleness.mean),
      dollars(result.costs.own),
      ofTheirs(result),
    ];
  });
  const calls = ["authorizer calls", "`BatchGetItem`", "read units"];
  return [["mode", "TTL", "hits", ...calls, "stale at most", "on average", "cost", "of theirs"], ...rows];
}

/** How old the function's own memory may be, at a thousand requests a second. */
export function memoryTable(run: Run): Table {
  const rows = [0, 10, 30, 300].map((lambdaTtl) => {
    const result = run({ settings: { lambdaTtl } });
    const { batches, catalogueQueries, readUnits, staleness } = result.outcome;
    return [
      String(lambdaTtl),
      ...[batches, catalogueQueries, readUnits].map((value) => ofMillion(value, result)),
      seconds(staleness.bound),
      dollars(result.costs.own),
    ];
  });
  const reads = ["`BatchGetItem`", "catalogue reads", "read units"];
  return [["`permissions_ttl_seconds`", ...reads, "stale at most", "cost"], ...rows];
}

/** What the money is paid for, at a thousand requests a second. */
export function partsTable(run: Run): Table {
  const results = CACHING_MODES.map((mode) => run({ settings: { mode } }));
  const row = (name: string, cost: (result: Result) => number): string[] => [
    name,
    ...results.map((each) => dollars(cost(each))),
  ];
  return [
    ["", ...CACHING_MODES.map((mode) => `\`${mode}\``)],
    row("authorizer: calls", ({ costs }) => costs.lambdaCalls),
    row("authorizer: time, INIT included", ({ costs }) => costs.lambdaTime),
    row(
      "(the same time on x86)",
      ({ costs }) => costs.lambdaTime * (PRICES.lambdaSecondX86 / PRICES.lambdaSecondArm64),
    ),
    row("table: reads", ({ costs }) => costs.tableReads),
    row("authorizer's log: a line a decision, and Lambda's three", ({ costs }) => costs.decisionLog),
    row("**Portcullis, all of these**", ({ costs }) => costs.own),
    row("Verified Permissions, asked at every request", ({ costs }) => costs.verifiedPermissions),
    row(
      "Verified Permissions, asked at each of these calls instead of the table",
      ({ costs, outcome }) => costs.verifiedPermissions * (outcome.invocations / outcome.requests),
    ),
    row("with either: API Gateway's requests", ({ costs }) => costs.gateway),
    row("with either: access log", ({ costs }) => costs.accessLog),
    row("with either: traces", ({ costs }) => costs.traces),
  ];
}
