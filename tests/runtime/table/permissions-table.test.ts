import { setImmediate as turn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { type Caller, supposedCaller } from "../../../core/decision/caller.ts";
import { InternalError } from "../../../core/model/errors.ts";
import { issuerName } from "../../../core/model/ids.ts";
import type { Item } from "../../../core/model/items.ts";
import { type ItemKey, type ItemReader, READ_DEADLINE } from "../../../runtime/table/dynamodb-reader.ts";
import { type PermissionsTable, permissionsTable } from "../../../runtime/table/permissions-table.ts";
import { expectInternalError } from "../../support/expect-errors.ts";
import { caller, clock, ITEMS, issuerFields, ROLE, SECONDS, TENANT } from "../../support/fixtures.ts";

function harness(ttlSeconds = 30, staleSeconds = 0) {
  const { now, advance } = clock();
  const stored = { items: [...ITEMS], down: false, frozen: false };
  const reads: (string | readonly ItemKey[])[] = [];
  const read = async (key: string | readonly ItemKey[], matches: (item: Item) => boolean) => {
    reads.push(key);
    if (stored.frozen) await new Promise(() => undefined);
    if (stored.down) throw new InternalError("table_unreachable", "The permissions table cannot be read");
    return stored.items.filter(matches);
  };
  const reader: ItemReader = {
    catalogue: (partition = "CATALOGUE") =>
      read(partition === "CATALOGUE" ? "catalogue" : partition, ({ pk }) => pk === partition),
    items: (keys) => read(keys, ({ pk, sk }) => keys.some((key) => key.pk === pk && key.sk === sk)),
  };
  return { table: permissionsTable({ reader, ttlSeconds, staleSeconds, now }), stored, reads, advance };
}

test("a decision reads the catalogue and the tenant's item, and nothing again before the TTL ends", async () => {
  const { table, reads, advance } = harness();
  const first = await table.load(caller());
  expect([...first.catalogue.roles.keys()]).toEqual(["viewer"]);
  expect(first.tenant).toMatchObject({ id: "acme", hash: "tenant-hash" });
  expect(reads).toEqual(["catalogue", [{ pk: "TENANT#acme", sk: "TENANT" }]]);
  advance(29_999);
  expect(await table.load(caller())).toMatchObject({ catalogue: first.catalogue, tenant: first.tenant });
  expect(reads).toHaveLength(2);
});

test("after the TTL everything is read again", async () => {
  const { table, stored, advance } = harness();
  await table.load(caller());
  stored.items = [ROLE, { ...TENANT, status: "suspended" }];
  advance(30_000);
  const { catalogue, tenant } = await table.load(caller());
  expect(tenant?.status).toBe("suspended");
  expect(catalogue.issuers.size).toBe(0);
});

test("a TTL of 0 caches nothing", async () => {
  const { table, reads } = harness(0);
  await table.load(caller());
  await table.load(caller());
  expect(reads).toHaveLength(4);
});

test("concurrent callers of one tenant share one read", async () => {
  const { table, reads } = harness();
  await Promise.all(Array.from({ length: 20 }, () => table.load(caller())));
  expect(reads).toHaveLength(2);
});

test.each<[string, (table: PermissionsTable) => Promise<unknown>]>([
  ["the catalogue", (table) => table.catalogue()],
  ["the kill switches", (table) => table.issuerSwitch(issuerName("main"))],
  ["a decision's items", (table) => table.load(caller())],
])(
  "a read of %s that Lambda froze is joined until the deadline of a read, and no longer",
  async (what, read) => {
    const { table, stored, reads, advance } = harness();
    if (what === "a decision's items") await table.catalogue();
    const before = reads.length;
    stored.frozen = true;
    void read(table);
    await vi.waitFor(() => expect(reads).toHaveLength(before + 1));
    stored.frozen = false;
    advance(READ_DEADLINE - 1);
    void read(table);
    await turn();
    expect(reads).toHaveLength(before + 1);
    advance(1);
    await read(table);
    expect(reads).toHaveLength(before + 2);
  },
);

test("a tenant's generation is read again with the tenant, also while an older one is kept for outages", async () => {
  const { table, stored, advance } = harness(30, 600);
  stored.items = [...ITEMS.filter((item) => item !== TENANT), { ...TENANT, generation: "first" }];
  expect((await table.load(caller())).membershipState?.generation).toBe("first");
  stored.items = [...ITEMS.filter((item) => item !== TENANT), { ...TENANT, generation: "second" }];
  advance(29_999);
  expect((await table.load(caller())).membershipState?.generation).toBe("first");
  advance(1);
  expect((await table.load(caller())).membershipState?.generation).toBe("second");
});

test("tenants do not share reads", async () => {
  const { table, stored } = harness();
  stored.items.push({ ...TENANT, pk: "TENANT#other", id: "other" });
  const [acme, other] = await Promise.all([table.load(caller("acme")), table.load(caller("other"))]);
  expect([acme.tenant?.id, other.tenant?.id]).toEqual(["acme", "other"]);
});

test("a missing tenant is not cached, so a sign-up works at once", async () => {
  const { table, stored } = harness();
  expect((await table.load(caller("new"))).tenant).toBeUndefined();
  stored.items.push({ ...TENANT, pk: "TENANT#new", id: "new" });
  expect((await table.load(caller("new"))).tenant?.id).toBe("new");
});

test("a failure is not cached, and cached items are not used after the TTL", async () => {
  const { table, stored, advance } = harness();
  await table.load(caller());
  stored.down = true;
  await table.load(caller());
  advance(30_000);
  await expectInternalError(
    table.load(caller()),
    "table_unreachable",
    "The permissions table cannot be read",
  );
  stored.down = false;
  expect((await table.load(caller())).tenant?.id).toBe("acme");
});

test("an empty catalogue is an error and is read again", async () => {
  const { table, stored, reads } = harness();
  const items = stored.items;
  stored.items = [TENANT];
  await expectInternalError(table.catalogue(), "catalogue_missing", "The permissions table has no catalogue");
  stored.items = items;
  await table.catalogue();
  expect(reads).toEqual(["catalogue", "catalogue"]);
});

test("an item of another version is an error", async () => {
  const { table, stored } = harness();
  stored.items = [...ITEMS.slice(0, 2), { ...TENANT, v: 2 }];
  await expectInternalError(table.load(caller()), "item_invalid", "Item TENANT#acme TENANT: field v");
});

test("an item with another key is ignored", async () => {
  const items = async () => [{ ...TENANT, pk: "TENANT#ACME" }];
  const table = permissionsTable({
    reader: { catalogue: async () => [ROLE], items },
    ttlSeconds: 30,
    now: clock().now,
  });
  expect((await table.load(caller())).tenant).toBeUndefined();
});

test("a tenant whose key is too long for DynamoDB is unknown without a read", async () => {
  const { table, reads } = harness();
  expect((await table.load(caller("é".repeat(1_021)))).tenant).toBeUndefined();
  expect(reads).toEqual(["catalogue"]);
});

test("warming up reads the catalogue and the kill switches once and at the same time, and ignores a failure", async () => {
  const { table, stored, reads } = harness();
  stored.down = true;
  table.warmUp();
  expect(reads.splice(0)).toEqual(["catalogue", "ISSUERS"]);
  await new Promise((resolve) => setImmediate(resolve));
  stored.down = false;
  table.warmUp();
  await table.catalogue();
  await table.issuerSwitch(issuerName("main"));
  expect(reads).toEqual(["catalogue", "ISSUERS"]);
});

const callerNamed = (subject: string, changes: Partial<Caller> = {}): Caller => ({
  ...supposedCaller({ tenant: "acme", subject, issuer: "main" }),
  tokenId: "t1",
  ...changes,
});
const MEMBER: Item = {
  pk: "TENANT#acme",
  sk: "MEMBER#main#ann",
  v: 1,
  id: "acme",
  owner: "runtime",
  hash: "member-hash",
  generation: "g1",
  roles: [{ role: "viewer" }],
};
const REVOKED: Item = {
  pk: "TENANT#acme",
  sk: "REVOKED#TOKEN#t1",
  v: 1,
  generation: "g1",
  until: SECONDS + 3_600,
};
const WITH_MEMBERS: readonly Item[] = [issuerFields({ memberships: "merge" }), ROLE, TENANT];

test("memberships and revocations are read together with the tenant, and cached as long", async () => {
  const { table, stored, reads, advance } = harness();
  stored.items = [...WITH_MEMBERS, MEMBER, REVOKED, { ...MEMBER, sk: "MEMBER#main#bob" }];
  const { membershipState } = await table.load(callerNamed("ann", { clientId: "app" }));
  expect(membershipState).toMatchObject({
    at: SECONDS,
    memberships: [{ hash: "member-hash" }],
    revocations: [{}],
  });
  // The last one is that of the kill switches, which a verified token has caused before.
  expect(reads).toHaveLength(3);
  expect((reads[1] as readonly ItemKey[]).map(({ pk, sk }) => `${pk} ${sk}`)).toEqual([
    "TENANT#acme TENANT",
    "TENANT#acme MEMBER#main#ann",
    "TENANT#acme REVOKED#TOKEN#t1",
    "TENANT#acme REVOKED#SUBJECT#main#ann",
    "TENANT#acme REVOKED#ISSUED",
  ]);
  advance(29_000);
  expect((await table.load(callerNamed("ann", { clientId: "app" }))).membershipState?.at).toBe(SECONDS + 29);
  expect(reads).toHaveLength(3);
});

test("a change is seen after the TTL, and never through another caller's cache entry", async () => {
  const { table, stored, advance } = harness();
  stored.items = [...WITH_MEMBERS];
  expect((await table.load(callerNamed("ann"))).membershipState).toMatchObject({
    memberships: [],
    revocations: [],
  });
  stored.items = [...WITH_MEMBERS, MEMBER, REVOKED];
  expect((await table.load(callerNamed("bob"))).membershipState).toMatchObject({
    memberships: [],
    revocations: [{}],
  });
  expect((await table.load(callerNamed("ann", { tokenId: "t2" }))).membershipState).toMatchObject({
    memberships: [{}],
  });
  expect((await table.load(callerNamed("ann"))).membershipState?.memberships).toEqual([]);
  advance(30_000);
  expect((await table.load(callerNamed("ann"))).membershipState).toMatchObject({
    memberships: [{}],
    revocations: [{}],
  });
});

test("a caller of a cached tenant causes one read of only its own items", async () => {
  const { table, stored, reads } = harness();
  stored.items = [...WITH_MEMBERS];
  await table.load(callerNamed("ann"));
  await table.load(callerNamed("bob"));
  expect(reads).toHaveLength(4);
  expect((reads[3] as readonly ItemKey[]).every(({ sk }) => sk !== "TENANT")).toBe(true);
});

test("items with other keys than the requested ones are ignored", async () => {
  const stray = [
    { ...MEMBER, pk: "TENANT#globex" },
    { ...MEMBER, sk: "MEMBER#main#bob" },
    { ...REVOKED, pk: "TENANT#globex" },
  ];
  const reader: ItemReader = {
    catalogue: async () => [...WITH_MEMBERS.slice(0, 2)],
    items: async () => stray,
  };
  const table = permissionsTable({ reader, ttlSeconds: 30, now: clock().now });
  expect((await table.load(callerNamed("ann"))).membershipState).toMatchObject({
    memberships: [],
    revocations: [],
  });
});

test("memberships and revocations of another version are errors, and are not cached", async () => {
  const { table, stored } = harness();
  for (const item of [MEMBER, REVOKED]) {
    stored.items = [...WITH_MEMBERS, { ...item, v: 2 }];
    await expectInternalError(
      table.load(callerNamed("ann")),
      "item_invalid",
      `Item TENANT#acme ${String(item["sk"])}: field v`,
    );
  }
  stored.items = [...WITH_MEMBERS];
  expect((await table.load(callerNamed("ann"))).membershipState?.memberships).toEqual([]);
});

test("a token id or subject that is too long for a key is not requested", async () => {
  const { table, reads } = harness();
  await table.load(callerNamed("x".repeat(1_100), { tokenId: "y".repeat(1_100) }));
  expect(reads[1]).toEqual([
    { pk: "TENANT#acme", sk: "TENANT" },
    { pk: "TENANT#acme", sk: "REVOKED#ISSUED" },
  ]);
});

test("a tenant's own API key is read in the same round trip, and cached as long", async () => {
  const { now } = clock();
  const reads: (readonly ItemKey[])[] = [];
  const key: Item = { pk: "TENANT#acme", sk: "USAGE_KEY", v: 1, owner: "terraform", plan: "team" };
  const reader: ItemReader = {
    catalogue: async () => ITEMS.filter(({ pk }) => pk === "CATALOGUE"),
    items: async (keys) => {
      reads.push(keys);
      return [TENANT, key].filter(({ pk, sk }) => keys.some((one) => one.pk === pk && one.sk === sk));
    },
  };
  const table = permissionsTable({ reader, ttlSeconds: 30, now, tenantKeys: true });
  expect(await table.load(caller())).toMatchObject({ tenant: { id: "acme" }, usageKey: { plan: "team" } });
  expect(await table.load(caller())).toMatchObject({ tenant: { id: "acme" }, usageKey: { plan: "team" } });
  expect((await table.load(caller("globex"))).usageKey).toBeUndefined();
  expect(reads).toEqual(
    ["acme", "globex"].map((id) => [
      { pk: `TENANT#${id}`, sk: "TENANT" },
      { pk: `TENANT#${id}`, sk: "USAGE_KEY" },
    ]),
  );
});

test("a tenant's own API key is not used for 5 minutes after its creation, also while its item is cached", async () => {
  const { now, advance } = clock();
  const created = `${new Date(now()).toISOString().slice(0, 19)}Z`;
  const key: Item = { pk: "TENANT#acme", sk: "USAGE_KEY", v: 1, owner: "terraform", plan: "team", created };
  const reader: ItemReader = {
    catalogue: async () => ITEMS.filter(({ pk }) => pk === "CATALOGUE"),
    items: async () => [TENANT, key],
  };
  const table = permissionsTable({ reader, ttlSeconds: 3_600, now, tenantKeys: true });
  expect((await table.load(caller())).usageKey).toBeUndefined();
  advance(298_000);
  expect((await table.load(caller())).usageKey).toBeUndefined();
  advance(2_000);
  expect((await table.load(caller())).usageKey).toMatchObject({ plan: "team" });
});

test("kill switches are read once within the TTL, and not by a decision's other reads", async () => {
  const { now, advance } = clock();
  const killed = { pk: "ISSUERS", sk: "main", v: 1, name: "main", status: "suspended", deniedKeys: [] };
  const [reads, stored]: [string[], { items: Item[]; down: boolean }] = [
    [],
    { items: [killed], down: false },
  ];
  const reader: ItemReader = {
    async catalogue(pk = "CATALOGUE") {
      reads.push(pk);
      if (stored.down) throw new InternalError("table_unreachable", "The permissions table cannot be read");
      return [...ITEMS, ...stored.items].filter((item) => item["pk"] === pk);
    },
    items: async () => [TENANT],
  };
  const table = permissionsTable({ reader, ttlSeconds: 30, now });
  const [main, other] = [issuerName("main"), issuerName("other")];
  expect(await Promise.all([table.issuerSwitch(main), table.issuerSwitch(other)])).toEqual([
    { suspended: true, deniedKeys: new Set(), revokedClients: new Map() },
    undefined,
  ]);
  await table.load(caller());
  advance(29_999);
  expect((await table.issuerSwitch(main))?.suspended).toBe(true);
  expect(reads).toEqual(["ISSUERS", "CATALOGUE"]);
  advance(2_000);
  stored.items = [{ ...killed, v: 2 }];
  await expectInternalError(table.issuerSwitch(main), "item_invalid", "Item ISSUERS main: field v");
  expect(await table.issuerSwitch(other)).toBeUndefined();
  advance(30_000);
  stored.down = true;
  await expectInternalError(table.issuerSwitch(other), "table_unreachable", "cannot be read");
});
