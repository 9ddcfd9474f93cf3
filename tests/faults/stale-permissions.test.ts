import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Item } from "../../core/model/items.ts";
import { FakeIssuer, makeSigner, type Signer, sign } from "../support/fake-issuer.ts";
import { claims, issuerFields, ROLE, SECONDS, TENANT } from "../support/fixtures.ts";
import { fails, hangs, page, returnsItems, startScriptedTable } from "../support/scripted-table.ts";
import { harness, type Outcome } from "./support/authorizer.ts";

const TTL = 30;
const STALE = 600;
const BOUND = (TTL + STALE) * 1_000;
const CATALOGUE = [issuerFields({ memberships: "merge" }), ROLE];
let signer: Signer;
let issuer: FakeIssuer;
let table: Awaited<ReturnType<typeof startScriptedTable>>;
/** The tenant's items in the table, and whether the table responds. */
let state: { items: readonly Item[]; down: boolean; hangs: boolean };
let started: ReturnType<typeof harness>;

beforeAll(async () => {
  signer = await makeSigner("k1", "ES256");
  issuer = await FakeIssuer.start(signer);
});
afterAll(() => issuer.stop());
beforeEach(async () => {
  state = { items: [TENANT], down: false, hangs: false };
  table = await startScriptedTable((request, response) => {
    if (state.hangs) return hangs(request, response);
    if (state.down) return fails(400, "AccessDeniedException")(request, response);
    return (request.operation === "Query" ? page(CATALOGUE) : returnsItems(...state.items))(
      request,
      response,
    );
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
const down: Partial<Outcome> = { status: 500, line: { code: "table_unreachable" } };

describe("stale permissions during an outage of the table", () => {
  test("are not used by default: after the TTL a request gets a 500", async () => {
    const { send, advance } = start({ staleSeconds: 0 });
    const one = await token();
    expect((await send(one)).status).toBe(200);
    state.down = true;
    advance(TTL * 1_000 - 1);
    expect((await send(one)).status).toBe(200);
    advance(1);
    expect(await send(one)).toMatchObject(down);
  });

  test("are the cached ones, up to the bound and no longer, and the log reports them as stale only after the TTL", async () => {
    const { send, advance } = start();
    const one = await token();
    await send(one);
    state.down = true;
    advance(TTL * 1_000 - 1);
    const fresh = await send(one);
    expect([fresh.status, fresh.line["stale"], fresh.line["_aws"]]).toEqual([200, undefined, undefined]);
    advance(1);
    expect(await send(one)).toMatchObject({ status: 200, line: { stale: true } });
    advance(BOUND - TTL * 1_000 - 1);
    expect(await send(one)).toMatchObject({ status: 200, line: { stale: true } });
    advance(1);
    expect(await send(one)).toMatchObject(down);
  });

  test("do not include a tenant that a later read found removed", async () => {
    const { send, advance } = start();
    const one = await token();
    expect((await send(one)).status).toBe(200);
    advance((TTL + 10) * 1_000);
    state.items = [];
    expect(await send(one)).toMatchObject({ status: 403, line: { reason: "unknown_tenant" } });
    state.down = true;
    advance(20_000);
    expect((await send(one)).status).toBe(500);
  });

  test("are counted by a metric in the decision's log line", async () => {
    const { send, advance, now } = start();
    const one = await token();
    await send(one);
    state.down = true;
    advance(60_000);
    const { line } = await send(one);
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

  test("are replaced by the first read five seconds after a failure", async () => {
    const { send, advance } = start();
    const one = await token();
    await send(one);
    state.down = true;
    advance(60_000);
    await send(one);
    state.down = false;
    state.items = [{ ...TENANT, status: "suspended" }];
    advance(4_999);
    expect((await send(one)).status).toBe(200);
    advance(1);
    const fresh = await send(one);
    expect(fresh).toMatchObject({ status: 403, line: { reason: "tenant_suspended" } });
    expect(fresh.line).not.toHaveProperty("stale");
  });

  test("cause one request in five seconds to a table that fails, for all callers", async () => {
    const { send, advance } = start();
    const tokens = await Promise.all(["ann", "bob"].map((sub) => token({ sub, jti: sub })));
    for (const one of tokens) await send(one);
    state.down = true;
    advance(60_000);
    const before = table.requests.length;
    for (let request = 0; request < 100; request++)
      for (const one of tokens) expect((await send(one)).status).toBe(200);
    expect(table.requests.length - before).toBe(1);
    advance(5_000);
    for (const one of tokens) expect((await send(one)).status).toBe(200);
    expect(table.requests.length - before).toBe(2);
  });

  test("wait for a table that hangs once, not for each read", async () => {
    const { send, advance } = start({ readDeadline: 500 });
    const one = await token();
    await send(one);
    state.hangs = true;
    advance(60_000);
    const before = table.requests.length;
    expect(await send(one)).toMatchObject({ status: 200, line: { stale: true } });
    expect(table.requests.length - before).toBe(1);
  });
});

describe("permissions that were never read", () => {
  test.each([
    ["of another tenant", { tenant: "globex" }],
    ["of another subject, which may be revoked", { sub: "bob" }],
    ["of another token, which may be revoked", { jti: "token-2" }],
  ])("cause a 500, not a denial: %s", async (_, changes) => {
    const { send, advance } = start();
    await send(await token());
    state.down = true;
    advance(60_000);
    expect((await send(await token())).status).toBe(200);
    expect(await send(await token(changes))).toMatchObject(down);
  });

  test("cause a 500 for a tenant that was missing in the table, because it may exist now", async () => {
    const { send, advance } = start();
    const one = await token({ tenant: "new" });
    expect(await send(one)).toMatchObject({ status: 403, line: { reason: "unknown_tenant" } });
    state.down = true;
    advance(60_000);
    expect(await send(one)).toMatchObject(down);
  });

  test("cause a 500 after a cold start", async () => {
    state.down = true;
    const { send } = start();
    expect(await send(await token())).toMatchObject(down);
  });
});

const BELOW = { pk: "TENANT#acme", v: 1, id: "acme", owner: "runtime", hash: "h", generation: "g1" };
describe("a cached denial stays a denial during an outage", () => {
  test.each([
    ["a suspended tenant", { ...TENANT, status: "suspended" }, "tenant_suspended"],
    ["a revoked token", { ...BELOW, sk: "REVOKED#TOKEN#token-1", until: SECONDS + 3_600 }, "revoked"],
    ["a revoked subject", { ...BELOW, sk: "REVOKED#SUBJECT#main#ann", until: SECONDS + 3_600 }, "revoked"],
    [
      "tokens issued before a time",
      { ...BELOW, sk: "REVOKED#ISSUED", before: SECONDS, until: SECONDS + 3_600 },
      "revoked",
    ],
  ])("of %s", async (_, item: Item, reason) => {
    state.items = item["sk"] === "TENANT" ? [item] : [TENANT, item];
    const { send, advance } = start();
    const one = await token();
    expect(await send(one)).toMatchObject({ status: 403, line: { reason } });
    state.down = true;
    for (const ms of [60_000, BOUND - 60_001]) {
      advance(ms);
      expect(await send(one)).toMatchObject({ status: 403, line: { reason, stale: true } });
    }
    advance(1);
    expect(await send(one)).toMatchObject(down);
  });

  test("and a membership ends at its time, also during an outage", async () => {
    const roles = [{ role: "viewer", until: SECONDS + 120 }];
    state.items = [TENANT, { ...BELOW, sk: "MEMBER#main#ann", roles }];
    const { send, advance } = start();
    const one = await token({ roles: [] });
    expect((await send(one)).status).toBe(200);
    state.down = true;
    advance(119_000);
    expect(await send(one)).toMatchObject({ status: 200, line: { stale: true } });
    advance(1_000);
    expect(await send(one)).toMatchObject({ status: 403, line: { reason: "no_role" } });
  });
});

test("an invalid item causes a 500 although permissions are cached, because the table did respond", async () => {
  const { send, advance } = start();
  const one = await token();
  await send(one);
  state.items = [{ ...TENANT, v: 2 }];
  advance(60_000);
  expect(await send(one)).toMatchObject({ status: 500, line: { code: "item_invalid" } });
});
