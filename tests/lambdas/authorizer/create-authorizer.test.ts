import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { dynamodbReader } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { debugLines } from "../../../runtime/telemetry/debug-lines.ts";
import { localTrust, TABLE_NAME } from "../../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { startTable } from "../../support/fake-table.ts";
import { claims, clock, event, ITEMS, LAYOUT, SECONDS, TENANT } from "../../support/fixtures.ts";

const BASE = "arn:aws:execute-api:eu-central-1:123456789012:abcdef/prod";
let signer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startTable>>;

beforeAll(async () => {
  signer = await makeSigner("k1");
});
beforeEach(async () => {
  [issuer, table] = await Promise.all([FakeIssuer.start(signer), startTable(ITEMS)]);
});
afterEach(async () => {
  await Promise.all([issuer.stop(), table.stop()]);
});

function harness({ debug = false, layout = LAYOUT } = {}) {
  const { now, advance } = clock();
  const lines: string[] = [];
  const log = (line: string) => lines.push(line);
  const refreshes: string[] = [];
  const authorizer = createAuthorizer({
    trust: localTrust({ issuers: [{ url: issuer.url }] }),
    layout,
    table: permissionsTable({ reader: dynamodbReader(table.reading, TABLE_NAME), ttlSeconds: 30, now }),
    now,
    log,
    ...(debug && { telemetrySink: debugLines(log) }),
    onKeyRefresh: (failed) => refreshes.push(failed ? "failed" : "done"),
  });
  const lastLine = () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown>;
  return { authorizer, lines, lastLine, advance, refreshes };
}

const bearer = async (changes: Record<string, unknown> = {}) =>
  `Bearer ${await sign(signer, claims(issuer.url, changes))}`;

test("a valid token gets its exact policy and one log line", async () => {
  const { authorizer, lines, lastLine } = harness();
  const response = await authorizer(event(await bearer()));
  expect(response).toMatchObject({
    policyDocument: {
      Statement: [
        { Effect: "Allow", Resource: [`${BASE}/GET/documents/?*`] },
        { Effect: "Deny", Resource: [`${BASE}/*//*`] },
      ],
    },
    context: { tenantId: "acme", userId: "ann", issuer: "main" },
  });
  expect(lines).toHaveLength(1);
  expect(lastLine()).toMatchObject({
    level: "info",
    message: "decision",
    outcome: "allow",
    status: 200,
    route: "GET /documents/{documentId}",
    group: "a",
    tenantId: "acme",
    userId: "ann",
    issuer: "main",
    tokenId: "token-1",
    policyBytes: JSON.stringify(response).length,
    requestId: "extended-1",
    durationMs: 0,
    coldStart: true,
    permissionsCached: false,
  });
  expect(lastLine()).not.toHaveProperty("correlationId");
});

test("the same token again is decided without issuer and table", async () => {
  const { authorizer, lastLine, refreshes } = harness();
  const authorization = await bearer();
  const first = await authorizer(event(authorization));
  await Promise.all([issuer.stop(), table.stop()]);
  expect(await authorizer(event(authorization))).toEqual(first);
  expect(lastLine()).toMatchObject({
    outcome: "allow",
    coldStart: false,
    permissionsCached: true,
  });
  expect(refreshes).toEqual(["done"]);
  [issuer, table] = await Promise.all([FakeIssuer.start(signer), startTable([])]);
});

test("a caller without grants gets an explicit Deny with the reason", async () => {
  const { authorizer, lastLine } = harness();
  const response = await authorizer(event(await bearer({ tenant: "unknown" })));
  expect(response).toMatchObject({
    policyDocument: { Statement: [{ Effect: "Deny", Resource: [`${BASE}/*`] }] },
    context: { reason: "unknown_tenant" },
  });
  expect(lastLine()).toMatchObject({ level: "info", outcome: "deny", status: 403, reason: "unknown_tenant" });
});

test("a suspended tenant is denied once the cached tenant has expired", async () => {
  const { authorizer, advance } = harness();
  const authorization = await bearer();
  await authorizer(event(authorization));
  await table.put({ ...TENANT, status: "suspended" });
  advance(30_000);
  expect(await authorizer(event(authorization))).toMatchObject({ context: { reason: "tenant_suspended" } });
});

test.each([
  ["no token", undefined, "token_missing"],
  ["another scheme", "Basic YTpi", "token_malformed"],
  ["junk", "Bearer a.b.c", "token_malformed"],
])("%s is a 401 with its code in the log", async (_, authorization, code) => {
  const { authorizer, lastLine } = harness();
  await expect(authorizer(event(authorization))).rejects.toThrow(/^Unauthorized$/);
  expect(lastLine()).toMatchObject({
    level: "info",
    outcome: "unauthorized",
    status: 401,
    code,
    route: "GET /documents/{documentId}",
    group: "a",
  });
});

test("two Authorization headers with two spellings are a 401", async () => {
  const { authorizer, lastLine } = harness();
  const good = await bearer();
  const twice = event(undefined, {
    headers: { Authorization: good, authorization: "Bearer x" },
    multiValueHeaders: null,
  });
  await expect(authorizer(twice)).rejects.toThrow(/^Unauthorized$/);
  expect(lastLine()).toMatchObject({ code: "several_authorization_headers" });
});

