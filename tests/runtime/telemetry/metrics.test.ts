import { expect, test } from "vitest";
import { keyRefreshes } from "../../../runtime/telemetry/key-refreshes.ts";
import { embeddedMetrics, type Metrics } from "../../../runtime/telemetry/metrics.ts";
import type { CompletedDecision } from "../../../runtime/telemetry/telemetry.ts";
import { decided } from "../../support/decided.ts";

const functionName = "portcullis-prod-authorizer";

const countedFields = (
  metrics: Metrics,
  changes: Partial<CompletedDecision> = {},
  refreshes = keyRefreshes(),
) => embeddedMetrics({ functionName, metrics, refreshes })(decided(changes)) ?? {};

interface Directive {
  readonly Namespace: string;
  readonly Dimensions: readonly (readonly string[])[];
  readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
}
const readDirectives = (fields: Record<string, unknown>): readonly Directive[] =>
  (fields["_aws"] as { CloudWatchMetrics: readonly Directive[] }).CloudWatchMetrics;

/** Returns the dimensions' values under which `Decisions` is counted, a list for each set. */
const labels = (fields: Record<string, unknown>) =>
  readDirectives(fields)
    .filter(({ Metrics }) => Metrics.some(({ Name }) => Name === "Decisions"))
    .flatMap(({ Dimensions }) => Dimensions.map((set) => set.map((name) => fields[name])));

test("a line has no metric fields when nothing is counted", () => {
  expect(countedFields("off")).toEqual({});
});

test("faults are counted even when metrics are off, and each is declared, with its dimension at the line's root", () => {
  const refreshes = keyRefreshes();
  for (const failed of [false, true, true]) refreshes.count(failed);
  const telemetry = { stalePermissions: true, staleKeys: true, steps: { whole: 4 } };
  expect(countedFields("off", { telemetry }, refreshes)).toEqual({
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

test("a decision is counted by outcome, and its steps by duration", () => {
  const telemetry = {
    steps: { whole: 4, token: 1.5, permissions: 2 },
    permissionsCached: false,
  };
  const fields = countedFields("on", { telemetry });
  expect(labels(fields)).toEqual([[functionName, "allow"]]);
  expect(fields).toMatchObject({
    Decisions: 1,
    Latency: 4,
    TokenLatency: 1.5,
    PermissionsLatency: 2,
    DecisionLatency: 0.5,
    PermissionsCacheHits: 0,
  });
  const [timed] = readDirectives(fields);
  expect(timed?.Metrics).toContainEqual({ Name: "TokenLatency", Unit: "Milliseconds" });
  expect(timed?.Metrics).toContainEqual({ Name: "PermissionsCacheHits", Unit: "Count" });
});

test.each([
  ["a denial by its reason", { outcome: "deny", reason: "no_role" }, "no_role"],
  ["a bad token by its code", { outcome: "unauthorized", code: "token_expired" }, "token_expired"],
  ["a failure by its code", { outcome: "error", code: "table_unreachable" }, "table_unreachable"],
])("counts %s", (_, line, reason) => {
  expect(labels(countedFields("on", { decision: line }))).toEqual([
    [functionName, line.outcome],
    [functionName, reason],
  ]);
});

test("a step that was not reached is not counted, because a 0 would lower the average", () => {
  const result = { outcome: "unauthorized", status: 401, code: "token_missing", error: null } as const;
  const fields = countedFields("on", { result, telemetry: { steps: { whole: 1 } } });
  expect(Object.keys(fields)).toEqual(["_aws", "FunctionName", "Outcome", "Latency", "Decisions"]);
});

test("attempts to fetch keys are counted once, in the next line", () => {
  const refreshes = keyRefreshes();
  refreshes.count(false);
  const metrics = embeddedMetrics({ functionName, metrics: "on", refreshes });
  expect(metrics(decided())).toMatchObject({ KeyRefreshes: 1 });
  expect(metrics(decided())).not.toHaveProperty("KeyRefreshes");
});

test("tenants are counted only with the setting tenant", () => {
  expect(labels(countedFields("on"))).toEqual([[functionName, "allow"]]);
  expect(labels(countedFields("tenant"))).toEqual([
    [functionName, "allow"],
    [functionName, "acme", "allow"],
  ]);
  const denied = countedFields("tenant", { decision: { outcome: "deny", reason: "tenant_suspended" } });
  expect(labels(denied)).toContainEqual([functionName, "acme", "deny"]);
});

test.each(["unknown_tenant", "no_tenant", "issuer_not_allowed"])(
  "a tenant that may not exist creates no metric: %s",
  (reason) => {
    const fields = countedFields("tenant", { decision: { outcome: "deny", reason, tenantId: "made-up" } });
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
])(
  "a tenant that CloudWatch would reject as a dimension leaves the line's other metrics intact: it %s",
  (_, tenantId) => {
    expect(labels(countedFields("tenant", { decision: { outcome: "allow", tenantId } }))).toEqual([
      [functionName, "allow"],
    ]);
  },
);

test("a line stays within CloudWatch's limits: 100 metrics a directive, 30 dimensions a set, no empty value", () => {
  const refreshes = keyRefreshes();
  refreshes.count(true);
  const telemetry = {
    steps: { whole: 4, token: 1, permissions: 2 },
    permissionsCached: true,
    stalePermissions: true,
    staleKeys: true,
  };
  const fields = countedFields(
    "tenant",
    { telemetry, decision: { outcome: "deny", reason: "no_role" } },
    refreshes,
  );
  const directives = readDirectives(fields);
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
