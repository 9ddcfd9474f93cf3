import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { withTables } from "../../bench/scale/docs-tables.ts";
import { SETTINGS } from "../../bench/scale/inputs.ts";
import { QUOTAS } from "../../bench/scale/quotas.ts";
import { scenarios } from "../../bench/scale/scenarios.ts";
import { readModule } from "../../scripts/terraform-docs/hcl.ts";

const run = scenarios(true);

test("the tables of docs/scale.md are what the simulation gives: npx tsx bench/scale/write-docs.ts", () => {
  const text = readFileSync("docs/scale.md", "utf8");
  expect(withTables(text, run)).toBe(text);
});

test("the default settings stay under a tenth of Verified Permissions, at every rate", () => {
  for (const rate of [0.01, 1, 10, 100, 1_000, 10_000, 100_000]) {
    const { costs } = run({ traffic: { rate } });
    expect(costs.own, String(rate)).toBeLessThan(costs.verifiedPermissions / 10);
  }
});

test("the default settings are Terraform's", async () => {
  const { variables } = await readModule(".");
  const defaultOf = (variable: string, member: string): string | undefined =>
    new RegExp(`\\b${member}\\s*=\\s*optional\\(\\w+, ("?)([^,")]+)\\1\\)`).exec(
      variables[variable]?.type ?? "",
    )?.[2];
  expect({
    ttl: defaultOf("caching", "ttl_seconds"),
    memory: defaultOf("authorizer", "memory_mb"),
    provisioned: defaultOf("authorizer", "provisioned_concurrency"),
    permissions: defaultOf("authorizer", "permissions_ttl_seconds"),
    throttle: defaultOf("throttle", "rate"),
  }).toEqual({
    ttl: String(SETTINGS.gatewayTtl),
    memory: String(SETTINGS.memoryMb),
    provisioned: String(SETTINGS.provisioned),
    permissions: String(SETTINGS.lambdaTtl),
    throttle: String(QUOTAS.stageThrottle.limit),
  });
});
