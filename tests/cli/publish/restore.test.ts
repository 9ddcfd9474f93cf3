import { DeleteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readLines } from "../../../cli/bulk/lines.ts";
import { importLines } from "../../../cli/bulk/run-import.ts";
import { restore } from "../../../cli/commands/deploy/restore.ts";
import { History } from "../../../cli/publish/history.ts";
import { recordKeeper } from "../../../cli/publish/keeper.ts";
import { publishItems } from "../../../cli/publish/publish-items.ts";
import { restoreTable } from "../../../cli/restore/run-restore.ts";
import { marshallItem, unmarshallItem } from "../../../core/model/dynamodb-json.ts";
import type { Item } from "../../../core/model/items.ts";
import { stampItem } from "../../../core/policy-files/compile/permission-items.ts";
import { createTable } from "../../../local/table/table.ts";
import { stampRuntime } from "../../../runtime/table/store.ts";
import { type TenantStore, tenantStore } from "../../../runtime/table/tenant-store.ts";
import { runVerb } from "../run-verb.ts";
import { done, OPTIONS, roleItem, startTable, TABLE, type TestTable, tenantItem } from "./publish-table.ts";

const COPY = "copy";
const plan = (name: string, ...ceiling: string[]): Item =>
  stampItem({ pk: "CATALOGUE", sk: `PLAN#${name}`, name, ceiling });
const issuer = (name: string, rest: Item): Item =>
  stampItem({
    ...{ pk: "CATALOGUE", sk: `ISSUER#${name}`, name, ...rest },
    claims: { tenant: ["tenant"], roles: ["roles"], scopes: ["scope"], subject: ["sub"] },
    audienceClaims: ["aud"],
    types: [""],
  });
const FILES: readonly Item[] = [
  issuer("main", { tenants: "*", memberships: "merge" }),
  issuer("pools", { tenants: "by_directory" }),
  plan("free", "GET /a"),
  plan("team", "GET /a", "GET /b"),
  roleItem("viewer", "GET /a"),
  roleItem("editor", "GET /a", "GET /b"),
  tenantItem("acme", { plan: "team" }),
];
const UNTIL = 4_000_000_000;

let table: TestTable;
let store: TenantStore;
let clock: number;
beforeEach(async () => {
  clock = Date.parse("2026-11-01T00:00:00Z");
  table = await startTable();
  await createTable(table.client, COPY);
  store = tenantStore({ client: table.client, table: TABLE, who: "tests", now: () => (clock += 1_000) });
  done(await publishItems(table.client, FILES, OPTIONS));
  await store.putTenant({ id: "initech", plan: "team" }, "");
  await store.putTenant({ id: "hooli", plan: "team" }, "");
  await grant("ann", "editor");
  await grant("bob", "viewer");
  await store.putMembership({ tenant: "acme", to: { subject: "sue" }, role: "viewer" }, "");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await table.close();
});

const grant = (subject: string, role: string, until?: number) =>
  store.putMembership({ tenant: "initech", to: { subject }, role, until }, "");
const ungrant = (subject: string, role?: string) =>
  store.removeMembership({ tenant: "initech", to: { subject }, role }, "");

/** Copies the table, as a recovery to this time does, and lets ten minutes pass. */
async function copyNow(): Promise<number> {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: TABLE }));
  for (const item of Items) await table.client.send(new PutItemCommand({ TableName: COPY, Item: item }));
  const since = clock + 300_000;
  clock += 600_000;
  return since;
}

const restoreFrom = (since: number, dryRun = false) =>
  restoreTable(table.client, { table: TABLE, from: COPY, since, dryRun });
const all = async (): Promise<Item[]> => {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: TABLE }));
  return Items.map(unmarshallItem);
};
const at = async (pk: string, sk: string): Promise<Item | undefined> =>
  (await all()).find((item) => item["pk"] === pk && item["sk"] === sk);
const roles = async (subject: string, tenant = "initech"): Promise<unknown> => {
  const held = (await at(`TENANT#${tenant}`, `MEMBER#main#${subject}`))?.["roles"] as Item[] | undefined;
  return held?.map(({ role }) => role) ?? [];
};
const status = async (tenant: string): Promise<unknown> =>
  (await at(`TENANT#${tenant}`, "TENANT"))?.["status"];
const whats = (changes: readonly { readonly what: string }[]): string[] => changes.map(({ what }) => what);

