import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, send } from "../apigateway/rest/harness.ts";
import { FILES, PAGE, startWorld, type World } from "./stack.ts";

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stack.close());

const PATHS = ["", "console/policies.json", "console/events"];

const ask = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> =>
  send(world.port, method, path, { headers: { host: `127.0.0.1:${world.port}`, ...headers } });
const own = (path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Answer> =>
  ask(`/_portcullis/${path}`, headers, method);

describe("the console", () => {
  it("serves its page, with a slash at the end", async () => {
    expect(await own("")).toMatchObject({ status: 200, text: PAGE });
    expect(await own("?tenant=acme")).toMatchObject({ status: 200, text: PAGE });
    expect(await ask("/_portcullis")).toMatchObject({
      status: 308,
      headers: expect.objectContaining({ location: "/_portcullis/" }),
    });
  });

  it("serves the policies in force, by the texts that they were read from", async () => {
    const { status, json, headers } = await own("console/policies.json");
    expect([status, json, headers["content-type"]]).toEqual([200, FILES, "application/json"]);
    expect(headers.etag).toMatch(/^"[0-9a-f-]+\/0"$/);
  });

  it.each(["", "console/policies.json", "console/events", "nothing", "../nothing"])(
    "answers /_portcullis/%s with strict headers and no leave for other origins",
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

  it.each(["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])("refuses %s with 405", async (method) => {
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
  ])("gets nothing by a name of its own for loopback (%s)", async (host) => {
    for (const path of everything)
      expect(await own(path, { host })).toMatchObject({
        status: 403,
        json: { error: "Ask for 127.0.0.1 or localhost" },
      });
  });

  it.each(["cross-site", "same-site"])("gets nothing by a request that is %s", async (site) => {
    for (const path of everything)
      expect(await own(path, { "sec-fetch-site": site, "sec-fetch-mode": "no-cors" })).toMatchObject({
        status: 403,
        json: { error: "A page of another origin may not ask" },
      });
  });

  it("has no token minted and no key rotated", async () => {
    for (const path of ["issuers/main/token", "issuers/main/rotate"])
      expect((await own(path, { "sec-fetch-site": "cross-site" }, "POST")).status).toBe(403);
  });

  it("may not frame the page, nor load it as anything but a window", async () => {
    const from = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate" };
    for (const dest of ["iframe", "frame", "embed", "object", ""])
      expect((await own("", { ...from, "sec-fetch-dest": dest })).status).toBe(403);
    expect((await own("", { ...from, "sec-fetch-dest": "document" }, "POST")).status).toBe(403);
  });

  it("may link to it", async () => {
    const opened = {
      "sec-fetch-site": "cross-site",
      "sec-fetch-mode": "navigate",
      "sec-fetch-dest": "document",
    };
    expect(await own("", opened)).toMatchObject({ status: 200, text: PAGE });
  });

  it.each(["127.0.0.1", "localhost:3000", "[::1]:3000"])(
    "is not who asks for %s without a browser",
    async (host) => {
      expect((await own("", { host })).status).toBe(200);
      expect(
        (await own("", { host, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" })).status,
      ).toBe(200);
    },
  );
});
