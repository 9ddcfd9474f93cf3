import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createAuthorizer } from "../../lambdas/authorizer/create-authorizer.ts";
import { dynamodbReader } from "../../lambdas/authorizer/dynamodb-reader.ts";
import { toLine } from "../../lambdas/authorizer/log.ts";
import { permissionsTable } from "../../lambdas/authorizer/permissions-table.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "./support/fake-issuer.ts";
import { startTable, TABLE_NAME } from "./support/fake-table.ts";
import { claims, clock, event, ITEMS, LAYOUT, SECONDS, TENANT, trust } from "./support/fixtures.ts";

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

function harness() {
  const { now, advance } = clock();
  const lines: string[] = [];
  const authorizer = createAuthorizer({
    trust: trust(issuer.url),
    layout: LAYOUT,
    table: permissionsTable({ reader: dynamodbReader(table.client, TABLE_NAME), ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(toLine(line)),
  });
  const lastLine = () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown>;
  return { authorizer, lines, lastLine, advance };
}

const bearer = async (changes: Record<string, unknown> = {}) =>
  `Bearer ${await sign(signer, claims(issuer.url, changes))}`;

test("a good token gets its exact policy and one line of the log", async () => {
  const { authorizer, lines, lastLine } = harness();
  const answer = await authorizer(event(await bearer()));
  expect(answer).toMatchObject({
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
    policyBytes: JSON.stringify(answer).length,
    requestId: "extended-1",
    durationMs: 0,
    coldStart: true,
    tokenCached: false,
  });
});

test("the same token again needs neither issuer nor table", async () => {
  const { authorizer, lastLine } = harness();
  const authorization = await bearer();
  const first = await authorizer(event(authorization));
  await Promise.all([issuer.stop(), table.stop()]);
  expect(await authorizer(event(authorization))).toEqual(first);
  expect(lastLine()).toMatchObject({ outcome: "allow", coldStart: false, tokenCached: true });
  [issuer, table] = await Promise.all([FakeIssuer.start(signer), startTable([])]);
});

test("a caller who may not gets an explicit Deny with the reason", async () => {
  const { authorizer, lastLine } = harness();
  const answer = await authorizer(event(await bearer({ tenant: "unknown" })));
  expect(answer).toMatchObject({
    policyDocument: { Statement: [{ Effect: "Deny", Resource: [`${BASE}/*`] }] },
    context: { reason: "unknown_tenant" },
  });
  expect(lastLine()).toMatchObject({ level: "info", outcome: "deny", status: 403, reason: "unknown_tenant" });
});

test("a suspended tenant is refused once the Lambda's memory ends", async () => {
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

test("two Authorization headers in two spellings are a 401", async () => {
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

test("an issuer that is down is a 500, and a second later the next request works", async () => {
  const { authorizer, lastLine, advance } = harness();
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
});

test("a stage of another layout is a 500", async () => {
  const { authorizer, lastLine } = harness();
  await expect(authorizer(event(await bearer(), { stageVariables: null }))).rejects.toThrow(
    /^No decision: layout_mismatch$/,
  );
  expect(lastLine()).toMatchObject({ code: "layout_mismatch" });
});

test("an event that is not API Gateway's is a 500 with a line", async () => {
  const { authorizer, lastLine } = harness();
  await expect(
    authorizer(event(undefined, { methodArn: undefined as never, stageVariables: LAYOUT_VARIABLES })),
  ).rejects.toThrow(/^No decision: /);
  expect(lastLine()).toMatchObject({ level: "error", status: 500 });
});

const LAYOUT_VARIABLES = { portcullis_a: "a-abc123" };

test("no line holds any part of a token, whatever becomes of it", async () => {
  const { authorizer, lines } = harness();
  const tokens = await Promise.all([
    bearer(),
    bearer({ aud: "x" }),
    bearer({ exp: SECONDS - 99 }),
    bearer({ tenant: "unknown" }),
  ]);
  const forged = tokens.map((token) => `${token.slice(0, -4)}AAAA`);
  for (const token of [...tokens, ...forged]) await authorizer(event(token)).catch(() => undefined);
  expect(lines).toHaveLength(8);
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ message: "decision" });
    for (const piece of [...tokens, ...forged].flatMap((token) => token.split(/[ .]/).slice(1)))
      expect(line).not.toContain(piece.slice(0, 16));
  }
});
