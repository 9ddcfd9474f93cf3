import { expect, test } from "vitest";
import { keyRefreshes } from "../../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics, type Metrics } from "../../../runtime/telemetry/metrics.ts";
import type { CompletedDecision } from "../../../runtime/telemetry/telemetry.ts";
import { decided } from "../../support/decided.ts";

const functionName = "portcullis-prod-authorizer";

const counted = (metrics: Metrics, changes: Partial<CompletedDecision> = {}, refreshes = keyRefreshes()) =>
  embeddedMetrics({ functionName, metrics, refreshes })(decided(changes)) ?? {};

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
const directivesOf = (fields: Record<string, unknown>): readonly Directive[] =>
  (fields["_aws"] as { CloudWatchMetrics: readonly Directive[] }).CloudWatchMetrics;

/** The values of the dimensions that `Decisions` is counted under, a list for each set. */
const labels = (fields: Record<string, unknown>) =>
  directivesOf(fields)
    .filter(({ Metrics }) => Metrics.some(({ Name }) => Name === "Decisions"))
    .flatMap(({ Dimensions }) => Dimensions.map((set) => set.map((name) => fields[name])));

test("where nothing is to be counted a line has no member of a metric", () => {
  expect(counted("off")).toEqual({});
});

test("faults are counted also where metrics are off, each declared, with its dimension at the line's root", () => {
  const refreshes = keyRefreshes();
  for (const failed of [false, true, true]) refreshes.count(failed);
  const telemetry = { stalePermissions: true, staleKeys: true, steps: { whole: 4 } };
  expect(counted("off", { telemetry }, refreshes)).toEqual({
    _aws: {
      Timestamp: 1_000,
      CloudWatchMetrics: [
        {
          Namespace: "Portcullis",
          Dimensions: [["FunctionName"]],
          Metrics: [
            { Name: "StalePermissions", Unit: "Count" },
            { Name: "StaleKeys", Unit: "Count" },
            { Name: "KeyRefreshFailures", Unit: "Count" },
          ],
        },
      ],
    },
    FunctionName: functionName,
    StalePermissions: 1,
    StaleKeys: 1,
    KeyRefreshFailures: 2,
  });
});

test("a decision counts by outcome, and its steps by how long they took", () => {
  const telemetry = {
    steps: { whole: 4, token: 1.5, permissions: 2 },
    permissionsCached: false,
  };
  const fields = counted("on", { telemetry });
  expect(labels(fields)).toEqual([[functionName, "allow"]]);
  expect(fields).toMatchObject({
    Decisions: 1,
    Latency: 4,
    TokenLatency: 1.5,
    PermissionsLatency: 2,
    DecisionLatency: 0.5,
    PermissionsCacheHits: 0,
  });
  const [timed] = directivesOf(fields);
  expect(timed?.Metrics).toContainEqual({ Name: "TokenLatency", Unit: "Milliseconds" });
  expect(timed?.Metrics).toContainEqual({ Name: "PermissionsCacheHits", Unit: "Count" });
});

test.each([
  ["a refusal by its reason", { outcome: "deny", reason: "no_role" }, "no_role"],
  ["a bad token by its code", { outcome: "unauthorized", code: "token_expired" }, "token_expired"],
  ["a failure by its code", { outcome: "error", code: "table_unreachable" }, "table_unreachable"],
])("counts %s too", (_, line, reason) => {
  expect(labels(counted("on", { decision: line }))).toEqual([
    [functionName, line.outcome],
    [functionName, reason],
  ]);
});

test("what was not reached is not counted, for a 0 would lower the average", () => {
  const result = { outcome: "unauthorized", status: 401, code: "token_missing", error: null } as const;
  const fields = counted("on", { result, telemetry: { steps: { whole: 1 } } });
  expect(Object.keys(fields)).toEqual(["_aws", "FunctionName", "Outcome", "Latency", "Decisions"]);
});

test("attempts to fetch keys are counted once, by the next line", () => {
  const refreshes = keyRefreshes();
  refreshes.count(false);
  const metrics = embeddedMetrics({ functionName, metrics: "on", refreshes });
  expect(metrics(decided())).toMatchObject({ KeyRefreshes: 1 });
  expect(metrics(decided())).not.toHaveProperty("KeyRefreshes");
});

test("tenants are counted only where that is asked for", () => {
  expect(labels(counted("on"))).toEqual([[functionName, "allow"]]);
  expect(labels(counted("tenant"))).toEqual([
    [functionName, "allow"],
    [functionName, "acme", "allow"],
  ]);
  const refused = counted("tenant", { decision: { outcome: "deny", reason: "tenant_suspended" } });
  expect(labels(refused)).toContainEqual([functionName, "acme", "deny"]);
});

test.each(["unknown_tenant", "no_tenant", "issuer_not_allowed"])(
  "a tenant that may be made up makes no metric: %s",
  (reason) => {
    const fields = counted("tenant", { decision: { outcome: "deny", reason, tenantId: "made-up" } });
    expect(labels(fields)).toEqual([
      [functionName, "deny"],
      [functionName, reason],
    ]);
    expect(JSON.stringify(fields)).not.toContain("made-up");
  },
);

test.each([
  ["begins with a colon", ":a"],
  ["is blank", " "],
  ["is too long", "a".repeat(1_025)],
])("a tenant whose name CloudWatch refuses does not spoil the line's metrics: it %s", (_, tenantId) => {
  expect(labels(counted("tenant", { decision: { outcome: "allow", tenantId } }))).toEqual([
    [functionName, "allow"],
  ]);
});

test("a line stays within CloudWatch's bounds: 100 metrics a directive, 30 dimensions a set, no empty value", () => {
  const refreshes = keyRefreshes();
  refreshes.count(true);
  const telemetry = {
    steps: { whole: 4, token: 1, permissions: 2 },
    permissionsCached: true,
    stalePermissions: true,
    staleKeys: true,
  };
  const fields = counted(
    "tenant",
    { telemetry, decision: { outcome: "deny", reason: "no_role" } },
    refreshes,
  );
  const directives = directivesOf(fields);
  expect(directives.length).toBe(2);
  for (const { Metrics, Dimensions } of directives) {
    expect(Metrics.length).toBeLessThanOrEqual(100);
    for (const { Name } of Metrics) expect(fields[Name]).toEqual(expect.any(Number));
    for (const set of Dimensions) {
      expect(set.length).toBeLessThanOrEqual(30);
      for (const name of set) expect(fields[name]).toMatch(/^[!-~]/);
    }
  }
});
