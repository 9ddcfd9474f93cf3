import { request as httpRequest } from "node:http";
import { GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { keys } from "../../cli/commands/deploy/keys.ts";
import { marshallItem, unmarshallItem } from "../../core/model/dynamodb-json.ts";
import type { Item } from "../../core/model/items.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { PolicySet } from "../../core/policy-files/model/policy-set.ts";
import type { TokenRequest } from "../../local/identity-provider/identity-provider.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { readPersistedJwks } from "../../runtime/jwt/persisted-keys.ts";
import { runVerb } from "../cli/run-verb.ts";
import { API, BASE, policiesOf } from "../support/policy-files.ts";
import { readGeneration } from "../support/read-generation.ts";
import { MODES } from "./cases.ts";
import { samplePolicies } from "./target.ts";

interface Running {
  readonly stack: Stack;
  readonly logs: string[];
  token(request: TokenRequest): Promise<string>;
}
const open: Stack[] = [];
let sample: Promise<Running> | undefined;
/** Returns the running sample in caching mode route, which the tests share that do not change it. */
const runSample = (): Promise<Running> => (sample ??= start(samplePolicies(), "route"));
afterEach(async () => {
  await Promise.all(open.splice(0).map((stack) => stack.close()));
});
afterAll(async () => (await sample)?.stack.close());

async function run(policies: PolicySet, cache: CacheFlag = "route"): Promise<Running> {
  const running = await start(policies, cache);
  open.push(running.stack);
  return running;
}

async function start(policies: PolicySet, cache: CacheFlag): Promise<Running> {
  const logs: string[] = [];
  const stack = await startStack({
    policies: [policies],
    cache,
    ttl: 60,
    port: 0,
    onAccessLog: (entry) => logs.push(JSON.stringify(entry)),
    onLambdaLog: (line) => logs.push(line),
  });
  const token = async (request: TokenRequest): Promise<string> => {
    const provider = stack.provider("main");
    if (provider === undefined) throw new Error("There is no issuer main");
    return provider.mint(request);
  };
  return { stack, logs, token };
}

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}
interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: {
    caller?: Record<string, unknown> | null;
    request?: Record<string, unknown>;
    error?: Record<string, unknown>;
  };
}

