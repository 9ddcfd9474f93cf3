import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { AccessDocument } from "../../../core/decision/access.ts";
import type { Item } from "../../../core/model/items.ts";
import { withAccess } from "../../../lambdas/authorizer/access.ts";
import { isProxyEvent } from "../../../lambdas/authorizer/events/proxy-event.ts";
import { start } from "../../../lambdas/authorizer/start.ts";
import { inMemoryReader } from "../../attacks/support/targets.ts";
import { ACCESS, accessApi, CONTEXT, proxyEvent } from "../../support/access-api.ts";
import { authorizerEnvironment } from "../../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import {
  claims,
  clock,
  event,
  ITEMS,
  issuerFields,
  LAYOUT,
  ROLE,
  SECONDS,
  TENANT,
} from "../../support/fixtures.ts";

let signer: Signer;
let issuer: FakeIssuer;
beforeAll(async () => {
  signer = await makeSigner("k1");
  issuer = await FakeIssuer.start(signer);
});
afterAll(() => issuer.stop());

const bearer = async (changes: Record<string, unknown> = {}): Promise<string> =>
  `Bearer ${await sign(signer, claims(issuer.url, changes))}`;

const api = (options: Partial<Parameters<typeof accessApi>[0]> & { readonly items?: readonly Item[] } = {}) =>
  accessApi({
    reader: inMemoryReader(options.items ?? ITEMS),
    issuers: { main: { url: issuer.url } },
    ...options,
  });

const documentOf = ({ body }: { readonly body: string }): AccessDocument =>
  JSON.parse(body) as AccessDocument;

test("a verified caller reads what it may do", async () => {
  const { get, lines } = api();
  const { statusCode, headers, body } = await get({ Authorization: await bearer() });
  expect([statusCode, headers["content-type"]]).toEqual([200, "application/json"]);
  expect(JSON.parse(body)).toEqual({
    version: 1,
    userId: "ann",
    tenantId: "acme",
    tenants: ["acme"],
    plan: null,
    roles: [{ name: "viewer", until: null }],
    permissions: ["documents.read"],
    routes: [{ method: "GET", path: "/documents/{documentId}" }],
  });
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    {
      level: "info",
      message: "access",
      status: 200,
      userId: "ann",
      tenantId: "acme",
      requestId: "extended-1",
    },
  ]);
});

describe("conditional requests", () => {
  it("get a 304 without a body for the ETag of the same body", async () => {
    const { get } = api();
    const Authorization = await bearer();
    const { headers } = await get({ Authorization });
    const { etag = "" } = headers;
    expect(headers).toMatchObject({ "cache-control": "private, no-cache", vary: "Authorization" });
    for (const condition of [etag, `W/${etag}`, `"x", ${etag}`, "*"])
      expect(await get({ Authorization, "If-None-Match": condition })).toEqual({
        statusCode: 304,
        headers: {
          etag,
          vary: "Authorization",
          "cache-control": "private, no-cache",
          "access-control-allow-origin": "*",
        },
        body: "",
      });
    expect(await get({ Authorization, "If-None-Match": etag.replaceAll('"', "") })).toMatchObject({
      statusCode: 200,
    });
  });

  it("get a 200 with another ETag once the caller's access has changed", async () => {
    const items = [...ITEMS];
    const time = clock();
    const { get } = api({ items, time });
    const Authorization = await bearer();
    const { etag = "" } = (await get({ Authorization })).headers;
    items[items.indexOf(ROLE)] = { ...ROLE, hash: "edited", grants: ["DELETE /documents/{documentId}"] };
    time.advance(31_000);
    const changed = await get({ Authorization, "If-None-Match": etag });
    expect(changed.statusCode).toBe(200);
    expect(changed.headers["etag"]).not.toBe(etag);
    expect(documentOf(changed).permissions).toEqual(["documents.purge"]);
  });
});

