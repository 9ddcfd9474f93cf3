import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Item } from "../../core/model/items.ts";
import { TABLE_NAME } from "../support/configuration.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { startTable } from "../support/fake-table.ts";
import { claims, issuerFields, ROLE, SECONDS, TENANT } from "../support/fixtures.ts";
import {
  fails,
  hangs,
  leavesUnprocessed,
  page,
  type Reply,
  returnsItems,
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
const GOOD: Readonly<Record<Operation, Reply>> = {
  Query: page(CATALOGUE),
  BatchGetItem: returnsItems(TENANT),
};

/** Starts a table that responds to each operation by its own script, which a test may change. */
async function scripted(changes: Partial<Record<Operation, Reply>>) {
  const script = { ...GOOD, ...changes };
  const table = await startScriptedTable((request, response) =>
    script[request.operation as Operation](request, response),
  );
  closing.push(table.stop);
  const count = (operation: Operation) =>
    table.requests.filter((request) => request.operation === operation).length;
  return { ...table, script, count };
}

const resets: Reply = (_, response) => void response.destroy();
const resetsInside: Reply = (_, response) =>
  void response.writeHead(200).write("{", () => response.destroy());
const html: Reply = (_, response) => void response.end("<html>");

/** The client makes three attempts if another one may succeed, else one. */
const FAULTS: readonly (readonly [what: string, reply: Reply, attempts: number])[] = [
  ["is throttled by its capacity", fails(400, "ProvisionedThroughputExceededException"), 3],
  ["is throttled by a partition's", fails(400, "ThrottlingException"), 3],
  ["is throttled by the account's", fails(400, "RequestLimitExceeded"), 3],
  ["fails", fails(500, "InternalServerError"), 3],
  ["is unavailable", fails(503, "ServiceUnavailable"), 3],
  ["denies the function's role", fails(400, "AccessDeniedException"), 1],
  ["does not know the credentials", fails(400, "UnrecognizedClientException"), 1],
  ["does not exist", fails(400, "ResourceNotFoundException"), 1],
  ["rejects the request", fails(400, "ValidationException"), 1],
  ["closes the connection", resets, 3],
  ["closes the connection inside the response", resetsInside, 3],
  ["returns HTML", html, 3],
];

describe.each(["Query", "BatchGetItem"] as const)("a table that at %s", (operation) => {
  test.each(FAULTS)(
    "%s causes a 500 after a bounded number of requests, and the next request works",
    async (...fault) => {
      const [, reply, attempts] = fault;
      const table = await scripted({ [operation]: reply });
      const { send } = start(table.endpoint);
      const seen = await send(await token());
      expect(seen).toMatchObject({ status: 500, line: { level: "error", code: "table_unreachable" } });
      expect(seen.line).not.toHaveProperty("reason");
      expect(table.count(operation)).toBeLessThanOrEqual(attempts);
      table.script[operation] = GOOD[operation];
      expect((await send(await token())).status).toBe(200);
    },
  );

  test.each([
    ["never responds", hangs],
    ["starts a response and stalls", stalls],
  ])("%s causes a 500 at the deadline, and the next request works", async (_, reply) => {
    const table = await scripted({ [operation]: reply });
    const { send } = start(table.endpoint, { readDeadline: 1_000 });
    expect(await send(await token())).toMatchObject({ status: 500, line: { code: "table_unreachable" } });
    expect(table.count(operation)).toBe(1);
    table.script[operation] = GOOD[operation];
    expect((await send(await token())).status).toBe(200);
  });
});

test("a table whose port is closed causes a 500", async () => {
  const table = await startScriptedTable(hangs);
  await table.stop();
  const { send } = start(table.endpoint);
  expect(await send(await token())).toMatchObject({
    status: 500,
    line: { code: "table_unreachable", cause: "ECONNREFUSED" },
  });
});

describe("a table that leaves all keys unprocessed", () => {
  test("gets eight requests, then the result is a 500", async () => {
    const table = await scripted({ BatchGetItem: leavesUnprocessed });
    const { send } = start(table.endpoint);
    expect(await send(await token())).toMatchObject({
      status: 500,
      line: { code: "table_unreachable", cause: "UnprocessedKeys" },
    });
    expect(table.count("BatchGetItem")).toBe(8);
  });

  test("and throttles in between gets no more requests than both bounds together allow", async () => {
    let count = 0;
    const table = await scripted({
      BatchGetItem: (...call) =>
        (++count % 3 === 0 ? leavesUnprocessed : fails(400, "ThrottlingException"))(...call),
    });
    const { send } = start(table.endpoint, { readDeadline: 20_000 });
    expect((await send(await token())).status).toBe(500);
    expect(table.count("BatchGetItem")).toBeLessThanOrEqual(24);
  });
});

describe("a hot tenant", () => {
  test("causes one read for a hundred concurrent requests", async () => {
    const table = await scripted({});
    const { send } = start(table.endpoint);
    const one = await token();
    const seen = await Promise.all(Array.from({ length: 100 }, () => send(one)));
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([200]));
    // The catalogue and the kill switches are read by one Query each.
    expect([table.count("Query"), table.count("BatchGetItem")]).toEqual([2, 1]);
  });

  test("that is throttled causes three reads for a hundred concurrent requests, and each gets a 500", async () => {
    const table = await scripted({ BatchGetItem: fails(400, "ThrottlingException") });
    const { send } = start(table.endpoint);
    const one = await token();
    const seen = await Promise.all(Array.from({ length: 100 }, () => send(one)));
    expect(new Set(seen.map(({ status }) => status))).toEqual(new Set([500]));
    expect([table.count("Query"), table.count("BatchGetItem")]).toEqual([2, 3]);
  });

  test("is read once for all of its callers", async () => {
    const table = await scripted({});
    const { send } = start(table.endpoint);
    for (let caller = 0; caller < 20; caller++)
      expect((await send(await token({ sub: `user-${caller}`, jti: `t${caller}` }))).status).toBe(200);
    const keys = table.requests.flatMap(({ body }) => body.RequestItems?.[TABLE_NAME]?.Keys ?? []);
    expect(keys.filter((key) => JSON.stringify(key).includes('"sk":{"S":"TENANT"}'))).toHaveLength(1);
  });
});

