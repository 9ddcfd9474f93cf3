import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ASSUMED, DEFAULT_INPUTS, estimateScale } from "../../bench/scale-model.ts";
import priceFile from "../../bench/scale-prices.json" with { type: "json" };
import { CACHING_MODES, type CachingMode } from "../../core/model/layout.ts";
import { readModule } from "../../scripts/terraform-docs/hcl.ts";

const PAGE = readFileSync("docs/scale.md", "utf8");
const RATES = [0.01, 0.1, 1, 10, 100, 1_000, 10_000, 100_000];

describe("the estimate for a million requests", () => {
  test("with the default inputs is $0.12: 87 % hits, and half of the cost is the log", () => {
    const { hitRatio, logs, total } = estimateScale("token", DEFAULT_INPUTS);
    expect(hitRatio).toBeCloseTo(0.865, 3);
    expect(total).toBeCloseTo(0.116, 3);
    expect(logs / total).toBeCloseTo(0.49, 2);
  });

  test("without caching is a call per request, and the sum of its four parts", () => {
    const { calls, lambdaRequests, lambdaTime, tableReads, logs, total } = estimateScale(
      "off",
      DEFAULT_INPUTS,
    );
    expect(calls).toBe(1_000_000);
    expect(lambdaRequests).toBeCloseTo(0.2, 6);
    expect(logs).toBeCloseTo(0.425, 6);
    expect(total).toBeCloseTo(lambdaRequests + lambdaTime + tableReads + logs, 6);
  });

  test("has no hits with a TTL of 0, and more hits with a longer TTL, longer visits and longer tokens", () => {
    const hits = (inputs: Partial<typeof DEFAULT_INPUTS>): number =>
      estimateScale("route", { ...DEFAULT_INPUTS, ...inputs }).hitRatio;
    expect(hits({ ttlSeconds: 0 })).toBe(0);
    expect(hits({ ttlSeconds: 300 })).toBeGreaterThan(hits({}));
    expect(hits({ requestsPerVisit: 80 })).toBeGreaterThan(hits({}));
    expect(hits({ tokenSeconds: 60 })).toBeLessThan(hits({}));
  });

  test("is below a tenth of Verified Permissions with the default settings, at every rate", () => {
    const verifiedPermissions = 1_000_000 * priceFile.prices.verifiedPermissions.usd;
    for (const rate of RATES)
      expect(estimateScale("token", { ...DEFAULT_INPUTS, rate }).total, String(rate)).toBeLessThan(
        verifiedPermissions / 10,
      );
  });

  test("uses Terraform's defaults", async () => {
    const { variables } = await readModule(".");
    const findDefault = (variable: string, member: string): string | undefined =>
      new RegExp(`\\b${member}\\s*=\\s*optional\\(\\w+, ("?)([^,")]+)\\1\\)`).exec(
        variables[variable]?.type ?? "",
      )?.[2];
    expect(findDefault("caching", "ttl_seconds")).toBe(String(DEFAULT_INPUTS.ttlSeconds));
    expect(findDefault("authorizer", "memory_mb")).toBe(String(ASSUMED.memoryMb));
    expect(findDefault("authorizer", "provisioned_concurrency")).toBe("0");
    expect(findDefault("authorizer", "permissions_ttl_seconds")).toBe(String(ASSUMED.permissionsTtlSeconds));
    expect(PAGE).toContain(`\`throttle.rate = ${findDefault("throttle", "rate")}\``);
  });
});

describe("docs/scale.md", () => {
  test("shows the script's output for the default inputs", () => {
    const output = execFileSync(process.execPath, ["--import", "tsx", "bench/scale.ts"], {
      encoding: "utf8",
    });
    expect(PAGE).toContain(`\`\`\`\n${output}\`\`\``);
  });

  test("has costs by mode and TTL that the formulas reach within a tenth and half a cent", () => {
    const rows = [...PAGE.matchAll(/^\| `(token|route|off)` \| (\d+) \|.* \$([\d.]+) \|/gm)];
    expect(rows).toHaveLength(9);
    for (const [row, mode, ttl, cost] of rows)
      expectNear(
        estimateScale(mode as CachingMode, { ...DEFAULT_INPUTS, ttlSeconds: Number(ttl) }).total,
        cost,
        row,
      );
  });

  test("has costs by rate that the formulas reach within a tenth and half a cent", () => {
    for (const rate of RATES) {
      const row =
        new RegExp(`^\\| ${rate.toLocaleString("en")} \\| 8\\d\\.\\d % .*$`, "m").exec(PAGE)?.[0] ?? "";
      const costs = [...row.matchAll(/\$([\d.]+)/g)].map(([, cost]) => cost);
      expect(costs, String(rate)).toHaveLength(3);
      for (const [column, mode] of CACHING_MODES.entries())
        expectNear(estimateScale(mode, { ...DEFAULT_INPUTS, rate }).total, costs[column], `${mode}: ${row}`);
    }
  });

  test("lists every price with its source", () => {
    for (const { usd, per, source } of Object.values(priceFile.prices))
      expect(PAGE).toContain(`| ${usd.toFixed(12).replace(/0+$/, "")} | ${per} | ${source} |`);
  });
});

/** The page rounds its costs, so half a cent is allowed in addition to a tenth. */
function expectNear(estimate: number, cost: string | undefined, row: string): void {
  const expected = Number(cost);
  expect(Math.abs(estimate - expected), row).toBeLessThan(expected / 10 + 0.005);
}
