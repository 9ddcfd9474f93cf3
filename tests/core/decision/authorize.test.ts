import { describe, expect, it } from "vitest";
import { type AuthorizeDeps, authorize, parseRequest } from "../../../core/decision/authorize.ts";
import { claimsAfterVerification } from "../../../core/decision/claims.ts";
import type { AuthorizerRequest } from "../../../core/decision/resolve-route.ts";
import { AuthenticationError, InternalError } from "../../../core/model/errors.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { Layout } from "../../../core/model/layout.ts";
import { naivelyAllows } from "../../oracle/naive-matcher.ts";
import { BASE_ARN, groupOf, layoutOf, route } from "../../support/api.ts";
import { catalogueOf, ISSUER, PLAN, ROLE, tenantOf, without } from "../../support/items.ts";

const LAYOUT = layoutOf([route("GET /documents"), route("PATCH /users/{userId}"), route("GET /reports")]);
const catalogue = catalogueOf(without(ISSUER, "roleNames"), ROLE, PLAN);
const PAYLOAD = { sub: "ann", tenant: "acme", roles: ["viewer"] };

interface Scenario {
  readonly request?: Partial<AuthorizerRequest>;
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly layout?: Layout;
  readonly deps?: Partial<AuthorizeDeps>;
  readonly header?: readonly [string, readonly string[]];
}
async function run({ request = {}, payload = PAYLOAD, layout = LAYOUT, deps = {}, header }: Scenario = {}) {
  const headers = new Map<string, readonly string[]>([["authorization", ["Bearer YQ.Yg.Yw"]]]);
  if (header !== undefined) headers.set(...header);
  const sent: AuthorizerRequest = {
    method: "GET",
    resource: "/documents",
    methodArn: `${BASE_ARN}/GET/documents`,
    headers,
    stageVariables: { portcullis_all: "all-abc123" },
    ...request,
  };
  return authorize(parseRequest(sent, layout), {
    layout,
    verifyToken: () => {
      const issuer = catalogue.issuers.get(issuerName("main"));
      return issuer === undefined
        ? Promise.reject(new Error("no issuer"))
        : Promise.resolve(claimsAfterVerification(issuer, payload));
    },
    loadPermissions: (caller) =>
      Promise.resolve({
        catalogue,
        tenant: tenantOf({ id: caller.tenant, changes: undefined }),
        membershipState: null,
      }),
    ...deps,
  });
}
const rejects = (scenario: Scenario, name: string, code: string, message: string) =>
  expect(run(scenario)).rejects.toMatchObject({ name, code, message });

describe("authorize", () => {
  it("responds to a token with a policy that allows what is granted", async () => {
    const { response, log } = await run();
    expect(naivelyAllows(response.policyDocument, `${BASE_ARN}/GET/documents`)).toBe(true);
    expect(naivelyAllows(response.policyDocument, `${BASE_ARN}/GET/reports`)).toBe(false);
    expect(log).toMatchObject({ outcome: "allow", userId: "ann", tenantId: "acme" });
  });

  it("logs that the policy denies the request itself, and why, if it allows other routes of the group", async () => {
    const request = { resource: "/reports", methodArn: `${BASE_ARN}/GET/reports` };
    const denied = await run({ request, layout: { ...LAYOUT, mode: "token" } });
    expect(denied.log).toMatchObject({
      outcome: "allow",
      reason: "route_not_granted",
      denial: { check: "role_grants" },
    });
    const allowed = await run();
    expect(allowed.log["denial"]).toBeUndefined();
    expect(allowed.log["reason"]).toBeUndefined();
    const bound = { method: "PATCH", resource: "/users/{userId}", methodArn: `${BASE_ARN}/PATCH/users/bob` };
    expect((await run({ request: bound })).log).toMatchObject({
      denial: { check: "request", bindingMatched: false },
    });
    const shape = await run({ payload: { sub: "ann", tenant: { id: "acme" }, roles: ["viewer"] } });
    expect(shape.log).toMatchObject({
      reason: "no_tenant",
      denial: { check: "tenant_claim", claim: "tenant", found: "an object with 1 key" },
    });
  });

  it("denies with a reason and with what is known about the caller", async () => {
    const { response } = await run({ payload: { sub: "ann", roles: ["viewer"] } });
    expect(response).toMatchObject({
      principalId: "ann",
      context: { userId: "ann", issuer: "main", reason: "no_tenant" },
    });
    expect(response.context).not.toHaveProperty("tenantId");
    expect(naivelyAllows(response.policyDocument, `${BASE_ARN}/GET/documents`)).toBe(false);
  });

  it("does not read the table for a caller without a tenant, nor verify a token for an unknown route", async () => {
    const untouched = () => Promise.reject(new Error("must not be called"));
    await expect(
      run({ payload: { sub: "ann" }, deps: { loadPermissions: untouched } }),
    ).resolves.toHaveProperty("response");
    await expect(
      run({ request: { resource: "/nothing" }, deps: { verifyToken: untouched } }),
    ).rejects.toMatchObject({ code: "route_unknown" });
  });

  it("throws the error of a rejected token or of a table that cannot be read", async () => {
    await rejects(
      { deps: { verifyToken: () => Promise.reject(new AuthenticationError("token_expired", "Expired")) } },
      "AuthenticationError",
      "token_expired",
      "Expired",
    );
    await rejects(
      { deps: { loadPermissions: () => Promise.reject(new InternalError("table_unreachable", "Gone")) } },
      "InternalError",
      "table_unreachable",
      "Gone",
    );
  });
});

