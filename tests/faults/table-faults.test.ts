import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "../../core/model/items.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable, TABLE_NAME } from "../support/fake-table.ts";
import { claims, issuerFields, ROLE, SECONDS, TENANT } from "../support/fixtures.ts";
import {
  fails,
  gives,
  leavesUnprocessed,
  page,
  type Reply,
  saysNothing,
  stalls,
  startScriptedTable,
} from "../support/scripted-table.ts";
import { harness } from "./support/authorizer.ts";

const CATALOGUE: readonly Item[] = [issuerFields({ memberships: "merge" }), ROLE];
let signer: Signer;
let issuer: FakeIssuer;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  signer = await makeSigner("k1", "ES256");
  issuer = await FakeIssuer.start(signer);
});
afterAll(() => issuer.stop());
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const start = (tableEndpoint: string, changes: Partial<Parameters<typeof harness>[0]> = {}) => {
  const started = harness({ issuerUrl: issuer.url, algorithms: ["ES256"], tableEndpoint, ...changes });
  closing.push(started.close);
  return started;
};
const token = (changes: Record<string, unknown> = {}) =>
  sign(signer, claims(issuer.url, { client_id: "app", ...changes }));

type Operation = "Query" | "BatchGetItem";
const GOOD: Readonly<Record<Operation, Reply>> = { Query: page(CATALOGUE), BatchGetItem: gives(TENANT) };

/** A table that answers each operation by its own script, which a test may change on the way. */
async function scripted(changes: Partial<Record<Operation, Reply>>) {
  const script = { ...GOOD, ...changes };
  const table = await startScriptedTable((asked, response) =>
    script[asked.operation as Operation](asked, response),
  );
  closing.push(table.stop);
  const count = (operation: Operation) => table.asked.filter((asked) => asked.operation === operation).length;
  return { ...table, script, count };
}

const resets: Reply = (_, response) => void response.destroy();
const resetsInside: Reply = (_, response) =>
  void response.writeHead(200).write("{", () => response.destroy());
const html: Reply = (_, response) => void response.end("<html>");

/** The client makes three attempts where another one may help, and one where it cannot. */
const FAULTS: readonly (readonly [what: string, reply: Reply, attempts: number])[] = [
  ["is throttled by its capacity", fails(400, "ProvisionedThroughputExceededException"), 3],
  ["is throttled by a partition's", fails(400, "ThrottlingException"), 3],
  ["is throttled by the account's", fails(400, "RequestLimitExceeded"), 3],
  ["fails", fails(500, "InternalServerError"), 3],
  ["is away", fails(503, "ServiceUnavailable"), 3],
  ["denies the function's role", fails(400, "AccessDeniedException"), 1],
  ["does not know the credentials", fails(400, "UnrecognizedClientException"), 1],
  ["does not exist", fails(400, "ResourceNotFoundException"), 1],
  ["refuses the request", fails(400, "ValidationException"), 1],
  ["closes the connection", resets, 3],
  ["closes it inside its answer", resetsInside, 3],
  ["answers with HTML", html, 3],
];

describe.each(["Query", "BatchGetItem"] as const)("a table that at %s", (operation) => {
  test.each(FAULTS)(
    "%s is a 500 after a bounded number of requests, and the next request works",
    async (...of) => {
      const [, reply, attempts] = of;
      const table = await scripted({ [operation]: reply });
      const { ask } = start(table.endpoint);
      const seen = await ask(await token());
      expect(seen).toMatchObject({ status: 500, line: { level: "error", code: "table_unreachable" } });
      expect(seen.line).not.toHaveProperty("reason");
      expect(table.count(operation)).toBeLessThanOrEqual(attempts);
      table.script[operation] = GOOD[operation];
      expect((await ask(await token())).status).toBe(200);
    },
  );

  test.each([
    ["never answers", saysNothing],
    ["begins to answer and stalls", stalls],
  ])("%s is given up at the deadline: a 500, and the next request works", async (_, reply) => {
    const table = await scripted({ [operation]: reply });
    const { ask } = start(table.endpoint, { readDeadline: 1_000 });
    expect(await ask(await token())).toMatchObject({ status: 500, line: { code: "table_unreachable" } });
    expect(table.count(operation)).toBe(1);
    table.script[operation] = GOOD[operation];
    expect((await ask(await token())).status).toBe(200);
  });
});

