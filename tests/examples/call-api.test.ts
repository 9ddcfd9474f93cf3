import type { IncomingMessage, ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadPolicyFolder } from "../../cli/shared/policy-folder.ts";
import { callApi } from "../../examples/client/call-api.ts";
import { type Stack, startStack } from "../../local/stack.ts";

/** Responses that are sent instead of the gateway's, one after the other, before it responds itself. */
let failures: { readonly status: number; readonly code: string }[] = [];
let requests: string[] = [];
let pauses: number[] = [];
let stack: Stack;

function intercept(request: IncomingMessage, response: ServerResponse): boolean {
  if (!request.url?.startsWith("/documents")) return false;
  requests.push(`${request.method ?? ""} ${request.headers.authorization?.slice(-12) ?? ""}`);
  const failure = failures.shift();
  if (failure === undefined) return false;
  request.resume();
  response.writeHead(failure.status, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { code: failure.code } }));
  return true;
}

beforeAll(async () => {
  const { policies } = loadPolicyFolder("policies", "dev");
  if (policies === undefined) throw new Error("The sample has errors");
  stack = await startStack({ policies: [policies], cache: "auto", ttl: 60, port: 0, intercept });
});
afterAll(() => stack.close());
beforeEach(() => {
  failures = [];
  requests = [];
  pauses = [];
});

const mint = async (expiresIn: number, roles = ["editor"]): Promise<string> =>
  (await stack.provider("main")?.mint({ tenants: ["acme"], roles, expiresIn })) ?? "";

/** Creates a client with the token `first`, which it refreshes to `next`. */
function client(first: string, next: string) {
  let current = first;
  return callApi({
    origin: stack.origin,
    token: async (fresh) => {
      if (fresh) current = next;
      return current;
    },
    sleep: async (milliseconds) => pauses.push(milliseconds),
  });
}

describe("the client of docs/clients.md", () => {
  it("refreshes the token once after a 401 and then succeeds, for reads and writes", async () => {
    const [expired, fresh] = [await mint(-60), await mint(600)];
    for (const init of [{}, { method: "PUT", body: "text" }]) {
      requests = [];
      expect((await client(expired, fresh)("/documents/42", init)).status).toBe(200);
      expect(requests.map((line) => line.split(" ")[1])).toEqual([expired.slice(-12), fresh.slice(-12)]);
    }
    expect(pauses).toEqual([]);
  });

  it("does not refresh the token a second time", async () => {
    const expired = await mint(-60);
    expect((await client(expired, expired)("/documents/42")).status).toBe(401);
    expect(requests).toHaveLength(2);
  });

  it.each([
    [429, "THROTTLED"],
    [500, "AUTHORIZER_FAILURE"],
    [504, "INTEGRATION_TIMEOUT"],
  ])("retries a read after %i %s, with longer pauses each time", async (status, code) => {
    failures = [1, 2, 3].map(() => ({ status, code }));
    const token = await mint(600);
    expect((await client(token, token)("/documents/42")).status).toBe(200);
    expect(pauses).toHaveLength(3);
    for (const [index, pause] of pauses.entries()) expect(pause).toBeLessThanOrEqual(400 * 2 ** index);
  });

  it("gives up after four attempts, and returns the last response", async () => {
    failures = [1, 2, 3, 4, 5].map(() => ({ status: 503, code: "DEFAULT_5XX" }));
    const token = await mint(600);
    expect((await client(token, token)("/documents/42")).status).toBe(503);
    expect([requests.length, pauses.length]).toEqual([4, 3]);
  });

  it.each([
    ["a write after a 5xx", "POST", 504, "INTEGRATION_TIMEOUT"],
    ["a write after a 429", "PUT", 429, "THROTTLED"],
    ["a used-up quota", "GET", 429, "QUOTA_EXCEEDED"],
  ])("does not retry %s", async (_, method, status, code) => {
    failures = [{ status, code }];
    const token = await mint(600);
    expect((await client(token, token)("/documents/42", { method })).status).toBe(status);
    expect(requests).toHaveLength(1);
  });

  it("does not retry a denied request, and returns the response with the reason", async () => {
    const token = await mint(600, ["viewer"]);
    const response = await client(token, token)("/documents/42", { method: "DELETE" });
    expect(await response.json()).toMatchObject({ error: { reason: "route_not_granted" } });
    expect([response.status, requests.length]).toEqual([403, 1]);
  });

  it.each(["//elsewhere.example/x", "https://elsewhere.example/x", "\\\\elsewhere.example/x"])(
    "sends no token to another origin: %s",
    async (path) => {
      const call = callApi({ origin: stack.origin, token: async () => mint(60) });
      await expect(call(path)).rejects.toThrow("is not a path of");
    },
  );
});
