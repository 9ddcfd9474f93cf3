import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Item } from "../../../core/model/items.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { dynamodbClient } from "../../../runtime/table/dynamodb-client.ts";
import { dynamodbReader, READ_DEADLINE } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { localTrust, TABLE_NAME, tableConfig } from "../../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { claims, clock, event, issuerFields, LAYOUT, ROLE, SECONDS, TENANT } from "../../support/fixtures.ts";
import {
  type Key,
  leavesAllBut,
  page,
  type Reply,
  startScriptedTable,
} from "../../support/scripted-table.ts";

const CATALOGUE = page([issuerFields({ memberships: "instead" }), ROLE]);
const MEMBER: Item = {
  pk: "TENANT#acme",
  sk: "MEMBER#main#app",
  v: 1,
  generation: "g1",
  hash: "member-hash",
  roles: [{ role: "viewer" }],
};
const revocation = (sk: string): Item => ({
  pk: "TENANT#acme",
  sk,
  v: 1,
  generation: "g1",
  before: SECONDS,
  until: SECONDS + 3_600,
});
/** All keys that a decision reads, in the order of the request. */
const KEYS = [
  "TENANT",
  "MEMBER#main#app",
  "CLIENT#main#app",
  "REVOKED#TOKEN#token-1",
  "REVOKED#SUBJECT#main#app",
  "REVOKED#ISSUED",
];
const allBut = (key: string): string[] => KEYS.filter((other) => other !== key);

let signer: Signer;
let issuer: FakeIssuer;
let stopTable: (() => Promise<void>) | undefined;
beforeAll(async () => {
  signer = await makeSigner("k1");
});
beforeEach(async () => {
  issuer = await FakeIssuer.start(signer);
});
afterEach(async () => {
  await Promise.all([issuer.stop(), stopTable?.()]);
});

/** Sends one request through the real authorizer and client to a DynamoDB with scripted responses. */
async function decide(replies: readonly Reply[], deadline = READ_DEADLINE) {
  const table = await startScriptedTable(CATALOGUE, ...replies);
  stopTable = table.stop;
  const { now } = clock();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const reader = dynamodbReader(dynamodbClient(tableConfig(table.endpoint)), TABLE_NAME, deadline);
  const authorizer = createAuthorizer({
    trust: localTrust({ issuers: [{ url: issuer.url }] }),
    layout: LAYOUT,
    table: permissionsTable({ reader, ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  const token = await sign(signer, claims(issuer.url, { client_id: "app", sub: "app" }));
  const result = await authorizer(event(`Bearer ${token}`)).catch((error: unknown) => error);
  const requested = table.requests
    .filter(({ operation }) => operation === "BatchGetItem")
    .map(({ body }) => ((body.RequestItems?.[TABLE_NAME]?.Keys ?? []) as Key[]).map(({ sk }) => sk.S));
  return { result, requested, line: lines[0] ?? {} };
}

test("a decision reads the tenant, memberships and revocations in one request", async () => {
  const { requested, line } = await decide([leavesAllBut([TENANT, MEMBER], ...KEYS)]);
  expect(requested).toEqual([KEYS]);
  expect(line).toMatchObject({ outcome: "allow", roles: ["viewer"] });
});

test.each(KEYS.filter((key) => key.startsWith("REVOKED")))(
  "the revocation %s denies the token, even if DynamoDB left it unprocessed twice",
  async (sk) => {
    const items = [TENANT, MEMBER, revocation(sk)];
    const { requested, line } = await decide([
      leavesAllBut(items, ...allBut(sk)),
      leavesAllBut(items),
      leavesAllBut(items, sk),
    ]);
    expect(requested).toEqual([KEYS, [sk], [sk]]);
    expect(line).toMatchObject({ outcome: "deny", reason: "revoked", status: 403 });
  },
);

test.each(["TENANT", "MEMBER#main#app"])(
  "%s that was left unprocessed does not count as absent",
  async (sk) => {
    const items = [TENANT, MEMBER];
    const { requested, line } = await decide([leavesAllBut(items, ...allBut(sk)), leavesAllBut(items, sk)]);
    expect(requested).toEqual([KEYS, [sk]]);
    expect(line).toMatchObject({ outcome: "allow", roles: ["viewer"] });
  },
);

test("a decision waits for keys that come one by one", async () => {
  const items = [TENANT, MEMBER, revocation("REVOKED#ISSUED")];
  const { requested, line } = await decide(KEYS.map((sk) => leavesAllBut(items, sk)));
  expect(requested).toEqual(KEYS.map((_, index) => KEYS.slice(index)));
  expect(line).toMatchObject({ outcome: "deny", reason: "revoked" });
});

test.each(KEYS)("%s that stays unprocessed is a 500: never an Allow, never a Deny", async (sk) => {
  const items = [TENANT, MEMBER];
  const { result, line } = await decide([leavesAllBut(items, ...allBut(sk)), leavesAllBut(items)], 400);
  expect(result).toBeInstanceOf(Error);
  expect((result as Error).message).not.toBe("Unauthorized");
  expect(line).toMatchObject({ status: 500, code: "table_unreachable" });
});
