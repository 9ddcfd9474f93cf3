import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { LOCAL_AUDIENCE, type TokenRequest } from "../../local/identity-provider/identity-provider.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { tenantStore } from "../../runtime/table/tenant-store.ts";

let stack: Stack;

beforeAll(async () => {
  const { policies, problems } = loadPolicyFolder("examples/cognito/policies", "dev");
  expect(problems).toEqual([]);
  if (policies === undefined) throw new Error("The example has errors");
  stack = await startStack({ policies: [policies], cache: "auto", ttl: 60, port: 0 });
});
afterAll(() => stack.close());

async function send(method: string, path: string, token: TokenRequest) {
  const minted = await stack.provider("cognito")?.mint(token);
  const response = await fetch(`${stack.origin}${path}`, {
    method,
    headers: { authorization: `Bearer ${minted ?? ""}` },
  });
  const body = (await response.json()) as { caller?: { roles: string[] }; error?: { reason?: string } };
  return { status: response.status, reason: body.error?.reason, roles: body.caller?.roles };
}

describe("the Cognito example, in the local stack", () => {
  it("allows what the groups in the pool's tokens grant", async () => {
    const writer = { tenants: ["acme"], roles: ["writer"] };
    expect(await send("POST", "/notes", writer)).toMatchObject({ status: 200, roles: ["writer"] });
    expect(await send("DELETE", "/notes/42", writer)).toMatchObject({
      status: 403,
      reason: "route_not_granted",
    });
  });

  it("does not accept an ID token as an access token", async () => {
    const token = { tenants: ["acme"], roles: ["writer"], claims: { token_use: "id" } };
    expect(await send("GET", "/notes", token)).toMatchObject({ status: 401 });
  });

  it("allows a machine what its client may do in the tenant that the trigger wrote into its token", async () => {
    const store = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "test" });
    await store.putMembership({ tenant: "acme", to: { client: LOCAL_AUDIENCE }, role: "reader" }, "a test");
    const claims = { "custom:tenant": "acme", "custom:roles": "reader", scope: "notes/read" };
    const machine = { subject: LOCAL_AUDIENCE, claims };
    expect(await send("GET", "/notes", machine)).toMatchObject({ status: 200, roles: ["reader"] });
    expect(await send("POST", "/notes", machine)).toMatchObject({ status: 403, reason: "route_not_granted" });
    const elsewhere = { ...machine, claims: { ...claims, "custom:tenant": "globex" } };
    expect(await send("GET", "/notes", elsewhere)).toMatchObject({ status: 403, reason: "no_role" });
  });

  it("adds the roles of memberships", async () => {
    const store = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "test" });
    await store.putMembership({ tenant: "acme", to: { subject: "ann" }, role: "owner" }, "a test");
    const ann = { tenants: ["acme"], roles: ["reader"], subject: "ann" };
    expect(await send("DELETE", "/notes/42", ann)).toMatchObject({ status: 200, roles: ["owner", "reader"] });
  });
});
