import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterEach, describe, expect, it, vi } from "vitest";
import { keys } from "../../cli/commands/deploy/keys.ts";
import { explain } from "../../cli/commands/policies/explain.ts";
import { token } from "../../cli/commands/try/token.ts";
import { marshallItem } from "../../core/model/dynamodb-json.ts";
import type { ApiType } from "../../core/model/layout.ts";
import { stampItem } from "../../core/policy-files/compile/permission-items.ts";
import type { RealIssuer } from "../../local/identity-provider/identity-server.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { TABLE_NAME } from "../../local/table/table.ts";
import { tenantStore } from "../../runtime/table/tenant-store.ts";
import { runVerb } from "../cli/run-verb.ts";
import { BASE, type FileTexts, policiesOf } from "../support/policy-files.ts";

const URL_OF_PROVIDER = "https://login.example.com/";
const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function start(
  files: FileTexts,
  { trust, apiType }: { trust?: Record<string, RealIssuer>; apiType?: ApiType } = {},
): Promise<Stack> {
  const stack = await startStack({
    policies: [policiesOf({ ...BASE, ...files })],
    cache: "auto",
    ttl: 60,
    port: 0,
    ...(apiType && { apiType }),
    ...(trust && { trust: new Map(Object.entries(trust)) }),
  });
  open.push(stack.close);
  return stack;
}

async function get(stack: Stack, bearer: string, path = "/documents"): Promise<number> {
  const headers = { authorization: `Bearer ${bearer}` };
  return (await fetch(stack.origin + path, { headers })).status;
}

const trusted = async ({ origin }: Stack): Promise<Record<string, object>> =>
  (await (await fetch(`${origin}/_portcullis/issuers`)).json()) as Record<string, object>;

const printToken = ({ origin }: Stack, ...args: string[]) =>
  runVerb(token, "--port", new URL(origin).port, "--tenant", "acme", "--role", "viewer", ...args);

describe("The local stack", () => {
  it("trusts the issuers of the folder and no others", async () => {
    const stack = await start({ "issuers.yaml": 'acme-okta: { preset: okta, tenants: "*" }\n' });
    expect(Object.keys(await trusted(stack))).toEqual(["acme-okta"]);
    expect(stack.provider("main")).toBeUndefined();
    const response = await fetch(`${stack.origin}/_portcullis/issuers/main/token`, {
      method: "POST",
      body: "{}",
    });
    expect(response.status).toBe(404);
  });

  it("trusts the issuer main of a folder that names none", async () => {
    expect(Object.keys(await trusted(await start({})))).toEqual(["main"]);
  });

  it("stops trusting an issuer that is removed from the folder", async () => {
    const both = 'first: { preset: generic, tenants: "*" }\nsecond: { preset: generic, tenants: "*" }\n';
    const stack = await start({ "issuers.yaml": both });
    const minted = (await stack.provider("second")?.mint({ tenants: ["acme"], roles: ["viewer"] })) ?? "";
    expect(await get(stack, minted)).toBe(200);
    await stack.update([
      policiesOf({ ...BASE, "issuers.yaml": 'first: { preset: generic, tenants: "*" }\n' }),
    ]);
    expect(await get(stack, minted)).toBe(401);
    expect(stack.provider("second")).toBeUndefined();
  });
});

const PRESETS: Readonly<Record<string, string>> = {
  generic: 'preset: generic, tenants: "*"',
  "cognito access": 'preset: cognito, tenants: "*"',
  "cognito id": 'preset: cognito, token: id, tenants: "*"',
  auth0:
    'preset: auth0, tenants: "*", claims: { roles: https://example.com/roles }, roles: { Reader: viewer }',
  okta: 'preset: okta, tenants: "*", roles: { Readers: [viewer] }',
  entra: 'preset: entra, tenants: "*"',
};