/** Sends a request with exactly this path, which `fetch` would normalise. */
function send(
  { stack }: Running,
  { method = "GET", path, token, body, headers = {} }: Sent,
): Promise<Received> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(stack.origin);
    const authorization: Record<string, string> =
      token === undefined ? {} : { authorization: `Bearer ${token}` };
    const sent = httpRequest(
      { hostname, port, path, method, headers: { ...authorization, ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: text === "" ? {} : (JSON.parse(text) as Received["body"]),
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

describe.each(MODES)("under caching mode %s", (cache) => {
  it("callers of two tenants and two roles, alternating on the same routes, never see each other's response", async () => {
    const running = await run(samplePolicies(), cache);
    const callers = await Promise.all(
      ["acme", "globex"].flatMap((tenant) =>
        ["viewer", "editor"].map(async (role) => {
          const subject = `${role}-of-${tenant}`;
          return {
            tenant,
            role,
            subject,
            token: await running.token({ tenants: [tenant], roles: [role], subject }),
          };
        }),
      ),
    );
    const requests = callers.flatMap((caller) => [
      { caller, method: "GET", path: "/documents/1", allowed: true },
      { caller, method: "PUT", path: "/documents/1", allowed: caller.role === "editor" },
      {
        caller,
        method: "POST",
        path: "/documents",
        allowed: caller.role === "editor" && caller.tenant === "acme",
      },
      { caller, method: "GET", path: "/orgs/acme/settings", allowed: caller.tenant === "acme" },
      { caller, method: "GET", path: "/orgs/globex/settings", allowed: caller.tenant === "globex" },
      {
        caller,
        method: "PATCH",
        path: "/users/viewer-of-acme",
        allowed: caller.subject === "viewer-of-acme",
      },
      { caller, method: "GET", path: "/reports/usage", allowed: false },
    ]);
    for (let round = 0; round < 12; round++) {
      const turn = [
        ...requests.slice((round * 5) % requests.length),
        ...requests.slice(0, (round * 5) % requests.length),
      ];
      const responses = await Promise.all(
        turn.map(({ caller, method, path }) => send(running, { method, path, token: caller.token })),
      );
      const seen = responses.map(({ status, body }, index) => ({
        ...turn[index],
        status,
        sawUser: body.caller?.["userId"],
        sawTenant: body.caller?.["tenantId"],
        sawRoles: body.caller?.["roles"],
      }));
      for (const { caller, method, path, allowed, ...saw } of seen)
        expect({ method, path, ...saw }).toEqual({
          method,
          path,
          status: allowed ? 200 : 403,
          sawUser: allowed ? caller?.subject : undefined,
          sawTenant: allowed ? caller?.tenant : undefined,
          sawRoles: allowed ? [caller?.role] : undefined,
        });
    }
    const decisions = () => running.logs.filter((line) => line.includes('"message":"decision"')).length;
    if (cache === "off") await vi.waitFor(() => expect(decisions()).toBe(requests.length * 12));
    else expect(decisions()).toBeLessThan(requests.length * 6);
  });
});

describe("a request that is allowed", () => {
  it("reaches the backend with the same bytes in body, query and path", async () => {
    const running = await runSample();
    const token = await running.token({ tenants: ["acme"], roles: ["editor"] });
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    const binary = await send(running, {
      method: "PUT",
      path: "/files/a%2Fb%20c/d+e.bin?tag=a&tag=b%20c&tag=a&empty=",
      token,
      body: bytes,
      headers: { "content-type": "application/octet-stream" },
    });
    expect(binary).toMatchObject({
      status: 200,
      body: {
        request: {
          method: "PUT",
          path: "/files/a%2Fb%20c/d+e.bin",
          route: "PUT /files/{proxy+}",
          query: { tag: ["a", "b c", "a"], empty: [""] },
          body: bytes.toString("base64"),
          bodyEncoding: "base64",
        },
      },
    });
    const text = ' { "ä" : "😀" }\n';
    const json = await send(running, {
      method: "PUT",
      path: "/documents/42",
      token,
      body: Buffer.from(text),
      headers: { "content-type": "application/json; charset=utf-8" },
    });
    expect(json).toMatchObject({
      status: 200,
      body: { request: { body: text, route: "PUT /documents/{documentId}" } },
    });
  });

  it("cannot forge its caller by its headers", async () => {
    const running = await runSample();
    const token = await running.token({ tenants: ["acme"], roles: ["viewer"], subject: "ann" });
    const forged = { "x-tenant-id": "globex", "x-user-id": "bob", "x-roles": "admin" };
    expect(await send(running, { path: "/documents/1", token, headers: forged })).toMatchObject({
      status: 200,
      body: { caller: { tenantId: "acme", userId: "ann", roles: ["viewer"] } },
    });
  });
});

describe("a request that is denied", () => {
  it("gets a JSON body with the reason and a request id that the client did not choose", async () => {
    const running = await runSample();
    const token = await running.token({ tenants: ["initech"], roles: ["admin"] });
    const denied = await send(running, {
      path: "/documents",
      token,
      headers: { "x-amzn-requestid": "mine" },
    });
    expect(denied).toMatchObject({ status: 403, headers: { "access-control-allow-origin": "*" } });
    expect(denied.body).toEqual({
      error: {
        code: "ACCESS_DENIED",
        message: "The caller may not do this",
        reason: "tenant_suspended",
        requestId: expect.not.stringContaining("mine"),
      },
    });
  });

  it("without a token gets the challenge Bearer, with the address of the metadata document", async () => {
    const running = await runSample();
    const denied = await send(running, { path: "/documents" });
    expect(denied).toMatchObject({
      status: 401,
      headers: {
        "www-authenticate": `Bearer resource_metadata="${running.stack.origin}/.well-known/oauth-protected-resource"`,
      },
      body: { error: { code: "UNAUTHORIZED" } },
    });
  });

  it("cannot send its token outside the Authorization header", async () => {
    const running = await runSample();
    const token = await running.token({ tenants: ["acme"], roles: ["admin"] });
    for (const sent of [
      { path: `/documents?access_token=${token}` },
      { path: "/documents", headers: { cookie: `token=${token}` } },
    ])
      expect(await send(running, sent)).toMatchObject({ status: 401 });
  });
});

describe("an edit of the policy files", () => {
  it("changes decisions as soon as it is in force, also cached ones", async () => {
    const files = { ...BASE, "roles/viewer.yaml": "allow: [documents.read]\n" };
    const running = await run(policiesOf(files));
    const token = await running.token({ tenants: ["acme"], roles: ["viewer"] });
    const statuses = async () =>
      [
        await send(running, { path: "/documents", token }),
        await send(running, { path: "/users/ann", token }),
      ].map(({ status }) => status);
    expect(await statuses()).toEqual([200, 403]);
    await running.stack.update([policiesOf({ ...files, "roles/viewer.yaml": "allow: [users.read]\n" })]);
    expect(await statuses()).toEqual([403, 200]);
    await running.stack.update([policiesOf({ ...files, "tenants/acme.yaml": "status: suspended\n" })]);
    expect(await statuses()).toEqual([403, 403]);
    await running.stack.update([
      policiesOf({
        ...files,
        "api.yaml": API.replace("backend: docs, permission: users.read", "backend: docs, public: true"),
      }),
    ]);
    expect(await statuses()).toEqual([200, 200]);
  });

  it("fails no running request", async () => {
    const running = await run(policiesOf(BASE));
    const token = await running.token({ tenants: ["acme"], roles: ["viewer"] });
    const statuses = new Set<number>();
    let isUpdating = true;
    const loops = Array.from({ length: 8 }, async () => {
      while (isUpdating) statuses.add((await send(running, { path: "/documents", token })).status);
    });
    for (const name of ["One", "Two", "Three"])
      await running.stack.update([policiesOf({ ...BASE, "tenants/acme.yaml": `name: ${name}\n` })]);
    isUpdating = false;
    await Promise.all(loops);
    expect([...statuses]).toEqual([200]);
  });

  it("removes a tenant whose file is deleted", async () => {
    const running = await run(policiesOf({ ...BASE, "tenants/globex.yaml": "name: Globex\n" }));
    const token = await running.token({ tenants: ["globex"], roles: ["viewer"] });
    expect(await send(running, { path: "/documents", token })).toMatchObject({ status: 200 });
    await running.stack.update([policiesOf(BASE)]);
    expect(await send(running, { path: "/documents", token })).toMatchObject({
      status: 403,
      body: { error: { reason: "unknown_tenant" } },
    });
  });
});

describe("a folder with only an API, a role and a tenant", () => {
  it("works with tokens of the issuer main", async () => {
    const running = await run(policiesOf(BASE));
    const token = await running.token({ tenants: ["acme"], roles: ["viewer"], subject: "ann" });
    expect(await send(running, { path: "/documents/1", token })).toMatchObject({
      status: 200,
      body: { caller: { tenantId: "acme", plan: null, issuer: "main" } },
    });
    expect(await send(running, { method: "POST", path: "/documents", token })).toMatchObject({
      status: 403,
      body: { error: { reason: "route_not_granted" } },
    });
    expect(running.stack.issuers.map(({ name }) => name)).toEqual(["main"]);
  });
});

describe("a tenant that is selected by a header", () => {
  it("has its own roles and its own cached responses", async () => {
    const api = API.replace("backends:", "tenant: { header: X-Tenant }\n  backends:");
    const running = await run(
      policiesOf({
        ...BASE,
        "api.yaml": api,
        "tenants/globex.yaml": "changes: { viewer: { except: [GET /documents] } }\n",
      }),
    );
    const token = await running.token({
      tenants: ["acme", "globex"],
      roles: ["acme:viewer", "globex:viewer"],
    });
    const request = (headers: Readonly<Record<string, string>>) =>
      send(running, { path: "/documents", token, headers });
    for (let round = 0; round < 3; round++) {
      expect(await request({ "x-tenant": "acme" })).toMatchObject({
        status: 200,
        body: { caller: { tenantId: "acme" } },
      });
      expect(await request({ "x-tenant": "globex" })).toMatchObject({
        status: 403,
        body: { error: { reason: "route_not_granted" } },
      });
      expect(await request({ "x-tenant": "initech" })).toMatchObject({
        status: 403,
        body: { error: { reason: "no_tenant" } },
      });
      expect(await request({})).toMatchObject({
        status: 401,
        body: {
          error: {
            code: "UNAUTHORIZED",
            message:
              "Send a valid access token in the Authorization header, after `Bearer `, and the tenant in the header X-Tenant",
          },
        },
      });
    }
  });

  it("may be sent by a page, like the headers that an operation declares", async () => {
    const api = API.replace("backends:", "tenant: { header: X-Tenant }\n  backends:").replace(
      "get: { x-portcullis: { backend: docs, permission: documents.search } }",
      "parameters: [{ name: X-Trace, in: header }, { name: accept, in: header }]\n    get: { parameters: [{ name: x-tenant, in: header }], x-portcullis: { backend: docs, permission: documents.search } }",
    );
    const running = await run(policiesOf({ ...BASE, "api.yaml": api }));
    const allowed = async (path: string) =>
      (await send(running, { method: "OPTIONS", path })).headers["access-control-allow-headers"];
    expect(await allowed("/documents")).toBe("X-Tenant,Authorization,Content-Type");
    expect(await allowed("/documents/search")).toBe("x-tenant,X-Trace,Authorization,Content-Type");
  });
});

describe("memberships of the table", () => {
  const ISSUERS = (how: string): string => `main: { preset: generic, tenants: "*", memberships: ${how} }\n`;
  const folder = (how: string) =>
    policiesOf({
      ...BASE,
      "api.yaml": API.replace("backends:", "tenant: { header: X-Tenant }\n  backends:"),
      "issuers.yaml": ISSUERS(how),
      "roles/admin.yaml": "allow: [documents.*]\n",
      "tenants/globex.yaml": "name: Globex\n",
    });
  const member = (tenant: string, role: string, changes: Item = {}): Item => ({
    pk: `TENANT#${tenant}`,
    sk: "MEMBER#main#ann",
    v: 1,
    owner: "runtime",
    id: tenant,
    hash: "1",
    roles: [{ role, ...changes }],
  });
  const put = async ({ stack }: Running, item: Item): Promise<void> => {
    const generation = await readGeneration(stack.dynamodb, TABLE_NAME, String(item["id"]));
    const complete = { generation, ...item };
    await stack.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(complete) }));
  };

  it.each(MODES)(
    "make one person admin of one tenant and viewer of another, alternating under caching mode %s",
    async (cache) => {
      const running = await run(folder("instead"), cache);
      await put(running, member("acme", "admin"));
      await put(running, member("globex", "viewer"));
      const token = await running.token({ subject: "ann" });
      const request = async (tenant: string, method: string): Promise<unknown> => {
        const headers = { "x-tenant": tenant };
        const { status, body } = await send(running, { method, path: "/documents", token, headers });
        return [tenant, method, status, body.caller?.["roles"] ?? body.error?.["reason"]];
      };
      for (let round = 0; round < 4; round++) {
        expect(await request("acme", "POST")).toEqual(["acme", "POST", 200, ["admin"]]);
        expect(await request("globex", "POST")).toEqual(["globex", "POST", 403, "route_not_granted"]);
        expect(await request("globex", "GET")).toEqual(["globex", "GET", 200, ["viewer"]]);
        expect(await request("acme", "GET")).toEqual(["acme", "GET", 200, ["admin"]]);
        expect(await request("initech", "GET")).toEqual(["initech", "GET", 403, "no_tenant"]);
      }
    },
  );

  it("that have ended, or whose token was revoked, grant nothing", async () => {
    const running = await run(folder("merge"), "off");
    await put(running, member("acme", "admin", { until: Math.floor(Date.now() / 1_000) - 1 }));
    await put(running, member("globex", "admin"));
    await put(running, {
      pk: "TENANT#globex",
      sk: "REVOKED#TOKEN#leaked",
      id: "globex",
      v: 1,
      until: Math.floor(Date.now() / 1_000) + 60,
    });
    const request = async (tenant: string, jti: string): Promise<unknown> => {
      const token = await running.token({ subject: "ann", claims: { jti } });
      const headers = { "x-tenant": tenant };
      const { status, body } = await send(running, { path: "/documents", token, headers });
      return [status, body.error?.["reason"]];
    };
    expect(await request("acme", "t1")).toEqual([403, "no_tenant"]);
    expect(await request("globex", "leaked")).toEqual([403, "revoked"]);
    expect(await request("globex", "t1")).toEqual([200, undefined]);
  });
});