test("a table that nobody listens for is a 500", async () => {
  const table = await startScriptedTable(saysNothing);
  await table.stop();
  const { ask } = start(table.endpoint);
  expect(await ask(await token())).toMatchObject({
    status: 500,
    line: { code: "table_unreachable", cause: "ECONNREFUSED" },
  });
});

describe("a table that leaves everything unprocessed", () => {
  test("is asked eight times, then it is a 500", async () => {
    const table = await scripted({ BatchGetItem: leavesUnprocessed });
    const { ask } = start(table.endpoint);
    expect(await ask(await token())).toMatchObject({
      status: 500,
      line: { code: "table_unreachable", cause: "UnprocessedKeys" },
    });
    expect(table.count("BatchGetItem")).toBe(8);
  });

  test("and throttles in between is asked no more often than both bounds together allow", async () => {
    let asked = 0;
    const table = await scripted({
      BatchGetItem: (...of) =>
        (++asked % 3 === 0 ? leavesUnprocessed : fails(400, "ThrottlingException"))(...of),
    });
    const { ask } = start(table.endpoint, { readDeadline: 20_000 });
    expect((await ask(await token())).status).toBe(500);
    expect(table.count("BatchGetItem")).toBeLessThanOrEqual(24);
  });
});

describe("a hot tenant", () => {
  test("is one read for a hundred requests at once", async () => {
    const table = await scripted({});
    const { ask } = start(table.endpoint);
    const one = await token();
    const seen = await Promise.all(Array.from({ length: 100 }, () => ask(one)));
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
    expect([table.count("Query"), table.count("BatchGetItem")]).toEqual([1, 1]);
  });

  test("that is throttled is three requests for a hundred at once, and each is a 500", async () => {
    const table = await scripted({ BatchGetItem: fails(400, "ThrottlingException") });
    const { ask } = start(table.endpoint);
    const one = await token();
    const seen = await Promise.all(Array.from({ length: 100 }, () => ask(one)));
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([500]));
    expect([table.count("Query"), table.count("BatchGetItem")]).toEqual([1, 3]);
  });

  test("is read once for all its callers, one after the other", async () => {
    const table = await scripted({});
    const { ask } = start(table.endpoint);
    for (let caller = 0; caller < 20; caller++)
      expect((await ask(await token({ sub: `user-${caller}`, jti: `t${caller}` }))).status).toBe(200);
    const keys = table.asked.flatMap(({ body }) => body.RequestItems?.[TABLE_NAME]?.Keys ?? []);
    expect(keys.filter((key) => JSON.stringify(key).includes('"sk":{"S":"TENANT"}'))).toHaveLength(1);
  });
});

const BELOW = { pk: "TENANT#acme", v: 1, id: "acme", owner: "runtime", hash: "h" };
const REVOKED = { ...BELOW, until: SECONDS + 60 };
/** Each kind of item that a decision reads, good. */
const KINDS: Readonly<Record<string, Item>> = {
  role: ROLE,
  plan: { pk: "CATALOGUE", sk: "PLAN#pro", v: 1, name: "pro", hash: "h", ceiling: ["ANY /**"] },
  issuer: issuerFields({ memberships: "merge" }),
  tenant: TENANT,
  membership: { ...BELOW, sk: "MEMBER#main#ann", roles: [{ role: "viewer" }] },
  "client's membership": { ...BELOW, sk: "CLIENT#main#app", roles: [{ role: "viewer" }] },
  "revoked token": { ...REVOKED, sk: "REVOKED#TOKEN#token-1" },
  "revoked subject": { ...REVOKED, sk: "REVOKED#SUBJECT#main#ann" },
  "revocation by time": { ...REVOKED, sk: "REVOKED#ISSUED", before: SECONDS - 3_600 },
};