describe("npx portcullis token", () => {
  it.each(Object.entries(PRESETS))(
    "takes the folder's first issuer and mints the shape of its preset: %s",
    async (_, first) => {
      const issuers = `theirs: { ${first} }\nother: { preset: generic, tenants: [globex] }\n`;
      const stack = await start({ "issuers.yaml": issuers, "tenants/globex.yaml": "name: Globex\n" });
      const { stdout, status } = await printToken(stack);
      expect(status).toBe(0);
      expect(await get(stack, stdout.trim())).toBe(200);
    },
  );

  it("suggests an issuer for one that does not exist", async () => {
    const stack = await start({});
    expect(await printToken(stack, "--issuer", "mian")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('There is no issuer "mian"; did you mean "main"?'),
    });
  });
});

const POOLS = "pools: { preset: cognito, tenants: by_directory, audience: none }\n";

describe("a directory of a tenant", () => {
  const files = {
    "issuers.yaml": POOLS,
    "tenants/acme.yaml": "directories: { pools: eu-central-1_Acme }\n",
    "tenants/globex.yaml": "name: Globex\n",
  };

  it("issues the tenant's tokens, which name the tenant by iss alone", async () => {
    const stack = await start(files);
    const { stdout } = await printToken(stack);
    const payload = JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString());
    expect(payload).toMatchObject({ iss: `${stack.origin}/_portcullis/issuers/pools/eu-central-1_Acme` });
    expect(payload).not.toHaveProperty("custom:tenant");
    expect(await get(stack, stdout.trim())).toBe(200);
  });

  it("is needed for a token of its issuer", async () => {
    const { origin } = await start(files);
    expect(await runVerb(token, "--port", new URL(origin).port, "--tenant", "globex")).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(
        "The tenant globex lists no directory of the issuer pools: add directories: { pools: … } to its file",
      ),
    });
    expect(await runVerb(token, "--port", new URL(origin).port)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining("name one tenant"),
    });
  });

  it("may be brought by a tenant at run time", async () => {
    const stack = await start(files);
    const store = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "tests" });
    await store.putTenant({ id: "initech", directories: { pools: "eu-central-1_Init" } }, "signed up");
    const minted = await stack.provider("pools")?.mint({ tenants: ["initech"], roles: ["viewer"] });
    expect(await get(stack, minted ?? "")).toBe(200);
    const { stdout } = await printToken(stack);
    expect(await get(stack, stdout.trim())).toBe(200);
  });

  it("has its keys stored by the verb keys, and its tokens explained", async () => {
    const stack = await start(files);
    vi.stubEnv("AWS_ENDPOINT_URL", stack.origin);
    const port = new URL(stack.origin).port;
    const { stdout } = await runVerb(keys, "--table", TABLE_NAME, "--port", port);
    const url = `${stack.origin}/_portcullis/issuers/pools/eu-central-1_Acme`;
    expect(stdout.trim()).toBe(`pools (${url}): 1 key stored`);
    const later = stampItem({ pk: "ISSUER#hash", sk: "ISSUER", name: "later", needs: ["news"] });
    await stack.dynamodb.send(new PutItemCommand({ TableName: TABLE_NAME, Item: marshallItem(later) }));
    const mixed = await runVerb(keys, "--table", TABLE_NAME, "--port", port);
    expect(mixed).toMatchObject({
      status: 1,
      stdout: expect.stringMatching(/1 key stored\nlater: not stored: Item ISSUER#hash ISSUER: it needs/),
    });

    const folder = mkdtempSync(join(tmpdir(), "portcullis-directories-"));
    open.push(() => rmSync(folder, { recursive: true }));
    for (const [path, text] of Object.entries({ ...BASE, ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const explained = async (bearer: string, ...args: string[]) => {
      const flags = ["--policies", folder, "--port", port, "--token", bearer, ...args];
      return (await runVerb(explain, ...flags, "GET /documents")).stdout;
    };
    const mint = async (tenant: string) =>
      (await stack.provider("pools")?.mint({ tenants: [tenant], roles: ["viewer"] })) ?? "";
    expect(await explained(await mint("acme"))).toMatch(
      /GET \/documents: allowed[\s\S]*the directory eu-central-1_Acme, which issued the token, is the tenant's/,
    );
    const store = tenantStore({ client: stack.dynamodb, table: TABLE_NAME, who: "tests" });
    await store.putTenant({ id: "initech", directories: { pools: "eu-central-1_Init" } }, "signed up");
    const runTime = await mint("initech");
    expect(await explained(runTime)).toContain("401, issuer_unknown");
    expect(await explained(runTime, "--table", TABLE_NAME)).toContain("GET /documents: allowed");
    vi.unstubAllEnvs();
  });

  it("that no tenant lists is not trusted", async () => {
    const stack = await start(files);
    const iss = `${stack.origin}/_portcullis/issuers/pools/eu-central-1_Other`;
    const { stdout } = await printToken(stack, "--claim", `iss=${iss}`);
    expect(await get(stack, stdout.trim())).toBe(401);
  });
});

async function createRealProvider(url = URL_OF_PROVIDER) {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256" }] };
  const sign = (claims: JWTPayload = {}): Promise<string> =>
    new SignJWT({ iss: url, sub: "ann", aud: "api", tenant: "acme", roles: ["viewer"], ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "k1", typ: "JWT" })
      .setIssuedAt()
      .setExpirationTime("1h")
      .sign(privateKey);
  return { settings: { url, audiences: ["api"] }, jwks, sign };
}

const TWO = 'main: { preset: generic, tenants: "*" }\nother: { preset: generic, tenants: "*" }\n';

describe("A real identity provider of --trust", () => {
  it("has its tokens accepted by its keys alone, and no token is minted for it", async () => {
    const real = await createRealProvider();
    const stack = await start({ "issuers.yaml": TWO }, { trust: { main: real } });
    expect(await get(stack, await real.sign())).toBe(200);
    expect(await get(stack, await real.sign({ aud: "another" }))).toBe(401);
    expect(await get(stack, await (await createRealProvider()).sign())).toBe(401);
    const path = `${stack.origin}/_portcullis/issuers/main`;
    for (const action of ["token", "rotate"]) {
      const response = await fetch(`${path}/${action}`, { method: "POST", body: "{}" });
      expect([response.status, await response.text()]).toEqual([409, expect.stringContaining("--trust")]);
    }
    const { stdout } = await printToken(stack);
    expect(await get(stack, stdout.trim())).toBe(200);
    expect(JSON.parse(Buffer.from(stdout.split(".")[1] ?? "", "base64url").toString())).toMatchObject({
      iss: `${stack.origin}/_portcullis/issuers/other`,
    });
  });

  it("is asked for its keys by discovery if the file has none", async () => {
    let jwks: object = {};
    const server = createServer((request, response) => {
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      response.setHeader("content-type", "application/json");
      const isKeys = request.url === "/keys";
      response.end(JSON.stringify(isKeys ? jwks : { issuer: origin, jwks_uri: `${origin}/keys` }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    open.push(() => server.close());
    const real = await createRealProvider(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    jwks = real.jwks;
    const stack = await start(
      { "issuers.yaml": TWO },
      { trust: { main: { settings: real.settings, jwks: undefined } } },
    );
    expect(await get(stack, await real.sign())).toBe(200);
  });

  it("guards the routes that an HTTP API's own JWT authorizer guards, also with keys from the file", async () => {
    const real = await createRealProvider();
    const api = `openapi: 3.0.3
info: { title: T, version: "1" }
x-portcullis: { backends: { docs: lambda } }
paths:
  /me:
    get: { x-portcullis: { backend: docs, jwt: main } }
  /documents:
    get: { x-portcullis: { backend: docs, permission: documents.read } }
`;
    const stack = await start(
      { "api.yaml": api, "issuers.yaml": TWO },
      { trust: { main: real }, apiType: "http-simple" },
    );
    expect(await get(stack, await real.sign(), "/me")).toBe(200);
    expect(await get(stack, await real.sign({ aud: "another" }), "/me")).toBe(401);
    expect(await get(stack, await (await createRealProvider()).sign(), "/me")).toBe(401);
  });

  it("must stay an issuer of the policy files", async () => {
    const real = await createRealProvider();
    const stack = await start({ "issuers.yaml": TWO }, { trust: { main: real } });
    const without = policiesOf({ ...BASE, "issuers.yaml": 'other: { preset: generic, tenants: "*" }\n' });
    await expect(stack.update([without])).rejects.toThrow(
      "--trust names the issuer main, but issuers.yaml has no issuer of this name",
    );
    expect(await get(stack, await real.sign())).toBe(200);
  });
});