describe("a restore", () => {
  it("does not reinstate what was suspended, revoked or taken since the copy", async () => {
    const since = await copyNow();
    await store.suspendTenant("initech", "");
    await store.revoke({ tenant: "initech", what: { token: "t1" }, until: UNTIL }, "");
    await store.revoke({ tenant: "acme", what: { subject: "sue" }, until: UNTIL }, "");
    await ungrant("ann");
    await grant("bob", "viewer", UNTIL);
    await store.removeTenant("hooli", "");
    await store.suspendIssuer("main", "");
    await store.denyKey({ issuer: "main", kid: "k1" }, "");
    await store.revoke({ tenant: "initech", what: { client: "bot" }, until: UNTIL }, "");
    await store.revoke({ tenant: "*", what: { client: "bot" }, until: UNTIL }, "");
    const { again } = await restoreFrom(since);
    expect(again).toHaveLength(10);
    expect(await at("TENANT#initech", "REVOKED#ISSUED")).toMatchObject({ clients: { "main#bot": UNTIL } });
    expect([await status("initech"), await status("hooli")]).toEqual(["suspended", undefined]);
    const generation = (await at("TENANT#initech", "TENANT"))?.["generation"];
    expect(await at("TENANT#initech", "REVOKED#TOKEN#t1")).toMatchObject({ until: UNTIL, generation });
    expect(await at("TENANT#acme", "REVOKED#SUBJECT#main#sue")).toMatchObject({ until: UNTIL });
    expect(await roles("ann")).toEqual([]);
    expect(await at("TENANT#initech", "MEMBER#main#bob")).toMatchObject({
      roles: [{ role: "viewer", until: UNTIL }],
    });
    expect(await at("ISSUERS", "main")).toMatchObject({
      ...{ status: "suspended", deniedKeys: ["k1"] },
      ...{ clients: { bot: UNTIL }, needs: ["revoked_clients"] },
    });
  });

  it("brings back what was lost, and does not repeat what gave access since", async () => {
    const since = await copyNow();
    await grant("ann", "viewer");
    await grant("eve", "editor");
    await store.putTenant({ id: "newcomer", plan: "team" }, "");
    for (const item of (await all()).filter(({ sk }) => sk === "MEMBER#main#bob"))
      await table.put({ ...item, roles: [] });
    const { left, again } = await restoreFrom(since);
    expect([await roles("ann"), await roles("bob"), await roles("eve")]).toEqual([
      ["editor"],
      ["viewer"],
      [],
    ]);
    expect(await status("newcomer")).toBeUndefined();
    expect(whats(again)).toEqual([]);
    expect(whats(left)).toEqual([
      "grant viewer to ann of main",
      "grant editor to eve of main",
      "put tenant (status active, plan team, issuers all, name none)",
    ]);
  });

  it("lifts what was narrowed and lifted since, but not what the copy had", async () => {
    await store.revoke({ tenant: "initech", what: { token: "old" }, until: UNTIL }, "");
    await store.suspendTenant("hooli", "");
    await store.denyKey({ issuer: "main", kid: "old" }, "");
    for (const tenant of ["initech", "*"])
      await store.revoke({ tenant, what: { client: "old" }, until: UNTIL }, "");
    const since = await copyNow();
    for (const tenant of ["initech", "*"]) {
      await store.revoke({ tenant, what: { client: "new" }, until: UNTIL }, "");
      for (const client of ["old", "new"]) await store.undoRevocation({ tenant, what: { client } }, "");
    }
    await store.undoRevocation({ tenant: "initech", what: { token: "old" } }, "");
    await store.reinstateTenant("hooli", "");
    await store.allowKey({ issuer: "main", kid: "old" }, "");
    await store.suspendTenant("initech", "");
    await store.reinstateTenant("initech", "");
    await store.denyKey({ issuer: "main", kid: "new" }, "");
    await store.allowKey({ issuer: "main", kid: "new" }, "");
    await ungrant("ann", "editor");
    await grant("ann", "editor");
    await restoreFrom(since);
    expect([await status("initech"), await status("hooli")]).toEqual(["active", "suspended"]);
    expect(await at("TENANT#initech", "REVOKED#TOKEN#old")).toMatchObject({ until: UNTIL });
    expect(await at("ISSUERS", "main")).toMatchObject({ deniedKeys: ["old"], clients: { old: UNTIL } });
    expect((await at("ISSUERS", "main"))?.["clients"]).toEqual({ old: UNTIL });
    expect((await at("TENANT#initech", "REVOKED#ISSUED"))?.["clients"]).toEqual({ "main#old": UNTIL });
    expect(await roles("ann")).toEqual(["editor"]);
  });

  it("keeps every revoked client, also if they are more than a command accepts", async () => {
    const where = [
      { tenant: "initech", pk: "TENANT#initech", sk: "REVOKED#ISSUED", prefix: "main#" },
      { tenant: "*", pk: "ISSUERS", sk: "main", prefix: "" },
    ] as const;
    for (const { tenant, pk, sk, prefix } of where) {
      await store.revoke({ tenant, what: { client: "c0" }, until: UNTIL }, "");
      const clients = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${prefix}c${i}`, UNTIL]));
      const { v: _v, owner: _owner, hash: _hash, ...content } = (await at(pk, sk)) ?? {};
      await table.put(stampRuntime({ ...content, clients }));
    }
    const since = await copyNow();
    for (const { tenant } of where)
      for (const index of [0, 1, 2]) {
        await store.undoRevocation({ tenant, what: { client: `c${index}` } }, "");
        await store.revoke({ tenant, what: { client: `new${index}` }, until: UNTIL }, "");
      }
    await restoreFrom(since);
    done(await publishItems(table.client, FILES, OPTIONS));
    for (const { tenant, pk, sk, prefix } of where) {
      const revoked = async () => Object.keys(((await at(pk, sk))?.["clients"] ?? {}) as object);
      expect(await revoked()).toHaveLength(103);
      expect(await revoked()).toEqual(expect.arrayContaining([`${prefix}c0`, `${prefix}new2`]));
      await expect(store.revoke({ tenant, what: { client: "more" }, until: UNTIL }, "")).rejects.toThrow(
        "already 100 revoked clients",
      );
      await store.revoke({ tenant, what: { client: "c0" }, until: UNTIL + 1 }, "");
      await store.undoRevocation({ tenant, what: { client: "c0" } }, "");
      expect(await revoked()).toHaveLength(102);
    }
    await store.revoke({ tenant: "initech", what: { issuedBefore: 1_000 }, until: UNTIL }, "");
    expect(await at("TENANT#initech", "REVOKED#ISSUED")).toMatchObject({ before: 1_000 });
  });

  it("restores the items that find the tenants of directories, as the tenants list them", async () => {
    const directory = (name: string) => at(`DIRECTORY#pools#${name}`, "DIRECTORY");
    const put = (id: string, name: string | null) =>
      store.putTenant({ id, directories: { pools: name } }, "");
    await put("initech", "lost");
    await put("hooli", "given-up");
    const since = await copyNow();
    await put("hooli", null);
    await store.putTenant({ id: "newcomer", plan: "team", directories: { pools: "new" } }, "");
    const lost = { pk: "DIRECTORY#pools#lost", sk: "DIRECTORY" };
    await table.client.send(new DeleteItemCommand({ TableName: TABLE, Key: marshallItem(lost) }));
    await restoreFrom(since);
    expect(await directory("lost")).toEqual(stampRuntime({ ...lost, tenant: "initech" }));
    for (const name of ["given-up", "new"]) expect(await directory(name)).toBeUndefined();
    // A directory that the files have given to a tenant since then stays that tenant's.
    const taken = stampItem({ ...lost, tenant: "acme" });
    await table.put(taken);
    await restoreFrom(since);
    expect(await directory("lost")).toEqual(taken);
  });

  it("takes over a smaller plan and fewer issuers, and not a larger plan", async () => {
    await store.putTenant({ id: "hooli", plan: "free" }, "");
    const since = await copyNow();
    await store.putTenant({ id: "initech", plan: "free", issuers: ["main"] }, "");
    await store.putTenant({ id: "hooli", plan: "team" }, "");
    await restoreFrom(since);
    expect(await at("TENANT#initech", "TENANT")).toMatchObject({ plan: "free", issuers: ["main"] });
    expect(await at("TENANT#hooli", "TENANT")).toMatchObject({ plan: "free" });
  });

  it("makes again what an import took, and not what it gave", async () => {
    const since = await copyNow();
    const lines = [
      { tenant: { id: "initech", plan: "free" } },
      { membership: { tenant: "initech", to: { subject: "ann" }, role: "viewer" } },
      { membership: { tenant: "initech", to: { subject: "bob" }, role: "viewer", until: UNTIL } },
      { revocation: { tenant: "initech", what: { subject: "sue" }, until: UNTIL } },
      { membership: { tenant: "initech", to: { subject: "eve" }, role: "viewer" } },
    ];
    const options = { client: table.client, table: TABLE, who: "tests", now: () => (clock += 1_000) };
    await importLines(options, readLines(lines.map((line) => JSON.stringify(line)).join("\n")), {
      ...{ dryRun: false, again: false, why: "" },
    });
    const { again, left } = await restoreFrom(since);
    expect([await roles("ann"), await roles("eve")]).toEqual([["editor"], []]);
    expect(await at("TENANT#initech", "TENANT")).toMatchObject({ plan: "free" });
    expect(await at("TENANT#initech", "MEMBER#main#bob")).toMatchObject({ roles: [{ until: UNTIL }] });
    expect(await at("TENANT#initech", "REVOKED#SUBJECT#main#sue")).toMatchObject({ until: UNTIL });
    const what = "import put tenant (plan team -> free), 3 roles, 1 revocation";
    expect([whats(again), whats(left)]).toEqual([[what], [what]]);
  });

  it("repeats a change of which only the beginning is recorded, if it takes access", async () => {
    const since = await copyNow();
    table.script = ({ name, input }) => {
      if (name === "PutItemCommand" && JSON.stringify(input).includes("#outcome")) throw new Error("lost");
      return undefined;
    };
    await expect(store.suspendTenant("initech", "")).rejects.toThrow("lost");
    table.script = undefined;
    await restoreFrom(since);
    expect(await status("initech")).toBe("suspended");
  });

  it("denies every request from its beginning until the policy files are published", async () => {
    const since = await copyNow();
    await store.revoke({ tenant: "initech", what: { token: "t1" }, until: UNTIL }, "");
    await table.client.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: { pk: { S: "TENANT#initech" }, sk: { S: "REVOKED#TOKEN#t1" } },
      }),
    );
    const steps: string[] = [];
    table.script = ({ name, input }) => {
      const text = JSON.stringify(input);
      if (name === "BatchWriteItemCommand") steps.push(text.includes("CATALOGUE") ? "catalogue" : "items");
      if (text.includes('"keeper"') && name === "PutItemCommand")
        steps.push(/"S":"(restore|publish)"/.exec(text)?.[1] ?? "");
      return undefined;
    };
    await restoreFrom(since);
    table.script = undefined;
    expect(steps).toEqual(["restore", "catalogue", "items", "publish"]);
    expect((await all()).filter(({ pk }) => pk === "CATALOGUE")).toEqual([]);
    expect(done(await publishItems(table.client, FILES, OPTIONS)).outcome).toBe("published");
  });

  it("that is interrupted stops publish, and can be repeated", async () => {
    const since = await copyNow();
    await store.suspendTenant("initech", "");
    await recordKeeper(table.client, TABLE, "terraform");
    await table.put({ ...(await at("TENANT#initech", "MEMBER#main#ann")), roles: [] });
    table.script = ({ name, input }) => {
      if (name === "BatchWriteItemCommand" && !JSON.stringify(input).includes("CATALOGUE"))
        throw new Error("crash");
      return undefined;
    };
    await expect(restoreFrom(since)).rejects.toThrow("crash");
    table.script = undefined;
    await expect(publishItems(table.client, FILES, OPTIONS)).rejects.toThrow(
      "run npx portcullis restore again",
    );
    expect((await restoreFrom(since)).keeper).toBe("terraform");
    expect((await new History(table.client, TABLE).read()).keeper).toBe("terraform");
    expect(await status("initech")).toBe("suspended");
  });

  it("keeps a tenant's generation, and restores that of a tenant of the files that was lost", async () => {
    const before = (await at("TENANT#acme", "TENANT"))?.["generation"];
    const since = await copyNow();
    await table.put({ ...(await at("TENANT#acme", "TENANT")), generation: "later" });
    await restoreFrom(since);
    expect((await at("TENANT#acme", "TENANT"))?.["generation"]).toBe("later");
    await publishItems(
      table.client,
      FILES.filter(({ id }) => id !== "acme"),
      OPTIONS,
    );
    await restoreFrom(since);
    expect((await at("TENANT#acme", "TENANT"))?.["generation"]).toBe(before);
  });
});

