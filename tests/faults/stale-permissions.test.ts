import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Item } from "../../core/model/items.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { claims, issuerFields, ROLE, SECONDS, TENANT } from "../support/fixtures.ts";
import { fails, gives, page, saysNothing, startScriptedTable } from "../support/scripted-table.ts";
import { harness, type Seen } from "./support/authorizer.ts";

const TTL = 30;
const STALE = 600;
const BOUND = (TTL + STALE) * 1_000;
const CATALOGUE = [issuerFields({ memberships: "merge" }), ROLE];
let signer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startScriptedTable>>;
/** What the table holds below the tenant, and whether it answers. */
let state: { items: readonly Item[]; down: boolean; hangs: boolean };
let started: ReturnType<typeof harness>;

beforeAll(async () => {
  signer = await makeSigner("k1", "ES256");
  issuer = await FakeIssuer.start(signer);
});
afterAll(() => issuer.stop());
beforeEach(async () => {
  state = { items: [TENANT], down: false, hangs: false };
  table = await startScriptedTable((asked, response) => {
    if (state.hangs) return saysNothing(asked, response);
    if (state.down) return fails(400, "AccessDeniedException")(asked, response);
    return (asked.operation === "Query" ? page(CATALOGUE) : gives(...state.items))(asked, response);
  });
});
afterEach(async () => {
  started.close();
  await table.stop();
});

const start = (changes: Partial<Parameters<typeof harness>[0]> = {}) => {
  const options = { issuerUrl: issuer.url, algorithms: ["ES256"], tableEndpoint: table.endpoint };
  started = harness({ ...options, ttlSeconds: TTL, staleSeconds: STALE, ...changes });
  return started;
};
const token = (changes: Record<string, unknown> = {}) =>
  sign(signer, claims(issuer.url, { exp: SECONDS + 86_400, ...changes }));
const down: Partial<Seen> = { status: 500, line: { code: "table_unreachable" } };

describe("permissions that are served while the table cannot be read", () => {
  test("are off unless switched on: past their time a request is a 500", async () => {
    const { ask, advance } = start({ staleSeconds: 0 });
    const one = await token();
    expect((await ask(one)).status).toBe(200);
    state.down = true;
    advance(TTL * 1_000 - 1);
    expect((await ask(one)).status).toBe(200);
    advance(1);
    expect(await ask(one)).toMatchObject(down);
  });

  test("are those remembered, up to the bound and no longer, and nothing says stale before they are", async () => {
    const { ask, advance } = start();
    const one = await token();
    await ask(one);
    state.down = true;
    advance(TTL * 1_000 - 1);
    const young = await ask(one);
    expect([young.status, young.line["stale"], young.line["_aws"]]).toEqual([200, undefined, undefined]);
    advance(1);
    expect(await ask(one)).toMatchObject({ status: 200, line: { stale: true } });
    advance(BOUND - TTL * 1_000 - 1);
    expect(await ask(one)).toMatchObject({ status: 200, line: { stale: true } });
    advance(1);
    expect(await ask(one)).toMatchObject(down);
  });

  test("are none of a tenant that a read in between found removed", async () => {
    const { ask, advance } = start();
    const one = await token();
    expect((await ask(one)).status).toBe(200);
    advance((TTL + 10) * 1_000);
    state.items = [];
    expect(await ask(one)).toMatchObject({ status: 403, line: { reason: "unknown_tenant" } });
    state.down = true;
    advance(20_000);
    expect((await ask(one)).status).toBe(500);
  });

  test("are counted by a metric in the decision's own line", async () => {
    const { ask, advance, now } = start();
    const one = await token();
    await ask(one);
    state.down = true;
    advance(60_000);
    const { line } = await ask(one);
    expect(line).toMatchObject({
      message: "decision",
      outcome: "allow",
      stale: true,
      StalePermissions: 1,
      FunctionName: "authorizer-under-test",
      _aws: {
        Timestamp: now(),
        CloudWatchMetrics: [
          {
            Namespace: "Portcullis",
            Dimensions: [["FunctionName"]],
            Metrics: [{ Name: "StalePermissions", Unit: "Count" }],
          },
        ],
      },
    });
    expect(line).not.toHaveProperty("StaleKeys");
  });

  test("are read again at the first request five seconds after a failure, and are then what the table says", async () => {
    const { ask, advance } = start();
    const one = await token();
    await ask(one);
    state.down = true;
    advance(60_000);
    await ask(one);
    state.down = false;
    state.items = [{ ...TENANT, status: "suspended" }];
    advance(4_999);
    expect((await ask(one)).status).toBe(200);
    advance(1);
    const fresh = await ask(one);
    expect(fresh).toMatchObject({ status: 403, line: { reason: "tenant_suspended" } });
    expect(fresh.line).not.toHaveProperty("stale");
  });

  test("leave a table that fails alone for five seconds: one request, whoever calls", async () => {
    const { ask, advance } = start();
    const tokens = await Promise.all(["ann", "bob"].map((sub) => token({ sub, jti: sub })));
    for (const one of tokens) await ask(one);
    state.down = true;
    advance(60_000);
    const before = table.asked.length;
    for (let request = 0; request < 100; request++)
      for (const one of tokens) expect((await ask(one)).status).toBe(200);
    expect(table.asked.length - before).toBe(1);
    advance(5_000);
    for (const one of tokens) expect((await ask(one)).status).toBe(200);
    expect(table.asked.length - before).toBe(2);
  });

  test("wait once for a table that hangs, not at each of its reads", async () => {
    const { ask, advance } = start({ readDeadline: 500 });
    const one = await token();
    await ask(one);
    state.hangs = true;
    advance(60_000);
    const before = table.asked.length;
    expect(await ask(one)).toMatchObject({ status: 200, line: { stale: true } });
    expect(table.asked.length - before).toBe(1);
  });
});

