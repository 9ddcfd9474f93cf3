import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Received, send } from "../apigateway/rest/harness.ts";
import { FILES, PAGE, startWorld, type World } from "./stack.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stack.close());

const PATHS = ["", "console/policies.json", "console/events"];

const request = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Received> =>
  send(world.port, method, path, { headers: { host: `127.0.0.1:${world.port}`, ...headers } });
const own = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Received> =>
  request(`/_portcullis/${path}`, headers, method);

describe("the console", () => {
  it("serves its page, with a slash at the end", async () => {
    expect(await own("")).toMatchObject({ status: 200, text: PAGE });
    expect(await own("?tenant=acme")).toMatchObject({ status: 200, text: PAGE });
    expect(await request("/_portcullis")).toMatchObject({
      status: 308,
      headers: expect.objectContaining({ location: "/_portcullis/" }),
    });
  });

  it("serves the files of the policies in force", async () => {
    const { status, json, headers } = await own("console/policies.json");
    expect([status, json, headers["content-type"]]).toEqual([200, FILES, "application/json"]);
    expect(headers.etag).toMatch(/^"[0-9a-f-]+\/0"$/);
  });

  it.each(["", "console/policies.json", "console/events", "nothing", "../nothing"])(
    "serves /_portcullis/%s with strict headers and without CORS headers",
    async (path) => {
      const { headers } = await own(path, { origin: "https://evil.example" }, "HEAD");
      expect(headers).toMatchObject({
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
      });
      const policy = headers["content-security-policy"]?.toString() ?? "";
      expect(policy.split("; ").slice(0, 8)).toEqual([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]);
      expect(policy).not.toContain("unsafe");
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control-"))).toEqual([]);
    },
  );

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("rejects %s with 405", async (method) => {
    for (const path of PATHS)
      expect(await own(path, {}, method)).toMatchObject({
        status: 405,
        headers: expect.objectContaining({ allow: "GET, HEAD" }),
      });
  });

  it.each([
    "../package.json",
    "..%2fpackage.json",
    "%2e%2e/package.json",
    "console/../../package.json",
    "console/%2e%2e/%2e%2e/policies/api.yaml",
    "/etc/passwd",
    "//etc/passwd",
    "console.js/../../scripts/start.ts",
    "..\\package.json",
    "%00",
    "__proto__",
    "constructor",
  ])("has nothing at %s", async (path) => {
    expect((await own(path)).status).toBe(404);
  });
});

describe("a page of another origin", () => {
  const everything = [...PATHS, "issuers", "issuers/main/jwks.json", "nothing"];

  it.each([
    "evil.example",
    "evil.example:3000",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil.127.0.0.1",
    "evil.localhost",
    "[::2]",
  ])("is denied under a host name of its own for loopback (%s)", async (host) => {
    for (const path of everything)
      expect(await own(path, { host })).toMatchObject({
        status: 403,
        json: { error: "Use the host 127.0.0.1 or localhost" },
      });
  });

  it.each(["cross-site", "same-site"])("is denied if the request is %s", async (site) => {
    for (const path of everything)
      expect(await own(path, { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" })).toMatchObject({
        status: 403,
        json: { error: "Requests from a page of another origin are denied" },
      });
  });

  it("can neither mint a token nor rotate a key", async () => {
    for (const path of ["issuers/main/token", "issuers/main/rotate"])
      expect((await own(path, { "sec-fetch-site": "cross-site" }, "POST")).status).toBe(403);
  });

  it("can load the page only in a window, not in a frame", async () => {
    const from = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    for (const dest of ["iframe", "frame", "embed", "object", ""])
      expect((await own("", { ...from, "sec-fetch-dest": dest })).status).toBe(403);
    expect((await own("", { ...from, "sec-fetch-dest": "document" }, "POST")).status).toBe(403);
  });

  it("can link to the page", async () => {
    const opened = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    expect(await own("", opened)).toMatchObject({ status: 200, text: PAGE });
  });

  it.each(["127.0.0.1", "localhost:3000", "[::1]:3000"])(
    "is not assumed for a request to %s without a browser",
    async (host) => {
      expect((await own("", { host })).status).toBe(200);
      expect(
        (await own("", { host, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" })).status,
      ).toBe(200);
    },
  );
});

describe("the table's endpoint", () => {
  const target = {
    "x-amz-target": "DynamoDB_20120810.ListTables",
    "content-type": "application/x-amz-json-1.0",
    authorization:
      "AWS4-HMAC-SHA256 Credential=local/20300101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
    "x-amz-date": "20300101T000000Z",
  };
  const table = (headers: Record<string, string> = {}, path = "/"): Promise<Received> =>
    send(world.port, "POST", path, {
      headers: { host: `127.0.0.1:${world.port}`, ...target, ...headers },
      body: "{}",
    });

  it.each(["127.0.0.1:3000", "localhost", "[::1]:3000"])("responds to programs at %s", async (host) => {
    expect(await table({ host })).toMatchObject({ status: 200, json: { TableNames: ["portcullis-local"] } });
  });

  it.each(["evil.example", "127.0.0.1.evil.example", "evil.localhost"])(
    "is denied under the host name %s",
    async (host) => {
      for (const path of ["/", "/_portcullis/", "/documents"])
        expect(await table({ host }, path)).toMatchObject({
          status: 403,
          json: { error: "Use the host 127.0.0.1 or localhost" },
        });
    },
  );

  it.each(["https://evil.example", "http://127.0.0.1:1", "http://localhost.evil.example", "null"])(
    "is denied to a page of %s, also without fetch metadata",
    async (origin) => {
      expect((await table({ origin })).status).toBe(403);
      expect((await table({ origin, "sec-fetch-site": "cross-site" })).status).toBe(403);
      expect((await own("console/policies.json", { origin })).status).toBe(403);
      expect((await own("issuers/main/token", { origin }, "POST")).status).toBe(403);
    },
  );
});
