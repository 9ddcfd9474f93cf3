import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import type { TokenRequest } from "../../local/identity-provider/identity-provider.ts";
import { type Stack, startStack } from "../../local/stack.ts";

let stack: Stack;

beforeAll(async () => {
  const { policies, problems } = loadPolicyFolder("examples/pool-per-tenant/policies", "dev");
  expect(problems).toEqual([]);
  if (policies === undefined) throw new Error("The example has errors");
  stack = await startStack({ policies: [policies], cache: "auto", ttl: 60, port: 0 });
});
afterAll(() => stack.close());

async function send(method: string, path: string, token: TokenRequest) {
  const minted = await stack.provider("pools")?.mint(token);
  const headers = { authorization: `Bearer ${minted ?? ""}` };
  const response = await fetch(`${stack.origin}${path}`, { method, headers });
  const body = (await response.json()) as { caller?: { tenantId: string }; error?: { reason?: string } };
  return { status: response.status, reason: body.error?.reason, tenant: body.caller?.tenantId };
}

describe("the example with a pool for each tenant, in the local stack", () => {
  it("takes the tenant from the pool and the roles from its groups", async () => {
    const writer = { tenants: ["acme"], roles: ["writer"] };
    expect(await send("POST", "/notes", writer)).toMatchObject({ status: 200, tenant: "acme" });
    expect(await send("DELETE", "/notes/42", writer)).toMatchObject({
      status: 403,
      reason: "route_not_granted",
    });
  });

  it("does not let a pool's token name another tenant", async () => {
    const token = { tenants: ["globex"], roles: ["owner"], claims: { "custom:tenant": "acme" } };
    expect(await send("DELETE", "/notes/42", token)).toMatchObject({ status: 401 });
  });

  it("does not accept an ID token, which any app of the pool may have", async () => {
    const token = { tenants: ["acme"], roles: ["writer"], claims: { token_use: "id" } };
    expect(await send("POST", "/notes", token)).toMatchObject({ status: 401 });
  });
});