describe("an event that does not match the bundle is our own failure", () => {
  const UNKNOWN = "The event's route is not in this bundle's layout: deploy API and bundle of one build";
  it.each<[title: string, request: Partial<AuthorizerRequest>, message: string]>([
    ["a route of another build", { resource: "/other" }, UNKNOWN],
    ["a method of another build", { method: "DELETE" }, UNKNOWN],
    ["a member of every object", { resource: "constructor" }, UNKNOWN],
    [
      "an ARN of another route",
      { methodArn: `${BASE_ARN}/GET/reports` },
      "The event's methodArn is not an ARN of the event's route",
    ],
    [
      "an ARN of another method",
      { methodArn: `${BASE_ARN}/PUT/documents` },
      "The event's methodArn is not an ARN of the event's route",
    ],
    ["a malformed ARN", { methodArn: "*" }, "The event's methodArn is not the ARN of a REST API's method"],
  ])("%s", (_, request, message) => rejects({ request }, "InternalError", "route_unknown", message));

  it.each<[title: string, stageVariables: Record<string, string>]>([
    ["without the stage variable", {}],
    ["with another layout's", { portcullis_all: "all-other1" }],
    ["with another group's", { portcullis_all: "b-abc123" }],
  ])("a stage %s", (_, stageVariables) =>
    rejects(
      { request: { stageVariables } },
      "InternalError",
      "layout_mismatch",
      "Stage variable portcullis_all is not all-abc123: the stage belongs to another layout",
    ),
  );

  it("checks the stage variable of the route's own group", async () => {
    const layout = layoutOf([], {
      groups: [groupOf("a", [route("GET /documents")]), groupOf("b", [route("GET /reports")])],
    });
    await expect(
      run({ layout, request: { stageVariables: { portcullis_a: "a-abc123" } } }),
    ).resolves.toHaveProperty("response");
    await rejects(
      { layout, request: { stageVariables: { portcullis_b: "b-abc123" } } },
      "InternalError",
      "layout_mismatch",
      "Stage variable portcullis_a is not a-abc123: the stage belongs to another layout",
    );
  });
});

describe("a tenant's selector", () => {
  const layout: Layout = { ...LAYOUT, tenantSelector: { header: "X-Tenant" } };
  const payload = { sub: "ann", tenant: ["acme", "globex"], roles: { acme: ["viewer"], globex: ["nobody"] } };
  const outcome = async (values: readonly string[] | undefined) => {
    const { response } = await run({
      layout,
      payload,
      ...(values !== undefined && { header: ["x-tenant", values] as const }),
    });
    return [
      response.context["tenantId"],
      naivelyAllows(response.policyDocument, `${BASE_ARN}/GET/documents`),
      response.context["reason"],
    ];
  };

  it("chooses among the token's tenants, each with its own roles", async () => {
    expect(await outcome(["acme"])).toEqual(["acme", true, "route_not_granted"]);
    expect(await outcome(["globex"])).toEqual(["globex", false, "no_role"]);
  });

  it("that is missing, sent twice, empty or not one of the token's tenants chooses none", async () => {
    for (const values of [undefined, [], ["acme", "acme"], ["acme", "globex"], [""], ["initech"], ["ACME"]])
      expect(await outcome(values)).toEqual([undefined, false, "no_tenant"]);
  });

  it("is ignored if the API has no selector", async () => {
    const { response } = await run({ header: ["x-tenant", ["globex"]] });
    expect(response.context["tenantId"]).toBe("acme");
  });
});

