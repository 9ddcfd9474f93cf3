import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Item } from "../../../core/model/items.ts";
import { createAuthorizer } from "../../../lambdas/authorizer/create-authorizer.ts";
import { dynamodbClient } from "../../../runtime/table/dynamodb-client.ts";
import { dynamodbReader, READ_DEADLINE } from "../../../runtime/table/dynamodb-reader.ts";
import { permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../../support/fake-issuer.ts";
import { TABLE_NAME, tableConfig } from "../../support/fake-table.ts";
import {
  claims,
  clock,
  event,
  issuerFields,
  LAYOUT,
  ROLE,
  SECONDS,
  TENANT,
  trust,
} from "../../support/fixtures.ts";
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
  sk: "MEMBER#main#ann",
  v: 1,
  hash: "member-hash",
  roles: [{ role: "viewer" }],
};
const revocation = (sk: string): Item => ({
  pk: "TENANT#acme",
  sk,
  v: 1,
  before: SECONDS,
  until: SECONDS + 3_600,
});
/** Every key that a decision asks for, in the order of asking. */
const KEYS = [
  "TENANT",
  "MEMBER#main#ann",
  "CLIENT#main#app",
  "REVOKED#TOKEN#token-1",
  "REVOKED#SUBJECT#main#ann",
  "REVOKED#ISSUED",
];
const but = (key: string): string[] => KEYS.filter((other) => other !== key);

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

/** One request through the real authorizer and the real client, against a DynamoDB that answers by a script. */
async function decide(replies: readonly Reply[], deadline = READ_DEADLINE) {
  const table = await startScriptedTable(CATALOGUE, ...replies);
  stopTable = table.stop;
  const { now } = clock();
  const lines: Readonly<Record<string, unknown>>[] = [];
  const reader = dynamodbReader(dynamodbClient(tableConfig(table.endpoint)), TABLE_NAME, deadline);
  const authorizer = createAuthorizer({
    trust: trust(issuer.url),
    layout: LAYOUT,
    table: permissionsTable({ reader, ttlSeconds: 30, now }),
    now,
    log: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  const token = await sign(signer, claims(issuer.url, { client_id: "app" }));
  const answer = await authorizer(event(`Bearer ${token}`)).catch((error: unknown) => error);
  const asked = table.requests
    .filter(({ operation }) => operation === "BatchGetItem")
    .map(({ body }) => ((body.RequestItems?.[TABLE_NAME]?.Keys ?? []) as Key[]).map(({ sk }) => sk.S));
  return { answer, asked, line: lines[0] ?? {} };
}

test("a decision asks for the tenant, memberships and revocations in one request", async () => {
  const { asked, line } = await decide([leavesAllBut([TENANT, MEMBER], ...KEYS)]);
  expect(asked).toEqual([KEYS]);
  expect(line).toMatchObject({ outcome: "allow", roles: ["viewer"] });
});

test.each(KEYS.filter((key) => key.startsWith("REVOKED")))(
  "the revocation %s refuses the token, also where DynamoDB left it unprocessed twice",
  async (sk) => {
    const items = [TENANT, MEMBER, revocation(sk)];
    const { asked, line } = await decide([
      leavesAllBut(items, ...but(sk)),
      leavesAllBut(items),
      leavesAllBut(items, sk),
    ]);
    expect(asked).toEqual([KEYS, [sk], [sk]]);
    expect(line).toMatchObject({ outcome: "deny", reason: "revoked", status: 403 });
  },
);

test.each(["TENANT", "MEMBER#main#ann"])(
  "%s that was left unprocessed is not taken for absent",
  async (sk) => {
    const items = [TENANT, MEMBER];
    const { asked, line } = await decide([leavesAllBut(items, ...but(sk)), leavesAllBut(items, sk)]);
    expect(asked).toEqual([KEYS, [sk]]);
    expect(line).toMatchObject({ outcome: "allow", roles: ["viewer"] });
  },
);

test("keys that come one by one are all waited for", async () => {
  const items = [TENANT, MEMBER, revocation("REVOKED#ISSUED")];
  const { asked, line } = await decide(KEYS.map((sk) => leavesAllBut(items, sk)));
  expect(asked).toEqual(KEYS.map((_, index) => KEYS.slice(index)));
  expect(line).toMatchObject({ outcome: "deny", reason: "revoked" });
});

test.each(KEYS)("%s that stays unprocessed is a 500: never an Allow, never a Deny", async (sk) => {
  const items = [TENANT, MEMBER];
  const { answer, line } = await decide([leavesAllBut(items, ...but(sk)), leavesAllBut(items)], 400);
  expect(answer).toBeInstanceOf(Error);
  expect((answer as Error).message).not.toBe("Unauthorized");
  expect(line).toMatchObject({ status: 500, code: "table_unreachable" });
});
