import { request } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { ApiType } from "../../core/model/layout.ts";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import { METADATA_PATH } from "../../core/policy-files/openapi/resource-metadata.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { API, BASE, policiesOf } from "../support/policy-files.ts";

const open: Stack[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((stack) => stack.close()));
});

async function start(
  cache: CacheFlag,
  apiType: ApiType = "rest",
  advertised = ", advertised: true",
): Promise<Stack> {
  const policies = policiesOf({
    ...BASE,
    "api.yaml": API,
    "issuers.yaml": `main: { preset: generic, tenants: "*"${advertised} }\n`,
    "roles/viewer.yaml": 'allow: [documents.read, "DELETE /documents/{documentId}"]\n',
  });
  const stack = await startStack({ policies: [policies], cache, apiType, ttl: 60, port: 0 });
  open.push(stack);
  return stack;
}

const documentOf = (stack: Stack): object => ({
  resource: stack.origin,
  authorization_servers: [`${stack.origin}/_portcullis/issuers/main`],
  scopes_supported: ["docs:write"],
  bearer_methods_supported: ["header"],
  resource_name: "Small",
});

async function send(
  stack: Stack,
  method: string,
  path: string,
  scopes?: readonly string[],
): Promise<Response> {
  const token =
    scopes && (await stack.provider("main")?.mint({ tenants: ["acme"], roles: ["viewer"], scopes }));
  const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const headers = { Origin: "https://app.example", ...authorization };
  return fetch(`${stack.origin}${path}`, { method, headers });
}

/** Sends a request with headers of proxies and another host, which `fetch` would not. */
function sendForged(stack: Stack): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      Host: "evil.example",
      "X-Forwarded-Host": "evil.example",
      Forwarded: "host=evil.example",
    };
    request(`${stack.origin}${METADATA_PATH}?resource=https://evil.example`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks).toString()));
    })
      .on("error", reject)
      .end();
  });
}

describe.each(["rest", "rest-token", "http-simple", "http-iam"] as const)("an API of type %s", (apiType) => {
  it("serves the metadata document without a token, and takes nothing of it from the request", async () => {
    const stack = await start(apiType === "rest-token" ? "off" : "auto", apiType);
    const response = await send(stack, "GET", METADATA_PATH);
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/json"]);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(await response.json()).toEqual(documentOf(stack));
    expect(JSON.parse(await sendForged(stack))).toEqual(documentOf(stack));
  });

  it("lets a client in a browser read it", async () => {
    const stack = await start("off", apiType);
    const response = await fetch(`${stack.origin}${METADATA_PATH}`, {
      method: "OPTIONS",
      headers: {
        Origin: "https://app.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "mcp-protocol-version",
      },
    });
    expect(response.ok).toBe(true);
    expect(response.headers.get("access-control-allow-headers")?.toLowerCase()).toContain(
      "mcp-protocol-version",
    );
  });
});

describe("the challenge", () => {
  it("of a 401 names the metadata document", async () => {
    const stack = await start("token");
    const { status, headers } = await send(stack, "GET", "/documents");
    expect([status, headers.get("www-authenticate")]).toEqual([
      401,
      `Bearer resource_metadata="${stack.origin}${METADATA_PATH}"`,
    ]);
  });

  it("of a 401 is Bearer alone, and the path an unknown one, if no issuer is advertised", async () => {
    const stack = await start("token", "rest", "");
    const { headers } = await send(stack, "GET", "/documents");
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect((await send(stack, "GET", METADATA_PATH)).status).toBe(403);
  });

  it.each(["route", "off"] as const)(
    "of a 403 names the scopes of the route in mode %s, if one is missing",
    async (mode) => {
      const stack = await start(mode);
      const { status, headers } = await send(stack, "DELETE", "/documents/1", ["docs:read"]);
      expect([status, headers.get("www-authenticate")]).toEqual([
        403,
        'Bearer error="insufficient_scope", scope="docs:write"',
      ]);
      expect((await send(stack, "DELETE", "/documents/1", ["docs:write"])).status).toBe(200);
    },
  );

  it("of a 403 is absent if no scope helps, and if a response is for several routes", async () => {
    const stack = await start("route");
    const denied = await send(stack, "PUT", "/documents/1", ["docs:write"]);
    expect([denied.status, denied.headers.get("www-authenticate")]).toEqual([403, null]);
    const several = await send(await start("token"), "DELETE", "/documents/1", []);
    expect([several.status, several.headers.get("www-authenticate")]).toEqual([403, null]);
  });
});