describe("the tenant", () => {
  const layout = { ...LAYOUT, tenantSelector: { header: "X-Tenant" } } as const;
  const items = [
    issuerFields({
      claims: {
        tenant: ["tenants"],
        roles: ["roles"],
        scopes: ["scope"],
        subject: ["sub"],
      },
      memberships: "instead",
    }),
    ROLE,
    TENANT,
    { ...TENANT, pk: "TENANT#globex", id: "globex" },
    {
      pk: "TENANT#globex",
      sk: "MEMBER#main#ann",
      v: 1,
      generation: "g1",
      hash: "m1",
      roles: [{ role: "viewer", until: SECONDS + 100 }],
    },
  ];

  it("is named by the token alone if the request selects none, and then nothing is read of it", async () => {
    const { get } = api({ items, layout });
    const { statusCode, headers, body } = await get({
      Authorization: await bearer({ tenants: ["globex", "acme"] }),
    });
    expect([statusCode, headers["vary"]]).toEqual([200, "Authorization, X-Tenant"]);
    expect(JSON.parse(body)).toEqual({
      version: 1,
      userId: "ann",
      tenantId: null,
      tenants: ["acme", "globex"],
      plan: null,
      roles: [],
      permissions: [],
      routes: [],
    });
  });

  it("is the one that the header selects, of which no other's roles count", async () => {
    const { get } = api({ items, layout });
    const Authorization = await bearer({ tenants: ["globex", "acme"] });
    const globex = await get({ Authorization, "X-Tenant": "globex" });
    expect(documentOf(globex)).toMatchObject({
      tenantId: "globex",
      roles: [{ name: "viewer", until: SECONDS + 100 }],
    });
    const acme = await get({ Authorization, "X-Tenant": "acme" });
    expect(documentOf(acme)).toMatchObject({ tenantId: "acme", roles: [], permissions: [], routes: [] });
  });

  it("is denied if the token does not name it", async () => {
    const { get } = api({ items, layout });
    const denied = await get({ Authorization: await bearer({ tenants: ["acme"] }), "X-Tenant": "initech" });
    expect([denied.statusCode, JSON.parse(denied.body)]).toEqual([
      403,
      {
        error: {
          code: "ACCESS_DENIED",
          message: "Not allowed",
          reason: "no_tenant",
          requestId: "extended-1",
        },
      },
    ]);
  });

  it("is denied, and the token's are not listed, if the request selects another", async () => {
    const { get } = api({ layout });
    const Authorization = await bearer();
    expect(await get({ Authorization, "X-Tenant": "initech" })).toMatchObject({ statusCode: 403 });
    expect(documentOf(await get({ Authorization, "X-Tenant": "" }))).toMatchObject({ tenantId: null });
  });

  it("is denied if the token names none", async () => {
    const { get } = api({ items, layout });
    expect(await get({ Authorization: await bearer({ tenants: [] }) })).toMatchObject({ statusCode: 403 });
  });
});

test("a role is listed until its end, and the authorizer denies from then on too", async () => {
  const time = clock();
  const member = (until: number): Item => ({
    pk: "TENANT#acme",
    sk: "MEMBER#main#ann",
    v: 1,
    generation: "g1",
    hash: "m1",
    roles: [{ role: "viewer", until }],
  });
  const items = [issuerFields({ memberships: "merge" }), ROLE, TENANT, member(SECONDS + 10)];
  const { get, authorizer } = api({ items, time });
  const Authorization = await bearer({ roles: [] });
  const decided = async () => {
    const response = await authorizer(event(Authorization));
    return "policyDocument" in response && response.policyDocument.Statement[0]?.Effect;
  };
  const before = await get({ Authorization });
  expect(documentOf(before)).toMatchObject({
    roles: [{ name: "viewer", until: SECONDS + 10 }],
    permissions: ["documents.read"],
  });
  expect(await decided()).toBe("Allow");
  time.advance(10_000);
  const after = await get({ Authorization, "If-None-Match": before.headers["etag"] ?? "" });
  expect(after.statusCode).toBe(200);
  expect(documentOf(after)).toMatchObject({ roles: [], permissions: [], routes: [] });
  expect(await decided()).toBe("Deny");
});