describe("a tenant that is selected by path or host", () => {
  const TENANTS = {
    "roles/viewer.yaml": "allow: [documents.read, orgs.read]\n",
    "tenants/globex.yaml": "name: Globex\n",
    "tenants/initech.yaml": "name: Initech\n",
  };
  const PATHS = `  /orgs/{orgId}/reports:
    get: { x-portcullis: { backend: docs, permission: orgs.read } }
    post: { x-portcullis: { backend: docs, permission: orgs.write } }
`;
  const selectedBy = (selector: string) =>
    policiesOf({
      ...BASE,
      ...TENANTS,
      "api.yaml": `${API.replace("backends:", `tenant: ${selector}\n  backends:`)}${PATHS}`,
      "roles/admin.yaml": "allow: [orgs.*]\n",
    });
  const TOKEN = { tenants: ["acme", "globex"], roles: ["acme:admin", "globex:viewer"] };

  it.each(["route", "off"] as const)(
    "is that of the path under caching mode %s, also with cached responses",
    async (cache) => {
      const running = await run(selectedBy("{ path: orgId }"), cache);
      const token = await running.token(TOKEN);
      const request = async (method: string, tenant: string): Promise<unknown> => {
        const { status, body } = await send(running, { method, path: `/orgs/${tenant}/reports`, token });
        return [status, body.caller?.["tenantId"] ?? body.error?.["reason"]];
      };
      for (let round = 0; round < 3; round++) {
        expect(await request("POST", "acme")).toEqual([200, "acme"]);
        expect(await request("POST", "globex")).toEqual([403, "route_not_granted"]);
        expect(await request("GET", "globex")).toEqual([200, "globex"]);
        expect(await request("GET", "acme")).toEqual([200, "acme"]);
        expect(await request("GET", "initech")).toEqual([403, "no_tenant"]);
      }
      const single = await running.token({ tenants: ["acme"], roles: ["viewer"] });
      expect(await send(running, { path: "/documents", token: single })).toMatchObject({
        status: 200,
        body: { caller: { tenantId: "acme" } },
      });
    },
  );

  it("cannot be that of the path under caching mode token", async () => {
    const policies = selectedBy("{ path: orgId }");
    await expect(run(policies, "token")).rejects.toThrow(
      "Caching mode token is not possible: the path parameter {orgId} names the tenant",
    );
    expect((await run(policies, "auto")).stack.mode).toBe("route");
  });

  it.each(MODES)("is the first label of the host name under caching mode %s", async (cache) => {
    const running = await run(selectedBy("{ host: true }"), cache);
    const token = await running.token(TOKEN);
    const request = async (host: string, method = "POST"): Promise<unknown> => {
      const { status, body } = await send(running, {
        method,
        path: "/orgs/x/reports",
        token,
        headers: { host },
      });
      return [status, body.caller?.["tenantId"] ?? body.error?.["reason"]];
    };
    for (let round = 0; round < 3; round++) {
      expect(await request("acme.api.example.com")).toEqual([200, "acme"]);
      expect(await request("ACME.api.example.com")).toEqual([200, "acme"]);
      expect(await request("globex.api.example.com")).toEqual([403, "route_not_granted"]);
      expect(await request("globex.api.example.com", "GET")).toEqual([200, "globex"]);
      for (const host of ["initech.api.example.com", "acme", "acme%2e.api.example.com", ".acme.example.com"])
        expect(await request(host)).toEqual([403, "no_tenant"]);
    }
  });
});

describe("stored keys", () => {
  it("are written to the table by npx portcullis keys, in the form that the authorizer reads", async () => {
    const running = await run(samplePolicies(), "off");
    vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", running.stack.origin);
    try {
      const { port } = new URL(running.stack.origin);
      // The providers make their keys at the first request, which may take longer than a fetch may.
      await Promise.all(running.stack.issuers.map(({ name }) => running.stack.provider(name)?.jwks()));
      const stored = { status: 0, stdout: "main: 1 key stored\nacme-okta: 1 key stored\n" };
      await vi.waitFor(
        async () => expect(await runVerb(keys, "--table", TABLE_NAME, "--port", port)).toMatchObject(stored),
        60_000,
      );
    } finally {
      vi.unstubAllEnvs();
    }
    const { Item } = await running.stack.dynamodb.send(
      new GetItemCommand({ TableName: TABLE_NAME, Key: marshallItem({ pk: "KEYS", sk: "main" }) }),
    );
    const item = unmarshallItem(Item ?? {});
    expect(item).toMatchObject({ owner: "runtime", by: "local" });
    expect(readPersistedJwks(item, { url: String(item["url"]) })?.keys).toHaveLength(1);
  });
});
