import type { IncomingHttpHeaders, Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { CacheFlag } from "../../core/policy-files/compile/compile.ts";
import type { AccessLogEntry } from "../../local/apigateway/rest/gateway.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { MODES } from "./cases.ts";
import { listen, stop } from "./issuers.ts";
import { samplePolicies } from "./target.ts";

type Line = Readonly<Record<string, unknown>>;

let billing: Server;
let received: IncomingHttpHeaders[];
let stack: Stack | undefined;
let accessLog: AccessLogEntry[];
let decisions: Line[];

beforeEach(async () => {
  [received, accessLog, decisions] = [[], [], []];
});
afterEach(async () => {
  await stack?.close();
  await stop(billing);
});

/** Starts the sample with an HTTP backend for billing. Returns a function that sends requests of an accountant. */
async function start(cache: CacheFlag) {
  const { server, origin } = await listen((request, response) => {
    received.push(request.headers);
    response.end("{}");
  });
  billing = server;
  stack = await startStack({
    policies: [samplePolicies()],
    cache,
    ttl: 60,
    port: 0,
    backendUrls: new Map([["billing", origin]]),
    onAccessLog: (entry) => accessLog.push(entry),
    onLambdaLog: (line) => line.includes('"decision"') && decisions.push(JSON.parse(line) as Line),
  });
  const caller = { tenants: ["acme"], roles: ["accountant", "editor"], subject: "ann" };
  const authorization = `Bearer ${(await stack.provider("main")?.mint(caller)) ?? ""}`;
  const url = stack.origin;
  return (path: string, id?: string) =>
    fetch(`${url}${path}`, {
      headers: { authorization, ...(id !== undefined && { "X-Correlation-Id": id }) },
    });
}

test.each(MODES)(
  "under %s, access log, HTTP backend and error have the same request id, also with a cached response",
  async (mode) => {
    const send = await start(mode);
    for (const id of ["order-1", "order-2", undefined])
      expect((await send("/invoices/7", id)).status).toBe(200);
    expect(received.map((headers) => headers["x-request-id"])).toEqual(
      accessLog.map(({ extendedRequestId }) => extendedRequestId),
    );
    expect(new Set(accessLog.map(({ extendedRequestId }) => extendedRequestId)).size).toBe(3);
    expect(received.map((headers) => headers["x-correlation-id"])).toEqual(["order-1", "order-2", undefined]);
    expect(decisions[0]).toMatchObject({
      correlationId: "order-1",
      requestId: accessLog[0]?.extendedRequestId,
    });
    const denied = (await (await send("/nowhere")).json()) as { error: { requestId: string } };
    expect(denied.error.requestId).toBe(accessLog.at(-1)?.extendedRequestId);
  },
);

test.each(MODES)("under %s, no request gets the correlation id of another request", async (mode) => {
  const send = await start(mode);
  const seen: unknown[] = [];
  for (const id of ["order-1", "order-2", "no id", undefined]) {
    const response = await send("/documents/42", id);
    seen.push(((await response.json()) as { caller: { correlationId: unknown } }).caller.correlationId);
  }
  const own = mode === "off" ? ["order-1", "order-2"] : [null, null];
  expect(seen).toEqual([...own, null, null]);
  expect(accessLog.map(({ correlationId }) => correlationId ?? null)).toEqual(seen);
});
