import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { type Stack, startStack } from "../../local/stack.ts";

const ACME = "org_9XyZacme00000001";

interface LoginEvent {
  readonly organization?: { readonly id: string };
  readonly authorization?: { readonly roles: readonly string[] };
}
type Action = (
  event: LoginEvent,
  api: { readonly accessToken: { setCustomClaim(name: string, value: unknown): void } },
) => Promise<void>;

const action = createRequire(import.meta.url)("../../examples/auth0/action.cjs") as {
  readonly onExecutePostLogin: Action;
};

/** Returns the claims that the Action writes for a login. */
async function claimsOf(event: LoginEvent): Promise<Record<string, unknown>> {
  const claims: Record<string, unknown> = {};
  const setCustomClaim = (name: string, value: unknown): void => {
    claims[name] = value;
  };
  await action.onExecutePostLogin(event, { accessToken: { setCustomClaim } });
  return claims;
}

let stack: Stack;
beforeAll(async () => {
  const { policies, problems } = loadPolicyFolder("examples/auth0/policies", "dev");
  if (policies === undefined) throw new Error(JSON.stringify(problems));
  stack = await startStack({ policies: [policies], cache: "auto", ttl: 60, port: 0 });
});
afterAll(() => stack.close());

/** Logs in with Auth0's roles, in an organization or without one, and sends a request. */
async function send(method: string, organization: string | undefined, roles: readonly string[]) {
  const claims = await claimsOf({
    ...(organization !== undefined && { organization: { id: organization } }),
    authorization: { roles },
  });
  const tenants = organization === undefined ? [] : [organization];
  const token = await stack.provider("auth0")?.mint({ tenants, claims });
  const headers = { authorization: `Bearer ${token ?? ""}` };
  const response = await fetch(`${stack.origin}/notes`, { method, headers });
  const body = (await response.json()) as { caller?: { roles: string[] }; error?: { reason?: string } };
  return [response.status, body.caller?.roles ?? body.error?.reason];
}

describe("the Auth0 example", () => {
  it("uses the roles that the Action writes", async () => {
    expect(await send("POST", ACME, ["Notes Writer"])).toEqual([200, ["writer"]]);
    expect(await send("GET", ACME, ["Notes Reader", "Elsewhere"])).toEqual([200, ["reader"]]);
  });

  it("denies requests that the role does not grant, and callers without a role", async () => {
    expect(await send("POST", ACME, ["Notes Reader"])).toEqual([403, "route_not_granted"]);
    expect(await send("GET", ACME, [])).toEqual([403, "no_role"]);
    expect(await send("GET", ACME, ["writer"])).toEqual([403, "no_role"]);
  });

  it("denies a login without an organization, or with one that is not a tenant", async () => {
    expect(await send("GET", undefined, ["Notes Writer"])).toEqual([403, "no_tenant"]);
    expect(await send("GET", "org_stranger", ["Notes Writer"])).toEqual([403, "unknown_tenant"]);
  });

  it("writes no claim without an organization, and an empty list for a user without roles", async () => {
    expect(await claimsOf({ authorization: { roles: ["Notes Writer"] } })).toEqual({});
    expect(await claimsOf({ organization: { id: ACME } })).toEqual({ "https://notes.example/roles": [] });
  });
});
