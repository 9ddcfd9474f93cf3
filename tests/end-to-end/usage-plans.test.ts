import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, expect, it } from "vitest";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import type { UsagePer } from "../../local/table/usage-plans.ts";
import { API, policiesOf } from "../support/policy-files.ts";

const PLANS = `
small:
  ceiling: ["ANY /**"]
  quota: { limit: 2, period: MONTH }
large:
  ceiling: ["ANY /**"]
`;
const FILES = {
  "api.yaml": API,
  "roles/viewer.yaml": "allow: [documents.read]\n",
  "plans.yaml": PLANS,
  "tenants/one.yaml": "plan: small\n",
  "tenants/two.yaml": "plan: small\n",
  "tenants/big.yaml": "plan: large\n",
};

let stack: Stack | undefined;
const lines: string[] = [];
afterEach(async () => {
  await stack?.close();
  stack = undefined;
  lines.length = 0;
});

async function start(usagePlans: UsagePer | undefined): Promise<(tenant: string) => Promise<unknown>> {
  const running = await startStack({
    policies: [policiesOf(FILES)],
    cache: "token",
    ttl: 60,
    port: 0,
    usagePlans,
    onAccessLog: (entry) => lines.push(JSON.stringify(entry)),
    onLambdaLog: (line) => lines.push(line),
  });
  stack = running;
  const tokens = new Map<string, string>();
  return async (tenant) => {
    const token =
      tokens.get(tenant) ??
      (await running.provider("main")?.mint({ tenants: [tenant], roles: ["viewer"] })) ??
      "";
    tokens.set(tenant, token);
    const response = await fetch(`${running.origin}/documents/1`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const { error } = (await response.json()) as { error?: { code: string } };
    return error?.code ?? response.status;
  };
}

async function signUp(id: string): Promise<void> {
  const item = {
    pk: `TENANT#${id}`,
    sk: "TENANT",
    v: 1,
    owner: "runtime",
    hash: "1",
    id,
    status: "active",
    generation: "g1",
  };
  const Item = marshallItem({ ...item, plan: "small" });
  await stack?.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item }));
}

it("plans are not enforced by default", async () => {
  const send = await start(undefined);
  for (let at = 0; at < 4; at++) expect(await send("one")).toBe(200);
});

it("with keys for each plan, its tenants share its limits", async () => {
  const send = await start("plan");
  await signUp("late");
  expect([await send("one"), await send("two")]).toEqual([200, 200]);
  for (const tenant of ["one", "two", "late"]) expect(await send(tenant)).toBe("QUOTA_EXCEEDED");
  for (let at = 0; at < 4; at++) expect(await send("big")).toBe(200);
});

it("with keys for each tenant, tenants of the files have their own limits, and others share their plan's", async () => {
  const send = await start("tenant");
  await Promise.all(["late", "later"].map(signUp));
  for (const tenant of ["one", "two"])
    expect([await send(tenant), await send(tenant), await send(tenant)]).toEqual([
      200,
      200,
      "QUOTA_EXCEEDED",
    ]);
  expect([await send("late"), await send("later"), await send("late")]).toEqual([200, 200, "QUOTA_EXCEEDED"]);
});

it("no log and no response contains a key", async () => {
  const send = await start("tenant");
  for (let at = 0; at < 3; at++) await send("one");
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.join("\n")).not.toMatch(/usageIdentifierKey|USAGE_KEY_SECRET|"[0-9a-f]{20}"|[0-9a-f]{64}/);
});