describe("permissions that were never read", () => {
  test.each([
    ["of another tenant", { tenant: "globex" }],
    ["of another subject, who may be revoked", { sub: "bob" }],
    ["of another token, which may be revoked", { jti: "token-2" }],
  ])("are a 500 and no refusal: %s", async (_, changes) => {
    const { ask, advance } = start();
    await ask(await token());
    state.down = true;
    advance(60_000);
    expect((await ask(await token())).status).toBe(200);
    expect(await ask(await token(changes))).toMatchObject(down);
  });

  test("are a 500 for a tenant that the table lacked: it may have signed up since", async () => {
    const { ask, advance } = start();
    const one = await token({ tenant: "new" });
    expect(await ask(one)).toMatchObject({ status: 403, line: { reason: "unknown_tenant" } });
    state.down = true;
    advance(60_000);
    expect(await ask(one)).toMatchObject(down);
  });

  test("are a 500 in a function that has just started", async () => {
    state.down = true;
    const { ask } = start();
    expect(await ask(await token())).toMatchObject(down);
  });
});

const BELOW = { pk: "TENANT#acme", v: 1, id: "acme", owner: "runtime", hash: "h" };
describe("what is remembered as refused stays refused in an outage", () => {
  test.each([
    ["a suspended tenant", { ...TENANT, status: "suspended" }, "tenant_suspended"],
    ["a revoked token", { ...BELOW, sk: "REVOKED#TOKEN#token-1", until: SECONDS + 3_600 }, "revoked"],
    ["a revoked subject", { ...BELOW, sk: "REVOKED#SUBJECT#main#ann", until: SECONDS + 3_600 }, "revoked"],
    [
      "tokens issued before a time",
      { ...BELOW, sk: "REVOKED#ISSUED", before: SECONDS, until: SECONDS + 3_600 },
      "revoked",
    ],
  ])("%s", async (_, item: Item, reason) => {
    state.items = item["sk"] === "TENANT" ? [item] : [TENANT, item];
    const { ask, advance } = start();
    const one = await token();
    expect(await ask(one)).toMatchObject({ status: 403, line: { reason } });
    state.down = true;
    for (const ms of [60_000, BOUND - 60_001]) {
      advance(ms);
      expect(await ask(one)).toMatchObject({ status: 403, line: { reason, stale: true } });
    }
    advance(1);
    expect(await ask(one)).toMatchObject(down);
  });

  test("a membership ends when it ends, outage or not", async () => {
    const roles = [{ role: "viewer", until: SECONDS + 120 }];
    state.items = [TENANT, { ...BELOW, sk: "MEMBER#main#ann", roles }];
    const { ask, advance } = start();
    const one = await token({ roles: [] });
    expect((await ask(one)).status).toBe(200);
    state.down = true;
    advance(119_000);
    expect(await ask(one)).toMatchObject({ status: 200, line: { stale: true } });
    advance(1_000);
    expect(await ask(one)).toMatchObject({ status: 403, line: { reason: "no_role" } });
  });
});

test("an item that does not hold is a 500, whatever is remembered: the table did answer", async () => {
  const { ask, advance } = start();
  const one = await token();
  await ask(one);
  state.items = [{ ...TENANT, v: 2 }];
  advance(60_000);
  expect(await ask(one)).toMatchObject({ status: 500, line: { code: "item_invalid" } });
});