describe("a tenant in the path or the host name", () => {
  const payload = { sub: "ann", tenant: ["acme", "globex"], roles: { acme: ["viewer"], globex: ["viewer"] } };
  const chosen = async (scenario: Scenario): Promise<unknown> => {
    const { context } = (await run({ payload, ...scenario })).response;
    return context["tenantId"] ?? context["reason"];
  };
  const routes = [route("GET /orgs/{orgId}/docs"), route("GET /documents")];
  const byPath = layoutOf(routes, { tenantSelector: { path: "orgId" } });
  const at = (path: string) => ({
    layout: byPath,
    request: { resource: "/orgs/{orgId}/docs", methodArn: `${BASE_ARN}/GET${path}` },
  });

  it("is the value of the parameter, decoded", async () => {
    expect(await chosen(at("/orgs/globex/docs"))).toBe("globex");
    expect(await chosen(at("/orgs/%67lobex/docs"))).toBe("globex");
    for (const path of ["/orgs/initech/docs", "/orgs/acme%2Fglobex/docs", "/orgs/%ff/docs", "/orgs/%/docs"])
      expect(await chosen(at(path))).toBe("no_tenant");
  });

  it("comes from the claim for routes without the parameter", async () => {
    expect(await chosen({ layout: byPath })).toBe("no_tenant");
    expect(await chosen({ layout: byPath, payload: PAYLOAD })).toBe("acme");
  });

  it("is the first label of the host name", async () => {
    const layout: Layout = { ...LAYOUT, tenantSelector: { host: true } };
    const at = (...values: string[]) => chosen({ layout, header: ["host", values] });
    expect(await at("globex.api.example.com")).toBe("globex");
    expect(await at("Globex.api.example.com:443")).toBe("globex");
    for (const values of [[], ["acme"], ["acme.a", "globex.a"], ["*.api.example.com"], ["acme.a/b"]])
      expect(await at(...values)).toBe("no_tenant");
  });
});

describe("an event that does not contain its route", () => {
  const off = (...keys: string[]): Layout =>
    layoutOf(
      keys.map((key) => route(key)),
      { mode: "off", front: "rest-token" },
    );
  const scenario = (path: string, layout: Layout): Scenario => ({
    layout,
    request: { method: "", resource: null, methodArn: `${BASE_ARN}${path}`, stageVariables: {} },
  });
  const allowed = async (path: string, layout: Layout): Promise<boolean> =>
    naivelyAllows((await run(scenario(path, layout))).response.policyDocument, `${BASE_ARN}${path}`);

  it("gets the response of its only possible route", async () => {
    const layout = off("GET /documents", "GET /reports", "PATCH /users/{userId}");
    expect(await allowed("/GET/documents", layout)).toBe(true);
    expect(await allowed("/GET/reports", layout)).toBe(false);
    expect(await allowed("/PATCH/users/ann", layout)).toBe(true);
    expect(await allowed("/PATCH/users/bob", layout)).toBe(false);
  });

  it("is denied explicitly if one of its possible routes is denied", async () => {
    const layout = off("GET /documents", "GET /{other}");
    const { response, log } = await run(scenario("/GET/documents", layout));
    expect(response.policyDocument.Statement.map(({ Effect }) => Effect)).toEqual(["Deny"]);
    expect(log).toMatchObject({ outcome: "deny", reason: "route_not_granted" });
    expect(
      await allowed("/PATCH/users/ann", off("PATCH /users/{userId}", "PATCH /users/{userId}/{more}")),
    ).toBe(true);
    expect(
      await allowed("/PATCH/users/ann%2Fx", off("PATCH /users/{userId}", "PATCH /users/{userId}/{more}")),
    ).toBe(false);
  });

  it("can be a request of a route with a literal in any spelling, also next to a broken escape", async () => {
    const layout = off("GET /{other}/{more}", "GET /reports/{more}");
    const grants = catalogueOf(
      without(ISSUER, "roleNames"),
      { ...ROLE, grants: ["GET /{other}/{more}"] },
      { ...PLAN, ceiling: ["GET /{other}/{more}", "GET /reports/{more}"] },
    );
    const effectsFor = async (path: string) => {
      const loadPermissions: AuthorizeDeps["loadPermissions"] = async (caller) => ({
        catalogue: grants,
        tenant: tenantOf({ id: caller.tenant, changes: undefined, never: undefined }),
        membershipState: null,
      });
      const { response } = await run({ ...scenario(path, layout), deps: { loadPermissions } });
      return response.policyDocument.Statement.map(({ Effect }) => Effect);
    };
    expect(await effectsFor("/GET/other/1")).toEqual(["Allow", "Deny"]);
    for (const path of ["/GET/reports/1", "/GET/%72eports/1", "/GET/%72eports/%FF", "/GET/%72eports/%"])
      expect([path, await effectsFor(path)]).toEqual([path, ["Deny"]]);
  });

  it("is denied, and is no failure, if its parameter is encoded slashes alone", async () => {
    for (const path of ["/PATCH/users/%2F", "/PATCH/users/%2F/", "/PATCH/users/%2f%2F"])
      expect([path, await allowed(path, off("PATCH /users/{userId}"))]).toEqual([path, false]);
  });

  it("gets the group's policy in token mode, whichever route it has", async () => {
    const layout = layoutOf([route("GET /documents"), route("GET /{other}")], {
      mode: "token",
      front: "rest-token",
    });
    const { response } = await run(scenario("/GET/documents", layout));
    expect(response.policyDocument.Statement.map(({ Effect }) => Effect)).toEqual(["Allow", "Deny"]);
  });

  it.each(["/GET/nothing", "/DELETE/documents", "/GET/documents/x"])("is our own failure for %s", (path) =>
    rejects(
      scenario(path, off("GET /documents")),
      "InternalError",
      "route_unknown",
      "The event's methodArn matches no route of this bundle's layout: deploy API and bundle of one build",
    ),
  );
});