const BELOW = { pk: "TENANT#acme", v: 1, id: "acme", owner: "runtime", hash: "h" };
const REVOKED = { ...BELOW, until: SECONDS + 60 };
/** A valid item of each kind that a decision reads. */
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
    [kind, "with a version that is a string", { v: "1" }],
  ]),
  ["role", "with grants that are not a list", { grants: "GET /documents/{documentId}" }],
  ["role", "with a grant that is not a route", { grants: [7] }],
  ["role", "without a name", { name: "" }],
  ["role", "with the name of another role", { name: "admin" }],
  ["plan", "with a ceiling that is not a list", { ceiling: true }],
  ["issuer", "without claims", { claims: "tenant" }],
  ["issuer", "with tenants that are a string", { tenants: "acme" }],
  ["issuer", "with an invalid value of memberships", { memberships: "maybe" }],
  ["tenant", "with an invalid status", { status: "trial" }],
  ["tenant", "with roles that are a string", { roles: "viewer" }],
  ["tenant", "with never that is a string", { never: "GET /documents" }],
  ["membership", "with roles that are a string", { roles: "viewer" }],
  ["membership", "with an end that is a string", { roles: [{ role: "viewer", until: "tomorrow" }] }],
  ["client's membership", "with roles that are not objects", { roles: ["viewer"] }],
  ["revoked token", "without an end", { until: null }],
  ["revoked subject", "with an end that is a string", { until: "tomorrow" }],
  ["revocation by time", "without a time", { before: null }],
];

describe("an invalid item", () => {
  let table: Awaited<ReturnType<typeof startTable>>;
  beforeAll(async () => {
    table = await startTable([...CATALOGUE, TENANT]);
  });
  afterAll(() => table.stop());

  test.each(CORRUPT)(
    "%s %s causes a 500 that names an item, and requests work after it is fixed and the TTL ended",
    async (...row) => {
      const [kind, , changes] = row;
      const good = KINDS[kind] as Item;
      const original = [...CATALOGUE, TENANT].find(({ pk, sk }) => pk === good["pk"] && sk === good["sk"]);
      await table.put({ ...good, ...changes });
      const { send, advance } = start(table.endpoint, { staleSeconds: 600 });
      const seen = await send(await token(kind === "client's membership" ? { sub: "app" } : {}));
      await (original === undefined
        ? table.remove(String(good["pk"]), String(good["sk"]))
        : table.put(original));
      expect(seen).toMatchObject({ status: 500, line: { level: "error", code: "item_invalid" } });
      expect(seen.line["detail"]).toContain(
        kind === "plan" ? "Item TENANT#acme" : `Item ${String(good["pk"])}`,
      );
      advance(30_000);
      expect((await send(await token())).status).toBe(200);
    },
  );

  test("of a role causes a 500 only for callers with that role", async () => {
    await table.put({ ...ROLE, sk: "ROLE#editor", name: "editor" });
    await table.put({ ...ROLE, needs: ["something new"] });
    const { send } = start(table.endpoint);
    const seen = await send(await token());
    expect((await send(await token({ roles: ["editor"] }))).status).toBe(200);
    await table.put(ROLE);
    await table.remove("CATALOGUE", "ROLE#editor");
    expect(seen).toMatchObject({ status: 500, line: { code: "item_invalid" } });
  });

  test("of a tenant that needs an unknown feature causes a 500 only for that tenant", async () => {
    await table.put({ ...TENANT, needs: ["something new"] });
    await table.put({ ...TENANT, pk: "TENANT#globex", id: "globex" });
    const { send } = start(table.endpoint);
    const seen = await send(await token());
    expect((await send(await token({ tenant: "globex" }))).status).toBe(200);
    await table.put(TENANT);
    await table.remove("TENANT#globex", "TENANT");
    expect(seen).toMatchObject({ status: 500, line: { code: "item_invalid" } });
    expect(seen.line["detail"]).toContain('it needs ["something new"]');
  });

  test("with an unknown plan causes a 500 until the cached item expires", async () => {
    await table.put({ ...TENANT, plan: "gone" });
    const { send, advance } = start(table.endpoint, { staleSeconds: 600 });
    const seen = await send(await token());
    await table.put(TENANT);
    expect(seen).toMatchObject({ status: 500, line: { code: "item_invalid" } });
    advance(30_000);
    expect((await send(await token())).status).toBe(200);
  });

  test("of an unknown kind in the catalogue causes a 500", async () => {
    await table.put({ pk: "CATALOGUE", sk: "FORBIDDEN#all", v: 1, name: "all", hash: "h" });
    const { send } = start(table.endpoint);
    const seen = await send(await token());
    await table.remove("CATALOGUE", "FORBIDDEN#all");
    expect(seen).toMatchObject({ status: 500, line: { code: "item_invalid" } });
  });

  test("set: an empty catalogue causes a 500", async () => {
    const empty = await startTable([TENANT]);
    closing.push(empty.stop);
    const { send } = start(empty.endpoint, { staleSeconds: 600 });
    expect(await send(await token())).toMatchObject({ status: 500, line: { code: "catalogue_missing" } });
    for (const item of CATALOGUE) await empty.put(item);
    expect((await send(await token())).status).toBe(200);
  });
});