describe("a failure of our own", () => {
  it.each(["catalogue", "items"] as const)(
    "of the table (%s) is a 500, and neither a 200 nor a 403",
    async (method) => {
      const reader = { ...inMemoryReader(ITEMS), [method]: () => Promise.reject(new Error("hunter2")) };
      const { get, lines } = api({ reader });
      const { statusCode, headers, body } = await get({ Authorization: await bearer() });
      expect([statusCode, headers["cache-control"]]).toEqual([500, "no-store"]);
      expect(JSON.parse(body)).toEqual({
        error: { code: "AUTHORIZER_FAILURE", message: "Try again", requestId: "extended-1" },
      });
      expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({
        level: "error",
        message: "access",
        status: 500,
      });
      expect(lines.join()).not.toContain("hunter2");
    },
  );

  it("of the configuration is a 500, because a function that throws would be a 502", async () => {
    const lines: string[] = [];
    const handler = start({
      env: authorizerEnvironment({ TABLE_NAME: "" }),
      layoutPath: "/nowhere/layout.json",
      now: Date.now,
      log: (line) => lines.push(line),
    });
    expect(await handler(proxyEvent({ Authorization: await bearer() }), CONTEXT)).toMatchObject({
      statusCode: 500,
    });
    expect(lines.at(-1)).toContain('"code":"configuration_invalid"');
  });
});

describe("pages of other origins", () => {
  it("read a REST API's response if their origin is allowed", async () => {
    const { get } = api({ origins: ["https://app.example.com", "https://b.example.com"] });
    const Authorization = await bearer();
    const allowed = await get({ Authorization, Origin: "https://b.example.com" });
    expect(allowed.headers).toMatchObject({
      "access-control-allow-origin": "https://b.example.com",
      vary: "Authorization, Origin",
    });
    for (const Origin of ["https://evil.example", "null", "https://app.example.com.evil.example"])
      expect((await get({ Authorization, Origin })).headers).not.toHaveProperty(
        "access-control-allow-origin",
      );
    expect((await get({ Origin: "https://b.example.com" })).headers).toMatchObject({
      "access-control-allow-origin": "https://b.example.com",
    });
  });

  it("get no header of an HTTP API's function, because API Gateway adds it", async () => {
    const { get } = api({ origins: null, settings: { ...ACCESS, errors: null } });
    expect((await get({ Authorization: await bearer() })).headers).not.toHaveProperty(
      "access-control-allow-origin",
    );
    const rejected = await get({});
    expect([rejected.statusCode, rejected.body]).toEqual([401, '{"message":"Unauthorized"}']);
    expect(rejected.headers).toMatchObject({ "www-authenticate": "Bearer" });
  });
});

describe("the function's events", () => {
  it("of an authorizer go to the authorizer, also with members that a client would like to add", async () => {
    const handler = withAccess(
      () => Promise.resolve("authorizer"),
      () => Promise.reject(new Error("access")),
    );
    for (const sent of [
      event("Bearer x"),
      { ...event("Bearer x"), isBase64Encoded: false },
      null,
      "x",
      { portcullis: "ping" },
      { isBase64Encoded: false },
    ])
      expect(await handler(sent, CONTEXT)).toBe("authorizer");
  });

  it("of a proxy integration go to the authorizer, which answers 500, if the API has no access route", async () => {
    expect(isProxyEvent(proxyEvent({}))).toBe(true);
    expect(await withAccess(() => Promise.resolve("authorizer"), undefined)(proxyEvent({}), CONTEXT)).toBe(
      "authorizer",
    );
  });
});