const CORRUPT: readonly (readonly [kind: string, what: string, changes: Item])[] = [
  ...Object.keys(KINDS).flatMap((kind): (readonly [string, string, Item])[] => [
    [kind, "of a later version", { v: 2 }],
    [kind, "of a version that is text", { v: "1" }],
  ]),
  ["role", "whose grants are no list", { grants: "GET /documents/{documentId}" }],
  ["role", "with a grant that is no route", { grants: [7] }],
  ["role", "without a name", { name: "" }],
  ["role", "with the name of another", { name: "admin" }],
  ["plan", "whose ceiling is no list", { ceiling: true }],
  ["issuer", "without claims", { claims: "tenant" }],
  ["issuer", "whose tenants are a text", { tenants: "acme" }],
  ["issuer", "with memberships that are none", { memberships: "maybe" }],
  ["tenant", "with a status that is none", { status: "trial" }],
  ["tenant", "whose roles are a text", { roles: "viewer" }],
  ["tenant", "whose never is a text", { never: "GET /documents" }],
  ["membership", "whose roles are a text", { roles: "viewer" }],
  ["membership", "that ends at a text", { roles: [{ role: "viewer", until: "tomorrow" }] }],
  ["client's membership", "whose roles are no objects", { roles: ["viewer"] }],
  ["revoked token", "without an end", { until: null }],
  ["revoked subject", "that ends at a text", { until: "tomorrow" }],
  ["revocation by time", "without a time", { before: null }],
];

describe("an item that is not as it should be", () => {
  let table: Awaited<ReturnType<typeof startTable>>;
  beforeAll(async () => {
    table = await startTable([...CATALOGUE, TENANT]);
  });
  afterAll(() => table.stop());

  test.each(CORRUPT)(
    "%s %s is a 500 that names it, and the next request after it is mended works",
    async (...of) => {
      const [kind, , changes] = of;
      const good = KINDS[kind] as Item;
      const original = [...CATALOGUE, TENANT].find(({ pk, sk }) => pk === good["pk"] && sk === good["sk"]);
      await table.put({ ...good, ...changes });
      const { ask } = start(table.endpoint, { staleSeconds: 600 });
      const seen = await ask(await token());
      await (original === undefined
        ? table.remove(String(good["pk"]), String(good["sk"]))
        : table.put(original));
      expect(seen).toMatchObject({ status: 500, line: { level: "error", code: "item_invalid" } });
      expect(seen.line["detail"]).toContain(`Item ${String(good["pk"])}`);
      expect((await ask(await token())).status).toBe(200);
    },
  );

  test("for it has a plan that is none is a 500, until what is remembered of it has aged", async () => {
    await table.put({ ...TENANT, plan: "gone" });
    const { ask, advance } = start(table.endpoint, { staleSeconds: 600 });
    const seen = await ask(await token());
    await table.put(TENANT);
    expect(seen).toMatchObject({ status: 500, line: { code: "item_invalid" } });
    advance(30_000);
    expect((await ask(await token())).status).toBe(200);
  });

  test("of a kind that is unknown in the catalogue is a 500", async () => {
    await table.put({ pk: "CATALOGUE", sk: "FORBIDDEN#all", v: 1, name: "all", hash: "h" });
    const { ask } = start(table.endpoint);
    const seen = await ask(await token());
    await table.remove("CATALOGUE", "FORBIDDEN#all");
    expect(seen).toMatchObject({ status: 500, line: { code: "item_invalid" } });
  });

  test("at all, in a catalogue without one, is a 500", async () => {
    const empty = await startTable([TENANT]);
    closing.push(empty.stop);
    const { ask } = start(empty.endpoint, { staleSeconds: 600 });
    expect(await ask(await token())).toMatchObject({ status: 500, line: { code: "catalogue_missing" } });
    for (const item of CATALOGUE) await empty.put(item);
    expect((await ask(await token())).status).toBe(200);
  });
});