test("a table that is down is a 500, not a Deny, and the next request after it works", async () => {
  const { authorizer, lastLine } = harness();
  const authorization = await bearer();
  await table.stop();
  await expect(authorizer(event(authorization))).rejects.toThrow(/^No decision: table_unreachable$/);
  expect(lastLine()).toMatchObject({
    level: "error",
    outcome: "error",
    status: 500,
    code: "table_unreachable",
    cause: "ECONNREFUSED",
  });
  table = await startTable([]);
});

test("an issuer that is down is a 500, and a second later requests work again", async () => {
  const { authorizer, lastLine, advance, refreshes } = harness();
  const authorization = await bearer();
  issuer.answers.set("/jwks", (_, response) => response.writeHead(503).end());
  await expect(authorizer(event(authorization))).rejects.toThrow(/^No decision: keys_unreachable$/);
  expect(lastLine()).toMatchObject({
    level: "error",
    status: 500,
    code: "keys_unreachable",
    cause: "status_503",
  });
  issuer.answers.clear();
  advance(1_000);
  expect(await authorizer(event(authorization))).toMatchObject({
    principalId: expect.stringContaining("ann"),
  });
  expect(refreshes).toEqual(["failed", "done"]);
});

test("a stage of another layout is a 500", async () => {
  const { authorizer, lastLine } = harness();
  await expect(authorizer(event(await bearer(), { stageVariables: null }))).rejects.toThrow(
    /^No decision: layout_mismatch$/,
  );
  expect(lastLine()).toMatchObject({ code: "layout_mismatch" });
});

test("an event that is not from API Gateway is a 500 with a line", async () => {
  const { authorizer, lastLine } = harness();
  await expect(
    authorizer(event(undefined, { methodArn: undefined as never, stageVariables: LAYOUT_VARIABLES })),
  ).rejects.toThrow(/^No decision: /);
  expect(lastLine()).toMatchObject({ level: "error", status: 500 });
});

const LAYOUT_VARIABLES = { portcullis_a: "a-abc123" };

test("a client's correlation id is in the line, whatever the outcome", async () => {
  const { authorizer, lastLine } = harness();
  const headers = (authorization: string, id: string) => ({
    headers: { Authorization: authorization, "X-Correlation-ID": id },
    multiValueHeaders: null,
  });
  const response = await authorizer(event(undefined, headers(await bearer(), "order-4711")));
  expect(lastLine()).toMatchObject({ outcome: "allow", correlationId: "order-4711" });
  expect(response.context).not.toHaveProperty("correlationId");
  await expect(authorizer(event(undefined, headers("Bearer x", "order-4712")))).rejects.toThrow();
  expect(lastLine()).toMatchObject({ outcome: "unauthorized", correlationId: "order-4712" });
  await authorizer(event(undefined, headers(await bearer(), "order 4713")));
  expect(lastLine()).not.toHaveProperty("correlationId");
});

test("the backend's context contains the correlation id if responses are not cached", async () => {
  const { authorizer } = harness({ layout: { ...LAYOUT, mode: "off" } });
  const headers = { Authorization: await bearer(), "x-correlation-id": "order-4711" };
  expect(await authorizer(event(undefined, { headers, multiValueHeaders: null }))).toMatchObject({
    context: { tenantId: "acme", correlationId: "order-4711" },
  });
});

test("at level debug one more line has the response and the duration of each step", async () => {
  const { authorizer, lines, lastLine } = harness({ debug: true });
  const response = await authorizer(event(await bearer()));
  expect(lines).toHaveLength(2);
  expect(lastLine()).toEqual({
    level: "debug",
    message: "decision detail",
    requestId: "extended-1",
    group: "a",
    stepsMs: {
      token: expect.any(Number),
      permissions: expect.any(Number),
      decision: expect.any(Number),
      whole: expect.any(Number),
    },
    response,
  });
  await expect(authorizer(event(await bearer({ exp: SECONDS - 99 })))).rejects.toThrow();
  expect(lines).toHaveLength(4);
  expect(lastLine()).toEqual({
    level: "debug",
    message: "decision detail",
    requestId: "extended-1",
    group: "a",
    stepsMs: { token: expect.any(Number), whole: expect.any(Number) },
  });
});

test("no line contains any part of a token, whatever the outcome, not even at level debug", async () => {
  const { authorizer, lines } = harness({ debug: true });
  const tokens = await Promise.all([
    bearer(),
    bearer({ aud: "x" }),
    bearer({ exp: SECONDS - 99 }),
    bearer({ tenant: "unknown", secret: "claim-of-nobodys-business" }),
  ]);
  const forged = tokens.map((token) => `${token.slice(0, -4)}AAAA`);
  for (const token of [...tokens, ...forged]) await authorizer(event(token)).catch(() => undefined);
  expect(lines).toHaveLength(16);
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ message: expect.stringMatching(/^decision( detail)?$/) });
    expect(line).not.toContain("nobodys-business");
    for (const piece of [...tokens, ...forged].flatMap((token) => token.split(/[ .]/).slice(1)))
      expect(line).not.toContain(piece.slice(0, 16));
  }
});
