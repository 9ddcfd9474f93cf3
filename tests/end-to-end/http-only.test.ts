import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import type { ApiType } from "../../core/model/layout.ts";
import type { StackOptions } from "../../local/stack.ts";
import { API, BASE, policiesOf } from "../support/policy-files.ts";
import { listen, stop } from "./issuers.ts";
import { countDecisions, type Running, runStack, send } from "./running.ts";
import { samplePolicies } from "./target.ts";

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

const start = (changes: Partial<StackOptions> = {}): Promise<Running> =>
  runStack({ policies: [samplePolicies()], cache: "route", apiType: "http-simple", ...changes });

async function run(changes: Partial<StackOptions>): Promise<Running> {
  const running = await start(changes);
  open.push(() => running.stack.close());
  return running;
}

const mint = (running: Running, request: object): Promise<string> =>
  running.stack.provider("main")?.mint(request) ?? Promise.reject(new Error("There is no issuer main"));

describe.each(["http-simple", "http-iam"] as const)("an HTTP API of type %s", (apiType: ApiType) => {
  it("never uses a cached response for another value of a bound parameter", async () => {
    const running = await run({ apiType });
    const token = await mint(running, { tenants: ["acme"], roles: ["viewer"], subject: "ann" });
    const patch = async (user: string) =>
      (await send(running, { method: "PATCH", path: `/users/${user}`, token })).status;
    for (let round = 0; round < 3; round++) {
      expect(await patch("ann")).toBe(200);
      expect(await patch("bob")).toBe(403);
      expect(await patch("ann%2Fx")).toBe(403);
      expect(await patch("%61nn")).toBe(403);
    }
  });

  it("calls the authorizer once for repeated requests, and again for another caller", async () => {
    const running = await run({ apiType });
    for (const roles of [["viewer"], ["editor"]]) {
      const token = await mint(running, { tenants: ["acme"], roles });
      const put = { method: "PUT", path: "/documents/1", token };
      const expected = roles[0] === "editor" ? 200 : 403;
      for (let round = 0; round < 3; round++)
        expect(await send(running, put)).toMatchObject({ status: expected });
    }
    await vi.waitFor(() => expect(countDecisions(running)).toBe(2));
  });

  it("caches separately for each tenant of a selecting header", async () => {
    const api = API.replace("backends:", "tenant: { header: X-Tenant }\n  backends:");
    const running = await run({
      apiType,
      policies: [
        policiesOf({ ...BASE, "api.yaml": api, "tenants/globex.yaml": "changes: { viewer: none }\n" }),
      ],
    });
    const token = await mint(running, {
      tenants: ["acme", "globex"],
      roles: ["acme:viewer", "globex:viewer"],
    });
    const request = async (tenant: string | string[] | undefined) =>
      (
        await send(running, {
          path: "/documents",
          token,
          ...(tenant !== undefined && { headers: { "x-tenant": tenant } }),
        })
      ).status;
    for (let round = 0; round < 2; round++) {
      expect(await request("acme")).toBe(200);
      expect(await request("globex")).toBe(403);
      expect(await request(["acme", "globex"])).toBe(403);
      expect(await request(undefined)).toBe(401);
    }
    const preflight = { origin: "https://a.example", "access-control-request-method": "GET" };
    expect(
      (await send(running, { method: "OPTIONS", path: "/documents", headers: preflight })).headers,
    ).toMatchObject({ "access-control-allow-headers": "x-tenant,authorization,content-type" });
  });
});