describe("npx portcullis restore", () => {
  const run = (...args: string[]) => {
    vi.stubEnv("AWS_ENDPOINT_URL", table.endpoint);
    return runVerb(restore, "--table", TABLE, "--from", COPY, ...args);
  };

  it("prints what it makes again, what it leaves, and what to run next; with --dry-run it changes nothing", async () => {
    const since = new Date(await copyNow()).toISOString();
    await store.suspendTenant("initech", "");
    await grant("eve", "editor");
    const before = await all();
    const dry = await run("--since", since, "--dry-run");
    expect(dry.status).toBe(0);
    expect(dry.stdout).toMatch(
      /^Made again.*\n {2}\S+ {2}initech {2}suspend tenant\nNot made again.*\n.*eve of main\n/,
    );
    expect(dry.stdout).toContain("nothing was changed");
    expect(await all()).toEqual(before);
    expect((await run("--since", since)).stdout).toContain(
      "It denies every request until you run npx portcullis publish --table permissions",
    );
  });

  it("rejects the table as its own copy, a missing time, and a copy that does not exist", async () => {
    await expect(run("--since", "now", "--from", TABLE)).rejects.toThrow("--from: the copy must be another");
    await expect(run()).rejects.toThrow("--since is missing");
    const { status, stderr } = await run("--since", "now", "--from", "nothing");
    expect(status).toBe(1);
    expect(stderr).toContain("--from: there is no table nothing");
  });
});
