import { describe, expect, it } from "vitest";
import { respondTo } from "../../../core/decision/authorize.ts";
import { supposedCaller } from "../../../core/decision/caller.ts";
import {
  KEY_DELAY,
  readUsageKey,
  settledKey,
  USAGE_KEY_BYTES,
  usageHolder,
} from "../../../core/decision/usage-plan.ts";
import { FRAME_RESERVE } from "../../../core/exact/budget.ts";
import { findRoute } from "../../../core/model/layout.ts";
import { parseMethodArn } from "../../../core/model/method-arn.ts";
import { BASE_ARN, layoutOf, route } from "../../support/api.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, tenantOf } from "../../support/items.ts";

const KEY_ITEM = { pk: "TENANT#acme", sk: "USAGE_KEY", v: 1, owner: "terraform", plan: "team" };
const LAYOUT = layoutOf([route("GET /documents"), route("GET /billing")]);
const CATALOGUE = catalogueOf(ISSUER, PLAN, ROLE);

describe("the limits that a request counts against", () => {
  it("are those of the plan, or the tenant's own if its key is in the usage plan of its plan", () => {
    const tenant = tenantOf();
    expect(usageHolder({ tenant })).toBe("plan:team");
    expect(usageHolder({ tenant, usageKey: readUsageKey(KEY_ITEM) })).toBe("tenant:acme");
    expect(usageHolder({ tenant, usageKey: { plan: "free" } })).toBe("plan:team");
  });

  it("do not exist if there are no plans or there is no such tenant", () => {
    expect(
      usageHolder({ tenant: { ...tenantOf(), plan: null }, usageKey: { plan: "team" } }),
    ).toBeUndefined();
    expect(usageHolder({ tenant: undefined })).toBeUndefined();
  });

  it("are the plan's for 5 minutes after the tenant's key was created, because API Gateway may not know it", () => {
    const created = "2026-11-30T12:00:00Z";
    const key = readUsageKey({ ...KEY_ITEM, created });
    const holderAt = (ms: number) =>
      usageHolder({ tenant: tenantOf(), usageKey: settledKey(key, Date.parse(created) + ms) });
    expect(KEY_DELAY).toBe(300_000);
    expect([0, 299_999, 300_000].map(holderAt)).toEqual(["plan:team", "plan:team", "tenant:acme"]);
    expect(settledKey(readUsageKey(KEY_ITEM), 0)).toEqual({ plan: "team" });
    expect(settledKey(undefined, 0)).toBeUndefined();
  });

  it.each(["yesterday", "2026-13-01T00:00:00Z", "2026-11-30", 7, null])(
    "are not read from an item that was created at %j",
    (created) => {
      expect(() => readUsageKey({ ...KEY_ITEM, created })).toThrow("TENANT#acme USAGE_KEY: field created");
    },
  );

  it("are not read from an item of another version", () => {
    expect(() => readUsageKey({ ...KEY_ITEM, v: 2 })).toThrow("TENANT#acme USAGE_KEY: field v");
    expect(() => readUsageKey({ ...KEY_ITEM, plan: 7 })).toThrow("TENANT#acme USAGE_KEY: field plan");
  });
});

function respond(who: Partial<Parameters<typeof supposedCaller>[0]> = {}, enforced = true) {
  const found = findRoute(LAYOUT, "GET /documents");
  if (found === undefined) throw new Error("There is no such route");
  const caller = supposedCaller({
    tenant: "acme",
    subject: "ann",
    roles: ["viewer"],
    issuer: "main",
    ...who,
  });
  const stored = {
    catalogue: CATALOGUE,
    tenant: tenantOf(),
    membershipState: null,
    usageKey: { plan: "team" },
  };
  const resolved = { ...found, arn: parseMethodArn(`${BASE_ARN}/GET/documents`) };
  const keys = (holder: string): string => `secret-${holder}`.padEnd(USAGE_KEY_BYTES, "x").slice(0, 20);
  return respondTo(resolved, caller, stored, LAYOUT, { usageKeys: enforced ? keys : undefined });
}

describe("a response", () => {
  it("that allows contains the key, but its log does not", () => {
    const { response, log } = respond();
    expect(response.usageIdentifierKey).toBe("secret-tenant:acmexx");
    expect(JSON.stringify(log)).not.toContain("secret-");
    expect(log["policyBytes"]).toBe(JSON.stringify(response).length);
  });

  it("has no key if it denies or if plans are not enforced", () => {
    expect(respond({ roles: ["nobody"] }).response).not.toHaveProperty("usageIdentifierKey");
    expect(respond({}, false).response).not.toHaveProperty("usageIdentifierKey");
  });

  it("fits into what the proof reserves, even with the longest principal and the largest context", () => {
    let fullest = 0;
    for (let filler = 0; filler < 800; filler++) {
      const { response } = respond({ subject: "s".repeat(256), claims: { filler: "f".repeat(filler) } });
      if (response.usageIdentifierKey === undefined) continue;
      const resources = response.policyDocument.Statement.map(
        ({ Resource }) => JSON.stringify(Resource).length - 2,
      );
      fullest = Math.max(
        fullest,
        JSON.stringify(response).length - resources.reduce((sum, one) => sum + one, 0),
      );
    }
    expect(fullest).toBeGreaterThan(1_500);
    expect(fullest).toBeLessThanOrEqual(FRAME_RESERVE);
  });
});