describe("an HTTP API's own response", () => {
  let running: Running;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.stack.close());

  it("has AWS's body without the reason, which is in the access log", async () => {
    const token = await mint(running, { tenants: ["initech"], roles: ["admin"] });
    const responses = {
      none: await send(running, { path: "/documents" }),
      denied: await send(running, { path: "/documents", token }),
      unknown: await send(running, { path: "/nothing", token }),
      slash: await send(running, { path: "/documents/", token }),
    };
    expect(responses).toMatchObject({
      none: { status: 401, body: { message: "Unauthorized" } },
      denied: { status: 403, body: { message: "Forbidden" } },
      unknown: { status: 404, body: { message: "Not Found" } },
      slash: { status: 404, body: { message: "Not Found" } },
    });
    expect(Object.keys(responses.denied.body)).toEqual(["message"]);
    await vi.waitFor(() => expect(running.logs.join("\n")).toContain('"reason":"tenant_suspended"'));
  });

  it("is a 401 for two Authorization headers, which a comma joins", async () => {
    const token = await mint(running, { tenants: ["acme"], roles: ["admin"] });
    const authorization = [`Bearer ${token}`, `Bearer ${token}`];
    expect(await send(running, { path: "/documents", headers: { authorization } })).toMatchObject({
      status: 401,
    });
    await vi.waitFor(() => expect(running.logs.join("\n")).toContain("several_authorization_headers"));
  });

  it("to a preflight request needs no token", async () => {
    const headers = { origin: "https://app.example", "access-control-request-method": "PUT" };
    expect(await send(running, { method: "OPTIONS", path: "/documents/1", headers })).toMatchObject({
      status: 204,
      headers: {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "DELETE,GET,PATCH,POST,PUT",
        "access-control-allow-headers": "mcp-protocol-version,authorization,content-type",
        "access-control-max-age": "600",
      },
    });
    expect(await send(running, { method: "OPTIONS", path: "/documents/1" })).toMatchObject({ status: 404 });
  });
});

describe("an HTTP backend behind an HTTP API", () => {
  it("gets the caller in headers that a client cannot forge", async () => {
    const { server, origin } = await listen((request, response) => {
      response.end(JSON.stringify({ url: request.url, headers: request.headers }));
    });
    open.push(() => stop(server));
    const running = await run({ backendUrls: new Map([["billing", origin]]) });
    const token = await mint(running, { tenants: ["acme"], roles: ["accountant"], subject: "ann" });
    const headers = { "x-tenant-id": "globex", X_User_Id: "bob", "x-roles": "admin" };
    expect(await send(running, { path: "/invoices/a%20b?x=1", token, headers })).toMatchObject({
      status: 200,
      body: {
        url: "/invoices/a%20b?x=1",
        headers: { "x-tenant-id": "acme", "x-user-id": "ann", "x-roles": "accountant" },
      },
    });
  });
});

describe("a route with API Gateway's own JWT authorizer", () => {
  const PATHS = `  /me:
    get: { x-portcullis: { backend: docs, jwt: main } }
    put: { x-portcullis: { backend: docs, jwt: main, scopes: [profile] } }
`;
  const policies = [policiesOf({ ...BASE, "api.yaml": `${API}${PATHS}` })] as const;

  let running: Running;
  beforeAll(async () => {
    running = await start({ policies });
  });
  afterAll(() => running.stack.close());

  it("accepts any valid token of the issuer, without a tenant or role, and passes no caller to the backend", async () => {
    const token = await mint(running, { tenants: ["nobody"] });
    expect(await send(running, { path: "/me", token })).toMatchObject({
      status: 200,
      body: { caller: null },
    });
    expect(await send(running, { path: "/documents", token })).toMatchObject({ status: 403 });
    expect(countDecisions(running)).toBeLessThan(2);
  });

  it.each([
    ["no token", undefined, 401],
    ["another audience", { claims: { aud: "another-api" } }, 401],
    ["another issuer", { claims: { iss: "https://elsewhere.example" } }, 401],
    ["an expired token", { expiresIn: -60 }, 401],
  ])("responds to %s with 401", async (_, request, status) => {
    const token = request === undefined ? undefined : await mint(running, request);
    expect(await send(running, { path: "/me", ...(token !== undefined && { token }) })).toMatchObject({
      status,
      body: { message: "Unauthorized" },
    });
  });

  it("requires its scope", async () => {
    const put = async (request: object) =>
      (await send(running, { method: "PUT", path: "/me", token: await mint(running, request) })).status;
    expect(await put({ scopes: ["openid"] })).toBe(403);
    expect(await put({ scopes: ["openid", "profile"] })).toBe(200);
  });
});
